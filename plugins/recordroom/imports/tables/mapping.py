"""A mapping (`--map`): which column of a table is which field.

It is read from YAML and checked against schemas/mapping.schema.json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from jsonschema import Draft202012Validator

from recordroom.errors import ImportRefused, UsageError
from recordroom.model import SCHEMAS
from recordroom.yaml_file import check_unique_keys

_MEND = "docs/admin/import.md explains each key of a mapping, with an example."


class _Loader(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        check_unique_keys(node)
        return super().construct_mapping(node, deep)


def read_mapping(path: Path) -> dict[str, Any]:
    """Read a mapping; UsageError lists all that is wrong with it."""
    try:
        found = yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506 (it is a safe one)
    except (OSError, ValueError, yaml.YAMLError) as problem:
        raise UsageError(f"{path} cannot be read: {problem}", _MEND) from None
    if problems := list(_problems(found)):
        raise UsageError(f"{path}: {'; '.join(problems)}", _MEND)
    return dict(found)


def _problems(found: Any) -> Iterator[str]:
    schema = json.loads((SCHEMAS / "mapping.schema.json").read_text("utf-8"))
    errors = sorted(Draft202012Validator(schema).iter_errors(found), key=lambda error: error.json_path)
    yield from (f"{error.json_path.removeprefix('$.')}: {error.message}" for error in errors)
    if errors:
        return
    for field, words in found.get("values", {}).items():
        yield from (
            f"values.{field}: {word!r} is not text: put it in quotation marks, as it appears in the table"
            for word in words
            if type(word) is not str
        )
    try:
        ZoneInfo(found["zone"])
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        yield f"zone: {found['zone']!r} is not a time zone"
    if wrong := _find_date_problem(found.get("dates")):
        yield f"dates: {found['dates']!r} {wrong}"
    given = {*found["columns"], *found.get("constants", ())}
    if twice := sorted(set(found["columns"]) & set(found.get("constants", ()))):
        yield f"constants: {', '.join(twice)} are also columns"
    if "kind" not in given:
        yield "kind must be a column or a constant: post, comment, reply, story, profile, or message"
    if given.isdisjoint(("native_id", "record_id")):
        yield "native_id or record_id must be a column: otherwise a repeated import would add items again"
    if "status" in given and "deleted" in found:
        yield "deleted: it cannot be combined with a status column or constant"


def _find_date_problem(form: str | None) -> str:
    """Return why a date format does not determine a moment, or "".

    Python fills in what a format leaves out: the year 1900, January, the first, and the morning. With %H it
    accepts AM and PM and ignores them.
    """
    moment = datetime(2019, 11, 24, 21, 47, tzinfo=UTC)
    try:
        told = datetime.strptime(moment.strftime(form), form) if form else moment  # noqa: DTZ007
    except (ValueError, re.error) as problem:
        return f"is not a date format: {problem}"
    if told.date() != moment.date():
        return "is not a complete date: it needs a year, a month (%m; %M are minutes), and a day"
    marked = form is not None and "%p" in form.replace("%%", "")
    if told.hour not in (0, moment.hour) or (marked and "%I" not in str(form)):
        return (
            "does not distinguish morning and afternoon: use %I with %p (AM or PM), or %H (hours up to 23) "
            "alone"
        )
    return ""


def columns_of(mapping: Mapping[str, Any]) -> set[str]:
    flags = (mapping[name]["column"] for name in ("deleted", "edited") if name in mapping)
    return {*mapping["columns"].values(), *flags}


def check_header(mapping: Mapping[str, Any], header: list[str], name: str) -> None:
    """Refuse a table that has not each mapped column once, with ImportRefused."""
    if lacking := sorted(columns_of(mapping) - set(header)):
        has = ", ".join(map(repr, header))
        words = f"{name} has no column {', '.join(map(repr, lacking))}; its columns: {has}"
        raise ImportRefused(words, "Correct the mapping.")
    if twice := sorted({column for column in columns_of(mapping) if header.count(column) > 1}):
        raise ImportRefused(
            f"{name} has the column {', '.join(map(repr, twice))} twice",
            "Rename one of them in the table, or remove it from the mapping.",
        )
