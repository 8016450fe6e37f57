"""Each number has one winner, and no entry is lost, however many writers there are.

A chain that is not as it was read is never written to.
"""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordroom.archive import anchor, ledger, store
from recordroom.archive.gaps import Gaps
from recordroom.archive.ledger import Entry, Ledger, Tail, decode, key_of, tail_of
from recordroom.archive.store import Store
from recordroom.archive.verify import verify
from recordroom.canonical import encode_canonical, sha256
from recordroom.errors import LostRace, Tampered, UsageError
from tests.archives import keep_anchor, settings_for
from tests.services import S3, Buckets

FORK = multiprocessing.get_context("fork")
SHA = "0" * 64


class Counter:
    """Appends to a ledger what it found there plus one: a lost or a doubled number would show."""

    def __init__(self, archive: Store, name: str) -> None:
        self.ledger, self.tail, self.last = Ledger(archive, name), Tail(), 0

    def load(self) -> Tail:
        for entry in self.ledger.entries(self.tail):
            self.tail, self.last = tail_of(entry), entry.body["count"]
        return self.tail

    def up(self, who: str) -> Entry | None:
        return self.ledger.append_next("events", lambda: {"count": self.last + 1, "who": who}, self.load)


def test_sixteen_threads_on_one_ledger(archive: Store) -> None:
    name = "audit/2026-01/threads"
    with ThreadPoolExecutor(16) as pool:
        entries = list(pool.map(lambda n: Counter(replace(archive), name).up(f"thread {n}"), range(16)))
    assert sorted(e.number for e in entries if e) == list(range(1, 17)), "one winner a number"
    found = list(Ledger(archive, name).entries())
    assert [e.body["count"] for e in found] == list(range(1, 17))
    assert len({e.body["who"] for e in found}) == len({e.nonce for e in found}) == 16, "none is lost"


def test_processes_on_one_ledger(archive: Store, s3: S3) -> None:
    name = "audit/2026-01/processes"
    start = FORK.Barrier(4)

    def work(number: int) -> None:
        own = store.archive(settings_for(s3, Buckets(archive.bucket, "none"), Path("nowhere")))
        counter = Counter(own, name)
        start.wait(20)
        for step in range(4):
            counter.up(f"{number}-{step}")

    children = [FORK.Process(target=work, args=(n,)) for n in range(4)]
    for child in children:
        child.start()
    for child in children:
        child.join()
        assert child.exitcode == 0
    found = list(Ledger(archive, name).entries())
    assert [e.body["count"] for e in found] == list(range(1, 17))
    assert len({e.body["who"] for e in found}) == 16
    assert [e.time for e in found] == sorted(e.time for e in found)


def test_a_writer_with_an_old_view_loses_and_nothing_is_written(archive: Store) -> None:
    chain = Ledger(archive, "audit/2026-01/race")
    first = chain.append("events", {"who": "one"}, Tail())
    for tail in (Tail(), Tail()):
        with pytest.raises(LostRace) as caught:
            chain.append("events", {"who": "two"}, tail)
        assert (caught.value.ledger, caught.value.number) == (chain.name, 1)
    assert [e.body for e in chain.entries()] == [first.body]
    assert chain.append_next("events", lambda: None, lambda: tail_of(first)) is None


def test_opening_a_gap_from_many_sides_opens_it_once(archive: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        names = list(
            pool.map(lambda _: Gaps(replace(archive)).open_("one", "counts-differ", "three posts"), range(8))
        )
    assert len(set(names)) == 1
    assert [e.type for e in Ledger(archive, "gap").entries()].count("opened") == 1


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4, 5, 8, 9])
def test_the_head_is_found_from_wherever_one_remembers(archive: Store, length: int) -> None:
    chain, tail = Ledger(archive, f"audit/2026-02/{length}"), Tail()
    entries = []
    for number in range(length):
        entries.append(chain.append("events", {"n": number}, tail))
        tail = tail_of(entries[-1])
    for remembered in range(length + 1):
        sha = entries[remembered - 1].sha256 if remembered else None
        assert chain.head(remembered, sha) == length
    with pytest.raises(Tampered, match="the ledger was cut"):
        chain.head(length + 1)


