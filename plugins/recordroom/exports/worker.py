"""Make an ordered export.

The worker makes the files, stores their ZIP in the derived bucket, and reports progress every two seconds.
All of it can be repeated at any time. A run that was stopped continues in its work folder, and one on another
machine begins again: both with the `as_of` of the order, and so with the same bytes. A failure is reported in
the progress of the order, in words.
"""

from __future__ import annotations

import hashlib
import shutil
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import orjson

from recordroom.archive import store
from recordroom.archive.store import Store
from recordroom.errors import ArchiveError, RecordroomError, ServiceUnavailable, UsageError, describe_mistake
from recordroom.exports import orders, production, receipt, removal, workspace
from recordroom.exports.database import translate_disk_errors
from recordroom.exports.orders import DONE, FAILED, RUNNING, WAITING, Order, Progress
from recordroom.exports.workspace import UnderWay
from recordroom.settings import Settings

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_TEXTS = (".csv", ".json", ".jsonl", ".txt")
_UNIX, _READABLE = 3, 0o644
_PIECE = 1 << 20


def write_zip(folder: Path, path: Path) -> None:
    """Write all files of a folder, below its name, into a ZIP.

    SpoolFull if the disk is full.
    Equal files give equal bytes.
    """
    with translate_disk_errors(path), ZipFile(path, "w") as writer:
        for file in sorted(p for p in folder.rglob("*") if p.is_file()):
            entry = ZipInfo(f"{folder.name}/{file.relative_to(folder).as_posix()}", _FIRST_DAY)
            entry.create_system, entry.external_attr = _UNIX, _READABLE << 16
            entry.compress_type = ZIP_DEFLATED if file.suffix in _TEXTS else ZIP_STORED
            entry.file_size = file.stat().st_size  # known from the start, as it decides on ZIP64
            with file.open("rb") as source, writer.open(entry, "w") as sink:
                shutil.copyfileobj(source, sink, _PIECE)


EVERY, BEAT = 2.0, 30.0  # seconds between two reports: if there was progress, and if there was none
LARGEST = 5 * 1024**3  # bytes of one put: S3's own limit
LEFT = 7 * 24 * 3600  # seconds after which the folder of an abandoned run is removed


def make_order(settings: Settings, id_: str) -> dict[str, Any]:
    """Make an order; return its result. UsageError if there is none of that ID.

    Any failure is reported in its progress, and raised: ServiceUnavailable if a later run can succeed.
    """
    derived = store.derived(settings)
    order = orders.read_order(derived, id_)
    if order is None:
        raise UsageError(f"there is no order {id_!r}", "Copy its ID from the page of the export.")
    if (done := orders.read_progress(derived, order)).state in orders.ENDED:
        return done.result or {}
    try:
        with (
            _report_regularly(derived, order) as reporter,
            translate_disk_errors(settings.exports / order.id),
        ):
            result = produce_zip(settings, derived, order, reporter)
    except UnderWay:
        raise
    except ServiceUnavailable as problem:
        orders.report_progress(derived, order, Progress(WAITING, message=problem.message, mend=problem.mend))
        raise
    except RecordroomError as problem:
        orders.report_progress(derived, order, Progress(FAILED, message=problem.message, mend=problem.mend))
        raise
    except Exception as mistake:  # noqa: BLE001 (any failure is reported to the person who waits)
        mend = "Report this to the administrator. The Airflow log has the details."
        broken = RecordroomError(f"an error in the program: {describe_mistake(mistake)}", mend)
        orders.report_progress(derived, order, Progress(FAILED, message=broken.message, mend=broken.mend))
        traceback.print_tb(mistake.__traceback__)  # without the message: it may have text of a record
        raise broken from None
    orders.report_progress(derived, order, Progress(DONE, result=result))
    removal.remove_late_file(derived, order)
    return result


