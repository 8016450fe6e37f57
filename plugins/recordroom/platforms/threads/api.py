"""The API of Threads: its pages, and its tokens.

A page names its last item as a cursor, `paging.cursors.after`, which is a parameter of the next request. The
documentation promises no address of the next page, and no cursor where there is one page only. A page with a
cursor is therefore followed, until one is empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from recordroom.model import Exchange
from recordroom.platforms.contract import Code, Token, TokenClient
from recordroom.platforms.meta.graph import PAGE, Walk
from recordroom.platforms.meta.tokens import exchange_code, renew_token
from recordroom.platforms.paging import Params, by_cursor
from recordroom.platforms.schema import Reading, content_of
from recordroom.platforms.threads.platform import HOST
from recordroom.platforms.threads.schema import CURSORS, PAGING

if TYPE_CHECKING:
    from recordroom.register.models import Account

VERSION = "v1.0"


def base_of(account: Account) -> str:
    """Return the address of the API."""
    return f"{_host_of(account)}/{VERSION}"


class ThreadsRequests(Walk):
    """The requests for one account, whose pages are joined by a cursor."""

    def walked(
        self, path: str, params: Params, start: str | None, context: Mapping[str, Any]
    ) -> Iterator[Exchange]:
        url = f"{self.base}/{path}"
        return by_cursor(
            self.graph, url, params, self.following, parameter="after", context=context, start=start
        )

    def following(self, page: Exchange) -> str | None:
        """Return the cursor of the next page; None after the last one.

        An empty page with a cursor is not the end: items that must not be seen are left out of a page. An
        empty page with the cursor of its own request is: Meta describes no last page.
        """
        body = content_of(page)
        PAGE.check(body, page, "")
        reading = Reading(page)
        cursors = reading.part(CURSORS, reading.part(PAGING, body, "paging", ""), "cursors", "/paging")
        after: str | None = cursors.get("after")
        requested = parse_qs(urlsplit(page.url).query).get("after")
        return None if not body["data"] and requested == [after] else after


def consented(account: Account, client: TokenClient, code: Code) -> Token:
    """Return the token for 60 days that a consent gives.

    https://developers.facebook.com/documentation/threads/get-started/get-access-tokens-and-permissions,
    2026-11-25.
    """
    host = _host_of(account)
    return exchange_code(
        client, f"{host}/oauth/access_token", f"{host}/access_token", "th_exchange_token", code
    )


def renew(account: Account, client: TokenClient) -> Token:
    """Return the next token for 60 days.

    https://developers.facebook.com/docs/threads/get-started/long-lived-tokens, 2026-11-25.
    """
    return renew_token(client, f"{_host_of(account)}/refresh_access_token", "th_refresh_token")


def _host_of(account: Account) -> str:
    return (account.api_url or HOST).rstrip("/")
