"""Secrets never reach the archive: every form in which one can stand in bytes is replaced by a fixed marker of no meaning."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from recordroom.errors import UsageError

MARKER = b"[SECRET REMOVED]"
SHORTEST = 8


class Scrubber:
    """Replaces the secrets given, raw and percent-, JSON- and base64-encoded. `forms` are what a last check at put refuses."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms: set[bytes] = set()
        for secret in secrets:
            if len(secret) < SHORTEST:
                raise UsageError(
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
        return data, places

    def text(self, text: str) -> str:
        return self.scrub(text.encode("utf-8", "surrogatepass"))[0].decode("utf-8", "surrogatepass")


def _forms(secret: str) -> set[bytes]:
    raw = secret.encode()
    hexes = quote(secret, safe="")
    forms = {raw, hexes.encode(), hexes.lower().encode(), quote(secret).encode(), quote_plus(secret).encode()}
    for ascii_only in (True, False):
        written = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        forms |= {written.encode(), written.replace("/", "\\/").encode()}
    if " " in secret:  # WordPress shows application passwords in groups and accepts them without blanks
        forms.add(secret.replace(" ", "").encode())
    for inner in (raw, raw.replace(b" ", b"")):
        forms |= _in_base64(inner)
    return {f for f in forms if len(f) >= SHORTEST}


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
