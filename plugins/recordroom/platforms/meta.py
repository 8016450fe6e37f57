"""Meta's Graph API, as far as Facebook, Instagram and Threads have it in common: token, pace, named failures, lists, objects by id.

Read (https://developers.facebook.com/docs/graph-api/overview/rate-limiting/ and /docs/graph-api/guides/error-handling, 2026-11-24):
  Authorization: Bearer <token>       the token stands in no address; `paging.next` carries it, and it is taken out there
  X-App-Usage                         {"call_count": 91, "total_cputime": 15, "total_time": 12}, each in percent of the limit
  X-Business-Use-Case-Usage           {"<id>": [{"type": "pages", "call_count": 1, ..., "estimated_time_to_regain_access": 0}]}; minutes
  {"error": {"message", "type", "code", "error_subcode", "fbtrace_id"}}    with 400, 401, 403, 404, 429, 500 or 503
  "Please reduce the amount of data"  as error 1, or error 1 or 2 in no such words: the same request is asked for again with half its
                                      `limit`, or half its `ids`; one post alone that still fails is passed over
  ?ids=1,2,3                          several objects in one answer, by their ids; one that cannot be seen fails the whole request

```
graph = Graph(client)                            # a Client, so that platforms/paging.py pages with it
graph.get(url, params)                           # the answer, or the failure that its error names
by_id(graph, base, ids, fields, context)         # objects by their ids, and which of them cannot be seen
is_gone(answer)                                  # of one of these: whether it is gone, or must not be seen
items_of(body, exchange), objects(exchange)      # what an answer holds: a list, one object, or several by their ids
Walk(client, base, account, server)              # these, of one account: each answer has its context
granted(client, endpoint, longer, grant, code)   # the token for 60 days that a consent gives
renewed(client, address, grant)                  # a token for the next 60 days
inspected(client, base, token, asks)             # when a token of Facebook's login ends
permitted(client, base, token, asks)             # which permissions it has
readings(exchange)                               # its items, each with shapes.Reading
```
A limit that is nearly reached ends the segment before the next request, never after an answer: what was answered is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse
from recordroom.model import Exchange, loads
from recordroom.platforms import Client, Code, Known, Token, TokenClient, answers
from recordroom.platforms.answers import LONGEST_PAUSE, in_path, retry_after, wrong
from recordroom.platforms.asking import Asking
from recordroom.platforms.oauth import APP, CONSENT, token_of
from recordroom.platforms.paging import Params, by_next_url, not_in_vain
from recordroom.platforms.shapes import ITEM, LIST, NULL, NUMBER, TEXT, Reading, Shape, content_of, items, tree_of
from recordroom.platforms.unread import IN_A_ROW, spared

ERRORS = (400, 401, 403, 404, 429, 500, 503)
NEARLY = 90  # percent. At 100 all calls of the app fail, those of the agency's other programs too; a tenth is left to them and to people
AUTOMATIC = re.compile(  # alternative text that no person wrote
    r"(?:Photo (?:shared )?by (?:[^.]{1,200}|.{1,200}? on [A-Z][a-z]{2,9} \d{1,2}, \d{4}[^.]{0,200})\. )?"  # St. Louis County, say
    r"(?:May be |Image may contain|No photo description available)"
)
LARGEST_ERROR = 64  # an error begins its body: further in, the word stands in what people wrote

THROTTLES = frozenset({4, 17, 32, 341, 613, *range(80000, 80015)})  # of the app, the user, the page, the application, a business use case
DEAD_TOKEN = frozenset({102, 104, 190})
REFUSED = frozenset({3, 10, 368, *range(200, 300)})  # capability, permission, blocked for a while, permissions
REFUSALS = frozenset({3, 10, 100, 2500, *range(200, 300)})  # errors of a list for which a permission, or which itself, is lacking
BETWEEN = frozenset({500, 502, 504})  # without a word of Meta's
FAULTS = frozenset({1, 2})  # Meta's own ("try again later"): at one list or post at every capture, and at large answers, as users report
UNSEEN = frozenset({10, *range(200, 300)})  # of what is another account's: seeing it is a feature of the app, "Page Public Content Access"
_NEW = "Make a new token (the platform's page in docs/platforms says how) and put it into the account's connection."
_MENDS = {
    458: f"The app is not allowed in the holder's account any more: let them consent again. {_NEW}",
    459: f"The platform wants the token's holder to sign in and to confirm who they are; then: {_NEW}",
    460: f"The token's holder has changed the password. {_NEW}",
    463: f"The token has run out. {_NEW}",
    464: f"The account of the token's holder is not confirmed: they sign in and confirm it; then: {_NEW}",
    467: f"The token was revoked, or its holder has signed out. {_NEW}",
    492: f"The token's holder has no role on the account any more: give it back, or let somebody who has one make the token. {_NEW}",
}
_PERMISSION = "A permission, a task or a review of the app is missing; the platform's page in docs/platforms names what is needed."
Answered = tuple[list[str], Exchange, bool]
BATCH = 50  # objects by id in one request; https://developers.facebook.com/docs/graph-api/batch-requests, 2026-11-24
DAY = 86_400  # seconds
_PERCENTS = ("call_count", "total_cputime", "total_time")
_LIMIT = re.compile(r"[?&]limit=([0-9]{1,6})(?=&|$)")
_NO_SUCH_FIELD = re.compile(r"nonexisting field \(\w+\) on node type \((\w+)\)")
_SECRETS = frozenset({"access_token", "appsecret_proof"})
PAGING = Shape({"next": TEXT | NULL}, dict.fromkeys(("previous", "cursors"), "another way to go on"))
DEBUGGED = Shape({"expires_at": NUMBER | NULL, "data_access_expires_at": NUMBER | NULL, "scopes": LIST | NULL})
PAGE = Shape({"data": LIST, "paging": ITEM | NULL}, {"summary": "counts of the whole list, read where they are asked for"})


class Graph(Asking):
    """A Client that sends the token, names failures, halves what is too large, and stops before a limit is reached."""

    who, statuses = "Meta's Graph API", ERRORS

    def named(self, exchange: Exchange, expect: tuple[int, ...]) -> PlatformFailure | None:  # noqa: ARG002 (its codes say all)
        return failure(exchange)

    def used_up(self, exchange: Exchange) -> Throttled | None:
        return _nearly_full(exchange)

    def smaller(self, exchange: Exchange, url: str, params: Params | None) -> tuple[str, Params | None] | None:
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
        """An error may repeat the token ("Malformed access token ..."), which no client scrubs: it is not the account's."""
        return super().named(replace(exchange, body=exchange.body.replace(self._token.encode(), b"(the token)")), expect)


