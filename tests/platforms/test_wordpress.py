"""WordPress against a real one (publish, comment, edit, hold, spam, trash, restore, erase), and against faults that no real one makes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordroom.accounts import Account
from recordroom.capture.client import HttpClient
from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse, UsageError
from recordroom.model import Absence, Exchange, Identity, Record, version_of
from recordroom.platforms import Client, Known, Window, wordpress
from recordroom.platforms.wordpress.walk import CLOCK
from tests.platforms.mutations import damaged
from tests.platforms.scripted import Answer, Scripted, account
from tests.services import WordPressSite

HERE = Path(__file__).parent / "wordpress"
SITE = Identity("blog.example.org", "blog.example.org", "Blog")


class Site:
    """A real site, written to as its people would, and read as we do."""

    def __init__(self, site: WordPressSite) -> None:
        self.site = site
        self.http = httpx.Client(base_url=f"{site.api}/", auth=(site.user, site.password), timeout=60)
        self.url = site.url
        self.server = site.url.removeprefix("http://")

    def put(self, path: str, **fields: Any) -> dict[str, Any]:
        answer = self.http.post(path, json=fields)
        assert answer.status_code < 300, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def post(self, text: str, status: str = "publish", **fields: Any) -> int:
        return int(self.put("posts", title=f"About {text}", content=f"<p>{text}</p>", status=status, **fields)["id"])

    def comment(self, post: int, text: str, **fields: Any) -> int:
        guest = {"author_name": "Ann Onymous", "author_email": "ann@example.org"}
        return int(self.put("comments", post=post, content=text, **(guest | fields))["id"])

    def erase(self, path: str, *, force: bool = True) -> None:
        assert self.http.delete(path, params={"force": "true"} if force else {}).status_code == 200

    def client(self, *, trusted: bool = True) -> HttpClient:
        client = HttpClient(contact="records@example.org", limit=10**8, private=True)
        client.authorize({"user": self.site.user, "password": self.site.password} if trusted else {})
        return client

    def account(self, client: Client) -> Account:
        entry = account("wordpress", self.url)
        return entry.identified(wordpress.identify(entry, client))

    def exchanges(self, window: Window, *, trusted: bool = True) -> list[Exchange]:
        client = self.client(trusted=trusted)
        return list(wordpress.fetch(self.account(client), window, client))

    def records(self, kind: str = "full", *, trusted: bool = True, **window: Any) -> dict[str, Record]:
        """The live records, by their ids without the site."""
        return {short(r): r for r in self.all_records(kind, trusted=trusted, **window) if not r.historical}

    def all_records(self, kind: str = "full", *, trusted: bool = True, **window: Any) -> list[Record]:
        return [r for e in self.exchanges(Window(kind, **window), trusted=trusted) for r in wordpress.parse(e)]

    def look(self, *paths: str, trusted: bool = True) -> list[Exchange | Absence]:
        client = self.client(trusted=trusted)
        known = [Known(f"wordpress:{self.server}/{p}", p.rpartition("/")[2], "post") for p in paths]
        return list(wordpress.lookup(self.account(client), known, client))

    def status(self, path: str, *, trusted: bool = True) -> str:
        for found in self.look(path, trusted=trusted):
            if isinstance(found, Absence):
                return found.status
            for record in wordpress.parse(found):
                if short(record) == path:
                    return record.status
        raise AssertionError(f"nothing was said of {path}")


def short(record: Record) -> str:
    return record.record_id.partition("/")[2]


@pytest.fixture(scope="module")
def site(wordpress: WordPressSite) -> Iterator[Site]:
    made = Site(wordpress)
    made.put("settings", timezone="America/Los_Angeles")
    yield made
    made.http.close()


def test_who_answers(site: Site) -> None:
    entry = account("wordpress", site.url)
    identity = wordpress.identify(entry, site.client())
    assert (identity.native_id, identity.server) == (site.server, site.server)
    dead = site.client()
    dead.authorize({"user": "admin", "password": "none of these"})
    with pytest.raises(TokenExpired):
        wordpress.identify(entry, dead)


def test_an_application_password_may_hold_blanks(site: Site) -> None:
    client, word = site.client(), site.site.password
    client.authorize({"user": site.site.user, "password": " ".join(word[n : n + 4] for n in range(0, len(word), 4))})
    assert wordpress.identify(account("wordpress", site.url), client).server == site.server


def test_a_user_who_may_too_little_is_refused(site: Site) -> None:
    user = site.put("users", username="reader", email="reader@example.org", password="x-reader-x", roles=["author"])
    word = site.put(f"users/{user['id']}/application-passwords", name="archive")["password"]
    client = site.client()
    client.authorize({"user": "reader", "password": word})
    with pytest.raises(Blocked, match="moderate_comments"):
        wordpress.identify(account("wordpress", site.url), client)


def test_a_post_is_published_commented_edited_and_edited_back(site: Site) -> None:
    start = datetime.now(UTC) - timedelta(seconds=1)
    post = site.post("alpha", "draft")
    site.put(f"posts/{post}", status="publish")
    comment = site.comment(post, "First &amp; only")
    reply = site.comment(post, "Answer", parent=comment)
    ours = site.comment(post, "By the district", author=1)
    first = site.records("recent", since=start)
    live = first[f"posts/{post}"]
    assert (live.text, live.title, live.kind, live.status, live.author_is_account) == ("alpha", "About alpha", "post", "visible", True)
    assert live.valid_from == live.published_at
    assert live.edited_at is None
    assert live.root_id == live.record_id
    assert (first[f"comments/{comment}"].text, first[f"comments/{comment}"].kind) == ("First & only", "comment")
    assert first[f"comments/{comment}"].parent_id == live.record_id == first[f"comments/{reply}"].root_id
    assert (first[f"comments/{reply}"].kind, first[f"comments/{reply}"].parent_id) == ("reply", first[f"comments/{comment}"].record_id)
    assert (first[f"comments/{comment}"].author_is_account, first[f"comments/{ours}"].author_is_account) == (False, True)
    for words in ("beta", "alpha"):
        time.sleep(1.1)
        site.put(f"posts/{post}", content=f"<p>{words}</p>")
    changed = [r for r in site.all_records("recent", since=start) if short(r) == f"posts/{post}"]
    now, *past = changed
    assert (now.historical, now.text, now.valid_from) == (False, "alpha", now.edited_at)
    assert [(r.text, r.historical) for r in sorted(past, key=lambda r: r.valid_from or start)] == [
        ("alpha", True),
        ("beta", True),
        ("alpha", True),
    ]
    newest = max(past, key=lambda r: r.valid_from or start)
    oldest = min(past, key=lambda r: r.valid_from or start)
    assert (newest.valid_from, version_of(newest)) == (now.valid_from, version_of(now))
    assert (oldest.valid_from, version_of(oldest)) == (live.valid_from, version_of(live))


def test_a_later_change_of_settings_moves_the_live_state_and_its_revision_alike(site: Site) -> None:
    post = site.post("alpha", "draft")
    site.put(f"posts/{post}", status="publish")
    time.sleep(1.1)
    site.put(f"posts/{post}", content="<p>beta</p>")
    time.sleep(1.1)
    site.put(f"posts/{post}", comment_status="closed")
    found = [r for r in site.all_records("history") if short(r) == f"posts/{post}" and r.text == "beta"]
    assert len(found) == 2
    assert len({r.valid_from for r in found}) == len({version_of(r) for r in found}) == 1


def test_only_the_states_since_the_last_capture_are_asked_for(site: Site) -> None:
    post = site.post("alpha", "draft")
    site.put(f"posts/{post}", status="publish")
    for words in ("beta", "gamma"):
        time.sleep(1.1)
        site.put(f"posts/{post}", content=f"<p>{words}</p>")
    later = datetime.now(UTC) + CLOCK + timedelta(seconds=1)
    since = later - timedelta(days=1)
    assert not any(r.historical for r in site.all_records("recent", since=since, changed_since=later))
    assert not any(r.historical for r in site.all_records("full"))


def test_drafts_never_enter_the_evidence(site: Site) -> None:
    start = datetime.now(UTC) - timedelta(seconds=1)
    post = site.post("unripe one", "draft")
    time.sleep(1.1)
    site.put(f"posts/{post}", content="<p>unripe two</p>")
    time.sleep(1.1)
    site.put(f"posts/{post}", content="<p>ripe</p>", status="publish", title="Ripe")
    time.sleep(1.1)
    site.put(f"posts/{post}", content="<p>riper</p>")
    site.put(f"posts/{post}/autosaves", content="<p>unripe autosave</p>", title="Ripe")
    discarded = site.post("unripe and discarded", "draft")
    planned = site.post("unripe and planned", "future", date_gmt="2035-01-01T00:00:00")
    site.post("unripe and private", "private")
    for number in (discarded, planned):
        site.erase(f"posts/{number}", force=False)
    for window in (Window("recent", since=start), Window("full")):
        assert not any(b"unripe" in e.body for e in site.exchanges(window))
    history = site.exchanges(Window("history"))
    assert not any(b"unripe" in e.body for e in history)
    texts = [r.text for e in history for r in wordpress.parse(e) if short(r) == f"posts/{post}"]
    assert sorted(t or "" for t in texts) == ["ripe", "riper", "riper"]
    site.put(f"posts/{post}", content="<p>unripe again</p>", status="draft")
    [gone] = site.look(f"posts/{post}")
    assert isinstance(gone, Absence)
    assert (gone.status, gone.acted_by, b"unripe" in gone.exchange.body) == ("hidden", "agency", False)


def test_statuses_of_comments(site: Site) -> None:
    post = site.post("a heated thread")
    comment = site.comment(post, "You are all wrong")
    path = f"comments/{comment}"
    for word, status in (("hold", "held"), ("spam", "spam"), ("approved", "visible")):
        site.put(path, status=word)
        assert site.records()[path].status == site.status(path) == status
    site.erase(path, force=False)
    assert site.records()[path].status == site.status(path) == "trashed"
    assert site.status(path, trusted=False) == "unavailable"
    site.put(path, status="approved")
    assert site.records(trusted=False)[path].status == "visible"
    site.erase(f"posts/{post}", force=False)
    assert "its post is in the trash" in (site.records()[path].status_reason or "")
    assert site.records()[f"posts/{post}"].status == "trashed"


def test_trashed_restored_and_erased(site: Site) -> None:
    post = site.post("a short life")
    path = f"posts/{post}"
    site.erase(path, force=False)
    trashed = site.records()[path]
    assert (trashed.status, trashed.acted_by, trashed.text) == ("trashed", "agency", "a short life")
    assert (site.status(path), site.status(path, trusted=False)) == ("trashed", "unavailable")
    site.put(path, status="publish")
    assert site.status(path) == "visible"
    site.erase(path)
    [gone] = site.look(path)
    assert isinstance(gone, Absence)
    assert (gone.status, gone.reason) == ("removed", "the site answers its own user rest_post_invalid_id")
    assert site.status(path, trusted=False) == "unavailable"


def test_an_erased_parent_re_parents_its_reply(site: Site) -> None:
    post = site.post("a family")
    parent = site.comment(post, "parent")
    child = site.comment(post, "child", parent=parent)
    site.erase(f"comments/{parent}")
    assert site.status(f"comments/{parent}") == "removed"
    assert site.records()[f"comments/{child}"].kind == "comment"  # the core keeps the parent that it saw first


def test_a_photo_its_alternative_text_and_a_document(site: Site) -> None:
    upload = {"Content-Type": "image/png", "Content-Disposition": 'attachment; filename="bus.png"'}
    image = site.http.post("media", content=PNG, headers=upload).json()
    site.put(f"media/{image['id']}", alt_text="A bus in the snow")
    file = {"Content-Type": "application/pdf", "Content-Disposition": 'attachment; filename="menu.pdf"'}
    document = site.http.post("media", content=b"%PDF-1.4\n%%EOF\n", headers=file).json()["source_url"]
    html = f'<img src="{image["source_url"]}" alt="A bus" class="wp-image-{image["id"]}"/><p><a href="{document}">Menu</a></p>'
    post = site.put("posts", title="Photo", content=html, status="publish", featured_media=image["id"])["id"]
    plain = site.put("posts", title="Photo in the text", content=html, status="publish")["id"]
    found = site.records()
    first, second = found[f"posts/{post}"].media
    assert (first.identity, first.alt_text) == (f"wordpress:{site.server}/media/{image['id']}", "A bus in the snow")
    assert (second.type, second.url, second.position) == ("document", document, 2)
    assert found[f"posts/{plain}"].media[0].identity == first.identity
    assert found[f"posts/{plain}"].media[0].alt_text == "A bus"
    client = site.client(trusted=False)
    with client.download(str(first.url)) as response:
        assert response.read() == PNG


def test_a_password_protected_post(site: Site) -> None:
    start = datetime.now(UTC) - timedelta(seconds=1)
    post = site.post("for members", password="open sesame")
    site.comment(post, "a member speaks")
    public = site.records("recent", since=start, trusted=False)
    assert (public[f"posts/{post}"].text, public[f"posts/{post}"].visibility) == (None, "password")
    exchanges = site.exchanges(Window("recent", since=start))
    ours = {short(r): r for e in exchanges for r in wordpress.parse(e)}
    assert (ours[f"posts/{post}"].text, ours[f"posts/{post}"].visibility) == ("for members", "password")
    assert sum(short(r) == f"posts/{post}" for e in exchanges for r in wordpress.parse(e)) == 1
    assert not any(b"sesame" in e.body for e in exchanges)
    assert any(r.kind == "comment" for r in ours.values())
    assert site.status(f"posts/{post}") == "visible"


def test_pages_windows_and_cursors(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("site", "walk"):
        monkeypatch.setattr(f"recordroom.platforms.wordpress.{place}.BATCH", 6)
    page = site.put("pages", title="Calendar", content="<p>of the year</p>", status="publish", comment_status="open")["id"]
    comment = site.comment(page, "on a page")
    found = site.records()
    assert found[f"pages/{page}"].kind == "post"
    assert found[f"comments/{comment}"].parent_id == f"wordpress:{site.server}/pages/{page}"
    whole = site.exchanges(Window("history"))
    assert len(whole) > 6
    assert [e.cursor is None for e in whole] == [False] * (len(whole) - 1) + [True]
    ids = {r.record_id for e in whole for r in wordpress.parse(e)}
    for stop in range(1, len(whole), 4):
        rest = site.exchanges(Window("history", cursor=whole[stop - 1].cursor))
        assert {r.record_id for e in [*whole[:stop], *rest] for r in wordpress.parse(e)} == ids


def test_recent_windows_know_the_sites_time_zone(site: Site) -> None:
    now = datetime.now(UTC)
    old = site.post("long ago", date_gmt=(now - timedelta(days=40)).strftime("%Y-%m-%dT%H:%M:%S"))
    near = site.post("near", date_gmt=(now - timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M:%S"))
    comment = site.comment(near, "said long before", date_gmt=(now - timedelta(days=50)).strftime("%Y-%m-%dT%H:%M:%S"))
    late = site.comment(old, "a late answer")
    since = now - timedelta(hours=6)
    found = site.records("recent", since=since, changed_since=now + timedelta(hours=2))
    assert f"posts/{near}" in found
    assert f"comments/{comment}" in found
    assert f"posts/{old}" not in found
    assert f"comments/{late}" in site.records("recent", since=since, changed_since=now - timedelta(minutes=5))


@pytest.mark.parametrize("trusted", [True, False])
def test_one_permalink_with_its_conversation(site: Site, trusted: bool) -> None:
    post = site.post("one of many")
    comment = site.comment(post, "this one", status="approved")  # the first of a guest waits else
    link = site.http.get(f"posts/{post}").json()["link"]
    for url in (link, f"{link}#comment-{comment}", f"{site.url}/?p={post}", f"{link}?utm_source=mail"):
        found = site.records("one", url=url, trusted=trusted)
        assert {"posts/" + str(post), f"comments/{comment}"} <= set(found)
    for url, words in ((f"{site.url}/no-such-post/", "no post or page"), ("https://elsewhere.example/?p=1", "not on this site")):
        with pytest.raises(UsageError, match=words):
            site.records("one", url=url, trusted=trusted)


def test_plain_permalinks(site: Site) -> None:
    """A site without rewriting has no /wp-json/."""

    class Plain(HttpClient):
        def get(self, url: str, params: Any = None, **more: Any) -> Exchange:
            if "/wp-json/" in url:
                return Exchange("GET", url, 404, (), b"<html>Not found</html>")
            return super().get(url, params, **more)

    client = Plain(contact="records@example.org", limit=10**8, private=True)
    entry = account("wordpress", site.url)
    entry = entry.identified(wordpress.identify(entry, client))
    found = [r for e in wordpress.fetch(entry, Window("full"), client) for r in wordpress.parse(e)]
    assert {"post", "profile", "comment"} <= {r.kind for r in found}
    assert {r.record_id for r in found} == {r.record_id for r in site.all_records(trusted=False)}


def test_totals_are_what_is_visible(site: Site) -> None:
    client = site.client()
    counted = wordpress.totals(site.account(client), client)
    found = [r for r in site.records().values() if r.status == "visible"]
    assert counted is not None
    assert counted.kinds == {
        "post": sum(r.kind == "post" for r in found),
        "answers": sum(r.kind in ("comment", "reply") for r in found),
    }
    stranger = site.client(trusted=False)
    public = wordpress.totals(site.account(stranger), stranger)
    assert public is not None
    assert set(public.kinds) == {"post"}


def test_nothing_is_left_over(site: Site) -> None:
    assert [r.leftover for r in site.all_records("history") if r.leftover] == []


# -- faults that no real site makes -----------------------------------------------------------------------------------------------


def body(case: str) -> Any:
    given: Any = json.loads((HERE / f"{case}.json").read_text())
    return given["body"] if isinstance(given, dict) and "body" in given else given


INDEX = Exchange("GET", "https://blog.example.org/wp-json/?_fields=name", 200, (), json.dumps(body("profile")).encode())
ENTRY = account("wordpress", "https://blog.example.org", replace(SITE, exchange=INDEX))
SECRETS = {"user": "archive", "password": "abcd efgh"}


def run(client: Scripted, window: Window | None = None) -> list[Record]:
    found: list[Record] = []
    for exchange in wordpress.fetch(ENTRY, window or Window("full"), client):
        found += wordpress.parse(exchange)
    return found


def serving(lists: dict[str, Any], **secrets: str) -> Scripted:
    """Answers each list by its route; whatever has no answer is empty."""

    def answer(url: str) -> Answer:
        given: Any = next((a for route, a in lists.items() if f"/{route}" in url), [])
        return given(url) if callable(given) else given if isinstance(given, Answer) else Answer(given)

    return Scripted(answer, secrets)


NUMBERS = count(1)


def linked(page: int) -> dict[str, str]:
    return {"Link": f'<https://blog.example.org/wp-json/wp/v2/posts?page={page}>; rel="next"'}


@pytest.mark.parametrize(
    ("posts", "words"),
    [
        (lambda _: Answer(body("ordinary"), headers=linked(2)), "the same page again"),
        (lambda url: Answer([{**body("ordinary")[0], "id": next(NUMBERS)}], headers=linked(3 if "page=2" in url else 2)), "already read"),
        (Answer("<!DOCTYPE html><title>Sign in</title>"), "HTML instead of JSON"),
        (Answer(""), "nothing instead of JSON"),
        (Answer({"code": "internal_error", "message": "There has been a critical error"}), "internal_error"),
        (Answer({"code": "rest_x", "message": "x", "data": {"status": 500}}), "HTTP 500"),
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


def test_a_list_without_end_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recordroom.platforms.paging.MAX_PAGES", 20)
    pages = iter(range(10_000))

    def post(_: str) -> Answer:
        number = next(pages)
        return Answer([{**body("ordinary")[0], "id": number}], headers=linked(number + 2))

    with pytest.raises(UnexpectedResponse, match="no end"):
        run(serving({"posts": post}))


def test_a_list_that_shrinks_while_it_is_read_just_ends() -> None:
    gone = Answer({"code": "rest_post_invalid_page_number", "message": "larger", "data": {"status": 400}}, 400)
    found = run(serving({"posts": lambda url: gone if "page=2" in url else Answer(body("ordinary"), headers=linked(2))}))
    assert [r.native_id for r in found if r.kind == "post"] == ["101", "99"]


def test_throttled_says_until_when() -> None:
    with pytest.raises(Throttled) as told:
        run(serving({"posts": Answer("slow down", 429, {"Retry-After": "Tue, 24 Nov 2026 09:00:00 GMT"})}))
    assert told.value.until == datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_a_password_that_dies_half_way_is_no_empty_site() -> None:
    """WordPress then takes us for a visitor, and says 200 where a visitor may read."""
    visitor = Answer({"code": "rest_invalid_param", "message": "Invalid parameter(s): status", "data": {"status": 400}}, 400)
    lists = {"posts": lambda url: visitor if "status=trash" in url else Answer(body("ordinary"))}
    with pytest.raises(TokenExpired):
        run(serving(lists, **SECRETS))
    refused = Answer({"code": "rest_forbidden_param", "message": "Query parameter not permitted: status", "data": {"status": 401}}, 401)
    with pytest.raises(TokenExpired):
        run(serving({"comments": refused}, **SECRETS))


def test_a_blocked_or_foreign_address() -> None:
    entry = account("wordpress", "https://blog.example.org")
    with pytest.raises(Blocked):
        wordpress.identify(entry, Scripted([Answer({"code": "rest_disabled", "message": "off", "data": {"status": 401}}, 401)]))
    with pytest.raises(UnexpectedResponse, match="HTML instead of JSON"):
        wordpress.identify(entry, Scripted([Answer("<html>", 404), Answer("<html>")]))
    with pytest.raises(UnexpectedResponse, match="rest_off"):
        wordpress.identify(entry, Scripted([Answer("", 404), Answer({"code": "rest_off", "message": "off"})]))


@pytest.mark.parametrize(
    ("home", "server"),
    [
        ("https://Blog.Example.org", "blog.example.org"),
        ("http://blog.example.org:80/", "blog.example.org"),
        ("https://example.org:8443/schools/north/", "example.org:8443/schools/north"),
    ],
)
def test_the_home_of_a_site_is_its_identity(home: str, server: str) -> None:
    identity = wordpress.identify(account("wordpress", home), Scripted([Answer({**body("profile"), "home": home})]))
    assert identity.native_id == identity.server == server
    assert identity.exchange is not None
    [profile] = wordpress.parse(identity.exchange)
    assert (profile.record_id, profile.title) == (f"wordpress:{server}", "District & Schools")


def test_a_server_that_takes_the_last_slash_away_is_asked_at_the_right_addresses() -> None:
    index = replace(INDEX, url="https://blog.example.org/wp-json?_fields=name")
    client = serving({"posts": Answer(body("ordinary"))})
    list(wordpress.fetch(replace(ENTRY, identity=replace(SITE, exchange=index)), Window("full"), client))
    assert all(url.startswith("https://blog.example.org/wp-json/wp/v2/") for url in client.asked)


def test_credentials_go_to_the_site_alone() -> None:
    elsewhere = {"Link": '<https://evil.example/x?page=2>; rel="next"'}
    lists = {"posts": lambda url: Answer(body("media")) if "page=2" in url else Answer(body("ordinary"), headers=elsewhere)}
    client = serving(lists, **SECRETS)
    run(client)
    assert {url.split("/")[2] for url in client.asked} == {"blog.example.org"}
    assert all(sent["Authorization"] == "Basic YXJjaGl2ZTphYmNkIGVmZ2g=" for sent in client.sent)


def test_a_refusal_of_the_whole_site_is_no_absence() -> None:
    known = [Known("wordpress:blog.example.org/posts/101", "101", "post")]
    closed = Answer({"code": "rest_cannot_access", "message": "Only authenticated users", "data": {"status": 401}}, 401)
    with pytest.raises(Blocked):
        list(wordpress.lookup(ENTRY, known, Scripted(lambda url: closed if "/101" in url else Answer([]))))
    with pytest.raises(AccountUnavailable):
        list(wordpress.lookup(ENTRY, known, Scripted(lambda url: Answer("<html>not found", 404) if "/101" in url else Answer([]))))


def test_ids_as_text_are_the_same_ids() -> None:
    posts, comments = body("ordinary"), body("replies-anonymous")
    for item in (*posts, *comments):
        item.update({name: str(item[name]) for name in ("id", "author", "post", "parent", "featured_media") if name in item})
    as_text = run(serving({"posts": Answer(posts), "comments": Answer(comments)}))
    assert as_text == run(serving({"posts": Answer(body("ordinary")), "comments": Answer(body("replies-anonymous"))}))


def test_lone_surrogates_are_repaired_and_said_so() -> None:
    raw = json.dumps(body("ordinary")).replace(">closed<", ">cl\\ud83dsed<", 1)
    first, second = wordpress.parse(Exchange("GET", "", 200, (), raw.encode()))
    assert (first.repaired, second.repaired) == (True, False)
    assert "cl\ufffdsed" in (first.text or "") + (first.title or "")


@pytest.mark.parametrize(
    ("api", "link", "server"),
    [
        ("https://d.example/schools/wp-json/wp/v2/", "https://d.example/schools/snow/", "d.example/schools"),
        ("https://d.example/index.php/wp-json/wp/v2/", "https://d.example/index.php/snow/", "d.example"),  # permalinks without rewriting
        ("https://d.example/schools/index.php?rest_route=/wp/v2/", "https://d.example/schools/?p=7", "d.example/schools"),
        ("https://d.example/api/wp/v2/", "https://d.example/snow/", "d.example"),  # a prefix of the site's own
        ("https://public-api.wordpress.com/wp/v2/sites/123/", "https://d.wordpress.com/snow/", "d.wordpress.com"),
    ],
)
def test_the_site_and_the_post_of_a_saved_comment(api: str, link: str, server: str) -> None:
    up = {"embeddable": True, "post_type": "page", "href": f"{api}pages/101"}
    item = body("replies-anonymous")[0] | {"link": link, "_links": {"self": [{"href": f"{api}comments/55"}], "up": [up]}}
    [record] = wordpress.parse(wordpress.saved(json.dumps([item]).encode(), None, None))
    assert (record.record_id, record.root_id) == (f"wordpress:{server}/comments/55", f"wordpress:{server}/pages/101")


@pytest.mark.parametrize("up", ["wp/v2/my-events/101", "wc/v3/my-events/101", "?rest_route=/wp/v2/my-events/101&lang=es"])
def test_a_comment_on_something_of_the_site_s_own_type_is_not_put_to_a_post(up: str) -> None:
    item = body("replies-anonymous")[0] | {"_links": {"up": [{"embeddable": True, "href": f"https://blog.example.org/wp-json/{up}"}]}}
    [record] = wordpress.parse(Exchange("GET", "", 200, (), json.dumps([item]).encode(), {"server": "blog.example.org"}))
    assert record.parent_id == record.root_id == "wordpress:blog.example.org/my-events/101"


def test_a_comment_without_a_date_keeps_the_others_readable() -> None:
    """The API writes a zero of the database (comments imported long ago) as 30 November of the year before 0."""
    comments = body("replies-anonymous")
    comments[0]["date_gmt"] = "-0001-11-30T00:00:00"
    first, *others = run(serving({"posts": Answer(body("ordinary")), "comments": Answer(comments)}))[-len(comments) :]
    assert (first.published_at, first.leftover) == (None, ("date_gmt: no date",))
    assert all(record.published_at and not record.leftover for record in others)


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
    *_, record = run(serving({"users": users, "posts": Answer(body("ordinary")), "comments": Answer(comments)}))
    assert (record.kind, record.author_is_account) == ("comment", None)


def test_a_list_of_users_that_fails_is_no_closed_one() -> None:
    with pytest.raises(UnexpectedResponse, match="HTTP 500"):
        run(serving({"users": Answer("Internal Server Error", 500), "comments": Answer(body("replies-anonymous"))}))


def test_the_site_s_own_files_that_a_post_links_to_are_kept() -> None:
    home, link = "https://blog.example.org/u", '<a href="{}">x</a>'.format
    small = (
        f'<a href="{home}/bus.jpg"><img src="{home}/bus-150x150.jpg" alt="Bus"></a><a href="{home}/van.jpg"><img src="{home}/van.jpg"></a>'
    )
    files = "".join(map(link, (f"{home}/board.mp3", f"{home}/agenda.pdf", "https://blog.example.org.evil.example/x.pdf", f"{home}/page")))
    item = body("ordinary")[0] | {"content": {"rendered": small + files, "protected": False}, "featured_media": 0}
    [record] = wordpress.parse(Exchange("GET", "", 200, (), json.dumps([item]).encode(), {"server": "blog.example.org"}))
    assert [(m.identity.removeprefix(home), m.type) for m in record.media] == [
        ("/bus-150x150.jpg", "image"),
        ("/van.jpg", "image"),
        ("/bus.jpg", "image"),
        ("/board.mp3", "audio"),
        ("/agenda.pdf", "document"),
    ]


CASES = ("ordinary", "media", "replies", "page", "profile", "edited", "protected", "trashed")


@pytest.mark.parametrize("case", CASES)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_damaged_bodies_are_records_or_named_failures(case: str, data: st.DataObject) -> None:
    given = json.loads((HERE / f"{case}.json").read_text())
    context = given["context"] if isinstance(given, dict) and "context" in given else {"server": "blog.example.org"}
    broken = data.draw(damaged(body(case)))
    raw = json.dumps(broken, ensure_ascii=True).encode()
    with suppress(PlatformFailure):
        for record in wordpress.parse(Exchange("GET", "", 200, (), raw, context)):
            version_of(record)
    with suppress(PlatformFailure):
        wordpress.saved(raw, None, None)


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_damaged_lists_never_break_the_fetch(data: st.DataObject) -> None:
    broken = data.draw(damaged(body("edited-live")))
    revisions = data.draw(damaged(body("edited-alone")))
    client = serving({"posts/": Answer(json.dumps(revisions)), "posts": Answer(json.dumps(broken))}, **SECRETS)
    with suppress(PlatformFailure):
        run(client, Window("history"))


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63606060f80f0001040100a04a5f7d0000000049454e44ae426082"
)
