"""Describe events of the audit in plain words.

Each fact has a name that readers know; facts follow the order of FORMS.
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
from recordroom.web import titles
from recordroom.web.params import SORTS, SearchAddress
from recordroom.web.templating import format_number, format_size, format_time, format_value

ACTS: Mapping[str, str] = {  # type of an event -> what the person did
    "search": "searched",
    "show": "viewed a record",
    "conversation": "viewed a conversation",
    "person": "viewed the records of an author",
    "prove": "verified a version",
    "media": "opened a file",
    "native": "viewed an item as received",
    "evidence": "downloaded an evidence file",
    "proof folder": "made a folder that proves a record",
    "term report": "counted a list of terms",
    "latest": "viewed the newest records",
    "estimate": "counted for an export",
    "order": "ordered an export",
    "order again": "restarted an export",
    "export": "exported",
    "download": "downloaded an export",
    "export removed": "removed the file of an export",
    "quarantine": "put something under quarantine",
    "lift": "lifted a quarantine",
    "hold": "placed a hold",
    "hold counted": "counted what a hold would cover",
    "hold changed": "changed the scope of a hold",
    "hold acknowledged": "acknowledged a hold",
    "hold request closed": "closed the records request of a hold",
    "hold released": "released a hold",
    "classification": "decided on the series of records",
    "classification approved": "approved a decision on a series",
    "classification revoked": "revoked a decision on a series",
    "classification kept": "kept a decision on a series that was to be revoked",
    "statement": "stated a fact about records",
    "statement approved": "approved a statement about records",
    "statement revoked": "revoked a statement about records",
    "statement kept": "kept a statement about records that was to be revoked",
    "retention applied": "put a retention file in force",
    "proposal": "drafted a proposal of disposition",
    "approval list": "downloaded what an approval would change",
    "proposal list": "downloaded the list of a proposal",
    "objection": "objected to a proposal",
    "objection withdrawn": "withdrew an objection",
    "capture now": "captured a post now",
    "audit": "viewed the audit",
    "audit-export": "exported the audit",
    "sign-in": "signed in",
    "sign-in refused": "was refused at sign-in",
    "sign-out": "signed out",
    "roles": "got other roles at sign-in",
    "journal damaged": "set a damaged audit journal aside",
}
# what reading a malformed event raises
MALFORMED = (ValueError, TypeError, KeyError, AttributeError, OverflowError)
_WITHIN = "within"  # the fact that has the filters of a search
TERMS, RECORDS = 20, 200  # items of a list that a page shows; the CSV has all
# facts that the page shows in a column of their own
_SHOWN_ELSEWHERE = (
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
_TITLES_ELSEWHERE = {"sequence": "version", "ok": "all steps passed", "further": "a later page"}


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of an event."""

    name: str  # in plain words
    value: str  # as the page shows it
    address: str = ""  # of a page in the room about the value
    right: Right = Right.READ  # needed to open that page


@dataclass(frozen=True, slots=True)
class EventWording:
    """An event as the page of the audit shows it."""

    did: str  # what the person did
    when: str = ""  # as a <time> element
    found: str = ""  # how many results, if the event says so
    facts: tuple[Fact, ...] = ()  # further facts, in order
    asked: str = ""  # what a search without words requested
    again: str = ""  # address of the same search; "" if it was no search, or if its words are withheld
    terms: tuple[Fact, ...] = ()  # the first terms of a counted list, with their results
    more_terms: int = 0  # how many further terms were counted
    records: tuple[str, ...] = ()  # the first record IDs on the page that was viewed
    more_records: int = 0  # how many further records were on it


def describe_event(event: Event) -> EventWording:
    """Return the wording of an event.

    An event that is damaged, or that a later version of recordroom wrote differently, is shown as stored: it
    must not hide other events.
    """
    try:
        return _describe(event)
    except MALFORMED:
        facts = tuple(_list_raw_facts(event))
        return EventWording(
            ACTS.get(event["type"], event["type"]),
            _format_event_time(event),
            facts=facts,
            asked="cannot be described",
        )


def _list_raw_facts(event: Event) -> Iterator[Fact]:
    yield Fact("damaged", "cannot be described, and is shown as stored in the ledger")
    yield from (Fact(name.replace("_", " "), str(value)) for name, value in event.items() if name not in OPEN)


