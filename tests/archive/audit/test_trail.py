"""The audit read backwards: every event once, newest first.

The order does not depend on which process shipped an event, or when. No more is read than a page needs.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from recordroom.archive.audit import trail
from recordroom.archive.audit.journal import Journal
from recordroom.archive.audit.trail import DAMAGED, Event, EventFilter, TrailCursor
from recordroom.archive.ledger import Ledger, Tail, key_of, list_ledgers, tail_of
from recordroom.archive.store import Store, archive
from recordroom.canonical import encode_canonical
from recordroom.model import instant
from tests.archives import settings_for
from tests.services import S3, Buckets

BEGIN = datetime(2026, 1, 20, tzinfo=UTC)
ALL = EventFilter()


@pytest.fixture
def own(s3: S3, buckets: Buckets, tmp_path: Path) -> Store:
    s3.client().create_bucket(Bucket=buckets.archive, ObjectLockEnabledForBucket=True)
    return archive(settings_for(s3, buckets, tmp_path))


def event(number: int, at: datetime, **more: Any) -> Event:
    return {
        "event": f"{number:016x}",
        "time": instant(at),
        "actor": f"person-{number % 3}",
        "type": "search",
        "query": str(number),
        **more,
    }


def ship(store: Store, host: str, *journals: tuple[list[Event], timedelta]) -> None:
    """Each in an entry for each of its months, that long after its last event."""
    tails: dict[str, Tail] = {}
    for number, (events, late) in enumerate(journals):
        at = datetime.fromisoformat(events[-1]["time"]) + late
        for month in dict.fromkeys(one["time"][:7] for one in events):
            name = f"audit/{month}/{host}"
            tail = tails.get(name, Tail())
            body = {
                "journal": f"{host}-{number}",
                "events": [one for one in events if one["time"][:7] == month],
            }
            tails[name] = tail_of(
                Ledger(store, name).append("events", body, tail, at=max(at, tail.time or at))
            )


def every(
    store: Store, journals: Path, wanted: EventFilter, size: int, entries: int = trail.ENTRIES
) -> list[Event]:
    """All pages, one after the other."""
    found: list[Event] = []
    cursor: TrailCursor | None = TrailCursor()
    for _ in range(200):
        page = trail.read_page(store, journals, wanted, size, cursor, entries=entries)
        assert (page.problem, len(page.events) <= size) == ("", True)
        found += page.events
        cursor = page.more
        if cursor is None:
            return found
    raise AssertionError("no end")


@pytest.mark.parametrize("seed", range(3))
def test_every_event_is_told_once_and_newest_first(own: Store, tmp_path: Path, seed: int) -> None:
    """Three machines have processes that ship at once or days later.

    This machine also has events that it has not shipped.
    """
    pick = random.Random(seed)  # noqa: S311 (no secret)
    events, number = [], 0
    journals: dict[str, list[tuple[list[Event], timedelta]]] = {"a": [], "b": [], "c": []}
    for host, shipped in journals.items():
        for n in range(12):
            start, some = BEGIN + timedelta(days=4 * n, hours=pick.random() * 90), []
            for _ in range(pick.randint(1, 9)):
                number, start = (
                    number + 1,
                    start + timedelta(minutes=pick.random() * 3_000 * (host == "b") + 1),
                )
                some.append(event(number, start))
            shipped.append((some, timedelta(days=pick.choice([0, 0, 9]))))
            events += some
        shipped.sort(key=lambda one: datetime.fromisoformat(one[0][-1]["time"]) + one[1])
        ship(own, host, *shipped)
    folder = tmp_path / "journal"
    folder.mkdir()
    local = [event(10_000 + n, BEGIN + timedelta(days=40, hours=n)) for n in range(5)]
    twice = journals["a"][-1][0]  # shipped, and its file is not removed yet
    (folder / "20260101T000000Z-1-ab.jsonl").write_bytes(
        b"".join(encode_canonical(one) + b"\n" for one in [*local, *twice])
    )
    expected = sorted([*events, *local], key=trail.key_of, reverse=True)
    assert every(own, folder, ALL, 7) == expected
    assert every(own, folder, ALL, 500) == expected
    assert every(own, folder, ALL, 7, entries=3) == expected, (
        "a page that may read little says where it goes on"
    )
    wanted = EventFilter(actor="person-1", from_=BEGIN + timedelta(days=10), to=BEGIN + timedelta(days=30))
    assert every(own, folder, wanted, 4) == [one for one in expected if wanted.matches(one)]


def test_a_page_reads_what_it_needs(own: Store, tmp_path: Path) -> None:
    hours = [BEGIN + timedelta(hours=n) for n in range(200)]
    ship(own, "a", *(([event(n, at)], timedelta()) for n, at in enumerate(hours)))
    before = own.requests
    page = trail.read_page(own, tmp_path, ALL, 20)
    assert [one["query"] for one in page.events] == [str(n) for n in range(199, 179, -1)]
    assert own.requests - before < 60
    before = own.requests
    assert [one["query"] for one in trail.read_page(own, tmp_path, ALL, 20, page.more).events] == [
        str(n) for n in range(179, 159, -1)
    ]
    assert own.requests - before < 60


def test_a_page_that_finds_little_ends_and_says_how_far_it_looked(own: Store, tmp_path: Path) -> None:
    ship(own, "a", *(([event(n, BEGIN + timedelta(minutes=30 * n))], timedelta()) for n in range(50)))
    page = trail.read_page(own, tmp_path, EventFilter(actor="nobody"), 20, entries=10)
    assert (page.events, page.looked_back_to) == ((), BEGIN + timedelta(minutes=30 * 39) + trail.SLACK)
    assert every(own, tmp_path, EventFilter(actor="nobody"), 20, entries=10) == []


def test_where_the_bucket_is_away_this_machines_journal_is_told_and_why_the_rest_is_not(
    own: Store, tmp_path: Path
) -> None:
    journal = Journal(tmp_path / "journal")
    journal.note("search", {"query": "here"}, "lawyer")
    away = replace(own, bucket="elsewhere-nowhere")
    page = trail.read_page(away, journal.folder, ALL, 20)
    assert [one["query"] for one in page.events] == ["here"]
    assert page.problem


def test_a_forged_chain_and_a_damaged_journal_are_told(own: Store, tmp_path: Path) -> None:
    ship(own, "a", ([event(1, BEGIN)], timedelta()), ([event(2, BEGIN + timedelta(hours=1))], timedelta()))
    own.put_new(key_of("audit/2026-01/a", 3), b"{}")
    (tmp_path / "broken.jsonl").write_bytes(b"\0\0\n")
    page = trail.read_page(own, tmp_path, ALL, 20)
    assert page.events == ()
    assert "broken.jsonl" in page.problem
    assert "is not a ledger entry" in page.problem


def test_what_is_no_event_and_stands_in_a_ledger_for_good_is_told_whole(own: Store, tmp_path: Path) -> None:
    """An earlier version of recordroom took a line with such a time for one."""
    good = [event(n, BEGIN + timedelta(hours=n)) for n in (0, 2)]
    bad = {**event(1, BEGIN), "time": "2026-01-32T25:61:61.000000Z", "query": "kept"}
    body = [{"journal": "a-1", "events": [good[0], bad]}, {"journal": "a-2", "events": [good[1]]}]
    tail = Tail()
    for number, one in enumerate(body):
        tail = tail_of(
            Ledger(own, "audit/2026-01/a").append("events", one, tail, at=BEGIN + timedelta(hours=1 + number))
        )
    told = every(own, tmp_path, ALL, 10)
    assert every(own, tmp_path, ALL, 1) == told
    newest, damaged, oldest = told
    assert [newest, oldest] == good[::-1]
    assert (damaged["type"], damaged["time"], orjson.loads(damaged["line"])) == (
        DAMAGED,
        instant(BEGIN + timedelta(hours=1)),
        bad,
    )
    assert every(own, tmp_path, EventFilter(type=DAMAGED), 10) == [damaged]


def test_events_go_into_the_ledger_of_their_own_month(
    own: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "here")
    lines = [
        event(1, datetime(2026, 1, 31, 23, 59, tzinfo=UTC)),
        event(2, datetime(2026, 2, 1, 0, 1, tzinfo=UTC)),
    ]
    journal = Journal(tmp_path / "journal")
    name = "20260131T000000Z-1-ab.jsonl"

    (journal.folder / name).write_bytes(b"".join(encode_canonical(one) + b"\n" for one in lines))
    assert journal.ship(own) == 2
    found = {
        ledger: [[e["query"] for e in one.body["events"]] for one in Ledger(own, ledger).entries()]
        for ledger in list_ledgers(own, "audit/")
    }
    assert found == {"audit/2026-01/here": [["1"]], "audit/2026-02/here": [["2"]]}
