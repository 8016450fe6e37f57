"""Archived records of Threads, looked up one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from recordroom.errors import PlatformFailure
from recordroom.model import HELD, HIDDEN, UNAVAILABLE, Absence, Exchange
from recordroom.platforms.contract import Client, KnownRecord
from recordroom.platforms.crawl import with_context
from recordroom.platforms.http import require_path_segment
from recordroom.platforms.meta.errors import failure
from recordroom.platforms.meta.graph import is_gone, untold
from recordroom.platforms.meta.list_crawl import is_by_others
from recordroom.platforms.threads.crawl import ThreadsCrawl
from recordroom.platforms.threads.parse import OVER
from recordroom.platforms.threads.schema import OWN_REPLY_FIELDS, POST_FIELDS, REPLY_FIELDS
from recordroom.platforms.unread import require_optional

if TYPE_CHECKING:
    from recordroom.register.models import Account

GHOST_POST_LIVES = timedelta(hours=24)
_GONE = "it was removed, or this token cannot see it: Threads does not say which"
_UNNAMED = (
    "it is no longer among the posts that mention the account: Threads does not say whether it was deleted,"
    " changed, or made private"
)


def lookup(account: Account, ids: Iterable[KnownRecord], client: Client) -> Iterator[Exchange | Absence]:
    """Look up each record: by its ID, or in the list that alone gives it.

    Replies are first searched among those that await approval, which no conversation shows: by its ID such a
    reply looks published. The core has just read the account itself. Error 100 is therefore about the one
    record, but does not say why.
    """
    crawl, known = ThreadsCrawl(account, client), {k.native_id: k for k in ids}
    if any(k.kind == "profile" for k in known.values()):
        yield crawl.profile()
    naming = {native: k for native, k in known.items() if is_by_others(k)}
    yield from crawl.find_listed("mentions", naming, _UNNAMED)
    posts = {
        n: k for n, k in known.items() if k.kind in ("post", "story") and k.root_id in (None, k.record_id)
    }
    for asked, answer, is_there in crawl.requests.by_id(list(posts), POST_FIELDS, size=1, edge="threads"):
        yield answer if is_there else _conclude(known[asked[0]], answer)
    own_replies = {n: k for n, k in known.items() if k.kind == "post" and n not in posts}
    replies = {n: k for n, k in known.items() if k.kind in ("comment", "reply") and not is_by_others(k)}
    unsure = set[str]()
    for found, page in _awaiting_approval(crawl, replies):
        if page is None:
            unsure |= found
        elif found:
            yield page
            replies = {n: k for n, k in replies.items() if n not in found}
    for some, fields, edge in (
        (own_replies, OWN_REPLY_FIELDS, "replies"),
        (replies, REPLY_FIELDS, "conversation"),
    ):
        places = {n: [k.kind, k.parent_id, k.root_id] for n, k in some.items()}
        by_id = crawl.requests.by_id(list(places), fields, size=1, edge=edge, places=places)
        for asked, answer, is_there in by_id:
            one = known[asked[0]]
            if not is_there:
                yield _conclude(one, answer)
            elif asked[0] in unsure:
                yield with_context(answer, not_given=True, untold=[one.record_id])
            else:
                yield answer


def _awaiting_approval(
    crawl: ThreadsCrawl, known: Mapping[str, KnownRecord]
) -> Iterator[tuple[set[str], Exchange | None]]:
    """Search replies among those that await approval, in each conversation.

    known: the replies by their native IDs.
    Yields the native IDs of those that a page lists, and the page. Where Threads refuses the list: those that
    awaited approval or were ignored before, and None.
    """
    query = crawl.query_of("pending_replies")
    for root in sorted({one.root_id for one in known.values() if one.root_id}):
        below = {native: one for native, one in known.items() if one.root_id == root}
        path = f"{require_path_segment(root.rpartition(':')[2])}/pending_replies"
        context = {"edge": "pending_replies", "root": root, "root_kind": "post"}
        try:
            for page in crawl.requests.pages(path, query, **context):
                yield below.keys() & {reply["id"] for reply in crawl.posts_in(page)}, page
        except PlatformFailure as refusal:
            require_optional(refusal)
            yield {native for native, one in below.items() if one.status in (HELD, HIDDEN)}, None


def _conclude(known: KnownRecord, answer: Exchange) -> Absence | Exchange:
    """Return what follows for a record from an error.

    Nothing does if Threads itself fails.
    """
    if (problem := failure(answer)) and not is_gone(answer):
        return untold(problem, [known])
    answered_at = answer.fetched_at or datetime.now(UTC)
    began = known.conversation_began if known.kind == "story" else None
    if began is not None and answered_at - began >= GHOST_POST_LIVES:
        return Absence(known.record_id, UNAVAILABLE, OVER, answer, "platform", ended=True)
    return Absence(known.record_id, UNAVAILABLE, _GONE, answer)
