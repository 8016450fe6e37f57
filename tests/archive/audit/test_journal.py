"""Audit events: durable before they are shipped, shipped once, and never lost to a process that cleans up."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from recordroom.archive.audit import trail
from recordroom.archive.audit.journal import Journal, describe_damaged
from recordroom.archive.audit.trail import EventFilter
from recordroom.archive.ledger import Ledger, list_ledgers
from recordroom.archive.store import Head, Store
from recordroom.canonical import encode_canonical
from recordroom.errors import ServiceUnavailable, SpoolFull
from tests.disk import full


@pytest.fixture
def shipped(archive: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], list[str]]:
    """The queries that the ledger of this test's own host holds."""
    host = tmp_path.name.replace("_", "-")
    monkeypatch.setattr("socket.gethostname", lambda: host)

    def queries() -> list[str]:
        chains = [name for name in list_ledgers(archive, "audit/") if name.endswith(f"/{host}")]
        return [
            event["query"]
            for name in chains
            for entry in Ledger(archive, name).entries()
            for event in entry.body["events"]
        ]

    return queries


def test_events_are_shipped_once(archive: Store, tmp_path: Path, shipped: Callable[[], list[str]]) -> None:
    journal = Journal(tmp_path)
    journal.note("search", {"query": "one"})
    journal.note("search", {"query": "two"})
    assert journal.ship(archive) == 2
    assert journal.ship(archive) == 0
    journal.note("search", {"query": "three"})
    assert journal.ship(archive) == 1
    assert shipped() == ["one", "two", "three"]
    assert list(tmp_path.iterdir()) == []


def test_what_a_dead_process_left_is_shipped_and_what_a_living_one_holds_is_not(
    archive: Store, tmp_path: Path, shipped: Callable[[], list[str]]
) -> None:
    child = os.fork()
    if child == 0:
        Journal(tmp_path).note("search", {"query": "dead"})
        with next(tmp_path.iterdir()).open("ab") as file:
            file.write(b'{"cut in the mid')
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    living = Journal(tmp_path)
    living.note("search", {"query": "living"})
    assert Journal(tmp_path).ship(archive) == 1
    assert shipped() == ["dead"]
    assert living.ship(archive) == 1
    assert shipped() == ["dead", "living"]


def test_a_store_that_is_away_loses_no_event_and_doubles_none(
    archive: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shipped: Callable[[], list[str]]
) -> None:
    """Once nothing was put; once it was put, and the process died before it could remove its file."""
    journal = Journal(tmp_path)
    journal.note("search", {"query": "one"})
    put = Store.put_new

    def away(*_: Any) -> bool:
        raise ServiceUnavailable("away")

    def died(*args: Any) -> bool:
        put(*args)
        raise KeyboardInterrupt

    for how, problem in ((away, ServiceUnavailable), (died, KeyboardInterrupt)):
        with monkeypatch.context() as patch:
            patch.setattr(Store, "put_new", how)
            with pytest.raises(problem):
                journal.ship(replace(archive))
        assert len(list(tmp_path.iterdir())) == 1
    assert Journal(tmp_path).ship(archive) == 1
    assert shipped() == ["one"]


def test_a_journal_is_not_removed_between_its_making_and_its_locking(
    archive: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shipped: Callable[[], list[str]]
) -> None:
    """Another process ships at that moment and finds an empty file that no process holds."""
    lock, others = fcntl.flock, [Journal(tmp_path)]

    def late(file: Any, how: int) -> None:
        if others and how == fcntl.LOCK_EX:
            others.pop().ship(archive)
        lock(file, how)

    monkeypatch.setattr("fcntl.flock", late)
    journal = Journal(tmp_path)
    journal.note("search", {"query": "not lost"})
    assert others == []
    assert journal.ship(archive) == 1
    assert shipped() == ["not lost"]


def test_a_full_disk_is_named_and_spoils_nothing(
    archive: Store, tmp_path: Path, shipped: Callable[[], list[str]]
) -> None:
    """The disk takes a part of the second event."""
    journal = Journal(tmp_path)
    journal.note("search", {"query": "one"})
    [file] = tmp_path.iterdir()
    with full(file.stat().st_size + 50), pytest.raises(SpoolFull, match="no space"):
        journal.note("search", {"query": "two"})
    journal.note("search", {"query": "three"})
    assert journal.ship(archive) == 2
    assert shipped() == ["one", "three"]


