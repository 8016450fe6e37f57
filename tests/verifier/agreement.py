"""The rules that every archive of a test must satisfy.

Schemas of all ledger entries, `recordroom verify`, and the independent verifier.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sources import Bucket
from verifier import Verifier

from infra.sandbox.validation.schemas import Judge
from recordroom.archive.anchor import read_file as load_anchor
from recordroom.archive.ledger import capture_chains
from recordroom.archive.verify import verify
from recordroom.capture.derived import verification
from recordroom.model import SCHEMAS
from tests.archives import settings_for, stores
from tests.services import S3, Buckets

BODIES = {
    "capture": "manifest",
    "format": "format",
    "gap": "gap",
    "register": "register",
    "audit": "audit",
    "quarantine": "quarantine",
    "anchor": "anchor",
    "timestamp": "timestamp",
    "retention": "retention",
}


@cache
def schema(name: str) -> Judge:
    return Judge(json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8")))


def broken_schemas(entries: dict[str, dict[str, Any]]) -> list[str]:
    """Every ledger entry against the schema of the envelope and that of its body."""
    found = []
    for key, entry in entries.items():
        body = BODIES[entry["ledger"].partition("/")[0]]
        checked = entry if body == "retention" else entry["body"]  # its schema binds a body to its type
        problems = (schema("entry").problem(entry), schema(body).problem(checked))
        found += [f"{key}: {problem}" for problem in problems if problem]
    return found


def open_both(s3: S3, buckets: Buckets) -> tuple[Bucket, Bucket]:
    """The two buckets, as the independent verifier reads them."""
    return Bucket(s3.client(), buckets.archive), Bucket(s3.client(), buckets.derived)


def ours(s3: S3, buckets: Buckets, folder: Path, *outside: Path, full: bool = True) -> set[str]:
    """The objects that `recordroom verify --full` names."""
    settings = settings_for(s3, buckets, folder)
    archive, other = stores(s3, settings)
    report = verify(archive, outside=[load_anchor(file) for file in outside])
    problems = list(report.problems)
    if full:
        problems += [
            p
            for chain in capture_chains(archive)
            for p in verification.compare_account(archive, other, settings, chain)
        ]
    return {p.object for p in problems}


def theirs(s3: S3, buckets: Buckets, *outside: Path, rows: bool = True) -> set[str]:
    """The objects that the independent verifier names."""
    archive, derived = open_both(s3, buckets)
    verifier = Verifier(archive, derived if rows else None, outside)
    return {name for name, _ in verifier.run()}


def check(s3: S3, buckets: Buckets, folder: Path) -> None:
    """Fail with every problem of this archive that either verifier finds."""
    verifier = Verifier(*open_both(s3, buckets))
    found = [f"the verifier: {name}: {words}" for name, words in verifier.run()]
    found += broken_schemas(verifier.entries)
    found += [f"recordroom verify: {name}" for name in ours(s3, buckets, folder)]
    if found:
        pytest.fail("\n".join(found), pytrace=False)
