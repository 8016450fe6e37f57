"""What each credential has paid in a month, known to all captures of this machine at the moment of each request.

Manifests tell of captures that are over. What runs beside this one, and what a capture paid that died before its manifest, stands here, in
`<spool>/money/<platform>-<hash of the credential>-<yyyy-mm>` (UTC): thousandths of a US dollar, in twenty digits. What an answer may cost
is added before it is asked for, and what it did not cost is taken off after it: a process that dies leaves too much, never too little.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from recordroom.archive import disk
from recordroom.archive.state.summary_fold import SummaryReader
from recordroom.canonical import sha256
from recordroom.capture import budget
from recordroom.capture.budget import Share
from recordroom.capture.place import Archive
from recordroom.errors import Tampered
from recordroom.register.models import Account

DIGITS = 20


class Purse:
    """Of one credential. `cap`: thousandths of a US dollar that it may pay in a month."""

    def __init__(self, folder: Path, platform: str, credential: str, cap: int) -> None:
        self._folder, self._name, self._cap = folder, f"{platform}-{sha256(credential.encode())[:16]}", cap
        self._taken_from = self._file

    @property
    def _file(self) -> Path:
        return self._folder / f"{self._name}-{datetime.now(UTC):%Y-%m}"

    @property
    def paid(self) -> int:
        """In this month, with what the answers may cost that are being asked for."""
        return self._change(self._file, lambda paid: paid)[1]

    def know(self, paid: int) -> None:
        """Of captures that are over: those of another machine, or of this one before it lost its disk, are not here."""
        self._change(self._file, lambda before: max(before, paid))

    def lacks(self, most: int) -> bool:
        """Whether an answer that costs so much may not be asked for."""
        return self.paid + most > self._cap

    def take(self, most: int) -> bool:
        """Whether an answer that costs so much may be asked for; it then counts as paid."""
        self._taken_from = self._file
        before, after = self._change(self._taken_from, lambda paid: paid + most if paid + most <= self._cap else paid)
        return after - before == most

    def give_back(self, rest: int) -> None:
        """What the answer did not cost, to the month that it was taken from."""
        self._change(self._taken_from, lambda paid: paid - rest)

    def _change(self, path: Path, change: Callable[[int], int]) -> tuple[int, int]:
        """(before, after); one process at a time, and durable."""
        disk.make(self._folder)
        with disk.room_for(path):
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                before = int(os.pread(file, DIGITS, 0) or 0)
                after = change(before)
                if after != before:
                    os.pwrite(file, b"%0*d" % (DIGITS, after), 0)
                    os.fsync(file)
            finally:
                os.close(file)
        return before, after


def opened(place: Archive, accounts: Iterable[Account], account: Account, share: Share | None) -> Purse | None:
    """The purse of the account's credential, which knows what the manifests of all that have it say, of closed accounts too; None where the
    register sets no cap."""
    if share is None or share.whole is None:
        return None
    mine, known = (account.platform, budget.credential(account)), 0
    for one in accounts:
        if (one.platform, budget.credential(one)) == mine:
            with suppress(Tampered):  # its own capture says what is wrong with it, and it stops no other
                known += budget.spent(SummaryReader(place.archive, place.derived, one).sums, share.since)[1]
    purse = Purse(place.settings.spool / "money", *mine, share.whole)
    purse.know(known)
    return purse
