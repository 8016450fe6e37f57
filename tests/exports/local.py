"""RowReader on this disk alone, selected as an export selects them: what the tests of formats write from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from recordroom.archive import records
from recordroom.canonical import version_of
from recordroom.exports import retention, selection
from recordroom.exports.as_of import ArchiveState, ChainState
from recordroom.exports.database import WorkDatabase
from recordroom.exports.derived_values import derive_values
from recordroom.exports.formats import media
from recordroom.exports.rows import FIELDS, RecordFiles, RowReader
from recordroom.exports.work_tables import COPIED_FILES
from recordroom.model import instant
from recordroom.search.index.documents import id_of

COPIES = pa.schema([("sha256", pa.string()), ("path", pa.string())])
AT = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
# The contents of a receipt before anything is written.
TOLD: dict[str, Any] = {
    "filters": {"versions": False, "messages": False},
    "query": "snow AND #hash *bold* $x$", "understood": "snow; current versions, no private messages",
    "query_understood": "snow", "with_context": False, "account_names": {"news": "District News (Mastodon)"},
    "as_of": instant(AT), "agency": {"id": "district", "name": "Example School District"},
    "counts": {
        "rows": 0, "records": 0, "context": {"rows": 0, "records": 0},
        "by_account_and_kind": {"news": {"post": 1, "reply": 2}}, "by_status": {"visible": 3},
        "media": {"references": 1, "files": 1, "handed_over": 1},
    },
    "gaps": [{"account": "news", "reason": "throttled", "detail": "#wait[ *no*", "opened_at": instant(AT)}],
    "quarantine": {"entry": 0, "sha256": None},
    "left_out": [{"what": "private messages that match", "count": 3, "why": "not requested"}],
}  # fmt: skip


def row(record_id: str, **given: Any) -> dict[str, Any]:
    """A whole row of a post."""
    made: dict[str, Any] = dict.fromkeys(records.schema().names)
    made |= {name: [] for name in ("changed", "media", "links", "mentions", "tags")}
    made |= {"record_id": record_id, "sequence": 1}
    made |= {"canon": "1/mastodon 1", "late_arrival": False, "repaired": False, "agency": "district"}
    made |= {
        "account": "news",
        "platform": "mastodon",
        "kind": "post",
        "native_id": record_id.rsplit(":", maxsplit=1)[-1],
        "root_id": record_id,
    }
    made |= {
        "status": "visible",
        "published_at": AT,
        "captured_at": AT + timedelta(minutes=5),
        "ledger_number": 1,
        "source": "api",
    }
    made |= given
    made["version"] = given.get("version") or version_of(made)
    return made


def select(
    folder: Path, given: Iterable[dict[str, Any]], copied: Mapping[str, str] | None = None
) -> tuple[RowReader, ArchiveState]:
    """All given rows chosen, in `folder` (made). `copied`: SHA-256 of a media file -> the path of its copy."""
    rows = sorted(given, key=lambda r: str(r["account"]))
    folder.mkdir()
    (folder / "records").mkdir()
    pq.write_table(records.schema().empty_table(), folder / "records" / FIELDS)
    pq.write_table(records.table_of(rows), folder / "records" / "rows.parquet")
    chains = [
        ChainState(name, "mastodon", 1, "0" * 64, AT, len(list(own)))
        for name, own in groupby(rows, key=lambda r: str(r["account"]))
    ]
    labels = {"news": "District News (Mastodon)"}
    state = ArchiveState(AT, tuple(chains), {}, {}, (), (), labels)
    database = WorkDatabase(folder / "database")
    copies = [RecordFiles(0, (folder / "records" / "rows.parquet",), ds.scalar(True))]
    selected = RowReader(database, copies, folder)
    selection.load_known_rows(database, copies, state)
    retention.fill_fields(database, state)
    found = [id_of(r["account"], r["record_id"], r["sequence"]) for r in rows]
    selection.load_matches(database, [(found, 0)])
    selection.exclude_quarantined(database, (), versions=True)
    selection.pick_matches(database, versions=True)
    selection.order_rows(database)
    retention.fill_values(database)
    media.list_files(database, selected, ())
    given = pa.table({"sha256": list(copied or {}), "path": list((copied or {}).values())}, schema=COPIES)
    database.insert(COPIED_FILES, "FROM given", given=given)
    derive_values(database, selected, lambda _: {}, authors=True)
    return selected, state
