"""A crawl of a Facebook Page: its requests, whose token it is, where it resumes, and lookups by ID."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from infra.sandbox.faces.facebook.access import object_id, profile_id, video_number
from infra.sandbox.model import Post, Video
from recordroom.canonical import version_of
from recordroom.errors import (
    AccountUnavailable,
    Blocked,
    Throttled,
    TokenExpired,
    UnexpectedResponse,
    UsageError,
)
from recordroom.model import Absence, Exchange, Identity, Record
from recordroom.platforms import facebook
from recordroom.platforms.contract import Window
from recordroom.platforms.facebook.crawl import GLANCE
from tests.capture.everywhere.stages import SECRET
from tests.fault_transport import Answer as Rule
from tests.fault_transport import RecordedTransport, rewrite_json
from tests.platforms.contract.sandbox import START, PagedTransport, Sandbox, marked
from tests.platforms.contract.test_lookup import known
from tests.platforms.meta.errors import error
from tests.platforms.scripted import Answer, Scripted

PLATFORM = "facebook"
RECENT = Window("recent", since=START - timedelta(days=10), changed_since=START - timedelta(days=1))
OTHER = "200"  # the number, for example, of a Page that was merged into the account's


@dataclass(frozen=True)
class Talk:
    """Posts on a Page.

    They are a post with a comment and two replies, one without comments, and a visitor's post with the Page's
    reply.
    """

    first: Post
    comment: Post
    ours: Post
    reply: Post
    second: Post
    visitor: Post
    thanks: Post


def open_talk(sandbox: Sandbox) -> Talk:
    first = sandbox.publish(days=8)
    comment = sandbox.comment(first)
    ours = sandbox.comment(comment, sandbox.us)
    reply = sandbox.comment(comment, 1)
    second, visitor = sandbox.publish(days=7), visit(sandbox, 6)
    return Talk(first, comment, ours, reply, second, visitor, sandbox.comment(visitor, sandbox.us))


def visit(sandbox: Sandbox, days: float) -> Post:
    """Publish a visitor's post on the Page."""
    return sandbox.network.publish(
        sandbox.others[0], "May I ask?", wall=sandbox.us, at=START - timedelta(days=days)
    )


def natives(sandbox: Sandbox, window: Window | None = None) -> dict[str, Record]:
    """Return records by native ID, without the list of blocked people."""
    return {
        record.native_id: record for record in sandbox.read(window).values() if record.title != "Moderation"
    }


def page_id(sandbox: Sandbox) -> str:
    return profile_id(sandbox.network.accounts[sandbox.us])


def video_id(post: Post) -> str:
    return object_id(video_number(post))


def asked_for(sandbox: Sandbox, part: str) -> list[str]:
    return [url for url in sandbox.transport.asked if part in url]


def page_of(sandbox: Sandbox, size: int) -> None:
    """Let pages have at most so many items."""
    sandbox.transport.real = PagedTransport(sandbox.transport.real, "limit", size)


def with_fields(native: str, **more: Any) -> Rule:
    """Let Facebook give these fields of the node with this ID everywhere; a None field is left out."""

    def change(body: Any) -> Any:
        for one in body.values() if isinstance(body, dict) else body if isinstance(body, list) else ():
            change(one)
        if isinstance(body, dict) and body.get("id") == native:
            body.update(more)
            for name in [name for name, value in more.items() if value is None]:
                del body[name]
        return body

    return rewrite_json(change)


def known_as(sandbox: Sandbox, native: str, other: str) -> Rule:
    """Let Facebook give a post another ID."""

    def rename(request: httpx.Request, _: object) -> httpx.Response:
        url = str(request.url).replace(other, native)
        response = sandbox.transport.real.handle_request(httpx.Request("GET", url, headers=request.headers))
        return httpx.Response(
            response.status_code,
            headers=plain(response),
            content=response.read().replace(native.encode(), other.encode()),
        )

    return rename


def plain(response: httpx.Response) -> dict[str, str]:
    """Return the headers of a response with another body."""
    return {name: value for name, value in response.headers.items() if name.lower() != "content-length"}