class Walk:
    """One pass over an account. `context`: of every answer."""

    def __init__(self, client: Client, base: str, account: str, server: str) -> None:
        self.graph, self.base, self.me = Graph(client), base, in_path(account)
        self.context: dict[str, Any] = {"account": account, "server": server}

    def get(self, path: str, params: Params, **context: Any) -> Exchange:
        return self.graph.get(f"{self.base}/{path}", params, context=self.context | context)

    def pages(self, path: str, params: Params, start: str | None = None, **context: Any) -> Iterator[Exchange]:
        """The pages of a list. A place that was stored may be dead by now: the list is then read anew."""
        yield from not_in_vain(self.found(path, params, start, self.context | context), _is_empty)

    def found(self, path: str, params: Params, start: str | None, context: Mapping[str, Any]) -> Iterator[Exchange]:
        found = self.walked(path, params, start, context)
        try:
            first = next(found)
        except UnexpectedResponse:
            if start is None:
                raise
            found = self.walked(path, params, None, context)
            first = next(found)
        yield first
        yield from found

    def sparing(self, path: str, params: Params, start: str | None, **context: Any) -> Iterator[Exchange]:
        """The same. One item at which Meta fails each time, however few are asked for, is passed over: its error comes in its place, whose
        context has its id (`passed`). After IN_A_ROW others the failure is raised, since Meta is down then."""
        pages, row = self.pages(path, params, start, **context), 0
        while True:
            try:
                for page in pages:
                    start, row = page.cursor, 0
                    yield page
            except UnexpectedResponse as failure:
                if failure.exchange is None or not is_too_much(failure.exchange) or row >= IN_A_ROW:
                    raise
                row += 1
                native, start = self.behind(path, params, start, failure)
                yield replace(failure.exchange, context={**failure.exchange.context, "not_given": True, "passed": native}, cursor=start)
                if start is not None:
                    pages = not_in_vain(self.walked(path, params, start, self.context | context), _is_empty)
                    continue
            return

    def behind(self, path: str, params: Params, start: str | None, failure: UnexpectedResponse) -> tuple[str, str | None]:
        """(id of the item that stands at a place of a list, the place behind it), by which alone it can be asked for."""
        place = dict(parse_qsl(urlsplit(start).query)) if start and "://" in start else {"after": start} if start else {}
        try:
            page = self.graph.get(f"{self.base}/{path}", {**params, **place, "fields": "id", "limit": 1})
        except UnexpectedResponse:
            raise failure from None
        natives, following = [item["id"] for _, item in objects(page)], self.following(page)
        if len(natives) != 1:
            raise failure
        if following and "://" in following:
            parts = urlsplit(following)
            query = dict(parse_qsl(parts.query, keep_blank_values=True)) | {name: str(params[name]) for name in ("fields", "limit")}
            following = urlunsplit(parts._replace(query=urlencode(query)))
        return natives[0], following

    def following(self, page: Exchange) -> str | None:
        """The place of the next page."""
        return next_page(page)

    def walked(self, path: str, params: Params, start: str | None, context: Mapping[str, Any]) -> Iterator[Exchange]:
        return by_next_url(self.graph, f"{self.base}/{path}", params, self.following, context=context, start=start)

    def by_id(
        self, natives: Sequence[str], fields: str, *, size: int = BATCH, others: bool = False, node: str = "", **context: Any
    ) -> Iterator[Answered]:
        return by_id(self.graph, self.base, natives, fields, self.context | context, size=size, others=others, node=node)


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
    """(ids, the answer to them, True; or a single one that cannot be seen, or at which Meta fails, the error, False). A request that fails
    for many is halved until each of these has an answer of its own; one that an answer for many leaves out is asked for alone. `others`:
    some may be another account's, and are there though they must not be seen, which `is_gone` tells; so are those that are no `node`."""
    waiting = [list(natives[start : start + size]) for start in range(0, len(natives), size)]
    while waiting:
        some = waiting.pop(0)
        path, params = (in_path(some[0]), {}) if len(some) == 1 else ("", {"ids": ",".join(map(in_path, some))})
        try:
            answer = graph.get(f"{base}/{path}", {**params, "fields": fields}, context=context)
        except (AccountUnavailable, Blocked, UnexpectedResponse) as problem:
            unseen = isinstance(problem, AccountUnavailable) or (others and code_of(problem.exchange) in UNSEEN)
            unseen = unseen or _is_other(problem.message, node)
            if problem.exchange is None or not (unseen or is_too_much(problem.exchange)):
                raise
            if len(some) == 1:
                yield some, problem.exchange, False
            else:
                waiting[:0] = [some[: len(some) // 2], some[len(some) // 2 :]]
            continue
        told = content_of(answer) if len(some) > 1 else dict.fromkeys(some)
        given = [native for native in some if isinstance(told, dict) and native in told]
        waiting[:0] = [[native] for native in some if native not in given]
        if given:  # an object without anything is written as an empty list
            yield given, answer, True


def _is_empty(page: Exchange) -> bool:
    return not content_of(page)["data"]


def _is_other(words: str, node: str) -> bool:
    """Whether an error says of an object that was taken for a `node` that it is one of another type, which has not all the fields."""
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
        found = [("", body)] if "id" in body or "created_time" in body else [(f"/{native}", item) for native, item in body.items()]
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


def is_refusal(answer: Exchange) -> bool:
    """Whether it is about a permission or about what was asked for; else Meta fails."""
    code = code_of(answer)
    return answer.status == 403 if code is None else code in REFUSALS


def words_of(answer: Exchange) -> str:
    """What an answer tells in place of what was asked for."""
    code = code_of(answer)
    return answers.told_by(answer) if code is None else f"error {code}"


def untold(failure: PlatformFailure, known: Iterable[Known]) -> Exchange:
    """The answer that refuses the list which alone knows of these records, or to say anything of one that is another account's, or fails at
    it."""
    answer = spared(failure)
    told = {"not_given": True, "untold": [one.record_id for one in known]}
    return replace(answer, context={**answer.context, **told})


def file_name(address: str, exchange: Exchange) -> str:
    """What stays the same when the address of a file is signed anew, or asks for another size."""
    try:
        return urlsplit(address).path.rpartition("/")[2] or address
    except ValueError:
        raise wrong(exchange, "", "the address of a file", address) from None


def granted(client: TokenClient, endpoint: str, longer: str, grant: str, code: Code) -> Token:
    """A code gives a token for an hour, and that one a token for 60 days. Addresses and answers hold secrets: none of this is kept."""
    form = {"grant_type": "authorization_code", "code": code.code, "redirect_uri": code.redirect}
    short = of_code(client.post(endpoint, form | {name: client.secrets[name] for name in APP}, expect=(200, *ERRORS)))
    params = {"grant_type": grant, "client_secret": client.secrets["client_secret"], "access_token": short}
    return told_by(client.trade(longer, params, expect=(200, *ERRORS)))


def renewed(client: TokenClient, address: str, grant: str) -> Token:
    """Another token, for one that is at least 24 hours old and lives. It stands in the address, as documented; none of this is kept."""
    params = {"grant_type": grant, "access_token": client.secrets["token"]}
    return told_by(client.trade(address, params, expect=(200, *ERRORS)))


def of_code(answer: Exchange) -> str:
    """The token that a code gives, bare or in a list `data`. TokenExpired where it was not accepted, which Instagram and Threads say as

    {"error_type": "OAuthException", "code": 400, "error_message": "Matching code was not found or was already used"}
    """
    problem, told = failure(answer), _told(answer)
    if said := told.get("error_message"):
        raise TokenExpired(f"the code was not accepted: {str(said)[:200]}", CONSENT)
    if problem is not None:
        raise TokenExpired(f"the code was not accepted: {problem.message}", CONSENT) if isinstance(problem, UnexpectedResponse) else problem
    found = told["data"][0] if isinstance(told.get("data"), list) and told["data"] else told
    if not isinstance(found, dict) or not isinstance(found.get("access_token"), str):
        raise wrong(answer, "/access_token", "text", "nothing")
    token: str = found["access_token"]
    return token


def _told(answer: Exchange) -> dict[str, Any]:
    """The object in a body; an empty one where there is none."""
    try:
        told = loads(answer.body)
    except (ValueError, RecursionError):
        told = None
    return told if isinstance(told, dict) else {}


def told_by(answer: Exchange) -> Token:
    if problem := failure(answer):
        raise problem
    return token_of(answer)


def inspected(client: TokenClient, base: str, token: str, asks: str) -> Token:
    """When a token ends, and when access to data does unless its holder consents again; 0 is never."""
    data = _debugged(client, base, token, asks)
    ends = [data.get(name) for name in ("expires_at", "data_access_expires_at")]
    expires_at, consent_until = (datetime.fromtimestamp(end, UTC) if end and 0 < end < 1e10 else None for end in ends)
    return Token({}, expires_at, consent_until)


def permitted(client: Client, base: str, token: str, asks: str) -> frozenset[str] | None:
    """The permissions that a token has; None where that is not told."""
    scopes = _debugged(client, base, token, asks).get("scopes")
    return None if scopes is None else frozenset(map(str, scopes))


def _debugged(client: Client, base: str, token: str, asks: str) -> dict[str, Any]:
    """What /debug_token (https://developers.facebook.com/docs/graph-api/reference/debug_token/, 2026-11-25) tells of a token. `asks`: the
    token that asks for it. The address of the answer holds the token: it is never kept."""
    answer = GraphAs(client, asks).get(f"{base}/debug_token", {"input_token": token})
    return Reading(answer).part(DEBUGGED, content_of(answer), "data", "")


def failure(exchange: Exchange) -> PlatformFailure | None:
    """The failure that an error's code and subcode name, else the one of its status; None where the answer is none."""
    error = _error_of(exchange)
    if error is None:
        return answers.unworded(exchange)
    code, subcode, message = error
    named = f"error {code}" + (f" ({subcode})" if subcode is not None else "")
    said = f"{_where(exchange)}: HTTP {exchange.status}, {named}: {message[:200].rstrip('. ')}"
    if code in THROTTLES or exchange.status == 429:
        return Throttled(said, free_again(exchange), exchange)
    if code in DEAD_TOKEN:
        return TokenExpired(said, _MENDS.get(subcode or 0, _NEW), exchange)
    if code in REFUSED or "Public Content Access" in message:
        return Blocked(said, _PERMISSION, exchange)
    if code == 803 or (code == 100 and (subcode == 33 or "does not exist" in message)):
        return AccountUnavailable(said, "It is gone, or the token must not see it: the platform does not say which.", exchange)
    return UnexpectedResponse(said, "The next capture tries again.", exchange)


def code_of(exchange: Exchange | None) -> int | None:
    """The code of the error that an answer tells."""
    error = _error_of(exchange) if exchange is not None else None
    return error[0] if error else None


def calls_of(exchange: Exchange) -> int:
    """How many calls a request counts as: one for each object that it asks for by id."""
    return max(1, len(parse_qs(urlsplit(exchange.url).query).get("ids", [""])[0].split(",")))


def is_too_much(exchange: Exchange | None) -> bool:
    """Whether the platform asks for less in one answer, or may have failed at so much: often it says no more than error 1 or 2 then, or
    what stands between answers for it."""
    if exchange is None:
        return False
    error = _error_of(exchange)
    return exchange.status in BETWEEN if error is None else error[0] in FAULTS or "reduce the amount of data" in error[2]


def next_page(exchange: Exchange) -> str | None:
    """`paging.next` of a list without the token; None after the last page. UnexpectedResponse where the body is no list."""
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
        query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in _SECRETS]
    except ValueError:
        raise wrong(exchange, f"{pointer}/paging/next", "an address", link) from None
    return urlunsplit(parts._replace(query=urlencode(query)))


def free_again(exchange: Exchange) -> datetime:
    """When more may be asked: after the longest of the stated minutes, else as `retry_after` says."""
    minutes = max((part["estimated_time_to_regain_access"] for part in _usage(exchange, "estimated_time_to_regain_access")), default=0)
    if minutes <= 0:
        return retry_after(exchange)
    return (exchange.fetched_at or datetime.now(UTC)) + min(timedelta(minutes=min(minutes, 1e6)), LONGEST_PAUSE)


def _nearly_full(exchange: Exchange) -> Throttled | None:
    used = max((part[name] for name in _PERCENTS for part in _usage(exchange, name)), default=0)
    if used < NEARLY:
        return None
    return Throttled(f"{_where(exchange)}: {used:.0f}% of what the platform allows is used", free_again(exchange))


def _usage(exchange: Exchange, name: str) -> Iterator[dict[str, Any]]:
    """The parts of both headers in which `name` is a number; a header that cannot be read says nothing."""
    for header in ("X-App-Usage", "X-Business-Use-Case-Usage"):
        try:
            told = loads((exchange.header(header) or "{}").encode())
        except (ValueError, RecursionError):
            continue
        lists = [part for part in told.values() if isinstance(part, list)] if isinstance(told, dict) else []
        for part in [told, *(one for some in lists for one in some)]:
            if isinstance(part, dict) and type(part.get(name)) in (int, float):
                yield part


def _error_of(exchange: Exchange) -> tuple[int | None, int | None, str] | None:
    """(code, subcode, message); None where the body tells no error."""
    if exchange.status < 400 and b'"error"' not in exchange.body[:LARGEST_ERROR]:
        return None
    error = _told(exchange).get("error")
    if not isinstance(error, dict):
        return None
    code, subcode = (n if type(n) is int else None for n in (error.get("code"), error.get("error_subcode")))
    return code, subcode, str(error.get("message", ""))


def _where(exchange: Exchange) -> str:
    """Method and address without the query, which names all fields."""
    return f"{exchange.method} {exchange.url.partition('?')[0]}".strip()


def _halved(url: str, params: Params | None) -> tuple[str, Params | None] | None:
    """The same request with half the limit, which stands among `params` or in the address of a next page; None below two."""
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
