"""A secret is found whatever surrounds it and however its characters are written.

It is also found wherever pieces are cut.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Sequence
from html.entities import html5
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recordroom.archive import secret_scan
from recordroom.archive.secret_scan import (
    MARKER,
    SHORTEST,
    Scrubber,
    scan_bytes,
    scan_chunks,
    split_bytes,
    unescape_layers,
)
from recordroom.errors import TokenExpired, TooLargeToCheck

SECRET = 'p/La+in "s3cret" ünd more'
PLAIN = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=SHORTEST, max_size=30)
AROUND = st.text("xyz{}[]:,<>=;. \n", max_size=20).map(str.encode)

NAMES = {character: name for name, character in html5.items() if len(character) == 1 and name.endswith(";")}
Written = Callable[[str], bytes]
WAYS: dict[str, Written] = {
    "as it is": str.encode,
    "percent": lambda c: "".join(f"%{b:02X}" for b in c.encode()).encode(),
    "percent, small": lambda c: "".join(f"%{b:02x}" for b in c.encode()).encode(),
    "JSON": lambda c: json.dumps(c)[1:-1].encode(),
    "JSON, all of it": lambda c: "".join(f"\\u{u:04x}" for u in units(c)).encode(),
    "JSON, large": lambda c: "".join(f"\\u{u:04X}" for u in units(c)).encode(),
    "markup": lambda c: f"&#{ord(c)};".encode(),
    "markup, hexadecimal": lambda c: f"&#x{ord(c):X};".encode(),
    "markup, with zeros": lambda c: f"&#{ord(c):012d};".encode(),
    "markup, by name": lambda c: f"&{NAMES[c]}".encode() if c in NAMES else c.encode(),
    "JavaScript": lambda c: (f"\\x{ord(c):02x}" if ord(c) < 256 else f"\\u{{{ord(c):x}}}").encode(),
}


def units(character: str) -> list[int]:
    data = character.encode("utf-16-be")
    return [int.from_bytes(data[i : i + 2]) for i in range(0, len(data), 2)]


@given(PLAIN, st.lists(st.sampled_from(list(WAYS)), min_size=30, max_size=30), AROUND, AROUND)
@example("a secret\\with/everything\n", ["JSON"] * 30, b"{", b"}")
def test_a_secret_is_found_however_its_characters_are_written(
    secret: str, ways: list[str], before: bytes, after: bytes
) -> None:
    if any(c in "\\%&#;" or c.isdigit() for c in secret):
        ways = ["JSON, all of it"] * 30  # such a character may belong to its neighbour's escape
    written = b"".join(WAYS[way](c) for c, way in zip(secret, ways, strict=False))
    scrubber = Scrubber([secret])
    assert scan_chunks([before + written + after], scrubber.forms)
    clean, places = scrubber.scrub(before + written + after)
    assert not scan_chunks([clean], scrubber.forms)
    if secret.strip("xyz{}[]:,<>=;. \n+") == secret:
        assert (clean, places) == (before + MARKER + after, 1)


@pytest.mark.parametrize("lead", range(3))
@pytest.mark.parametrize("alphabet", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_secret_is_found_within_base64(lead: int, alphabet: Callable[[bytes], bytes]) -> None:
    encoded = alphabet(b"u" * (3 + lead) + b":" + SECRET.encode())
    scrubber = Scrubber([SECRET])
    for written in (
        encoded,
        quote(encoded.decode(), safe="").encode(),
        json.dumps(encoded.decode()).replace("/", "\\/").encode(),
    ):
        assert scan_chunks([written], scrubber.forms)
        clean, places = scrubber.scrub(b'{"header": "Basic ' + written + b'"}')
        assert places == 1
        assert MARKER in clean
        assert base64.b64encode(SECRET.encode())[3:-3] not in clean


@pytest.mark.parametrize(
    "written",
    [quote(SECRET), quote(SECRET, safe=""), quote_plus(SECRET), SECRET.replace(" ", ""), json.dumps(SECRET)],
)
def test_a_secret_is_found_in_the_forms_of_addresses_and_of_wordpress(written: str) -> None:
    clean, places = Scrubber([SECRET]).scrub(b"?token=" + written.encode() + b"&page=2")
    assert places == 1
    assert b"cret" not in clean
    assert clean.startswith(b"?token=")
    assert clean.endswith(b"&page=2")


@given(st.binary(max_size=300), st.integers(1, 7))
def test_what_holds_no_secret_stays_as_it_is(data: bytes, size: int) -> None:
    scrubber = Scrubber(["a secret that is nowhere in it"])
    assert scrubber.scrub(data) == (data, 0)
    assert not scan_chunks((data[i : i + size] for i in range(0, len(data), size)), scrubber.forms)


@given(st.integers(0, 60), st.integers(1, 40), st.sampled_from(["as it is", "JSON, all of it", "markup"]))
def test_a_secret_is_found_wherever_pieces_are_cut(before: int, size: int, way: str) -> None:
    data = b"." * before + b"".join(WAYS[way](c) for c in SECRET) + b"." * 60
    forms = Scrubber([SECRET]).forms
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secret_scan, "_WINDOW", size)
        for stored in (data, gzip.compress(b"{}") + gzip.compress(data) + gzip.compress(b"[]")):
            assert scan_chunks((stored[i : i + size] for i in range(0, len(stored), size)), forms) or size < 2


def test_empty_members_of_gzip_are_not_looked_through_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """400 kB of them took half a minute: what came before was searched again for each."""
    searched: list[int] = []

    def noted(data: bytes, secrets: Sequence[bytes]) -> bool:
        searched.append(len(data))
        return scan_bytes(data, secrets)

    monkeypatch.setattr(secret_scan, "scan_bytes", noted)
    data = gzip.compress(b"\\u0041" * 5000) + gzip.compress(b"") * 20_000 + gzip.compress(SECRET.encode())
    assert scan_chunks(split_bytes(data), Scrubber([SECRET]).forms)
    assert len(searched) == 1


@pytest.mark.parametrize(
    "data", [gzip.compress(b"x" * 100_001), gzip.compress(b"x" * 60_000) * 2, gzip.compress(b"") * 30]
)
def test_what_unpacks_to_more_than_can_be_checked_is_refused(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secret_scan, "MOST", 100_000)
    forms = Scrubber([SECRET]).forms
    with pytest.raises(TooLargeToCheck, match="unpacks to more than 100,000 bytes"):
        scan_chunks(split_bytes(data), forms)
    assert not scan_chunks(split_bytes(data), ()), "there is nothing to look for"
    assert not scan_chunks(split_bytes(gzip.compress(b"x" * 100_000)), forms)
    assert not scan_chunks(split_bytes(b"x" * 200_000), forms), "it is as large as it is stored"


def test_a_secret_is_found_across_the_slices_of_a_large_object() -> None:
    forms = Scrubber([SECRET]).forms
    data = b"." * ((1 << 20) - 7) + SECRET.encode() + b"." * (1 << 20)
    assert all(len(s) <= 1 << 20 for s in split_bytes(data))
    assert scan_chunks(split_bytes(data), forms)
    assert scan_chunks(split_bytes(gzip.compress(data)), forms)
    assert scan_chunks(split_bytes(gzip.compress(b"x") + SECRET.encode()), forms), "behind gzip that ends"
    assert not scan_chunks(split_bytes(b"\x1f\x8bno gzip at all"), forms)


@given(st.text(max_size=60))
def test_the_way_back_from_plain_to_written(text: str) -> None:
    written = json.dumps(json.dumps(text)).encode()
    for layer in unescape_layers(written):
        places = [layer.raw_of(i) for i in range(len(layer.plain) + 1)]
        assert places == sorted(places)
        assert (places[0], places[-1]) == (0, len(written))


@pytest.mark.parametrize("once", list(WAYS))
@pytest.mark.parametrize("again", [json.dumps, quote, lambda text: text.replace("&", "&amp;")])
def test_a_secret_is_found_where_escapes_are_escaped_again(once: str, again: Callable[[str], str]) -> None:
    written = b"".join(WAYS[once](c) for c in SECRET).decode()
    data = f"<{again(written)}>".encode()
    scrubber = Scrubber([SECRET])
    assert scan_chunks([data], scrubber.forms)
    clean, places = scrubber.scrub(data)
    assert places == 1
    assert clean.startswith(b"<")
    assert clean.endswith(b">")
    assert not scan_chunks([clean], scrubber.forms)


def test_a_short_secret_is_refused_because_it_would_be_found_everywhere() -> None:
    with pytest.raises(TokenExpired, match="fewer than 8 characters"):
        Scrubber(["1234567"])
