"""Errors of Meta's Graph API, for a test in which a request is refused."""

from __future__ import annotations

from tests.platforms.scripted import Answer


def error(
    code: int,
    message: str = "",
    subcode: int | None = None,
    status: int = 400,
    headers: dict[str, str] | None = None,
) -> Answer:
    told = {
        "message": message,
        "type": "OAuthException",
        "code": code,
        "error_subcode": subcode,
        "fbtrace_id": "A1b2C3",
    }
    return Answer(
        {"error": {name: value for name, value in told.items() if value is not None}}, status, headers or {}
    )
