"""Legal holds: what is on hold, since when, and why; the forms that place, change, and release one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from recordroom import dates
from recordroom.errors import NotThere, ServiceUnavailable, UsageError
from recordroom.records import holds
from recordroom.records.holds import LONGEST_REASON, LONGEST_TITLE, CoveredRecords, HoldOrder
from recordroom.retention.holds import KINDS, REQUEST, WITH_COUNSEL, Hold, HoldScope
from recordroom.rights import Right
from recordroom.search.access import Viewer
from recordroom.web import airflow_runs, deps, forms, templating
from recordroom.web.auth import AccessRefused, Person, require_right
from recordroom.web.hold_views import list_views

DAG = "hold"
LONGEST = 1_000_000  # bytes of a list of IDs
REVIEW, CLOSED = "Review by", "Closing letter of"
router = APIRouter()
_log = logging.getLogger(__name__)
Reader = Annotated[Person, Depends(require_right(Right.RETENTION))]
Owner = Annotated[Person, Depends(require_right(Right.READ))]
Placer = Annotated[Person, Depends(require_right(Right.HOLD))]
Releaser = Annotated[Person, Depends(require_right(Right.RELEASE))]


@dataclass(frozen=True, slots=True)
class SentHold:
    """The fields of the form, as typed."""

    title: str = ""
    kind: str = REQUEST
    request: str = ""
    reason: str = ""
    accounts: tuple[str, ...] = ()
    everything: bool = False
    from_: str = ""
    to: str = ""
    query: str = ""
    records: str = ""
    conversations: str = ""
    review_on: str = ""
    confidential: bool = False
    only_counts: bool = False  # the button that counts and changes nothing

    @classmethod
    def parse(cls, given: FormData) -> SentHold:
        """Read the fields of a form."""
        texts = {
            name: str(given.get(key, "")).strip()
            for name, key in (
                ("title", "title"), ("kind", "kind"), ("request", "request"), ("reason", "reason"),
                ("from_", "from"), ("to", "to"), ("query", "query"), ("records", "records"),
                ("conversations", "conversations"), ("review_on", "review_on"),
            )
        }  # fmt: skip
        accounts = tuple(value for value in given.getlist("account") if isinstance(value, str))
        return cls(
            **texts,
            accounts=accounts,
            everything="everything" in given,
            confidential="confidential" in given,
            only_counts=given.get("do") == "count",
        )

    @classmethod
    def of(cls, hold: Hold, hidden: HoldScope) -> SentHold:
        """Return the form that changes a hold. hidden: what the person may not see of its scope."""
        scope = hold.scope
        from_, to = (dates.format_time(at) if at else "" for at in (scope.from_, scope.to))
        return cls(
            accounts=tuple(sorted(scope.accounts - hidden.accounts)),
            everything=scope.everything,
            from_=from_,
            to=to,
            query=scope.query,
            records="\n".join(sorted(scope.records - hidden.records)),
            conversations="\n".join(sorted(scope.conversations - hidden.conversations)),
        )

    def make_scope(self) -> HoldScope:
        """Return the scope; WrongDay for a text that is no day."""
        return HoldScope(
            frozenset(self.records.split()),
            frozenset(self.conversations.split()),
            accounts=frozenset(self.accounts),
            from_=dates.parse_from(self.from_) if self.from_ else None,
            to=dates.parse_to(self.to) if self.to else None,
            query=self.query,
            everything=self.everything,
        )

    def make_order(self) -> HoldOrder:
        """Return what is asked for; WrongDay for a text that is no day."""
        return HoldOrder(
            self.title,
            self.kind,
            self.make_scope(),
            self.reason,
            self.review_day,
            self.confidential,
            self.request,
        )

    @property
    def review_day(self) -> date | None:
        """The day of the review; WrongDay if it is none."""
        return dates.parse_day(self.review_on, REVIEW) if self.review_on else None


@dataclass(frozen=True, slots=True)
class SentAct:
    """The fields of a form about one hold, as typed."""

    hold: str  # its ID
    closed_on: str = ""
    reason: str = ""
    counsel: str = ""
    releases: bool = False  # the form releases the hold


UNTYPED = SentAct("")


@router.get("/holds")
def show_holds(request: Request, person: Reader, uncaptured: str = "", unmatched: str = "") -> Response:
    """List the holds.

    Of the one that was just placed or changed: `uncaptured` if its accounts are not captured now, `unmatched`
    if some of its listed IDs match no record.
    """
    return _render(request, person, SentHold(), uncaptured=bool(uncaptured), unmatched=bool(unmatched))


@router.post("/holds")
async def place_hold(request: Request, person: Placer) -> Response:
    sent = SentHold.parse(await forms.read_form(request, LONGEST))
    return await run_in_threadpool(_place, request, person, sent)


def _place(request: Request, person: Person, sent: SentHold) -> Response:
    """Place a hold; then capture its accounts, and let the index follow."""
    try:
        if sent.only_counts:
            holds.check_review_day(sent.review_day)
            searcher, viewer = deps.get_searcher(), deps.make_viewer(person)
            withheld = sent.confidential and person.may(Right.MATTERS)
            found = holds.count_records(searcher, sent.make_scope(), viewer, confidential=withheld)
            return _render(request, person, sent, counted=found)
        if sent.confidential and not person.may(Right.MATTERS):
            raise AccessRefused(Right.MATTERS)
        hold = holds.place(deps.get_searcher(), sent.make_order(), deps.make_viewer(person))
    except UsageError as problem:
        return _render(request, person, sent, problem)
    return _follow(request, hold, deps.make_viewer(person))


def _follow(request: Request, hold: Hold, viewer: Viewer) -> Response:
    """Let the index follow, and capture the accounts of a hold that was placed or changed."""
    deps.follow_ledger()
    told = {"unmatched": "1"} if holds.describe_unmatched(deps.get_searcher(), hold.scope, viewer) else {}
    try:
        airflow_runs.start_run(DAG, f"{hold.id}-{len(hold.changes)}", {"hold": hold.id})
    except ServiceUnavailable as problem:
        _log.warning("the accounts of a hold are not captured now: %s", problem)
        told["uncaptured"] = "1"
    asked = f"?{urlencode(told)}" if told else ""
    return RedirectResponse(f"{request.scope.get('root_path', '')}/holds{asked}#{hold.id}", 303)


@router.get("/holds/{name}")
def show_change_form(request: Request, person: Placer, name: str) -> Response:
    """Show the form that gives a hold another scope."""
    viewer = deps.make_viewer(person)
    hold = holds.find_hold(deps.get_searcher(), name, viewer)
    hidden = holds.find_hidden(deps.get_searcher(), hold.scope, viewer)
    return _render_change(request, person, hold, SentHold.of(hold, hidden))


@router.post("/holds/{name}")
async def change_hold(request: Request, person: Placer, name: str) -> Response:
    sent = SentHold.parse(await forms.read_form(request, LONGEST))
    return await run_in_threadpool(_change, request, person, name, sent)


def _change(request: Request, person: Person, name: str, sent: SentHold) -> Response:
    searcher, viewer = deps.get_searcher(), deps.make_viewer(person)
    hold = holds.find_hold(searcher, name, viewer)
    try:
        scope = sent.make_scope()
        # what the form does not show
        kept = replace(holds.find_hidden(searcher, hold.scope, viewer), authors=hold.scope.authors)
        if sent.only_counts:
            holds.check_review_day(sent.review_day)
            counted = holds.count_records(searcher, scope.plus(kept), viewer, changes=hold)
            return _render_change(request, person, hold, sent, counted=counted)
        hold = holds.change(searcher, name, scope.plus(kept), sent.reason, viewer, review_on=sent.review_day)
    except UsageError as problem:
        return _render_change(request, person, hold, sent, problem)
    return _follow(request, hold, viewer)


@router.post("/holds/{name}/acknowledge")
async def acknowledge_hold(request: Request, person: Owner, name: str) -> Response:
    account = str((await forms.read_form(request, LONGEST_TITLE)).get("account", ""))
    return await run_in_threadpool(
        _act,
        request,
        person,
        SentAct(name),
        lambda: holds.acknowledge(deps.get_searcher(), name, account, deps.make_viewer(person)),
    )


@router.post("/holds/{name}/close")
async def close_request(request: Request, person: Placer, name: str) -> Response:
    day = str((await forms.read_form(request, LONGEST_TITLE)).get("closed_on", "")).strip()

    def close() -> Hold:
        closed = dates.parse_day(day, CLOSED)
        return holds.close_request(deps.get_searcher(), name, closed, deps.make_viewer(person))

    return await run_in_threadpool(_act, request, person, SentAct(name, day), close)


@router.post("/holds/{name}/release")
async def release_hold(request: Request, person: Releaser, name: str) -> Response:
    given = await forms.read_form(request, LONGEST_REASON)
    reason, counsel = (str(given.get(key, "")) for key in ("reason", "counsel"))

    def release() -> Hold:
        viewer = deps.make_viewer(person)
        return holds.release(deps.get_searcher(), name, reason, viewer, counsel=counsel)

    sent = SentAct(name, reason=reason, counsel=counsel, releases=True)
    return await run_in_threadpool(_act, request, person, sent, release)


def _act(request: Request, person: Person, sent: SentAct, act: Callable[[], Hold]) -> Response:
    """Do an act, and let the index follow; or show the form again, with the problem and what was typed."""
    try:
        hold = act()
    except NotThere:
        raise
    except UsageError as problem:
        return _render(request, person, SentHold(), problem, typed=sent)
    deps.follow_ledger()
    return _return_to_list(request, hold)


def _return_to_list(request: Request, hold: Hold) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '')}/holds#{hold.id}", 303)


def _render(
    request: Request,
    person: Person,
    sent: SentHold,
    problem: UsageError | None = None,
    *,
    uncaptured: bool = False,
    unmatched: bool = False,
    counted: CoveredRecords | None = None,
    typed: SentAct | None = None,
) -> Response:
    status = 400 if problem else 200
    viewer = deps.make_viewer(person)
    views = list_views(deps.get_searcher(), viewer, deps.list_registered_accounts())
    return templating.render_page(
        request, "holds", person, status,
        applying=[one for one in views if one.hold.in_force],
        released=[one for one in views if not one.hold.in_force],
        sent=sent, problem=problem, uncaptured=uncaptured, unmatched=unmatched, counted=counted,
        typed=typed or UNTYPED, untyped=UNTYPED,
        **_form_values(viewer),
    )  # fmt: skip


def _render_change(
    request: Request,
    person: Person,
    hold: Hold,
    sent: SentHold,
    problem: UsageError | None = None,
    *,
    counted: CoveredRecords | None = None,
) -> Response:
    status = 400 if problem else 200
    values = _form_values(deps.make_viewer(person), hold.scope.accounts)
    return templating.render_page(
        request,
        "hold_change",
        person,
        status,
        hold=hold,
        sent=sent,
        problem=problem,
        counted=counted,
        **values,
    )


def _form_values(viewer: Viewer, covered: Iterable[str] = ()) -> dict[str, Any]:
    """covered: accounts of the hold; some may have left the register."""
    known = dict.fromkeys([*deps.list_registered_accounts(), *sorted(covered)])
    return {
        "kinds": KINDS,
        "with_counsel": WITH_COUNSEL,
        "accounts": [name for name in known if name not in viewer.hidden_accounts],
        "longest_title": LONGEST_TITLE,
        "longest": LONGEST_REASON,
    }
