"""Absence is an observation: not seen in a window -> asked for by id -> while the account itself is readable.

More than MANY records, or more than a twentieth of the account (but for private messages) where that is at least 5, vanishing in one
capture is a gap for a person, not removals, whatever the platform says: those ids are `doubted` in the manifest and keep their status. What
the platform shows for a set time only does not count among them, nor what it says once more to be hidden. What a person then confirms in
the register is asked for by id once more.

Where lists leave more records out than can be asked for at once, what a conversation that is there should have shown is asked for first,
and of all else each in its turn; how many wait for it is told.

One record that the platform refuses each time it is asked for, or at which it fails, keeps no other from being asked for: nothing is
concluded of it, and it is told. Where it fails at more than IN_A_ROW, and the account itself is readable, it is asked for no more: nothing
is concluded of what is left either, and it is told; at the next sweep others are asked for first.

What is `unavailable` may be back with its author, and no list lead to it, since what it answers has gone meanwhile: a sweep asks for some
of what became so in the last BACK, each in its turn.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from itertools import chain, islice

from recordroom.archive.state.record_state import RecordState
from recordroom.canonical import sha256
from recordroom.capture.content import records_in
from recordroom.capture.seen import Seen
from recordroom.capture.segment import Segment
from recordroom.errors import AccountUnavailable, Blocked, UnexpectedResponse
from recordroom.model import ABSENT_STATUSES, MESSAGE, UNAVAILABLE, Absence, Exchange, instant, is_looked_for, moment
from recordroom.platforms import Client, Known, Platform
from recordroom.platforms.unread import IN_A_ROW, spared
from recordroom.text import counted

MANY, SHARE, FEW = 20, 0.05, 5
BACK, TURN = timedelta(days=90), 7  # each that is unavailable is asked for every so many days
ASKED_AT_MOST, LOOKUPS = 200, 40  # ids that are asked for at least in any case, and requests where one asks for many
NO_MONEY = 402  # the status by which all is refused until somebody pays
_QUERY = re.compile(r"\?\S*?(?=:?(?:\s|$))")  # of an address: it may name hundreds of ids


@dataclass(slots=True)
class Missing:
    """`newly`: expected and not seen for the first time; `returned`: seen again after having been missing; `absences`: what the
    platform said; `doubted`: too many to be believed; `still_doubted`: those of the window that were doubted before and were not seen;
    `confirmed`: how many of these a person has confirmed that were not asked for yet; `believed`: how many were, on that word; `failing`:
    those of which it says nothing, since it refuses them or fails, and `failure`: the first time, in words; `unbelieved`: how many of those
    that were unavailable it gives another status, too many at once; `waiting`: how many are left out by the lists, and not asked for before
    their turn; `short`: what else the answers lack, in the connector's words."""

    newly: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)
    doubted: list[str] = field(default_factory=list)
    still_doubted: list[RecordState] = field(default_factory=list)
    confirmed: int = 0
    believed: int = 0
    failing: list[str] = field(default_factory=list)
    failure: str = ""
    unbelieved: int = 0
    waiting: int = 0
    short: str = ""

    @property
    def in_doubt(self) -> list[str]:
        return [*self.doubted, *(h.record_id for h in self.still_doubted)]


@dataclass(frozen=True, slots=True)
class Asking:
    """In what capture is asked. `confirm` raises unless the account itself is readable: it is asked before any absence is believed.
    `keep_authorized` renews a token that ends soon."""

    segment: Segment
    seen: Seen
    client: Client
    confirm: Callable[[], object]
    keep_authorized: Callable[[], None]

    def lookup(self, some: list[RecordState]) -> Iterator[Exchange | Absence]:
        """Ask the platform for these by their ids. The token may end before the last of them was asked for."""
        work = self.segment.work
        for answer in work.connector.lookup(work.account, [_known(self.segment, held) for held in some], self.client):
            yield answer
            self.keep_authorized()


def too_many(vanished: int, held: int) -> bool:
    return vanished > MANY or (vanished >= FEW and vanished > held * SHARE)


def at_most(platform: Platform) -> int:
    """How many records may be asked for by id in one capture: of a platform that tells of many in one answer, so many more, but where each
    is paid. Lists leave some out that are there (Facebook's 600 posts of a year, X's 800 mentions): each sweep asks for these."""
    return ASKED_AT_MOST if platform.price else max(ASKED_AT_MOST, LOOKUPS * platform.ids_in_a_lookup)


