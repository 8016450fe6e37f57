"""The values that flow through the archive: what platforms send, and what connectors read from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import yaml

NO_ANSWER = 599  # in place of a status, of a request that a server took and never answered whole: nobody's word, and never kept
LARGEST_NUMBER = 2**63 - 1  # that a column, and the index, can hold
ZONE = ZoneInfo("America/Los_Angeles")  # where a day without a zone is meant
SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"

VISIBLE, HIDDEN, HELD, SPAM, TRASHED, REMOVED, UNAVAILABLE = (
    "visible",
    "hidden",
    "held",
    "spam",
    "trashed",
    "removed",
    "unavailable",
)
ABSENT_STATUSES = (REMOVED, UNAVAILABLE)
STATUSES = (VISIBLE, HIDDEN, HELD, SPAM, TRASHED, REMOVED, UNAVAILABLE)
MESSAGE = "message"  # private: no look proves that one is gone, and none is shown unless it is asked for
KINDS = ("post", "comment", "reply", "story", "profile", MESSAGE)
MEDIA_TYPES = ("image", "video", "audio", "document")
BESIDE = "context:"  # begins the place of a status that the response itself does not tell
MODERATION = "/moderation"  # ends the id of the record that says whom an account blocks and what it filters


@dataclass(frozen=True, slots=True)
class Field:
    """One field of schemas/record.yaml."""

    name: str
    type: str
    meaning: str
    label: str = ""
    derived: bool = False
    index: bool = True


@cache
def record_fields() -> tuple[Field, ...]:
    return tuple(Field(name, **spec) for name, spec in _record_yaml()["fields"].items())


@cache
def parts_of(kind: str) -> tuple[Field, ...]:
    """The sub-fields of `media` or `counts`."""
    return tuple(Field(name, **spec) for name, spec in _record_yaml()[kind].items())


@cache
def _record_yaml() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((SCHEMAS / "record.yaml").read_text("utf-8"))
    return loaded


def is_looked_for(kind: str, record_id: str) -> bool:
    """Whether a look that does not see a record says anything of it. Of private messages platforms give the newest; who is blocked is read
    by some windows only, and may be refused."""
    return kind != MESSAGE and not (kind == "profile" and record_id.endswith(MODERATION))


@lru_cache(maxsize=8192)  # a row has five, of which two or three differ from the row before
def instant(moment: datetime) -> str:
    """`2026-11-24T08:00:00.000000Z` of an aware datetime."""
    return f"{moment.astimezone(UTC).isoformat(timespec='microseconds')[:-6]}Z"


def moment(text: str) -> datetime:
    """The aware UTC datetime of an ISO 8601 string with an offset; ValueError without one (a guess would be a wrong fact)."""
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return parsed if parsed.tzinfo is UTC else parsed.astimezone(UTC)


def to_local(moment: datetime) -> datetime:
    """Where the agency is; in UTC where it has no such time. Whoever writes may date it at any instant of the years 1 to 9999, and some
    programs say the first one, `0001-01-01T00:00:00Z`, where they have none: west of Greenwich the calendar has not begun yet."""
    try:
        return moment.astimezone(ZONE)
    except OverflowError:
        return moment.astimezone(UTC)


def format_clock(moment: datetime, timespec: str = "seconds") -> str:
    """`2026-03-31 17:00:00`, in the zone that the moment has; strftime would leave out the zeros of the year 1."""
    return moment.replace(tzinfo=None).isoformat(" ", timespec)


def loads(body: bytes) -> Any:
    """JSON of a response. orjson refuses lone surrogates and NaN, which platforms do send: the standard parser then reads them."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return json.loads(body)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response as received.

    `url` is as sent (credentials never stand in it). `headers` are the response's, in order. `context` says what the body alone
    does not: `account` (native id of the captured account), `server` (identity of its server), `root`, `parent` (record_ids).
    `cursor`: where `fetch` goes on after this exchange. `status`: NO_ANSWER where a failure tells of an answer that did not come whole. A
    piece of an imported file has neither method nor status; its `url` is `urn:sha256:<hash of the file>#<place in it>`.
    """

    method: str
    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    context: Mapping[str, Any] = field(default_factory=dict)
    request_headers: tuple[tuple[str, str], ...] = ()
    fetched_at: datetime | None = None
    reason: str = ""
    cursor: str | None = None

    def header(self, name: str) -> str | None:
        lower = name.lower()
        return next((value for key, value in self.headers if key.lower() == lower), None)


@dataclass(slots=True)
class Media:
    """A file of an item. `url` is where it is fetched (never stored: it may be signed); None where the platform gives none. `with_token`:
    it is asked for with the account's token, which is sent to that host only."""

    identity: str
    type: str
    url: str | None = None
    alt_text: str | None = None
    width: int | None = None
    height: int | None = None
    duration: int | None = None  # milliseconds
    position: int = 1
    sha256: str | None = None
    bytes: int | None = None
    missing_reason: str | None = None
    with_token: bool = False


@dataclass(slots=True, kw_only=True)
class Record:
    """What one response says of one item: the fields of schemas/record.yaml that a platform knows.

    `historical`: an older state from the platform's own list of edits; needs `valid_from`. `partial`: says only part of the item,
    to be joined with the other part in the same response; alone it changes nothing that is held. `leftover`: fields that the connector
    does not know. `tally`: the platform's own count (Totals.kinds) in which this item is, None: that of its kind. `counts_replies`: its
    count of comments holds the answers to comments too, as some platforms count. `more_files`: it has files beside `media`, which nobody
    asked for in that response. `acted_by` None with a status other than visible means unknown. `status_at`: where such a status is told:
    a JSON pointer into the response, or, behind BESIDE, into its context, where other responses told it. None where it is visible, or no
    one place tells it.
    """

    record_id: str
    kind: str
    native_id: str
    pointer: str
    parent_id: str | None = None
    root_id: str | None = None
    url: str | None = None
    author_id: str | None = None
    author_name: str | None = None
    author_handle: str | None = None
    author_is_account: bool | None = None
    text: str | None = None
    text_html: str | None = None
    title: str | None = None
    language: str | None = None
    published_at: datetime | None = None
    edited_at: datetime | None = None
    valid_from: datetime | None = None
    visibility: str | None = None
    status: str = VISIBLE
    acted_by: str | None = None
    status_reason: str | None = None
    status_at: str | None = None
    media: list[Media] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    shared_id: str | None = None
    counts: dict[str, int] | None = None
    source: str = "api"
    repaired: bool = False
    historical: bool = False
    partial: bool = False
    tally: str | None = None
    counts_replies: bool = False
    more_files: bool = False
    leftover: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who answers: `native_id` and `server` are pinned at the first capture and never change; the rest is for people."""

    native_id: str
    server: str
    title: str | None = None
    handle: str | None = None
    exchange: Exchange | None = None


@dataclass(frozen=True, slots=True)
class Absence:
    """What the platform said when asked for one item by its id. `status` is removed only if it says so in words. `ended`: the platform
    shows such an item for a set time, and that is over; however many end at once, nobody has to look."""

    record_id: str
    status: str
    reason: str
    exchange: Exchange
    acted_by: str | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Totals:
    """The platform's own counts for the whole account: a number per kind of record, or per name in Record.tally. `counted`: statuses of
    what these numbers hold; None: it is not known whether they hold anything but what is visible."""

    kinds: Mapping[str, int]
    exchange: Exchange
    counted: frozenset[str] | None = None
