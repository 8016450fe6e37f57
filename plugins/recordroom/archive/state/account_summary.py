"""The sums over all captures of an account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from recordroom.archive.media import list_missing
from recordroom.model import ABSENT_STATUSES, ZONE, instant, moment

RECENT = timedelta(days=30)  # how far back an ordinary capture reads
DAYS = timedelta(days=400)  # a year, and a month of tolerance
# Follows the kind of a window that left conversations out: it saw only their root posts.
ROOTS = ", first posts"
Finals = dict[str, dict[str, str | None]]


@dataclass(slots=True)
class AccountSummary:
    """Sums over an account, for which no single record has to be known.

    Snapshots store these fields under these names and in this order. Times are canonical instants; window
    kinds are those of manifests.
    """

    rows: int = 0  # committed so far
    counts: dict[str, dict[str, int]] = field(default_factory=dict)  # kind -> status -> current records
    tallies: dict[str, dict[str, int]] = field(default_factory=dict)  # the same by the platform's own counts
    # Window kind (and ROOTS) -> {time, since, given} of its last complete final manifest. `given`: when the
    # last capture began that received all conversations, or read the whole account.
    finals: Finals = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)  # recent keys -> time of their entry
    # names of the files of recent rows -> time of their entry
    written: dict[str, str] = field(default_factory=dict)
    identity: dict[str, Any] | None = None
    # UTC hour -> kind -> [units, $ thousandths]
    spent: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    budget: dict[str, Any] | None = None  # what the last final manifest deferred
    last: dict[str, Any] = field(default_factory=dict)  # of the newest manifest whose window is not in ASIDE
    last_start: str | None = None
    # "recent", "whole": when RECENT, and the whole account, were last read to the end; else when the first
    # capture began. "messages": when private messages were; absent if never. "unavailable": since when sweeps
    # had no time to check what is unavailable.
    read: dict[str, str] = field(default_factory=dict)
    # Window kind -> conversations that its last complete capture did not receive. Those of all parts of a
    # first capture count as "full".
    unread: dict[str, int] = field(default_factory=dict)
    not_before: str | None = None
    history: dict[str, Any] = field(default_factory=dict)  # cursor, done, began
    validators: dict[str, Any] = field(default_factory=dict)
    failure: dict[str, Any] | None = None
    gap_ids: list[str] = field(default_factory=list)  # of the last final manifest
    completeness: dict[str, Any] | None = None  # of the last complete final manifest
    token: dict[str, str] = field(default_factory=dict)  # what the last final manifest reported of the token
    imports: dict[str, dict[str, Any]] = field(default_factory=dict)  # SHA-256 of a file -> its last import
    # local days of DAYS -> [captures that ended, failed]
    days: dict[str, list[int]] = field(default_factory=dict)
    unfetched: dict[str, list[str]] = field(default_factory=dict)  # record -> why files of it are missing
    # {handle, title, since}; the present one last
    called: list[dict[str, str | None]] = field(default_factory=list)

    def note_end(self, at: datetime, *, failed: bool) -> None:
        """Count a capture that ended."""
        today = at.astimezone(ZONE).date()
        if today.isoformat() not in self.days:
            oldest = (today - DAYS).isoformat()
            self.days = {day: ended for day, ended in self.days.items() if day > oldest} | {
                today.isoformat(): [0, 0]
            }
        self.days[today.isoformat()][failed] += 1

    def note_names(self, identity: Mapping[str, Any], at: datetime) -> None:
        """Note the handle and title of the account if they changed."""
        names = {name: identity.get(name) for name in ("handle", "title")}
        last = self.called[-1] if self.called else {}
        if any(names.values()) and any(names[name] != last.get(name) for name in names):
            self.called.append({**names, "since": instant(at)})

    def present(self, kind: str | None = None) -> int:
        """Count the records (of a kind) that are still on the platform."""
        chosen = self.counts.values() if kind is None else [self.counts.get(kind, {})]
        return sum(
            n for statuses in chosen for status, n in statuses.items() if status not in ABSENT_STATUSES
        )

    def after(self, deltas: Iterable[Mapping[str, Any]]) -> AccountSummary:
        """Return a copy as it is once these deltas are committed.

        Only `counts`, `tallies`, and `unfetched` differ.
        """
        new = replace(
            self, counts=deepcopy(self.counts), tallies=deepcopy(self.tallies), unfetched=dict(self.unfetched)
        )
        for delta in deltas:
            new.count(delta)
        return new

    def count(self, delta: Mapping[str, Any]) -> None:
        """Move a record to the kind and status of the delta.

        Also notes which of its files are missing.
        """
        if "sequence" not in delta or delta.get("late"):
            return
        self.unfetched.pop(delta["record_id"], None)
        if reasons := list_missing(delta):
            self.unfetched[delta["record_id"]] = reasons
        for where, step in ((delta, 1), (delta.get("was"), -1)):
            if where is not None:
                for table, name in (
                    (self.counts, where["kind"]),
                    (self.tallies, where.get("tally", where["kind"])),
                ):
                    statuses = table.setdefault(name, {})
                    statuses[where["status"]] = statuses.get(where["status"], 0) + step


def is_narrow(since: str | None, started: str) -> bool:
    """Return whether a window begins later than RECENT before its start.

    A person asked for no more; what is missing before `since` is still missing after the capture.
    """
    return since is not None and moment(since) > moment(started) - RECENT
