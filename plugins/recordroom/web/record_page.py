"""One record: its words as they stood, its versions with what changed between them, its conversation, and the proof."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from recordroom.airflow_setup import Right
from recordroom.archive.quarantine import LONGEST, Quarantine
from recordroom.search.conversation import around
from recordroom.search.showing import Shown, Version, show
from recordroom.web import desk, rendering
from recordroom.web.access import Person, needs
from recordroom.web.wording import Piece, difference

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Told:
    """A version, and what became of the words of the version before it (empty where they are the same, or there is none)."""

    version: Version
    difference: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """`how`: how we know."""

    at: str
    what: str
    how: str


@router.get("/record")
def record(request: Request, person: Annotated[Person, Depends(needs(Right.READ))], id: str) -> Response:  # noqa: A002 (of the address)
    may, quarantine, hidden = person.may(Right.QUARANTINE), desk.searcher().quarantine.now(), desk.hidden_from(person)
    shown = show(desk.searcher(), id, who=person.name, without=hidden, quarantined=may, talk=False)
    current = next((v for v in reversed(shown.versions) if v.record["current"]), shown.versions[-1]).record
    holders = [current, *(v.record for v in shown.versions if v.record["current"] and v.record["account"] != current["account"])]
    talk = around(desk.searcher(), holders, without=hidden, quarantined=may)
    events = sorted(_events(shown), key=lambda event: event.at)
    barred: dict[str, Any] = {
        "quarantine": quarantine if may else Quarantine(),
        "shut": frozenset(quarantine.files),
        "files_of": list(_files(shown).items()),
        "longest": LONGEST,
    }
    told = list(_told(shown))
    return rendering.page(request, "record", person, shown=shown, current=current, told=told, events=events, talk=talk, **barred)


def _files(shown: Shown) -> dict[str, str]:
    """SHA-256 -> type of all files of all versions, in order."""
    return {one["sha256"]: one["type"] for version in shown.versions for one in version.record["media"] if one["sha256"]}


def _told(shown: Shown) -> Iterator[Told]:
    before: dict[str, Any] | None = None
    for version in shown.versions:
        own = version.record
        same = before is None or before["account"] != own["account"] or before["text"] == own["text"]
        yield Told(version, () if same or before is None else tuple(difference(before["text"] or "", own["text"] or "")))
        before = own


_HOW = {
    "platform": "the platform says so",
    "capture": "this archive saw it then",
    "history": "the platform's own list of versions says so",
}


def _events(shown: Shown) -> Iterator[Event]:
    """What happened to the record, each with how it is known."""
    for version in shown.versions:
        own = version.record
        how = _HOW.get(own["valid_from_source"], str(own["valid_from_source"]))
        if own["sequence"] == 1:
            if own["published_at"]:
                yield Event(own["published_at"], "published", "the platform says so")
            yield Event(own["captured_at"], f"first seen, in {own['account']}", f"capture {own['capture_id']}")
        elif "status" in own["changed"]:
            by = f" by {own['acted_by']}" if own["acted_by"] else ""
            yield Event(own["valid_from"], f"{own['status']}{by}", own["status_reason"] or how)
        else:
            what = f"changed: {', '.join(own['changed'])}" if own["changed"] else "an earlier state became known"
            yield Event(own["valid_from"], what, how)
        if own["removal_noticed_at"] and own["current"]:
            yield Event(own["removal_noticed_at"], "found gone", f"capture {own['capture_id']}")
