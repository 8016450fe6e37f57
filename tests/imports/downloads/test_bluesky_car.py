"""The repository of a real account on a real AT Protocol network, imported next to captures of it.

com.atproto.sync.getRepo gives it.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from infra.local.support.place import Place
from recordroom.errors import ImportRefused
from recordroom.imports.contract import Passed, Reject
from recordroom.imports.files import ImportFiles
from recordroom.imports.registry import find_importer
from recordroom.model import Exchange, Identity
from tests.archives import TestArchive, make
from tests.bluesky_writer import PIXEL, Writer
from tests.capture.test_bluesky_life import capture_until
from tests.imports.reading import account, read
from tests.imports.taking import take
from tests.services import S3, BlueskyNetwork, Buckets

CAR = find_importer("car")


class Link(bytes):
    """A CID."""


@pytest.fixture
def archive(s3: S3, buckets: Buckets, tmp_path: Path, bluesky: BlueskyNetwork, place: Place) -> TestArchive:
    pds = bluesky.pds.replace("127.0.0.1", "localhost")  # as the DID documents name it
    api = f"{bluesky.appview}?plc={place.url('bluesky_plc')}&pds={pds}"
    entry = {"id": "sky", "platform": "bluesky", "url": "https://bsky.app/profile/alice.test", "api_url": api}
    return make(s3, buckets, tmp_path, entry)


def repository(network: BlueskyNetwork, did: str, path: Path) -> Path:
    answer = httpx.get(
        f"{network.pds}/xrpc/com.atproto.sync.getRepo", params={"did": did}, timeout=120, trust_env=False
    ).raise_for_status()
    path.write_bytes(answer.content)
    return path


def test_a_real_repository_is_what_captures_saw(
    archive: TestArchive, bluesky: BlueskyNetwork, tmp_path: Path
) -> None:
    alice, bob = Writer(bluesky, "alice.test"), Writer(bluesky, "bob.test")
    image = {
        "$type": "app.bsky.embed.images",
        "images": [{"alt": "One red pixel", "image": alice.upload(PIXEL, "image/png")}],
    }
    post = alice.post("Closed today", embed=image)
    comment = bob.post("And the buses?", post)
    reply = alice.post("They run", comment, post)
    theirs = bob.post("Something of Bob's")
    repost = alice.create("app.bsky.feed.repost", {"subject": theirs, "createdAt": "2026-11-24T08:00:00Z"})
    alice.create("app.bsky.feed.like", {"subject": theirs, "createdAt": "2026-11-24T08:00:00Z"})
    wanted = {post["uri"], comment["uri"], reply["uri"], repost["uri"]}
    capture_until(archive, lambda newest: wanted <= newest.keys())
    before = archive.rows("sky")
    path = repository(bluesky, alice.user.did, tmp_path / "repo.car")
    done = take(archive, "sky", path)
    last = {row["record_id"]: row for row in before if row["author_is_account"] and row["kind"] != "profile"}
    # of other tests too, which share the network
    own = [row for row in last.values() if row["status"] == "visible"]
    assert {row["native_id"] for row in own} >= {post["uri"], reply["uri"], repost["uri"]}
    assert (done.new, done.changed, done.known, done.rejected, done.compared) == (0, 0, len(own), 0, True)
    assert done.passed["not a post: app.bsky.feed.like"] >= 1
    assert archive.rows("sky") == before
    with pytest.raises(ImportRefused, match="is a file of did:plc"):
        take(archive, "sky", repository(bluesky, bob.user.did, tmp_path / "bob.car"))

    ours = account("bluesky", identity=Identity(alice.user.did, "bsky"))
    records, rejects = read(CAR, path, ours)
    assert rejects == []
    said = {r.native_id: r for r in records}
    assert said[post["uri"]].text == "Closed today"
    assert [(m.alt_text, m.url) for m in said[post["uri"]].media] == [
        ("One red pixel", f"blobs/{said[post['uri']].media[0].identity}")
    ]
    assert (said[reply["uri"]].kind, said[reply["uri"]].root_id) == ("reply", f"bluesky:{post['uri']}")
    assert said[repost["uri"]].shared_id == f"bluesky:{theirs['uri']}"

    whole = path.read_bytes()
    (tmp_path / "broken.car").write_bytes(whole.replace(b"Closed today", b"Opened today"))
    records, [reject] = read(CAR, tmp_path / "broken.car", ours)
    assert "does not match its name" in reject.reason
    assert {r.native_id for r in records} == said.keys() - {post["uri"]}, "a damaged record hides no other"
    (tmp_path / "cut.car").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ImportRefused, match="is not a complete repository"):
        read(CAR, tmp_path / "cut.car", ours)


def test_a_tree_that_is_its_own_branches_holds_no_processor(tmp_path: Path) -> None:
    """Each node twice the one below: it was walked 2 ** 40 times."""

    def cbor(value: Any) -> bytes:
        if value is None:
            return b"\xf6"
        if isinstance(value, Link):
            return b"\xd8\x2a\x58\x25\x00" + value
        if isinstance(value, dict):
            pairs = sorted(value.items(), key=lambda pair: (len(pair[0]), pair[0]))
            return bytes([0xA0 + len(pairs)]) + b"".join(cbor(name) + cbor(one) for name, one in pairs)
        if isinstance(value, list):
            return bytes([0x80 + len(value)]) + b"".join(map(cbor, value))
        if isinstance(value, int):
            return bytes([value])
        data = value if isinstance(value, bytes) else value.encode()
        return bytes([(0x40 if data is value else 0x60) + len(data)]) + data

    blocks: list[bytes] = []

    def put(value: Any) -> Link:
        data = cbor(value)
        name = Link(b"\x01\x71\x12\x20" + hashlib.sha256(data).digest())
        blocks.append(bytes([0x80 | (len(name + data) & 0x7F), len(name + data) >> 7]) + name + data)
        return name

    node, like = put({"l": None, "e": []}), put({"$type": "app.bsky.feed.like"})
    for _ in range(40):
        node = put({"l": node, "e": [{"p": 0, "k": b"likes/1", "v": like, "t": node}]})
    head = cbor({"roots": [put({"did": "did:plc:x", "data": node})], "version": 1})
    path = tmp_path / "a.car"
    path.write_bytes(bytes([len(head)]) + head + b"".join(blocks))
    records, [reject, like_of_nobody] = read(CAR, path, account("bluesky"))
    assert (records, like_of_nobody.place) == ([], "at://did:plc:x/likes/1")
    assert reject.reason == "from here on the repository is damaged: its keys are not in order"


def test_what_other_programs_keep_in_a_repository_is_told() -> None:
    names = ("app.bsky.feed.like", "com.whtwnd.blog.entry", "app.bskyish.note")
    items = [
        {"uri": f"at://did:plc:x/{name}/1", "cid": "c", "value": {"content": "Closed today"}}
        for name in names
    ]
    like, blog, note = CAR.parse(Exchange("", "", 0, (), orjson.dumps(items), {"account": "did:plc:x"}))
    assert like == Passed("not a post: app.bsky.feed.like")
    assert isinstance(blog, Reject)
    assert blog.place == "at://did:plc:x/com.whtwnd.blog.entry/1"
    assert isinstance(note, Reject)


def test_what_is_no_repository(tmp_path: Path) -> None:
    for number, data in enumerate(
        (b"\x00", b"\xff" * 20, b"\x0a\xa1\x67version\x02", b"hello", io.BytesIO(b"x" * 5000).getvalue())
    ):
        path = tmp_path / f"{number}.car"
        path.write_bytes(data)
        assert not CAR.recognize(ImportFiles(path, tmp_path))
