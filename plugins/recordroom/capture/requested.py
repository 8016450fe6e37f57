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
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any, TypeVar

import orjson

from recordroom.archive.store import Store
from recordroom.capture.receipt import Instead
from recordroom.capture.whose import Whose
from recordroom.model import instant

Part = TypeVar("Part", Whose, Instead)
_NAME = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Requested:
    """`restricted`: who asked may see confidential accounts, so that the address may be of one. `accounts`: of which it may be.
    `instead`: what to capture where no platform takes the address."""

    id: str
    url: str
    who: str
    at: str
    restricted: bool
    accounts: tuple[str, ...] = ()
    instead: Instead | None = None


@dataclass(frozen=True, slots=True)
class Answer:
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
    whose: Whose | None = None
    instead: Instead | None = None
    nothing: bool = False

    @property
    def whole(self) -> bool:
        return not self.failure and not self.lacking

    @property
    def account(self) -> str:
        """Whose it is; "" after a failure before that was known."""
        return self.ledger.rpartition("/")[2]


def place(
    derived: Store, url: str, who: str, accounts: Sequence[str] = (), *, restricted: bool, instead: Instead | None = None
) -> Requested:
    wanted = Requested(secrets.token_hex(16), url, who, instant(datetime.now(UTC)), restricted, tuple(accounts), instead)
    derived.put_new(_key(wanted.id, "request"), orjson.dumps(asdict(wanted)))
    return wanted


def find(derived: Store, name: str) -> Requested | None:
    """None where nobody asked for anything under that name."""
    found = derived.find(_key(name, "request")) if _NAME.fullmatch(name) else None
    if found is None:
        return None
    told = _known(orjson.loads(found), Requested)
    return Requested(**told | {"accounts": tuple(told.get("accounts", ())), "instead": _part(told, "instead", Instead)})


def answer(derived: Store, name: str) -> Answer | None:
    """None while it goes on."""
    found = derived.find(_key(name, "answer"))
    if found is None:
        return None
    told = _known(orjson.loads(found), Answer)
    told |= {field: tuple(told.get(field, ())) for field in ("lacking", "not_given")}
    told |= {"whose": _part(told, "whose", Whose), "instead": _part(told, "instead", Instead)}
    return Answer(**told | {field: tuple(map(tuple, told.get(field, ()))) for field in ("records", "files")})


def _part(told: dict[str, Any], name: str, form: type[Part]) -> Part | None:
    return form(**_known(told[name], form)) if told.get(name) else None


def _known(told: dict[str, Any], form: type[Requested | Answer | Whose | Instead]) -> dict[str, Any]:
    """What was told, but for what a later version of recordroom tells beside."""
    names = {field.name for field in fields(form)}
    return {name: value for name, value in told.items() if name in names}


def put_answer(derived: Store, name: str, answer: Answer) -> None:
    derived.put_new(_key(name, "answer"), orjson.dumps(asdict(answer)))


def _key(name: str, what: str) -> str:
    return f"captures/{name}/{what}.json"
