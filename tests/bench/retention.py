"""retention: seconds to derive the retention fields of all records, from the first request to the last field.

Reference: DuckDB's own scan of all columns of the same Parquet, with the same threads, after its files were
copied from the same store.

retention.memory: the most resident memory of the deriving process.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import duckdb

from recordroom.archive import store
from recordroom.archive.ledger import Ledger, capture_chains
from recordroom.exports.rows import copy_record_files, scan_files
from recordroom.retention import all_records, derivation
from recordroom.retention.holds import Act, Hold, HoldScope
from recordroom.retention.models import DESTROY, PROVIDED, Period, Policy, RegisteredAccount, Rule
from recordroom.settings import Settings
from tests.bench.ground import Ground
from tests.bench.measure import Measure, Part, at_most, below, in_child, in_turns, say

TURNS, BAR, MB, THREADS = 3, 2.0, 512, 2
SERIES, HELD = "S1", "district"


def run(ground: Ground) -> Iterator[Measure]:
    settings, peaks = ground.story, []

    def ours() -> float:
        (seconds, found), peak = in_child(derive, settings)
        peaks.append(peak)
        say(f"derived {found:,} records in {seconds:.2f} s, {peak:.0f} MB")
        return seconds

    def reference() -> float:
        (seconds, rows), _ = in_child(scan, settings)
        assert rows == ground.rows
        return seconds

    yield at_most("retention", in_turns(TURNS, ours, reference), BAR, "s")
    yield below("retention.memory", median(peaks), MB, "MB")


PARTS = (Part(("retention", "retention.memory"), True, run),)


def derive(settings: Settings) -> tuple[float, int]:
    """(seconds, records).

    Every account has a series with a reviewed rule, so each record takes every step. One account is on hold.
    """
    upto = _last_entries(settings)
    rule = Rule(SERIES, "Series", "Schedule", "1", PROVIDED, None, Period(years=2), DESTROY, None)
    hold = Hold("h1", "Hold", "litigation", HoldScope(accounts=frozenset({HELD})), Act("", datetime.now(UTC)))
    inputs = derivation.make_inputs(
        Policy(rules={SERIES: rule}), dict.fromkeys(upto, RegisteredAccount(SERIES)), [hold]
    )
    found = dated = held = 0
    began = time.perf_counter()
    with all_records.load(store.derived(settings), settings, upto) as records:
        for batch in records.derive(inputs):
            found += batch.num_rows
            dated += batch.num_rows - batch.column("eligible_on").null_count
            held += batch.column("on_hold").true_count
    seconds = time.perf_counter() - began
    assert 0 < dated < found  # some are removed, the others are still published
    assert 0 < held < found
    return seconds, found


def scan(settings: Settings) -> tuple[float, int]:
    """(seconds, rows)."""
    upto = _last_entries(settings)
    with TemporaryDirectory() as folder, duckdb.connect(config={"threads": THREADS}) as connection:
        connection.execute("SET enable_progress_bar = false")
        began = time.perf_counter()
        copied = copy_record_files(store.derived(settings), settings, upto, Path(folder) / "rows")
        paths = [path for files in copied for path in files.paths]
        counts = connection.execute(f"SELECT count(COLUMNS(*)) FROM {scan_files(paths)}").fetchone()  # noqa: S608 (paths of ours)
        assert counts is not None
        return time.perf_counter() - began, max(counts)


def _last_entries(settings: Settings) -> dict[str, int]:
    archive = store.archive(settings)
    return {chain.id: Ledger(archive, chain.ledger).head() for chain in capture_chains(archive)}
