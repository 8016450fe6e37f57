"""The address of a search, which people bookmark.

It is read from a request, and written for links.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any
from urllib.parse import urlencode

import orjson
from fastapi import Query
from starlette.datastructures import QueryParams

from recordroom import dates
from recordroom.errors import UsageError
from recordroom.model import MESSAGE
from recordroom.search import facets
from recordroom.search.access import Viewer
from recordroom.search.filters import Filters
from recordroom.search.searcher import BEST, ELIGIBLE, NEWEST, OLDEST

# an empty one would leave an event in the audit that leads nowhere
RecordId = Annotated[str, Query(min_length=1)]


@dataclass(frozen=True, slots=True)
class VersionAddress:
    """The address of one version; several accounts may have the same record."""

    id: RecordId  # the record ID
    account: str  # that has the version
    sequence: int  # of the version within the account


NAMES = (*facets.NAMES, "record", "conversation")  # names in an address that may have several values
SORTS = {
    NEWEST: "newest first",
    OLDEST: "oldest first",
    BEST: "best match first",
    ELIGIBLE: "soonest eligible first",
}
LONGEST = 20_000  # characters of a query
LONGEST_MATTER = 200  # characters
_LONGS = range(-(2**63), 2**63)  # numbers that Elasticsearch accepts
LONGEST_NUMBER = 12  # digits


@dataclass(frozen=True, slots=True)
class SearchAddress:
    """A search as its address has it."""

    text: str = ""  # the words of the query
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # name of a facet -> chosen values
    from_: str = ""  # as typed
    to: str = ""  # as typed
    versions: bool = False  # superseded and late versions too
    messages: bool = False  # private messages too
    quarantined: bool = False  # records under quarantine too, for people with that right
    matter: str = ""  # the legal matter that the search belongs to
    sort: str = NEWEST  # a key of SORTS
    after: tuple[Any, ...] = ()  # place of the last hit on the page before; () for the first page
    passed: int = 0  # hits on the pages before, as their addresses count them
    facets: bool = False  # the page has the facets from the beginning, for browsers without scripts

    @classmethod
    def parse(cls, given: QueryParams) -> SearchAddress:
        """Parse an address.

        UsageError for values that no page of ours writes.
        """
        sort = given.get("sort") or NEWEST
        if sort not in SORTS:
            raise UsageError(f"{sort!r} is not a sort order", f"Sort orders: {', '.join(SORTS)}.")
        if len(text := given.get("q", "")) > LONGEST:
            raise UsageError(
                f"the query has {len(text):,} characters",
                f"The limit is {LONGEST:,}. A term report takes a list of queries.",
            )
        if len(matter := given.get("matter", "").strip()) > LONGEST_MATTER:
            raise UsageError(
                f"the legal matter has {len(matter):,} characters",
                f"The limit is {LONGEST_MATTER}. Enter only its number or name.",
            )
        chosen = {
            name: tuple(dict.fromkeys(values))
            for name in NAMES
            if (values := [v for v in given.getlist(name) if v])
        }
        flags = {
            name: parse_flag(name, given.get(name, ""))
            for name in ("versions", "messages", "quarantined", "facets")
        }
        return cls(
            text,
            chosen,
            given.get("from", "").strip(),
            given.get("to", "").strip(),
            **flags,
            matter=matter,
            sort=sort,
            after=decode_cursor(given.get("after", ""), (int,) if sort == BEST else (int, str, str, int)),
            passed=parse_passed(given.get("passed", "")),
        )

    @classmethod
    def parse_text(cls, given: QueryParams) -> SearchAddress:
        """Parse only the words and the matter, for the form if the rest is wrong."""
        return cls(given.get("q", "")[:LONGEST], matter=given.get("matter", "").strip()[:LONGEST_MATTER])

    @classmethod
    def from_audit(cls, text: str, filters: Mapping[str, Any], sort: str = NEWEST) -> SearchAddress:
        """Return the search of an event; the reverse of `Filters.to_audit`."""
        chosen = {name: tuple(values) for name, values in filters.items() if isinstance(values, list)}
        versions, messages, quarantined = (
            bool(filters.get(name)) for name in ("versions", "messages", "quarantined")
        )
        return cls(
            text,
            chosen,
            filters.get("from", ""),
            filters.get("to", ""),
            versions,
            messages,
            quarantined,
            filters.get("matter", ""),
            sort,
        )

    def make_filters(self, viewer: Viewer) -> Filters:
        """Return the filters that the viewer may use.

        An address alone never shows the quarantine. WrongDay if a day is invalid.
        """
        found = self.make_all_filters()
        quarantined = self.quarantined and viewer.sees_quarantine
        matter = self.matter if viewer.sees_matters else ""
        return replace(found, quarantined=quarantined, matter=matter)

    def make_all_filters(self) -> Filters:
        """Return the filters of the address, without regard to the viewer."""
        return Filters(
            **self.chosen,
            from_=dates.parse_from(self.from_) if self.from_ else None,
            to=dates.parse_to(self.to) if self.to else None,
            versions=self.versions, messages=self.messages, quarantined=self.quarantined, matter=self.matter,
        )  # fmt: skip

    def of_hits(self) -> SearchAddress:
        """Return the search within which single hits are selected.

        It finds them whatever words and filters found them before.
        """
        accounts = {"account": self.chosen["account"]} if "account" in self.chosen else {}
        messages = self.messages or MESSAGE in self.chosen.get("kind", ())
        return SearchAddress(chosen=accounts, versions=self.versions, messages=messages, matter=self.matter)

    def address(self, **other: Any) -> str:
        """Return the address of the first page of this search.

        other: values to replace, by their names in the address.
        """
        return self.address_of("search", **{"facets": "1" * self.facets} | other)

    def with_facets(self) -> str:
        """Return the address of the same page of this search, with its facets."""
        after = encode_cursor(self.after) if self.after else ""
        return self.address(facets="1", after=after, passed=self.passed)

    def facets_alone(self) -> str:
        """Return the address of only the facets of this search."""
        return self.address_of("search/facets")

    def other(self, text: str) -> str:
        """Return the address of a search for only these words, in the same matter."""
        return SearchAddress(text, matter=self.matter).address()

    def address_of(self, page: str, /, **other: Any) -> str:
        """Return the address of another page about the same search."""
        pairs: dict[str, Any] = {
            "q": self.text,
            **self.scope,
            "sort": "" if self.sort == NEWEST else self.sort,
        }
        return f"{page}?" + urlencode([(k, v) for k, v in (pairs | other).items() if v], doseq=True)

    @property
    def scope(self) -> dict[str, Any]:
        """All parts of the address except the words and the order, by name."""
        flags = {
            "versions": "1" * self.versions,
            "messages": "1" * self.messages,
            "quarantined": "1" * self.quarantined,
            "matter": self.matter,
        }
        return {**self.chosen, "from": self.from_, "to": self.to, **flags}

    def limits(self) -> dict[str, Any]:
        """Return the chosen values as filters have them.

        Days are left out: the form shows them as typed.
        """
        return {name: list(values) for name, values in self.chosen.items()}

    def toggled(self, name: str, value: str) -> str:
        """Return the address with one value of a facet added or removed."""
        now = self.chosen.get(name, ())
        return self.address(**{name: tuple(v for v in now if v != value) if value in now else (*now, value)})

    def next(self, cursor: tuple[Any, ...], shown: int) -> str:
        """Return the address of the next page; shown: hits on this page."""
        return self.address(after=encode_cursor(cursor), passed=self.passed + shown)


def parse_flag(name: str, text: str) -> bool:
    """Return whether an address switches something on.

    UsageError for another value: read as off, it would hide results.
    """
    if text not in ("", "1"):
        message = f"{text[:LONGEST_NUMBER]!r} is not a value of {name}"
        raise UsageError(message, f"{name}=1 turns it on. Leave it out to turn it off.")
    return text == "1"


def encode_cursor(cursor: tuple[Any, ...]) -> str:
    """Encode the place of a hit in its order for an address."""
    return base64.urlsafe_b64encode(orjson.dumps(cursor)).decode()


def parse_passed(text: str) -> int:
    """Return how many hits the pages before showed; 0 if the address is invalid."""
    return int(text) if text.isdecimal() and len(text) < LONGEST_NUMBER else 0


def decode_cursor(text: str, types: tuple[type, ...]) -> tuple[Any, ...]:
    """Return the place that `encode_cursor` encoded; () is the beginning.

    types: types of its values. UsageError if the text has another form.
    """
    if not text:
        return ()
    try:
        found = orjson.loads(base64.urlsafe_b64decode(text))
    except (binascii.Error, ValueError):
        found = None
    if (
        not isinstance(found, list)
        or tuple(map(type, found)) != types
        or any(type(v) is int and v not in _LONGS for v in found)
    ):
        raise UsageError("this address is not a page of a search", "Start at the first page of the search.")
    return tuple(found)
