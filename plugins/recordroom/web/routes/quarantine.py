"""The quarantine: what is or was hidden, when, by whom, and why.

People with the right hide records and files here, and lift the quarantine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from recordroom.archive.quarantine import ledger
from recordroom.archive.quarantine.history import QuarantinePeriod
from recordroom.archive.quarantine.ledger import FILE, LONGEST, RECORD, Quarantine, QuarantineTarget
from recordroom.errors import RecordroomError, UsageError
from recordroom.records import quarantine
from recordroom.records.copies import MOST, find_copies, find_shown_copies
from recordroom.records.record import list_documents
from recordroom.rights import Right
from recordroom.search.access import Viewer
from recordroom.search.filters import Filters
from recordroom.search.hits import group_by_record
from recordroom.search.index.mapping import LONGEST_KEYWORD
from recordroom.search.searcher import LARGEST_PAGE, Searcher
from recordroom.web import deps, forms, templating
from recordroom.web.auth import Person, require_right
from recordroom.web.params import RecordId

PUT, LIFT = "put", "lift"  # what a form asks for
SIZE = 50  # lifted entries on a page
LARGEST = LONGEST + MOST * 2 * LONGEST_KEYWORD  # bytes: the reason, and each copy's ID, listed and chosen
router = APIRouter()
Officer = Annotated[Person, Depends(require_right(Right.QUARANTINE))]


@dataclass(frozen=True, slots=True)
class _SentForm:
    """The fields of the form."""

    act: str  # PUT or LIFT
    record: str  # the record's page that sent it; "" for the page of all
    itself: bool  # the record itself is chosen too
    files: tuple[str, ...]  # SHA-256 of each chosen file
    reason: str = ""  # for the ledger; kept for good
    copies: tuple[str, ...] = ()  # chosen records that copy it
    listed: tuple[str, ...] = ()  # all copies that the form listed

    @classmethod
    def parse(cls, given: Mapping[str, list[str]]) -> _SentForm:
        """Read the fields of a form or of an address: name -> list of values."""
        act, record, reason = ((given.get(name) or [""])[0] for name in ("act", "record", "reason"))
        files, copies, listed = (
            tuple(dict.fromkeys(given.get(name, ()))) for name in ("file", "copy", "listed")
        )
        return cls(act, record, "itself" in given, files, reason, copies, listed)

    @property
    def targets(self) -> list[QuarantineTarget]:
        """The record, its copies, and the files, in this order.

        If an error stops the form in the middle, the page still lists the copies that are shown.
        """
        own = [self.record, *self.copies] if self.itself else list(self.copies)
        return [
            *(QuarantineTarget(RECORD, name) for name in own),
            *(QuarantineTarget(FILE, name) for name in self.files),
        ]


@dataclass(frozen=True, slots=True)
class _ChosenFile:
    """A file that is about to be hidden."""

    sha256: str  # of its bytes
    type: str  # as the record names it
    records: int  # records in the index that have it, as far as the viewer may see them


@router.get("/quarantine")
def show_quarantine(request: Request, person: Officer, before: int = 0) -> Response:
    """List everything under quarantine, and lifted entries by pages.

    before: number of the entry that ended the page before.
    """
    searcher, viewer = deps.get_searcher(), deps.make_viewer(person)
    found, problem = quarantine.list_visible(searcher, viewer), searcher.quarantine.problem
    over = _list_ended(searcher, viewer, before) if not problem else []
    more = over[SIZE - 1].lifted.number if len(over) > SIZE else 0
    there_once = {"over": over[:SIZE], "before": before, "more": more}
    copies, unknown = _map_shown_copies(searcher, found, viewer)
    values: dict[str, Any] = {
        "there_once": there_once,
        "copies": copies,
        "copies_problem": unknown,
        "most": MOST,
    }
    return templating.render_page(
        request, "quarantine", person, found=found, problem=problem, longest=LONGEST, **values
    )


def _map_shown_copies(searcher: Searcher, found: Quarantine, viewer: Viewer) -> tuple[dict[str, str], str]:
    """Map each shown copy to its original.

    Returns the reason too if Elasticsearch cannot be reached.
    """
    try:
        return find_shown_copies(searcher.client, searcher.alias, found, viewer), ""
    except RecordroomError as problem:
        return {}, viewer.reword(problem.public_message)


def _list_ended(searcher: Searcher, viewer: Viewer, before: int) -> list[QuarantinePeriod]:
    """Return the lifted entries of a page, and one more if there is one."""
    return list(
        islice(
            (
                stay
                for stay in quarantine.list_ended(searcher, viewer)
                if not before or stay.lifted.number < before
            ),
            SIZE + 1,
        )
    )


@router.get("/quarantine/put")
def confirm_hiding(request: Request, person: Officer, record: RecordId) -> Response:
    """Show what would be hidden: the record, its files, and records that copy it."""
    searcher, viewer = deps.get_searcher(), deps.make_viewer(person)
    given = request.query_params
    sent = _SentForm.parse({name: given.getlist(name) for name in given})
    types = _list_files(searcher, record, viewer)
    if not sent.targets:
        raise UsageError("nothing was chosen", "Choose the record or some of its files.")
    if not types.keys() >= set(sent.files):
        raise UsageError("the record has no such file", "Open the page of the record again.")
    quarantine.check_record(searcher, record, viewer)
    copies = find_copies(searcher.client, searcher.alias, record, viewer) if sent.itself else []
    of_those = Filters(record=(record, *copies), messages=True, quarantined=True)
    result = searcher.page("", of_those, viewer=viewer, size=LARGEST_PAGE)
    groups = {group.record_id: group for group in group_by_record(result.hits, versions=False)}
    files = [
        _ChosenFile(name, types[name], quarantine.count_records(searcher, name, viewer))
        for name in sent.files
    ]
    return templating.render_page(
        request, "quarantine_put", person,
        sent=sent, group=groups.get(record), groups=groups, copies=copies, files=files, longest=LONGEST,
        most=MOST,
    )  # fmt: skip


@router.post("/quarantine")
async def change_quarantine(request: Request, person: Officer) -> Response:
    given = await forms.read_form(request, LARGEST)
    sent = _SentForm.parse(
        {name: [value for value in given.getlist(name) if isinstance(value, str)] for name in given}
    )
    await run_in_threadpool(_hide if sent.act == PUT else _lift, person, sent)
    place = f"record?{urlencode({'id': sent.record})}" if sent.record else "quarantine"
    return RedirectResponse(f"{request.scope.get('root_path', '')}/{place}", 303)


def _hide(person: Person, sent: _SentForm) -> None:
    """Put the targets of a form under quarantine.

    Files are named by a record that this person may see, never by a hash alone.
    """
    searcher, viewer = deps.get_searcher(), deps.make_viewer(person)
    if not sent.itself and not sent.files:
        raise UsageError("nothing was chosen", "Choose the record or some of its files.")
    if not _list_files(searcher, sent.record, viewer).keys() >= set(sent.files):
        raise UsageError("the record has no such file", "Open the page of the record again.")
    left = [name for name in sent.listed if name not in sent.copies] if sent.itself else []
    quarantine.put_all(searcher, sent.targets, sent.reason, viewer, left=left)


def _list_files(searcher: Searcher, record_id: str, viewer: Viewer) -> dict[str, str]:
    """Map the SHA-256 of each file of a record to its type.

    Only accounts that this viewer may see count.
    """
    seen = list_documents(searcher, record_id, viewer)
    return {
        one["sha256"]: one["type"]
        for document in seen
        for one in document.get("media", ())
        if one.get("sha256")
    }


def _lift(person: Person, sent: _SentForm) -> None:
    viewer = deps.make_viewer(person)
    quarantine.check(deps.get_searcher(), ledger.LIFTED, sent.targets, sent.reason, viewer)
    for thing in sent.targets:
        quarantine.lift(deps.get_searcher(), thing, sent.reason, viewer)
