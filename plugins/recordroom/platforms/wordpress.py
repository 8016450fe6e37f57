"""WordPress: a whole site with its posts, pages and everybody's comments, through the REST API that every site since 4.7 has.

Read (https://developer.wordpress.org/rest-api/reference/, tried on WordPress 6.1; <root> is /wp-json or /?rest_route=):
  <root>/                              what the site calls itself: its profile; `home` is its identity
  <root>/wp/v2/posts, /pages           what it published, with author, featured image and terms embedded
  <root>/wp/v2/posts/<n>/revisions     earlier texts (only with an application password)
  <root>/wp/v2/comments                with an application password in every status, else what is public
  <root>/wp/v2/users, /users/me        who writes for the site; whether the password still works and may do enough

Never captured: drafts. Lists that could hold words that were never public are asked for without their words first (`_fields`):
the trash (which keeps discarded drafts: a slug shows that a post once had an address), the revisions (which hold the drafts before
publication and autosaves), and a known post that a window no longer shows (which may be a draft again: `hidden`). Private posts are
published to the site's own editors only: they are never listed, and a post that becomes private is `hidden`.
Posts are asked for in the context `view`, since `edit` would bring their passwords; a password-protected one is then asked for apart,
field by field. Comments are asked for in the context `edit`: the address they were sent from is part of the record (evidence only).

The API never gives: earlier texts of comments; who moderated; earlier texts of a post first published through the API itself before
6.4 (no revision is made then); custom post types (they have routes of their own). `modified_gmt` moves with any change of a post's
settings too. Dates ending in _gmt are UTC without saying so. A post's revision carries the `modified_gmt` that the post had then.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from recordroom.errors import AccountUnavailable, Blocked, TokenExpired, UnexpectedResponse
from recordroom.model import (
    HELD,
    HIDDEN,
    REMOVED,
    SPAM,
    TRASHED,
    UNAVAILABLE,
    VISIBLE,
    Absence,
    Exchange,
    Identity,
    Media,
    Record,
    Totals,
    version_of,
)  # fmt: skip
from recordroom.platforms import Client, Known, Limit, Platform, Window, minutes
from recordroom.platforms.answers import failure, json_of, place_of, wrong
from recordroom.platforms.markup import (
    FILE_ENDINGS,
    Picture,
    Reading,
    because,
    ending,
    fetchable,
    file_identity,
    kind_of,
    leftover,
    read,
    text_of,
)
from recordroom.platforms.paging import by_link
from recordroom.platforms.shapes import FLAG, ID, ITEM, LIST, NULL, TEXT, Shape, tree_of

if TYPE_CHECKING:
    from recordroom.accounts import Account

PLATFORM = Platform(
    name="wordpress",
    title="WordPress",
    parser=1,
    every=minutes(15),
    secrets=("user", "password"),
    ids_in_a_lookup=100,
    not_offered={
        "stories": "there are none",
        "polls": "plugins keep them to themselves",
        "others": "only its own users publish on a site",
        "captions": "tracks are no media of their own",
        "hidden": "comments are held, spam, in the trash or erased",
        "counts": "pages count no likes, and comments are counted only for signed-in readers",
        "moderation": "its REST interface has none of these settings",
        "messages": "there are none",
    },
    not_captured={
        "events": "they are post types of plugins",
    },
    limits=(
        Limit("items in a page", 100, "items", "https://developer.wordpress.org/rest-api/using-the-rest-api/pagination/", "2026-11-24"),
        Limit(
            "requests", None, "WordPress has no limit; hosts and plugins set their own", "docs/platforms/wordpress.md", "2026-11-24", 86_400
        ),
    ),
)
ROUTES = ("posts", "pages")
BATCH = 100
EMBED = "author,wp:featuredmedia,wp:term"
INDEX = "name,description,url,home,gmt_offset,timezone_string,namespaces,site_icon,site_icon_url,site_logo"
RIGHTS = ("edit_others_posts", "edit_published_posts", "edit_others_pages", "edit_published_pages", "moderate_comments")
CLOCK = timedelta(hours=1)  # `after` compares the site's local time, in which one hour of autumn comes twice

NOT_PUBLISHED = frozenset({"private", "draft", "pending", "future", "auto-draft", "inherit"})
COMMENT_STATUS = {"approved": VISIBLE, "hold": HELD, "spam": SPAM, "trash": TRASHED, "post-trashed": TRASHED}
GONE = frozenset({"rest_post_invalid_id", "rest_comment_invalid_id"})
UNREADABLE = GONE | {"rest_forbidden", "rest_cannot_read", "rest_cannot_read_post"}
SIGNED_OUT = frozenset(
    {"rest_not_logged_in", "incorrect_password", "invalid_username", "invalid_email", "rest_forbidden_context", "rest_forbidden_param"}
)
NO_DATE = frozenset({"-0001-11-30T00:00:00", "0000-00-00T00:00:00"})  # a zero in the database, as PHP writes it: imported comments
ORIGIN = re.compile(r"https?://[^/?#]+")
API = re.compile(
    r"(?<![/:])(?:/index\.php)?/(?:wp-json/|[^/?]+/wp/v2/)|/(?:index\.php)?\?rest_route="
)  # WordPress.com's has no site before it
UP = re.compile(r"([\w-]+)/\d+/?(?:[?&#]|$)")
ATTACHMENT = re.compile(r"\bwp-image-(\d+)")

_SETTING = because("a setting", "comment_status ping_status sticky template format menu_order meta parent")
_OTHER_FORM = because("another form of what is read", "date modified guid slug permalink_template generated_slug class_list")
_PLUGINS = because(
    "a plugin's description of the post for machines",
    "yoast_head yoast_head_json jetpack_featured_media_url jetpack_sharing_enabled jetpack_shortlink jetpack-related-posts "
    "jetpack_likes_enabled jetpack_publicize_connections aioseo_head aioseo_head_json aioseo_notices",
)
AUTHOR = Shape(
    {"name": TEXT, "slug": TEXT | NULL},
    because("about the author, not the post", "id url description link avatar_urls _links meta mpp_avatar"),
)
TERM = Shape({"name": TEXT}, because("about the term", "id link slug taxonomy _links meta count description parent"))
FEATURED = Shape(
    {"source_url": TEXT | NULL, "alt_text": TEXT | NULL, "mime_type": TEXT | NULL, "media_details": ITEM | LIST | NULL},
    because("about the file", "id date slug type link title author caption media_type _links featured_media"),
)
RENDERED = Shape({"rendered": TEXT, "protected": FLAG | NULL}, because("its source", "raw block_version"))
POST = Shape(
    {"id": ID, "type": TEXT, "status": TEXT, "link": TEXT, "date_gmt": TEXT | NULL, "modified_gmt": TEXT | NULL, "title": ITEM}
    | {"content": ITEM, "excerpt": ITEM | NULL, "author": ID | NULL, "featured_media": ID | NULL, "_embedded": ITEM | LIST | NULL},
    because("read by name in _embedded", "categories tags") | because("read by fetch", "_links") | because("never kept", "password")
    | _SETTING | _OTHER_FORM | _PLUGINS,
)  # fmt: skip
REVISION = Shape(
    {"id": ID, "parent": ID, "date_gmt": TEXT, "title": ITEM, "content": ITEM, "excerpt": ITEM | NULL, "_links": ITEM | NULL},
    because("the reviser; the author is the post's", "author") | because("the same as date_gmt", "modified_gmt") | _SETTING | _OTHER_FORM,
)
COMMENT = Shape(
    {"id": ID, "post": ID, "parent": ID, "author": ID | NULL, "author_name": TEXT, "author_url": TEXT | NULL, "date_gmt": TEXT}
    | {"content": ITEM, "link": TEXT | NULL, "status": TEXT, "type": TEXT | NULL, "_links": ITEM | NULL},
    because("kept in the evidence, not shown beside every comment", "author_email author_ip author_user_agent")
    | because("another form of what is read", "date _embedded author_avatar_urls meta"),
)
PROFILE = Shape(
    {"name": TEXT, "description": TEXT | NULL, "home": TEXT, "site_icon": ID | NULL, "site_icon_url": TEXT | NULL},
    because("a setting", "url gmt_offset timezone_string site_logo show_on_front page_on_front page_for_posts image_sizes")
    | because("the API itself", "namespaces authentication routes _links"),
)
WHOLE = ",".join(sorted(POST.known - {"password", *_PLUGINS}))
EMBEDDED = frozenset({"author", "wp:featuredmedia", "wp:term", "replies", "up", "self"})


def identify(account: Account, client: Client) -> Identity:
    """The site's `home` without its scheme; with a password, that it still works and that its user may read what we must."""
    index = _index(account, client)
    site = json_of(index)
    _refuse(index, site)
    PROFILE.check(site, index, "")
    home = _home(site["home"], index)
    if client.secrets:
        me = client.get(
            *_address(index, "wp/v2/users/me", {"context": "edit", "_fields": "id,capabilities"}), headers=_authorization(client)
        )
        rights = json_of(me)
        rights = rights.get("capabilities") if isinstance(rights, dict) else None
        if not isinstance(rights, dict):
            raise wrong(me, "/capabilities", "an object", rights)
        if lacking := [r for r in RIGHTS if rights.get(r) is not True]:
            raise Blocked(f"{home}: the user of the application password may not {', '.join(lacking)}", "Give it the role Editor.", me)
    exchange = replace(index, context={**index.context, "account": home, "server": home})
    return Identity(home, home, unescape(site["name"]) or None, None, exchange)


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    site = _Site(account, client)
    work = _Work.resumed(window.cursor)
    if work is None:
        work = _Work(_steps(site, window))
        yield replace(site.index, cursor=work.text())
    while work.queue:
        how, route, params = work.queue[0]
        if how != "items":
            work.queue[:1] = _expanded(site, how, route, work.posts)
            continue
        for page in site.pages(route, params, work.next):
            here = work.text()
            more = _more_to_read(page, window) if site.trusted and route in ROUTES else []
            if route in ROUTES and any(how == "answers" for how, _, _ in work.queue):
                work.posts += (int(i["id"]) for i in _items(page) if site.trusted or not _protected(i))
            work.next = page.cursor
            yield replace(page, cursor=here if more else work.after())
            for item in more:
                yield from (replace(e, cursor=here) for e in _more(site, route, item, page, window))
        work.queue.pop(0)
        work.next = None


