"""Imports and captures of the same account: nothing doubled, nothing hidden, whichever came first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recordroom.archive.quarantine import ledger
from recordroom.canonical import sha256
from recordroom.capture.file_import import run
from recordroom.capture.segment.commit import commit
from recordroom.model import instant
from tests.capture.stage import OTHER, PARENT, US, Play, opened
from tests.imports.core.lines import SERVER, file_of, line, post_of
from tests.imports.core.troubles import Died, dying
from tests.imports.taking import taken
from tests.services import Buckets

pytestmark = pytest.mark.thorough


def test_what_a_capture_holds_is_not_doubled(play: Play, tmp_path: Path) -> None:
    post = play.network.publish(US, "Closed today")
    play.network.comment(PARENT, post, "And the buses?")
    play.sound()
    held = post_of(play)
    same = line(held["native_id"], "  Closed\n today ", published_at=held["published_at"].isoformat())
    done = taken(play, file_of(tmp_path, same))
    assert (done.new, done.changed, done.known) == (0, 0, 1)
    assert len(play.rows()) == 2
    assert play.final()["imported"]["tally"]["known"] == 1, "that the file has it is on record"
    assert play.final()["imported"]["sha256"] == sha256(held["record_id"].encode())


def test_another_text_is_kept_beside_and_never_becomes_current(play: Play, tmp_path: Path) -> None:
    play.network.publish(US, "Closed today")
    play.sound()
    held = post_of(play)
    other = line(held["native_id"], "Closed tomorrow", published_at=held["published_at"].isoformat())
    done = taken(play, file_of(tmp_path, other))
    assert (done.new, done.changed, done.known) == (0, 1, 0)
    first, second = play.rows()
    assert (second["sequence"], second["late_arrival"], second["text"]) == (2, True, "Closed tomorrow")
    now = play.archive.state(play.name).get([held["record_id"]])[held["record_id"]]
    assert (now.version, now.sequence) == (first["version"], 2)
    play.network.edit(play.network.publish(US, "Another"), "Another one")
    play.sound()
    assert [r["sequence"] for r in play.rows() if r["record_id"] == held["record_id"]] == [1, 2], (
        "the capture sees what it saw before"
    )


def test_what_ends_with_dots_is_a_cut_of_what_others_wrote_and_of_nothing_else(
    play: Play, tmp_path: Path
) -> None:
    """X's archive cuts off what a repost spreads. One's own words may be an earlier state of longer ones:
    they were called known.
    """
    theirs = play.network.publish(OTHER, "School is closed today, more to come: the gym is open.")
    play.network.publish(US, "School is closed today, more to come: buses run at three.")
    play.network.repost(US, theirs)
    play.sound()
    posts = [row for row in play.rows() if row["kind"] == "post"]
    cut = "School is closed today, more to come..."
    done = taken(
        play,
        file_of(
            tmp_path, *(line(p["native_id"], cut, published_at=p["published_at"].isoformat()) for p in posts)
        ),
    )
    assert (done.changed, done.known) == (1, 1)
    [row] = [row for row in play.rows() if row["text"] == cut]
    assert row["record_id"] == next(p["record_id"] for p in posts if p["shared_id"] is None)


def _native_of_the_post(play: Play, tmp_path: Path) -> str:
    """Return the platform's future ID of the post, which the test's own account has not captured."""
    shadow = opened(play.s3, Buckets(), tmp_path / "shadow" / "place")
    shadow.between.real = play.between.real
    shadow.sound()
    return str(post_of(shadow)["native_id"])


def test_what_was_imported_first_is_seen_by_a_later_capture_as_the_platforms_own(
    play: Play, tmp_path: Path
) -> None:
    play.sound()
    play.network.publish(US, "Closed today")
    other = play.elsewhere(tmp_path / "other")
    native = _native_of_the_post(play, tmp_path)
    taken(
        other,
        file_of(tmp_path, line(native, "Closed today, they say"), line("4", "This is no longer shown")),
    )
    outcome = play.sound("full")
    assert (outcome.absent, outcome.gaps) == (0, []), "what only a file tells is not expected by a capture"
    rows = [r for r in play.rows() if r["native_id"] == native]
    assert [(r["sequence"], r["late_arrival"], r["source"]) for r in rows] == [
        (1, True, "import: JSON Lines file"),
        (2, False, "api"),
    ]
    assert play.final()["completeness"]["kinds"][0]["why"] == "equal", (
        "what only a file reports does not replace what a capture misses"
    )


def test_a_likely_twin_is_proposed_and_both_are_kept(play: Play, tmp_path: Path) -> None:
    play.network.publish(US, "Closed today because of the snow")
    play.sound()
    held = post_of(play)
    near = {"published_at": held["published_at"].isoformat()}
    done = taken(
        play,
        file_of(
            tmp_path,
            line("old-7", "Closed today because of  the snow", **near),
            line("old-8", "Something else", **near),
        ),
    )
    assert [(t.record_id, t.like, t.seconds) for t in done.twins] == [
        (f"mastodon:{SERVER}/statuses/old-7", held["record_id"], 0)
    ]
    assert len(play.rows()) == 3
    assert play.final()["imported"]["twins"] == [
        {"record_id": done.twins[0].record_id, "like": held["record_id"], "seconds": 0}
    ]


def test_a_twin_of_what_is_under_quarantine_is_told(play: Play, tmp_path: Path) -> None:
    """Under another id it is shown to everybody."""
    play.network.publish(US, "Her address is 1 Main Street")
    play.sound()
    post = post_of(play)
    ledger.put(play.archive.archive, ledger.QuarantineTarget(ledger.RECORD, post["record_id"]), "An address")
    same = line("other", "Her address is 1 Main Street", published_at=instant(post["published_at"]))
    path = file_of(tmp_path, same, line("else", "Snow", published_at=instant(post["published_at"])))
    for dry in (5, None, None):
        done = taken(play, path, dry=dry)
        assert [(twin.record_id, twin.like) for twin in done.barred] == (
            [] if done.before else [(same["record_id"], post["record_id"])]
        )
    ledger.put(play.archive.archive, ledger.QuarantineTarget(ledger.RECORD, same["record_id"]), "The same")
    assert taken(play, file_of(tmp_path, same, line("2", "x"), name="more.jsonl")).barred == []


def test_no_twin_of_what_is_under_quarantine_is_one_too_many(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report showed only those of ten thousand duplicates that are under quarantine, without a note that there
    are more.
    """
    monkeypatch.setattr(run, "LISTED_AT_MOST", 1)
    for number in range(3):
        play.network.publish(US, f"Her address is {number} Main Street")
    play.sound()
    posts = [row for row in play.rows() if row["kind"] == "post"]
    for post in posts:
        ledger.put(
            play.archive.archive, ledger.QuarantineTarget(ledger.RECORD, post["record_id"]), "An address"
        )
    lines = [
        line(f"old-{n}", post["text"], published_at=instant(post["published_at"]))
        for n, post in enumerate(posts)
    ]
    done = taken(play, file_of(tmp_path, *lines))
    assert {(twin.record_id, twin.like) for twin in done.barred} == {
        (one["record_id"], post["record_id"]) for one, post in zip(lines, posts, strict=True)
    }
    assert (len(done.twins), done.tally()["twins"], play.final()["imported"]["tally"]["twins"]) == (1, 3, 3)


