"""LinkedIn's API: its client, its failures, batches, lists that shift, roles, and tokens.

Source: https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/, 2026-11-25.

    LinkedIn-Version: 202605, X-Restli-Protocol-Version: 2.0.0    in each request
    X-RestLi-Method: FINDER                                       where ?q= searches
    X-RestLi-Method: BATCH_GET                                    where ?ids= requests several
    ?ids=List(urn%3Ali%3Ashare%3A1,urn%3Ali%3Ashare%3A2)          URNs are escaped, lists are not
    {"results": {"<key>": {...}}, "errors": {"<key>": {"status": 404}}}   several by their keys
    {"elements": [...], "paging": {"start": 0, "count": 100, "links": []}}
    {"status": 401, "code": "EXPIRED_ACCESS_TOKEN", "message": "...", "serviceErrorCode": 65602}

A list is read by offset, and shifts while it is read. Each page begins with the last item of the page before.
If none of the last items of that page is in it, the list has become shorter, and the page before is read
again. Items that were added at its head only come twice. An empty page that links to a next one is not the
end, nor is a page that shows no more than the one before: items that are not shown have their places in the
list. LinkedIn counts no posts, so nothing else says what belongs there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, UnexpectedResponse
from recordroom.model import Exchange, loads
from recordroom.platforms import http, oauth
from recordroom.platforms.contract import Client, ConsentCode, Token, TokenClient
from recordroom.platforms.cursor import CursorPart
from recordroom.platforms.http import read_retry_after, unexpected_field
from recordroom.platforms.linkedin.platform import HOST, OAUTH
from recordroom.platforms.linkedin.schema import HELD, INSPECTED
from recordroom.platforms.linkedin.urns import moment_of
from recordroom.platforms.paging import EMPTY_PAGES, too_many_empty_pages
from recordroom.platforms.schema import (
    ITEM,
    LIST,
    NULL,
    NUMBER,
    TEXT,
    Reading,
    Shape,
    load_content,
    require_list,
)

if TYPE_CHECKING:
    from recordroom.register.models import Account

# A version is served for a year at least: https://learn.microsoft.com/en-us/linkedin/marketing/versioning
VERSION = "202605"
COUNT = 100  # items of a page
OVERLAP = 1  # items of a page that the next one repeats
TAIL = 5  # last items of a page by which the next one is known to follow it
BATCH, MOST_PAGES, STEPS_BACK = 20, 2_000, 20
ERRORS = (400, 401, 403, 404, 426, 429, 500, 503)
PAGE = Shape({"elements": LIST, "paging": ITEM | NULL})
PAGING = Shape(
    {"links": LIST | NULL, "total": NUMBER | NULL}, dict.fromkeys(("start", "count"), "said by the request")
)
LINK = Shape({"rel": TEXT | NULL}, dict.fromkeys(("href", "type"), "an offset of its own is requested"))
BATCHED = Shape({"results": ITEM, "errors": ITEM | NULL}, {"statuses": "said by results and errors"})
_MEND = {
    65600: "This is not a LinkedIn token. Enter the right one in the account's connection.",
    65601: (
        "The token's holder withdrew the consent. The holder, or another person with a role on the page, must"
        " consent again."
    ),
    65602: "The token has expired after 60 days. Create a new one.",
}
# that read posts
ROLES = frozenset(
    {"ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "CONTENT_ADMIN", "DIRECT_SPONSORED_CONTENT_POSTER"}
)
HOSTS = ROLES - {"DIRECT_SPONSORED_CONTENT_POSTER"}  # that read events
# that read comments, 2026-04-28:
# https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api
HEARERS = frozenset({"ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER"})
ROLE = (
    "An administrator of the page must give the role to the token's holder; docs/platforms/linkedin.md lists"
    " the"
    " roles."
)


@dataclass
class Place(CursorPart):
    """A place in a list.

    start: the offset.
    tail: the last keys of the page before; the next page must hold some of them.
    """

    start: int = 0
    tail: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The place as the cursor of a page."""
        return json.dumps([self.start, *self.tail])


def place_at(text: str | None) -> Place:
    """Return the place that the cursor of a page names.

    None: the beginning of the list.
    """
    start, *tail = json.loads(text) if text else (0,)
    return Place(start, tail)


def api_of(account: Account, client: Client) -> Api:
    return Api(f"{(account.api_url or HOST).rstrip('/')}/rest", client)


