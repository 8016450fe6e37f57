"""JSON Lines: the record's own field names and exact text.

Each line also has the values derived at `as_of`.
Null fields are left out, keys are sorted, instants are UTC. In addition to the fields of schemas/record.yaml
a line has `sequences` (how many versions are known), `accounts` (all in scope that have the record),
`included_as` (found, or context), `release_status`, and in each media file that is copied (media.py) `path`.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from recordroom.exports.database import translate_disk_errors
from recordroom.exports.formats.cells import quote_literal
from recordroom.exports.formats.columns import INCLUDED_AS, NEVER, RELEASE
from recordroom.exports.rows import RowReader
from recordroom.exports.sql import Member, bytes_of, json_instant, json_row, json_text
from recordroom.retention.derivation import FIELDS

NAME = "WORKING-COPY_records.jsonl"


def write(folder: Path, rows: RowReader, *_: object) -> Counter[str]:
    """Write the file; there are no notes, since nothing is changed."""
    fields = {name: type_ for name, type_ in FIELDS.items() if name not in NEVER}
    plain = {"current", "sequences", *(name for name, type_ in fields.items() if type_ == "BOOLEAN")}
    texts = [name for name in fields if name not in plain]
    more = [Member(name, json_text(f"{name}::VARCHAR"), name) for name in texts]
    instants = ("first_seen_at", "last_seen_at", "removal_noticed_at")
    more += [Member(name, json_instant(name), name) for name in instants]
    more += [Member(name, f"{name}::VARCHAR", name) for name in sorted(plain)]
    more.append(Member("accounts", json_text("coalesce(accounts, [account])"), None))
    more.append(Member("included_as", f"'\"' || {INCLUDED_AS} || '\"'", None))
    more.append(Member("release_status", f"'\"{RELEASE}\"'", None))
    paths = [Member("path", json_text("paths[i]"), "paths[i]")]
    line = {"line": f"concat({json_row(more, paths)}, {quote_literal(chr(10))})"}
    with translate_disk_errors(folder), (folder / NAME).open("wb") as file:
        for batch in rows.read_ordered(line):
            file.write(bytes_of(batch.column("line")))
    return Counter()
