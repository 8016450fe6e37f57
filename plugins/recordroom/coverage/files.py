"""Of how many records files are lacking that their platform gives, and in words what is done about it."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from recordroom.archive.media import GONE, TOO_LARGE
from recordroom.archive.state.record_state import Sums
from recordroom.stored_texts import code_of, parts_of
from recordroom.text import counted

AGAIN = "the nightly sweep asks for them again, and Capture now with the address of the post asks at once"
NOBODY = "nobody captures the account any more, so nobody asks for them again"
RAISE = "what is over the limit of size comes once that is raised (RECORDROOM_MEDIA_LIMIT)"
_PLAIN = (  # what httpx calls failures of the network; what a reason says else is in words already
    (re.compile(r"\w*Timeout\b.*", re.DOTALL), "their server did not answer in time"),
    (
        re.compile(r"\w*(?:Connect|Network|Protocol|Read|Write|Close|Proxy)\w*Error\b.*", re.DOTALL),
        "their server could not be reached",
    ),
)


def plainly(reason: str) -> str:
    """The `missing_reason` of a file as people are told it."""
    why = parts_of(reason).get("why", "") if code_of(reason) == "file-failed" else ""
    return next((words for form, words in _PLAIN if form.fullmatch(why)), reason)


def lacking(sums: Sums, *, captured: bool) -> dict[str, Any] | None:
    """{records, reasons: why -> of how many records, words}; None where no file is lacking."""
    if not sums.unfetched:
        return None
    reasons = Counter(reason for own in sums.unfetched.values() for reason in own)
    total, gone = len(sums.unfetched), reasons.pop(GONE, 0)
    first, *more = dict.fromkeys(plainly(reason) for reason, _ in reasons.most_common())
    why = first + f", and {counted(len(more), 'other reason')}" * bool(more)
    then = [AGAIN if captured else NOBODY] if gone < total else []
    then += [RAISE] if then and any(code_of(one) == TOO_LARGE for one in reasons) else []
    then += [f"those of {counted(gone, 'record')} that the platform shows no more cannot be asked for"] if gone else []
    words = f"files of {counted(total, 'record')} could not be fetched ({why}): {'; '.join(then)}"
    return {"records": total, "reasons": dict(reasons.most_common()), "words": words}
