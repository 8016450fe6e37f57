"""Records that copy another one.

These are reposts, boosts, and quotes, whose `shared_id` is that record.

Such a copy repeats the text of its original, so that a person who hides one has to decide about the other. An
original that is named by an address alone, as in some imported files, is not found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from elasticsearch import Elasticsearch

from recordroom.archive.quarantine.ledger import Quarantine
from recordroom.search.access import Viewer
from recordroom.search.client import OF_FEW, speaking
from recordroom.text import counted

MOST = 200  # copies that are listed at once: one form has to name each of them twice (web/forms.py)
GENERATIONS = 5  # a copy of a copy of a copy


def find_copies(client: Elasticsearch, index: str, record_id: str, viewer: Viewer) -> list[str]:
    """Return the IDs of the records that copy this one, or copy one of its copies.

    MOST at most, in order of ID.

    A copy that is under quarantine already is left out, and one that only hidden accounts have.
    ServiceUnavailable if Elasticsearch is away.
    """
    found: set[str] = set()
    originals = {record_id}
    for _ in range(GENERATIONS):
        known = {record_id, *found, *viewer.quarantine.records}
        originals = set(_sharing(client, index, originals, known, viewer)) if originals else set()
        found |= originals
    return sorted(found)[:MOST]


def find_shown_copies(
    client: Elasticsearch, index: str, quarantine: Quarantine, viewer: Viewer
) -> dict[str, str]:
    """Map each copy that is shown although its original is under quarantine to that original: MOST at most.

    quarantine: what the viewer may see of it. Copies that were left as they are on purpose are not among
    them. ServiceUnavailable if Elasticsearch is away.
    """
    if not quarantine.records:
        return {}
    left = {copy for bar in quarantine.records.values() for copy in bar.left}
    return _sharing(client, index, quarantine.records, {*quarantine.records, *left}, viewer)


def describe_shown_copies(copies: Mapping[str, str]) -> str:
    """Say in one sentence how many there are; "" for none."""
    if not copies:
        return ""
    number = f"{MOST:,} records or more" if len(copies) >= MOST else counted(len(copies), "record")
    return f"Copies of records under quarantine are still shown: {number}"


def _sharing(
    client: Elasticsearch, index: str, originals: Iterable[str], besides: set[str], viewer: Viewer
) -> dict[str, str]:
    """Map the records that share one of these originals, in whatever version, to the original."""
    names = sorted(originals)
    unwanted = [{"terms": {"record_id": sorted(besides)}}, *viewer.exclude_accounts()]
    of = {"terms": {"field": "shared_id", "size": 1, "include": names, **OF_FEW}}
    copies = {"terms": {"field": "record_id", "size": MOST, "order": {"_key": "asc"}}, "aggs": {"of": of}}
    query = {"bool": {"filter": [{"terms": {"shared_id": names}}], "must_not": unwanted}}
    with speaking():
        answer = client.search(index=index, body={"size": 0, "query": query, "aggs": {"copies": copies}})
    buckets = answer["aggregations"]["copies"]["buckets"]
    return {bucket["key"]: bucket["of"]["buckets"][0]["key"] for bucket in buckets}
