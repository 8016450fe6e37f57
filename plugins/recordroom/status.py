"""The status of a record on its platform, in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from recordroom.model import HELD, MESSAGE, SPAM, TRASHED, UNAVAILABLE, VISIBLE

# Audiences without a limit, as YouTube, Mastodon, Vimeo, Facebook, LinkedIn, and WordPress name them.
FOR_ALL = frozenset(("public", "unlisted", "anybody", "everyone", "listed"))
BY: Mapping[str | None, str] = {
    "author": " by its author",
    "agency": " by the agency",
    "platform": " by the platform",
}
API = "api"  # the source of all that captures saw
AS_A_FILE_SAYS = ", according to a submitted file"
# The conditions of `is_public` and `is_claim` in SQL, over the columns of a row.
_AUDIENCES = ", ".join(f"'{word}'" for word in ("", *sorted(FOR_ALL)))
PUBLIC_SQL = f"status = '{VISIBLE}' AND lower(coalesce(visibility, '')) IN ({_AUDIENCES})"
CLAIM_SQL = f"coalesce(source, '{API}') <> '{API}'"
_LABELS: Mapping[str, str] = {  # status -> its label, if that is another word
    HELD: "awaiting moderation",
    SPAM: "marked as spam",
    TRASHED: "in the trash",
}
_LABELS_OF_ACTS: Mapping[str, str] = {  # the same if somebody is known who did it, who is named next
    HELD: "awaiting moderation, held",
    TRASHED: "moved to the trash",
}


def name_status(status: str) -> str:
    """Return the label of a status: `awaiting moderation` for `held`."""
    return _LABELS.get(status, status)


def describe_status(record: Mapping[str, Any]) -> str:
    """Return, for example, `hidden by the agency`.

    A visible record names its audience if that is limited. A status from a file is reported as that file's
    claim.
    """
    status, actor = str(record["status"]), BY.get(record["acted_by"], "")
    label = name_status(status)
    if status == VISIBLE and not is_for_all(record):
        label += f" only to the audience {str(record['visibility'])!r}"
    by_whom = f"{_LABELS_OF_ACTS.get(status, label)}{actor}" if actor else label
    if is_claim(record):
        return by_whom + AS_A_FILE_SAYS
    if status == VISIBLE:
        return label if is_for_all(record) else f"{label} (the platform's term)"
    if actor:
        return by_whom
    return f"{label} (the platform does not say {'why' if status == UNAVAILABLE else 'by whom'})"


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
