"""An import, beside captures of the same account: nothing doubled, nothing hidden, and the archive stays as specified.

The account is the sandbox's Mastodon; the file is JSON Lines, the one form that any platform can have.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from warcio.archiveiterator import ArchiveIterator

from recordroom.accounts import Chain
from recordroom.archive import media, quarantine, records
from recordroom.archive.gaps import Gaps
from recordroom.archive.ledger import Ledger
from recordroom.capture import importing
from recordroom.capture.commit import commit
from recordroom.capture.rebuild import rebuild_records, rebuild_state
from recordroom.errors import ImportRefused, UsageError
from recordroom.imports import cutting, jsonl
from recordroom.imports.fields import record_from
from recordroom.model import instant, sha256
from tests.archives import make
from tests.capture.stage import OTHER, PARENT, US, Play, opened
from tests.imports.taking import take, taken
from tests.services import S3, Buckets
from tests.verifier.agreement import check

SERVER = "social.test"


def overtake(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """A capture commits before the import does, once."""

    def late(*given: Any, **more: Any) -> Any:
        monkeypatch.setattr(importing, "commit", commit)
        play.sound()
        return commit(*given, **more)

    monkeypatch.setattr(importing, "commit", late)


@pytest.fixture
def play(s3: S3, buckets: Buckets, tmp_path: Path) -> Iterator[Play]:
    yield opened(s3, buckets, tmp_path / "place")
    check(s3, buckets, tmp_path / "place")


def line(native: str, text: str, **more: Any) -> dict[str, Any]:
    name = f"mastodon:{SERVER}/statuses/{native}"
    return {"kind": "post", "native_id": native, "record_id": name, "text": text} | more


def file_of(folder: Path, *lines: dict[str, Any] | str, name: str = "export.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in lines), "utf-8")
    return path


def post_of(play: Play) -> dict[str, Any]:
    return next(row for row in play.rows() if row["kind"] == "post")


def test_what_no_capture_saw_becomes_a_record_and_the_file_is_kept(play: Play, tmp_path: Path) -> None:
    play.sound()
    path = file_of(tmp_path, line("11", "Closed in 2019", published_at="2019-02-04T06:10:00-08:00", author_name="Us"))
    done = taken(play, path)
    assert (done.records, done.new, done.changed, done.known, done.rejected) == (1, 1, 0, 0, 0)
    [row] = play.rows()
    assert (row["record_id"], row["text"], row["source"]) == (f"mastodon:{SERVER}/statuses/11", "Closed in 2019", "import: JSON Lines file")
    assert (row["sequence"], row["late_arrival"], row["valid_from_source"]) == (1, True, "import")
    assert row["valid_from"] == row["published_at"]
    assert (row["parser"], row["canon"], row["pointer"]) == ("jsonl 1", "1/jsonl 1", "line/1")
    digest = sha256(path.read_bytes())
    assert play.archive.archive.get(media.key_of(digest)) == path.read_bytes()
    body = play.final()
    assert body["import"] == {"format": "jsonl", "name": "export.jsonl", "sha256": digest, "bytes": path.stat().st_size}
    assert digest in {item["sha256"] for item in body["media"]}
    assert body["imported"]["tally"]["new"] == 1


def test_the_same_file_twice_adds_nothing(play: Play, tmp_path: Path) -> None:
    path = file_of(tmp_path, line("11", "Closed"), line("12", "Open"))
    taken(play, path)
    entries = len(play.manifests())
    again = taken(play, path)
    assert (again.new, again.changed, again.known) == (0, 0, 2)
    assert again.before
    assert len(play.manifests()) == entries
    renamed = taken(play, path.rename(tmp_path / "other.jsonl"))
    assert renamed.before
    assert len(play.manifests()) == entries


def test_a_second_file_adds_only_what_it_tells_otherwise(play: Play, tmp_path: Path) -> None:
    day = {"published_at": "2019-02-04T06:10:00-08:00"}
    taken(play, file_of(tmp_path, line("11", "Closed", **day), line("12", "Open", **day)))
    done = taken(play, file_of(tmp_path, line("11", "Closed", **day), line("12", "Open again", **day), line("13", "New"), name="b.jsonl"))
    assert (done.new, done.changed, done.known) == (1, 1, 1)
    told = [(r["native_id"], r["sequence"], r["text"]) for r in play.rows()]
    assert told == [("11", 1, "Closed"), ("12", 1, "Open"), ("12", 2, "Open again"), ("13", 1, "New")]


def test_a_file_that_tells_an_item_and_its_removal_is_taken_at_its_word(play: Play, tmp_path: Path) -> None:
    """As exports with one row for each event do: both rows have the item's time and content, and the second was dropped as known."""
    told = {"published_at": "2019-02-04T06:10:00-08:00"}
    path = file_of(tmp_path, line("11", "Closed", **told), line("11", "Closed", **told, status="removed"), line("11", "Closed", **told))
    done = taken(play, path)
    assert (done.new, done.changed, done.known) == (1, 1, 1)
    assert play.rows("text", "status") == [{"text": "Closed", "status": "visible"}, {"text": "Closed", "status": "removed"}]
    assert taken(play, file_of(tmp_path, "", *path.read_text("utf-8").splitlines(), name="b.jsonl")).known == 3