# -- what is read
# ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "window", [Window("full"), Window("history"), Window("recent", since=START - timedelta(days=20))]
)
def test_posts_comments_and_replies_have_their_parents(sandbox: Sandbox, window: Window) -> None:
    talk = open_talk(sandbox)
    found, name = natives(sandbox, window), sandbox.named
    first, visitor, above = (f"facebook:{name(post)}" for post in (talk.first, talk.visitor, talk.comment))
    assert {n: (r.kind, r.parent_id, r.root_id, r.author_is_account) for n, r in found.items()} == {
        page_id(sandbox): ("profile", None, None, True),
        name(talk.first): ("post", None, first, True),
        name(talk.comment): ("comment", first, first, False),
        name(talk.ours): ("reply", above, first, True),
        name(talk.reply): ("reply", above, first, False),
        name(talk.second): ("post", None, f"facebook:{name(talk.second)}", True),
        name(talk.visitor): ("comment", None, visitor, False),
        name(talk.thanks): ("reply", visitor, visitor, True),
    }
    assert (found[name(talk.first)].counts or {})["comments"] == 1
    assert found[name(talk.comment)].counts == {"comments": 2, "likes": 0}


def test_comments_are_asked_for_as_one_list_with_the_oldest_first(sandbox: Sandbox) -> None:
    """The default filter leaves the replies out."""
    open_talk(sandbox)
    sandbox.fetch()
    asked = [parse_qs(urlsplit(url).query) for url in asked_for(sandbox, "/comments?")]
    assert asked
    for query in asked:
        assert (query["filter"], query["order"], query["live_filter"]) == (
            ["stream"],
            ["chronological"],
            ["no_filter"],
        )
        assert "parent{id}" in query["fields"][0]


def test_posts_without_comments_cost_no_request(sandbox: Sandbox) -> None:
    """If a post without comments has changed, there may be a comment that is not counted."""
    talk = open_talk(sandbox)
    address = f"/{sandbox.named(talk.second)}/comments"
    sandbox.fetch()
    assert not asked_for(sandbox, address)
    sandbox.network.edit(talk.second, "Changed")
    sandbox.fetch()
    assert asked_for(sandbox, address)


