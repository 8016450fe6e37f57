"""Proposals of disposition: counts, lists, and objections; the form that drafts one on demand.

Samples show text to people who may read records, and the audit has that search. Nothing here destroys
anything.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from recordroom.errors import RecordroomError, UsageError
from recordroom.exports.formats import proposal_csv
from recordroom.jobs import proposals as jobs
from recordroom.jobs.proposals import Draft
from recordroom.records import proposal_changes, proposals
from recordroom.records.holds import LONGEST_REASON
from recordroom.retention.exclusions import EXCLUSIONS
from recordroom.retention.explanation import NOT_BUILT
from recordroom.retention.ledger import RetentionState
from recordroom.retention.proposals import DispositionProposal, ProposalSubject, sum_counts
from recordroom.rights import Right
from recordroom.search.access import Viewer
from recordroom.search.hits import Group
from recordroom.web import deps, forms, proposal_views, templating
from recordroom.web.auth import AccessRefused, Person, require_right
from recordroom.web.proposal_views import ProposalView
from recordroom.web.responses import stream_pieces
from recordroom.web.routes.classify import find_groups

LONGEST = 1_000_000  # bytes of a list of IDs
PROPOSED, EXCLUDED = 10, 3  # sample records: proposed ones, and excluded ones of each reason
PREVIEW, DRAFT = "preview", "draft"
router = APIRouter()
_log = logging.getLogger(__name__)
_drafting = threading.Lock()  # one person at a time: it reads the complete archive
Reader = Annotated[Person, Depends(require_right(Right.RETENTION))]
Objector = Annotated[Person, Depends(require_right(Right.READ))]
Proposer = Annotated[Person, Depends(require_right(Right.PROPOSE))]


@dataclass(frozen=True, slots=True)
class SentDraft:
    """The fields of the form that drafts a proposal, as typed."""

    subject: str = ""  # `series/GS50-01-12` or `list/LRC-2026-01`
    owner: str = ""
    do: str = ""  # PREVIEW or DRAFT

    @classmethod
    def parse(cls, given: FormData) -> SentDraft:
        """Read the fields of a form."""
        return cls(*(str(given.get(name, "")).strip() for name in ("subject", "owner", "do")))

    def make_subject(self) -> ProposalSubject:
        """Return what is asked for; UsageError if it is incomplete."""
        kind, _, name = self.subject.partition("/")
        if kind not in ("series", "list") or not name or not self.owner:
            raise UsageError("the series or the owner is missing", "Choose both.")
        if kind == "series":
            return ProposalSubject(self.owner, series=name)
        return ProposalSubject(self.owner, one_time_list=name)


@router.get("/retention/proposals")
def show_proposals(request: Request, person: Reader) -> Response:
    """List the proposals, the newest first."""
    return _render_list(request, person, SentDraft())


@router.post("/retention/proposals")
async def send_draft(request: Request, person: Proposer) -> Response:
    """Show what a proposal would have, or draft it, as the field `do` says."""
    sent = SentDraft.parse(await forms.read_form(request, LONGEST_REASON))
    return await run_in_threadpool(_handle_draft, request, person, sent)


def _handle_draft(request: Request, person: Person, sent: SentDraft) -> Response:
    viewer = deps.make_viewer(person)
    try:
        draft = _draft(person, viewer, sent)
    except UsageError as problem:
        return _render_list(request, person, sent, problem)
    if draft.proposal:
        deps.get_searcher().retention.refresh()
        deps.follow_ledger()
        return _redirect(request, draft.proposal)
    policy = deps.get_searcher().retention.now().policy
    seen = [one for name, one in draft.counts.items() if name not in viewer.hidden_accounts]
    counts = sum_counts(seen, with_quarantine=viewer.sees_quarantine)
    return templating.render_page(
        request, "proposal_draft", person,
        title=proposal_views.name_subject(draft.subject, policy), sent=sent, counts=counts,
        bars=list(proposal_views.list_bars(counts)), not_built=NOT_BUILT,
        by_list=bool(draft.subject.one_time_list),
    )  # fmt: skip


def _draft(person: Person, viewer: Viewer, sent: SentDraft) -> Draft:
    """Draft what is asked for, or only count it.

    UsageError if it is incomplete, if there are no such records, or if another person drafts now.
    """
    wanted, context = sent.make_subject(), deps.read_context()
    if wanted.owner not in _list_owners(viewer):
        raise UsageError("no account has this owner", "Choose an owner from the list.")

    def is_wanted(_: RetentionState, subject: ProposalSubject) -> bool:
        return subject == wanted

    if not _drafting.acquire(blocking=False):
        raise UsageError("another proposal is being drafted", "Try again in a minute.")
    try:
        if sent.do == DRAFT:
            found = jobs.draft(context, is_wanted, person.name)
        else:
            found = jobs.preview(context, is_wanted)
    finally:
        _drafting.release()
    if not found:
        raise UsageError("the accounts of this owner have no such records", "Choose another series or owner.")
    return found[0]


def _render_list(
    request: Request, person: Person, sent: SentDraft, problem: UsageError | None = None
) -> Response:
    searcher, viewer = deps.get_searcher(), deps.make_viewer(person)
    policy = searcher.retention.now().policy
    subjects = proposal_views.list_subjects(policy)
    return templating.render_page(
        request, "proposals", person, 400 if problem else 200,
        views=[
            proposal_views.make_view(one, policy, viewer)
            for one in proposals.list_proposals(searcher, viewer)
        ],
        subjects=[(_write_subject(one), proposal_views.name_subject(one, policy)) for one in subjects],
        owners=_list_owners(viewer), sent=sent, problem=problem, not_built=NOT_BUILT,
    )  # fmt: skip


def _list_owners(viewer: Viewer) -> list[str]:
    """Return the owners of the accounts that the viewer may see."""
    accounts = deps.read_register().accounts
    return sorted({one.owner for one in accounts if one.id not in viewer.hidden_accounts})


def _write_subject(subject: ProposalSubject) -> str:
    return f"series/{subject.series}" if subject.series else f"list/{subject.one_time_list}"


@router.get("/retention/proposals/{name}")
def show_proposal(request: Request, person: Reader, name: str) -> Response:
    """Show the counts, samples, and objections of a proposal."""
    return _render(request, person, name)


def _render(
    request: Request,
    person: Person,
    name: str,
    typed: tuple[str, str] = ("", ""),
    problem: UsageError | None = None,
) -> Response:
    """typed: the reason and the IDs of a form that is shown again."""
    searcher, viewer = deps.get_searcher(), deps.make_viewer(person)
    proposal = proposals.find_proposal(searcher, name, viewer)
    view = proposal_views.make_view(proposal, searcher.retention.now().policy, viewer)
    samples, missing = _read_samples(view, viewer) if person.may(Right.READ) else ([], "")
    shown = [row["record_id"] for _, rows in samples for row in rows]
    is_read = person.may(Right.READ) and not missing and view.counts.proposed
    return templating.render_page(
        request, "proposal", person, 400 if problem else 200,
        view=view, samples=samples, groups=_find_groups(shown, viewer), missing=missing, problem=problem,
        longest=LONGEST_REASON, not_built=NOT_BUILT, reason=typed[0], records=typed[1],
        changes=_find_changes(proposal, viewer) if is_read else None,
        withdrawable={one.id for one in proposal.objections.values() if _may_withdraw(person, one.made.who)},
    )  # fmt: skip


def _read_samples(view: ProposalView, viewer: Viewer) -> tuple[list[tuple[str, list[dict[str, Any]]]], str]:
    """Return (label, rows) of what is proposed and of each reason; why there are none."""
    try:
        with proposals.open_rows(deps.get_searcher(), view.proposal, viewer) as rows:
            found = [("Proposed", rows.sample(PROPOSED))]
            found += [
                (EXCLUSIONS[key].label, rows.sample(EXCLUDED, key))
                for key in EXCLUSIONS
                if view.counts.reasons.get(key)
            ]
    except RecordroomError as problem:
        _log.warning("the list of a proposal cannot be read: %s", problem)
        return [], "The complete list cannot be read now. The nightly run makes it again from the archive."
    return [(label, some) for label, some in found if some], ""


def _find_changes(proposal: DispositionProposal, viewer: Viewer) -> tuple[str, list[tuple[str, int]]]:
    """Return in words what speaks against the list since it was drafted, and (reason, records)."""
    try:
        found = proposal_changes.find_changes(deps.get_searcher(), proposal, viewer)
    except RecordroomError as problem:
        _log.warning("what changed since a proposal was drafted is not known: %s", problem)
        return "It is not known now whether a proposed record got a reason against it since drafting.", []
    if not found.is_known:
        most = f"{proposal_changes.MOST:,}"
        words = f"This page does not check more than {most} proposed records for changes since drafting."
        return words, []
    labels = {key: one.label for key, one in EXCLUSIONS.items()}
    labels[proposal_changes.LATER_DATE] = "Later date"
    reasons = [(label, found.reasons[key]) for key, label in labels.items() if found.reasons[key]]
    words = (
        f"Since drafting, {found.records:,} of the proposed records got a reason against"
        f" {'it' if found.records == 1 else 'them'}."
    )
    return words * bool(reasons), reasons


def _find_groups(record_ids: list[str], viewer: Viewer) -> dict[str, Group]:
    """Return the records of the samples; none if they are not known now."""
    try:
        return find_groups(record_ids, viewer) if record_ids else {}
    except RecordroomError as problem:
        _log.warning("the sample records of a proposal are not known: %s", problem)
        return {}


def _may_withdraw(person: Person, who: str) -> bool:
    """Return whether a person may withdraw an objection: who made it, and who may propose."""
    return person.may(Right.READ) and (person.is_(who) or person.may(Right.PROPOSE))


@router.get("/retention/proposals/{name}/list.csv")
def download_list(request: Request, person: Objector, name: str) -> Response:
    """Send the complete list, as far as the person may see its records."""
    del request
    person.require(Right.RETENTION)
    searcher, viewer = deps.get_searcher(), deps.make_viewer(person)
    proposal = proposals.find_proposal(searcher, name, viewer)
    searcher.record_release("proposal list", person.name, proposal=proposal.id)
    headers = {**templating.HEADERS, "Content-Disposition": f'attachment; filename="{proposal_csv.NAME}"'}
    return stream_pieces(_read_list(proposal, viewer), "text/csv; charset=utf-8", headers)


def _read_list(proposal: DispositionProposal, viewer: Viewer) -> Iterator[bytes]:
    with proposals.open_rows(deps.get_searcher(), proposal, viewer) as rows:
        yield from proposal_csv.pieces(rows)


@router.post("/retention/proposals/{name}/object")
async def object_to_proposal(request: Request, person: Objector, name: str) -> Response:
    given = await forms.read_form(request, LONGEST)
    reason, records = (str(given.get(key, "")) for key in ("reason", "records"))
    everything = bool(given.get("everything"))
    return await run_in_threadpool(_object, request, person, name, (reason, records), everything=everything)


def _object(
    request: Request, person: Person, name: str, typed: tuple[str, str], *, everything: bool
) -> Response:
    person.require(Right.RETENTION)
    searcher, viewer = deps.get_searcher(), deps.make_viewer(person)
    proposal = proposals.find_proposal(searcher, name, viewer)
    try:
        records = frozenset(typed[1].split())
        if everything is bool(records):
            raise UsageError(
                "it is not clear what the objection is to",
                "Enter record IDs, or choose to object to everything that is proposed.",
            )
        proposals.object_to(searcher, name, records, typed[0], viewer)
    except UsageError as problem:
        return _render(request, person, name, typed, problem)
    deps.follow_ledger()
    return _redirect(request, proposal, "#objections")


@router.post("/retention/proposals/{name}/objections/{objection}/withdraw")
async def withdraw_objection(request: Request, person: Objector, name: str, objection: str) -> Response:
    reason = str((await forms.read_form(request, LONGEST_REASON)).get("reason", ""))
    return await run_in_threadpool(_withdraw, request, person, name, objection, reason)


def _withdraw(request: Request, person: Person, name: str, objection: str, reason: str) -> Response:
    person.require(Right.RETENTION)
    searcher, viewer = deps.get_searcher(), deps.make_viewer(person)
    proposal = proposals.find_proposal(searcher, name, viewer)
    made = proposal.objections.get(objection)
    if made is not None and not _may_withdraw(person, made.made.who):
        raise AccessRefused(Right.PROPOSE)
    proposals.withdraw(searcher, name, objection, reason, viewer)
    deps.follow_ledger()
    return _redirect(request, proposal, "#objections")


def _redirect(request: Request, proposal: DispositionProposal, part: str = "") -> Response:
    root = request.scope.get("root_path", "")
    return RedirectResponse(f"{root}/retention/proposals/{proposal.id}{part}", 303)
