"""What holds ask of people: which owners acknowledge them, and which conversations must not be moderated."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from recordroom.errors import ServiceUnavailable
from recordroom.retention.holds import Hold, HoldScope, in_force
from recordroom.search.access import Viewer
from recordroom.search.hold_counts import find_listed_accounts, is_any_covered
from recordroom.search.searcher import Searcher

DO_NOT_MODERATE = "A hold is in force for this account. Do not delete, hide, or edit anything. Ask counsel."


@dataclass(frozen=True, slots=True)
class AskedAccounts:
    """The accounts whose owners are asked to acknowledge holds."""

    by_hold: Mapping[str, frozenset[str]] = field(default_factory=dict)  # ID of the hold -> accounts
    # IDs of holds whose listed records belong to accounts that Elasticsearch did not name now
    unknown: frozenset[str] = frozenset()


def find_asked_accounts(
    searcher: Searcher, holds: Collection[Hold], registered: Collection[str], viewer: Viewer
) -> AskedAccounts:
    """Return which owners each hold asks, with one request at most.

    A hold with dates or a query and no account asks the owners of all registered accounts. One with listed
    records, conversations, or authors asks those of their accounts, as far as the viewer may see the records.
    """
    lists = {
        hold.id: hold.scope
        for hold in holds
        if hold.scope.records or hold.scope.conversations or hold.scope.authors
    }
    listed, unknown = dict[str, frozenset[str]](), frozenset[str]()
    try:
        listed = find_listed_accounts(searcher.client, searcher.alias, lists, viewer)
    except ServiceUnavailable:
        unknown = frozenset(lists)
    found = {}
    for hold in holds:
        of_range = (hold.scope.accounts or registered) if hold.scope.has_range else ()
        asked = {*of_range, *listed.get(hold.id, ()), *hold.acknowledged}
        found[hold.id] = frozenset(asked.difference(viewer.hidden_accounts))
    return AskedAccounts(found, unknown)


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
