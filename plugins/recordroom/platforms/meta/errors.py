"""The errors of Meta's Graph API, and how much of its limits is used.

Sources: https://developers.facebook.com/docs/graph-api/overview/rate-limiting/ and
/docs/graph-api/guides/error-handling, 2026-11-24:

    {"error": {"message", "type", "code", "error_subcode", "fbtrace_id"}}
        with status 400, 401, 403, 404, 429, 500, or 503
    X-App-Usage: {"call_count": 91, "total_cputime": 15, "total_time": 12}
        each in percent of the limit
    X-Business-Use-Case-Usage: {"<id>": [{"type": "pages", "call_count": 1, ...,
        "estimated_time_to_regain_access": 0}]}
        in minutes
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
from recordroom.platforms.http import LONGEST_PAUSE, read_retry_after

ERRORS = (400, 401, 403, 404, 429, 500, 503)
# Percent. At 100 all calls of the app fail, also those of the agency's other programs: a tenth is left to
# them and to people.
NEARLY_FULL = 90
ERROR_BYTES = 64  # an error begins its body: further in, the word "error" may be what people wrote

INVALID = 100  # what was requested does not exist or must not be seen
# Limits of the app, the user, the Page, the application, and business use cases.
THROTTLES = frozenset({4, 17, 32, 341, 613, *range(80000, 80015)})
DEAD_TOKEN = frozenset({102, 104, 190})
REFUSED = frozenset({3, 10, 368, *range(200, 300)})  # capability, permission, temporary block, permissions
# Errors of a list that does not exist, or for which a permission is missing.
REFUSALS = frozenset({3, 10, INVALID, 2500, *range(200, 300)})
GATEWAYS = frozenset({500, 502, 504})  # statuses without an error of Meta's
# Meta's own faults ("try again later"). As users report: at one list or post at every capture, and at large
# responses.
FAULTS = frozenset({1, 2})
# Errors about the content of another account, for which the app needs "Page Public Content Access".
UNSEEN = frozenset({10, *range(200, 300)})
_NEW = (
    "Create a new token, as the platform's page in docs/platforms explains, and enter it in the account's"
    " connection."
)
_REMEDIES = {
    458: f"The app was removed from the holder's account, so the holder must consent again. {_NEW}",
    459: f"The token's holder must first sign in and confirm their identity. {_NEW}",
    460: f"The token's holder changed the password. {_NEW}",
    463: f"The token has expired. {_NEW}",
    464: f"The token's holder must first sign in and confirm their account. {_NEW}",
    467: f"The token was revoked, or its holder signed out. {_NEW}",
    492: (
        "The token's holder no longer has a role on the account. Give the role back, or let a person who has"
        f" one create the token. {_NEW}"
    ),
}
_PERMISSION = (
    "A permission, a task, or a review of the app is missing. The platform's page in docs/platforms lists"
    " what"
    " is required."
)
_PERCENTS = ("call_count", "total_cputime", "total_time")


def failure(exchange: Exchange) -> PlatformFailure | None:
    """Return the failure that a response reports; None where it reports none.

    The code and subcode of an error name it, or else the status.
    """
    error = _error_in(exchange)
    if error is None:
        return http.find_proxy_failure(exchange)
    code, subcode, message = error
    name = f"error {code}" + (f" ({subcode})" if subcode is not None else "")
    words = f"{_request_of(exchange)}: HTTP {exchange.status}, {name}: {message[:200].rstrip('. ')}"
    if code in THROTTLES or exchange.status == 429:
        return Throttled(words, free_again(exchange), exchange)
    if code in DEAD_TOKEN:
        return TokenExpired(words, _REMEDIES.get(subcode or 0, _NEW), exchange)
    if code in REFUSED or "Public Content Access" in message:
        return Blocked(words, _PERMISSION, exchange)
    if code == 803 or (code == INVALID and (subcode == 33 or "does not exist" in message)):
        return AccountUnavailable(
            words, "It was removed, or the token must not see it. The platform does not say which.", exchange
        )
    return UnexpectedResponse(words, "The next capture tries again.", exchange)


def code_of(exchange: Exchange | None) -> int | None:
    """Return the code of the error that a response reports."""
    error = _error_in(exchange) if exchange is not None else None
    return error[0] if error else None


def is_refusal(answer: Exchange) -> bool:
    """Return whether an error is about a permission or the request.

    Otherwise Meta itself fails.
    """
    code = code_of(answer)
    return answer.status == 403 if code is None else code in REFUSALS


def describe_error(answer: Exchange) -> str:
    """Return what a response reports in place of the requested content, in words."""
    code = code_of(answer)
    return http.describe_failure(answer) if code is None else f"error {code}"


def is_too_much(exchange: Exchange | None) -> bool:
    """Return whether Meta wants a smaller request, or may have failed at a large one.

    Often it reports nothing but error 1 or 2 then, or a gateway reports a failure for it.
    """
    if exchange is None:
        return False
    error = _error_in(exchange)
    if error is None:
        return exchange.status in GATEWAYS
    return error[0] in FAULTS or "reduce the amount of data" in error[2]


def free_again(exchange: Exchange) -> datetime:
    """Return when requests are allowed again.

    That is after the longest wait that is stated, or as `retry_after` says.
    """
    minutes = max(_usage_numbers(exchange, "estimated_time_to_regain_access"), default=0)
    if minutes <= 0:
        return read_retry_after(exchange)
    wait = min(timedelta(minutes=min(minutes, 1e6)), LONGEST_PAUSE)
    return (exchange.fetched_at or datetime.now(UTC)) + wait


def nearly_full(exchange: Exchange) -> Throttled | None:
    """Return the throttle that applies after a response; None: there is none.

    It applies once almost all of a limit is used.
    """
    used = max((number for name in _PERCENTS for number in _usage_numbers(exchange, name)), default=0)
    if used < NEARLY_FULL:
        return None
    words = f"{_request_of(exchange)}: {used:.0f}% of the platform's limit is used"
    return Throttled(words, free_again(exchange))


def _usage_numbers(exchange: Exchange, name: str) -> Iterator[float]:
    """Yield the numbers of this name in both headers.

    A header that cannot be read has none.
    """
    for header in ("X-App-Usage", "X-Business-Use-Case-Usage"):
        try:
            usage = loads((exchange.header(header) or "{}").encode())
        except (ValueError, RecursionError):
            continue
        lists = [part for part in usage.values() if isinstance(part, list)] if isinstance(usage, dict) else []
        for part in [usage, *(one for some in lists for one in some)]:
            if isinstance(part, dict) and type(part.get(name)) in (int, float):
                yield part[name]


def _error_in(exchange: Exchange) -> tuple[int | None, int | None, str] | None:
    """Return code, subcode, and message; None where the body reports no error."""
    if exchange.status < 400 and b'"error"' not in exchange.body[:ERROR_BYTES]:
        return None
    error = object_in(exchange).get("error")
    if not isinstance(error, dict):
        return None
    code, subcode = (n if type(n) is int else None for n in (error.get("code"), error.get("error_subcode")))
    return code, subcode, str(error.get("message", ""))


def _request_of(exchange: Exchange) -> str:
    """Return method and address without the query, which names all fields."""
    return f"{exchange.method} {exchange.url.partition('?')[0]}".strip()


def object_in(answer: Exchange) -> dict[str, Any]:
    """Return the object in a body; an empty one where there is none."""
    try:
        body = loads(answer.body)
    except (ValueError, RecursionError):
        body = None
    return body if isinstance(body, dict) else {}
