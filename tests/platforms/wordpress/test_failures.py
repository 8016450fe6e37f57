"""Faults of a WordPress site are named, and none looks like an empty site or an absence.

Damaged lists never break a fetch.
"""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordroom.errors import (
    AccountUnavailable,
    Blocked,
    PlatformFailure,
    Throttled,
    TokenExpired,
    UnexpectedResponse,
)
from recordroom.model import Exchange
from recordroom.platforms import wordpress
from recordroom.platforms.contract import KnownRecord, Window
from tests.platforms.mutations import damaged
from tests.platforms.scripted import Answer, Scripted, read_of
from tests.platforms.wordpress.blog import ENTRY, SECRETS, body, run, serving

NUMBERS = count(1)


def linked(page: int) -> dict[str, str]:
    return {"Link": f'<https://blog.example.org/wp-json/wp/v2/posts?page={page}>; rel="next"'}


@pytest.mark.parametrize(
    ("posts", "words"),
    [
        (lambda _: Answer(body("ordinary"), headers=linked(2)), "the same page again"),
        (
            lambda url: Answer(
                [{**body("ordinary")[0], "id": next(NUMBERS)}], headers=linked(3 if "page=2" in url else 2)
            ),
            "already read",
        ),
        (Answer("<!DOCTYPE html><title>Sign in</title>"), "HTML instead of JSON"),
        (Answer(""), "nothing instead of JSON"),
        (Answer({"code": "internal_error", "message": "There has been a critical error"}), "internal_error"),
        (Answer({"code": "rest_x", "message": "x", "data": {"status": 500}}), "HTTP 500"),
        (Answer({"code": ["odd"], "message": "x"}), "odd"),
        (Answer("Internal Server Error", 500), "HTTP 500"),
        (Answer({"posts": []}), "/id must be"),
        (Answer(["x"]), "/0 must be an object"),
        (Answer([{**body("ordinary")[0], "date_gmt": "2026-11-24"}] * 2), "date_gmt must be"),
        (Answer([{**body("ordinary")[0], "id": n} for n in range(100)]), "neither Link nor X-WP-TotalPages"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_faults_are_named(posts: Any, words: str) -> None:
    with pytest.raises(UnexpectedResponse, match=words):
        run(serving({"posts": posts}))


@pytest.mark.parametrize("number", ["..", "1/revisions", "1?context=edit&x="])
@pytest.mark.parametrize("route", ["comments", "posts"])
def test_an_id_that_would_lead_elsewhere_is_not_asked_for(route: str, number: str) -> None:
    client = serving({})
    known = KnownRecord(f"wordpress:blog.example.org/{route}/{number}", number, "comment")
    with pytest.raises(UnexpectedResponse, match="an ID must contain"):
        list(wordpress.lookup(ENTRY, [known], client))
    assert not [url for url in client.asked if f"/{route}/" in url]


def test_a_list_without_end_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recordroom.platforms.paging.MAX_PAGES", 20)
    pages = iter(range(10_000))

    def post(_: str) -> Answer:
        number = next(pages)
        return Answer([{**body("ordinary")[0], "id": number}], headers=linked(number + 2))

    with pytest.raises(UnexpectedResponse, match="more than 20 pages"):
        run(serving({"posts": post}))


def test_a_list_that_shrinks_while_it_is_read_just_ends() -> None:
    gone = Answer(
        {"code": "rest_post_invalid_page_number", "message": "larger", "data": {"status": 400}}, 400
    )
    found = run(
        serving(
            {"posts": lambda url: gone if "page=2" in url else Answer(body("ordinary"), headers=linked(2))}
        )
    )
    assert [r.native_id for r in found if r.kind == "post"] == ["101", "99"]


@pytest.mark.parametrize("secrets", [{}, SECRETS])
def test_a_list_is_read_to_its_end_where_a_proxy_takes_only_the_links_away(secrets: dict[str, str]) -> None:
    def page(url: str) -> Answer:
        number = int(parse_qs(urlsplit(url).query).get("page", ["1"])[0])
        return Answer(
            [{**body("ordinary")[0], "id": number}], headers={"X-WP-Total": "3", "X-WP-TotalPages": "3"}
        )

    client = serving({"posts?": lambda url: page(url) if "trash" not in url else Answer([])}, **secrets)
    assert [r.native_id for r in run(client, Window("history")) if r.kind == "post" and not r.historical] == [
        "1",
        "2",
        "3",
    ]
    assert sum("page=2" in url and "per_page=100" in url and "_embed" in url for url in client.asked) == 1


def test_throttled_says_until_when() -> None:
    with pytest.raises(Throttled) as told:
        run(serving({"posts": Answer("slow down", 429, {"Retry-After": "Tue, 24 Nov 2026 09:00:00 GMT"})}))
    assert told.value.until == datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_a_password_that_dies_half_way_is_no_empty_site() -> None:
    """WordPress then treats us as a visitor, and responds with 200 to what a visitor may read."""
    visitor = Answer(
        {"code": "rest_invalid_param", "message": "Invalid parameter(s): status", "data": {"status": 400}},
        400,
    )
    lists = {"posts": lambda url: visitor if "status=trash" in url else Answer(body("ordinary"))}
    with pytest.raises(TokenExpired):
        run(serving(lists, **SECRETS))
    refused = Answer(
        {
            "code": "rest_forbidden_param",
            "message": "Query parameter not permitted: status",
            "data": {"status": 401},
        },
        401,
    )
    with pytest.raises(TokenExpired):
        run(serving({"comments": refused}, **SECRETS))


def test_a_refusal_of_the_whole_site_is_no_absence() -> None:
    known = [KnownRecord("wordpress:blog.example.org/posts/101", "101", "post")]
    closed = Answer(
        {"code": "rest_cannot_access", "message": "Only authenticated users", "data": {"status": 401}}, 401
    )
    with pytest.raises(Blocked):
        list(wordpress.lookup(ENTRY, known, Scripted(lambda url: closed if "/101" in url else Answer([]))))
    with pytest.raises(AccountUnavailable):
        list(
            wordpress.lookup(
                ENTRY,
                known,
                Scripted(lambda url: Answer("<html>not found", 404) if "/101" in url else Answer([])),
            )
        )


@pytest.mark.parametrize(
    "users",
    [
        Answer({"code": "rest_user_cannot_view", "message": "No", "data": {"status": 401}}, 401),
        Answer("<html>Not Acceptable", 406),
        Answer("<html>Welcome to our site", 200),  # a redirect to the front page was followed
        Answer({"code": "rest_forbidden", "message": "No", "data": {"status": 403}}, 200),
    ],
)
def test_a_closed_list_of_users_only_leaves_authors_unknown(users: Answer) -> None:
    comments = [body("replies-anonymous")[0] | {"author": 3}]
    *_, record = run(
        serving({"users": users, "posts": Answer(body("ordinary")), "comments": Answer(comments)})
    )
    assert (record.kind, record.author_is_account) == ("comment", None)


def test_a_list_of_users_that_fails_is_told_and_leaves_authors_unknown_too() -> None:
    comments = [body("replies-anonymous")[0] | {"author": 3}]
    lists = {
        "users": Answer("Internal Server Error", 500),
        "posts": Answer(body("ordinary")),
        "comments": Answer(comments),
    }
    *_, last = wordpress.fetch(ENTRY, Window("full"), serving(lists))
    assert [(record.kind, record.author_is_account) for record in wordpress.parse(last)] == [
        ("comment", None)
    ]
    assert "the site returned an error instead of users (HTTP 500)" in last.context["short"]


NO_ROUTE = Answer(
    {"code": "rest_no_route", "message": "No route was found matching the URL", "data": {"status": 404}}, 404
)


def test_lists_since_a_time_reach_an_hour_further_back() -> None:
    """The site compares its own local time, in which one hour of autumn occurs twice.

    Without the hour, posts of the second one would be left out.
    """
    since, changed = datetime(2026, 10, 2, 8, 50, tzinfo=UTC), datetime(2026, 11, 1, 8, 50, tzinfo=UTC)
    site = serving({})
    run(site, Window("recent", since=since, changed_since=changed))
    assert any("&after=2026-10-02T07:50:00Z" in unquote(url) for url in site.asked)
    assert any("&modified_after=2026-11-01T07:50:00Z" in unquote(url) for url in site.asked)


@pytest.mark.parametrize("secrets", [{}, SECRETS], ids=["anybody", "editor"])
@pytest.mark.parametrize(
    "window", [Window("full"), Window("history"), Window("recent", since=datetime(2026, 1, 1, tzinfo=UTC))]
)
def test_a_site_whose_api_has_no_comments_is_read_all_the_same(
    window: Window, secrets: dict[str, str]
) -> None:
    """Plugins that switch comments off leave a site in this state."""
    lists = {
        "comments": NO_ROUTE,
        "posts": lambda url: Answer([] if "trash" in url or "modified_after" in url else body("ordinary")),
    }
    exchanges = list(wordpress.fetch(ENTRY, window, serving(lists, **secrets)))
    assert [r.native_id for e in exchanges for r in wordpress.parse(e) if r.kind == "post"] == ["101", "99"]
    assert "the site's API has no comments" in exchanges[-1].context["short"]
    known = [KnownRecord(f"wordpress:blog.example.org/comments/{n}", str(n), "comment") for n in (7, 8)]
    [answer] = wordpress.lookup(ENTRY, known, serving(lists, **secrets))
    assert isinstance(answer, Exchange)
    assert answer.context["untold"] == [k.record_id for k in known], (
        "nothing is concluded of those that are held"
    )
    assert list(wordpress.parse(answer)) == []


@pytest.mark.parametrize("code", ["rest_no_route", "rest_post_invalid_parent"])
def test_a_post_without_revisions_is_what_it_is_now(code: str) -> None:
    """Posts of a type that supports no revisions have no such route.

    For a post that was just removed, the revisions have no parent.
    """
    none = Answer({"code": code, "message": "no", "data": {"status": 404}}, 404)
    edited = [post | {"modified_gmt": "2026-11-25T00:00:00"} for post in body("ordinary")]
    lists = {"posts/": none, "posts": lambda url: Answer([] if "trash" in url else edited)}
    found = run(serving(lists, **SECRETS), Window("history"))
    assert [(r.native_id, r.historical) for r in found if r.kind == "post"] == [("101", False), ("99", False)]


@pytest.mark.parametrize("asked", ["_fields=", "include="])
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer('<b>Notice</b>[{"id": 1'), "(no JSON)"),
        (Answer("<html>Forbidden", 403), "(HTTP 403)"),
        (Answer("<html>Not found", 404), "(HTTP 404)"),
        # it was just removed
        (Answer({"code": "rest_post_invalid_parent", "message": "no", "data": {"status": 404}}, 404), ""),
    ],
)
def test_earlier_wordings_that_a_site_does_not_give_keep_nothing_else_from_being_read(
    asked: str, answer: Answer, told: str
) -> None:
    [revision] = body("edited-alone")
    first, second = (post | {"modified_gmt": "2026-11-25T00:00:00"} for post in body("ordinary"))
    listed = revision | {"date_gmt": second["date_gmt"]}
    page = second | {"id": 7, "type": "page", "modified_gmt": second["date_gmt"]}
    lists = {
        f"posts/{first['id']}/revisions": lambda url: answer if asked in url else Answer([listed]),
        "posts": lambda url: Answer([] if "trash" in url or "revisions" in url else [first, second]),
        "pages": lambda url: Answer([] if "trash" in url else [page]),
    }
    exchanges = list(wordpress.fetch(ENTRY, Window("history"), serving(lists, **SECRETS)))
    found = [record for exchange in exchanges for record in wordpress.parse(exchange)]
    assert [(r.native_id, r.historical) for r in found if r.kind == "post"] == [
        ("101", False),
        ("99", False),
        ("7", False),
    ]
    number = revision["id"] if asked == "include=" and "JSON" in told else ""
    name = f"posts/{first['id']}/revisions" + (f"/{number}" if number else "")
    assert (
        exchanges[-1]
        .context.get("short", "")
        .startswith(f"the site returned an error instead of {name} {told}" if told else "")
    )


