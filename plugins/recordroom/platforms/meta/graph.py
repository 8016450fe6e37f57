"""Meta's Graph API: requests, lists, and objects by their IDs, for all platforms.

`Graph` sends a request, and raises the failure that its error names. `GraphRequests` is the same for one
account: it adds the account's context, and reads lists and objects. `objects` and `readings` give the items
of a response, which is a list, one object, or several objects by their IDs.

The token is sent in a header. `paging.next` repeats it, and it is removed there.

If the API asks for less data ("Please reduce the amount of data", as error 1; or error 1 or 2 in other
words), the request is repeated with half its `limit` or half its `ids`. An item that still fails alone is
passed over. One object that may not be seen fails a request for several (`?ids=1,2,3`).

A limit that is nearly reached ends the segment before the next request, never after a response: what was
received is used.

Sources, 2026-11-24: https://developers.facebook.com/docs/graph-api/overview/rate-limiting/,
https://developers.facebook.com/docs/graph-api/guides/error-handling
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import SplitResult, parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms.contract import Client, KnownRecord
from recordroom.platforms.http import ApiClient, require_path_segment, unexpected_field
from recordroom.platforms.lookups import request_in_halves
from recordroom.platforms.meta.errors import ERRORS, UNSEEN, code_of, failure, is_too_much, nearly_full
from recordroom.platforms.paging import Params, follow_addresses, limit_empty_pages, resume_pages
from recordroom.platforms.schema import (
    ITEM,
    LIST,
    NULL,
    TEXT,
    Reading,
    Shape,
    load_content,
    load_tree,
    require_list,
)
from recordroom.platforms.unread import AT_MOST, require_optional

# Alternative text that no person wrote. A name may have a period in it: St. Louis County.
AUTOMATIC = re.compile(
    r"(?:Photo (?:shared )?by (?:[^.]{1,200}|.{1,200}? on [A-Z][a-z]{2,9} \d{1,2}, \d{4}[^.]{0,200})\. )?"
    r"(?:May be |Image may contain|No photo description available)"
)
Answered = tuple[list[str], Exchange, bool]  # what `by_id` yields
# Objects by their IDs in one request:
# https://developers.facebook.com/docs/graph-api/batch-requests, 2026-11-24
BATCH = 50
DAY = 86_400  # seconds
_LIMIT = re.compile(r"[?&]limit=([0-9]{1,6})(?=&|$)")
_NO_SUCH_FIELD = re.compile(r"nonexisting field \(\w+\) on node type \((\w+)\)")
_SECRETS = frozenset({"access_token", "appsecret_proof"})
PAGING = Shape({"next": TEXT | NULL}, dict.fromkeys(("previous", "cursors"), "another way to go on"))
PAGE = Shape(
    {"data": LIST, "paging": ITEM | NULL},
    {"summary": "counts of the whole list, read where they are asked for"},
)


class Graph(ApiClient):
    """A client that sends the token, names failures, and stops before a limit.

    A request for too much data is repeated with half the limit.
    """

    api_name, error_statuses = "Meta's Graph API", ERRORS

    def find_failure(self, exchange: Exchange, expect: tuple[int, ...]) -> PlatformFailure | None:  # noqa: ARG002
        return failure(exchange)

    def find_throttle(self, exchange: Exchange) -> Throttled | None:
        return nearly_full(exchange)

    def reduce_request(
        self, exchange: Exchange, url: str, params: Params | None
    ) -> tuple[str, Params | None] | None:
        return _halved(url, params) if is_too_much(exchange) else None


class GraphAs(Graph):
    """A client with the token of a person who consents, or of the app."""

    one_of_secrets = ("token", "client_secret")

    def __init__(self, client: Client, token: str) -> None:
        super().__init__(client)
        self._token = token

    def make_headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def find_failure(self, exchange: Exchange, expect: tuple[int, ...]) -> PlatformFailure | None:
        """Name the failure, without the token.

        An error may repeat it ("Malformed access token ..."), and clients remove only the account's own.
        """
        return super().find_failure(
            replace(exchange, body=exchange.body.replace(self._token.encode(), b"(the token)")), expect
        )


class GraphRequests:
    """The requests of one pass over an account.

    me: the account's native ID.
    context: the context of each response.
    """

    def __init__(self, client: Client, base: str, account: str, server: str) -> None:
        self.graph, self.base, self.me = Graph(client), base, require_path_segment(account)
        self.context: dict[str, Any] = {"account": account, "server": server}

    def get(self, path: str, params: Params, **context: Any) -> Exchange:
        return self.graph.get(f"{self.base}/{path}", params, context=self.context | context)

    def pages(
        self, path: str, params: Params, start: str | None = None, **context: Any
    ) -> Iterator[Exchange]:
        """Read the pages of a list; from its head where the stored place has expired."""
        _, pages = resume_pages(
            lambda place: self.walked(path, params, place, self.context | context),
            start,
            lambda failure: isinstance(failure, UnexpectedResponse),
        )
        yield from limit_empty_pages(pages, _is_empty)

    def sparing(self, path: str, params: Params, start: str | None, **context: Any) -> Iterator[Exchange]:
        """Read the pages of a list without the items that Meta fails to give alone.

        The error is yielded in the place of the item, with the item's ID in its context (`passed`). After
        AT_MOST of them in a row the failure is raised: Meta gives no item then.
        """
        pages, row = self.pages(path, params, start, **context), 0
        while True:
            try:
                for page in pages:
                    start, row = page.cursor, 0
                    yield page
            except UnexpectedResponse as failure:
                if failure.exchange is None or not is_too_much(failure.exchange) or row >= AT_MOST:
                    raise
                row += 1
                native, start = self.behind(path, params, start, failure)
                yield replace(
                    failure.exchange,
                    context={**failure.exchange.context, "not_given": True, "passed": native},
                    cursor=start,
                )
                if start is not None:
                    pages = limit_empty_pages(
                        self.walked(path, params, start, self.context | context), _is_empty
                    )
                    continue
            return

    def behind(
        self, path: str, params: Params, start: str | None, failure: UnexpectedResponse
    ) -> tuple[str, str | None]:
        """Return the ID of the item at a place of a list, and the place behind it.

        failure: raised where the list does not give the ID either.
        """
        place = (
            dict(parse_qsl(urlsplit(start).query))
            if start and "://" in start
            else {"after": start}
            if start
            else {}
        )
        try:
            page = self.graph.get(f"{self.base}/{path}", {**params, **place, "fields": "id", "limit": 1})
        except UnexpectedResponse:
            raise failure from None
        natives, following = [item["id"] for _, item in objects(page)], self.following(page)
        if len(natives) != 1:
            raise failure
        if following and "://" in following:
            parts = urlsplit(following)
            query = dict(parse_qsl(parts.query, keep_blank_values=True)) | {
                name: str(params[name]) for name in ("fields", "limit")
            }
            following = urlunsplit(parts._replace(query=urlencode(query)))
        return natives[0], following

    def following(self, page: Exchange) -> str | None:
        """Return the place of the next page."""
        return next_page(page)

    def walked(
        self, path: str, params: Params, start: str | None, context: Mapping[str, Any]
    ) -> Iterator[Exchange]:
        """Read the pages of a list from a place on, without any tolerance."""
        return follow_addresses(
            self.graph, f"{self.base}/{path}", params, self.following, context=context, start=start
        )

    def by_id(
        self,
        natives: Sequence[str],
        fields: str,
        *,
        size: int = BATCH,
        others: bool = False,
        node: str = "",
        **context: Any,
    ) -> Iterator[Answered]:
        return by_id(
            self.graph,
            self.base,
            natives,
            fields,
            self.context | context,
            size=size,
            others=others,
            node=node,
        )


def by_id(
    graph: Graph,
    base: str,
    natives: Sequence[str],
    fields: str,
    context: Mapping[str, Any],
    *,
    size: int = BATCH,
    others: bool = False,
    node: str = "",
) -> Iterator[Answered]:
    """Request objects by their IDs, in halves where one fails the whole request.

    Yields (IDs, the response, True), or for a single one that may not be seen, or that Meta fails to give:
    ([ID], the error, False). One that a response for several leaves out is requested alone.

    size: how many are requested at once.
    others: whether some may belong to another account. Those are there though they may not be seen, and
        `is_gone` says so.
    node: the type of the objects. One of another type counts as one that may not be seen.
    """

    def request(some: Sequence[str]) -> Exchange:
        path, ids = (
            (require_path_segment(some[0]), {})
            if len(some) == 1
            else ("", {"ids": ",".join(map(require_path_segment, some))})
        )
        return graph.get(f"{base}/{path}", {**ids, "fields": fields}, context=context)

    def check(failure: PlatformFailure, some: Sequence[str]) -> None:  # noqa: ARG001 (of request_in_halves)
        is_unseen = _is_unseen(failure, node, others=others)
        if failure.exchange is None or not (is_unseen or _is_too_much(failure)):
            raise failure

    for some, answer in request_in_halves(natives, size, request, check):
        if isinstance(answer, PlatformFailure):
            if answer.exchange is not None:  # `check` raises a failure without one
                yield list(some), answer.exchange, False
            continue
        found = load_content(answer) if len(some) > 1 else dict.fromkeys(some)
        given = [native for native in some if isinstance(found, dict) and native in found]
        if given:  # an object without anything is written as an empty list
            yield given, answer, True
        for native in some:
            if native not in given:
                yield from by_id(graph, base, [native], fields, context, others=others, node=node)


def _is_empty(page: Exchange) -> bool:
    return not load_content(page)["data"]


def _is_unseen(failure: PlatformFailure, node: str, *, others: bool) -> bool:
    """Return whether an object is unavailable, not to be seen, or of another type."""
    if not isinstance(failure, AccountUnavailable | Blocked | UnexpectedResponse):
        return False
    is_of_others = others and code_of(failure.exchange) in UNSEEN
    return (
        isinstance(failure, AccountUnavailable) or is_of_others or _is_of_another_type(failure.message, node)
    )


def _is_too_much(failure: PlatformFailure) -> bool:
    return isinstance(failure, Blocked | UnexpectedResponse) and is_too_much(failure.exchange)


def _is_of_another_type(words: str, node: str) -> bool:
    """Return whether an error says that an object is no `node`.

    It has not all the fields then.
    """
    found = _NO_SUCH_FIELD.search(words)
    return found is not None and node not in ("", found[1])


def is_gone(answer: Exchange) -> bool:
    """Return whether an object that `by_id` did not get is unavailable.

    One that is only hidden from this token is there.
    """
    return isinstance(failure(answer), AccountUnavailable)


def items_of(body: Any, exchange: Exchange) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (pointer, item) of a list, of one object, or of several by their IDs."""
    if not isinstance(body, dict):
        raise unexpected_field(exchange, "", "an object", body)
    if "data" in body:
        found = [(f"/data/{i}", item) for i, item in enumerate(require_list(body["data"], exchange, "/data"))]
    else:
        found = (
            [("", body)]
            if "id" in body or "created_time" in body
            else [(f"/{native}", item) for native, item in body.items()]
        )
    for pointer, item in found:
        if not isinstance(item, dict):
            raise unexpected_field(exchange, pointer, "an object", item)
        yield pointer, item


