"""The form that decides on the series of records: first what changes, then the decision."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams

from recordroom.errors import RecordroomError, ServiceUnavailable, UsageError
from recordroom.records import classification
from recordroom.records.approvals import ChangedMeanwhile
from recordroom.records.classification import MOST, ClassificationOrder
from recordroom.records.holds import LONGEST_REASON
from recordroom.records.retention_preview import Preview
from recordroom.retention.explanation import describe_period
from recordroom.retention.models import Rule
from recordroom.rights import Right
from recordroom.search.access import Viewer
from recordroom.search.filters import Filters
from recordroom.search.hits import Group, group_by_record
from recordroom.search.searcher import LARGEST_PAGE
from recordroom.search.summaries import server_of
from recordroom.web import deps, forms, templating
from recordroom.web.auth import Person, require_right
from recordroom.web.chosen_records import ChosenRecords, FoundRecords
from recordroom.web.params import LONGEST, SearchAddress

UNDETERMINED = "undetermined"  # the choice of no series
PREVIEW, DECIDE = "preview", "decide"  # what a form asks for; else it is shown again
router = APIRouter()
_log = logging.getLogger(__name__)
Classifier = Annotated[Person, Depends(require_right(Right.CLASSIFY))]


@dataclass(frozen=True, slots=True)
class SentDecision:
    """The fields of the form, as typed."""

    chosen: ChosenRecords
    series: str = ""  # disposition authority number, UNDETERMINED, or "": not chosen yet
    reason: str = ""
    primary: str = ""  # record ID
    seen: str = ""  # fingerprint of the preview that the person saw

    @classmethod
    def parse(cls, given: QueryParams) -> SentDecision:
        """Read the fields; UsageError for values that no page of ours writes."""
        texts = [given.get(name, "").strip() for name in ("dan", "reason", "primary", "seen")]
        return cls(ChosenRecords.parse(given), *texts)

    def make_order(self, found: FoundRecords) -> ClassificationOrder:
        """Return what is asked for; UsageError if no series is chosen."""
        if not self.series:
            raise UsageError("no series is chosen", "Choose a series, or that none is determined.")
        series = None if self.series == UNDETERMINED else self.series
        return ClassificationOrder(series, found.scope, self.reason, found.query, found.filters, self.primary)


@router.get("/retention/classify")
def show_form(request: Request, person: Classifier) -> Response:
    """Show the form for the results of a search, or for a record."""
    person.require(Right.READ)
    return _handle(request, person, request.query_params, "")


@router.post("/retention/classify")
async def send_form(request: Request, person: Classifier) -> Response:
    """Show what changes, or decide, as the field `do` says."""
    person.require(Right.READ)
    sent = await forms.read_form(request, LONGEST)
    given = forms.list_texts(sent)
    return await run_in_threadpool(_handle, request, person, given, given.get("do", ""))


def _handle(request: Request, person: Person, given: QueryParams, do: str) -> Response:
    """Show the form or the preview, or decide; after a problem the form has what was typed."""
    sent, found = SentDecision(ChosenRecords(SearchAddress.parse_text(given))), None
    try:
        sent = SentDecision.parse(given)
        if sent.chosen.is_empty:
            return templating.render_page(request, "classify_start", person)
        found = sent.chosen.find(deps.get_searcher(), deps.make_viewer(person))
        if do in (PREVIEW, DECIDE):
            return _proceed(request, person, sent, sent.make_order(found), do)
        return _render_form(request, person, sent, found)
    except (UsageError, ServiceUnavailable) as problem:
        _log.info("the form of a decision is shown again: %s", problem)
        return _render_form(request, person, sent, found, problem)


def _proceed(
    request: Request, person: Person, sent: SentDecision, order: ClassificationOrder, do: str
) -> Response:
    """Show what changes, or decide if that is still what the person saw."""
    if do == PREVIEW:
        return _render_preview(request, person, sent, order)
    try:
        decision = classification.decide(deps.get_searcher(), order, deps.make_viewer(person), seen=sent.seen)
    except ChangedMeanwhile as problem:
        return _render_preview(request, person, sent, order, problem)
    deps.follow_ledger()
    root = request.scope.get("root_path", "")
    return RedirectResponse(f"{root}/retention/decisions#{decision.id}", 303)


def _render_form(
    request: Request,
    person: Person,
    sent: SentDecision,
    found: FoundRecords | None,
    problem: RecordroomError | None = None,
) -> Response:
    """found: None if it is not known what is chosen."""
    status = 503 if isinstance(problem, ServiceUnavailable) else 400 if problem else 200
    document = found.document if found else None
    return templating.render_page(
        request, "classify", person, status,
        sent=sent, problem=problem, found=found, document=document,
        server=server_of(document) if document else "",
        series=_list_series(), undetermined=UNDETERMINED, longest=LONGEST_REASON, most=MOST,
    )  # fmt: skip


def _render_preview(
    request: Request,
    person: Person,
    sent: SentDecision,
    order: ClassificationOrder,
    problem: UsageError | None = None,
) -> Response:
    searcher, viewer = deps.get_searcher(), deps.make_viewer(person)
    found = classification.preview_decision(searcher, order, viewer)
    rule = searcher.retention.now().policy.rules.get(order.series or "")
    return templating.render_page(
        request, "classify_preview", person, 400 if problem else 200,
        sent=sent, order=order, found=found, problem=problem, groups=find_samples(found, viewer),
        title=name_series(order.series, rule), rule=rule and _describe_rule(rule),
    )  # fmt: skip


def find_samples(found: Preview, viewer: Viewer) -> dict[str, Group]:
    """Return the records of the sample by their IDs, as the viewer may see them."""
    return find_groups((change.record_id for change in found.samples), viewer)


def find_groups(record_ids: Iterable[str], viewer: Viewer) -> dict[str, Group]:
    """Return some records by their IDs, as the viewer may see them."""
    ids = tuple(dict.fromkeys(record_ids))
    wanted = Filters(record=ids, messages=True, quarantined=viewer.sees_quarantine)
    hits = deps.get_searcher().page("", wanted, viewer=viewer, size=LARGEST_PAGE).hits
    return {group.record_id: group for group in group_by_record(hits, versions=False)}


def _list_series() -> dict[str, list[tuple[str, str]]] | None:
    """Return heading -> (number, words) of the series in force; None if they are not known now."""
    try:
        rules = deps.get_searcher().retention.now().policy.rules
    except RecordroomError as problem:
        _log.warning("the series in force are not known: %s", problem)
        return None
    listed = sorted({rule.dan: rule for rule in rules.values()}.items())
    return {
        "Reviewed by the agency": _word_series(rule for _, rule in listed if not rule.unreviewed),
        "Not reviewed: no date follows": _word_series(rule for _, rule in listed if rule.unreviewed),
    }


def _word_series(rules: Iterable[Rule]) -> list[tuple[str, str]]:
    return [(rule.dan, f"{name_series(rule.dan, rule)}: {_describe_rule(rule)}") for rule in rules]


def name_series(dan: str | None, rule: Rule | None) -> str:
    """Return the number of a series with its title."""
    if dan is None:
        return "No series is determined: retain"
    return f"{dan}, {rule.title}" if rule else dan


def _describe_rule(rule: Rule) -> str:
    return describe_period(rule) if not rule.unreviewed or rule.is_permanent else "No date follows"
