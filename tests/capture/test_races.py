"""Others at work at the same time, answers that are lost, stores and disks that give out, clocks that are wrong: nothing is lost, nothing
is there twice, and the archive equals an undisturbed one."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partialmethod
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config

from infra.local.sandbox.model import Post
from recordroom.archive import compaction, media, records
from recordroom.archive.ledger import Ledger
from recordroom.archive.records import batches, file_system, sources
from recordroom.archive.store import Store
from recordroom.capture import segment, windows
from recordroom.capture.rebuild import rebuild_records
from recordroom.capture.spool import AccountSpool
from recordroom.errors import ArchiveError, ServiceUnavailable
from recordroom.model import Exchange, Media, Record, canonical_row, instant, moment
from recordroom.platforms import mastodon
from tests.capture.proxy import Lose, Proxy, proxied
from tests.capture.stage import PARENT, US, Answer, Play, opened
from tests.services import S3, Buckets

START = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5)  # one for all plays: equal stories give equal ids
FORK = multiprocessing.get_context("fork")


@pytest.fixture
def play(s3: S3, shared: Buckets, tmp_path: Path) -> Play:
    return opened(s3, shared, tmp_path, start=START)


def first_act(play: Play) -> tuple[Post, Post]:
    """A post with a photo and an answer, captured."""
    post = play.network.publish(US, "School starts at nine", photos=[play.network.photo("mastodon", "A school bus")])
    answer = play.network.comment(PARENT, post, "Not at eight?")
    play.sound()
    return post, answer


def second_act(play: Play, post: Post, answer: Post) -> None:
    """An edit, a removal, and a new post with a photo."""
    play.network.edit(post, "School starts at ten")
    play.network.remove(answer)
    play.network.publish(US, "Closed today", photos=[play.network.photo("mastodon", "Snow on the road")])


@pytest.fixture(scope="module")
def undisturbed(s3: S3, shared: Buckets, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Any, ...]]:
    """What the archive says of both acts."""
    play = opened(s3, shared, tmp_path_factory.mktemp("undisturbed"), start=START)
    second_act(play, *first_act(play))
    play.sound()
    told = play.told()
    assert [(sequence, status) for _, sequence, status, *_ in told] == [
        (1, "visible"),
        (2, "visible"),
        (1, "visible"),
        (2, "unavailable"),
        (1, "visible"),
    ]
    return told


@contextmanager
def before(store: Store, method: str, part: str, act: Callable[[], object]) -> Iterator[None]:
    """`act` once, right before the first such request leaves."""
    waiting = [act]

    def hook(request: Any, **_: object) -> None:
        if waiting and request.method == method and part in request.url:
            waiting.pop()()

    store.client.meta.events.register("before-send.s3", hook, unique_id=f"test-{id(hook)}")
    yield
    store.client.meta.events.unregister("before-send.s3", hook, unique_id=f"test-{id(hook)}")
    assert not waiting, "it never came to that request"


# -- two captures at once ------------------------------------------------------------------------------------------------


def captured_at_once(plays: list[Play], *, meeting: bool) -> list[tuple[str | None, int, int]]:
    """(failure, new, changed) of captures in processes of their own, which all start, and write (`meeting`), at the same moment."""
    start, writing = FORK.Barrier(len(plays)), FORK.Barrier(len(plays))
    told = FORK.Queue()

    def work(play: Play) -> None:
        for store in (play.archive.archive, play.archive.derived):
            store.client.close()  # these sockets are the parent's
        start.wait(20)
        if meeting:
            with before(play.archive.archive, "PUT", f"ledger/capture/mastodon/{play.name}", lambda: writing.wait(20)):
                outcome = play.capture()
        else:
            outcome = play.capture()
        told.put((outcome.failure, outcome.new, outcome.changed))

    children = [FORK.Process(target=work, args=(play,)) for play in plays]
    for child in children:
        child.start()
    found = [told.get(timeout=60) for _ in children]
    for child in children:
        child.join()
    return found


def test_two_machines_with_the_same_finds(play: Play, undisturbed: list[tuple[Any, ...]], tmp_path: Path) -> None:
    other = play.elsewhere(tmp_path / "other")
    first = first_act(play)
    second_act(play, *first)
    outcomes = captured_at_once([play, other], meeting=True)
    assert [failure for failure, _, _ in outcomes] == [None, None]
    assert sorted((new, changed) for _, new, changed in outcomes) == [(0, 0), (1, 2)], "one has them all, the other finds nothing left"
    assert play.told() == undisturbed
    assert play.sound().changed == 0


def test_two_first_captures_at_once(play: Play, undisturbed: list[tuple[Any, ...]], tmp_path: Path) -> None:
    post = play.network.publish(US, "School starts at nine", photos=[play.network.photo("mastodon", "A school bus")])
    answer = play.network.comment(PARENT, post, "Not at eight?")
    outcomes = captured_at_once([play, play.elsewhere(tmp_path / "other")], meeting=True)
    assert [failure for failure, _, _ in outcomes] == [None, None]
    assert sorted(new for _, new, _ in outcomes) == [0, 3]
    second_act(play, post, answer)
    play.sound()
    assert play.told() == undisturbed


def test_two_processes_on_one_machine(play: Play, undisturbed: list[tuple[Any, ...]]) -> None:
    """The second waits for the first, and then finds nothing left."""
    second_act(play, *first_act(play))
    outcomes = captured_at_once([play, play], meeting=False)
    assert sorted(outcomes) == [(None, 0, 0), (None, 1, 2)]
    assert play.told() == undisturbed
    assert not [p for p in (play.folder / "spool/mastodon" / play.name).iterdir() if p.is_dir()]


def test_a_second_capture_does_not_wait_for_ever(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    play.network.publish(US, "Hello")
    monkeypatch.setattr(AccountSpool, "locked", partialmethod(AccountSpool.locked, wait=0))
    refused: list[str] = []

    def second() -> None:
        with pytest.raises(ArchiveError, match="is running on this machine") as caught:
            play.capture()
        refused.append(caught.value.message)

    with before(play.archive.archive, "PUT", "evidence/", second):
        play.sound()
    assert len(refused) == 1


def test_evidence_of_a_living_writer_may_be_adopted(play: Play, undisturbed: list[tuple[Any, ...]], tmp_path: Path) -> None:
    """Between its evidence and its manifest another machine captures: that one adopts, the living one finds nothing left to say."""
    other = play.elsewhere(tmp_path / "other")
    second_act(play, *first_act(play))
    with before(play.archive.archive, "PUT", "ledger/capture", other.sound):
        outcome = play.sound()
    assert (outcome.new, outcome.changed) == (0, 0)
    adopted, others, ours = [entry.body for entry in play.manifests()[-3:]]
    assert adopted["recovered"]
    assert adopted["capture_id"] == ours["capture_id"]
    assert adopted["evidence"][0]["key"] == ours["evidence"][0]["key"], "two manifests name one object"
    assert len(adopted["deltas"]) == 3
    assert others["deltas"] == ours["deltas"] == []
    assert play.told() == undisturbed


def test_a_capture_between_the_segments_of_another_is_no_contradiction(play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One has seen an answer; before its first segment is committed, another sees that it is gone. The check at the end: both are right."""
    monkeypatch.setattr(segment, "MAX_REQUESTS", 1)
    other = play.elsewhere(tmp_path / "other")
    old = play.network.publish(US, "School starts at eight")
    play.network.comment(PARENT, old, "Why?")
    _, answer = first_act(play)
    play.network.comment(PARENT, old, "And the buses?")

    def others() -> None:
        play.network.remove(answer)
        assert other.sound().absent == 1

    with before(play.archive.archive, "PUT", "ledger/capture", others):
        play.sound()
    last = [entry.body for entry in play.manifests()[-2:]]
    assert [body["final"] for body in last] == [False, True], "an entry of its own precedes the one that says what it saw"
    assert play.sound().absent == 0


