"""The API of one site: where it is, who asks, lists page by page."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, TokenExpired, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms.contract import Client
from recordroom.platforms.http import json_of, told_by, wrong
from recordroom.platforms.paging import by_next_url, next_link
from recordroom.platforms.schema import content_of
from recordroom.platforms.unread import AT_MOST, spared
from recordroom.platforms.wordpress.platform import ROUTES
from recordroom.platforms.wordpress.refusals import lenient, refuse

if TYPE_CHECKING:
    from recordroom.register.models import Account

BATCH = 100
EMBED = "author,wp:featuredmedia,wp:term"
NO_ROUTE = "rest_no_route"
_NUMBER = re.compile(r"[0-9]+")
INDEX = "name,description,url,home,gmt_offset,timezone_string,namespaces,site_icon,site_icon_url,site_logo"


@dataclass
class Site:
    """The API of one site, with what every exchange's context needs. `lacking`: lists that are no part of it;
    `failing`: at what its server fails; `row`: how many posts or comments of these it met one after the
    other."""

    account: Account
    client: Client
    lacking: list[str] = field(default_factory=list)
    failing: list[str] = field(default_factory=list)
    row: int = 0

    @cached_property
    def index(self) -> Exchange:
        found = self.account.known.exchange or index_of(self.account, self.client)
        return replace(
            found, context=self.context
        )  # a site that moved keeps the identity of its first capture

    @property
    def server(self) -> str:
        return self.account.known.server

    @property
    def trusted(self) -> bool:
        return bool(self.client.secrets)

    @property
    def context(self) -> dict[str, Any]:
        return {"account": self.account.known.native_id, "server": self.server}

    @property
    def short(self) -> dict[str, str]:
        """For the core: what the site does not give."""
        words = (
            [f"the site's API has no {' and no '.join(self.lacking)} (a plugin has taken them out of it)"]
            if self.lacking
            else []
        )
        words += (
            [f"the site fails at {', '.join(self.failing)}, of which nothing is read"] if self.failing else []
        )
        return {"short": f"{'; '.join(words)}; docs/platforms/wordpress.md says what to do"} if words else {}

    def passed(self, name: str, failure: PlatformFailure) -> Exchange:
        """The answer by which the server fails at this one thing, which is told; a failure of another kind is
        raised.
        """
        answer = spared(failure)
        name = f"{name} ({'no JSON' if answer.status == 200 else told_by(answer)})"
        self.failing += [name] if name not in self.failing else []
        return answer

    def get(
        self,
        route: str,
        params: Mapping[str, Any],
        expect: tuple[int, ...] = (200,),
        more: Mapping[str, Any] | None = None,
    ) -> Exchange:
        url, whole = address_of(self.index, f"wp/v2/{route}", params)
        return self.client.get(
            url,
            whole,
            headers=authorization(self.client),
            context={**self.context, **(more or {})},
            expect=expect,
        )

    def pages(self, route: str, params: Mapping[str, Any], start: str | None = None) -> Iterator[Exchange]:
        """Newest first; ids are a stable order, dates of an import are not."""
        more: dict[str, Any] = {"_embed": EMBED} if route in ROUTES else {}
        context: dict[str, Any] = {"apart": True} if self.trusted and route in ROUTES else {}
        if route == "comments":
            context = self.staff
            more = {"context": "edit", "status": "any", "type": "all"} if self.trusted else {}
        return self._sparing(route, {"orderby": "id", **more, **params}, self.context | context, start)

    def _sparing(
        self, route: str, params: Mapping[str, Any], context: Mapping[str, Any], start: str | None
    ) -> Iterator[Exchange]:
        """Where the server fails at a page (at one post or comment, of which a plugin cannot make the text,
        or at so many), what stands there is asked for in parts. Until the last of them was given out, whoever
        goes on begins with that page."""
        while True:
            try:
                for page in self._walk(route, params, context, start):
                    self.row, start = 0, page.cursor
                    yield page
                return
            except UnexpectedResponse as failure:
                if failure.exchange is None or not _is_fault(failure.exchange):
                    raise
                place = failure.exchange.url
                numbers, start = self._listed_at(place)
                if not numbers and start is None:  # nothing stands there
                    return
                if not numbers:
                    raise
                *others, last = self.of(route, params, context, numbers)
                yield from (replace(page, cursor=place) for page in others)
                yield replace(last, cursor=start)
            if start is None:
                return

    def _listed_at(self, place: str) -> tuple[list[str], str | None]:
        """(ids of the page at an address, the place of the next one): no text is made for these."""
        address, query = _taken_apart(place)
        page = self.client.get(address, {**query, "_fields": "id"}, headers=authorization(self.client))
        following = _next_page(page)
        if following is not None:
            address, query = _taken_apart(following)
            following = (
                f"{address}?{urlencode({name: value for name, value in query.items() if name != '_fields'})}"
            )
        return [str(item["id"]) for item in items_in(page)], following

    def of(
        self, route: str, params: Mapping[str, Any], context: Mapping[str, Any], numbers: list[str]
    ) -> Iterator[Exchange]:
        """Items by their ids: where the server fails, in halves of halves. A single one at which it fails is
        passed over (`passed`) and told; after AT_MOST others that is raised, since the server, which has
        listed them, gives none then."""
        try:
            yield from self._walk(route, {**params, "include": ",".join(numbers)}, context, None)
            self.row = 0
        except UnexpectedResponse as failure:
            if failure.exchange is None or not _is_fault(failure.exchange):
                raise
            if len(numbers) > 1:
                middle = len(numbers) // 2
                for some in (numbers[:middle], numbers[middle:]):
                    yield from self.of(route, params, context, some)
                return
            if self.row >= AT_MOST:
                raise
            self.row += 1
            answer = self.passed(f"{route}/{numbers[0]}", failure)
            yield replace(answer, context={**context, "not_given": True, "passed": numbers, **self.short})

    def items(self, route: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        """All items of a list that is only looked at, never kept."""
        return [
            item
            for page in self._walk(route, params, {}, None)
            if "not_given" not in page.context
            for item in items_in(page)
        ]

    def revisions(self, route: str, number: object) -> tuple[list[Exchange], list[dict[str, Any]]]:
        """(answers, those of one post that they list), without their words (`not_given`). None where posts of
        this site keep none (there is no such route then), where the post has just gone, and where the server
        fails to list them, which is told."""
        context = {**self.context, "not_given": True}
        try:
            pages = list(
                self._walk(f"{route}/{number}/revisions", {"_fields": "id,date_gmt,slug"}, context, None)
            )
            return pages, [item for page in pages for item in items_in(page)]
        except (AccountUnavailable, Blocked, UnexpectedResponse) as failure:
            return [self.without_revisions(route, number, failure)], []

    def wordings(
        self, route: str, number: object, context: Mapping[str, Any], numbers: list[str]
    ) -> Iterator[Exchange]:
        """Those of one post that were listed, with their words; what is told where these are refused, or the
        post has just gone.
        """
        try:
            yield from self.of(f"{route}/{number}/revisions", {}, context, numbers)
        except (AccountUnavailable, Blocked) as failure:
            yield self.without_revisions(route, number, failure)

    def without_revisions(self, route: str, number: object, failure: PlatformFailure) -> Exchange:
        """The answer by which a site refuses, or fails to give, those of one post; it has none where it, or
        their route, is gone.
        """
        context, answer = {**self.context, "not_given": True}, spared(failure)
        if isinstance(failure, AccountUnavailable) and lenient(answer).get("code") in (
            NO_ROUTE,
            "rest_post_invalid_parent",
        ):
            return replace(answer, context=context)
        self.passed(f"{route}/{number}/revisions", failure)
        return replace(answer, context={**context, **self.short})

    def _walk(
        self, route: str, params: Mapping[str, Any], context: Mapping[str, Any], start: str | None
    ) -> Iterator[Exchange]:
        """A list that shrinks meanwhile ends early; one that is cut off without saying so is a failure. A
        list may be no part of the site's API: that is told (`not_given`), and nothing is concluded."""
        url, whole = address_of(self.index, f"wp/v2/{route}", {"per_page": BATCH, **params})
        headers = authorization(self.client)
        for page in by_next_url(
            self.client,
            url,
            whole,
            _next_page,
            headers=headers,
            context=context,
            expect=(200, 400, 404),
            start=start,
        ):
            code = None if page.status == 200 else lenient(page).get("code")
            if code == "rest_post_invalid_page_number":
                return
            if code == NO_ROUTE and route in (*ROUTES, "comments"):
                self.lacking += [route] if route not in self.lacking else []
                yield replace(page, context={**page.context, "not_given": True, **self.short})
                return
            if page.status != 200:
                refuse(page, lenient(page))
            json_of(page)
            yield page
            if (
                page.cursor is None
                and page.header("X-WP-TotalPages") is None
                and len(items_in(page)) >= BATCH
            ):
                words = (
                    f"{page.url}: a full page, and neither Link nor X-WP-TotalPages says whether there are"
                    " more"
                )
                raise UnexpectedResponse(
                    words, "Some proxy takes these headers away: let it pass them.", page
                )

    @cached_property
    def staff(self) -> dict[str, Any]:
        """`staff`: all who may write for the site (an administrator's password tells); else `writers`: those
        who have published.
        """
        if self.trusted:
            told = self._users(
                {"context": "edit", "capabilities": "edit_posts", "_fields": "id,capabilities"}
            )
            if told is not None:
                users = [
                    u
                    for u in told
                    if isinstance(u.get("capabilities"), dict) and u["capabilities"].get("edit_posts")
                ]
                return {"staff": [str(u["id"]) for u in users]} if len(told) < BATCH else {}
        told = self._users({"_fields": "id"})
        return {} if told is None else {"writers": [str(u["id"]) for u in told]}

    def _users(self, params: Mapping[str, Any]) -> list[dict[str, Any]] | None:
        """None where the site does not tell: many close this one list, by a refusal, a page, or a redirect to
        one; or where it fails to.
        """
        try:
            return items_in(self.get("users", {**params, "per_page": BATCH}))
        except (AccountUnavailable, Blocked, TokenExpired, UnexpectedResponse) as refused:
            if refused.exchange is None:
                raise
            if refused.exchange.status >= 500:
                self.passed("users", refused)
            return None


