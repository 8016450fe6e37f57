"""Duplicates: items that a download has under IDs of its own, and captures have under the platform's.

On the sandbox's Mastodon, since duplicates are searched for in the account that gets the import.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from recordroom.archive.quarantine import ledger
from tests.capture.stage import US, Play, opened
from tests.imports.downloads.test_meta import archived
from tests.imports.taking import taken
from tests.services import S3, Buckets
from tests.verifier.agreement import check


@pytest.fixture
def play(s3: S3, buckets: Buckets, tmp_path: Path) -> Iterator[Play]:
    yield opened(s3, buckets, tmp_path / "place")
    check(s3, buckets, tmp_path / "place")


def download(tmp_path: Path, *posts: tuple[int, str]) -> Path:
    """Posts with a photo each: their times and texts."""
    told = [
        {
            "timestamp": at,
            "data": [{"post": text}] if text else [],
            "attachments": [
                {"data": [{"media": {"uri": f"posts/media/{at}.jpg", "creation_timestamp": at}}]}
            ],
        }
        for at, text in posts
    ]
    photos = {f"posts/media/{at}.jpg": b"a photo" for at, _ in posts}
    return archived(tmp_path / "a.zip", {"your_facebook_activity/posts/your_posts_1.json": told, **photos})


def second_of(play: Play, record_id: str) -> int:
    return int(next(row["published_at"] for row in play.rows() if row["record_id"] == record_id).timestamp())


def test_a_post_without_words_is_proposed_too(play: Play, tmp_path: Path) -> None:
    """For a photo alone, a download gives no more than the time."""
    for words in ("", "Snow"):
        play.network.publish(US, words, photos=[play.network.photo("mastodon", "A road")])
    play.sound()
    [bare] = [row["record_id"] for row in play.rows() if row["kind"] == "post" and not row["text"]]
    at = second_of(play, bare)
    done = taken(play, download(tmp_path, (at + 5, ""), (at - 30, ""), (at, "Ice")), form="facebookdownload")
    assert [(twin.like, twin.seconds) for twin in done.twins] == [(bare, 5)]
    assert done.new == 3


def test_what_was_imported_before_a_capture_saw_it_is_proposed_when_it_is_imported_again(
    play: Play, tmp_path: Path
) -> None:
    play.sound()
    post, bare = (
        play.network.publish(US, words, photos=[play.network.photo("mastodon", "A road")])
        for words in ("Snow day", "")
    )
    at = [int(one.versions[0].at.timestamp()) for one in (post, bare)]
    path = download(tmp_path, (at[0], "Snow day"), (at[1], ""))
    assert (
        taken(play, path, form="facebookdownload").twins,
        taken(play, path, form="facebookdownload").twins,
    ) == ([], [])
    play.sound()
    held = {
        row["record_id"]
        for row in play.rows()
        if row["kind"] == "post" and row["source"] != "import: Facebook download"
    }
    before = play.rows()
    ledger.put(play.archive.archive, ledger.QuarantineTarget(ledger.RECORD, min(held)), "An address")
    again = taken(play, path, form="facebookdownload")
    assert again.before, "nothing is added"
    assert ({twin.like for twin in again.twins}, play.rows()) == (held, before)
    assert [twin.like for twin in again.barred] == [min(held)]


def test_a_post_that_was_edited_between_two_downloads_is_proposed(play: Play, tmp_path: Path) -> None:
    """A download names it by its text: it was stored twice without a notice, also if a capture had the later
    text.
    """
    post = play.network.publish(US, "Closed tomorow")
    play.network.publish(US, "Snow")
    play.sound()
    at = int(post.versions[0].at.timestamp())
    first = taken(
        play,
        download(tmp_path, (at, "Closed tomorrow"), (at + 86_400, "Open agian")),
        form="facebookdownload",
    )
    held = next(row["record_id"] for row in play.rows() if row["text"] == "Closed tomorow")
    assert [(twin.like, twin.seconds) for twin in first.twins] == [(held, 0)]
    before = {row["record_id"]: row["text"] for row in play.rows()}
    again = taken(
        play, download(tmp_path, (at + 86_400, "Open again"), (at + 172_800, "Open")), form="facebookdownload"
    )
    assert [before[twin.like] for twin in again.twins] == ["Open agian"]
    assert again.new == 2, "both are kept"
