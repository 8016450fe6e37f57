"""Files of a download that are not read are reported by name, unless they are known to hold no texts, or are
empty.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from recordroom.archive.gaps import MISSED, Gaps
from recordroom.imports.leftover_files import UNKNOWN
from recordroom.imports.registry import find_importer
from recordroom.imports.split import outline
from tests.archives import make
from tests.imports.reading import account, read
from tests.imports.taking import take
from tests.services import S3, Buckets

SAID = {"said": "something"}
TIME = 1_700_000_000
POSTS = "your_facebook_activity/posts/your_posts_1.json"
TALK = {"messages": [{"sender_name": "P", "timestamp_ms": TIME * 1000, "content": "Open?"}]}
COLUMNS = (
    "Date,Link,Message\n2024-01-02 10:00:00,https://www.linkedin.com/feed/update/urn:li:activity:7,Yes\n"
)
SHARES = (
    "Datum,ShareLink,ShareCommentary\n2024-01-02"
    " 10:00:00,https://www.linkedin.com/feed/update/urn:li:share:77,Closed\n"
)
COMMENTS = (
    "Comment ID,Channel ID,Video ID,Comment Create Timestamp,Comment"
    " Text\nc1,UC1,v1,2024-01-02T10:00:00Z,Yes\n"
)
YOUTUBE = "Takeout/YouTube and YouTube Music"


def js(name: str, *items: Any) -> str:
    return f"window.YTD.{name}.part0 = {json.dumps(items)}"


def archived(path: Path, files: dict[str, Any]) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, content in files.items():
            made.writestr(name, content if isinstance(content, str | bytes) else json.dumps(content))
    return path


FORMS: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "xarchive": (
        "x",
        {
            "data/account.js": js("account", {"account": {"accountId": "1042", "username": "district"}}),
            "data/tweets.js": js("tweets"), "data/article.js": js("article", SAID),
            "data/twitter-circle-tweet.js": js("twitter_circle_tweet", SAID),
            "data/community-note.js": js("community_note"), "data/like.js": js("like", SAID),
            "data/manifest.js": "window.X = {}", "data/ad-engagements.js": js("ad_engagements", SAID),
            "data/tweets_media/1-a.jpg": b"picture", "Your archive.html": "<html>", "assets/js/main.js": "x",
        },
        ["data/article.js", "data/twitter-circle-tweet.js"],
    ),
    "facebookdownload": (
        "facebook",
        {
            POSTS: [], "your_facebook_activity/posts/edits_you_made_to_posts.json": [SAID],
            "your_facebook_activity/events/your_events.json": SAID,
            "your_facebook_activity/posts/media/a.jpg": b"picture",
            "your_facebook_activity/groups/group_posts_and_comments.json": {"group_posts_v2": [SAID]},
            "your_facebook_activity/stories/archived_stories.json": {"archived_stories_v2": []},
            "your_facebook_activity/comments_and_reactions/likes_and_reactions_1.json": [SAID],
            "connections/friends/your_friends.json": {"friends_v2": [SAID]},
            "ads_information/ad_preferences.json": SAID,
            "your_facebook_activity/messages/inbox/jo_1/files/a.txt": "attached",
            "your_facebook_activity/messages/inbox/jo_1/b.pdf": b"attached",
            "personal_information/profile_information/x.json": SAID,
            "personal_information/profile_information/your_facebook_activity/posts/posts_on_other_pages_and_profiles.json": [SAID],
        },
        [
            "personal_information/profile_information/your_facebook_activity/posts/posts_on_other_pages_and_profiles.json",
            "your_facebook_activity/events/your_events.json",
            "your_facebook_activity/groups/group_posts_and_comments.json",
            "your_facebook_activity/posts/edits_you_made_to_posts.json",
        ],
    ),
    "instagramdownload": (
        "instagram",
        {
            "your_instagram_activity/media/posts_1.json": [],
            "your_instagram_activity/media/other_content.json": {"x": [SAID]},
            "your_instagram_activity/media/profile_photos.json": {"ig_profile_picture": [SAID]},
            "your_instagram_activity/story_interactions/questions.json": {"x": [SAID]},
            "your_instagram_activity/story_interactions/polls.json": {"x": [SAID]},
            "connections/followers_and_following/followers_1.json": [SAID],
            "preferences/settings/x.json": SAID,
        },
        ["your_instagram_activity/media/other_content.json", "your_instagram_activity/story_interactions/questions.json"],
    ),
    "threadsdownload": (
        "threads",
        {
            "your_instagram_activity/threads/threads_and_replies.json": {"text_post_app_text_posts": []},
            "your_instagram_activity/threads/liked_threads.json": [SAID],
            "your_instagram_activity/threads/followers_2.json": [SAID],
            "your_instagram_activity/threads/notes.json": {"x": [SAID]},
            "your_instagram_activity/media/posts_1.json": [SAID],
        },
        ["your_instagram_activity/threads/notes.json"],
    ),
    "linkedindownload": (
        "linkedin",
        {
            "Comments.csv": COLUMNS, "Shares.csv": SHARES, "Connections.csv": "First Name\nAnn\n",
            "Logins.csv": "Date\n1\n", "learning_coach_messages.csv": "Content\nHello\n",
            "guide_messages.csv": "Content\n", "Articles/one.html": "<p>An article",
        },
        ["Articles/one.html", "Shares.csv", "learning_coach_messages.csv"],
    ),
    "takeout": (
        "youtube",
        {
            f"{YOUTUBE}/comments/comments.csv": COMMENTS,
            f"{YOUTUBE}/live chats/live chats.csv": "Live Chat ID\nx\n",
            f"{YOUTUBE}/subscriptions/subscriptions.csv": "Channel ID\nUC2\n",
            f"{YOUTUBE}/video metadata/videos.csv": "Video ID\nv1\n",
            "Takeout/Mail/all.mbox": "not YouTube's", "Takeout/archive_browser.html": "<html>",
        },
        [f"{YOUTUBE}/live chats/live chats.csv"],
    ),
    "jsonl": (
        "flickr",
        {
            "posts.jsonl": {"kind": "post", "native_id": "1", "text": "x", "media": [{"file": "a.csv"}, {"file": "é.txt"}]},
            "a.csv": "a\n1\n", "é.txt": "x", "comments.json": [SAID], "picture.jpg": b"picture",
        },
        ["comments.json"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_part_that_nobody_knows_is_told(tmp_path: Path, form: str) -> None:
    platform, files, told = FORMS[form]
    _, rejects = read(find_importer(form), archived(tmp_path / "a.zip", files), account(platform))
    assert [(r.place, r.reason) for r in rejects] == [(name, UNKNOWN) for name in told]


def test_every_list_of_tiktoks_that_nobody_knows_is_told(tmp_path: Path) -> None:
    path = tmp_path / "user_data_tiktok.json"
    video = {"Date": "2024-01-02 10:00:00", "Link": "https://www.tiktok.com/@d/video/7", "Title": "A"}
    whole = {
        "Profile": {"Profile Info": {"ProfileMap": {"userName": "district"}, "x": [1, 2]}},
        "Post": {"Posts": {"VideoList": [video]}, "Series": {"PostList": [video]}},
        "Your Activity": {
            "Comments": {"CommentsList": [SAID]},
            "Like List": {"ItemFavoriteList": [SAID]},
            "Reposts": {"RepostList": []},
        },
        "Direct Message": {
            "Direct Messages": {"ChatHistory": {}},
            "Tako Chat History": {"TakoChatHistoryList": [SAID]},
        },
    }
    path.write_text(json.dumps(whole), "utf-8")
    records, rejects = read(find_importer("tiktokdownload"), path, account("tiktok"))
    assert [r.native_id for r in records] == ["7"]
    assert [r.place.removesuffix(f" of {path.name}") for r in rejects] == [
        "Post/Series/PostList", "Your Activity/Comments/CommentsList",
        "Direct Message/Tako Chat History/TakoChatHistoryList",
    ]  # fmt: skip
    with path.open("rb") as file:
        assert outline(file, 1) == ["Profile", "Post", "Your Activity", "Direct Message"]


def test_many_files_in_an_archive_of_json_lines_are_found_in_one_reading(tmp_path: Path) -> None:
    """Every line was searched for every name: some thousand files without an ending took minutes."""
    names = [f"m/{n}" for n in range(6_000)]
    lines = "".join(
        f"{json.dumps({'kind': 'post', 'native_id': name, 'media': [{'file': name}]})}\n"
        for name in reversed(names)
    )
    path = archived(tmp_path / "a.zip", {"posts.jsonl": lines, "m/left": "x", **dict.fromkeys(names, "x")})
    began = process_time()
    records, rejects = read(find_importer("jsonl"), path, account("flickr"))
    assert (len(records), [r.place for r in rejects]) == (6_000, ["m/left"])
    assert process_time() - began < 10


def test_a_part_that_is_nested_without_end_is_told(tmp_path: Path) -> None:
    deep = b'{"a":' * 1_000 + b"1" + b"}" * 1_000
    _, [reject] = read(
        find_importer("facebookdownload"),
        archived(tmp_path / "a.zip", {POSTS: [], "x.json": deep}),
        account("facebook"),
    )
    assert (reject.place, reject.reason) == ("x.json", UNKNOWN)


def test_instagrams_older_films_and_comments_on_reels_are_taken(tmp_path: Path) -> None:
    said = {"string_map_data": {"Comment": {"value": "Nice"}, "Time": {"timestamp": TIME}}}
    film = {"uri": "a.mp4", "creation_timestamp": TIME, "title": "Film"}
    files = {
        "your_instagram_activity/media/igtv_videos.json": {"ig_igtv_media": [{"media": [film]}]},
        "your_instagram_activity/comments/reels_comments.json": {"comments_reels_comments": [said]},
    }  # fmt: skip
    records, rejects = read(
        find_importer("instagramdownload"), archived(tmp_path / "a.zip", files), account("instagram")
    )
    assert ([(r.kind, r.text) for r in records], rejects) == ([("comment", "Nice"), ("post", "Film")], [])
    files = {
        "media/reels_2.json": {"ig_reels_media": [{"media": [film]}]},
        "media/stories_1.json": {"ig_stories": [film]}, "comments/post_comments.json": [said],
        "comments/reels_comments_3.json": {"comments_reels_comments": [said]},
    }  # fmt: skip
    records, rejects = read(
        find_importer("instagramdownload"), archived(tmp_path / "b.zip", files), account("instagram")
    )
    assert ([r.kind for r in records], rejects) == (["comment", "comment", "post", "story"], [])


def test_missed_messages_are_not_there_again_while_a_part_is_unknown(
    s3: S3, buckets: Buckets, tmp_path: Path
) -> None:
    archive = make(
        s3,
        buckets,
        tmp_path / "place",
        {"id": "page", "platform": "facebook", "url": "https://www.facebook.com/d"},
    )
    Gaps(archive.archive).open_("page", f"{MISSED}20261124T000000Z-0", "older messages")
    files = {
        POSTS: [],
        "your_facebook_activity/messages/another_folder/jo_1/message_1.json": TALK,
        "new_messages/a.json": [SAID],
    }
    done = take(archive, "page", archived(tmp_path / "a.zip", files))
    assert (done.new, [r.place for r in done.rejects]) == (1, ["new_messages/a.json"])
    assert [g.reason.partition(":")[0] for g in Gaps(archive.archive).open_now(["page"])] == [
        "messages-missed",
        "import-rejects",
    ]
    del files["new_messages/a.json"]
    assert take(archive, "page", archived(tmp_path / "b.zip", files), mends=done.sha256).untaken == ""
    assert Gaps(archive.archive).open_now(["page"]) == []
