"""The dates of an entry: which of them says when it was published, and the instant that one means."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

# "Mon, 01 Jan 0001 00:00:00 +0000", by which Go (Hugo) and .NET say that there is no date: mail's two digits
# make it the year 2001.
_YEAR_OF_ZEROS = re.compile(r"\b0[0-9]{3}\s+[0-9]+:")


def dated(entry: dict[str, Any], given: Any) -> dict[str, Any]:
    """RSS has one date of an entry: dc:date where there is no pubDate (RSS 1.0, Plone), for which feedparser
    has the same name as for a dcterms:modified. Atom's `updated` moves, and is no date of publication."""
    only = (
        given.version.startswith("rss") and "dcterms" not in given.namespaces and not entry.get("published")
    )
    return entry | {"published": entry["updated"]} if only and entry.get("updated") else entry


def when(entry: dict[str, Any], name: str, left: tuple[str, ...]) -> tuple[datetime | None, tuple[str, ...]]:
    """The instant of a date of RFC 3339 or RFC 822. Without a zone it is none (-0000 is UTC without saying
    where).
    """
    raw = entry.get(name)
    if not raw:
        return None, left
    for form in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = form(raw.strip())
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if moment.year == 1 or _YEAR_OF_ZEROS.search(raw) or _is_of_another_year(raw, moment):
            break
        if moment.tzinfo is None and raw.rstrip().endswith(" -0000"):
            moment = moment.replace(tzinfo=UTC)
        if moment.tzinfo is None:
            return None, (*left, f"{name}: no time zone")
        try:
            return moment.astimezone(UTC), left
        except OverflowError:
            break
    return None, (*left, f"{name}: no date")


def _is_of_another_year(raw: str, moment: datetime) -> bool:
    """`30 Nov -0001`, WordPress' word for no date, is read as the year 2000."""
    return str(moment.year) not in raw and not re.search(rf"[\s-]{moment.year % 100:02d}\s", raw)
