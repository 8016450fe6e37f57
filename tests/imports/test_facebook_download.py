"""What a Facebook download says of its posts beside their words, as excerpts of real ones have it."""

from __future__ import annotations

from pathlib import Path

from recordroom.imports import load
from tests.imports.reading import account, read
from tests.imports.test_meta_download import DAY, archived, post

FACEBOOK = load("facebookdownload")
PAGE = account("facebook", "https://facebook.com/district")


def test_a_post_that_nobody_edited_is_not_told_as_edited(tmp_path: Path) -> None:
    """Facebook writes beside most posts when they were last changed."""
    told = [post("Closed", data=[{"post": "Closed"}, {"update_timestamp": DAY}]), post("Open", timestamp=DAY + 9)]
    records, rejects = read(FACEBOOK, archived(tmp_path / "a.zip", {"posts/your_posts_1.json": told}), PAGE)
    assert [(record.text, record.edited_at) for record in records] == [("Closed", None), ("Open", None)]
    assert (records[0].valid_from, rejects) == (records[0].published_at, [])