def test_what_another_process_ships_and_removes_meanwhile_is_no_error(
    archive: Store, tmp_path: Path, shipped: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is gone between the list of the folder and its opening."""
    ours, other = Journal(tmp_path), Journal(tmp_path)
    for journal, words in ((other, "one"), (ours, "two")):
        journal.note("search", {"query": words})
    listed = sorted(tmp_path.glob("*.jsonl"))
    other.ship(archive)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "glob", lambda *_: iter(listed))
        assert ours.ship(archive) == 1
    assert sorted(shipped()) == ["one", "two"]


def test_two_at_once_are_both_told_when_the_archive_is_away(
    archive: Store, tmp_path: Path, shipped: Callable[[], list[str]]
) -> None:
    """Both have noted before either ships.

    The one whose events the other one is shipping must not believe that they are there.
    """
    journal, begun, go = Journal(tmp_path), threading.Event(), threading.Event()

    class Away(Store):
        def head(self, key: str) -> Head | None:  # noqa: ARG002 (as the store is called)
            begun.set()
            go.wait(60)
            raise ServiceUnavailable("the store cannot be reached", "")

    away = Away(archive.client, archive.bucket, hold=True)
    for words in ("one", "two"):
        journal.note("search", {"query": words})
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(journal.ship, away)
        assert begun.wait(60)
        second = pool.submit(journal.ship, away)
        go.set()
        for told in (first, second):
            with pytest.raises(ServiceUnavailable):
                told.result(60)
    assert shipped() == []
    assert journal.ship(archive) == 2
    assert shipped() == ["one", "two"]


EVENT = {
    "event": "0" * 16,
    "time": "2026-03-01T00:00:00.000000Z",
    "actor": "officer",
    "type": "search",
    "query": "whole",
}


@pytest.mark.parametrize(("name", "whole"), [("20260301T000000Z-1-ab.jsonl", True), ("notes.jsonl", False)])
def test_of_a_damaged_journal_what_can_be_read_is_shipped_and_the_file_is_kept(
    archive: Store, tmp_path: Path, shipped: Callable[[], list[str]], name: str, whole: bool
) -> None:
    times = (
        "2026-03/../../quarantine",
        "2026-11-31T05:00:00.000000Z",
        "2026-13-01T05:00:00.000000Z",
        "2026-03-01T25:61:61.000000Z",
    )
    harmed = [*({**EVENT, "time": time} for time in times), {**EVENT, "actor": ""}, [], "x"]
    data = b"".join(
        line + b"\n" for line in (b"\0\0\0", b"{}", *map(encode_canonical, harmed), encode_canonical(EVENT))
    )
    (tmp_path / name).write_bytes(data)
    journal = Journal(tmp_path)
    journal.note("search", {"query": "one"})
    assert journal.ship(archive) == 1 + whole
    assert sorted(shipped()) == (["one", "whole"] if whole else ["one"])
    [aside] = (path.name for path in tmp_path.glob("*.damaged"))
    assert (aside, (tmp_path / aside).read_bytes()) == (Path(name).with_suffix(".damaged").name, data)
    assert aside in describe_damaged(tmp_path)
    told = [
        event
        for path in tmp_path.glob("*.jsonl")
        for event in map(orjson.loads, path.read_bytes().splitlines())
    ]
    assert [(e["type"], e["file"], e["lines"]) for e in told] == [
        ("journal damaged", aside, 9 if whole else 10)
    ], "the audit reports it"


def test_a_deed_that_is_written_down_by_several_is_one_event(
    archive: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where two machines have written it, or one has twice."""
    monkeypatch.setattr("socket.gethostname", lambda: "deeds")
    here, there = Journal(tmp_path / "here"), Journal(tmp_path / "there")
    at = datetime(2026, 3, 1, tzinfo=UTC)
    for journal in (here, here, there):
        journal.note_deed("export removed", {"export": "x"}, "officer", "export removed x", at)
    [line, again] = next(here.folder.iterdir()).read_bytes().splitlines()
    assert line == again
    for journal in (here, there):
        journal.ship(archive)
    page = trail.read_page(archive, tmp_path / "nowhere", EventFilter(type="export removed"), 10)
    assert list(page.events) == [orjson.loads(line)]
    assert page.events[0]["time"] == "2026-03-01T00:00:00.000000Z"


def test_a_month_names_the_one_before(
    archive: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "months")
    heads = []
    for month in ("2025-11", "2026-01", "2026-02"):
        monkeypatch.setattr(
            "recordroom.archive.audit.journal.instant", lambda _, month=month: f"{month}-05T00:00:00.000000Z"
        )
        journal = Journal(tmp_path)
        journal.note("search", {"query": month})
        journal.ship(archive)
        [entry] = Ledger(archive, f"audit/{month}/months").entries()
        heads.append(
            (entry.body["month_before"], {"ledger": entry.ledger, "number": 1, "sha256": entry.sha256})
        )
    assert [before for before, _ in heads] == [None, heads[0][1], heads[1][1]]
