"""Asks a platform for archived records by their ids.

A record that the platform refuses each time, or at which it fails, keeps no other from being asked for:
nothing is concluded of it, and it is reported. If the platform fails at more than IN_A_ROW records, and the
account itself can be read, the rest is not asked for either, nothing is concluded of it, and that is reported
too; the next sweep asks for others first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain

from recordroom.archive.state.record_state import RecordState
from recordroom.canonical import sha256
from recordroom.capture.segment.parsing import parse_response
from recordroom.capture.session import CaptureSession
from recordroom.errors import AccountUnavailable, Blocked, UnexpectedResponse
from recordroom.model import Absence, Exchange, moment
from recordroom.platforms.contract import KnownRecord
from recordroom.platforms.unread import IN_A_ROW, require_optional
from recordroom.text import counted

ASKED_AT_MOST = 200  # ids in one go, and failing ones that are told apart
PAYMENT_REQUIRED = 402  # the HTTP status by which everything is refused until somebody pays
_QUERY = re.compile(r"\?\S*?(?=:?(?:\s|$))")  # of an address: it may name hundreds of ids


@dataclass(slots=True)
class RecordLookup:
    """All lookups of one capture.

    What is there after all is observed; what is not becomes an absence.
    """

    session: CaptureSession
    # the platform says nothing of these ids, since it refuses or fails
    failing: list[str] = field(default_factory=list)
    failure: str = ""  # the first reason that it gave
    limits: str = ""  # what else its responses leave out, in the connector's words

    def ask(self, asked: list[RecordState]) -> list[Absence]:
        """Return what the platform says of each record that is not there.

        If it refuses or fails, the remaining records are asked for in halves, down to the one of which that
        is true. After ASKED_AT_MOST of these, no further one is told apart. AccountUnavailable, Blocked, or
        UnexpectedResponse if it gave no complete response, or said nothing of a record without refusing it.
        """
        session, seen = self.session, self.session.seen
        # refused: the platform says that it says nothing of them
        absences, refused = list[Absence](), set[str]()
        waiting, row = [asked], 0
        while waiting:
            some = waiting.pop()
            try:
                for answer in self._lookup(some):
                    row = 0
                    if isinstance(answer, Exchange):
                        refused.update(self._observe(answer))
                    else:
                        absences.append(answer)
            except (AccountUnavailable, Blocked, UnexpectedResponse) as failure:
                answered = refused.union(absence.record_id for absence in absences)
                left = [
                    held for held in some if held.record_id not in answered and held.record_id not in seen
                ]
                status = require_optional(failure).status
                # Some platforms refuse with the status of a success.
                fails = isinstance(failure, UnexpectedResponse) and not 400 <= status < 500
                if not left or status == PAYMENT_REQUIRED:
                    raise
                if fails and row >= IN_A_ROW:
                    session.identify()  # raises if the account cannot be read either
                    left, waiting = [*left, *chain.from_iterable(waiting)], []
                elif len(left) > 1 and len(self.failing) < ASKED_AT_MOST:
                    left = self._shuffled(left)
                    waiting += [left[len(left) // 2 :], left[: len(left) // 2]]
                    continue
                else:
                    row = row + 1 if fails else 0
                refused.update(held.record_id for held in left)
                self.failure = self.failure or _QUERY.sub("", failure.message)
        self.failing += [
            held.record_id for held in asked if held.record_id in refused and held.record_id not in seen
        ]
        answered = refused.union(absence.record_id for absence in absences)
        unanswered = [
            held.record_id for held in asked if held.record_id not in answered and held.record_id not in seen
        ]
        if unanswered:
            which = f"{counted(len(unanswered), 'record')} that were requested ({', '.join(unanswered[:3])})"
            raise UnexpectedResponse(
                f"the platform's response does not mention {which}", "The next capture requests them again."
            )
        return absences

    def _lookup(self, some: list[RecordState]) -> Iterator[Exchange | Absence]:
        """Ask for these records, and keep the token valid meanwhile."""
        session = self.session
        for answer in session.connector.lookup(
            session.account, [self._known(held) for held in some], session.client
        ):
            yield answer
            session.keep_authorized()

    def _observe(self, exchange: Exchange) -> list[str]:
        """Compare the records of a response; return the ids that the platform refused."""
        session = self.session
        self.limits = exchange.context.get("short", self.limits)
        records = parse_response(session.connector, exchange)
        session.seen.add(records)
        session.writer.observe(exchange, records)
        return list(exchange.context.get("untold", ()))

    def _shuffled(self, asked: list[RecordState]) -> list[RecordState]:
        """Return the records in an order of this day.

        Those at which a platform fails each time come before others at one sweep, and after them at the next.
        """
        day = self.session.started.toordinal()
        return sorted(asked, key=lambda held: sha256(f"{day} {held.record_id}".encode()))

    def _known(self, held: RecordState) -> KnownRecord:
        return KnownRecord(
            held.record_id,
            held.native_id,
            held.kind,
            held.parent_id,
            held.root_id,
            moment(held.window_at),
            tuple(held.media),
            held.tally,
            partial(self.session.writer.visibility, held),
            held.status,
        )
