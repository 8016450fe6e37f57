"""Capture now: a worker captures one post with its conversation at once.

The receipt says whether the post may be moderated.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from recordroom.capture.permalink import requests
from recordroom.capture.permalink.attribution import find_accounts
from recordroom.capture.permalink.receipt import UNSHOWN, RootAddress, without_numbers
from recordroom.capture.permalink.requests import CaptureRequest, CaptureResult
from recordroom.errors import RecordroomError, ServiceUnavailable, UsageError
from recordroom.records.hold_instructions import DO_NOT_MODERATE, forbids_moderation
from recordroom.records.lookup import find_reply_at
from recordroom.register.models import Register
from recordroom.rights import Right
from recordroom.search.access import Viewer
from recordroom.search.masking import make_mask
from recordroom.web import airflow_runs, deps, forms, templating
from recordroom.web.auth import Person, require_right

DAG = "capture_now"
LONGEST = 2_000  # characters of an address
FAILED = "The capture failed. Only the person who requested it sees the reason here."
_REPLIES = ("comment", "reply", "message")  # kinds of records that have a parent
router = APIRouter()
Requester = Annotated[Person, Depends(require_right(Right.CAPTURE))]


@router.get("/capture")
def show_form(request: Request, person: Requester, url: str = "") -> Response:
    return _render_form(request, person, url[:LONGEST])


@router.post("/capture")
async def request_capture(request: Request, person: Requester) -> Response:
    given = await forms.read_form(request, LONGEST)
    url = given.get("url")
    return await run_in_threadpool(
        _request_capture, request, person, url.strip() if isinstance(url, str) else ""
    )


def _request_capture(request: Request, person: Person, url: str) -> Response:
    """Place the request, and show its receipt.

    An address of no account is refused at once, without a request to any platform.
    """
    try:
        if not url or len(url) > LONGEST:
            raise UsageError(
                "no address was given" if not url else "the address is too long",
                "Paste the address of the post.",
            )
        searcher, viewer = deps.get_searcher(), deps.make_viewer(person)
        instead = find_reply_at(searcher, url, viewer)
        accounts = _find_account_ids(viewer, url, instead)
        restricted = person.may(Right.RESTRICTED)
        wanted = requests.place_request(
            deps.get_workspace().derived, url, person.name, accounts, restricted=restricted, instead=instead
        )
        searcher.note("capture now", person.name, request=wanted.id, url=url, accounts=accounts)
        airflow_runs.start_run(DAG, wanted.id, {"request": wanted.id})
    except (UsageError, ServiceUnavailable) as problem:
        return _render_form(request, person, url, problem)
    return RedirectResponse(f"{request.scope.get('root_path', '')}/capture/{wanted.id}", 303)


def _find_account_ids(viewer: Viewer, url: str, instead: RootAddress | None) -> list[str]:
    """Return the accounts that the address may belong to.

    UsageError if there is none; instead: the conversation that is captured then.
    """
    try:
        return [account.id for account in find_accounts(_limit_register(viewer), url)]
    except UsageError:
        if instead is None:
            raise
        return [instead.account]


@router.get("/capture/{name}")
def show_receipt(request: Request, person: Requester, name: str) -> Response:
    derived = deps.get_workspace().derived
    wanted = requests.find_request(derived, name)
    answer = None if wanted is None else requests.find_result(derived, name)
    viewer = deps.make_viewer(person)
    if wanted is None or not _may_see(person, viewer, wanted, answer):
        raise HTTPException(404, "There is no capture with this name.")
    is_on_hold = _is_on_hold(wanted, answer)
    if not viewer.sees_quarantine:
        own = person.is_(wanted.who)
        wanted, answer = (
            wanted if own else replace(wanted, url=""),
            answer and _mask_quarantined(answer, viewer, own=own),
        )
    kinds = Counter(kind for _, kind in answer.records) if answer else {}
    record = _find_post(answer) if answer else ""
    unshown = answer is not None and not answer.failure and any(UNSHOWN in words for words in answer.lacking)
    return templating.render_page(
        request, "receipt", person, wanted=wanted, answer=answer, kinds=kinds, record=record, unshown=unshown,
        do_not_moderate=DO_NOT_MODERATE * is_on_hold,
    )  # fmt: skip


def _is_on_hold(wanted: CaptureRequest, answer: CaptureResult | None) -> bool:
    """Return whether a hold could cover what is captured, or what will be."""
    accounts = {answer.account} if answer and answer.account else set(wanted.accounts)
    ids = [record_id for record_id, _ in answer.records] if answer else []
    behind = answer is not None and bool(answer.behind)
    return forbids_moderation(deps.get_searcher(), accounts, ids, is_index_behind=behind)


def _find_post(answer: CaptureResult) -> str:
    """Return the record that leads to the complete conversation, or ""."""
    records = [record_id for record_id, _ in answer.records]
    posts = [record_id for record_id, kind in answer.records if kind not in _REPLIES]
    return next(iter([*posts, *records]), "")


def _may_see(person: Person, viewer: Viewer, wanted: CaptureRequest, answer: CaptureResult | None) -> bool:
    """Return whether the person may see all accounts that the capture may concern.

    Those are the captured account or, before it is known, all accounts of the request.
    """
    if wanted.restricted and not person.may(Right.RESTRICTED):
        return False
    hidden = viewer.hidden_accounts
    known = {answer.account} if answer and answer.account else set(wanted.accounts)
    return not hidden or (bool(known) and known.isdisjoint(hidden))


def _mask_quarantined(answer: CaptureResult, viewer: Viewer, *, own: bool) -> CaptureResult:
    """Return the result without records and files under quarantine.

    own: the person made the request. Other people do not see the address, what it names, or a failure, which
        may repeat it: each may concern something under quarantine. Numbers of missing items count such
        records too, so they are always left out: numbers that are left out only at times would reveal that
        something is hidden.
    """
    quarantine = viewer.quarantine
    records = tuple(one for one in answer.records if one[0] not in quarantine.records)
    files = tuple(
        one for one in answer.files if one[0] not in quarantine.records and one[1] not in quarantine.files
    )
    failure = make_mask(quarantine.records)(answer.failure) if own else FAILED * bool(answer.failure)
    whose = (
        answer.whose if own and answer.whose and answer.whose.record_id not in quarantine.records else None
    )
    instead = (
        answer.instead
        if own and answer.instead and answer.instead.record_id not in quarantine.records
        else None
    )
    answer = replace(
        answer,
        failure=failure,
        lacking=tuple(map(without_numbers, answer.lacking)),
        whose=whose,
        instead=instead,
    )
    if records == answer.records and (len(files) == answer.media or not quarantine.files):
        return answer
    return replace(answer, not_given=(), records=records, media=len(files))


def _limit_register(viewer: Viewer) -> Register:
    """Return the register with only the accounts that the viewer may see."""
    found, hidden = deps.read_register(), viewer.hidden_accounts
    return replace(found, accounts=tuple(account for account in found.accounts if account.id not in hidden))


def _render_form(
    request: Request, person: Person, url: str, problem: RecordroomError | None = None
) -> Response:
    status = 200 if problem is None else 503 if isinstance(problem, ServiceUnavailable) else 400
    return templating.render_page(
        request, "capture", person, status, url=url, problem=problem, longest=LONGEST
    )
