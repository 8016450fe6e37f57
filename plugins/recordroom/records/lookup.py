"""Find the record at an address.

Threads serves no posts of others by address, and a Mastodon server has its own numbers for the posts of other
servers. The archive finds such a reply by the address that the platform gave with it, and knows the post that
it is below.
"""

from __future__ import annotations

from typing import Any

from recordroom.capture.permalink.receipt import RootAddress
from recordroom.errors import ServiceUnavailable
from recordroom.search import client
from recordroom.search.access import Viewer
from recordroom.search.query.permalinks import list_spellings
from recordroom.search.searcher import Searcher

_FIELDS = ["record_id", "account", "kind", "root_id", "url"]


def find_reply_at(searcher: Searcher, url: str, viewer: Viewer) -> RootAddress | None:
    """Return the reply with that address, and the root post of its conversation.

    None if the index has none that the viewer may see, or is unavailable.
    """
    try:
        barred = viewer.withheld_records
        answers = [one for one in _current(searcher, _at(url), viewer) if one["record_id"] not in barred]
        for answer in answers:
            heads = _current(
                searcher, [{"term": {"record_id": answer.get("root_id") or answer["record_id"]}}], viewer
            )
            for head in heads:
                if (
                    head["account"] == answer["account"]
                    and head.get("url")
                    and head["record_id"] not in {answer["record_id"], *barred}
                ):
                    return RootAddress(answer["account"], answer["record_id"], answer["kind"], head["url"])
    except ServiceUnavailable:
        return None
    return None


def _at(url: str) -> list[dict[str, Any]]:
    alike, patterns = list_spellings(url)
    return [
        {"terms": {"url": alike}},
        *({"wildcard": {"url": {"value": one, "case_insensitive": True}}} for one in patterns),
    ]


def _current(searcher: Searcher, any_of: list[dict[str, Any]], viewer: Viewer) -> list[dict[str, Any]]:
    chosen = {
        "filter": [{"term": {"current": True}}, {"bool": {"should": any_of}}],
        "must_not": viewer.exclude_accounts(),
    }
    body: dict[str, Any] = {
        "query": {"bool": chosen},
        "size": 20,
        "_source": _FIELDS,
        "sort": [{"account": "asc"}, {"record_id": "asc"}],
    }
    with client.speaking():
        return [
            hit["_source"] for hit in searcher.client.search(index=searcher.alias, body=body)["hits"]["hits"]
        ]
