"""What one piece of a query becomes, and the clauses that terms and ranges share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from recordroom.search.fields import HANDLE, TAG, Named


@dataclass(frozen=True, slots=True)
class Term:
    """Elasticsearch's query, and what it says in words."""

    dsl: dict[str, Any]
    words: str


def present(field: Named | None) -> Term:
    if field is None:
        return Term({"match_all": {}}, "every record")
    if field.type in (TAG, HANDLE):
        return Term({"prefix": {"tokens": "#" if field.type == TAG else "@"}}, f"any {field.title}")
    return Term(any_of({"exists": {"field": path}} for path in field.paths), f"{field.title} is there")


def any_of(queries: Iterable[dict[str, Any]]) -> dict[str, Any]:
    alternatives = list(queries)
    return alternatives[0] if len(alternatives) == 1 else {"dis_max": {"queries": alternatives}}
