"""A crawl of an account on Instagram: its requests in their order, and where a fetch resumes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from infra.sandbox.faces import create_app
from infra.sandbox.faces.instagram.nodes import user_id
from infra.sandbox.model import Post
from infra.sandbox.story import play, tell
from infra.sandbox.story.cast import INSTAGRAM_DISTRICT
from recordroom.canonical import version_of
from recordroom.capture.http.client import HttpClient
from recordroom.model import Record
from recordroom.platforms import instagram
from recordroom.platforms.contract import Window
from tests.capture.everywhere.stages import SECRET
from tests.fault_transport import rewrite_json
from tests.platforms.contract.sandbox import START, PagedTransport, Sandbox, marked
from tests.platforms.scripted import Chosen, account

PLATFORM = "instagram"
LOGINS = ("instagram", "facebook")
OURS, FACEBOOKS = f"IGAA{SECRET}", f"EAAG{SECRET}"


def sign_in(sandbox: Sandbox, login: str, holder: str = "page") -> None:
    """Let the connector use a token of that login.

    holder: whose token of Facebook's login it is ("page", "user", or "system").
    """
    if login == "instagram":
        return
    network, page = sandbox.network, "facebook/district"
    network.place("facebook", "Facebook", host="www.facebook.com")
    network.account(page, "District", staff=True, linked=sandbox.us)
    network.account("facebook/clerk", "Clerk", manages=[page])
    network.grant(
        "facebook",
        FACEBOOKS,
        page if holder == "page" else "facebook/clerk",
        kind=holder,
        scopes=["pages_show_list", "pages_read_engagement"],
    )
    network.grant(
        "instagram",
        FACEBOOKS,
        sandbox.us,
        kind=holder,
        scopes=["instagram_basic", "instagram_manage_comments"],
    )
    sandbox.client.authorize({"token": FACEBOOKS})


@dataclass(frozen=True)
class Talk:
    """Posts of and around an account.

    They are a post with a comment and two replies to it, a post without comments, a story, and a commented
    post of another account that tags this one.
    """

    first: Post
    comment: Post
    ours: Post
    reply: Post
    second: Post
    story: Post
    tagged: Post


def open_talk(sandbox: Sandbox) -> Talk:
    first = sandbox.publish(days=8, words="Notice 001: Snow! @ben_t #SnowDay #2026")
    comment = sandbox.comment(first)
    ours = sandbox.comment(comment, sandbox.us)
    reply = sandbox.comment(comment, 1)
    second, story = sandbox.publish(days=7), sandbox.publish(days=0.1, kind="story")
    tagged = tag(sandbox, 5)
    sandbox.comment(tagged)
    return Talk(first, comment, ours, reply, second, story, tagged)


def tag(sandbox: Sandbox, days: float) -> Post:
    """Publish a post of another account, so many days before START, that tags the account."""
    photos = [sandbox.network.photo("instagram", "Snow")]
    return sandbox.network.publish(
        sandbox.others[0], "Thanks @district", photos=photos, at=START - timedelta(days=days)
    )


def natives(sandbox: Sandbox, window: Window | None = None) -> dict[str, Record]:
    return {record.native_id: record for record in sandbox.read(window).values()}


def paths(sandbox: Sandbox, part: str) -> list[str]:
    """Return the paths of the requests so far whose address contains `part`, below the version."""
    return [urlsplit(url).path.removeprefix("/v26.0/") for url in sandbox.transport.asked if part in url]


def page_of(sandbox: Sandbox, size: int) -> None:
    """Let pages have at most so many items."""
    sandbox.transport.real = PagedTransport(sandbox.transport.real, "limit", size)


def in_comments(change: Callable[[dict[str, Any]], object]) -> Callable[..., httpx.Response]:
    """Change each comment and reply in the platform's responses."""

    def each(body: Any) -> Any:
        for one in body.values() if isinstance(body, dict) else body if isinstance(body, list) else ():
            each(one)
        if isinstance(body, dict) and {"id", "text"} <= body.keys():
            change(body)
        return body

    return rewrite_json(each)


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize(
    "window", [Window("full"), Window("history"), Window("recent", since=START - timedelta(days=20))]
)
def test_posts_comments_and_replies_have_their_parents(sandbox: Sandbox, window: Window, login: str) -> None:
    sign_in(sandbox, login)
    talk = open_talk(sandbox)
    found, name = natives(sandbox, window), sandbox.named
    me, ana, bo = (user_id(sandbox.network.accounts[key]) for key in (sandbox.us, *sandbox.others))
    root, above = f"instagram:{name(talk.first)}", f"instagram:{name(talk.comment)}"
    assert {
        native: (r.kind, r.parent_id, r.root_id, r.author_id, r.author_is_account)
        for native, r in found.items()
    } == {
        me: ("profile", None, None, me, True),
        name(talk.first): ("post", None, root, me, True),
        name(talk.comment): ("comment", root, root, ana, False),
        name(talk.ours): ("reply", above, root, me, True),
        name(talk.reply): ("reply", above, root, bo, False),
        name(talk.second): ("post", None, f"instagram:{name(talk.second)}", me, True),
        name(talk.story): ("story", None, f"instagram:{name(talk.story)}", me, True),
        name(talk.tagged): ("comment", None, f"instagram:{name(talk.tagged)}", None, False),
    }
    first = found[name(talk.first)]
    assert (first.mentions, first.tags, first.counts) == (["ben_t"], ["SnowDay"], {"likes": 0, "comments": 3})
    assert first.counts_replies
    assert found[name(talk.tagged)].counts == {"likes": 0}, (
        "its comments are not given, and must not be compared with what is"
    )
    assert {record.leftover for record in found.values()} == {()}