def harm(archive: Store, key: str, data: bytes | None) -> None:
    """As somebody does who holds the keys: the hold lifted, the version deleted, other bytes put."""
    client, bucket = archive.client, archive.bucket
    client.put_object_legal_hold(Bucket=bucket, Key=key, LegalHold={"Status": "OFF"})
    [version] = client.list_object_versions(Bucket=bucket, Prefix=key)["Versions"]
    client.delete_object(Bucket=bucket, Key=key, VersionId=version["VersionId"])
    if data is not None:
        archive.put_new(key, data)


def test_a_chain_whose_remembered_entry_was_replaced_is_not_written_to(archive: Store) -> None:
    """Else its next entry would name, for ever, a hash that nothing has."""
    chain = Ledger(archive, "audit/2026-03/replaced")
    first = chain.append("events", {"n": 1}, Tail())
    second = chain.append("events", {"n": 2}, tail_of(first))
    forged = json.loads(archive.get(key_of(chain.name, 2))) | {"body": {"n": 20}}
    harm(archive, key_of(chain.name, 2), encode_canonical(forged))
    with pytest.raises(Tampered, match="not the entry that was last read"):
        chain.append_next("events", lambda: {"n": 3}, lambda: _loaded(chain, tail_of(second)))
    harm(archive, key_of(chain.name, 2), None)
    with pytest.raises(Tampered, match="the ledger was cut"):
        list(chain.entries(tail_of(second)))
    assert chain.head() == 1


def _loaded(chain: Ledger, tail: Tail) -> Tail:
    for entry in chain.entries(tail):
        tail = tail_of(entry)
    return tail


def test_a_broken_link_within_a_chain_is_not_read_past(archive: Store) -> None:
    chain, tail = Ledger(archive, "audit/2026-03/broken"), Tail()
    for number in range(4):
        tail = tail_of(chain.append("events", {"n": number}, tail))
    raw = json.loads(archive.get(key_of(chain.name, 2)))
    harm(archive, key_of(chain.name, 2), encode_canonical(raw | {"body": {"n": 20}}))
    read = []
    with pytest.raises(Tampered, match="link does not match") as caught:
        read += [entry.number for entry in chain.entries()]
    assert caught.value.key == key_of(chain.name, 3)
    harm(archive, key_of(chain.name, 2), encode_canonical(raw | {"time": "2020-01-01T00:00:00.000000Z"}))
    with pytest.raises(Tampered, match="its time is earlier than that"):
        list(chain.entries())


def test_an_anchor_is_not_made_over_a_chain_that_was_changed(archive: Store, tmp_path: Path) -> None:
    chain = Ledger(archive, "audit/2026-04/anchored")
    first = chain.append("events", {"n": 1}, Tail())
    made = keep_anchor(archive, tmp_path)
    assert made.body["chains"][chain.name] == {"number": 1, "sha256": first.sha256}
    kept = anchor.read_file(tmp_path / "anchor-000000000001.json")
    assert kept.sha256 == made.sha256
    harm(
        archive,
        key_of(chain.name, 1),
        encode_canonical(json.loads(archive.get(key_of(chain.name, 1))) | {"actor": "nobody@nowhere"}),
    )
    with pytest.raises(Tampered, match="not the entry that was last read"):
        anchor.append(archive)
    problems = {p.object: p for p in verify(archive, outside=[kept]).problems}
    assert problems[key_of(chain.name, 1)].expected == first.sha256


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b"\xff", b'{"type": "anchor"}'])
def test_a_file_that_is_no_anchor_is_named(tmp_path: Path, content: bytes) -> None:
    for name in ("anchor-000000000001.json", "notes.txt"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UsageError, match=rf"{name} is not an anchor: .+"):
            anchor.read_file(tmp_path / name)
    with pytest.raises(UsageError, match="No such file"):
        anchor.read_file(tmp_path / "anchor-7.json")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"previous_root": None, "chains": {}}, "it has no root"),
        ({"previous_root": None, "chains": {}, "root": 5}, "it has no root"),
        ({"previous_root": None, "chains": [], "root": SHA}, "it names no ledgers"),
        (
            {"previous_root": None, "chains": {"gap": {"number": 1}}, "root": SHA},
            "it does not name the last entry of gap",
        ),
        (
            {"previous_root": None, "chains": {"gap": {"number": "1", "sha256": SHA}}, "root": SHA},
            "the last entry of gap",
        ),
        ({"previous_root": None, "chains": {"gap": 1}, "root": SHA}, "the last entry of gap"),
    ],
)
def test_an_anchor_that_lacks_what_verify_needs_is_named(
    archive: Store, tmp_path: Path, body: dict[str, Any], words: str
) -> None:
    made = Ledger(archive, f"audit/2026-05/{sha256(encode_canonical(body))[:8]}").append(
        "anchor", body, Tail()
    )
    raw = json.loads(archive.get(key_of(made.ledger, 1))) | {"ledger": "anchor"}
    (tmp_path / "anchor-000000000001.json").write_bytes(encode_canonical(raw))
    with pytest.raises(UsageError, match=rf"anchor-000000000001.json is not an anchor: .*{words}"):
        anchor.read_file(tmp_path / "anchor-000000000001.json")


