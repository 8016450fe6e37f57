"""Putting a record or a file under quarantine, and showing it again: the act stands in its ledger and in the audit, and holds at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from recordroom.archive import quarantine
from recordroom.archive.ledger import Entry
from recordroom.archive.quarantine import RECORD, Quarantine, Thing
from recordroom.errors import NotThere, ServiceUnavailable, UsageError
from recordroom.search import node
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
        raise ServiceUnavailable(words, "Keep people out of the room, and run `recordroom verify`.")
    return entry


def lift(searcher: Searcher, thing: Thing, reason: str, who: str | None = None, without: Collection[str] = ()) -> Entry:
    """`without`: as of `put`. UsageError where it is not under quarantine; ServiceUnavailable if the bucket is away."""
    if without and thing.name not in seen(searcher, without).of(thing.kind):
        raise quarantine.not_there(thing.name)
    entry = quarantine.lift(searcher.archive, thing, reason, who)
    searcher.note("lift", who, **{thing.kind: thing.name})
    searcher.quarantine.look_again()
    return entry


def seen(searcher: Searcher, without: Collection[str]) -> Quarantine:
    """What is under quarantine, for somebody who may see nothing of these accounts: the records that another account has too, and the files
    that a record of another one shows. Of what the index does not know nobody can say whose it is. ServiceUnavailable if Elasticsearch is
    away."""
    found = searcher.quarantine.now()
    if not without:
        return found
    records, files = (
        _of_others(searcher, field, names, without) for field, names in (("record_id", found.records), ("media.sha256", found.files))
    )
    return replace(
        found,
        records={name: bar for name, bar in found.records.items() if name in records},
        files={name: bar for name, bar in found.files.items() if name in files},
    )


def _of_others(searcher: Searcher, field: str, names: Collection[str], without: Collection[str]) -> set[str]:
    """Which of `names` stand in that field of a document of another account."""
    if not names:
        return set()
    query = {"bool": {"filter": [{"terms": {field: sorted(names)}}], "must_not": [{"terms": {"account": sorted(without)}}]}}
    of = {"terms": {"field": field, "size": len(names), "include": sorted(names)}}
    with node.speaking():
        answer = searcher.client.search(index=searcher.alias, body={"size": 0, "query": query, "aggs": {"of": of}})
    return {bucket["key"] for bucket in answer["aggregations"]["of"]["buckets"]}


def _must_be_there(searcher: Searcher, record_id: str, without: Collection[str]) -> None:
    accounts = {document["account"] for document in documents_of(searcher, record_id)}
    if not accounts - set(without):
        raise NotThere(f"there is no record {record_id!r} in the index", "Take its id from a search.")
    if len(record_id) > LONGEST_KEYWORD:  # no query finds it by its id, and so none can leave it out
        words = f"its id has {len(record_id):,} characters; more than {LONGEST_KEYWORD:,} cannot be kept out of a search"
        raise UsageError(words, "Mark its account `confidential` in the register.")
