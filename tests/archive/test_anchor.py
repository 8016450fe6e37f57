"""An anchor names every chain of the archive: with its head, or by the anchor that has it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from recordroom.archive import anchor
from recordroom.archive.ledger import Entry, Ledger, Tail, key_of, tail_of
from recordroom.archive.store import Store
from recordroom.archive.verify import verify
from recordroom.canonical import encode_canonical
from recordroom.errors import Tampered
from tests.archive.test_verify import harm

ONE, TWO = "audit/2026-04/one", "audit/2026-04/two"


def head(entry: Entry) -> dict[str, int | str]:
    return {"number": entry.number, "sha256": entry.sha256}


def test_a_chain_is_named_with_its_head_or_by_the_anchor_that_has_it(archive: Store) -> None:
    one, two = (Ledger(archive, name).append("events", {}, Tail()) for name in (ONE, TWO))
    first = anchor.append(archive)
    assert (first.body["chains"], first.body["unmoved"]) == ({ONE: head(one), TWO: head(two)}, {})
    second = anchor.append(archive)
    assert (second.body["chains"], second.body["unmoved"]) == ({}, {ONE: 1, TWO: 1})
    moved = Ledger(archive, TWO).append("events", {}, tail_of(two))
    third = anchor.append(archive)
    assert (third.body["chains"], third.body["unmoved"]) == ({TWO: head(moved)}, {ONE: 1})
    assert anchor.append(archive).body["unmoved"] == {ONE: 1, TWO: 3}
    assert verify(archive).problems == []


def test_an_anchor_of_an_earlier_version_is_continued(archive: Store) -> None:
    """It has no `unmoved`, and its root does not cover one."""
    tail = tail_of(list(Ledger(archive, "anchor").entries())[-1])
    last = anchor.read_last(archive)
    assert last
    body = {"previous_root": last.body["root"], "chains": {}}
    Ledger(archive, "anchor").append("anchor", {"root": anchor.root_of(body), **body}, tail)
    assert anchor.append(archive).body["unmoved"] == {ONE: 1, TWO: 3}
    assert verify(archive).problems == []


def test_a_chain_that_begins_now_has_no_anchor_yet(archive: Store) -> None:
    """One that says it began before the last anchor was made without it is reported."""
    Ledger(archive, "audit/2026-04/young").append("events", {}, Tail())
    assert verify(archive).problems == []
    old = datetime.now(UTC) - timedelta(minutes=16)
    Ledger(archive, "audit/2026-04/old").append("events", {}, Tail(), at=old)
    [problem] = verify(archive).problems
    assert problem.object == key_of("audit/2026-04/old", 1)
    assert "the ledger began before anchor 6, which does not name it" in problem.problem
    anchor.append(archive)
    assert verify(archive).problems == []


def test_an_object_that_is_no_entry_stops_no_anchor(archive: Store) -> None:
    young = Ledger(archive, "audit/2026-05/young").append("events", {}, Tail())
    strays = ["ledger/notes.txt", "ledger/audit/2026-05/notes/notes.txt", "ledger/notes/notes.txt"]
    for key in strays:
        archive.put_new(key, b"hello")
    assert anchor.append(archive).body["chains"]["audit/2026-05/young"] == head(young)
    assert sorted(strays) == [one.object for one in verify(archive).problems]


def test_no_anchor_is_made_without_a_chain_that_another_names(archive: Store) -> None:
    harm(archive, key_of(ONE, 1), None)
    with pytest.raises(Tampered, match="is missing now"):
        anchor.append(archive)


def test_an_anchor_of_5000_chains_takes_some_hundred_kilobytes() -> None:
    """It is written every night; all its chains but those of the day have not moved."""
    unmoved = {f"capture/mastodon/department-of-{number:04}-social": 17 for number in range(5000)}
    assert len(encode_canonical(unmoved)) < 300_000
    moved = {name: {"number": 12345, "sha256": "0" * 64} for name in unmoved}
    assert len(encode_canonical(moved)) < 700_000
