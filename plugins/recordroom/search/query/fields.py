"""The fields that a query can name before a colon.

Those of schemas/record.yaml, and shorter names that people know.

`text:`, `title:`, `alt:` search analyzed text, `exact:` the same without stems. IDs, addresses, and other
keywords are compared complete, without case; dates and numbers take ranges. `tag:` and `mention:` search as
`#tag` and `@handle` do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

from recordroom.model import parts_of, record_fields
from recordroom.retention.status import FIELD

TEXT = "text"
EXACT = "exact"
KEYWORD = "keyword"
INTEGER = "integer"
BOOLEAN = "boolean"
INSTANT = "instant"
DAY = "date"
CHOICE = "choice"  # one of a few values, which the index does not have
TAG = "tag"
HANDLE = "handle"
CONTENT = ("text", "title", "media.alt_text")


@dataclass(frozen=True, slots=True)
class QueryField:
    """A field of a query."""

    type: str
    paths: tuple[str, ...]  # fields of the index; a match in any of them counts
    title: str  # its name in `understood`


_SHORT: Mapping[str, str] = {
    "name": "author_name", "handle": "author_handle", "link": "links", "lang": "language",
    "published": "published_at",
    "date": "published_at", "edited": "edited_at", "captured": "captured_at", "committed": "committed_at",
    "first_seen": "first_seen_at",
    "removed": "removal_noticed_at", "record": "record_id", "parent": "parent_id", "root": "root_id",
    "conversation": "root_id",
    "thread": "root_id", "shared": "shared_id", "capture": "capture_id", "alt": "media.alt_text",
    "media": "media.type",
    "file": "media.sha256", "late": "late_arrival", "eligible": "eligible_on",
}  # fmt: skip
_HIDDEN: Mapping[str, str] = {
    "text_html": "the markup is archived, but a search covers only its text",
    "last_seen_at": "this value is computed when a record is shown",
    "counts": "use likes, shares, comments, or views",
}


@cache
def list_fields() -> Mapping[str, QueryField]:
    """Return name (lower case) -> field."""
    types = {"keywords": KEYWORD}
    found = {
        f.name: QueryField(types.get(f.type, f.type), (f.name,), f.name)
        for f in record_fields()
        if f.type not in ("media", "counts")
    }
    for whole in ("media", "counts"):
        for part in parts_of(whole):
            one = QueryField(part.type, (f"{whole}.{part.name}",), part.name)
            found[f"{whole}.{part.name}"] = one
            found.setdefault(part.name, one)
    for name in _HIDDEN:
        found.pop(name, None)
    found |= {short: found[name] for short, name in _SHORT.items()}
    found["author"] = QueryField(TEXT, ("author_name", "author_handle", "author_id"), "author")
    found |= dict.fromkeys(("content", "words"), QueryField(TEXT, CONTENT, "text, title or alternative text"))
    found["undescribed"] = QueryField(
        INTEGER, ("media_without_text",), "number of files without a description"
    )
    found[FIELD] = QueryField(CHOICE, (FIELD,), "retention status")
    found["exact"] = QueryField(EXACT, CONTENT, "text, title or alternative text")
    found |= dict.fromkeys(("tag", "hashtag"), QueryField(TAG, ("tokens",), "hashtag"))
    found["mention"] = QueryField(HANDLE, ("tokens",), "handle")
    return found


def find_field(name: str) -> QueryField | None:
    return list_fields().get(name.lower())


def explain_unknown(name: str) -> str:
    """Explain why there is no such field to search in."""
    reason = _HIDDEN.get(name.lower())
    return f"{name} cannot be searched: {reason}" if reason else f"there is no field {name!r}"


def suggest_field(name: str) -> str | None:
    """Return the field that was perhaps meant."""
    return (
        None
        if name.lower() in _HIDDEN
        else next(iter(get_close_matches(name.lower(), list_fields(), 1, 0.8)), None)
    )


def is_analyzed(path: str) -> bool:
    return path in CONTENT or path == "author_name"


@dataclass(frozen=True, slots=True)
class Term:
    """Elasticsearch's query for a term, and the term in words."""

    dsl: dict[str, Any]
    words: str


def match_present(field: QueryField | None) -> Term:
    if field is None or field.type == CHOICE:
        return Term({"match_all": {}}, "every record")
    if field.type in (TAG, HANDLE):
        return Term({"prefix": {"tokens": "#" if field.type == TAG else "@"}}, f"any {field.title}")
    return Term(match_any({"exists": {"field": path}} for path in field.paths), f"{field.title} is present")


def match_any(queries: Iterable[dict[str, Any]]) -> dict[str, Any]:
    alternatives = list(queries)
    return alternatives[0] if len(alternatives) == 1 else {"dis_max": {"queries": alternatives}}
