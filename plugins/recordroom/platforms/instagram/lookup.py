"""Archived records of Instagram, looked up one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from recordroom.errors import Blocked
from recordroom.model import UNAVAILABLE, Absence, Exchange
from recordroom.platforms.contract import Client, KnownRecord
from recordroom.platforms.instagram.crawl import InstagramCrawl
from recordroom.platforms.instagram.schema import COMMENTED, POST_FIELDS, REPLY_FIELDS
from recordroom.platforms.meta.errors import failure
from recordroom.platforms.meta.graph import is_gone, objects, untold
from recordroom.platforms.meta.list_crawl import PAGE_SIZE, is_by_others
from recordroom.platforms.meta.posts import CONNECTION
from recordroom.platforms.paging import Params
from recordroom.platforms.schema import Reading

if TYPE_CHECKING:
    from recordroom.register.models import Account

STORY_LIVES = timedelta(hours=24)
_GONE = "removed, or not visible to this token; Instagram does not say which"
_OVER = (
    "the story's 24 hours are over, so Instagram no longer shows it; it is not known whether it was deleted"
    " before that"
)
_UNTAGGED = (
    "it is no longer among the posts that tag the account: deleted, untagged, or made private; Instagram does"
    " not say which"
)


def lookup(account: Account, ids: Iterable[KnownRecord], client: Client) -> Iterator[Exchange | Absence]:
    """Look up each record: by its ID, or in the list that alone gives it.

    The core has just read the account itself. Error 100 is therefore about the one record, but does not say
    why.
    """
    crawl, known = InstagramCrawl(account, client), {k.native_id: k for k in ids}
    stories = {k.record_id for k in known.values() if k.kind == "story"}
    by_id = crawl.requests.by_id
    if any(k.kind == "profile" for k in known.values()):
        yield crawl.profile()
    for kind, edge in (("story", "stories"), ("post", "media")):
        natives = [k.native_id for k in known.values() if k.kind == kind]
        for asked, answer, is_there in by_id(natives, POST_FIELDS, size=crawl.batch, edge=edge):
            yield answer if is_there else _conclude(known[asked[0]], answer, stories)
    tagging = {native: k for native, k in known.items() if is_by_others(k)}
    yield from crawl.find_listed("tags", tagging, _UNTAGGED)
    places = {
        native: [k.kind, k.parent_id, k.root_id]
        for native, k in known.items()
        if k.kind in ("comment", "reply") and not is_by_others(k)
    }
    shows_comments = False
    comments = by_id(list(places), REPLY_FIELDS, size=crawl.batch, edge="comments", places=places)
    for asked, answer, is_there in comments:
        if not is_there and not shows_comments:
            _require_comments(crawl)
            shows_comments = True
        yield answer if is_there else _conclude(known[asked[0]], answer, stories)


def _conclude(known: KnownRecord, answer: Exchange, stories: set[str]) -> Absence | Exchange:
    """Return what follows for a record from an error.

    Nothing does if Instagram itself fails. A story ends after a day, and so does the conversation below it.

    stories: record IDs of the stories that are looked up.
    """
    if (problem := failure(answer)) and not is_gone(answer):
        return untold(problem, [known])
    answered_at = answer.fetched_at or datetime.now(UTC)
    is_of_story = bool(stories & {known.record_id, known.root_id})
    if (
        is_of_story
        and known.conversation_began is not None
        and answered_at - known.conversation_began >= STORY_LIVES
    ):
        return Absence(known.record_id, UNAVAILABLE, _OVER, answer, "platform", ended=True)
    return Absence(known.record_id, UNAVAILABLE, _GONE, answer)


def _require_comments(crawl: InstagramCrawl) -> None:
    """Raise Blocked where Instagram counts comments and shows none.

    Without the permission all lists of comments are empty, and each comment looks gone.
    """
    query: Params = {"fields": "id,comments_count,comments.limit(1){id}", "limit": PAGE_SIZE}
    page = crawl.requests.get(f"{crawl.me}/media", query)
    reading, counted = Reading(page), 0
    for pointer, post in objects(page):
        reading.check(COMMENTED, post, pointer)
        if reading.read_object(CONNECTION, post, "comments", pointer).get("data"):
            return
        counted += post.get("comments_count") or 0
    if counted:
        words = (
            f"Instagram counts {counted} comments on the newest posts but shows none: the permission for"
            " comments is missing"
        )
        remedy = "Add the permission; docs/platforms/instagram.md lists all that are required."
        raise Blocked(words, remedy, page, of_all=True)