def test_a_wrong_root_is_one_problem(archive: Store) -> None:
    body: dict[str, Any] = {"previous_root": None, "chains": {}, "root": SHA}
    made = Ledger(archive, "audit/2026-05/a-wrong-root").append("anchor", body, Tail())
    told = [
        p for p in verify(archive, outside=[replace(made, ledger="anchor")]).problems if "root" in p.problem
    ]
    assert [(p.object, p.expected, p.found) for p in told] == [
        (key_of("anchor", 1), anchor.root_of(body), SHA)
    ]
    assert "the anchor 1 from outside" in told[0].problem


def test_another_entry_is_no_anchor(archive: Store, tmp_path: Path) -> None:
    chain = Ledger(archive, "audit/2026-04/none")
    chain.append("events", {"n": 1}, Tail())
    raw = json.loads(archive.get(key_of(chain.name, 1))) | {"ledger": "anchor"}
    (tmp_path / "anchor-000000000001.json").write_bytes(encode_canonical(raw))
    with pytest.raises(UsageError, match="it is an entry of another type"):
        anchor.read_file(tmp_path / "anchor-000000000001.json")


def test_a_slow_clock_is_recorded_and_time_does_not_run_back(
    archive: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slow(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) - timedelta(hours=1)

    chain = Ledger(archive, "audit/2026-05/slow")
    first = chain.append("events", {}, Tail())
    monkeypatch.setattr(ledger, "datetime", Slow)
    monkeypatch.setattr(store, "datetime", Slow)
    assert chain.head() == 1
    second = chain.append("events", {}, tail_of(first))
    monkeypatch.undo()
    assert chain.head() == 2
    third = chain.append("events", {}, tail_of(second))
    assert first.time == second.time < third.time
    skews = [json.loads(archive.get(key_of(chain.name, n))).get("clock_skew") for n in (1, 2, 3)]
    assert [bool(s) for s in skews] == [False, True, False]
    assert datetime.now(UTC) - datetime.fromisoformat(skews[1]["here"]) > timedelta(minutes=59)
    assert datetime.now(UTC) - datetime.fromisoformat(skews[1]["store"]) < timedelta(minutes=30)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda c: st.lists(c, max_size=3) | st.dictionaries(st.text(max_size=8), c),
)
ENTRY: dict[str, Any] = {
    "format": 1,
    "ledger": "gap",
    "number": 1,
    "previous": None,
    "time": "2026-01-01T00:00:00.000000Z",
    "actor": "a@b",
    "nonce": "0" * 32,
    "type": "opened",
    "body": {},
}


@given(st.sampled_from(list(ENTRY)), JSON)
def test_whatever_stands_in_an_entry_it_is_read_or_named(name: str, value: Any) -> None:
    for raw in (ENTRY | {name: value}, {k: v for k, v in ENTRY.items() if k != name}, value):
        stored = json.dumps(raw).encode()
        try:
            entry = decode("gap", 1, stored)
        except Tampered:
            continue
        else:
            assert (entry.sha256, entry.ledger, entry.number) == (sha256(stored), "gap", 1)
            assert isinstance(entry.body, dict)