def objects(exchange: Exchange) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (pointer, item) of a response, each item with an ID."""
    for pointer, item in items_of(load_content(exchange), exchange):
        if not (isinstance(item.get("id"), str) and item["id"]):
            raise unexpected_field(exchange, f"{pointer}/id", "text", item.get("id", "nothing"))
        yield pointer, item


def untold(failure: PlatformFailure, known: Iterable[KnownRecord]) -> Exchange:
    """Return the response by which Meta does not say anything about these records.

    `lookup` then concludes nothing about them.
    """
    answer = require_optional(failure)
    told = {"not_given": True, "untold": [one.record_id for one in known]}
    return replace(answer, context={**answer.context, **told})


def file_name(address: str, exchange: Exchange) -> str:
    """Return the part of a file's address that signatures and sizes do not change."""
    try:
        return urlsplit(address).path.rpartition("/")[2] or address
    except ValueError:
        raise unexpected_field(exchange, "", "the address of a file", address) from None


def calls_of(exchange: Exchange) -> int:
    """Return how many calls a request counts as: one for each object by its ID."""
    return max(1, len(parse_qs(urlsplit(exchange.url).query).get("ids", [""])[0].split(",")))


def next_page(exchange: Exchange) -> str | None:
    """Return `paging.next` of a list, without the token; None after the last page.

    UnexpectedResponse: the body is not a list.
    """
    body = load_content(exchange)
    PAGE.check(body, exchange, "")
    return next_of(body, Reading(exchange), "")


