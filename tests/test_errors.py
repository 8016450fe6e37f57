"""The codes of failures: they are stored in archives, so that a class may be renamed and its code may not."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator

import recordroom
from recordroom.errors import FAILURES_OF_CAPTURES, PlatformFailure, RecordroomError
from recordroom.model import SCHEMAS

CODES = {  # none of these may ever be another one: archives hold them
    "AccountUnavailable", "ArchiveError", "Blocked", "BudgetSpent", "Busy", "ImportRefused", "IndexMissing", "LostRace", "MemoryShort",
    "NotThere", "OtherVersion", "PlatformBroken", "PlatformFailure", "QueryError", "RecordroomError", "RegisterError", "SecretFound",
    "ServiceUnavailable", "SettingsError", "SignInRefused", "SpoolFull", "Tampered", "Throttled", "TokenExpired", "TooSlow", "TooWide",
    "UnderWay", "UnexpectedResponse", "UsageError", "WrongDay",
}  # fmt: skip
GAPS = {"AccountUnavailable", "Blocked", "BudgetSpent", "SpoolFull", "Throttled", "TokenExpired", "UnexpectedResponse"}


def classes(one: type[RecordroomError] = RecordroomError) -> Iterator[type[RecordroomError]]:
    """Those of the package: every module of it is read."""
    for module in pkgutil.walk_packages(recordroom.__path__, "recordroom."):
        importlib.import_module(module.name)
    waiting = [one]
    while waiting:
        found = waiting.pop()
        waiting += found.__subclasses__()
        if found.__module__.startswith("recordroom."):
            yield found


def test_each_class_has_a_code_of_its_own_and_all_are_known() -> None:
    found = [vars(one).get("code") for one in classes()]
    assert sorted(map(str, found)) == sorted(CODES)


def test_each_failure_of_a_platform_is_one_that_a_later_capture_closes() -> None:
    failing = {one.code for one in classes(PlatformFailure)} - {PlatformFailure.code}
    assert {one.code for one in FAILURES_OF_CAPTURES} == failing | {"SpoolFull"} == GAPS


def test_the_schema_of_manifests_knows_each_type_of_a_failure() -> None:
    schema = json.loads((SCHEMAS / "manifest.schema.json").read_text("utf-8"))
    assert set(schema["properties"]["failure"]["properties"]["type"]["enum"]) >= GAPS
