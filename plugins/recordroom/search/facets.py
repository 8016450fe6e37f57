"""Facets: how many hits each choice would have, next to the choices that are made already.

A facet also counts the hits that its own choices exclude, so that a second value can be added. The facets are
therefore a search of their own, whose query knows no choices, and each counts below the choices of all
others. One shard has the index, so counts are exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from recordroom import clock
from recordroom.model import ZONE
from recordroom.retention.status import make_count, read_count
from recordroom.search.filters import NONE, Filters

SHOWN = 12  # values of a facet that are shown at first, those with the most hits
# values that can be chosen, except authors: they are too many to find all of them with each search
LISTED = 1_000
_TERMS: Mapping[str, tuple[str, bool]] = {  # name -> (field, whether records without one are a choice)
    "account": ("account", False), "platform": ("platform", False), "kind": ("kind", False),
    "status": ("status", False),
    "media": ("media.type", True), "series": ("series", True),
}  # fmt: skip
NAMES = (*_TERMS, "retention", "year", "author")


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that can be chosen."""

    value: str
    count: int
    chosen: bool
    title: str = ""  # the name that people read, if it is not the value itself
    of: str = ""  # what tells it apart from another choice with the same title


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet with its choices."""

    name: str
    choices: tuple[Choice, ...]  # those with the most hits first; years in order
    more: bool  # whether there are other values

    @property
    def first(self) -> tuple[Choice, ...]:
        return self.choices[:SHOWN]

    @property
    def rest(self) -> tuple[Choice, ...]:
        return self.choices[SHOWN:]


def aggregations(filters: Filters) -> dict[str, Any]:
    """Return what the search for the facets asks."""
    chosen = filters.chosen()
    return {
        name: {
            "filter": {"bool": {"filter": [c for other, c in chosen.items() if other != name]}},
            "aggs": {"values": _values(name), **_none(name)},
        }
        for name in NAMES
    }


def read(answer: Mapping[str, Any], filters: Filters) -> tuple[Facet, ...]:
    """Return the facets of Elasticsearch's `aggregations`."""
    return tuple(_facet(name, answer[name], getattr(filters, name)) for name in NAMES)


def _values(name: str) -> dict[str, Any]:
    if name == "year":
        by_year = {
            "field": "published_at",
            "calendar_interval": "year",
            "time_zone": str(ZONE),
            "format": "yyyy",
            "min_doc_count": 1,
        }
        return {"date_histogram": {**by_year, "order": {"_key": "desc"}}}
    if name == "retention":
        return make_count(clock.today())
    if name == "author":
        newest = {
            "size": 1,
            "_source": ["author_name", "author_handle", "platform"],
            "sort": [{"captured_at": "desc"}],
        }
        return {"terms": {"field": "author_id", "size": SHOWN}, "aggs": {"who": {"top_hits": newest}}}
    return {"terms": {"field": _TERMS[name][0], "size": LISTED}}


def _none(name: str) -> dict[str, Any]:
    return {"none": {"missing": {"field": _TERMS[name][0]}}} if name in _TERMS and _TERMS[name][1] else {}


def _facet(name: str, found: Mapping[str, Any], chosen: tuple[str, ...]) -> Facet:
    by_value: dict[str, Choice] = {}
    if name == "retention":
        counts = read_count(found["doc_count"], found["values"])
        buckets = [{"key": key, "doc_count": count} for key, count in sorted(counts.items()) if count]
    else:
        buckets = found["values"]["buckets"]
    for choice in (_choice(name, bucket, chosen) for bucket in buckets):
        # what is older than the calendar, where the agency is, is of the year 1 too
        known = by_value.get(choice.value)
        by_value[choice.value] = replace(choice, count=choice.count + known.count) if known else choice
    choices = list(by_value.values())
    if "none" in found and found["none"]["doc_count"]:
        choices.append(Choice(NONE, found["none"]["doc_count"], NONE in chosen))
    there = {choice.value for choice in choices}
    choices += [Choice(value, 0, chosen=True) for value in chosen if value not in there]  # to be taken back
    return Facet(name, tuple(choices), bool(found["values"].get("sum_other_doc_count")))


def _choice(name: str, bucket: Mapping[str, Any], chosen: tuple[str, ...]) -> Choice:
    value = bucket["key_as_string"] if name == "year" else bucket["key"]
    title = of = ""
    if name == "author" and (hits := bucket["who"]["hits"]["hits"]):
        newest = hits[0]["_source"]
        title, of = newest.get("author_name") or newest.get("author_handle") or "", newest["platform"]
    return Choice(value, bucket["doc_count"], value in chosen, title, of)
