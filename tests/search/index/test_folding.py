"""The same manifests give the same documents, however they are cut into runs, and however often some are
folded again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from recordroom.archive.ledger import Entry
from recordroom.model import instant
from recordroom.retention.ledger import RetentionState
from recordroom.retention.models import Policy, RegisteredAccount
from recordroom.search.index.documents import Document
from recordroom.search.index.folding import GONE, ManifestFolder
from recordroom.search.index.retention import Deriver, RetentionHeads
from recordroom.search.index.watermarks import Mark
from tests.retention.building import rule

START = datetime(2026, 3, 2, tzinfo=UTC)
EVENT = st.tuples(
    st.sampled_from("abc"), st.sampled_from(["edit", "late", "removed", "unavailable", "visible", "missing"])
)
MANIFEST = st.tuples(
    st.lists(EVENT, max_size=4), st.sampled_from(["full", "recent", "some", "stopped", "segment"])
)

RULES = Policy(rules={"GS50": rule(dan="GS50")})
DERIVER = Deriver(RetentionHeads(RetentionState(policy=RULES), 1, {"news": RegisteredAccount("GS50")}))


class Stored:
    """The content of an index: external_gte, and nothing else."""

    def __init__(self) -> None:
        self.documents: dict[str, tuple[int, Document]] = {}

    def find(self, ids: list[str]) -> dict[str, Document]:
        return {name: dict(self.documents[name][1]) for name in ids if name in self.documents}

    def fold(self, mark: Mark, entries: list[Entry]) -> Mark:
        folding = ManifestFolder("news", DERIVER, mark, self.find)
        folding.fold(entries, {e.number: [dict(row) for row in e.body["test_rows"]] for e in entries})
        for name, version, document in folding.documents():
            if name not in self.documents or self.documents[name][0] <= version:
                self.documents[name] = (version, document)
        return folding.mark


def chain(manifests: list[tuple[list[tuple[str, str]], str]]) -> list[Entry]:
    """Manifests as captures would commit them: sequences run on, only what is there goes missing, only what
    is missing returns.
    """
    sequences: dict[str, int] = {}
    statuses: dict[str, str] = {}
    missing: set[str] = set()
    entries = []
    for number, (events, kind) in enumerate(manifests, 1):
        at = instant(START + timedelta(hours=number))
        rows: list[dict[str, Any]] = []
        lost: set[str] = set()
        for record_id, what in events:
            if what == "missing":
                lost |= {record_id} if statuses.get(record_id, "removed") not in GONE else set()
                continue
            sequences[record_id] = sequences.get(record_id, 0) + 1
            late = what == "late"
            status = statuses.get(record_id, "visible") if what in ("late", "edit") else what
            if not late:
                statuses[record_id] = status
            known = {
                "record_id": record_id,
                "kind": "post",
                "sequence": sequences[record_id],
                "late_arrival": late,
                "status": status,
            }
            since = instant(START - timedelta(hours=sequences[record_id] * 7 % 5)) if late else at
            rows.append(
                {
                    **known,
                    "account": "news",
                    "captured_at": at,
                    "committed_at": at,
                    "ledger_number": number,
                    "valid_from": since,
                }
            )
        touched = {row["record_id"] for row in rows if not row["late_arrival"]}
        missing -= touched
        lost -= touched
        window = {"kind": "recent", "since": instant(START)} if kind == "recent" else {"kind": "full"}
        body: dict[str, Any] = {
            "window": window,
            "started": at,
            "final": kind != "segment",
            "rows": {"count": len(rows), "total": 0},
        }
        body["deltas"] = [
            {"record_id": r["record_id"], "sequence": r["sequence"], "window_at": at} for r in rows
        ]
        if kind in ("full", "recent", "some"):
            body["seen"] = {"missing": sorted(lost - missing), "added": sorted(missing - lost)}
            missing = lost | (missing & lost)
        if kind == "some":  # conversations with any change
            body["visited"] = {"read": {record_id: 1 for record_id, _ in events}, "skipped": {"unchanged": 1}}
        time = START + timedelta(hours=number)
        entries.append(
            Entry(
                "capture/x/news", number, "", None, time, "", "", "manifest", body | {"test_rows": rows}, time
            )
        )
    return entries


@settings(max_examples=150, deadline=None)
@given(
    st.lists(MANIFEST, min_size=1, max_size=12),
    st.lists(st.integers(1, 4), min_size=12, max_size=12),
    st.integers(0, 11),
    st.integers(0, 11),
)
def test_any_runs_and_any_replay_give_the_same(
    manifests: list[tuple[list[tuple[str, str]], str]], sizes: list[int], stop: int, again: int
) -> None:
    entries = chain(manifests)
    whole = Stored()
    whole.fold(Mark(), entries)
    parts, marks, at = Stored(), {0: Mark()}, 0
    for size in sizes:
        run = entries[at : at + size]
        if run:
            marks[at + len(run)] = parts.fold(marks[at], run)
            at += len(run)
    assert parts.documents == whole.documents
    known = sorted(marks)
    begin = known[again % len(known)]  # a mark that fell back: everything after it again, in other runs
    middle = min(len(entries), begin + 1 + stop)
    later = parts.fold(marks[begin], entries[begin:middle]) if middle > begin else marks[begin]
    if middle < len(entries):
        parts.fold(later, entries[middle:])
    assert parts.documents == whole.documents


@settings(max_examples=100, deadline=None)
@given(st.lists(MANIFEST, min_size=1, max_size=12))
def test_one_version_is_current_and_only_what_is_gone_or_missing_has_a_fixed_last_seen(
    manifests: list[tuple[list[tuple[str, str]], str]],
) -> None:
    stored = Stored()
    stored.fold(Mark(), chain(manifests))
    for record_id in "abc":
        own = sorted(
            (d for _, d in stored.documents.values() if d["record_id"] == record_id),
            key=lambda d: d["sequence"],
        )
        live = [d for d in own if not d["late_arrival"]]
        assert [d["current"] for d in live] == [False] * (len(live) - 1) + [True] * bool(live)
        late = [d for d in own if d["late_arrival"]]
        latest = max(late, key=lambda d: (d["valid_from"], d["sequence"]), default=None)
        assert [d for d in late if d["current"]] == ([latest] if late and not live else [])
        assert {d["first_seen_at"] for d in own} <= {own[0]["captured_at"]} if own else True
        for before, after in pairwise(live):
            if after["status"] not in GONE:
                assert "removal_noticed_at" not in after
            elif before["status"] in GONE:
                same = ("removal_noticed_at", "last_seen_at")
                assert [after.get(name) for name in same] == [before.get(name) for name in same]
            else:
                assert (
                    before["captured_at"]
                    <= after["last_seen_at"]
                    <= after["removal_noticed_at"]
                    == after["captured_at"]
                )
