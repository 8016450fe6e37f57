"""What a site says where it does not give what was asked for, as named failures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms.http import failure, json_of

SIGNED_OUT = frozenset(
    {
        "rest_not_logged_in",
        "incorrect_password",
        "invalid_username",
        "invalid_email",
        "rest_forbidden_context",
        "rest_forbidden_param",
    }
)


def lenient(exchange: Exchange) -> dict[str, Any]:
    """The object of a body, {} where it is none."""
    try:
        tree = json_of(exchange)
    except UnexpectedResponse:
        return {}
    return tree if isinstance(tree, dict) else {}


def refuse(exchange: Exchange, tree: Any) -> None:
    """Raise what a status or an error body names, also one that comes as a success."""
    told = isinstance(tree, dict) and "code" in tree and "message" in tree
    if exchange.status < 400 and not told:
        return
    data = tree.get("data") if told else None
    given = data.get("status") if isinstance(data, dict) else None
    status = (
        exchange.status
        if exchange.status >= 400
        else given
        if isinstance(given, int) and 400 <= given < 600
        else 400
    )
    code = tree.get("code") if told else None
    words = f"{code}: {tree['message']}" if told else ""
    raise (
        failure(replace(exchange, status=status), anonymous=str(code) not in SIGNED_OUT, words=words)
        or AssertionError
    )
