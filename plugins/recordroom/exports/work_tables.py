"""The work tables of an export.

Each is listed with its columns, its writer, its readers, and what one row is.
The steps of an export (production.py) hand large results to each other in a DuckDB database (database.py)
that exists for one run. This is the complete list of its tables: `WorkDatabase.create` takes a `WorkTable`,
and makes the columns that are listed here. tests/exports/test_work_tables.py runs exports and compares.

Writers and readers are named `module.function`, as production.py calls them; `formats.write` is the `write`
of each format, which reads through `rows.RowReader`.

Two kinds of columns keep joins of a million rows near 100 MB: a record ID is 128 bits of its SHA-256
(`record`, `root`, `parent`), and an account is its number in `accounts`. The place of a row in the copied
Parquet files is `file` (number of the file) and `row` (row in that file). `place` is the position of a row in
the export, from 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from recordroom.retention.derivation import FIELDS


@dataclass(frozen=True, slots=True)
class WorkTable:
    """A table of the work database.

    In SQL text it is its name: f"FROM {ITEMS}".
    """

    name: str
    row: str  # what one row is
    columns: Mapping[str, str]  # column -> DuckDB type
    writer: str
    readers: tuple[str, ...]
    dropped_by: str | None = None  # the step at whose end the table is removed; None: it stays

    def __str__(self) -> str:
        return self.name


_ROW_PLACE = {"file": "INT", "row": "BIGINT", "place": "BIGINT"}
_PREVIOUS_AUTHOR = "STRUCT(author_id VARCHAR, author_name VARCHAR)"

# The records as of a moment.
ACCOUNTS = WorkTable(
    "accounts",
    "an account in scope, numbered in the order of names",
    {"number": "INT", "name": "VARCHAR"},
    writer="selection.load_known_rows",
    readers=(
        "selection.load_known_rows",
        "retention.fill_fields",
        "derived_values.derive_values",
        "counts.count_rows",
        "formats.media.count_files",
    ),
)
KNOWN_ROWS = WorkTable(
    "known_rows",
    "a version of a record that was archived by the `as_of` of the export, quarantined ones included",
    {
        "file": "INT", "row": "BIGINT", "id": "UUID", "account": "INT", "record": "UUID", "sequence": "INT",
        "late": "BOOLEAN", "root": "UUID", "parent": "UUID", "published_at": "TIMESTAMPTZ",
        "edited_at": "TIMESTAMPTZ", "captured_at": "TIMESTAMPTZ", "committed_at": "TIMESTAMPTZ",
        "valid_from": "TIMESTAMPTZ", "ledger_number": "BIGINT",
        "kind": "VARCHAR", "status": "VARCHAR", "public": "BOOLEAN", "claimed": "BOOLEAN", "author": "UUID",
    },
    writer="selection.load_known_rows",
    readers=(
        "selection.load_known_rows", "selection.exclude_quarantined", "selection.pick_matches",
        "selection.count_matching_messages", "conversations.add_context", "derived_values.derive_values",
        "retention.fill_fields", "retention.keep_matches", "verification.prove_rows",
    ),
)  # fmt: skip
VERSION_SUMMARIES = WorkTable(
    "version_summaries",
    "a record with several versions in an account",
    {"account": "INT", "record": "UUID", "sequences": "INT", "current": "INT", "public": "BOOLEAN"},
    writer="selection.load_known_rows",
    readers=("selection.load_known_rows",),
)
ITEMS = WorkTable(
    "items",
    "a record as one account has it, quarantined ones excluded; `current`: sequence of the current version",
    {
        "item": "INT", "account": "INT", "record": "UUID", "root": "UUID", "parent": "UUID",
        "told_at": "TIMESTAMPTZ", "first_seen_at": "TIMESTAMPTZ", "sequences": "INT", "current": "INT",
        "private": "BOOLEAN", "published": "BOOLEAN",
    },
    writer="selection.load_known_rows",
    readers=(
        "selection.exclude_quarantined", "selection.pick_matches", "selection.count_matching_messages",
        "conversations.add_context", "selection.order_rows", "derived_values.derive_values",
    ),
)  # fmt: skip

RETENTION_FIELDS = WorkTable(
    "retention_fields",
    "a record as one account has it, with its retention fields, quarantined ones included",
    {"account": "INT", "record": "UUID", **FIELDS},
    writer="retention.fill_fields",
    readers=("retention.keep_matches", "retention.fill_values"),
)

# The versions that the query matches, and the rows that the export contains.
MATCHED_IDS = WorkTable(
    "matched_ids",
    "a version that the search index reports for the query, of any time; `truth`: in which combination",
    {"id": "UUID", "truth": "INT"},
    writer="selection.load_matches",
    readers=("selection.exclude_quarantined", "selection.pick_matches"),
    dropped_by="selection.pick_matches",
)
MATCHED_MESSAGES = WorkTable(
    "matched_messages",
    "a version of a private message that the search index reports for the query",
    {"id": "UUID", "truth": "INT"},
    writer="selection.load_matches",
    readers=("selection.count_matching_messages",),
    dropped_by="selection.count_matching_messages",
)
QUARANTINED_ROWS = WorkTable(
    "quarantined_rows",
    "a version of a record under quarantine",
    {"id": "UUID", "account": "INT", "record": "UUID", "sequence": "INT"},
    writer="selection.exclude_quarantined",
    readers=("selection.exclude_quarantined", "selection.pick_matches"),
)
FOUND_ROWS = WorkTable(
    "found_rows",
    "a known version that matches and is not under quarantine, current or not",
    {
        "file": "INT", "row": "BIGINT", "account": "INT", "record": "UUID", "sequence": "INT",
        "ledger_number": "BIGINT", "kind": "VARCHAR", "status": "VARCHAR", "public": "BOOLEAN",
        "claimed": "BOOLEAN",
    },
    writer="selection.pick_matches",
    readers=("selection.pick_matches",),
)  # fmt: skip
PICKED_ROWS = WorkTable(
    "picked_rows",
    "a version that the export contains, in no order; `context`: not found by the query",
    {
        "item": "INT", **FOUND_ROWS.columns, "sequences": "INT", "current": "INT",
        "first_seen_at": "TIMESTAMPTZ", "published": "BOOLEAN", "context": "BOOLEAN",
    },
    writer="selection.pick_matches",
    readers=("conversations.add_context", "selection.order_rows"),
)  # fmt: skip
CONVERSATION_ITEMS = WorkTable(
    "conversation_items",
    "an item of a conversation in which the query found something",
    {
        "conversation": "INT",
        "item": "INT",
        "record": "UUID",
        "root": "UUID",
        "parent": "UUID",
        "private": "BOOLEAN",
    },
    writer="conversations.add_context",
    readers=("conversations.add_context",),
)
CONTEXT_ITEMS = WorkTable(
    "context_items",
    "an item that is context of what the query found",
    {"item": "INT"},
    writer="conversations.add_context",
    readers=("conversations.add_context",),
)
CONVERSATIONS = WorkTable(
    "conversations",
    "a conversation with a row in the export, numbered by account and time",
    {"account": "INT", "root": "UUID", "conversation": "INT"},
    writer="selection.order_rows",
    readers=("selection.order_rows",),
)
THREADED_ITEMS = WorkTable(
    "threaded_items",
    "an item of these conversations; `replied_to`: the item that it replies to, if the conversation has it",
    {
        "conversation": "INT", "item": "INT", "replied_to": "INT", "is_reply": "BOOLEAN",
        "told_at": "TIMESTAMPTZ", "record": "UUID",
    },
    writer="selection.order_rows",
    readers=("selection.order_rows",),
    dropped_by="selection.order_rows",
)  # fmt: skip
POSITIONS = WorkTable(
    "positions",
    "an item of these conversations, with its position among all of their items",
    {"item": "INT", "position": "INT"},
    writer="selection.order_rows",
    readers=("selection.order_rows",),
)
CHOSEN_ROWS = WorkTable(
    "chosen_rows",
    "a row of the export, in its place; `current`: it is the current version of its record",
    {
        **_ROW_PLACE, "item": "INT", "account": "INT", "record": "UUID", "sequence": "INT",
        "ledger_number": "BIGINT", "kind": "VARCHAR", "status": "VARCHAR", "sequences": "INT",
        "current": "BOOLEAN", "first_seen_at": "TIMESTAMPTZ", "published": "BOOLEAN", "public": "BOOLEAN",
        "claimed": "BOOLEAN", "context": "BOOLEAN",
    },
    writer="selection.order_rows",
    readers=(
        "formats.media.list_files", "formats.media.count_files", "retention.fill_values",
        "derived_values.derive_values", "counts.count_rows", "verification.prove_rows", "formats.write",
    ),
)  # fmt: skip

# Media files of these rows.
MEDIA_FILES = WorkTable(
    "media_files",
    "a reference of a row to a media file; `number`: its place in the row, from 1",
    {"place": "BIGINT", "number": "INT", "sha256": "VARCHAR", "bytes": "BIGINT", "reason": "VARCHAR"},
    writer="formats.media.list_files",
    readers=("formats.media.copy_files", "formats.media.count_files", "derived_values.derive_values"),
)
QUARANTINED_FILES = WorkTable(
    "quarantined_files",
    "a media file under quarantine, of any record",
    {"sha256": "VARCHAR"},
    writer="formats.media.list_files",
    readers=("formats.media.copy_files", "formats.media.count_files", "derived_values.derive_values"),
)
COPIED_FILES = WorkTable(
    "copied_files",
    "a media file that was copied into the export",
    {"sha256": "VARCHAR", "path": "VARCHAR"},
    writer="formats.media.list_files",
    readers=("formats.media.count_files", "derived_values.derive_values"),
)

# Values that follow from the other versions of a record.
RETENTION_VALUES = WorkTable(
    "retention_values",
    "the retention fields of a row of the export",
    {**_ROW_PLACE, **FIELDS},
    writer="retention.fill_values",
    readers=("formats.write",),
)
REMOVAL_NOTICES = WorkTable(
    "removal_notices",
    "a version that reports a removal, with the capture that noticed it first",
    {"item": "INT", "sequence": "INT", "noticed_at": "TIMESTAMPTZ"},
    writer="derived_values.derive_values",
    readers=("derived_values.derive_values",),
)
SHARED_RECORDS = WorkTable(
    "shared_records",
    "a record that several accounts in scope have, with the names of these accounts",
    {"record": "UUID", "accounts": "VARCHAR[]"},
    writer="derived_values.derive_values",
    readers=("derived_values.derive_values",),
)
REMOVED_ROWS = WorkTable(
    "removed_rows",
    "a row of the export that reports its record as removed or unavailable",
    _ROW_PLACE,
    writer="derived_values.derive_values",
    readers=("derived_values.derive_values",),
)
LAST_SIGHTINGS = WorkTable(
    "last_sightings",
    "a version that reports a removal, with the last capture that saw the record before",
    {"account": "INT", "record": "UUID", "sequence": "INT", "seen_at": "TIMESTAMPTZ"},
    writer="derived_values.derive_values",
    readers=("derived_values.derive_values",),
)
PREVIOUS_ROWS = WorkTable(
    "previous_rows",
    "the version before the one at `place`, late arrivals aside; empty where no format asks for authors",
    _ROW_PLACE,
    writer="derived_values.derive_values",
    readers=("derived_values.derive_values",),
    dropped_by="derived_values.derive_values",
)
PREVIOUS_AUTHORS = WorkTable(
    "previous_authors",
    "the author that the version before the one at `place` names",
    {"place": "BIGINT", "earlier": _PREVIOUS_AUTHOR},
    writer="derived_values.derive_values",
    readers=("derived_values.derive_values",),
)
DERIVED_VALUES = WorkTable(
    "derived_values",
    "a row of the export about which there is more to report than the row itself says",
    {
        **_ROW_PLACE, "accounts": "VARCHAR[]", "removal_noticed_at": "TIMESTAMPTZ",
        "last_seen_at": "TIMESTAMPTZ", "paths": "VARCHAR[]", "held_back": "BOOLEAN[]",
        "earlier": _PREVIOUS_AUTHOR,
    },
    writer="derived_values.derive_values",
    readers=("formats.write",),
)  # fmt: skip

# Reading and checking rows.
WITHHELD_IDS = WorkTable(
    "withheld_ids",
    "the ID of a quarantined record that no field of the export may name; `bare`: as the platform writes it",
    {"name": "VARCHAR", "bare": "VARCHAR"},
    writer="rows.RowReader",
    readers=("formats.write",),
)
MISMATCHED_ROWS = WorkTable(
    "mismatched_rows",
    "a row whose content did not hash to its version at first, to be hashed again",
    _ROW_PLACE,
    writer="formats.write",
    readers=("formats.write",),
)
MANIFESTS = WorkTable(
    "manifests",
    "a manifest that brought a version of an exported record",
    {"account": "INT", "ledger_number": "BIGINT"},
    writer="verification.prove_rows",
    readers=("verification.prove_rows",),
)
MANIFEST_ROWS = WorkTable(
    "manifest_rows",
    "a row that one of these manifests brought",
    _ROW_PLACE,
    writer="verification.prove_rows",
    readers=("verification.prove_rows",),
)
UNPROVEN_ROWS = WorkTable(
    "unproven_rows",
    "a row of a manifest whose digest did not agree at first, to be compared again",
    _ROW_PLACE,
    writer="verification.prove_rows",
    readers=("verification.prove_rows",),
)

ALL = (
    ACCOUNTS, KNOWN_ROWS, VERSION_SUMMARIES, ITEMS, RETENTION_FIELDS,
    MATCHED_IDS, MATCHED_MESSAGES, QUARANTINED_ROWS, FOUND_ROWS, PICKED_ROWS,
    CONVERSATION_ITEMS, CONTEXT_ITEMS, CONVERSATIONS, THREADED_ITEMS, POSITIONS, CHOSEN_ROWS,
    MEDIA_FILES, QUARANTINED_FILES, COPIED_FILES,
    RETENTION_VALUES, REMOVAL_NOTICES, SHARED_RECORDS, REMOVED_ROWS, LAST_SIGHTINGS, PREVIOUS_ROWS,
    PREVIOUS_AUTHORS, DERIVED_VALUES,
    WITHHELD_IDS, MISMATCHED_ROWS, MANIFESTS, MANIFEST_ROWS, UNPROVEN_ROWS,
)  # fmt: skip