def test_token_is_in_no_address_and_in_no_cursor(sandbox: Sandbox) -> None:
    posts = [sandbox.publish(days=20 - number) for number in range(12)]
    for _ in range(12):
        sandbox.comment(posts[-1])
    page_of(sandbox, 5)
    sent, bodies = dict[str, str | None](), list[bytes]()

    def note(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        sent[str(request.url)] = request.headers.get("authorization")
        response = real()
        bodies.append(response.read())
        return response

    with sandbox.transport.meanwhile("", note):
        exchanges = sandbox.fetch()
    assert any(SECRET.encode() in body for body in bodies), "the address of the next page has it"
    assert set(sent.values()) == {f"Bearer {SECRET}"}
    assert [urlsplit(url).path for url in sent if SECRET in url] == ["/v26.0/debug_token"], (
        "its response is not kept"
    )
    assert not any(SECRET in f"{e.cursor} {e.url} {json.dumps(e.context)} {e.body!r}" for e in exchanges)
    assert len(sandbox.parse(exchanges)) == 2 + 12 + 12


@pytest.mark.parametrize("kind", ["full", "recent", "one", "history"])
def test_fetch_with_reels_and_commented_photos_resumes_from_any_exchange(sandbox: Sandbox, kind: str) -> None:
    network = sandbox.network
    photos = [network.photo("facebook", f"Photo {n}") for n in range(3)]
    album = sandbox.publish(days=9, photos=photos)
    for _ in range(7):
        network.comment(
            sandbox.others[0], album, "Nice", beside=photos[1].number, at=album.created + timedelta(hours=1)
        )
    posts = [sandbox.publish(days=8 - number / 10) for number in range(12)]
    for number in range(12):
        visit(sandbox, 8 - number / 10)
    post = posts[-1]
    question = sandbox.comment(post)
    for _ in range(11):
        sandbox.comment(post)
    for _ in range(12):
        sandbox.comment(question, 1)
    reels = [sandbox.publish(days=5 + number, video=Video(5, 48, 64)) for number in range(3)]
    sandbox.comment(reels[0])
    page_of(sandbox, 5)
    sandbox.transport.real = RecordedTransport(sandbox.transport.real)
    url = next(record.url for record in natives(sandbox).values() if record.native_id == sandbox.named(post))
    window = Window(kind, since=START - timedelta(days=30), url=url)
    exchanges = sandbox.fetch(window)
    parts = [set(sandbox.parse([exchange])) for exchange in exchanges]
    whole = set[str]().union(*parts)
    assert len(whole) == {"one": 26, "recent": 61}.get(kind, 62)
    for number, exchange in enumerate(exchanges):
        assert exchange.cursor is not None
        rest = set(sandbox.read(replace(window, cursor=exchange.cursor)))
        assert whole == rest.union(*parts[: number + 1]), exchange.url


def test_list_is_read_again_from_its_start_if_the_stored_address_is_dead(sandbox: Sandbox) -> None:
    for number in range(12):
        sandbox.publish(days=number + 1)
    page_of(sandbox, 5)
    exchanges = sandbox.fetch(Window("history"))
    cursor = next(
        e.cursor for e in exchanges if e.cursor and "after=" in e.cursor and "published_posts" in e.cursor
    )
    dead = error(100, "(#100) Invalid cursor")
    with (
        sandbox.transport.meanwhile("after=", dead.instead),
        pytest.raises(UnexpectedResponse, match="Invalid cursor"),
    ):
        sandbox.fetch(Window("history", cursor=cursor))
    turns = iter(range(100))

    def once(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        return dead.instead() if next(turns) == 0 else real()

    with sandbox.transport.meanwhile("after=", once):
        found = natives(sandbox, Window("history", cursor=cursor))
    assert len(found) == 12


def test_recent_window_reads_the_last_days_and_older_posts_that_a_comment_has_changed(
    sandbox: Sandbox,
) -> None:
    posts = [sandbox.publish(days=day + 0.5) for day in range(40)]
    new = sandbox.comment(posts[20], at=START - timedelta(hours=5))
    sandbox.comment(posts[21], at=START - timedelta(days=15))
    recent = sandbox.comment(posts[5], at=START - timedelta(days=3))
    sandbox.identify()
    sandbox.transport.asked.clear()
    found = natives(sandbox, RECENT)
    assert set(found) == {page_id(sandbox), *map(sandbox.named, (*posts[:10], posts[20], new, recent))}
    assert found[sandbox.named(new)].root_id == f"facebook:{sandbox.named(posts[20])}"
    assert all("until=" in url for url in asked_for(sandbox, "/feed") if "since=" not in url)
    sandbox.transport.asked.clear()
    assert sandbox.named(posts[20]) not in natives(sandbox, replace(RECENT, changed_since=None))
    assert not [url for url in asked_for(sandbox, "/feed") if "until=" in url]


def test_search_for_changed_older_posts_has_an_end(sandbox: Sandbox) -> None:
    for day in range(13 * 5):
        sandbox.publish(days=day + 10.5)
    page_of(sandbox, 5)
    sandbox.fetch(RECENT)
    assert len([url for url in asked_for(sandbox, "/feed") if "until=" in url]) == GLANCE


def test_hidden_and_expired_posts_are_asked_for(sandbox: Sandbox) -> None:
    post = sandbox.publish()
    sandbox.network.hide(post)
    assert natives(sandbox)[sandbox.named(post)].status == "hidden"
    lists = [
        parse_qs(urlsplit(url).query)
        for edge in ("/published_posts", "/feed")
        for url in asked_for(sandbox, edge)
    ]
    assert [(q["include_hidden"], q["show_expired"], q["limit"]) for q in lists] == [
        (["true"], ["true"], ["100"])
    ] * 2


def test_post_that_only_tags_the_page_is_kept_without_its_conversation(sandbox: Sandbox) -> None:
    elsewhere = sandbox.network.publish(sandbox.others[0], "Thanks @district", at=START - timedelta(days=2))
    said = sandbox.comment(elsewhere, 1)
    found, native = natives(sandbox), sandbox.named(elsewhere)
    assert (found[native].kind, found[native].author_is_account, found[native].counts) == (
        "comment",
        False,
        {"likes": 0},
    )
    assert sandbox.named(said) not in found
    assert not asked_for(sandbox, f"/{native}/comments")


def test_post_of_the_page_is_read_with_its_comments_whatever_number_its_id_begins_with(
    sandbox: Sandbox,
) -> None:
    """The number may be that of a Page that was merged into it."""
    post = sandbox.publish()
    said = sandbox.comment(post)
    native = sandbox.named(post)
    other = f"{OTHER}_{native.partition('_')[2]}"
    with sandbox.transport.meanwhile("", known_as(sandbox, native, other)):
        found = natives(sandbox)
    assert native not in found
    assert (found[other].kind, found[other].author_is_account, (found[other].counts or {})["comments"]) == (
        "post",
        True,
        1,
    )
    comment = found[sandbox.named(said)]
    assert (comment.kind, comment.parent_id, comment.root_id) == (
        "comment",
        f"facebook:{other}",
        f"facebook:{other}",
    )


def test_refused_comments_of_a_merged_page_hide_nothing_else(sandbox: Sandbox) -> None:
    """They are counted and missing, which the core reports."""
    posts = [sandbox.publish(days=number + 2) for number in range(5)]
    for post in posts:
        sandbox.comment(post)
    _, (question, _) = sandbox.converse()
    refusal = error(10, "(#10) This endpoint requires 'Page Public Content Access'")

    def merged(request: httpx.Request, _: object) -> httpx.Response:
        if f"/{OTHER}_" in str(request.url):
            return refusal.instead()
        response = sandbox.transport.real.handle_request(request)
        body = response.read()
        for post in posts:
            native = sandbox.named(post)
            body = body.replace(f'"{native}"'.encode(), f'"{OTHER}_{native.partition("_")[2]}"'.encode())
        return httpx.Response(response.status_code, headers=plain(response), content=body)

    with sandbox.transport.meanwhile("", merged):
        found = natives(sandbox)
    other = f"{OTHER}_{sandbox.named(posts[0]).partition('_')[2]}"
    assert {sandbox.named(question), other} <= found.keys()
    assert (found[other].counts or {})["comments"] == 1


def test_author_who_is_not_given_is_unknown(sandbox: Sandbox) -> None:
    post, visitor = sandbox.publish(), visit(sandbox, 2)
    comment = sandbox.comment(post)
    sandbox.transport.rules = [("", rewrite_json(_without_authors))]
    found = natives(sandbox)
    for one in (visitor, comment):
        record = found[sandbox.named(one)]
        assert (record.kind, record.author_id, record.author_is_account) == ("comment", None, None)
    record = found[sandbox.named(post)]
    assert (record.kind, record.author_id, record.author_is_account) == ("post", None, True)


def _without_authors(body: Any) -> Any:
    for one in body.values() if isinstance(body, dict) else body if isinstance(body, list) else ():
        _without_authors(one)
    if isinstance(body, dict):
        body.pop("from", None)
    return body


def test_planned_post_is_no_record_and_an_advertisement_is_one(sandbox: Sandbox) -> None:
    planned, advertisement = map(sandbox.named, (sandbox.publish(), sandbox.publish()))
    sandbox.transport.rules = [
        (
            "/published_posts",
            _both(with_fields(planned, is_published=False, scheduled_publish_time=1795000000), advertisement),
        ),
        (
            "/feed",
            _both(with_fields(planned, is_published=False, scheduled_publish_time=1795000000), advertisement),
        ),
    ]
    found = natives(sandbox)
    assert planned not in found
    assert (found[advertisement].visibility, found[advertisement].tally) == ("unpublished", None)


def _both(first: Rule, advertisement: str) -> Rule:
    second = with_fields(advertisement, is_published=False)
    return lambda request, real: second(request, lambda: first(request, real))


def test_new_comment_is_no_edit(sandbox: Sandbox) -> None:
    post = sandbox.publish()
    before = marked(sandbox.read().values())[post.now.text]
    sandbox.comment(post)
    after = marked(sandbox.read().values())[post.now.text]
    assert (version_of(before), before.edited_at, before.valid_from) == (version_of(after), None, None)


# -- whose token, how many, by ID
# ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://www.facebook.com/District",
        "https://facebook.com/dis.trict/",
        "https://www.facebook.com/{}",
        "https://www.facebook.com/profile.php?id={}",
        "https://www.facebook.com/p/Fircrest-Schools-{}/",
        "https://www.facebook.com/pages/Fircrest-Schools/{}",
    ],
)
def test_page_of_the_register_is_the_tokens(sandbox: Sandbox, url: str) -> None:
    me = page_id(sandbox)
    identity = facebook.identify(replace(sandbox.entry, url=url.format(me)), sandbox.client)
    assert (identity.native_id, identity.server, identity.title, identity.handle) == (
        me,
        "facebook.com",
        "District",
        "district",
    )