@pytest.mark.parametrize(
    ("shown", "states"), [("{}<p>Share this!</p>", 0), ("<p>All schools are open.</p>", 1)]
)
def test_the_newest_revision_is_no_state_of_its_own_where_a_plugin_adds_words_to_the_post_alone(
    shown: str, states: int
) -> None:
    [revision] = body("edited-alone")
    content = {"rendered": shown.format(revision["content"]["rendered"]), "protected": False}
    post = body("ordinary")[0] | {"modified_gmt": revision["date_gmt"], "content": content}
    lists = {"posts/": [revision], "posts": lambda url: Answer([] if "trash" in url else [post])}
    found = [record for record in run(serving(lists, **SECRETS)) if record.kind == "post"]
    assert [record.historical for record in found] == [False] + [True] * states


def test_one_odd_post_keeps_nothing_behind_it_from_being_read() -> None:
    odd = [post | {"modified_gmt": "2026-11-25T00:00:00", "title": None} for post in body("ordinary")]
    lists = {
        "posts": lambda url: Answer([] if "trash" in url else odd),
        "pages": lambda url: Answer([] if "trash" in url else body("page")),
    }
    told, unread = read_of(
        wordpress.fetch(ENTRY, Window("history"), serving(lists, **SECRETS)), wordpress.parse
    )
    assert (unread, any("/pages/" in record.record_id for record in told)) == (1, True)


