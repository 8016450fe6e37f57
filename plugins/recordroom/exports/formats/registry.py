"""The formats of an export by their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from recordroom.exports.as_of import ArchiveState
from recordroom.exports.formats import csv_file, jsonl_file, xlsx_file
from recordroom.exports.formats.pdf import document
from recordroom.exports.rows import RowReader

CSV, XLSX, JSONL, PDF = "csv", "xlsx", "jsonl", "pdf"
WITH_MEDIA = (JSONL, PDF)  # formats that name the media files of their records by copies in the export
WITH_AUTHORS = (PDF,)  # formats that name the author of the version before


class Format(Protocol):
    """A module that writes the data files of one format."""

    def write(
        self, folder: Path, rows: RowReader, state: ArchiveState, receipt: Mapping[str, Any], /
    ) -> Counter[str]:
        """Write the files into `folder`; return the notes on their cells, counted.

        receipt: what it reports before anything is written (receipt.describe_export).
        """
        ...


FORMATS: dict[str, Format] = {CSV: csv_file, XLSX: xlsx_file, JSONL: jsonl_file, PDF: document}
