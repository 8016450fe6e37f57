"""Downloads of YouTube (Google Takeout), TikTok and LinkedIn, in the form that is publicly described; none of
a live account was here.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recordroom.imports.contract import Passed
from recordroom.imports.files import ImportFiles
from recordroom.imports.registry import find_importer, recognize
from recordroom.model import Identity
from tests.imports.reading import account, read

TAKEOUT = find_importer("takeout")
TIKTOK = find_importer("tiktokdownload")
LINKEDIN = find_importer("linkedindownload")
CHANNEL = "UC0123456789abcdefghijkl"
TUBE = account("youtube", "https://www.youtube.com/@district", Identity(CHANNEL, "youtube.com"))
DAY = datetime(2023, 6, 1, 12, 34, 56, tzinfo=UTC)


def archived(path: Path, files: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, content in files.items():
            made.writestr(name, content)
    return path


def table(header: str, *rows: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(header.split(","))
    csv.writer(out).writerows(rows)
    return out.getvalue()


HEADER = (
    "Comment ID,Channel ID,Comment create timestamp,Price,Parent comment ID,Post ID,Video ID,Comment"
    " text,Top-level comment ID"
)


def test_comments_of_takeout(tmp_path: Path) -> None:
    linked = (
        '{"takeoutSegments":[{"text":"Sí,'
        ' "},{"text":"12:05","link":{"linkUrl":"https://www.youtube.com/watch?v=x&t=725"}}]}'
    )
    made = table(
        HEADER,
        [
            "Ugx1",
            CHANNEL,
            "2023-06-01T12:34:56+00:00",
            "",
            "",
            "",
            "vid00000001",
            '{"text":"Closed"},{"text":"\n"},{"text":"today"}',
            "",
        ],
        [
            "Ugx1.9a",
            CHANNEL,
            "2023-06-01T12:35:56.123456+00:00",
            "",
            "Ugx1",
            "",
            "vid00000001",
            "plain words",
            "",
        ],
        ["Ugx2", CHANNEL, "yesterday", "", "", "", "vid00000001", '{"takeoutSegments":[{"text":"x"}]}', ""],
        ["Ugx3", CHANNEL, "2023-06-01T12:34:56+00:00", "5", "", "", "vid00000001", linked, ""],
    )
    name = "Takeout/YouTube and YouTube Music/comments/comments.csv"
    path = archived(
        tmp_path / "a.zip",
        {name: made, "Takeout/archive_browser.html": "x", "Takeout/YouTube/videos.csv": "Video ID\n"},
    )
    files = ImportFiles(path, tmp_path)
    assert recognize(files, "youtube") is TAKEOUT
    assert TAKEOUT.about(files).native_id == CHANNEL
    (first, answer, third), [reject] = read(TAKEOUT, path, TUBE)
    assert (first.record_id, first.kind, first.text, first.published_at) == (
        "youtube:Ugx1",
        "comment",
        "Closed\ntoday",
        DAY,
    )
    assert (first.parent_id, first.root_id, first.author_is_account) == (
        "youtube:vid00000001",
        "youtube:vid00000001",
        True,
    )
    assert (answer.kind, answer.parent_id, answer.text) == ("reply", "youtube:Ugx1", "plain words")
    assert (third.text, third.links) == ("Sí, 12:05", ["https://www.youtube.com/watch?v=x&t=725"])
    assert reject.place == f"line 5 of {name}", "a value of the first row has a line break"


def test_half_an_emoji_in_the_json_of_a_comment_ends_no_import(tmp_path: Path) -> None:
    """YouTube cuts a text into parts wherever it likes; a text of brackets is no JSON without end."""
    said = ['{"text":"Snow \\ud83d"}', '{"text":"Snow \\ud83d"},{"text":"\\ude00 day"}', "[" * 5_000]
    rows = [
        [f"Ugx{n}", CHANNEL, "2023-06-01T12:34:56+00:00", "", "", "", "vid00000001", one, ""]
        for n, one in enumerate(said)
    ]
    records, rejects = read(
        TAKEOUT, archived(tmp_path / "a.zip", {"Takeout/comments.csv": table(HEADER, *rows)}), TUBE
    )
    assert [(r.text, r.repaired) for r in records] == [
        ("Snow \ufffd", True),
        ("Snow \U0001f600 day", False),
        ("[" * 5_000, False),
    ]
    assert rejects == []


def test_what_the_channel_said_in_live_chats(tmp_path: Path) -> None:
    """No API gives it once the broadcast is over."""
    chats = table(
        "Live Chat ID,Channel ID,Live Chat Create Timestamp,Price,Currency code,Video ID,Live Chat Text",
        [
            "chat1",
            CHANNEL,
            "2023-06-01T12:34:56+00:00",
            "0",
            "",
            "vid00000001",
            '{"text":"The meeting begins"}',
        ],
        ["", CHANNEL, "2023-06-01T12:34:56+00:00", "0", "", "vid00000001", '{"text":"x"}'],
    )
    comments = table(
        HEADER, ["Ugx1", CHANNEL, "2023-06-01T12:34:56+00:00", "", "", "", "vid00000001", '{"text":"x"}', ""]
    )
    folder = "Takeout/YouTube and YouTube Music"
    path = archived(
        tmp_path / "a.zip",
        {f"{folder}/comments/comments.csv": comments, f"{folder}/live chats/live chats.csv": chats},
    )
    (comment, said), [reject] = read(TAKEOUT, path, TUBE)
    assert (said.record_id, said.kind, said.text, said.published_at) == (
        "youtube:chat1",
        "comment",
        "The meeting begins",
        DAY,
    )
    assert (said.root_id, said.url, said.author_is_account) == (
        comment.root_id,
        "https://www.youtube.com/watch?v=vid00000001",
        True,
    )
    assert (said.leftover, reject.reason) == ((), "it is not a comment (ValueError: it has no Live Chat ID)")


def tiktok(path: Path, **more: Any) -> Path:
    whole: dict[str, Any] = {
        "Profile": {"Profile Information": {"ProfileMap": {"userName": "district"}}},
        "Activity": {"Like List": {"ItemFavoriteList": [{"date": "x"}]}},
        "Comment": {"Comments": {"CommentsList": [{"date": "2023-06-01 12:34:56", "comment": "Sí", "photo": "N/A", "url": ""}]}},
        "Post": {"Posts": {"VideoList": [
            {"Date": "2023-06-01 12:34:56", "Link": "https://www.tiktokv.com/share/video/7234567890123456789/", "Likes": "12",
             "WhoCanView": "Public", "Title": "Snow day"},
            {"Date": "June", "Link": "https://example.org"},
        ]}},
        "Direct Message": {"Direct Messages": {"ChatHistory": {
            "Chat History with parent:": [{"Date": "2023-06-01 12:34:56", "From": "parent", "Content": "Open?"},
                                          {"Date": "2023-06-01 12:35:56", "From": "district", "Content": "No."}],
            "Chat History with other:": [],
        }}},
    }  # fmt: skip
    path.write_text(json.dumps(whole | more, indent=1), "utf-8")
    return path


def test_a_download_of_tiktok(tmp_path: Path) -> None:
    ours = account("tiktok", "https://www.tiktok.com/@district", Identity("open-1", "tiktok.com"))
    path = tiktok(tmp_path / "user_data_tiktok.json")
    files = ImportFiles(path, tmp_path)
    assert recognize(files, "tiktok") is TIKTOK
    assert TIKTOK.about(files).handle == "district"
    records, [reject] = read(TIKTOK, path, ours)
    video, comment, asked, answered = records
    assert (video.record_id, video.text, video.visibility) == (
        "tiktok:videos/7234567890123456789",
        "Snow day",
        "Public",
    )
    assert video.published_at == DAY
    assert (comment.kind, comment.text, comment.parent_id) == ("comment", "Sí", None)
    assert comment.record_id.startswith("tiktok:download/")
    assert [(m.kind, m.author_handle, m.author_is_account, m.text) for m in (asked, answered)] == [
        ("message", "parent", False, "Open?"),
        ("message", "district", True, "No."),
    ]
    assert asked.root_id == answered.root_id == "tiktok:download/conversations/parent"
    assert reject.place == "item 2 of Post/Posts/VideoList"


def test_what_downloads_of_tiktok_hold_today(tmp_path: Path) -> None:
    """The account's own videos are named by the address of a film, without a number and another in each
    download: none was taken.
    """
    film = (
        "https://video-my.tiktokv.com/storage/v1/tos-alisg-pve-0037c001/oABC?a=1233&x-tos-expires=1653619157"
    )
    settings = {
        "WhoCanView": "Everyone",
        "AllowSharingToStory": "Yes",
        "ContentDisclosure": "",
        "AIGeneratedContent": "No",
        "Likes": "3",
    }
    words = {"Title": "Snow day", "AddYoursText": "N/A", "AlternateText": "White roofs"}
    video = {"Date": "2026-04-02 08:00:00", "Link": film, **settings, **words}
    deleted = {
        "Date": "2026-03-02 08:00:00",
        "DateDeleted": "2026-03-05 09:00:00",
        "Link": film,
        "Title": "Oops",
    }
    said = {"Date": "2026-04-01 10:00:00", "From": "parent", "Content": "Open?"}
    chats = {"Direct Messages": {"ChatHistory": {"Chat History with parent:": [said]}}}
    chats["Group Chat"] = {"GroupChat": {"Group Chat with Group_Chat_1:": [said]}}
    told = {
        "Follower": {"FansList": [said]},
        "Profile Info": {"ProfileMap": {"userName": "district", "PlatformInfo": [said]}},
    }
    told["Settings"] = {"SettingsMap": {"Content Preferences": [said]}}
    whole = {
        "Comment": {"Comments": {"App": 1233, "CommentsList": []}}, "Direct Message": chats,
        "Profile And Settings": told,
        "Income+ Wallet": {"Coin Purchase History": {"CoinPurchaseHistoryList": [said]}},
        "Post": {"Posts": {"VideoList": [video]}, "Recently Deleted Posts": {"PostList": [deleted]}, "Story": {}},
        "TikTok Live": {"Go Live Settings": {"SettingsMap": {"Muted words": ["x"]}}},
        "Your Activity": {"Reposts": {"RepostList": [{"Date": "2026-01-01 01:01:01", "Link": "https://www.tiktokv.com/share/video/1/"}]}},
    }  # fmt: skip
    path = tmp_path / "user_data_tiktok.json"
    path.write_text(json.dumps(whole), "utf-8")
    (posted, gone, repost, asked, in_group), rejects = read(
        TIKTOK, path, account("tiktok", identity=Identity("open-1", "tiktok.com"))
    )
    assert rejects == []
    assert (posted.text, posted.status, posted.url, [m.alt_text for m in posted.media]) == (
        "Snow day",
        "visible",
        None,
        ["White roofs"],
    )
    assert (posted.root_id, posted.leftover, posted.author_is_account) == (posted.record_id, (), True)
    assert (gone.text, gone.status, gone.acted_by) == ("Oops", "removed", "agency")
    assert gone.status_reason == "import: TikTok download says so: deleted at 2026-03-05 09:00:00"
    assert (repost.shared_id, repost.text, repost.author_is_account) == ("tiktok:videos/1", None, True)
    assert [(m.root_id, m.author_is_account) for m in (asked, in_group)] == [
        ("tiktok:download/conversations/parent", False), ("tiktok:download/conversations/Group_Chat_1", None),
    ]  # fmt: skip
    later = {**video, "Link": film.replace("oABC", "oDEF"), "Title": "Snow day!"}
    path.write_text(json.dumps({"Video": {"Videos": {"VideoList": [later]}}}), "utf-8")
    [edited], _ = read(TIKTOK, path, account("tiktok"))
    assert (edited.record_id, edited.text) == (posted.record_id, "Snow day!")


def test_whose_a_download_of_tiktok_is_however_much_stands_before_its_profile(tmp_path: Path) -> None:
    """Newer ones have comments and messages before it: of many years they were more than was looked at, and
    anybody's file was taken.
    """
    date = "2024-01-02 10:00:00"
    said = [{"Date": date, "From": one, "Content": one} for one in ("parent", "district", "user99")]
    talk = {
        "Direct Messages": {"ChatHistory": {"Chat History with parent:": said}},
        "Group Chat": {"GroupChat": {"Group Chat with G:": said}},
    }
    comments = [{"date": date, "comment": f"{n} {'x' * 1_000}", "url": ""} for n in range(5_000)]
    profile = {"Profile Info": {"ProfileMap": {"userName": "district"}}}
    whole = {
        "Comment": {"Comments": {"CommentsList": comments}},
        "Direct Message": talk,
        "Profile And Settings": profile,
    }
    path = tmp_path / "user_data_tiktok.json"
    path.write_text(json.dumps(whole), "utf-8")
    assert TIKTOK.about(ImportFiles(path, tmp_path)).handle == "district"
    records, rejects = read(TIKTOK, path, account("tiktok"))
    wrote = [(r.author_handle, r.author_is_account) for r in records if r.kind == "message"]
    assert wrote == [
        ("parent", False),
        ("district", True),
        ("user99", None),
        ("parent", None),
        ("district", True),
        ("user99", None),
    ]
    assert rejects == []


def test_under_which_video_a_comment_of_tiktok_stands_and_what_was_shown_in_it(tmp_path: Path) -> None:
    told = {
        "date": "2024-01-02 10:00:00",
        "comment": "Yes",
        "photo": "N/A",
        "sticker": "https://s/1",
        "video": "N/A",
        "url": "",
    }
    told["original post link"] = "https://www.tiktokv.com/share/video/77/"
    path = tmp_path / "user_data.json"
    path.write_text(json.dumps({"Comment": {"Comments": {"CommentsList": [told]}}}), "utf-8")
    [comment], rejects = read(TIKTOK, path, account("tiktok"))
    assert (comment.parent_id, comment.links, comment.leftover, rejects) == (
        "tiktok:videos/77",
        ["https://s/1"],
        (),
        [],
    )


def test_what_cannot_be_read_of_tiktoks_hides_nothing_else(tmp_path: Path) -> None:
    date = "2024-01-02 10:00:00"
    said = [
        {"Date": date, "From": "parent", "Content": "Open?"},
        {"Date": date, "From": "parent"},
        {"Date": date, "From": "d", "Content": "No"},
    ]
    comments = [
        {"date": date, "comment": "Snow \ud83d", "url": ""},
        {"date": date, "comment": "b", "mood": "x", "photo": "N/A"},
    ]
    path = tmp_path / "user_data.json"
    lists = {
        "Comment": {"Comments": {"CommentsList": comments}},
        "Direct Message": {"Direct Messages": {"ChatHistory": {"Chat History with parent:": said}}},
    }
    path.write_text(json.dumps(lists), "utf-8")
    records, [reject] = read(TIKTOK, path, account("tiktok"))
    assert [(r.text, r.repaired, r.leftover) for r in records] == [
        ("Snow \ufffd", True, ()), ("b", False, ("mood",)), ("Open?", False, ()), ("No", False, ()),
    ]  # fmt: skip
    assert reject.place == "message 2 of item 1 of Direct Message/Direct Messages/ChatHistory"


def test_the_same_said_twice_in_one_second_is_two_messages(tmp_path: Path) -> None:
    """Every sticker reads the same: the second was taken for the first."""
    sticker = {"Date": "2023-06-01 12:34:56", "From": "parent", "Content": "[sticker]"}
    later = {**sticker, "Date": "2023-06-01 12:34:57"}
    path = tmp_path / "user_data.json"
    found = []
    for said in ([sticker], [sticker, sticker, later, sticker]):
        talk = {"Chat History with parent:": said, "Chat History with other:": [sticker]}
        path.write_text(json.dumps({"Direct Message": {"Direct Messages": {"ChatHistory": talk}}}), "utf-8")
        records, rejects = read(TIKTOK, path, account("tiktok"))
        assert rejects == []
        found.append([r.record_id for r in records])
    assert (len(set(found[0])), len(set(found[1]))) == (2, 5)
    assert set(found[0]) < set(found[1]), "the first of them is called as before"


def test_two_conversations_of_one_title_are_both_read(tmp_path: Path) -> None:
    """As groups have them: of two names in a JSON object the latter alone is read."""
    said = [
        json.dumps([{"Date": "2023-06-01 12:34:56", "From": "parent", "Content": text}])
        for text in ("One", "Two", "Three")
    ]
    names = ("Family", "Family", "Snow")
    talk = ",".join(f'"Group Chat with {name}:": {one}' for name, one in zip(names, said, strict=True))
    path = tmp_path / "user_data.json"
    path.write_text(f'{{"Direct Message": {{"Group Chat": {{"GroupChat": {{{talk}}}}}}}}}', "utf-8")
    records, rejects = read(TIKTOK, path, account("tiktok"))
    assert ([r.text for r in records], rejects) == (["One", "Two", "Three"], [])


def test_a_download_of_tiktok_with_other_names_is_told(tmp_path: Path) -> None:
    path = tmp_path / "user_data.json"
    path.write_text(json.dumps({"Films": {"List": []}}), "utf-8")
    records, [reject] = read(TIKTOK, path, account("tiktok"))
    assert (records, reject.reason) == (
        [],
        "it has no list with a known name: TikTok may have renamed its lists",
    )


def test_a_download_of_linkedin(tmp_path: Path) -> None:
    ours = account("linkedin", "https://www.linkedin.com/in/director")
    link = "https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A7012345678901234567"
    comment = "https://www.linkedin.com/feed/update/urn:li:activity:70?commentUrn=urn%3Ali%3Acomment%3A%28activity%3A70%2C71%29"
    shares = table(
        "Date,ShareLink,ShareCommentary,SharedUrl,MediaUrl,Visibility",
        ["2023-06-01 12:34:56", link, "Closed\ntoday", "https://example.org", "", "MEMBER_NETWORK"],
        ["2023-06-01 12:34:56", link.replace("4567", "4568"), "", "", "", ""],
        ["2023-06-01 12:34:56", "https://x", "x", "", "", ""],
    )  # fmt: skip
    comments = table(
        "Date,Link,Message",
        ["2023-06-01 12:34:56", comment, "Thanks"],
        ["2023-06-01 12:34:56", link, "No urn"],
    )
    messages = table(
        "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE"
        " URLS,DATE,SUBJECT,CONTENT,FOLDER",
        [
            "2-x",
            "",
            "A Parent",
            "https://l",
            "The Director",
            "https://m",
            "2023-06-01 12:34:56 UTC",
            "Snow",
            "Open?",
            "INBOX",
        ],
    )
    names = {
        "Shares.csv": shares,
        "Comments.csv": comments,
        "messages.csv": messages,
        "Connections.csv": "Notes:\n",
    }
    path = archived(tmp_path / "a.zip", dict(names))
    assert recognize(ImportFiles(path, tmp_path), "linkedin") is LINKEDIN
    (urn, hashed, share, wordless, message), [reject] = read(LINKEDIN, path, ours)
    assert (share.record_id, share.text, share.visibility) == (
        "linkedin:urn:li:share:7012345678901234567",
        "Closed\ntoday",
        "MEMBER_NETWORK",
    )
    assert (share.links, share.published_at) == (["https://example.org"], DAY)
    assert (wordless.record_id, wordless.text, wordless.kind) == (
        "linkedin:urn:li:share:7012345688901234568",
        "",
        "post",
    )
    assert (urn.record_id, urn.parent_id) == (
        "linkedin:urn:li:comment:(activity:70,71)",
        "linkedin:urn:li:activity:70",
    )
    assert (hashed.native_id[:9], hashed.parent_id) == (
        "download/",
        "linkedin:urn:li:share:7012345678901234567",
    )
    assert (message.kind, message.author_name, message.title, message.text) == (
        "message",
        "A Parent",
        "Snow",
        "Open?",
    )
    assert message.published_at == DAY
    assert reject.reason == "it is not in the expected form (its link does not name a share)"


def test_what_a_linkedin_member_passed_on_without_words(tmp_path: Path) -> None:
    link = "https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A7012345678901234567"
    names = {
        "InstantReposts.csv": table("Date,Link", ["2023-06-01 12:34:56", link]),
        "Comments.csv": "Date,Link,Message\n",
    }
    names |= {"LAN Ads Engagement.csv": "Action\nx\n", "Private_identity_asset.csv": "Name\nx\n"}
    [repost], rejects = read(LINKEDIN, archived(tmp_path / "a.zip", dict(names)), account("linkedin"))
    assert (repost.kind, repost.shared_id, repost.text) == (
        "post",
        "linkedin:urn:li:share:7012345678901234567",
        "",
    )
    assert (repost.published_at, repost.leftover, rejects) == (DAY, (), [])


def test_files_of_a_linkedin_members_shares_are_counted(tmp_path: Path) -> None:
    """A share does not say that it had a picture: that there are any was neither taken nor told."""
    uploads = table(
        "Date/Time,Media Description,Media Link",
        *(["You uploaded a feed photo on June 1", "-", f"https://m/{n}"] for n in "ab"),
    )
    files = ImportFiles(
        archived(tmp_path / "a.zip", {"Comments.csv": "Date,Link,Message\n", "Rich_Media.csv": uploads}),
        tmp_path,
    )
    reason = "an uploaded file, given only by its address: Rich_Media.csv"
    assert list(LINKEDIN.pieces(files, account("linkedin"), None)) == [Passed(reason), Passed(reason)]


def test_a_column_with_a_name_in_another_encoding_is_told(tmp_path: Path) -> None:
    comments = (
        "Date,Link,Message,A\xf1o\n2024-01-02"
        " 10:00:00,https://www.linkedin.com/feed/update/urn:li:activity:7,Yes,2024\n"
    )
    path = archived(tmp_path / "a.zip", {"Comments.csv": comments.encode("cp1252")})
    [comment], rejects = read(LINKEDIN, path, account("linkedin"))
    assert (comment.leftover, rejects) == (("A\ufffdO",), [])


def test_every_word_of_a_linkedin_members_messages(tmp_path: Path) -> None:
    """The message that went with an invitation, files that were sent, and what was never sent."""
    said = [
        "2-x",
        "",
        "Jo",
        "https://l",
        "Ann",
        "https://m",
        "2023-06-01 12:34:56 UTC",
        "",
        "See the file",
        "INBOX",
    ]
    messages = table(
        "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE"
        " URLS,DATE,SUBJECT,CONTENT,FOLDER,ATTACHMENTS,IS MESSAGE DRAFT,IS CONVERSATION DRAFT,REACTION",
        [*said, "https://l/a.pdf https://l/b.pdf", "No", "No", "x"],
        [*said[:8], "Not sent", "INBOX", "", "Yes", "No", ""],
    )
    invitations = table(
        "From,To,Sent At,Message,Direction,inviterProfileUrl,inviteeProfileUrl",
        ["Jo", "Ann", "6/1/23, 12:34 PM", "About the levy", "OUTGOING", "u", "v"],
        ["Jo", "Bob", "6/1/23, 12:34 PM", " ", "OUTGOING", "u", "v"],
        ["Jo", "Eve", "am 1. Juni", "Hallo", "OUTGOING", "u", "v"],
    )
    path = archived(tmp_path / "a.zip", {"messages.csv": messages, "Invitations.csv": invitations})
    (invited, sent, draft), [reject] = read(LINKEDIN, path, account("linkedin"))
    assert (invited.kind, invited.text, invited.author_name, invited.mentions) == (
        "message",
        "About the levy",
        "Jo",
        ["Ann"],
    )
    assert invited.published_at == datetime(2023, 6, 1, 12, 34, tzinfo=UTC)
    assert (sent.links, sent.visibility, sent.leftover) == (
        ["https://l/a.pdf", "https://l/b.pdf"],
        None,
        ("REACTION",),
    )
    assert (draft.text, draft.visibility, reject.place) == ("Not sent", "draft", "line 4 of Invitations.csv")


def test_quotations_in_linkedin_comments(tmp_path: Path) -> None:
    """They follow a backslash; everything after the first one was lost."""
    link = "https://www.linkedin.com/feed/update/urn:li:activity:7"
    said = [
        'He said \\"tea, please\\", and\n\nleft',
        'At its end \\"',
        'By ""doubling"" at C:\\new',
        "No date",
    ]
    rows = "".join(
        f'{"" if one == "No date" else f"2024-01-02 10:00:0{n}"},{link},"{one}"\n'
        for n, one in enumerate(said)
    )
    comments, rejects = read(
        LINKEDIN,
        archived(tmp_path / "a.zip", {"Comments.csv": f"Date,Link,Message\n{rows}"}),
        account("linkedin"),
    )
    assert rejects == []
    assert [c.text for c in comments] == [
        'He said "tea, please", and\n\nleft',
        'At its end "',
        'By "doubling" at C:\\new',
        "No date",
    ]
    assert [c.published_at is None for c in comments] == [False, False, False, True]
    head, when = "CONVERSATION ID,FROM,DATE,CONTENT\n", "2024-01-02 10:00:00 UTC"
    for text, told in (('a \\"b\\" c', 'a "b" c'), ('at C:\\""x', 'at C:\\"x')):
        path = archived(
            tmp_path / "b.zip", {"messages.csv": f'{head}1,Jo,{when},"{text}"\n1,Jo,{when},"Next"\n'}
        )
        messages, rejects = read(LINKEDIN, path, account("linkedin"))
        assert ([m.text for m in messages], rejects) == ([told, "Next"], []), text


def test_a_share_whose_link_names_it_in_words(tmp_path: Path) -> None:
    link = "https://www.linkedin.com/posts/jane-doe_snow-activity-7012345678901234567-aB1c"
    shares = table(
        "Date,ShareLink,ShareCommentary",
        ["2023-06-01 12:34:56", link, "Closed"],
        ["2023-06-01 12:34:56", "https://x", "x"],
    )
    [share], [reject] = read(
        LINKEDIN, archived(tmp_path / "a.zip", {"Shares.csv": shares}), account("linkedin")
    )
    assert (share.native_id, share.url, share.text) == ("urn:li:activity:7012345678901234567", link, "Closed")
    assert reject.place == "line 3 of Shares.csv"


def test_lines_of_a_share_that_stand_between_quotation_marks(tmp_path: Path) -> None:
    """LinkedIn writes a share of several lines in this form, and doubles its quotation marks; all were in its
    text.
    """
    link, head = "https://www.linkedin.com/feed/update/urn:li:share:7", "Date,ShareLink,ShareCommentary"
    said = {
        'Closed.\n\nWe said "stay home" twice': 'Closed."\n""\n"We said ""stay home"" twice',
        'He said "open"': 'He said "open"',
        "One": "One",
    }
    rows = [["2023-06-01 12:34:56", f"{link}{n}", told] for n, told in enumerate(said.values())]
    shares, rejects = read(
        LINKEDIN, archived(tmp_path / "a.zip", {"Shares.csv": table(head, *rows)}), account("linkedin")
    )
    assert ([share.text for share in shares], rejects) == (list(said), [])
    verse = 'They sang "Snow"\n"Snow" and went'
    rows = [["2023-06-01 12:34:56", f"{link}8", verse], ["2023-06-01 12:34:56", f"{link}9", "Two\nlines"]]
    shares, _ = read(
        LINKEDIN, archived(tmp_path / "b.zip", {"Shares.csv": table(head, *rows)}), account("linkedin")
    )
    assert [share.text for share in shares] == [
        verse,
        "Two\nlines",
    ], "where other lines have no marks, those marks are words"


def test_two_replies_to_one_comment_on_linkedin_are_two_records(tmp_path: Path) -> None:
    """Their links name the comment first: they became versions of it, and of each other."""
    comment = "https://www.linkedin.com/feed/update/urn:li:activity:70?commentUrn=urn%3Ali%3Acomment%3A%28activity%3A70%2C71%29"
    links = [
        comment,
        *(f"{comment}&replyUrn=urn%3Ali%3Acomment%3A%28activity%3A70%2C{n}%29" for n in (72, 73)),
    ]
    rows = [[f"2023-06-01 12:34:5{n}", link, f"Said {n}"] for n, link in enumerate(links)]
    found, _ = read(
        LINKEDIN,
        archived(tmp_path / "a.zip", {"Comments.csv": table("Date,Link,Message", *rows)}),
        account("linkedin"),
    )
    above, post = "linkedin:urn:li:comment:(activity:70,71)", "linkedin:urn:li:activity:70"
    replies = [(above.replace("71", number), "reply", above) for number in ("72", "73")]
    assert [(one.record_id, one.kind, one.parent_id) for one in found] == [(above, "comment", post), *replies]
    assert {one.root_id for one in found} == {post}


def test_words_behind_a_comma_that_nobody_quoted_are_told(tmp_path: Path) -> None:
    said = ("Open,", "We close, at noon, not at one")
    made = "\n".join(
        [
            HEADER,
            *(f"Ugx{n},{CHANNEL},2023-06-01T12:34:56+00:00,,,,v1,{text}" for n, text in enumerate(said)),
            "",
        ]
    )
    records, [reject] = read(TAKEOUT, archived(tmp_path / "a.zip", {"Takeout/comments.csv": made}), TUBE)
    assert [r.text for r in records] == ["Open"]
    assert (reject.place, reject.reason) == (
        "line 3 of Takeout/comments.csv",
        "it has 10 cells, but the table has 9 columns",
    )
    comments = (
        "Date,Link,Message\n2023-06-01 12:34:56,https://www.linkedin.com/feed/update/urn:li:activity:7,Noon,"
        " not one\n"
    )
    records, [reject] = read(
        LINKEDIN,
        archived(tmp_path / "b.zip", {"Comments.csv": comments}),
        account("linkedin", "https://www.linkedin.com/in/x"),
    )
    assert (records, reject.place) == ([], "line 2 of Comments.csv")
