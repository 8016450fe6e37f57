"""What we know of an account: the fold over its manifests. Change detection reads this, never records.

The fold starts from a snapshot (archive/state/snapshot.py) where there is one. `window_at` is the root's publication time at first sight
(its capture's where the platform tells none), the profile's is the end of time: a window is one contiguous range.

The set of ids that were there when last looked at is folded too: S' = S + new + added - missing. Within a window it equals what the
capture saw, which `seen.sha256` of the manifest proves; where the window left conversations out, without the answers in these. When each
conversation was last read is folded onto its first post.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from heapq import merge
from typing import Any

from recordroom.archive.ledger import Entry, Ledger, tail_of
from recordroom.archive.records import name_of
from recordroom.archive.state import snapshot
from recordroom.archive.state.record_state import (
    ROOTS,
    Held,
    Place,
    apply_delta,
    apply_missing,
    apply_read,
    is_narrow,
    last_seen,
    mark_seen,
)
from recordroom.archive.state.snapshot import Scratch, Shelf
from recordroom.archive.store import Store
from recordroom.errors import DerivedDamaged
from recordroom.model import instant
from recordroom.register.models import Account, Chain

SNAPSHOT_ENTRIES, SNAPSHOT_DELTAS = 200, 5_000  # at the end of a capture
PENDING = 25_000  # changes of records, 4 KB each, that a running capture has in memory
FOLDED = 12_000  # the same of a fold that only reads: its snapshots go to this machine's disk, not to the bucket
AT_ONCE = 1_000  # records that are made of them for a snapshot
_OF_LAST = ("capture_id", "segment", "final", "window", "cursor", "rows")
_log = logging.getLogger(__name__)
ASIDE = ("one", "import")  # windows that are beside the account's own captures


class Overall:
    """The fold of an account's sums alone: what is held of each record is not kept, so that those of all accounts fit in memory, and are
    followed at the cost of what was committed since. `trust_snapshot=False` folds from the first entry; `upto`: to that entry at most."""

    def __init__(
        self, archive: Store, derived: Store, account: Account | Chain, *, trust_snapshot: bool = True, upto: int | None = None
    ) -> None:
        self.ledger = Ledger(archive, account.ledger)
        self.prefix = f"state/{account.platform}/{account.id}/"
        self.snapshot = snapshot.newest(derived, self.prefix) if trust_snapshot else snapshot.Snapshot()
        self.tail = self.snapshot.tail
        self.sums = self.snapshot.sums
        self.reload(upto)

    def reload(self, upto: int | None = None) -> None:
        """Fold the entries that were committed since."""
        for entry in self.ledger.entries(self.tail, upto):
            self.fold(entry)

    def fold(self, entry: Entry) -> None:
        """Fold the next entry: `reload` does, and a writer for the entry that it has just committed."""
        self.tail = tail_of(entry)
        for delta in entry.body.get("deltas", ()):
            self.sums.count(delta)
        self._fold_sums(entry)

    def _fold_sums(self, entry: Entry) -> None:
        body, sums = entry.body, self.sums
        sums.rows = body["rows"]["total"]
        sums.identity = sums.identity or body.get("identity")
        if body["window"]["kind"] not in ASIDE:
            sums.last_start = body["started"]
            sums.last = {"number": entry.number, "time": instant(entry.at)} | {name: body[name] for name in _OF_LAST if name in body}
        if body["window"]["kind"] != "import":
            sums.read = sums.read or dict.fromkeys(("recent", "whole"), body["started"])
            sums.answered(body.get("identity", {}), entry.at)
        self._fold_spent(entry)
        for item in body.get("evidence", ()):
            sums.evidence[item["key"]] = instant(entry.time)
        if body["rows"]["count"]:
            sums.written[name_of(body, entry.number)] = instant(entry.time)
        kind, complete = body["window"]["kind"], bool(body["final"] and body.get("complete") and not body.get("cursor"))
        if kind == "history":
            began = {} if complete else {"began": sums.history.get("began", body["started"])}
            sums.history = {"cursor": body.get("cursor"), "done": complete} | began
        elif kind == "full" and complete:
            sums.history = {"cursor": None, "done": True}  # whatever a history has left, this has read
        if body["final"]:
            self._fold_final(entry)

    def _fold_spent(self, entry: Entry) -> None:
        """By the hour, since days begin in different zones. Manifests that do not tell it yet: every request."""
        body, hour, told = entry.body, instant(entry.at)[:13], entry.body.get("spent", {})
        units, paid = told.get("units", body.get("requests", 0)), told.get("paid", 0)
        if units or paid:
            found = self.sums.spent.setdefault(hour, {}).setdefault(body["window"]["kind"], [0, 0])
            found[0], found[1] = found[0] + units, found[1] + paid

    def _fold_final(self, entry: Entry) -> None:
        body, sums, kind = entry.body, self.sums, entry.body["window"]["kind"]
        if kind in ASIDE:  # it says nothing about the account, but that it asks to be left alone
            sums.not_before = body.get("not_before", sums.not_before)
            if "import" in body:
                sums.imports[body["import"]["sha256"]] = {"time": body["ended"], "how": body["imported"]["how"]}
            return
        sums.looked(entry.at, failed=body.get("failure") is not None)
        sums.not_before, sums.failure, sums.token = body.get("not_before"), body.get("failure"), body.get("token", {})
        sums.budget = body.get("budget")
        sums.completeness = body.get("completeness", sums.completeness)
        sums.gap_ids = body.get("gap_ids", [])
        if body.get("complete"):  # what an incomplete capture was told may never have been read
            sums.validators.update(body.get("validators", {}))
            read = {"recent": ("recent",), "full": ("recent", "whole"), "history": ("whole",)}.get(kind, ())
            read = () if is_narrow(body["window"].get("since"), body["started"]) else read
            sums.read.update(dict.fromkeys(read, body["started"]))
            sums.read.update({"messages": told} if (told := body.get("messages_read")) else {})
            if kind == "full":
                sums.read.pop("unavailable", None)
                sums.read.update({"unavailable": told} if (told := body.get("unavailable_waits")) else {})
        visited = body.get("visited", {})
        skipped = visited.get("skipped", {})
        if kind == "history":  # also of a part that a quota ended: no later one asks for them, but the first sweep does
            sums.unread["full"] = sums.unread.get("full", 0) + len(visited.get("not_given", ()))
        if _whole(body):
            sums.unread[kind] = skipped.get("not_given", 0)
            roots = ROOTS if skipped else ""
            given = body["started"]
            if kind != "full" and sums.unread[kind]:
                given = max((final["given"] or "" for final in sums.finals.values()), default=sums.read["whole"])
            sums.finals[kind + roots] = {"time": body["started"], "since": body["window"].get("since"), "given": given}


class State(Overall):
    """The fold of an account's capture ledger: the sums, and what is held of each record. `writes`: for whoever commits. What is folded
    goes into snapshots where it is much, and not into memory; for all others, and those who do not trust the bucket's, beside it.

    Whoever commits goes on without a damaged snapshot: it folds the ledger from its first entry, which gives the same.
    `damage` says then what cannot be read; the next snapshot replaces it. All others are told by DerivedDamaged.
    """

    def __init__(
        self, archive: Store, derived: Store, account: Account | Chain, *, trust_snapshot: bool = True, writes: bool = False,
        upto: int | None = None,
    ) -> None:  # fmt: skip
        self.archive, self.derived, self.account = archive, derived, account
        self.damage = ""
        self._writes = writes
        self._shelf: Shelf = derived if writes else Scratch()
        self._most = PENDING if writes else FOLDED
        self._deltas = self._pending = 0
        self._operations: dict[str, list[tuple[str, Any, Any]]] = defaultdict(list)
        super().__init__(archive, derived, account, trust_snapshot=trust_snapshot, upto=upto)

    def reload(self, upto: int | None = None) -> None:
        for entry in self.ledger.entries(self.tail, upto):
            self.fold(entry)
            del entry  # some 40 MB in a first capture: free before the snapshot is merged, and before the next entry comes
            if self.is_large:
                self._go_on_from_snapshot(self._shelf, passing=True)

    def fold(self, entry: Entry) -> None:
        """The records first: what is missing now was last seen by the captures before this one."""
        try:
            self._fold_records(entry.body)
        except DerivedDamaged as damage:
            self._fold_anew(damage)
            self._fold_records(entry.body)
        super().fold(entry)

    def _fold_anew(self, damage: DerivedDamaged) -> None:
        """Take what is held from the ledger, up to the last entry that was folded, in place of a damaged snapshot."""
        if not self._writes:
            raise damage
        self.damage = damage.told
        _log.warning("%s: what is held is read from the ledger, from its first entry", damage.told)
        whole = State(self.archive, self.derived, self.account, trust_snapshot=False, upto=self.tail.number)
        self.snapshot, self._operations = whole.snapshot, whole._operations
        self._deltas, self._pending = whole._deltas, whole._pending

    def _fold_records(self, body: Mapping[str, Any]) -> None:
        places = {r["id"]: (e["key"], r["offset"], r["length"]) for e in body.get("evidence", ()) for r in e["records"]}
        for delta in body.get("deltas", ()):
            found = places.get(delta.get("warc_record_id", ""))
            place = Place(*found, delta["warc_record_id"], delta["pointer"]) if found else None
            self._note(delta["record_id"], "delta", delta, place)
            self._deltas += 1
        if not body["final"] or body["window"]["kind"] in ASIDE:
            return
        if _whole(body):
            self._fold_seen(body["seen"], body["ended"])
        visited = body.get("visited", {})
        lacking = _lacking(visited)
        for root_id, sign in visited.get("read", {}).items():
            self._note(root_id, "read", {"at": body["started"], "sign": sign, "lacking": lacking.get(root_id, 0)})
        for root_id in visited.get("not_given", ()):
            self._note(root_id, "not given")

    def _fold_seen(self, seen: Mapping[str, Any], ended: str) -> None:
        """`missing`: last seen as it was known before this capture."""
        missing = self._get(seen["missing"])
        roots = self._get(held.root_id for held in missing.values() if held.root_id and not held.is_root)
        for record_id, held in missing.items():
            last = last_seen(held, roots.get(held.root_id or ""), self.sums.finals)
            self._note(record_id, "missing", last)
        for record_id in seen["added"]:
            self._note(record_id, "added")
        for record_id in seen.get("doubted", ()):
            self._note(record_id, "doubted", ended)

    def _note(self, record_id: str, what: str, value: Any = None, place: Place | None = None) -> None:
        known = self._operations[record_id]
        if what == "read" and known and known[-1][0] == "read":
            known.pop()  # a young conversation is read at each capture: the last time is what is held
        else:
            self._pending += 1
        known.append((what, value, place))

    def get(self, record_ids: Iterable[str]) -> dict[str, Held]:
        """What is held of these records (those never seen are left out)."""
        wanted = set(record_ids)
        try:
            return self._get(wanted)
        except DerivedDamaged as damage:
            self._fold_anew(damage)
            return self._get(wanted)

    def _get(self, record_ids: Iterable[str]) -> dict[str, Held]:
        wanted = sorted(set(record_ids))
        found = {h.record_id: h for h in self.snapshot.get(wanted)}
        for record_id in wanted:
            held = self._operate(record_id, found.get(record_id))
            if held is not None:
                found[record_id] = held
        return found

    def window(self, since: datetime | None) -> Iterator[Held]:
        """All records whose `window_at` is not before `since` (None: all), sorted by (window_at, root, record_id)."""
        first, last = instant(since) if since else "", ("", "", "")
        try:
            for held in self._window(first):
                last = held.window_key
                yield held
        except DerivedDamaged as damage:
            self._fold_anew(damage)
            yield from (held for held in self._window(first) if held.window_key > last)

    def _window(self, first: str) -> Iterator[Held]:
        touched = frozenset(self._operations)
        fresh = sorted((h for h in self._fresh() if h.window_at >= first), key=lambda h: h.window_key)
        old = (h for h in self.snapshot.window(first) if h.record_id not in touched)
        return merge(fresh, old, key=lambda h: h.window_key)

    def _fresh(self) -> Iterator[Held]:
        """All records that entries since the snapshot touched, some at a time."""
        for some in self._touched():
            yield from self._get(some).values()

    def _drained(self) -> Iterator[Held]:
        """The same, and what was yielded is no longer pending: that memory is free before the snapshot is merged."""
        for some in self._touched():
            yield from self._get(some).values()
            for record_id in some:
                del self._operations[record_id]

    def _touched(self) -> Iterator[list[str]]:
        touched = sorted(self._operations)
        return (touched[start : start + AT_ONCE] for start in range(0, len(touched), AT_ONCE))

    def _operate(self, record_id: str, held: Held | None) -> Held | None:
        for what, value, place in self._operations.get(record_id, ()):
            if what == "delta":
                held = apply_delta(held, value, place)
            elif held is not None and what == "missing":
                apply_missing(held, value)
            elif held is not None and what == "read":
                apply_read(held, **value)
            elif held is not None and what == "not given":
                held.sign = None  # what led to it may be told to nobody again: the next capture that lists it reads it
            elif held is not None and what == "doubted":
                held.doubted_at = held.doubted_at or value
            elif held is not None:
                mark_seen(held)
        return held

    @property
    def is_large(self) -> bool:
        """Whether what was folded since the snapshot is so much that one must go on from a new one."""
        return self._pending >= self._most

    def snapshot_due(self) -> bool:
        return bool(self.damage) or self.tail.number - self.snapshot.tail.number >= SNAPSHOT_ENTRIES or self._deltas >= SNAPSHOT_DELTAS

    def put_snapshot(self) -> None:
        """Write the fold as it stands as a new snapshot, merged with the old one, and go on from it: nothing stays in memory."""
        self._go_on_from_snapshot(self.derived)

    def _go_on_from_snapshot(self, shelf: Shelf, *, passing: bool = False) -> None:
        try:
            self._put_on(shelf, passing=passing)
        except DerivedDamaged as damage:
            self._fold_anew(damage)
            self._put_on(shelf, passing=passing)
        self._operations.clear()
        self._deltas = self._pending = 0

    def _put_on(self, shelf: Shelf, *, passing: bool) -> None:
        # A writer keeps them until the store has them: it may go on where a put fails.
        fresh = self._fresh() if shelf is self.derived else self._drained()
        self.snapshot = snapshot.put(shelf, self.prefix, self.tail, self.sums, old=self.snapshot, fresh=fresh, passing=passing)


def _whole(body: Mapping[str, Any]) -> bool:
    """Whether a final manifest says of all that its window covers what was there."""
    return body.get("seen") is not None and not body["seen"].get("partial")


def _lacking(visited: Mapping[str, Any]) -> Mapping[str, int]:
    """First post -> how many answers lack. Older manifests tell in which conversations some do."""
    told = visited.get("lacking", {})
    return dict.fromkeys(told, 1) if isinstance(told, list) else told
