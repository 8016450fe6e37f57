"""What excludes a record from proposals of disposition: the reasons with their words, and how two are found.

Lists of proposals, pages, and the panel of a record's page use this one table. A reason that is missing would
let a record be proposed: in doubt, each of them applies.

Gaps
- A period begins when a record was removed, and a return ends it. So a gap in which a return could be missing
  excludes the records of its account.
- An open gap always counts. A gap that a later capture or an import filled counts no longer: what had
  returned would have been seen.
- A gap that the agency explained in the register was not filled, and no explanation says that nothing
  returned. So it counts too, unless it ended before the record was removed. The explanation of a mass absence
  is no such gap: it says that the records were removed, and a capture of the whole account follows it.
- A gap of private messages counts for messages alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from recordroom.archive import gaps
from recordroom.archive.gaps import Gap
from recordroom.model import to_local
from recordroom.register.models import MASS_ABSENCE
from recordroom.retention.holds import Hold
from recordroom.stored_texts import code_of

RELEASE_BLOCKS = timedelta(days=30)  # how long the release of a hold blocks proposals
_EXPLAINED = "register-says"  # the code of `how` if an explanation closed a gap

# Keys of reasons, as ledger entries and lists store them. They never change.
ON_HOLD, QUERY_WAITS, RELEASED = "on hold", "query not asked", "released"
UNDECIDED, PROVISIONAL, UNREVIEWED = "undecided", "provisional", "unreviewed"
PERMANENT, ARCHIVAL, NO_LENGTH = "permanent", "archival", "no length"
ON_PLATFORM, GAP, QUARANTINE = "on platform", "gap", "quarantine"
OBJECTION, IMPORTED, EVENT, CONVERSATION = "objection", "import", "event", "conversation"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Why records are not proposed, in words."""

    label: str  # of a row of counts, such as `On hold`
    sentence: str  # why one record cannot be destroyed
    remedy: str  # what a person can do


EXCLUSIONS: Mapping[str, Exclusion] = {
    ON_HOLD: Exclusion(
        "On hold", "A legal hold applies.", "The hold must be released first, on the page Holds."
    ),
    QUERY_WAITS: Exclusion(
        "Query of a hold not asked yet",
        "The query of a legal hold was not asked about it yet, or cannot be asked. So it is on hold.",
        "The next capture asks the query. The page Holds lists queries that cannot be asked.",
    ),
    RELEASED: Exclusion(
        "Released from a hold less than 30 days ago",
        "A legal hold on it was released or narrowed less than 30 days ago.",
        "Wait until 30 days have passed.",
    ),
    UNDECIDED: Exclusion(
        "No records series",
        "No person has decided on its records series.",
        "A person decides on the series.",
    ),
    PROVISIONAL: Exclusion(
        "Provisional series",
        "Its records series is provisional.",
        "A person decides on the series. The default of an account is not enough.",
    ),
    UNREVIEWED: Exclusion(
        "Series not reviewed",
        "No person has reviewed its records series in the schedule in force.",
        "A person reads the series in the schedule in force, and confirms its rule.",
    ),
    PERMANENT: Exclusion(
        "Permanent retention",
        "The schedule requires permanent retention.",
        "None: these records are never destroyed.",
    ),
    ARCHIVAL: Exclusion(
        "Appraisal or transfer required",
        "The State Archives must appraise it first.",
        "The State Archives appraise these records before any disposition.",
    ),
    NO_LENGTH: Exclusion(
        "Period without a length",
        "Its retention period has no length, so no date follows from it.",
        "None: no date follows from such a period.",
    ),
    ON_PLATFORM: Exclusion(
        "May still be on the platform",
        "It is, or may be, still on the platform.",
        "A capture must find that the platform removed it, or a person states its withdrawal.",
    ),
    GAP: Exclusion(
        "A gap could hide a return",
        "The account has a gap in which it could have returned to the platform without being seen.",
        "A capture or an import must fill the gap. The page Coverage lists open gaps.",
    ),
    QUARANTINE: Exclusion(
        "Under quarantine",
        "It, or one of its files, is under quarantine. It waits for counsel.",
        "Counsel decides first.",
    ),
    OBJECTION: Exclusion(
        "Objection",
        "An objection was made to its disposition.",
        "The objection must be withdrawn first, on the page of its proposal.",
    ),
    IMPORTED: Exclusion(
        "Import not confirmed",
        "No person has confirmed the dates of the file that it comes from.",
        "A person confirms the dates.",
    ),
    EVENT: Exclusion(
        "Event not entered",
        "The event that starts its retention period has not been entered.",
        "A person enters the day of the event.",
    ),
    CONVERSATION: Exclusion(
        "Conversation is not complete",
        "Another record of its conversation cannot be proposed, so the complete conversation waits.",
        "See the other records of the conversation.",
    ),
}
# What a one-time list of the Local Records Committee takes the place of: it names its records whatever their
# series and date.
REPLACED_BY_LIST = frozenset((UNDECIDED, PROVISIONAL, UNREVIEWED, NO_LENGTH))


def list_certain_holds(holds: Iterable[Hold]) -> Iterator[Hold]:
    """Yield the holds in force without what their queries were not asked about yet."""
    for hold in holds:
        if hold.in_force:
            scope = hold.scope
            without_range = replace(
                scope, accounts=frozenset(), from_=None, to=None, query="", everything=False
            )
            yield replace(hold, scope=without_range) if scope.query else hold


def list_released_holds(holds: Iterable[Hold], today: date) -> Iterator[Hold]:
    """Yield what holds no longer cover since less than RELEASE_BLOCKS, as holds with IDs of their own.

    These are the holds that were released then, and the scopes that were changed then.
    """
    for hold in holds:
        for number, (scope, act) in enumerate(zip(hold.earlier, hold.changes, strict=True)):
            if _blocks(act.at, today):  # what its query had found is in the range of the scope
                earlier = replace(hold, id=f"{hold.id}-{number}", scope=scope, caught=frozenset(), upto={})
                yield replace(earlier, released=None)
        if hold.released is not None and _blocks(hold.released.at, today):
            yield replace(hold, released=None)


def _blocks(at: datetime, today: date) -> bool:
    return today - to_local(at).date() < RELEASE_BLOCKS


@dataclass(frozen=True, slots=True)
class HidingGap:
    """A gap in which the return of a record could be missing."""

    account: str
    ended_at: datetime | None  # None: it is open, or its end is not known
    messages_only: bool

    def hides_return(self, account: str, *, is_message: bool, withdrawn_at: datetime | None) -> bool:
        """Return whether a record that was removed then could have returned in it."""
        concerned = account == self.account and (is_message or not self.messages_only)
        return concerned and (self.ended_at is None or withdrawn_at is None or self.ended_at >= withdrawn_at)


def list_hiding_gaps(known: Iterable[Gap]) -> Iterator[HidingGap]:
    """Yield the gaps that could hide a return.

    known: every opening of every gap.
    """
    for gap in known:
        is_open = gap.closed_at is None
        if not is_open and (code_of(gap.how) != _EXPLAINED or gap.reason.startswith(MASS_ABSENCE)):
            continue
        messages_only = gap.reason == gaps.MESSAGES or gap.reason.startswith(gaps.MISSED)
        yield HidingGap(gap.account, None if is_open else gap.to, messages_only)
