"""A Vimeo account captured whole: what its 404, its plan, its signed addresses and its numbered pages do to a real archive."""

from __future__ import annotations

import gzip
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from recordroom.archive.gaps import Gaps
from recordroom.capture import tokens
from tests.archives import TestArchive, make
from tests.platforms.studio import BEN, ME, TOKEN, Studio, Transport, at, error
from tests.services import S3, Buckets

NAME = "films"


@pytest.fixture
def studio() -> Studio:
    studio = Studio()
    for number in range(100, 130):
        film = studio.video(number)
        above = studio.comment(film, number + 1000)
        studio.comment(film, number + 2000, BEN, above)
    studio.track("105", 50, name="English")
    studio.album(60, "105", "106")
    return studio


@pytest.fixture
def archive(s3: S3, buckets: Buckets, tmp_path: Path, studio: Studio, monkeypatch: pytest.MonkeyPatch) -> TestArchive:
    monkeypatch.setattr(tokens, "resolve", lambda *_: {"token": TOKEN})
    entry = {"id": NAME, "platform": "vimeo", "url": "https://vimeo.com/fircrest100"}
    return make(s3, buckets, tmp_path, entry, transport=Transport(studio))


def status_of(archive: TestArchive) -> dict[str, str]:
    """record_id -> status of its last row"""
    return {row["record_id"]: row["status"] for row in archive.rows(NAME)}


def gaps(archive: TestArchive) -> list[str]:
    return [gap.reason for gap in Gaps(archive.archive).open_now([NAME])]


def test_an_account_is_captured_whole_and_once_and_without_its_token(archive: TestArchive, studio: Studio) -> None:
    first = archive.capture(NAME)
    assert (first.failure, first.leftover, first.gaps) == (None, {}, [])
    assert first.new == 1 + 30 + 30 + 30 + 1
    for track in studio.tracks["105"]:
        track["link"] = track["link"].replace("sig=1", "sig=2")
    for kind in (None, "full"):
        again = archive.capture(NAME, kind)
        assert (again.failure, again.new, again.changed, again.absent, again.gaps) == (None, 0, 0, 0, [])
    [film] = (row for row in archive.rows(NAME) if row["record_id"] == "vimeo:videos/105")
    assert [(m["identity"], m["type"], bool(m["sha256"])) for m in film["media"]] == [
        ("videos/105", "video", True),
        ("texttracks/50/en/captions/English", "document", True),
    ]
    manifest = archive.manifests(NAME)[0].body
    evidence = gzip.decompress(archive.archive.get(manifest["evidence"][0]["key"]))
    assert b"/me/videos" in evidence
    assert TOKEN.encode() not in evidence


def test_a_plan_without_files_is_a_gap_until_the_files_are_there(archive: TestArchive, studio: Studio) -> None:
    files = {native: video.pop("download") for native, video in studio.videos.items()}
    archive.capture(NAME)
    assert gaps(archive) == ["platform-limit (whole account)"]
    assert "video_files" in Gaps(archive.archive).open_now([NAME])[0].detail
    for native, found in files.items():
        studio.videos[native]["download"] = found
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.changed, gaps(archive)) == (None, 30, [])
    late = [row for row in archive.rows(NAME) if row["changed"] == ["media_bytes"]]
    assert len(late) == 30
    assert all(row["media"][0]["sha256"] for row in late)


def test_text_tracks_that_are_not_told_keep_nothing_from_being_captured_and_are_no_edit(archive: TestArchive, studio: Studio) -> None:
    studio.track("110", 51, name="English")
    studio.answers["/105/texttracks"] = error(500, 1000, "Something went wrong")
    first = archive.capture(NAME)
    assert (first.failure, first.new, gaps(archive)) == (None, 1 + 30 + 30 + 30 + 1, ["platform-limit (whole account)"])
    studio.answers = {"/110/texttracks": error(403, 1000, "Something went wrong")}
    assert archive.capture(NAME, "full").changed == 1
    studio.answers.clear()
    assert (archive.capture(NAME, "full").changed, gaps(archive)) == (0, [])
    late = {row["record_id"]: (row["changed"], row["media"][-1]["type"]) for row in archive.rows(NAME) if row["changed"]}
    assert late == {"vimeo:videos/105": (["media_bytes"], "document")}, "the archive was late, the video is as it was"


def test_a_showcase_whose_videos_are_not_told_stays_as_it_was(archive: TestArchive, studio: Studio) -> None:
    archive.capture(NAME)
    studio.album(61, "107")
    studio.answers["/60/videos"] = error(500, 1000, "Something went wrong")
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.new, outcome.changed, gaps(archive)) == (None, 1, 0, ["platform-limit (whole account)"])
    studio.answers.clear()
    assert (archive.capture(NAME, "full").changed, gaps(archive)) == (0, [])


def test_a_404_is_believed_only_while_the_account_itself_can_be_read(archive: TestArchive, studio: Studio) -> None:
    archive.capture(NAME)
    del studio.comments["1103"], studio.videos["104"]
    studio.answers["/me?"] = error(404, 5000, "No such user")
    assert "No such user" in str(archive.capture(NAME, "full").failure)
    assert set(status_of(archive).values()) == {"visible"}
    del studio.answers["/me?"]
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.absent) == (None, 4)
    assert {record for record, status in status_of(archive).items() if status == "unavailable"} == {
        "vimeo:comments/2103",
        "vimeo:videos/104",
        "vimeo:comments/1104",
        "vimeo:comments/2104",
    }