def test_a_number_of_more_than_64_bits_is_an_error_of_its_line(play: Play, tmp_path: Path) -> None:
    """Its row could not be written, and no capture of the account went on from there."""
    sizes: list[dict[str, Any]] = [{"media": [{"file": "a.jpg", name: 2**63}]} for name in ("width", "duration")]
    lines = [line(str(n), "Snow", **more) for n, more in enumerate([*sizes, {"counts": {"likes": -(2**63)}}])]
    done = taken(play, file_of(tmp_path, *lines))
    assert [(r.place, r.reason) for r in done.rejects] == [
        ("line 1", "media.width is a number of more than 64 bits"),
        ("line 2", "media.duration is a number of more than 64 bits"),
        ("line 3", "counts.likes is a number of more than 64 bits"),
    ]
    play.network.publish(US, "Closed today")
    play.sound()
    assert play.rows("text") == [{"text": "Closed today"}]


def test_a_dry_run_counts_as_the_import_does(play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in two segments was new in each, and a file lacked for each line that names it."""
    monkeypatch.setattr(cutting, "LARGEST", 300)  # one or two lines in a piece, two or three pieces in a segment
    monkeypatch.setattr(importing, "SEGMENT_CHANGES", 3)
    (tmp_path / "a.jpg").write_bytes(b"picture")
    shown = {"media": [{"file": "a.jpg"}, {"file": "b.jpg"}]}
    told = [line(str(n % 3), f"Words {n % 4}", published_at="2019-02-04T06:10:00-08:00", **shown if n % 2 else {}) for n in range(16)]
    path = file_of(tmp_path, *told)
    tried, done = taken(play, path, dry=1), taken(play, path)
    assert done.tally() == tried.tally()
    assert (done.new, done.changed, done.known) == (3, 9, 4)


@pytest.mark.parametrize("meanwhile", [False, True])
def test_a_value_of_another_type_is_told_and_stops_no_capture(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, meanwhile: bool
) -> None:
    """Its row could not be written once its manifest was, and each later capture failed there. Also where another commit comes first, and
    what was read is compared anew."""
    if meanwhile:
        overtake(play, monkeypatch)
    actor, odd = f"http://{SERVER}/users/district", list[dict[str, Any]](({"url": 5}, {}, {"conversation": {}}))
    items = [
        {"id": f"{actor}/statuses/{n}/activity", "type": "Create", "published": "2019-02-04T06:10:00Z", "to": ["as:Public"],
         "object": {"id": f"{actor}/statuses/{n}", "content": "<p>Snow</p>", "inReplyTo": actor} | more}
        for n, more in enumerate(odd)
    ]  # fmt: skip
    with ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr("actor.json", json.dumps({"id": actor, "preferredUsername": "district"}))
        made.writestr("outbox.json", json.dumps({"orderedItems": items}))
    done = taken(play, tmp_path / "a.zip")
    assert [(r.place, r.reason) for r in done.rejects] == [
        ("/0", "its url is not what the file promises"),
        ("item 3 of outbox.json", "it is no activity of Mastodon's (TypeError: unhashable type: 'dict')"),
    ]
    assert done.new == 1
    play.network.publish(US, "Closed today")
    play.sound()
    assert {row["text"] for row in play.rows()} == {"Snow", "Closed today"}


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
    assert [r["sequence"] for r in play.rows() if r["record_id"] == held["record_id"]] == [1, 2], "the capture sees what it saw before"


def test_what_ends_with_dots_is_a_cut_of_what_others_wrote_and_of_nothing_else(play: Play, tmp_path: Path) -> None:
    """X's archive cuts off what a repost spreads. One's own words may be an earlier state of longer ones: they were called known."""
    theirs = play.network.publish(OTHER, "School is closed today, more to come: the gym is open.")
    play.network.publish(US, "School is closed today, more to come: buses run at three.")
    play.network.repost(US, theirs)
    play.sound()
    posts = [row for row in play.rows() if row["kind"] == "post"]
    cut = "School is closed today, more to come..."
    done = taken(play, file_of(tmp_path, *(line(p["native_id"], cut, published_at=p["published_at"].isoformat()) for p in posts)))
    assert (done.changed, done.known) == (1, 1)
    [row] = [row for row in play.rows() if row["text"] == cut]
    assert row["record_id"] == next(p["record_id"] for p in posts if p["shared_id"] is None)


def test_what_was_imported_first_is_seen_by_a_later_capture_as_the_platforms_own(play: Play, tmp_path: Path) -> None:
    play.sound()
    play.network.publish(US, "Closed today")
    other = play.elsewhere(tmp_path / "other")
    native = _native_of_the_post(play, tmp_path)
    taken(other, file_of(tmp_path, line(native, "Closed today, they say"), line("4", "Nobody shows this any more")))
    outcome = play.sound("full")
    assert (outcome.absent, outcome.gaps) == (0, []), "what only a file tells is not expected by a capture"
    rows = [r for r in play.rows() if r["native_id"] == native]
    assert [(r["sequence"], r["late_arrival"], r["source"]) for r in rows] == [(1, True, "import: JSON Lines file"), (2, False, "api")]
    assert play.final()["completeness"]["kinds"][0]["why"] == "equal", "what only a file tells does not stand for what a capture lacks"


def _native_of_the_post(play: Play, tmp_path: Path) -> str:
    """What the platform will call the post, without the play's own account having captured it."""
    shadow = opened(play.s3, Buckets(), tmp_path / "shadow" / "place")
    shadow.between.real = play.between.real
    shadow.sound()
    return str(post_of(shadow)["native_id"])


def test_claims_of_deletion_are_kept_as_claims(play: Play, tmp_path: Path) -> None:
    play.network.publish(US, "Closed today")
    play.sound()
    held = post_of(play)
    when = {"published_at": held["published_at"].isoformat()}
    gone = line(held["native_id"], "Closed today", status="removed", status_reason="Deleted = yes", **when)
    head = {"recordroom": 1, "made_by": "Old archive"}
    done = taken(play, file_of(tmp_path, head, gone, line("9", "Gone", status="removed")))
    assert (done.new, done.changed) == (1, 1)
    claims = [r for r in play.rows() if r["late_arrival"]]
    assert {(r["native_id"], r["status"], r["acted_by"]) for r in claims} == {
        (held["native_id"], "removed", "unknown"),
        ("9", "removed", "unknown"),
    }
    assert {r["status_reason"] for r in claims} == {"import: Old archive says so: Deleted = yes", "import: Old archive says so"}
    assert play.archive.state(play.name).get([held["record_id"]])[held["record_id"]].status == "visible"
    assert taken(play, file_of(tmp_path, head, gone, name="again.jsonl")).known == 1


def test_a_likely_twin_is_proposed_and_both_are_kept(play: Play, tmp_path: Path) -> None:
    play.network.publish(US, "Closed today because of the snow")
    play.sound()
    held = post_of(play)
    near = {"published_at": held["published_at"].isoformat()}
    done = taken(
        play, file_of(tmp_path, line("old-7", "Closed today because of  the snow", **near), line("old-8", "Something else", **near))
    )
    assert [(t.record_id, t.like, t.seconds) for t in done.twins] == [(f"mastodon:{SERVER}/statuses/old-7", held["record_id"], 0)]
    assert len(play.rows()) == 3
    assert play.final()["imported"]["twins"] == [{"record_id": done.twins[0].record_id, "like": held["record_id"], "seconds": 0}]


def test_a_twin_of_what_is_under_quarantine_is_told(play: Play, tmp_path: Path) -> None:
    """Under another id it is shown to everybody."""
    play.network.publish(US, "Her address is 1 Main Street")
    play.sound()
    post = post_of(play)
    quarantine.put(play.archive.archive, quarantine.Thing(quarantine.RECORD, post["record_id"]), "An address")
    same = line("other", "Her address is 1 Main Street", published_at=instant(post["published_at"]))
    path = file_of(tmp_path, same, line("else", "Snow", published_at=instant(post["published_at"])))
    for dry in (5, None, None):
        done = taken(play, path, dry=dry)
        assert [(twin.record_id, twin.like) for twin in done.barred] == ([] if done.before else [(same["record_id"], post["record_id"])])
    quarantine.put(play.archive.archive, quarantine.Thing(quarantine.RECORD, same["record_id"]), "The same")
    assert taken(play, file_of(tmp_path, same, line("2", "x"), name="more.jsonl")).barred == []


def test_rejects_are_told_each_with_its_line_and_stay_visible(play: Play, tmp_path: Path) -> None:
    path = file_of(
        tmp_path, line("1", "Good"), "{no json", "", line("2", "No zone", published_at="2019-02-04T06:10:00"),
        {"kind": "post", "native_id": "3"}, line("4", "x", colour="red"), line("5", "x", kind="tweet"), line("6", "x") | {"text": 7},
    )  # fmt: skip
    done = taken(play, path)
    assert [(r.place, r.reason.split(":")[0]) for r in done.rejects] == [
        ("line 2", "it is not JSON"),
        ("line 4", "published_at '2019-02-04T06"),
        ("line 5", "on mastodon an item needs its whole record_id"),
        ("line 6", "there is no field 'colour'"),
        ("line 7", "kind 'tweet' is none of post, comment, reply, story, profile, message"),
        ("line 8", "text must be text"),
    ]
    [gap] = Gaps(play.archive.archive).open_now([play.name])
    digits = done.sha256[:12]
    assert (gap.reason, done.gaps) == (f"import-rejects: export.jsonl {digits}", [gap.gap_id])
    assert gap.detail == "6 were not taken; the first: line 2"
    assert play.final()["complete"] is False
    taken(play, file_of(tmp_path, line("1", "Good")))
    assert len(Gaps(play.archive.archive).open_now([play.name])) == 1, "another file of that name says nothing about this one"
    with pytest.raises(UsageError, match="no file was imported"):
        taken(play, file_of(tmp_path, line("9", "Mended")), mends="0123456789ab")
    taken(play, file_of(tmp_path, line("9", "Mended"), "{"), mends=digits)
    assert len(Gaps(play.archive.archive).open_now([play.name])) == 2, "it has rejects of its own"
    last = file_of(tmp_path, line("9", "Mended at last"))
    taken(play, last, mends=digits)
    assert [g.reason.split()[1] for g in Gaps(play.archive.archive).open_now([play.name])] == ["export.jsonl"]


def test_a_gap_quotes_no_word_of_what_was_not_taken(play: Play, tmp_path: Path) -> None:
    """Coverage shows it to Ops and Auditor; with a mapping that takes words for a date, whole messages stood there."""
    done = taken(play, file_of(tmp_path, line("1", "x", published_at="Call me about my son " * 1_000)))
    [gap] = Gaps(play.archive.archive).open_now([play.name])
    assert gap.detail == "1 were not taken; the first: line 1"
    [told] = play.final()["imported"]["rejects"]
    assert told["reason"] == done.rejects[0].reason
    assert (len(told["reason"]), "Call me" in told["reason"]) == (1_000, True), "the output and the manifest say why"


def test_that_a_file_mends_another_can_be_said_when_it_is_imported_already(play: Play, tmp_path: Path) -> None:
    digits = taken(play, file_of(tmp_path, line("1", "x"), "{")).sha256[:12]
    good = file_of(tmp_path, line("1", "x"), name="good.jsonl")
    taken(play, good)
    assert taken(play, good, mends=digits, dry=1).before, "a dry run closes nothing"
    assert len(Gaps(play.archive.archive).open_now([play.name])) == 1
    assert (taken(play, good, mends=digits).before, Gaps(play.archive.archive).open_now([play.name])) == (None, [])
    assert taken(play, good, mends=digits).before, "nothing is left to close"


def test_a_mistake_of_an_importer_hides_no_other_piece(play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def mistaken(given: Any, platform: str, pointer: str) -> Any:
        if given["text"] == "n5":
            raise ZeroDivisionError
        return record_from(given, platform, pointer)

    monkeypatch.setattr(jsonl, "record_from", mistaken)
    monkeypatch.setattr(cutting, "LARGEST", 300)
    done = taken(play, file_of(tmp_path, *(line(str(n), f"n{n}") for n in range(9))))
    [reject] = done.rejects
    assert "the importer jsonl fails here (ZeroDivisionError" in reject.reason
    assert 0 < done.new < 9


def test_two_words_on_one_item_are_no_guess(play: Play, tmp_path: Path) -> None:
    done = taken(play, file_of(tmp_path, line("1", "One"), line("1", "Other"), line("1", "One")))
    assert [(r.place, "once more" in r.reason) for r in done.rejects] == [("line/2", True)]
    assert [r["text"] for r in play.rows()] == ["One"]


def test_a_dry_run_tells_all_and_stores_nothing(play: Play, tmp_path: Path) -> None:
    play.sound()
    entries = len(play.manifests())
    path = file_of(tmp_path, *(line(str(n), f"Text {n}") for n in range(5)), "{")
    done = taken(play, path, dry=3)
    assert (done.new, done.rejected, [r.text for r in done.first]) == (5, 1, ["Text 0", "Text 1", "Text 2"])
    assert done.entry is None
    assert len(play.manifests()) == entries
    assert play.archive.archive.head(media.key_of(sha256(path.read_bytes()))) is None
    assert Gaps(play.archive.archive).open_now([play.name]) == []


def test_a_dry_run_refuses_what_is_too_large_as_the_import_does(play: Play, tmp_path: Path) -> None:
    path = file_of(tmp_path, line("1", "x" * 5_000))
    place = play.archive.place
    play.archive.place = replace(place, settings=place.settings.model_copy(update={"media_limit": 4_000}))
    for dry in (3, None):
        with pytest.raises(ImportRefused, match=r"export\.jsonl is larger than 4,000 bytes"):
            taken(play, path, dry=dry)
    assert play.manifests() == []


def test_media_beside_the_file_are_kept_and_lacking_ones_are_named(play: Play, tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media/snow.jpg").write_bytes(b"\xff\xd8 a picture")
    (tmp_path.parent / "secret.txt").write_text("not to be taken")
    files = [{"file": "media/snow.jpg", "alt_text": "Snow"}, {"file": "gone.mp4"}, {"file": "../secret.txt", "type": "document"}]
    done = taken(play, file_of(tmp_path, line("1", "Look", media=files)))
    assert (done.media, done.lacking) == (1, 2)
    [row] = play.rows()
    snow, gone, secret = row["media"]
    assert (snow["sha256"], snow["bytes"], snow["type"]) == (sha256(b"\xff\xd8 a picture"), 12, "image")
    assert play.archive.archive.get(media.key_of(snow["sha256"])) == b"\xff\xd8 a picture"
    reason = "the file that was imported names it and does not hold it"
    assert gone["missing_reason"] == secret["missing_reason"] == reason


@pytest.mark.parametrize("meanwhile", [False, True])
def test_two_records_may_have_files_of_one_identity(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, meanwhile: bool
) -> None:
    """Also where another commit comes first, and what was read is compared anew."""
    if meanwhile:
        overtake(play, monkeypatch)
    for name in "ab":
        (tmp_path / f"{name}.jpg").write_bytes(name.encode())
    done = taken(play, file_of(tmp_path, *(line(name, name, media=[{"identity": "1", "file": f"{name}.jpg"}]) for name in "ab")))
    assert done.media == 2
    assert [(r["text"], r["media"][0]["sha256"]) for r in play.rows()] == [(name, sha256(name.encode())) for name in "ab"]
    assert all(play.archive.archive.get(media.key_of(sha256(name.encode()))) == name.encode() for name in "ab")


def test_two_files_of_one_identity_in_one_record_are_no_guess(play: Play, tmp_path: Path) -> None:
    twice = [{"identity": "1", "file": "a.jpg"}, {"identity": "1", "file": "b.jpg"}]
    [reject] = taken(play, file_of(tmp_path, line("1", "One", media=twice))).rejects
    assert reject.reason == "two of its files have the identity '1'"


def test_a_file_of_another_account_is_refused(play: Play, tmp_path: Path) -> None:
    play.network.publish(US, "Closed today")
    play.sound()
    pinned = play.archive.state(play.name).sums.identity
    assert pinned is not None
    entries = len(play.manifests())
    for whose in ({"native_id": "999"}, {"handle": "somebody"}, {"handle": "district", "server": "elsewhere.test"}):
        with pytest.raises(ImportRefused, match="is a file of"):
            taken(play, file_of(tmp_path, {"recordroom": 1, "account": whose}, line("1", "x")))
    assert len(play.manifests()) == entries
    for number, whose in enumerate(({"native_id": pinned["native_id"]}, {"handle": "@District", "server": "social.test"})):
        assert taken(play, file_of(tmp_path, {"recordroom": 1, "account": whose}, line(str(number), "x"), name=f"{number}.jsonl")).compared
    assert not taken(play, file_of(tmp_path, line("7", "x"), name="nobody.jsonl")).compared


def test_rows_state_and_index_can_be_made_again(play: Play, tmp_path: Path) -> None:
    play.network.publish(US, "Closed today")
    play.sound()
    held = post_of(play)
    old = line("1", "Old", media=[{"file": "export.jsonl"}])
    taken(play, file_of(tmp_path, line(held["native_id"], "Otherwise"), old))
    before = play.rows()
    place = play.archive.place
    rebuild_records(place.archive, place.derived)
    rows = play.archive.rows(play.name)
    assert [r for r in rows if r["kind"] != "profile"] == before
    rebuild_state(place.archive, place.derived, Chain("mastodon", play.name))
    assert taken(play, file_of(tmp_path, old, name="b.jsonl")).known == 1


def test_an_import_leaves_captures_as_they_are(play: Play, tmp_path: Path) -> None:
    play.network.publish(US, "Closed today")
    play.sound()
    before = play.archive.state(play.name).sums
    taken(play, file_of(tmp_path, line("1", "Old")))
    after = play.archive.state(play.name).sums
    for name in ("identity", "last_start", "read", "history", "finals", "counts", "failure", "gap_ids", "validators", "last"):
        assert getattr(after, name) == getattr(before, name), name


def test_an_import_before_the_first_capture_pins_nobody(play: Play, tmp_path: Path) -> None:
    taken(play, file_of(tmp_path, line("1", "Old")))
    assert play.archive.state(play.name).sums.identity is None
    play.network.publish(US, "Closed today")
    outcome = play.sound()
    assert outcome.window == "history"
    assert play.archive.state(play.name).sums.identity is not None


def test_a_file_of_no_known_form_is_refused(play: Play, tmp_path: Path) -> None:
    for name, data in (("a.bin", b"\x00\x01"), ("a.csv", b"a,b\n1,2\n"), ("a.jsonl", b'{"hello": 1}\n')):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ImportRefused, match="no form that can be imported"):
            taken(play, tmp_path / name)


def test_large_files_are_committed_in_segments(play: Play, tmp_path: Path) -> None:
    path = file_of(tmp_path, *(line(f"n{n}", "x" * 100) for n in range(4_500)))
    done = taken(play, path)
    assert (done.new, done.records) == (4_500, 4_500)
    bodies = [entry.body for entry in play.manifests()]
    assert [body["final"] for body in bodies] == [False] * (len(bodies) - 1) + [True]
    assert len(bodies) == 2
    assert all(sha256(path.read_bytes()) in {m["sha256"] for m in body["media"]} for body in bodies)


class Died(BaseException):
    """As if the process were killed."""


def dying(monkeypatch: pytest.MonkeyPatch, at: int, *, put: bool) -> None:
    """The commit of that number dies: before anything of it is put, or (`put`) after its evidence and before its entry."""
    count = 0

    def die(*given: Any, **more: Any) -> Any:
        nonlocal count
        count += 1
        if count != at:
            return commit(*given, **more)
        if put:
            monkeypatch.setattr(Ledger, "append", lambda *_, **__: (_ for _ in ()).throw(Died))
            return commit(*given, **more)
        raise Died

    monkeypatch.setattr(importing, "commit", die)


@pytest.mark.parametrize("put", [False, True])
def test_an_import_that_died_is_begun_again(play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, put: bool) -> None:
    play.sound()
    path = file_of(tmp_path, *(line(f"n{n}", "x" * 100, published_at="2019-02-04T06:10:00Z") for n in range(4_500)))
    with monkeypatch.context() as dies:
        dying(dies, 2, put=put)
        with pytest.raises(Died):
            taken(play, path)
    committed = len(play.rows("record_id"))
    assert 0 < committed < 4_500
    play.sound()  # adopts what was put, and leaves the rest to whoever has the file
    assert (len(play.rows("record_id")) > committed) == put
    done = taken(play, path)
    assert (done.new + done.known, done.before) == (4_500, None)
    assert len({r["record_id"] for r in play.rows("record_id")}) == len(play.rows("record_id")) == 4_500
    assert {r["parser"] for r in play.rows("parser")} == {"jsonl 1"}


def test_what_a_capture_adopts_of_an_import_gives_no_record_the_file_of_another(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The evidence says of two files of one identity that they came, and not whose each is: the import, begun again, brings them."""
    play.sound()
    for name in "ab":
        (tmp_path / f"{name}.jpg").write_bytes(name.encode())
    path = file_of(tmp_path, *(line(name, name, media=[{"identity": "1", "file": f"{name}.jpg"}]) for name in "ab"))
    with monkeypatch.context() as dies:
        dying(dies, 1, put=True)
        with pytest.raises(Died):
            taken(play, path)
    play.sound()
    assert [r["media"][0]["sha256"] for r in play.rows()] == [None, None]
    assert taken(play, path).media == 2
    assert [(r["text"], r["media"][0]["sha256"]) for r in play.rows() if r["sequence"] == 2] == [(n, sha256(n.encode())) for n in "ab"]


@pytest.mark.parametrize("where", ["entry", "rows"])
def test_an_account_that_nobody_captures_is_made_whole_by_its_next_import(
    s3: S3, buckets: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    told = {"id": "pictures", "platform": "flickr", "url": "https://flickr.example/us", "import_only": True}
    archive = make(s3, buckets, tmp_path / "place", told)
    item = {"kind": "post", "native_id": "1", "text": "Snow", "media": [{"file": "export.jsonl"}]}
    with monkeypatch.context() as dies:
        target: object = Ledger if where == "entry" else records
        dies.setattr(target, "append" if where == "entry" else "put", lambda *_, **__: (_ for _ in ()).throw(Died))
        with pytest.raises(Died):
            take(archive, "pictures", file_of(tmp_path, item))
    done = take(archive, "pictures", file_of(tmp_path, {**item, "native_id": "2"}, name="other.jsonl"))
    assert done.new == 1
    rows = archive.rows("pictures")
    assert [(r["native_id"], r["parser"], r["media"][0]["bytes"] is not None) for r in rows] == [
        ("1", "jsonl 1", True),
        ("2", "jsonl 1", True),
    ]
    check(s3, buckets, tmp_path / "place")


def test_the_ends_of_the_calendar_are_dates_like_any_other(s3: S3, buckets: Buckets, tmp_path: Path) -> None:
    """Programs write the first moment of the year 1 where they know no date: the second import with such a one ended with a trace."""
    told = {"id": "pictures", "platform": "flickr", "url": "https://flickr.example/us", "import_only": True}
    archive = make(s3, buckets, tmp_path / "place", told)
    for number, date in enumerate(("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z")):
        path = file_of(tmp_path, {"kind": "post", "native_id": str(number), "text": "\ud800 Snow", "published_at": date})
        done = take(archive, "pictures", path)
        assert (done.new, len(done.twins)) == (1, number // 2)
    assert [row["published_at"].year for row in archive.rows("pictures")] == [1, 9999, 1]
    check(s3, buckets, tmp_path / "place")


def test_a_capture_that_commits_meanwhile_takes_nothing_away(play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    play.sound()
    play.network.publish(US, "Closed today")
    native = _native_of_the_post(play, tmp_path)

    def late(*given: Any, **more: Any) -> Any:
        monkeypatch.setattr(importing, "commit", commit)
        play.sound()
        return commit(*given, **more)

    monkeypatch.setattr(importing, "commit", late)
    path = file_of(tmp_path, line(native, "Closed today"), line("1", "Old", media=[{"file": "export.jsonl"}]))
    taken(play, path)
    told = [(r["native_id"], r["sequence"], r["source"]) for r in play.rows()]
    assert told == [("1", 1, "import: JSON Lines file"), (native, 1, "api")]
    assert sha256(path.read_bytes()) in {m["sha256"] for m in play.final()["media"]}


def test_pieces_are_warc_records_that_any_tool_reads(play: Play, tmp_path: Path) -> None:
    path = file_of(tmp_path, line("1", "Old"), line("2", "Older"))
    taken(play, path)
    [item] = play.final()["evidence"]
    found = [(r.rec_type, r.rec_headers, r.raw_stream.read()) for r in ArchiveIterator(BytesIO(play.archive.archive.get(item["key"])))]
    assert [kind for kind, _, _ in found] == ["warcinfo", "resource", "metadata"]
    _, headers, body = found[1]
    assert headers.get_header("WARC-Target-URI") == f"urn:sha256:{sha256(path.read_bytes())}#line/1"
    assert headers.get_header("Content-Type") == "application/x-ndjson"
    assert body + b"\n" == path.read_bytes()


def test_a_file_tells_nothing_new_of_what_was_removed_since(play: Play, tmp_path: Path) -> None:
    post = play.network.publish(US, "Closed today")
    play.sound()
    held = post_of(play)
    path = file_of(tmp_path, line(held["native_id"], "Closed today", published_at=held["published_at"].isoformat()))
    play.network.remove(post)
    play.sound()
    assert [r["status"] for r in play.rows()] == ["visible", "unavailable"]
    done = taken(play, path)
    assert (done.new, done.changed, done.known) == (0, 0, 1)


def test_an_archive_with_its_media(play: Play, tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with ZipFile(path, "w") as made:
        made.writestr("export/posts.jsonl", json.dumps(line("1", "Look", media=[{"file": "export/media/a.jpg"}, {"file": "media/b.jpg"}])))
        made.writestr("export/media/a.jpg", b"picture")
    done = taken(play, path)
    assert (done.new, done.media, done.lacking) == (1, 1, 1)
    assert [m["sha256"] for m in play.rows()[0]["media"]] == [sha256(b"picture"), None]
