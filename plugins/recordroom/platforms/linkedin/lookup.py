"""Archived records, requested by their URNs, and what follows where LinkedIn does not give one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse
from recordroom.model import REMOVED, UNAVAILABLE, VISIBLE, Absence, Exchange, instant
from recordroom.platforms.contract import Client, KnownRecord
from recordroom.platforms.crawl import with_context
from recordroom.platforms.http import describe_failure, require_path_segment, unexpected_field
from recordroom.platforms.linkedin.api import (
    BATCH,
    HEARERS,
    Place,
    escaped,
    items_of,
    missing_keys,
    refused_keys,
    require_role,
    results,
)
from recordroom.platforms.linkedin.content import unaddressed
from recordroom.platforms.linkedin.crawl import GONE, LinkedInCrawl
from recordroom.platforms.linkedin.events import refusal_of
from recordroom.platforms.linkedin.urns import (
    EVENT_URN,
    bare,
    comment_number,
    moment_of,
    number_of,
    numbers_in,
    record_id_of,
)
from recordroom.platforms.unread import require_optional

if TYPE_CHECKING:
    from recordroom.register.models import Account

_MAY_BE = "missing comments are recorded as unavailable and requested again"
_UNHEARD = (
    "LinkedIn gives comments only to administrators of the page, and the token's holder is not one: it is"
    " not "
    "known whether missing comments still exist; docs/platforms/linkedin.md lists the roles"
)
_UNTOLD = "LinkedIn reports posts that mention the page for 60 days, and not whether they still exist"

_NotFound = tuple[KnownRecord, Exchange]  # a comment that is not found, and the answer that says so


def lookup(account: Account, ids: Iterable[KnownRecord], client: Client) -> Iterator[Exchange | Absence]:
    """Request posts and events by their URNs, and comments below their posts.

    The core has just requested the role: what is not found is not there.
    """
    crawl, known = LinkedInCrawl(account, client), {k.native_id: k for k in ids}
    if any(k.kind == "profile" for k in known.values()):
        yield crawl.profile()
    posts = [
        k.native_id for k in known.values() if k.kind == "post" and not k.native_id.startswith(EVENT_URN)
    ]
    yield from crawl.posts_by_id(posts)
    yield from _events(crawl, [k for k in known.values() if k.native_id.startswith(EVENT_URN)])
    said = [k for k in known.values() if k.kind in ("comment", "reply") and k.root_id != k.record_id]
    yield from _comments(crawl, said)
    yield from _mentions(
        crawl, [k for k in known.values() if k.kind == "comment" and k.root_id == k.record_id]
    )


def _events(crawl: LinkedInCrawl, known: Sequence[KnownRecord]) -> Iterator[Exchange | Absence]:
    """Events. Nothing is concluded from a refusal of the list, or of one event."""
    try:
        canceled = crawl.events.canceled_among(list(crawl.events.pages(Place()))) if known else set()
    except PlatformFailure as failure:
        yield with_context(refusal_of(failure), not_given=True, untold=[k.record_id for k in known])
        return
    for k in known:
        try:
            answer = crawl.api.get(f"events/{require_path_segment(number_of(k.native_id))}", crawl.context)
        except AccountUnavailable as gone:
            yield Absence(k.record_id, UNAVAILABLE, GONE, require_optional(gone))
        except Blocked as refusal:
            yield with_context(require_optional(refusal), not_given=True, untold=[k.record_id])
        else:
            yield crawl.with_missing(crawl.events.complete(answer, canceled))


def _comments(crawl: LinkedInCrawl, known: Sequence[KnownRecord]) -> Iterator[Exchange | Absence]:
    below: dict[str, list[KnownRecord]] = {}
    for k in known:
        below.setdefault(bare(k.root_id or ""), []).append(k)
    not_found: list[_NotFound] = []
    for post, comments in below.items():
        for answer in _comments_of(crawl, post, comments):
            if isinstance(answer, Exchange):
                yield answer
            else:
                not_found.append(answer)
    if not_found:
        yield from _absences(crawl, not_found)


def _comments_of(
    crawl: LinkedInCrawl, post: str, known: Sequence[KnownRecord]
) -> Iterator[Exchange | _NotFound]:
    """Comments below their post; other replies below the comments that they answer."""
    replies: dict[str, list[KnownRecord]] = {}
    for answer in _comments_below(crawl, post, post, known):
        if isinstance(answer, Exchange) or answer[0].kind != "reply":
            yield answer
        else:
            replies.setdefault(bare(answer[0].parent_id or ""), []).append(answer[0])
    for above, some in replies.items():
        yield from _comments_below(crawl, post, above, some)


def _comments_below(
    crawl: LinkedInCrawl, post: str, above: str, known: Sequence[KnownRecord]
) -> Iterator[Exchange | _NotFound]:
    """Comments below a post or comment (`above`) of a conversation."""
    for at in range(0, len(known), BATCH):
        part = {comment_number(k.native_id): k for k in known[at : at + BATCH]}
        path = f"socialActions/{escaped(above)}/comments?ids=List({','.join(map(escaped, part))})"
        try:
            answer = crawl.api.get(path, {**crawl.context, "root": record_id_of(post)})
        except AccountUnavailable as gone:
            if gone.exchange is None:
                raise
            yield from ((k, gone.exchange) for k in part.values())
            continue
        except Blocked as refusal:  # one post, while the role is there: nothing is concluded
            yield with_context(
                require_optional(refusal), not_given=True, untold=[k.record_id for k in part.values()]
            )
            continue
        untold = [_asked(part, key, answer).record_id for key in refused_keys(answer)]
        if results(answer) or untold:
            files = crawl.files.of(results(answer).values(), answer, unaddressed)
            yield with_context(answer, untold=untold, files=files)
        yield from ((_asked(part, key, answer), answer) for key in missing_keys(answer))


def _asked(asked: Mapping[str, KnownRecord], key: str, answer: Exchange) -> KnownRecord:
    """Return the comment that an error of a batch is about.

    UnexpectedResponse if it was not requested.
    """
    if comment_number(key) not in asked:
        raise unexpected_field(answer, "/errors", "about the requested comments", key)
    return asked[comment_number(key)]


def _absences(crawl: LinkedInCrawl, not_found: Sequence[_NotFound]) -> Iterator[Exchange | Absence]:
    """Yield the absences of comments that are not found.

    They are `removed` where LinkedIn reports that they were deleted.
    Nothing is concluded where the token's holder has no role that reads comments: none would be found then.
    """
    try:
        require_role(crawl.api, crawl.me, HEARERS)
    except Blocked as unheard:
        if unheard.exchange is None:
            raise
        untold = [k.record_id for k, _ in not_found]
        yield with_context(unheard.exchange, not_given=True, untold=untold, short=_UNHEARD)
        return
    deleted: dict[tuple[str, ...], tuple[datetime, Exchange]] = {}
    try:
        deleted = _deletions(crawl)
    except (AccountUnavailable, Blocked) as refusal:  # the holder is no administrator, which `unheard` says
        require_optional(refusal)
    except UnexpectedResponse as failure:
        answer = require_optional(failure)
        words = f"LinkedIn gives no list of deleted comments ({describe_failure(answer)}): {_MAY_BE}"
        yield with_context(answer, not_given=True, short=words)
    for k, answer in not_found:
        if told := deleted.get(numbers_in(k.native_id)):
            at, page = told
            words = f"LinkedIn reported that it was deleted (COMMENT_DELETE, {instant(at)})"
            yield Absence(k.record_id, REMOVED, words, page)
        else:
            yield Absence(k.record_id, UNAVAILABLE, GONE, answer)


def _deletions(crawl: LinkedInCrawl) -> dict[tuple[str, ...], tuple[datetime, Exchange]]:
    """Return (number of activity, of comment) -> when it was deleted, and what reports that."""
    found: dict[tuple[str, ...], tuple[datetime, Exchange]] = {}
    for page in crawl.notifications("COMMENT_DELETE", None, Place()):
        for _, notice in items_of(page):
            if notice["action"] == "COMMENT_DELETE" and isinstance(notice.get("generatedActivity"), str):
                found[numbers_in(notice["generatedActivity"])] = (
                    moment_of(notice["lastModifiedAt"], page),
                    page,
                )
    return found


def _mentions(crawl: LinkedInCrawl, known: Sequence[KnownRecord]) -> Iterator[Absence]:
    """Yield posts of others, which cannot be requested.

    Nothing is known of them once LinkedIn no longer lists them.
    """
    if known:
        answer = crawl.api.get(f"organizations/{require_path_segment(number_of(crawl.me))}", crawl.context)
        yield from (Absence(k.record_id, VISIBLE, _UNTOLD, answer, ended=True) for k in known)
