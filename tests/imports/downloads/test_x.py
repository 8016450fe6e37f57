"""An X archive as its README.txt describes it. None of a live account was at hand; the ids and texts are
those of the X API's own forms.
"""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recordroom.imports.files import ImportFiles
from recordroom.imports.registry import find_importer, recognize
from recordroom.model import Identity
from recordroom.platforms.x.entities import EPOCH
from tests.imports.reading import account, read

X = find_importer("xarchive")
US = "1042"
OURS = account("x", "https://x.com/district", Identity(US, "x.com"))


def native(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000 - EPOCH) << 22)


DAY = datetime(2022, 11, 18, 3, 3, 12, tzinfo=UTC)
FIRST = native(DAY)


def tweet(number: str, text: str, at: datetime = DAY, **more: Any) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "edit_info": {"initial": {"editTweetIds": [number], "editsRemaining": "5"}}, "retweeted": False,
        "source": "<a>Web</a>", "entities": {"hashtags": [], "symbols": [], "user_mentions": [], "urls": []},
        "display_text_range": ["0", "9"], "id_str": number, "favorite_count": "3", "truncated": False,
        "retweet_count": "1", "id": number, "favorited": False, "lang": "en", "full_text": text,
        "created_at": at.strftime("%a %b %d %H:%M:%S +0000 %Y"),
    }  # fmt: skip
    return {"tweet": parts | more}


def archived(path: Path, **files: Any) -> Path:
    """`tweets=[...]` becomes data/tweets.js; bytes keep their name."""
    whose = [{"account": {"accountId": US, "username": "district", "email": "x@example.org"}}]
    with zipfile.ZipFile(path, "w") as made:
        for name, content in {"account": whose, **files}.items():
            name_ = name.replace("_", "-")
            data = (
                content
                if isinstance(content, bytes)
                else f"window.YTD.{name}.part0 = {json.dumps(content, indent=2)}".encode()
            )
            made.writestr(f"data/{name_}.js" if not isinstance(content, bytes) else name, data)
    return path


def test_posts_of_every_kind(tmp_path: Path) -> None:
    photo = {
        "type": "photo", "id_str": "77", "media_url": "http://pbs.twimg.com/media/AbC.jpg",
        "media_url_https": "https://pbs.twimg.com/media/AbC.jpg", "url": "https://t.co/1",
        "ext_alt_text": "Snow",
    }  # fmt: skip
    film = {
        "type": "video", "id_str": "78",
        "media_url": "http://pbs.twimg.com/ext_tw_video_thumb/78/pu/img/x.jpg", "media_url_https": "h",
        "video_info": {"variants": [
            {"content_type": "application/x-mpegURL", "url": "https://video.twimg.com/x.m3u8"},
            {"content_type": "video/mp4", "bitrate": "832000", "url": "https://video.twimg.com/small.mp4"},
            {"content_type": "video/mp4", "bitrate": "2176000", "url": "https://video.twimg.com/large.mp4?tag=12"},
        ]},
    }  # fmt: skip
    entities = {
        "hashtags": [{"text": "snow"}], "symbols": [],
        "user_mentions": [{"screen_name": "parent", "id_str": "9"}],
        "urls": [{"url": "https://t.co/2", "expanded_url": "https://example.org/roads"}],
    }  # fmt: skip
    posts = [
        tweet(
            FIRST,
            "Closed &amp; icy https://t.co/2 #snow @parent",
            entities=entities,
            extended_entities={"media": [photo, film]},
            mood=1,
        ),
        tweet("2", "Edited", edit_info={"edit": {"initialTweetId": FIRST, "editControlInitial": {}}}),
        tweet("3", "RT @other: What they said…"),
        tweet("4", "@district The buses", in_reply_to_status_id_str=FIRST, in_reply_to_user_id_str=US),
        tweet("5", "@district again", in_reply_to_status_id_str="4", in_reply_to_user_id_str=US),
        tweet("6", "@other Hello", in_reply_to_status_id_str="600", in_reply_to_user_id_str="9"),
    ]
    pictures = {
        f"data/{folder}/{FIRST}-AbC.jpg": b"picture" for folder in ("tweets_media", "deleted_tweets_media")
    }
    path = archived(tmp_path / "a.zip", tweets=posts, **pictures)
    (first, edited, repost, answer, deeper, foreign), rejects = read(X, path, OURS)
    assert rejects == []
    assert (first.record_id, first.text, first.published_at) == (
        f"x:{FIRST}",
        "Closed & icy https://t.co/2 #snow @parent",
        DAY,
    )
    assert (first.links, first.mentions, first.tags, first.leftover) == (
        ["https://example.org/roads"],
        ["parent"],
        ["snow"],
        ("mood",),
    )
    assert [(m.identity, m.type, m.url, m.alt_text) for m in first.media] == [
        ("3_77", "image", f"data/tweets_media/{FIRST}-AbC.jpg", "Snow"),
        ("7_78", "video", f"data/tweets_media/{FIRST}-large.mp4", None),
    ]
    assert (edited.record_id, edited.native_id, edited.text) == (f"x:{FIRST}", FIRST, "Edited")
    assert edited.published_at == DAY
    assert edited.valid_from == edited.edited_at == DAY
    assert repost.text == "What they said…"
    assert [(r.kind, r.parent_id, r.root_id) for r in (answer, deeper, foreign)] == [
        ("comment", f"x:{FIRST}", f"x:{FIRST}"),
        ("reply", "x:4", f"x:{FIRST}"),
        ("post", "x:600", None),
    ]


