"""What Meta's Graph API means by its errors, and how much of its limits is used.

Read (https://developers.facebook.com/docs/graph-api/overview/rate-limiting/ and
  /docs/graph-api/guides/error-handling, 2026-11-24): {"error": {"message", "type", "code", "error_subcode",
  "fbtrace_id"}}    with 400, 401, 403, 404, 429, 500 or 503 X-App-Usage
  {"call_count": 91, "total_cputime": 15, "total_time": 12}, each in percent of the limit
  X-Business-Use-Case-Usage           {"<id>": [{"type": "pages", "call_count": 1, ...,
  "estimated_time_to_regain_access": 0}]}; minutes
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from recordroom.errors import (
    AccountUnavailable,
    Blocked,
    PlatformFailure,
    Throttled,
    TokenExpired,
    UnexpectedResponse,
)
from recordroom.model import Exchange, loads
from recordroom.platforms import http
from recordroom.platforms.http import LONGEST_PAUSE, retry_after

ERRORS = (400, 401, 403, 404, 429, 500, 503)
# percent. At 100 all calls of the app fail, those of the agency's other programs too; a tenth is left to them
# and to people
NEARLY = 90
LARGEST_ERROR = 64  # an error begins its body: further in, the word stands in what people wrote

THROTTLES = frozenset(
    {4, 17, 32, 341, 613, *range(80000, 80015)}
)  # of the app, the user, the page, the application, a business use case
DEAD_TOKEN = frozenset({102, 104, 190})
REFUSED = frozenset(
    {3, 10, 368, *range(200, 300)}
)  # capability, permission, blocked for a while, permissions
REFUSALS = frozenset(
    {3, 10, 100, 2500, *range(200, 300)}
)  # errors of a list for which a permission, or which itself, is lacking
BETWEEN = frozenset({500, 502, 504})  # without a word of Meta's
FAULTS = frozenset(
    {1, 2}
    # Meta's own ("try again later"): at one list or post at every capture, and at large answers, as users report
)
UNSEEN = frozenset(
    {10, *range(200, 300)}
)  # of what is another account's: seeing it is a feature of the app, "Page Public Content Access"
_NEW = (
    "Make a new token (the platform's page in docs/platforms says how) and put it into the account's"
    " connection."
)
_MENDS = {
    458: f"The app is not allowed in the holder's account any more: let them consent again. {_NEW}",
    459: f"The platform wants the token's holder to sign in and to confirm who they are; then: {_NEW}",
    460: f"The token's holder has changed the password. {_NEW}",
    463: f"The token has run out. {_NEW}",
    464: f"The account of the token's holder is not confirmed: they sign in and confirm it; then: {_NEW}",
    467: f"The token was revoked, or its holder has signed out. {_NEW}",
    492: (
        "The token's holder has no role on the account any more: give it back, or let somebody who has one"
        f" make the token. {_NEW}"
    ),
}
_PERMISSION = (
    "A permission, a task or a review of the app is missing; the platform's page in docs/platforms names what"
    " is needed."
)
_PERCENTS = ("call_count", "total_cputime", "total_time")


def failure(exchange: Exchange) -> PlatformFailure | None:
    """The failure that an error's code and subcode name, else the one of its status; None where the answer is
    none.
    """
    error = _error_of(exchange)
    if error is None:
        return http.unworded(exchange)
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
        return AccountUnavailable(
            said, "It is gone, or the token must not see it: the platform does not say which.", exchange
        )
    return UnexpectedResponse(said, "The next capture tries again.", exchange)


def code_of(exchange: Exchange | None) -> int | None:
    """The code of the error that an answer tells."""
    error = _error_of(exchange) if exchange is not None else None
    return error[0] if error else None


def is_refusal(answer: Exchange) -> bool:
    """Whether it is about a permission or about what was asked for; else Meta fails."""
    code = code_of(answer)
    return answer.status == 403 if code is None else code in REFUSALS


def words_of(answer: Exchange) -> str:
    """What an answer tells in place of what was asked for."""
    code = code_of(answer)
    return http.told_by(answer) if code is None else f"error {code}"


def is_too_much(exchange: Exchange | None) -> bool:
    """Whether the platform asks for less in one answer, or may have failed at so much: often it says no more
    than error 1 or 2 then, or what stands between answers for it."""
    if exchange is None:
        return False
    error = _error_of(exchange)
    return (
        exchange.status in BETWEEN
        if error is None
        else error[0] in FAULTS or "reduce the amount of data" in error[2]
    )


def free_again(exchange: Exchange) -> datetime:
    """When more may be asked: after the longest of the stated minutes, else as `retry_after` says."""
    minutes = max(
        (
            part["estimated_time_to_regain_access"]
            for part in _usage(exchange, "estimated_time_to_regain_access")
        ),
        default=0,
    )
    if minutes <= 0:
        return retry_after(exchange)
    return (exchange.fetched_at or datetime.now(UTC)) + min(
        timedelta(minutes=min(minutes, 1e6)), LONGEST_PAUSE
    )


def nearly_full(exchange: Exchange) -> Throttled | None:
    used = max((part[name] for name in _PERCENTS for part in _usage(exchange, name)), default=0)
    if used < NEARLY:
        return None
    return Throttled(
        f"{_where(exchange)}: {used:.0f}% of what the platform allows is used", free_again(exchange)
    )


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
    error = object_in(exchange).get("error")
    if not isinstance(error, dict):
        return None
    code, subcode = (n if type(n) is int else None for n in (error.get("code"), error.get("error_subcode")))
    return code, subcode, str(error.get("message", ""))


def _where(exchange: Exchange) -> str:
    """Method and address without the query, which names all fields."""
    return f"{exchange.method} {exchange.url.partition('?')[0]}".strip()


def object_in(answer: Exchange) -> dict[str, Any]:
    """The object in a body; an empty one where there is none."""
    try:
        told = loads(answer.body)
    except (ValueError, RecursionError):
        told = None
    return told if isinstance(told, dict) else {}