def next_of(page: Mapping[str, Any], reading: Reading, pointer: str) -> str | None:
    """Return the next page of a list within an object (see `next_page`)."""
    found = split_next(page, reading, pointer)
    if found is None:
        return None
    parts, query = found
    return urlunsplit(parts._replace(query=urlencode([pair for pair in query if pair[0] not in _SECRETS])))


def split_next(
    page: Mapping[str, Any], reading: Reading, pointer: str
) -> tuple[SplitResult, list[tuple[str, str]]] | None:
    """Return the parts and the query of `paging.next`, with the token; None after the last page."""
    link: str | None = reading.read_object(PAGING, page, "paging", pointer).get("next")
    if link is None:
        return None
    try:
        parts = urlsplit(link)
        return parts, parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        raise unexpected_field(reading.exchange, f"{pointer}/paging/next", "an address", link) from None


def _halved(url: str, params: Params | None) -> tuple[str, Params | None] | None:
    """Halve the limit of a request, in `params` or in the address; None below two."""
    if params is not None and isinstance(limit := params.get("limit"), int):
        return (url, {**params, "limit": limit // 2}) if limit > 1 else None
    found = _LIMIT.search(url)
    if found is None or int(found[1]) < 2:
        return None
    return f"{url[: found.start(1)]}{int(found[1]) // 2}{url[found.end(1) :]}", params


def holds_none(exchange: Exchange) -> bool:
    """Return whether a response only says that something is not given."""
    return not {"messages_refused", "not_given"}.isdisjoint(exchange.context)


def readings(exchange: Exchange) -> Iterator[tuple[Reading, str, dict[str, Any]]]:
    """Yield (reading, pointer, item) of a response, with one reading for all items.

    Raises the failure that the response reports.
    """
    if problem := failure(exchange):
        raise problem
    body, touched = load_tree(exchange)
    reading = Reading(exchange, touched)
    if isinstance(body, dict) and "data" in body:
        reading.check(PAGE, body, "")
        split_next(body, Reading(exchange), "")  # what ends the crawl is what cannot be parsed
    for pointer, item in items_of(body, exchange):
        yield reading, pointer, item
