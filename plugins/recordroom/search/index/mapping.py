"""The index's mapping and analysis, made from schemas/record.yaml by type.

It runs unchanged on any Elasticsearch.

Text is analyzed three times: `text` in English stems (district's and district meet), `text.es` in Spanish
ones (reunion, reunión, and reuniones meet), both without accents and case; `text.exact` with the words as
written. Every character that people and editors use for an apostrophe is one, and a word ends at every other
sign. There are no stop words: a phrase of an attorney may consist of them. IDs, addresses, and other keywords
are compared complete. The mapping is strict: a field that record.yaml does not name is refused, never
guessed.

Fields of the index alone: `tokens` and `plain` (analysis.py), `media_without_text` (how many of its files
have no text), `window_at` (when its conversation began: this decides which captures' windows cover it), and
`read_at` of a root post (when the conversation was last read by a capture that skipped others: folding.py).
"""

from __future__ import annotations

from functools import cache
from typing import Any

from recordroom.canonical import encode_canonical, sha256
from recordroom.model import Field, parts_of, record_fields
from recordroom.search.analysis import APOSTROPHES, BREAKS, list_folded_letters

# characters; Lucene refuses terms of more than 32,766 bytes. Longer ones are kept and shown, not found
LONGEST_KEYWORD = 8191
_FILTERS = {
    "possessive": {"type": "stemmer", "language": "possessive_english"},
    "english": {"type": "stemmer", "language": "english"},
    "spanish": {"type": "stemmer", "language": "light_spanish"},
}
# of a Greek word: another small letter of the one capital, which Lucene lowers to the first
_LAST_SIGMA = {"\u03c2": "\u03c3"}
_CHAINS = {
    "exact": (),
    "english": ("possessive", "english", "asciifolding"),
    "spanish": ("spanish", "asciifolding"),
}


@cache
def mapping() -> dict[str, Any]:
    """Return field -> definition, without `_meta` (indexer.py keeps the watermarks there)."""
    properties = {f.name: _property(f) for f in record_fields()}
    properties |= {
        "tokens": {"type": "keyword", "ignore_above": LONGEST_KEYWORD},
        "plain": {"properties": {name: _copied(name) for name in text_fields()}},
        "media_without_text": {"type": "integer"},
        "window_at": {"type": "date"},
        "read_at": {"type": "date", "index": False},
    }
    return {"dynamic": "strict", "properties": properties}


def settings() -> dict[str, Any]:
    """Return the index settings that never change.

    Replicas follow the number of nodes.
    """
    signs = dict.fromkeys(APOSTROPHES, "'") | dict.fromkeys(BREAKS, "-") | _LAST_SIGMA
    # in one: a second filter behind the first would take as long again
    read_as = {"signs": signs, "letters": signs | list_folded_letters()}
    filters = {
        name: {"type": "mapping", "mappings": [f"{sign} => {other}" for sign, other in own.items()]}
        for name, own in read_as.items()
    }
    common = {"type": "custom", "tokenizer": "standard"}
    analyzers = {
        name: {**common, "char_filter": ["letters" if chain else "signs"], "filter": ["lowercase", *chain]}
        for name, chain in _CHAINS.items()
    }
    analysis = {"char_filter": filters, "filter": _FILTERS, "analyzer": analyzers}
    return {"number_of_shards": 1, "auto_expand_replicas": "0-1", "analysis": analysis}


@cache
def digest() -> str:
    """Return what the index was made by.

    An index with another digest has to be rebuilt.
    """
    return sha256(encode_canonical({"mapping": mapping(), "settings": settings()}))


@cache
def text_fields() -> tuple[str, ...]:
    """Return the full names of the analyzed fields.

    Text, title, author_name, media.alt_text.
    """
    own = [f.name for f in record_fields() if f.type == "text"]
    return (*own, *(f"media.{p.name}" for p in parts_of("media") if p.type == "text"))


def _property(f: Field) -> dict[str, Any]:
    if f.type in ("media", "counts"):
        return {"properties": {p.name: _property(p) for p in parts_of(f.type)}}
    if not f.index:
        return {"type": "keyword", "index": False, "doc_values": False}
    if f.type == "text":
        exact = {"type": "text", "analyzer": "exact"}
        return {
            "type": "text",
            "analyzer": "english",
            "fields": {"es": {"type": "text", "analyzer": "spanish"}, "exact": exact},
        }
    if f.type in ("keyword", "keywords"):
        return {"type": "keyword", "ignore_above": LONGEST_KEYWORD}
    if f.type == "date":
        return {"type": "date", "format": "strict_date"}  # a day of the agency, without a time
    return {"type": {"integer": "long", "boolean": "boolean", "instant": "date"}[f.type]}


def _copied(name: str) -> dict[str, Any]:
    return {"type": "keyword", "index": False, "doc_values": False, "copy_to": name}