def test_an_import_leaves_captures_as_they_are(play: Play, tmp_path: Path) -> None:
    play.network.publish(US, "Closed today")
    play.sound()
    before = play.archive.state(play.name).sums
    taken(play, file_of(tmp_path, line("1", "Old")))
    after = play.archive.state(play.name).sums
    for name in (
        "identity",
        "last_start",
        "read",
        "history",
        "finals",
        "counts",
        "failure",
        "gap_ids",
        "validators",
        "last",
    ):
        assert getattr(after, name) == getattr(before, name), name


def test_an_import_before_the_first_capture_pins_nobody(play: Play, tmp_path: Path) -> None:
    taken(play, file_of(tmp_path, line("1", "Old")))
    assert play.archive.state(play.name).sums.identity is None
    play.network.publish(US, "Closed today")
    outcome = play.sound()
    assert outcome.window == "history"
    assert play.archive.state(play.name).sums.identity is not None


def test_what_a_capture_adopts_of_an_import_gives_no_record_the_file_of_another(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The evidence says of two files of one identity that they came, and not whose each is: the import, begun
    again, brings them.
    """
    play.sound()
    for name in "ab":
        (tmp_path / f"{name}.jpg").write_bytes(name.encode())
    path = file_of(
        tmp_path, *(line(name, name, media=[{"identity": "1", "file": f"{name}.jpg"}]) for name in "ab")
    )
    with monkeypatch.context() as dies:
        dying(dies, 1, put=True)
        with pytest.raises(Died):
            taken(play, path)
    play.sound()
    assert [r["media"][0]["sha256"] for r in play.rows()] == [None, None]
    assert taken(play, path).media == 2
    assert [(r["text"], r["media"][0]["sha256"]) for r in play.rows() if r["sequence"] == 2] == [
        (n, sha256(n.encode())) for n in "ab"
    ]


def test_a_capture_that_commits_meanwhile_takes_nothing_away(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play.sound()
    play.network.publish(US, "Closed today")
    native = _native_of_the_post(play, tmp_path)

    def late(*given: Any, **more: Any) -> Any:
        monkeypatch.setattr(run, "commit", commit)
        play.sound()
        return commit(*given, **more)

    monkeypatch.setattr(run, "commit", late)
    path = file_of(tmp_path, line(native, "Closed today"), line("1", "Old", media=[{"file": "export.jsonl"}]))
    taken(play, path)
    told = [(r["native_id"], r["sequence"], r["source"]) for r in play.rows()]
    assert told == [("1", 1, "import: JSON Lines file"), (native, 1, "api")]
    assert sha256(path.read_bytes()) in {m["sha256"] for m in play.final()["media"]}


def test_a_file_tells_nothing_new_of_what_was_removed_since(play: Play, tmp_path: Path) -> None:
    post = play.network.publish(US, "Closed today")
    play.sound()
    held = post_of(play)
    path = file_of(
        tmp_path, line(held["native_id"], "Closed today", published_at=held["published_at"].isoformat())
    )
    play.network.remove(post)
    play.sound()
    assert [r["status"] for r in play.rows()] == ["visible", "unavailable"]
    done = taken(play, path)
    assert (done.new, done.changed, done.known) == (0, 0, 1)
