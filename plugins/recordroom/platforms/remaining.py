"""What a walk still has to ask for: each platform's `Todo` is one. As JSON it is the cursor, which a segment's manifest keeps, so that the
next capture goes on from there.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, is_dataclass
from typing import Any, Self


@dataclass
class Remaining:
    """Its fields are what JSON can hold, or dataclasses of such fields, each with a beginning: an older version's cursor may lack some."""

    @classmethod
    def read(cls, cursor: str) -> Self:
        made: dict[str, Any] = {f.name: f.default_factory for f in fields(cls)}
        told = json.loads(cursor).items()
        return cls(**{name: made[name](**value) if is_dataclass(made[name]) else value for name, value in told})

    @property
    def cursor(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))
