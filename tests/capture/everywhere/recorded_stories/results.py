"""The results of a story in a form that is the same in each run.

It leaves out the names of captures and of kept responses, and times at which the archive saw or wrote.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from recordroom.archive.gaps import Gaps
from recordroom.capture.session import Outcome
from tests.archives import TestArchive
from tests.capture.everywhere.recorded_stories.rewordings import reword

CAPTURE = re.compile(r"\b\d{8}T\d{6}Z-[0-9a-f]{8}\b")
OF_THE_RUN = (  # fields of rows
    "agency", "account", "platform", "record_id", "sequence", "canon", "captured_at", "committed_at",
    "counted_at", "capture_id", "warc_record_id", "pointer", "parser", "ledger_number",
)  # fmt: skip
OF_OUTCOMES = (
    "window", "seen", "new", "changed", "absent", "open_gaps", "not_before", "failure", "unfinished",
    "back_to", "lacking", "restarted", "token", "leftover",
)  # fmt: skip


def results_of(archive: TestArchive, account: str) -> dict[str, Any]:
    """Return every version of each record, and every gap that was ever open."""
    records: dict[str, list[dict[str, Any]]] = {}
    for row in archive.written(account):
        records.setdefault(row["record_id"], []).append(_version(row))
    gaps = [
        {
            "reason": gap.reason,
            "detail": gap.detail,
            "from": gap.from_,
            "to": gap.to,
            "closed": gap.closed_at is not None,
            "how": gap.how,
        }
        for gap in Gaps(archive.archive).all()
        if gap.account == account
    ]
    return _plain({"records": records, "gaps": sorted(gaps, key=lambda gap: _text(_plain(gap)))})


def _version(row: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of the record that have a value."""
    left_out = (*OF_THE_RUN, *(["valid_from"] if row["valid_from_source"] == "capture" else []))
    return _without_empty({name: value for name, value in row.items() if name not in left_out})


def outcome_of(came_to: object) -> dict[str, Any]:
    """Return the numbers and words of a capture; of another action, nothing."""
    if not isinstance(came_to, Outcome):
        return {}
    return _plain(
        _without_empty({name: value for name, value in asdict(came_to).items() if name in OF_OUTCOMES})
    )


def _without_empty(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that have a value, of the row and of each media file."""

    def shorter(value: Any) -> Any:
        if isinstance(value, dict):
            return _without_empty(value)
        return [shorter(one) for one in value] if isinstance(value, list) else value

    return {name: shorter(value) for name, value in fields.items() if value not in (None, "", [], {}, False)}


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str, sort_keys=True)


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    """Return the value in the form that JSON gives back, without the names of captures."""
    found: dict[str, Any] = json.loads(without_captures(_text(value)))
    return found


def without_captures(words: str) -> str:
    """Return the same text without the names of captures, which differ from run to run."""
    return CAPTURE.sub("<capture>", words)


def differences(expected: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    """Yield how results differ from stored ones, in words."""
    expected = reword(expected)
    for record_id in sorted({*expected["records"], *found["records"]}):
        was, now = (side["records"].get(record_id, []) for side in (expected, found))
        if not now or not was:
            yield f"record {record_id} {'is missing' if was else 'is new'}: {_text((was or now)[-1])[:300]}"
            continue
        if len(was) != len(now):
            yield f"record {record_id} has {len(now)} versions instead of {len(was)}"
        for number, (old, new) in enumerate(zip(was, now, strict=False), 1):
            yield from _fields(f"record {record_id}, version {number}", old, new)
    was_gaps, now_gaps = ([_text(gap) for gap in side["gaps"]] for side in (expected, found))
    yield from (f"gap is missing: {gap}" for gap in _without(was_gaps, now_gaps))
    yield from (f"gap is new: {gap}" for gap in _without(now_gaps, was_gaps))


def outcome_differences(where: str, expected: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    yield from _fields(f"outcome of {where}", reword(expected), found)


def _fields(where: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield f"{where}: {name} was {old.get(name)!r}, is {new.get(name)!r}"


def _without(these: list[str], those: list[str]) -> list[str]:
    left = list(those)
    found = []
    for one in these:
        if one in left:
            left.remove(one)
        else:
            found.append(one)
    return found
