"""kill -9 before each write of a capture, with the new post deleted on the platform before the next run.

The writes are found by enumeration. A first child counts every file that the capture opens for writing,
renames, or removes, and every request that changes a bucket; then one child for each dies right before it.
Nothing that was fetched may be lost, no record may appear twice, and otherwise the archive equals an
undisturbed one.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.sandbox.faces import create_app
from infra.sandbox.model import Post
from infra.sandbox.network import Network
from recordroom.capture.segment.spool import SegmentSpool
from tests.archives import TestArchive, make
from tests.services import S3, Buckets
from tests.tiers import Sample

ACCOUNT = "mastodon/district"
MASTODON = {
    "id": "social",
    "platform": "mastodon",
    "url": "https://social.test/@district",
    "api_url": "http://social.test",
}
WRITING = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate"}
# one for all plays: equal stories give equal IDs
START = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5)
Rows = list[tuple[Any, ...]]


def story() -> tuple[Network, Post]:
    """Edit a post that the first capture has seen, and publish a new one with a photo."""
    network = Network(START)
    network.place("mastodon", "District Social", host="social.test")
    network.account(ACCOUNT, "The district")
    old = network.publish(
        ACCOUNT, "School starts at nine", photos=[network.photo("mastodon", "A school bus")]
    )
    return network, old


def second_act(network: Network, old: Post) -> Post:
    network.edit(network.posts[old.key], "School starts at ten")
    return network.publish(ACCOUNT, "Closed today", photos=[network.photo("mastodon", "Snow on the road")])


def in_child(work: Callable[[], Any]) -> Any:
    """Run work in a forked child; return its result, or None if it was killed."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        try:
            os.write(write, pickle.dumps(work()))
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    return None if os.WIFSIGNALED(status) else pickle.loads(told)  # noqa: S301 (our own child)


def capture_counting(archive: TestArchive, spool: Path, die_before: int | None) -> list[str]:
    """Capture, and name each write; kill the process right before the one with that number."""
    return writes_of(
        archive, spool, lambda: archive.capture("social"), lambda events: len(events) == die_before
    )


def writes_of(
    archive: TestArchive, spool: Path, work: Callable[[], object], dies: Callable[[list[str]], bool]
) -> list[str]:
    """Name each write of `work`, and kill the process right before the one that `dies` chooses.

    Call it only in a child: the hooks stay.
    """
    events: list[str] = []

    def event(name: str) -> None:
        events.append(name)
        if dies(events):
            os.kill(os.getpid(), signal.SIGKILL)

    def hook(name: str, args: tuple[Any, ...]) -> None:
        if not args or not isinstance(args[0], str | os.PathLike) or not str(args[0]).startswith(str(spool)):
            return
        if name in WRITING or (name == "open" and args[1] and set(str(args[1])) & set("wax+")):
            event(f"{name} {Path(args[0]).name}")

    def before_send(request: Any, **_: Any) -> None:
        if request.method in ("PUT", "DELETE", "POST"):
            event(f"{request.method} {request.url.rsplit('/', 1)[1][:20]}")

    archive.archive.client.meta.events.register("before-send.s3", before_send)  # of both buckets
    sys.addaudithook(hook)
    work()
    return events


def summary(archive: TestArchive) -> Rows:
    rows = (r for r in archive.rows("social") if r["kind"] != "profile")
    return [
        (r["record_id"], r["sequence"], r["status"], r["version"], tuple(m["sha256"] for m in r["media"]))
        for r in rows
    ]


class Play:
    """The story on an archive of its own."""

    def __init__(self, s3: S3, folder: Path) -> None:
        self.network, self.old = story()
        folder.mkdir()
        self.spool = folder / "spool"
        transport = httpx.WSGITransport(create_app(self.network, "mastodon"))
        self.archive = make(s3, Buckets(), folder, MASTODON, transport=transport)
        self.archive.capture("social")
        self.archive.capture("social")

    def run(self, die_before: int | None) -> list[str] | None:
        """Capture the second act in a child; return None if it was killed."""
        self.new = second_act(self.network, self.old)
        found: list[str] | None = in_child(lambda: capture_counting(self.archive, self.spool, die_before))
        return found

    def end(self) -> Rows:
        """Delete the new post, run more captures, and return the rows of the archive."""
        self.network.remove(self.network.posts[self.new.key])
        assert self.archive.capture("social").failure is None
        assert self.archive.capture("social").changed == 0
        assert not [p for p in (self.spool / "mastodon/social").iterdir() if p.is_dir()], (
            "nothing is left in the spool"
        )
        return summary(self.archive)


def test_no_crash_loses_or_doubles_anything(s3: S3, tmp_path: Path, sample: Sample) -> None:
    whole = Play(s3, tmp_path / "whole")
    events = whole.run(None)
    assert events is not None
    undisturbed = whole.end()
    assert len(undisturbed) == 4  # the old post twice, the new one visible and then removed
    never = Play(s3, tmp_path / "never")
    never.new = second_act(never.network, never.old)
    unseen = never.end()
    # the warcinfo, then the exchange
    spooled = next(i for i, name in enumerate(events, 1) if name == "open exchanges.warc.gz") + 2
    for number in sample.of(range(1, len(events) + 1), 8):
        play = Play(s3, tmp_path / str(number))
        assert play.run(number) is None, "the child was killed"
        found = play.end()
        expected = undisturbed if number >= spooled else unseen
        assert found == expected, f"killed before {events[number - 1]} ({number} of {events})"


@pytest.mark.parametrize("cut", [1, 40, 200])
def test_a_torn_spool_is_cut_at_its_last_whole_exchange(s3: S3, tmp_path: Path, cut: int) -> None:
    play = Play(s3, tmp_path / "torn")
    assert play.run(None) is not None
    undisturbed = play.end()
    torn = Play(s3, tmp_path / "torn-2")
    events = torn.run(_after_media(s3, tmp_path))
    assert events is None
    [warc] = (torn.spool / "mastodon/social").rglob("exchanges.warc.gz")
    with warc.open("r+b") as file:
        file.truncate(warc.stat().st_size - cut)
    assert torn.end()[-1][2] == undisturbed[-1][2]


def test_a_line_that_a_crash_cut_hides_no_other_file_and_stops_nobody(tmp_path: Path) -> None:
    """The same is true of the line that a recovery, which was killed too, wrote after it."""
    spool = SegmentSpool(tmp_path / "20261125T021817Z-6ecda327", 1)
    for name in ("first", "second"):
        spool.note_media(name, {"identity": name, "missing_reason": "not fetched"})
    [noted] = spool.folder.iterdir()
    noted.write_bytes(noted.read_bytes()[:-20])
    assert list(spool.media_outcomes()) == ["first"]
    spool.note_media("third", {"identity": "third", "missing_reason": "not fetched"})
    spool.note_media("fourth", {"identity": "fourth", "missing_reason": "not fetched"})
    assert list(spool.media_outcomes()) == ["first", "fourth"]


def _after_media(s3: S3, tmp_path: Path) -> int:
    counted = Play(s3, tmp_path / "counted").run(None)
    assert counted is not None
    return next(i for i, name in enumerate(counted, 1) if name.startswith("PUT"))