def look_for(asking: Asking, expected: Iterator[RecordState]) -> Missing:
    """Ask by id for what was `expected` and not seen. What is there after all is observed; the rest is returned.

    More than `at_most` are not asked for: they wait for their turn, or are doubted where much of what was asked for is gone.
    """
    segment, seen, missing = asking.segment, asking.seen, Missing()
    unseen = _unseen(expected, seen, missing)
    if unseen:
        asking.confirm()
    most = at_most(segment.work.connector.PLATFORM)
    if len(unseen) > most:
        every, day = _turns([h.record_id for h in unseen], most), segment.work.started.toordinal()
        unseen.sort(key=lambda h: (h.is_root or (h.root_id or "") not in seen, _days_left(h.record_id, every, day)))
    asked, waiting = unseen[:most], unseen[most:]
    unasked = _ask(asking, asked, missing)
    missing.newly += [h.record_id for h in unseen if not h.missing and h.record_id not in seen]
    missing.returned += [h.record_id for h in unseen if h.missing and h.record_id in seen]
    sudden = _sudden(missing, asked)
    if too_many(len(sudden), _held(segment)):
        missing.doubted = [*sudden, *unasked, *(h.record_id for h in waiting if not h.missing and h.record_id not in seen)]
        missing.absences = [a for a in missing.absences if a.record_id not in sudden]
    else:
        missing.waiting = sum(h.record_id not in seen for h in waiting)
    return missing


def look_for_unshown(asking: Asking, held: Iterator[RecordState]) -> None:
    """Of one conversation that showed fewer answers than the platform counts: ask by id for what is held of it and was not shown, as an
    answer is by somebody whom the one they answer has blocked. What is there is observed; of what is not, nothing follows here."""
    seen = asking.seen
    roots = {one.root_id for one in seen.comment_counts() if one.ours < one.theirs}
    unshown = (h for h in held if h.root_id in roots and h.present and h.record_id not in seen and is_looked_for(h.kind, h.record_id))
    if asked := list(islice(unshown, ASKED_AT_MOST)) if roots else []:
        _absences(asking, asked, Missing())


def ask_again(asking: Asking, doubted: list[RecordState], missing: Missing, *, confirmed: str) -> list[Absence]:
    """Ask by id for records that were doubted, since a person has `confirmed` that they are gone; what the platform says of them. What is
    there after all has returned. What it says nothing of stays doubted."""
    asking.confirm()
    seen = asking.seen
    found = [replace(a, reason=f"{a.reason}; {confirmed}") for a in _absences(asking, doubted, missing)]
    missing.absences += found
    missing.newly += [
        a.record_id for a in found if a.status not in ABSENT_STATUSES
    ]  # their rows say that they are there, and nobody sees them still
    missing.returned += [h.record_id for h in doubted if h.missing and h.record_id in seen]
    missing.believed += len(doubted)
    told = {a.record_id for a in found}
    missing.still_doubted = [h for h in missing.still_doubted if h.record_id not in told and h.record_id not in seen]
    return found


def turns(asking: Asking, held: Iterator[RecordState]) -> list[RecordState]:
    """What is unavailable and whose turn it is to be asked for by its id. A story is none of these: it is over with its day, and a list
    leads to each that is shown."""
    work, seen = asking.segment.work, asking.seen
    since, day = instant(work.started - BACK), work.started.toordinal()
    due = (
        h for h in held
        if h.status == UNAVAILABLE and h.current_at >= since and h.record_id not in seen and is_looked_for(h.kind, h.record_id)
        and h.kind not in ("profile", "story") and not _days_left(h.record_id, TURN, day)
    )  # fmt: skip
    return list(islice(due, min(ASKED_AT_MOST, LOOKUPS * work.connector.PLATFORM.ids_in_a_lookup)))


def look_back(asking: Asking, asked: list[RecordState], missing: Missing) -> list[Absence]:
    """Ask for these by their ids; what the platform says of each, where that is another status. What is there again is observed, and has
    returned. So much of another status at once is not believed: it stays, and is asked for again in its turn."""
    asking.confirm()
    told = [a for a in _absences(asking, asked, missing) if a.status != UNAVAILABLE]
    missing.returned += [h.record_id for h in asked if h.missing and h.record_id in asking.seen]
    if too_many(len(told), _held(asking.segment)):
        missing.unbelieved = len(told)
        return []
    missing.absences += told
    return told


def _turns(record_ids: list[str], most: int) -> int:
    """In so many days each has its turn, and none of them has more than `most`; a power of two, so that it is the same for long."""
    every = 1
    while max(Counter(_days_left(record_id, every, 0) for record_id in record_ids).values()) > most:
        every *= 2
    return every


def _days_left(record_id: str, every: int, day: int) -> int:
    """Until its turn, which comes `every` so many days."""
    return (int(sha256(record_id.encode()), 16) - day) % every


