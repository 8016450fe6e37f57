"""What one author wrote to the agency's accounts on one platform: how many records of which account, under which names, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recordroom.errors import NotThere
from recordroom.search import node
from recordroom.search.filters import Filters
from recordroom.search.results import Searcher

MOST = 1_000  # accounts, and names
_NAME, _HANDLE = "author_name", "author_handle"
# The index cuts a name into words; as one word it stands in what was sent to it.
_WHOLE = {_NAME: {"type": "keyword"}}
_TIMES = {"first": {"min": {"field": "published_at"}}, "last": {"max": {"field": "published_at"}}}


@dataclass(frozen=True, slots=True)
class Called:
    """A handle and a display name ("" for none), and how many records have both."""

    handle: str
    name: str
    records: int


@dataclass(frozen=True, slots=True)
class Author:
    """Current records, without private messages. `accounts`: account -> how many. `first`, `last`: when published, as the index writes
    instants; None where no record says."""

    platform: str
    id: str
    records: int
    accounts: Mapping[str, int]
    called: tuple[Called, ...]
    first: str | None
    last: str | None


def author(searcher: Searcher, platform: str, id_: str, *, who: str | None = None, without: tuple[str, ...] = ()) -> Author:
    """In the audit journal before it is answered. NotThere where no account that may be seen has anything of them."""
    filters = Filters(platform=(platform,), author=(id_,), without=without)
    searcher.begin(filters)
    aggregations: dict[str, Any] = {
        "accounts": {"terms": {"field": "account", "size": MOST}},
        "called": {**_each(_HANDLE), "aggs": {"names": _each(_NAME)}},
        **_TIMES,
    }
    body = {
        "query": {"bool": {"filter": filters.clauses(searcher.quarantine.now())}},
        "runtime_mappings": _WHOLE,
        "size": 0,
        "track_total_hits": True,
        "aggs": aggregations,
    }
    with node.speaking():
        answer = searcher.client.search(index=searcher.alias, body=body)
    total, found = answer["hits"]["total"]["value"], answer["aggregations"]
    searcher.note("person", who, platform=platform, author=id_, records=total)
    if not total:
        raise NotThere("there is nothing by this author", "Take the author from a record's own page.")
    accounts = {bucket["key"]: bucket["doc_count"] for bucket in found["accounts"]["buckets"]}
    names = [Called(of["key"], one["key"], one["doc_count"]) for of in found["called"]["buckets"] for one in of["names"]["buckets"]]
    first, last = (found[name].get("value_as_string") for name in _TIMES)
    return Author(platform, id_, total, accounts, tuple(sorted(names, key=lambda one: -one.records)), first, last)


def _each(name: str) -> dict[str, Any]:
    return {"terms": {"field": name, "missing": "", "size": MOST}}
