"""Downloads of Facebook and Instagram, in the form that is publicly described; none of a live account was at
hand.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from recordroom.capture.file_import.run import ImportOrder, import_file
from recordroom.imports.downloads import meta
from recordroom.imports.files import ImportFiles
from recordroom.imports.registry import find_importer, recognize
from tests.capture.stage import US, Play, opened
from tests.imports.reading import account, read
from tests.services import S3, Buckets
from tests.verifier.agreement import check

FACEBOOK, INSTAGRAM = find_importer("facebookdownload"), find_importer("instagramdownload")
PAGE = account("facebook", "https://facebook.com/district")
GRAM = account("instagram", "https://instagram.com/district")
DAY = 1_670_000_000


def damaged(text: str) -> str:
    """As these downloads write it: each byte of UTF-8 as a letter."""
    return text.encode().decode("latin-1")


def archived(path: Path, files: dict[str, Any]) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, content in files.items():
            made.writestr(name, content if isinstance(content, bytes) else json.dumps(content))
    return path


@pytest.mark.parametrize("text", ["Reunión mañana 🌨️", "plain", "Ünïcödé — “quotes”"])
def test_damaged_text_is_mended(text: str) -> None:
    assert meta.repair_text({"a": [damaged(text)]}) == {"a": [text]}
    assert meta.repair_text(text) == text, "what is sound stays"


def post(text: str | None, **more: Any) -> dict[str, Any]:
    return {
        "timestamp": DAY,
        "data": [{"post": damaged(text)}] if text else [],
        "title": "The district updated their status.",
    } | more


def test_facebook_posts_and_comments(tmp_path: Path) -> None:
    photo = {
        "media": {
            "uri": "your_facebook_activity/posts/media/a.jpg",
            "creation_timestamp": DAY,
            "description": damaged("Fría"),
        }
    }
    link = {"external_context": {"url": "https://example.org"}}
    posts = [
        post("Reunión mañana", attachments=[{"data": [photo]}, {"data": [link]}]),
        post("Edited", data=[{"post": "Edited"}, {"update_timestamp": DAY + 60}]), post(None),
        {"timestamp": "soon", "data": [{"post": "x"}]},
    ]  # fmt: skip
    said = {"comment": {"timestamp": DAY, "comment": damaged("Sí"), "author": "The district"}}
    comments = {
        "comments_v2": [{"timestamp": DAY, "data": [said], "title": "The district commented on a photo."}]
    }
    names = {
        "your_facebook_activity/posts/your_posts__check_ins__photos_and_videos_1.json": posts,
        "your_facebook_activity/comments_and_reactions/comments.json": comments,
        "your_facebook_activity/posts/media/a.jpg": b"picture", "preferences/language.json": {},
    }  # fmt: skip
    path = archived(tmp_path / "a.zip", names)
    assert recognize(ImportFiles(path, tmp_path), "facebook") is FACEBOOK
    (comment, first, edited), [reject] = read(FACEBOOK, path, PAGE)
    assert (first.text, first.links, first.kind) == ("Reunión mañana", ["https://example.org"], "post")
    assert [(m.url, m.alt_text, m.type) for m in first.media] == [
        ("your_facebook_activity/posts/media/a.jpg", "Fría", "image")
    ]
    assert first.published_at == datetime.fromtimestamp(DAY, UTC)
    assert first.record_id.startswith("facebook:download/")
    assert edited.edited_at == edited.valid_from == datetime.fromtimestamp(DAY + 60, UTC)
    assert (comment.kind, comment.text, comment.author_name) == ("comment", "Sí", "The district")
    assert (
        reject.place
        == "item 4 of your_facebook_activity/posts/your_posts__check_ins__photos_and_videos_1.json"
    )
    again, _ = read(
        FACEBOOK, archived(tmp_path / "b.zip", {f"facebook-district/{n}": c for n, c in names.items()}), PAGE
    )
    assert [r.record_id for r in again] == [r.record_id for r in (comment, first, edited)], (
        "the same item has the same id in every download"
    )
    assert again[1].media[0].url == "facebook-district/your_facebook_activity/posts/media/a.jpg"


def test_words_of_what_is_attached_to_a_facebook_post(tmp_path: Path) -> None:
    poll = {
        "poll": {
            "question": "Snow day?",
            "options": [{"option": "Sí".encode().decode("latin-1"), "voted": True}, {"option": "No"}],
        }
    }
    posts = [
        {
            "timestamp": DAY,
            "title": "District wrote a note.",
            "attachments": [{"data": [{"text": "The words of the note"}]}],
        },
        post(
            "With a poll",
            attachments=[
                {"data": [poll, {"event": {"name": "Open day", "start_timestamp": DAY}}, {"mood": "glad"}]}
            ],
        ),
        post("Said twice", attachments=[{"data": [{"text": "Said twice"}]}]),
    ]
    (note, asked, twice), rejects = read(
        FACEBOOK, archived(tmp_path / "a.zip", {"posts/your_posts_1.json": posts}), PAGE
    )
    assert [r.text for r in (note, asked, twice)] == [
        "The words of the note", "With a poll\n\nSnow day?\n\nSí\n\nNo\n\nOpen day", "Said twice",
    ]  # fmt: skip
    assert (asked.leftover, rejects) == (("attachments.data.mood",), [])
    (_, plain, _), _ = read(
        FACEBOOK,
        archived(tmp_path / "b.zip", {"posts/your_posts_1.json": [posts[0], post("With a poll"), posts[2]]}),
        PAGE,
    )
    assert plain.record_id == asked.record_id, "it is called as it was before these words were read"


def test_what_stands_in_lists_of_their_own_in_a_facebook_download(tmp_path: Path) -> None:
    """Reels, stories, albums, and photos and videos without a post: none of these was read."""
    folder = "this_profile's_activity_across_facebook"

    def shown(name: str, **words: Any) -> dict[str, Any]:
        return {
            "uri": f"{folder}/posts/media/{name}",
            "creation_timestamp": DAY,
            "media_metadata": {},
        } | words

    def reel(words: str, name: str) -> dict[str, Any]:
        return {
            "timestamp": DAY,
            "data": [{"post": words}],
            "attachments": [{"data": [{"media": shown(name)}]}],
        }

    film = shown("told.mp4", title="Told", thumbnail={"uri": "x.jpg"})
    album = {"name": damaged("Año nuevo"), "description": "By Ann", "photos": [shown("b.jpg", description="Snow"), shown("told.jpg")],
             "cover_photo": shown("b.jpg"), "last_modified_timestamp": DAY + 9}  # fmt: skip
    files = {
        f"{folder}/posts/profile_posts_1.json": [
            post("Posted", attachments=[{"data": [{"media": shown(n)} for n in ("told.mp4", "told.jpg")]}])
        ],
        f"{folder}/posts/videos.json": {
            "videos_v2": [film, shown("board.mp4", title="Board", description="May")]
        },
        f"{folder}/posts/uncategorized_photos.json": {"other_photos_v2": [shown("told.jpg"), shown("c.jpg")]},
        f"{folder}/posts/album/0.json": album,
        f"{folder}/reels/reels.json": {
            "lasso_videos_v2": [reel("Told already", "told.mp4"), reel("A reel", "r.mp4")]
        },
        f"{folder}/stories/archived_stories.json": {
            "archived_stories_v2": [
                {"timestamp": DAY, "title": "x", "attachments": [{"data": [{"media": shown("s.jpg")}]}]}
            ]
        },
    }
    records, rejects = read(FACEBOOK, archived(tmp_path / "a.zip", files), PAGE)
    told = [(r.kind, r.title, r.text, [m.url.rpartition("/")[2] for m in r.media if m.url]) for r in records]
    assert told == [
        ("post", "Año nuevo", "By Ann", ["b.jpg", "told.jpg"]),
        ("post", None, "Posted", ["told.mp4", "told.jpg"]),
        ("post", None, None, ["c.jpg"]),
        ("post", None, "Board\n\nMay", ["board.mp4"]),
        ("post", None, "A reel", ["r.mp4"]),
        ("story", None, None, ["s.jpg"]),
    ]
    assert ([m.alt_text for m in records[0].media], records[0].published_at) == (
        ["Snow", None],
        datetime.fromtimestamp(DAY, UTC),
    )
    assert (rejects, [r.leftover for r in records]) == ([], [()] * 6)


def test_words_beside_the_files_of_an_instagram_post(tmp_path: Path) -> None:
    files = [{"uri": f"{n}.jpg", "creation_timestamp": DAY, "title": f"Words {n}"} for n in "ab"]
    posts = [{"media": files}, {"title": "Words a", "creation_timestamp": DAY + 1, "media": files}]
    (first, second), rejects = read(
        INSTAGRAM, archived(tmp_path / "a.zip", {"media/posts_1.json": posts}), GRAM
    )
    assert (first.text, second.text, rejects) == ("Words a\n\nWords b", "Words a\n\nWords b", [])
    untitled = [{"uri": one["uri"], "creation_timestamp": DAY} for one in files]
    [plain], _ = read(
        INSTAGRAM, archived(tmp_path / "b.zip", {"media/posts_1.json": [{"media": untitled}]}), GRAM
    )
    assert plain.record_id == first.record_id, "it is called as it was before these words were read"


def test_what_is_said_in_fields_that_nobody_knows_is_no_post_without_words(tmp_path: Path) -> None:
    posts = [
        {"timestamp": DAY, "media": [], "label_values": [{"label": "Text", "value": "Closed"}], "fbid": "1"},
        {
            "timestamp": DAY + 1,
            "title": "D shared a memory.",
            "attachments": [{"data": [{"memory": {"text": "Closed"}}]}],
        },
        {
            "timestamp": DAY + 2,
            "title": "D was live.",
            "data": [{"update_timestamp": DAY}],
            "attachments": [{"data": []}],
        },
    ]
    comments = {"comments_v2": [{"timestamp": DAY, "title": "D replied.", "data": [{"reply": "Yes"}]}]}
    files = {"posts/your_posts_1.json": posts, "comments/comments.json": comments}
    records, rejects = read(FACEBOOK, archived(tmp_path / "a.zip", files), PAGE)
    assert records == []
    assert [(r.place, r.reason.rpartition(", except perhaps in ")[2]) for r in rejects] == [
        ("item 1 of comments/comments.json", "data.reply)"),
        ("item 1 of posts/your_posts_1.json", "fbid, label_values, media)"),
        ("item 2 of posts/your_posts_1.json", "attachments.data.memory)"),
    ]


def test_what_tools_posted_on_facebook_and_where_and_with_whom(tmp_path: Path) -> None:
    link = {"external_context": {"name": "Levy", "url": "https://example.org/levy"}}
    by_tool = {
        "app_posts_v2": [
            {"timestamp": DAY, "title": "D posted something via Planner.", "attachments": [{"data": [link]}]}
        ]
    }
    hall = {
        "timestamp": DAY,
        "attachments": [{"data": [{"place": {"name": "City Hall"}}]}],
        "tags": [{"name": "Ann"}],
        "title": "D is at",
    }
    files = {
        "apps_and_websites_off_of_facebook/posts_from_apps_and_websites.json": by_tool,
        "posts/your_posts_1.json": [hall],
    }
    (tool, place), rejects = read(FACEBOOK, archived(tmp_path / "a.zip", files), PAGE)
    assert ((tool.kind, tool.links, place.mentions), rejects) == (
        ("post", ["https://example.org/levy"], ["City Hall", "Ann"]),
        [],
    )


def test_a_download_of_one_category_is_known_by_its_folders(tmp_path: Path) -> None:
    talk: dict[str, Any] = {"messages": []}
    names = {
        "your_instagram_activity/messages/inbox/facebook_1/message_1.json": INSTAGRAM,
        "your_instagram_activity/comments/reels_comments.json": INSTAGRAM,
        "your_facebook_activity/messages/inbox/instagram_1/message_1.json": FACEBOOK,
        "posts/your_posts_1.json": FACEBOOK,
        "facebook-instagram-fan/messages/inbox/jo_1/message_1.json": FACEBOOK,
        "this_profile's_activity_across_facebook/messages/inbox/jo_1/message_1.json": FACEBOOK,
    }
    for name, form in names.items():
        files = ImportFiles(archived(tmp_path / "a.zip", {name: talk}), tmp_path)
        assert [one for one in (FACEBOOK, INSTAGRAM) if one.recognize(files)] == [form], name


def test_messages(tmp_path: Path) -> None:
    said = {
        "sender_name": damaged("José"),
        "timestamp_ms": DAY * 1000 + 5,
        "content": damaged("¿Está abierto?"),
    }
    shared = {
        "sender_name": "District",
        "timestamp_ms": DAY * 1000,
        "share": {"link": "https://example.org"},
        "is_unsent": True,
    }
    talk = {
        "participants": [{"name": "x"}],
        "messages": [said, shared],
        "title": "x",
        "thread_path": "inbox/jose_1",
    }
    files = {
        "your_facebook_activity/messages/inbox/jose_1/message_1.json": talk,
        "your_facebook_activity/posts/your_posts_1.json": [],
    }
    (first, second), rejects = read(FACEBOOK, archived(tmp_path / "a.zip", files), PAGE)
    assert rejects == []
    assert (first.kind, first.text, first.author_name) == ("message", "¿Está abierto?", "José")
    assert first.root_id == second.root_id == "facebook:download/conversations/jose_1"
    assert (first.published_at, first.author_is_account) == (datetime.fromtimestamp(DAY + 0.005, UTC), None)
    assert (second.status, second.links) == ("removed", ["https://example.org"])


def test_what_nobody_knows_of_an_item_is_told(tmp_path: Path) -> None:
    said = {
        "sender_name": "P",
        "timestamp_ms": DAY * 1000,
        "sticker": {"uri": "messages/stickers_used/1.png"},
        "new_words": "x",
    }
    comment = {
        "timestamp": DAY,
        "data": [{"comment": {"timestamp": DAY, "comment": "Look", "author": "D"}, "new_words": "x"}],
    }
    linked = {
        "timestamp": DAY,
        "attachments": [{"data": [{"external_context": {"url": "https://example.org"}}]}],
        "title": "D commented.",
    }
    files = {
        "messages/inbox/jo_1/message_1.json": {"messages": [said]},
        "posts/your_posts_1.json": [post("x", data=[{"post": "x", "mood": "y"}])],
        "comments/comments.json": {"comments_v2": [comment, linked]},
    }  # fmt: skip
    (look, link, message, posted), rejects = read(FACEBOOK, archived(tmp_path / "a.zip", files), PAGE)
    assert rejects == []
    assert ([m.url for m in message.media], message.leftover) == (
        ["messages/stickers_used/1.png"],
        ("new_words",),
    )
    assert (look.leftover, posted.leftover) == (("data.new_words",), ("data.mood",))
    assert (link.text, link.links) == ("", ["https://example.org"])


def test_what_nobody_knows_of_a_file_is_told_and_hides_no_other_item(tmp_path: Path) -> None:
    """In older downloads, what others wrote beneath a picture."""
    said = [{"timestamp": DAY, "comment": "Nice", "author": "A parent"}]
    posts = [post("x", attachments=[{"data": [{"media": {"uri": "a.jpg", "comments": said, "title": ""}}]}])]
    [posted], _ = read(FACEBOOK, archived(tmp_path / "a.zip", {"posts/your_posts_1.json": posts}), PAGE)
    assert posted.leftover == ("media.comments",)
    shown = {"uri": "b.jpg", "creation_timestamp": DAY, "title": "b", "words": "x"}
    comment = {
        "string_map_data": {"Comment": {"value": "Nice"}, "Time": {"timestamp": DAY}, "Group": {"value": "x"}}
    }
    files = {
        "media/posts_1.json": [{"media": [shown], "mood": "y"}, {"media": []}, {"media": [shown]}],
        "media/stories.json": {"ig_stories": [shown]}, "comments/post_comments_1.json": [comment],
    }  # fmt: skip
    records, [reject] = read(INSTAGRAM, archived(tmp_path / "b.zip", files), GRAM)
    assert [r.leftover for r in records] == [
        ("Group",),
        ("media.words", "mood"),
        ("media.words",),
        ("media.words",),
    ]
    assert reject.place == "item 2 of media/posts_1.json"


def test_pictures_of_instagrams_comments_and_comments_as_older_downloads_have_them(tmp_path: Path) -> None:
    """The first were neither read nor told; of the second the whole file was an error."""
    labels = {"Comment": {"value": "Nice"}, "Media Owner": {"value": "parent"}, "Time": {"timestamp": DAY}}
    shown = [{"uri": "media/comments/a.gif"}, {"uri": "https://gifs.example/b.gif"}, {"uri": ""}]
    new = {"string_map_data": labels, "media_list_data": shown, "mood": "x"}
    old = {
        "title": "parent",
        "media_list_data": [],
        "string_list_data": [{"href": "", "value": "Nice", "timestamp": DAY}],
    }
    found = []
    for content in ([new], {"comments_media_comments": [old]}):
        path = archived(
            tmp_path / "a.zip", {"comments/post_comments.json": content, "media/comments/a.gif": b"picture"}
        )
        [record], rejects = read(INSTAGRAM, path, GRAM)
        assert (record.text, record.mentions, rejects) == ("Nice", ["parent"], [])
        found.append(record)
    first, second = found
    assert ([m.url for m in first.media], first.links) == (
        ["media/comments/a.gif"],
        ["https://gifs.example/b.gif"],
    )
    assert (first.leftover, second.leftover, second.media) == (("mood",), (), [])
    assert first.record_id == second.record_id, "it is called the same in both"


def test_instagram(tmp_path: Path) -> None:
    one = {"media": [{"uri": "media/posts/a.jpg", "creation_timestamp": DAY, "title": damaged("Año nuevo")}]}
    album = {
        "title": "Two",
        "creation_timestamp": DAY,
        "media": [{"uri": f"media/posts/{n}.jpg", "creation_timestamp": DAY} for n in "bc"],
    }
    said = {"media_list_data": [{"uri": ""}], "string_map_data": {
        "Comment": {"value": damaged("Sí")}, "Media Owner": {"value": "parent"}, "Time": {"timestamp": DAY},
    }}  # fmt: skip
    story_ = {"uri": "media/stories/s.mp4", "creation_timestamp": DAY, "title": ""}
    foreign = {"string_map_data": {"Kommentar": {"value": "Ja"}, "Zeit": {"timestamp": DAY}}}
    whose = {"profile_user": [{"string_map_data": {"Username": {"value": "district"}}}]}
    files = {
        "your_instagram_activity/media/posts_1.json": [one, album], "media/posts/a.jpg": b"picture",
        "your_instagram_activity/media/reels.json": [{"media": [{"uri": "media/reels/r.mp4", "creation_timestamp": DAY, "title": "Reel"}]}],
        "your_instagram_activity/media/stories.json": {"ig_stories": [story_]},
        "your_instagram_activity/comments/post_comments_1.json": [said, foreign],
        "personal_information/personal_information/personal_information.json": whose,
    }  # fmt: skip
    path = archived(tmp_path / "a.zip", files)
    opened_ = ImportFiles(path, tmp_path)
    assert recognize(opened_, "instagram") is INSTAGRAM
    assert INSTAGRAM.about(opened_).handle == "district"
    (comment, first, second, reel, story), [reject] = read(INSTAGRAM, path, GRAM)
    assert (first.text, [m.url for m in first.media]) == ("Año nuevo", ["media/posts/a.jpg"])
    assert (second.text, len(second.media)) == ("Two", 2)
    assert (reel.kind, reel.text) == ("post", "Reel")
    assert (story.kind, story.media[0].type) == ("story", "video")
    assert (comment.text, comment.mentions) == ("Sí", ["parent"])
    assert "request the download in English" in reject.reason


def test_posts_of_instagram_as_labels_and_values(tmp_path: Path) -> None:
    """So newer downloads have all of them: nothing was read of these, and one without the older file had no
    form that could be imported.
    """

    def shown(name: str, title: str = "") -> dict[str, Any]:
        film = {
            "video_metadata": {"subtitles": {"uri": f"media/posts/{name}.srt", "creation_timestamp": DAY}}
        }
        return {
            "uri": f"media/posts/{name}",
            "creation_timestamp": DAY,
            "title": damaged(title),
            "media_metadata": film,
        }

    def labelled(at: int, caption: str, *files: dict[str, Any], **more: str) -> dict[str, Any]:
        told = [
            {"label": "Caption", "value": damaged(caption)},
            {"label": "URL", "value": "https://www.instagram.com/p/Cx1/"},
        ]
        told += [{"label": name, "value": value} for name, value in more.items()]
        album = (
            [{"title": "Carousel", "dict": [{"dict": [{"label": "Media", "media": list(files[1:])}]}]}]
            if files[1:]
            else []
        )
        return {
            "timestamp": at,
            "media": [],
            "fbid": "1",
            "label_values": [*told, {"label": "Media", "media": list(files[:1])}, *album],
        }

    whole = [
        labelled(DAY, "Año nuevo", shown("a.jpg", "Año nuevo")),
        labelled(DAY + 1, "Three", shown("b.jpg"), shown("c.mp4"), shown("d.jpg"), Draft="False"),
        labelled(DAY + 2, "Not yet", shown("e.jpg"), Draft="True"),
        {
            "timestamp": DAY,
            "label_values": [
                {"label": "Légende", "value": "Fermé"},
                {"label": "Média", "media": [shown("y.jpg")]},
            ],
        },
    ]
    some = [
        {"media": [shown("a.jpg", "Año nuevo")]},
        {"media": [shown("y.jpg", "Fermé")]},
        {"media": [shown("z.jpg", "Older")]},
    ]
    archived_ = {"ig_archived_post_media": [{"media": [shown("f.jpg", "Put away")]}]}
    folder = "your_instagram_activity/media"
    path = archived(tmp_path / "a.zip", {f"{folder}/posts.json": whole})
    assert recognize(ImportFiles(path, tmp_path), "instagram") is INSTAGRAM
    (year, three), [reject] = read(INSTAGRAM, path, GRAM)
    assert (year.text, year.url, year.leftover) == ("Año nuevo", "https://www.instagram.com/p/Cx1/", ())
    assert (three.text, [m.url for m in three.media]) == (
        "Three",
        [f"media/posts/{name}" for name in ("b.jpg", "c.mp4", "d.jpg")],
    )
    assert (reject.place, "in English" in reject.reason) == (f"item 4 of {folder}/posts.json", True)
    assert three.leftover == ("label_values.Carousel",)
    files = {
        f"{folder}/posts.json": whole,
        f"{folder}/posts_1.json": some,
        f"{folder}/archived_posts.json": archived_,
    }
    records, _ = read(INSTAGRAM, archived(tmp_path / "b.zip", files), GRAM)
    assert [(r.text, r.status) for r in records] == [
        ("Put away", "hidden"), ("Año nuevo", "visible"), ("Three", "visible"), ("Fermé", "visible"),
        ("Older", "visible"),
    ], "what can be read in both is reported once"  # fmt: skip
    (old, *_), _ = read(INSTAGRAM, archived(tmp_path / "c.zip", {f"{folder}/posts_1.json": some}), GRAM)
    assert old.record_id == year.record_id


def test_whose_post_somebody_passed_on_in_a_message(tmp_path: Path) -> None:
    """The message contains the text of that post; its author was neither read nor reported."""
    shared = {
        "link": "https://www.instagram.com/p/Cx1/",
        "share_text": "No school",
        "original_content_owner": "a_school",
    }
    told = [
        ("Look", shared),
        (
            "",
            {"profile_share_username": "a_parent", "profile_share_name": "A parent", "mood": "x", "href": ""},
        ),
    ]
    said = [
        {"sender_name": "Jo", "timestamp_ms": (DAY + n) * 1000, "content": text, "share": one}
        for n, (text, one) in enumerate(told)
    ]
    path = archived(
        tmp_path / "a.zip", {"your_instagram_activity/messages/inbox/jo_1/message_1.json": {"messages": said}}
    )
    (post, profile), rejects = read(INSTAGRAM, path, GRAM)
    assert (post.text, post.mentions, post.links, post.leftover) == (
        "Look\n\nNo school",
        ["a_school"],
        [shared["link"]],
        (),
    )
    assert (profile.mentions, profile.leftover, rejects) == (["a_parent"], ("share.mood",), [])


def test_what_was_deleted_lately_on_instagram_and_what_has_no_time(tmp_path: Path) -> None:
    shown = {"uri": "media/recently_deleted/a.jpg", "creation_timestamp": DAY, "title": damaged("Año nuevo")}
    gone = {
        "ig_recently_deleted_media": [
            {"media": [shown]},
            shown | {"uri": "media/recently_deleted/b.mp4", "creation_timestamp": 0},
        ]
    }
    folder = "your_instagram_activity/media"
    path = archived(
        tmp_path / "a.zip",
        {f"{folder}/recently_deleted_content.json": gone, "media/recently_deleted/a.jpg": b"picture"},
    )
    (first, second), rejects = read(INSTAGRAM, path, GRAM)
    assert (first.text, first.status, first.acted_by, rejects) == ("Año nuevo", "removed", "agency", [])
    assert (
        first.status_reason
        == "import: Instagram download says so: it stands among what the account has deleted lately"
    )
    assert ([m.url for m in second.media], second.published_at) == (
        ["media/recently_deleted/b.mp4"],
        None,
    ), "it was dated 1970"


@pytest.fixture
def play(s3: S3, buckets: Buckets, tmp_path: Path) -> Iterator[Play]:
    yield opened(s3, buckets, tmp_path / "place")
    check(s3, buckets, tmp_path / "place")


def test_what_a_capture_holds_under_its_id_is_proposed_as_the_same(play: Play, tmp_path: Path) -> None:
    """On the sandbox's Mastodon: the twin is looked for in whatever account the file is imported into."""
    play.network.publish(US, "Reunión mañana por la nieve")
    play.sound()
    [held] = [row for row in play.rows() if row["kind"] == "post"]
    at = int(held["published_at"].timestamp()) + 40
    path = archived(
        tmp_path / "a.zip",
        {
            "your_facebook_activity/posts/your_posts_1.json": [
                post("Reunión mañana por la nieve", timestamp=at)
            ]
        },
    )
    files = ImportFiles(path, tmp_path)
    done = import_file(
        play.archive.place,
        play.archive.register,
        play.archive.account(play.name),
        ImportOrder(files, FACEBOOK),
    )
    assert [(twin.like, twin.seconds) for twin in done.twins] == [(held["record_id"], 40)]
    assert done.new == 1