PERSON = "EAAGaPersons"


def give_persons_token(sandbox: Sandbox) -> None:
    sandbox.network.account("facebook/clerk", "Clerk", manages=[sandbox.us])
    sandbox.network.grant(
        "facebook", PERSON, "facebook/clerk", kind="user", scopes=sandbox.profile.stage.token["scopes"]
    )
    sandbox.client.authorize({"token": PERSON})


def test_token_of_a_person_is_refused(sandbox: Sandbox) -> None:
    """With it comments come back as {"data": []} and HTTP 200: they would look deleted."""
    sandbox.converse()
    sandbox.identify()
    give_persons_token(sandbox)
    unknown = replace(sandbox.entry, identity=None)
    empty = [e for e in sandbox.fetch() if e.context.get("edge") == "comments"]
    assert empty
    assert not sandbox.parse(empty)
    with pytest.raises(Blocked, match="not a Page but a person") as refusal:
        facebook.identify(unknown, sandbox.client)
    assert "the Page's own token" in refusal.value.mend
    with (
        sandbox.transport.meanwhile("/me?", Answer({"id": "300"}).instead),
        pytest.raises(Blocked, match="not a Page but a person"),
    ):
        facebook.identify(unknown, sandbox.client)
    with pytest.raises(Blocked, match="without a token"):
        facebook.identify(sandbox.entry, Scripted([]))


