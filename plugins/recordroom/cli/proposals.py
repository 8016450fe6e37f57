"""`recordroom retention propose`, `proposals`, `object`, `withdraw`: proposals of disposition.

Nothing here destroys anything: a proposal is a list for people to read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any

import typer

from recordroom import dates, settings
from recordroom.archive import store
from recordroom.cli.output import Json, open_context, report_index, say, write, write_json_lines
from recordroom.cli.scope_options import Reason, Records
from recordroom.cli.terminal_text import print_table, ship_journal
from recordroom.exit_codes import ExitCode
from recordroom.jobs import proposals as jobs
from recordroom.jobs.index import update_index
from recordroom.jobs.proposals import Draft, IsWanted
from recordroom.model import instant
from recordroom.records import proposals
from recordroom.retention.exclusions import EXCLUSIONS
from recordroom.retention.ledger import RetentionState
from recordroom.retention.proposals import (
    DispositionProposal,
    Objection,
    ProposalSubject,
    RecordCounts,
    sum_counts,
)
from recordroom.search.access import Viewer
from recordroom.search.searcher import Searcher
from recordroom.text import counted, to_one_line

ProposalId = Annotated[
    str, typer.Argument(help="ID of the proposal, as `recordroom retention proposals` prints it.")
]


def add_commands(group: typer.Typer) -> None:
    """Add the commands to `recordroom retention`."""
    group.command("propose", help="Draft proposals of disposition now, after listing what they have.")(
        propose
    )
    group.command("proposals", help="List the proposals with the objections to them.")(list_proposals)
    group.command("object", help="Object to a proposal, or to some of its records.")(object_to)
    group.command("withdraw", help="Withdraw an objection.")(withdraw)


def propose(
    series: Annotated[
        str | None,
        typer.Option(
            "--series", help="Only this disposition authority number, or this ID of a one-time list."
        ),
    ] = None,
    owner: Annotated[
        str | None, typer.Option("--owner", help="Only accounts of this owner in the register.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> ExitCode:
    """Draft proposals, whether they are due or not."""
    context = open_context()

    def is_wanted(_: RetentionState, subject: ProposalSubject) -> bool:
        about = series is None or series in (subject.series, subject.one_time_list)
        return about and owner in (None, subject.owner)

    found = jobs.preview(context, is_wanted)
    if not found:
        say("No records match, so nothing can be proposed.")
        return ExitCode.FINE
    if not json:
        _print_drafts(found)
    if not any(one.proposed for one in found):
        say("Nothing can be proposed: each record is excluded, or its period is not over.")
        return _write_drafts(found) if json else ExitCode.FINE
    if not yes:
        typer.confirm("Draft these proposals? Nothing is destroyed.", abort=True, err=True)
    drafted = jobs.draft(context, _only_proposed(is_wanted, found))
    if json:
        _write_drafts(drafted)
    else:
        _print_proposals(drafted)
    return report_index("the ledger has it", update_index(context))


def _only_proposed(is_wanted: IsWanted, found: Iterable[Draft]) -> IsWanted:
    subjects = {one.subject for one in found if one.proposed}
    return lambda state, one: one in subjects and is_wanted(state, one)


def _print_proposals(drafted: Iterable[Draft]) -> None:
    for one in drafted:
        if one.proposal:
            write(f"{one.proposal.id}: object until {dates.format_day(one.proposal.object_until)}\n")


def _write_drafts(found: Iterable[Draft]) -> ExitCode:
    write_json_lines(
        {
            "proposal": one.proposal.id if one.proposal else None,
            **_describe_subject(one.subject),
            "counts": _sum(one).to_body(),
        }
        for one in found
    )
    return ExitCode.FINE


def _sum(draft: Draft) -> RecordCounts:
    return sum_counts(draft.counts.values(), with_quarantine=True)


def _print_drafts(found: Iterable[Draft]) -> None:
    rows = []
    for one in found:
        counts = _sum(one)
        reasons = [f"{number:,} {EXCLUSIONS[key].label.lower()}" for key, number in counts.reasons.items()]
        numbers = (counts.proposed, counts.excluded, counts.running, counts.not_begun)
        rows.append((_name(one.subject), one.subject.owner, *(f"{n:,}" for n in numbers), reasons))
    head = ("series or list", "owner", "proposed", "excluded", "running", "not begun", "excluded because")
    print_table(head, rows)


def list_proposals(json: Json = False) -> ExitCode:
    """Print every proposal, the newest first."""
    context = open_context()
    searcher = Searcher(context.place.settings, context.place.archive, context.place.derived)
    viewer = Viewer.administrator(searcher.quarantine.snapshot(), sees_quarantine=True)
    found = proposals.list_proposals(searcher, viewer)
    if json:
        write_json_lines(map(_describe, found))
    elif found:
        head = ("proposal", "series or list", "owner", "drafted", "object until", "proposed", "objections")
        print_table(head, [_make_row(one) for one in found])
    say(f"{counted(len(found), 'proposal')}. Nothing is destroyed.")
    return ExitCode.FINE


def object_to(
    proposal: ProposalId, *, reason: Reason, record: Records = None, json: Json = False
) -> ExitCode:
    """Object to everything that is proposed, or to the records that are named."""
    named = frozenset(record or ())
    return _act(
        proposal,
        lambda searcher, viewer: proposals.object_to(searcher, proposal, named, reason, viewer),
        json=json,
    )


def withdraw(
    proposal: ProposalId,
    objection: Annotated[str, typer.Argument(help="ID of the objection.")],
    *,
    reason: Reason,
    json: Json = False,
) -> ExitCode:
    """Withdraw an objection."""
    return _act(
        proposal,
        lambda searcher, viewer: proposals.withdraw(searcher, proposal, objection, reason, viewer),
        json=json,
    )


def _act(proposal_id: str, work: Callable[[Searcher, Viewer], Objection], *, json: bool) -> ExitCode:
    context = open_context()
    loaded = settings.load()
    searcher = Searcher(loaded, store.archive(loaded), store.derived(loaded))
    try:
        viewer = Viewer.administrator(searcher.quarantine.snapshot(), sees_quarantine=True)
        objection = work(searcher, viewer)
    finally:
        ship_journal(searcher)
    proposal = searcher.retention.now().proposals[proposal_id]
    if json:
        write_json_lines([_describe(proposal)])
    else:
        write(f"{objection.id}: {_name_state(proposal, objection)}\n")
    return report_index("the ledger has it", update_index(context))


def _name_state(proposal: DispositionProposal, objection: Objection) -> str:
    if not objection.in_force:
        return "withdrawn"
    return "in force, made after the last day" if proposal.is_late(objection) else "in force"


def _name(subject: ProposalSubject) -> str:
    return subject.series or f"one-time list {subject.one_time_list}"


def _make_row(one: DispositionProposal) -> tuple[str | list[str], ...]:
    counts = sum_counts(one.counts.values(), with_quarantine=True)
    objections = [
        f"{objection.id} {_name_state(one, objection)}: {to_one_line(objection.made.reason)}"
        for objection in one.objections.values()
    ]
    return (
        one.id, _name(one.subject), one.subject.owner, dates.format_day(one.drafted_on),
        dates.format_day(one.object_until), f"{counts.proposed:,}", objections,
    )  # fmt: skip


def _describe_subject(subject: ProposalSubject) -> dict[str, Any]:
    return {
        "series": subject.series or None,
        "one_time_list": subject.one_time_list or None,
        "owner": subject.owner,
    }


def _describe(one: DispositionProposal) -> dict[str, Any]:
    """Return a proposal for --json."""
    return {
        "proposal": one.id,
        **_describe_subject(one.subject),
        "accounts": list(one.accounts),
        "drafted_on": one.drafted_on.isoformat(),
        "drafted_by": one.drafted.who,
        "object_until": one.object_until.isoformat(),
        "counts": {name: counts.to_body() for name, counts in sorted(one.counts.items())},
        "list": {"key": one.list.key, "sha256": one.list.sha256, "rows": one.list.rows},
        "objections": [
            {
                "objection": objection.id,
                "everything": objection.everything,
                "records": sorted(objection.records),
                "reason": objection.made.reason,
                "made_by": objection.made.who,
                "made_at": instant(objection.made.at),
                "late": one.is_late(objection),
                "withdrawn_by": objection.withdrawn and objection.withdrawn.who,
            }
            for objection in one.objections.values()
        ],
    }
