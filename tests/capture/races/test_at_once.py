"""Two captures at once: nothing is lost, and no record appears twice."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from dataclasses import replace
from functools import partialmethod
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec import structs

from recordroom.archive import gaps, media
from recordroom.archive.gaps import Gaps
from recordroom.archive.ledger import Ledger
from recordroom.archive.state import account_state, snapshot
from recordroom.capture.derived import snapshot_check, verification
from recordroom.capture.segment import segment
from recordroom.capture.segment.spool import AccountSpool
from recordroom.errors import ArchiveError, ServiceUnavailable
from recordroom.model import Exchange, Media, Record
from recordroom.platforms import mastodon
from recordroom.register.models import Chain
from tests.capture.races.acts import before, first_act, second_act
from tests.capture.stage import PARENT, US, Play

pytestmark = pytest.mark.thorough

FORK = multiprocessing.get_context("fork")


def captured_at_once(plays: list[Play], *, meeting: bool) -> list[tuple[str | None, int, int]]:
    """Return (failure, new, changed) of captures in processes of their own.

    All start, and write (`meeting`), at the same moment.
    """
    start, writing = FORK.Barrier(len(plays)), FORK.Barrier(len(plays))
    told = FORK.Queue()

    def work(play: Play) -> None:
        for store in (play.archive.archive, play.archive.derived):
            store.client.close()  # these sockets belong to the parent
        start.wait(120)
        if meeting:
            with before(
                play.archive.archive, "PUT", f"ledger/capture/mastodon/{play.name}", lambda: writing.wait(120)
            ):
                outcome = play.capture()
        else:
            outcome = play.capture()
        told.put((outcome.failure, outcome.new, outcome.changed))

    children = [FORK.Process(target=work, args=(play,)) for play in plays]
    for child in children:
        child.start()
    found = [told.get(timeout=240) for _ in children]
    for child in children:
        child.join()
    return found


def test_two_machines_with_the_same_finds(
    play: Play, undisturbed: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    other = play.elsewhere(tmp_path / "other")
    first = first_act(play)
    second_act(play, *first)
    outcomes = captured_at_once([play, other], meeting=True)
    assert [failure for failure, _, _ in outcomes] == [None, None]
    assert sorted((new, changed) for _, new, changed in outcomes) == [(0, 0), (1, 2)], (
        "one has them all, the other finds nothing left"
    )
    assert play.told() == undisturbed
    assert play.sound().changed == 0


def test_two_first_captures_at_once(play: Play, undisturbed: list[tuple[Any, ...]], tmp_path: Path) -> None:
    post = play.network.publish(
        US, "School starts at nine", photos=[play.network.photo("mastodon", "A school bus")]
    )
    answer = play.network.comment(PARENT, post, "Not at eight?")
    outcomes = captured_at_once([play, play.elsewhere(tmp_path / "other")], meeting=True)
    assert [failure for failure, _, _ in outcomes] == [None, None]
    assert sorted(new for _, new, _ in outcomes) == [0, 3]
    second_act(play, post, answer)
    play.sound()
    assert play.told() == undisturbed


def test_two_processes_on_one_machine(play: Play, undisturbed: list[tuple[Any, ...]]) -> None:
    """The second waits for the first, and then finds nothing left to do."""
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


def test_evidence_of_a_living_writer_may_be_adopted(
    play: Play, undisturbed: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    """Another machine captures between a writer's evidence and its manifest.

    That machine adopts the evidence, and the writer finds nothing left to commit.
    """
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


def test_a_capture_between_the_segments_of_another_is_no_contradiction(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One has seen a reply; before its first segment is committed, another sees that it is removed.

    The check at the end shows that both are right.
    """
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
    assert [body["final"] for body in last] == [False, True], (
        "an entry of its own precedes the one that says what it saw"
    )
    assert play.sound().absent == 0


def test_a_failure_and_a_lost_race_at_once(play: Play, tmp_path: Path) -> None:
    """The losing writer compares again; its evidence contains a refusal in which no parser finds records."""
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
    """One machine reads "ten".

    Before it can commit, another one has read "eleven" and that a reply is removed.
    """
    other = play.elsewhere(tmp_path / "other")
    post, answer = first_act(play)
    play.between.rules.append(
        ("/history", lambda _r, _a: httpx.Response(404, json={"error": "Record not found"}))
    )
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


