"""Preview the changes of an act on retention before it is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import orjson

from recordroom.canonical import sha256
from recordroom.retention.models import Rule
from recordroom.retention.protection import Protection
from recordroom.search.access import Viewer
from recordroom.search.index.retention import Change

SAMPLE = 10  # records that a page shows
_MODULUS = 2**256


@dataclass(slots=True)
class Preview:
    """The changes of an act, as one viewer may know them."""

    records: int = 0  # in an account each; all that the act covers
    changed: int = 0  # of these, those with another series or date
    weakened: int = 0  # less protects them than before (retention/protection.py)
    dated: int = 0  # get a date, and had none
    on_hold: int = 0
    # whether less protects any covered record, also one that is hidden, or that comes later
    needs_approval: bool = False
    later: set[str] = field(default_factory=set)  # accounts in which less protects records that come later
    ids: set[str] = field(default_factory=set)  # record IDs
    samples: list[Change] = field(default_factory=list)  # at most SAMPLE, those that matter most first
    # account -> covered records, hidden accounts too: for the ledger, never for the viewer
    covered: Counter[str] = field(default_factory=Counter)
    # differs if the act changes other records, or changes them otherwise; it begins with their number
    fingerprint: str = ""


def summarize(changes: Iterable[Change], viewer: Viewer, rules: Mapping[str, Rule]) -> Preview:
    """Return what the changes amount to; records that the viewer may not see are in no number.

    rules: DAN -> rule, those in force.
    """
    found, total = Preview(), 0
    ranked: dict[int, list[Change]] = {0: [], 1: [], 2: []}
    for change in changes:
        is_weakened = is_weakening(change, rules)
        found.needs_approval |= is_weakened
        if not change.record_id:
            if is_weakened and change.account not in viewer.hidden_accounts:
                found.later.add(change.account)
            continue
        found.covered[change.account] += 1
        if not viewer.may_see(change.record_id, change.account):
            continue
        is_changed = change.before != change.after
        found.records += 1
        found.ids.add(change.record_id)
        found.on_hold += bool(change.after.get("on_hold"))
        found.changed += is_changed
        found.weakened += is_weakened
        found.dated += (
            change.after.get("eligible_on") is not None and change.before.get("eligible_on") is None
        )
        some = ranked[0 if is_weakened else 1 if is_changed else 2]
        if len(some) < SAMPLE:
            some.append(change)
        line = [change.account, change.record_id, change.before, change.after]
        # a sum, because changes come in no certain order
        total += int(sha256(orjson.dumps(line, option=orjson.OPT_SORT_KEYS)), 16)
    found.samples = [change for some in ranked.values() for change in some][:SAMPLE]
    found.fingerprint = f"{found.records}-{(total + found.needs_approval) % _MODULUS:064x}"
    return found


def is_weakening(change: Change, rules: Mapping[str, Rule]) -> bool:
    """Return whether less protects the record after a change; rules: DAN -> rule, those in force."""
    return Protection.of(change.before, rules).is_weakened(Protection.of(change.after, rules))