MANIFEST = ENTRY | {
    "type": "manifest",
    "body": {
        "deltas": [
            {"record_id": "a:é\n", "sequence": 1, "late": True, "media": {"x": {}}},
            {"n": [-2, 3.5e10]},
        ],
        "rows": {"total": 2},
    },
}
DAMAGES = [
    b"",
    b'"',
    b"{",
    b"]",
    b",",
    b":",
    b"0",
    b"1e999",
    b"9" * 400,
    b"-",
    b"n",
    b"\\ud800",
    b"\x00",
    b"\xff",
    b" ",
]


@given(
    st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 2), st.sampled_from(DAMAGES)), max_size=3
    )
)
def test_a_manifest_is_read_or_named_the_same_without_its_deltas(
    damages: list[tuple[float, int, bytes]],
) -> None:
    stored = encode_canonical(MANIFEST)
    for place, length, damage in damages:
        start = int(place * len(stored))
        stored = stored[:start] + damage + stored[start + length :]
    _compare_without_deltas(stored)


@pytest.mark.parametrize(
    "value", ["1e999", "-1E999", "9" * 400, '"\\ud800"', '"\xff"', "[" * 1030 + "]" * 1030, "9" * 30, "NaN"]
)
def test_what_only_one_parser_refuses_in_deltas_is_named(value: str) -> None:
    whole = encode_canonical(MANIFEST)
    for deltas in (value, f'[{{"sequence": {value}}}]'):
        changed = whole.replace(b'"deltas":[', f'"deltas":{deltas},"others":['.encode("latin-1"))
        assert changed != whole
        _compare_without_deltas(changed)


def _compare_without_deltas(stored: bytes) -> None:
    complete, lean = (_decode_or_name(stored, with_deltas=with_deltas) for with_deltas in (True, False))
    assert lean == complete


def _decode_or_name(stored: bytes, *, with_deltas: bool) -> Entry | str:
    try:
        entry = decode("gap", 1, stored, with_deltas=with_deltas)
    except Tampered as problem:
        return str(problem)
    if entry.type == "manifest":
        entry.body.pop("deltas", None)
    return entry


def test_the_ledgers_are_found_without_a_look_at_what_they_hold(
    archive: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chain of years has hundreds of thousands of entries, which a list gives by the thousand."""
    wanted = ["capture/feed/calendar", "capture/mastodon/district", "capture/mastodon/news"]
    for name in wanted:
        tail = Tail()
        for number in range(3):
            tail = tail_of(Ledger(archive, name).append("manifest", {"number": number}, tail))
    listed: list[str] = []
    keys = Store.keys

    def noting(store: Store, prefix: str, after: str = "", folders: bool = False) -> Iterator[str]:
        for key in keys(store, prefix, after, folders):
            listed.append(key)
            yield key

    monkeypatch.setattr(Store, "keys", noting)
    asked = archive.requests
    assert list(ledger.list_ledgers(archive, "capture/")) == wanted
    assert [chain.ledger for chain in ledger.capture_chains(archive)] == wanted
    assert archive.requests - asked == 2 * (3 + 2 + 4), (
        "three folders are listed; of each, and each ledger, except the first"
    )
    assert all(key.endswith("/") for key in listed)


def test_who_wrote_last_by_a_moment_is_known_after_a_clock_that_was_wrong(
    archive: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clocks are ahead, behind, or seconds apart.

    Ahead: `time` stays the same for a while. Behind: no entry is as old as that clock said. Seconds apart:
    the later of two entries may be reported as the earlier one.
    """
    began = datetime.now(UTC)
    at, off = began, timedelta()

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return (at + off).astimezone(tz)

    monkeypatch.setattr(ledger, "datetime", Clock)
    chain, tail, hour = Ledger(archive, "audit/2026-01/clocks"), Tail(), timedelta(hours=1)
    for hours, seconds in ((0, 0), (1, 86_400), (2, 0), (3, -86_400), (4, 50), (4, -10), (5, 0), (6, 0)):
        at, off = began + hours * hour, timedelta(seconds=seconds)
        archive.skew_seconds = float(seconds)
        tail = tail_of(chain.append("events", {}, tail))
    found = [chain.last_by(began + hours * hour) for hours in (-1, 0, 1, 2, 3, 4, 5, 6, 9)]
    assert [entry and entry.number for entry in found] == [None, 1, 2, 3, 4, 6, 7, 8, 8]
    times = [entry.time for entry in chain.entries()]
    assert times == sorted(times)
    assert times[-1] == began + 25 * hour
