"""A complete Vimeo account in a real archive: its 404, its plan, its signed addresses, and numbered pages."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.sandbox.faces.vimeo.entities import ALBUMS
from infra.sandbox.model import Post
from recordroom.archive.gaps import Gaps
from recordroom.capture.credentials import tokens
from tests.archives import TestArchive, make
from tests.capture.everywhere.stages import SECRET
from tests.clock import standing
from tests.fault_transport import fault, retry_at_once, rewrite_json
from tests.platforms.contract.sandbox import Sandbox, open_sandbox
from tests.services import S3, Buckets

pytestmark = pytest.mark.thorough

NAME = "films"
Films = list[tuple[Post, Post, Post]]  # videos, each with a question and the reply to it, the newest first


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    retry_at_once(monkeypatch)
    monkeypatch.setattr(tokens, "resolve", lambda *_: {"token": SECRET})
    sandbox = open_sandbox("vimeo")
    with standing(sandbox.network.now):
        yield sandbox
    assert sandbox.network.invalid == []


@pytest.fixture
def films(sandbox: Sandbox) -> Films:
    found, album = [], sandbox.network.album(sandbox.us, "Showcase").key
    for number in range(30):
        video = sandbox.publish(days=1 + number / 4, album=album if number in (5, 6) else None)
        question = sandbox.comment(video)
        found.append((video, question, sandbox.comment(question, 1)))
    sandbox.network.caption(found[5][0], "en", "Ice", name="English")
    return found


@pytest.fixture
def archive(s3: S3, buckets: Buckets, tmp_path: Path, sandbox: Sandbox, films: Films) -> TestArchive:
    assert films, "published before the first capture"
    stage = sandbox.profile.stage
    entry = {"id": NAME, "platform": "vimeo", "url": stage.url, "api_url": stage.api}
    return make(s3, buckets, tmp_path, entry, transport=sandbox.transport)


def status_of(archive: TestArchive) -> dict[str, str]:
    """Return record_id -> status of its last row."""
    return {row["record_id"]: row["status"] for row in archive.rows(NAME)}


def gaps(archive: TestArchive) -> list[str]:
    return [gap.reason for gap in Gaps(archive.archive).open_now([NAME])]


def video_id(sandbox: Sandbox, video: Post) -> str:
    return f"vimeo:videos/{sandbox.named(video)}"


def comment_id(sandbox: Sandbox, comment: Post) -> str:
    return f"vimeo:comments/{sandbox.named(comment)}"


def grant(sandbox: Sandbox, *scopes: str) -> None:
    [token] = sandbox.network.tokens
    token.scopes = list(scopes)


def test_an_account_is_captured_whole_and_once_and_without_its_token(
    archive: TestArchive, sandbox: Sandbox, films: Films
) -> None:
    first = archive.capture(NAME)
    assert (first.failure, first.leftover, first.gaps) == (None, {}, [])
    assert first.new == 1 + 30 + 30 + 30 + 1
    sandbox.network.wait(hours=30)  # addresses of files get new signatures
    for kind in (None, "full"):
        again = archive.capture(NAME, kind)
        assert (again.failure, again.new, again.changed, again.absent, again.gaps) == (None, 0, 0, 0, [])
    [film] = (row for row in archive.rows(NAME) if row["record_id"] == video_id(sandbox, films[5][0]))
    assert [(m["identity"].partition("/")[0], m["type"], bool(m["sha256"])) for m in film["media"]] == [
        ("videos", "video", True),
        ("texttracks", "document", True),
    ]
    manifest = archive.manifests(NAME)[0].body
    evidence = gzip.decompress(archive.archive.get(manifest["evidence"][0]["key"]))
    assert b"/me/videos" in evidence
    assert SECRET.encode() not in evidence


def test_a_plan_without_files_is_a_gap_until_the_files_are_there(
    archive: TestArchive, sandbox: Sandbox
) -> None:
    grant(sandbox, "public", "private")
    archive.capture(NAME)
    assert gaps(archive) == ["platform-limit (whole account)"]
    assert "video_files" in Gaps(archive.archive).open_now([NAME])[0].detail
    grant(sandbox, "public", "private", "video_files")
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.changed, gaps(archive)) == (None, 30, [])
    late = [row for row in archive.rows(NAME) if row["changed"] == ["media_bytes"]]
    assert len(late) == 30
    assert all(row["media"][0]["sha256"] for row in late)


def test_text_tracks_that_are_not_told_keep_nothing_from_being_captured_and_are_no_edit(
    archive: TestArchive, sandbox: Sandbox, films: Films
) -> None:
    captioned, other = films[5][0], films[10][0]
    sandbox.network.caption(other, "en", "Snow", name="English")
    with sandbox.transport.meanwhile(f"/{sandbox.named(captioned)}/texttracks", fault("vimeo", 500)):
        first = archive.capture(NAME)
    assert (first.failure, first.new, gaps(archive)) == (
        None,
        1 + 30 + 30 + 30 + 1,
        ["platform-limit (whole account)"],
    )
    with sandbox.transport.meanwhile(f"/{sandbox.named(other)}/texttracks", fault("vimeo", 403)):
        assert archive.capture(NAME, "full").changed == 1
    assert (archive.capture(NAME, "full").changed, gaps(archive)) == (0, [])
    late = {
        row["record_id"]: (row["changed"], row["media"][-1]["type"])
        for row in archive.rows(NAME)
        if row["changed"]
    }
    assert late == {video_id(sandbox, captioned): (["media_bytes"], "document")}, (
        "the archive was late, the video is as it was"
    )


def test_a_showcase_whose_videos_are_not_told_stays_as_it_was(archive: TestArchive, sandbox: Sandbox) -> None:
    archive.capture(NAME)
    second = sandbox.network.album(sandbox.us, "Second")
    sandbox.publish(album=second.key)
    [first] = [album for album in sandbox.network.albums.values() if album.name == "Showcase"]
    with sandbox.transport.meanwhile(f"/albums/{ALBUMS + first.number}/videos", fault("vimeo", 500)):
        outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.new, outcome.changed, gaps(archive)) == (
        None,
        2,
        0,
        ["platform-limit (whole account)"],
    )
    assert (archive.capture(NAME, "full").changed, gaps(archive)) == (0, [])


def test_a_404_is_believed_only_while_the_account_itself_can_be_read(
    archive: TestArchive, sandbox: Sandbox, films: Films
) -> None:
    archive.capture(NAME)
    (_, _, reply), (video, *below) = films[3], films[4]
    sandbox.network.remove(reply)
    sandbox.network.remove(video)
    with sandbox.transport.meanwhile("/me?", fault("vimeo", 404)):
        assert "It cannot be given" in str(archive.capture(NAME, "full").failure)
    assert set(status_of(archive).values()) == {"visible"}
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.absent) == (None, 4)
    assert {record for record, status in status_of(archive).items() if status == "unavailable"} == {
        video_id(sandbox, video),
        *(comment_id(sandbox, comment) for comment in (reply, *below)),
    }


def test_a_token_without_a_scope_makes_nothing_absent(archive: TestArchive, sandbox: Sandbox) -> None:
    """Vimeo shows a token without `private` only the public videos, as if there were no others."""
    sandbox.publish(visibility="private")
    assert archive.capture(NAME).gaps == []
    grant(sandbox, "public", "video_files")
    for kind in (None, "full", None):
        outcome = archive.capture(NAME, kind)
        assert (outcome.failure, outcome.absent) == (None, 0)
    assert set(status_of(archive).values()) == {"visible"}
    assert gaps(archive) == ["platform-limit", "platform-limit (whole account)"]
    for gap in Gaps(archive.archive).open_now([NAME]):
        assert "does not confirm that the token has the scope private" in gap.detail
    grant(sandbox, "public", "private", "video_files")
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.new, outcome.changed, outcome.absent, gaps(archive)) == (
        None,
        0,
        0,
        0,
        [],
    )


def test_a_removal_between_two_pages_makes_no_other_video_absent(
    archive: TestArchive, sandbox: Sandbox, films: Films
) -> None:
    archive.capture(NAME)
    sandbox.publish(days=0.5)
    removed = films[0][0]

    def remove(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        if request.url.params.get("page") == "2" and removed.status != "removed":
            sandbox.network.remove(removed)
        return real()

    with sandbox.transport.meanwhile("/me/videos", remove):
        outcome = archive.capture(NAME, "full")
    assert removed.status == "removed"
    assert (outcome.failure, outcome.new) == (None, 1)
    assert set(status_of(archive).values()) == {"visible"}, "it was seen on the first page"
    assert archive.capture(NAME, "full").absent == 3
    assert status_of(archive)[video_id(sandbox, removed)] == "unavailable"


def test_an_account_that_is_renamed_is_followed_and_another_one_is_not(
    archive: TestArchive, sandbox: Sandbox
) -> None:
    archive.capture(NAME)
    me = sandbox.identify().known.native_id
    sandbox.network.rename(sandbox.us, handle="fircrestdistrict", name="Fircrest School District")
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.changed) == (None, 1)
    assert archive.manifests(NAME)[-1].body["identity"] == {
        "native_id": me,
        "server": "vimeo.com",
        "title": "Fircrest School District",
        "handle": "fircrestdistrict",
    }
    [token] = sandbox.network.tokens
    token.account = sandbox.others[1]
    assert "the token belongs to" in str(archive.capture(NAME, "full").failure)
    assert {row["author_id"] for row in archive.rows(NAME) if row["kind"] == "profile"} == {me}


def test_a_new_comment_on_an_old_video_is_seen_by_the_number_of_its_comments(
    archive: TestArchive, sandbox: Sandbox
) -> None:
    old = sandbox.publish(days=90)
    sandbox.comment(old)
    archive.capture(NAME)
    new = sandbox.comment(old)
    outcome = archive.capture(NAME)
    assert (outcome.failure, outcome.new, outcome.absent, outcome.gaps) == (None, 1, 0, [])
    [row] = (row for row in archive.rows(NAME) if row["record_id"] == comment_id(sandbox, new))
    assert row["root_id"] == video_id(sandbox, old)
    asked = len(sandbox.transport.asked)
    assert archive.capture(NAME).new == 0
    assert not [url for url in sandbox.transport.asked[asked:] if f"/videos/{sandbox.named(old)}" in url]


def test_a_comment_that_goes_from_an_old_video_is_missed_by_the_next_sweep(
    archive: TestArchive, sandbox: Sandbox
) -> None:
    old = sandbox.publish(days=90)
    sandbox.comment(old)
    gone = sandbox.comment(old)
    archive.capture(NAME)
    archive.capture(NAME)
    sandbox.network.remove(gone)
    # a record outside the window is never called absent, and reading it there settles nothing
    for _ in range(2):
        outcome = archive.capture(NAME)
        assert (outcome.absent, outcome.failure) == (0, None)
    outcome = archive.capture(NAME, "sweep")
    assert (outcome.failure, outcome.absent, outcome.gaps) == (None, 1, [])
    assert status_of(archive)[comment_id(sandbox, gone)] == "unavailable"
    asked = len(sandbox.transport.asked)
    archive.capture(NAME)
    assert not [url for url in sandbox.transport.asked[asked:] if f"/videos/{sandbox.named(old)}" in url]


def test_what_vimeo_makes_of_a_new_film_is_no_edit(archive: TestArchive, sandbox: Sandbox) -> None:
    archive.capture(NAME)
    film = sandbox.publish(days=0.5, photos=[sandbox.network.photo("vimeo", "Snow")])
    nothing: dict[str, Any] = {"uri": None, "type": "default", "sizes": []}

    def unready(body: Any) -> Any:
        more = {"status": "transcoding", "pictures": nothing, "download": None, "files": None}
        return body | {
            "data": [one | more if one.get("description") == film.now.text else one for one in body["data"]]
        }

    with sandbox.transport.meanwhile("/me/videos", rewrite_json(unready)):
        archive.capture(NAME)
    sandbox.network.caption(film, "en", "Ice", automatic=True)
    assert archive.capture(NAME).changed == 1
    [first, made] = [row for row in archive.rows(NAME) if row["record_id"] == video_id(sandbox, film)]
    assert (first["media"][0]["missing_reason"], made["changed"]) == (
        "not ready: Vimeo calls the film transcoding",
        ["media_bytes"],
    )
    assert [(m["type"], bool(m["sha256"])) for m in made["media"]] == [
        ("video", True),
        ("image", True),
        ("document", True),
    ]
