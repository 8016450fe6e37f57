"""Facts about posts in a Facebook download besides their text, as in excerpts of real ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recordroom.errors import ImportRefused
from recordroom.imports.contract import Reject
from recordroom.imports.files import ImportFiles
from recordroom.imports.registry import find_importer, recognize
from recordroom.model import Record
from tests.imports.downloads.test_meta import DAY, archived, damaged, post
from tests.imports.reading import account, read

FACEBOOK = find_importer("facebookdownload")
PAGE = account("facebook", "https://facebook.com/district")


def test_a_post_that_nobody_edited_is_not_told_as_edited(tmp_path: Path) -> None:
    """Facebook adds to most posts when they were last changed."""
    told = [
        post("Closed", data=[{"post": "Closed"}, {"update_timestamp": DAY}]),
        post("Open", timestamp=DAY + 9),
    ]
    records, rejects = read(FACEBOOK, archived(tmp_path / "a.zip", {"posts/your_posts_1.json": told}), PAGE)
    assert [(record.text, record.edited_at) for record in records] == [("Closed", None), ("Open", None)]
    assert (records[0].valid_from, rejects) == (records[0].published_at, [])


def test_whom_words_name_stands_there_as_people_read_it(tmp_path: Path) -> None:
    """Else no capture's record is found to say the same."""
    words = "Thanks, @[1000123:2048:José Díaz] & @[7:2048:Elm Street School]!"
    said = {
        "timestamp": DAY,
        "data": [
            {"comment": {"timestamp": DAY, "comment": damaged("@[7:2048:Ann] sí"), "author": "District"}}
        ],
    }
    parts = {
        "posts/your_posts_1.json": [post(words, tags=[{"name": "Ann"}])],
        "comments/comments.json": {"comments_v2": [said]},
    }
    (comment, thanks), rejects = read(FACEBOOK, archived(tmp_path / "a.zip", parts), PAGE)
    assert (thanks.text, thanks.mentions) == (
        "Thanks, José Díaz & Elm Street School!",
        ["Ann", "José Díaz", "Elm Street School"],
    )
    assert (comment.text, comment.mentions, rejects) == ("Ann sí", ["Ann"], [])


def test_photos_of_a_note_and_of_a_life_event(tmp_path: Path) -> None:
    photo, cover = (
        {"uri": f"posts/media/{name}.jpg", "creation_timestamp": DAY, "title": ""}
        for name in ("photo", "cover")
    )
    note = {
        "title": "Snow",
        "text": "Closed",
        "cover_photo": cover,
        "media": [photo],
        "created_timestamp": DAY,
        "tags": [],
    }

    def taken(name: str, *notes: dict[str, object]) -> tuple[list[Record], list[Reject]]:
        told = [
            post(None, timestamp=DAY + at, attachments=[{"data": [{"note": one}]}])
            for at, one in enumerate(notes)
        ]
        return read(FACEBOOK, archived(tmp_path / name, {"posts/your_posts_1.json": told}), PAGE)

    (whole, alone), rejects = taken(
        "a.zip", note, {"title": "", "text": "", "media": [photo | {"comments": [{"comment": "Nice"}]}]}
    )
    assert (whole.text, [one.url for one in whole.media]) == (
        "Snow\n\nClosed",
        ["posts/media/cover.jpg", "posts/media/photo.jpg"],
    )
    assert ([one.url for one in alone.media], alone.leftover, rejects) == (
        ["posts/media/photo.jpg"],
        ("media.comments",),
        [],
    )
    event = {
        "title": "Opened",
        "description": "The new school",
        "photos": [photo],
        "place": {"name": "Elm Street"},
    }
    [opened], _ = read(
        FACEBOOK,
        archived(
            tmp_path / "c.zip",
            {"posts/your_posts_1.json": [post(None, attachments=[{"data": [{"life_event": event}]}])]},
        ),
        PAGE,
    )
    assert (opened.text, [one.url for one in opened.media]) == (
        "Opened\n\nThe new school",
        ["posts/media/photo.jpg"],
    )
    (bare, _), _ = taken("b.zip", {"title": "Snow", "text": "Closed"}, {"title": "", "text": ""})
    assert bare.record_id == whole.record_id, "it is called as it was before its photos were read"


def test_a_file_of_which_the_download_has_the_address_alone_is_not_asked_for_again(tmp_path: Path) -> None:
    """No part of any download contains it."""
    shown = [
        {"media": {"uri": uri, "creation_timestamp": DAY}}
        for uri in ("https://media.example/a.gif", "posts/media/b.jpg")
    ]
    told = [post("Snow", attachments=[{"data": shown}])]
    [record], rejects = read(
        FACEBOOK, archived(tmp_path / "a.zip", {"facebook-district/posts/your_posts_1.json": told}), PAGE
    )
    assert [(one.identity, one.url, one.missing_reason) for one in record.media] == [
        ("https://media.example/a.gif", None, "the download has the address of the file alone"),
        ("posts/media/b.jpg", "facebook-district/posts/media/b.jpg", None),
    ]
    assert rejects == []


def test_what_somebody_said_once_more_in_a_conversation(tmp_path: Path) -> None:
    """The text of such a message has a field of its own; most others have a note there that there is none."""
    again = {"bumped_message": damaged("Y los autobuses, ¿qué?"), "is_bumped": True}
    none = {"content": "Snow", "bumped_message_metadata": {"is_bumped": False}}
    parts: list[dict[str, Any]] = [{"bumped_message_metadata": again}, none, {}]
    told = [{"sender_name": "Ann", "timestamp_ms": DAY * 1000 + at} | part for at, part in enumerate(parts)]
    name = "your_facebook_activity/messages/inbox/ann_1/message_1.json"
    records, rejects = read(FACEBOOK, archived(tmp_path / "a.zip", {name: {"messages": told}}), PAGE)
    assert [(record.text, record.leftover) for record in records] == [
        ("Y los autobuses, ¿qué?", ()),
        ("Snow", ()),
        ("", ()),
    ]
    assert rejects == []


def test_a_file_is_found_where_it_lies_by_now(tmp_path: Path) -> None:
    """Messages name their files as they lay before there was a folder for all that the account did."""
    said = {
        "sender_name": "Ann",
        "timestamp_ms": DAY * 1000,
        "photos": [{"uri": "messages/inbox/ann_1/photos/a.jpg"}],
    }
    parts = {
        "messages/inbox/ann_1/message_1.json": {"messages": [said]},
        "messages/inbox/ann_1/photos/a.jpg": b"a photo",
    }
    for number, folder in enumerate(
        ("your_facebook_activity/", "", "facebook-district/your_facebook_activity/", "facebook-district/")
    ):
        names = {f"{folder}{name}": content for name, content in parts.items()} | {
            f"{folder}posts/your_posts_1.json": []
        }
        path = archived(tmp_path / f"{number}.zip", names)
        [record], rejects = read(FACEBOOK, path, PAGE)
        assert ([one.url for one in record.media], rejects) == (
            [f"{folder}messages/inbox/ann_1/photos/a.jpg"],
            [],
        )


def test_a_download_in_html_is_told_as_such(tmp_path: Path) -> None:
    path = archived(
        tmp_path / "a.zip",
        {"your_facebook_activity/posts/your_posts_1.html": b"<html></html>", "start_here.html": b"<html>"},
    )
    with pytest.raises(ImportRefused, match="cannot be imported") as refused:
        recognize(ImportFiles(path, tmp_path), "facebook")
    assert "request it from the platform in JSON." in refused.value.mend