class Api:
    """A client that sends token, version, and protocol, and names failures in LinkedIn's words."""

    def __init__(self, base: str, client: Client) -> None:
        if not client.secrets.get("token"):
            raise Blocked(
                "LinkedIn's API gives nothing without a token",
                "Give the account a `connection` in the register.",
            )
        self.base, self._client = base, client

    def get(self, path: str, context: Mapping[str, Any] | None = None) -> Exchange:
        """Request a path with its query, which is sent as it is."""
        headers = {"Authorization": f"Bearer {self._client.secrets['token']}", "LinkedIn-Version": VERSION}
        query = path.partition("?")[2]
        method = "FINDER" if "q=" in query else "BATCH_GET" if "ids=" in query else None
        headers |= {"X-Restli-Protocol-Version": "2.0.0", **({"X-RestLi-Method": method} if method else {})}
        exchange = self._client.get(
            f"{self.base}/{path}", headers=headers, context=context, expect=(200, *ERRORS)
        )
        if problem := failure(exchange):
            raise problem
        return exchange

    def batch(self, path: str, keys: Sequence[str], context: Mapping[str, Any]) -> Iterator[Exchange]:
        """Request several items by their keys, BATCH at once."""
        for at in range(0, len(keys), BATCH):
            yield self.get(f"{path}?ids=List({','.join(map(escaped, keys[at : at + BATCH]))})", context)

    def pages(
        self,
        path: str,
        place: Place,
        key: Callable[[dict[str, Any], Exchange], str],
        context: Mapping[str, Any],
    ) -> Iterator[Exchange]:
        """Read the pages of a list. The cursor of each is the place behind it, for `place_at`.

        key: the key of an item.
        """
        sign, back, empty, before = "&" if "?" in path else "?", 0, 0, list[str]()
        for _ in range(MOST_PAGES):
            page = self.get(f"{path}{sign}start={place.start}&count={COUNT}", context)
            ids = [key(item, page) for _, item in items_of(page)]
            new = bool(ids) and ids != before
            if not new and len(ids) > COUNT // 2:  # so many cannot be on both pages
                raise UnexpectedResponse(
                    f"{page.url}: the same page again",
                    "Nothing was lost. The next capture tries again.",
                    page,
                )
            before, following = ids, _after(place, ids, new=new, more=_has_more(page, place.start, len(ids)))
            back += following is not None and following.start < place.start
            if back > STEPS_BACK:
                raise UnexpectedResponse(
                    f"{page.url}: the list keeps changing while it is read",
                    "The next capture tries again.",
                    page,
                )
            empty = 0 if new else empty + 1
            yield replace(page, cursor=None if following is None else following.text)
            if following is None:
                return
            if empty >= EMPTY_PAGES:
                raise too_many_empty_pages(page)
            place = following
        raise UnexpectedResponse(
            f"the list has more than {MOST_PAGES} pages",
            "If the account really is that large, report it to the developers.",
        )


def _after(place: Place, ids: Sequence[str], *, new: bool, more: bool) -> Place | None:
    """Return the place behind a page.

    new: whether the page shows anything that the one before did not.
    """
    if more and not new:
        return Place(place.start + COUNT)
    if place.tail and place.start > 0 and not set(place.tail) & set(ids):
        return Place(max(0, place.start - COUNT))
    return Place(place.start + max(len(ids) - OVERLAP, 1), list(ids[-TAIL:])) if more else None


def _has_more(page: Exchange, start: int, found: int) -> bool:
    """Whether the list goes on behind a page of so many items.

    It does where LinkedIn links to more, except behind an empty page at the end of the stated total. Without
    a link it does behind a full page, unless that is where the stated total ends.
    """
    reading = Reading(page)
    paging = reading.read_object(PAGING, load_content(page), "paging", "")
    total = paging.get("total")
    further = total is None or start + found < total
    if any(link.get("rel") == "next" for link in reading.read_objects(LINK, paging, "links", "/paging")):
        return found > 0 or further
    return found >= COUNT and further


def escaped(text: str) -> str:
    """Return a key as one part of an address.

    Dots alone, or nothing, would lead to another one.
    """
    if not text.strip("."):
        raise UnexpectedResponse(f"LinkedIn gave {text!r} instead of a key", "The next capture tries again.")
    return quote(text, safe="")


def items_of(exchange: Exchange, body: Any = None) -> Iterator[tuple[str, dict[str, Any]]]:
    """(pointer, item) of a list, of several items by their keys, or of the one item that a body is.

    body: the parsed body, where it is known.
    """
    body = load_content(exchange) if body is None else body
    if not isinstance(body, dict):
        raise unexpected_field(exchange, "", "an object", body)
    if "elements" in body:
        PAGE.check(body, exchange, "")
        found = [
            (f"/elements/{i}", item)
            for i, item in enumerate(require_list(body["elements"], exchange, "/elements"))
        ]
    elif "results" in body:
        found = [(f"/results/{key}", item) for key, item in results(exchange, body).items()]
    else:
        found = [("", body)]
    for pointer, item in found:
        if not isinstance(item, dict):
            raise unexpected_field(exchange, pointer, "an object", item)
        yield pointer, item