def test_a_protected_post_at_which_the_site_fails_keeps_nothing_behind_it_from_being_read() -> None:
    first, second = body("ordinary")
    protected, number = second | {"content": {"rendered": "", "protected": True}}, str(second["id"])
    lists = {"posts": lambda url: Answer([] if "status=trash" in url else [protected, first]), "pages": []}
    failing = {f"posts/{number}": Answer("Internal Server Error", 500), **lists}
    exchanges = list(wordpress.fetch(ENTRY, Window("full"), serving(failing, **SECRETS)))
    assert [r.native_id for e in exchanges for r in wordpress.parse(e) if r.kind == "post"] == [
        str(first["id"])
    ]
    assert (
        f"the site returned an error instead of posts/{number} (HTTP 500)" in exchanges[-1].context["short"]
    )
    known = KnownRecord(f"wordpress:blog.example.org/posts/{number}", number, "post")
    told = [
        e.context.get("untold")
        for e in wordpress.lookup(ENTRY, [known], serving(failing, **SECRETS))
        if isinstance(e, Exchange)
    ]
    assert told[-1] == [known.record_id], "nothing is concluded of it"


def test_a_post_at_which_php_prints_a_notice_keeps_nothing_else_from_being_read() -> None:
    """The notice is before the JSON, with HTTP 200, in each response that has that post's text."""
    first, second = body("ordinary")

    def posts(url: str) -> Answer:
        wanted = parse_qs(urlsplit(url).query).get("include", ["all"])[0].split(",")
        found = [post for post in (second, first) if wanted == ["all"] or str(post["id"]) in wanted]
        notice = "<br /><b>Notice</b>" if second in found and "_fields=id" not in url else ""
        return Answer(f"{notice}{json.dumps(found)}")

    exchanges = list(wordpress.fetch(ENTRY, Window("full"), serving({"posts": posts})))
    assert [r.native_id for e in exchanges for r in wordpress.parse(e) if r.kind == "post"] == [
        str(first["id"])
    ]
    assert (
        f"the site returned an error instead of posts/{second['id']} (no JSON)"
        in exchanges[-1].context["short"]
    )


