"""The ledger `retention`: one order for everything that decides on retention.

Entries
- `policy`: the agency's retention file and its schedules, as they are in force from then on.
- those of legal holds (hold_entries.py), of decisions on the series of records (decisions.py), of statements
  about them (statements.py), and of proposals with the objections to them (proposals.py).

The state is a fold over the entries. It is the same for every reader of the same entries.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from recordroom.archive.ledger import Entry, Ledger, Tail, key_of, tail_of
from recordroom.archive.store import Store
from recordroom.errors import RetentionError, Tampered
from recordroom.register.models import ERROR
from recordroom.retention import decisions, hold_entries, proposals, statements
from recordroom.retention.decisions import Decisions
from recordroom.retention.hold_entries import Holds
from recordroom.retention.models import Policy
from recordroom.retention.policy_file import PolicyFiles, parse_policy
from recordroom.retention.proposals import Proposals
from recordroom.retention.statements import Statements

NAME = "retention"
POLICY = "policy"
# Fields of any body that are text, or texts and numbers by name. SQL and pages use them as they are.
_TEXTS = (
    "account", "act_id", "counsel", "evidence", "kind", "owner", "primary", "problem", "proposal", "query",
    "reason", "request", "title",
)  # fmt: skip
_MAPPINGS = ("covered", "filters", "upto")
_ACT_ID = re.compile("[0-9a-f]{32}")
_TYPES = {POLICY, *hold_entries.TYPES, *decisions.TYPES, *statements.TYPES, *proposals.TYPES}


@dataclass(frozen=True, slots=True)
class RetentionState:
    """What the ledger amounts to, up to `tail`."""

    tail: Tail = field(default_factory=Tail)
    policy: Policy = field(default_factory=Policy)
    policy_entry: Entry | None = None  # that put the policy in force; None: none ever was
    holds: Holds = field(default_factory=dict)  # released ones too, by act_id
    decisions: Decisions = field(default_factory=dict)  # revoked ones too, by act_id
    statements: Statements = field(default_factory=dict)  # revoked ones too, by act_id
    proposals: Proposals = field(default_factory=dict)  # by act_id


def read(
    archive: Store,
    before: RetentionState | None = None,
    until: datetime | None = None,
    upto: int | None = None,
) -> RetentionState:
    """Return the state in force.

    before: a state read earlier, from which the ledger is read on.
    until: entries that were written later are left out.
    upto: number of the last entry that counts.

    Tampered if the ledger is not intact.
    """
    found = before or RetentionState()
    for entry in Ledger(archive, NAME).entries(found.tail, upto):
        if until is not None and entry.at > until:
            break
        found = fold(found, entry)
    return found


def fold(state: RetentionState, entry: Entry) -> RetentionState:
    """Return the state after an entry; Tampered if its body is not valid for its type.

    An entry of an unknown type may be a hold of a later version, so it is not passed over.
    """
    if entry.type not in _TYPES:
        words = f"this version of recordroom does not know entries of type {entry.type!r}"
        raise Tampered(key_of(NAME, entry.number), words)
    try:
        return _fold(state, entry)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        words = f"its body is not valid for type {entry.type!r} ({type(problem).__name__}: {problem})"
        raise Tampered(key_of(NAME, entry.number), words) from problem


def _check_types(body: dict[str, Any]) -> None:
    """Raise TypeError or ValueError for values that no writer of ours stores."""
    for name in body.keys() & _TEXTS:
        if not isinstance(body[name], str):
            raise TypeError(f"{name} is not text")
    for name in body.keys() & _MAPPINGS:
        if not isinstance(body[name], dict):
            raise TypeError(f"{name} is not an object")
    if not isinstance(body.get("series"), str | None):
        raise TypeError("series is not text")
    if not all(_ACT_ID.fullmatch(body.get(name, "0" * 32)) for name in ("act_id", "proposal")):
        raise ValueError("an ID is not valid")


def _fold(state: RetentionState, entry: Entry) -> RetentionState:
    _check_types(entry.body)
    found = replace(
        state,
        tail=tail_of(entry),
        holds=hold_entries.fold(state.holds, entry),
        decisions=decisions.fold(state.decisions, entry),
        statements=statements.fold(state.statements, entry),
        proposals=proposals.fold(state.proposals, entry),
    )
    if entry.type == POLICY:
        body = entry.body
        policy = parse_policy(body["agency"], body["schedules"], in_force=body["in_force"])
        found = replace(found, policy=policy, policy_entry=entry)
    return found


def apply_policy(archive: Store, files: PolicyFiles, who: str | None = None) -> Entry | None:
    """Put the files in force; None if they are in force already.

    RetentionError if they have errors.
    """
    errors = [one for one in files.problems if one.level == ERROR]
    if errors:
        words = "; ".join(f"{one.file}:{one.line} {one.field}: {one.message}" for one in errors)
        raise RetentionError(words, "Correct the file. The last version stays in force.")
    body = files.to_body()
    return append(archive, POLICY, lambda state: None if is_in_force(state, files) else body, who)


def append(
    archive: Store,
    type_: str,
    make: Callable[[RetentionState], dict[str, Any] | None],
    who: str | None = None,
    nonce: str = "",
    *,
    known: RetentionState | None = None,
) -> Entry | None:
    """Append what `make` returns for the present state, again after each lost race.

    make: returns None if there is nothing to append; then so does this. It raises an error to refuse the act.
    known: a state read earlier, from which the ledger is read on.
    """
    state = known or RetentionState()

    def load() -> Tail:
        nonlocal state
        state = read(archive, state)
        return state.tail

    return Ledger(archive, NAME).append_next(type_, lambda: make(state), load, who, nonce)


def is_in_force(state: RetentionState, files: PolicyFiles) -> bool:
    """Return whether these files are what is in force."""
    last = state.policy_entry
    return last is not None and _compared(last.body) == _compared(files.to_body())


def _compared(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body without the hashes of the files: comments are not in force."""
    return {name: value for name, value in body.items() if name != "files"}
