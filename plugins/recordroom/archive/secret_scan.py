"""Finds secrets in bytes: as they are, behind escapes, and inside gzip.

Escapes are those of JSON, of addresses, and of markup. `unescape_layers` gives the plain bytes and the way
back to the places of the original, layer by layer if escapes were escaped again; the scrubber replaces what
it finds there. `scan_chunks` is the last check before anything is put: it reads in windows, so that memory
stays flat whatever the size. It limits how much gzip may unpack to, so that no file can make the check last
for hours.
"""

from __future__ import annotations

import base64
import html
import re
import sys
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from urllib.parse import quote_plus

from recordroom.errors import TokenExpired, TooLargeToCheck

MOST = 1 << 30  # bytes to which gzip may unpack
_UNICODE = (
    rb"\\x[0-9a-fA-F]{2}|\\u\{[0-9a-fA-F]{1,6}\}"
    rb"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}"
)
_MARKUP = rb"&#\d{1,12};|&#[xX][0-9a-fA-F]{1,12};|&[a-zA-Z][a-zA-Z0-9]{1,24};"
_ESCAPE = re.compile(_UNICODE + rb"|%[0-9a-fA-F]{2}|" + _MARKUP + rb'|\\["\\/bfnrt]')
_SHORT = {b"\\b": b"\b", b"\\f": b"\f", b"\\n": b"\n", b"\\r": b"\r", b"\\t": b"\t"}
_LAYERS = 3
_LONGEST = 84  # bytes of one escaped character, escaped again
_GZIP = b"\x1f\x8b"
_MEMBER = 1 << 12  # bytes counted for each gzip member at least: an empty one takes time, too
_WINDOW = 1 << 20
_PIECE = 1 << 13  # of compressed bytes: what follows a member is copied


@dataclass(frozen=True, slots=True)
class Unescaped:
    """Plain bytes, and where they were in the original."""

    plain: bytes
    _plain_at: list[int]
    _raw_at: list[int]
    _beneath: Unescaped | None

    def raw_of(self, place: int) -> int:
        """Return the place in the original of a place in `plain`."""
        last = bisect_right(self._plain_at, place) - 1
        raw = self._raw_at[last] + place - self._plain_at[last]
        return raw if self._beneath is None else self._beneath.raw_of(raw)


def unescape_layers(data: bytes) -> Iterator[Unescaped]:
    """Yield one layer after the other; none if nothing is escaped."""
    found: Unescaped | None = None
    for _ in range(_LAYERS):
        found = _unescape_once(data, found)
        if found is None:
            return
        yield found
        data = found.plain


def _unescape_once(data: bytes, beneath: Unescaped | None) -> Unescaped | None:
    pieces: list[bytes] = []
    plain_at, raw_at = [0], [0]
    plain = end = 0
    for match in _ESCAPE.finditer(data):
        for piece, raw in (
            (data[end : match.start()], match.start()),
            (_unescape_character(match[0]), match.end()),
        ):
            pieces.append(piece)
            plain += len(piece)
            plain_at.append(plain)
            raw_at.append(raw)
        end = match.end()
    if not pieces:
        return None
    return Unescaped(b"".join([*pieces, data[end:]]), plain_at, raw_at, beneath)


@lru_cache(maxsize=4096)
def _unescape_character(escape: bytes) -> bytes:
    if escape[:1] == b"%":
        return bytes.fromhex(escape[1:].decode())
    if escape[:2] == b"&#":
        number = int(escape[3:-1], 16) if escape[2:3] in b"xX" else int(escape[2:-1])
        return chr(number).encode("utf-8", "surrogatepass") if number <= sys.maxunicode else escape
    if escape[:1] == b"&":
        return html.unescape(escape.decode()).encode()
    if escape[:2] == b"\\x" or escape[:3] == b"\\u{":
        number = int(escape.strip(b"\\xu{}"), 16)
        return chr(number).encode("utf-8", "surrogatepass") if number <= sys.maxunicode else escape
    if escape[:2] != b"\\u":
        return _SHORT.get(escape, escape[1:])
    units = b"".join(bytes.fromhex(unit.decode()) for unit in escape.split(b"\\u")[1:])
    return units.decode("utf-16-be", "surrogatepass").encode("utf-8", "surrogatepass")


def _plain_layers(data: bytes) -> Iterator[bytes]:
    """Yield the plain bytes of each layer, several times as fast.

    There is no way back to the places of the original.
    """
    for _ in range(_LAYERS):
        plain = _ESCAPE.sub(lambda match: _unescape_character(match[0]), data)
        if plain == data:
            return
        yield plain
        data = plain


def scan_chunks(chunks: Iterable[bytes], secrets: Sequence[bytes]) -> bool:
    """Return whether these bytes contain a secret, escaped or not.

    It looks into gzip. TooLargeToCheck if that unpacks to more than MOST bytes.
    """
    if not secrets:
        return False
    overlap = max(map(len, secrets)) * _LONGEST
    return any(scan_bytes(window, secrets) for window in _join_windows(_decompress(chunks), overlap))


