"""Records that the search of a decision finds now, and that have no decided series.

A decision made from a search covers what the search found then. It proposes what it finds later, and never
decides it.
"""

from __future__ import annotations

from collections.abc import Iterable

from recordroom.errors import RecordroomError, UsageError
from recordroom.retention.decisions import Decision
from recordroom.search.access import Viewer
from recordroom.search.filters import Filters
from recordroom.search.query.query import read
from recordroom.search.searcher import Searcher

_UNDECIDED = "series_decided:false"  # the query of records without a decision that counts


def narrow_query(text: str) -> str | None:
    """Return the query of what `text` finds and has no decided series; a wrong query as it is.

    None for an address or a record ID, which is no part of a larger query: it finds no later record.
    """
    text = text.strip()
    narrowed = f"({text}) AND {_UNDECIDED}" if text else _UNDECIDED
    if text.endswith(_UNDECIDED):  # the decision was made from such a search itself
        narrowed = text
    if _is_readable(narrowed):
        return narrowed
    return None if _is_readable(text) else text


def count_later_matches(
    searcher: Searcher, decisions: Iterable[Decision], viewer: Viewer
) -> dict[str, int | RecordroomError]:
    """Return the number of later matches of each decision in force that was made from a search, by its ID.

    An error takes the place of the number if the search can no longer be asked. One request counts all.
    ServiceUnavailable if Elasticsearch is away.
    """
    searches: dict[str, tuple[str, Filters]] = {}
    for one in decisions:
        query = narrow_query(one.query) if one.counts and one.filters is not None else None
        if query is not None:
            searches[one.id] = (query, Filters.from_audit(one.filters or {}))
    return dict(zip(searches, searcher.count_many(list(searches.values()), viewer), strict=True))


def _is_readable(text: str) -> bool:
    try:
        read(text)
    except UsageError:
        return False
    return True