def test_stories_are_read_first(sandbox: Sandbox) -> None:
    """They exist for a day."""
    talk = open_talk(sandbox)
    assert instagram.PLATFORM.interval <= timedelta(hours=1)
    sandbox.identify()
    sandbox.transport.asked.clear()
    sandbox.fetch(Window("history"))
    story, me = sandbox.named(talk.story), sandbox.entry.known.native_id
    assert paths(sandbox, "")[:5] == ["me", f"{me}/stories", f"{story}/comments", f"{me}/tags", f"{me}/media"]


def test_a_conversation_ends_with_the_replies_that_do_not_fit_into_their_comment(sandbox: Sandbox) -> None:
    """A post that counts no comments may have hidden ones, so it is not always skipped."""
    talk = open_talk(sandbox)
    root, quiet, story = (
        f"instagram:{sandbox.named(post)}" for post in (talk.first, talk.second, talk.story)
    )
    for _ in range(60):
        sandbox.comment(talk.comment, 1)
    sandbox.identify()
    plan = Chosen(lambda _: True)
    for exchange in instagram.fetch(sandbox.entry, Window("full", plan=plan), sandbox.client):
        assert exchange.context.get("root") not in plan.whole, "reported before the last of its replies"
    assert plan.asked == {story: (0, True), root: (63, False), quiet: (0, True)}
    assert sorted(plan.whole) == sorted(plan.asked)
    assert paths(sandbox, "/replies?")
    sandbox.transport.asked.clear()
    sandbox.fetch(Window("full", plan=Chosen(lambda one: one != root)))
    assert paths(sandbox, "/comments?") == [
        f"{sandbox.named(post)}/comments" for post in (talk.story, talk.second)
    ]
    assert paths(sandbox, "/replies?") == []


@pytest.mark.parametrize("reported", [True, False])
@pytest.mark.parametrize(("page", "count"), [(50, 130), (25, 25), (25, 26), (50, 60)])
def test_replies_that_do_not_fit_into_their_comment_are_read_from_its_own_list(
    sandbox: Sandbox, page: int, count: int, *, reported: bool
) -> None:
    """page: so many replies are in the comment. reported: whether it says that there are more."""
    first = sandbox.publish()
    above, few = sandbox.comment(first), sandbox.comment(first)
    sandbox.comment(few)
    for _ in range(count):
        sandbox.comment(above, 1)
    page_of(sandbox, page)

    def silence(comment: dict[str, Any]) -> None:
        comment.get("replies", {}).pop("paging", None)

    with sandbox.transport.meanwhile("/comments?" if not reported else "nowhere", in_comments(silence)):
        found = sandbox.read()
    replies = [record for record in found.values() if record.parent_id == f"instagram:{sandbox.named(above)}"]
    root = f"instagram:{sandbox.named(first)}"
    assert (len(replies), {r.kind for r in replies}, {r.root_id for r in replies}) == (
        count,
        {"reply"},
        {root},
    )
    assert paths(sandbox, f"{sandbox.named(above)}/replies")
    assert not paths(sandbox, f"{sandbox.named(few)}/replies")


def test_reply_without_the_id_of_its_parent_has_the_comment_whose_list_it_is_in(sandbox: Sandbox) -> None:
    above = sandbox.comment(sandbox.publish())
    for _ in range(70):
        sandbox.comment(above, 1)
    page_of(sandbox, 25)
    with sandbox.transport.meanwhile("", in_comments(lambda one: one.pop("parent_id", None))):
        found = marked(sandbox.read().values())
    replies = [record for words, record in found.items() if words.startswith("Answer")]
    assert (len(replies), {record.parent_id for record in replies}) == (
        70,
        {f"instagram:{sandbox.named(above)}"},
    )


def test_five_thousand_comments_are_read_in_as_few_requests_as_possible(sandbox: Sandbox) -> None:
    first, ana, network = sandbox.publish(), sandbox.others[0], sandbox.network
    for number in range(4000):
        comment = network.comment(ana, first, "x", at=first.created + timedelta(seconds=number))
        if number % 4 == 0:
            network.comment(ana, comment, "y", at=comment.created + timedelta(hours=2))
    sandbox.identify()
    sandbox.transport.asked.clear()
    found = natives(sandbox, Window("history"))
    assert Counter(record.kind for record in found.values()) == {
        "comment": 4000,
        "reply": 1000,
        "post": 1,
        "profile": 1,
    }
    assert found[sandbox.named(first)].counts == {"likes": 0, "comments": 5000}
    assert len(sandbox.transport.asked) == 4 + 80
    asked = [url for url in sandbox.transport.asked if "/comments?" in url]
    assert {parse_qs(urlsplit(url).query)["limit"][0] for url in asked} == {"50"}


