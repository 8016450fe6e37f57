"""Archived records, requested by their IDs, and the absence of those not given.

Error 100 says that an object is gone or may not be seen, and never which of them: `unavailable`. The core has
just read the Page itself, so the error is about the one object.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from recordroom.errors import AccountUnavailable, PlatformFailure
from recordroom.model import HIDDEN, UNAVAILABLE, Absence, Exchange
from recordroom.platforms.contract import Client, KnownRecord
from recordroom.platforms.facebook.conversations import POSTS_AT_ONCE
from recordroom.platforms.facebook.crawl import STORIES, FacebookCrawl
from recordroom.platforms.facebook.parse import is_planned, posts_in, stories_in
from recordroom.platforms.facebook.platform import record_id
from recordroom.platforms.facebook.schema import COMMENT_FIELDS, PROFILE_FIELDS, SINGLE_POST_FIELDS
from recordroom.platforms.http import require_path_segment
from recordroom.platforms.meta.errors import failure, is_too_much
from recordroom.platforms.meta.graph import is_gone, untold

if TYPE_CHECKING:
    from recordroom.register.models import Account

STORY_LASTS = timedelta(hours=24)
_OVER = (
    "the story's 24 hours are over, so Facebook no longer shows it; it is not known whether it was deleted"
    " before"
    " that"
)
_NO_STORY = (
    "no longer among the stories of the Page: removed, or not visible to this token; Facebook does not say"
    " which"
)
_GONE = "removed, or not visible to this token; Facebook does not say which"
_PLANNED = "withdrawn: the post is scheduled for later"


def lookup(account: Account, ids: Iterable[KnownRecord], client: Client) -> Iterator[Exchange | Absence]:
    """Request each record by its ID; stories by their list, which alone has them."""
    crawl, known = FacebookCrawl(account, client), {k.native_id: k for k in ids}
    stories = {k.native_id: k for k in known.values() if k.kind == "story"}
    others = [k for k in known.values() if k.kind not in ("profile", "story")]
    posts = {k.native_id: k for k in others if k.root_id in (None, k.record_id)}
    comments = {k.native_id: k for k in others if k.native_id not in posts}
    for native in (k.native_id for k in known.values() if k.kind == "profile"):
        yield crawl.api.get(require_path_segment(native), {"fields": PROFILE_FIELDS})
    yield from _find_stories(crawl, stories)
    yield from _request_posts(crawl, posts)
    yield from _request_comments(crawl, comments)


def _find_stories(crawl: FacebookCrawl, known: Mapping[str, KnownRecord]) -> Iterator[Exchange | Absence]:
    """Find stories in their list.

    Where the list is refused, nothing is concluded about those that were not found before.
    """
    if not known:
        return
    left = dict(known)
    try:
        for page in crawl.api.pages(f"{crawl.me}/stories", STORIES, edge="stories"):
            found = {story["post_id"] for story in stories_in(page)} & left.keys()
            if found:
                whole = crawl.files.complete_stories(page, partial(_is_among, found))
                for native in found:  # not before: nothing is known of a page whose files are refused
                    del left[native]
                yield whole
    except PlatformFailure as refusal:
        yield untold(refusal, left.values())
    else:
        yield from _conclude_absences(left.values(), page)


def _is_among(natives: Set[str], story: dict[str, Any]) -> bool:
    return story["post_id"] in natives


def _conclude_absences(known: Iterable[KnownRecord], answer: Exchange) -> Iterator[Absence]:
    """Conclude from the list that it does not have these stories.

    A story whose day is over has ended.
    """
    at = answer.fetched_at or datetime.now(UTC)
    for one in known:
        if one.conversation_began is not None and at - one.conversation_began >= STORY_LASTS:
            yield Absence(one.record_id, UNAVAILABLE, _OVER, answer, "platform", ended=True)
        else:
            yield Absence(one.record_id, UNAVAILABLE, _NO_STORY, answer)


def _request_posts(crawl: FacebookCrawl, known: Mapping[str, KnownRecord]) -> Iterator[Exchange | Absence]:
    """Request posts. Those that are to be published later are hidden until then."""
    gone = dict[str, Exchange]()
    for asked, answer, is_given in crawl.api.by_id(
        list(known), SINGLE_POST_FIELDS, size=POSTS_AT_ONCE, others=True, edge="posts"
    ):
        if is_given:
            yield crawl.files.complete_posts(answer, posts_in(answer))
            for post in filter(is_planned, posts_in(answer)):
                yield Absence(record_id(post["id"]), HIDDEN, _PLANNED, answer, "agency")
        elif known[asked[0]].kind == "post" and is_gone(answer):
            gone[asked[0]] = answer
        else:
            yield _conclude(crawl, known[asked[0]], answer)
    yield from _request_reels(crawl, {native: known[native] for native in gone}, gone)


def _request_reels(
    crawl: FacebookCrawl, known: Mapping[str, KnownRecord], gone: Mapping[str, Exchange]
) -> Iterator[Exchange | Absence]:
    """Request the videos of reels whose posts are not given.

    Nothing is concluded where the list of reels is refused.
    gone: the response to the request for each post.
    """
    try:
        reels = dict(crawl.unlisted_reels() if gone else ())
    except PlatformFailure as refusal:
        yield untold(refusal, known.values())
        return
    for native, answer in gone.items():
        reel = crawl.posts.request_reel(reels[native], native) if native in reels else None
        yield _conclude(crawl, known[native], answer) if reel is None else reel


def _request_comments(crawl: FacebookCrawl, known: Mapping[str, KnownRecord]) -> Iterator[Exchange | Absence]:
    places = {k.native_id: [k.kind, k.parent_id, k.root_id] for k in known.values()}
    for asked, answer, is_given in crawl.api.by_id(
        list(places), COMMENT_FIELDS, edge="comments", places=places
    ):
        yield answer if is_given else _conclude(crawl, known[asked[0]], answer)


def _conclude(crawl: FacebookCrawl, known: KnownRecord, answer: Exchange) -> Exchange | Absence:
    """Conclude what follows from a response that does not give a record.

    That is nothing where it is on the wall of others and there, or where Facebook fails to give it. If
    one on the Page's own wall is refused, a permission is missing: that failure is raised.
    """
    problem = failure(answer)
    if problem is None or isinstance(problem, AccountUnavailable):
        return Absence(known.record_id, UNAVAILABLE, _GONE, answer)
    if known.native_id.startswith(f"{crawl.me}_") and not is_too_much(answer):
        raise problem
    return untold(problem, [known])
