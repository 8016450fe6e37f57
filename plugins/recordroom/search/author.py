"""What one author wrote to the agency's accounts on one platform: how many records of which account, under which names, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recordroom.errors import NotThere
from recordroom.search import node
from recordroom.search.filters import Filters
from recordroom.search.results import Searcher

MOST = 1_000  # accounts, and handles
_TIMES = {"first": {"min": {"field": "published_at"}}, "last": {"max": {"field": "published_at"}}}


@dataclass(frozen=True, slots=True)
class Called:
    """A handle ("" for none), the display name beside it in the newest record that has it, and how many records have it."""

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
    newest = {"top_hits": {"size": 1, "sort": [{"published_at": "desc"}], "_source": ["author_name"]}}
    handles = {"field": "author_handle", "missing": "", "size": MOST}
    aggregations: dict[str, Any] = {
        "accounts": {"terms": {"field": "account", "size": MOST}},
        "called": {"terms": handles, "aggs": {"newest": newest}},
        **_TIMES,
    }
    body = {
        "query": {"bool": {"filter": filters.clauses(searcher.quarantine.now())}},
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
    called = tuple(_called(bucket) for bucket in found["called"]["buckets"])
    first, last = (found[name].get("value_as_string") for name in _TIMES)
    return Author(platform, id_, total, accounts, called, first, last)


def _called(bucket: Mapping[str, Any]) -> Called:
    [newest] = bucket["newest"]["hits"]["hits"]
    return Called(bucket["key"], newest["_source"].get("author_name") or "", bucket["doc_count"])
