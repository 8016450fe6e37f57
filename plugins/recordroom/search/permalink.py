"""What the archive has at an address. Threads gives no post of others by its address, and a server of Mastodon knows others' statuses
under numbers of its own; the archive knows such an answer by the address that the platform gave with it, and which post it is below."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import product
from typing import Any

from recordroom.capture.receipt import Instead
from recordroom.errors import ServiceUnavailable, UsageError
from recordroom.platforms import load, names, permalinks
from recordroom.platforms.permalinks import ANY, Link
from recordroom.search import node
from recordroom.search.results import Searcher

_FIELDS = ["record_id", "account", "kind", "root_id", "url"]


def answered_at(searcher: Searcher, url: str, without: Collection[str] = (), *, quarantined: bool = False) -> Instead | None:
    """The answer with that address, and the post at the head of its conversation: None where the index has none, or cannot be asked.
    `without`: accounts of which whoever asks may know nothing; `quarantined`: whether they may of what is under quarantine."""
    try:
        spelled = list(_spellings(permalinks.read(url, ANY)))
        barred = frozenset() if quarantined else searcher.quarantine.now().records.keys()
        answers = [one for one in _current(searcher, "url", [url, *spelled], without) if one["record_id"] not in barred]
        for answer in answers:
            heads = _current(searcher, "record_id", [answer.get("root_id") or answer["record_id"]], without)
            for head in heads:
                if head["account"] == answer["account"] and head.get("url") and head["record_id"] not in {answer["record_id"], *barred}:
                    return Instead(answer["account"], answer["record_id"], answer["kind"], head["url"])
    except (UsageError, ServiceUnavailable):
        return None
    return None


def _current(searcher: Searcher, field: str, values: list[str], without: Collection[str]) -> list[dict[str, Any]]:
    chosen = {"filter": [{"terms": {field: values}}, {"term": {"current": True}}], "must_not": [{"terms": {"account": sorted(without)}}]}
    body: dict[str, Any] = {"query": {"bool": chosen}, "size": 20, "_source": _FIELDS, "sort": [{"account": "asc"}, {"record_id": "asc"}]}
    with node.speaking():
        return [hit["_source"] for hit in searcher.client.search(index=searcher.alias, body=body)["hits"]["hits"]]


def _spellings(link: Link) -> Iterator[str]:
    """The same address as a platform may write it: at another of its hosts, with www. and a last slash or without."""
    forms = [found for name in names() if (found := load(name).PLATFORM.permalinks).are_at(link.host)]
    hosts = dict.fromkeys([link.host, *(host for found in forms for host in found.hosts)])
    for scheme, www, host, end in product(("https", "http"), ("", "www."), hosts, ("", "/")):
        yield f"{scheme}://{www}{host}{link.path}{end}"
