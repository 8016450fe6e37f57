"""JSON Lines, the documented form for any data (docs/admin/import.md).

One record a line, with the names of schemas/record.yaml.

```
{"recordroom": 1, "made_by": "Old archive's export", "account": {"native_id": "1042", "handle": "district"}}
{"kind": "post", "native_id": "77", "text": "Closed today", "published_at": "2019-02-04T06:10:00-08:00",
 "media": [{"file": "77.jpg"}]}
```
(The second line is wrapped here.) The first line may say who made the file, and whose it is. Media files are
in the file's folder or, for a ZIP archive, in the archive.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, pairwise
from typing import Any

from recordroom.canonical import SIGNIFICANT
from recordroom.imports.contract import About, Form, ImportPiece, Reject
from recordroom.imports.files import ImportFiles
from recordroom.imports.leftover_files import NOTHING_ELSE, list_unread
from recordroom.imports.record_fields import Wrong, find_incomplete_id, find_record_id_part, record_from
from recordroom.imports.split import Item, batches, lines
from recordroom.model import Exchange, Record, loads
from recordroom.register.models import Account
from recordroom.text import format_json

FORM = Form("jsonl", "JSON Lines file", parser=1, says=frozenset(SIGNIFICANT))
_HEADER = {"recordroom", "made_by", "account"}


def recognize(files: ImportFiles) -> bool:
    names = _members(files)
    if len(names) != 1:
        return False
    first = _first(files, names[0])
    return "recordroom" in first or (
        "kind" in first and not first.keys().isdisjoint(("native_id", "record_id"))
    )


def about(files: ImportFiles) -> About:
    first = _first(files, _members(files)[0])
    told = first.get("account") if "recordroom" in first else None
    whose = told if isinstance(told, dict) else {}
    maker = first.get("made_by")
    names = {
        name: str(whose[name]) for name in ("native_id", "handle", "server") if whose.get(name) is not None
    }
    return About(**names, maker=maker if isinstance(maker, str) else None)


def pieces(files: ImportFiles, account: Account, mapping: None) -> Iterator[ImportPiece | Reject]:  # noqa: ARG001
    name = _members(files)[0]
    others = (
        {} if files.alone else {one.place: one for one in list_unread(files, [name], NOTHING_ELSE, recognize)}
    )
    with files.open(name) as file:
        for batch in batches(_whole(lines(file), account.platform)):
            if isinstance(batch, Reject):
                yield batch
                continue
            for part, called in (
                filter(None, map(files.holder, chain.from_iterable(map(_files_of, batch)))) if others else ()
            ):
                others.pop(called if part is files else f"{called} of {part.name}", None)
            numbers = [item.number for item in batch]
            body = b"\n".join(item.raw for item in batch)
            yield ImportPiece(
                body,
                "application/x-ndjson",
                f"line/{numbers[0]}",
                {"first": numbers[0], "steps": _steps(batch)},
            )
    yield from others.values()


def parse(exchange: Exchange) -> Iterator[Record | Reject]:
    for number, line in _numbered(exchange):
        try:
            item = loads(line)
        except (ValueError, RecursionError) as problem:
            yield Reject(f"line {number}", f"it is not JSON: {problem}")
            continue
        try:
            if not isinstance(item, dict):
                raise Wrong("it is not a JSON object")
            if "recordroom" not in item:
                yield record_from(item, exchange.context["platform"], f"line/{number}")
            elif number != 1 or item["recordroom"] != 1 or item.keys() - _HEADER:
                raise Wrong(
                    "a header must be in line 1, in the form "
                    '{"recordroom": 1, "made_by": ..., "account": {...}}'
                )
        except Wrong as problem:
            yield Reject(f"line {number}", str(problem))


def item(exchange: Exchange, pointer: str) -> str:
    """Return the line `line/7` as JSON for people.

    KeyError if it is in another piece.

    Many programs write escapes for all but ASCII; this does not show them.
    """
    return format_json(loads(dict(_numbered(exchange))[int(pointer.removeprefix("line/"))]))


def _numbered(exchange: Exchange) -> Iterator[tuple[int, bytes]]:
    number = exchange.context["first"]
    steps = dict(exchange.context["steps"])
    for index, line in enumerate(exchange.body.split(b"\n")):
        number += steps.get(str(index), 1) if index else 0
        yield number, line


def _whole(items: Iterator[Item | Reject], platform: str) -> Iterator[Item | Reject]:
    """Replace lines whose ids would match no capture with Rejects."""
    if not find_record_id_part(platform):
        yield from items
        return
    for item in items:
        told = _object(item.raw) if isinstance(item, Item) else {}
        reason = find_incomplete_id(told, platform) if told and "recordroom" not in told else ""
        yield Reject(f"line {item.number}", reason) if isinstance(item, Item) and reason else item


def _steps(batch: list[Item]) -> dict[str, int]:
    """Return index in the piece -> line number minus the one before, if not 1."""
    numbers = [item.number for item in batch]
    return {str(i): b - a for i, (a, b) in enumerate(pairwise(numbers), 1) if b - a != 1}


def _files_of(item: Item) -> set[str]:
    """Return the names of a line's media files; none for a line that is no record."""
    media = _object(item.raw).get("media")
    given = (
        (one.get("file", one.get("path")) for one in media if isinstance(one, dict))
        if isinstance(media, list)
        else ()
    )
    return {name for name in given if isinstance(name, str)}


def _members(files: ImportFiles) -> list[str]:
    return (
        files.names()
        if files.alone
        else [name for name in files.names() if name.endswith((".jsonl", ".ndjson"))]
    )


def _first(files: ImportFiles, name: str) -> dict[str, Any]:
    """Return the object of the first line; empty if there is none."""
    with files.open(name) as file:
        item = next(lines(file), None)
    return _object(item.raw) if isinstance(item, Item) else {}


def _object(raw: bytes) -> dict[str, Any]:
    """Read a JSON object; empty if the bytes are none."""
    try:
        found = loads(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