def parse(exchange: Exchange) -> Iterator[Record]:
    if exchange.status >= 400:
        _refuse(exchange, _lenient(exchange))
    tree, touched = tree_of(exchange)
    _refuse(exchange, tree)
    page = _Page(exchange)
    many = isinstance(tree, list)
    for number, item in enumerate(tree if many else [tree]):
        record = _record(item, page, f"/{number}" if many else "")
        if record is not None:
            if touched:
                record.repaired = id(item) in touched
            yield record


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Asked for by their ids in lists; what no list shows is asked for alone, since only then the site says why."""
    site = _Site(account, client)
    wanted: dict[str, dict[str, Known]] = {}
    for known in ids:
        route, _, number = known.record_id.removeprefix(f"wordpress:{site.server}").strip("/").partition("/")
        if number:
            wanted.setdefault(route, {})[number] = known
        else:
            yield site.index
    for route, all_known in wanted.items():
        for numbers in _batches(list(all_known)):
            status = {"status": "publish,trash"} if site.trusted and route in ROUTES else {}
            seen: set[str] = set()
            for page in site.pages(route, {"include": ",".join(numbers), **status}):
                if items := _items(page):
                    seen.update(str(i["id"]) for i in items)
                    yield page
                    yield from (_whole(site, route, i["id"]) for i in items if "apart" in page.context and _protected(i))
            yield from (_gone(site, all_known[n], route, n) for n in numbers if n not in seen)


def totals(account: Account, client: Client) -> Totals | None:
    """Published posts and pages, and visible comments and replies (one number). The number of comments that a visitor is told counts
    those on private posts too, which no visitor sees; so it is taken only where we see them."""
    site = _Site(account, client)
    wanted: list[tuple[str, dict[str, Any]]] = [("posts", {}), ("pages", {})]
    if site.trusted:
        wanted.append(("comments", {"status": "approve", "type": "all"}))
    answers = [site.get(route, {"per_page": 1, "_fields": "id", **more}) for route, more in wanted]
    given = [answer.header("X-WP-Total") or "" for answer in answers]
    if not all(total.isdecimal() for total in given):
        return None
    counts = [int(total) for total in given]
    kinds = {"post": counts[0] + counts[1]} | ({"answers": counts[2]} if site.trusted else {})
    told = {route: count for (route, _), count in zip(wanted, counts, strict=True)}
    return Totals(kinds, replace(answers[-1], context={**answers[-1].context, "totals": told}))


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:
    """A body that no capture of ours fetched: the site is told from the links of its first item."""
    exchange = Exchange("GET", url or "", 200, (), body)
    tree = json_of(exchange)
    item = tree[0] if isinstance(tree, list) and tree else tree
    return replace(exchange, context={"server": server or _server_of(item) or "unknown"})


@dataclass
class _Site:
    """The API of one site, with what every exchange's context needs."""

    account: Account
    client: Client

    @cached_property
    def index(self) -> Exchange:
        found = self.account.known.exchange or _index(self.account, self.client)
        return replace(found, context=self.context)  # a site that moved keeps the identity of its first capture

    @property
    def server(self) -> str:
        return self.account.known.server

    @property
    def trusted(self) -> bool:
        return bool(self.client.secrets)

    @property
    def context(self) -> dict[str, Any]:
        return {"account": self.account.known.native_id, "server": self.server}

    def get(
        self, route: str, params: Mapping[str, Any], expect: tuple[int, ...] = (200,), more: Mapping[str, Any] | None = None
    ) -> Exchange:
        url, whole = _address(self.index, f"wp/v2/{route}", params)
        return self.client.get(url, whole, headers=_authorization(self.client), context={**self.context, **(more or {})}, expect=expect)

    def pages(self, route: str, params: Mapping[str, Any], start: str | None = None) -> Iterator[Exchange]:
        """Newest first; ids are a stable order, dates of an import are not."""
        more: dict[str, Any] = {"_embed": EMBED} if route in ROUTES else {}
        context: dict[str, Any] = {"apart": True} if self.trusted and route in ROUTES else {}
        if route == "comments":
            context = self.staff
            more = {"context": "edit", "status": "any", "type": "all"} if self.trusted else {}
        return self._walk(route, {"orderby": "id", **more, **params}, self.context | context, start)

    def items(self, route: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        """All items of a list that is only looked at, never kept."""
        return [item for page in self._walk(route, params, {}, None) for item in _items(page)]

    def _walk(self, route: str, params: Mapping[str, Any], context: Mapping[str, Any], start: str | None) -> Iterator[Exchange]:
        """A list that shrinks meanwhile ends early; one that is cut off without saying so is a failure."""
        url, whole = _address(self.index, f"wp/v2/{route}", {"per_page": BATCH, **params})
        headers = _authorization(self.client)
        for page in by_link(self.client, url, whole, headers=headers, context=context, expect=(200, 400), start=start):
            if page.status == 400 and _lenient(page).get("code") == "rest_post_invalid_page_number":
                return
            if page.status == 400:
                _refuse(page, _lenient(page))
            yield page
            if page.cursor is None and page.header("X-WP-TotalPages") is None and len(_items(page)) >= BATCH:
                words = f"{page.url}: a full page, and neither Link nor X-WP-TotalPages says whether there are more"
                raise UnexpectedResponse(words, "Some proxy takes these headers away: let it pass them.", page)

    @cached_property
    def staff(self) -> dict[str, Any]:
        """`staff`: all who may write for the site (an administrator's password tells); else `writers`: those who have published."""
        if self.trusted:
            told = self._users({"context": "edit", "capabilities": "edit_posts", "_fields": "id,capabilities"})
            if told is not None:
                users = [u for u in told if isinstance(u.get("capabilities"), dict) and u["capabilities"].get("edit_posts")]
                return {"staff": [str(u["id"]) for u in users]} if len(told) < BATCH else {}
        told = self._users({"_fields": "id"})
        return {} if told is None else {"writers": [str(u["id"]) for u in told]}

    def _users(self, params: Mapping[str, Any]) -> list[dict[str, Any]] | None:
        """None where the site does not tell: many close this one list, by a refusal, a page, or a redirect to one."""
        try:
            return _items(self.get("users", {**params, "per_page": BATCH}))
        except (AccountUnavailable, Blocked, TokenExpired, UnexpectedResponse) as refused:
            if refused.exchange is None or refused.exchange.status >= 500:
                raise
            return None


@dataclass
class _Work:
    """What is still to be fetched, as a cursor carries it: steps (how, route, params), the next page of the first, posts read so far."""

    queue: list[tuple[str, str, dict[str, Any]]]
    next: str | None = None
    posts: list[int] = field(default_factory=list)

    @classmethod
    def resumed(cls, cursor: str | None) -> _Work | None:
        try:
            given = json.loads(cursor or "null")
            return cls([(how, route, dict(params)) for how, route, params in given["queue"]], given["next"], given["posts"])
        except (ValueError, TypeError, KeyError):
            return None

    def text(self) -> str:
        return json.dumps({"queue": self.queue, "next": self.next, "posts": self.posts}, separators=(",", ":"))

    def after(self) -> str | None:
        """The cursor when the page just read is done; None at the end of everything."""
        if self.next:
            return self.text()
        return _Work(self.queue[1:], None, self.posts).text() if len(self.queue) > 1 else None


def _steps(site: _Site, window: Window) -> list[tuple[str, str, dict[str, Any]]]:
    if window.kind == "one":
        route, number = _resolved(site, window.url or "")
        return [("items", route, {"include": number}), ("answers", "comments", {})]
    recent = window.kind == "recent" and window.since is not None
    changed = window.changed_since or window.since
    filters: list[dict[str, Any]] = [{}]
    if recent and window.since:
        older = {"before": _when(window.since + timedelta(seconds=1)), "modified_after": _when(changed)}
        filters = [{"after": _when(window.since)}, older]
    steps = [("items", route, dict(f)) for route in ROUTES for f in filters]
    if site.trusted:
        steps += [("trash", route, {}) for route in ROUTES]
    if recent:
        return [*steps, ("answers", "comments", {}), ("items", "comments", {"after": _when(changed)})]
    return [*steps, ("items", "comments", {})]


def _expanded(site: _Site, how: str, route: str, posts: list[int]) -> list[tuple[str, str, dict[str, Any]]]:
    """The steps that take the place of one that needs to know more first."""
    if how == "answers":
        numbers, more, name = list(dict.fromkeys(posts)), {}, "post"
        posts.clear()
    else:
        listed = _trash(site, route)
        numbers, more, name = [int(i["id"]) for i in listed if _had_address(i)], {"status": "trash"}, "include"
    return [("items", route, {name: ",".join(map(str, some)), **more}) for some in _batches(numbers)]


def _trash(site: _Site, route: str) -> list[dict[str, Any]]:
    """Without their words. A password that died since `identify` is told here: the site takes us for a visitor, silently elsewhere."""
    try:
        return site.items(route, {"status": "trash", "_fields": "id,slug,date_gmt,modified_gmt"})
    except UnexpectedResponse as refused:
        if refused.exchange is not None and _lenient(refused.exchange).get("code") == "rest_invalid_param":
            words = f"{site.server}: the application password is no longer accepted"
            raise TokenExpired(words, "Make a new one and put it into the account's connection.", refused.exchange) from None
        raise


def _had_address(item: Mapping[str, Any]) -> bool:
    """Whether a post in the trash was once published: drafts have no slug ("__trashed" alone), scheduled ones a date to come."""
    slug, date, modified = (str(item.get(k) or "") for k in ("slug", "date_gmt", "modified_gmt"))
    return bool(slug.removesuffix("__trashed")) and date <= modified


def _more_to_read(page: Exchange, window: Window) -> list[dict[str, Any]]:
    """Posts of a page of which there is more: protected ones, and those edited since they were published (or last captured)."""
    since = _changed(window)
    return [i for i in _items(page) if _protected(i) or str(i.get("modified_gmt")) > max(str(i.get("date_gmt")), since)]


def _more(site: _Site, route: str, item: dict[str, Any], page: Exchange, window: Window) -> Iterator[Exchange]:
    """The words of a protected post, and the revisions that were public."""
    whole = replace(page, body=json.dumps(item).encode(), context={k: v for k, v in page.context.items() if k != "apart"})
    if _protected(item):
        whole = _whole(site, route, item["id"])
        yield whole
    live = next(parse(whole), None)
    if live is None or live.edited_at is None or live.published_at is None or (window.kind == "full" and window.changed_since is None):
        return  # a sweep does not ask again for what the history and every recent window have asked for
    listed = site.items(f"{route}/{item['id']}/revisions", {"_fields": "id,date_gmt,slug"})
    kept = sorted((str(r.get("date_gmt")), int(r["id"])) for r in listed if "-autosave-" not in str(r.get("slug")))
    published = live.published_at.strftime("%Y-%m-%dT%H:%M:%S")
    first = max((d for d, _ in kept if d <= published), default="")  # what stood there when it was published
    context = {"live": _trimmed(item), "version": version_of(live), "newest": kept[-1][1] if kept else None}
    for some in _batches([n for d, n in kept if d >= max(first, _changed(window))]):
        wanted = {"include": ",".join(map(str, some)), "per_page": BATCH}
        yield site.get(f"{route}/{item['id']}/revisions", wanted, more=context)


def _whole(site: _Site, route: str, number: object) -> Exchange:
    """A protected post with its words, without its password."""
    return site.get(f"{route}/{number}", {"context": "edit", "_fields": WHOLE, "_embed": EMBED})


def _gone(site: _Site, known: Known, route: str, number: str) -> Exchange | Absence:
    light = {"context": "edit", "_fields": "id,status"} if site.trusted and route in ROUTES else {}
    answer = site.get(f"{route}/{number}", light, expect=(200, 401, 403, 404))
    if answer.status == 200:
        if not light:
            return answer  # it came back between two requests
        status = str(_items(answer)[0].get("status"))
        if status in ("publish", "trash"):
            return _whole(site, route, number)
        return Absence(known.record_id, HIDDEN, f"the site's status of it is {status}: taken out of publication", answer, "agency")
    tree = _lenient(answer)
    code = tree.get("code")
    if site.trusted and code in GONE:
        return Absence(known.record_id, REMOVED, f"the site answers its own user {code}", answer)
    if not site.trusted and code in UNREADABLE:
        return Absence(known.record_id, UNAVAILABLE, f"the site answers everybody {answer.status} {code}", answer)
    _refuse(answer, tree)
    raise wrong(answer, "/code", "the word for what is missing", code)


def _resolved(site: _Site, url: str) -> tuple[str, str]:
    """Route and number of a permalink: from ?p=, by its slug, else as the page itself says in its Link header."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    number = (query.get("p") or query.get("page_id") or [""])[0]
    path = re.sub(r"/comment-page-\d+/?$", "", unquote(parts.path)).rstrip("/")
    wanted = {"include": number} if number.isdecimal() else {"slug": path.rpartition("/")[2]}
    for route in ROUTES:
        for item in site.items(route, {**wanted, "_fields": "id,link"}):
            if number or unquote(urlsplit(str(item.get("link"))).path).rstrip("/") == path:
                return route, str(item["id"])
    page = site.client.get(url)
    for name, value in page.headers:
        if name.lower() == "link" and (found := re.search(r"/wp/v2/(posts|pages)/(\d+)>", value)):
            return found[1], found[2]
    raise UnexpectedResponse(f"{url}: the site has no post or page at this address", "Copy the permalink of a post from its page.", page)


def _index(account: Account, client: Client) -> Exchange:
    """Asked for under /wp-json/; sites with plain permalinks have only ?rest_route=."""
    base = (account.api_url or account.url).rstrip("/")
    pretty = client.get(f"{base}/wp-json/", {"_fields": INDEX}, headers=_authorization(client), expect=(200, 404))
    if "namespaces" in _lenient(pretty):
        return pretty
    return client.get(f"{base}/", {"rest_route": "/", "_fields": INDEX}, headers=_authorization(client))


def _address(index: Exchange, path: str, params: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    root, _, query = index.url.partition("?")
    if "rest_route" in query:
        return root, {"rest_route": f"/{path}", **params}
    return f"{root.rstrip('/')}/{path}", dict(params)  # some servers redirect to the address without its last slash


def _authorization(client: Client) -> dict[str, str]:
    if not client.secrets:
        return {}
    pair = f"{client.secrets['user']}:{client.secrets['password']}"
    return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def _when(moment: datetime | None) -> str:
    return (moment - CLOCK).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


def _changed(window: Window) -> str:
    """From when on a recent window looks at changes, as the API writes it; "" for everything."""
    return _when(window.changed_since)[:19] if window.kind in ("recent", "full") else ""


def _batches(things: list[Any]) -> Iterator[list[Any]]:
    return (things[n : n + BATCH] for n in range(0, len(things), BATCH))


def _protected(item: Mapping[str, Any]) -> bool:
    content = item.get("content")
    return isinstance(content, dict) and bool(content.get("protected"))


def _items(page: Exchange) -> list[dict[str, Any]]:
    """The items of a page, each with an id that is a number."""
    tree = json_of(page)
    _refuse(page, tree)
    found = tree if isinstance(tree, list) else [tree]
    for n, item in enumerate(found):
        if not isinstance(item, dict) or not str(item.get("id")).isdecimal():
            raise wrong(page, f"/{n}", "an object with a number as id", item)
    return found


def _lenient(exchange: Exchange) -> dict[str, Any]:
    """The object of a body, {} where it is none."""
    try:
        tree = json_of(exchange)
    except UnexpectedResponse:
        return {}
    return tree if isinstance(tree, dict) else {}


def _refuse(exchange: Exchange, tree: Any) -> None:
    """Raise what a status or an error body names, also one that comes as a success."""
    told = isinstance(tree, dict) and "code" in tree and "message" in tree
    if exchange.status < 400 and not told:
        return
    data = tree.get("data") if told else None
    given = data.get("status") if isinstance(data, dict) else None
    status = exchange.status if exchange.status >= 400 else given if isinstance(given, int) and 400 <= given < 600 else 400
    code = tree.get("code") if told else None
    words = f"{code}: {tree['message']}" if told else ""
    raise failure(replace(exchange, status=status), anonymous=code not in SIGNED_OUT, words=words) or AssertionError


def _trimmed(item: Mapping[str, Any]) -> dict[str, Any]:
    """Of a live post, what its revisions do not say of themselves."""
    live = {k: item[k] for k in ("id", "type", "link", "date_gmt", "modified_gmt", "author", "featured_media") if k in item}
    embedded = item.get("_embedded")
    live["_embedded"] = {k: v for k, v in embedded.items() if k in EMBEDDED} if isinstance(embedded, dict) else {}
    return live | {"status": "publish", "protected": _protected(item)}


class _Page:
    """What all items of a response share."""

    def __init__(self, exchange: Exchange) -> None:
        context = exchange.context
        self.exchange = exchange
        self.server: str = context.get("server") or "unknown"
        self.prefix = f"wordpress:{self.server}/"
        self.ours = True if context.get("account") is not None else None
        self.apart = bool(context.get("apart"))
        self.staff = frozenset(context.get("staff") or ())
        self.writers = frozenset(context.get("writers") or ())
        self.all_known = "staff" in context


def _record(item: Any, page: _Page, pointer: str) -> Record | None:
    """The kind of an item is told from its shape. None: nothing that was published."""
    if not isinstance(item, dict):
        raise wrong(page.exchange, pointer, "an object", item)
    if "author_name" in item and "post" in item:
        return None if item.get("type") == "note" else _comment(item, page, pointer)  # editors' notes to each other (since 6.9)
    if "namespaces" in item or "home" in item:
        return _profile(item, page, pointer)
    if "type" not in item and "parent" in item:
        return _revision(item, page, pointer)
    if str(item.get("status")) in NOT_PUBLISHED or (page.apart and _protected(item)):
        return None
    return _post(item, page, pointer)


def _post(item: dict[str, Any], page: _Page, pointer: str) -> Record:
    left = POST.check(item, page.exchange, pointer)
    route = {"post": "posts", "page": "pages"}.get(item["type"])
    if route is None:
        raise wrong(page.exchange, f"{pointer}/type", "post or page", item["type"])
    published = _utc(item.get("date_gmt"), page, pointer, "date_gmt")
    modified = _utc(item.get("modified_gmt"), page, pointer, "modified_gmt")
    edited = modified if modified and published and modified > published else None
    record = Record(
        record_id=f"{page.prefix}{route}/{item['id']}",
        kind="post",
        native_id=str(item["id"]),
        pointer=pointer,
        url=item["link"],
        author_id=_id(item.get("author")),
        author_is_account=page.ours,
        published_at=published,
        edited_at=edited,
        valid_from=edited or published,
        leftover=left,
    )
    record.root_id = record.record_id
    _status(record, item["status"])
    _words(record, item, page, pointer)
    return record


def _status(record: Record, status: str) -> None:
    if status == "publish":
        return
    record.status = TRASHED if status == "trash" else HIDDEN
    record.acted_by = "agency"
    record.status_reason = f"the site's status of it is {status}, which only its own users and plugins set"
    record.edited_at = None  # modified_gmt is when it was moved there


def _words(record: Record, item: dict[str, Any], page: _Page, pointer: str) -> None:
    """Text, title, links, media and what is embedded."""
    content, title, excerpt = item["content"], item["title"], item.get("excerpt")
    left = record.leftover + RENDERED.check(content, page.exchange, f"{pointer}/content", "content")
    left += RENDERED.check(title, page.exchange, f"{pointer}/title", "title")
    protected, html = bool(content.get("protected")), content["rendered"]
    found = read(html, item["link"])
    record.title = text_of(title["rendered"])
    record.visibility = "password" if protected else "public"
    if html or not protected:
        record.text, record.text_html = found.text, html
    if excerpt is not None:
        left += RENDERED.check(excerpt, page.exchange, f"{pointer}/excerpt", "excerpt")
        record.text = _with_excerpt(record.text, excerpt["rendered"])
    embedded = item.get("_embedded") or {}  # PHP writes an empty object as []
    if not isinstance(embedded, dict):
        raise wrong(page.exchange, f"{pointer}/_embedded", "an object", embedded)
    record.leftover = left + leftover(embedded, EMBEDDED, "_embedded") if embedded else left
    record.links = found.links
    if embedded:
        _embedded(record, embedded, page, pointer)
    _add_media(record, item, embedded, found.pictures, page)


def _with_excerpt(text: str | None, excerpt: str) -> str | None:
    """A hand-written excerpt stands beside the post on the site; the usual one is the beginning of the text."""
    if text is None or not excerpt or excerpt.endswith("[&hellip;]</p>\n"):
        return text
    words = text_of(excerpt)
    start = " ".join(words[:60].split())[:40]
    return text if start in " ".join(text.split()) else f"{text}\n\n{words}".strip()


def _embedded(record: Record, embedded: dict[str, Any], page: _Page, pointer: str) -> None:
    """Names of author and terms; a site may refuse to embed them, and then answers {code, message, data} in their place."""
    for author in _list(embedded, "author", page, pointer)[:1]:
        if "code" not in author:
            record.leftover += AUTHOR.check(author, page.exchange, f"{pointer}/_embedded/author/0", "author")
            record.author_name, record.author_handle = unescape(author["name"]), author.get("slug")
    terms = embedded.get("wp:term")
    for group in terms if isinstance(terms, list) else ():
        for term in group if isinstance(group, list) else ():
            if isinstance(term, dict) and "code" not in term:
                record.leftover += TERM.check(term, page.exchange, f"{pointer}/_embedded/wp:term", "term")
                record.tags.append(unescape(term["name"]))
    if len(record.tags) > 1:
        record.tags = list(dict.fromkeys(record.tags))


def _list(embedded: dict[str, Any], name: str, page: _Page, pointer: str) -> list[dict[str, Any]]:
    given = embedded.get(name, [])
    if not isinstance(given, list) or not all(isinstance(i, dict) for i in given):
        raise wrong(page.exchange, f"{pointer}/_embedded/{name}", "a list of objects", given)
    return given


def _add_media(record: Record, item: dict[str, Any], embedded: dict[str, Any], pictures: list[Picture], page: _Page) -> None:
    """The featured image, then what stands in the text, then the site's own files that it links to (documents, recordings, the whole
    picture behind a small one); an attachment once."""
    found: dict[str, Media] = {}
    featured = _id(item.get("featured_media"))
    if featured not in (None, "0"):
        found[featured] = _featured(featured, _list(embedded, "wp:featuredmedia", page, record.pointer), record, page)
    for picture in pictures:
        number = ATTACHMENT.search(picture.classes) if picture.classes else None
        key = number[1] if number else picture.url
        known = found.get(key)
        if known is None:
            found[key] = _file(f"{page.prefix}media/{key}" if number else file_identity(key), picture)
        elif known.alt_text is None:
            known.alt_text = picture.alt_text or None
    if record.links:
        _add_own_files(found, record.links, item["link"])
    for position, media in enumerate(found.values(), 1):
        media.position = position
    record.media = list(found.values())


def _add_own_files(found: dict[str, Media], links: list[str], permalink: str) -> None:
    files = [link for link in links if ending(link) in FILE_ENDINGS]
    own = ORIGIN.match(permalink) if files else None
    shown = {media.url for media in found.values()}
    for link in files:
        if own and link.startswith(f"{own[0]}/") and link not in shown:
            found.setdefault(link, Media(file_identity(link), kind_of(link), fetchable(link)))


def _featured(number: str, embedded: list[dict[str, Any]], record: Record, page: _Page) -> Media:
    identity = f"{page.prefix}media/{number}"
    if not embedded or "code" in embedded[0]:
        return Media(identity, "image", missing_reason="the site does not show it")
    record.leftover += FEATURED.check(embedded[0], page.exchange, f"{record.pointer}/_embedded/wp:featuredmedia/0", "featured_media")
    details = embedded[0].get("media_details")
    sizes = [details.get(side) for side in ("width", "height")] if isinstance(details, dict) else [None, None]
    width, height = (size if type(size) is int and 0 <= size < 2**31 else None for size in sizes)
    kind = (embedded[0].get("mime_type") or "image").partition("/")[0]
    alt = embedded[0].get("alt_text") or None
    url = fetchable(embedded[0].get("source_url") or "")
    return Media(identity, kind if kind in ("image", "video", "audio") else "document", url, alt, width, height)


def _revision(item: dict[str, Any], page: _Page, pointer: str) -> Record:
    """An older text of a post. What a revision does not say (author, featured image, terms) is the live post's, from the context."""
    left = REVISION.check(item, page.exchange, pointer)
    live = page.exchange.context.get("live")
    alone = not isinstance(live, dict)
    if alone or not live:
        live = {"type": _type_of(item), "id": item["parent"], "status": "publish", "link": ""}
    content = {**item["content"], "protected": live.get("protected", False)}
    whole = {"date_gmt": item["date_gmt"], "modified_gmt": item["date_gmt"], **live, "content": content}
    whole.pop("protected", None)
    record = _post(whole | {"title": item["title"], "excerpt": item.get("excerpt")}, page, pointer)
    record.historical, record.leftover = True, record.leftover + left
    since = record.published_at if alone else _utc(item["date_gmt"], page, pointer, "date_gmt")
    if alone:
        record.url = record.published_at = None
    if page.exchange.context.get("newest") == item["id"] and page.exchange.context.get("version") == version_of(record):
        return record  # the live text, which stands there since the live post's own time
    record.edited_at = since if since and record.published_at and since > record.published_at else None
    record.valid_from = record.edited_at or record.published_at or since
    return record


