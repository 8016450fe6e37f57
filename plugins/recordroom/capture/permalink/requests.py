"""Requests to capture one post at once, and their results.

The records room requests, a worker that has the secrets captures. Two objects of the derived bucket, which
can be lost without loss to the archive:
```
captures/<id>/request.json    who asked when, and for which address
captures/<id>/answer.json     written once, when the capture has ended
```
The id is random and is all that Airflow gets.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError

from recordroom.archive.store import Store
from recordroom.capture.permalink.attribution import PermalinkMatch
from recordroom.capture.permalink.receipt import RootAddress
from recordroom.errors import UsageError
from recordroom.model import instant

Stored = TypeVar("Stored", "CaptureRequest", "CaptureResult")
_NAME = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class CaptureRequest:
    """One request."""

    id: str
    url: str
    who: str
    at: str  # instant
    restricted: bool  # the person may see confidential accounts, so that the address may belong to one
    accounts: tuple[str, ...] = ()  # that it may belong to
    instead: RootAddress | None = None  # what to capture if no platform takes the address


@dataclass(frozen=True, slots=True)
class CaptureResult:
    """The result of a capture.

    After a failure that comes first, only `failure` is set.
    """

    failure: str  # "": it was captured
    lacking: tuple[str, ...] = ()  # what is not archived; empty: it may be moderated
    not_given: tuple[str, ...] = ()
    ledger: str = ""
    entry: int = 0
    sha256: str = ""
    committed_at: str = ""
    records: tuple[tuple[str, str], ...] = ()  # (record_id, kind)
    media: int = 0
    behind: str = ""  # why search does not find it yet
    files: tuple[tuple[str, str], ...] = ()  # (record_id, SHA-256) of those that are archived
    whose: PermalinkMatch | None = None
    instead: RootAddress | None = None
    nothing: bool = False  # no post of a captured account is at the address

    @property
    def whole(self) -> bool:
        """Whether the archive has all of the conversation, so that it may be moderated."""
        return not self.failure and not self.lacking

    @property
    def account(self) -> str:
        """The account's id; "" after a failure before that was known."""
        return self.ledger.rpartition("/")[2]


# fields of a later version are ignored
_REQUESTED, _ANSWER = TypeAdapter(CaptureRequest), TypeAdapter(CaptureResult)


def place_request(
    derived: Store,
    url: str,
    who: str,
    accounts: Sequence[str] = (),
    *,
    restricted: bool,
    instead: RootAddress | None = None,
) -> CaptureRequest:
    """Store a request; it is served when Airflow starts the capture with its id."""
    wanted = CaptureRequest(
        secrets.token_hex(16), url, who, instant(datetime.now(UTC)), restricted, tuple(accounts), instead
    )
    derived.put_new(_key(wanted.id, "request"), orjson.dumps(asdict(wanted)))
    return wanted


def find_request(derived: Store, name: str) -> CaptureRequest | None:
    """Return a request; None if there is none.

    UsageError if it cannot be parsed any longer.
    """
    return _read(derived, name, "request", _REQUESTED)


def find_result(derived: Store, name: str) -> CaptureResult | None:
    """Return a result; None while the capture runs.

    UsageError if it cannot be parsed any longer.
    """
    return _read(derived, name, "answer", _ANSWER)


def _read(derived: Store, name: str, what: str, form: TypeAdapter[Stored]) -> Stored | None:
    found = derived.find(_key(name, what)) if _NAME.fullmatch(name) else None
    try:
        return None if found is None else form.validate_json(found)
    except ValidationError as problem:
        raise UsageError(
            f"the stored {what} of this capture is damaged and cannot be read", "Request the capture again."
        ) from problem


def put_result(derived: Store, name: str, answer: CaptureResult) -> None:
    """Store the result of a request."""
    derived.put_new(_key(name, "answer"), orjson.dumps(asdict(answer)))


def _key(name: str, what: str) -> str:
    return f"captures/{name}/{what}.json"
