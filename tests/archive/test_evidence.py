"""Evidence: every byte of an exchange comes back.

Anything wrong with a file is named and never causes a traceback.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import time
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from recordroom.archive import evidence
from recordroom.archive.store import Store
from recordroom.errors import Tampered
from recordroom.model import Exchange

WHEN = datetime(2026, 3, 2, 16, 0, 0, 123456, tzinfo=UTC)
HOSTILE = "<script>\u202e\u200d\u2028\x00" + "ñ" * 1000
NAMES = st.from_regex(r"[A-Za-z][A-Za-z-]{0,15}", fullmatch=True)
VALUES = st.from_regex(r"([!-~\xa1-\xff]([ -~\xa1-\xff]{0,20}[!-~\xa1-\xff])?)?", fullmatch=True)
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=4)
NO_JSON = [
    HOSTILE.encode(),
    rb'{"text": "half a pair \ud83d"}',
    HOSTILE.encode("utf-16"),
    b"HTTP/1.1 200 OK\r\n\r\n",
    b"\x1f\x8b\x08",
]


def exchange(
    body: bytes = b"{}", headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
) -> Exchange:
    return Exchange(
        "GET",
        "https://x.test/a?b=%20c",
        200,
        headers,
        body,
        {"account": "1"},
        (("Accept", "*/*"),),
        WHEN,
        "OK",
    )


def warc(*exchanges: Exchange) -> bytes:
    parts = [evidence.encode_info("recordroom", "x.warc.gz")]
    for number, one in enumerate(exchanges):
        name = evidence.new_id()
        parts.append(
            evidence.encode_exchange(one, name, {"format": 1, "context": dict(one.context), "items": []})
        )
        if number % 2:
            parts.append(
                evidence.encode_metadata(one, name, {"media": [{"identity": "m", "sha256": "0" * 64}]})
            )
    return b"".join(parts)


@given(
    st.binary(max_size=300),
    HEADERS,
    st.sampled_from([200, 204, 404, 599]),
    st.sampled_from(["", "OK", "No longer here"]),
)
def test_every_byte_of_a_response_comes_back(
    body: bytes, headers: list[tuple[str, str]], status: int, reason: str
) -> None:
    sent = Exchange("GET", "https://x.test/", status, tuple(headers), body, {}, (), WHEN, reason)
    data = warc(sent)
    [kept] = evidence.read_exchanges(data)
    found = kept.exchange
    assert (found.body, found.status, found.reason, found.fetched_at, found.url) == (
        body,
        status,
        reason,
        WHEN,
        sent.url,
    )
    assert [name for name, _ in found.headers] == [name for name, _ in headers]
    stored = gzip.decompress(data)
    assert all(f"\r\n{name}: {value}\r\n".encode("latin-1") in stored for name, value in headers)


def test_hostile_text_is_kept_byte_for_byte() -> None:
    for body in NO_JSON:
        [kept] = evidence.read_exchanges(warc(exchange(body)))
        assert kept.exchange.body == body


def test_an_exchange_is_read_by_its_place_alone(archive: Store) -> None:
    data = warc(*(exchange(b'{"n": %d}' % n) for n in range(5)))
    archive.put_new("evidence/x/y/2026/01/20260101T000000Z-00000000-1.warc.gz", data)
    all_of_them = list(evidence.read_exchanges(data))
    assert [k.exchange.body for k in all_of_them] == [b'{"n": %d}' % n for n in range(5)]
    assert [k.metadata.get("media") is not None for k in all_of_them] == [False, True, False, True, False]
    for kept in all_of_them:
        read = evidence.read(
            archive, "evidence/x/y/2026/01/20260101T000000Z-00000000-1.warc.gz", kept.offset, kept.length
        )
        assert read == kept
    assert all_of_them[-1].offset + all_of_them[-1].length == len(data)
    with pytest.raises(Tampered):
        evidence.read(
            archive, "evidence/x/y/2026/01/20260101T000000Z-00000000-1.warc.gz", 0, all_of_them[0].offset
        )


def test_any_warc_tool_reads_it_and_its_digests_are_right() -> None:
    records = list(
        ArchiveIterator(io.BytesIO(warc(exchange(), exchange(b"\x00\xff"))), check_digests="raise")
    )
    for record in ArchiveIterator(io.BytesIO(warc(exchange(), exchange(b"\x00\xff"))), check_digests="raise"):
        record.content_stream().read()
    assert len(records) == 8


@given(st.integers(0, 3000))
def test_what_a_crash_left_is_cut_at_the_last_whole_exchange(size: int) -> None:
    whole = warc(exchange(b"1" * 400), exchange(b"2" * 400))
    first, second = evidence.read_exchanges(whole)
    left = whole[: min(size, len(whole))]
    usable = evidence.complete_length(left)
    assert usable <= len(left)
    kept = list(evidence.read_exchanges(left[:usable]))
    for one, known in zip(kept, (first, second), strict=False):
        assert one.exchange == known.exchange
    assert len(kept) == sum(len(left) >= end for end in _first_metadata_ends(whole))


def _first_metadata_ends(data: bytes) -> list[int]:
    """The ends of the first metadata records, from which on each exchange is complete."""
    ends, at, kinds = [], 0, []
    while at < len(data):
        member = zlib.decompressobj(31)
        kinds.append(member.decompress(data[at:]).split(b"WARC-Type: ")[1].split(b"\r\n")[0])
        at = len(data) - len(member.unused_data)
        if kinds[-2:] == [b"response", b"metadata"]:
            ends.append(at)
    return ends


def test_a_large_spool_is_cut_in_time() -> None:
    """Quadratic, it took two minutes for 64 MB; the capture that recovers would have been killed in turn."""
    member = gzip.compress(bytes(range(256)) * 128, 0)
    data = member * 1500
    began = time.process_time()
    assert evidence.complete_length(data + member[:-1]) == len(data)
    assert time.process_time() - began < 5


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_is_wrong_with_a_file_is_named(data: st.DataObject) -> None:
    whole = warc(exchange(), exchange(b'{"a": 1}'))
    members, rest = [], whole
    while rest:
        member = zlib.decompressobj(31)
        members.append(bytearray(member.decompress(rest)))
        rest = member.unused_data
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(members) - 1))
        place = data.draw(st.integers(0, max(len(members[at]) - 1, 0)))
        piece = data.draw(
            st.binary(max_size=6) | st.sampled_from([b"\r\n", b"\r\n\r\n", b"WARC-Type", b"-1", b"999999"])
        )
        members[at][place : place + data.draw(st.integers(0, 30))] = piece
    harmed = b"".join(gzip.compress(bytes(m), mtime=0) for m in data.draw(st.permutations(members)))
    with contextlib.redirect_stderr(io.StringIO()), contextlib.suppress(Tampered):
        for kept in evidence.read_exchanges(harmed):
            assert isinstance(kept.exchange.status, int)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\x1f\x8b",
        gzip.compress(b"", mtime=0),
        gzip.compress(b"hello", mtime=0),
        b"WARC/1.1\r\n\r\n",
    ],
)
def test_what_is_no_warc_holds_no_exchange(data: bytes) -> None:
    with contextlib.suppress(Tampered):
        assert list(evidence.read_exchanges(data)) == []


@pytest.mark.parametrize(
    ("key", "sound"),
    [
        ("evidence/x/y/2026/01/20260101T000000Z-0123abcd-1.warc.gz", True),
        ("evidence/x/y/2026/01/20261301T000000Z-0123abcd-1.warc.gz", False),
        ("evidence/x/y/2026/01/20260101T000000Z-0123abcd.warc.gz", False),
        ("evidence/x/y/2026/01/notes.txt", False),
        ("evidence/x/y/2026/01/", False),
    ],
)
def test_a_key_tells_its_capture(key: str, *, sound: bool) -> None:
    name = evidence.name_of(key)
    assert (name is not None) is sound
    if name:
        assert evidence.key_of("x", "y", name.capture_id, name.segment) == key
        assert name.began == datetime(2026, 1, 1, tzinfo=UTC)
