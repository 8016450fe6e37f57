"""What one author wrote to the agency's accounts on one platform: how many records of which account, under which names, and when. Where
an id is of one server alone, user 1 of one WordPress site is not that of another: the author is then named with the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recordroom.errors import NotThere
from recordroom.platforms import load
from recordroom.search import node
from recordroom.search.filters import Filters
from recordroom.search.hits import Record
from recordroom.search.results import Searcher

MOST = 1_000  # accounts, and names
LONGEST = 200  # characters of a server
_NOTHING, _FROM = "there is nothing by this author", "Take the author from a record's own page."
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
    """Current records, without private messages. `server`: of which alone, "" of all; `several`: then the id may be of somebody else on
    each. `accounts`: account -> how many. `first`, `last`: when published, as the index writes
    instants; None where no record says."""

    platform: str
    id: str
    server: str
    several: bool
    records: int
    accounts: Mapping[str, int]
    called: tuple[Called, ...]
    first: str | None
    last: str | None


def server_of(record: Record) -> str:
    """The server whose id its author has; "" where ids are of no server."""
    parts = record["record_id"].partition(":")[2].rsplit("/", 2)
    return parts[0] if load(record["platform"]).PLATFORM.servers and len(parts) == 3 and len(parts[0]) <= LONGEST else ""


def author(
    searcher: Searcher, platform: str, id_: str, server: str = "", *, who: str | None = None, without: tuple[str, ...] = ()
) -> Author:
    """In the audit journal before it is answered. NotThere where no account that may be seen has anything of them."""
    filters = Filters(platform=(platform,), author=(id_,), without=without)
    searcher.begin(filters)
    aggregations: dict[str, Any] = {
        "accounts": {"terms": {"field": "account", "size": MOST}},
        "called": {**_each(_HANDLE), "aggs": {"names": _each(_NAME)}},
        **_TIMES,
    }
    body = {
        "query": {"bool": {"filter": [*filters.clauses(searcher.quarantine.now()), *_on(platform, server)]}},
        "runtime_mappings": _WHOLE,
        "size": 0,
        "track_total_hits": True,
        "aggs": aggregations,
    }
    if len(server) > LONGEST:
        raise NotThere(_NOTHING, _FROM)
    with node.speaking():
        answer = searcher.client.search(index=searcher.alias, body=body)
    total, found = answer["hits"]["total"]["value"], answer["aggregations"]
    accounts = {bucket["key"]: bucket["doc_count"] for bucket in found["accounts"]["buckets"]}
    where = {"accounts": sorted(accounts)} if server else {}  # the server's name would tell an account that not everybody may know of
    searcher.note("person", who, platform=platform, author=id_, **where, records=total)
    if not total:
        raise NotThere(_NOTHING, _FROM)
    names = [Called(of["key"], one["key"], one["doc_count"]) for of in found["called"]["buckets"] for one in of["names"]["buckets"]]
    first, last = (found[name].get("value_as_string") for name in _TIMES)
    several = load(platform).PLATFORM.servers and not server
    return Author(platform, id_, server, several, total, accounts, tuple(sorted(names, key=lambda one: -one.records)), first, last)


def _on(platform: str, server: str) -> list[dict[str, Any]]:
    """A server may stand in a path of another one: what is behind its name is the kind and the number alone."""
    name = "".join(c if c.isalnum() else f"\\{c}" for c in f"{platform}:{server}")
    return [{"regexp": {"record_id": {"value": f"{name}/[^/]+/[^/]+", "flags": "NONE"}}}] if server else []


def _each(name: str) -> dict[str, Any]:
    return {"terms": {"field": name, "missing": "", "size": MOST}}