def test_fault_at_the_question_whose_token_it_is_is_named(sandbox: Sandbox) -> None:
    down = error(2, "Service temporarily unavailable", status=503)
    with (
        sandbox.transport.meanwhile("/me?", down.instead),
        pytest.raises(UnexpectedResponse, match="temporarily"),
    ):
        sandbox.identify()


def test_another_page_is_refused_and_a_renamed_one_is_followed(sandbox: Sandbox) -> None:
    me, other = page_id(sandbox), replace(sandbox.entry, url="https://www.facebook.com/LarkspurAthletics")
    with pytest.raises(AccountUnavailable, match="LarkspurAthletics") as refusal:
        facebook.identify(other, sandbox.client)
    assert f"https://www.facebook.com/{me}" in refusal.value.mend
    assert (
        facebook.identify(other.with_identity(Identity(me, "facebook.com")), sandbox.client).native_id == me
    )
    with pytest.raises(AccountUnavailable):
        facebook.identify(other.with_identity(Identity("999", "facebook.com")), sandbox.client)


def test_total_is_the_platforms_where_it_counts(sandbox: Sandbox) -> None:
    open_talk(sandbox)
    found = natives(sandbox)
    count = rewrite_json(lambda body: body | {"summary": {"total_count": 2}})
    with sandbox.transport.meanwhile("summary=total_count", count):
        totals = facebook.totals(sandbox.entry, sandbox.client)
    assert totals is not None
    assert totals.kinds == {"own": 2}
    assert sum(record.tally == "own" for record in found.values()) == 2
    with sandbox.transport.meanwhile("summary=total_count", Answer({"data": []}).instead):
        assert facebook.totals(sandbox.entry, sandbox.client) is None


