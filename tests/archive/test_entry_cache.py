"""Entries that a machine keeps are used only if the store has the last one."""

from __future__ import annotations

from pathlib import Path

import pytest

from recordroom.archive import entry_cache
from recordroom.archive.entry_cache import EntryCache
from recordroom.archive.ledger import Ledger, Tail, key_of, tail_of
from recordroom.archive.store import Store
from recordroom.errors import Tampered
from tests.archive.test_ledger import harm


def _fill(archive: Store, name: str, count: int) -> list[Tail]:
    ledger, tails = Ledger(archive, name), [Tail()]
    for number in range(count):
        tails.append(tail_of(ledger.append("note", {"number": number}, tails[-1])))
    return tails


def _read(archive: Store, name: str, path: Path, tail: Tail) -> tuple[list[int], int]:
    """Return the numbers of the entries behind the tail, and the requests of a new reader."""
    before = archive.requests
    ledger = Ledger(archive, name, EntryCache(path))
    numbers = [entry.number for entry in ledger.entries(tail)]
    assert ledger.cache is not None
    ledger.cache.save()
    return numbers, archive.requests - before


def test_a_second_reader_makes_two_requests(archive: Store, tmp_path: Path) -> None:
    path, tails = tmp_path / "entries", _fill(archive, "two", 30)
    assert _read(archive, "two", path, tails[3])[0] == list(range(4, 31))
    assert _read(archive, "two", path, tails[3]) == (list(range(4, 31)), 2)
    # a later snapshot: the entries before it are forgotten
    assert _read(archive, "two", path, tails[20]) == (list(range(21, 31)), 2)
    Ledger(archive, "two").append("note", {}, tails[30])
    assert _read(archive, "two", path, tails[20]) == (list(range(21, 32)), 3)
    assert _read(archive, "two", path, tails[20]) == (list(range(21, 32)), 2)
    # an earlier one: the file does not follow it
    assert _read(archive, "two", path, tails[2])[0] == list(range(3, 32))


@pytest.mark.parametrize("damage", ["cut", "changed", "last", "words", "no digest", "other"])
def test_a_damaged_file_is_not_used(archive: Store, tmp_path: Path, damage: str) -> None:
    name, path = f"damage-{damage}", tmp_path / "entries"
    tails = _fill(archive, name, 12)
    _read(archive, name, path, tails[1])
    lines = path.read_bytes().splitlines()
    assert len(lines) == 12, "a digest, and eleven entries"
    if damage == "cut":
        path.write_bytes(b"\n".join(lines)[:-40])
    elif damage in ("changed", "last"):  # it could pass for an entry that was replaced in the store
        place = 5 if damage == "changed" else 11
        changed = lines[place].replace(b'"body":{"number":', b'"body":{"number":1')
        assert changed != lines[place]
        path.write_bytes(b"\n".join([*lines[:place], changed, *lines[place + 1 :]]))
    elif damage == "no digest":
        path.write_bytes(b"\n".join(lines[1:]))
    elif damage == "words":
        path.write_bytes(b"not JSON")
    else:
        _fill(archive, f"{name}-other", 12)
        _read(archive, f"{name}-other", path, Tail())
    assert _read(archive, name, path, tails[1])[0] == list(range(2, 13))
    assert path.read_bytes().splitlines() == lines


def test_a_chain_that_was_cut_is_not_read_past(archive: Store, tmp_path: Path) -> None:
    """Without the file, a reader from the snapshot would take the chain for shorter, and append to it."""
    path, tails = tmp_path / "entries", _fill(archive, "shorter", 9)
    _read(archive, "shorter", path, tails[2])
    harm(archive, key_of("shorter", 9), None)
    with pytest.raises(Tampered, match="the ledger was cut"):
        _read(archive, "shorter", path, tails[2])


def test_a_last_entry_that_was_replaced_is_not_read_past(archive: Store, tmp_path: Path) -> None:
    path, tails = tmp_path / "entries", _fill(archive, "replaced", 9)
    _read(archive, "replaced", path, tails[2])
    stored = archive.get(key_of("replaced", 9))
    harm(archive, key_of("replaced", 9), stored.replace(b'"number":8}', b'"number":7}'))
    with pytest.raises(Tampered, match="it is not the entry that was last read here"):
        _read(archive, "replaced", path, tails[2])


def test_a_file_that_cannot_be_read_or_written_stops_no_reader(
    archive: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, tails = tmp_path / "entries", _fill(archive, "folder", 5)
    path.mkdir()
    assert _read(archive, "folder", path, tails[2])[0] == [3, 4, 5]
    assert "the entries are read from the store" in caplog.text
    assert "the next capture reads more entries from the store" in caplog.text


def test_large_entries_are_read_from_the_store(
    archive: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, tails = tmp_path / "entries", _fill(archive, "large", 12)
    size = len(archive.get(key_of("large", 3)))
    monkeypatch.setattr(entry_cache, "MOST_BYTES", size * 4 + size // 2)
    assert _read(archive, "large", path, tails[2])[0] == list(range(3, 13))
    assert len(path.read_bytes().splitlines()) == 1 + 4
    assert _read(archive, "large", path, tails[2])[0] == list(range(3, 13))
