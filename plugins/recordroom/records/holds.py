"""Place, change, and release legal holds. Nothing here destroys anything.

Each act is an entry of the ledger `retention` and an event of the audit. The audit records an act before it
is done, with the nonce that its first entry will have, as records/quarantine.py does.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from recordroom import clock, dates, settings
from recordroom.archive.ledger import Entry, capture_chains
from recordroom.archive.store import Store
from recordroom.errors import NotThere, ServiceUnavailable, UsageError
from recordroom.model import ZONE
from recordroom.people import is_same_person
from recordroom.retention import hold_entries, ledger
from recordroom.retention.derivation import FIELDS
from recordroom.retention.holds import KINDS, REQUEST, WITH_COUNSEL, Hold, HoldScope
from recordroom.retention.ledger import RetentionState
from recordroom.retention.status import FIELD
from recordroom.search.access import Viewer
from recordroom.search.hold_counts import count_covered, count_dropped, count_unmatched, find_hidden_ids
from recordroom.search.index.retention import read_heads
from recordroom.search.query.query import read
from recordroom.search.searcher import Searcher

# How long before its hold the letter of a request may be: an earlier day is a wrong year.
EARLIEST_LETTER = timedelta(days=366)
LONGEST_REASON, LONGEST_TITLE = 2_000, 200  # characters
_CHANGING = ("current", *FIELDS, FIELD)  # fields whose value changes without a new version


@dataclass(frozen=True, slots=True)
class HoldOrder:
    """What a person asks for."""

    title: str
    kind: str
    scope: HoldScope
    reason: str
    review_on: date | None = None
    confidential: bool = False
    request: str = ""  # number of the records request


@dataclass(frozen=True, slots=True)
class CoveredRecords:
    """Records that a scope would cover."""

    covered: int
    dropped: int = 0  # of those that the hold covers now, how many it would no longer cover


def place(searcher: Searcher, order: HoldOrder, viewer: Viewer) -> Hold:
    """Place a hold; it applies from its first entry on.

    viewer: the person who acts.

    UsageError if it cannot be placed; ServiceUnavailable if the bucket is away: nothing was done then.
    """
    order = _check_order(searcher, order, viewer)
    act_id = secrets.token_hex(16)
    withheld = {"confidential": True} if order.confidential else {}  # also if no entry follows
    searcher.note("hold", viewer.name, hold=act_id, kind=order.kind, act=act_id, **withheld)
    parts = hold_entries.split_scope(order.scope)
    for number, scope in enumerate(parts, 1):
        body: dict[str, Any] = {"act_id": act_id, "part": number, "parts": len(parts)}
        body["scope"] = scope.to_body()
        if number == 1:
            body |= {"title": order.title, "kind": order.kind, "reason": order.reason}
            body |= {"confidential": True} if order.confidential else {}
            body |= {"review_on": order.review_on.isoformat()} if order.review_on else {}
            body |= {"request": order.request} if order.request else {}
        _append(searcher, hold_entries.PLACED, body, viewer, act_id if number == 1 else "")
    return searcher.retention.refresh().holds[act_id]


def change(
    searcher: Searcher,
    hold_id: str,
    scope: HoldScope,
    reason: str,
    viewer: Viewer,
    *,
    review_on: date | None = None,
) -> Hold:
    """Give a hold another scope: narrower or wider. Fails as `place` does."""
    hold = find_hold(searcher, hold_id, viewer)
    reason = check_text("reason", reason, LONGEST_REASON)
    check_review_day(review_on)
    scope = _check_scope(searcher, scope, viewer, hold.scope.accounts)
    act = secrets.token_hex(16)
    searcher.note("hold changed", viewer.name, hold=hold.id, act=act)
    parts = hold_entries.split_scope(scope)
    for number, part in enumerate(parts, 1):
        body: dict[str, Any] = {"act_id": hold.id, "part": number, "parts": len(parts), "reason": reason}
        body["scope"] = part.to_body()
        body |= {"review_on": review_on.isoformat()} if review_on and number == 1 else {}
        _append(searcher, hold_entries.CHANGED, body, viewer, act if number == 1 else "", of=hold.id)
    return searcher.retention.refresh().holds[hold.id]


def release(searcher: Searcher, hold_id: str, reason: str, viewer: Viewer, *, counsel: str = "") -> Hold:
    """Release a hold. UsageError if it is not in force, or if counsel is missing for litigation."""
    hold = find_hold(searcher, hold_id, viewer)
    reason = check_text("reason", reason, LONGEST_REASON)
    counsel = counsel.strip()
    if hold.kind in WITH_COUNSEL and not counsel:
        raise UsageError(
            f"the release of a hold for {hold.kind} must name counsel",
            "Enter the attorney who advised the release.",
        )
    body = {"act_id": hold.id, "reason": reason} | ({"counsel": counsel} if counsel else {})
    act = secrets.token_hex(16)
    searcher.note("hold released", viewer.name, hold=hold.id, act=act)
    return _do(searcher, hold_entries.RELEASED, body, viewer, act)


def acknowledge(searcher: Searcher, hold_id: str, account: str, viewer: Viewer) -> Hold:
    """Record that a person acknowledges for an account not to delete, hide, or edit anything."""
    hold = find_hold(searcher, hold_id, viewer)
    if account in viewer.hidden_accounts or account not in list_accounts(searcher.archive):
        raise UsageError(f"there is no account {account!r}", "Choose one of the accounts of the hold.")
    if not hold.scope.reaches(account):
        raise UsageError("the hold does not cover this account", "Choose one of the accounts of the hold.")
    if account in hold.acknowledged:
        return hold
    body = {"act_id": hold.id, "account": account}
    act = secrets.token_hex(16)
    searcher.note("hold acknowledged", viewer.name, hold=hold.id, account=account, act=act)
    return _do(searcher, hold_entries.ACKNOWLEDGED, body, viewer, act)


def close_request(searcher: Searcher, hold_id: str, closed_on: date, viewer: Viewer) -> Hold:
    """Record the day of the letter that closed the records request of a hold.

    It replaces a day that was recorded before. The letter may be older than the hold, but not by more than a
    year: a wrong year would offer the release too early.
    """
    hold = find_hold(searcher, hold_id, viewer)
    if hold.kind != REQUEST:
        raise UsageError("this hold is of no records request", "Choose the hold of the request.")
    if closed_on > clock.today():
        raise UsageError(
            f"{dates.format_day(closed_on)} is in the future", "Enter the day of the closing letter."
        )
    placed_on = hold.placed.at.astimezone(ZONE).date()
    if closed_on < placed_on - EARLIEST_LETTER:
        raise UsageError(
            f"{dates.format_day(closed_on)} is more than a year before the hold was placed",
            f"The hold was placed on {dates.format_day(placed_on)}. Enter the day of the closing letter.",
        )
    body = {"act_id": hold.id, "closed_on": closed_on.isoformat()}
    act = secrets.token_hex(16)
    searcher.note("hold request closed", viewer.name, hold=hold.id, closed_on=body["closed_on"], act=act)
    return _do(searcher, hold_entries.CLOSED, body, viewer, act)


def count_records(
    searcher: Searcher,
    scope: HoldScope,
    viewer: Viewer,
    *,
    changes: Hold | None = None,
    confidential: bool = False,
) -> CoveredRecords:
    """Count the records that a hold with this scope would cover, as far as the viewer may see them.

    changes: the hold that would get this scope. confidential: whether it would be a confidential hold.

    UsageError or QueryError if it cannot be placed; ServiceUnavailable if Elasticsearch is away.
    """
    scope = _check_scope(searcher, scope, viewer, changes.scope.accounts if changes else frozenset())
    [found] = count_covered(searcher.client, searcher.alias, [scope], viewer)
    dropped = 0
    if changes:
        # what its query was not asked about is held
        before = replace(changes.scope, query="") if changes.waits_for_query else changes.scope
        dropped = count_dropped(searcher.client, searcher.alias, before, scope, viewer)
    asked = {name: value for name, value in scope.to_body().items() if name in ("accounts", "from", "to")}
    of = ({"hold": changes.id} if changes else {}) | ({"confidential": True} if confidential else {})
    searcher.note("hold counted", viewer.name, query=scope.query, total=found, **asked, **of)
    return CoveredRecords(found, dropped)


def describe_unmatched(searcher: Searcher, scope: HoldScope, viewer: Viewer) -> str:
    """Say in words how many of the listed IDs match no record that the viewer may see; "" if all do.

    While Elasticsearch is away nothing is said: a hold can be placed without it.
    """
    try:
        number = count_unmatched(searcher.client, searcher.alias, scope, viewer)
    except ServiceUnavailable:
        return ""
    if not number:
        return ""
    subject = "1 of the listed IDs matches" if number == 1 else f"{number:,} of the listed IDs match"
    return f"{subject} no record now. Check them: a wrong ID holds nothing."


def find_offer_day(hold: Hold) -> date | None:
    """Return the day from which the release of a request's hold is offered; None without a letter."""
    days = timedelta(days=settings.load().request_hold_days)
    return None if hold.closed_on is None else hold.closed_on + days