def test_what_is_not_given_is_unavailable_and_the_rest_is_read(sandbox: Sandbox) -> None:
    talk = open_talk(sandbox)
    comments = [sandbox.comment(talk.first) for _ in range(70)]
    held = natives(sandbox)
    removed = (comments[20], comments[55], talk.second)
    for post in removed:
        sandbox.network.remove(post)
    sandbox.transport.asked.clear()
    result = sandbox.lookup(*map(known, held.values()))
    gone = {one.record_id: (one.status, one.acted_by) for one in result if isinstance(one, Absence)}
    assert gone == {f"facebook:{sandbox.named(post)}": ("unavailable", None) for post in removed}
    found = sandbox.parse(one for one in result if isinstance(one, Exchange))
    assert found.keys() == {record.record_id for record in held.values()} - gone.keys()
    for post in (talk.reply, talk.visitor, talk.thanks):
        before = held[sandbox.named(post)]
        after = found[before.record_id]
        assert (after.kind, after.parent_id, after.root_id) == (before.kind, before.parent_id, before.root_id)
    assert all(b"does not exist" in one.exchange.body for one in result if isinstance(one, Absence))
    assert len(sandbox.transport.asked) < 40


def test_id_that_a_response_for_many_leaves_out_is_asked_for_alone(sandbox: Sandbox) -> None:
    post, (question, reply) = sandbox.converse()
    gone = sandbox.comment(post)
    held = natives(sandbox)

    def first_only(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        response = rewrite_json(lambda body: dict([next(iter(body.items()))]))(request, real)
        sandbox.network.remove(gone)
        return response

    with sandbox.transport.meanwhile("ids=", first_only):
        result = sandbox.lookup(*(known(held[sandbox.named(one)]) for one in (question, reply, gone)))
    assert [one.record_id for one in result if isinstance(one, Absence)] == [
        f"facebook:{sandbox.named(gone)}"
    ]
    found = sandbox.parse(one for one in result if isinstance(one, Exchange))
    assert found.keys() == {f"facebook:{sandbox.named(one)}" for one in (question, reply)}


def test_ids_that_a_response_leaves_out_entirely_are_asked_for_alone(sandbox: Sandbox) -> None:
    """The response is then an empty list, because Facebook writes an empty object that way there."""
    post, (question, _) = sandbox.converse()
    gone = sandbox.comment(post)
    held = natives(sandbox)
    sandbox.network.remove(gone)
    album = sandbox.publish(
        photos=[sandbox.network.photo("facebook", f"Photo {number}") for number in range(3)]
    )
    with sandbox.transport.meanwhile("ids=", Answer([]).instead):
        result = sandbox.lookup(*(known(held[sandbox.named(one)]) for one in (question, gone)))
        assert [one.record_id for one in result if isinstance(one, Absence)] == [
            f"facebook:{sandbox.named(gone)}"
        ]
        assert sandbox.parse(one for one in result if isinstance(one, Exchange)).keys() == {
            f"facebook:{sandbox.named(question)}"
        }
        assert [m.alt_text for m in natives(sandbox)[sandbox.named(album)].media] == [
            "Photo 0",
            "Photo 1",
            "Photo 2",
        ]


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (error(100, "(#100) Tried accessing nonexisting field (mood)"), UnexpectedResponse),
        (error(100, "(#100) param fields must be an array."), UnexpectedResponse),
        (error(4, "limit"), Throttled),
        (error(190, "dead", 463), TokenExpired),
        (error(10, "permission"), Blocked),
    ],
)
def test_error_about_the_request_is_no_absence(
    sandbox: Sandbox, answer: Answer, failure: type[Exception]
) -> None:
    _, (question, _) = sandbox.converse()
    held = natives(sandbox)[sandbox.named(question)]
    with sandbox.transport.meanwhile(f"/{held.native_id}?", answer.instead), pytest.raises(failure):
        sandbox.lookup(known(held))


