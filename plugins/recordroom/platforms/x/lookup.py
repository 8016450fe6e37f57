"""Archived records, requested by their IDs, and what follows if one is absent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from recordroom.model import REMOVED, UNAVAILABLE, Absence, Exchange
from recordroom.platforms.contract import Client, KnownRecord
from recordroom.platforms.crawl import with_context
from recordroom.platforms.http import require_path_segment
from recordroom.platforms.x.api import FAILED, NOT_FOUND, REFUSED
from recordroom.platforms.x.crawl import XCrawl
from recordroom.platforms.x.entities import body_of, posts_of, versions_of
from recordroom.platforms.x.platform import BATCH
from recordroom.platforms.x.schema import PROFILE_FIELDS

if TYPE_CHECKING:
    from recordroom.register.models import Account

_RULES = "disallowed-resource"


def lookup(account: Account, ids: Iterable[KnownRecord], client: Client) -> Iterator[Exchange | Absence]:
    """Request each record by its ID.

    A post is requested by its first version, and by its newest where it was edited since. Nothing is
    concluded of a post at which X fails, or of an edited one without its newest version.
    """
    crawl, known = XCrawl(account, client), {k.native_id: k for k in ids}
    for native in (k.native_id for k in known.values() if k.kind == "profile"):
        yield crawl.api.call(f"/2/users/{require_path_segment(native)}", PROFILE_FIELDS, crawl.context)
    waiting = [k.native_id for k in known.values() if k.kind != "profile"]
    places = {
        native: [known[native].kind, known[native].parent_id, known[native].root_id] for native in waiting
    }
    for start in range(0, len(waiting), BATCH):
        requested = waiting[start : start + BATCH]
        answer = crawl.posts.describe(crawl.posts.request(requested, places=places))
        posts = posts_of(answer)
        given = {native for post in posts for native in (post["id"], *versions_of(post))}
        absent = [known[native] for native in requested if native not in given]
        untold = [k.record_id for k in absent if _has_failed(k, answer)]
        yield from (_absence_of(k, answer) for k in absent if k.record_id not in untold)
        newest = {versions_of(post)[-1]: post["id"] for post in posts if versions_of(post)[-1] != post["id"]}
        if posts or untold:
            yield _with_untold(answer, untold)
        if newest:
            answer = crawl.posts.describe(crawl.posts.request(sorted(newest), places=places))
            given = {post["id"] for post in posts_of(answer)}
            not_given = [first for version, first in newest.items() if version not in given]
            yield _with_untold(answer, [known[first].record_id for first in not_given if first in known])


def _with_untold(answer: Exchange, untold: Sequence[str]) -> Exchange:
    """Return the response with the record IDs about which X says nothing.

    Nothing is read of a response without a post.
    """
    if not untold:
        return answer
    return with_context(answer, untold=untold, not_given=not posts_of(answer))


def _has_failed(known: KnownRecord, answer: Exchange) -> bool:
    """Whether X reports an error of its own: the post may exist."""
    return _error_about(known, answer)[0] == FAILED


def _absence_of(known: KnownRecord, answer: Exchange) -> Absence:
    """Return what follows of a post that X does not give.

    X documents "not found" as "doesn't exist or has been deleted". A post of the account, which itself has
    just been read, was therefore removed. The author of another one may have closed their account.
    """
    kind, words = _error_about(known, answer)
    status: str = UNAVAILABLE
    acted_by: str | None = None
    if "suspended" in words.lower():
        reason, acted_by = f"X suspended its author: {words}", "platform"
    elif kind == _RULES:
        reason, acted_by = f"X does not show it because of X's rules: {words}", "platform"
    elif kind == REFUSED:
        reason = f"its author is now protected or suspended; X does not say which: {words}"
    elif kind == NOT_FOUND and (known.tally == "own" or known.kind == "post"):
        status, reason = REMOVED, f"X says that it does not exist, although its author does: {words}"
    elif kind == NOT_FOUND:
        reason = f"deleted, or its author's account is closed; X does not say which: {words}"
    else:
        reason = f"X does not return it for its ID; {words or 'it does not say why'}"
    return Absence(known.record_id, status, reason, answer, acted_by)


def _error_about(known: KnownRecord, answer: Exchange) -> tuple[str, str]:
    """Return the type and the words of the error about a post, or of one of X itself.

    ("", ""): the response has neither.
    """
    errors = [
        (str(one.get("type", "")).rpartition("/")[2], one)
        for one in body_of(answer).get("errors") or ()
        if isinstance(one, dict)
    ]
    naming = [
        (kind, one) for kind, one in errors if known.native_id in (one.get("resource_id"), one.get("value"))
    ]
    failed = [(kind, one) for kind, one in errors if kind == FAILED]
    kind, error = next(iter([*naming, *failed]), ("", {}))
    return kind, str(error.get("detail") or error.get("title") or "")[:200]