def _unseen(expected: Iterator[RecordState], seen: Seen, missing: Missing) -> list[RecordState]:
    """What was not seen; notes what returned, what is doubted since an earlier capture, and what is known to be gone from a capture that
    died before it could say that it missed it."""
    asked: list[RecordState] = []
    over = set(seen.over())  # told of as shown no more; of what is back its change of status says so
    for held in expected:
        if not is_looked_for(held.kind, held.record_id):
            continue
        if held.kind == "profile":  # never asked for: that the account can be read was asked first
            if held.missing == (held.record_id in seen):
                (missing.returned if held.missing else missing.newly).append(held.record_id)
        elif held.record_id in seen:
            if held.missing and (held.present or (held.seen_at and held.record_id in over)):
                missing.returned.append(held.record_id)
        elif not held.present:
            if not held.missing and held.version:
                missing.newly.append(held.record_id)
        elif held.doubted:
            missing.still_doubted.append(held)
        else:
            asked.append(held)
    return asked


def _held(segment: Segment) -> int:
    """How many records are there that a look can miss: private messages are none of them, however many there are."""
    sums = segment.work.state.sums
    return sums.present() - sums.present(MESSAGE)


def _sudden(missing: Missing, asked: list[RecordState]) -> dict[str, None]:
    known = {h.record_id: h.status for h in asked}
    return {a.record_id: None for a in missing.absences if not a.ended and a.status != known.get(a.record_id)}


def _ask(asking: Asking, asked: list[RecordState], missing: Missing) -> list[str]:
    """Fill `absences`; the ids that were not asked for any more, since so much had vanished before that nothing of it is believed."""
    for start in range(0, len(asked), ASKED_AT_MOST):
        if too_many(len(_sudden(missing, asked)), _held(asking.segment)):
            return [h.record_id for h in asked[start:] if h.record_id not in asking.seen]
        missing.absences += _absences(asking, asked[start : start + ASKED_AT_MOST], missing)
    return []


def _absences(asking: Asking, asked: list[RecordState], missing: Missing) -> list[Absence]:
    """What the platform says of each. Where it refuses or fails, what is left is asked for in halves, down to the one record of which that
    is true; after ASKED_AT_MOST of these no further one is told apart, and after more than IN_A_ROW at which it fails none is asked for.
    Once it has given no whole answer, it is down; whoever refuses is there."""
    segment, seen, absences = asking.segment, asking.seen, list[Absence]()
    refused: set[str] = set()  # of which the platform says that it says nothing
    waiting, row = [asked], 0
    while waiting:
        some = waiting.pop()
        try:
            for answer in asking.lookup(some):
                row = 0
                if isinstance(answer, Exchange):
                    missing.short = answer.context.get("short", missing.short)
                    records = records_in(segment.work.connector, answer)
                    seen.add(records)
                    segment.observe(answer, records)
                    refused.update(answer.context.get("untold", ()))
                else:
                    absences.append(answer)
        except (AccountUnavailable, Blocked, UnexpectedResponse) as failure:
            told = refused.union(a.record_id for a in absences)
            left = [held for held in some if held.record_id not in told and held.record_id not in seen]
            status = spared(failure).status
            fails = isinstance(failure, UnexpectedResponse) and not 400 <= status < 500  # some refuse with the status of a success
            if not left or status == NO_MONEY:
                raise
            if fails and row >= IN_A_ROW:
                asking.confirm()
                left, waiting = [*left, *chain.from_iterable(waiting)], []
            elif len(left) > 1 and len(missing.failing) < ASKED_AT_MOST:
                left = _shuffled(left, segment)
                waiting += [left[len(left) // 2 :], left[: len(left) // 2]]
                continue
            else:
                row = row + 1 if fails else 0
            refused.update(held.record_id for held in left)
            missing.failure = missing.failure or _QUERY.sub("", failure.message)
    missing.failing += [h.record_id for h in asked if h.record_id in refused and h.record_id not in seen]
    told = refused.union(a.record_id for a in absences)
    untold = [h.record_id for h in asked if h.record_id not in told and h.record_id not in seen]
    if untold:
        words = f"the platform said nothing about {counted(len(untold), 'record')} that it was asked for ({', '.join(untold[:3])})"
        raise UnexpectedResponse(words, "They are asked for again at the next capture.")
    return absences


def _shuffled(asked: list[RecordState], segment: Segment) -> list[RecordState]:
    """In the order of this day: those at which a platform fails each time stand in front of others at one sweep, behind at the next."""
    day = segment.work.started.toordinal()
    return sorted(asked, key=lambda held: sha256(f"{day} {held.record_id}".encode()))


def _known(segment: Segment, held: RecordState) -> Known:
    return Known(
        held.record_id,
        held.native_id,
        held.kind,
        held.parent_id,
        held.root_id,
        moment(held.window_at),
        tuple(held.media),
        held.tally,
        partial(segment.visibility, held),
        held.status,
    )
