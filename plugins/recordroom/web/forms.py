"""What a page sends to be done. Beside the check of its origin (app.py) a form carries a token that only a
page of ours can have: it is made of the cookie of the person's session, which no other site can read. The
body is read only after somebody with the right has asked.
"""

from __future__ import annotations

import hmac

from fastapi import Request
from starlette.datastructures import FormData

from recordroom.errors import UsageError

COOKIE, TOKEN = "_token", "token"
MARGIN = 100_000  # bytes beside the largest field: the names and the other fields
FIELDS = 1_000


def make_token(request: Request) -> str:
    """The token of this session's forms."""
    return derive_token(request.cookies.get(COOKIE, ""))


def derive_token(cookie: str) -> str:
    """The same by the value of COOKIE, of which it tells nothing."""
    return hmac.digest(cookie.encode(), b"a form of the records room", "sha256").hex()


def is_token_of(told: object, cookie: str) -> bool:
    """Whether what was sent as TOKEN is that of this session."""
    return isinstance(told, str) and hmac.compare_digest(told.encode(), derive_token(cookie).encode())


async def read_form(request: Request, largest: int) -> FormData:
    """The fields of a form, of which one may have `largest` bytes, and one may be a file. UsageError where it
    is no form of ours, or too large: then nothing of it is read."""
    size = request.headers.get("content-length", "")
    if not size.isdecimal() or int(size) > 2 * largest + MARGIN:
        raise UsageError("this is more than the room takes", f"{largest:,} bytes are the most: split it.")
    try:
        given = await request.form(max_files=1, max_fields=FIELDS, max_part_size=largest + MARGIN)
    except ValueError as problem:  # of python-multipart: no browser sends this
        raise UsageError("this is no form", "Open the page again, and send it from there.") from problem
    if not is_token_of(given.get(TOKEN), request.cookies.get(COOKIE, "")):
        raise UsageError(
            "this form is not of your present session", "Open the page again, and send it from there."
        )
    return given
