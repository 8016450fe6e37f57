"""The download of an account in addition to captures: a record in both has one ID and appears once.

Each download is made from the platform's own responses and the story, in the form that its importer
describes. None of a live account was available.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from infra.sandbox.faces import native_id
from infra.sandbox.model import Post
from tests.capture.everywhere.scene import Scene
from tests.imports.taking import take


def archived(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, content in files.items():
            made.writestr(name, content)
    return path


def everything_is_known(scene: Scene, path: Path, known: int) -> None:
    before = scene.rows()
    done = take(scene.archive, scene.name, path)
    assert (done.new, done.changed, done.known, done.rejected, done.twins) == (0, 0, known, 0, [])
    assert scene.rows() == before
    scene.sound("full")
    assert scene.gaps() == []


@pytest.mark.parametrize("scene", ["x"], indirect=True)
def test_an_archive_of_x_is_what_captures_saw(scene: Scene, tmp_path: Path) -> None:
    told: dict[str, dict[str, Any]] = {}
    files: dict[str, dict[str, Any]] = {}

    def noted(_: str, body: Any) -> Any:
        for post in [
            *(body["data"] if isinstance(body.get("data"), list) else []),
            *body.get("includes", {}).get("posts", []),
        ]:
            told[post["id"]] = post
        files.update({file["media_key"]: file for file in body.get("includes", {}).get("media", [])})
        return body

    scene.between.telling = noted
    post = scene.publish(
        "Closed today & icy <roads>, see https://district.example/a #Snow", photos=[scene.photo("A bus")]
    )
    answer = scene.network.comment(
        scene.us, scene.network.comment(scene.parent, post, "And the buses?"), "They don't run."
    )
    edited = scene.publish("Open tomorow")
    scene.sound()
    first = native_id(scene.network, edited)
    scene.network.edit(edited, "Open tomorrow")
    scene.sound()
    me = told[native_id(scene.network, post)]["author_id"]
    own = [told[one] for one in sorted(told) if told[one]["author_id"] == me]
    assert {native_id(scene.network, one) for one in (post, answer)} < {one["id"] for one in own}
    tweets = [{"tweet": _tweet(one, files, first)} for one in own]
    whose = [{"account": {"accountId": me, "username": "district"}}]
    parts = {"account": whose, "tweets": tweets}
    made = {
        f"data/{name}.js": f"window.YTD.{name}.part0 = {json.dumps(part)}" for name, part in parts.items()
    }
    pictures = {
        f"data/tweets_media/{one['id']}-{_file(files[key])}": "a picture" for one in own for key in _keys(one)
    }
    everything_is_known(scene, archived(tmp_path / "twitter.zip", made | pictures), len(tweets))


def _keys(post: dict[str, Any]) -> list[str]:
    return list(post.get("attachments", {}).get("media_keys", []))


def _file(file: dict[str, Any]) -> str:
    return str(file["url"].rpartition("/")[2])


def _tweet(post: dict[str, Any], files: dict[str, dict[str, Any]], edited: str) -> dict[str, Any]:
    """Return a post of the API as the download has it."""
    history = post["edit_history_post_ids"]
    above = next((one["id"] for one in post.get("referenced_posts", ()) if one["type"] == "replied_to"), None)
    media = [
        {
            "type": "photo",
            "id_str": key.partition("_")[2],
            "media_url_https": files[key]["url"],
            "ext_alt_text": files[key]["alt_text"],
        }
        for key in _keys(post)
    ]
    later = {"edit": {"initialTweetId": edited, "editControlInitial": {}}}
    return {
        "id_str": post["id"],
        "full_text": post["text"],
        "created_at": f"{datetime.fromisoformat(post['created_at']):%a %b %d %H:%M:%S +0000 %Y}",
        "entities": {"hashtags": [], "user_mentions": [], "urls": []},
        "edit_info": {"initial": {"editTweetIds": history}} if post["id"] == history[0] else later,
        **({"extended_entities": {"media": media}} if media else {}),
        **(
            {"in_reply_to_status_id_str": above, "in_reply_to_user_id_str": post["in_reply_to_user_id"]}
            if above
            else {}
        ),
    }


@pytest.mark.parametrize("scene", ["youtube"], indirect=True)
def test_the_comments_of_google_takeout_are_what_captures_saw(scene: Scene, tmp_path: Path) -> None:
    video = scene.publish("Board meeting", title="Board meeting")
    ours = scene.network.comment(
        scene.us, video, "Agenda: https://district.example/a & <minutes>\nSee you there"
    )
    asked = scene.network.comment(scene.parent, video, "And the buses?")
    answer = scene.network.comment(scene.us, asked, "They don't run.")
    scene.sound()
    [channel] = {
        row["author_id"]
        for row in scene.rows()
        if row["record_id"] == f"youtube:{native_id(scene.network, ours)}"
    }
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(
        [
            "Comment ID",
            "Channel ID",
            "Comment create timestamp",
            "Parent comment ID",
            "Video ID",
            "Comment text",
        ]
    )
    for comment, above in ((ours, None), (answer, asked)):
        table.writerow(_commented(scene, comment, above, channel, native_id(scene.network, video)))
    path = archived(
        tmp_path / "takeout.zip", {"Takeout/YouTube and YouTube Music/comments/comments.csv": out.getvalue()}
    )
    everything_is_known(scene, path, 2)


def _commented(scene: Scene, comment: Post, above: Post | None, channel: str, video: str) -> list[str]:
    parent = native_id(scene.network, above) if above else ""
    words = json.dumps({"text": comment.now.text})
    return [native_id(scene.network, comment), channel, comment.created.isoformat(), parent, video, words]


@pytest.mark.parametrize("scene", ["tiktok"], indirect=True)
def test_the_videos_of_a_download_of_tiktok_are_what_captures_saw(scene: Scene, tmp_path: Path) -> None:
    posts = [scene.publish(words) for words in ("Closed today & icy #snow", "Open tomorrow")]
    scene.sound()
    videos = [
        {
            "Date": f"{post.created:%Y-%m-%d %H:%M:%S}",
            "Link": (
                f"https://www.tiktokv.com/share/video/{native_id(scene.network, post).rpartition('/')[2]}/"
            ),
            "WhoCanView": "Public",
            "Title": post.now.text,
        }
        for post in posts
    ]
    whole = {
        "Profile": {"Profile Information": {"ProfileMap": {"userName": "district"}}},
        "Post": {"Posts": {"VideoList": videos}},
    }
    path = tmp_path / "user_data_tiktok.json"
    path.write_text(json.dumps(whole), "utf-8")
    everything_is_known(scene, path, 2)
