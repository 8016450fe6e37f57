"""Whom an account on Bluesky blocks: records of its own repository, which everybody may read. Mutes stand in
no repository.

Read of the account's own server (https://docs.bsky.app/docs/api/com-atproto-repo-list-records; lexicons of
  the PyPI package atproto): com.atproto.repo.listRecords   app.bsky.graph.block: people;
  app.bsky.graph.listblock: everybody on a list app.bsky.actor.getProfiles     of the AppView: what those
  people are called now
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from recordroom.model import Exchange, Record
from recordroom.platforms import blocklist
from recordroom.platforms.schema import ITEM, LIST, NULL, TEXT, Reading, Shape, content_of

COLLECTIONS = ("app.bsky.graph.block", "app.bsky.graph.listblock")
PAGE, NAMES = 100, 25
LISTED = Shape({"records": LIST, "cursor": TEXT | NULL})
STORED = Shape({"uri": TEXT, "value": ITEM}, {"cid": "said by the record"})
BLOCK = Shape(
    {"subject": TEXT}, {"$type": "said by the list", "createdAt": "when, which stands in the evidence"}
)
PROFILES = Shape({"profiles": LIST})
NAMED = Shape({"did": TEXT, "handle": TEXT})


def subjects(page: Exchange) -> list[str]:
    """DIDs of people, or addresses of lists."""
    body, reading = content_of(page), Reading(page)
    reading.check(LISTED, body, "")
    found = reading.each(STORED, body, "records", "")
    return [reading.part(BLOCK, one, "value", f"/records/{i}")["subject"] for i, one in enumerate(found)]


def cursor_of(page: Exchange) -> str | None:
    subjects(page)  # as the lexicon says, before it is read on
    cursor: str | None = content_of(page).get("cursor")
    return cursor


def handles_in(answer: Exchange) -> dict[str, str]:
    body, reading = content_of(answer), Reading(answer)
    reading.check(PROFILES, body, "")
    return {one["did"]: one["handle"] for one in reading.each(NAMED, body, "profiles", "")}


def moderation_of(people: Iterable[str], handles: Mapping[str, str], native: str, reading: Reading) -> Record:
    lines = [
        blocklist.who("blocked", f"@{handles[one]}", one) if one in handles else blocklist.who("blocked", one)
        for one in people
    ]
    return blocklist.moderation(f"bluesky:{native}", native, lines, reading, public=True)


def whose(body: Mapping[str, Any]) -> str:
    """The repository of a saved list."""
    first = next(iter(body.get("records") or ()), None)
    uri = first.get("uri") if isinstance(first, dict) else None
    return uri.removeprefix("at://").partition("/")[0] if isinstance(uri, str) else "unknown"
