"""An audit event names records in any form in which people copy or type them.

A viewer reads no event that names something that they may not see.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest

from recordroom.archive.audit.trail import EventFilter
from recordroom.archive.quarantine import ledger
from recordroom.archive.quarantine.ledger import RECORD, QuarantineTarget
from recordroom.audit import references, view
from recordroom.audit.references import find_references
from recordroom.audit.withholding import MAY_BE
from recordroom.search.filters import Filters
from recordroom.search.index.indexer import Index
from recordroom.search.index.mapping import LONGEST_KEYWORD
from recordroom.search.searcher import Searcher
from tests.building import DAY, Building, account
from tests.viewers import Person

DID = "did:plc:abcdefghijklmnop"
HIDDEN = ("3kxyzhidden", "998877", "wordpress:x/comments/2")
SEEN = ("3kxyzseen", "998878", "wordpress:x/comments/23")
NOT_NAMES = [
    "and/or", "24.117/5", "e.g./i.e.", "mary@agency.example/x", "100%", "%zz", "\\", "a.b/" + "c" * 90_000,
    "." * 50_000, "a." * 40_000, "%25" * 9_000,
]  # fmt: skip


def at(key: str) -> str:
    return f"at://{DID}/app.bsky.feed.post/{key}"


def web(key: str) -> str:
    return f"https://bsky.app/profile/mayor.example/post/{key}"


def posts(number: str) -> str:
    return f"https://www.facebook.com/district/posts/{number}"


def page(record: str) -> str:
    return "http://room.example:8080/records/record?" + urlencode({"id": record, "account": "sky"})


@pytest.fixture
def searcher(building: Building, index: Index) -> Iterator[Searcher]:
    building.register(account("sky", "bluesky"), account("page", "facebook"), account("news", "wordpress"))
    known = (HIDDEN, SEEN)
    building.capture(
        "sky", [{"record_id": f"bluesky:{at(key)}", "url": web(key)} for key, _, _ in known], at=DAY
    )
    building.capture(
        "page",
        [{"record_id": f"facebook:1_{number}", "url": posts(number)} for _, number, _ in known],
        at=DAY,
    )
    building.capture("news", [{"record_id": comment} for _, _, comment in known], at=DAY)
    index.catch_up()
    for record in (f"bluesky:{at(HIDDEN[0])}", f"facebook:1_{HIDDEN[1]}", HIDDEN[2]):
        ledger.put(building.archive, QuarantineTarget(RECORD, record), "a person's home address", "officer")
    searcher = Searcher(building.settings, building.archive, building.derived)
    yield searcher
    searcher.client.close()


def ways(key: str, number: str, comment: str) -> list[str]:
    """To write what these are."""
    bluesky, link, post = f"bluesky:{at(key)}", web(key), posts(number)
    escaped = {one: one.replace(":", "\\:").replace("/", "\\/") for one in (link, comment)}
    return [
        at(key), f"At{at(key)[2:]}", f"see {at(key)}.", bluesky, f"({bluesky})", f"B{bluesky[1:]}",
        page(bluesky), page(bluesky)[7:], f"/record?id={quote(bluesky, safe='')}",
        f"record?id={quote(quote(bluesky, safe=''), safe='')}", quote(bluesky, safe=""), link, f"H{link[1:]}",
        f"HTTPS{link[5:]}", link[8:], f"Www.{link[8:]}", f"Re post {link[8:]}?ref=share", f"({link})",
        f"'{link}'", f"({link[8:]}).", quote(link, safe=""),
        f"https://l.example/?u={quote(link, safe='')}&h=1", escaped[link], post, post[12:],
        f"Https{post[5:]}", f"text:{post[12:]}", comment, f"W{comment[1:]}", page(comment), escaped[comment],
        f"//record?id={quote(comment)}",
    ]  # fmt: skip


def test_an_event_that_names_a_hidden_record_is_withheld_in_whatever_form_it_does(searcher: Searcher) -> None:
    """And one that names another record in the same form is not."""
    told = [(text, why) for own, why in ((HIDDEN, MAY_BE), (SEEN, "")) for text in ways(*own)]
    for text, _ in told:
        searcher.note("search", "officer", query=f'"{text}"', filters=Filters().to_audit())
        searcher.note("order", "officer", name=text, query="snow", filters=Filters().to_audit())
    found = list(
        view.read_all(searcher, EventFilter(actor="officer"), Person("auditor", ()).reading(searcher))
    )[::-1]
    for (text, why), search, order in zip(told, found[::2], found[1::2], strict=True):
        assert [event.get("withheld", "") for event in (search, order)] == [why, why], text


@pytest.mark.parametrize("text", NOT_NAMES)
def test_words_name_nothing_however_odd_and_are_read_at_once(text: str) -> None:
    found = find_references({"event": "", "time": "", "actor": "", "type": "search", "query": text})
    assert (found.ids, found.files, found.queries) == (frozenset(), frozenset(), ())


def test_what_is_long_weighs_by_its_length() -> None:
    def weight(**told: object) -> int:
        return find_references({"event": "", "time": "", "actor": "", "type": "search", **told}).weight

    assert weight(filters={"author": ["p7"]}) < 10
    for long in ({"author": ["c" * 40_000]}, {"record": ["c" * 40_000]}, {"conversation": ["c" * 40_000]}):
        assert weight(filters=long) > 38_000
    assert weight(query="https://x.example/" + "a" * 5_000) > 38_000
    assert weight(records=["wordpress:x/posts/1"] * 20) == 20
    assert references._USUAL < LONGEST_KEYWORD
