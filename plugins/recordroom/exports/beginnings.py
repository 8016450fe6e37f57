"""From when on the archive has an account: a moment before finds nothing of it, however much the same search finds now."""

from __future__ import annotations

from datetime import UTC, datetime

from recordroom.archive.quarantine.ledger import Quarantine
from recordroom.search import client
from recordroom.search.client import Dsl
from recordroom.search.filters import Filters
from recordroom.search.index.watermarks import Marks
from recordroom.search.scope import MOST, Reach
from recordroom.search.searcher import Searcher


def begun_later(
    searcher: Searcher, filters: Filters, query: Dsl, marks: Marks, quarantine: Quarantine, *, as_of: datetime
) -> dict[str, datetime]:
    """The accounts in scope of which nothing was committed by `as_of`, with when the first record of them was that may be seen."""
    whole = Filters(
        record=filters.record, conversation=filters.conversation, versions=True, messages=True, quarantined=filters.quarantined,
        without=filters.without,
    )  # fmt: skip
    first = {"terms": {"field": "account", "size": MOST}, "aggs": {"first": {"min": {"field": "committed_at"}}}}
    body = {"size": 0, "query": {"bool": {"filter": whole.clauses(quarantine)}}, "aggs": {"accounts": first}, "track_total_hits": False}
    with client.speaking():
        answer = searcher.client.search(index=searcher.alias, body=body)
    began = {one["key"]: one["first"]["value"] / 1000 for one in answer["aggregations"]["accounts"]["buckets"]}
    platforms = {account: platform for _, platform, account in (name.split("/") for name in marks.chains)}
    reach = Reach.of(filters, [query])
    later = {account for account, at in began.items() if at > as_of.timestamp() and reach.has(account, platforms.get(account, ""))}
    return {account: datetime.fromtimestamp(began[account], UTC) for account in sorted(later)}