def _describe(event: Event) -> EventWording:
    terms = event.get("terms", ())
    some = tuple(Fact(format_value(term["query"]), _describe_count(term)) for term in terms[:TERMS])
    records = list_shown(event)
    seen = tuple(records[:RECORDS])
    return EventWording(
        _describe_act(event),
        _format_event_time(event),
        found=format_number(event["total"]) if "total" in event else "",
        facts=tuple(_list_facts(event)),
        asked=_describe_filters(event),
        again=_find_search_address(event),
        terms=some,
        more_terms=len(terms) - len(some),
        records=seen,
        more_records=len(records) - len(seen),
    )


def _format_event_time(event: Event) -> str:
    try:
        return format_time(event["time"])
    except MALFORMED:  # not every zone has the calendar's first and last day
        return str(event.get("time", ""))


def describe_event_for_file(event: Event) -> tuple[str, str | None, dict[str, Any]]:
    """Return the wording of an event for a file, with complete lists.

    Returns (what the person did, what they requested, other facts by the names that the page uses). A request
    without words is in parentheses; None if the event has no query.
    """
    try:
        return _describe_for_file(event)
    except MALFORMED:
        return (
            ACTS.get(event["type"], event["type"]),
            None,
            {fact.name: fact.value for fact in _list_raw_facts(event)},
        )


def _describe_for_file(event: Event) -> tuple[str, str | None, dict[str, Any]]:
    more: dict[str, Any] = {fact.name: fact.value for fact in _list_facts(event)}
    more |= {
        title: event[name]
        for name, title in _TITLES_ELSEWHERE.items()
        if event.get(name) not in (None, "", False)
    }
    if terms := event.get("terms"):
        more["terms"] = [
            {"term": format_value(term["query"])}
            | ({"told": counted} if (counted := _describe_count(term)) else {})
            for term in terms
        ]
    if records := list_shown(event):
        more["records on the page"] = records
    asked = None if "query" not in event else str(event["query"]) or f"({_describe_filters(event)})"
    return _describe_act(event), asked, more


def _describe_act(event: Event) -> str:
    if event["type"] == "show" and event.get("versions") == 0:
        return "requested a record and was shown none"
    if event["type"] == "conversation" and not event.get("records", True):
        return "requested a conversation and was shown none"
    return ACTS.get(event["type"], event["type"])


def _describe_filters(event: Event) -> str:
    return all_within(event.get("filters", {}), titles.name_value)


def _find_search_address(event: Event) -> str:
    return "" if event["type"] != "search" or "query" not in event else _read_search(event).address()


def _read_search(event: Event) -> SearchAddress:
    return SearchAddress.from_audit(
        event.get("query", ""), event.get("filters", {}), event.get("sort", NEWEST)
    )


def _describe_count(term: Mapping[str, Any]) -> str:
    """Return the counts of a term, or "" if the event does not have them."""
    if "not_counted" in term:
        # the message of an unreadable line has the same prefix
        return f"not counted: {term['not_counted'].removeprefix('not counted: ')}"
    return (
        f"{format_number(term['total'])} found, {format_number(term['unique'])} only by this term"
        if "total" in term
        else ""
    )


def _list_facts(event: Event) -> Iterator[Fact]:
    forms = {**FORMS, **_OF_A_TYPE.get(event["type"], {})}
    # the text of the query of an export ends with its filters
    has_filters = event["type"] in ("estimate", "export") and bool(event.get("understood"))
    for name in (*(name for name in forms if name in event), *(name for name in event if name not in forms)):
        if name not in _SHOWN_ELSEWHERE and event[name] not in ("", False, None):
            facts = forms.get(name, _make_value_form(name.replace("_", " ")))(event[name])
            yield from (fact for fact in facts if not (has_filters and fact.name == _WITHIN))


Form = Callable[[Any], Iterator[Fact]]


def _make_value_form(name: str) -> Form:
    def facts(value: Any) -> Iterator[Fact]:
        yield Fact(
            name,
            "yes"
            if value is True
            else format_number(value)
            if isinstance(value, int)
            else format_value(value),
        )

    return facts


def _make_time_form(name: str) -> Form:
    def facts(value: Any) -> Iterator[Fact]:
        """State the time, or the stored text if it is no valid time."""
        try:
            yield Fact(name, dates.format_both_zones(moment(value)))
        except MALFORMED:
            yield Fact(name, format_value(value))

    return facts


