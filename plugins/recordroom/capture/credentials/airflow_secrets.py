"""An account's secrets, from Airflow and from nowhere else.

- From its connection: environment, secrets backend, or Airflow's database.
- Renewed tokens from a Variable: encrypted there, and the only one of Airflow's secrets that a task may
  write:
```
recordroom_token_<connection>   {"of": SHA-256 of what the connection gave, "values": {"token": ...},
                                 "expires_at", "consent_until", "renewed_at", "tried_at": instants,
                                 "problem": why the last renewal failed}
```
A renewed token is used only while the connection gives what it gave then: a secret that a person enters is
used at once.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from recordroom.canonical import encode_canonical, sha256
from recordroom.errors import TokenExpired
from recordroom.model import instant, moment
from recordroom.platforms.contract import Platform
from recordroom.platforms.oauth import APP
from recordroom.register.models import Account


def resolve(account: Account, platform: Platform) -> dict[str, str]:
    """Return what the connection gives of the secrets that the platform knows by name.

    Empty for an account without a connection (anonymous). `user` is the connection's login, `token` or
    `password` its password, and any other name a key of its extra. TokenExpired if the connection does not
    exist: a person has to act.
    """
    if account.connection is None or not platform.secrets:
        return {}
    needs = platform.renewal.secrets if platform.renewal else ()
    consents = (
        (*APP, *([chosen] if (chosen := platform.consent.scope_set_parameter) else ()))
        if platform.consent
        else ()
    )
    return _found(account.connection, account.id, (*platform.secrets, *needs, *consents))


def _found(connection: str, account: str, names: tuple[str, ...]) -> dict[str, str]:
    ask_all_backends()
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        found = Connection.get(connection)
    except AirflowNotFoundException:
        raise TokenExpired(
            f"there is no Airflow connection {connection!r}",
            f"Add it in Airflow for account {account} (docs/platforms).",
        ) from None
    except ValueError as problem:
        raise TokenExpired(
            f"the Airflow connection {connection!r} cannot be read", "Save it again in Airflow."
        ) from problem
    places = {"user": found.login, "token": found.password, "password": found.password}
    values = {name: places.get(name, found.extra_dejson.get(name)) for name in names}
    return {name: str(value) for name, value in values.items() if value}


def ask_all_backends() -> None:
    """Let Airflow ask all its backends for connections and Variables.

    Outside of a task it asks only its environment otherwise. To be called before its import.
    """
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")


PREFIX = "recordroom_token_"
PROBE = "recordroom_probe"  # outside of the prefix: a connection may have any name
_TIMES = ("expires_at", "consent_until", "renewed_at", "tried_at")


@dataclass(frozen=True, slots=True)
class SavedToken:
    """A renewed token."""

    of: str  # hash of what the connection gave
    values: Mapping[str, str] = field(default_factory=dict)  # secrets by name
    expires_at: datetime | None = None
    consent_until: datetime | None = None  # a person must consent again by then
    renewed_at: datetime | None = None
    tried_at: datetime | None = (
        None  # written before a renewal: that proves that the new token can be saved too
    )
    problem: str = ""  # why the last renewal failed


def digest_of_given(given: Mapping[str, str]) -> str:
    """Return the hash of what a connection gives."""
    return sha256(encode_canonical(dict(given)))


def load_saved_token(connection: str) -> SavedToken | None:
    """Return what was saved last; None if nothing was, or it cannot be parsed."""
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
    """Save a token and read it back; return why that failed, or ""."""
    return _save(PREFIX + connection, saved)


def _save(key: str, saved: SavedToken) -> str:
    told: dict[str, Any] = {"of": saved.of, "values": dict(saved.values)}
    told |= {name: instant(value) for name in _TIMES if (value := getattr(saved, name)) is not None}
    told |= {"problem": saved.problem} if saved.problem else {}
    try:
        _set(key, orjson.dumps(told).decode())
    except Exception as problem:  # noqa: BLE001 (a database, an API, or a backend of the agency raises it)
        # a statement's text would have the values
        words = getattr(problem, "orig", None) or type(problem).__name__
        return f"Airflow's Variable {key} cannot be written ({words})"
    if _load(key) != saved:
        return (
            f"Airflow's Variable {key} has another value than was saved: a secrets backend takes precedence"
        )
    return ""


def why_not_writable() -> str:
    """Return why no renewed token could be saved here; "" if one can."""
    from airflow.models import Variable

    why = _save(PROBE, SavedToken("", tried_at=datetime.now(UTC)))
    # If it cannot be deleted, a Variable without a secret stays, and the next probe overwrites it.
    with suppress(Exception), warnings.catch_warnings(action="ignore"):
        Variable.delete(PROBE)
    return why


def _set(key: str, text: str) -> None:
    """Write a Variable: by the execution API in a task, in the database elsewhere."""
    from airflow.models import Variable

    # in a task it recommends another way, which only works there
    with warnings.catch_warnings(action="ignore"):
        Variable.set(key, text, description="renewed by recordroom; do not edit")
