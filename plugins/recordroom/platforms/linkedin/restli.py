"""LinkedIn's API as its resources have it in common: versions, Rest.li 2.0, named failures, batches, lists by offset that shift.

Read (https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/, 2026-11-25):
  LinkedIn-Version: 202605, X-Restli-Protocol-Version: 2.0.0         in each request; X-RestLi-Method: FINDER where one finds by ?q=,
                                                                     BATCH_GET where several are asked for by ?ids=
  ?ids=List(urn%3Ali%3Ashare%3A1,urn%3Ali%3Ashare%3A2)               URNs are escaped, lists are not
  {"results": {"<key>": {...}}, "errors": {"<key>": {"status": 404}}}  several by their keys: what is refused stands beside what is found
  {"elements": [...], "paging": {"start": 0, "count": 100, "links": []}}
  {"status": 401, "code": "EXPIRED_ACCESS_TOKEN", "message": "...", "serviceErrorCode": 65602}

A list is read by offset, and shifts while it is read. Each page begins with the last item of the one before; where none of that one's last
items is in it, the list has become shorter, and is read again from a page before. What was put in front meanwhile only makes items come
twice. An empty page that links to a next one is no end, nor is one that shows no more than the one before: what is not shown has its place
in the list all the same. LinkedIn counts no posts, so that nothing else would tell what stood there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, UnexpectedResponse
from recordroom.model import Exchange, loads
from recordroom.platforms import Client, answers
from recordroom.platforms.answers import retry_after, wrong
from recordroom.platforms.paging import EMPTY_PAGES, in_vain
from recordroom.platforms.remaining import Part
from recordroom.platforms.shapes import ITEM, LIST, NULL, NUMBER, TEXT, Reading, Shape, content_of, items

VERSION = "202605"  # a version answers for a year at least: https://learn.microsoft.com/en-us/linkedin/marketing/versioning
COUNT, OVERLAP, TAIL = 100, 1, 5  # items of a page; of them seen twice; ids by which a page is known to follow the one before
BATCH, MOST_PAGES, STEPS_BACK = 20, 2_000, 20
ERRORS = (400, 401, 403, 404, 426, 429, 500, 503)
PAGE = Shape({"elements": LIST, "paging": ITEM | NULL})
PAGING = Shape({"links": LIST | NULL, "total": NUMBER | NULL}, dict.fromkeys(("start", "count"), "said by the request"))
LINK = Shape({"rel": TEXT | NULL}, dict.fromkeys(("href", "type"), "an offset of its own is asked for"))
BATCHED = Shape({"results": ITEM, "errors": ITEM | NULL}, {"statuses": "said by results and errors"})
_MEND = {
    65600: "The token is none of LinkedIn's: put the right one into the account's connection.",
    65601: "The token's holder has withdrawn the consent: let them, or somebody else with a role on the page, consent again.",
    65602: "The token has run out after its 60 days: make a new one.",
}
ROLE = "Somebody who is administrator of the page gives the token's holder the role back; docs/platforms/linkedin.md names the roles."


@dataclass
class Place(Part):
    """Where a list is read on. `tail`: the last ids of the page before, of which the next one must hold some."""

    start: int = 0
    tail: list[str] = field(default_factory=list)


class Api:
    """Requests with the token, the version and the protocol, and failures in LinkedIn's words."""

    def __init__(self, base: str, client: Client) -> None:
        if not client.secrets.get("token"):
            raise Blocked("LinkedIn's API gives nothing without a token", "Give the account a `connection` in the register.")
        self.base, self._client = base, client

    def get(self, path: str, context: Mapping[str, Any] | None = None) -> Exchange:
        """`path` with its query as it is sent."""
        headers = {"Authorization": f"Bearer {self._client.secrets['token']}", "LinkedIn-Version": VERSION}
        query = path.partition("?")[2]
        method = "FINDER" if "q=" in query else "BATCH_GET" if "ids=" in query else None
        headers |= {"X-Restli-Protocol-Version": "2.0.0", **({"X-RestLi-Method": method} if method else {})}
        exchange = self._client.get(f"{self.base}/{path}", headers=headers, context=context, expect=(200, *ERRORS))
        if problem := failure(exchange):
            raise problem
        return exchange

    def batch(self, path: str, keys: Sequence[str], context: Mapping[str, Any]) -> Iterator[Exchange]:
        """Several by their keys."""
        for at in range(0, len(keys), BATCH):
            yield self.get(f"{path}?ids=List({','.join(map(escaped, keys[at : at + BATCH]))})", context)

    def pages(
        self, path: str, place: Place, key: Callable[[dict[str, Any], Exchange], str], context: Mapping[str, Any]
    ) -> Iterator[tuple[Exchange, list[dict[str, Any]], Place | None]]:
        """(page, its items, where the list is read on: None after the last). `key`: what an item is known by."""
        sign, back, empty, before = "&" if "?" in path else "?", 0, 0, list[str]()
        for _ in range(MOST_PAGES):
            page = self.get(f"{path}{sign}start={place.start}&count={COUNT}", context)
            found = [item for _, item in items_of(page)]
            ids = [key(item, page) for item in found]
            new = bool(ids) and ids != before
            if not new and len(ids) > COUNT // 2:  # so many cannot stand in both: another page was asked for
                raise UnexpectedResponse(f"{page.url}: the same page again", "Nothing was lost; the next capture asks anew.", page)
            before, following = ids, _after(place, ids, new=new, more=_has_more(page, place.start, len(ids)))
            back += following is not None and following.start < place.start
            if back > STEPS_BACK:
                raise UnexpectedResponse(f"{page.url}: the list does not stand still", "The next capture asks anew.", page)
            empty = 0 if new else empty + 1
            yield page, found, following
            if following is None:
                return
            if empty >= EMPTY_PAGES:
                raise in_vain(page)
            place = following
        raise UnexpectedResponse(f"more than {MOST_PAGES} pages and no end", "Tell the developers if the account truly is that large.")


