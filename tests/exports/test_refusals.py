"""An export refuses some orders, and some faults stop it.

Damage below it, an index that cannot be trusted, or a quarantine that begins meanwhile. Nothing of it stays
behind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from recordroom.archive import records
from recordroom.archive.ledger import list_ledgers
from recordroom.archive.quarantine import ledger
from recordroom.archive.quarantine.ledger import FILE, RECORD, QuarantineTarget
from recordroom.errors import (
    ArchiveError,
    QueryError,
    RecordroomError,
    ServiceUnavailable,
    Tampered,
    UsageError,
)
from recordroom.exports import matching, production, selection, verification
from recordroom.exports.database import WorkDatabase
from recordroom.exports.work_tables import KNOWN_ROWS
from recordroom.search.filters import Filters
from recordroom.search.index.indexer import Index
from recordroom.search.scope import find_holders
from recordroom.search.searcher import Searcher
from tests.building import DAY, Building
from tests.exports.conftest import COMMENT, HOUR, PNG, POST, Export
from tests.exports.reading import audited, data_files, lines, pdf_text, read_csv
from tests.viewers import officer

pytestmark = pytest.mark.thorough


def refused(export: Export, tmp_path: Path, kind: type[RecordroomError], words: str, **more: Any) -> None:
    with pytest.raises(kind, match=words):
        export(**more)
    assert not (tmp_path / "out").exists()


def test_an_index_of_another_version_is_told_by_a_search_and_stops_an_export(
    archive: Building, index: Index, export: Export, tmp_path: Path
) -> None:
    marks = index.marks()
    marks.made_by = "0" * 64
    index.client.indices.put_mapping(index=archive.settings.index, meta=marks.to_meta())
    searcher = Searcher(archive.settings, archive.archive, archive.derived)
    assert searcher.page("snow", viewer=officer(searcher)).outdated
    searcher.client.close()
    refused(export, tmp_path, ArchiveError, "made by another version")
    index.rebuild()
    export("snow")


def test_a_missing_file_of_records_is_found(archive: Building, export: Export, tmp_path: Path) -> None:
    lost = min(archive.derived.keys("records/g1/"))
    archive.derived.delete(lost)
    with pytest.raises(ArchiveError, match=r"the records have \d rows") as problem:
        export("again")
    assert "recordroom rebuild records" in problem.value.mend
    assert not (tmp_path / "out").exists()


def test_a_row_forged_with_its_hash_is_found(archive: Building, export: Export, tmp_path: Path) -> None:
    """Nothing but the digest in the manifest shows it: the author's name is not part of the version."""
    key = min(archive.derived.keys("records/g1/"))
    table = records.decode(archive.derived.get(key))
    column = table.schema.get_field_index("author_name")
    forged = table.set_column(
        column, table.schema.field(column), pc.if_else(True, "Somebody else", table["author_name"])
    )
    archive.derived.delete(key)
    archive.derived.put_new(key, records.encode(forged))
    refused(
        export,
        tmp_path,
        Tampered,
        "000000000001.json: the records have other rows than it commits to",
        query="snow",
    )


