"""What narrows a search besides its query: accounts, platforms, kinds, statuses, a range of publication, and whether old versions count."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from recordroom import dates
from recordroom.archive.quarantine.ledger import RECORD, Quarantine
from recordroom.errors import UsageError
from recordroom.model import KINDS, MEDIA_TYPES, MESSAGE, STATUSES, instant, moment
from recordroom.register.models import names_account
from recordroom.search.index.mapping import LONGEST_KEYWORD
from recordroom.search.masking import Dsl, unnaming, withhold_links

NONE = "none"  # the choice of what has no value: records without files, or whose series is undecided
_FIELDS: Mapping[str, str] = {
    "account": "account", "platform": "platform", "kind": "kind", "status": "status", "author": "author_id", "media": "media.type",
    "series": "series", "record": "record_id", "conversation": "root_id",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """Empty tuples and None filter nothing. `from_` and `to` (aware) are inclusive, on published_at; records without one are then left
    out. `year`: of publication, where the agency is; `author`: ids as the platforms give them; `media`, `series`: also NONE. `record`: ids;
    `conversation`: ids of first posts. `versions`: superseded and late versions too. `messages`: private messages too; without it only a
    `kind` that names them finds any. `quarantined`: records under quarantine too, for whoever may see them. `without`: accounts of which
    whoever asks may see nothing. What is kept out is part of no total. `matter`: of counsel, to which the search belongs: it filters
    nothing, and keeps the words of the search from others."""

    account: tuple[str, ...] = ()
    platform: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    year: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    record: tuple[str, ...] = ()
    conversation: tuple[str, ...] = ()
    from_: datetime | None = None
    to: datetime | None = None
    versions: bool = False
    messages: bool = False
    quarantined: bool = False
    matter: str = ""
    without: tuple[str, ...] = ()

    def check(self, chains: Iterable[str]) -> None:
        """UsageError for a value that nothing can have, or is too long to be found; it would find nothing, and hide that it was misspelt.
        `chains`: names of the ledgers of all captures; of hidden accounts neither the name nor the platform is told."""
        long = next((name for name in _FIELDS for value in getattr(self, name) if len(value) > LONGEST_KEYWORD), None)
        if long:
            raise UsageError(f"nothing is found by {long} of more than {LONGEST_KEYWORD:,} characters", "Take it from a page of the room.")
        seen = [(platform, account) for _, platform, account in (name.split("/") for name in chains) if account not in self.without]
        known: list[tuple[str, tuple[str, ...], Collection[str]]] = [
            ("account", self.account, {account for _, account in seen}),
            ("platform", self.platform, {platform for platform, _ in seen}),
        ]
        known += [("kind", self.kind, KINDS), ("status", self.status, STATUSES)]
        known += [("media", self.media, (*MEDIA_TYPES, NONE))]
        for name, given, there in known:
            wrong = [value for value in given if value not in there]
            if wrong:
                raise UsageError(f"there is no {name} {wrong[0]!r} in the index", f"There are: {', '.join(sorted(there)) or 'none yet'}.")
        dates.check_order(self.from_, self.to)

    def told_of(self, problem: str) -> str:
        """Words of a failure; others in their place where they name an account of which whoever asks may see nothing."""
        if names_account(problem, self.without):
            return "A part of the archive that you may not see has a problem: tell whoever runs recordroom"
        return problem

    def unnaming(self, quarantine: Quarantine) -> Callable[[str], str]:
        """How words of ours are told to whoever asks so: as they are, where nothing is kept from them. `quarantine`: the one in force."""
        return str if self.quarantined and not self.without else unnaming(() if self.quarantined else quarantine.records, self.without)

    @property
    def leaves_messages_out(self) -> bool:
        return not self.messages and MESSAGE not in self.kind

    def chosen(self) -> dict[str, dict[str, Any]]:
        """Elasticsearch's filter for each name of which values were chosen."""
        found = {name: _any_of(path, values) for name, path in _FIELDS.items() if (values := getattr(self, name))}
        if self.year:
            found["year"] = {"bool": {"should": [_year(text) for text in self.year]}}
        return found

    def scope(self, quarantine: Quarantine) -> list[dict[str, Any]]:
        """Elasticsearch's filters that hold whatever is chosen. `quarantine`: the one in force."""
        found: list[dict[str, Any]] = []
        bounds = {k: instant(v) for k, v in (("gte", self.from_), ("lte", self.to)) if v is not None}
        if bounds:
            found.append({"range": {"published_at": bounds}})
        if self.leaves_messages_out:
            found.append({"bool": {"must_not": {"term": {"kind": MESSAGE}}}})
        if self.without:
            found.append({"bool": {"must_not": {"terms": {"account": list(self.without)}}}})
        if quarantine.records and not self.quarantined:
            found.append({"bool": {"must_not": barred(quarantine)}})
            if self.conversation:  # which would confirm the guessed ID of a quarantined root post
                found.append({"bool": {"must_not": {"terms": {"root_id": sorted(quarantine.records)}}}})
        return found if self.versions else [*found, {"term": {"current": True}}]

    def clauses(self, quarantine: Quarantine) -> list[dict[str, Any]]:
        """All of Elasticsearch's filters. `quarantine`: the one in force."""
        return [*self.chosen().values(), *self.scope(quarantine)]

    def restrict(self, query: Dsl, quarantine: Quarantine) -> Dsl:
        """Return a query as the viewer may ask it: no record is found by the ID of a quarantined one.

        Each query that a person writes passes here before Elasticsearch gets it. Quarantined records still match by
        the IDs that they name: `scope` leaves them out, and they are only counted, for those who may see them.
        quarantine: the one in force.
        """
        allowed = withhold_links(query, withheld(self, quarantine))
        return query if allowed == query else {"bool": {"should": [allowed, {"bool": {"filter": [query, barred(quarantine)]}}]}}

    def kept_out(self, quarantine: Quarantine) -> list[dict[str, Any]] | None:
        """The filters that find what the quarantine keeps out of these; None where it keeps nothing out."""
        if self.quarantined or not quarantine.records:
            return None
        return [*replace(self, quarantined=True).clauses(quarantine), barred(quarantine)]

    def understood(self) -> str:
        """The filters in words."""
        said = [f"{name} {' or '.join(values)}" for name in (*_FIELDS, "year") if (values := getattr(self, name))]
        if self.from_:
            said.append(f"published from {dates.format_both_zones(self.from_)}")
        if self.to:
            said.append(f"published up to {dates.format_both_zones(self.to)}")
        said.append("all versions" if self.versions else "current versions")
        if self.leaves_messages_out and not self.kind:
            said.append("no private messages")
        if self.quarantined:
            said.append("what is under quarantine too")
        return ", ".join(said)

    def told(self) -> dict[str, Any]:
        """What the audit journal keeps."""
        told: dict[str, Any] = {name: list(values) for name in (*_FIELDS, "year") if (values := getattr(self, name))}
        told |= {name: instant(v) for name, v in (("from", self.from_), ("to", self.to)) if v is not None}
        told |= {"quarantined": True} if self.quarantined else {}
        told |= {"matter": self.matter} if self.matter else {}
        return told | {"versions": self.versions, "messages": not self.leaves_messages_out}


