"""Filters, which narrow a search in addition to its query.

Accounts, platforms, kinds, statuses, dates of publication, old versions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recordroom import clock, dates
from recordroom.archive.quarantine.ledger import RECORD, Quarantine
from recordroom.errors import UsageError
from recordroom.model import KINDS, MEDIA_TYPES, MESSAGE, STATUSES, instant, moment
from recordroom.retention.status import STATUSES as RETENTION
from recordroom.retention.status import expand, make_clause
from recordroom.search.access import Viewer
from recordroom.search.client import Dsl
from recordroom.search.index.mapping import LONGEST_KEYWORD
from recordroom.search.masking import withhold_links

NameOf = Callable[[str, str], str]  # (filter, value) -> what people call the value


def keep_value(name: str, value: str) -> str:  # noqa: ARG001 (as NameOf)
    """Return the value itself: the `NameOf` of texts without titles."""
    return value


NONE = "none"  # the choice of what has no value: records without files, or whose series is undecided
_FIELDS: Mapping[str, str] = {
    "account": "account", "platform": "platform", "kind": "kind", "status": "status",
    "author": "author_id", "media": "media.type",
    "series": "series", "record": "record_id", "conversation": "root_id",
}  # fmt: skip
_MAY_BE_MISSING = ("media", "series")
_NAMES = (*_FIELDS, "retention", "year")  # filters with chosen values


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of a search; empty tuples and None narrow nothing.

    Records that the viewer may not see are left out whatever the filters say, and are part of no total.
    """

    account: tuple[str, ...] = ()
    platform: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    year: tuple[str, ...] = ()  # of publication, in the time zone of the agency
    author: tuple[str, ...] = ()  # IDs as the platforms give them
    media: tuple[str, ...] = ()  # types of files, or NONE
    series: tuple[str, ...] = ()  # records series, or NONE
    retention: tuple[str, ...] = ()  # retention statuses, as of today
    record: tuple[str, ...] = ()  # record IDs
    conversation: tuple[str, ...] = ()  # record IDs of root posts
    # aware; published at this time or later: records without a time are left out
    from_: datetime | None = None
    to: datetime | None = None  # aware; published at this time or earlier, likewise
    versions: bool = False  # superseded and late versions too
    messages: bool = False  # private messages too; without it only a `kind` that names them finds any
    quarantined: bool = False  # records under quarantine too, if the viewer may see them
    # the legal matter of the search: filters nothing, and withholds its text from other people
    matter: str = ""

    def check(self, chains: Iterable[str], viewer: Viewer) -> None:
        """Raise UsageError for a value that nothing can have, or that is too long to be found.

        It would find nothing, and hide that it was misspelled.
        chains: names of the ledgers of all captures. A message names no account or platform that is hidden.
        """
        long = next(
            (name for name in _FIELDS for value in getattr(self, name) if len(value) > LONGEST_KEYWORD), None
        )
        if long:
            raise UsageError(
                f"{long} cannot have more than {LONGEST_KEYWORD:,} characters",
                "Copy it from a page of the records room.",
            )
        ledgers = [name.split("/") for name in chains]
        seen = [
            (platform, account) for _, platform, account in ledgers if account not in viewer.hidden_accounts
        ]
        known: list[tuple[str, tuple[str, ...], Collection[str]]] = [
            ("account", self.account, {account for _, account in seen}),
            ("platform", self.platform, {platform for platform, _ in seen}),
        ]
        known += [("kind", self.kind, KINDS), ("status", self.status, STATUSES)]
        known += [("media", self.media, (*MEDIA_TYPES, NONE)), ("retention", self.retention, RETENTION)]
        for name, given, there in known:
            wrong = [value for value in given if value not in there]
            if wrong:
                listed = ", ".join(sorted(there)) or "none yet"
                raise UsageError(f"there is no {name} {wrong[0]!r} in the index", f"Available: {listed}.")
        dates.check_order(self.from_, self.to)

    def limit(self, viewer: Viewer) -> Viewer:
        """Return the viewer as far as these filters ask.

        Without quarantined records, unless they ask for these.
        """
        return viewer if self.quarantined else viewer.without_quarantine()

    @property
    def leaves_messages_out(self) -> bool:
        return not self.messages and MESSAGE not in self.kind

    def chosen(self) -> dict[str, Dsl]:
        """Return Elasticsearch's filter for each name that has chosen values."""
        found = {
            name: _any_of(path, values, may_be_missing=name in _MAY_BE_MISSING)
            for name, path in _FIELDS.items()
            if (values := getattr(self, name))
        }
        if self.retention:
            today = clock.today()
            found["retention"] = {"bool": {"should": [make_clause(one, today) for one in self.retention]}}
        if self.year:
            found["year"] = {"bool": {"should": [_year(text) for text in self.year]}}
        return found

    def clauses(self, viewer: Viewer) -> list[Dsl]:
        """Return all of Elasticsearch's filters."""
        return [*self.chosen().values(), *self.scope(viewer)]

    def scope(self, viewer: Viewer) -> list[Dsl]:
        """Return Elasticsearch's filters that hold whatever is chosen.

        ServiceUnavailable if the quarantine is not known: no search runs then, for any viewer.
        """
        quarantined = viewer.quarantine.records.keys()
        withheld = sorted(quarantined & self.limit(viewer).withheld_records)
        found = self._bounds(viewer)
        if withheld:
            found.append({"bool": {"must_not": {"terms": {RECORD: withheld}}}})
            if self.conversation:  # which would confirm the guessed ID of a quarantined root post
                found.append({"bool": {"must_not": {"terms": {"root_id": withheld}}}})
        return found

    def clauses_with_quarantine(self, viewer: Viewer) -> list[Dsl]:
        """Return all filters except the one that leaves quarantined records out.

        For counts and for accounts in scope, never for what is shown.
        """
        return [*self.chosen().values(), *self._bounds(viewer)]

    def _bounds(self, viewer: Viewer) -> list[Dsl]:
        found: list[Dsl] = []
        bounds = {k: instant(v) for k, v in (("gte", self.from_), ("lte", self.to)) if v is not None}
        if bounds:
            found.append({"range": {"published_at": bounds}})
        if self.leaves_messages_out:
            found.append({"bool": {"must_not": {"term": {"kind": MESSAGE}}}})
        if hidden := viewer.exclude_accounts():
            found.append({"bool": {"must_not": hidden}})
        return found if self.versions else [*found, {"term": {"current": True}}]

    def restrict(self, query: Dsl, viewer: Viewer) -> Dsl:
        """Return a query as the viewer may ask it.

        No record is found by the ID of a quarantined one.

        Each query that a person writes passes here before Elasticsearch gets it. Quarantined records still
        match by the IDs that they name: `scope` leaves them out, and they are only counted, for those who may
        see them.
        """
        query = expand(query, clock.today())
        allowed = withhold_links(query, self.limit(viewer).withheld_records)
        if query == allowed:
            return query
        return {
            "bool": {"should": [allowed, {"bool": {"filter": [query, match_records(viewer.quarantine)]}}]}
        }

    def kept_out(self, viewer: Viewer) -> list[Dsl] | None:
        """Return the filters that find what the quarantine leaves out of a search.

        None if it leaves nothing out.
        """
        if not self.limit(viewer).withheld_records:
            return None
        return [*self.clauses_with_quarantine(viewer), match_records(viewer.quarantine)]

    def describe(self, name_of: NameOf = keep_value) -> str:
        """Describe the filters in words; name_of: what people call a value."""
        said = [
            f"{name} {' or '.join(name_of(name, value) for value in values)}"
            for name in _NAMES
            if (values := getattr(self, name))
        ]
        if self.from_:
            said.append(f"published from {dates.format_both_zones(self.from_)}")
        if self.to:
            said.append(f"published up to {dates.format_both_zones(self.to)}")
        said.append("every version" if self.versions else "current versions")
        if self.leaves_messages_out and not self.kind:
            said.append("without private messages")
        if self.quarantined:
            said.append("including records under quarantine")
        return ", ".join(said)

    def to_audit(self) -> dict[str, Any]:
        """Return what the audit journal records of the filters."""
        told: dict[str, Any] = {name: list(values) for name in _NAMES if (values := getattr(self, name))}
        told |= {name: instant(v) for name, v in (("from", self.from_), ("to", self.to)) if v is not None}
        told |= {"quarantined": True} if self.quarantined else {}
        told |= {"matter": self.matter} if self.matter else {}
        return told | {"versions": self.versions, "messages": not self.leaves_messages_out}

    @classmethod
    def from_audit(cls, told: Mapping[str, Any]) -> Filters:
        """Return the filters that `to_audit` recorded."""
        found: dict[str, Any] = {name: tuple(told[name]) for name in _NAMES if told.get(name)}
        found |= {name: moment(told[key]) for name, key in (("from_", "from"), ("to", "to")) if told.get(key)}
        found |= {name: bool(told.get(name)) for name in ("versions", "messages", "quarantined")}
        return cls(**found, matter=told.get("matter", ""))


