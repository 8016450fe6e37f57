"""docs/reference/fields.md: the fields of a record, from schemas/record.yaml."""

from __future__ import annotations

from collections.abc import Iterable

from recordroom.model import Field, parts_of, record_fields

HEAD = """# Fields of a record

<!-- Generated from schemas/record.yaml by `make docs`; do not edit. -->

Each version of a record is one row. Queries use the names of the fields, and exports show the labels as
column headings. [Query syntax](query-syntax.md) says how to search in a field.

"""
STORED = """## Stored fields

These fields are in the Parquet rows, in the search index, and in exports.

"""
DERIVED = """
## Derived fields

These fields are computed when a row is indexed or exported. The archive does not store them.

"""
MEDIA = """
## Media files

The field `media` is a list of files. Each file has these fields.

"""
COUNTS = """
## Counters

The field `counts` has these counters, as the platform reported them at `counted_at`.

"""


def write_page() -> str:
    """Return the page as Markdown."""
    fields = record_fields()
    return (
        f"{HEAD}{STORED}{_make_table([one for one in fields if not one.derived])}"
        f"{DERIVED}{_make_table([one for one in fields if one.derived])}"
        f"{MEDIA}{_make_part_table(parts_of('media'))}"
        f"{COUNTS}{_make_part_table(parts_of('counts'))}"
    )


def _make_table(fields: Iterable[Field]) -> str:
    rows = "".join(
        f"| `{one.name}` | {one.label} | {one.type} | {_escape(one.meaning)} |\n" for one in fields
    )
    return f"| Field | Label | Type | Meaning |\n|---|---|---|---|\n{rows}"


def _make_part_table(fields: Iterable[Field]) -> str:
    rows = "".join(f"| `{one.name}` | {one.type} | {_escape(one.meaning)} |\n" for one in fields)
    return f"| Field | Type | Meaning |\n|---|---|---|\n{rows}"


def _escape(text: str) -> str:
    """Return a text so that Markdown reads no angle bracket as markup."""
    return text.replace("<", "\\<").replace("|", "\\|")