def describe_early_release(hold: Hold) -> str:
    """Say in words why the release of a request's hold may be too early; "" if nothing says so."""
    if hold.kind != REQUEST:
        return ""
    offered = find_offer_day(hold)
    if offered is None:
        return (
            "No closing letter of the request is recorded. A requested record may not be destroyed until the"
            " request is resolved."
        )
    if offered > clock.today():
        day = dates.format_day(offered)
        return f"The time after the closing letter has not ended. Its release is offered from {day} on."
    return ""


def may_read(hold: Hold, viewer: Viewer) -> bool:
    """Return whether the viewer may see more than that the hold exists."""
    accounts = hold.scope.accounts
    if accounts and accounts.issubset(viewer.hidden_accounts):
        return False
    is_own = viewer.name is not None and is_same_person(hold.placed.who, viewer.name)
    return not hold.confidential or viewer.sees_matters or is_own


def find_hidden(searcher: Searcher, scope: HoldScope, viewer: Viewer) -> HoldScope:
    """Return the accounts, records, and root posts of a scope that the viewer may not see.

    ServiceUnavailable if Elasticsearch is away.
    """
    ids = scope.records | scope.conversations
    hidden = ids.intersection(viewer.withheld_records)
    hidden |= find_hidden_ids(searcher.client, searcher.alias, ids, viewer)
    accounts = scope.accounts.intersection(viewer.hidden_accounts)
    return HoldScope(scope.records & hidden, scope.conversations & hidden, accounts=accounts)


