"""A real WordPress: publish, comment, edit, hold, spam, trash, restore, and erase."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from infra.local.services.wordpress import WordPress
from infra.local.support.place import Place
from recordroom.canonical import version_of
from recordroom.capture.http.addresses import private_servers
from recordroom.capture.http.client import HttpClient
from recordroom.errors import Blocked, TokenExpired, UsageError
from recordroom.model import Absence, Exchange, Record
from recordroom.platforms import wordpress
from recordroom.platforms.contract import Client, KnownRecord, Window
from recordroom.platforms.wordpress.crawl import CLOCK
from recordroom.register.models import Account
from tests.platforms.scripted import account
from tests.services import WordPressSite


class Site:
    """A real site; tests write to it as its people do, and read it as a capture does."""

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
        return int(
            self.put("posts", title=f"About {text}", content=f"<p>{text}</p>", status=status, **fields)["id"]
        )

    def comment(self, post: int, text: str, **fields: Any) -> int:
        guest = {"author_name": "Ann Onymous", "author_email": "ann@example.org"}
        return int(self.put("comments", post=post, content=text, **(guest | fields))["id"])

    def erase(self, path: str, *, force: bool = True) -> None:
        assert self.http.delete(path, params={"force": "true"} if force else {}).status_code == 200

    def client(self, *, trusted: bool = True) -> HttpClient:
        client = HttpClient(
            contact="records@example.org",
            limit=10**8,
            private=private_servers(account("wordpress", self.url)),
        )
        client.authorize({"user": self.site.user, "password": self.site.password} if trusted else {})
        return client

    def account(self, client: Client) -> Account:
        entry = account("wordpress", self.url)
        return entry.with_identity(wordpress.identify(entry, client))

    def exchanges(self, window: Window, *, trusted: bool = True) -> list[Exchange]:
        client = self.client(trusted=trusted)
        return list(wordpress.fetch(self.account(client), window, client))

    def records(self, kind: str = "full", *, trusted: bool = True, **window: Any) -> dict[str, Record]:
        """Return the live records by their IDs without the site."""
        return {short(r): r for r in self.all_records(kind, trusted=trusted, **window) if not r.historical}

    def all_records(self, kind: str = "full", *, trusted: bool = True, **window: Any) -> list[Record]:
        return [
            r for e in self.exchanges(Window(kind, **window), trusted=trusted) for r in wordpress.parse(e)
        ]

    def look(self, *paths: str, trusted: bool = True) -> list[Exchange | Absence]:
        client = self.client(trusted=trusted)
        known = [KnownRecord(f"wordpress:{self.server}/{p}", p.rpartition("/")[2], "post") for p in paths]
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
    client.authorize(
        {"user": site.site.user, "password": " ".join(word[n : n + 4] for n in range(0, len(word), 4))}
    )
    assert wordpress.identify(account("wordpress", site.url), client).server == site.server


def test_a_user_who_may_too_little_is_refused(site: Site) -> None:
    user = site.put(
        "users", username="reader", email="reader@example.org", password="x-reader-x", roles=["author"]
    )
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
    assert (live.text, live.title, live.kind, live.status, live.author_is_account) == (
        "alpha",
        "About alpha",
        "post",
        "visible",
        True,
    )
    assert live.valid_from == live.published_at
    assert live.edited_at is None
    assert live.root_id == live.record_id
    assert (first[f"comments/{comment}"].text, first[f"comments/{comment}"].kind) == (
        "First & only",
        "comment",
    )
    assert first[f"comments/{comment}"].parent_id == live.record_id == first[f"comments/{reply}"].root_id
    assert (first[f"comments/{reply}"].kind, first[f"comments/{reply}"].parent_id) == (
        "reply",
        first[f"comments/{comment}"].record_id,
    )
    assert (first[f"comments/{comment}"].author_is_account, first[f"comments/{ours}"].author_is_account) == (
        False,
        True,
    )
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
    assert not any(r.historical for r in site.all_records("full", edited_since=later))
    assert any(r.historical for r in site.all_records("full")), "a request for everything gets those too"


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
    discarded = [site.post(f"unripe and {state}", state) for state in ("draft", "draft", "pending")]
    discarded.append(site.post("unripe, with a slug", "draft", slug="a-slug"))
    discarded.append(site.post("unripe and planned", "future", date_gmt="2035-01-01T00:00:00"))
    site.post("unripe and private", "private")
    for number in discarded:
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
    time.sleep(2.1)  # a post that is trashed at once is taken for a draft
    site.erase(f"posts/{post}", force=False)
    assert "its post is in the trash" in (site.records()[path].status_reason or "")
    assert site.records()[f"posts/{post}"].status == "trashed"


def test_trashed_restored_and_erased(site: Site) -> None:
    post = site.post("a short life")
    path = f"posts/{post}"
    time.sleep(2.1)  # a post that is trashed at once is taken for a draft
    site.erase(path, force=False)
    trashed = site.records()[path]
    assert (trashed.status, trashed.acted_by, trashed.text) == ("trashed", "agency", "a short life")
    assert (site.status(path), site.status(path, trusted=False)) == ("trashed", "unavailable")
    site.put(path, status="publish")
    assert site.status(path) == "visible"
    site.erase(path)
    [gone] = site.look(path)
    assert isinstance(gone, Absence)
    assert (gone.status, gone.reason) == (
        "removed",
        "the site reports rest_post_invalid_id to its own signed-in user",
    )
    assert site.status(path, trusted=False) == "unavailable"


def test_an_erased_parent_re_parents_its_reply(site: Site) -> None:
    post = site.post("a family")
    parent = site.comment(post, "parent")
    child = site.comment(post, "child", parent=parent)
    site.erase(f"comments/{parent}")
    assert site.status(f"comments/{parent}") == "removed"
    # the core keeps the parent that it saw first
    assert site.records()[f"comments/{child}"].kind == "comment"


def test_a_photo_its_alternative_text_and_a_document(site: Site) -> None:
    upload = {"Content-Type": "image/png", "Content-Disposition": 'attachment; filename="bus.png"'}
    image = site.http.post("media", content=PNG, headers=upload).json()
    site.put(f"media/{image['id']}", alt_text="A bus in the snow")
    file = {"Content-Type": "application/pdf", "Content-Disposition": 'attachment; filename="menu.pdf"'}
    document = site.http.post("media", content=b"%PDF-1.4\n%%EOF\n", headers=file).json()["source_url"]
    html = (
        f'<img src="{image["source_url"]}" alt="A bus" class="wp-image-{image["id"]}"/><p><a'
        f' href="{document}">Menu</a></p>'
    )
    post = site.put("posts", title="Photo", content=html, status="publish", featured_media=image["id"])["id"]
    plain = site.put("posts", title="Photo in the text", content=html, status="publish")["id"]
    found = site.records()
    first, second = found[f"posts/{post}"].media
    assert (first.identity, first.alt_text) == (
        f"wordpress:{site.server}/media/{image['id']}",
        "A bus in the snow",
    )
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
    monkeypatch.setattr("recordroom.platforms.wordpress.api.BATCH", 6)
    page = site.put(
        "pages", title="Calendar", content="<p>of the year</p>", status="publish", comment_status="open"
    )["id"]
    comment = site.comment(page, "on a page")
    for number in range(13):
        site.comment(site.post(f"number {number}"), "below it")
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
    comment = site.comment(
        near, "said long before", date_gmt=(now - timedelta(days=50)).strftime("%Y-%m-%dT%H:%M:%S")
    )
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
    comment = site.comment(post, "this one", status="approved")  # otherwise the first one of a guest waits
    link = site.http.get(f"posts/{post}").json()["link"]
    for url in (link, f"{link}#comment-{comment}", f"{site.url}/?p={post}", f"{link}?utm_source=mail"):
        found = site.records("one", url=url, trusted=trusted)
        assert {"posts/" + str(post), f"comments/{comment}"} <= set(found)
    for url, words in (
        (f"{site.url}/no-such-post/", "no post or page"),
        ("https://elsewhere.example/?p=1", "not on this site"),
    ):
        with pytest.raises(UsageError, match=words):
            site.records("one", url=url, trusted=trusted)


def test_plain_permalinks(site: Site) -> None:
    """A site without rewriting has no /wp-json/."""

    class Plain(HttpClient):
        def get(self, url: str, params: Any = None, **more: Any) -> Exchange:
            if "/wp-json/" in url:
                return Exchange("GET", url, 404, (), b"<html>Not found</html>")
            return super().get(url, params, **more)

    entry = account("wordpress", site.url)
    client = Plain(contact="records@example.org", limit=10**8, private=private_servers(entry))
    entry = entry.with_identity(wordpress.identify(entry, client))
    found = [r for e in wordpress.fetch(entry, Window("full"), client) for r in wordpress.parse(e)]
    assert {"post", "profile", "comment"} <= {r.kind for r in found}
    assert {r.record_id for r in found} == {r.record_id for r in site.all_records(trusted=False)}


def test_totals_are_what_is_visible(site: Site, place: Place) -> None:
    site.comment(site.post("with an editor's note"), "Is this right?", author=1)
    WordPress(place).database.execute(
        "update wp.wp_comments set comment_type = 'note' where comment_content = 'Is this right?'"
    )
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


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63606060f80f0001040100a04a5f7d0000000049454e44ae426082"
)
