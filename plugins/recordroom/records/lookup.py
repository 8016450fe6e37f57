"""What the archive has at an address. Threads gives no post of others by its address, and a server of Mastodon knows others' statuses
under numbers of its own; the archive knows such an answer by the address that the platform gave with it, and which post it is below."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from recordroom.capture.permalink.receipt import RootAddress
from recordroom.errors import ServiceUnavailable
from recordroom.search import client
from recordroom.search.query.permalinks import spellings
from recordroom.search.searcher import Searcher

_FIELDS = ["record_id", "account", "kind", "root_id", "url"]


def answered_at(searcher: Searcher, url: str, without: Collection[str] = (), *, quarantined: bool = False) -> RootAddress | None:
    """The answer with that address, and the post at the head of its conversation: None where the index has none, or cannot be asked.
    `without`: accounts of which whoever asks may know nothing; `quarantined`: whether they may of what is under quarantine."""
    try:
        barred = frozenset() if quarantined else searcher.quarantine.now().records.keys()
        answers = [one for one in _current(searcher, _at(url), without) if one["record_id"] not in barred]
        for answer in answers:
            heads = _current(searcher, [{"term": {"record_id": answer.get("root_id") or answer["record_id"]}}], without)
            for head in heads:
                if head["account"] == answer["account"] and head.get("url") and head["record_id"] not in {answer["record_id"], *barred}:
                    return RootAddress(answer["account"], answer["record_id"], answer["kind"], head["url"])
    except ServiceUnavailable:
        return None
    return None


def _at(url: str) -> list[dict[str, Any]]:
    alike, patterns = spellings(url)
    return [{"terms": {"url": alike}}, *({"wildcard": {"url": {"value": one, "case_insensitive": True}}} for one in patterns)]


def _current(searcher: Searcher, any_of: list[dict[str, Any]], without: Collection[str]) -> list[dict[str, Any]]:
    chosen = {"filter": [{"term": {"current": True}}, {"bool": {"should": any_of}}], "must_not": [{"terms": {"account": sorted(without)}}]}
    body: dict[str, Any] = {"query": {"bool": chosen}, "size": 20, "_source": _FIELDS, "sort": [{"account": "asc"}, {"record_id": "asc"}]}
    with client.speaking():
        return [hit["_source"] for hit in searcher.client.search(index=searcher.alias, body=body)["hits"]["hits"]]
