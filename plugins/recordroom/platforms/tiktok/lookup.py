"""Archived records, requested by their IDs, and the absences of missing ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, TypeVar

from recordroom.model import UNAVAILABLE, Absence, Exchange
from recordroom.platforms.contract import Client, KnownRecord
from recordroom.platforms.tiktok.crawl import (
    COMMENT_PAGE,
    VIDEO_PAGE,
    TikTokCrawl,
    items_of,
    natives_in,
    profile_query,
)

if TYPE_CHECKING:
    from recordroom.register.models import Account

_T = TypeVar("_T")
_GONE = "TikTok does not return it: it was deleted, or is no longer public"
_VIDEO_GONE = "TikTok does not return its video: the video was deleted, or is no longer public"


def lookup(account: Account, ids: Iterable[KnownRecord], client: Client) -> Iterator[Exchange | Absence]:
    """Request videos by their IDs, and the comments on each video by theirs.

    TikTok leaves out what has gone, and never says why.
    """
    crawl, known = TikTokCrawl(account, client), list(ids)
    if any(k.kind == "profile" for k in known):
        yield crawl.get("business/get/", profile_query(crawl.api))
    for some in _batches([k for k in known if k.kind == "post"], VIDEO_PAGE):
        yield from _compare(some, crawl.request_videos([k.native_id for k in some]), "videos")
    comments = sorted((k for k in known if k.kind not in ("post", "profile")), key=_root_of)
    roots = [(root.rpartition("/")[2], list(some)) for root, some in groupby(comments, key=_root_of)]
    for some_roots in _batches(roots, VIDEO_PAGE):
        yield from _look_up_comments(some_roots, crawl)


def _root_of(known: KnownRecord) -> str:
    return known.root_id or ""


def _look_up_comments(
    roots: Sequence[tuple[str, list[KnownRecord]]], crawl: TikTokCrawl
) -> Iterator[Exchange | Absence]:
    """Request comments, given as (video, its comments).

    The videos are requested first: TikTok refuses the comments on a video that has gone like a request with a
    wrong parameter.
    """
    pages = crawl.request_videos([video for video, _ in roots])
    existing = natives_in(pages, "videos")
    for video, comments in roots:
        if video not in existing:
            yield from (Absence(k.record_id, UNAVAILABLE, _VIDEO_GONE, pages[-1]) for k in comments)
            continue
        for some in _batches(comments, COMMENT_PAGE):
            yield from _compare(some, crawl.request_comments(video, [k.native_id for k in some]), "comments")


def _compare(
    requested: Sequence[KnownRecord], pages: Sequence[Exchange], name: str
) -> Iterator[Exchange | Absence]:
    """Yield the pages that are not empty, and absences of records in none of them."""
    given = natives_in(pages, name)
    yield from (page for page in pages if items_of(page, name))
    yield from (
        Absence(k.record_id, UNAVAILABLE, _GONE, pages[-1]) for k in requested if k.native_id not in given
    )


def _batches(things: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    return (things[start : start + size] for start in range(0, len(things), size))