def test_a_dead_capture_is_finished_by_a_parser_that_reads_more_files(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upgrade interrupted it between its evidence and its manifest.

    Files that are fetched now are not in the evidence that was stored then.
    """
    first_act(play)
    play.network.publish(US, "Closed today")

    def away() -> None:
        raise ServiceUnavailable("the store is away")

    with pytest.raises(ServiceUnavailable), before(play.archive.archive, "PUT", "ledger/capture", away):
        play.capture()
    read = mastodon.parse

    def more(exchange: Exchange) -> Iterator[Record]:
        for record in read(exchange):
            yield structs.replace(
                record, media=[*record.media, Media("card", "image", "http://social.test/system/card.jpg")]
            )

    monkeypatch.setattr(mastodon, "parse", more)
    monkeypatch.setattr(mastodon, "PLATFORM", replace(mastodon.PLATFORM, parser=mastodon.PLATFORM.parser + 1))
    play.between.rules.append(("/system/card.jpg", lambda _r, _a: httpx.Response(200, content=b"a card")))
    play.sound()
    [row] = [r for r in play.rows() if r["text"] == "Closed today"]
    assert [play.archive.archive.get(media.key_of(m["sha256"])) for m in row["media"]] == [b"a card"]


def test_a_photo_that_a_loser_has_to_fetch_again_is_put_too(play: Play, tmp_path: Path) -> None:
    """It knew the photo of an edit until another machine saw the post without it.

    By now the platform has encoded the photo again.
    """
    other = play.elsewhere(tmp_path / "other")
    post, _ = first_act(play)
    photos = post.now.photos
    play.between.rules.append(
        ("/history", lambda _r, _a: httpx.Response(404, json={"error": "Record not found"}))
    )
    play.network.edit(post, "School starts at ten")

    def others() -> None:
        play.network.edit(post, "School starts at eleven", photos=())
        other.sound()
        play.between.rules.append(
            ("/media_attachments/", lambda _r, _a: httpx.Response(200, content=b"another encoding"))
        )

    with before(play.archive.archive, "PUT", "evidence/", others):
        play.sound()
    assert photos
    [late] = [r for r in play.rows() if r["late_arrival"]]
    [photo] = late["media"]
    assert play.archive.archive.get(media.key_of(photo["sha256"])) == b"another encoding"


def test_a_photo_that_only_the_loser_got(play: Play, tmp_path: Path) -> None:
    """Two machines find the same post; only the one that loses the race got its photo, which is kept."""
    other = play.elsewhere(tmp_path / "other")
    first_act(play)
    play.network.publish(US, "Closed today", photos=[play.network.photo("mastodon", "Snow on the road")])

    def without_photo() -> None:
        with play.between.meanwhile("/media_attachments/", lambda _r, _a: httpx.Response(404)):
            other.sound()

    with before(play.archive.archive, "PUT", "evidence/", without_photo):
        play.sound()
    rows = [r for r in play.rows() if r["text"] == "Closed today"]
    assert [(r["sequence"], r["changed"], bool(r["media"][0]["sha256"])) for r in rows] == [
        (1, [], False),
        (2, ["media_bytes"], True),
    ]


def test_a_capture_that_ends_while_all_is_verified_is_no_false_alarm(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To fold a long chain from its first entry takes longer than the time between captures."""
    monkeypatch.setattr(account_state, "SNAPSHOT_ENTRIES", 1)
    first_act(play)
    play.sound()
    place, real = play.archive.place, account_state.AccountState

    def slow(*args: Any, **more: Any) -> account_state.AccountState:
        if "trust_snapshot" in more:
            play.network.publish(US, "Open again")
            assert play.sound().new == 1
        return real(*args, **more)

    monkeypatch.setattr(snapshot_check, "AccountState", slow)
    assert (
        verification.compare_account(
            place.archive, place.derived, place.settings, Chain("mastodon", play.name)
        )
        == []
    )


def test_a_snapshot_that_is_replaced_while_all_is_verified_is_no_false_alarm(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first capture and a large import remove a snapshot as soon as there are two newer ones."""
    monkeypatch.setattr(account_state, "SNAPSHOT_ENTRIES", 1)
    first_act(play)
    play.sound()
    place, chain = play.archive.place, Chain("mastodon", play.name)
    prefix = snapshot.prefix_of(chain)
    check = snapshot_check.SnapshotCheck(place.archive, place.derived, chain)
    entries = list(Ledger(place.archive, chain.ledger).entries())
    first = snapshot.read_newest(place.derived, prefix)
    play.network.publish(US, "Open again")
    play.sound()
    snapshot.remove(place.derived, first.folder)
    for entry in entries:
        check.fold(entry)
    check.finish()
    assert check.problems == []
    # the newer one is compared: a snapshot that is gone without one is a problem
    check = snapshot_check.SnapshotCheck(place.archive, place.derived, chain)
    for folder in list(place.derived.keys(prefix, folders=True)):
        snapshot.remove(place.derived, folder)
    check.finish()
    [problem] = check.problems
    assert "removed while it was being read" in problem.problem


def test_a_gap_that_opens_while_all_is_verified_is_no_false_alarm(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, bucket = play.archive.archive, play.archive.derived
    Gaps(archive, bucket).open_(play.name, "counts-differ", "one post")
    gaps.rebuild(archive, bucket)

    def opening(*args: Any) -> Gaps:
        if len(args) == 2:  # the reading from the first entry has begun
            Gaps(archive).open_(play.name, "platform-limit", "all else")
        return Gaps(*args)

    monkeypatch.setattr(verification, "Gaps", opening)
    assert verification.compare_gaps(archive, bucket) == []