def scan_bytes(data: bytes, secrets: Sequence[bytes]) -> bool:
    """Return whether these bytes contain a secret, escaped or not; gzip stays packed."""
    return bool(secrets) and any(
        secret in plain for plain in chain((data,), _plain_layers(data)) for secret in secrets
    )


def _join_windows(chunks: Iterable[bytes], overlap: int) -> Iterator[bytes]:
    """Yield pieces of at least _WINDOW bytes, and a last one.

    They overlap, so that nothing shorter than `overlap` is cut in two.
    """
    tail, size = b"", 0
    gathered: list[bytes] = []
    for chunk in chunks:
        gathered.append(chunk)
        size += len(chunk)
        if size >= _WINDOW:
            window = b"".join((tail, *gathered))
            yield window
            tail, size = window[-overlap:], 0
            gathered.clear()
    if size:
        yield b"".join((tail, *gathered))


def _decompress(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what gzip members unpack to; all else, and broken gzip, as it is."""
    given = iter(chunks)
    first = next(given, b"")
    pieces = chain((first,), given)
    return _unpack_members(pieces) if first[:2] == _GZIP else pieces


def _unpack_members(chunks: Iterable[bytes]) -> Iterator[bytes]:
    member: zlib._Decompress | None = zlib.decompressobj(zlib.MAX_WBITS | 16)
    counted = 0
    for piece in (
        chunk[start : start + _PIECE] for chunk in chunks for start in range(0, len(chunk), _PIECE)
    ):
        rest = piece
        while rest and member is not None:
            if member.eof:
                member = zlib.decompressobj(zlib.MAX_WBITS | 16)
                counted += _MEMBER
            try:
                plain = member.decompress(rest, _WINDOW)
            except zlib.error:
                member = None
                break
            counted += len(plain)
            if counted > MOST:
                raise TooLargeToCheck(
                    f"it unpacks to more than {MOST:,} bytes, too much to check for secrets"
                )
            if plain:
                yield plain
            rest = member.unused_data if member.eof else member.unconsumed_tail
        if rest:
            yield rest


def split_bytes(data: bytes) -> Iterator[bytes]:
    """Yield the bytes in pieces of a bounded size."""
    view = memoryview(data)
    return (bytes(view[start : start + _WINDOW]) for start in range(0, len(data), _WINDOW))


MARKER = b"[SECRET REMOVED]"
SHORTEST = 8


class Scrubber:
    """Replaces secrets. `forms` are what the last check before a put refuses."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms: set[bytes] = set()
        for secret in secrets:
            if len(secret) < SHORTEST:
                raise TokenExpired(
                    f"a secret of fewer than {SHORTEST} characters cannot be told apart from ordinary text",
                    "Use a longer one in the Airflow connection.",
                )
            forms |= _list_forms(secret)
        self.forms = tuple(sorted(forms, key=lambda f: (-len(f), f)))

    def scrub(self, data: bytes) -> tuple[bytes, int]:
        """Return `data` without secrets, and how many places were replaced."""
        places = 0
        for form in self.forms:
            if form in data:
                places += data.count(form)
                data = data.replace(form, MARKER)
        hidden = self._find_escaped(data)
        for start, end in reversed(hidden):
            data = data[:start] + MARKER + data[end:]
        return data, places + len(hidden)

    def _find_escaped(self, data: bytes) -> list[tuple[int, int]]:
        """Return spans of secrets with at least one escaped character, in order.

        The spans do not overlap.
        """
        spans: list[tuple[int, int]] = []
        if not scan_bytes(data, self.forms):
            return spans
        found = {
            (layer.raw_of(start), layer.raw_of(end))
            for layer in unescape_layers(data)
            for form in self.forms
            for start, end in _find_places(form, layer.plain)
        }
        for raw in sorted(found):
            if spans and raw[0] < spans[-1][1]:
                spans[-1] = (spans[-1][0], max(spans[-1][1], raw[1]))
            else:
                spans.append(raw)
        return spans

    def text(self, text: str) -> str:
        return self.scrub(text.encode("utf-8", "surrogatepass"))[0].decode("utf-8", "surrogatepass")


def _find_places(form: bytes, data: bytes) -> Iterator[tuple[int, int]]:
    at = data.find(form)
    while at >= 0:
        yield at, at + len(form)
        at = data.find(form, at + 1)


def _list_forms(secret: str) -> set[bytes]:
    """Return the forms of a secret.

    These are: as it is, with blanks as `+`, without blanks (WordPress shows application passwords in groups
    and accepts them so), and in base64.
    """
    raw = secret.encode()
    bare = raw.replace(b" ", b"")
    forms = {raw, bare, raw.replace(b" ", b"+"), quote_plus(secret).encode()}
    return {f for f in forms | _list_base64_forms(raw) | _list_base64_forms(bare) if len(f) >= SHORTEST}


def _list_base64_forms(raw: bytes) -> set[bytes]:
    """Return what is the same in base64 whatever precedes and follows.

    There is one string for each of the three alignments, in both alphabets.
    """
    found: set[bytes] = set()
    for lead in range(3):
        encoded = base64.b64encode(b"\0" * lead + raw)
        start = (lead * 8 + 5) // 6
        end = (lead + len(raw)) * 8 // 6
        inner = encoded[start:end]
        found |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return found
