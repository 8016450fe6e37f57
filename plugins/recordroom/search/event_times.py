"""When an event begins and ends, for people. Its connector writes both below its text, in UTC: what a version is the hash of may not depend
on a table of time zones, which changes; so the words stay as they are, and the agency's time is told beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from recordroom.model import moment

_EVENT = re.compile(r"linkedin:urn:li:event:")
_LINE = re.compile(r"^(Starts|Ends): (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$", re.MULTILINE)


def event_times(record: Mapping[str, Any]) -> list[tuple[str, datetime]]:
    """`[("Starts", ...), ("Ends", ...)]`; empty of what is no event. What stands above its last paragraph is its author's."""
    if not _EVENT.match(record["record_id"]):
        return []
    ours = (record["text"] or "").rpartition("\n\n")[2]
    return [(label, moment(at)) for label, at in _LINE.findall(ours)]
