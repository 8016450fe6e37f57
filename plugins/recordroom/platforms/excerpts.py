"""Whether a second text of a thing (a summary, an excerpt, a caption) says nothing but what stands in the
first one: most are its beginning, cut off. One that goes on otherwise after a like beginning has words of its
own, whose edits must be seen.
"""

from __future__ import annotations

import re

_CUT = re.compile(r"\s*\[?(?:\u2026|\.\.\.)\]?\s*")
_FURTHER = re.compile(
    r"(?:continue reading|keep reading|read (?:more|on|the rest|the full)|more)\b.{0,200}$|[\u2192\u00bb>]+$",
    re.IGNORECASE,
)
_LONG = 40  # characters that do not stand in a text by chance


def is_said(part: str, text: str) -> bool:
    """Whether all of `part` stands in `text`, but for marks that it is cut off and the invitation to read on.
    Where tags stood between words, either may have lost the blank."""
    flat, pieces = " ".join(text.split()), _CUT.split(" ".join(part.split()))
    squeezed = flat.replace(" ", "")
    return all(
        _stands(piece, flat, cut=number < len(pieces))
        or (len(piece.replace(" ", "")) >= _LONG and piece.replace(" ", "") in squeezed)
        or (number > 1 and _FURTHER.match(piece) is not None)
        for number, piece in enumerate(pieces, 1)
        if piece
    )


def _stands(piece: str, flat: str, *, cut: bool) -> bool:
    """As whole words; one that is `cut` may end within one."""
    at = flat.find(piece)
    while at >= 0:
        end = at + len(piece)
        begins, ends = (
            at == 0 or not flat[at - 1].isalnum(),
            cut or end == len(flat) or not flat[end].isalnum(),
        )
        if (begins or not piece[0].isalnum()) and (ends or not piece[-1].isalnum()):
            return True
        at = flat.find(piece, at + 1)
    return False
