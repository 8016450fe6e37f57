"""Which accounts a search can find anything in. What others lack is no part of its answer, and is not told with it.

It is told from the very query that Elasticsearch is sent, its filters among them: where that cannot match a record of an account, whatever
else the record is, the account is out of reach. What is not sure counts as reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch

from recordroom.archive.ledger import Entry
from recordroom.register.validation import called
from recordroom.search.access import Viewer
from recordroom.search.client import speaking
from recordroom.search.filters import Filters

Dsl = Mapping[str, Any]
MOST = 10_000  # accounts of a conversation
_OCCURS = ("must", "filter", "should", "must_not")


@dataclass(frozen=True, slots=True)
class Reach:
    """`queries`: of which a record has to match one; `clauses`: those of the filters, all of which it has to. `holders`: the accounts that
    hold what was chosen by id; None where nothing was."""

    queries: tuple[Dsl, ...]
    clauses: tuple[Dsl, ...]
    holders: frozenset[str] | None = None

    @classmethod
    def of(cls, filters: Filters, queries: Iterable[Dsl], viewer: Viewer) -> Reach:
        return cls(tuple(queries), tuple(filters.clauses_with_quarantine(viewer)))

    def has(self, account: str, platform: str) -> bool:
        """`platform`: "" where nobody knows it."""
        told = {"account": account} | ({"platform": platform} if platform else {})
        asked = {
            "bool": {
                "filter": self.clauses,
                "should": self.queries,
                "minimum_should_match": min(1, len(self.queries)),
            }
        }
        return (self.holders is None or account in self.holders) and _matches(asked, told) is not False


def list_platforms(register: Entry | None) -> dict[str, str]:
    """Account -> platform of the entries of a register, and of all that stood in one before.

    An entry without a sound id is called as its problems are ("entry 3"). "" where nobody knows the platform: a search
    and an export then both report the account in doubt.
    """
    if register is None:
        return {}
    known: dict[str, str] = dict(register.body.get("platforms", {}))
    for name, entry in called(register.body["accounts"]):
        given = entry.get("platform")
        known[name] = given if isinstance(given, str) else known.get(name, "")
    return known


def find_holders(
    client: Elasticsearch, index: str, filters: Filters, viewer: Viewer, upto: Mapping[str, int] | None = None
) -> frozenset[str] | None:
    """The accounts that hold any record of the chosen conversations and records, in whatever version; None where nothing was chosen so, or
    nobody holds any. `upto`: account -> the last entry of its ledger that counts, where not all do. What may not be seen counts as what
    never was: else an id that somebody makes up and one that is hidden would be answered differently. ServiceUnavailable if Elasticsearch
    is away."""
    if not (filters.record or filters.conversation):
        return None
    any_version = Filters(
        record=filters.record, conversation=filters.conversation, versions=True, messages=True, quarantined=filters.quarantined,
    )  # fmt: skip
    known: list[Dsl] = [_first(name, number) for name, number in (upto or {}).items()] or [{"match_none": {}}]
    until = [] if upto is None else [{"bool": {"should": known}}]
    body = {
        "size": 0,
        "query": {"bool": {"filter": [*any_version.clauses(viewer), *until]}},
        "track_total_hits": False,
    }
    with speaking():
        answer = client.search(
            index=index, body=body | {"aggs": {"accounts": {"terms": {"field": "account", "size": MOST}}}}
        )
    return frozenset(bucket["key"] for bucket in answer["aggregations"]["accounts"]["buckets"]) or None


def _first(account: str, number: int) -> Dsl:
    """What the first entries of an account's ledger brought."""
    return {
        "bool": {"filter": [{"term": {"account": account}}, {"range": {"ledger_number": {"lte": number}}}]}
    }


def _matches(query: Dsl, told: Mapping[str, str]) -> bool | None:
    """Whether a record of which only this is known matches; None: that depends on the rest of it."""
    [(kind, body)] = query.items()
    if kind == "match_all":
        return True
    if kind in ("term", "terms"):
        return _has_value(body, told)
    if kind == "dis_max":
        return _any(_matches(one, told) for one in body["queries"])
    if kind != "bool":
        return None
    must, filters, should, must_not = (
        [_matches(one, told) for one in _listed(body.get(name, ()))] for name in _OCCURS
    )
    least = body.get("minimum_should_match", 0 if must or filters else 1)
    either = _any(should) if should and least else True
    unwanted = _any(must_not)
    return _all([*must, *filters, either, None if unwanted is None else not unwanted])


def _listed(clauses: Any) -> Sequence[Dsl]:
    return [clauses] if isinstance(clauses, Mapping) else clauses


def _has_value(body: Dsl, told: Mapping[str, str]) -> bool | None:
    [(field, asked)] = ((name, value) for name, value in body.items() if name != "boost")
    if field not in told:
        return None
    if isinstance(
        asked, Mapping
    ):  # of a query, for which Elasticsearch knows no case of A to Z: s and ſ are two letters to it
        return _small(str(asked["value"])) == _small(told[field])
    return told[field] in asked if isinstance(asked, list) else told[field] == asked


def _small(text: str) -> bytes:
    return text.encode(errors="surrogatepass").lower()


def _any(found: Iterable[bool | None]) -> bool | None:
    some = set(found)
    return True if True in some else None if None in some else False


def _all(found: Iterable[bool | None]) -> bool | None:
    some = set(found)
    return False if False in some else None if None in some else True
