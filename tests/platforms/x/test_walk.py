"""Requests to X: conversations that are searched, parents of replies, and versions of a post."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from infra.sandbox.faces.x.access import history, media_key
from infra.sandbox.model import Poll, Post
from recordroom.model import Absence, Exchange, Record
from recordroom.platforms import x
from recordroom.platforms.contract import Window
from recordroom.platforms.x import conversations
from tests.fault_transport import Answer as Rule
from tests.fault_transport import RecordedTransport, rewrite_json
from tests.platforms.contract.sandbox import START, PagedTransport, Sandbox
from tests.platforms.contract.test_lookup import known
from tests.platforms.scripted import Chosen

PLATFORM = "x"
PROBLEMS = "https://api.x.com/2/problems"


def problem(sort: str, native: str = "", detail: str = "It failed.") -> dict[str, Any]:
    """Return one of the errors of a response, about one item or about none."""
    named = {"resource_id": native, "value": native} if native else {}
    return {"type": f"{PROBLEMS}/{sort}", "title": "x", "detail": detail, **named}


def sign_in(sandbox: Sandbox, *scopes: str) -> None:
    """Let the token be the account's own, which may not search the archive."""
    [token] = sandbox.network.tokens
    token.account, token.scopes = sandbox.us, ["tweet.read", "users.read", *scopes]


def use_app(sandbox: Sandbox) -> None:
    """Let the token be the app's again, which may search the archive."""
    [token] = sandbox.network.tokens
    token.account, token.scopes = "", []


def reply(sandbox: Sandbox, days: float, who: int | str, parent: Post) -> Post:
    return sandbox.comment(parent, who, at=START - timedelta(days=days))


def publish_theirs(
    sandbox: Sandbox, days: float, who: int = 1, words: str = "Elsewhere", **more: Any
) -> Post:
    return sandbox.network.publish(sandbox.others[who], words, at=START - timedelta(days=days), **more)


def first_id(post: Post) -> str:
    """Return the ID of a post's first version."""
    return history(post)[0]


def ids_of(posts: Iterable[Post]) -> set[str]:
    return set(map(first_id, posts))


def natives(sandbox: Sandbox, exchanges: Iterable[Exchange]) -> dict[str, Record]:
    """Return the newest version of each post, by its ID."""
    found = sandbox.parse(exchanges).values()
    return {record.native_id: record for record in found if record.kind != "profile"}


def read(sandbox: Sandbox, window: Window | None = None) -> dict[str, Record]:
    return natives(sandbox, sandbox.fetch(window))


def short(exchanges: list[Exchange]) -> str:
    return str(exchanges[-1].context.get("short", ""))


