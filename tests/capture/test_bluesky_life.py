"""A real AT Protocol network, captured after each act of people there.

The tests check versions, statuses, parents, media, and totals.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from infra.local.support.place import Place
from recordroom.archive import media
from recordroom.canonical import sha256
from tests.archives import TestArchive, make
from tests.bluesky_writer import PIXEL, Writer
from tests.services import S3, BlueskyNetwork, Buckets


@pytest.fixture
def archive(s3: S3, buckets: Buckets, tmp_path: Path, bluesky: BlueskyNetwork, place: Place) -> TestArchive:
    pds = bluesky.pds.replace("127.0.0.1", "localhost")  # as the DID documents name it
    api = f"{bluesky.appview}?plc={place.url('bluesky_plc')}&pds={pds}"
    account = {
        "id": "sky",
        "platform": "bluesky",
        "url": "https://bsky.app/profile/carla.test",
        "api_url": api,
    }
    return make(s3, buckets, tmp_path, account)


def capture_until(
    archive: TestArchive, true: Callable[[dict[str, dict[str, Any]]], bool]
) -> dict[str, dict[str, Any]]:
    """Capture until the AppView has indexed the awaited change; return the newest rows by native ID."""
    for _ in range(400):
        outcome = archive.capture("sky")
        assert outcome.failure is None
        newest = {r["native_id"]: r for r in archive.rows("sky")}
        if true(newest):
            return newest
        time.sleep(0.3)
    raise AssertionError("the AppView has not indexed what was written")


def chain(archive: TestArchive, uri: str) -> list[tuple[int, str, tuple[str, ...]]]:
    return [
        (r["sequence"], r["status"], tuple(r["changed"]))
        for r in archive.rows("sky")
        if r["native_id"] == uri
    ]


def test_the_life_of_a_conversation(archive: TestArchive, bluesky: BlueskyNetwork) -> None:
    carla, bob = Writer(bluesky, "carla.test"), Writer(bluesky, "bob.test")
    image = {
        "$type": "app.bsky.embed.images",
        "images": [{"alt": "One red pixel", "image": carla.upload(PIXEL, "image/png")}],
    }
    post = carla.post("Closed today", embed=image)
    comment = bob.post("And the buses?", post)
    reply = carla.post("They run", comment, post)
    uris = {ref["uri"] for ref in (post, comment, reply)}
    found = capture_until(archive, lambda rows: uris <= set(rows))
    kinds = [
        (found[r["uri"]]["kind"], found[r["uri"]]["parent_id"], found[r["uri"]]["root_id"])
        for r in (post, comment, reply)
    ]
    root, middle = f"bluesky:{post['uri']}", f"bluesky:{comment['uri']}"
    assert kinds == [("post", None, root), ("comment", root, root), ("reply", middle, root)]
    [file] = found[post["uri"]]["media"]
    assert (file["alt_text"], file["sha256"]) == ("One red pixel", sha256(PIXEL))
    assert archive.archive.get(media.key_of(file["sha256"])) == PIXEL

    words = bob.get(comment)
    bob.put(comment, {**words, "text": "And the buses, please?"})
    capture_until(archive, lambda rows: rows[comment["uri"]]["text"].endswith("please?"))
    bob.put(comment, words)
    capture_until(archive, lambda rows: rows[comment["uri"]]["text"] == "And the buses?")
    assert chain(archive, comment["uri"]) == [
        (1, "visible", ()),
        (2, "visible", ("text",)),
        (3, "visible", ("text",)),
    ]
    rows = [r for r in archive.rows("sky") if r["native_id"] == comment["uri"]]
    assert rows[0]["version"] == rows[2]["version"]

    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    gate = {
        "$type": "app.bsky.feed.threadgate",
        "post": post["uri"],
        "createdAt": now,
        "hiddenReplies": [comment["uri"]],
    }
    hidden = carla.create("app.bsky.feed.threadgate", gate, post["uri"].rsplit("/", 1)[1])
    found = capture_until(archive, lambda rows: rows[comment["uri"]]["status"] == "hidden")
    assert found[comment["uri"]]["acted_by"] == "agency"
    carla.delete(hidden)
    capture_until(archive, lambda rows: rows[comment["uri"]]["status"] == "visible")

    bob.delete(comment)
    found = capture_until(archive, lambda rows: rows[comment["uri"]]["status"] == "removed")
    assert found[comment["uri"]]["acted_by"] == "author"
    assert found[reply["uri"]]["parent_id"] == middle, "the reply still answers what was deleted"
    bob.create("app.bsky.feed.post", words, comment["uri"].rsplit("/", 1)[1])
    capture_until(archive, lambda rows: rows[comment["uri"]]["status"] == "visible")
    statuses = [status for _, status, _ in chain(archive, comment["uri"])]
    assert statuses == ["visible", "visible", "visible", "hidden", "visible", "removed", "visible"]
    assert archive.capture("sky").changed == 0
    manifest = archive.manifests("sky")[-1].body
    assert all("why" in kind for kind in manifest["completeness"]["kinds"])
