"""Putting a record or a file under quarantine, and showing it again: the act stands in its ledger and in the audit, and holds at once."""

from __future__ import annotations

from collections.abc import Collection

from recordroom.archive import quarantine
from recordroom.archive.ledger import Entry
from recordroom.archive.quarantine import RECORD, Thing
from recordroom.errors import ArchiveError, NotThere, UsageError
from recordroom.search.mapping import LONGEST_KEYWORD
from recordroom.search.results import Searcher
from recordroom.search.showing import documents_of


def put(searcher: Searcher, thing: Thing, reason: str, who: str | None = None, without: Collection[str] = ()) -> Entry:
    """`without`: accounts of which whoever acts may see nothing. NotThere where there is no such thing, UsageError where it is under
    quarantine already; ServiceUnavailable if the bucket or Elasticsearch is away: then nothing was done."""
    if thing.kind == RECORD:
        _must_be_there(searcher, thing.name, without)
    entry = quarantine.put(searcher.archive, thing, reason, who)
    searcher.note("quarantine", who, **{thing.kind: thing.name})  # the reason stands in the ledger alone
    if thing.name not in searcher.quarantine.look_again().of(thing.kind):
        words = f"it stands in the ledger, and is not in force here: {searcher.quarantine.problem}"
        raise ArchiveError(words, "Keep people out of the room, and run `recordroom verify`.")
    return entry


def lift(searcher: Searcher, thing: Thing, reason: str, who: str | None = None) -> Entry:
    """UsageError where it is not under quarantine; ServiceUnavailable if the bucket is away."""
    entry = quarantine.lift(searcher.archive, thing, reason, who)
    searcher.note("lift", who, **{thing.kind: thing.name})
    searcher.quarantine.look_again()
    return entry


def _must_be_there(searcher: Searcher, record_id: str, without: Collection[str]) -> None:
    accounts = {document["account"] for document in documents_of(searcher, record_id)}
    if not accounts - set(without):
        raise NotThere(f"there is no record {record_id!r} in the index", "Take its id from a search.")
    if len(record_id) > LONGEST_KEYWORD:  # no query finds it by its id, and so none can leave it out
        words = f"its id has {len(record_id):,} characters; more than {LONGEST_KEYWORD:,} cannot be kept out of a search"
        raise UsageError(words, "Mark its account `confidential` in the register.")