def test_what_goes_on_in_somebody_elses_conversation_is_a_post_as_captures_have_it(tmp_path: Path) -> None:
    """A reply to a reply of ours is below a post of another person."""
    posts = [
        tweet("600", "@other Hello", in_reply_to_status_id_str="599", in_reply_to_user_id_str="9"),
        tweet(
            "601", "@district and one more thing", in_reply_to_status_id_str="600", in_reply_to_user_id_str=US
        ),
        tweet("602", "@district and another", in_reply_to_status_id_str="601", in_reply_to_user_id_str=US),
    ]
    records, _ = read(X, archived(tmp_path / "a.zip", tweets=posts), OURS)
    places = [(record.kind, record.parent_id, record.root_id) for record in records]
    assert places == [("post", f"x:{above}", None) for above in (599, 600, 601)]


@pytest.mark.parametrize(("folder", "key"), [("amplify_video", "13_78"), ("ext_tw_video", "7_78")])
def test_a_film_with_a_picture_that_was_chosen_is_the_file_that_captures_hold(
    tmp_path: Path, folder: str, key: str
) -> None:
    film = {
        "type": "video", "id_str": "78", "media_url": "http://pbs.twimg.com/media/AbC.jpg",
        "media_url_https": "h",
        "video_info": {"variants": [{"content_type": "video/mp4", "url": f"https://video.twimg.com/{folder}/78/vid/large.mp4"}]},
    }  # fmt: skip
    path = archived(tmp_path / "a.zip", tweets=[tweet("1", "The board", extended_entities={"media": [film]})])
    [record], _ = read(X, path, OURS)
    assert [(one.identity, one.url) for one in record.media] == [(key, "data/tweets_media/1-large.mp4")]


def test_long_posts_are_whole(tmp_path: Path) -> None:
    text = "A long post about the whole week. " * 20
    note = {
        "noteTweet": {"noteTweetId": "1", "createdAt": "2022-11-18T03:03:12.000Z", "core": {"text": text}}
    }
    [record], _ = read(
        X,
        archived(
            tmp_path / "a.zip", tweets=[tweet(FIRST, text[:270] + "… https://t.co/x")], note_tweet=[note]
        ),
        OURS,
    )
    assert record.text == text


