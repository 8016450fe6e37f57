"""A crawl of an account on Threads: whose conversations it reads, in which order, and where it resumes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from infra.sandbox.faces import create_app
from infra.sandbox.model import Post
from infra.sandbox.story import play, tell
from infra.sandbox.story.cast import THREADS_DISTRICT, THREADS_SECRET
from recordroom.capture.http.client import HttpClient
from recordroom.errors import Throttled, UnexpectedResponse
from recordroom.model import Record
from recordroom.platforms import threads
from recordroom.platforms.contract import Window
from tests.fault_transport import rewrite_json
from tests.platforms.contract.sandbox import START, PagedTransport, Sandbox, marked, words_of
from tests.platforms.scripted import Answer, Chosen, account

PLATFORM = "threads"


def error(code: int, message: str = "", subcode: int | None = None, status: int = 400) -> Answer:
    told = {
        "message": message,
        "type": "THApiException",
        "code": code,
        "error_subcode": subcode,
        "fbtrace_id": "A1b2C3",
    }
    return Answer({"error": {name: value for name, value in told.items() if value is not None}}, status)


@dataclass(frozen=True)
class Talk:
    """Posts of and around an account.

    They are a post with replies three deep, a quote of it, and a repost; and another person's post that
    mentions the account, with the account's reply to it.
    """

    first: Post
    comment: Post
    ours: Post
    below: Post
    quote: Post
    shared: Post
    repost: Post
    mention: Post
    thanks: Post


def open_talk(sandbox: Sandbox) -> Talk:
    network, (ana, _) = sandbox.network, sandbox.others
    first = sandbox.publish(days=8, words="Notice 001: Snow! @teacher #SnowDay", tags=["Winter"])
    comment = sandbox.comment(first)
    ours = sandbox.comment(comment, sandbox.us)
    below = sandbox.comment(ours, 1)
    quote = sandbox.publish(days=7, quote=first)
    shared = network.publish(ana, "Passed on", at=START - timedelta(days=7))
    repost = network.repost(sandbox.us, shared, at=START - timedelta(days=6))
    mention = network.publish(ana, "Thanks @district", at=START - timedelta(days=5))
    return Talk(
        first, comment, ours, below, quote, shared, repost, mention, sandbox.comment(mention, sandbox.us)
    )


def natives(sandbox: Sandbox, window: Window | None = None) -> dict[str, Record]:
    return {record.native_id: record for record in sandbox.read(window).values()}


def paths(sandbox: Sandbox, part: str) -> list[str]:
    """Return the paths of the requests so far whose address contains `part`, below the version."""
    return [urlsplit(url).path.removeprefix("/v1.0/") for url in sandbox.transport.asked if part in url]


def page_of(sandbox: Sandbox, size: int) -> None:
    """Let pages have at most so many items."""
    sandbox.transport.real = PagedTransport(sandbox.transport.real, "limit", size)


@pytest.mark.parametrize(
    "window", [Window("full"), Window("history"), Window("recent", since=START - timedelta(days=20))]
)
def test_posts_and_replies_at_every_depth_have_their_places(sandbox: Sandbox, window: Window) -> None:
    talk, ghost = open_talk(sandbox), sandbox.publish(days=0.1, ghost=True)
    found = natives(sandbox, window)
    me, name = sandbox.entry.known.native_id, sandbox.named
    root = f"threads:{name(talk.first)}"
    assert {
        native: (r.kind, r.parent_id, r.root_id, r.author_id, r.author_is_account)
        for native, r in found.items()
    } == {
        me: ("profile", None, None, me, True),
        name(talk.first): ("post", None, root, me, True),
        name(talk.comment): ("comment", root, root, None, False),
        name(talk.ours): ("reply", f"threads:{name(talk.comment)}", root, me, True),
        name(talk.below): ("reply", f"threads:{name(talk.ours)}", root, None, False),
        name(talk.quote): ("post", None, f"threads:{name(talk.quote)}", me, True),
        name(talk.repost): ("post", None, f"threads:{name(talk.repost)}", me, True),
        name(ghost): ("story", None, f"threads:{name(ghost)}", me, True),
        name(talk.mention): ("comment", None, f"threads:{name(talk.mention)}", None, False),
        name(talk.thanks): (
            "post",
            f"threads:{name(talk.mention)}",
            f"threads:{name(talk.mention)}",
            me,
            True,
        ),
    }
    first, quote, repost = (found[name(post)] for post in (talk.first, talk.quote, talk.repost))
    shared = f"threads:{name(talk.shared)}"
    assert (first.mentions, first.tags, quote.shared_id, repost.shared_id) == (
        ["teacher"],
        ["Winter", "SnowDay"],
        root,
        shared,
    )
    assert (repost.media, repost.text) == ([], ""), "a repost is somebody else's"
    assert {record.leftover for record in found.values()} == {()}


def test_a_conversation_is_one_flat_list_oldest_first(sandbox: Sandbox) -> None:
    talk = open_talk(sandbox)
    sandbox.fetch()
    asked = [url for url in sandbox.transport.asked if "/conversation" in url]
    expected = [f"{sandbox.named(post)}/conversation" for post in (talk.quote, talk.first)]
    assert paths(sandbox, "/conversation") == expected, "none below a reply, or a repost"
    assert parse_qs(urlsplit(asked[0]).query)["reverse"] == ["false"]


def test_five_thousand_replies_in_threads_ten_deep_are_read_whole(sandbox: Sandbox) -> None:
    root = above = sandbox.publish()
    for number in range(5000):
        above = sandbox.network.comment(
            sandbox.others[0],
            root if number % 10 == 0 else above,
            "x",
            at=root.created + timedelta(minutes=1),
        )
    found = sandbox.read(Window("history"))
    assert Counter(record.kind for record in found.values()) == {
        "comment": 500,
        "reply": 4500,
        "post": 1,
        "profile": 1,
    }
    name = f"threads:{sandbox.named(root)}"
    assert {record.root_id for record in found.values() if record.kind != "profile"} == {name}
    assert (found[name].counts or {})["comments"] == 5000
    assert len(paths(sandbox, "/conversation")) == 51, "the last page tells a cursor too"


def test_the_next_page_is_asked_for_by_its_cursor_for_no_address_is_given(sandbox: Sandbox) -> None:
    posts = [sandbox.publish(days=days + 1) for days in range(12)]
    sandbox.publish(days=0.1, ghost=True)
    page_of(sandbox, 5)
    exchanges = sandbox.fetch()
    assert words_of(posts) <= set(marked(sandbox.parse(exchanges).values()))
    asked = [
        parse_qs(urlsplit(url).query).get("after") for url in sandbox.transport.asked if "/threads?" in url
    ]
    assert asked[0] is None
    assert None not in asked[1:]
    assert len(set(map(str, asked))) == len(asked) >= 3
    assert not any(b'"next"' in exchange.body for exchange in exchanges)
    assert len(paths(sandbox, "/ghost_posts")) == 1, "a list of one page has no cursor"


@pytest.mark.parametrize("edge", ["threads", "conversation"])
def test_an_empty_page_that_tells_a_cursor_is_no_end(sandbox: Sandbox, edge: str) -> None:
    post = sandbox.publish(days=20)
    for days in range(1, 13):
        sandbox.comment(post) if edge == "conversation" else sandbox.publish(days=days)
    page_of(sandbox, 5)
    whole, turns = sandbox.read(), iter(range(100))
    second = rewrite_json(lambda body: body | {"data": []} if next(turns) == 0 else body)

    def emptied(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        return second(request, real) if f"/{edge}?" in str(request.url) else real()

    with sandbox.transport.meanwhile("after=", emptied):
        exchanges = sandbox.fetch()
    assert len(sandbox.parse(exchanges)) == len(whole) - 5
    words = "Threads gave 1 empty page before the end of the list of posts: some posts may be missing"
    told = [exchange.context["short"] for exchange in exchanges if "short" in exchange.context]
    assert (words in told[-1]) if edge == "threads" else not told, "else the numbers differ"


def test_an_empty_page_that_tells_its_own_place_again_is_the_last(sandbox: Sandbox) -> None:
    for days in range(1, 13):
        sandbox.publish(days=days)
    page_of(sandbox, 5)
    whole, turns = sandbox.read(), iter(range(100))

    def again(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        if next(turns) == 0:
            return real()
        return httpx.Response(
            200, json={"data": [], "paging": {"cursors": {"after": request.url.params["after"]}}}
        )

    with sandbox.transport.meanwhile(
        "/threads?", lambda request, real: again(request, real) if "after" in request.url.params else real()
    ):
        assert len(sandbox.read()) == len(whole) - 2


def test_empty_pages_without_end_are_a_failure(sandbox: Sandbox) -> None:
    places = iter(range(1000))

    def emptied(*_: object) -> httpx.Response:
        return httpx.Response(200, json={"data": [], "paging": {"cursors": {"after": str(next(places))}}})

    with (
        sandbox.transport.meanwhile("/threads?", emptied),
        pytest.raises(UnexpectedResponse, match="20 empty pages in a row"),
    ):
        sandbox.fetch()
    assert len(paths(sandbox, "/threads?")) == 20


def test_only_conversations_that_are_wanted_are_read(sandbox: Sandbox) -> None:
    """The sign is whether there are replies, so it does not show further ones.

    If there are none, some may await approval, especially on young posts.
    """
    posts = {days: sandbox.publish(days=days) for days in (1, 6, 8, 20)}
    sandbox.comment(posts[20])
    names = {days: f"threads:{sandbox.named(post)}" for days, post in posts.items()}
    for window in (Window("full"), Window("recent", since=START - timedelta(days=30))):
        plan = Chosen(lambda _: True)
        for exchange in threads.fetch(sandbox.identify(), replace(window, plan=plan), sandbox.client):
            assert exchange.context.get("root") not in plan.whole, "not before the last of its answers"
        assert plan.asked == {
            names[1]: (0, False),
            names[6]: (0, False),
            names[8]: (0, True),
            names[20]: (1, False),
        }
        assert sorted(plan.whole) == sorted(plan.asked)
    sandbox.transport.asked.clear()
    sandbox.fetch(Window("full", plan=Chosen(lambda root: root in (names[1], names[8]))))
    for edge in ("conversation", "pending_replies"):
        assert {path.partition("/")[0] for path in paths(sandbox, f"/{edge}")} == {
            sandbox.named(posts[days]) for days in (1, 8)
        }


def test_an_older_post_on_which_the_account_answers_is_read_whatever_the_plan_says(sandbox: Sandbox) -> None:
    old = sandbox.publish(days=90)
    said = [sandbox.comment(old), sandbox.comment(old, sandbox.us, at=START - timedelta(minutes=5))]
    plan = Chosen(lambda root: root != f"threads:{sandbox.named(old)}")
    window = Window(
        "recent", since=START - timedelta(days=30), changed_since=START - timedelta(hours=1), plan=plan
    )
    assert words_of(said) <= set(marked(sandbox.read(window).values()))


def test_a_recent_window_ends_where_the_last_days_end(sandbox: Sandbox) -> None:
    """This includes responses in which Threads ignores the start time of a request."""
    days = [sandbox.publish(days=day + 0.5) for day in range(40)]
    page_of(sandbox, 5)
    real = sandbox.transport.real

    def heedless(request: httpx.Request) -> httpx.Response:
        url = request.url.copy_remove_param("since") if "/threads" in request.url.path else request.url
        return real.handle_request(httpx.Request("GET", url, headers=request.headers))

    sandbox.transport.real = httpx.MockTransport(heedless)
    found = sandbox.read(Window("recent", since=START - timedelta(days=12)))
    assert words_of(days[:12]) <= set(marked(found.values()))
    assert len(paths(sandbox, "/threads?")) == 4, "the fourth page is the first that holds older posts only"
    assert not paths(sandbox, "/insights"), "each time would be too often"


def test_an_address_that_died_meanwhile_begins_the_list_anew(sandbox: Sandbox) -> None:
    posts = [sandbox.publish(days=days + 1) for days in range(12)]
    page_of(sandbox, 5)
    cursor = next(
        exchange.cursor
        for exchange in sandbox.fetch(Window("history"))
        if exchange.context.get("edge") == "threads"
    )
    dead = [error(100, "(#100) Invalid cursors values")]

    def once(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        return dead.pop().instead() if dead else real()

    with sandbox.transport.meanwhile("after=", once):
        found = sandbox.read(Window("history", cursor=cursor))
    assert words_of(posts) <= set(marked(found.values()))


def test_the_sandboxes_account_is_read_whole() -> None:
    """Another person wrote the sandbox from the same published descriptions."""
    network = tell(datetime(2026, 11, 1, tzinfo=UTC))
    play(network)
    http = HttpClient(
        contact="a@b.example", limit=10**8, transport=httpx.WSGITransport(create_app(network, "threads"))
    )
    http.authorize({"token": THREADS_SECRET})
    known = account("threads", "https://www.threads.com/@cascadevalleyesd", api_url="http://social.test")
    known = known.with_identity(threads.identify(known, http))
    found = {r.native_id: r for e in threads.fetch(known, Window("full"), http) for r in threads.parse(e)}
    told = [p for p in network.posts.values() if p.where == "threads" and p.status != "removed"]
    own = {p.key for p in told if p.author == THREADS_DISTRICT}
    ours = [p for p in told if p.key in own or p.root in own or "@cascadevalleyesd" in p.now.text]
    assert len(found) == 1 + len(ours) > 200
    assert {p.now.text for p in ours} - {r.text for r in found.values()} == {
        p.now.text for p in ours if p.poll or p.attached
    }
    assert {r.leftover for r in found.values()} == {()}
    assert Counter(r.status for r in found.values())["held"] == sum(p.status == "held" for p in ours) > 0
    counted = {r.record_id: r.counts["comments"] for r in found.values() if r.counts}
    below = {
        i: sum(r.root_id == i != r.record_id and r.status == "visible" for r in found.values())
        for i in counted
    }
    assert counted == below
    assert network.invalid == []


# -- other people's conversations
# ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fails_at", [b"nothing", b"SnowDay"])
def test_what_stands_in_its_own_conversation_is_read_there_alone(sandbox: Sandbox, fails_at: bytes) -> None:
    """In the second case Threads fails at its first post each time."""
    talk = open_talk(sandbox)
    named = [
        sandbox.comment(above, words=f"{words}, @district?")
        for above, words in ((talk.first, "Question 801"), (talk.ours, "Answer 802"))
    ]

    def failing(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        response = real()
        return (
            error(1, "An unknown error occurred", status=500).instead()
            if fails_at in response.read()
            else response
        )

    with sandbox.transport.meanwhile("", failing):
        exchanges = sandbox.fetch()
    read = Counter(record.native_id for exchange in exchanges for record in threads.parse(exchange))
    assert max(read.values()) == 1
    found = natives(sandbox)
    below = [talk.comment, talk.ours, talk.below, *named]
    assert [found[sandbox.named(post)].kind for post in below] == [
        "comment",
        "reply",
        "reply",
        "comment",
        "reply",
    ]


@pytest.mark.parametrize("fresh", ["reply", "mention"])
def test_a_fresh_reply_or_mention_tells_that_an_old_post_is_talked_about_again(
    sandbox: Sandbox, fresh: str
) -> None:
    old = sandbox.publish(days=40)
    said = [sandbox.comment(old)]
    recent = [sandbox.publish(days=days) for days in range(2, 6)]
    window = Window("recent", since=START - timedelta(days=9), changed_since=START - timedelta(hours=5))
    assert set(marked(sandbox.read(window).values())) == words_of(recent)
    said.append(sandbox.comment(old, sandbox.us, at=START - timedelta(hours=20)))
    assert set(marked(sandbox.read(window).values())) == words_of(recent), (
        "it was written before the last capture"
    )
    if fresh == "reply":
        said.append(sandbox.comment(old, sandbox.us, at=START - timedelta(hours=1)))
    else:
        said.append(
            sandbox.comment(old, words="Question 803: really, @district?", at=START - timedelta(hours=1))
        )
    found = marked(sandbox.read(window).values())
    assert set(found) == words_of([*recent, old, *said])
    last = found["Question 803" if fresh == "mention" else said[-1].now.text]
    assert (last.kind, last.parent_id) == ("comment", f"threads:{sandbox.named(old)}")


@pytest.mark.parametrize("code", [10, 100, 200])
def test_roots_that_this_token_must_not_see_are_other_peoples(sandbox: Sandbox, code: int) -> None:
    talk, window = open_talk(sandbox), Window("recent", since=START - timedelta(days=20))
    root = f"/{sandbox.named(talk.mention)}?"
    refusal = error(code, "(#10) Application does not have permission", 33 if code == 100 else None)
    with sandbox.transport.meanwhile(root, refusal.instead):
        thanks = natives(sandbox, window)[sandbox.named(talk.thanks)]
    assert (thanks.kind, thanks.root_id) == ("post", f"threads:{sandbox.named(talk.mention)}")
    with sandbox.transport.meanwhile(root, error(4, "limit").instead), pytest.raises(Throttled):
        sandbox.fetch(window)


@pytest.mark.parametrize(
    "answer",
    [error(1, "An unknown error occurred", status=500), Answer("<h1>Bad gateway", 502), Answer("<p>")],
)
def test_an_older_post_of_which_threads_fails_to_tell_whose_it_is_is_taken_for_the_accounts_own(
    sandbox: Sandbox, answer: Answer
) -> None:
    """Everything below it that is given is read, and the missing post is reported.

    All else is captured.
    """
    old = sandbox.publish(days=90)
    ours = sandbox.comment(old, sandbox.us, at=START - timedelta(minutes=5))
    sandbox.publish()
    window = Window("recent", since=START - timedelta(days=30), changed_since=START - timedelta(hours=1))
    whole = sandbox.read(window)
    with sandbox.transport.meanwhile(f"/{sandbox.named(old)}?", answer.instead):
        exchanges = sandbox.fetch(window)
    found, name = sandbox.parse(exchanges), f"threads:{sandbox.named(old)}"
    assert whole.keys() - found.keys() == {name}
    reply = found[f"threads:{sandbox.named(ours)}"]
    assert (reply.kind, reply.parent_id) == ("comment", name)
    assert any(f"{name} but does not give it" in exchange.context.get("short", "") for exchange in exchanges)
