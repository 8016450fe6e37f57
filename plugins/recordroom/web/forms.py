"""Read the forms that pages send.

app.py checks the origin of a request. In addition, a form carries a token that only our own pages can have:
it is derived from the cookie of the person's session, which no other site can read. The body is read only
after the person's right was checked.
"""

from __future__ import annotations

import hmac

from fastapi import Request
from starlette.datastructures import FormData, QueryParams

from recordroom.errors import UsageError

COOKIE, TOKEN = "_token", "token"
MARGIN = 100_000  # bytes for the names and the other fields
FIELDS = 1_000


def make_token(request: Request) -> str:
    """Return the token of this session's forms."""
    return derive_token(request.cookies.get(COOKIE, ""))


def derive_token(cookie: str) -> str:
    """Return the token for a value of COOKIE; the token does not reveal the value."""
    return hmac.digest(cookie.encode(), b"a form of the records room", "sha256").hex()


def is_token_of(sent: object, cookie: str) -> bool:
    """Return whether a value that was sent as TOKEN belongs to this session."""
    return isinstance(sent, str) and hmac.compare_digest(sent.encode(), derive_token(cookie).encode())


async def read_form(request: Request, largest: int) -> FormData:
    """Return the fields of a form; one of them may be a file.

    largest: bytes of its largest field.

    UsageError if it is no form of ours, or too large; then the body is not read.
    """
    size = request.headers.get("content-length", "")
    if not size.isdecimal() or int(size) > 2 * largest + MARGIN:
        raise UsageError("this is too large", f"The limit is {largest:,} bytes. Split it into parts.")
    try:
        given = await request.form(max_files=1, max_fields=FIELDS, max_part_size=largest + MARGIN)
    except ValueError as problem:  # from python-multipart; no browser sends this
        raise UsageError(
            "this form cannot be read", "Open the page again and send the form from there."
        ) from problem
    if not is_token_of(given.get(TOKEN), request.cookies.get(COOKIE, "")):
        raise UsageError(
            "this form is from an earlier session", "Open the page again and send the form from there."
        )
    return given


def list_texts(sent: FormData) -> QueryParams:
    """Return the texts of a form, without its token."""
    texts = ((name, value) for name, value in sent.multi_items() if isinstance(value, str) and name != TOKEN)
    return QueryParams(list(texts))
