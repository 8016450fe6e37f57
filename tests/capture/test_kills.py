"""kill -9 before the writes of a capture that does everything, and of the capture that recovers from it.

That capture has two segments, photos kept and new, an absence, and a snapshot. A further test kills a failing
capture before its manifest. test_crashes.py kills a small capture before each of its writes; here it is each
change of a bucket, and the archive is verified afterwards.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.sandbox.model import Post
from recordroom.archive.gaps import Gaps
from recordroom.archive.state import account_state
from recordroom.capture.segment import segment
from tests.capture.stage import PARENT, US, Play, is_sound, opened
from tests.clock import standing
from tests.services import S3, Buckets
from tests.tiers import Sample

pytestmark = pytest.mark.thorough

# one for all plays: equal stories give equal IDs
START = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5)
WRITING = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate"}


@pytest.fixture(scope="module")
def shared(s3: S3, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buckets]:
    """Provide the buckets; after all kills there, the verifiers find nothing."""
    shared = Buckets()
    yield shared
    assert is_sound(s3, shared, tmp_path_factory.mktemp("check"))


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment, "MAX_REQUESTS", 5)
    monkeypatch.setattr(account_state, "SNAPSHOT_ENTRIES", 2)
    monkeypatch.setattr(account_state, "PENDING", 1)
    monkeypatch.setattr(account_state, "FOLDED", 1)


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


def captured(play: Play, die_before: int | str | None, act: Callable[[], object] | None = None) -> list[str]:
    """Capture (or call `act`), and name each write to the spool and each request that changes a bucket.

    The process is killed right before the write with that number, or the first one with that name.
    """
    events: list[str] = []

    def event(name: str) -> None:
        events.append(name)
        if die_before in (len(events), name):
            os.kill(os.getpid(), signal.SIGKILL)

    def hook(name: str, args: tuple[Any, ...]) -> None:
        if (
            not args
            or not isinstance(args[0], str | os.PathLike)
            or not str(args[0]).startswith(str(play.folder))
        ):
            return
        if name in WRITING or (name == "open" and args[1] and set(str(args[1])) & set("wax+")):
            event(f"{name} {Path(args[0]).suffix or Path(args[0]).parent.name}")

    def before_send(request: Any, **_: Any) -> None:
        if request.method in ("PUT", "DELETE", "POST"):
            event(f"{request.method} {'/'.join(request.url.split('/')[4:6])}")

    client = play.archive.archive.client  # of both buckets
    client.close()  # these sockets belong to the parent
    client.meta.events.register("before-send.s3", before_send)
    sys.addaudithook(hook)
    (act or play.capture)()
    return events


class Story:
    """One account of the shared archive."""

    def __init__(self, s3: S3, shared: Buckets, folder: Path) -> None:
        self.play = play = opened(s3, shared, folder, start=START)
        network = play.network
        self.old = network.publish(
            US, "School starts at nine", photos=[network.photo("mastodon", "A school bus")]
        )
        self.gone = network.comment(PARENT, self.old, "Not at eight?")
        network.comment(PARENT, network.publish(US, "Lunch is at noon"), "Thanks")
        play.sound()
        network.edit(self.old, "School starts at ten")
        network.remove(self.gone)
        network.comment(PARENT, self.old, "At last")
        self.new: Post = network.publish(
            US, "Closed today", photos=[network.photo("mastodon", "Snow on the road")]
        )

    def killed(self, number: int | None) -> list[str] | None:
        found: list[str] | None = in_child(lambda: captured(self.play, number))
        return found

    def end(self) -> list[tuple[Any, ...]]:
        """Delete the new post, capture until nothing is left to do, and return the rows of the archive."""
        self.play.network.remove(self.play.network.posts[self.new.key])
        self.play.sound()
        assert self.play.sound().changed == 0
        assert not [
            p for p in (self.play.folder / "spool/mastodon" / self.play.name).iterdir() if p.is_dir()
        ], "nothing is left in the spool"
        trusted, folded = (
            self.play.archive.state(self.play.name, trust_snapshot=trust) for trust in (True, False)
        )
        assert trusted.snapshot.tail.number > 0
        assert list(trusted.window(None)) == list(folded.window(None))
        return sorted(self.play.told())


@pytest.fixture(scope="module")
def whole(
    s3: S3, shared: Buckets, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return (the writes of an undisturbed second act, the rows at the end)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segment, "MAX_REQUESTS", 5)
        patch.setattr(account_state, "SNAPSHOT_ENTRIES", 2)
        patch.setattr(account_state, "PENDING", 1)
        story = Story(s3, shared, tmp_path_factory.mktemp("whole"))
        events = story.killed(None)
        assert events is not None
        assert events.count("PUT ledger/capture") > 1, "more than one segment"
        assert "PUT state/mastodon" in events[: -1 - events[::-1].index("PUT ledger/capture")], (
            "a snapshot in the middle of it"
        )
        told = story.end()
    statuses = [(t[1], t[2], t[3]) for t in told]
    assert (2, "unavailable", "Not at eight?") in statuses
    assert (2, "unavailable", "Closed today") in statuses
    return events, told


def changing(events: list[str], *names: str) -> list[int]:
    """Return the numbers of the writes that change a bucket, and of those with these names."""
    return [n for n, name in enumerate(events, 1) if name.startswith(("PUT", "DELETE")) or name in names]


def lost_nothing(story: Story, number: int, whole: tuple[list[str], list[tuple[Any, ...]]]) -> None:
    """Check that the end is that of an undisturbed story.

    If the new post was not read before the kill, it is that of a story without it.
    """
    events, told = whole
    found = story.end()
    without = [t for t in told if t[3] != "Closed today"]
    first_kept = events.index("open .gz") + 3  # after the warcinfo and the page that holds all posts
    assert found == (told if number >= first_kept else without), (
        f"killed before {events[number - 1]}, {number} of {events}"
    )


def test_a_capture_killed_anywhere(
    s3: S3, shared: Buckets, tmp_path: Path, whole: tuple[list[str], list[tuple[Any, ...]]], sample: Sample
) -> None:
    for number in sample.of(changing(whole[0], "open .gz", "os.rename media"), 6):
        story = Story(s3, shared, tmp_path / str(number))
        assert story.killed(number) is None
        lost_nothing(story, number, whole)


def test_a_recovery_killed_too(
    s3: S3, shared: Buckets, tmp_path: Path, whole: tuple[list[str], list[tuple[Any, ...]]], sample: Sample
) -> None:
    """The first kill is right before the manifest, and the spool is finished.

    In the second case the spool is lost as well, and the evidence is adopted.
    """
    manifest = whole[0].index("PUT ledger/capture") + 1
    for spool_is_lost in (False, True):
        counted = Story(s3, shared, tmp_path / f"counted-{spool_is_lost}")
        recovery = _interrupted(counted, manifest, spool_is_lost=spool_is_lost).killed(None)
        assert recovery is not None
        for number in sample.of(changing(recovery)[::3], 4):
            story = _interrupted(
                Story(s3, shared, tmp_path / f"{spool_is_lost}-{number}"),
                manifest,
                spool_is_lost=spool_is_lost,
            )
            assert story.killed(number) is None
            lost_nothing(story, manifest, whole)


def _interrupted(story: Story, number: int, *, spool_is_lost: bool) -> Story:
    assert story.killed(number) is None
    if spool_is_lost:
        for path in sorted((story.play.folder / "spool").rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    return story


def test_a_failure_killed_between_its_gap_and_its_manifest(s3: S3, shared: Buckets, tmp_path: Path) -> None:
    """The next complete capture closes the gap.

    The refusal in the spool, in which no parser finds a record, stops no capture.
    """
    play = opened(s3, shared, tmp_path)
    play.network.publish(US, "Hello")
    play.sound()
    refusal = httpx.Response(403, json={"error": "This action is not allowed"})
    play.between.rules.append(("/statuses?", lambda _r, _a: refusal))
    assert in_child(lambda: captured(play, "PUT ledger/capture")) is None
    play.between.rules.clear()
    assert [g.reason for g in Gaps(play.archive.archive).open_now([play.name])] == ["capture-failed: Blocked"]
    play.sound()
    assert Gaps(play.archive.archive).open_now([play.name]) == []


def test_a_time_in_which_nobody_looked_is_one_gap_however_many_captures_die(
    s3: S3, shared: Buckets, tmp_path: Path
) -> None:
    play = opened(s3, shared, tmp_path, start=START - timedelta(days=9))
    gaps = Gaps(play.archive.archive)
    with standing(play.network.now):
        play.network.publish(US, "Hello")
        play.sound()
        before = play.network.now()
        play.network.wait(hours=50)
        for _ in range(3):
            assert in_child(lambda: captured(play, "PUT ledger/capture")) is None
            play.network.wait(minutes=15)
        assert play.sound().gaps
        [lapse] = gaps.open_now([play.name])
        assert lapse.reason == f"not-captured: {play.final()['capture_id']}"
        assert (lapse.from_, lapse.to) == (before, play.network.now())
        assert play.gaps() == [lapse.gap_id]


def test_a_gap_that_a_capture_closed_before_it_died_opens_again_on_another_machine(
    s3: S3, shared: Buckets, tmp_path: Path
) -> None:
    """No manifest says that it was closed, and only that machine's disk shows the interrupted capture."""
    play = opened(s3, shared, tmp_path)
    play.network.publish(US, "Hello")
    play.sound()
    play.between.rules.append(
        ("/statuses?", lambda _r, _a: httpx.Response(403, json={"error": "This action is not allowed"}))
    )
    assert play.capture().failure
    [refused] = play.between.rules
    play.between.rules.clear()
    assert in_child(lambda: captured(play, "PUT ledger/capture")) is None
    gaps = Gaps(play.archive.archive)
    assert gaps.open_now([play.name]) == []
    elsewhere = play.elsewhere(tmp_path / "elsewhere")
    play.between.rules.append(refused)
    assert elsewhere.capture().failure
    assert [gap.reason for gap in gaps.open_now([play.name])] == ["capture-failed: Blocked"]
    play.between.rules.clear()
    elsewhere.sound()
    assert gaps.open_now([play.name]) == []


def test_an_edit_keeps_its_photo_when_a_dead_capture_is_finished(
    s3: S3, shared: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page with the edit brings no file of its own, and another exchange follows it in the spool."""
    monkeypatch.setattr(segment, "MAX_REQUESTS", 100)
    play = opened(s3, shared, tmp_path)
    post = play.network.publish(
        US, "School starts at nine", photos=[play.network.photo("mastodon", "A school bus")]
    )
    play.sound()
    play.network.edit(post, "School starts at ten")
    play.network.comment(PARENT, post, "At last")
    assert in_child(lambda: captured(play, "PUT evidence/mastodon")) is None
    play.sound()
    first, second = [r for r in play.rows() if r["kind"] == "post"]
    assert second["text"] == "School starts at ten"
    assert second["media"] == first["media"]
    assert second["media"][0]["sha256"] is not None
