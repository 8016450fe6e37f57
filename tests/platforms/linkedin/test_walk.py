"""Requests to LinkedIn in their order, and the meaning of each response."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest

from infra.sandbox.faces import create_app
from infra.sandbox.faces.linkedin.access import account_urn, milliseconds
from infra.sandbox.model import Post
from infra.sandbox.network import Network
from infra.sandbox.story import play, tell
from infra.sandbox.story.cast import LINKEDIN_APP, LINKEDIN_CLIENT, LINKEDIN_REFRESH, LINKEDIN_SECRET
from recordroom.canonical import version_of
from recordroom.capture.http.client import HttpClient
from recordroom.errors import UnexpectedResponse
from recordroom.model import Absence, Exchange, Record
from recordroom.platforms import linkedin
from recordroom.platforms.contract import KnownRecord, Window
from tests.capture.everywhere.stages import SECRET
from tests.fault_transport import Answer as Rule
from tests.fault_transport import rewrite_json
from tests.platforms.contract.sandbox import START, Sandbox, marked, words_of
from tests.platforms.contract.test_lookup import known
from tests.platforms.scripted import Answer, Chosen, account

PLATFORM = "linkedin"
HOLDER = "linkedin/holder"
RECENT = Window("recent", since=START - timedelta(days=20), changed_since=START - timedelta(days=2))
WINDOWS = (Window("full"), Window("history"), Window("recent", since=START - timedelta(days=60)))


def error(
    status: int,
    code: str,
    message: str = "",
    service: int | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    told: dict[str, Any] = {"status": status, "code": code, "message": message}
    return Answer(
        told | ({"serviceErrorCode": service} if service is not None else {}), status, headers or {}
    )


MISSING = error(404, "NOT_FOUND", "Could not find entity")


def give_roles(sandbox: Sandbox, *roles: str) -> None:
    """Let the token be that of a person with these roles on the page."""
    sandbox.network.account(HOLDER, "Holder", manages=[sandbox.us] if roles else [], roles=list(roles))
    [token] = sandbox.network.tokens
    token.account = HOLDER


def urn_of(sandbox: Sandbox, account_key: str) -> str:
    """Return the URN of a person or an organization."""
    return account_urn(sandbox.network.accounts[account_key])


def natives(sandbox: Sandbox, window: Window | None = None) -> dict[str, Record]:
    """Return records by their URNs."""
    return {record.native_id: record for record in sandbox.read(window).values()}


def known_comment(urn: str, root: str, parent: str = "") -> KnownRecord:
    """Return a comment, or a reply to the comment `parent`, known by its URN only."""
    return KnownRecord(
        f"linkedin:{urn}",
        urn,
        "reply" if parent else "comment",
        f"linkedin:{parent or root}",
        f"linkedin:{root}",
    )


def rewrite_item(post: Post, *without: str, **properties: Any) -> Rule:
    """Return the platform's response with one item changed.

    The post or comment of that text has these properties, and is without some.
    """

    def change(body: Any) -> Any:
        for item in [*body.get("elements", ()), *body.get("results", {}).values(), body]:
            if post.now.text in (item.get("commentary"), (item.get("message") or {}).get("text")):
                item.update(properties)
                for name in without:
                    del item[name]
        return body

    return rewrite_json(change)


def rewrite_list(change: Callable[[list[Any]], list[Any]]) -> Rule:
    """Return the platform's response with another list of items."""
    return rewrite_json(lambda body: body | {"elements": change(body["elements"])})


def empty_page(*_: object) -> httpx.Response:
    """Return a page without items that links to a next one."""
    links = [{"type": "application/json", "rel": "next", "href": "/rest/x"}]
    return Answer({"paging": {"start": 0, "count": 100, "links": links}, "elements": []}).instead()


def on_page(start: int, rule: Rule) -> Rule:
    """Return that rule for the page of a list that begins there."""
    return lambda request, real: rule(request, real) if f"start={start}&" in str(request.url) else real()


def requested(sandbox: Sandbox, part: str) -> list[str]:
    """Return the requests so far whose address contains `part`."""
    return [url for url in sandbox.transport.asked if part in url]


