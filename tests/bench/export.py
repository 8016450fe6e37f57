"""Exports in each format, from the query to the finished folder.

export.csv, .jsonl, .xlsx, .pdf: rows a second with the re-hashing of each row, without the check of evidence
(whose rate is `verify`). A rate: ours / reference must reach the bar. CSV and JSON Lines are of everything,
XLSX of one account (12% of the rows), PDF of the oldest 1,000 records. To find these, an export reads all
rows: the PDF's ratio falls as the archive grows.
References: csv.writer, orjson.dumps, XlsxWriter in constant memory, each with the same cells or objects; Typst
with each field of the same records in a line, in as many parts, without images and PDF/UA.

export.memory (CSV), .jsonl.memory, .xlsx.memory, .pdf.memory: the most resident memory of the exporting
process. Typst is a process of its own.
"""

from __future__ import annotations

import csv
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import orjson
import typst
import xlsxwriter
from python_calamine import CalamineWorkbook

from recordroom.exports.formats import csv_file, jsonl_file, xlsx_file
from recordroom.exports.formats.pdf.document import RECORDS
from recordroom.model import moment
from recordroom.search.filters import Filters
from tests.bench.exporting import export
from tests.bench.ground import Ground
from tests.bench.measure import Measure, Part, at_least, below, in_child, in_turns, say

TURNS = 2
CHUNK = 20_000
PAGES = 1_000  # records of a PDF
ACCOUNT = "calendar"  # of an XLSX
TEMPLATE = b"""\
#set document(title: "Records")
#for record in json(bytes(sys.inputs.part)) [
  #for (name, value) in record [#name: #value #linebreak()]
  #parbreak()
]
"""


def run_csv(ground: Ground) -> Iterator[Measure]:
    yield from _compare(ground, "csv", Filters(), _write_csv, bar=0.25, memory=("export.memory", 512))


def run_jsonl(ground: Ground) -> Iterator[Measure]:
    memory = ("export.jsonl.memory", 580)
    yield from _compare(ground, "jsonl", Filters(), _write_jsonl, bar=0.045, memory=memory)


def run_xlsx(ground: Ground) -> Iterator[Measure]:
    memory = ("export.xlsx.memory", 480)
    yield from _compare(ground, "xlsx", Filters(account=(ACCOUNT,)), _write_xlsx, bar=0.5, memory=memory)


def run_pdf(ground: Ground) -> Iterator[Measure]:
    everything = ground.place.folder("exports") / f"export-{secrets.token_hex(4)}"
    export(ground.story, everything, "jsonl", Filters())
    with (everything / jsonl_file.NAME).open("rb") as lines:
        times = sorted(at for line in lines if (at := orjson.loads(line).get("published_at")))
    oldest = Filters(to=moment(times[min(PAGES, len(times)) - 1]))
    some = ground.place.folder("exports") / f"export-{secrets.token_hex(4)}"
    export(ground.story, some, "jsonl", oldest)
    memory = ("export.pdf.memory", 490)
    yield from _compare(ground, "pdf", oldest, lambda _: _write_pdf(some), bar=0.12, memory=memory)
    shutil.rmtree(everything)
    shutil.rmtree(some)


PARTS = (
    Part(("export.csv", "export.memory"), True, run_csv),
    Part(("export.jsonl", "export.jsonl.memory"), True, run_jsonl),
    Part(("export.xlsx", "export.xlsx.memory"), True, run_xlsx),
    Part(("export.pdf", "export.pdf.memory"), True, run_pdf),
)


def _compare(
    ground: Ground,
    format_: str,
    filters: Filters,
    write: Callable[[Path], float],
    *,
    bar: float,
    memory: tuple[str, float],
) -> Iterator[Measure]:
    """Compare exports with what `write` makes of each: rows a second of the bare library."""
    settings, folder = ground.story, ground.place.folder("exports")
    outs: list[Path] = []
    peaks: list[float] = []

    def ours() -> float:
        outs.append(folder / f"export-{secrets.token_hex(4)}")
        (rows, seconds, evidence), peak = in_child(export, settings, outs[-1], format_, filters)
        peaks.append(peak)
        say(f"exported {rows:,} rows in {seconds:.1f} s and {evidence:.1f} s for evidence, {peak:.0f} MB")
        return rows / seconds

    def reference() -> float:
        rate = write(outs[-1])
        shutil.rmtree(outs.pop())
        return rate

    yield at_least(f"export.{format_}", in_turns(TURNS, ours, reference), bar, "rows/s")
    name, most = memory
    yield below(name, median(peaks), most, "MB")


def _write_csv(folder: Path) -> float:
    """Rows a second of csv.writer with the same cells; reading them is not counted."""
    rows, seconds = 0, 0.0
    csv.field_size_limit(2**30)
    with (
        (folder / csv_file.NAME).open(encoding="utf-8-sig", newline="") as read,
        (folder / "again.csv").open("w", encoding="utf-8-sig", newline="") as write,
    ):
        cells, writer = csv.reader(read), csv.writer(write)
        while chunk := list(islice(cells, CHUNK)):
            began = time.perf_counter()
            writer.writerows(chunk)
            seconds += time.perf_counter() - began
            rows += len(chunk)
    return rows / seconds


def _write_jsonl(folder: Path) -> float:
    """Rows a second of orjson with the same objects; reading them is not counted."""
    rows, seconds = 0, 0.0
    with (folder / jsonl_file.NAME).open("rb") as read, (folder / "again.jsonl").open("wb") as write:
        while chunk := [orjson.loads(line) for line in islice(read, CHUNK)]:
            began = time.perf_counter()
            write.writelines(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in chunk)
            seconds += time.perf_counter() - began
            rows += len(chunk)
    return rows / seconds


def _write_xlsx(folder: Path) -> float:
    """Rows a second of XlsxWriter with the same cells; reading them is not counted."""
    rows = CalamineWorkbook.from_path(folder / xlsx_file.NAME).get_sheet_by_index(0).to_python()
    began = time.perf_counter()
    with xlsxwriter.Workbook(folder / "again.xlsx", {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    if value:
                        sheet.write_string(number, column, value)
                else:
                    sheet.write_number(number, column, value)
    return len(rows) / (time.perf_counter() - began)


def _write_pdf(folder: Path) -> float:
    """Records a second of Typst with each field of the same records in a line."""
    with (folder / jsonl_file.NAME).open("rb") as lines:
        records = [{name: _to_text(value) for name, value in orjson.loads(line).items()} for line in lines]
    began = time.perf_counter()
    for start in range(0, len(records), RECORDS):
        part = orjson.dumps(records[start : start + RECORDS]).decode()
        made = typst.compile(TEMPLATE, sys_inputs={"part": part})
        (folder / f"again-{start}.pdf").write_bytes(made)
    return len(records) / (time.perf_counter() - began)


def _to_text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