def test_post_that_is_planned_for_a_later_day_again_is_hidden(sandbox: Sandbox) -> None:
    native = sandbox.named(sandbox.publish())
    held = natives(sandbox)[native]
    with sandbox.transport.meanwhile(
        "", with_fields(native, is_published=False, scheduled_publish_time=1795000000)
    ):
        result = sandbox.lookup(known(held))
    assert [(one.status, one.acted_by) for one in result if isinstance(one, Absence)] == [
        ("hidden", "agency")
    ]


FORMS = {
    "https://www.facebook.com/fircrest/posts/{post}": "photo",
    "https://www.facebook.com/{me}/posts/{post}/?comment_id=10": "photo",
    "https://www.facebook.com/fircrest/posts/the-buses-are-late/{post}/": "photo",
    "https://m.facebook.com/permalink.php?story_fbid={post}&id={me}": "photo",
    # the Page's other number, which Graph does not use
    "https://www.facebook.com/permalink.php?story_fbid={post}&id=100099": "photo",
    "https://www.facebook.com/fircrest/posts/pfbid0One": "photo",
    "https://m.facebook.com/story.php?story_fbid=pfbid0One&id=100099": "photo",
    "https://www.facebook.com/photo?fbid={photo}&set=a.1": "photo",
    "https://www.facebook.com/photo.php?fbid={photo}": "photo",
    "https://www.facebook.com/fircrest/photos/a.441/{photo}/?type=3": "photo",
    "https://www.facebook.com/reel/{video}": "video",
    "https://www.facebook.com/fircrest/videos/{video}/": "video",
    "https://www.facebook.com/fircrest/videos/a-title/{video}/": "video",
    "https://www.facebook.com/watch/?v={video}": "video",
    # the video does not name its post, whose ID contains the video's
    "https://www.facebook.com/watch/?v={video}&alone=1": "alone",
}


@pytest.mark.parametrize("form", FORMS)
def test_permalink_in_any_form_brings_its_conversation(sandbox: Sandbox, form: str) -> None:
    photo, me = sandbox.network.photo("facebook", "Snow"), page_id(sandbox)
    pictured, filmed = sandbox.publish(days=2, photos=[photo]), sandbox.publish(days=3, video=Video(5))
    post = pictured if FORMS[form] == "photo" else filmed
    question = sandbox.comment(post)
    below = [question, sandbox.comment(question, 1), sandbox.comment(question, sandbox.us)]
    native, film = sandbox.named(post), video_id(filmed)
    if FORMS[form] == "alone":
        other = f"{me}_{film}"
        sandbox.transport.rules = [
            (f"/{film}?", with_fields(film, post_id=None)),
            (other, known_as(sandbox, native, other)),
        ]
    else:
        other = native
        address = with_fields(native, permalink_url="https://www.facebook.com/100099/posts/pfbid0One")
        sandbox.transport.rules = (
            [("/published_posts", address), ("/feed", address)] if "pfbid" in form else []
        )
    url = form.format(me=me, post=native.partition("_")[2], photo=object_id(photo.number), video=film)
    assert set(natives(sandbox, Window("one", url=url))) == {me, other, *map(sandbox.named, below)}


@pytest.mark.parametrize(
    "url",
    [
        "https://www.facebook.com/fircrest",
        "https://elsewhere.example/fircrest/posts/{post}",
        "https://notfacebook.com/fircrest/posts/{post}",
        "https://www.facebook.com/permalink.php?story_fbid=998&id=999",
        "https://www.facebook.com/fircrest/posts/999",
        "https://www.facebook.com/photo?fbid=999",
        "https://www.facebook.com/fircrest/posts/pfbid02abc",
        "http://[",
        "",
    ],
)
def test_address_of_no_post_of_the_page_is_refused(sandbox: Sandbox, url: str) -> None:
    talk = open_talk(sandbox)
    with pytest.raises(UsageError):
        sandbox.fetch(Window("one", url=url.format(post=sandbox.named(talk.first).partition("_")[2])))


def test_address_that_is_in_no_list_is_not_called_gone(sandbox: Sandbox) -> None:
    open_talk(sandbox)
    with pytest.raises(UsageError, match="does not mean that the post was removed"):
        sandbox.fetch(Window("one", url="https://www.facebook.com/fircrest/posts/pfbid02abc"))
