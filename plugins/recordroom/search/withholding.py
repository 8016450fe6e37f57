"""Keep a query from finding a record by the ID of a quarantined record.

A reply, a comment, or a share names another record. Where that record is under quarantine, the viewer sees the
field empty (`hits.py`). A query must see it empty, too: `shared_id:mastodon\\:s/statuses/1*` and the like would
spell the ID out, letter by letter.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from recordroom.search.hits import LINKS, names

Dsl = dict[str, Any]
_WHOLE = ("term", "terms")  # compare a whole value
_LEAVES = (*_WHOLE, "wildcard", "regexp", "prefix", "fuzzy", "range", "exists")


def withhold_links(dsl: Dsl, barred: Collection[str]) -> Dsl:
    """Return the query to which each field is empty that names one of these records.

    barred: IDs of the records that the viewer may not learn.
    """
    return _guard(dsl, barred) if barred else dsl


def _guard(dsl: Any, barred: Collection[str]) -> Any:
    if isinstance(dsl, list):
        return [_guard(one, barred) for one in dsl]
    if not isinstance(dsl, Mapping) or not dsl:
        return dsl
    [kind, *more] = dsl
    body = dsl[kind]
    if more or kind not in _LEAVES or not isinstance(body, Mapping):
        return {name: _guard(value, barred) for name, value in dsl.items()}
    field = body["field"] if kind == "exists" else next(iter(body))
    hidden = _find_hidden(kind, field, body.get(field), barred)
    if not hidden:
        return dsl
    fields = LINKS if field == "url" else (field,)
    return {"bool": {"must": [dsl], "must_not": [{"terms": {name: hidden}} for name in fields]}}


def _find_hidden(kind: str, field: str, asked: Any, barred: Collection[str]) -> list[str]:
    """Return the barred IDs that a single clause could find a record by.

    An address shows the ID of the record that it names; that an address exists shows none.
    """
    if field not in (*LINKS, "url") or (field, kind) == ("url", "exists"):
        return []
    if kind not in _WHOLE:
        return sorted(barred)
    values = asked if isinstance(asked, list) else [asked["value"] if isinstance(asked, Mapping) else asked]
    wanted = {str(value).lower() for value in values}
    if field == "url":
        return sorted(one for one in barred if any(names(value, (one.lower(),)) for value in wanted))
    return sorted(one for one in barred if one.lower() in wanted)
