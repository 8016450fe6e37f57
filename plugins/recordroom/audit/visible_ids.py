"""What is hidden from a person, and which IDs are known to belong to records that they may see.

The question is asked the safe way round: an ID that the index does not have may belong to anyone, and counts
as hidden. So no one learns from an answer whether a record is hidden or does not exist.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from recordroom.search import client
from recordroom.search.index.documents import id_of
from recordroom.search.index.mapping import LONGEST_KEYWORD
from recordroom.search.searcher import Searcher

Clause = dict[str, Any]
SOME = 5_000  # values that one query asks for
PATIENCE = "5s"  # for each
_NAMED_BY_OTHERS = ("root_id", "parent_id", "shared_id")  # a record may be known by what answers it alone


@dataclass(frozen=True, slots=True)
class HiddenContent:
    """The accounts, records, and files that one person may not see."""

    accounts: frozenset[str]  # accounts that they may not see
    records: frozenset[str]  # record IDs under quarantine
    files: frozenset[str]  # SHA-256 sums under quarantine

    def __bool__(self) -> bool:
        return bool(self.accounts or self.records or self.files)

    @property
    def found(self) -> Clause:
        """The clause that matches all hidden versions."""
        return {
            "bool": {
                "should": [
                    {"terms": {"account": sorted(self.accounts)}},
                    {"terms": {"record_id": sorted(self.records)}},
                ]
            }
        }

    @property
    def rest(self) -> Clause:
        """The clause that matches all other versions."""
        return {"bool": {"must_not": [self.found]}}


def find_visible(searcher: Searcher, ids: Collection[str], unseen: HiddenContent, until: float) -> set[str]:
    """Return the IDs that belong to records the person may see.

    No hidden account has them.

    until: by time.monotonic(); TooSlow after it. ServiceUnavailable if Elasticsearch is away.
    """
    long = {one for one in ids if len(one) > LONGEST_KEYWORD}
    found = _known_by(searcher, ("record_id",), set(ids) - long, unseen, until)
    return _long(searcher, long, unseen, until) | found


def find_hidden_addresses(
    searcher: Searcher, addresses: Collection[str], unseen: HiddenContent, until: float
) -> set[str]:
    """Return the addresses that belong to hidden records."""
    return _having(searcher, ("url",), addresses, unseen.found, until)


def _known_by(
    searcher: Searcher, names: tuple[str, ...], ids: set[str], unseen: HiddenContent, until: float
) -> set[str]:
    """Return the IDs that visible versions have in one of these fields.

    Hidden IDs are searched for as often as those that do not exist, so that the time taken reveals nothing
    either.
    """
    hidden = _having(searcher, names, ids, unseen.found, until)
    seen = _having(searcher, names, ids, unseen.rest, until) - hidden
    others = ids - seen
    by_others = (
        _known_by(searcher, _NAMED_BY_OTHERS, others, unseen, until)
        if others and names != _NAMED_BY_OTHERS
        else set()
    )
    return seen | (by_others - hidden)


def _having(
    searcher: Searcher, names: tuple[str, ...], values: Collection[str], within: Clause, until: float
) -> set[str]:
    """Return the values that some document within the clause has in one of these fields."""
    found: set[str] = set()
    for some in _parts(values, until):
        of = {
            name: {"terms": {"field": name, "size": len(some), "include": some, **client.OF_FEW}}
            for name in names
        }
        wanted = {
            "bool": {"filter": [within, {"bool": {"should": [{"terms": {name: some}} for name in names]}}]}
        }
        [answer] = search_many(searcher, [{"query": wanted, "aggs": of}], PATIENCE)
        client.check(answer)
        found |= {bucket["key"] for name in names for bucket in answer["aggregations"][name]["buckets"]}
    return found


def _long(searcher: Searcher, ids: Collection[str], unseen: HiddenContent, until: float) -> set[str]:
    """Return the same for IDs that are too long for a query.

    They are found by the document's ID, which is made of account and record ID.
    """
    if not ids:
        return set()
    accounts = {name.rpartition("/")[2] for name in searcher.status_reader.read_marks().chains}
    names = {id_of(account, one, 1): (account, one) for account in accounts for one in ids}
    there = []
    for some in _parts(names, until):
        with client.speaking():
            answers = searcher.client.mget(index=searcher.alias, ids=some, source=False)["docs"]
        there += [names[answer["_id"]] for answer in client.there(answers)]
    return {one for _, one in there} - {one for account, one in there if account in unseen.accounts}


def _parts(values: Collection[str], until: float) -> Iterator[list[str]]:
    ordered = sorted(values)
    for start in range(0, len(ordered), SOME):
        if time.monotonic() > until:
            raise client.TooSlow("the search for all named records took too long", "Try again later.")
        yield ordered[start : start + SOME]


def search_many(
    searcher: Searcher, bodies: Iterable[Mapping[str, Any]], patience: str
) -> list[Mapping[str, Any]]:
    """Run searches for numbers in one request, and return the responses.

    The caller checks each (client.check).

    patience: how long each may take.
    """
    searches = [
        part
        for body in bodies
        for part in ({"index": searcher.alias}, {"size": 0, "timeout": patience, **body})
    ]
    with client.speaking():
        return list(searcher.client.msearch(searches=searches)["responses"])
