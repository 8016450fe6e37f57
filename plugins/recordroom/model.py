"""The values that flow through the archive.

They are what platforms send, and what connectors read from it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import orjson
import yaml

NO_ANSWER = 599  # a status for requests without a complete response; it is never stored
LARGEST_NUMBER = 2**63 - 1  # the largest that a column and the index can store
ZONE = ZoneInfo("America/Los_Angeles")  # of the agency; days without a zone are local days
SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"

VISIBLE = "visible"
HIDDEN = "hidden"
HELD = "held"
SPAM = "spam"
TRASHED = "trashed"
REMOVED = "removed"
UNAVAILABLE = "unavailable"
ABSENT_STATUSES = (REMOVED, UNAVAILABLE)
STATUSES = (VISIBLE, HIDDEN, HELD, SPAM, TRASHED, REMOVED, UNAVAILABLE)
MESSAGE = "message"  # private: no capture proves an absence, and none is shown unless requested
KINDS = ("post", "comment", "reply", "story", "profile", MESSAGE)
MEDIA_TYPES = ("image", "video", "audio", "document")
BESIDE = "context:"  # prefix of `status_at` if other responses gave the status
MODERATION = "/moderation"  # suffix of the id of the record of blocks and filters


@dataclass(frozen=True, slots=True)
class Field:
    """One field of schemas/record.yaml."""

    name: str  # as in rows and in the index
    type: str  # a key of archive/records.py `_TYPES`, or "media", "counts"
    meaning: str  # what the field says, for documents
    label: str = ""  # heading of its column in an export
    derived: bool = False  # only in the search index, not in rows
    index: bool = True  # searchable


@cache
def record_fields() -> tuple[Field, ...]:
    """Return the fields of a record, in the order of schemas/record.yaml."""
    return tuple(Field(name, **spec) for name, spec in _load_record_yaml()["fields"].items())


@cache
def parts_of(kind: str) -> tuple[Field, ...]:
    """Return the sub-fields of `media` or `counts`."""
    return tuple(Field(name, **spec) for name, spec in _load_record_yaml()[kind].items())


@cache
def _load_record_yaml() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((SCHEMAS / "record.yaml").read_text("utf-8"))
    return loaded


def is_looked_for(kind: str, record_id: str) -> bool:
    """Return whether it means something if a capture does not see a record.

    It means nothing for private messages, since platforms give only the newest, and for the list of blocked
    people, which only some windows read and which may be refused.
    """
    return kind != MESSAGE and not (kind == "profile" and record_id.endswith(MODERATION))


@lru_cache(maxsize=8192)  # a row has five; two or three differ from those of the row before
def instant(moment: datetime) -> str:
    """Format an aware datetime as `2026-11-24T08:00:00.000000Z`."""
    return f"{moment.astimezone(UTC).isoformat(timespec='microseconds')[:-6]}Z"


def moment(text: str) -> datetime:
    """Parse an ISO 8601 string with an offset into an aware UTC datetime.

    ValueError if there is no offset: a guess would be a wrong fact.
    """
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return parsed if parsed.tzinfo is UTC else parsed.astimezone(UTC)


def to_local(moment: datetime) -> datetime:
    """Convert to the agency's time zone, or to UTC if the agency has no such time.

    People may date what they write at any instant of the years 1 to 9999. Programs without a date give the
    first one, `0001-01-01T00:00:00Z`: west of Greenwich the calendar has not begun yet.
    """
    try:
        return moment.astimezone(ZONE)
    except OverflowError:
        return moment.astimezone(UTC)


def format_clock(moment: datetime, timespec: str = "seconds") -> str:
    """Format as `2026-03-31 17:00:00` in the zone of the moment.

    strftime would drop the zeros of the year 1.
    """
    return moment.replace(tzinfo=None).isoformat(" ", timespec)


def loads(body: bytes) -> Any:
    """Parse JSON of a response.

    orjson refuses lone surrogates and NaN, which platforms do send: the standard parser then reads them.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return json.loads(body)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response as received.

    A part of an imported file has neither method nor status; its `url` is
    `urn:sha256:<hash of the file>#<place in the file>`.
    """

    method: str  # of HTTP
    url: str  # as sent; credentials are never part of it
    status: int  # of HTTP; NO_ANSWER if the response did not arrive complete
    headers: tuple[tuple[str, str], ...]  # of the response, in order
    body: bytes  # of the response
    # what the body alone does not say: `account` (native id of the captured account), `server` (its
    # identity), `root` and `parent` (record_ids), and others
    context: Mapping[str, Any] = field(default_factory=dict)
    request_headers: tuple[tuple[str, str], ...] = ()  # as sent, without credentials
    fetched_at: datetime | None = None  # when the response came, in UTC
    reason: str = ""  # the reason phrase of the status line
    cursor: str | None = None  # where `fetch` continues after this exchange

    def header(self, name: str) -> str | None:
        """Return the first header of the response with that name, or None."""
        lower = name.lower()
        return next((value for key, value in self.headers if key.lower() == lower), None)


# Each item of a response becomes a record with files. msgspec makes them faster than dataclasses. gc=False:
# they never refer to themselves.
class Media(msgspec.Struct, gc=False):
    """A file of a record."""

    identity: str  # what the platform calls the file
    type: str  # one of MEDIA_TYPES
    # where it is downloaded; None if the platform gives none. Never stored, since it may be signed
    url: str | None = None
    alt_text: str | None = None  # as its author wrote it
    width: int | None = None  # pixels
    height: int | None = None  # pixels
    duration: int | None = None  # milliseconds
    position: int = 1  # among the files of the record, from 1
    sha256: str | None = None  # of the archived bytes; None until they are fetched
    bytes: int | None = None  # size; None until they are fetched
    missing_reason: str | None = None  # why the archive does not have the file
    with_token: bool = False  # the request carries the account's token, which is sent to that host only


class Record(msgspec.Struct, kw_only=True, gc=False):
    """The content of one item as one response shows it.

    It has the fields that the platform knows; schemas/record.yaml explains those that become columns.

    For calls with more than 15 keyword arguments Python builds a dict, which takes longer than the record
    itself. Connectors set the other fields of posts and comments afterwards.
    """

    record_id: str  # <platform>:<native id>
    kind: str  # one of KINDS
    native_id: str
    pointer: str  # JSON pointer of the item in the response
    parent_id: str | None = None
    root_id: str | None = None
    url: str | None = None
    author_id: str | None = None
    author_name: str | None = None
    author_handle: str | None = None
    author_is_account: bool | None = None  # the captured account wrote it
    text: str | None = None
    text_html: str | None = None  # markup as it came; never trusted
    title: str | None = None
    language: str | None = None
    published_at: datetime | None = None  # in UTC, like all instants here
    edited_at: datetime | None = None
    valid_from: datetime | None = None  # when this state began, if the platform says so
    visibility: str | None = None  # the audience, in the platform's word
    status: str = VISIBLE  # one of STATUSES
    acted_by: str | None = None  # None with a status other than visible: unknown
    status_reason: str | None = None
    # where the status was read: a JSON pointer into the response; after `BESIDE`, into its context. None if
    # visible, or if no single place says it
    status_at: str | None = None
    media: list[Media] = []
    links: list[str] = []
    mentions: list[str] = []
    tags: list[str] = []
    shared_id: str | None = None
    counts: dict[str, int] | None = None
    source: str = "api"  # api; or import or submission, and who claims it
    repaired: bool = False
    historical: bool = False  # an older version from the platform's own edit history; needs `valid_from`
    # only part of the item, to be joined with the other part in the same response; alone it changes nothing
    partial: bool = False
    # the platform's own count (Totals.kinds) that includes the item; None: the count of its kind
    tally: str | None = None
    # its count of comments includes replies to comments, as some platforms count
    counts_replies: bool = False
    more_files: bool = False  # it has files other than `media`, which that response was not asked for
    leftover: tuple[str, ...] = ()  # fields that the connector does not know


@dataclass(frozen=True, slots=True)
class Identity:
    """The account that responds, as the platform describes it.

    `native_id` and `server` are pinned at the first capture and never change; the rest is for people.
    """

    native_id: str  # the platform's id of the account
    server: str  # identity of the server, on which the id is unique
    title: str | None = None  # the name that people see
    handle: str | None = None  # the name in addresses, if the platform has one
    exchange: Exchange | None = None  # the response that says so


@dataclass(frozen=True, slots=True)
class Absence:
    """The platform's response to a request for one item by its id."""

    record_id: str  # the requested record
    status: str  # removed only if the platform says so in words
    reason: str  # why it counts as absent, in words
    exchange: Exchange  # the response that proves it
    acted_by: str | None = None  # who removed it; None if unknown
    # the platform shows such items for a set time, which is over; any number of these is plausible
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Totals:
    """The platform's own counts for the whole account."""

    kinds: Mapping[str, int]  # kind of record, or Record.tally -> number
    exchange: Exchange  # the response with the numbers
    # statuses that these numbers include; None: unknown whether they include more than visible records
    counted: frozenset[str] | None = None
