"""Orders of exports from the room: what was asked for, how far it is, and what came of it, in the derived bucket.

```
exports/<id>/order.json          what was asked for; put once
exports/<id>/progress.json       how far whoever makes it has come; replaced
exports/<id>/WORKING-COPY_<name>.zip, WORKING-COPY_receipt.txt, WORKING-COPY_receipt.json
```
The ZIP may be removed (removal.py); the rest stays.
An id is the second of the order and 128 random bits: ids sort by time, and none can be guessed. `as_of` is fixed by the order, so that
whoever makes it, however often, makes the same bytes (worker.py). Nothing here is the record of what left the archive: the audit ledger is.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from recordroom import dates
from recordroom.archive.store import Store
from recordroom.errors import ServiceUnavailable, UsageError
from recordroom.exports.matching import check_filters, check_query
from recordroom.exports.production import FORMATS
from recordroom.model import canonical, instant, moment
from recordroom.search.filters import Filters

PREFIX = "exports/"
ORDERED, RUNNING, WAITING, FAILED, DONE = "ordered", "running", "waiting", "failed", "done"
REMOVING, REMOVED = "removing", "removed"
WITHOUT_FILE = (REMOVING, REMOVED)  # nobody is given it any more
ENDED = (DONE, *WITHOUT_FILE)  # nobody works on it any more
STATES = (ORDERED, RUNNING, WAITING, FAILED, *ENDED)
SILENCE = 120  # seconds without a word after which nobody may be at work any more; whoever is says something every 30
LONGEST_TITLE = 200  # characters
_RESULT = {"bytes": int, "sha256": str, "rows": int, "records": int, "manifest_sha256": str, "quarantine": int}  # Progress.result
_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{32}")
_ATTEMPTS = 5
_BLOCK = 32  # orders that are read together
OTHER_FORM = (TypeError, KeyError, ValueError, AttributeError)  # what reading an object of another form comes to


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for. `filters` name too what they may not see. `title`: what it is for, in their words."""

    query: str
    filters: Filters
    format: str
    title: str = ""
    context: bool = False
    deep: bool = False
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """`asked.as_of` is an instant: that of the order, where none was asked for."""

    id: str
    who: str
    when: datetime
    asked: Asked

    @property
    def name(self) -> str:
        """Of its files: what letters and digits the title has."""
        return re.sub(r"[^A-Za-z0-9]+", "-", self.asked.title).strip("-")[:60].strip("-") or "export"

    @property
    def folder(self) -> str:
        """Into which its files are unpacked: the same in another format lies beside it."""
        return f"{self.name}_{self.asked.format}"

    @property
    def file(self) -> str:
        """As which the result is handed out."""
        return f"WORKING-COPY_{self.folder}.zip"

    def key(self, file: str) -> str:
        return f"{PREFIX}{self.id}/{file}"

    @property
    def parcel(self) -> str:
        """Key of the result, whose folder is that of this order alone."""
        return self.key(f"WORKING-COPY_{self.name}.zip")


