"""Make a record from named values, checked against schemas/record.yaml.

This is the only check of data from people and other products. Values have the types of JSON. A value that
does not fit is reported in words to the person who made the file; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any

from recordroom.model import (
    KINDS,
    LARGEST_NUMBER,
    MEDIA_TYPES,
    STATUSES,
    Media,
    Record,
    moment,
    parts_of,
    record_fields,
)
from recordroom.platforms.html_text import file_kind
from recordroom.platforms.registry import list_broken, list_names, load
from recordroom.text import replace_surrogates

MADE_HERE = frozenset(
    ("sequence", "version", "canon", "changed", "late_arrival", "repaired", "agency", "account", "platform",
     "valid_from_source",
     "captured_at", "counted_at", "source", "capture_id", "warc_record_id", "pointer", "parser",
     "ledger_number", "committed_at")
)  # fmt: skip
# in addition to the fields of a record (exports/formats/jsonl_file.py)
OF_EXPORTS = frozenset(("sequences", "accounts", "included_as", "release_status"))
_ACTORS = ("author", "agency", "platform", "unknown")
_TYPES = {"keyword": str, "text": str, "keywords": list, "boolean": bool, "integer": int, "instant": datetime}


class Wrong(Exception):
    """Why an item is no record, in words."""


@cache
def field_types() -> Mapping[str, str]:
    """Return field -> type, for the fields that a file may have."""
    return {f.name: f.type for f in record_fields() if not f.derived and f.name not in MADE_HERE}


@cache
def own_export_fields() -> frozenset[str]:
    """Return the further fields of recordroom's own exports, which are made again."""
    return MADE_HERE | OF_EXPORTS | {f.name for f in record_fields() if f.derived}


def record_from(given: Mapping[str, Any], platform: str, pointer: str) -> Record:
    """Make a record; raises Wrong if the values are none.

    given: values under the names of schemas/record.yaml. null counts as missing.
    """
    values = {
        name: value for name, value in given.items() if value is not None and name not in own_export_fields()
    }
    if unknown := sorted(values.keys() - field_types().keys()):
        raise Wrong(f"there is no field {unknown[0]!r}")
    read = {name: _value(name, field_types()[name], value) for name, value in values.items()}
    repaired = any(
        isinstance(v, str) and isinstance(read[n], str) and v != read[n] for n, v in values.items()
    )
    kind = read.get("kind") or _lacks("kind")
    native, name = _ids(read, platform)
    about: dict[str, Any] = {
        key: _id_of(read[key], platform) for key in ("parent_id", "root_id") if key in read
    }
    if kind == "post":
        about.setdefault("root_id", name)
    _one_of("kind", kind, KINDS)
    _one_of("status", read.get("status", "visible"), STATUSES)
    _one_of("acted_by", read.get("acted_by", "unknown"), _ACTORS)
    rest = {
        key: value
        for key, value in read.items()
        if key not in ("kind", "native_id", "record_id", "parent_id", "root_id")
    }
    return Record(
        record_id=name, native_id=native, kind=kind, pointer=pointer, repaired=repaired, **about, **rest
    )


def _lacks(name: str) -> Any:
    raise Wrong(f"it has no {name}")


def find_mistyped(record: Record) -> str:
    """Return the name of a field, or media part, whose type is wrong.

    "" if all are right.

    A response or a download may have a number where it promises a text. A row with it could never be written.
    """
    return _odd(record) or next((f"media.{name}" for one in record.media if (name := _odd(one))), "")


def _odd(one: Record | Media) -> str:
    typed, values = _typed(of_media=isinstance(one, Media))
    for (name, wanted), value in zip(typed, values(one), strict=True):
        if value is None or type(value) is wanted is not list:
            continue
        if (
            wanted is not list
            or not isinstance(value, list | tuple)
            or not all(isinstance(part, str) for part in value)
        ):
            return name
    return ""


@cache
def _typed(*, of_media: bool) -> tuple[tuple[tuple[str, type], ...], Callable[[Any], tuple[Any, ...]]]:
    """Return the fields that have one of _TYPES, and a function that reads them all.

    It is cached, since each record of each response is checked.
    """
    known = {part.name: part.type for part in parts_of("media")} if of_media else field_types()
    own = (Media if of_media else Record).__struct_fields__
    typed = tuple((name, _TYPES[kind]) for name, kind in known.items() if kind in _TYPES and name in own)
    return typed, attrgetter(*(name for name, _ in typed))


def _ids(read: Mapping[str, Any], platform: str) -> tuple[str, str]:
    """Return (native_id, record_id)."""
    if "record_id" in read:
        name = read["record_id"]
        if not name.startswith(f"{platform}:"):
            raise Wrong(f"the record_id {name!r} does not begin with {platform}:")
        return read.get("native_id", name.removeprefix(f"{platform}:")), name
    native = read.get("native_id") or _lacks("native_id")
    if find_record_id_part(platform) == "server":
        raise Wrong(explain_record_id(platform))
    return native, f"{platform}:{native}"


