"""Pages of lists, in the forms that platforms use, with one guard against lists that repeat or never end.

```
follow_links(client, url, params)               Link: <...>; rel="next"  WordPress, Mastodon
follow_cursors(client, url, params, next_of)    a cursor as a parameter  Bluesky, YouTube, X, TikTok
follow_addresses(client, url, params, next_of)  an address in the JSON   Facebook, Instagram, Threads, Vimeo
```
Each yields the pages as received, with the place behind the page as `Exchange.cursor` (None after the last).
The same string as `start` resumes there.

A page whose cursor was seen before is yielded, because its items are new, and then UnexpectedResponse is
raised. A page whose bytes were seen before is not yielded. All pages are requested from the first host: if
the platform links to another one (a site behind a proxy), only the query of its link is used. An empty page
with a link to a further one does not end the list, because the platform may have left out its items; after
EMPTY_PAGES in a row UnexpectedResponse is raised.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from itertools import chain
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit, urlunsplit

from recordroom.errors import PlatformFailure, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms.contract import Client

EMPTY_PAGES = 20  # in a row, each of which leads to a further one
# of 40 to 100 items: more than any account has
MAX_PAGES = 20_000

Params = Mapping[str, "str | int | list[str]"]
NextOf = Callable[[Exchange], str | None]

_T = TypeVar("_T")

_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+\s*(?:=\s*(?:\"[^\"]*\"|[^\s\",;]*))?)*)")
_NEXT = re.compile(r";\s*rel\s*=\s*(?:\"(?:[^\"]*\s)?next(?:\s[^\"]*)?\"|next(?=\s*(?:;|$)))", re.IGNORECASE)


def follow_links(
    client: Client,
    url: str,
    params: Params | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    context: Mapping[str, Any] | None = None,
    expect: tuple[int, ...] = (200,),
    start: str | None = None,
) -> Iterator[Exchange]:
    """Read pages joined by the Link header; the cursor is the next page's address."""
    return follow_addresses(
        client, url, params, find_next_link, headers=headers, context=context, expect=expect, start=start
    )


def follow_addresses(
    client: Client,
    url: str,
    params: Params | None,
    next_of: NextOf,
    *,
    headers: Mapping[str, str] | None = None,
    context: Mapping[str, Any] | None = None,
    expect: tuple[int, ...] = (200,),
    start: str | None = None,
) -> Iterator[Exchange]:
    """Read pages joined by complete or relative addresses.

    next_of: returns the next page's address; None after the last page.
    """

    def ask(cursor: str | None) -> Exchange:
        if cursor is None:
            return client.get(url, params, headers=headers, context=context, expect=expect)
        return client.get(keep_on_host(url, cursor), headers=headers, context=context, expect=expect)

    return _walk(ask, next_of, start)


def follow_cursors(
    client: Client,
    url: str,
    params: Params | None,
    next_of: NextOf,
    *,
    parameter: str = "cursor",
    headers: Mapping[str, str] | None = None,
    context: Mapping[str, Any] | None = None,
    expect: tuple[int, ...] = (200,),
    start: str | None = None,
) -> Iterator[Exchange]:
    """Read pages joined by a cursor.

    next_of: returns the cursor for the next page; None or "" after the last page.
    parameter: the parameter of the request that takes it.
    """

    def ask(cursor: str | None) -> Exchange:
        more = {} if cursor is None else {parameter: cursor}
        return client.get(url, {**(params or {}), **more}, headers=headers, context=context, expect=expect)

    return _walk(ask, next_of, start)


def find_next_link(exchange: Exchange) -> str | None:
    """Return the address of rel="next" in the Link headers (RFC 8288), or None.

    >>> link = '<https://x/?page=1>; rel="prev", <https://x/?page=3>; rel="next"'
    >>> find_next_link(Exchange("GET", "https://x/", 200, (("Link", link),), b""))
    'https://x/?page=3'
    """
    for name, value in exchange.headers:
        if name.lower() == "link":
            for address, parameters in _LINK.findall(value):
                if _NEXT.search(parameters):
                    return str(address)
    return None