def test_a_failure_and_a_lost_race_at_once(play: Play, tmp_path: Path) -> None:
    """What a losing writer compares anew holds a refusal, in which its parser finds no records."""
    other = play.elsewhere(tmp_path / "other")
    post, _ = first_act(play)
    play.network.edit(post, "School starts at ten")
    refusal = httpx.Response(403, json={"error": "This action is not allowed"})

    def mended() -> None:
        play.between.rules.clear()
        other.sound()

    with before(play.archive.archive, "PUT", "ledger/capture", mended):
        play.between.rules.append(("/context", lambda _r, _a: refusal))
        outcome = play.capture()
    assert "403" in str(outcome.failure)
    assert [(r["sequence"], r["text"]) for r in play.rows() if r["kind"] == "post"] == [
        (1, "School starts at nine"),
        (2, "School starts at ten"),
    ]
    play.sound()
    assert play.gaps() == []


@pytest.mark.parametrize("how", ["lost race", "spool that was left"])
def test_what_was_read_before_what_is_current_is_no_edit(play: Play, tmp_path: Path, how: str) -> None:
    """One machine reads "ten"; before it can commit, another one has read "eleven" and that an answer is gone."""
    other = play.elsewhere(tmp_path / "other")
    post, answer = first_act(play)
    play.between.rules.append(("/history", lambda _r, _a: httpx.Response(404, json={"error": "Record not found"})))
    play.network.edit(post, "School starts at ten")

    def others() -> None:
        play.network.edit(post, "School starts at eleven")
        play.network.remove(answer)
        other.sound()

    def away() -> None:
        raise ServiceUnavailable("the store is away")

    if how == "lost race":
        with before(play.archive.archive, "PUT", "evidence/", others):
            play.sound()
    else:
        with pytest.raises(ServiceUnavailable), before(play.archive.archive, "PUT", "evidence/", away):
            play.capture()
        others()
    assert play.sound().absent == 0
    told = [(r["sequence"], r["text"], r["status"], r["late_arrival"]) for r in play.rows()]
    assert told == [
        (1, "School starts at nine", "visible", False),
        (2, "School starts at eleven", "visible", False),
        (3, "School starts at ten", "visible", True),
        (1, "Not at eight?", "visible", False),
        (2, "Not at eight?", "unavailable", False),
    ]


