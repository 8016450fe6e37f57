"""The API of a site: its address, its refusals, and its lists.

    <site>/wp-json/wp/v2/posts or <site>/?rest_route=/wp/v2/posts
    Authorization: Basic <user>:<application password>
    {"code": "rest_forbidden", "message": "...", "data": {"status": 403}}      an error, also with HTTP 200
    Link: <...>; rel="next", and X-WP-TotalPages: some proxies remove one of them

A plugin may fail at one post, so that the server gives none of its page. The items of such a page are
requested by their IDs (`Site.request_by_id`).
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, TokenExpired, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms import http
from recordroom.platforms.contract import Client
from recordroom.platforms.crawl import with_context
from recordroom.platforms.http import describe_failure, read_json, unexpected_field
from recordroom.platforms.paging import find_next_link, follow_addresses
from recordroom.platforms.schema import load_content
from recordroom.platforms.unread import AT_MOST, require_optional
from recordroom.platforms.wordpress.platform import ROUTES
from recordroom.platforms.wordpress.schema import EMBED, INDEX_FIELDS, POST_FIELDS

if TYPE_CHECKING:
    from recordroom.register.models import Account

_T = TypeVar("_T")
BATCH = 100  # items of a page, and IDs of a request
NO_ROUTE = "rest_no_route"
_NO_PARENT = "rest_post_invalid_parent"  # revisions of a post that has gone
_BEYOND_THE_END = "rest_post_invalid_page_number"
_NUMBER = re.compile(r"[0-9]+")
_SIGNED_OUT = frozenset(
    {
        "rest_not_logged_in",
        "incorrect_password",
        "invalid_username",
        "invalid_email",
        "rest_forbidden_context",
        "rest_forbidden_param",
    }
)


@dataclass
class Site:
    """The API of one site.

    account: the account of the register.
    client: sends the application password, if the account has one.
    missing_lists: lists that are no part of the API.
    failing: what the server fails to give, in words.
    failed_in_row: how many of these were items, one after the other.
    """

    account: Account
    client: Client
    missing_lists: list[str] = field(default_factory=list)
    failing: list[str] = field(default_factory=list)
    failed_in_row: int = 0

    @cached_property
    def index(self) -> Exchange:
        """The profile of the site.

        A site that moved keeps the identity of its first capture.
        """
        found = self.account.known.exchange or request_index(self.account, self.client)
        return replace(found, context=self.context)

    @property
    def server(self) -> str:
        return self.account.known.server

    @property
    def is_signed_in(self) -> bool:
        return bool(self.client.secrets)

    @property
    def context(self) -> dict[str, Any]:
        """The context of each exchange."""
        return {"account": self.account.known.native_id, "server": self.server}

    @property
    def short(self) -> dict[str, str]:
        """The context that says what the site does not give."""
        words = list[str]()
        if self.missing_lists:
            lists = " and no ".join(self.missing_lists)
            words.append(f"the site's API has no {lists} (a plugin removed them)")
        if self.failing:
            words.append(f"the site returned an error instead of {', '.join(self.failing)}")
        return {"short": f"{'; '.join(words)}; docs/platforms/wordpress.md says what to do"} if words else {}

    def pass_over(self, name: str, failure: PlatformFailure) -> Exchange:
        """Note what the server fails to give, and return its response.

        Raises the failure where it is of another kind.
        """
        answer = require_optional(failure)
        name = f"{name} ({'no JSON' if answer.status == 200 else describe_failure(answer)})"
        self.failing += [name] if name not in self.failing else []
        return answer

    def get(
        self,
        route: str,
        params: Mapping[str, Any],
        expect: tuple[int, ...] = (200,),
    ) -> Exchange:
        url, query = address_of(self.index, f"wp/v2/{route}", params)
        return self.client.get(
            url, query, headers=authorization(self.client), context=self.context, expect=expect
        )

    # -- lists -------------------------------------------------------------------------------------------

    def pages(self, route: str, params: Mapping[str, Any], start: str | None = None) -> Iterator[Exchange]:
        """Read a list, newest first.

        It is ordered by IDs: dates of an import are no stable order.
        """
        more: dict[str, Any] = {"_embed": EMBED} if route in ROUTES else {}
        context: dict[str, Any] = {"apart": True} if self.is_signed_in and route in ROUTES else {}
        if route == "comments":
            context = self.people
            more = {"context": "edit", "status": "any", "type": "all"} if self.is_signed_in else {}
        return self._read_around_faults(
            route, {"orderby": "id", **more, **params}, self.context | context, start
        )

    def list_items(self, route: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return all items of a list that is not archived."""
        return [
            item
            for page in self._read_list(route, params, {}, None)
            if "not_given" not in page.context
            for item in items_in(page)
        ]

    def _read_around_faults(
        self, route: str, params: Mapping[str, Any], context: Mapping[str, Any], start: str | None
    ) -> Iterator[Exchange]:
        """Read a list, and the items of a page at which the server fails by their IDs.

        It fails if a plugin cannot make the text of an item, or of so many. Until the last of these items was
        given, a crawl that resumes begins with that page.
        """
        while True:
            try:
                for page in self._read_list(route, params, context, start):
                    self.failed_in_row, start = 0, page.cursor
                    yield page
                return
            except UnexpectedResponse as failure:
                if failure.exchange is None or not _is_fault(failure.exchange):
                    raise
                place = failure.exchange.url
                numbers, start = self._list_ids_at(place)
                if not numbers and start is None:  # the page is empty
                    return
                if not numbers:
                    raise
                *others, last = self.request_by_id(route, params, context, numbers)
                yield from (replace(page, cursor=place) for page in others)
                yield replace(last, cursor=start)
            if start is None:
                return

    def _list_ids_at(self, place: str) -> tuple[list[str], str | None]:
        """Return the IDs of the page at an address, and the place of the next one.

        For this the site makes no text.
        """
        address, query = _split_address(place)
        page = self.client.get(address, {**query, "_fields": "id"}, headers=authorization(self.client))
        following = _next_page(page)
        if following is not None:
            address, query = _split_address(following)
            kept = {name: value for name, value in query.items() if name != "_fields"}
            following = f"{address}?{urlencode(kept)}"
        return [str(item["id"]) for item in items_in(page)], following

    def request_by_id(
        self, route: str, params: Mapping[str, Any], context: Mapping[str, Any], numbers: list[str]
    ) -> Iterator[Exchange]:
        """Request items by their IDs; if the server fails, each half of them.

        A single one at which it fails is passed over (`passed`) and reported. After AT_MOST others that
        failure is raised: the server, which has listed them, gives none then.
        """
        try:
            yield from self._read_list(route, {**params, "include": ",".join(numbers)}, context, None)
            self.failed_in_row = 0
        except UnexpectedResponse as failure:
            if failure.exchange is None or not _is_fault(failure.exchange):
                raise
            if len(numbers) > 1:
                middle = len(numbers) // 2
                for some in (numbers[:middle], numbers[middle:]):
                    yield from self.request_by_id(route, params, context, some)
                return
            if self.failed_in_row >= AT_MOST:
                raise
            self.failed_in_row += 1
            answer = self.pass_over(f"{route}/{numbers[0]}", failure)
            yield replace(answer, context={**context, "not_given": True, "passed": numbers, **self.short})

    def _read_list(
        self, route: str, params: Mapping[str, Any], context: Mapping[str, Any], start: str | None
    ) -> Iterator[Exchange]:
        """Read the pages of a list.

        A list that becomes shorter meanwhile ends early; one that is cut off silently is a failure. A list
        that is no part of the site's API is reported (`not_given`), and nothing is concluded.
        """
        url, query = address_of(self.index, f"wp/v2/{route}", {"per_page": BATCH, **params})
        for page in follow_addresses(
            self.client,
            url,
            query,
            _next_page,
            headers=authorization(self.client),
            context=context,
            expect=(200, 400, 404),
            start=start,
        ):
            code = None if page.status == 200 else object_of(page).get("code")
            if code == _BEYOND_THE_END:
                return
            if code == NO_ROUTE and route in (*ROUTES, "comments"):
                self.missing_lists += [route] if route not in self.missing_lists else []
                yield with_context(page, not_given=True, **self.short)
                return
            if page.status != 200:
                raise_refusal(page, object_of(page))
            read_json(page)
            yield page
            has_no_count = page.cursor is None and page.header("X-WP-TotalPages") is None
            if has_no_count and len(items_in(page)) >= BATCH:
                words = (
                    f"{page.url}: the page is full, but neither Link nor X-WP-TotalPages says whether more"
                    " items follow"
                )
                raise UnexpectedResponse(
                    words, "A proxy removes these headers. Configure it to pass them on.", page
                )

    # -- single posts, and their revisions ---------------------------------------------------------------

    def request_post(self, route: str, number: object) -> Exchange:
        """Request a post with its text, even if protected, and without its password.

        `not_given`: the server fails at it.
        """
        try:
            return self.get(f"{route}/{number}", {"context": "edit", "_fields": POST_FIELDS, "_embed": EMBED})
        except UnexpectedResponse as failure:
            answer = self.pass_over(f"{route}/{number}", failure)
            untold = [f"wordpress:{self.server}/{route}/{number}"]
            return with_context(answer, not_given=True, untold=untold, **self.short)

    def list_revisions(self, route: str, number: object) -> tuple[list[Exchange], list[dict[str, Any]]]:
        """Return responses (`not_given`), and the revisions of a post without texts.

        There are none if posts of this site have no revisions (there is no such route then), if the post has
        just gone, or if the server fails to list them, which is reported.
        """
        context = {**self.context, "not_given": True}
        path, params = f"{route}/{number}/revisions", {"_fields": "id,date_gmt,slug"}
        try:
            pages = list(self._read_list(path, params, context, None))
            return pages, [item for page in pages for item in items_in(page)]
        except (AccountUnavailable, Blocked, UnexpectedResponse) as failure:
            return [self._without_revisions(route, number, failure)], []

    def request_revisions(
        self, route: str, number: object, context: Mapping[str, Any], numbers: list[str]
    ) -> Iterator[Exchange]:
        """Request revisions with their texts.

        If these are refused, or the post has just gone, the response that says so is returned.
        """
        try:
            yield from self.request_by_id(f"{route}/{number}/revisions", {}, context, numbers)
        except (AccountUnavailable, Blocked) as failure:
            yield self._without_revisions(route, number, failure)

    def _without_revisions(self, route: str, number: object, failure: PlatformFailure) -> Exchange:
        """Return the response by which a site refuses or fails to give revisions.

        Nothing is missing if the post or the route has gone.
        """
        context, answer = {**self.context, "not_given": True}, require_optional(failure)
        has_gone = object_of(answer).get("code") in (NO_ROUTE, _NO_PARENT)
        if isinstance(failure, AccountUnavailable) and has_gone:
            return replace(answer, context=context)
        self.pass_over(f"{route}/{number}/revisions", failure)
        return replace(answer, context={**context, **self.short})

    # -- users -------------------------------------------------------------------------------------------

    @cached_property
    def people(self) -> dict[str, Any]:
        """The context that says who writes for the site.

        `staff` are all who may write, which an administrator's password shows; else `writers` are those who
        have published something.
        """
        if self.is_signed_in:
            users = self._list_users(
                {"context": "edit", "capabilities": "edit_posts", "_fields": "id,capabilities"}
            )
            if users is not None:
                staff = [
                    user
                    for user in users
                    if isinstance(user.get("capabilities"), dict) and user["capabilities"].get("edit_posts")
                ]
                return {"staff": [str(user["id"]) for user in staff]} if len(users) < BATCH else {}
        users = self._list_users({"_fields": "id"})
        return {} if users is None else {"writers": [str(user["id"]) for user in users]}

    def _list_users(self, params: Mapping[str, Any]) -> list[dict[str, Any]] | None:
        """Return the first page of users; None: the site does not give it.

        Many sites close this one list, by a refusal, a page, or a redirect to one.
        """
        try:
            return items_in(self.get("users", {**params, "per_page": BATCH}))
        except (AccountUnavailable, Blocked, TokenExpired, UnexpectedResponse) as refused:
            if refused.exchange is None:
                raise
            if refused.exchange.status >= 500:
                self.pass_over("users", refused)
            return None