def note(text: str, at: datetime = DAY) -> dict[str, Any]:
    return {
        "noteTweet": {
            "noteTweetId": "1",
            "createdAt": at.isoformat(timespec="milliseconds"),
            "core": {"text": text},
        }
    }


def test_what_a_long_post_names_behind_where_it_is_cut(tmp_path: Path) -> None:
    whole = (
        "The board meets on Monday, and everybody may come. #board " * 6 + "See https://t.co/9 #late @parent"
    )
    told = note(whole)
    told["noteTweet"]["core"] |= {
        "urls": [{"expandedUrl": "https://example.org/agenda", "shortUrl": "https://t.co/9"}],
        "mentions": [{"screenName": "parent"}], "hashtags": [{"text": "board"}, {"text": "late"}],
        "cashtags": [], "styletags": [],
    }  # fmt: skip
    entities = {
        "hashtags": [{"text": "board"}], "symbols": [], "user_mentions": [],
        "urls": [{"url": "https://t.co/x", "expanded_url": f"https://twitter.com/i/web/status/{FIRST}"}],
    }  # fmt: skip
    path = archived(
        tmp_path / "a.zip",
        tweets=[tweet(FIRST, whole[:270] + "… https://t.co/x", entities=entities)],
        note_tweet=[told],
    )
    [record], rejects = read(X, path, OURS)
    assert (record.links, record.mentions, record.tags, rejects) == (
        ["https://example.org/agenda"],
        ["parent"],
        ["board", "late"],
        [],
    )


def test_a_long_post_is_found_some_seconds_apart_and_nobody_else_gets_its_words(tmp_path: Path) -> None:
    whole = "The board meets on Monday in the library, and everybody who wants to come may come and speak."
    posts = [
        tweet(FIRST, f"{whole[:60]}… https://t.co/x"),
        tweet("2", "\U0001f44d"),
        tweet("3", "The board"),
        tweet("4", whole[:45]),
    ]
    path = archived(tmp_path / "a.zip", tweets=posts, note_tweet=[note(whole, DAY + timedelta(seconds=2))])
    records, rejects = read(X, path, OURS)
    assert [r.text for r in records] == [whole, "\U0001f44d", "The board", whole[:45]]
    assert rejects == []


def test_whole_texts_that_no_post_has_are_told(tmp_path: Path) -> None:
    whole = "The board meets on Monday in the library, and everybody who wants to come may come and speak."
    posts = [tweet(FIRST, "A short one"), tweet("2", f"{whole[:60]}…", DAY + timedelta(minutes=5))]
    notes = [note(whole), {"noteTweet": {"core": {}}}]
    records, rejects = read(X, archived(tmp_path / "a.zip", tweets=posts, note_tweet=notes), OURS)
    assert [r.text for r in records] == ["A short one", f"{whole[:60]}…"]
    assert [(r.place, r.reason[:42]) for r in rejects] == [
        ("item 2 of data/note-tweet.js", "it is not the text of a long post (KeyErro"),
        ("item 1 of data/note-tweet.js", "no post of that time begins like this text"),
    ]


def test_what_the_archive_lists_and_lacks_is_told(tmp_path: Path) -> None:
    """Large archives come in parts: of one alone the posts of the others were missed unsaid."""
    names = ("tweets", "tweets-part1", "direct-messages", "like")
    kinds: dict[str, Any] = {
        name: {"files": [{"fileName": f"data/{name}.js", "count": "1"}]} for name in names
    } | {"note": {"media": {}}}

    def manifest(*, partial: bool) -> bytes:
        return (
            b"window.__THAR_CONFIG = "
            + json.dumps({"archiveInfo": {"isPartialArchive": partial}, "dataTypes": kinds}).encode()
        )

    more = {"tweets": [tweet(FIRST, "x")], "tweets_part1": []}
    _, rejects = read(
        X, archived(tmp_path / "a.zip", **more, **{"data/manifest.js": manifest(partial=False)}), OURS
    )
    assert [r.place for r in rejects] == ["data/direct-messages.js"]
    _, rejects = read(
        X,
        archived(
            tmp_path / "b.zip", direct_messages=[], **more, **{"data/manifest.js": manifest(partial=True)}
        ),
        OURS,
    )
    assert [(r.place, r.reason.partition(":")[0]) for r in rejects] == [
        ("data/manifest.js", "the archive is one of several")
    ]


