"""XRPC (atproto.com/specs/xrpc): parameters in the forms that the lexicons ask for, errors by name, and the
rate headers.
"""

import re
from functools import partial

from flask import Response, request

from infra.sandbox.faces.bluesky_records import Json
from infra.sandbox.faces.common import Refusal, dump, quota, reply
from infra.sandbox.validation import bluesky as validation

ACTOR = r"did:[a-z]+:[\w.:%-]+|([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-zA-Z]([a-zA-Z0-9-]*[a-zA-Z0-9])?"
FORMS = {
    "at-uri": rf"at://({ACTOR})(/[\w.-]+/[\w.~:-]+)?",
    "at-identifier": ACTOR,
    "handle": ACTOR,
    "did": r"did:[a-z]+:.+",
    "cid": r"b[a-z2-7]{58}",
}


def rates() -> dict[str, str]:
    left = quota()
    told = {
        "Limit": left.limit,
        "Remaining": left.remaining,
        "Reset": int(left.reset.timestamp()),
        "Policy": f"{left.limit};w={left.seconds}",
    }
    return {f"RateLimit-{name}": str(value) for name, value in told.items()}


def answer(nsid: str, value: Json, status: int = 200) -> Response:
    return reply(
        partial(validation.check, nsid), dump(value), status, "application/json; charset=utf-8", rates()
    )


def method() -> str:
    return request.path.rsplit("/", 1)[-1]


def wrong(what: str) -> Refusal:
    return Refusal(400, "InvalidRequest", f"Invalid {method()} params: {what}")


def text(name: str, form: str = "") -> str:
    """A required parameter, in the form that the lexicon asks for."""
    value = request.args.get(name)
    if value is None:
        raise wrong(f'Missing required key "{name}"')
    if form and not re.fullmatch(FORMS[form], value):
        raise wrong(f'Invalid {form} (got "{value}")')
    return value


def whole(name: str, default: int, least: int, most: int) -> int:
    value = request.args.get(name, str(default))
    if not re.fullmatch(r"-?\d+", value):
        raise wrong(f'Expected integer value type (got "{value}")')
    if not least <= int(value) <= most:
        bound = ("big", "maximum", most) if int(value) > most else ("small", "minimum", least)
        raise wrong(f"integer too {bound[0]} ({bound[1]} {bound[2]}, got {value})")
    return int(value)
