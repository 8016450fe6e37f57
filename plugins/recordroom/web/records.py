"""How an address names a version of a record."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Named:
    """Of an account: the same record may be held by several."""

    id: str
    account: str
    sequence: int
