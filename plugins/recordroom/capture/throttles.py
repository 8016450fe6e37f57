"""Notes which account of each credential was throttled last.

So a task finds out with one request. `throttles/<platform>-<hash of the credential>.json` in the derived
bucket: `{"account": ..., "until": ...}`. The account's ledger proves the throttle. A note only names the
ledger to read: without it, a task would read those of all accounts with its credential. A lost note costs a
request that the platform throttles again.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

import orjson
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from recordroom.archive.store import Store
from recordroom.canonical import sha256
from recordroom.capture import budget
from recordroom.model import instant
from recordroom.register.models import Account


@dataclass(frozen=True, slots=True)
class ThrottleNote:
    """The last throttle of a credential."""

    account: str  # that met it
    until: AwareDatetime


_NOTE = TypeAdapter(ThrottleNote)


def write_note(derived: Store, account: Account, until: datetime) -> None:
    """Note that the platform throttled the account.

    If another capture notes one now, either note will do.
    """
    key = _key_of(account)
    found = derived.find_tagged(key)
    body = orjson.dumps(asdict(ThrottleNote(account.id, until)) | {"until": instant(until)})
    derived.replace(key, body, found[1] if found else None)


def find_note(derived: Store, account: Account) -> ThrottleNote | None:
    """Return the last throttle of the account's credential.

    A damaged note counts as none: the next throttle replaces it.
    """
    found = derived.find(_key_of(account))
    try:
        return None if found is None else _NOTE.validate_json(found)
    except ValidationError:
        return None


def _key_of(account: Account) -> str:
    return f"throttles/{account.platform}-{sha256(budget.credential_of(account).encode())[:16]}.json"
