"""The status of a record on its platform, in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from recordroom.model import MESSAGE, UNAVAILABLE, VISIBLE

# Audiences without a limit, as YouTube, Mastodon, Vimeo, Facebook, LinkedIn, and WordPress name them.
FOR_ALL = frozenset(("public", "unlisted", "anybody", "everyone", "listed"))
BY: Mapping[str | None, str] = {
    "author": " by its author",
    "agency": " by the agency",
    "platform": " by the platform",
}
API = "api"  # the source of all that captures saw
AS_A_FILE_SAYS = ", as a file that was handed in says"


def describe_status(record: Mapping[str, Any]) -> str:
    """Return, for example, `hidden by the agency`.

    A visible record names its audience if that is limited. A status from a file is reported as that file's
    claim.
    """
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
    """Return whether a file, and no capture, is the source of the record.

    The file was imported or submitted.
    """
    return (record.get("source") or API) != API


def is_for_all(record: Mapping[str, Any]) -> bool:
    """Return whether the platform names no narrower audience.

    Most platforms name none.
    """
    return not (audience := record.get("visibility")) or str(audience).lower() in FOR_ALL


def is_public(record: Mapping[str, Any]) -> bool:
    """Return whether the public can see the record, as far as the platform says."""
    return record["status"] == VISIBLE and is_for_all(record)


def is_remarkable(record: Mapping[str, Any]) -> bool:
    """Return whether pages show the status of a record next to it.

    They do if the public cannot see the record, or if no capture saw it.
    """
    return is_claim(record) or not is_public(record)


def choose_time_label(versions: Iterable[Mapping[str, Any]]) -> str:
    """Return what the time of a record is the time of.

    It is `published` if one of these versions was public.
    """
    known = list(versions)
    return "published" if any(map(is_public, known)) else choose_creation_label(known[0]["kind"])


def choose_creation_label(kind: str) -> str:
    """Return the label if a record only awaited approval, or was for some people."""
    return "written" if kind in ("comment", "reply", MESSAGE) else "made"
