"""How a record stands on its platform, and by whom, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recordroom.model import UNAVAILABLE, VISIBLE

BY: Mapping[str | None, str] = {"author": " by its author", "agency": " by the agency", "platform": " by the platform"}


def standing(record: Mapping[str, Any]) -> str:
    """`hidden by the agency`; what is visible is so by nobody's doing."""
    status = str(record["status"])
    if status == VISIBLE:
        return status
    if status == UNAVAILABLE and record["acted_by"] not in BY:
        return f"{status} (the platform does not say why)"
    return status + BY.get(record["acted_by"], " (the platform does not say by whom)")
