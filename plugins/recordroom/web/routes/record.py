"""One record: its words as they stood, its versions with what changed between them, its conversation, and the
proof.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from recordroom.archive.quarantine.ledger import LONGEST, Quarantine
from recordroom.errors import RecordroomError
from recordroom.model import instant
from recordroom.records import changes as changing
from recordroom.records.changes import describe_changes, describe_renaming
from recordroom.records.conversation import show_conversation
from recordroom.records.record import RecordView, Version, show_on_screen
from recordroom.rights import Right
from recordroom.web import deps, params, templating
from recordroom.web.auth import Person, needs
from recordroom.web.diff import Piece, difference
from recordroom.web.params import RecordId
from recordroom.web.timeline import Event, events, hidings, in_time

router = APIRouter()


@router.get("/conversation")
def talk(
    request: Request,
    person: Annotated[Person, Depends(needs(Right.READ))],
    id: RecordId,  # noqa: A002 (of the address)
    after: str = "",
    passed: str = "",
) -> Response:
    viewer, searcher = deps.viewer(person), deps.searcher()
    place = params.cursor(after, (int, str, str))
    found = show_conversation(searcher, id, viewer=viewer, after=place)
    shut = viewer.quarantine.records if viewer.sees_quarantine else {}
    return templating.page(
        request,
        "conversation",
        person,
        talk=found,
        further=bool(after),
        shut=shut,
        passed=params.passed(passed),
    )


@dataclass(frozen=True, slots=True)
class Told:
    """A version, and what became of the words and the title of the state before it (empty where they are the
    same, or there is none). `changes`: what differs from the version with which it was compared."""

    version: Version
    changes: str
    difference: tuple[Piece, ...]
    title: tuple[Piece, ...]


@router.get("/record")
def record(request: Request, person: Annotated[Person, Depends(needs(Right.READ))], id: RecordId) -> Response:  # noqa: A002 (of the address)
    viewer = deps.viewer(person)
    may, quarantine = viewer.sees_quarantine, viewer.quarantine
    shown, talk = show_on_screen(deps.searcher(), id, viewer=viewer)
    deps.opened().tell(person.name, id)
    current = shown.holders[0]
    barred: dict[str, Any] = {
        "quarantine": quarantine if may else Quarantine(),
        "shut": frozenset(quarantine.files),
        "files_of": list(_files(shown).items()),
        "longest": LONGEST,
    }
    told, happened = list(_told(shown)), [*events(shown), *(_hidings(shown) if may else ())]
    happened.sort(key=lambda event: event.at)
    return templating.page(
        request,
        "record",
        person,
        shown=shown,
        current=current,
        told=told,
        events=happened,
        talk=talk,
        **barred,
    )


def _hidings(shown: RecordView) -> list[Event]:
    """What cannot be known now is said, at the line's end."""
    try:
        return list(hidings(deps.searcher().quarantine_history, shown, _files(shown)))
    except RecordroomError as problem:
        return [
            Event(
                instant(datetime.now(UTC)),
                "when it was under quarantine cannot be told now",
                problem.public_message,
            )
        ]


def _files(shown: RecordView) -> dict[str, str]:
    """SHA-256 -> type of all files of all versions, in order."""
    return {
        one["sha256"]: one["type"]
        for version in shown.versions
        for one in version.record["media"]
        if one["sha256"]
    }


def _told(shown: RecordView) -> Iterator[Told]:
    """In the order in which they stood, account by account: what became known late stood there before what
    was seen first.
    """
    before: dict[str, Any] | None = None
    records = [version.record for version in shown.versions]
    for version in in_time(shown.versions):
        own = version.record
        if before is not None and before["account"] != own["account"]:
            before = None
        yield Told(
            version,
            _differs(own, changing.find_previous(own, records)),
            _change(before, own, "text"),
            _change(before, own, "title"),
        )
        before = own


def _differs(own: dict[str, Any], compared: Mapping[str, Any] | None) -> str:
    return "; ".join(
        filter(None, (describe_changes(own, compared), describe_renaming(own, compared) if compared else ""))
    )


def _change(before: dict[str, Any] | None, own: dict[str, Any], name: str) -> tuple[Piece, ...]:
    return (
        ()
        if before is None or before[name] == own[name]
        else tuple(difference(before[name] or "", own[name] or ""))
    )