def lose(*lost: str, sort: str = "internal-error") -> Rule:
    """Return the platform's response without these posts, with a problem for each that was requested."""

    def answer(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        asked = [native for native in request.url.params.get("ids", "").split(",") if native in lost]

        def change(body: Any) -> Any:
            body["data"] = [one for one in body.get("data", ()) if one["id"] not in lost]
            kept = [one for one in body.get("errors", ()) if one.get("value") not in lost]
            body["errors"] = [*kept, *(problem(sort, native, f"of {native}") for native in asked)]
            return {name: value for name, value in body.items() if value != []}

        return rewrite_json(change)(request, real)

    return answer


def hide(*hidden: str) -> Rule:
    """Return the platform's response without these posts.

    People can leave a name out of a reply, which those of the sandbox never do.
    """

    def change(body: Any) -> Any:
        return body | {"data": [one for one in body.get("data", ()) if one["id"] not in hidden]}

    return rewrite_json(change)


def searches(sandbox: Sandbox) -> list[str]:
    """Return the queries so far for conversations, one for each page."""
    queries = [parse_qs(urlsplit(url).query).get("query", [""])[0] for url in sandbox.transport.asked]
    return [query for query in queries if query.startswith("conversation_id:")]


@pytest.mark.parametrize(("archive", "longest", "expected"), [(True, 1_024, 1), (False, 512, 2)])
def test_conversations_are_searched_together(
    sandbox: Sandbox, archive: bool, longest: int, expected: int
) -> None:
    heads = [sandbox.publish(days=2 + number / 24) for number in range(30)]
    for head in heads[:25]:
        reply(sandbox, 1, 0, head)
    if not archive:
        sign_in(sandbox)
    found = read(sandbox)
    assert len(found) == 55
    assert {r.counts["comments"] for r in found.values() if r.kind == "post" and r.counts} == {0, 1}
    asked = searches(sandbox)
    assert len(asked) == expected
    assert all(len(query) <= longest for query in asked)


@dataclass
class RenamedTransport(httpx.BaseTransport):
    """The platform with other words in place of some: IDs from before IDs contained a time."""

    real: httpx.BaseTransport
    words: dict[str, str]  # words of the sandbox -> words that the connector sees

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = str(request.url)
        for ours, theirs in self.words.items():
            url = url.replace(theirs, ours)
        response = self.real.handle_request(httpx.Request(request.method, url, headers=request.headers))
        body = response.read().decode()
        for ours, theirs in self.words.items():
            body = body.replace(ours, theirs)
        return httpx.Response(
            response.status_code, headers={"content-type": "application/json"}, content=body.encode()
        )


def test_conversation_from_before_ids_held_a_time_is_searched_from_its_beginning(sandbox: Sandbox) -> None:
    """Until November 2010 IDs were consecutive numbers."""
    post = sandbox.publish(days=(START - datetime(2010, 12, 1, 10, tzinfo=UTC)) / timedelta(days=1))
    comment = sandbox.comment(post)
    below = sandbox.comment(comment, 1)
    names = {first_id(one): f"5000000{number}00" for number, one in enumerate((post, comment, below))}
    transport = sandbox.transport
    transport.real = RenamedTransport(transport.real, {**names, "2010-12-01T10": "2009-10-20T10"})
    found = read(sandbox)
    told = [(found[native].kind, f"{found[native].published_at:%Y}") for native in names.values()]
    assert told == [("post", "2009"), ("comment", "2009"), ("reply", "2009")]


def test_as_many_conversations_are_searched_together_as_fill_their_pages(sandbox: Sandbox) -> None:
    sign_in(sandbox)
    for number in range(24):
        head = sandbox.publish(days=2 + number / 24)
        for _ in range(24):
            reply(sandbox, 1, 0, head)
    assert len(read(sandbox)) == 24 * 25
    assert [query.count("conversation_id:") for query in searches(sandbox)] == [12] * 6, (
        "three full pages each"
    )


def test_search_resumes_with_the_conversations_that_it_began_with(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversations, "ARCHIVE_PAGE", 50)
    for number in range(7):
        head = sandbox.publish(days=2 + number / 24)
        for _ in range(9):
            reply(sandbox, 1, 0, head)
    sandbox.transport.real = RecordedTransport(PagedTransport(sandbox.transport.real, "max_results", 10))
    whole = sandbox.fetch()
    asked = searches(sandbox)
    began = [
        place for place, page in enumerate(whole, 1) if json.loads(page.cursor or "{}").get("search_page")
    ]
    assert len(began) == 5, "of five pages and two, all but the last ones"
    for place in began:
        sandbox.transport.asked.clear()
        rest = sandbox.fetch(Window("full", cursor=whole[place - 1].cursor))
        assert natives(sandbox, [*whole[:place], *rest]).keys() == natives(sandbox, whole).keys()
        assert searches(sandbox) == asked[-len(searches(sandbox)) :]


def test_unwanted_conversations_are_not_searched(sandbox: Sandbox) -> None:
    """tests/platforms/contract/test_plan.py checks the calls of the plan."""
    unwanted, wanted = sandbox.publish(days=2), sandbox.publish(days=1)
    replies = [reply(sandbox, 0.5, 0, post) for post in (unwanted, wanted)]
    found = read(sandbox, Window("full", plan=Chosen(lambda root: root != f"x:{first_id(unwanted)}")))
    assert not [url for url in sandbox.transport.asked if "search" in url and first_id(unwanted) in url]
    assert ids_of(replies) <= set(found), "the mentions have that one, too"
    assert "comments" not in (found[first_id(unwanted)].counts or {})


def test_kinds_and_places_of_who_replies_to_whom(sandbox: Sandbox) -> None:
    us = sandbox.us
    head = sandbox.publish(days=3)
    comment = reply(sandbox, 2, 0, head)
    ours = reply(sandbox, 1.9, us, comment)
    below = reply(sandbox, 1, 1, ours)
    far = publish_theirs(sandbox, 3)
    elsewhere = reply(sandbox, 2, us, far)
    to_us = reply(sandbox, 1, 0, elsewhere)
    deep = reply(sandbox, 0.9, 1, to_us)
    deeper = reply(sandbox, 0.5, us, deep)
    named = publish_theirs(sandbox, 0.5, words="Thanks @district")
    with sandbox.transport.meanwhile("/mentions", hide(first_id(deep))):
        found = read(sandbox)
    assert {native: record.kind for native, record in found.items()} == {
        first_id(head): "post",
        first_id(comment): "comment",
        first_id(ours): "reply",
        first_id(below): "reply",
        first_id(elsewhere): "post",
        first_id(to_us): "comment",
        first_id(deeper): "post",
        first_id(named): "comment",
    }
    places = {native: (record.parent_id, record.root_id) for native, record in found.items()}
    assert places[first_id(below)] == (f"x:{first_id(ours)}", f"x:{first_id(head)}")
    assert places[first_id(deeper)] == (f"x:{first_id(deep)}", f"x:{first_id(far)}")
    assert places[first_id(named)] == (None, f"x:{first_id(named)}")
    assert {native for native, record in found.items() if record.tally == "own"} == ids_of(
        (head, ours, elsewhere, deeper)
    )


def test_window_of_the_last_days(sandbox: Sandbox) -> None:
    old, new = sandbox.publish(days=50), sandbox.publish(days=5)
    late = reply(sandbox, 1, 0, old)
    found = read(sandbox, Window("recent", since=START - timedelta(days=30)))
    assert set(found) == ids_of((new, late))
    record = found[first_id(late)]
    assert (record.kind, record.root_id) == ("comment", f"x:{first_id(old)}")
    assert "comments" not in (record.counts or {}), "its conversation was not searched"
    [search] = [url for url in sandbox.transport.asked if "from%3A" in url]
    assert "max_results=10" in search


def test_files_of_a_repost_come_with_its_original(sandbox: Sandbox) -> None:
    photo = sandbox.network.photo("x", "Snow")
    original = publish_theirs(sandbox, 3, words=f"Our street{', under snow' * 15}", photos=[photo])
    spread = sandbox.network.repost(sandbox.us, original, at=START - timedelta(days=2))
    found = read(sandbox)[first_id(spread)]
    words = (found.text or "").partition(" https://t.co/")[0]
    assert (words, found.shared_id) == (original.now.text, f"x:{first_id(original)}"), (
        "the repost's own text is its beginning"
    )
    assert [(m.identity, m.alt_text) for m in found.media] == [(media_key(original, photo), "Snow")]
    assert found.counts is None


def test_files_and_polls_that_a_response_does_not_describe_are_requested(sandbox: Sandbox) -> None:
    """The image belonged to a version that was replaced before the first capture; the poll is in a repost."""
    network = sandbox.network
    photos = [network.photo("x", f"Map {number}") for number in (1, 2)]
    post = sandbox.publish(days=2, photos=photos[:1])
    network.edit(post, "Closed", photos=photos[1:], at=post.created + timedelta(minutes=5))
    poll = publish_theirs(sandbox, 3, words="Snow?", poll=Poll(["Yes", "No"], [1, 2], START))
    spread = network.repost(sandbox.us, poll, at=START - timedelta(days=1))
    exchanges = sandbox.fetch()
    asked = [known(read(sandbox)[first_id(one)]) for one in (post, spread)]
    looked_up = sandbox.lookup(*asked)
    assert not [one for one in looked_up if isinstance(one, Absence)]
    for given in (exchanges, [one for one in looked_up if isinstance(one, Exchange)]):
        records = [record for exchange in given for record in x.parse(exchange)]
        files = {
            (m.identity, bool(m.url), m.alt_text)
            for r in records
            if r.native_id == first_id(post)
            for m in r.media
        }
        assert files == {(media_key(post, photo), True, photo.alt) for photo in photos}
        assert {r.text for r in records if r.native_id == first_id(spread)} == {"Snow?\n\nYes\nNo"}


def test_reply_to_an_edited_reply_stands_below_its_first_version(sandbox: Sandbox) -> None:
    """Each version has an ID of its own."""
    head = sandbox.publish(days=3)
    comment, below = reply(sandbox, 2, 0, head), list[Post]()
    for hours, words in enumerate(("", "Closd?", "Closed?")):
        at = comment.created + timedelta(hours=hours)
        if words:
            sandbox.network.edit(comment, words, at=at)
        below.append(sandbox.comment(comment, 1, at=at + timedelta(minutes=30)))
    found = read(sandbox)
    assert len(history(comment)) == 3
    assert {found[first_id(one)].parent_id for one in below} == {f"x:{first_id(comment)}"}


def test_odd_reply_stops_no_fetch(sandbox: Sandbox) -> None:
    """`parse` reports it."""
    _, (_, odd) = sandbox.converse()

    def spoil(body: Any) -> Any:
        for one in body.get("data", ()):
            if isinstance(one, dict) and one.get("id") == first_id(odd):
                one["in_reply_to_user_id"] = 5
        return body

    with sandbox.transport.meanwhile("/search/all", rewrite_json(spoil)):
        exchanges = sandbox.fetch()
    assert any(b'"in_reply_to_user_id": 5' in exchange.body for exchange in exchanges)


def test_edits_are_versions_of_the_first_id(sandbox: Sandbox) -> None:
    post = sandbox.publish(days=2, words="Closd")
    for minutes, words in ((5, "Closed"), (9, "Closed tomorrow")):
        sandbox.network.edit(post, words, at=post.created + timedelta(minutes=minutes))
    late = reply(sandbox, 1, 0, post)
    exchanges = sandbox.fetch()
    told = [record for one in exchanges for record in x.parse(one) if record.native_id == first_id(post)]
    assert [(record.text, record.historical) for record in told[:3]] == [
        ("Closed tomorrow", False),
        ("Closd", True),
        ("Closed", True),
    ]
    times = [record.valid_from or START for record in told[:3]]
    assert times[1] < times[2] < times[0]
    assert natives(sandbox, exchanges)[first_id(late)].parent_id == f"x:{first_id(post)}"


def test_replies_to_every_version_are_read(sandbox: Sandbox) -> None:
    """Each version begins its own conversation, and counts its own replies.

    A reply to a reply need not mention the account.
    """
    post = sandbox.publish(days=2, words="Closd")
    early = reply(sandbox, 1.9, 0, post)
    nested = reply(sandbox, 1.8, 1, early)
    sandbox.network.edit(post, "Closed", at=START - timedelta(days=1.7))
    late = reply(sandbox, 1, 0, post)
    below = reply(sandbox, 0.5, 1, late)
    found, said = read(sandbox), (early, nested, late, below)
    assert [found[first_id(one)].kind for one in said] == ["comment", "reply", "comment", "reply"]
    assert {found[first_id(one)].root_id for one in said} == {f"x:{first_id(post)}"}
    assert found[first_id(late)].parent_id == f"x:{first_id(post)}"
    assert (found[first_id(post)].counts or {})["comments"] == 2
    one = read(sandbox, Window("one", url=f"https://x.com/teacher/status/{first_id(below)}"))
    assert ids_of(said) <= set(one)
    assert one[first_id(below)].root_id == f"x:{first_id(post)}"
