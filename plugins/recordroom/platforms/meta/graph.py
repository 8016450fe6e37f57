"""Meta's Graph API, as far as Facebook, Instagram and Threads have it in common: pace, lists, objects by id.

Read (https://developers.facebook.com/docs/graph-api/overview/rate-limiting/ and
  /docs/graph-api/guides/error-handling, 2026-11-24): Authorization: Bearer <token>       the token stands in
  no address; `paging.next` carries it, and it is taken out there "Please reduce the amount of data"  as error
  1, or error 1 or 2 in no such words: the same request is asked for again with half its
                                      `limit`, or half its `ids`; one post alone that still fails is passed
  over ?ids=1,2,3                          several objects in one answer, by their ids; one that cannot be
  seen fails the whole request

```
graph = Graph(client)                            # a Client, so that platforms/paging.py pages with it
graph.get(url, params)                           # the answer, or the failure that its error names
by_id(graph, base, ids, fields, context)         # objects by their ids, and which of them cannot be seen
is_gone(answer)                                  # of one of these: whether it is gone, or must not be seen
items_of(body, exchange), objects(exchange)      # what an answer holds: a list, one object, or several by their ids
Walk(client, base, account, server)              # these, of one account: each answer has its context
readings(exchange)                               # its items, each with shapes.Reading
```
A limit that is nearly reached ends the segment before the next request, never after an answer: what was
answered is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms.contract import Client, Known
from recordroom.platforms.http import Asking, in_path, wrong
from recordroom.platforms.lookups import request_in_halves
from recordroom.platforms.meta.errors import ERRORS, UNSEEN, code_of, failure, is_too_much, nearly_full
from recordroom.platforms.paging import Params, by_next_url, not_in_vain, resume_pages
from recordroom.platforms.schema import ITEM, LIST, NULL, TEXT, Reading, Shape, content_of, items, tree_of
from recordroom.platforms.unread import AT_MOST, spared

AUTOMATIC = re.compile(  # alternative text that no person wrote
    # St. Louis County, say
    r"(?:Photo (?:shared )?by (?:[^.]{1,200}|.{1,200}? on [A-Z][a-z]{2,9} \d{1,2}, \d{4}[^.]{0,200})\. )?"
    r"(?:May be |Image may contain|No photo description available)"
)
Answered = tuple[list[str], Exchange, bool]
# objects by id in one request; https://developers.facebook.com/docs/graph-api/batch-requests, 2026-11-24
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


class Graph(Asking):
    """A Client that sends the token, names failures, halves what is too large, and stops before a limit is
    reached.
    """

    who, statuses = "Meta's Graph API", ERRORS

    def named(self, exchange: Exchange, expect: tuple[int, ...]) -> PlatformFailure | None:  # noqa: ARG002 (its codes say all)
        return failure(exchange)

    def used_up(self, exchange: Exchange) -> Throttled | None:
        return nearly_full(exchange)

    def smaller(
        self, exchange: Exchange, url: str, params: Params | None
    ) -> tuple[str, Params | None] | None:
        return _halved(url, params) if is_too_much(exchange) else None


class GraphAs(Graph):
    """With a token that is not the account's own: a person's, whose consent leads to it, or the app's."""

    needs = ("token", "client_secret")

    def __init__(self, client: Client, token: str) -> None:
        super().__init__(client)
        self._token = token

    def shown(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def named(self, exchange: Exchange, expect: tuple[int, ...]) -> PlatformFailure | None:
        """An error may repeat the token ("Malformed access token ..."), which no client scrubs: it is not the
        account's.
        """
        return super().named(
            replace(exchange, body=exchange.body.replace(self._token.encode(), b"(the token)")), expect
        )


class Walk:
    """One pass over an account. `context`: of every answer."""

    def __init__(self, client: Client, base: str, account: str, server: str) -> None:
        self.graph, self.base, self.me = Graph(client), base, in_path(account)
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
        yield from not_in_vain(pages, _is_empty)

    def sparing(self, path: str, params: Params, start: str | None, **context: Any) -> Iterator[Exchange]:
        """The same. One item at which Meta fails each time, however few are asked for, is passed over: its
        error comes in its place, whose context has its id (`passed`). After AT_MOST others the failure is
        raised, since Meta, which says each time what stands there, gives none then."""
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
                    pages = not_in_vain(self.walked(path, params, start, self.context | context), _is_empty)
                    continue
            return

    def behind(
        self, path: str, params: Params, start: str | None, failure: UnexpectedResponse
    ) -> tuple[str, str | None]:
        """(id of the item that stands at a place of a list, the place behind it), by which alone it can be
        asked for.
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
        """The place of the next page."""
        return next_page(page)

    def walked(
        self, path: str, params: Params, start: str | None, context: Mapping[str, Any]
    ) -> Iterator[Exchange]:
        return by_next_url(
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
        path, ids = (in_path(some[0]), {}) if len(some) == 1 else ("", {"ids": ",".join(map(in_path, some))})
        return graph.get(f"{base}/{path}", {**ids, "fields": fields}, context=context)

    def check(failure: PlatformFailure, some: Sequence[str]) -> None:  # noqa: ARG001
        is_unseen = _is_unseen(failure, node, others=others)
        if failure.exchange is None or not (is_unseen or _is_too_much(failure)):
            raise failure

    for some, answer in request_in_halves(natives, size, request, check):
        if isinstance(answer, PlatformFailure):
            if answer.exchange is not None:  # `check` raises a failure without one
                yield list(some), answer.exchange, False
            continue
        found = content_of(answer) if len(some) > 1 else dict.fromkeys(some)
        given = [native for native in some if isinstance(found, dict) and native in found]
        if given:  # an object without anything is written as an empty list
            yield given, answer, True
        for native in some:
            if native not in given:
                yield from by_id(graph, base, [native], fields, context, others=others, node=node)


def _is_empty(page: Exchange) -> bool:
    return not content_of(page)["data"]


def _is_unseen(failure: PlatformFailure, node: str, *, others: bool) -> bool:
    """Whether a failure says that an object is unavailable, may not be seen, or is of another type."""
    if not isinstance(failure, AccountUnavailable | Blocked | UnexpectedResponse):
        return False
    is_of_others = others and code_of(failure.exchange) in UNSEEN
    return (
        isinstance(failure, AccountUnavailable) or is_of_others or _is_of_another_type(failure.message, node)
    )


def _is_too_much(failure: PlatformFailure) -> bool:
    return isinstance(failure, Blocked | UnexpectedResponse) and is_too_much(failure.exchange)


def _is_of_another_type(words: str, node: str) -> bool:
    """Whether an error says that an object is no `node`, so that it has not all the fields."""
    found = _NO_SUCH_FIELD.search(words)
    return found is not None and node not in ("", found[1])


def is_gone(answer: Exchange) -> bool:
    """Of what `by_id` calls not to be seen."""
    return isinstance(failure(answer), AccountUnavailable)


def items_of(body: Any, exchange: Exchange) -> Iterator[tuple[str, dict[str, Any]]]:
    """(pointer, item) of a list, of a single object, or of several by their ids."""
    if not isinstance(body, dict):
        raise wrong(exchange, "", "an object", body)
    if "data" in body:
        found = [(f"/data/{i}", item) for i, item in enumerate(items(body["data"], exchange, "/data"))]
    else:
        found = (
            [("", body)]
            if "id" in body or "created_time" in body
            else [(f"/{native}", item) for native, item in body.items()]
        )
    for pointer, item in found:
        if not isinstance(item, dict):
            raise wrong(exchange, pointer, "an object", item)
        yield pointer, item


def objects(exchange: Exchange) -> Iterator[tuple[str, dict[str, Any]]]:
    """The items of an answer to `fetch`, each with its id."""
    for pointer, item in items_of(content_of(exchange), exchange):
        if not (isinstance(item.get("id"), str) and item["id"]):
            raise wrong(exchange, f"{pointer}/id", "text", item.get("id", "nothing"))
        yield pointer, item


def untold(failure: PlatformFailure, known: Iterable[Known]) -> Exchange:
    """The answer that refuses the list which alone knows of these records, or to say anything of one that is
    another account's, or fails at it."""
    answer = spared(failure)
    told = {"not_given": True, "untold": [one.record_id for one in known]}
    return replace(answer, context={**answer.context, **told})


def file_name(address: str, exchange: Exchange) -> str:
    """What stays the same when the address of a file is signed anew, or asks for another size."""
    try:
        return urlsplit(address).path.rpartition("/")[2] or address
    except ValueError:
        raise wrong(exchange, "", "the address of a file", address) from None


def calls_of(exchange: Exchange) -> int:
    """How many calls a request counts as: one for each object that it asks for by id."""
    return max(1, len(parse_qs(urlsplit(exchange.url).query).get("ids", [""])[0].split(",")))


def next_page(exchange: Exchange) -> str | None:
    """`paging.next` of a list without the token; None after the last page. UnexpectedResponse where the body
    is no list.
    """
    body = content_of(exchange)
    PAGE.check(body, exchange, "")
    return next_of(body, Reading(exchange), "")


def next_of(page: Mapping[str, Any], reading: Reading, pointer: str) -> str | None:
    """The same of a list that stands within an object."""
    exchange = reading.exchange
    link: str | None = reading.part(PAGING, page, "paging", pointer).get("next")
    if link is None:
        return None
    try:
        parts = urlsplit(link)
        query = [
            (name, value)
            for name, value in parse_qsl(parts.query, keep_blank_values=True)
            if name not in _SECRETS
        ]
    except ValueError:
        raise wrong(exchange, f"{pointer}/paging/next", "an address", link) from None
    return urlunsplit(parts._replace(query=urlencode(query)))


def _halved(url: str, params: Params | None) -> tuple[str, Params | None] | None:
    """The same request with half the limit, which stands among `params` or in the address of a next page;
    None below two.
    """
    if params is not None and isinstance(limit := params.get("limit"), int):
        return (url, {**params, "limit": limit // 2}) if limit > 1 else None
    found = _LIMIT.search(url)
    if found is None or int(found[1]) < 2:
        return None
    return f"{url[: found.start(1)]}{int(found[1]) // 2}{url[found.end(1) :]}", params


def holds_none(exchange: Exchange) -> bool:
    """Whether it only says that something is not given."""
    return not {"messages_refused", "not_given"}.isdisjoint(exchange.context)


def readings(exchange: Exchange) -> Iterator[tuple[Reading, str, dict[str, Any]]]:
    """(one reading for all, pointer, item) of an answer; the failure where it tells one."""
    if problem := failure(exchange):
        raise problem
    body, touched = tree_of(exchange)
    reading = Reading(exchange, touched)
    if isinstance(body, dict) and "data" in body:
        reading.check(PAGE, body, "")
        next_of(body, Reading(exchange), "")  # a list at which the walk ends is one that cannot be read
    for pointer, item in items_of(body, exchange):
        yield reading, pointer, item