def test_a_dead_capture_is_finished_by_a_parser_that_reads_more_files(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """It died between its evidence and its manifest, as an upgrade kills it: what is fetched now does not stand in what was put then."""
    first_act(play)
    play.network.publish(US, "Closed today")

    def away() -> None:
        raise ServiceUnavailable("the store is away")

    with pytest.raises(ServiceUnavailable), before(play.archive.archive, "PUT", "ledger/capture", away):
        play.capture()
    read = mastodon.parse

    def more(exchange: Exchange) -> Iterator[Record]:
        for record in read(exchange):
            yield replace(record, media=[*record.media, Media("card", "image", "http://social.test/system/card.jpg")])

    monkeypatch.setattr(mastodon, "parse", more)
    monkeypatch.setattr(mastodon, "PLATFORM", replace(mastodon.PLATFORM, parser=mastodon.PLATFORM.parser + 1))
    play.between.rules.append(("/system/card.jpg", lambda _r, _a: httpx.Response(200, content=b"a card")))
    play.sound()
    [row] = [r for r in play.rows() if r["text"] == "Closed today"]
    assert [play.archive.archive.get(media.key_of(m["sha256"])) for m in row["media"]] == [b"a card"]


def test_a_photo_that_a_loser_has_to_fetch_again_is_put_too(play: Play, tmp_path: Path) -> None:
    """It knew the photo of an edit, until another machine saw the post without it; by now the platform has encoded it anew."""
    other = play.elsewhere(tmp_path / "other")
    post, _ = first_act(play)
    photos = post.now.photos
    play.between.rules.append(("/history", lambda _r, _a: httpx.Response(404, json={"error": "Record not found"})))
    play.network.edit(post, "School starts at ten")

    def others() -> None:
        play.network.edit(post, "School starts at eleven", photos=())
        other.sound()
        play.between.rules.append(("/media_attachments/", lambda _r, _a: httpx.Response(200, content=b"another encoding")))

    with before(play.archive.archive, "PUT", "evidence/", others):
        play.sound()
    assert photos
    [late] = [r for r in play.rows() if r["late_arrival"]]
    [photo] = late["media"]
    assert play.archive.archive.get(media.key_of(photo["sha256"])) == b"another encoding"


def test_a_photo_that_only_the_loser_got(play: Play, tmp_path: Path) -> None:
    """Two machines find the same post; where the winner did not get its photo, the loser's is not thrown away."""
    other = play.elsewhere(tmp_path / "other")
    first_act(play)
    play.network.publish(US, "Closed today", photos=[play.network.photo("mastodon", "Snow on the road")])

    def without_photo() -> None:
        with play.between.meanwhile("/media_attachments/", lambda _r, _a: httpx.Response(404)):
            other.sound()

    with before(play.archive.archive, "PUT", "evidence/", without_photo):
        play.sound()
    rows = [r for r in play.rows() if r["text"] == "Closed today"]
    assert [(r["sequence"], r["changed"], bool(r["media"][0]["sha256"])) for r in rows] == [(1, [], False), (2, ["media_bytes"], True)]


# -- answers that are lost, a store that goes away -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def lossy(s3: S3) -> Iterator[tuple[S3, Proxy]]:
    with proxied(s3) as found:
        yield found


def through(play: Play, s3: S3, *, tries: int) -> None:
    """Let a play speak to its store through a proxy; `tries`: botocore's own for each request."""
    config = Config(signature_version="s3v4", retries={"total_max_attempts": tries, "mode": "standard"}, s3={"addressing_style": "path"})
    client = boto3.client(
        "s3",
        endpoint_url=s3.endpoint,
        config=config,
        aws_access_key_id=s3.access_key,
        aws_secret_access_key=s3.secret_key,
        region_name=s3.region,
    )
    place = play.archive.place
    play.archive.place = replace(place, archive=replace(place.archive, client=client), derived=replace(place.derived, client=client))


@pytest.fixture
def behind(play: Play, lossy: tuple[S3, Proxy]) -> Iterator[tuple[Play, Proxy]]:
    s3, proxy = lossy
    through(play, s3, tries=1)
    yield play, proxy
    proxy.lose, proxy.away = lambda *_: False, False


def nth_put(number: int) -> Lose:
    counted = itertools.count(1)
    return lambda method, _path: method == "PUT" and next(counted) == number


def test_the_answer_to_each_put_is_lost_once(
    s3: S3, shared: Buckets, lossy: tuple[S3, Proxy], undisturbed: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    behind, proxy = lossy
    number, puts = 1, 0
    while number <= max(puts, 1):
        play = opened(s3, shared, tmp_path / str(number), start=START)
        first = first_act(play)
        second_act(play, *first)
        through(play, behind, tries=1)
        proxy.lose = nth_put(number)
        asked = len(proxy.asked)
        outcome = play.sound()
        puts = sum(method == "PUT" for method, _ in proxy.asked[asked:])
        assert (outcome.new, outcome.changed) == (1, 2), f"PUT {number} of {puts}"
        assert play.told() == undisturbed, f"PUT {number} of {puts}"
        proxy.lose = lambda *_: False
        number += 1
    assert number > 4, "a photo, the evidence, the manifest and the rows were put"


def test_botocore_itself_repeats_a_put_whose_answer_was_lost(
    play: Play, lossy: tuple[S3, Proxy], undisturbed: list[tuple[Any, ...]]
) -> None:
    """The repeated put is refused, since the first one was carried out: it is ours all the same."""
    s3, proxy = lossy
    second_act(play, *first_act(play))
    through(play, s3, tries=3)
    first, asked = nth_put(1), len(proxy.asked)
    proxy.lose = lambda method, path: "/ledger/" in path and first(method, path)
    play.sound()
    proxy.lose = lambda *_: False
    puts = [path for method, path in proxy.asked[asked:] if method == "PUT" and "/ledger/" in path]
    assert len(puts) == 2
    assert puts[0] == puts[1]
    assert play.told() == undisturbed


@pytest.mark.parametrize("before_", ["media/", "evidence/", "ledger/capture", "records/"])
def test_a_store_that_goes_away_in_the_middle(behind: tuple[Play, Proxy], undisturbed: list[tuple[Any, ...]], before_: str) -> None:
    """Right before a photo, the evidence, the manifest or the rows; the new post is gone by the time the store is back."""
    play, proxy = behind
    second_act(play, *first_act(play))

    def away() -> None:
        proxy.away = True
        play.archive.archive.client.close()

    with before(play.archive.archive, "PUT", before_, away), pytest.raises(ServiceUnavailable) as caught:
        play.capture()
    assert caught.value.exit_code == 3
    with pytest.raises(ServiceUnavailable):
        play.capture()
    proxy.away = False
    new = max(play.network.posts.values(), key=lambda p: p.number)
    play.network.remove(new)
    play.sound()
    assert [t for t in play.told() if t[2] == "visible"] == [t for t in undisturbed if t[2] == "visible"], "nothing is lost"
    assert [t[1:3] for t in play.told() if t[3] == "Closed today"] == [(1, "visible"), (2, "unavailable")]
    assert not [p for p in (play.folder / "spool/mastodon" / play.name).iterdir() if p.is_dir()]


# -- a disk without room -------------------------------------------------------------------------------------------------


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[bool]:
    """A file system of `size` bytes at `folder`; False where this user may not mount one."""
    folder.mkdir(parents=True, exist_ok=True)
    options = ["-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    done = os.geteuid() == 0 and subprocess.run(["mount", *options], check=False, capture_output=True).returncode == 0
    try:
        yield done
    finally:
        if done:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def captured_with_files_of(size: int, play: Play) -> tuple[str | None, int]:
    """(failure, new) of a capture whose process may write no larger file."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        play.archive.archive.client.close()
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        outcome = play.capture()
        os.write(write, repr((outcome.failure, outcome.new)).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        told: tuple[str | None, int] = eval(pipe.read())  # noqa: S307 (our own child)
    os.waitpid(child, 0)
    return told


def with_more_of_it(noise: str) -> Answer:
    return lambda _, real: httpx.Response(200, content=real().read().replace(b"Post 0", b"Post 0 " + noise.encode()))


@pytest.mark.parametrize("where", ["evidence", "media"])
@pytest.mark.parametrize("how", ["tmpfs", "RLIMIT_FSIZE"])
def test_a_full_disk_ends_a_capture_with_what_it_had(play: Play, where: str, how: str) -> None:
    """The first posts fit; then comes one whose words, or whose photo, do not."""
    room = 128 << 10
    noise = os.urandom(room).hex()
    play.network.publish(US, "This fits")
    for number in range(45):
        play.network.publish(US, f"Post {number}")
    play.network.publish(US, "A large one", photos=[play.network.photo("mastodon", "Snow")])
    large = httpx.Response(200, content=noise.encode())
    play.between.rules.append(("/media_attachments/", lambda _r, _a: large) if where == "media" else ("max_id", with_more_of_it(noise)))
    spool = play.folder / "spool"
    if how == "tmpfs":
        with small_disk(spool, room) as mounted:
            if not mounted:
                pytest.skip("this user may not mount a file system; RLIMIT_FSIZE is tried instead")
            outcome = play.capture()
            failure, new = outcome.failure, outcome.new
            left = [p.name for p in (spool / "mastodon" / play.name).iterdir()]
            assert left == ["lock"]
    else:
        failure, new = captured_with_files_of(room, play)
    assert "no room for" in str(failure)
    final = play.final()
    assert final["failure"]["type"] == "SpoolFull"
    assert final["complete"] is False
    if where == "evidence":
        assert new == 41, "the first page and the profile are committed"
    play.between.rules.clear()
    play.sound("history")
    play.sound("full")
    assert len({r["record_id"] for r in play.rows()}) == 47
    [photo] = {m["sha256"] for r in play.rows() for m in r["media"] if m["sha256"]}
    assert play.archive.archive.head(f"media/sha256/{photo[:2]}/{photo}") is not None
    assert play.gaps() == []


def test_a_disk_without_room_for_anything(play: Play) -> None:
    """Not even for the first record of a WARC: a failure with its name, and no evidence of no bytes."""
    play.network.publish(US, "Hello")
    failure, new = captured_with_files_of(200, play)
    assert "no room for" in str(failure)
    assert new == 0
    assert play.final()["evidence"] == []
    play.sound()
    assert len(play.rows()) == 1


# -- clocks --------------------------------------------------------------------------------------------------------------


def clock(patch: pytest.MonkeyPatch, off: timedelta) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + off

    for module in ("recordroom.archive.ledger", "recordroom.archive.store", "recordroom.capture.commit", "recordroom.capture.run"):
        patch.setattr(f"{module}.datetime", Clock)


def test_a_clock_set_back_is_recorded_and_times_do_not_run_back(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    first = first_act(play)
    second_act(play, *first)
    with monkeypatch.context() as patch:
        clock(patch, -timedelta(days=2))
        play.sound()
    play.sound()
    entries = play.manifests()
    times = [entry.time for entry in entries]
    assert times == sorted(times)
    raw = [json.loads(play.archive.archive.get(f"ledger/{e.ledger}/{e.number:012d}.json")) for e in entries]
    skewed = [r["clock_skew"] for r in raw if "clock_skew" in r]
    assert len(skewed) == 1
    here, store = moment(skewed[0]["here"]), moment(skewed[0]["store"])
    assert timedelta(days=1, hours=23) < store - here < timedelta(days=2, hours=1)
    assert abs(store - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_clock_that_was_ahead_silences_nobody(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """A capture in the year 2030 is followed by captures of today: the account is due, and what changed meanwhile is listed."""
    first_act(play)
    with monkeypatch.context() as patch:
        clock(patch, timedelta(days=2000))
        play.sound()
        play.sound()
    now = datetime.now(UTC)
    sums = play.archive.state(play.name).sums
    assert moment(sums.last_start or "") > now + timedelta(days=1999)
    assert windows.due(play.archive.account(play.name), sums, now) == ""
    chosen = windows.choose(sums, None, None, now)
    assert chosen.changed_since is not None
    assert chosen.changed_since <= now
    sums.not_before = instant(now + timedelta(days=2000))
    assert windows.due(play.archive.account(play.name), sums, now) == ""
    play.network.publish(US, "Today")
    assert play.sound().new == 1


def test_a_clock_that_was_ahead_hides_no_orphan(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """Evidence of today, which no manifest names, sorts before what was committed in 2030."""
    first_act(play)
    with monkeypatch.context() as patch:
        clock(patch, timedelta(days=2000))
        play.network.publish(US, "The day after tomorrow")
        play.sound()
    play.archive.state(play.name).put_snapshot()
    play.sound()  # adopts again what the snapshot has forgotten
    lost = play.network.publish(US, "Today")

    def away() -> None:
        raise ServiceUnavailable("the store is away")

    with pytest.raises(ServiceUnavailable), before(play.archive.archive, "PUT", "ledger/capture", away):
        play.capture()
    shutil.rmtree(play.folder / "spool")
    play.network.remove(lost)
    play.sound()
    told = [(r["text"], r["sequence"]) for r in play.rows()]
    assert ("Today", 1) in told
    assert len(told) == len(set(told)) == 5, "and what is adopted again changes nothing"


# -- compaction and rebuild meanwhile ------------------------------------------------------------------------------------


def rows(play: Play) -> list[bytes]:
    """As a reader of records finds them."""
    place, upto = play.archive.place, {play.name: Ledger(play.archive.archive, play.archive.account(play.name).ledger).head()}
    found = (row for batch in batches(sources(place.derived, file_system(place.settings), upto)) for row in batch.to_pylist())
    return sorted(canonical_row(row) for row in found)


def compacted(play: Play) -> int:
    state = play.archive.state(play.name)
    heads = {play.name: (state.tail.number, state.sums.rows)}
    return compaction.compact(play.archive.derived, file_system(play.archive.place.settings), heads)


@pytest.fixture
def alone(s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Play:
    """An archive of its own, in which any file is worth a merge."""
    monkeypatch.setattr(compaction, "SMALL_FILES", 1)
    return opened(s3, Buckets(), tmp_path, start=START)


def test_compaction_and_rebuild_keep_every_row(alone: Play) -> None:
    for number in range(4):
        alone.network.publish(US, f"Post {number}", photos=[alone.network.photo("mastodon", "Snow")])
        alone.sound()
    was = rows(alone)
    assert compacted(alone) == 4
    assert rows(alone) == was
    alone.network.edit(next(iter(alone.network.posts.values())), "Edited")
    alone.sound()
    now = rows(alone)
    assert len(now) == len(was) + 1
    assert compacted(alone) == 1
    assert rows(alone) == now
    for key in list(alone.archive.derived.keys("")):
        alone.archive.derived.delete(key)
    assert rows(alone) == []
    assert rebuild_records(alone.archive.archive, alone.archive.derived).rows == len(now)
    assert rows(alone) == now, "equal field by field"
    assert alone.sound().changed == 0
    assert compacted(alone) == 0
    assert rows(alone) == now


@pytest.mark.parametrize("moment_", ["before the rows are put", "while it counts"])
def test_compaction_meanwhile_hides_nothing(alone: Play, monkeypatch: pytest.MonkeyPatch, moment_: str) -> None:
    alone.network.publish(US, "First")
    alone.sound()
    alone.network.publish(US, "Second")
    if moment_ == "before the rows are put":
        with before(alone.archive.derived, "PUT", "records/", lambda: compacted(alone)):
            alone.sound()
    else:
        put, listed = records.put, records.sources
        late: list[Callable[[], object]] = []

        def sources_of(*args: Any) -> Any:
            while late:
                late.pop()()
            return listed(*args)

        with monkeypatch.context() as patch:
            patch.setattr(records, "put", lambda *args: late.append(lambda: put(*args)))
            alone.sound()
            patch.setattr(records, "sources", sources_of)
            compacted(alone)
        assert late == []
    assert [b'"Second"' in row for row in rows(alone)].count(True) == 1
    alone.sound()
    compacted(alone)
    assert len(rows(alone)) == 3


def test_a_rebuild_meanwhile_loses_nothing(alone: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """A capture commits after the rebuild has read the chain, and writes its rows to the old generation."""
    alone.network.publish(US, "First")
    alone.sound()
    publish = records.publish

    def late(*args: Any) -> bool:
        alone.network.publish(US, "Second")
        alone.sound()
        return publish(*args)

    monkeypatch.setattr(records, "publish", late)
    rebuild_records(alone.archive.archive, alone.archive.derived)
    assert len(rows(alone)) == 3
