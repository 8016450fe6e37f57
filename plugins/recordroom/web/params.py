"""The address of a search, which is its bookmark: what somebody asked for, read from an address and written
into one.
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
from recordroom.search.searcher import BEST, NEWEST, OLDEST

RecordId = Annotated[
    str, Query(min_length=1)
]  # an empty one would leave an event in the audit that leads nowhere


@dataclass(frozen=True, slots=True)
class VersionAddress:
    """Of an account: the same record may be held by several."""

    id: RecordId
    account: str
    sequence: int


NAMES = (*facets.NAMES, "record", "conversation")  # what can be chosen
SORTS = {NEWEST: "newest first", OLDEST: "oldest first", BEST: "best match first"}
LONGEST = 20_000  # characters of a query
LONGEST_MATTER = 200  # characters
_LONGS = range(-(2**63), 2**63)  # numbers that Elasticsearch takes
LONGEST_NUMBER = 12  # digits


@dataclass(frozen=True, slots=True)
class SearchAddress:
    """`chosen`: name -> values. `from_`, `to`: as they were typed. `after`: where the page begins, behind the
    last hit of another; `passed`: how many stood on the pages before, as their addresses say it."""

    text: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    from_: str = ""
    to: str = ""
    versions: bool = False
    messages: bool = False
    quarantined: bool = False
    matter: str = ""
    sort: str = NEWEST
    after: tuple[Any, ...] = ()
    passed: int = 0

    @classmethod
    def parse(cls, given: QueryParams) -> SearchAddress:
        """UsageError where an address says what no page of ours writes."""
        sort = given.get("sort") or NEWEST
        if sort not in SORTS:
            raise UsageError(f"there is no order {sort!r}", f"Orders: {', '.join(SORTS)}.")
        if len(text := given.get("q", "")) > LONGEST:
            raise UsageError(
                f"the query has {len(text):,} characters",
                f"{LONGEST:,} is the most; a term report takes a list of queries.",
            )
        if len(matter := given.get("matter", "").strip()) > LONGEST_MATTER:
            raise UsageError(
                f"the matter has {len(matter):,} characters",
                f"{LONGEST_MATTER} is the most: its number or name will do.",
            )
        chosen = {
            name: tuple(dict.fromkeys(values))
            for name in NAMES
            if (values := [v for v in given.getlist(name) if v])
        }
        flags = {
            name: parse_flag(name, given.get(name, "")) for name in ("versions", "messages", "quarantined")
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
        """What stands in the form again where the rest of an address is wrong: its words, and the matter that
        they belong to.
        """
        return cls(given.get("q", "")[:LONGEST], matter=given.get("matter", "").strip()[:LONGEST_MATTER])

    @classmethod
    def from_audit(cls, text: str, told: Mapping[str, Any], sort: str = NEWEST) -> SearchAddress:
        """From what a search's filters tell of themselves (Filters.told)."""
        chosen = {name: tuple(values) for name, values in told.items() if isinstance(values, list)}
        versions, messages, quarantined = (
            bool(told.get(name)) for name in ("versions", "messages", "quarantined")
        )
        return cls(
            text,
            chosen,
            told.get("from", ""),
            told.get("to", ""),
            versions,
            messages,
            quarantined,
            told.get("matter", ""),
            sort,
        )

    def make_filters(self, viewer: Viewer) -> Filters:
        """Return the filters of the search as the viewer may ask for it: an address alone never shows the
        quarantine.

        UsageError for a day that is none.
        """
        found = self.make_all_filters()
        quarantined, matter = (
            self.quarantined and viewer.sees_quarantine,
            self.matter if viewer.sees_matters else "",
        )
        return replace(found, quarantined=quarantined, matter=matter)

    def make_all_filters(self) -> Filters:
        """Return the filters as the address has them, whoever asks."""
        return Filters(
            **self.chosen,
            from_=dates.parse_from(self.from_) if self.from_ else None,
            to=dates.parse_to(self.to) if self.to else None,
            versions=self.versions, messages=self.messages, quarantined=self.quarantined, matter=self.matter,
        )  # fmt: skip

    def of_hits(self) -> SearchAddress:
        """What single hits of it are taken out of, whatever found them."""
        accounts = {"account": self.chosen["account"]} if "account" in self.chosen else {}
        messages = self.messages or MESSAGE in self.chosen.get("kind", ())
        return SearchAddress(chosen=accounts, versions=self.versions, messages=messages, matter=self.matter)

    def address(self, **other: Any) -> str:
        """The address of this search, with other values for some of its names; it begins with its first page
        again.
        """
        return self.address_of("search", **other)

    def other(self, text: str) -> str:
        """The address of a search for these words alone, which belongs to the same matter."""
        return SearchAddress(text, matter=self.matter).address()

    def address_of(self, page: str, /, **other: Any) -> str:
        """The address of a page about the same."""
        pairs: dict[str, Any] = {
            "q": self.text,
            **self.scope,
            "sort": "" if self.sort == NEWEST else self.sort,
        }
        return f"{page}?" + urlencode([(k, v) for k, v in (pairs | other).items() if v], doseq=True)

    @property
    def scope(self) -> dict[str, Any]:
        """What narrows it, by the names of an address: all but the words and the order."""
        flags = {
            "versions": "1" * self.versions,
            "messages": "1" * self.messages,
            "quarantined": "1" * self.quarantined,
            "matter": self.matter,
        }
        return {**self.chosen, "from": self.from_, "to": self.to, **flags}

    def limits(self) -> dict[str, Any]:
        """What narrows it, as filters tell it, but for days, which stand in the form as they were typed."""
        return {name: list(values) for name, values in self.chosen.items()}

    def toggled(self, name: str, value: str) -> str:
        """The same with one value more of a facet, or one less."""
        now = self.chosen.get(name, ())
        return self.address(**{name: tuple(v for v in now if v != value) if value in now else (*now, value)})

    def next(self, cursor: tuple[Any, ...], shown: int) -> str:
        """`shown`: how many stand on this page."""
        return self.address(after=encode_cursor(cursor), passed=self.passed + shown)


def parse_flag(name: str, text: str) -> bool:
    """Return whether an address switches something on.

    UsageError for another value: read as off it would hide results.
    """
    if text not in ("", "1"):
        message = f"there is no value {text[:LONGEST_NUMBER]!r} of {name}"
        raise UsageError(message, f"{name}=1 switches it on; an address without it has it off.")
    return text == "1"


def encode_cursor(cursor: tuple[Any, ...]) -> str:
    """A hit's place in its order, as an address names it."""
    return base64.urlsafe_b64encode(orjson.dumps(cursor)).decode()


def parse_passed(text: str) -> int:
    """How many stood on the pages before; 0 where an address does not say it."""
    return int(text) if text.isdecimal() and len(text) < LONGEST_NUMBER else 0


def decode_cursor(text: str, types: tuple[type, ...]) -> tuple[Any, ...]:
    """Return that place, of values of these types; empty: the beginning. UsageError for other forms."""
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
        raise UsageError(
            "this address does not name a page of a search", "Begin with the search's first page."
        )
    return tuple(found)