def produce_zip(
    settings: Settings, derived: Store, order: Order, reporter: ProgressReporter
) -> dict[str, Any]:
    """Make the export of an order, store its ZIP, and remove its work folder."""
    folder = settings.exports / order.id
    _remove_abandoned(settings.exports)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    out, quarantine_file, spec = folder / order.folder, folder / "quarantine", order.asked
    if out.exists() and _read_entry(quarantine_file) is None:
        print("The quarantine entry of this export cannot be read. The export is made again.")
        shutil.rmtree(out)
    if not out.exists() or workspace.is_begun(out):
        request = production.ExportRequest(
            spec.query,
            out,
            spec.format,
            spec.filters,
            as_of=spec.as_of,
            deep=spec.deep,
            when=order.when,
            context=spec.context,
            quarantine_file=quarantine_file,
            hidden_accounts=spec.hidden_accounts,
        )
        production.make_export(settings, request, who=order.who, on_progress=reporter.report)
    reporter.report("parcel", 0, 0)
    result = _store_zip(derived, order, out, folder / "export.zip") | {
        "quarantine": _read_entry(quarantine_file)
    }
    quarantine_file.unlink()  # first: without it, half of a folder is recognized, and made again
    shutil.rmtree(folder)
    return result


def _read_entry(path: Path) -> int | None:
    """Return the number in the file; None if there is none, as after a power failure."""
    try:
        return int(path.read_text())
    except (FileNotFoundError, ValueError):
        return None


def _store_zip(derived: Store, order: Order, out: Path, path: Path) -> dict[str, Any]:
    """Store the ZIP of `out`, made at `path`, and the receipt.

    Return the result of the order.
    """
    write_zip(out, path)
    if (size := path.stat().st_size) > LARGEST:
        words = f"the export has {size:,} bytes, but the store accepts at most {LARGEST:,} in one file"
        raise UsageError(
            words,
            "Order it in parts, by account or by date. Or order CSV or XLSX, which have no media files.",
        )
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        ours = derived.put_file(order.zip_key, file, sha256)
    for name in (receipt.TEXT, receipt.JSON):
        ours = ours and derived.put_new(order.key(name), (out / name).read_bytes())
    if not ours:
        mend = "The program or the quarantine changed during the export. Order the export again."
        raise ArchiveError("another run stored a different file for this export", mend)
    made = orjson.loads((out / receipt.JSON).read_bytes())
    return {
        "bytes": size,
        "sha256": sha256,
        "rows": made["counts"]["rows"],
        "records": made["counts"]["records"],
        "manifest_sha256": made["manifest_sha256"],
    }


def _remove_abandoned(exports: Path) -> None:
    """Remove folders of runs that continued elsewhere, or never.

    They contain text of records.
    """
    for folder in exports.glob("*/") if exports.exists() else ():
        with suppress(FileNotFoundError):  # the run that made it has just ended, and removes it itself
            if time.time() - max(path.lstat().st_mtime for path in (folder, *folder.iterdir())) > LEFT:
                shutil.rmtree(folder, ignore_errors=True)


@dataclass(slots=True)
class ProgressReporter:
    """The progress now, which another thread stores."""

    now: Progress = field(default_factory=lambda: Progress(RUNNING))
    end: threading.Event = field(default_factory=threading.Event)

    def report(self, what: str, done: int, total: int) -> None:
        self.now = replace(self.now, what=what, done=done, total=total)


@contextmanager
def _report_regularly(derived: Store, order: Order) -> Iterator[ProgressReporter]:
    """Store the progress while the block runs.

    A bucket that takes no progress does not stop an export: it is stored at the end, and fails then if it
    must.
    """
    reporter = ProgressReporter()
    thread = threading.Thread(target=_store_progress, args=(derived, order, reporter), daemon=True)
    thread.start()
    try:
        yield reporter
    finally:
        reporter.end.set()
        thread.join()


def _store_progress(derived: Store, order: Order, reporter: ProgressReporter) -> None:
    stored, at = None, 0.0
    while True:
        if reporter.now != stored or time.monotonic() - at > BEAT:
            stored, at = reporter.now, time.monotonic()
            try:
                orders.report_progress(derived, order, stored)
            except RecordroomError as problem:
                print(f"The progress could not be stored: {problem}")
        if reporter.end.wait(EVERY):
            return