@dataclass(frozen=True, slots=True)
class Foreign:
    """What can be told of an order that another version of recordroom wrote. `who`: "" where that cannot be."""

    id: str
    who: str

    @property
    def when(self) -> datetime | None:
        try:
            return datetime.strptime(self.id.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        except ValueError:
            return None


class OtherVersion(UsageError):
    """An order, or how far it is, that another version of recordroom wrote in a form that this one does not know."""

    code = "OtherVersion"

    def __init__(self, order: Foreign) -> None:
        super().__init__(f"the export {order.id} is of another version of recordroom: it cannot be read", "Order the same anew.")
        self.order = order


@dataclass(frozen=True, slots=True)
class Progress:
    """`what`, `done`, `total`: the step, and how much of it (0 of 0: that is not told). `at`: when it was said. `message`, `mend`: why it
    waits or has failed. `result`: of what is done: bytes, sha256, rows, records, manifest_sha256, quarantine (the
    last entry of its ledger that was in force). `who`: by whom its file was removed."""

    state: str = ORDERED
    what: str = ""
    done: int = 0
    total: int = 0
    at: datetime | None = None
    message: str = ""
    mend: str = ""
    result: dict[str, Any] | None = None
    who: str = ""


def drawn_up(asked: Asked, who: str) -> Order:
    """An order that nobody has placed yet. UsageError or QueryError for what cannot be exported."""
    if asked.format not in FORMATS:
        raise UsageError(f"there is no format {asked.format!r}", f"Formats: {', '.join(FORMATS)}.")
    if len(asked.title) > LONGEST_TITLE:
        raise UsageError(f"what it is for has {len(asked.title):,} characters", f"{LONGEST_TITLE} are the most.")
    check_query(asked.query)
    check_filters(asked.filters)
    now = datetime.now(UTC)
    if asked.as_of is not None and asked.as_of > now:
        raise UsageError(f"{dates.both(asked.as_of)} has not come yet", "Name a day or an instant up to now.")
    return Order(f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(16)}", who, now, replace(asked, as_of=asked.as_of or now))


def place(derived: Store, order: Order) -> Order:
    """Keep it: from then on it is made. ServiceUnavailable if the bucket is away."""
    derived.put_new(order.key("order.json"), canonical(_told(order)))
    return order


def read(derived: Store, id_: str) -> Order | None:
    """None where there is no such order; OtherVersion."""
    found = derived.find(f"{PREFIX}{id_}/order.json") if _ID.fullmatch(id_) else None
    if found is None:
        return None
    try:
        return _order(orjson.loads(found))
    except OTHER_FORM as problem:
        raise OtherVersion(Foreign(id_, _who(found))) from problem


def newest(derived: Store, before: str = "") -> Iterator[Order | Foreign]:
    """All orders, newest first; `before`: those older than that id."""
    ids = sorted((folder.split("/")[1] for folder in derived.keys(PREFIX, folders=True)), reverse=True)
    wanted = [one for one in ids if not before or one < before]

    def one_of(id_: str) -> Order | Foreign | None:
        try:
            return read(derived, id_)
        except OtherVersion as problem:
            return problem.order

    with ThreadPoolExecutor(8) as pool:
        for start in range(0, len(wanted), _BLOCK):
            yield from (order for order in pool.map(one_of, wanted[start : start + _BLOCK]) if order is not None)


def progress(derived: Store, order: Order) -> Progress:
    """OtherVersion where another one said how far it is, in a form of its own."""
    found = derived.find(order.key("progress.json"))
    return Progress() if found is None else _progress(order, found)


def tell(derived: Store, order: Order, now: Progress) -> None:
    """Say how far it is; what is done stays done, whoever else is at work. ServiceUnavailable if it cannot be said."""
    change(derived, order, lambda before: None if before.state in ENDED else now)


def change(derived: Store, order: Order, to: Callable[[Progress], Progress | None]) -> None:
    """Say what `to` makes of how far it is; None leaves it. ServiceUnavailable if it cannot be said; OtherVersion."""
    key = order.key("progress.json")
    for _ in range(_ATTEMPTS):
        there = derived.find_tagged(key)
        now = to(_progress(order, there[0]) if there else Progress())
        if now is None:
            return
        told = {**asdict(now), "at": instant(datetime.now(UTC))}
        if derived.replace(key, canonical({k: v for k, v in told.items() if v is not None}), there[1] if there else None):
            return
    raise ServiceUnavailable("how far the export is changes all the time", "Try again.")


def _progress(order: Order, stored: bytes) -> Progress:
    try:
        told = orjson.loads(stored)
        found = Progress(**{**told, "at": moment(told["at"])})
        if found.state not in STATES or (found.result is not None and not _has(found.result, _RESULT)):
            raise ValueError(found.state)
    except OTHER_FORM as problem:
        raise OtherVersion(Foreign(order.id, order.who)) from problem
    return found


def _has(told: dict[str, Any], types: Mapping[str, type]) -> bool:
    return all(isinstance(told.get(name), type_) for name, type_ in types.items())


def _who(stored: bytes) -> str:
    try:
        who = orjson.loads(stored)["who"]
    except OTHER_FORM:
        return ""
    return who if isinstance(who, str) else ""


def _told(order: Order) -> dict[str, Any]:
    asked = order.asked
    told = {f.name: _plain(getattr(asked.filters, f.name)) for f in fields(Filters)}
    own = {"query": asked.query, "format": asked.format, "title": asked.title, "context": asked.context, "deep": asked.deep}
    as_of = instant(asked.as_of or order.when)
    return {"id": order.id, "who": order.who, "when": instant(order.when), "as_of": as_of, **own, "filters": told}


def _plain(value: Any) -> Any:
    """A filter's value as JSON."""
    if isinstance(value, datetime):
        return instant(value)
    return list(value) if isinstance(value, tuple) else value


def _order(told: dict[str, Any]) -> Order:
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in told["filters"].items()}
    given |= {name: moment(given[name]) for name in ("from_", "to") if given.get(name)}
    asked = {name: told[name] for name in ("query", "format", "title", "context", "deep")}
    if asked["format"] not in FORMATS or not _has(told, {"who": str, "query": str, "title": str}):
        raise ValueError(asked["format"])
    return Order(told["id"], told["who"], moment(told["when"]), Asked(filters=Filters(**given), as_of=moment(told["as_of"]), **asked))
