"""What is read from Threads' answers: replies that are hidden or held, people, attachments, edits, single saved bodies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange, Record, version_of
from recordroom.platforms import threads
from tests.platforms.loom import AMY, ME, SIGNED, US, Loom, records_of
from tests.platforms.wall import at

FIXTURES = Path(__file__).parent / "threads"


def test_a_parent_that_was_deleted_leaves_a_reply_without_one(loom: Loom) -> None:
    loom.gone = {"101"}
    del loom.posts["102"]["replied_to"]
    reply = records_of(loom)["102"]
    assert (reply.kind, reply.parent_id, reply.root_id) == ("reply", None, "threads:1")


@pytest.mark.parametrize(
    ("told", "status", "by"),
    [
        ("NOT_HUSHED", "visible", None),
        ("UNHUSHED", "visible", None),
        ("HIDDEN", "hidden", None),
        ("BLOCKED", "hidden", None),
        ("RESTRICTED", "hidden", None),
        ("COVERED", "hidden", None),
    ],
)
def test_hidden_replies_stay_in_the_list_and_say_so(loom: Loom, told: str, status: str, by: str | None) -> None:
    loom.posts["101"]["hide_status"] = told
    reply = records_of(loom)["101"]
    assert (reply.status, reply.acted_by, reply.leftover) == (status, by, ())
    assert (reply.status_reason is None) == (status == "visible")
    loom.posts["101"]["hide_status"] = "SNOWED_IN"
    assert records_of(loom)["101"].leftover == ("hide_status.SNOWED_IN",)


def test_replies_that_wait_for_approval_are_held_and_those_that_were_ignored_hidden(loom: Loom) -> None:
    waits, ignored = loom.hold("1", 110), loom.hold("1", 111, "ignored")
    found = records_of(loom)
    assert [(found[n].status, found[n].acted_by, found[n].kind, found[n].parent_id) for n in (waits, ignored)] == [
        ("held", "agency", "comment", "threads:1"),
        ("hidden", "agency", "comment", "threads:1"),
    ]


def test_a_ghost_post_that_is_archived_is_no_removal(loom: Loom) -> None:
    before = records_of(loom)["4"]
    loom.posts["4"]["ghost_post_status"] = "ARCHIVED"
    after = records_of(loom)["4"]
    assert (before.status, after.status, after.acted_by, version_of(before)) == ("visible", "hidden", "platform", version_of(after))


def test_private_people_have_no_name(loom: Loom) -> None:
    del loom.posts["101"]["username"], loom.posts["101"]["permalink"]
    reply = records_of(loom)["101"]
    assert (reply.author_handle, reply.author_is_account, reply.url) == (None, False, None)


def test_polls_long_texts_links_and_pictures_that_move_are_read(loom: Loom) -> None:
    poll = {"option_a": "Long", "option_b": "Short", "option_a_votes_percentage": 0.4, "option_b_votes_percentage": 0.6, "total_votes": 10}
    loom.post(5, text="Which?", poll_attachment=poll, link_attachment_url="https://a.example/")
    loom.post(6, text="Read:", text_attachment={"plaintext": "A night on Route 9.", "link_attachment_url": "https://b.example/"})
    loom.post(7, text="Snow!", gif_url="https://media.example/snow.gif")
    found = records_of(loom)
    assert (found["5"].text, found["5"].links) == ("Which?\n\nLong\nShort", ["https://a.example/"])
    assert (found["6"].text, found["6"].links) == ("Read:\n\nA night on Route 9.", ["https://b.example/"])
    assert [(m.identity, m.url) for m in found["7"].media] == [("7/gif", "https://media.example/snow.gif")]
    poll |= {"option_a_votes_percentage": 0.9, "total_votes": 11}
    assert version_of(records_of(loom)["5"]) == version_of(found["5"]), "votes are no edit"


def test_polls_of_replies_and_mentions_and_long_texts_of_mentions_are_read(loom: Loom) -> None:
    poll = {"option_a": "Keep it", "option_b": "Close it", "total_votes": 3}
    public, own = loom.reply("1", 120), loom.reply("1", 121, US)
    waits, mention, long = loom.hold("1", 122), loom.post(8, into="mentions", by=AMY), loom.post(9, into="mentions", by=AMY)
    for native in (public, own, waits, mention):
        loom.posts[native] |= {"text": "The pool?", "poll_attachment": poll}
    loom.posts[long]["text_attachment"] = {"plaintext": "All that is wrong with Route 9."}
    found = records_of(loom)
    assert {found[native].text for native in (public, own, waits, mention)} == {"The pool?\n\nKeep it\nClose it"}
    assert found[long].text == "post 9\n\nAll that is wrong with Route 9."


def test_a_repost_of_what_is_gone_lacks_no_picture(loom: Loom) -> None:
    loom.posts["3"] |= {"reposted_post": None, "media_url": None}
    repost = records_of(loom)["3"]
    assert (repost.kind, repost.text, repost.media, repost.shared_id, repost.counts) == ("post", "", [], None, None)


def test_a_new_signature_makes_no_other_picture(loom: Loom) -> None:
    loom.post(5, media_type="IMAGE", media_url=SIGNED.format(5), alt_text="A bus")
    loom.post(6, media_type="CAROUSEL_ALBUM", children={"data": [{"id": "61", "media_type": "IMAGE", "media_url": SIGNED.format(6)}]})
    loom.post(7, media_type="VIDEO", media_url="https://v.example/7.mp4?oh=1", thumbnail_url=SIGNED.format(7))
    before = records_of(loom)
    loom.posts = json.loads(json.dumps(loom.posts).replace("oh=1", "oh=2"))
    after = records_of(loom)
    assert {n: version_of(r) for n, r in before.items()} == {n: version_of(r) for n, r in after.items()}
    assert [(m.identity, m.type, m.alt_text) for n in "567" for m in after[n].media] == [
        ("5", "image", "A bus"),
        ("61", "image", None),
        ("7", "video", None),
        ("7/thumbnail", "image", None),
    ]
    del loom.posts["7"]["media_url"]
    assert records_of(loom)["7"].media[0].missing_reason
    assert version_of(records_of(loom)["7"]) == version_of(before["7"])


def test_an_edit_is_told_by_content_alone(loom: Loom) -> None:
    before = records_of(loom)["1"]
    loom.reply("1", 160)
    after = records_of(loom)["1"]
    assert (version_of(before), before.edited_at, before.valid_from) == (version_of(after), None, None)
    loom.posts["1"]["text"] = "corrected"
    assert version_of(records_of(loom)["1"]) != version_of(before)


# -- parse ------------------------------------------------------------------------------------------------------------------------

SHAPE = json.loads((FIXTURES / "ordinary.json").read_text())["body"]["data"][0]


def parsed(body: Any, **context: Any) -> list[Record]:
    return list(threads.parse(Exchange("GET", "https://graph.threads.net/v1.0/x", 200, (), json.dumps(body).encode(), context)))


def test_a_saved_body_tells_what_it_is() -> None:
    def kinds(body: Any, url: str | None = None) -> list[str]:
        return [r.kind for r in threads.parse(threads.saved(orjson.dumps(body), url, None))]

    bare = {"id": "1", "text": "x", "timestamp": at(1)}
    assert kinds(bare) == kinds({"data": [bare]}) == ["post"]
    reply = bare | {"is_reply": True, "root_post": {"id": "2"}, "replied_to": {"id": "2"}}
    assert kinds(reply) == kinds({"data": [reply]}, "https://graph.threads.net/v1.0/2/conversation?x=1") == ["comment"]
    assert kinds(reply | {"replied_to": {"id": "3"}}) == ["reply"]
    assert kinds({"data": [bare]}, "https://graph.threads.net/v1.0/me/mentions") == ["comment"]
    assert kinds({"id": "1", "username": "a", "threads_biography": "b"}) == ["profile"]


def test_what_nobody_decided_about_is_reported() -> None:
    [post] = parsed(SHAPE | {"mood": "sunny", "owner": {"id": ME, "shoe_size": 44}}, account=ME, edge="threads")
    assert post.leftover == ("mood", "owner.shoe_size")


def test_words_that_come_under_another_name_are_no_edit() -> None:
    renamed = {n: v for n, v in SHAPE.items() if n != "text"} | {"words": SHAPE["text"]}
    with pytest.raises(UnexpectedResponse, match=r"text must be there, or no unknown field beside it \(words\)"):
        parsed(renamed, account=ME, edge="threads")
    with pytest.raises(UnexpectedResponse, match="timestamp"):
        parsed({n: v for n, v in SHAPE.items() if n != "timestamp"}, account=ME, edge="threads")
