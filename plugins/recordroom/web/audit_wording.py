"""An event of the audit in words: what it tells, each thing under a name that a reader knows, in the order of
NAMES.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from recordroom import dates
from recordroom.archive.audit.trail import DAMAGED, OPEN, Event
from recordroom.audit.references import list_shown
from recordroom.errors import UsageError
from recordroom.model import moment
from recordroom.rights import Right
from recordroom.search.filters import all_within
from recordroom.search.searcher import NEWEST
from recordroom.web.params import SORTS, Asked
from recordroom.web.templating import number, said, size, when

WHAT: Mapping[str, str] = {  # type of an event -> what somebody did
    "search": "searched",
    "show": "viewed a record",
    "conversation": "viewed a conversation",
    "person": "viewed what somebody wrote",
    "prove": "verified a version",
    "media": "opened a file",
    "native": "viewed an item as it came",
    "evidence": "saved a whole evidence object",
    "term report": "counted a list of terms",
    "latest": "saw what is new",
    "estimate": "counted for an export",
    "order": "ordered an export",
    "order again": "had an export begun once more",
    "export": "exported",
    "download": "downloaded an export",
    "export removed": "removed the file of an export",
    "quarantine": "put something under quarantine",
    "lift": "lifted a quarantine",
    "capture now": "had a post captured at once",
    "audit": "viewed the audit",
    "audit-export": "exported the audit",
    "sign-in": "signed in",
    "sign-in refused": "was refused at the sign-in",
    "sign-out": "signed out",
    "roles": "had other roles from a sign-in on",
    "journal damaged": "kept a damaged journal of the audit aside",
}
DAMAGES = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    OverflowError,
)  # what a value that is none comes to
TERMS, RECORDS = 20, 200  # of a list that a page shows; the CSV has all
# What the page tells in places of its own.
_APART = (
    "event",
    "time",
    "actor",
    "type",
    "query",
    "understood",
    "total",
    "record_id",
    "account",
    "sequence",
    "ok",
    "further",
    "terms",
)
_SAID_APART = {"sequence": "version", "ok": "all steps hold", "further": "a later page"}


@dataclass(frozen=True, slots=True)
class Fact:
    """`address`: of a page of the room about it, for whoever has `right`."""

    name: str
    value: str
    address: str = ""
    right: Right = Right.READ


@dataclass(frozen=True, slots=True)
class Told:
    """`did`: what somebody did, `when`. `found`: how much, where that is told. `asked`: what a search without
    words asked for. `again`: the address of the same search; "" of what is none, or of one whose words are
    withheld. `terms`: the first of a counted list, with what was found of each; `more_terms`: how many there
    are beside them. `records`: ids of those that stood on the page, `more_records` likewise."""

    did: str
    when: str = ""
    found: str = ""
    facts: tuple[Fact, ...] = ()
    asked: str = ""
    again: str = ""
    terms: tuple[Fact, ...] = ()
    more_terms: int = 0
    records: tuple[str, ...] = ()
    more_records: int = 0


def told(event: Event) -> Told:
    """What a disk has damaged, or a later version of recordroom has written otherwise, is told as it stands:
    it costs no other event.
    """
    try:
        return _told(event)
    except DAMAGES:
        facts = tuple(_as_it_stands(event))
        return Told(
            WHAT.get(event["type"], event["type"]),
            _when(event),
            facts=facts,
            asked="it cannot be told in words",
        )


def _as_it_stands(event: Event) -> Iterator[Fact]:
    yield Fact("damaged", "it cannot be told in words, and stands here as it is in the ledger")
    yield from (Fact(name.replace("_", " "), str(value)) for name, value in event.items() if name not in OPEN)


def _told(event: Event) -> Told:
    terms = event.get("terms", ())
    some = tuple(Fact(said(term["query"]), _counted(term)) for term in terms[:TERMS])
    records = list_shown(event)
    seen = tuple(records[:RECORDS])
    return Told(
        _did(event), _when(event), number(event["total"]) if "total" in event else "", tuple(_facts(event)),
        _all_of(event), _again(event), some, len(terms) - len(some), seen, len(records) - len(seen),
    )  # fmt: skip


def _when(event: Event) -> str:
    try:
        return when(event["time"])
    except DAMAGES:  # the calendar's first and last day cannot be told in every zone
        return str(event.get("time", ""))


def in_file(event: Event) -> tuple[str, str | None, dict[str, Any]]:
    """The same for a file, with whole lists: what somebody did, what they asked for, in parentheses where
    that is in no words of theirs, and each other thing under the name that the page has for it."""
    try:
        return _in_file(event)
    except DAMAGES:
        return (
            WHAT.get(event["type"], event["type"]),
            None,
            {fact.name: fact.value for fact in _as_it_stands(event)},
        )


def _in_file(event: Event) -> tuple[str, str | None, dict[str, Any]]:
    more: dict[str, Any] = {fact.name: fact.value for fact in _facts(event)}
    more |= {
        title: event[name] for name, title in _SAID_APART.items() if event.get(name) not in (None, "", False)
    }
    if terms := event.get("terms"):
        more["terms"] = [
            {"term": said(term["query"])} | ({"told": told} if (told := _counted(term)) else {})
            for term in terms
        ]
    if records := list_shown(event):
        more["records on the page"] = records
    asked = None if "query" not in event else str(event["query"]) or f"({_all_of(event)})"
    return _did(event), asked, more


def _did(event: Event) -> str:
    if event["type"] == "show" and event.get("versions") == 0:
        return "asked for a record, and was shown none"
    if event["type"] == "conversation" and not event.get("records", True):
        return "asked for a conversation, and was shown none"
    return WHAT.get(event["type"], event["type"])


def _all_of(event: Event) -> str:
    return all_within(event.get("filters", {}))


def _again(event: Event) -> str:
    return "" if event["type"] != "search" or "query" not in event else _asked(event).address()


def _asked(event: Event) -> Asked:
    return Asked.of_told(event.get("query", ""), event.get("filters", {}), event.get("sort", NEWEST))


def _counted(term: Mapping[str, Any]) -> str:
    """ "" where it is not told how much there was."""
    if "not_counted" in term:
        # a line that could not be read says so itself
        return f"not counted: {term['not_counted'].removeprefix('not counted: ')}"
    return f"{number(term['total'])} found, {number(term['unique'])} by it alone" if "total" in term else ""


def _facts(event: Event) -> Iterator[Fact]:
    forms = {**FORMS, **_OF_A_TYPE.get(event["type"], {})}
    for name in (*(name for name in forms if name in event), *(name for name in event if name not in forms)):
        if name not in _APART and event[name] not in ("", False, None):
            facts = forms.get(name, _plain(name.replace("_", " ")))(event[name])
            yield from (
                fact for fact in facts if not str(event.get("understood", "")).endswith(f"; {fact.value}")
            )


Form = Callable[[Any], Iterator[Fact]]


def _plain(name: str) -> Form:
    def facts(value: Any) -> Iterator[Fact]:
        yield Fact(name, "yes" if value is True else number(value) if isinstance(value, int) else said(value))

    return facts


def _day(name: str) -> Form:
    def facts(value: Any) -> Iterator[Fact]:
        """As it stands where it is no time that can be told."""
        try:
            yield Fact(name, dates.format_both_zones(moment(value)))
        except DAMAGES:
            yield Fact(name, said(value))

    return facts


def _one_of(name: str, titles: Mapping[str, str]) -> Form:
    def facts(value: str) -> Iterator[Fact]:
        yield Fact(name, said(titles.get(value, value)))

    return facts


def _page(name: str, path: str, right: Right) -> Form:
    def facts(value: str) -> Iterator[Fact]:
        yield Fact(name, value, f"{path}{quote(value)}", right)

    return facts


def _records(value: Any) -> Iterator[Fact]:
    """A number; a list of them has a place of its own."""
    if not isinstance(value, list):
        yield from _plain("records")(value)


def _size(value: int) -> Iterator[Fact]:
    yield Fact("size", size(value))


def _limits(filters: Mapping[str, Any]) -> Iterator[Fact]:
    try:
        yield Fact("within", Asked.of_told("", filters).every_filter().describe())
    except (UsageError, *DAMAGES):  # of another version of recordroom
        limits = (
            f"{name} {said(value)}"
            for name, value in filters.items()
            if name != "matter" and value not in ("", False, None)
        )
        yield Fact("within", ", ".join(limits))
    if matter := filters.get("matter"):
        yield Fact("matter", said(matter))


FORMS: Mapping[str, Form] = {  # in the order in which a page tells them
    "name": _plain("called"),
    "format": _plain("format"),
    "filters": _limits,
    "sort": _one_of("order", SORTS),
    "context": _plain("with the conversation around each record"),
    "as_of": _day("as the archive stood"),
    "at": _day("as it stood"),
    "accounts": _plain("accounts"),
    "versions": _plain("versions shown"),
    "platform": _plain("platform"),
    "author": _plain("author's id"),
    "url": _plain("address"),
    "record": _page("record", "record?id=", Right.READ),
    "request": _page("receipt", "capture/", Right.CAPTURE),
    "of": _plain("ordered by"),
    "export": _page("export", "exports/", Right.EXPORT),
    "shown": _plain("shown"),
    "records": _records,
    "rows": _plain("rows"),
    "holds": _plain("records in it"),
    "gone": _plain("of them not visible any more"),
    "barred": _plain("of them under quarantine"),
    "key": _plain("evidence object"),
    "sha256": _plain("SHA-256"),
    "manifest_sha256": _plain("SHA-256 of its manifest"),
    "receipt_sha256": _plain("SHA-256 of its receipt"),
    "bytes": _size,
    "kind": _one_of("what", WHAT),
    "by": _plain("by way of"),
    "roles": _plain("roles"),
    "why": _plain("because"),
    "more": _plain("as often again within a minute"),
    "from": _day("from"),
    "to": _day("to"),
}
_OF_QUARANTINE: Mapping[str, Form] = {
    "sha256": _plain("file"),
    "reason": _plain("because"),
    "entry": _plain("entry of its ledger"),
    "act": _plain("nonce of that entry"),
}
_OF_A_TYPE: Mapping[str, Mapping[str, Form]] = {
    "audit": {"of": _plain("person")},
    "audit-export": {"of": _plain("person")},
    "roles": {"from": _plain("roles before"), "to": _plain("roles since")},
    "quarantine": _OF_QUARANTINE,
    "lift": _OF_QUARANTINE,
    "media": {"sha256": _plain("file")},
    "term report": {"file": _plain("saved as")},
    DAMAGED: {"line": _plain("as it stands in the ledger")},
    "journal damaged": {
        "lines": _plain("lines that are no events"),
        "shipped": _plain("events that were read"),
    },
}
