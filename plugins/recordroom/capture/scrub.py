"""Secrets never reach the archive: every form in which one can stand in bytes is replaced by a fixed marker of no meaning.

A secret is looked for as it is, in base64 of any alignment, and behind escapes (archive/hiding.py): a server may write any of its
characters as `%73`, `\\u0073` or `&#115;`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from urllib.parse import quote_plus

from recordroom.archive.hiding import hides, unescaped
from recordroom.errors import TokenExpired

MARKER = b"[SECRET REMOVED]"
SHORTEST = 8


class Scrubber:
    """Replaces the secrets given. `forms` are what a last check at put refuses, escaped or not."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms: set[bytes] = set()
        for secret in secrets:
            if len(secret) < SHORTEST:
                raise TokenExpired(
                    f"a secret of fewer than {SHORTEST} characters cannot be told from ordinary words",
                    "Use a longer one in the Airflow connection.",
                )
            forms |= _forms(secret)
        self.forms = tuple(sorted(forms, key=lambda f: (-len(f), f)))

    def scrub(self, data: bytes) -> tuple[bytes, int]:
        """(`data` without secrets, how many places were replaced)."""
        places = 0
        for form in self.forms:
            if form in data:
                places += data.count(form)
                data = data.replace(form, MARKER)
        hidden = self._hidden(data)
        for start, end in reversed(hidden):
            data = data[:start] + MARKER + data[end:]
        return data, places + len(hidden)

    def _hidden(self, data: bytes) -> list[tuple[int, int]]:
        """Where secrets stand of which at least one character is escaped; spans that do not overlap, in order."""
        spans: list[tuple[int, int]] = []
        if not hides(data, self.forms):
            return spans
        found = {
            (layer.raw_of(start), layer.raw_of(end))
            for layer in unescaped(data)
            for form in self.forms
            for start, end in _places(form, layer.plain)
        }
        for raw in sorted(found):
            if spans and raw[0] < spans[-1][1]:
                spans[-1] = (spans[-1][0], max(spans[-1][1], raw[1]))
            else:
                spans.append(raw)
        return spans

    def text(self, text: str) -> str:
        return self.scrub(text.encode("utf-8", "surrogatepass"))[0].decode("utf-8", "surrogatepass")


def _places(form: bytes, data: bytes) -> Iterator[tuple[int, int]]:
    at = data.find(form)
    while at >= 0:
        yield at, at + len(form)
        at = data.find(form, at + 1)


def _forms(secret: str) -> set[bytes]:
    """As it is, with blanks as `+`, without blanks (WordPress shows application passwords in groups and accepts them so), in base64."""
    raw = secret.encode()
    bare = raw.replace(b" ", b"")
    forms = {raw, bare, raw.replace(b" ", b"+"), quote_plus(secret).encode()}
    return {f for f in forms | _in_base64(raw) | _in_base64(bare) if len(f) >= SHORTEST}


def _in_base64(raw: bytes) -> set[bytes]:
    """The characters that stand in base64 whatever precedes and follows, for each of the three alignments, in both alphabets."""
    found: set[bytes] = set()
    for lead in range(3):
        encoded = base64.b64encode(b"\0" * lead + raw)
        start = (lead * 8 + 5) // 6
        end = (lead + len(raw)) * 8 // 6
        inner = encoded[start:end]
        found |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return found
