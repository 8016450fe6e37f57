"""Which accounts a search can find anything in.

Problems of other accounts are not part of its answer, nor shown with it.

This is decided from the query that Elasticsearch gets, filters included: if it cannot match any record of an
account, the account is out of reach. In doubt, it counts as reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch

from recordroom.archive.ledger import Entry
from recordroom.register.validation import name_entries
from recordroom.search.access import Viewer
from recordroom.search.client import Dsl, speaking
from recordroom.search.filters import Filters

MOST = 10_000  # accounts of a conversation
_OCCURS = ("must", "filter", "should", "must_not")


@dataclass(frozen=True, slots=True)
class Reach:
    """The query and filters of a search."""

    queries: tuple[Dsl, ...]  # a record has to match one of these
    clauses: tuple[Dsl, ...]  # those of the filters; a record has to match all of them
    holders: frozenset[str] | None = None  # the accounts that have what was chosen by ID; None if nothing was

    @classmethod
    def of(cls, filters: Filters, queries: Iterable[Dsl], viewer: Viewer) -> Reach:
        return cls(tuple(queries), tuple(filters.clauses_with_quarantine(viewer)))

    def has(self, account: str, platform: str) -> bool:
        """Whether the search can find a record of this account.

        `platform`: "" if it is not known.
        """
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
    """Return account -> platform for the entries of a register, and for all earlier ones.

    An entry without a valid ID has the name that its problems use ("entry 3"). "" if the platform is not
    known: a search and an export then both report the account, in doubt.
    """
    if register is None:
        return {}
    known: dict[str, str] = dict(register.body.get("platforms", {}))
    for name, entry in name_entries(register.body["accounts"]):
        given = entry.get("platform")
        known[name] = given if isinstance(given, str) else known.get(name, "")
    return known


def find_holders(
    client: Elasticsearch, index: str, filters: Filters, viewer: Viewer, upto: Mapping[str, int] | None = None
) -> frozenset[str] | None:
    """Return the accounts that have any record of the chosen conversations and records, in any version.

    upto: account -> the last entry of its ledger that counts, if not all do. None if nothing was chosen, or
    no account has any. A record that the viewer may not see counts as one that never existed: else an
    invented ID and a hidden one would be answered differently. ServiceUnavailable if Elasticsearch is away.
    """
    if not (filters.record or filters.conversation):
        return None
    any_version = Filters(
        record=filters.record, conversation=filters.conversation, versions=True, messages=True,
        quarantined=filters.quarantined,
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
    """Return the clause for what the first entries of an account's ledger brought."""
    return {
        "bool": {"filter": [{"term": {"account": account}}, {"range": {"ledger_number": {"lte": number}}}]}
    }


def _matches(query: Dsl, told: Mapping[str, str]) -> bool | None:
    """Whether a record with these known values matches.

    None: that depends on its other values.
    """
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
    return [clauses] if isinstance(clauses, dict) else clauses


def _has_value(body: Dsl, told: Mapping[str, str]) -> bool | None:
    [(field, asked)] = ((name, value) for name, value in body.items() if name != "boost")
    if field not in told:
        return None
    # of a query, for which Elasticsearch knows no case of A to Z: s and ſ are two letters to it
    if isinstance(asked, Mapping):
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
