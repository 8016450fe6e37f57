"""What LinkedIn is asked for, in which order: the page, what mentions it, its posts with their comments, its events; single items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from recordroom.errors import AccountUnavailable
from recordroom.model import Absence, Exchange, Identity, Totals
from recordroom.platforms import Client, Known, Window
from recordroom.platforms.answers import in_path, wrong
from recordroom.platforms.linkedin.asking import Todo, api_of
from recordroom.platforms.linkedin.hosted import Hosted
from recordroom.platforms.linkedin.notices import Notices
from recordroom.platforms.linkedin.permalinks import post_in
from recordroom.platforms.linkedin.platform import SERVER
from recordroom.platforms.linkedin.restli import Api, escaped, items_of
from recordroom.platforms.linkedin.roles import must_have_role
from recordroom.platforms.linkedin.shapes import PROFILED
from recordroom.platforms.linkedin.urns import EVENT_URN, bare, number_of
from recordroom.platforms.shapes import content_of

if TYPE_CHECKING:
    from recordroom.register.models import Account


class _Walk(Notices, Hosted):
    """One pass over a window."""


def identify(account: Account, client: Client) -> Identity:
    """The organization of `account.url`, or the one that is known already, whatever it is called now. Blocked where the token's holder has
    no role on it: its lists would be empty then."""
    api = api_of(account, client)
    native = account.identity.native_id if account.identity else _organization_of(account, api)
    must_have_role(api, native)
    exchange = api.get(f"organizations/{in_path(number_of(native))}")
    found = content_of(exchange)
    PROFILED.check(found, exchange, "")
    return Identity(native, SERVER, found["localizedName"], found.get("vanityName"), exchange)


def _organization_of(account: Account, api: Api) -> str:
    """By the name in its address."""
    name = unquote(urlsplit(account.url).path).strip("/").split("/")[1]
    if name.isdecimal():
        return f"urn:li:organization:{name}"
    exchange = api.get(f"organizations?q=vanityName&vanityName={escaped(name)}")
    for pointer, item in items_of(exchange):
        if isinstance(item.get("id"), int):
            return f"urn:li:organization:{item['id']}"
        raise wrong(exchange, f"{pointer}/id", "a whole number", item.get("id", "nothing"))
    raise AccountUnavailable(
        f"LinkedIn knows no organization {name!r}", "Correct `url` in the register: the number outlives names.", exchange
    )


def totals(account: Account, client: Client) -> Totals | None:  # noqa: ARG001 (LinkedIn does not count an organization's posts)
    return None


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """The profile; what others posted about the page; the posts page by page, each page followed by the comments on its posts; at last the
    comments on older posts that LinkedIn tells of, and the events."""
    walk = _Walk(account, client, window)
    if not window.cursor:
        if window.kind == "one":
            walk.todo = Todo("", permalink=post_in(window.url or ""))
        yield replace(walk.profile(), cursor=walk.todo.cursor)
    yield from walk.pending()
    for edge, read in (("mentions", walk.mentions), ("posts", walk.listed), ("news", walk.news), ("events", walk.events)):
        if walk.todo.edge == edge:
            yield from read()
    walk.unread.end()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Posts and events by their URNs, comments below their posts. The core has just asked for the role: what is not found then is not
    there."""
    walk, known = _Walk(account, client), {k.native_id: k for k in ids}
    if any(k.kind == "profile" for k in known.values()):
        yield walk.profile()
    yield from walk.posts_by_id([k.native_id for k in known.values() if k.kind == "post" and not k.native_id.startswith(EVENT_URN)])
    yield from walk.events_by_id([k for k in known.values() if k.native_id.startswith(EVENT_URN)])
    below: dict[str, list[Known]] = {}
    for k in known.values():
        if k.kind in ("comment", "reply") and k.root_id != k.record_id:
            below.setdefault(bare(k.root_id or ""), []).append(k)
    gone: list[tuple[Known, Exchange]] = []
    for post, comments in below.items():
        for answer in walk.comments_by_id(post, comments):
            if isinstance(answer, Exchange):
                yield answer
            else:
                gone.append(answer)
    yield from walk.told_as_deleted(gone)
    yield from walk.not_told_any_more([k for k in known.values() if k.kind == "comment" and k.root_id == k.record_id])
