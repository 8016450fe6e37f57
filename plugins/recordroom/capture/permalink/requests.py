"""A post that somebody wants captured at once, where the secrets are: what was asked for, and what came of it.

Two objects of the derived bucket, which can be lost without loss to the archive:
```
captures/<id>/request.json    who asked when, and for which address
captures/<id>/answer.json     put once, when it has ended
```
The id is drawn at random and is all that Airflow is told.
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

Kept = TypeVar("Kept", "CaptureRequest", "CaptureResult")
_NAME = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class CaptureRequest:
    """`restricted`: who asked may see confidential accounts, so that the address may be of one. `accounts`: of which it may be.
    `instead`: what to capture where no platform takes the address."""

    id: str
    url: str
    who: str
    at: str
    restricted: bool
    accounts: tuple[str, ...] = ()
    instead: RootAddress | None = None


@dataclass(frozen=True, slots=True)
class CaptureResult:
    """`failure`: in words, "" where it was captured; `nothing`: at the address no post of an account that is captured was found.
    `lacking`: in words what is not held; empty: it may be moderated. The rest as in the receipt, empty after a failure before it."""

    failure: str
    lacking: tuple[str, ...] = ()
    not_given: tuple[str, ...] = ()
    ledger: str = ""
    entry: int = 0
    sha256: str = ""
    committed_at: str = ""
    records: tuple[tuple[str, str], ...] = ()  # (record_id, kind)
    media: int = 0
    behind: str = ""  # why a search does not find it yet
    files: tuple[tuple[str, str], ...] = ()  # (record_id, SHA-256) of those that are held
    whose: PermalinkMatch | None = None
    instead: RootAddress | None = None
    nothing: bool = False

    @property
    def whole(self) -> bool:
        return not self.failure and not self.lacking

    @property
    def account(self) -> str:
        """Whose it is; "" after a failure before that was known."""
        return self.ledger.rpartition("/")[2]


_REQUESTED, _ANSWER = TypeAdapter(CaptureRequest), TypeAdapter(CaptureResult)  # what a later version of recordroom tells beside is left out


def place_request(
    derived: Store, url: str, who: str, accounts: Sequence[str] = (), *, restricted: bool, instead: RootAddress | None = None
) -> CaptureRequest:
    wanted = CaptureRequest(secrets.token_hex(16), url, who, instant(datetime.now(UTC)), restricted, tuple(accounts), instead)
    derived.put_new(_key(wanted.id, "request"), orjson.dumps(asdict(wanted)))
    return wanted


def find_request(derived: Store, name: str) -> CaptureRequest | None:
    """None where nobody asked for anything under that name; UsageError where what was asked cannot be read any more."""
    return _read(derived, name, "request", _REQUESTED)


def find_result(derived: Store, name: str) -> CaptureResult | None:
    """None while it goes on; UsageError where it cannot be read any more."""
    return _read(derived, name, "answer", _ANSWER)


def _read(derived: Store, name: str, what: str, form: TypeAdapter[Kept]) -> Kept | None:
    found = derived.find(_key(name, what)) if _NAME.fullmatch(name) else None
    try:
        return None if found is None else form.validate_json(found)
    except ValidationError as problem:
        raise UsageError(f"the {what} of this capture is damaged, and cannot be read", "Ask for the capture once more.") from problem


def put_result(derived: Store, name: str, answer: CaptureResult) -> None:
    derived.put_new(_key(name, "answer"), orjson.dumps(asdict(answer)))


def _key(name: str, what: str) -> str:
    return f"captures/{name}/{what}.json"