def test_what_a_site_without_comments_counts() -> None:
    counted = Answer([], headers={"X-WP-Total": "4"})
    told = wordpress.totals(
        ENTRY, serving({"comments": NO_ROUTE, "posts": counted, "pages": counted}, **SECRETS)
    )
    assert told is not None
    assert told.kinds == {"post": 8}
    notes = Answer([], headers={"X-WP-Total": "1"})
    comments = {"comments": lambda url: notes if "type=note" in url else counted}
    told = wordpress.totals(ENTRY, serving({**comments, "posts": NO_ROUTE, "pages": counted}, **SECRETS))
    assert told is not None
    assert told.kinds == {"post": 4, "answers": 3}, "editors' notes are no comments"
    with pytest.raises(AccountUnavailable, match="HTTP 404"):
        wordpress.totals(
            ENTRY, serving({"comments": counted, "posts": Answer("<html>", 404), "pages": counted}, **SECRETS)
        )


@pytest.mark.parametrize("secrets", [{}, SECRETS], ids=["anybody", "editor"])
def test_a_site_without_a_blog_is_read_all_the_same(secrets: dict[str, str]) -> None:
    lists = {
        "posts": NO_ROUTE,
        "comments": NO_ROUTE,
        "pages": lambda url: Answer([] if "trash" in url else body("page")),
    }
    for window in (
        Window("full"),
        Window("history"),
        Window("recent", since=datetime(2026, 1, 1, tzinfo=UTC)),
    ):
        exchanges = list(wordpress.fetch(ENTRY, window, serving(lists, **secrets)))
        assert any(r.kind == "post" for e in exchanges for r in wordpress.parse(e))
        assert (
            "the site's API has no posts and no comments"
            in [e for e in exchanges if "short" in e.context][-1].context["short"]
        )


def test_a_conversation_whose_comments_are_not_given_is_not_called_whole() -> None:
    lists = {"comments": NO_ROUTE, "posts": Answer(body("ordinary"))}
    window = Window("one", url="https://blog.example.org/?p=101")
    with pytest.raises(Blocked, match="the site's API has no comments"):
        run(serving(lists), window)


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_damaged_lists_never_break_the_fetch(data: st.DataObject) -> None:
    broken = data.draw(damaged(body("edited-live")))
    revisions = data.draw(damaged(body("edited-alone")))
    client = serving(
        {"posts/": Answer(json.dumps(revisions)), "posts": Answer(json.dumps(broken))}, **SECRETS
    )
    with suppress(PlatformFailure):
        run(client, Window("history"))
