"""A secret planted wherever a platform can repeat it reaches no bucket, spool, log, or failure.

The search for it is independent of the code that removes it. It looks for exactly what was planted in every
object, decompressed and as rows.
"""

from __future__ import annotations

import base64
import gzip
import logging
import traceback
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import httpx
import pytest

from recordroom.archive import media, secret_scan
from recordroom.archive.gaps import Gap, Gaps
from recordroom.archive.secret_scan import MARKER, Scrubber
from recordroom.archive.store import Store
from recordroom.capture.credentials import tokens
from recordroom.capture.segment import rows
from recordroom.errors import SecretFound, ServiceUnavailable
from tests.capture.held_bytes import contents
from tests.capture.stage import US, Play, opened
from tests.services import S3, Buckets

SECRET = "tok/En+of our=account&more"
AS_UNICODE = "".join(f"\\u{ord(c):04x}" for c in SECRET)
PLANTED: dict[str, str] = {
    "as it is": SECRET,
    "percent": quote(SECRET, safe=""),
    "percent, all of it": "".join(f"%{ord(c):02x}" for c in SECRET),
    "a form's": quote_plus(SECRET),
    "PHP's JSON": SECRET.replace("/", "\\/"),
    "JSON, all of it": AS_UNICODE,
    "markup": "".join(f"&#{ord(c)};" for c in SECRET),
    "a header": base64.b64encode(f"district:{SECRET}".encode()).decode(),
    **{f"base64, {lead}": base64.b64encode(b"x" * lead + SECRET.encode()).decode() for lead in range(3)},
    **{
        f"base64 of addresses, {lead}": base64.urlsafe_b64encode(b"~" * lead + SECRET.encode()).decode()
        for lead in range(3)
    },
}
SOUGHT = [
    SECRET,
    *PLANTED.values(),
    SECRET[:14],
    AS_UNICODE[:60],
    base64.b64encode(SECRET.encode()).decode()[4:20],
]