def _type_of(revision: Mapping[str, Any]) -> str:
    links = revision.get("_links") or {}
    parent = links.get("parent")
    href = parent[0].get("href") if isinstance(parent, list) and parent and isinstance(parent[0], dict) else ""
    return "page" if "/pages/" in str(href) else "post"


def _comment(item: dict[str, Any], page: _Page, pointer: str) -> Record:
    left = COMMENT.check(item, page.exchange, pointer)
    content, parent, status, author = item["content"], item["parent"], item["status"], item.get("author")
    left += RENDERED.check(content, page.exchange, f"{pointer}/content", "content")
    root = _root(item, page)
    found = read(content["rendered"], item.get("link") or "")
    top = parent in (0, "0")
    guest = author in (None, 0, "0")
    record = Record(
        record_id=f"{page.prefix}comments/{item['id']}",
        kind="comment" if top else "reply",
        native_id=str(item["id"]),
        pointer=pointer,
        parent_id=root if top else f"{page.prefix}comments/{parent}",
        root_id=root,
        url=item.get("link"),
        author_id=None if guest else str(author),
        author_name=unescape(item["author_name"]),
        author_is_account=_by_us(None if guest else str(author), page),
        text=found.text,
        text_html=content["rendered"],
        published_at=_utc(item["date_gmt"], page, pointer, "date_gmt"),
        links=found.links,
        tally="answers",
        leftover=left,
    )
    if item["date_gmt"] in NO_DATE:
        record.leftover += ("date_gmt: no date",)
    if status != "approved":
        record.status = COMMENT_STATUS.get(status, HIDDEN)
        record.status_reason = f"the site's status of it is {status}" + (", its post is in the trash" if status == "post-trashed" else "")
    if found.pictures or item.get("type") != "comment":
        _more_of_comment(record, item, found)
    return record


