"""The codes of failures: they are stored in archives, so that a class may be renamed and its code may not."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import recordroom
from recordroom.errors import FAILURES_OF_CAPTURES, PlatformFailure, RecordroomError
from recordroom.model import SCHEMAS

CODES = {  # none of these may ever be another one: archives hold them
    "AccountUnavailable", "ArchiveError", "Blocked", "BudgetSpent", "Busy", "ChangedMeanwhile",
    "ContentWithheld",
    "DerivedDamaged",
    "ImportRefused", "IndexMissing", "LostRace", "MemoryShort", "NotDelivered", "NotThere", "OtherVersion",
    "PlatformBroken", "PlatformFailure", "QueryError", "RecordroomError", "RegisterError", "RetentionError",
    "SecretFound",
    "ServiceUnavailable", "SettingsError", "SignInRefused", "SpoolFull", "Tampered", "Throttled",
    "TokenExpired", "TooLargeToCheck", "TooSlow", "TooWide", "UnderWay", "UnexpectedResponse", "UsageError",
    "WrongDay",
}  # fmt: skip
GAPS = {
    "AccountUnavailable",
    "Blocked",
    "BudgetSpent",
    "SpoolFull",
    "Throttled",
    "TokenExpired",
    "UnexpectedResponse",
}


def codes_below(name: str) -> dict[str, str]:
    """Return the code that each class of the package sets itself, "" if it sets none.

    They are read from the sources: to import all modules would start Airflow.
    """
    modules = (ast.parse(path.read_text("utf-8")) for path in Path(recordroom.__path__[0]).rglob("*.py"))
    classes = [node for tree in modules for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    bases = {node.name: {base.id for base in node.bases if isinstance(base, ast.Name)} for node in classes}
    below = {name}
    while more := {one for one, above in bases.items() if above & below} - below:
        below |= more
    return {node.name: own_code(node) for node in classes if node.name in below}


def own_code(node: ast.ClassDef) -> str:
    for line in node.body:
        target = (
            line.targets[0]
            if isinstance(line, ast.Assign)
            else line.target
            if isinstance(line, ast.AnnAssign)
            else None
        )
        if isinstance(target, ast.Name) and target.id == "code":
            value = ast.literal_eval(line.value)  # type: ignore[attr-defined]
            return str(value)
    return ""


def test_each_class_has_a_code_of_its_own_and_all_are_known() -> None:
    found = codes_below(RecordroomError.__name__)
    assert sorted(found.values()) == sorted(CODES)


def test_each_failure_of_a_platform_is_one_that_a_later_capture_closes() -> None:
    failing = {*codes_below(PlatformFailure.__name__).values()} - {PlatformFailure.code}
    assert {one.code for one in FAILURES_OF_CAPTURES} == failing | {"SpoolFull"} == GAPS


def test_the_schema_of_manifests_knows_each_type_of_a_failure() -> None:
    schema = json.loads((SCHEMAS / "manifest.schema.json").read_text("utf-8"))
    assert set(schema["properties"]["failure"]["properties"]["type"]["enum"]) >= GAPS
