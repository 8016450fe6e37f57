"""Checks of the ledger `timestamp`, for `verify`: each stamp is of the anchor that it names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from recordroom.archive.anchor_checks import AddProblem
from recordroom.archive.anchor_proof import ProvedTime
from recordroom.archive.ledger import Entry, key_of
from recordroom.archive.timestamp import WrongStamp, read_response, stamp_of
from recordroom.model import instant

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


class TimestampChecks:
    """The stamps of an archive.

    roots: certificates of the authorities. Without any, signatures are not checked.
    """

    def __init__(self, add: AddProblem, roots: Sequence[Certificate]) -> None:
        self._add = add
        self._roots = roots
        self.times: list[ProvedTime] = []  # of the stamps that are right

    def check(self, entry: Entry, anchor: str | None) -> None:
        """Check a stamp, whose body fits the schema.

        anchor: hash of the anchor that it names; None if there is no such anchor.
        """
        key, stamp = key_of(entry.ledger, entry.number), stamp_of(entry)
        if anchor != stamp.sha256:
            words = f"is a time stamp of another anchor {stamp.anchor} than the archive has"
            self._add(key, words, stamp.sha256, anchor or "absent")
            return
        try:
            time = read_response(stamp.response, stamp.sha256, self._roots).tst_info.gen_time
        except WrongStamp as problem:
            self._add(key, f"its response is not right: {problem}")
            return
        if time != stamp.time:
            self._add(key, "has another time than its response", instant(time), instant(stamp.time))
            return
        self.times.append(ProvedTime(stamp.anchor, stamp.authority, time, bool(self._roots)))