def limits(told: Mapping[str, Any]) -> str:
    """What narrows a search in words, short, from what its filters told of themselves (Filters.told); "" where nothing does."""
    said = [_limit(name, values) for name in (*_FIELDS, "year") if (values := told.get(name))]
    said += [
        f"published {words} {dates.format_both_zones(moment(at))}"
        for name, words in (("from", "from"), ("to", "up to"))
        if (at := told.get(name))
    ]
    return ", ".join(said)


def all_within(told: Mapping[str, Any]) -> str:
    """What a search without words asks for: `all records of conversation mastodon:square/statuses/1`."""
    narrowed = limits(told)
    if told.get("record"):
        return narrowed
    return f"all records of {narrowed}" if narrowed else "all records"


def _limit(name: str, values: list[str]) -> str:
    """Of many that somebody ticked the number: no line has room for their ids."""
    if name in ("record", "conversation") and len(values) > 1:
        return f"{len(values):,} chosen {name}s"
    return f"{name} {' or '.join(values)}"


def withheld(filters: Filters, quarantine: Quarantine) -> Collection[str]:
    """The ids of records that whoever asks with these filters may not learn."""
    return frozenset() if filters.quarantined else quarantine.records


def barred(quarantine: Quarantine) -> dict[str, Any]:
    """What finds every version of the records under quarantine: one clause, however many these are."""
    return {"terms": {RECORD: sorted(quarantine.records)}}


def _any_of(path: str, values: tuple[str, ...]) -> dict[str, Any]:
    named = [value for value in values if value != NONE]
    some: list[dict[str, Any]] = [{"terms": {path: named}}] if named else []
    if NONE in values:
        some.append({"bool": {"must_not": {"exists": {"field": path}}}})
    return some[0] if len(some) == 1 else {"bool": {"should": some}}


def _year(text: str) -> dict[str, Any]:
    try:
        span = dates.parse(text)
    except ValueError:
        span = None
    if span is None or len(text) != len("2026"):
        raise UsageError(f"{text!r} is no year", "Write it as 2026.")
    return {"range": {"published_at": span.bounds}}
