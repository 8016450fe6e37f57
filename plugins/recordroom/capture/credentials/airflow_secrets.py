"""An account's secrets, from its Airflow connection and from nowhere else: environment, secrets backend or Airflow's database."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from recordroom.accounts import Account
from recordroom.errors import TokenExpired
from recordroom.model import canonical, instant, moment, sha256
from recordroom.platforms import Platform
from recordroom.platforms.oauth import APP


def resolve(account: Account, platform: Platform) -> dict[str, str]:
    """What the connection gives of all that the platform knows by name; empty for an account without a connection (anonymous).

    `user` = the connection's login, `token` or `password` = its password, any other name = a key of its extra. TokenExpired where
    the connection does not exist: a person has to act.
    """
    if account.connection is None or not platform.secrets:
        return {}
    needs = platform.renewal.needs if platform.renewal else ()
    consents = (*APP, *([chosen] if (chosen := platform.consent.chosen) else ())) if platform.consent else ()
    return _found(account.connection, account.id, (*platform.secrets, *needs, *consents))


def _found(connection: str, account: str, names: tuple[str, ...]) -> dict[str, str]:
    ask_all_backends()
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        found = Connection.get(connection)
    except AirflowNotFoundException:
        raise TokenExpired(f"there is no Airflow connection {connection!r}", f"Add it for account {account} (docs/platforms).") from None
    except ValueError as problem:
        raise TokenExpired(f"the Airflow connection {connection!r} cannot be read", "Save it again in Airflow.") from problem
    places = {"user": found.login, "token": found.password, "password": found.password}
    values = {name: places.get(name, found.extra_dejson.get(name)) for name in names}
    return {name: str(value) for name, value in values.items() if value}


def ask_all_backends() -> None:
    """Outside a task, Airflow asks its environment alone for connections and Variables, unless it is told so before its import."""
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")


PREFIX = "recordroom_token_"
PROBE = "recordroom_probe"  # outside of the prefix: a connection may have any name
_TIMES = ("expires_at", "consent_until", "renewed_at", "tried_at")


@dataclass(frozen=True, slots=True)
class SavedToken:
    """`tried_at` is written before a renewal is asked for: that it could be proves that the new token can be saved too."""

    of: str
    values: Mapping[str, str] = field(default_factory=dict)
    expires_at: datetime | None = None
    consent_until: datetime | None = None
    renewed_at: datetime | None = None
    tried_at: datetime | None = None
    problem: str = ""


def digest_of_given(given: Mapping[str, str]) -> str:
    return sha256(canonical(dict(given)))


def load_saved_token(connection: str) -> SavedToken | None:
    """What was saved last; None where nothing was, or it cannot be read."""
    return _load(PREFIX + connection)


def _load(key: str) -> SavedToken | None:
    ask_all_backends()
    from airflow.sdk import Variable

    text = Variable.get(key, default=None)
    try:
        told = orjson.loads(text or "")
        times = {name: moment(told[name]) for name in _TIMES if name in told}
        values = {str(name): str(value) for name, value in told["values"].items()}
        return SavedToken(told["of"], values, **times, problem=str(told.get("problem", "")))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def save_token(connection: str, saved: SavedToken) -> str:
    """Save it and read it back; in words why that failed, or ""."""
    return _save(PREFIX + connection, saved)


def _save(key: str, saved: SavedToken) -> str:
    told: dict[str, Any] = {"of": saved.of, "values": dict(saved.values)}
    told |= {name: instant(value) for name in _TIMES if (value := getattr(saved, name)) is not None}
    told |= {"problem": saved.problem} if saved.problem else {}
    try:
        _set(key, orjson.dumps(told).decode())
    except Exception as problem:  # noqa: BLE001 (a database, an execution API, a backend of the agency's own: each has its errors)
        words = getattr(problem, "orig", None) or type(problem).__name__  # a statement's own words have its values
        return f"Airflow's Variable {key} cannot be written ({words})"
    if _load(key) != saved:
        return f"Airflow's Variable {key} reads otherwise than it was written: a secrets backend stands before it"
    return ""


def why_not_writable() -> str:
    """In words why no renewed token could be saved here; "" where one can."""
    from airflow.models import Variable

    why = _save(PROBE, SavedToken("", tried_at=datetime.now(UTC)))
    # What cannot be taken out again is a Variable without a secret, which the next probe writes over.
    with suppress(Exception), warnings.catch_warnings(action="ignore"):
        Variable.delete(PROBE)
    return why


def _set(key: str, text: str) -> None:
    """Of both ways to write one this chooses by itself: in a task through the execution API, elsewhere in the database."""
    from airflow.models import Variable

    with warnings.catch_warnings(action="ignore"):  # in a task it advises the other way, which works there only
        Variable.set(key, text, description="renewed by recordroom; do not edit")
