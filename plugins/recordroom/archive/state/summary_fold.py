"""The fold of a capture ledger into the account's summary, without the state of any record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recordroom.archive.entry_cache import EntryCache
from recordroom.archive.ledger import Entry, Ledger, tail_of
from recordroom.archive.records import name_of
from recordroom.archive.state import snapshot
from recordroom.archive.state.account_summary import ROOTS, AccountSummary, is_narrow
from recordroom.archive.store import Store
from recordroom.model import instant
from recordroom.register.models import Account, Chain

ASIDE = ("one", "import")  # kinds of windows that say nothing about the account as a whole
# parts of a manifest that `last` keeps
_OF_LAST = ("capture_id", "segment", "final", "window", "cursor", "rows")


class SummaryFold:
    """Moves an AccountSummary from one ledger entry to the next."""

    def __init__(self, sums: AccountSummary) -> None:
        self.sums = sums

    def fold(self, entry: Entry) -> None:
        """Fold the entry that follows the last one that was folded."""
        body, sums = entry.body, self.sums
        for delta in body.get("deltas", ()):
            sums.count(delta)
        sums.rows = body["rows"]["total"]
        sums.identity = sums.identity or body.get("identity")
        if body["window"]["kind"] not in ASIDE:
            sums.last_start = body["started"]
            kept = {name: body[name] for name in _OF_LAST if name in body}
            sums.last = {"number": entry.number, "time": instant(entry.at)} | kept
        if body["window"]["kind"] != "import":
            sums.read = sums.read or dict.fromkeys(("recent", "whole"), body["started"])
            sums.note_names(body.get("identity", {}), entry.at)
        self._fold_spent(entry)
        for item in body.get("evidence", ()):
            sums.evidence[item["key"]] = instant(entry.time)
        if body["rows"]["count"]:
            sums.written[name_of(body, entry.number)] = instant(entry.time)
        self._fold_history(body)
        if body["final"]:
            self._fold_final(entry)

    def _fold_spent(self, entry: Entry) -> None:
        """Count by the hour, since days begin at different times in different zones.

        Older manifests have no `spent`: each of their requests is one unit.
        """
        body, hour, spent = entry.body, instant(entry.at)[:13], entry.body.get("spent", {})
        units, paid = spent.get("units", body.get("requests", 0)), spent.get("paid", 0)
        if units or paid:
            found = self.sums.spent.setdefault(hour, {}).setdefault(body["window"]["kind"], [0, 0])
            found[0], found[1] = found[0] + units, found[1] + paid

    def _fold_history(self, body: Mapping[str, Any]) -> None:
        sums, kind = self.sums, body["window"]["kind"]
        complete = bool(body["final"] and body.get("complete") and not body.get("cursor"))
        if kind == "history":
            began = {} if complete else {"began": sums.history.get("began", body["started"])}
            sums.history = {"cursor": body.get("cursor"), "done": complete} | began
        elif kind == "full" and complete:
            sums.history = {"cursor": None, "done": True}  # it read whatever a history had left

    def _fold_final(self, entry: Entry) -> None:
        body, sums, kind = entry.body, self.sums, entry.body["window"]["kind"]
        if kind in ASIDE:  # of the account it says only when to ask again
            sums.not_before = body.get("not_before", sums.not_before)
            if "import" in body:
                last = {"time": body["ended"], "how": body["imported"]["how"]}
                sums.imports[body["import"]["sha256"]] = last
            return
        sums.note_end(entry.at, failed=body.get("failure") is not None)
        sums.not_before, sums.failure = body.get("not_before"), body.get("failure")
        sums.token, sums.budget = body.get("token", {}), body.get("budget")
        sums.completeness = body.get("completeness", sums.completeness)
        sums.gap_ids = body.get("gap_ids", [])
        if body.get("complete"):  # an incomplete capture may not have read what its validators are of
            self._fold_complete(body)
        self._fold_visited(body)

    def _fold_complete(self, body: Mapping[str, Any]) -> None:
        sums, kind = self.sums, body["window"]["kind"]
        sums.validators.update(body.get("validators", {}))
        read = {"recent": ("recent",), "full": ("recent", "whole"), "history": ("whole",)}.get(kind, ())
        if not is_narrow(body["window"].get("since"), body["started"]):
            sums.read.update(dict.fromkeys(read, body["started"]))
        if messages := body.get("messages_read"):
            sums.read["messages"] = messages
        if kind == "full":
            sums.read.pop("unavailable", None)
            if waits := body.get("unavailable_waits"):
                sums.read["unavailable"] = waits

    def _fold_visited(self, body: Mapping[str, Any]) -> None:
        sums, kind, visited = self.sums, body["window"]["kind"], body.get("visited", {})
        skipped = visited.get("skipped", {})
        # no later part asks for them, the first sweep does; also if a quota ended this part
        if kind == "history":
            sums.unread["full"] = sums.unread.get("full", 0) + len(visited.get("not_given", ()))
        if covers_window(body):
            sums.unread[kind] = skipped.get("not_given", 0)
            roots = ROOTS if skipped else ""
            given = body["started"]
            if kind != "full" and sums.unread[kind]:
                given = max(
                    (final["given"] or "" for final in sums.finals.values()), default=sums.read["whole"]
                )
            final = {"time": body["started"], "since": body["window"].get("since"), "given": given}
            sums.finals[kind + roots] = final


class SummaryReader:
    """Follows the summary of an account along its ledger.

    Starts from the newest snapshot. It keeps no states of records, so that the summaries of all accounts fit
    in memory; to follow one costs the entries that were committed since.
    """

    def __init__(
        self, archive: Store, derived: Store, account: Account | Chain, cache: EntryCache | None = None
    ) -> None:
        """Read the summary.

        cache: what captures on this machine kept of the entries since the snapshot.
        """
        self.ledger = Ledger(archive, account.ledger, cache)
        found = snapshot.read_newest(derived, snapshot.prefix_of(account))
        self.tail = found.tail  # of the last entry that was folded
        self._fold = SummaryFold(found.sums)
        self.reload()

    @property
    def sums(self) -> AccountSummary:
        return self._fold.sums

    def reload(self) -> None:
        """Fold the entries that were committed since."""
        for entry in self.ledger.entries(self.tail):
            self._fold.fold(entry)
            self.tail = tail_of(entry)


def covers_window(body: Mapping[str, Any]) -> bool:
    """Return whether a final manifest accounts for all that was in its window."""
    return body.get("seen") is not None and not body["seen"].get("partial")
