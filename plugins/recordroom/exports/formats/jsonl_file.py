"""JSON Lines: the record's own field names and exact text.

Each line also has the values derived at `as_of`.
Null fields are left out, keys are sorted, instants are UTC. In addition to the fields of schemas/record.yaml
a line has `sequences` (how many versions are known), `accounts` (all in scope that have the record),
`included_as` (found, or context), `release_status`, and in each media file that is copied (media.py) `path`.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from recordroom.exports.as_of import ArchiveState
from recordroom.exports.database import translate_disk_errors
from recordroom.exports.formats.cells import quote_literal
from recordroom.exports.formats.columns import INCLUDED_AS, RELEASE, list_derived_fields
from recordroom.exports.rows import RowReader
from recordroom.exports.sql import Member, bytes_of, json_instant, json_row, json_text

NAME = "WORKING-COPY_records.jsonl"


def write(folder: Path, rows: RowReader, state: ArchiveState, _: object = None) -> Counter[str]:
    """Write the file; there are no notes, since nothing is changed."""
    values = list_derived_fields(state)
    texts = {"series", "retention_trigger", "eligible_on"}
    more = [Member(name, json_text(sql), sql) for name, sql in values.items() if name in texts]
    instants = {name: name for name in ("first_seen_at", "last_seen_at", "removal_noticed_at")}
    instants["retention_as_of"] = values["retention_as_of"]
    more += [Member(name, json_instant(sql), sql) for name, sql in instants.items()]
    more += [Member(name, f"{name}::VARCHAR", name) for name in ("current", "sequences")]
    more.append(Member("accounts", json_text("coalesce(accounts, [account])"), None))
    more.append(Member("included_as", f"'\"' || {INCLUDED_AS} || '\"'", None))
    more.append(Member("release_status", f"'\"{RELEASE}\"'", None))
    paths = [Member("path", json_text("paths[i]"), "paths[i]")]
    line = {"line": f"concat({json_row(more, paths)}, {quote_literal(chr(10))})"}
    with translate_disk_errors(folder), (folder / NAME).open("wb") as file:
        for batch in rows.read_ordered(line):
            file.write(bytes_of(batch.column("line")))
    return Counter()