# -- addresses -------------------------------------------------------------------------------------------


def request_index(account: Account, client: Client) -> Exchange:
    """Request the root of the API.

    It is /wp-json/, or ?rest_route=/ of a site with plain permalinks.
    """
    base = (account.api_url or account.url).rstrip("/")
    pretty = client.get(
        f"{base}/wp-json/", {"_fields": INDEX_FIELDS}, headers=authorization(client), expect=(200, 404)
    )
    if "namespaces" in object_of(pretty):
        return pretty
    return client.get(f"{base}/", {"rest_route": "/", "_fields": INDEX_FIELDS}, headers=authorization(client))


def address_of(index: Exchange, path: str, params: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return address and parameters of a request.

    They have the form of the address that gave the index. Some servers redirect to the address without its
    last slash.
    """
    root, _, query = index.url.partition("?")
    if "rest_route" in query:
        return root, {"rest_route": f"/{path}", **params}
    return f"{root.rstrip('/')}/{path}", dict(params)


def authorization(client: Client) -> dict[str, str]:
    """Return the header with the application password; none for a visitor."""
    if not client.secrets:
        return {}
    pair = f"{client.secrets['user']}:{client.secrets['password']}"
    return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def split_batches(things: list[_T]) -> Iterator[list[_T]]:
    """Split IDs into as many as one request may have."""
    return (things[n : n + BATCH] for n in range(0, len(things), BATCH))


def _next_page(page: Exchange) -> str | None:
    """Return the address of the next page; None after the last one.

    It is that of Link, else one that X-WP-TotalPages shows.
    """
    following, pages = find_next_link(page), page.header("X-WP-TotalPages") or ""
    if following is not None or page.status != 200 or not pages.isdecimal():
        return following
    address, query = _split_address(page.url)
    this = query.get("page", "1")
    if not this.isdecimal() or int(this) >= int(pages):
        return None
    return f"{address}?{urlencode({**query, 'page': int(this) + 1})}"


def _split_address(address: str) -> tuple[str, dict[str, str]]:
    place, _, query = address.partition("?")
    return place, dict(parse_qsl(query, keep_blank_values=True))


# -- responses -------------------------------------------------------------------------------------------


def object_of(exchange: Exchange) -> dict[str, Any]:
    """Return the object of a body; {} where it is none."""
    try:
        tree = read_json(exchange)
    except UnexpectedResponse:
        return {}
    return tree if isinstance(tree, dict) else {}


def items_in(page: Exchange) -> list[dict[str, Any]]:
    """Return the items of a page, repaired.

    Each has a number as its ID: some of their content goes into the context of further exchanges.
    """
    tree = load_content(page)
    raise_refusal(page, tree)
    found = tree if isinstance(tree, list) else [tree]
    for n, item in enumerate(found):
        if not isinstance(item, dict) or not _NUMBER.fullmatch(str(item.get("id"))):
            raise unexpected_field(page, f"/{n}", "an object with a number as id", item)
    return found


def raise_refusal(exchange: Exchange, tree: Any) -> None:
    """Raise the failure that a status or an error body names.

    tree: the content of the body. An error body may come with HTTP 200.
    """
    is_error = isinstance(tree, dict) and "code" in tree and "message" in tree
    if exchange.status < 400 and not is_error:
        return
    data = tree.get("data") if is_error else None
    given = data.get("status") if isinstance(data, dict) else None
    status = (
        exchange.status
        if exchange.status >= 400
        else given
        if isinstance(given, int) and 400 <= given < 600
        else 400
    )
    code = tree.get("code") if is_error else None
    words = f"{code}: {tree['message']}" if is_error else ""
    raise (
        http.find_failure(
            replace(exchange, status=status), anonymous=str(code) not in _SIGNED_OUT, words=words
        )
        or AssertionError
    )


def _is_fault(answer: Exchange) -> bool:
    """Whether the server fails: by its status, or since the body is no JSON.

    PHP or a plugin prints a notice before the JSON, or the body is cut off on the way.
    """
    if answer.status != 200:
        return answer.status >= 500
    try:
        read_json(answer)
    except UnexpectedResponse:
        return True
    return False