@pytest.mark.parametrize(
    ("prefix", "format_"), [("evidence/wordpress/news/", "csv"), ("media/sha256/", "jsonl")]
)
def test_a_flipped_byte_beneath_the_rows_is_found(
    archive: Building, export: Export, tmp_path: Path, prefix: str, format_: str
) -> None:
    key = next(iter(archive.archive.keys(prefix)))
    body = bytearray(archive.archive.get(key))
    body[len(body) // 2] ^= 1
    archive.archive.client.put_object(Bucket=archive.archive.bucket, Key=key, Body=bytes(body))
    refused(
        export,
        tmp_path,
        Tampered,
        f"{key}: its content does not match the SHA-256 in its",
        query="",
        format_=format_,
    )


def test_a_flipped_byte_beneath_other_rows_is_for_verify_to_find(archive: Building, export: Export) -> None:
    key = next(iter(archive.archive.keys("evidence/wordpress/b/")))
    archive.archive.client.put_object(Bucket=archive.archive.bucket, Key=key, Body=b"forged")
    assert export("", filters=Filters(account=("news",)))["counts"]["rows"] == 2


@pytest.mark.parametrize(
    "damaged", [lambda _: b"PAR1 not really", lambda stored: stored[:4] + b"\xff" + stored[5:]]
)
def test_records_that_are_not_parquet_are_named(
    archive: Building, export: Export, tmp_path: Path, damaged: Callable[[bytes], bytes]
) -> None:
    key = min(archive.derived.keys("records/g1/"))
    stored = archive.derived.get(key)
    archive.derived.delete(key)
    archive.derived.put_new(key, damaged(stored))
    refused(export, tmp_path, ArchiveError, "the records cannot be read")


def test_an_index_that_is_behind_is_not_asked(
    archive: Building, index: Index, export: Export, tmp_path: Path
) -> None:
    archive.capture("news", [{"record_id": "wordpress:x/posts/2", "text": "new"}], at=DAY + 6 * HOUR)
    refused(export, tmp_path, ServiceUnavailable, "the index is behind: it has news up to entry 3 of 4")
    assert export(out="then", as_of=DAY + 5 * HOUR)["counts"]["rows"] == 3
    index.catch_up()
    assert export()["counts"]["rows"] == 4


@pytest.mark.usefixtures("archive")
def test_an_index_that_a_rebuild_puts_in_force_meanwhile_is_not_asked(
    archive: Building, index: Index, export: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries committed during the fill are indexed after it; without them, the export would silently miss
    records.
    """
    put_in_force = Index._put_in_force

    def put(new: Index, name: str) -> None:
        archive.capture(
            "news",
            [{"record_id": "wordpress:x/posts/9", "text": "Snow while it was filled"}],
            at=DAY + 9 * HOUR,
        )
        index.catch_up()

        def just_now(*given: Any) -> Any:
            put_in_force(new, name)
            return find_holders(*given)

        with monkeypatch.context() as patch:
            patch.setattr(production, "find_holders", just_now)
            refused(export, tmp_path, ServiceUnavailable, "no such index", query="snow")

    with monkeypatch.context() as patch:
        patch.setattr(Index, "_put_in_force", put)
        index.rebuild()
    export("while")
    assert {row["Document id"] for row in read_csv(tmp_path / "out" / "WORKING-COPY_records.csv")} == {
        "wordpress:x/posts/9"
    }


@pytest.mark.usefixtures("archive")
def test_an_export_begun_again_knows_nothing_of_one_that_failed(
    export: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB gives a process the same tables again under the same path as long as anything holds them; where
    that are batches not read to their end, it waited for ever.
    """
    held: list[Iterator[pa.RecordBatch]] = []

    def stop(database: WorkDatabase, **_: bool) -> int:
        held.append(database.read_batches(f"FROM {KNOWN_ROWS}", 1))
        next(held[0])
        raise ServiceUnavailable("the index", "it went away", "Begin again.")

    with monkeypatch.context() as patch:
        patch.setattr(selection, "pick_matches", stop)
        refused(export, tmp_path, ServiceUnavailable, "it went away")
    assert export()["counts"]["rows"] == 3


@pytest.mark.usefixtures("archive")
def test_an_index_that_is_gone_when_it_is_asked_once_more_is_asked_anew_later(
    index: Index, export: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When what is gone was last seen is asked for last."""
    last_seen = matching.last_seen

    def just_now(*given: Any) -> Any:
        index.rebuild()
        return last_seen(*given)

    with monkeypatch.context() as patch:
        patch.setattr(matching, "last_seen", just_now)
        refused(export, tmp_path, ServiceUnavailable, "cannot return a document", query="status:removed")
    assert export("status:removed")["counts"]["rows"] == 1


@pytest.mark.usefixtures("archive")
def test_an_index_that_lost_documents_is_not_believed(index: Index, export: Export, tmp_path: Path) -> None:
    hit = index.client.search(index=index.alias, size=1)["hits"]["hits"][0]
    index.client.delete(index=hit["_index"], id=hit["_id"], refresh=True)
    refused(export, tmp_path, ArchiveError, "the index has . versions of")


@pytest.mark.usefixtures("archive")
def test_what_cannot_be_asked(export: Export, tmp_path: Path) -> None:
    refused(export, tmp_path, UsageError, "series by a pattern", query="series:GS2016-*")
    refused(export, tmp_path, UsageError, "cannot search by current", query="snow AND NOT current:false")
    refused(export, tmp_path, UsageError, "with `~`", query="snwo~")
    refused(export, tmp_path, QueryError, "snow", query="snow AND (")
    refused(
        export, tmp_path, UsageError, r"P[SD]T \(.* UTC\) is in the future", as_of=datetime.now(UTC) + HOUR
    )
    refused(export, tmp_path, UsageError, "unknown format 'docx'", format_="docx")
    assert export(out="fine", query="removed:[2026-03-01 TO 2026-03-03]")["counts"]["rows"] == 1


@pytest.mark.usefixtures("archive")
def test_a_folder_that_is_there_is_left_alone(export: Export, tmp_path: Path) -> None:
    export()
    before = data_files(tmp_path / "out")
    with pytest.raises(UsageError, match="already exists"):
        export("snow")
    assert data_files(tmp_path / "out") == before
    assert [p.name for p in tmp_path.iterdir() if "unfinished" in p.name] == []
    with pytest.raises(UsageError, match="does not exist"):
        export(out="nowhere/out")


def test_a_capture_that_ends_meanwhile_is_noticed(archive: Building, tmp_path: Path) -> None:
    """Its entry counts at `as_of`, and was not there yet when the export looked."""
    as_of = DAY + 9 * HOUR

    def meanwhile(what: str, *_: int) -> None:
        if what == "rows":
            archive.capture("b", [{"record_id": "wordpress:x/posts/9", "text": "in time"}], at=as_of - HOUR)

    order = production.ExportRequest("", tmp_path / "out", "csv", as_of=as_of, hidden_accounts=())
    with pytest.raises(ArchiveError, match="was completed while"):
        production.make_export(archive.settings, order, on_progress=meanwhile)
    assert not (tmp_path / "out").exists()
    assert audited(archive) == []


def test_nothing_leaves_while_the_bucket_cannot_take_note(
    archive: Building, export: Export, tmp_path: Path
) -> None:
    """The audit chain is broken at its end: an invalid entry is in the next place."""
    export("snow", out="first")
    [name] = list(list_ledgers(archive.archive, "audit/"))
    archive.archive.put_new(f"ledger/{name}/000000000002.json", b"{}")
    refused(export, tmp_path, Tampered, "is not a ledger entry", query="snow")
    assert len(list(archive.settings.journal.glob("*.jsonl"))) == 1, "the event waits on this machine"


def test_a_file_that_came_under_quarantine_does_not_stay_from_a_stopped_run(
    archive: Building, export: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(verification, "check_evidence", stopped)
        with pytest.raises(KeyboardInterrupt):
            export(format_="jsonl")
    left = tmp_path / ".out.unfinished/result/WORKING-COPY_media"
    assert [path.read_bytes() for path in left.iterdir()] == [PNG]
    ledger.put(archive.archive, QuarantineTarget(FILE, hashlib.sha256(PNG).hexdigest()), "unlawful")
    told = export(format_="jsonl")
    assert PNG not in data_files(tmp_path / "out").values()
    assert {
        "what": "media files",
        "count": 1,
        "why": "not included in this export because they are under quarantine; the text of their records"
        " is included",
    } in told["left_out"]
    assert [one["text"] for one in lines(tmp_path / "out") if one["record_id"] == POST] == ["Snow day, again"]
    export(format_="pdf", out="pdf")
    assert "Image 1 of 1 is not included in this export." in pdf_text(
        tmp_path / "pdf/WORKING-COPY_records-001.pdf"
    )


def test_a_long_text_that_came_under_quarantine_does_not_stay_from_a_stopped_run(
    archive: Building, index: Index, export: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text too long for an Excel cell is in a file of its own next to the workbook."""

    def stopped(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    archive.capture(
        "news",
        [{"record_id": "wordpress:x/posts/long", "text": "a home address " * 3_000}],
        at=DAY + 5 * HOUR,
    )
    index.catch_up()
    with monkeypatch.context() as patch:
        patch.setattr(verification, "check_evidence", stopped)
        with pytest.raises(KeyboardInterrupt):
            export(format_="xlsx")
    assert (
        (tmp_path / ".out.unfinished/result/WORKING-COPY_long-text/000001.txt")
        .read_text()
        .startswith("a home address")
    )
    ledger.put(archive.archive, QuarantineTarget(RECORD, "wordpress:x/posts/long"), "a home address")
    export(format_="xlsx")
    assert set(data_files(tmp_path / "out")) == {
        "WORKING-COPY_records.xlsx",
        "WORKING-COPY_manifest-sha256.txt",
    }


def test_what_comes_under_quarantine_meanwhile_stops_it(
    archive: Building, export: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = verification.check_evidence

    def meanwhile(*given: Any) -> None:
        real(*given)
        if not ledger.read(archive.archive).records:
            ledger.put(archive.archive, QuarantineTarget(RECORD, COMMENT), "a home address")

    monkeypatch.setattr(verification, "check_evidence", meanwhile)
    with pytest.raises(ArchiveError, match="under quarantine while"):
        export()
    assert not (tmp_path / "out").exists()
    told = export()
    assert {row["Document id"] for row in read_csv(tmp_path / "out" / "WORKING-COPY_records.csv")} == {POST}
    assert told["quarantine"]["entry"] == 1


def test_as_of_a_time_before_it_was_put_there_it_is_left_out_too(
    archive: Building, export: Export, tmp_path: Path
) -> None:
    """The post is gone, the comments below it stay; and equal bytes come again after it was lifted."""
    whole = export(out="before", as_of=DAY + 3 * HOUR)
    ledger.put(archive.archive, QuarantineTarget(RECORD, POST), "a home address")
    told = export(out="meanwhile", as_of=DAY + 3 * HOUR)
    assert {row["Document id"] for row in read_csv(tmp_path / "meanwhile" / "WORKING-COPY_records.csv")} == {
        COMMENT
    }
    assert told["counts"]["rows"] == whole["counts"]["rows"] - 1
    ledger.lift(archive.archive, QuarantineTarget(RECORD, POST), "another's")
    export(out="after", as_of=DAY + 3 * HOUR)
    assert data_files(tmp_path / "after") == data_files(tmp_path / "before")