def _after(place: Place, ids: Sequence[str], *, new: bool, more: bool) -> Place | None:
    """Where a list is read on after a page. `new`: whether it shows anything that the one before did not."""
    if more and not new:
        return Place(place.start + COUNT)
    if place.tail and place.start > 0 and not set(place.tail) & set(ids):
        return Place(max(0, place.start - COUNT))
    return Place(place.start + max(len(ids) - OVERLAP, 1), list(ids[-TAIL:])) if more else None


def _has_more(page: Exchange, start: int, found: int) -> bool:
    """There is more where LinkedIn links to it, but for an empty page behind the number of items that it tells; else a short page is the
    last, and a full one where the list has no more items."""
    reading = Reading(page)
    paging = reading.part(PAGING, content_of(page), "paging", "")
    total = paging.get("total")
    further = total is None or start + found < total
    if any(link.get("rel") == "next" for link in reading.each(LINK, paging, "links", "/paging")):
        return found > 0 or further
    return found >= COUNT and further


def escaped(text: str) -> str:
    """A key as one part of an address; dots alone, or nothing, would lead to something else."""
    if not text.strip("."):
        raise UnexpectedResponse(f"LinkedIn told {text!r} where a key must be", "The next capture asks again.")
    return quote(text, safe="")


def items_of(exchange: Exchange, body: Any = None) -> Iterator[tuple[str, dict[str, Any]]]:
    """(pointer, item) of a list, of several by their keys, or of a single thing. `body`: where it was read before."""
    body = content_of(exchange) if body is None else body
    if not isinstance(body, dict):
        raise wrong(exchange, "", "an object", body)
    if "elements" in body:
        PAGE.check(body, exchange, "")
        found = [(f"/elements/{i}", item) for i, item in enumerate(items(body["elements"], exchange, "/elements"))]
    elif "results" in body:
        found = [(f"/results/{key}", item) for key, item in results(exchange, body).items()]
    else:
        found = [("", body)]
    for pointer, item in found:
        if not isinstance(item, dict):
            raise wrong(exchange, pointer, "an object", item)
        yield pointer, item


def results(exchange: Exchange, body: Any = None) -> dict[str, dict[str, Any]]:
    """Those of a batch that were found, by their keys."""
    body = content_of(exchange) if body is None else body
    BATCHED.check(body, exchange, "")
    found: dict[str, dict[str, Any]] = body["results"]
    return found


def missing(exchange: Exchange) -> Iterator[str]:
    """Those of a batch that LinkedIn does not find."""
    return (key for key, told in _errors(exchange) if told.get("status") == 404)


def refused(exchange: Exchange) -> dict[str, PlatformFailure]:
    """Those of a batch that LinkedIn refuses, or fails to give, while it gives others; a throttle or a dead token is none of one alone, and
    is raised."""
    found: dict[str, PlatformFailure] = {}
    for key, told in _errors(exchange):
        status = told.get("status")
        if status != 404:
            answer = replace(exchange, status=status if type(status) is int and status >= 400 else 500, body=json.dumps(told).encode())
            problem = failure(answer) or wrong(exchange, f"/errors/{key}", "an error", told)
            problem.exchange = exchange
            if not isinstance(problem, AccountUnavailable | Blocked | UnexpectedResponse):
                raise problem
            found[key] = problem
    return found


def _errors(exchange: Exchange) -> Iterator[tuple[str, dict[str, Any]]]:
    body = content_of(exchange)
    told = body.get("errors") if isinstance(body, dict) else None
    yield from ((key, one if isinstance(one, dict) else {}) for key, one in (told.items() if isinstance(told, dict) else ()))


def failure(exchange: Exchange) -> PlatformFailure | None:
    """The failure that an answer tells; None where it tells none."""
    if exchange.status < 400:
        return None
    try:
        told = loads(exchange.body)
    except (ValueError, RecursionError):
        told = None
    told = told if isinstance(told, dict) else {}
    said = ", ".join(str(told[name]) for name in ("serviceErrorCode", "code") if told.get(name) is not None)
    words = f"{said}: {str(told.get('message', ''))[:200].rstrip('. ')}".strip(": ")
    if exchange.status == 429:
        return Throttled(f"{exchange.method} {exchange.url}: HTTP 429: {words}", _free_again(exchange, words), exchange)
    if exchange.status == 426:
        mend = "This version of the API has ended: the connector must be brought to a later one."
        return UnexpectedResponse(f"{exchange.method} {exchange.url}: HTTP 426: {words}", mend, exchange)
    problem = answers.failure(exchange, words=words) if words else answers.unworded(exchange)
    service = told.get("serviceErrorCode")
    if problem is not None and isinstance(service, int) and service in _MEND:
        problem.mend = _MEND[service]
    elif isinstance(problem, Blocked):
        problem.mend = f"A permission or a role is missing. {ROLE}"
    return problem


def _free_again(exchange: Exchange, words: str) -> datetime:
    """A day's limit ends at midnight UTC."""
    now = exchange.fetched_at or datetime.now(UTC)
    if exchange.header("Retry-After") is None and " DAY " in f" {words.upper()} ":
        return (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return retry_after(exchange)
