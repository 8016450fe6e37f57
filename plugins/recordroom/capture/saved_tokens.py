"""Tokens that were renewed, in Airflow's Variables: encrypted there, and the only place of Airflow's secrets that a task may write.

```
recordroom_token_<connection>   {"of": SHA-256 of what the connection gave, "values": {"token": ...}, "expires_at", "consent_until",
                                 "renewed_at", "tried_at": instants, "problem": in words why the last renewal came to nothing}
```
What was renewed wins over the connection only while that gives what it gave then: a secret that a person puts in is used at once.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from recordroom.canonical import encode_canonical, sha256
from recordroom.capture.secrets import ask_all_backends
from recordroom.model import instant, moment

PREFIX = "recordroom_token_"
PROBE = "recordroom_probe"  # outside of the prefix: a connection may have any name
_TIMES = ("expires_at", "consent_until", "renewed_at", "tried_at")


@dataclass(frozen=True, slots=True)
class Saved:
    """`tried_at` is written before a renewal is asked for: that it could be proves that the new token can be saved too."""

    of: str
    values: Mapping[str, str] = field(default_factory=dict)
    expires_at: datetime | None = None
    consent_until: datetime | None = None
    renewed_at: datetime | None = None
    tried_at: datetime | None = None
    problem: str = ""


def digest(given: Mapping[str, str]) -> str:
    return sha256(encode_canonical(dict(given)))


def load(connection: str) -> Saved | None:
    """What was saved last; None where nothing was, or it cannot be read."""
    return _load(PREFIX + connection)


def _load(key: str) -> Saved | None:
    ask_all_backends()
    from airflow.sdk import Variable

    text = Variable.get(key, default=None)
    try:
        told = orjson.loads(text or "")
        times = {name: moment(told[name]) for name in _TIMES if name in told}
        values = {str(name): str(value) for name, value in told["values"].items()}
        return Saved(told["of"], values, **times, problem=str(told.get("problem", "")))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def save(connection: str, saved: Saved) -> str:
    """Save it and read it back; in words why that failed, or ""."""
    return _save(PREFIX + connection, saved)


def _save(key: str, saved: Saved) -> str:
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


def why_not() -> str:
    """In words why no renewed token could be saved here; "" where one can."""
    from airflow.models import Variable

    why = _save(PROBE, Saved("", tried_at=datetime.now(UTC)))
    # What cannot be taken out again is a Variable without a secret, which the next probe writes over.
    with suppress(Exception), warnings.catch_warnings(action="ignore"):
        Variable.delete(PROBE)
    return why


def _set(key: str, text: str) -> None:
    """Of both ways to write one this chooses by itself: in a task through the execution API, elsewhere in the database."""
    from airflow.models import Variable

    with warnings.catch_warnings(action="ignore"):  # in a task it advises the other way, which works there only
        Variable.set(key, text, description="renewed by recordroom; do not edit")