def limits(told: Mapping[str, Any], name_of: NameOf = keep_value) -> str:
    """Describe in few words what narrows a search; "" for nothing.

    told: what the audit recorded of its filters. name_of: what people call a value.
    """
    said = [_limit(name, values, name_of) for name in _NAMES if (values := told.get(name))]
    said += [
        f"published {words} {dates.format_both_zones(moment(at))}"
        for name, words in (("from", "from"), ("to", "up to"))
        if (at := told.get(name))
    ]
    return ", ".join(said)


def all_within(told: Mapping[str, Any], name_of: NameOf = keep_value) -> str:
    """Describe a search without words.

    `all records of conversation mastodon:square/statuses/1`.
    """
    narrowed = limits(told, name_of)
    if told.get("record"):
        return narrowed
    return f"all records of {narrowed}" if narrowed else "all records"


def _limit(name: str, values: list[str], name_of: NameOf) -> str:
    """Describe one filter; many chosen IDs as their number, since no line has room for them."""
    if name in ("record", "conversation") and len(values) > 1:
        return f"{len(values):,} chosen {name}s"
    return f"{name} {' or '.join(name_of(name, value) for value in values)}"


def match_records(quarantine: Quarantine) -> Dsl:
    """Return the clause that matches every version of the records under quarantine.

    One, however many they are.
    """
    return {"terms": {RECORD: sorted(quarantine.records)}}


def _any_of(path: str, values: tuple[str, ...], *, may_be_missing: bool) -> Dsl:
    """Return the clause of any of the values; an account or a language may be called `none` too."""
    if not may_be_missing or NONE not in values:
        return {"terms": {path: list(values)}}
    missing: Dsl = {"bool": {"must_not": {"exists": {"field": path}}}}
    named = [value for value in values if value != NONE]
    return {"bool": {"should": [{"terms": {path: named}}, missing]}} if named else missing


def _year(text: str) -> Dsl:
    try:
        span = dates.parse_span(text)
    except ValueError:
        span = None
    if span is None or len(text) != len("2026"):
        raise UsageError(f"{text!r} is not a year", "Write a year as 2026.")
    return {"range": {"published_at": span.bounds}}