@cache
def find_record_id_part(platform: str) -> str:
    """Return `Platform.record_id_part`; "" for a platform that only imports have.

    Raises PlatformBroken if the connector cannot be loaded.
    """
    has_connector = platform in {*list_names(), *list_broken()}
    return load(platform).PLATFORM.record_id_part if has_connector else ""


def find_incomplete_id(given: Mapping[str, Any], platform: str) -> str:
    """Return in words why an item's ids cannot be those that captures make, or "".

    `record_from` does not check this, since it also reads what was imported before this rule; code that cuts
    a file calls it.
    """
    part = find_record_id_part(platform)
    if part == "kind" and not given.get("record_id"):
        return explain_record_id(platform)
    names = ("parent_id", "root_id") if part else ()
    bare = (
        name
        for name in names
        if isinstance(told := given.get(name), str) and told and not told.startswith(f"{platform}:")
    )
    return next(
        (
            f"on {platform}, {name} must be a complete record_id, as `recordroom show` prints it"
            for name in bare
        ),
        "",
    )


def explain_record_id(platform: str) -> str:
    return f"on {platform}, an item needs its complete record_id, as `recordroom show` prints it"


def _id_of(text: str, platform: str) -> str:
    return text if text.startswith(f"{platform}:") else f"{platform}:{text}"


def _one_of(name: str, value: str, words: tuple[str, ...]) -> None:
    if value not in words:
        raise Wrong(f"{name} {value!r} is not one of {', '.join(words)}")


def _value(name: str, kind: str, value: Any) -> Any:
    return _READ[kind](name, value)


def _text(name: str, value: Any) -> str:
    return replace_surrogates(_of_type(name, value, str, "text"))


def _texts(name: str, value: Any) -> list[str]:
    return [_text(name, one) for one in _of_type(name, value, list, "a list of texts")]


def _of_type(name: str, value: Any, wanted: type, words: str) -> Any:
    if type(value) is not wanted:
        raise Wrong(f"{name} must be {words}")
    return value


def read_time(name: str, text: str) -> datetime:
    try:
        return moment(text)
    except (ValueError, OverflowError):
        raise Wrong(
            f"{name} {text!r} is not a date and time with a time zone, like 2026-11-24T08:00:00Z"
        ) from None


def _whole(name: str, value: Any) -> int:
    """Check an integer.

    Parquet and the index have 64 bits: a row with a larger number could never be written.
    """
    number: int = _of_type(name, value, int, "a whole number")
    if abs(number) > LARGEST_NUMBER:
        raise Wrong(f"{name} is a number that is too large (more than 64 bits)")
    return number


def _counts(name: str, value: Any) -> dict[str, int]:
    given = _of_type(name, value, dict, "an object")
    known = {part.name for part in parts_of("counts")}
    if unknown := sorted(given.keys() - known):
        raise Wrong(f"counts has no field {unknown[0]!r}")
    return {part: _whole(f"counts.{part}", one) for part, one in given.items() if one is not None}


def _files(name: str, value: Any) -> list[Media]:
    return [_media(one, place) for place, one in enumerate(_of_type(name, value, list, "a list"), 1)]


def _media(one: Any, place: int) -> Media:
    """Read a media file.

    `file` is its name, in the imported file's folder or archive; an export of recordroom calls it `path`.
    """
    values = {k: v for k, v in _of_type("media", one, dict, "a list of objects").items() if v is not None}
    kinds = {part.name: part.type for part in parts_of("media")} | {"file": "keyword", "path": "keyword"}
    if unknown := sorted(values.keys() - kinds.keys()):
        raise Wrong(f"media has no field {unknown[0]!r}")
    read = {
        name: _value(f"media.{name}", kinds[name], value)
        for name, value in values.items()
        if name not in ("sha256", "bytes")
    }
    path = read.pop("path", None)
    file = read.pop("file", path)
    identity = read.pop("identity", None) or file or _lacks("identity or file of its media")
    kind = read.pop("type", None) or file_kind(file or identity)
    _one_of("media.type", kind, MEDIA_TYPES)
    return Media(identity, kind, url=file, position=read.pop("position", place), **read)


_READ: dict[str, Callable[[str, Any], Any]] = {
    "keyword": _text,
    "text": _text,
    "keywords": _texts,
    "boolean": lambda name, value: _of_type(name, value, bool, "true or false"),
    "integer": _whole,
    "instant": lambda name, value: read_time(name, _of_type(name, value, str, "text")),
    "counts": _counts,
    "media": _files,
}