def test_deleted_posts_are_a_claim(tmp_path: Path) -> None:
    gone = tweet(FIRST, "Gone", deleted_at="2022-11-20T00:00:00.000Z")
    [record], _ = read(X, archived(tmp_path / "a.zip", deleted_tweets=[gone]), OURS)
    assert (record.status, record.acted_by) == ("removed", "agency")
    assert record.status_reason == "import: X archive says so: deleted at 2022-11-20T00:00:00.000Z"


def test_private_messages(tmp_path: Path) -> None:
    message = {
        "id": "700", "senderId": "9", "recipientId": US, "text": "Is the school open?",
        "createdAt": "2022-11-18T04:00:00.000Z", "mediaUrls": ["https://ton.twitter.com/dm/700/701/XyZ.jpg"],
        "urls": [{"expanded": "https://example.org"}], "reactions": [],
    }  # fmt: skip
    talk = {
        "dmConversation": {
            "conversationId": f"9-{US}",
            "messages": [{"messageCreate": message}, {"joinConversation": {}}],
        }
    }
    path = archived(
        tmp_path / "a.zip", direct_messages=[talk], **{"data/direct_messages_media/700-XyZ.jpg": b"picture"}
    )
    [record], rejects = read(X, path, OURS)
    assert rejects == []
    assert (record.kind, record.record_id, record.root_id) == (
        "message",
        "x:messages/700",
        f"x:conversations/9-{US}",
    )
    assert (record.author_id, record.author_is_account, record.text) == ("9", False, "Is the school open?")
    assert [m.url for m in record.media] == ["data/direct_messages_media/700-XyZ.jpg"]
    for name in ("direct_message", "direct_message_group"):  # as archives of some years ago call them
        files = {name: [talk], f"data/{name}_media/700-XyZ.jpg": b"picture"}
        [older], rejects = read(X, archived(tmp_path / f"{name}.zip", **files), OURS)
        assert (older.record_id, [m.url for m in older.media], rejects) == (
            "x:messages/700",
            [f"data/{name}_media/700-XyZ.jpg"],
            [],
        )


def test_every_message_is_taken_and_none_hides_another(tmp_path: Path) -> None:
    """An automatic text to people who write to the account is a message; an empty one is reported."""
    said = {
        "senderId": US,
        "recipientId": "9",
        "createdAt": "2022-11-18T04:00:00.000Z",
        "mediaUrls": [],
        "urls": [],
        "reactions": [],
    }
    messages = [
        {"welcomeMessageCreate": {**said, "id": "1", "text": "We answer on weekdays"}},
        {"messageCreate": {**said, "id": "2"}},
        {"messageCreate": {**said, "id": "3", "text": "Yes", "editHistory": [{"editedText": "Yse"}]}},
        {"conversationNameUpdate": {"name": "Snow"}},
        {"pollCreate": {"question": "Open?"}},
    ]
    path = archived(
        tmp_path / "a.zip",
        direct_messages=[{"dmConversation": {"conversationId": "9-1", "messages": messages}}],
    )
    (welcome, last), [broken, poll] = read(X, path, OURS)
    assert (welcome.text, welcome.author_is_account, last.leftover) == (
        "We answer on weekdays",
        True,
        ("message.editHistory",),
    )
    assert (broken.place, poll.place) == (
        "message 2 of the conversation 9-1",
        "message 5 of the conversation 9-1",
    )
    assert "pollCreate" in poll.reason


