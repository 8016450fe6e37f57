"""Imported items become records as in a capture: nothing twice, nothing guessed, claims kept as claims."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from recordroom.archive import media
from recordroom.canonical import sha256
from recordroom.capture.derived.rebuild import rebuild_records, rebuild_state
from recordroom.imports import contract, split
from recordroom.register.models import Chain
from tests.archives import make
from tests.capture.stage import US, Play
from tests.imports.core.lines import SERVER, file_of, line, post_of
from tests.imports.taking import take, taken
from tests.services import S3, Buckets
from tests.verifier.agreement import check

pytestmark = pytest.mark.thorough


def test_what_no_capture_saw_becomes_a_record_and_the_file_is_kept(play: Play, tmp_path: Path) -> None:
    play.sound()
    path = file_of(
        tmp_path, line("11", "Closed in 2019", published_at="2019-02-04T06:10:00-08:00", author_name="Us")
    )
    done = taken(play, path)
    assert (done.records, done.new, done.changed, done.known, done.rejected) == (1, 1, 0, 0, 0)
    [row] = play.rows()
    assert (row["record_id"], row["text"], row["source"]) == (
        f"mastodon:{SERVER}/statuses/11",
        "Closed in 2019",
        "import: JSON Lines file",
    )
    assert (row["sequence"], row["late_arrival"], row["valid_from_source"]) == (1, True, "import")
    assert row["valid_from"] == row["published_at"]
    assert (row["parser"], row["canon"], row["pointer"]) == ("jsonl 1", "1/jsonl 1", "line/1")
    digest = sha256(path.read_bytes())
    assert play.archive.archive.get(media.key_of(digest)) == path.read_bytes()
    body = play.final()
    assert body["import"] == {
        "format": "jsonl",
        "name": "export.jsonl",
        "sha256": digest,
        "bytes": path.stat().st_size,
    }
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
    done = taken(
        play,
        file_of(
            tmp_path,
            line("11", "Closed", **day),
            line("12", "Open again", **day),
            line("13", "New"),
            name="b.jsonl",
        ),
    )
    assert (done.new, done.changed, done.known) == (1, 1, 1)
    told = [(r["native_id"], r["sequence"], r["text"]) for r in play.rows()]
    assert told == [("11", 1, "Closed"), ("12", 1, "Open"), ("12", 2, "Open again"), ("13", 1, "New")]


def test_a_file_that_tells_an_item_and_its_removal_is_taken_at_its_word(play: Play, tmp_path: Path) -> None:
    """As exports with one row for each event do: both rows have the item's time and content, and the second
    was dropped as known.
    """
    told = {"published_at": "2019-02-04T06:10:00-08:00"}
    path = file_of(
        tmp_path,
        line("11", "Closed", **told),
        line("11", "Closed", **told, status="removed"),
        line("11", "Closed", **told),
    )
    done = taken(play, path)
    assert (done.new, done.changed, done.known) == (1, 1, 1)
    assert play.rows("text", "status") == [
        {"text": "Closed", "status": "visible"},
        {"text": "Closed", "status": "removed"},
    ]
    assert (
        taken(play, file_of(tmp_path, "", *path.read_text("utf-8").splitlines(), name="b.jsonl")).known == 3
    )


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
    assert {r["status_reason"] for r in claims} == {
        "import: Old archive says so: Deleted = yes",
        "import: Old archive says so",
    }
    assert play.archive.state(play.name).get([held["record_id"]])[held["record_id"]].status == "visible"
    assert taken(play, file_of(tmp_path, head, gone, name="again.jsonl")).known == 1


def test_two_words_on_one_item_are_no_guess(play: Play, tmp_path: Path) -> None:
    done = taken(play, file_of(tmp_path, line("1", "One"), line("1", "Other"), line("1", "One")))
    assert [(r.place, "it repeats" in r.reason) for r in done.rejects] == [("line/2", True)]
    assert [r["text"] for r in play.rows()] == ["One"]


def test_a_comment_with_the_number_of_a_post_is_no_version_of_it(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A product numbers posts and comments separately: the post became an earlier version of the comment."""
    post = line("7", "Closed today", published_at="2019-02-04T06:10:00-08:00")
    comment = line("7", "And the buses?", published_at="2019-02-05T06:10:00-08:00") | {"kind": "comment"}
    for largest in (contract.LARGEST, 1):  # in one piece, and in two
        monkeypatch.setattr(split, "LARGEST", largest)
        done = taken(play, file_of(tmp_path, post, comment, name=f"{largest}.jsonl"), dry=5)
        assert (done.new, done.changed, [(r.place, r.reason) for r in done.rejects]) == (
            1, 0,
            [("line/2", f"it repeats {post['record_id']}, as a comment and not a post: two items have the same ID")],
        )  # fmt: skip
    monkeypatch.undo()
    taken(play, file_of(tmp_path, post, comment))
    assert [(row["kind"], row["text"]) for row in play.rows()] == [("post", "Closed today")]


def test_the_ends_of_the_calendar_are_dates_like_any_other(s3: S3, buckets: Buckets, tmp_path: Path) -> None:
    """Programs write the first moment of the year 1 where they know no date: the second import with such a
    one ended with a trace.
    """
    told = {"id": "pictures", "platform": "flickr", "url": "https://flickr.example/us", "import_only": True}
    archive = make(s3, buckets, tmp_path / "place", told)
    for number, date in enumerate(("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z")):
        path = file_of(
            tmp_path, {"kind": "post", "native_id": str(number), "text": "\ud800 Snow", "published_at": date}
        )
        done = take(archive, "pictures", path)
        assert (done.new, len(done.twins)) == (1, number // 2)
    assert [row["published_at"].year for row in archive.rows("pictures")] == [1, 9999, 1]
    check(s3, buckets, tmp_path / "place")


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


def test_large_files_are_committed_in_segments(play: Play, tmp_path: Path) -> None:
    path = file_of(tmp_path, *(line(f"n{n}", "x" * 100) for n in range(4_500)))
    done = taken(play, path)
    assert (done.new, done.records) == (4_500, 4_500)
    bodies = [entry.body for entry in play.manifests()]
    assert [body["final"] for body in bodies] == [False] * (len(bodies) - 1) + [True]
    assert len(bodies) == 2
    assert all(sha256(path.read_bytes()) in {m["sha256"] for m in body["media"]} for body in bodies)


def test_pieces_are_warc_records_that_any_tool_reads(play: Play, tmp_path: Path) -> None:
    path = file_of(tmp_path, line("1", "Old"), line("2", "Older"))
    taken(play, path)
    [item] = play.final()["evidence"]
    found = [
        (r.rec_type, r.rec_headers, r.raw_stream.read())
        for r in ArchiveIterator(BytesIO(play.archive.archive.get(item["key"])))
    ]
    assert [kind for kind, _, _ in found] == ["warcinfo", "resource", "metadata"]
    _, headers, body = found[1]
    assert headers.get_header("WARC-Target-URI") == f"urn:sha256:{sha256(path.read_bytes())}#line/1"
    assert headers.get_header("Content-Type") == "application/x-ndjson"
    assert body + b"\n" == path.read_bytes()
