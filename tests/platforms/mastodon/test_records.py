"""Records from responses of a Mastodon instance."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordroom.canonical import version_of
from recordroom.platforms import mastodon
from recordroom.platforms.contract import KnownRecord, Window
from recordroom.platforms.html_text import read_html
from recordroom.platforms.mastodon.content import split_html
from tests.platforms.contract.sandbox import START, Sandbox
from tests.platforms.mastodon.account import SHAPE, SINCE, named_in, record_id
from tests.platforms.scripted import Chosen

PLATFORM = "mastodon"
SERVER = "schools.example"
_PIECES = [
    "<p>",
    "</p>",
    "</p><p>",
    "<br>",
    "<br />",
    " ",
    "\n",
    "a",
    "b&amp;",
    "&lt;",
    "&nbsp;",
    "&#10;",
    "<b>",
    "é",
    "<",
    ">",
    "&quot",
]


def test_history_has_the_time_of_each_state_and_ends_with_the_present_one(sandbox: Sandbox) -> None:
    top = sandbox.publish(days=3)
    posts = [top, sandbox.comment(top)]
    first = [post.now.text for post in posts]
    edited = [sandbox.network.edit(post, f"Edited {number}").changed for number, post in enumerate(posts)]
    records = [r for exchange in sandbox.fetch() for r in mastodon.parse(exchange) if r.kind != "profile"]
    for post, text, at in zip(posts, first, edited, strict=True):
        states = [r for r in records if r.record_id == record_id(sandbox, post)]
        live = next(r for r in states if not r.historical)
        old, last = (r for r in states if r.historical)
        assert (
            (version_of(last), last.valid_from)
            == (version_of(live), live.valid_from)
            == (version_of(live), at)
        )
        assert (old.text, old.valid_from) == (text, live.published_at)
        assert (old.kind, old.parent_id, old.root_id) == (live.kind, live.parent_id, live.root_id)


def test_boost_of_a_status_edited_before_is_no_edit(sandbox: Sandbox) -> None:
    theirs = sandbox.network.publish(sandbox.others[0], "Theirs", at=START - timedelta(days=3))
    sandbox.network.edit(theirs, "Theirs, edited", at=START - timedelta(days=2))
    boost = sandbox.network.repost(sandbox.us, theirs, at=START - timedelta(days=1))
    record = sandbox.read()[record_id(sandbox, boost)]
    assert (record.published_at, record.edited_at) == (boost.created, None)


class Captured(Chosen):
    """A plan of conversations that were captured at that time; None: never."""

    at: datetime | None = None

    def find_known(self, record_id: str, *, anywhere: bool = False) -> KnownRecord | None:
        assert anywhere
        return KnownRecord(record_id, record_id, "comment", captured=self.at) if self.at else None


def test_histories_are_requested_of_statuses_edited_since_the_last_capture(sandbox: Sandbox) -> None:
    plan, edited = Captured(lambda _: True), START - timedelta(days=5)
    top = sandbox.publish(days=9)
    for post in (top, sandbox.comment(top)):
        sandbox.network.edit(post, "Edited", at=edited)
    late, hour = edited + timedelta(days=2), timedelta(hours=1)
    for since, plan.at, asked in (
        (edited - hour, edited, 2),
        (late, late - hour, 0),
        (late, late + hour, 2),
        (late, None, 2),
    ):
        sandbox.transport.asked.clear()
        sandbox.fetch(Window("recent", since=SINCE, changed_since=since, plan=plan))
        assert len(named_in(sandbox, "history")) == asked


def test_ids_that_are_numbers_are_read_as_text() -> None:
    numbers = json.loads(json.dumps(SHAPE)) | {"id": 115}
    numbers["account"] |= {"id": 7}
    found = list(mastodon.parse(mastodon.saved(orjson.dumps([numbers]), None, SERVER)))
    assert (found[0].record_id, found[0].author_id) == (f"mastodon:{SERVER}/statuses/115", "7")


def test_unknown_fields_of_a_saved_status_are_reported() -> None:
    more = SHAPE | {"mood": "sunny", "account": SHAPE["account"] | {"shoe_size": 44}}
    found = list(mastodon.parse(mastodon.saved(orjson.dumps(more), None, None)))
    assert found[0].leftover == ("mood", "account.shoe_size")
    assert found[0].record_id == f"mastodon:{SERVER}/statuses/{SHAPE['id']}"


@pytest.mark.parametrize("url", ["https://social.example/api/v1/statuses/2/context", None])
@pytest.mark.parametrize(
    ("above", "kinds", "root"),
    [
        ([], ("comment", "reply"), "2"),
        ([("1", None)], ("reply", "reply"), "1"),
        ([("0", None), ("1", "0")], ("reply", "reply"), "0"),
        ([("1", "0")], ("reply", "reply"), None),  # the root post of the conversation is removed
    ],
)
def test_saved_context_names_its_conversation(
    url: str | None, above: list[tuple[str, str | None]], kinds: tuple[str, str], root: str | None
) -> None:
    def status(native: str, parent: str | None) -> dict[str, Any]:
        made: dict[str, Any] = SHAPE | {
            "id": native,
            "in_reply_to_id": parent,
            "in_reply_to_account_id": parent and "77",
        }
        return made

    body = {"ancestors": [status(*one) for one in above], "descendants": [status("3", "2"), status("4", "3")]}
    found = list(mastodon.parse(mastodon.saved(orjson.dumps(body), url, SERVER)))
    assert tuple(r.kind for r in found) == kinds
    assert {r.root_id for r in found} == {root and f"mastodon:{SERVER}/statuses/{root}"}
    assert [r.parent_id for r in found] == [f"mastodon:{SERVER}/statuses/{n}" for n in (2, 3)]


@settings(max_examples=1500, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=10).map("".join))
def test_quick_markup_reader_agrees_with_the_careful_one(inner: str) -> None:
    for html in (inner, f"<p>{inner}</p>"):
        careful = read_html(html)
        assert split_html(html) == (careful.text, careful.links)


def test_mentions_and_hashtags_are_no_links() -> None:
    link = (
        '<a href="https://fircrest.example/?a=1&amp;b=2">x</a> <a href="https://m.example/@b" class="u-url'
        ' mention">@<span>b</span></a>'
    )
    plain = (
        '<a href="https://fircrest.example/">x</a> <a href="https://m.example/tags/c" class="mention hashtag"'
        ' rel="tag">#<span>c</span></a>'
    )
    assert split_html(f"<p>{link}</p>") == ("x @b", ["https://fircrest.example/?a=1&b=2"])
    assert split_html(f"<p>{plain}</p>") == ("x #c", ["https://fircrest.example/"])