def test_half_an_emoji_hides_no_archive(tmp_path: Path) -> None:
    """X has cut texts within one; JSON then has half of a pair, which no UTF-8 holds."""
    whole = "Long words " * 30
    posts = [
        tweet(FIRST, "Snow \ud83d"),
        tweet("3", "y", in_reply_to_status_id_str=FIRST, in_reply_to_user_id_str=US),
        tweet("4", whole[:280]),
    ]
    notes = [{"noteTweet": {"createdAt": DAY.isoformat(), "core": {"text": f"{whole}\ud83d"}}}]
    records, rejects = read(X, archived(tmp_path / "a.zip", tweets=posts, note_tweet=notes), OURS)
    assert rejects == []
    assert [(r.text, r.repaired) for r in records] == [
        ("Snow \ufffd", True),
        ("y", False),
        (f"{whole}\ufffd", False),
    ]
    assert records[1].root_id == records[0].record_id


def test_a_repost_in_ones_own_words_keeps_them_and_its_pictures(tmp_path: Path) -> None:
    """As everybody passed things on before X could. The files of a real repost name the post that they are
    of.
    """
    photo = {"id_str": "77", "type": "photo", "media_url_https": "https://pbs.twimg.com/media/AbC.jpg"}
    posts = [
        tweet("5", "RT @parent: Snow! Ours looks so: https://t.co/1", extended_entities={"media": [photo]}),
        tweet(
            "6", "RT @parent: Snow!", extended_entities={"media": [{**photo, "source_status_id_str": "4"}]}
        ),
    ]
    path = archived(tmp_path / "a.zip", tweets=posts, **{"data/tweets_media/5-AbC.jpg": b"picture"})
    (own, spread), rejects = read(X, path, OURS)
    assert (own.text, [m.url for m in own.media]) == (
        posts[0]["tweet"]["full_text"],
        ["data/tweets_media/5-AbC.jpg"],
    )
    assert (spread.text, spread.media, rejects) == ("Snow!", [], [])


def test_whose_it_is_and_what_cannot_be_read(tmp_path: Path) -> None:
    path = archived(
        tmp_path / "a.zip", tweets=[tweet(FIRST, "x"), {"tweet": {"id_str": "2"}}, tweet("3", "y")]
    )
    files = ImportFiles(path, tmp_path)
    assert recognize(files, "x") is X
    assert X.about(files).native_id == US
    records, [reject] = read(X, path, OURS)
    assert [r.native_id for r in records] == [FIRST, "3"]
    assert reject.place == "item 2 of data/tweets.js"


@pytest.mark.parametrize("order", [1, -1])
def test_what_answers_a_later_version_stands_below_the_first(tmp_path: Path, order: int) -> None:
    def answer(number: str, above: str, **more: Any) -> dict[str, Any]:
        return tweet(
            number, f"part {number}", in_reply_to_status_id_str=above, in_reply_to_user_id_str=US, **more
        )

    posts = [
        tweet(FIRST, "Frist"),
        tweet("2", "First", edit_info={"edit": {"initialTweetId": FIRST}}),
        answer("3", "2"),
        answer("4", "2", edit_info={"edit": {"initialTweetId": "3"}}),
        answer("5", "4"),
    ]
    records, rejects = read(X, archived(tmp_path / "a.zip", tweets=posts[::order]), OURS)
    assert rejects == []
    places = {r.record_id: (r.kind, r.parent_id, r.root_id) for r in records if r.parent_id}
    assert places == {"x:3": ("comment", f"x:{FIRST}", f"x:{FIRST}"), "x:5": ("reply", "x:3", f"x:{FIRST}")}


@pytest.mark.parametrize("order", [1, -1])
def test_an_earlier_version_is_the_same_record(tmp_path: Path, order: int) -> None:
    versions = [tweet(FIRST, "Frist"), tweet("2", "First", edit_info={"edit": {"initialTweetId": FIRST}})][
        ::order
    ]
    records, _ = read(X, archived(tmp_path / "a.zip", tweets=versions), OURS)
    assert {r.record_id for r in records} == {f"x:{FIRST}"}