@pytest.fixture
def play(s3: S3, shared: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Play:
    play = opened(s3, shared, tmp_path)
    play.network.grant("mastodon", SECRET, US)
    monkeypatch.setattr(tokens, "resolve", lambda *_: {"token": SECRET})
    return play


def echoing(
    body: Callable[[bytes], bytes],
) -> Callable[[httpx.Request, Callable[[], httpx.Response]], httpx.Response]:
    """Return the platform's response, with the request's Authorization in a header and in its body."""

    def answer(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        response = real()
        headers = {
            "X-Echo": request.headers.get("authorization", ""),
            "X-Link": f"<https://x.test/?t={quote(SECRET)}>",
        }
        return httpx.Response(response.status_code, headers=headers, content=body(response.read()))

    return answer


def places(found: Iterator[tuple[str, bytes]]) -> list[tuple[str, str]]:
    return [(name, sought) for name, data in found for sought in SOUGHT if sought.encode() in data]


def spooled(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file():
            data, parts = path.read_bytes(), []
            while data[:2] == b"\x1f\x8b":
                member = zlib.decompressobj(31)
                parts.append(member.decompress(data))
                data = member.unused_data
            yield path.name, b"".join([*parts, data])


def test_a_planted_secret_reaches_nothing(play: Play, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="recordroom")
    caplog.set_level(logging.INFO)
    play.network.publish(US, "Hello PLACE", photos=[play.network.photo("mastodon", "A school bus")])
    told = " and ".join(PLANTED.values())

    def planted(body: bytes) -> bytes:
        return body.replace(b"PLACE", told.replace("&#", "&amp;#").encode())

    with play.between.meanwhile("/api/", echoing(planted)):
        first = play.capture()
    assert first.failure is None, first.failure
    play.network.publish(US, "Another")
    refusal = httpx.Response(403, headers={"X-Echo": SECRET}, json={"error": told})
    with play.between.meanwhile("/context", lambda _r, _a: refusal):
        refused = play.capture()
    assert refused.failure is not None
    place = play.archive.place
    found = [
        *places(contents(place.archive.client, place.archive.bucket)),
        *places(contents(place.derived.client, place.derived.bucket)),
    ]
    assert found == []
    assert not [s for s in SOUGHT if s in caplog.text or s in str(refused) or s in str(first)]
    row = next(r for r in play.rows() if r["text"].startswith("Hello"))
    assert row["text"].count(MARKER.decode()) >= len(PLANTED) - 1
    bodies = b"".join(data for _, data in contents(place.archive.client, place.archive.bucket))
    assert b'"scrubbed":' in bodies, "the record says that it was scrubbed"


def test_a_secret_is_not_in_the_spool_that_a_failure_leaves(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    play.network.publish(US, "Hello PLACE", photos=[play.network.photo("mastodon", "A school bus")])

    def away(*_: object, **__: object) -> bool:
        raise ServiceUnavailable("the store is away")

    with (
        monkeypatch.context() as patch,
        play.between.meanwhile("/api/", echoing(lambda b: b.replace(b"PLACE", SECRET.encode()))),
    ):
        patch.setattr(Store, "put_file", away)
        with pytest.raises(ServiceUnavailable) as caught:
            play.capture()
    left = list(spooled(play.folder / "spool"))
    assert any(b"Hello" in data for _, data in left)
    assert places(iter(left)) == []
    assert not [s for s in SOUGHT if s in "".join(traceback.format_exception(caught.value))]
    play.sound()


@pytest.mark.parametrize("way", list(PLANTED))
def test_the_store_refuses_what_was_not_scrubbed(play: Play, tmp_path: Path, way: str) -> None:
    stores = [play.archive.archive, play.archive.derived]
    data = b"before " + PLANTED[way].encode() + b" after"
    file = tmp_path / "file"
    file.write_bytes(data)
    for one in stores:
        one.secrets = Scrubber([SECRET]).forms
        for stored in (data, gzip.compress(b"{}") + gzip.compress(data)):
            with pytest.raises(SecretFound):
                one.put_new("media/x", stored)
            with pytest.raises(SecretFound):
                one.replace("media/x", stored, None)
        with pytest.raises(SecretFound) as caught, file.open("rb") as opened_file:
            one.put_file("media/x", opened_file, "0" * 64)
        assert SECRET not in str(caught.value)
        assert one.head("media/x") is None


def test_a_file_that_held_no_secret_is_put_whole(play: Play, tmp_path: Path) -> None:
    """The search for secrets must not leave a file half read."""
    archive = play.archive.archive
    archive.secrets = Scrubber([SECRET]).forms
    sha256, size = media.spool(tmp_path, iter([b"x" * 1_500_000, b"y" * 1_500_000]), 1 << 30)
    media.put(archive, tmp_path, sha256)
    head = archive.head(media.key_of(sha256))
    assert head is not None
    assert (head.size, head.sha256) == (size, sha256)


def test_rows_that_would_hold_a_secret_are_not_committed(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """In Parquet they are compressed, so the last check reads them before."""
    play.network.publish(US, "Hello there")
    play.sound()
    play.network.publish(US, "Hello again")
    monkeypatch.setattr(
        "recordroom.capture.segment.commit.row_of",
        lambda change, commit: rows.row_of(change, commit) | {"text": SECRET},
    )
    before = len(play.manifests())
    with pytest.raises(SecretFound):
        play.capture()
    assert len(play.manifests()) == before
    monkeypatch.undo()
    monkeypatch.setattr(tokens, "resolve", lambda *_: {"token": SECRET})
    assert play.sound().new == 1


def test_evidence_too_large_to_be_checked_waits_in_the_spool_and_stops_no_later_capture(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    play.network.publish(US, "Hello there")
    play.sound()
    long = play.network.publish(US, "Snow " * 20_000)
    limit = secret_scan.MOST
    monkeypatch.setattr(secret_scan, "MOST", 80_000)
    assert "too much to check for secrets" in (play.capture().failure or "")
    assert [gap.reason for gap in gaps_of(play)] == ["torn-evidence", "capture-failed: UnexpectedResponse"]
    [folder] = left(play)
    assert any(b"Snow Snow" in data for _, data in spooled(folder))
    assert play.capture().failure is not None
    assert left(play) == [folder], "the same is not kept at each capture"

    play.network.remove(long)
    play.network.publish(US, "Hello again")
    assert play.sound().new == 1
    assert [gap.reason for gap in gaps_of(play)] == ["torn-evidence"]
    assert left(play) == [folder]

    monkeypatch.setattr(secret_scan, "MOST", limit)
    assert play.sound().new == 1, "a version that checks more takes it up"
    assert left(play) == []
    assert "visible" in {row["status"] for row in play.rows() if row["text"].startswith("Snow")}


def gaps_of(play: Play) -> list[Gap]:
    return sorted(Gaps(play.archive.archive).open_now([play.name]), key=lambda gap: gap.opened_at)


def left(play: Play) -> list[Path]:
    return [path for path in (play.folder / "spool/mastodon" / play.name).iterdir() if path.is_dir()]
