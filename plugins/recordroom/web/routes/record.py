"""One record: its text as published, its versions, conversation, and proof."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from recordroom.archive.quarantine.ledger import LONGEST, Quarantine
from recordroom.errors import RecordroomError
from recordroom.model import instant
from recordroom.records.changes import describe_changes, describe_renaming, find_previous
from recordroom.records.conversation import show_conversation
from recordroom.records.record import RecordVersion, RecordView, list_documents, show_on_screen
from recordroom.records.retention import explain_retention
from recordroom.retention.explanation import Explanation
from recordroom.retention.status import MEANINGS
from recordroom.rights import Right
from recordroom.search.access import Viewer
from recordroom.web import deps, params, templating, titles
from recordroom.web.auth import Person, require_right
from recordroom.web.diff import DiffPiece, compare_texts
from recordroom.web.params import RecordId
from recordroom.web.timeline import TimelineEvent, list_events, list_quarantine_events, sort_by_time

router = APIRouter()
_log = logging.getLogger(__name__)


@router.get("/conversation")
def show_conversation_page(
    request: Request,
    person: Annotated[Person, Depends(require_right(Right.READ))],
    id: RecordId,  # noqa: A002 (of the address)
    after: str = "",
    passed: str = "",
) -> Response:
    viewer, searcher = deps.make_viewer(person), deps.get_searcher()
    place = params.decode_cursor(after, (int, str, str))
    found = show_conversation(searcher, id, viewer=viewer, after=place)
    shut = viewer.quarantine.records if viewer.sees_quarantine else {}
    return templating.render_page(
        request,
        "conversation",
        person,
        talk=found,
        further=bool(after),
        shut=shut,
        passed=params.parse_passed(passed),
    )


@dataclass(frozen=True, slots=True)
class VersionComparison:
    """A version, compared with the versions before it."""

    version: RecordVersion  # the version itself, with its evidence
    changes: str  # what differs from the version that it followed, in words
    difference: tuple[DiffPiece, ...]  # of the text, from the state before; () if equal, or if there is none
    title: tuple[DiffPiece, ...]  # the same for the title


@router.get("/record")
def show_record_page(
    request: Request,
    person: Annotated[Person, Depends(require_right(Right.READ))],
    id: RecordId,  # noqa: A002 (of the address)
) -> Response:
    viewer = deps.make_viewer(person)
    may, quarantine = viewer.sees_quarantine, viewer.quarantine
    shown, talk = show_on_screen(deps.get_searcher(), id, viewer=viewer)
    deps.get_recent_views().add(person.name, id)
    current = shown.holders[0]
    barred: dict[str, Any] = {
        "quarantine": quarantine if may else Quarantine(),
        "shut": frozenset(quarantine.files),
        "files_of": list(_list_files(shown).items()),
        "longest": LONGEST,
    }
    explained = _explain_retention(shown, viewer)
    comparisons = list(_compare_versions(shown))
    with titles.titles_for(person):
        happened = [*list_events(shown), *(_list_quarantine_events(shown) if may else ())]
    happened.sort(key=lambda event: event.at)
    return templating.render_page(
        request,
        "record",
        person,
        shown=shown,
        current=current,
        told=comparisons,
        events=happened,
        talk=talk,
        retention=explained,
        primaries=_find_primaries(explained, viewer),
        meanings=MEANINGS,
        **barred,
    )


def _explain_retention(shown: RecordView, viewer: Viewer) -> list[Explanation]:
    """Return the retention in each account; [] if it is not known now."""
    try:
        return explain_retention(deps.get_searcher(), shown, viewer)
    except RecordroomError as problem:
        _log.warning("the retention of a record is not known: %s", problem)
        return []


def _find_primaries(explained: list[Explanation], viewer: Viewer) -> set[str]:
    """Return the IDs of the primary records that the viewer may see."""
    named = {name for one in explained for name in one.primaries}
    return {name for name in named if list_documents(deps.get_searcher(), name, viewer)}


def _list_quarantine_events(shown: RecordView) -> list[TimelineEvent]:
    """Return the events of the quarantine; one event says so if they are unknown."""
    try:
        return list(list_quarantine_events(deps.get_searcher().quarantine_history, shown, _list_files(shown)))
    except RecordroomError as problem:
        return [
            TimelineEvent(
                instant(datetime.now(UTC)),
                "the times of its quarantine are unknown now",
                problem.public_message,
            )
        ]


def _list_files(shown: RecordView) -> dict[str, str]:
    """Map the SHA-256 of each file of all versions to its type, in order."""
    return {
        one["sha256"]: one["type"]
        for version in shown.versions
        for one in version.record["media"]
        if one["sha256"]
    }


def _compare_versions(shown: RecordView) -> Iterator[VersionComparison]:
    """Yield the versions of each account in the order of their states.

    A version that became known late is placed before the one that was seen first.
    """
    before: dict[str, Any] | None = None
    records = [version.record for version in shown.versions]
    for version in sort_by_time(shown.versions):
        own = version.record
        if before is not None and before["account"] != own["account"]:
            before = None
        yield VersionComparison(
            version,
            _describe_difference(own, find_previous(own, records)),
            _compare_field(before, own, "text"),
            _compare_field(before, own, "title"),
        )
        before = own


def _describe_difference(own: dict[str, Any], compared: Mapping[str, Any] | None) -> str:
    return "; ".join(
        filter(None, (describe_changes(own, compared), describe_renaming(own, compared) if compared else ""))
    )


def _compare_field(before: dict[str, Any] | None, own: dict[str, Any], name: str) -> tuple[DiffPiece, ...]:
    """Return the differences in one field; () if there are none."""
    return (
        ()
        if before is None or before[name] == own[name]
        else tuple(compare_texts(before[name] or "", own[name] or ""))
    )