def _more_of_comment(record: Record, item: dict[str, Any], found: Reading) -> None:
    kind = item.get("type") or "comment"
    if kind in ("pingback", "trackback") and item.get("author_url"):
        record.links = [item["author_url"], *found.links]  # the page that links here
    elif kind != "comment":
        record.leftover += (f"type={kind}",)
    for n, picture in enumerate(found.pictures, 1):
        record.media.append(_file(file_identity(picture.url), picture, n))


def _file(identity: str, picture: Picture, position: int = 1) -> Media:
    return Media(identity, picture.type, fetchable(picture.url), picture.alt_text or None, picture.width, picture.height, position=position)


def _root(item: Mapping[str, Any], page: _Page) -> str | None:
    """The post of a comment: a post, a page, or of a type of the site's own, as the link to it says; a post where there is no link."""
    up = (item.get("_links") or {}).get("up")
    href = up[0].get("href") if isinstance(up, list) and up and isinstance(up[0], dict) else None
    if route := UP.search(str(href)):
        return f"{page.prefix}{route[1]}/{item['post']}"
    return f"{page.prefix}posts/{item['post']}" if str(item["post"]) != "0" else None


def _by_us(author: str | None, page: _Page) -> bool | None:
    """Guests are not; users are where the site told us who may write for it."""
    if page.ours is None:
        return None
    if author is None:
        return False
    if page.all_known or author in page.writers:
        return author in page.staff or author in page.writers
    return None