def _is_fault(answer: Exchange) -> bool:
    """By its status, or since it is no JSON: PHP, or a plugin, prints a notice before it, or it is cut on the
    way.
    """
    if answer.status != 200:
        return answer.status >= 500
    try:
        json_of(answer)
    except UnexpectedResponse:
        return True
    return False


def _next_page(page: Exchange) -> str | None:
    """The address that Link gives, else what the number of pages tells: some proxies take away the one of
    these headers alone.
    """
    following, pages = next_link(page), page.header("X-WP-TotalPages") or ""
    if following is not None or page.status != 200 or not pages.isdecimal():
        return following
    address, query = _taken_apart(page.url)
    this = query.get("page", "1")
    if not this.isdecimal() or int(this) >= int(pages):
        return None
    return f"{address}?{urlencode({**query, 'page': int(this) + 1})}"


def _taken_apart(address: str) -> tuple[str, dict[str, str]]:
    place, _, query = address.partition("?")
    return place, dict(parse_qsl(query, keep_blank_values=True))


def index_of(account: Account, client: Client) -> Exchange:
    """Asked for under /wp-json/; sites with plain permalinks have only ?rest_route=."""
    base = (account.api_url or account.url).rstrip("/")
    pretty = client.get(
        f"{base}/wp-json/", {"_fields": INDEX}, headers=authorization(client), expect=(200, 404)
    )
    if "namespaces" in lenient(pretty):
        return pretty
    return client.get(f"{base}/", {"rest_route": "/", "_fields": INDEX}, headers=authorization(client))


def address_of(index: Exchange, path: str, params: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    root, _, query = index.url.partition("?")
    if "rest_route" in query:
        return root, {"rest_route": f"/{path}", **params}
    return f"{root.rstrip('/')}/{path}", dict(
        params
    )  # some servers redirect to the address without its last slash


def authorization(client: Client) -> dict[str, str]:
    if not client.secrets:
        return {}
    pair = f"{client.secrets['user']}:{client.secrets['password']}"
    return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def items_in(page: Exchange) -> list[dict[str, Any]]:
    """The items of a page, repaired, each with an id that is a number: some of what they say goes into the
    context of further answers.
    """
    tree = content_of(page)
    refuse(page, tree)
    found = tree if isinstance(tree, list) else [tree]
    for n, item in enumerate(found):
        if not isinstance(item, dict) or not _NUMBER.fullmatch(str(item.get("id"))):
            raise wrong(page, f"/{n}", "an object with a number as id", item)
    return found
