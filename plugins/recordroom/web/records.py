"""How an address names a version of a record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query

RecordId = Annotated[str, Query(min_length=1)]  # an empty one would leave an event in the audit that leads nowhere


@dataclass(frozen=True, slots=True)
class Named:
    """Of an account: the same record may be held by several."""

    id: RecordId
    account: str
    sequence: int