def _profile(item: dict[str, Any], page: _Page, pointer: str) -> Record:
    left = PROFILE.check(item, page.exchange, pointer)
    server = page.server if page.server != "unknown" else _home(item["home"], page.exchange)
    icon = _id(item.get("site_icon"))
    media = (
        [Media(f"wordpress:{server}/media/{icon}", "image", fetchable(item["site_icon_url"]))]
        if icon not in (None, "0") and item.get("site_icon_url")
        else []
    )
    return Record(
        record_id=f"wordpress:{server}",
        kind="profile",
        native_id=server,
        pointer=pointer,
        url=item["home"],
        author_is_account=page.ours,
        text=text_of(item.get("description") or ""),
        title=text_of(item["name"]),
        media=media,
        links=[item["home"]],
        leftover=left,
    )


def _id(given: Any) -> str | None:
    return None if given is None else str(given)


def _utc(text: str | None, page: _Page, pointer: str, name: str) -> datetime | None:
    """An instant of a field ending in _gmt, which says no zone."""
    if text is None or text in NO_DATE:
        return None
    try:
        if len(text) == 19:
            return datetime.fromisoformat(text + "+00:00")
        moment = datetime.fromisoformat(text if text[10:11] else "")  # no guess where it says no time of the day
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise wrong(page.exchange, f"{pointer}/{name}", "a date and time", text) from None


def _home(address: str, exchange: Exchange) -> str:
    try:
        return place_of(address)
    except ValueError:
        raise wrong(exchange, "/home", "an address", address) from None


def _server_of(item: Any) -> str | None:
    """The site's home, from the links of an item."""
    if not isinstance(item, dict):
        return None
    links = item.get("_links")
    told = [links.get(rel) for rel in ("self", "collection", "parent", "up")] if isinstance(links, dict) else []
    hrefs = [own[0].get("href") for own in told if isinstance(own, list) and own and isinstance(own[0], dict)]
    api = [h[: root.start()] for h in hrefs if isinstance(h, str) and (root := API.search(h))]
    link = item.get("link")
    site = ORIGIN.match(link) if isinstance(link, str) else None
    for address in (item.get("home"), *api, site[0] if site else None):
        with suppress(ValueError):
            if isinstance(address, str) and (found := place_of(address)):
                return found
    return None
