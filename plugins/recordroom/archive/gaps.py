"""Gaps: what we know that we lack, each opened and closed by an entry of the ledger `gap`; opening an open one adds nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from recordroom.archive.ledger import Ledger, Tail, tail_of
from recordroom.archive.store import Store
from recordroom.model import ZONE, instant, moment, sha256

NAME = "gap"
FAILED = "capture-failed: "  # followed by the name of the failure
WHOLE = " (whole account)"  # behind a reason: met while the whole account was read, so that a look at the last 30 days does not fill it
MESSAGES = "private-messages"
MISSED = "messages-missed: "  # followed by the capture; what was missed then, no later capture can read
OF_CAPTURES = (
    "mass-absence",
    "counts-differ",
    f"counts-differ{WHOLE}",
    "platform-limit",
    f"platform-limit{WHOLE}",
    MESSAGES,
    "torn-evidence",
)


@dataclass(frozen=True, slots=True)
class Gap:
    """`gap_id` is made of account and reason: the same lack is the same gap. `from_`, `to`: the time it covers; None: unknown or open."""

    gap_id: str
    account: str
    reason: str
    detail: str
    from_: datetime | None
    to: datetime | None
    opened_at: datetime
    closed_at: datetime | None = None

    def overlaps(self, start: datetime | None, end: datetime | None) -> bool:
        """Whether it may lack something published in [start, end]; an unknown bound reaches everywhere."""
        return (start is None or self.to is None or self.to >= start) and (end is None or self.from_ is None or self.from_ <= end)


def gap_id(account: str, reason: str) -> str:
    return sha256(f"{account}\n{reason}".encode())[:16]


class Gaps:
    """The fold of the ledger `gap`."""

    def __init__(self, store: Store) -> None:
        self.ledger = Ledger(store, NAME)
        self._tail = Tail()
        self._gaps: dict[str, Gap] = {}
        self._before: list[Gap] = []  # a gap that opened again stood there before too

    def load(self) -> Tail:
        """Read what is new; the tail for the next entry. `gap_id` of an account and a reason is always the same."""
        for entry in self.ledger.entries(self._tail):
            body = entry.body
            if entry.type == "opened":
                if body["gap_id"] in self._gaps:
                    self._before.append(self._gaps[body["gap_id"]])
                self._gaps[body["gap_id"]] = Gap(
                    body["gap_id"],
                    body["account"],
                    body["reason"],
                    body.get("detail", ""),
                    _moment(body.get("from")),
                    _moment(body.get("to")),
                    entry.time,
                )
            else:
                was = self._gaps[body["gap_id"]]
                self._gaps[was.gap_id] = Gap(was.gap_id, was.account, was.reason, was.detail, was.from_, was.to, was.opened_at, entry.time)
            self._tail = tail_of(entry)
        return self._tail

    def open_(self, account: str, reason: str, detail: str, from_: datetime | None = None, to: datetime | None = None) -> str:
        """Open a gap unless it is open; its id either way."""
        name = gap_id(account, reason)
        body: dict[str, Any] = {"gap_id": name, "account": account, "reason": reason, "detail": detail}
        body |= {k: instant(v) for k, v in (("from", from_), ("to", to)) if v is not None}
        self.ledger.append_next("opened", lambda: None if self._is_open(name) else body, self.load)
        return name

    def close(self, account: str, reason: str, how: str) -> None:
        """Close a gap if it is open; `how` says what filled it."""
        name = gap_id(account, reason)
        self.ledger.append_next(
            "closed", lambda: {"gap_id": name, "account": account, "how": how} if self._is_open(name) else None, self.load
        )

    def _is_open(self, name: str) -> bool:
        return name in self._gaps and self._gaps[name].closed_at is None

    def all(self) -> list[Gap]:
        self.load()
        return [*self._before, *self._gaps.values()]

    def open_now(self, accounts: Iterable[str] | None = None) -> list[Gap]:
        wanted = None if accounts is None else set(accounts)
        return [g for g in self.all() if g.closed_at is None and (wanted is None or g.account in wanted)]

    def as_of(self, when: datetime, accounts: Iterable[str]) -> list[Gap]:
        """Gaps that were known and open at `when`: an export of equal `as_of` then names equal gaps."""
        wanted = set(accounts)
        return [g for g in self.all() if g.account in wanted and g.opened_at <= when and (g.closed_at is None or g.closed_at > when)]


class AccountGaps:
    """The gaps of one account during a capture. `ids`: those open, as its last manifest says and as this capture changes it, so that an
    account without gaps never reads the ledger. `opened`: those that this capture opened."""

    def __init__(self, store: Store, account: str, ids: Iterable[str]) -> None:
        self._gaps = Gaps(store)
        self._account = account
        self.ids = list(ids)
        self.opened: list[str] = []

    def reload(self) -> None:
        """Take the ledger's word: a capture that died between its gap and its manifest left one that no manifest knows."""
        self.ids = [g.gap_id for g in self._open() if g.reason in OF_CAPTURES or g.reason.startswith((FAILED, MISSED))]

    def _open(self) -> list[Gap]:
        return self._gaps.open_now([self._account])

    def open(self, reason: str, detail: str, from_: datetime | None = None, to: datetime | None = None) -> None:
        name = gap_id(self._account, reason)
        if name not in self.ids:
            self._gaps.open_(self._account, reason, detail, from_, to)
            self.opened.append(name)
            self.ids.append(name)

    def close(self, reason: str, how: str) -> None:
        name = gap_id(self._account, reason)
        if name in self.ids:
            self._gaps.close(self._account, reason, how)
            self.ids.remove(name)

    def settle(self, reasons: str, until: date, how: str) -> None:
        """Close those whose reason begins so and that were opened up to that day, where the agency is."""
        for gap in self._open() if self.ids else ():
            if gap.reason.startswith(reasons) and gap.opened_at.astimezone(ZONE).date() <= until:
                self.close(gap.reason, how)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else moment(text)
