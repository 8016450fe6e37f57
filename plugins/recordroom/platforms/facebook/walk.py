"""What is asked of Facebook, in which order: who answers, lists page by page, comments post by post, objects
by their ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse
from recordroom.model import HIDDEN, Absence, Exchange, Identity, Totals
from recordroom.platforms import blocklist
from recordroom.platforms.contract import Client, Known, Window
from recordroom.platforms.facebook.addressed import Addressed
from recordroom.platforms.facebook.conversations import POSTS_BY_ID
from recordroom.platforms.facebook.fields import ALONE, COMMENTS, PROFILE, SUMMARY
from recordroom.platforms.facebook.hints import Hints
from recordroom.platforms.facebook.login import HOLDER, called, names_in
from recordroom.platforms.facebook.missing import Missing
from recordroom.platforms.facebook.platform import SERVER, base_of, record_id
from recordroom.platforms.facebook.records import is_planned, posts_in
from recordroom.platforms.facebook.signed_in import SignedIn
from recordroom.platforms.facebook.story_list import StoryList
from recordroom.platforms.http import in_path
from recordroom.platforms.meta.errors import code_of
from recordroom.platforms.meta.graph import PAGE, Graph, is_gone
from recordroom.platforms.schema import content_of
from recordroom.platforms.unread import spared

if TYPE_CHECKING:
    from recordroom.register.models import Account

_PAGE_TOKEN = "Put the Page's own token into the connection; docs/platforms/facebook.md says how to get it."  # noqa: S105 (words)


class _Walk(Addressed, Hints, StoryList, SignedIn):
    """One pass over a window."""

    def in_public(self) -> Iterator[Exchange]:
        yield from self.pending()
        while self.todo.edge:
            if self.todo.edge == "stories":
                yield from self.stories()
            elif self.todo.edge in ("published_posts", "feed"):
                yield from self.listed()
            else:
                yield from self.hints()
                yield from self.pending()


def identify(account: Account, client: Client) -> Identity:
    """The Page to which the token belongs: that of `account.url`, or the one that is known already, whatever
    it is called now.

    With the token of a person or of a system user the Page could be read, its comments would be {"data": []}:
    Blocked says so.
    """
    graph, url = Graph(client), f"{base_of(account)}/me"
    try:
        exchange = graph.get(url, {"fields": "id,name,username,link"})
    except UnexpectedResponse as problem:
        if code_of(problem.exchange) != 100:  # else it has no such fields
            raise
        exchange = graph.get(url, {"fields": "id"})
        raise _no_page(content_of(exchange), exchange) from None
    found = content_of(exchange)
    HOLDER.check(found, exchange, "")
    names = called(found)
    known = account.identity is not None and account.identity.native_id == found["id"]
    if not known and not names & names_in(account.url):
        if names == {found["id"]}:
            raise _no_page(found, exchange)
        words = (
            f"the token belongs to the Page {found['id']} ({', '.join(sorted(names))}), the register says"
            f" {account.url}"
        )
        mend = (
            f"If it was renamed, correct `url` (https://www.facebook.com/{found['id']} outlives every name)."
            f" Else: {_PAGE_TOKEN}"
        )
        raise AccountUnavailable(words, mend, exchange)
    return Identity(found["id"], SERVER, found.get("name"), found.get("username"), exchange)


def totals(account: Account, client: Client) -> Totals | None:
    """`own`: all posts that the Page published, the hidden ones too, or not: no reference says it. None where
    the API does not count.
    """
    path = f"/{in_path(account.known.native_id)}/published_posts"
    try:
        exchange = Graph(client).get(
            f"{base_of(account)}{path}", {"fields": "id", "limit": 1, "since": 1, "summary": "total_count"}
        )
    except (
        PlatformFailure
    ) as refusal:  # of which the reference of this list does not speak: all is read by then
        spared(refusal)
        return None
    body = content_of(exchange)
    PAGE.check(body, exchange, "")
    if not body.get("summary"):
        return None
    SUMMARY.check(body["summary"], exchange, "/summary")
    return Totals({"own": body["summary"]["total_count"]}, exchange)


def _no_page(found: Any, exchange: Exchange) -> Blocked:
    native = found.get("id") if isinstance(found, dict) else None
    words = (
        f"the token belongs to {native}, which is no Page but a person or a system user: comments would come"
        " back empty"
    )
    return Blocked(words, _PAGE_TOKEN, exchange)


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """The profile; then list by list, page by page, each page followed by the comments on its posts; then
    private messages, also where these are refused."""
    walk = _Walk(account, client, window)
    if not window.cursor:
        if window.kind == "one":
            walk.todo.edge, walk.todo.posts = "", [walk.post_of(window.url or "")]
        yield replace(walk.get(walk.me, {"fields": PROFILE}), cursor=walk.todo.cursor)
    try:
        yield from walk.in_public()
    except Blocked:
        yield from walk.messages()
        raise
    yield from walk.messages()
    if window.kind in blocklist.WINDOWS:
        yield walk.blocked()
    walk.unread.end()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Each by its id. The core has just read the Page itself: error 100 then is about this one object, though
    not why.
    """
    walk, known = Missing(account, client), {k.native_id: k for k in ids}
    for native in (k.native_id for k in known.values() if k.kind == "profile"):
        yield walk.get(in_path(native), {"fields": PROFILE})
    yield from walk.stories_again(
        {k.native_id: known.pop(k.native_id) for k in list(known.values()) if k.kind == "story"}
    )
    roots = [k.native_id for k in known.values() if k.kind != "profile" and k.root_id in (None, k.record_id)]
    gone = dict[str, Exchange]()
    for asked, answer, there in walk.by_id(roots, ALONE, size=POSTS_BY_ID, others=True, edge="posts"):
        if not there and known[asked[0]].kind == "post" and is_gone(answer):
            gone[asked[0]] = answer
            continue
        yield walk.with_files(answer, posts_in(answer)) if there else walk.said_of(known[asked[0]], answer)
        for post in filter(is_planned, posts_in(answer) if there else ()):
            yield Absence(
                record_id(post["id"]), HIDDEN, "taken back: it is to be published later", answer, "agency"
            )
    yield from walk.reels_again({native: known[native] for native in gone}, gone)
    places = {
        k.native_id: [k.kind, k.parent_id, k.root_id]
        for k in known.values()
        if k.kind != "profile" and k.native_id not in roots
    }
    for asked, answer, there in walk.by_id(list(places), COMMENTS, edge="comments", places=places):
        yield answer if there else walk.said_of(known[asked[0]], answer)
