"""What somebody may see nothing of, and which of some ids are, as far as anybody knows, those of records that they may see.

That is asked the safe way round: an id that the index does not know may be anybody's, and is none of theirs. So nobody learns from an
answer whether something is hidden or is not there at all.
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
    """`accounts` of which they may see nothing; `records` and `files` under quarantine."""

    accounts: frozenset[str]
    records: frozenset[str]
    files: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.accounts or self.records or self.files)

    @property
    def found(self) -> Clause:
        """What finds all versions of it."""
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
        """What finds everything else."""
        return {"bool": {"must_not": [self.found]}}


def find_visible(searcher: Searcher, ids: Collection[str], unseen: HiddenContent, until: float) -> set[str]:
    """Of these ids those of records that they may see: no hidden account has it. `until`: by time.monotonic(); TooSlow after it,
    ServiceUnavailable where Elasticsearch is away."""
    long = {one for one in ids if len(one) > LONGEST_KEYWORD}
    found = _known_by(searcher, ("record_id",), set(ids) - long, unseen, until)
    return _long(searcher, long, unseen, until) | found


def find_hidden_addresses(
    searcher: Searcher, addresses: Collection[str], unseen: HiddenContent, until: float
) -> set[str]:
    """Of these addresses those of records that they may not see."""
    return _having(searcher, ("url",), addresses, unseen.found, until)


def _known_by(
    searcher: Searcher, names: tuple[str, ...], ids: set[str], unseen: HiddenContent, until: float
) -> set[str]:
    """What is hidden is asked for as often as what is not there: the time that it takes tells nothing either."""
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
    """Which of these values some document within has in one of these fields."""
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
    """The same of ids that no query finds: by the name of the document, which is made of account and id."""
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
            raise client.TooSlow("there was no time to look for all that is named", "Look again later.")
        yield ordered[start : start + SOME]


def search_many(
    searcher: Searcher, bodies: Iterable[Mapping[str, Any]], patience: str
) -> list[Mapping[str, Any]]:
    """The answers to searches of which only numbers are wanted, in one request; whoever asks checks each (node.check). `patience`: how long
    each may take."""
    searches = [
        part
        for body in bodies
        for part in ({"index": searcher.alias}, {"size": 0, "timeout": patience, **body})
    ]
    with client.speaking():
        return list(searcher.client.msearch(searches=searches)["responses"])