def _make_choice_form(name: str, titles: Mapping[str, str]) -> Form:
    def facts(value: str) -> Iterator[Fact]:
        yield Fact(name, format_value(titles.get(value, value)))

    return facts


def _make_link_form(name: str, path: str, right: Right) -> Form:
    def facts(value: str) -> Iterator[Fact]:
        yield Fact(name, value, f"{path}{quote(value)}", right)

    return facts


def _state_records(value: Any) -> Iterator[Fact]:
    """State the number of records; a list of them is shown elsewhere."""
    if not isinstance(value, list):
        yield from _make_value_form("records")(value)


def _state_accounts(value: Any) -> Iterator[Fact]:
    names = [titles.name_account(one) for one in value] if isinstance(value, list) else value
    yield Fact("accounts", format_value(names))


def _state_platform(value: Any) -> Iterator[Fact]:
    yield Fact("platform", titles.name_value("platform", format_value(value)))


def _state_size(value: int) -> Iterator[Fact]:
    yield Fact("size", format_size(value))


def _state_filters(filters: Mapping[str, Any]) -> Iterator[Fact]:
    try:
        limited = SearchAddress.from_audit("", filters).make_all_filters()
        yield Fact(_WITHIN, limited.describe(titles.name_value))
    except (UsageError, *MALFORMED):  # another version of recordroom wrote it
        limits = (
            f"{name} {format_value(value)}"
            for name, value in filters.items()
            if name != "matter" and value not in ("", False, None)
        )
        yield Fact(_WITHIN, ", ".join(limits))
    if matter := filters.get("matter"):
        yield Fact("legal matter", format_value(matter))


FORMS: Mapping[str, Form] = {  # name of a field -> how it is shown, in the order of the page
    "name": _make_value_form("title"),
    "format": _make_value_form("format"),
    "filters": _state_filters,
    "sort": _make_choice_form("order", SORTS),
    "context": _make_value_form("with the conversation around each record"),
    "as_of": _make_time_form("archive as of"),
    "at": _make_time_form("as of"),
    "accounts": _state_accounts,
    "versions": _make_value_form("versions shown"),
    "platform": _state_platform,
    "author": _make_value_form("author ID"),
    "url": _make_value_form("address"),
    "record": _make_link_form("record", "record?id=", Right.READ),
    "request": _make_link_form("receipt", "capture/", Right.CAPTURE),
    "of": _make_value_form("ordered by"),
    "export": _make_link_form("export", "exports/", Right.EXPORT),
    "shown": _make_value_form("shown"),
    "records": _state_records,
    "rows": _make_value_form("rows"),
    "holds": _make_value_form("records in the file"),
    "gone": _make_value_form("of these, no longer visible"),
    "barred": _make_value_form("of these, under quarantine"),
    "key": _make_value_form("evidence file"),
    "sha256": _make_value_form("SHA-256"),
    "manifest_sha256": _make_value_form("SHA-256 of the manifest"),
    "receipt_sha256": _make_value_form("SHA-256 of the receipt"),
    "bytes": _state_size,
    "kind": _make_choice_form("action", ACTS),
    "by": _make_value_form("sign-in by"),
    "roles": _make_value_form("roles"),
    "why": _make_value_form("reason"),
    "more": _make_value_form("repeated within a minute"),
    "from": _make_time_form("from"),
    "to": _make_time_form("to"),
}
_OF_QUARANTINE: Mapping[str, Form] = {
    "sha256": _make_value_form("file"),
    "reason": _make_value_form("reason"),
    "entry": _make_value_form("ledger entry"),
    "act": _make_value_form("nonce of the entry"),
}
_OF_A_TYPE: Mapping[str, Mapping[str, Form]] = {
    "audit": {"of": _make_value_form("person")},
    "audit-export": {"of": _make_value_form("person")},
    "roles": {"from": _make_value_form("earlier roles"), "to": _make_value_form("new roles")},
    "hold": {"kind": _make_value_form("kind of hold")},
    "quarantine": _OF_QUARANTINE,
    "lift": _OF_QUARANTINE,
    "media": {"sha256": _make_value_form("file")},
    "term report": {"file": _make_value_form("saved as")},
    DAMAGED: {"line": _make_value_form("as stored in the ledger")},
    "journal damaged": {
        "lines": _make_value_form("lines without an event"),
        "shipped": _make_value_form("events read"),
    },
}
