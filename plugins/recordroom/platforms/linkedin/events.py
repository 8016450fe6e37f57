"""Events that the organization holds: what they are, when and where, and whether they were called off.

Read (https://learn.microsoft.com/en-us/linkedin/marketing/event-management/events, version 2026-05; permission r_events, for
administrators and content administrators of the page; fields also from public clients of that API):
  /rest/events?q=eventsByOrganizer&excludeCancelled=false   all of them, past ones too
  /rest/events/<number>                                     one

    {"id": 7249812613549670400, "organizer": "urn:li:organization:100", "startsAt": 1791286200000, "discoveryMode": "LISTED",
     "name": {"localized": {"en_US": "Open house"}}, "description": {"localized": {"en_US": {"rawText": "Come and see."}}},
     "type": {"inPerson": {"endsAt": 1791291600000, "url": "https://...", "address": {"line1": "1 Main St", "city": "Fircrest"}}}}

Whether the event itself says that it was canceled (`cancelled`) could not be read anywhere; but the list leaves canceled ones out where it
is asked to: where the event says nothing, one that is in the one list and not in the other was canceled, and the context says so
(`canceled`). Nothing says when an event was edited: that is found by comparing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recordroom.platforms.answers import wrong
from recordroom.platforms.linkedin.contents import file_of, image_of
from recordroom.platforms.linkedin.shapes import (
    ADDRESS,
    BROADCAST,
    EVENT,
    FORMAT,
    IN_PERSON,
    KIND,
    LOCALIZED,
    ONLINE,
    STAMP,
    WORDS,
)
from recordroom.platforms.linkedin.urns import event_page, moment_of, record_id_of
from recordroom.platforms.shapes import Reading


def fields_of(item: dict[str, Any], urn: str, reading: Reading, pointer: str) -> dict[str, Any]:
    """The fields of the record of an event, but for those that all records have."""
    reading.check(EVENT, item, pointer)
    names = _words(item, "name", reading, pointer)
    if not names:
        raise wrong(reading.exchange, f"{pointer}/name", "the event's name", item.get("name", "nothing"))
    lines, links = list[str](), list[str]()
    if item.get("cancelled") or urn in reading.context.get("canceled", ()):
        lines.append("Canceled")
    lines += _time("Starts", item.get("startsAt"), reading, f"{pointer}/startsAt")
    for words, address in _places(item, reading, pointer):
        lines += words
        links += [address] if address else []
    if item.get("entryCriteria"):
        lines.append(f"Entry: {item['entryCriteria']}")
    created, picture = reading.part(STAMP, item, "created", pointer).get("time"), image_of(item.get("backgroundImage"))
    return {
        "kind": "post",
        "root_id": record_id_of(urn),
        "url": event_page(urn),
        "title": " / ".join(names),
        "text": "\n\n".join((*_words(item, "description", reading, pointer), "\n".join(lines))).strip(),
        "published_at": None if created is None else moment_of(created, reading.exchange, f"{pointer}/created/time"),
        "visibility": item.get("discoveryMode"),
        "media": [file_of(picture, "image", None, reading, 1)] if picture else [],
        "links": list(dict.fromkeys(links)),
    }


def _words(holder: dict[str, Any], name: str, reading: Reading, pointer: str) -> list[str]:
    """What was written, in each language that it was written in: {"localized": {"en_US": "..."}}, or {"rawText": "..."} in place of
    the text."""
    found = list[str]()
    localized = reading.part(LOCALIZED, holder, name, pointer).get("localized") or {}
    for language, told in sorted(localized.items()):
        where = f"{pointer}/{name}/localized"
        text = told if isinstance(told, str) else reading.part(WORDS, localized, language, where).get("rawText")
        found += [text] if text else []
    return list(dict.fromkeys(found))


def _places(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[tuple[list[str], str | None]]:
    """(lines, address on the web) of where it takes place."""
    kind, where = reading.part(KIND, item, "type", pointer), f"{pointer}/type"
    if there := reading.part(IN_PERSON, kind, "inPerson", where):
        address = reading.part(ADDRESS, there, "address", f"{where}/inPerson")
        parts = [address.get(part) for part, _ in ADDRESS.fields] + _words(there, "venueDetails", reading, f"{where}/inPerson")
        place = ", ".join(filter(None, parts))
        yield [*_ends(there, reading, f"{where}/inPerson"), *([f"Place: {place}"] if place else [])], there.get("url")
    forms = reading.part(FORMAT, reading.part(ONLINE, kind, "online", where), "format", f"{where}/online")
    for name, told in sorted(forms.items()):
        if told is not None and name in FORMAT.known:
            form = reading.part(BROADCAST, forms, name, f"{where}/online/format")
            yield [*_ends(form, reading, f"{where}/online/format/{name}"), f"Online: {name}"], form.get("url")


def _ends(holder: dict[str, Any], reading: Reading, pointer: str) -> list[str]:
    return _time("Ends", holder.get("endsAt"), reading, f"{pointer}/endsAt")


def _time(label: str, milliseconds: int | None, reading: Reading, pointer: str) -> list[str]:
    return [] if milliseconds is None else [f"{label}: {moment_of(milliseconds, reading.exchange, pointer):%Y-%m-%dT%H:%M:%SZ}"]