def test_a_token_without_a_scope_makes_nothing_absent(archive: TestArchive, studio: Studio) -> None:
    """Vimeo shows a token without `private` the public videos alone, as if there were no others."""
    archive.capture(NAME)
    studio.videos["105"]["download"] = None  # a gap of its own that is open already
    archive.capture(NAME)
    hidden, studio.scope = studio.videos.pop("104"), "public video_files"
    for kind in (None, "full", None):
        outcome = archive.capture(NAME, kind)
        assert (outcome.failure, outcome.absent) == (None, 0)
    assert set(status_of(archive).values()) == {"visible"}
    assert gaps(archive) == ["platform-limit", "platform-limit (whole account)"]
    for gap in Gaps(archive.archive).open_now([NAME]):
        assert "does not name the scope private" in gap.detail
    studio.videos["105"]["download"] = studio.videos["106"]["download"]
    studio.videos["104"], studio.scope = hidden, "public private video_files"
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.new, outcome.changed, outcome.absent, gaps(archive)) == (None, 0, 0, 0, [])


def test_a_removal_between_two_pages_makes_no_other_video_absent(archive: TestArchive, studio: Studio) -> None:
    archive.capture(NAME)
    studio.video(500)
    studio.videos = {native: studio.videos[native] for native in sorted(studio.videos, key=int)}

    def remove(url: str) -> None:
        if "/me/videos" in url and parse_qs(urlsplit(url).query).get("page") == ["2"]:
            studio.videos.pop("129", None)

    studio.before = remove
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.new) == (None, 1)
    gone = {record for record, status in status_of(archive).items() if status != "visible"}
    assert gone == set()  # it was seen on the first page
    assert archive.capture(NAME, "full").absent == 3
    assert status_of(archive)["vimeo:videos/129"] == "unavailable"


def test_an_account_that_is_renamed_is_followed_and_another_one_is_not(archive: TestArchive, studio: Studio) -> None:
    archive.capture(NAME)
    studio.user |= {"name": "Fircrest School District", "link": "https://vimeo.com/fircrestdistrict"}
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.changed) == (None, 1)
    assert archive.manifests(NAME)[-1].body["identity"] == {
        "native_id": ME,
        "server": "vimeo.com",
        "title": "Fircrest School District",
        "handle": "fircrestdistrict",
    }
    studio.holder = BEN
    assert "the token belongs to" in str(archive.capture(NAME, "full").failure)
    assert {row["author_id"] for row in archive.rows(NAME) if row["kind"] == "profile"} == {ME}


def test_a_new_comment_on_an_old_video_is_seen_by_the_number_of_its_comments(archive: TestArchive, studio: Studio) -> None:
    old = studio.video(50, created_time=at(-2000), modified_time=at(-2000))
    studio.comment(old, 3000)
    archive.capture(NAME)
    studio.comment(old, 3001)
    outcome = archive.capture(NAME)
    assert (outcome.failure, outcome.new, outcome.absent, outcome.gaps) == (None, 1, 0, [])
    [row] = (row for row in archive.rows(NAME) if row["record_id"] == "vimeo:comments/3001")
    assert row["root_id"] == "vimeo:videos/50"
    asked = len(studio.asked)
    assert archive.capture(NAME).new == 0
    assert not [url for url in studio.asked[asked:] if "/videos/50" in url]


def test_a_comment_that_goes_from_an_old_video_is_missed_by_the_next_sweep(archive: TestArchive, studio: Studio) -> None:
    old = studio.video(50, created_time=at(-2000), modified_time=at(-2000))
    studio.comment(old, 3000, created_on=at(-1990))
    studio.comment(old, 3001, created_on=at(-1989))
    archive.capture(NAME)
    archive.capture(NAME)
    studio.comments[old].pop()
    for _ in range(2):  # what is not in the window is nowhere called absent, and not settled by being read there
        assert (archive.capture(NAME).absent, archive.capture(NAME).failure) == (0, None)
    outcome = archive.capture(NAME, "sweep")
    assert (outcome.failure, outcome.absent, outcome.gaps) == (None, 1, [])
    assert status_of(archive)["vimeo:comments/3001"] == "unavailable"
    asked = len(studio.asked)
    archive.capture(NAME)
    assert not [url for url in studio.asked[asked:] if "/videos/50" in url]


def test_what_vimeo_makes_of_a_new_film_is_no_edit(archive: TestArchive, studio: Studio) -> None:
    archive.capture(NAME)
    film = studio.videos[studio.video(131, status="transcoding", pictures={"uri": None, "type": "default", "sizes": []})]
    files = film.pop("download")
    archive.capture(NAME)
    sizes = [{"link": "https://i.vimeocdn.com/video/9_640x360", "width": 640, "height": 360}]
    film |= {"status": "available", "download": files, "pictures": {"uri": "/videos/131/pictures/9", "type": "custom", "sizes": sizes}}
    film["modified_time"] = at(132)
    studio.track("131", 52, name="English (auto-generated)")
    assert archive.capture(NAME).changed == 1
    [first, made] = [row for row in archive.rows(NAME) if row["record_id"] == "vimeo:videos/131"]
    assert (first["media"][0]["missing_reason"], made["changed"]) == ("not ready: Vimeo calls the film transcoding", ["media_bytes"])
    assert [(m["type"], bool(m["sha256"])) for m in made["media"]] == [("video", True), ("image", True), ("document", True)]
