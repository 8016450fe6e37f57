"""Orders of exports from the web pages, in the derived bucket.

```
exports/<id>/order.json          the order; write-once
exports/<id>/progress.json       its progress; replaced
exports/<id>/WORKING-COPY_<name>.zip, WORKING-COPY_receipt.txt, WORKING-COPY_receipt.json
```
The ZIP may be removed (removal.py); the rest stays. An ID is the second of the order and 128 random bits: IDs
sort by time, and none can be guessed. The order fixes `as_of`, so that each worker that makes it, however
often, makes the same bytes (worker.py). The record of what left the archive is the audit ledger, not these
objects.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from recordroom.archive.store import Store
from recordroom.canonical import encode_canonical
from recordroom.dates import format_second
from recordroom.errors import ServiceUnavailable, UsageError
from recordroom.exports.formats.registry import FORMATS
from recordroom.exports.matching import check_filters, check_query
from recordroom.model import instant, moment
from recordroom.search.filters import Filters

PREFIX = "exports/"
ORDERED, RUNNING, WAITING, FAILED, DONE = "ordered", "running", "waiting", "failed", "done"
REMOVING, REMOVED = "removing", "removed"
WITHOUT_FILE = (REMOVING, REMOVED)  # its file can no longer be downloaded
ENDED = (DONE, *WITHOUT_FILE)  # no worker makes it any longer
STATES = (ORDERED, RUNNING, WAITING, FAILED, *ENDED)
SILENCE = 120  # seconds without a report after which the worker may have stopped; one reports every 30
LONGEST_TITLE = 200  # characters
_RESULT = {  # Progress.result
    "bytes": int, "sha256": str, "rows": int, "records": int, "manifest_sha256": str, "quarantine": int,
}  # fmt: skip
_SPEC = ("query", "format", "title", "context", "deep")  # of ExportSpec, as they are stored
_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{32}")
_ATTEMPTS = 5
_BLOCK = 32  # orders that are read together
OTHER_FORM = (TypeError, KeyError, ValueError, AttributeError)  # raised by reading an object of another form


@dataclass(frozen=True, slots=True)
class ExportSpec:
    """The content of an export that was ordered."""

    query: str
    filters: Filters
    format: str
    title: str = ""  # what it is for, in the words of the person
    context: bool = False
    deep: bool = False
    as_of: datetime | None = None
    hidden_accounts: tuple[str, ...] = field(kw_only=True)  # accounts that the person may not see


@dataclass(frozen=True, slots=True)
class Order:
    """An order of an export."""

    id: str
    who: str
    when: datetime
    asked: ExportSpec  # its `as_of` is that of the order, if none was asked for

    @property
    def name(self) -> str:
        """Return the name of its files: the letters and digits of the title."""
        return re.sub(r"[^A-Za-z0-9]+", "-", self.asked.title).strip("-")[:60].strip("-") or "export"

    @property
    def folder(self) -> str:
        """Return the folder of its files in the ZIP.

        Another format of the same has another folder.
        """
        return f"{self.name}_{self.asked.format}"

    @property
    def file(self) -> str:
        """Return the name under which the result is downloaded."""
        return f"WORKING-COPY_{self.folder}.zip"

    def key(self, file: str) -> str:
        """Return the key of an object of this order."""
        return f"{PREFIX}{self.id}/{file}"

    @property
    def zip_key(self) -> str:
        """Return the key of the result."""
        return self.key(f"WORKING-COPY_{self.name}.zip")


@dataclass(frozen=True, slots=True)
class UnreadableOrder:
    """An order that another version of recordroom wrote."""

    id: str
    who: str  # "" if it cannot be read

    @property
    def when(self) -> datetime | None:
        """Return the time in its ID."""
        try:
            return datetime.strptime(self.id.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        except ValueError:
            return None


class OtherVersion(UsageError):
    """An order or its progress has the form of another version of recordroom."""

    code = "OtherVersion"

    def __init__(self, order: UnreadableOrder) -> None:
        message = f"export {order.id} cannot be read, because another version of recordroom made it"
        super().__init__(message, "Order the same export again.")
        self.order = order


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of an order, stored under these names."""

    state: str = ORDERED
    what: str = ""  # the step
    done: int = 0
    total: int = 0  # of the step; 0: not known
    at: datetime | None = None  # of this report
    message: str = ""  # why it waits or has failed
    mend: str = ""
    # Once it is done: bytes, sha256, rows, records, manifest_sha256, quarantine (its last ledger entry).
    result: dict[str, Any] | None = None
    who: str = ""  # the person who removed its file


def draft_order(spec: ExportSpec, who: str) -> Order:
    """Return an order that is not placed yet.

    UsageError or QueryError for one that cannot be exported.
    """
    if spec.format not in FORMATS:
        raise UsageError(f"unknown format {spec.format!r}", f"Formats: {', '.join(FORMATS)}.")
    if len(spec.title) > LONGEST_TITLE:
        message = f"the title has {len(spec.title):,} characters"
        raise UsageError(message, f"Shorten it to {LONGEST_TITLE} characters or fewer.")
    check_query(spec.query)
    check_filters(spec.query, spec.filters)
    now = datetime.now(UTC)
    if spec.as_of is not None and spec.as_of > now:
        raise UsageError(
            f"{format_second(spec.as_of)} is in the future", "Enter a date or a time in the past."
        )
    id_ = f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(16)}"
    return Order(id_, who, now, replace(spec, as_of=spec.as_of or now))