def test_token_is_in_no_address_and_in_no_cursor(sandbox: Sandbox) -> None:
    first = sandbox.publish()
    above = sandbox.comment(first)
    for number in range(12):
        sandbox.publish(days=number + 2)
        sandbox.comment(above, 1)
        sandbox.comment(first)
    page_of(sandbox, 5)
    sent, bodies = list[str | None](), list[bytes]()

    def note(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        sent.append(request.headers.get("authorization"))
        response = real()
        bodies.append(response.read())
        return response

    with sandbox.transport.meanwhile("", note):
        exchanges = sandbox.fetch()
    assert any(SECRET.encode() in body for body in bodies), "the address of the next page has it"
    assert set(sent) == {f"Bearer {SECRET}"}
    assert not any(SECRET in url for url in sandbox.transport.asked)
    assert not any(SECRET in f"{e.cursor} {e.url} {json.dumps(e.context)} {e.body!r}" for e in exchanges)
    assert len(sandbox.parse(exchanges)) == 1 + 13 + 13 + 12


def test_recent_window_ends_with_the_first_page_that_is_older(sandbox: Sandbox) -> None:
    posts = [sandbox.publish(days=(number + 1) / 10) for number in range(40)]
    tags = [tag(sandbox, days=(number + 1) / 10) for number in range(40)]
    page_of(sandbox, 5)
    window = Window("recent", since=START - timedelta(days=1))

    def ignore_since(request: httpx.Request, _: object) -> httpx.Response:
        """Ignore the start time of a request, as Instagram may."""
        query = [
            f"{name}={values[0]}"
            for name, values in parse_qs(request.url.query.decode()).items()
            if name != "since"
        ]
        url = request.url.copy_with(query="&".join(query).encode())
        return sandbox.transport.real.handle_request(httpx.Request("GET", url, headers=request.headers))

    with sandbox.transport.meanwhile("/media?", ignore_since):
        found = natives(sandbox, window)
    assert {sandbox.named(post) for post in (*posts[:9], *tags[:9])} <= found.keys()
    lists = {
        edge: [url for url in sandbox.transport.asked if f"/{edge}?" in url] for edge in ("media", "tags")
    }
    assert {edge: len(urls) for edge, urls in lists.items()} == {"media": 3, "tags": 3}
    assert window.since is not None
    assert parse_qs(urlsplit(lists["media"][0]).query)["since"] == [str(int(window.since.timestamp()))]


def test_account_of_the_story_is_read_completely_with_both_logins() -> None:
    network = tell(START - timedelta(days=23))
    play(network)
    scopes = ["instagram_basic", "instagram_manage_comments"]
    network.grant("instagram", FACEBOOKS, INSTAGRAM_DISTRICT, kind="system", scopes=scopes)
    business = ["instagram_business_basic", "instagram_business_manage_comments"]
    network.grant("instagram", OURS, INSTAGRAM_DISTRICT, kind="instagram", scopes=business)
    told = [p for p in network.posts.values() if p.where == "instagram" and p.status != "removed"]
    told = [p for p in told if p.kind != "story" or network.now() - p.created < timedelta(hours=24)]
    known = account("instagram", "https://www.instagram.com/cascadevalleyesd", api_url="http://social.test")
    versions = []
    for token in (OURS, FACEBOOKS):
        http = HttpClient(
            contact="a@b.example",
            limit=10**8,
            transport=httpx.WSGITransport(create_app(network, "instagram")),
        )
        http.authorize({"token": token})
        known = known.with_identity(instagram.identify(known, http))
        found = {
            r.native_id: r for e in instagram.fetch(known, Window("full"), http) for r in instagram.parse(e)
        }
        assert len(found) == 1 + len(told) > 160
        assert {p.now.text for p in told} == {r.text for r in found.values() if r.kind != "profile"}
        assert {r.leftover for r in found.values()} == {()}
        counted = {
            r.record_id: r.counts["comments"] for r in found.values() if r.counts and "comments" in r.counts
        }
        visible = [r for r in found.values() if r.status == "visible"]
        assert counted == {i: sum(r.root_id == i != r.record_id for r in visible) for i in counted}
        assert (
            sum(r.status == "hidden" for r in found.values())
            == sum(post.status == "hidden" for post in told)
            > 0
        )
        totals = instagram.totals(known, http)
        assert totals is not None
        assert totals.kinds == {"post": sum(r.kind == "post" for r in found.values())}
        versions.append({n: version_of(r) for n, r in found.items()})
    assert versions[0] == versions[1], "the login makes no difference"
    assert network.invalid == []
