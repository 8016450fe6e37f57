"""The entries of legal holds in the ledger `retention`, and what they amount to.

- `hold`: a hold is placed. A long list of IDs has several entries with one act_id; each counts when it is
  stored, so that nothing waits for the last.
- `hold-caught`: records that the query of a hold found, and up to which entry of each account it was asked.
- `hold-failed`: the query could not be asked: everything in the accounts and dates of the hold is held.
- `hold-changed`: another scope takes the place of the one before, with a reason. Of a long list of IDs, the
  one before stays in force until the last entry is stored, so that a stopped change frees nothing.
- `hold-acknowledged`: a person acknowledged the instruction for an account. It counts until a changed scope.
- `hold-request-closed`: the day of the letter that closed the records request of a hold.
- `hold-released`: the hold no longer applies.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any

from recordroom.archive.ledger import Entry
from recordroom.retention.holds import Act, Hold, HoldScope, read_texts

PLACED, CAUGHT, FAILED, CHANGED = "hold", "hold-caught", "hold-failed", "hold-changed"
ACKNOWLEDGED, CLOSED, RELEASED = "hold-acknowledged", "hold-request-closed", "hold-released"
MOST_IDS = 5_000  # in one entry
Holds = Mapping[str, Hold]  # by act_id of their placing


def fold(holds: Holds, entry: Entry) -> Holds:
    """Return the holds after an entry; an entry of another type, or of an unknown hold, changes nothing."""
    step = _STEPS.get(entry.type)
    if step is None:
        return holds
    name = entry.body["act_id"]
    known = holds.get(name)
    if entry.type == PLACED:
        return {**holds, name: _place(known, entry)}
    return holds if known is None else {**holds, name: step(known, entry)}


def _place(known: Hold | None, entry: Entry) -> Hold:
    scope = HoldScope.parse(entry.body["scope"])
    if known is not None:  # a further part
        return replace(known, scope=known.scope.plus(scope))
    body = entry.body
    return Hold(
        body["act_id"],
        body["title"],
        body["kind"],
        scope,
        Act(entry.actor, entry.at, body["reason"]),
        date.fromisoformat(body["review_on"]) if body.get("review_on") else None,
        body.get("confidential", False),
        body.get("request", ""),
    )


def _catch(hold: Hold, entry: Entry) -> Hold:
    upto = {name: operator.index(number) for name, number in entry.body.get("upto", {}).items()}
    return replace(
        hold,
        caught=hold.caught | read_texts(entry.body["records"]),
        upto={**hold.upto, **upto},
        problem="",
    )


def _fail(hold: Hold, entry: Entry) -> Hold:
    return replace(hold, problem=entry.body["problem"])


def _change(hold: Hold, entry: Entry) -> Hold:
    scope, body = HoldScope.parse(entry.body["scope"]), entry.body
    act = Act(entry.actor, entry.at, body["reason"])
    if body["part"] > 1 and hold.coming is None:  # of two changes at once, whose last parts both add
        return _ask_again(replace(hold, scope=hold.scope.plus(scope)))
    if body["part"] > 1 and hold.coming is not None:
        scope = hold.coming.plus(scope)
    review_on = date.fromisoformat(body["review_on"]) if body.get("review_on") else hold.review_on
    if body["part"] < body["parts"]:
        return replace(hold, coming=scope, review_on=review_on)
    # The query is asked again within the new scope; until then everything in it is held.
    changed = hold if scope == hold.scope else _ask_again(hold)
    return replace(
        changed,
        scope=scope,
        earlier=(*hold.earlier, hold.scope),
        changes=(*hold.changes, act),
        coming=None,
        review_on=review_on,
        upto={},
        caught=frozenset(),
    )


def _ask_again(hold: Hold) -> Hold:
    """Return a hold whose instruction changed: who acknowledged it before may not know what it covers now."""
    before = {**hold.acknowledged_before, **hold.acknowledged}
    return replace(hold, acknowledged={}, acknowledged_before=before)


def _acknowledge(hold: Hold, entry: Entry) -> Hold:
    act = Act(entry.actor, entry.at, entry.body.get("reason", ""))
    return replace(hold, acknowledged={**hold.acknowledged, entry.body["account"]: act})


def _close(hold: Hold, entry: Entry) -> Hold:
    return replace(hold, closed_on=date.fromisoformat(entry.body["closed_on"]))


def _release(hold: Hold, entry: Entry) -> Hold:
    if hold.released is not None:
        return hold
    body = entry.body
    return replace(hold, released=Act(entry.actor, entry.at, body["reason"], body.get("counsel", "")))


_STEPS: Mapping[str, Callable[[Hold, Entry], Hold]] = {
    PLACED: _place, CAUGHT: _catch, FAILED: _fail, CHANGED: _change, ACKNOWLEDGED: _acknowledge,
    CLOSED: _close, RELEASED: _release,
}  # fmt: skip
TYPES = tuple(_STEPS)


def split_scope(scope: HoldScope) -> list[HoldScope]:
    """Return the scope as parts with at most MOST_IDS IDs; the first has accounts, dates, and the query."""
    ids = [
        *(("records", one) for one in sorted(scope.records)),
        *(("conversations", one) for one in sorted(scope.conversations)),
        *(("authors", one) for one in sorted(scope.authors)),
    ]
    first = replace(scope, records=frozenset(), conversations=frozenset(), authors=frozenset())
    parts = []
    for number, some in enumerate(split_ids(ids)):
        lists: dict[str, Any] = {
            name: frozenset(value for kind, value in some if kind == name)
            for name in ("records", "conversations", "authors")
        }
        parts.append(replace(first if number == 0 else HoldScope(), **lists))
    return parts or [first]


def split_ids(ids: Sequence[Any]) -> Iterator[list[Any]]:
    """Yield the IDs in parts, as entries store them."""
    rest = iter(ids)
    while some := list(islice(rest, MOST_IDS)):
        yield some