def place_order(derived: Store, order: Order) -> Order:
    """Store an order, which a worker makes then.

    ServiceUnavailable if the bucket is unavailable.
    """
    derived.put_new(order.key("order.json"), encode_canonical(encode_order(order)))
    return order


def read_order(derived: Store, id_: str) -> Order | None:
    """Return an order; None if there is none of that ID; OtherVersion."""
    found = derived.find(f"{PREFIX}{id_}/order.json") if _ID.fullmatch(id_) else None
    if found is None:
        return None
    try:
        return decode_order(orjson.loads(found))
    except OTHER_FORM as problem:
        raise OtherVersion(UnreadableOrder(id_, _read_who(found))) from problem


def list_newest(derived: Store, before: str = "") -> Iterator[Order | UnreadableOrder]:
    """Yield all orders, newest first. before: an ID; only those older than it."""
    ids = sorted((folder.split("/")[1] for folder in derived.keys(PREFIX, folders=True)), reverse=True)
    wanted = [one for one in ids if not before or one < before]

    def read_any(id_: str) -> Order | UnreadableOrder | None:
        try:
            return read_order(derived, id_)
        except OtherVersion as problem:
            return problem.order

    with ThreadPoolExecutor(8) as pool:
        for start in range(0, len(wanted), _BLOCK):
            orders = pool.map(read_any, wanted[start : start + _BLOCK])
            yield from (order for order in orders if order is not None)


def read_progress(derived: Store, order: Order) -> Progress:
    """Return the progress of an order; OtherVersion."""
    found = derived.find(order.key("progress.json"))
    return Progress() if found is None else _decode_progress(order, found)


def report_progress(derived: Store, order: Order, now: Progress) -> None:
    """Store the progress of an order; one that has ended stays so.

    ServiceUnavailable if the bucket is unavailable.
    """
    change_progress(derived, order, lambda before: None if before.state in ENDED else now)


def change_progress(derived: Store, order: Order, to: Callable[[Progress], Progress | None]) -> None:
    """Replace the progress by the result of `to`; None leaves it.

    ServiceUnavailable if it changes all the time; OtherVersion.
    """
    key = order.key("progress.json")
    for _ in range(_ATTEMPTS):
        there = derived.find_tagged(key)
        now = to(_decode_progress(order, there[0]) if there else Progress())
        if now is None:
            return
        values = {**asdict(now), "at": instant(datetime.now(UTC))}
        encoded = encode_canonical({name: value for name, value in values.items() if value is not None})
        if derived.replace(key, encoded, there[1] if there else None):
            return
    raise ServiceUnavailable("the progress of the export could not be stored", "Try again.")


def _decode_progress(order: Order, stored: bytes) -> Progress:
    try:
        values = orjson.loads(stored)
        found = Progress(**{**values, "at": moment(values["at"])})
        if found.state not in STATES or (found.result is not None and not _has(found.result, _RESULT)):
            raise ValueError(found.state)
    except OTHER_FORM as problem:
        raise OtherVersion(UnreadableOrder(order.id, order.who)) from problem
    return found


def _has(values: dict[str, Any], types: Mapping[str, type]) -> bool:
    return all(isinstance(values.get(name), type_) for name, type_ in types.items())


def _read_who(stored: bytes) -> str:
    try:
        who = orjson.loads(stored)["who"]
    except OTHER_FORM:
        return ""
    return who if isinstance(who, str) else ""


def encode_order(order: Order) -> dict[str, Any]:
    """Return an order as it is stored."""
    spec = order.asked
    filters = {f.name: _encode_value(getattr(spec.filters, f.name)) for f in fields(Filters)}
    return {
        "id": order.id,
        "who": order.who,
        "when": instant(order.when),
        "as_of": instant(spec.as_of or order.when),
        **{name: getattr(spec, name) for name in _SPEC},
        "filters": {**filters, "without": list(spec.hidden_accounts)},
    }


def _encode_value(value: Any) -> Any:
    """Return the value of a filter as JSON."""
    if isinstance(value, datetime):
        return instant(value)
    return list(value) if isinstance(value, tuple) else value


def decode_order(stored: dict[str, Any]) -> Order:
    """Return a stored order; one of OTHER_FORM if another version stored it."""
    filters: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in stored["filters"].items()
    }
    filters |= {name: moment(filters[name]) for name in ("from_", "to") if filters.get(name)}
    hidden: tuple[str, ...] = filters.pop("without", ())
    values = {name: stored[name] for name in _SPEC}
    if values["format"] not in FORMATS or not _has(stored, {"who": str, "query": str, "title": str}):
        raise ValueError(values["format"])
    as_of = moment(stored["as_of"])
    spec = ExportSpec(filters=Filters(**filters), as_of=as_of, hidden_accounts=hidden, **values)
    return Order(stored["id"], stored["who"], moment(stored["when"]), spec)
