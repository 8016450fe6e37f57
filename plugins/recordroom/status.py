"""How a record stands on its platform, and by whom, in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from recordroom.model import MESSAGE, UNAVAILABLE, VISIBLE

# Audiences that are no limit, in the platforms' own words: YouTube, Mastodon, Vimeo, Facebook, LinkedIn, WordPress.
FOR_ALL = frozenset(("public", "unlisted", "anybody", "everyone", "listed"))
BY: Mapping[str | None, str] = {
    "author": " by its author",
    "agency": " by the agency",
    "platform": " by the platform",
}
API = "api"  # the source of what captures saw
AS_A_FILE_SAYS = ", as a file that was handed in says"


def describe_status(record: Mapping[str, Any]) -> str:
    """`hidden by the agency`; what is visible is so by nobody's doing, and not always to everybody. What a file claims no platform said."""
    status = str(record["status"])
    if status == VISIBLE and not is_for_all(record):
        status += f" only to the audience {str(record['visibility'])!r}"
    if is_claim(record):
        return f"{status}{BY.get(record['acted_by'], '')}{AS_A_FILE_SAYS}"
    if record["status"] == VISIBLE:
        return status if is_for_all(record) else f"{status}, in the platform's word"
    if status == UNAVAILABLE and record["acted_by"] not in BY:
        return f"{status} (the platform does not say why)"
    return status + BY.get(record["acted_by"], " (the platform does not say by whom)")


def is_claim(record: Mapping[str, Any]) -> bool:
    """Whether it is what an imported file or whoever handed something in says, and no capture saw it so."""
    return (record.get("source") or API) != API


def is_for_all(record: Mapping[str, Any]) -> bool:
    """Whether its platform names no narrower audience for it; most name none at all."""
    return not (audience := record.get("visibility")) or str(audience).lower() in FOR_ALL


def is_public(record: Mapping[str, Any]) -> bool:
    """Whether the public can see it, as far as the platform tells."""
    return record["status"] == VISIBLE and is_for_all(record)


def is_remarkable(record: Mapping[str, Any]) -> bool:
    """Whether how it stands is told beside it: the public cannot see it, or no capture saw it."""
    return is_claim(record) or not is_public(record)


def time_label(versions: Iterable[Mapping[str, Any]]) -> str:
    """What its time is the time of: `published`, where one of these versions of a record was public."""
    known = list(versions)
    return "published" if any(map(is_public, known)) else creation_label(known[0]["kind"])


def creation_label(kind: str) -> str:
    """Of what only waited for approval, or was for some people alone."""
    return "written" if kind in ("comment", "reply", MESSAGE) else "made"