def comments_path(sandbox: Sandbox, entity: Post) -> str:
    return f"socialActions/{quote(sandbox.named(entity), safe='')}/comments"


def publish_hourly(sandbox: Sandbox, number: int) -> list[Post]:
    """Publish a post for each of so many hours, and return them, the newest first."""
    return [sandbox.publish(days=(hour + 1) / 24) for hour in range(number)]


@pytest.mark.parametrize("window", WINDOWS)
def test_posts_comments_and_replies_at_every_depth_have_their_places(
    sandbox: Sandbox, window: Window
) -> None:
    """LinkedIn lists replies to a reply separately, which the sandbox does not have."""
    post, (question, reply) = sandbox.converse(days=2)
    ours, silent = sandbox.comment(question, sandbox.us), sandbox.publish()
    root, first, second, third = map(sandbox.named, (post, question, reply, ours))
    deep = second.rpartition(",")[0] + ",7)"

    def nest(body: Any) -> Any:
        for item in body.get("elements", ()):
            if item.get("$URN") == second:
                item["commentsSummary"]["totalFirstLevelComments"] = 1
        return body

    def below(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        above = json.loads(real().read())
        said: dict[str, Any] = {
            "$URN": deep,
            "id": "7",
            "object": root,
            "message": {"attributes": [], "text": "And then?"},
            "parentComment": second,
        }
        stamp = {"actor": urn_of(sandbox, sandbox.others[0]), "time": milliseconds(START)}
        said |= {"actor": stamp["actor"], "created": stamp, "lastModified": stamp}
        return httpx.Response(
            200, json=above | {"elements": [said | {"commentsSummary": {"totalFirstLevelComments": 0}}]}
        )

    sandbox.transport.rules = [(comments_path(sandbox, reply), below), ("/comments?", rewrite_json(nest))]
    found = natives(sandbox, window)
    me, silent_urn = sandbox.entry.known.native_id, sandbox.named(silent)
    assert {urn: (r.kind, r.parent_id, r.root_id, r.author_is_account) for urn, r in found.items()} == {
        me: ("profile", None, None, True),
        root: ("post", None, f"linkedin:{root}", True),
        first: ("comment", f"linkedin:{root}", f"linkedin:{root}", False),
        second: ("reply", f"linkedin:{first}", f"linkedin:{root}", False),
        third: ("reply", f"linkedin:{first}", f"linkedin:{root}", True),
        deep: ("reply", f"linkedin:{second}", f"linkedin:{root}", False),
        silent_urn: ("post", None, f"linkedin:{silent_urn}", True),
    }
    assert (found[root].counts, found[first].counts) == ({"comments": 1, "likes": 0}, {"comments": 2})
    assert (found[root].author_name, found[first].author_name) == ("District", None)
    assert found[root].url == f"https://www.linkedin.com/feed/update/{root}"


def test_every_request_names_version_protocol_and_method(sandbox: Sandbox) -> None:
    sandbox.converse()
    sent = list[tuple[str, httpx.Headers]]()

    def note(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        sent.append((urlsplit(str(request.url)).query, request.headers))
        return real()

    with sandbox.transport.meanwhile("", note):
        sandbox.fetch()
    for query, headers in sent:
        assert headers["Authorization"] == f"Bearer {SECRET}"
        assert re.fullmatch(r"20\d\d(0[1-9]|1[0-2])", headers["LinkedIn-Version"])
        assert headers["X-Restli-Protocol-Version"] == "2.0.0"
        assert headers.get("X-RestLi-Method") == (
            "FINDER" if "q=" in query else "BATCH_GET" if "ids=" in query else None
        )
    assert {headers.get("X-RestLi-Method") for _, headers in sent} == {None, "FINDER", "BATCH_GET"}
    assert not any(SECRET in url for url in sandbox.transport.asked)


def test_urns_are_escaped_and_lists_are_not(sandbox: Sandbox) -> None:
    (post, (question, _)), silent = sandbox.converse(days=2), sandbox.publish()
    sandbox.fetch()
    ids = ",".join(quote(sandbox.named(one), safe="") for one in (silent, post))
    assert any(url.endswith(f"socialMetadata?ids=List({ids})") for url in sandbox.transport.asked)
    [url] = requested(sandbox, f"{comments_path(sandbox, question)}?")
    assert "/urn%3Ali%3Acomment%3A%28urn%3Ali%3Aactivity%3A" in url


def test_posts_without_comments_cost_no_request(sandbox: Sandbox) -> None:
    (post, _), silent = sandbox.converse(days=2), sandbox.publish()
    sandbox.fetch()
    assert not requested(sandbox, comments_path(sandbox, silent))
    unknown = Answer({"results": {}, "errors": {sandbox.named(post): MISSING.body}})
    with sandbox.transport.meanwhile("socialMetadata", unknown.instead):
        sandbox.fetch()
    assert requested(sandbox, comments_path(sandbox, silent)), "how many comments it has is not known"


def test_recent_window_reads_what_was_published_or_edited_in_it_and_stops(sandbox: Sandbox) -> None:
    posts = publish_hourly(sandbox, 600)
    sandbox.network.edit(posts[550], at=START - timedelta(hours=5))
    comment = sandbox.comment(posts[100])
    found = marked(sandbox.read(RECENT).values())
    assert set(found) == words_of([*posts[: 20 * 24], posts[550], comment])
    assert len(requested(sandbox, "posts?q=author")) == 5 + 1, "the head of the list is read again"
    earlier = replace(RECENT, changed_since=START - timedelta(hours=590))
    assert posts[580].now.text in marked(sandbox.read(earlier).values())


@pytest.mark.parametrize("start", [0, 99])
def test_empty_page_with_a_next_page_is_no_end_and_is_reported(sandbox: Sandbox, start: int) -> None:
    posts = publish_hourly(sandbox, 330)
    for window in (Window("full"), Window("recent", since=START - timedelta(days=60))):
        with sandbox.transport.meanwhile("posts?q=author", on_page(start, rewrite_list(lambda _: []))):
            exchanges = sandbox.fetch(window)
        assert words_of(posts[start + 100 :]) <= set(marked(sandbox.parse(exchanges).values()))
        assert (
            "1 empty page before the end of a list, in which items may be missing"
            in exchanges[-1].context["short"]
        )
    assert not any("short" in exchange.context for exchange in sandbox.fetch())


def test_empty_pages_without_end_are_a_failure(sandbox: Sandbox) -> None:
    sandbox.publish()
    endless = sandbox.transport.meanwhile("posts?q=author", empty_page)
    with endless, pytest.raises(UnexpectedResponse, match="20 empty pages in a row"):
        sandbox.fetch()
    assert len(requested(sandbox, "posts?q=author")) == 20


def test_edit_has_its_own_time(sandbox: Sandbox) -> None:
    post, photo = sandbox.publish(), sandbox.network.photo("linkedin", "Snow")
    at = post.created + timedelta(minutes=1)
    comment = sandbox.network.comment(sandbox.others[0], post, "Question 900", photos=[photo], at=at)
    before = natives(sandbox)
    assert (before[sandbox.named(post)].edited_at, before[sandbox.named(comment)].edited_at) == (None, None)
    assert (before[sandbox.named(post)].valid_from or START) - post.created < timedelta(seconds=1)
    for edited in (post, comment):
        sandbox.network.edit(edited, f"{edited.now.text} corrected", at=START - timedelta(hours=1))
    after = natives(sandbox)
    for urn in map(sandbox.named, (post, comment)):
        assert version_of(after[urn]) != version_of(before[urn])
        assert after[urn].edited_at == after[urn].valid_from == START - timedelta(hours=1)


def open_story() -> tuple[Network, HttpClient]:
    """Return the network of the sandbox's story, and a client with its page's tokens."""
    network = tell(datetime(2026, 11, 1, tzinfo=UTC))
    play(network)
    transport = httpx.WSGITransport(create_app(network, "linkedin"))
    client = HttpClient(contact="a@b.example", limit=10**8, transport=transport)
    more = {"client_id": LINKEDIN_CLIENT, "client_secret": LINKEDIN_APP, "refresh_token": LINKEDIN_REFRESH}
    client.authorize({"token": LINKEDIN_SECRET, **more})
    return network, client


def test_page_of_the_story_is_read_completely() -> None:
    """The sandbox and the connector were written independently from the same published pages."""
    network, client = open_story()
    page = account(
        "linkedin", "https://www.linkedin.com/company/cascadevalleyesd", api_url="http://linked.test"
    )
    page = page.with_identity(linkedin.identify(page, client))
    found = {r.record_id: r for e in linkedin.fetch(page, Window("full"), client) for r in linkedin.parse(e)}
    told = [post for post in network.posts.values() if post.where == "linkedin" and post.status == "visible"]
    announced = [post for post in told if post.event]
    assert announced
    assert len(found) == 1 + len(told) + len(announced) > 150
    assert {found[found[r].shared_id or ""].title for r in found if "/events/" in str(found[r].links)} == {
        p.event.name for p in announced if p.event
    }
    # LinkedIn writes a name in place of a mention
    texts = {post.now.text for post in told if "@" not in post.now.text}
    assert {text for text in texts if not any(text in (r.text or "") for r in found.values())} == set()
    assert {r.leftover for r in found.values()} == {()}
    assert {m.missing_reason for r in found.values() for m in r.media} == {None}
    counted = {
        r.record_id: r.counts["comments"] for r in found.values() if r.counts and "comments" in r.counts
    }
    assert counted == {
        record_id: sum(r.parent_id == record_id for r in found.values()) for record_id in counted
    }
    assert network.invalid == []


def test_posts_of_others_that_mention_the_page_or_share_its_posts_are_comments(sandbox: Sandbox) -> None:
    network, (amy, ben) = sandbox.network, sandbox.others
    post = sandbox.publish(days=9)
    mention = network.publish(ben, "Thank you @district", at=START - timedelta(days=4))
    share = network.publish(amy, "Look", quote=post, at=START - timedelta(days=3))
    own = network.publish(sandbox.us, "Our own", quote=post, at=START - timedelta(days=2))
    me = sandbox.identify().known.native_id
    texts = {"Thank you @district": f"Thank you @[District]({me})", "Look": r"Look \#1"}

    def rewrite(elements: list[Any]) -> list[Any]:
        """Write text in LinkedIn's own markup, and add a notification of what the page itself shared."""
        for item in elements:
            told = item["decoratedGeneratedActivity"]["share"]
            told["text"] = texts[told["text"]]
        template = elements[0]
        ours = {"share": {"entity": sandbox.named(own), "owner": me, "text": "Our own"}}
        return [*elements, template | {"notificationId": 1, "decoratedGeneratedActivity": ours}]

    sandbox.transport.rules = [("actions=List(SHARE", rewrite_list(rewrite))]
    urns = (sandbox.named(mention), sandbox.named(share))
    for window in WINDOWS:
        found = natives(sandbox, window)
        assert {(found[urn].kind, found[urn].parent_id, found[urn].author_id) for urn in urns} == {
            ("comment", None, urn_of(sandbox, ben)),
            ("comment", None, urn_of(sandbox, amy)),
        }
        assert [found[urn].text for urn in urns] == ["Thank you District", "Look #1"]
        assert [found[urn].shared_id for urn in urns] == [None, f"linkedin:{sandbox.named(post)}"]
        assert found[sandbox.named(own)].kind == "post"
    late = natives(sandbox, Window("recent", since=START - timedelta(days=3.5)))
    assert [urn in late for urn in urns] == [False, True]
    [told] = sandbox.lookup(known(natives(sandbox)[urns[0]]))
    assert isinstance(told, Absence)
    assert (told.status, told.ended, "60 days" in told.reason) == ("visible", True, True)


def test_mentions_that_only_administrators_are_given_are_reported(sandbox: Sandbox) -> None:
    post, said = sandbox.converse()
    give_roles(sandbox, "CONTENT_ADMINISTRATOR")
    exchanges = sandbox.fetch()
    assert "posts that mention the page" in max(exchange.context.get("short", "") for exchange in exchanges)
    assert words_of([post, *said]) == set(marked(sandbox.parse(exchanges).values()))
    give_roles(sandbox, "ADMINISTRATOR")
    assert not any("short" in exchange.context for exchange in sandbox.fetch())


def test_new_comments_on_old_posts_are_read(sandbox: Sandbox) -> None:
    posts = publish_hourly(sandbox, 600)
    old, earlier, recent = posts[550], posts[551], posts[100]
    new = sandbox.comment(old, at=START - timedelta(hours=5))
    sandbox.comment(earlier, at=START - timedelta(days=3))  # before the last capture, which read it
    edited = sandbox.network.edit(sandbox.comment(recent), "Question 999", at=START - timedelta(hours=4))

    def add_event(elements: list[Any]) -> list[Any]:
        return [
            elements[0] | {"notificationId": 1, "decoratedSourcePost": {"entity": "urn:li:event:5"}},
            *elements,
        ]

    sandbox.transport.rules = [("actions=List(COMMENT,", rewrite_list(add_event))]
    found = marked(sandbox.read(RECENT).values())
    assert set(found) == words_of([*posts[: 20 * 24], old, new, edited])
    first = marked(sandbox.read(replace(RECENT, changed_since=None)).values())
    assert earlier.now.text in first, "there was no capture of these days before"


def test_edit_of_a_comment_on_an_old_post_is_another_sign(sandbox: Sandbox) -> None:
    posts = publish_hourly(sandbox, 600)
    at = START - timedelta(hours=5)
    sandbox.network.edit(sandbox.comment(posts[550]), "Question 999", at=at)
    plan = Chosen(lambda _: True)
    sandbox.fetch(replace(RECENT, plan=plan))
    assert plan.asked[f"linkedin:{sandbox.named(posts[550])}"] == (f"1 {milliseconds(at)}", True)
    assert plan.asked[f"linkedin:{sandbox.named(posts[100])}"] == (0, True)


def test_comment_is_removed_where_linkedin_reports_its_deletion(sandbox: Sandbox) -> None:
    post, (question, _) = sandbox.converse()
    deleted, root = sandbox.comment(post), sandbox.named(post)
    never = sandbox.named(question).rpartition(",")[0] + ",98)"
    asked = [known_comment(urn, root) for urn in (sandbox.named(deleted), never, sandbox.named(question))]
    sandbox.identify()
    sandbox.network.remove(deleted, at=START - timedelta(hours=1))
    told = {one.record_id: one for one in sandbox.lookup(*asked) if isinstance(one, Absence)}
    assert {record_id: (absence.status, absence.acted_by) for record_id, absence in told.items()} == {
        asked[0].record_id: ("removed", None),
        asked[1].record_id: ("unavailable", None),
    }
    absence = told[asked[0].record_id]
    assert "2026-11-24T17:30:00" in absence.reason
    assert b"COMMENT_DELETE" in absence.exchange.body
    with sandbox.transport.meanwhile("COMMENT_DELETE", error(500, "INTERNAL_SERVER_ERROR").instead):
        statuses = [one.status for one in sandbox.lookup(*asked) if isinstance(one, Absence)]
    give_roles(sandbox, "DIRECT_SPONSORED_CONTENT_POSTER")  # the page gets no notifications of deletions
    statuses += [one.status for one in sandbox.lookup(*asked) if isinstance(one, Absence)]
    assert statuses == ["unavailable"] * 4


def test_nothing_is_concluded_of_comments_where_no_role_reads_them(sandbox: Sandbox) -> None:
    """A super admin who becomes a content admin still reads posts."""
    _, said = sandbox.converse()
    held = marked(sandbox.read().values())
    asked = [known(held[comment.now.text]) for comment in said]
    sandbox.network.remove(said[0])
    give_roles(sandbox, "CONTENT_ADMINISTRATOR")
    answers = sandbox.lookup(*asked)
    given = [one for one in answers if isinstance(one, Exchange)]
    assert len(given) == len(answers)
    assert {name for one in given for name in one.context.get("untold", ())} == {
        one.record_id for one in asked
    }
    assert "gives comments only to administrators" in max(one.context.get("short", "") for one in given)
    assert [record for one in given for record in linkedin.parse(one)] == []
    give_roles(sandbox, "CONTENT_ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER")
    answers = sandbox.lookup(asked[0])
    assert [one.status for one in answers if isinstance(one, Absence)] == ["unavailable"]
