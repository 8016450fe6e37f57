"""Records from Threads' responses.

The cases are replies that are hidden or await approval, people, attachments, edits, and saved bodies.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from infra.sandbox.model import Poll, Video
from recordroom.canonical import version_of
from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange, Record
from recordroom.platforms import threads
from tests.fault_transport import Answer, rewrite_json
from tests.platforms.contract.sandbox import START, Sandbox, marked
from tests.platforms.threads.test_walk import natives, open_talk

PLATFORM = "threads"
FIXTURES = Path(__file__).parent
ME = "25000000000000001"
AT = "2026-11-01T01:00:00+0000"


def telling(native: str, **more: Any) -> Answer:
    """Let Threads give these fields of this ID in every list; a None field is left out."""

    def change(body: Any) -> Any:
        for one in body.get("data", ()):
            if one.get("id") == native:
                one.update(more)
                for name in [name for name, value in more.items() if value is None]:
                    del one[name]
        return body

    return rewrite_json(change)


def test_a_parent_that_was_deleted_leaves_a_reply_without_one(sandbox: Sandbox) -> None:
    talk = open_talk(sandbox)
    sandbox.network.remove(talk.comment)
    reply = natives(sandbox)[sandbox.named(talk.ours)]
    assert (reply.kind, reply.parent_id, reply.root_id) == (
        "reply",
        None,
        f"threads:{sandbox.named(talk.first)}",
    )


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
def test_hidden_replies_stay_in_the_list_and_say_so(
    sandbox: Sandbox, told: str, status: str, by: str | None
) -> None:
    native = sandbox.named(open_talk(sandbox).comment)
    with sandbox.transport.meanwhile("/conversation", telling(native, hide_status=told)):
        reply = natives(sandbox)[native]
    assert (reply.status, reply.acted_by, reply.leftover) == (status, by, ())
    assert (reply.status_reason is None) == (status == "visible")
    with sandbox.transport.meanwhile("/conversation", telling(native, hide_status="SNOWED_IN")):
        assert natives(sandbox)[native].leftover == ("hide_status.SNOWED_IN",)


def test_replies_that_wait_for_approval_are_held_and_those_that_were_ignored_hidden(sandbox: Sandbox) -> None:
    post = sandbox.publish()
    waits, ignored = (sandbox.named(sandbox.network.hold(sandbox.comment(post))) for _ in range(2))
    with sandbox.transport.meanwhile("/pending_replies", telling(ignored, reply_approval_status="ignored")):
        found = natives(sandbox)
    root = f"threads:{sandbox.named(post)}"
    assert [
        (found[n].status, found[n].acted_by, found[n].kind, found[n].parent_id) for n in (waits, ignored)
    ] == [
        ("held", "agency", "comment", root),
        ("hidden", "agency", "comment", root),
    ]


def test_a_ghost_post_that_is_archived_is_no_removal(sandbox: Sandbox) -> None:
    native = sandbox.named(sandbox.publish(days=0.1, ghost=True))
    before = natives(sandbox)[native]
    sandbox.network.wait(hours=25)
    after = natives(sandbox)[native]
    assert (before.status, after.status, after.acted_by, version_of(before)) == (
        "visible",
        "hidden",
        "platform",
        version_of(after),
    )


def test_private_people_have_no_name(sandbox: Sandbox) -> None:
    native = sandbox.named(open_talk(sandbox).comment)
    sandbox.network.unpublish(sandbox.others[0])
    reply = natives(sandbox)[native]
    assert (reply.author_handle, reply.author_is_account, reply.url) == (None, False, None)


def test_polls_long_texts_links_and_pictures_that_move_are_read(sandbox: Sandbox) -> None:
    ends = START + timedelta(days=1)
    asked = sandbox.publish(
        words="Which?", poll=Poll(["Long", "Short"], [4, 6], ends), link="https://a.example/"
    )
    long = sandbox.publish(words="Read:", attached="A night on Route 9.")
    moving = sandbox.publish(words="Snow!", gif="https://media.example/snow.gif")
    attachment = {"plaintext": "A night on Route 9.", "link_attachment_url": "https://b.example/"}
    with sandbox.transport.meanwhile("/threads?", telling(sandbox.named(long), text_attachment=attachment)):
        found = natives(sandbox)
        poll, read, snow = (found[sandbox.named(post)] for post in (asked, long, moving))
        assert (poll.text, poll.links) == ("Which?\n\nLong\nShort", ["https://a.example/"])
        assert (read.text, read.links) == ("Read:\n\nA night on Route 9.", ["https://b.example/"])
        assert [(m.identity, m.url) for m in snow.media] == [
            (f"{sandbox.named(moving)}/gif", f"http://graph.test/gifs/{moving.number}.gif")
        ]
        asked.poll = Poll(["Long", "Short"], [5, 6], ends)
        assert version_of(natives(sandbox)[sandbox.named(asked)]) == version_of(poll), "votes are no edit"


def test_polls_of_replies_and_mentions_and_long_texts_of_mentions_are_read(sandbox: Sandbox) -> None:
    post, network = sandbox.publish(days=5), sandbox.network
    public, own, waits = sandbox.comment(post), sandbox.comment(post, sandbox.us), sandbox.comment(post)
    network.hold(waits)
    mention, long = (
        network.publish(sandbox.others[0], f"The pool, @district? {word}", at=START - timedelta(days=2))
        for word in "ab"
    )
    for one in (public, own, waits, mention):
        one.poll = Poll(["Keep it", "Close it"], [1, 2], START + timedelta(days=1))
    long.attached = "All that is wrong with Route 9."
    found = natives(sandbox)
    assert {found[sandbox.named(one)].text for one in (public, own, waits, mention)} == {
        f"{one.now.text}\n\nKeep it\nClose it" for one in (public, own, waits, mention)
    }
    assert found[sandbox.named(long)].text == f"{long.now.text}\n\nAll that is wrong with Route 9."


def test_a_repost_of_what_is_gone_lacks_no_picture(sandbox: Sandbox) -> None:
    talk = open_talk(sandbox)
    sandbox.network.remove(talk.shared)
    repost = natives(sandbox)[sandbox.named(talk.repost)]
    assert (repost.kind, repost.text, repost.media, repost.shared_id, repost.counts) == (
        "post",
        "",
        [],
        None,
        None,
    )


def test_a_new_signature_makes_no_other_picture(sandbox: Sandbox) -> None:
    photos = [sandbox.network.photo("threads", alt) for alt in ("A bus", "Ice", "Snow")]
    one, several = sandbox.publish(photos=photos[:1]), sandbox.publish(photos=photos[1:])
    film = sandbox.publish(video=Video(5))
    before = natives(sandbox)
    sandbox.network.wait(hours=30)
    after = natives(sandbox)
    assert {n: version_of(r) for n, r in before.items()} == {n: version_of(r) for n, r in after.items()}
    names = [sandbox.named(post) for post in (one, several, film)]
    assert [m.url for n in names for m in before[n].media] != [m.url for n in names for m in after[n].media]
    assert [(m.type, m.alt_text) for n in names for m in after[n].media] == [
        ("image", "A bus"),
        ("image", "Ice"),
        ("image", "Snow"),
        ("video", None),
        ("image", None),
    ]
    assert [m.identity for m in after[names[2]].media] == [names[2], f"{names[2]}/thumbnail"]
    with sandbox.transport.meanwhile("/threads?", telling(names[2], media_url=None)):
        silent = natives(sandbox)[names[2]]
    assert silent.media[0].missing_reason
    assert version_of(silent) == version_of(before[names[2]])


def test_a_new_reply_is_no_edit(sandbox: Sandbox) -> None:
    post = sandbox.publish()
    before = marked(sandbox.read().values())[post.now.text]
    sandbox.comment(post)
    after = marked(sandbox.read().values())[post.now.text]
    assert (version_of(before), before.edited_at, before.valid_from) == (version_of(after), None, None)


# -- parse
# ------------------------------------------------------------------------------------------------------------

SHAPE = json.loads((FIXTURES / "ordinary.json").read_text())["body"]["data"][0]


def parsed(body: Any, **context: Any) -> list[Record]:
    return list(
        threads.parse(
            Exchange("GET", "https://graph.threads.net/v1.0/x", 200, (), json.dumps(body).encode(), context)
        )
    )


def test_a_saved_body_tells_what_it_is() -> None:
    def kinds(body: Any, url: str | None = None) -> list[str]:
        return [r.kind for r in threads.parse(threads.saved(orjson.dumps(body), url, None))]

    bare = {"id": "1", "text": "x", "timestamp": AT}
    assert kinds(bare) == kinds({"data": [bare]}) == ["post"]
    reply = bare | {"is_reply": True, "root_post": {"id": "2"}, "replied_to": {"id": "2"}}
    assert (
        kinds(reply)
        == kinds({"data": [reply]}, "https://graph.threads.net/v1.0/2/conversation?x=1")
        == ["comment"]
    )
    assert kinds(reply | {"replied_to": {"id": "3"}}) == ["reply"]
    assert kinds({"data": [bare]}, "https://graph.threads.net/v1.0/me/mentions") == ["comment"]
    assert kinds({"id": "1", "username": "a", "threads_biography": "b"}) == ["profile"]


def test_what_nobody_decided_about_is_reported() -> None:
    [post] = parsed(
        SHAPE | {"mood": "sunny", "owner": {"id": ME, "shoe_size": 44}}, account=ME, edge="threads"
    )
    assert post.leftover == ("mood", "owner.shoe_size")


def test_words_that_come_under_another_name_are_no_edit() -> None:
    renamed = {n: v for n, v in SHAPE.items() if n != "text"} | {"words": SHAPE["text"]}
    with pytest.raises(
        UnexpectedResponse, match=r"text must be present, or no unknown field with it \(words\)"
    ):
        parsed(renamed, account=ME, edge="threads")
    with pytest.raises(UnexpectedResponse, match="timestamp"):
        parsed({n: v for n, v in SHAPE.items() if n != "timestamp"}, account=ME, edge="threads")
