"""The archive that tests build on obeys the archive's own rules."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from recordroom.archive import records
from recordroom.archive.ledger import Ledger
from recordroom.archive.records import batches, file_system, rows_digest, sources
from tests.building import DAY, Building, account
from tests.services import S3, Buckets
from tests.story import ACCOUNTS, story


def test_a_story_is_committed_as_a_capture_would(s3: S3, buckets: Buckets, tmp_path: Path) -> None:
    building = Building.at(s3, buckets, tmp_path)
    building.register(*(account(name, platform) for name, platform in ACCOUNTS.items()))
    assert building.tell(story(1_000, segment=50)) == 1_000
    upto: dict[str, int] = {}
    digests: dict[tuple[str, int], tuple[str, int]] = {}
    chains: dict[tuple[str, str], list[int]] = {}
    for name, platform in ACCOUNTS.items():
        entries = list(Ledger(building.archive, f"capture/{platform}/{name}").entries())
        upto[name] = entries[-1].number
        digests |= {(name, e.number): (e.body["rows"]["sha256"], e.body["rows"]["count"]) for e in entries}
        for delta in (d for e in entries for d in e.body["deltas"]):
            chains.setdefault((name, delta["record_id"]), []).append(delta["sequence"])
    assert all(chain == list(range(1, len(chain) + 1)) for chain in chains.values())
    assert len({record_id for _, record_id in chains}) < len(chains), "some record is seen by two accounts"
    found = [
        row
        for batch in batches(sources(building.derived, file_system(building.settings), upto))
        for row in batch.to_pylist()
    ]
    assert len(found) == 1_000
    assert {s for row in found for s in [row["status"]]} >= {"visible", "removed", "hidden"}
    for key, (digest, count) in digests.items():
        rows = [row for row in found if (row["account"], row["ledger_number"]) == key]
        assert (rows_digest(rows), len(rows)) == (digest, count)


def test_rows_are_carried_over_to_the_next_sequence(s3: S3, buckets: Buckets, tmp_path: Path) -> None:
    building = Building.at(s3, buckets, tmp_path)
    building.register(account("news", "wordpress"))
    building.capture("news", [{"record_id": "wordpress:x/posts/1", "text": "Snow"}], at=DAY)
    building.capture(
        "news", [{"record_id": "wordpress:x/posts/1", "status": "removed"}], at=DAY + timedelta(days=1)
    )
    [last] = building.capture("news", at=DAY + timedelta(days=2))
    assert last.body["rows"] == {"count": 0, "total": 2, "sha256": rows_digest([])}
    [source] = sources(building.derived, file_system(building.settings), {"news": 3})
    first, second = source.dataset.sort_by("sequence").to_table().to_pylist()
    assert (second["text"], second["status"], second["changed"], second["sequence"]) == (
        "Snow",
        "removed",
        ["status"],
        2,
    )
    assert first["version"] == second["version"]
    assert set(first) == set(records.schema().names)
