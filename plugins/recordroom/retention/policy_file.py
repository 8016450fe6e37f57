"""Read the agency's retention file and the schedules that it names.

Each problem has its file, line, and remedy. A file with an error cannot be put in force; the last version in
the ledger `retention` then stays in force. The body of a ledger entry has the same content as the files, and
`parse_policy` reads both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from recordroom.canonical import sha256
from recordroom.errors import RetentionError
from recordroom.model import SCHEMAS
from recordroom.register.models import ERROR
from recordroom.retention.models import (
    AgencyRule,
    OneTimeList,
    Period,
    Policy,
    Review,
    Schedule,
    Series,
)
from recordroom.retention.rules import make_rules
from recordroom.schema_errors import find_schema_errors
from recordroom.yaml_file import FileKind, find_line, read_yaml

FILE = FileKind("the retention file", RetentionError, "The last version stays in force.")
SCHEDULE = FileKind("the retention schedule", RetentionError, "The last version stays in force.")


@dataclass(frozen=True, slots=True)
class RetentionProblem:
    """A problem of the retention file or of a schedule."""

    file: str  # its path
    line: int  # counts from 1
    field: str  # path of the value, such as `series.0.period`
    level: str  # ERROR or WARNING
    message: str  # what is wrong
    mend: str  # how to fix it


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A YAML file with the lines of its values."""

    path: Path
    data: Any
    node: yaml.Node | None

    def make_problem(
        self, path: Sequence[str | int], level: str, message: str, mend: str
    ) -> RetentionProblem:
        """Return a problem of the value at a path."""
        shown = ".".join(map(str, path)) or "file"
        return RetentionProblem(str(self.path), find_line(self.node, path), shown, level, message, mend)


@dataclass(frozen=True, slots=True)
class PolicyFiles:
    """The agency's file and the schedules that it names, as they are on disk."""

    agency: SourceFile
    schedules: tuple[SourceFile, ...]
    problems: tuple[RetentionProblem, ...] = ()  # of their form: with any of these there is no policy
    policy: Policy = field(default_factory=Policy)

    def to_body(self) -> dict[str, Any]:
        """Return what an entry of the ledger stores."""
        files = (self.agency, *self.schedules)
        return {
            "agency": self.agency.data,
            "schedules": [one.data for one in self.schedules],
            "in_force": dict(sorted(self.policy.in_force.items())),
            "files": {one.path.name: sha256(one.path.read_bytes()) for one in files},
        }


def read_files(path: Path, today: date) -> PolicyFiles:
    """Read the agency's file and its schedules.

    today: decides which version of a schedule is in force.

    RetentionError if a file is missing or is not YAML.
    """
    agency = SourceFile(path, *read_yaml(path, FILE))
    problems = list(_check_schema(agency, "retention-file.schema.json"))
    named = agency.data.get("schedules") if isinstance(agency.data, dict) and not problems else None
    schedules = tuple(_read_schedule(path, name) for name in named or ())
    for one in schedules:
        problems += _check_schema(one, "retention-schedule.schema.json")
    if problems:
        return PolicyFiles(agency, schedules, tuple(problems))
    return PolicyFiles(
        agency, schedules, (), parse_policy(agency.data, [one.data for one in schedules], today=today)
    )


def _read_schedule(agency_file: Path, name: str) -> SourceFile:
    """Read a schedule that recordroom contains, or a file next to the agency's."""
    contained = SCHEMAS / "retention" / f"{name}.yaml"
    path = contained if contained.is_file() and "/" not in name else agency_file.parent / name
    if not path.is_file():
        have = ", ".join(sorted(one.stem for one in (SCHEMAS / "retention").glob("*.yaml")))
        raise RetentionError(
            f"{agency_file}: there is no retention schedule {name!r}",
            f"Name one of {have}, or the path of a file, relative to the retention file.",
        )
    return SourceFile(path, *read_yaml(path, SCHEDULE))


def _check_schema(file: SourceFile, schema: str) -> Iterator[RetentionProblem]:
    for error in find_schema_errors(schema, file.data):
        yield file.make_problem(error.path, ERROR, error.message, error.mend)


def parse_policy(
    agency: Mapping[str, Any],
    schedules: Sequence[Mapping[str, Any]],
    *,
    today: date | None = None,
    in_force: Mapping[str, str] | None = None,
) -> Policy:
    """Return the policy of data that have the right form.

    today, in_force: one of them says which version of each schedule is in force: the newest that is effective
    today, or the versions that a ledger entry names.
    """
    known = tuple(map(_parse_schedule, schedules))
    chosen = dict(in_force) if in_force is not None else _choose_versions(known, today or date.max)
    reviews = tuple(map(_parse_review, agency["series"] or ()))
    lists = tuple(map(_parse_list, agency.get("one_time_lists") or ()))
    return Policy(known, reviews, lists, chosen, make_rules(known, reviews, chosen))


def _choose_versions(schedules: Sequence[Schedule], today: date) -> dict[str, str]:
    """Return id of a schedule -> its newest version that is effective."""
    found: dict[str, Schedule] = {}
    for one in schedules:
        if one.effective_on <= today and (
            one.id not in found or one.effective_on > found[one.id].effective_on
        ):
            found[one.id] = one
    return {name: one.version for name, one in found.items()}


def _parse_schedule(data: Mapping[str, Any]) -> Schedule:
    fields = {name: value for name, value in data.items() if name != "format"}
    fields["effective_on"] = date.fromisoformat(data["effective_on"])
    fields["as_of"] = date.fromisoformat(data["as_of"])
    fields["series"] = tuple(map(_parse_series, data["series"]))
    return Schedule(**fields)


def _parse_series(data: Mapping[str, Any]) -> Series:
    return Series(
        **{**data, "formerly": tuple(data.get("formerly", ())), "period": _parse_period(data["period"])}
    )


def _parse_review(data: Mapping[str, Any]) -> Review:
    rule = data.get("agency_rule")
    day = data["reviewed_on"]
    parsed = {
        "period": _parse_period(data["period"]),
        "reviewed_on": day and date.fromisoformat(day),
        "agency_rule": rule and AgencyRule(Period.of(rule["period"]), rule["reason"]),
    }
    return Review(**{**data, **parsed})


def _parse_period(value: Any) -> Period | None:
    return None if value is None else Period.of(value)


def _parse_list(data: Mapping[str, Any]) -> OneTimeList:
    approved = date.fromisoformat(data["approved_on"])
    return OneTimeList(data["id"], data["title"], approved, data["source"], frozenset(data["records"]))
