"""Stories of a Page, as its list of stories gives them: when, where, and of which photo or video; the file
itself is asked for by its id.

Read (https://developers.facebook.com/docs/page-stories-api, 2026-11-25; types of the PyPI package
  facebook-business 26): /<page>/stories                     those that are shown now; where the Page keeps an
  archive of its stories, those that were, too

A story is shown for a day. From then on it is `unavailable`, by the platform, and that is no removal, whether
the list calls it archived or leaves it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from recordroom.model import UNAVAILABLE, VISIBLE, Absence, Exchange, Media, Record
from recordroom.platforms.contract import Known
from recordroom.platforms.http import wrong
from recordroom.platforms.meta.graph import items_of
from recordroom.platforms.schema import ID, NULL, TEXT, Reading, Shape, content_of, when

FIELDS = "post_id,status,creation_time,media_type,media_id,url"
LIVES = timedelta(hours=24)
OVER = (
    "its 24 hours are over: Facebook shows a story no longer; whether it was deleted before that is not known"
)
ARCHIVED = "its 24 hours are over: Facebook shows it no longer, and keeps it in the Page's archive of stories"
GONE = (
    "not among the stories of the Page: gone, or not to be seen with this token; Facebook does not say which"
)
_TEXT = TEXT | NULL
STORY = Shape(
    {
        "post_id": TEXT,
        "status": _TEXT,
        "creation_time": ID,
        "media_type": _TEXT,
        "media_id": _TEXT,
        "url": _TEXT,
    },
    {"id": "said by post_id"},
)
_SECONDS = re.compile(r"[0-9]{1,11}")
_NO_FILE = "Facebook gives no address of it"


def stories_in(exchange: Exchange) -> Iterator[tuple[str, dict[str, Any]]]:
    for pointer, story in items_of(content_of(exchange), exchange):
        STORY.check(story, exchange, pointer)
        yield pointer, story


def is_story(item: dict[str, Any]) -> bool:
    """Of a saved item: by fields that only stories have."""
    return {"post_id", "media_id", "creation_time"} <= item.keys()


def checked(story: dict[str, Any], reading: Reading, pointer: str) -> dict[str, Any]:
    reading.check(STORY, story, pointer)
    return story


def is_film(story: dict[str, Any]) -> bool:
    return "video" in (story.get("media_type") or "").lower()


def is_over(story: dict[str, Any]) -> bool:
    return (story.get("status") or "").upper() == "ARCHIVED"


def story_of(
    item: dict[str, Any], reading: Reading, pointer: str, record_id: str, media: list[Media]
) -> Record:
    """`item`: that was checked; `media`: what the photo or video of it said."""
    over, native = is_over(item), item["post_id"]
    if not media and item.get("media_id"):
        media = [Media(item["media_id"], "video" if is_film(item) else "image", missing_reason=_NO_FILE)]
    return Record(
        record_id=record_id,
        kind="story",
        native_id=native,
        pointer=pointer,
        root_id=record_id,
        url=item.get("url"),
        author_id=reading.me,
        author_is_account=None if reading.me is None else True,
        text="",
        published_at=_published(item["creation_time"], reading.exchange, f"{pointer}/creation_time"),
        status=UNAVAILABLE if over else VISIBLE,
        acted_by="platform" if over else None,
        status_reason=ARCHIVED if over else None,
        status_at=f"{pointer}/status" if over else None,
        media=media,
        repaired=id(item) in reading.touched,
        leftover=reading.taken(),
    )


def _published(told: str | int, exchange: Exchange, pointer: str) -> datetime:
    """Seconds, or a date and time: the documentation shows the one, and other lists of the API give the
    other.
    """
    if isinstance(told, str) and not _SECONDS.fullmatch(told):
        return when(told, exchange, pointer)
    if not 0 <= int(told) < 1e11:
        raise wrong(exchange, pointer, "seconds, or a date and time", told)
    return datetime.fromtimestamp(int(told), UTC)


def absences(known: Iterable[Known], answer: Exchange) -> Iterator[Absence]:
    """Of those that the list of stories does not give."""
    asked_at = answer.fetched_at or datetime.now(UTC)
    for one in known:
        if one.began is not None and asked_at - one.began >= LIVES:
            yield Absence(one.record_id, UNAVAILABLE, OVER, answer, "platform", ended=True)
        else:
            yield Absence(one.record_id, UNAVAILABLE, GONE, answer)