def results(exchange: Exchange, body: Any = None) -> dict[str, dict[str, Any]]:
    """Return the items of a batch that were found, by their keys."""
    body = load_content(exchange) if body is None else body
    BATCHED.check(body, exchange, "")
    found: dict[str, dict[str, Any]] = body["results"]
    return found


def missing_keys(exchange: Exchange) -> Iterator[str]:
    """Return the keys of a batch that LinkedIn does not find."""
    return (key for key, told in _errors(exchange) if told.get("status") == 404)


def refused_keys(exchange: Exchange) -> dict[str, PlatformFailure]:
    """Key -> failure of those of a batch that LinkedIn refuses or fails to give.

    A failure that does not concern one alone is raised: a throttle, a dead token.
    """
    found: dict[str, PlatformFailure] = {}
    for key, told in _errors(exchange):
        status = told.get("status")
        if status != 404:
            answer = replace(
                exchange,
                status=status if type(status) is int and status >= 400 else 500,
                body=json.dumps(told).encode(),
            )
            problem = failure(answer) or unexpected_field(exchange, f"/errors/{key}", "an error", told)
            problem.exchange = exchange
            if not isinstance(problem, AccountUnavailable | Blocked | UnexpectedResponse):
                raise problem
            found[key] = problem
    return found


def _errors(exchange: Exchange) -> Iterator[tuple[str, dict[str, Any]]]:
    body = load_content(exchange)
    told = body.get("errors") if isinstance(body, dict) else None
    yield from (
        (key, one if isinstance(one, dict) else {})
        for key, one in (told.items() if isinstance(told, dict) else ())
    )


def failure(exchange: Exchange) -> PlatformFailure | None:
    """Return the failure that a response reports; None if it reports none."""
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
        return Throttled(
            f"{exchange.method} {exchange.url}: HTTP 429: {words}", _free_again(exchange, words), exchange
        )
    if exchange.status == 426:
        mend = "LinkedIn has ended this version of the API. The connector must be updated to a later one."
        return UnexpectedResponse(f"{exchange.method} {exchange.url}: HTTP 426: {words}", mend, exchange)
    problem = http.find_failure(exchange, words=words) if words else http.find_proxy_failure(exchange)
    service = told.get("serviceErrorCode")
    if problem is not None and isinstance(service, int) and service in _MEND:
        problem.mend = _MEND[service]
    elif isinstance(problem, Blocked):
        problem.mend = f"A permission or a role is missing. {ROLE}"
    return problem


def _free_again(exchange: Exchange, words: str) -> datetime:
    """When more is allowed. The limit of a day ends at midnight UTC."""
    now = exchange.fetched_at or datetime.now(UTC)
    if exchange.header("Retry-After") is None and " DAY " in f" {words.upper()} ":
        return (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return read_retry_after(exchange)


def require_role(api: Api, organization: str, roles: Collection[str] = ROLES) -> None:
    """Raise Blocked where the token's holder has none of these roles on the organization."""
    start = 0
    while True:
        exchange = api.get(f"organizationAcls?q=roleAssignee&state=APPROVED&start={start}&count={COUNT}")
        found = list(items_of(exchange))
        for pointer, item in found:
            HELD.check(item, exchange, pointer)
            if (
                organization in (item.get("organization"), item.get("organizationTarget"))
                and item["role"] in roles
            ):
                return
        if len(found) < COUNT:
            words = f"the token's holder has no role on {organization}: LinkedIn would give empty lists"
            raise Blocked(words, ROLE, exchange, of_all=True)
        start += COUNT


def renew(account: Account, client: TokenClient) -> Token:
    """Another access token for the refresh token, which is good for a year from the consent."""
    return oauth.refresh_token(client, _endpoint(account))


def consented(account: Account, client: TokenClient, code: ConsentCode) -> Token:
    return oauth.exchange_code(client, _endpoint(account), code)


def inspect(account: Account, client: TokenClient) -> Token:
    """When the token expires. LinkedIn says it to the app only.

    https://learn.microsoft.com/en-us/linkedin/shared/authentication/token-introspection, 2026-11-25
    """
    if lacking := [name for name in oauth.APP if name not in client.secrets]:
        raise Blocked(
            "LinkedIn gives a token's expiration only to the app, but the connection has no"
            f" {', '.join(lacking)}"
        )
    form = {"token": client.secrets["token"], **{name: client.secrets[name] for name in oauth.APP}}
    answer = client.post(_endpoint(account, "introspectToken"), form)
    told = load_content(answer)
    INSPECTED.check(told, answer, "")
    ends = told.get("expires_at")
    return Token({}, None if ends is None else moment_of(ends * 1000, answer, "/expires_at"))


def _endpoint(account: Account, name: str = "accessToken") -> str:
    return f"{account.api_url.rstrip('/') if account.api_url else OAUTH}/oauth/v2/{name}"
