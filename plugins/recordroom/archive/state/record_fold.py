"""The fold of a capture ledger into the states of an account's records.

A window is one contiguous range of `window_at`, which a record gets when it is first captured and keeps.

The set of ids that were there at the last capture is folded too: S' = S + new + added - missing. Within a
window it equals what the capture saw, which `seen.sha256` of the manifest proves; if the window left
conversations out, it does so without their replies. When each conversation was last read is folded onto its
root post.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from heapq import merge
from typing import Any

from recordroom.archive.state.account_summary import Finals
from recordroom.archive.state.record_state import (
    EvidenceRef,
    RecordState,
    apply_delta,
    apply_missing,
    apply_read,
    last_seen,
    mark_seen,
)
from recordroom.archive.state.scratch_states import ScratchStates
from recordroom.archive.state.snapshot import Snapshot
from recordroom.archive.state.summary_fold import ASIDE, covers_window

AT_ONCE = 1_000  # records that are folded at a time for a new snapshot
# what happened, its value, where the response of a delta is stored
_Change = tuple[str, Any, EvidenceRef | None]


class RecordFold:
    """The states of records at an entry of the ledger.

    They are those of a snapshot, and the changes in later entries, which are kept in memory.
    """

    def __init__(self, base: Snapshot) -> None:
        self.snapshot = base
        self.states: Snapshot | ScratchStates = base  # to which the changes in memory apply
        self.deltas = 0  # folded since the snapshot
        self.pending = 0  # changes in memory
        self._changes: dict[str, list[_Change]] = defaultdict(list)  # record_id -> changes, in order

    def fold(self, body: Mapping[str, Any], finals: Finals) -> None:
        """Fold a manifest. `finals`: of the account's summary before this manifest.

        DerivedDamaged if the snapshot cannot be read; then this fold is of no further use.
        """
        evidence = {
            r["id"]: (e["key"], r["offset"], r["length"])
            for e in body.get("evidence", ())
            for r in e["records"]
        }
        for delta in body.get("deltas", ()):
            found = evidence.get(delta.get("warc_record_id", ""))
            ref = EvidenceRef(*found, delta["warc_record_id"], delta["pointer"]) if found else None
            self._note(delta["record_id"], "delta", delta, ref)
            self.deltas += 1
        if not body["final"] or body["window"]["kind"] in ASIDE:
            return
        if covers_window(body):
            self._fold_seen(body["seen"], body["ended"], finals)
        visited = body.get("visited", {})
        missing = _missing_replies(visited)
        for root_id, sign in visited.get("read", {}).items():
            read = {"at": body["started"], "sign": sign, "lacking": missing.get(root_id, 0)}
            self._note(root_id, "read", read)
        for root_id in visited.get("not_given", ()):
            self._note(root_id, "not given")

    def _fold_seen(self, seen: Mapping[str, Any], ended: str, finals: Finals) -> None:
        """Fold what a capture saw and missed.

        What is missing was last seen by the captures before this one.
        """
        missing = self.get(seen["missing"])
        roots = self.get(
            record.root_id for record in missing.values() if record.root_id and not record.is_root
        )
        for record_id, record in missing.items():
            self._note(record_id, "missing", last_seen(record, roots.get(record.root_id or ""), finals))
        for record_id in seen["added"]:
            self._note(record_id, "added")
        for record_id in seen.get("doubted", ()):
            self._note(record_id, "doubted", ended)

    def _note(
        self, record_id: str, what: str, value: Any = None, evidence: EvidenceRef | None = None
    ) -> None:
        changes = self._changes[record_id]
        if what == "read" and changes and changes[-1][0] == "read":
            changes.pop()  # each capture reads a young conversation: only the last time counts
        else:
            self.pending += 1
        changes.append((what, value, evidence))

    def get(self, record_ids: Iterable[str]) -> dict[str, RecordState]:
        """Return the states of these records, without those that were never captured."""
        wanted = sorted(set(record_ids))
        found = {record.record_id: record for record in self.states.get(wanted)}
        for record_id in wanted:
            record = self._apply(record_id, found.get(record_id))
            if record is not None:
                found[record_id] = record
        return found

    def read_window(self, first: str) -> Iterator[RecordState]:
        """Yield all records whose `window_at` is not before `first` ("": all).

        They are sorted by `window_key`.
        """
        touched = frozenset(self._changes)
        changed = (record for record in self.read_changed() if record.window_at >= first)
        fresh = sorted(changed, key=lambda record: record.window_key)
        old = (record for record in self.states.window(first) if record.record_id not in touched)
        return merge(fresh, old, key=lambda record: record.window_key)

    def read_changed(self) -> Iterator[RecordState]:
        """Yield the records that changed since the snapshot, AT_ONCE at a time."""
        for some in self._split_changed():
            yield from self.get(some).values()

    def move_to_disk(self) -> ScratchStates:
        """Move the changes in memory to a temporary database."""
        if not isinstance(self.states, ScratchStates):
            self.states = ScratchStates(self.snapshot)
        for some in self._split_changed():
            self.states.put(self.get(some).values())
            for record_id in some:
                del self._changes[record_id]
        self.pending = 0
        return self.states

    def _split_changed(self) -> Iterator[list[str]]:
        touched = sorted(self._changes)
        return (touched[start : start + AT_ONCE] for start in range(0, len(touched), AT_ONCE))

    def rebase(self, base: Snapshot) -> None:
        """Continue from a snapshot that holds all changes so far."""
        self.snapshot = self.states = base
        self._changes.clear()
        self.deltas = self.pending = 0

    def _apply(self, record_id: str, record: RecordState | None) -> RecordState | None:
        """Apply the changes of a record to its state in the snapshot."""
        for what, value, evidence in self._changes.get(record_id, ()):
            if what == "delta":
                record = apply_delta(record, value, evidence)
            elif record is not None and what == "missing":
                apply_missing(record, value)
            elif record is not None and what == "read":
                apply_read(record, **value)
            elif record is not None and what == "not given":
                # the platform may never report that change again: the next capture reads it anyway
                record.sign = None
            elif record is not None and what == "doubted":
                record.doubted_at = record.doubted_at or value
            elif record is not None:
                mark_seen(record)
        return record


def _missing_replies(visited: Mapping[str, Any]) -> Mapping[str, int]:
    """Return root post -> number of missing replies.

    Older manifests list the root posts without numbers.
    """
    lacking = visited.get("lacking", {})
    return dict.fromkeys(lacking, 1) if isinstance(lacking, list) else lacking