def find_hold(searcher: Searcher, hold_id: str, viewer: Viewer) -> Hold:
    """Return a hold in force that the viewer may read; NotThere if there is none."""
    hold = searcher.retention.refresh().holds.get(hold_id)
    if hold is None or not may_read(hold, viewer):
        raise NotThere("there is no such hold", "Use a link on the page Holds.")
    if not hold.in_force:
        raise UsageError(f"the hold {hold.title!r} was released already", "No action is needed.")
    return hold


def _do(searcher: Searcher, type_: str, body: dict[str, Any], viewer: Viewer, act: str) -> Hold:
    """Do an act that has one entry, on the hold that its body names."""
    _append(searcher, type_, body, viewer, act, of=body["act_id"])
    return searcher.retention.refresh().holds[body["act_id"]]


def _append(
    searcher: Searcher, type_: str, body: dict[str, Any], viewer: Viewer, nonce: str, *, of: str = ""
) -> Entry:
    """Append an entry. of: the hold that must still be in force."""

    def make(state: RetentionState) -> dict[str, Any]:
        if of and not state.holds[of].in_force:
            raise UsageError("the hold was released meanwhile", "Place a new hold if one is needed.")
        return body

    entry = ledger.append(searcher.archive, type_, make, viewer.name, nonce, known=searcher.retention.now())
    assert entry is not None  # noqa: S101 (there is always something to say)
    return entry


def _check_order(searcher: Searcher, order: HoldOrder, viewer: Viewer) -> HoldOrder:
    if order.kind not in KINDS:
        raise UsageError(f"there is no kind of hold {order.kind!r}", f"Kinds: {', '.join(KINDS)}.")
    if order.kind == REQUEST:
        if not order.request.strip():
            raise UsageError("the number of the records request is missing", "Enter its number.")
        if order.scope.query or not order.scope.has_range:
            raise UsageError(
                "a hold for a records request covers whole accounts and dates at first",
                "Choose accounts and dates. Narrow the hold with a reason after the search.",
            )
    check_review_day(order.review_on)
    return replace(
        order,
        title=check_text("title", order.title, LONGEST_TITLE),
        reason=check_text("reason", order.reason, LONGEST_REASON),
        request=order.request.strip(),
        scope=_check_scope(searcher, order.scope, viewer),
    )


def _check_scope(
    searcher: Searcher, scope: HoldScope, viewer: Viewer, covered: frozenset[str] = frozenset()
) -> HoldScope:
    """Return the scope; UsageError if it cannot be that of a hold. covered: accounts that it had before."""
    if scope.is_empty:
        raise UsageError(
            "the hold covers nothing", "Choose accounts, dates, or a query, or list records or conversations."
        )
    if scope.from_ and scope.to and scope.from_ > scope.to:
        raise UsageError("From is after To", "Exchange the two.")
    known = list_accounts(searcher.archive)
    for name in sorted(scope.accounts - covered):
        if name not in known or name in viewer.hidden_accounts:
            raise UsageError(f"there is no account {name!r}", "Choose accounts of the register.")
    check_query(scope.query)
    return scope


def list_accounts(archive: Store) -> set[str]:
    """Return every account that is registered or was ever captured."""
    captured = (chain.id for chain in capture_chains(archive))
    return {*read_heads(archive).accounts, *captured}


def check_review_day(day: date | None) -> None:
    """Raise UsageError for a day of a review that is not in the future."""
    if day and day <= clock.today():
        raise UsageError(f"{dates.format_day(day)} is not in the future", "Enter a later day for the review.")


def check_query(text: str) -> None:
    """Raise QueryError or UsageError for a query that cannot decide what is held."""
    if not text:
        return
    query = read(text)
    if query.has_fuzzy:
        raise UsageError(
            "the query of a hold cannot search for similar words with `~`",
            "List the words, joined by OR: later captures would change which words are similar.",
        )
    for name in _CHANGING:
        if name in query.fields:
            raise UsageError(
                f"the query of a hold cannot search by {name}, whose value changes by itself",
                f"Remove `{name}:` from the query. A hold covers every version of a record anyway.",
            )


def check_text(name: str, text: str, longest: int) -> str:
    """Return the text without space around it; UsageError if it is empty or too long."""
    text = text.strip()
    if not text:
        raise UsageError(f"the {name} is missing", f"Enter a {name}.")
    if len(text) > longest:
        raise UsageError(f"the {name} has {len(text):,} characters", f"The limit is {longest:,}.")
    return text
