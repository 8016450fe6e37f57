"""Makes what was ordered: assembles the export, packs it, puts it into the derived bucket, and says every two seconds how far it is.

All of it can be done again at any time. A run that was stopped goes on in its work folder; one on another machine begins anew: both with
the order's `as_of`, and so with the same bytes. Whatever ends it is told where the room shows it, in words.
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
from recordroom.exports.database import room
from recordroom.exports.orders import DONE, FAILED, RUNNING, WAITING, Order, Progress
from recordroom.exports.workspace import UnderWay
from recordroom.settings import Settings

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_TEXTS = (".csv", ".json", ".jsonl", ".txt")
_UNIX, _READABLE = 3, 0o644
_PIECE = 1 << 20


def pack(folder: Path, into: Path) -> None:
    """Write all files of `folder`, below its own name, into the file `into`. SpoolFull where there is no room."""
    with room(into), ZipFile(into, "w") as parcel:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            entry = ZipInfo(f"{folder.name}/{path.relative_to(folder).as_posix()}", _FIRST_DAY)
            entry.create_system, entry.external_attr = _UNIX, _READABLE << 16
            entry.compress_type = ZIP_DEFLATED if path.suffix in _TEXTS else ZIP_STORED
            entry.file_size = path.stat().st_size  # so that it is known from the start whether it needs ZIP64
            with path.open("rb") as source, parcel.open(entry, "w") as sink:
                shutil.copyfileobj(source, sink, _PIECE)


EVERY, BEAT = 2.0, 30.0  # seconds between two words of a run: where something happened, and where nothing did
LARGEST = 5 * 1024**3  # bytes of one put: S3's own limit
LEFT = 7 * 24 * 3600  # seconds after which a folder of a run that never came back is removed


def make(settings: Settings, id_: str) -> dict[str, Any]:
    """Make the order; its result. UsageError if there is none. Any failure is told in its progress, and raised: ServiceUnavailable where a
    later run can do it."""
    derived = store.derived(settings)
    order = orders.read(derived, id_)
    if order is None:
        raise UsageError(f"there is no order {id_!r}", "Take its id from the room.")
    if (done := orders.progress(derived, order)).state in orders.ENDED:
        return done.result or {}
    try:
        with _saying(derived, order) as saying, room(settings.exports / order.id):
            result = _made(settings, derived, order, saying)
    except UnderWay:
        raise
    except ServiceUnavailable as problem:
        orders.tell(derived, order, Progress(WAITING, message=problem.message, mend=problem.mend))
        raise
    except RecordroomError as problem:
        orders.tell(derived, order, Progress(FAILED, message=problem.message, mend=problem.mend))
        raise
    except Exception as mistake:  # noqa: BLE001 (whatever it is, whoever waits is told)
        broken = RecordroomError(
            f"a mistake of the program: {describe_mistake(mistake)}",
            "Tell whoever runs recordroom: Airflow's log has the rest.",
        )
        orders.tell(derived, order, Progress(FAILED, message=broken.message, mend=broken.mend))
        traceback.print_tb(
            mistake.__traceback__
        )  # where it was, without a value: that may be what somebody wrote
        raise broken from None
    orders.tell(derived, order, Progress(DONE, result=result))
    removal.keep_away(derived, order)
    return result


def _made(settings: Settings, derived: Store, order: Order, saying: _Saying) -> dict[str, Any]:
    folder = settings.exports / order.id
    _tidy(settings.exports)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    out, aside, asked = folder / order.folder, folder / "quarantine", order.asked
    if out.exists() and _entry(aside) is None:
        print(
            "By which entry the quarantine stood when this export was made cannot be read: it is made anew."
        )
        shutil.rmtree(out)
    if not out.exists() or workspace.is_begun(out):
        options: dict[str, Any] = {
            "as_of": asked.as_of,
            "deep": asked.deep,
            "when": order.when,
            "context": asked.context,
            "aside": aside,
        }
        options |= {"hidden_accounts": asked.hidden_accounts}
        wanted = production.Order(asked.query, out, asked.format, asked.filters, **options)
        production.assemble(settings, wanted, who=order.who, progress=saying.tell)
    saying.tell("parcel", 0, 0)
    result = _put(derived, order, out, folder / "parcel.zip") | {"quarantine": _entry(aside)}
    aside.unlink()  # first: half of a folder is then known as that, and made anew
    shutil.rmtree(folder)
    return result


def _entry(aside: Path) -> int | None:
    """The number that stands there; None where a machine that lost its power left none."""
    try:
        return int(aside.read_text())
    except (FileNotFoundError, ValueError):
        return None


def _put(derived: Store, order: Order, out: Path, packed: Path) -> dict[str, Any]:
    """Pack `out` and put it, with its receipt beside; what the room says of it."""
    pack(out, packed)
    if (size := packed.stat().st_size) > LARGEST:
        words = f"the export has {size:,} bytes, of which the store takes {LARGEST:,} in one piece"
        raise UsageError(
            words, "Order it in parts: by account, or by days; or without the files, as CSV or XLSX."
        )
    with packed.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        ours = derived.put_file(order.parcel, file, sha256)
    ours = ours and all(
        derived.put_new(order.key(name), (out / name).read_bytes()) for name in (receipt.TEXT, receipt.JSON)
    )
    if not ours:
        mend = "The program, or what is under quarantine, has changed meanwhile: order it anew."
        raise ArchiveError("another run has put other bytes as this export", mend)
    told = orjson.loads((out / receipt.JSON).read_bytes())
    counted = {name: told["counts"][name] for name in ("rows", "records")}
    return {
        "bytes": size,
        "sha256": sha256,
        **counted,
        "manifest_sha256": told["manifest_sha256"],
    }


def _tidy(exports: Path) -> None:
    """Remove what runs left here that went on elsewhere, or never: it holds words of records."""
    for folder in exports.glob("*/") if exports.exists() else ():
        with suppress(FileNotFoundError):  # the run that made it has just ended, and removes it itself
            if time.time() - max(path.lstat().st_mtime for path in (folder, *folder.iterdir())) > LEFT:
                shutil.rmtree(folder, ignore_errors=True)


@dataclass(slots=True)
class _Saying:
    """What is happening now; another thread says it."""

    now: Progress = field(default_factory=lambda: Progress(RUNNING))
    end: threading.Event = field(default_factory=threading.Event)

    def tell(self, what: str, done: int, total: int) -> None:
        self.now = replace(self.now, what=what, done=done, total=total)


@contextmanager
def _saying(derived: Store, order: Order) -> Iterator[_Saying]:
    """A bucket that takes no progress stops no export: what is made is put at the end, and fails then if it must."""
    saying = _Saying()
    thread = threading.Thread(target=_say, args=(derived, order, saying), daemon=True)
    thread.start()
    try:
        yield saying
    finally:
        saying.end.set()
        thread.join()


def _say(derived: Store, order: Order, saying: _Saying) -> None:
    said, at = None, 0.0
    while True:
        if saying.now != said or time.monotonic() - at > BEAT:
            said, at = saying.now, time.monotonic()
            try:
                orders.tell(derived, order, said)
            except RecordroomError as problem:
                print(f"How far it is could not be told: {problem}")
        if saying.end.wait(EVERY):
            return
