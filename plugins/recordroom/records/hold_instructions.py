"""What holds ask of people: which conversations must not be moderated."""

from __future__ import annotations

from collections.abc import Collection

from recordroom.errors import ServiceUnavailable
from recordroom.retention.holds import HoldScope, in_force
from recordroom.search.hold_counts import is_any_covered
from recordroom.search.searcher import Searcher

DO_NOT_MODERATE = "A hold is in force for this account. Do not delete, hide, or edit anything. Ask counsel."


def forbids_moderation(
    searcher: Searcher, accounts: Collection[str], records: Collection[str], *, is_index_behind: bool = False
) -> bool:
    """Return whether a hold in force could cover a conversation; True in doubt.

    accounts: those that it may belong to. records: IDs of its archived records, hidden ones too. A hold on
    accounts counts whatever its dates and its query: the conversation may have what no capture shows.
    is_index_behind: whether the index may not have all of the records.

    ServiceUnavailable if the bucket is away.
    """
    scopes = [hold.scope for hold in in_force(searcher.retention.refresh().holds.values())]
    for scope in scopes:
        if scope.has_range and (not scope.accounts or not scope.accounts.isdisjoint(accounts)):
            return True
        if not (scope.records | scope.conversations).isdisjoint(records):
            return True
    listed = HoldScope()
    for scope in scopes:  # what only the index knows: the authors, and the root posts that were not read
        listed = listed.plus(HoldScope(conversations=scope.conversations, authors=scope.authors))
    if listed.is_empty or not records:
        return False
    if is_index_behind and listed.authors:
        return True
    try:
        return is_any_covered(searcher.client, searcher.alias, listed, records)
    except ServiceUnavailable:
        return True
