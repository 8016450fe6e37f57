"""JSON Lines: each row with the record's own field names and exact text, what is derived at `as_of` beside, and the path of each of its
media files, which stand in a folder beside (media.py). Null fields are left out, keys are sorted, instants are UTC.

Beyond the fields of schemas/record.yaml a line has `sequences` (how many versions are known), `accounts` (all in scope that hold the
record), `included_as` (found, or context), `release_status`, and in each file that is handed over `path`.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from recordroom.exports.as_of import Standing
from recordroom.exports.database import room
from recordroom.exports.formats.cells import literal
from recordroom.exports.formats.columns import INCLUDED_AS, RELEASE, derived
from recordroom.exports.rows import Rows
from recordroom.exports.sql import Member, instant, row, text, text_of

NAME = "WORKING-COPY_records.jsonl"


def write(folder: Path, rows: Rows, standing: Standing, _: object = None) -> Counter[str]:
    """Write the file; nothing has to be noted, since nothing is changed."""
    values = derived(standing)
    texts = {"series", "retention_trigger", "eligible_on"}
    more = [Member(name, text(sql), sql) for name, sql in values.items() if name in texts]
    instants = {name: name for name in ("first_seen_at", "last_seen_at", "removal_noticed_at")}
    instants["retention_as_of"] = values["retention_as_of"]
    more += [Member(name, f"'\"' || {instant(sql)} || '\"'", sql) for name, sql in instants.items()]
    more += [Member(name, f"{name}::VARCHAR", name) for name in ("current", "sequences")]
    more.append(Member("accounts", text("coalesce(accounts, [account])"), None))
    more.append(Member("included_as", f"'\"' || {INCLUDED_AS} || '\"'", None))
    more.append(Member("release_status", f"'\"{RELEASE}\"'", None))
    paths = [Member("path", text("paths[i]"), "paths[i]")]
    line = {"line": f"concat({row(more, paths)}, {literal(chr(10))})"}
    with room(folder), (folder / NAME).open("wb") as file:
        for batch in rows.ordered(line):
            file.write(text_of(batch.column("line")))
    return Counter()