def limit_empty_pages(pages: Iterator[Exchange], is_empty: Callable[[Exchange], bool]) -> Iterator[Exchange]:
    """Yield the pages; raise UnexpectedResponse after EMPTY_PAGES in a row without items."""
    empty = 0
    for page in pages:
        # the last page is not checked
        empty = empty + 1 if page.cursor is not None and is_empty(page) else 0
        yield page
        if empty >= EMPTY_PAGES:
            raise too_many_empty_pages(page)


def catch_failure(pages: Iterator[_T]) -> Iterator[_T | PlatformFailure]:
    """Yield the pages, and last the failure of the list if there was one.

    For a crawl that sends other requests between two pages. A `try` around its loop would take the failure of
    one of those for a failure of the list.
    """
    try:
        yield from pages
    except PlatformFailure as failure:
        yield failure


def resume_pages(
    pages: Callable[[str | None], Iterator[Exchange]],
    start: str | None,
    has_expired: Callable[[PlatformFailure], bool],
) -> tuple[str | None, Iterator[Exchange]]:
    """Read a list from a stored place, or from its start if the platform no longer knows that place.

    pages: reads the list from a place on; from its start for None.
    has_expired: reports whether a failure of the first page says that the place is unknown.
    Returns the place where reading begins, and the pages.
    """
    if start is None:
        return None, pages(None)
    found = pages(start)
    try:
        return start, chain([next(found)], found)
    except PlatformFailure as failure:
        if not has_expired(failure):
            raise
        return None, pages(None)


def too_many_empty_pages(page: Exchange) -> UnexpectedResponse:
    """Return the failure of a list with too many empty pages in a row."""
    return _endless(f"{page.url}: {EMPTY_PAGES} empty pages in a row, and a link to a further one", page)


def _endless(words: str, page: Exchange) -> UnexpectedResponse:
    return UnexpectedResponse(words, "Nothing was lost. The next capture tries again.", page, endless=True)


def keep_on_host(url: str, link: str) -> str:
    """Return the address of the next page at the host of `url`, so that no other host gets credentials.

    link: a complete or relative address. If it leads to another host, only its query is used.
    """
    try:
        whole = urlsplit(urljoin(url, link))
    except ValueError as problem:
        raise UnexpectedResponse(
            f"{url}: the link to the next page is not an address: {link[:200]!r}"
        ) from problem
    home = urlsplit(url)
    if (whole.scheme, whole.netloc) == (home.scheme, home.netloc):
        return urlunsplit(whole._replace(fragment=""))
    return urlunsplit(home._replace(query=whole.query, fragment=""))


def _walk(ask: Callable[[str | None], Exchange], next_of: NextOf, start: str | None) -> Iterator[Exchange]:
    cursor = start
    cursors, bodies, bare = {start}, set[bytes](), 0
    for _ in range(MAX_PAGES):
        exchange = ask(cursor)
        digest = sha256(exchange.body).digest()
        if digest in bodies and len(exchange.body) > 2:  # "[]" may repeat: the items are hidden from us
            raise _endless(f"{exchange.url}: the same page again", exchange)
        bodies.add(digest)
        following = next_of(exchange) or None
        looped = following is not None and following in cursors
        yield replace(exchange, cursor=cursor if looped else following)
        bare = bare + 1 if len(exchange.body) <= 2 else 0
        if bare >= EMPTY_PAGES and following is not None:
            raise too_many_empty_pages(exchange)
        if looped:
            raise _endless(f"{exchange.url}: the cursor leads back to a page already read", exchange)
        if following is None:
            return
        cursors.add(following)
        cursor = following
    raise UnexpectedResponse(
        f"the list has more than {MAX_PAGES} pages",
        "If the account really is that large, report it to the developers.",
    )
