"""What is read in Mastodon's answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordroom.model import version_of
from recordroom.platforms import Known, Window, mastodon
from recordroom.platforms.markup import read
from recordroom.platforms.mastodon.content import words_and_links
from tests.platforms.instance import AMY, DISTRICT, SERVER, SHAPE, START, Instance, record_id, records_of
from tests.platforms.scripted import Chosen, Scripted

_PIECES = ["<p>", "</p>", "</p><p>", "<br>", "<br />", " ", "\n", "a", "b&amp;", "&lt;", "&nbsp;", "&#10;", "<b>", "é", "<", ">", "&quot"]


def test_histories_give_each_state_its_time_and_the_last_is_the_live_one() -> None:
    instance = Instance()
    edited = datetime(2026, 11, 20, tzinfo=UTC)
    instance.add(1, edited_at=edited.isoformat())
    instance.add(2, AMY, 1, edited_at=edited.isoformat())
    states = [r for e in mastodon.fetch(DISTRICT, Window("full"), Scripted(instance)) for r in mastodon.parse(e) if r.kind != "profile"]
    for number in (1, 2):
        live = next(r for r in states if r.record_id == record_id(number) and not r.historical)
        first, last = (r for r in states if r.record_id == record_id(number) and r.historical)
        assert (version_of(last), last.valid_from) == (version_of(live), live.valid_from) == (version_of(live), edited)
        assert (first.text, first.valid_from) == ("as it was first", live.published_at)
        assert (first.kind, first.parent_id, first.root_id) == (live.kind, live.parent_id, live.root_id)


class Captured(Chosen):
    """A Plan of conversations that are held as they were captured at that time; None: not at all."""

    at: datetime | None = None

    def known(self, record_id: str, *, anywhere: bool = False) -> Known | None:
        assert anywhere
        return Known(record_id, record_id, "comment", captured=self.at) if self.at else None


def test_histories_are_asked_for_of_what_was_edited_since_or_not_held_then() -> None:
    instance, plan = Instance(), Captured(lambda _: True)
    edited = datetime(2026, 11, 20, tzinfo=UTC)
    instance.add(1, edited_at=edited.isoformat())
    instance.add(2, AMY, 1, edited_at=edited.isoformat())
    late, hour = edited + timedelta(days=2), timedelta(hours=1)
    for since, plan.at, asked in ((edited - hour, edited, 2), (late, late - hour, 0), (late, late + hour, 2), (late, None, 2)):
        client = Scripted(instance)
        records_of(client, Window("recent", since=START, changed_since=since, plan=plan))
        assert sum("/history" in u for u in client.asked) == asked


def test_numbers_as_ids_are_the_same_as_text() -> None:
    numbers = json.loads(json.dumps(SHAPE)) | {"id": 115}
    numbers["account"] |= {"id": 7}
    found = list(mastodon.parse(mastodon.saved(orjson.dumps([numbers]), None, SERVER)))
    assert (found[0].record_id, found[0].author_id) == (record_id(115), "7")


def test_what_nobody_decided_about_is_reported() -> None:
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
        ([("1", "0")], ("reply", "reply"), None),  # the head of the conversation is gone
    ],
)
def test_a_saved_context_tells_what_it_was_asked_for(
    url: str | None, above: list[tuple[str, str | None]], kinds: tuple[str, str], root: str | None
) -> None:
    def status(native: str, parent: str | None) -> dict[str, Any]:
        made: dict[str, Any] = SHAPE | {"id": native, "in_reply_to_id": parent, "in_reply_to_account_id": parent and "77"}
        return made

    body = {"ancestors": [status(*one) for one in above], "descendants": [status("3", "2"), status("4", "3")]}
    found = list(mastodon.parse(mastodon.saved(orjson.dumps(body), url, SERVER)))
    assert tuple(r.kind for r in found) == kinds
    assert {r.root_id for r in found} == {root and f"mastodon:{SERVER}/statuses/{root}"}
    assert [r.parent_id for r in found] == [f"mastodon:{SERVER}/statuses/{n}" for n in (2, 3)]


@settings(max_examples=1500, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=10).map("".join))
def test_the_quick_reader_reads_what_the_careful_one_reads(inner: str) -> None:
    for html in (inner, f"<p>{inner}</p>"):
        careful = read(html)
        assert words_and_links(html) == (careful.text, careful.links)


def test_names_and_tags_are_no_links() -> None:
    link = '<a href="https://fircrest.example/?a=1&amp;b=2">x</a> <a href="https://m.example/@b" class="u-url mention">@<span>b</span></a>'
    plain = (
        '<a href="https://fircrest.example/">x</a> <a href="https://m.example/tags/c" class="mention hashtag" rel="tag">#<span>c</span></a>'
    )
    assert words_and_links(f"<p>{link}</p>") == ("x @b", ["https://fircrest.example/?a=1&b=2"])
    assert words_and_links(f"<p>{plain}</p>") == ("x #c", ["https://fircrest.example/"])
