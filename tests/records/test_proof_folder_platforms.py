"""The program of a proof folder finds every record of every platform right, and says what it cannot check of an
imported one.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from recordroom.records.proof_folder import FolderRequest, prepare_folder
from tests.archives import TestArchive, make
from tests.capture.everywhere.scene import opened, something
from tests.capture.everywhere.stages import STAGES
from tests.imports.taking import take
from tests.proof_folders import add_anchor, searching, write, wrong
from tests.services import S3, Buckets
from tests.viewers import reader

pytestmark = pytest.mark.thorough
check_proof: Any = import_module("check_proof")  # of schemas/format


def check_all(
    archive: TestArchive, elasticsearch: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> list[str]:
    """Return the lines of the program about the folders of all records."""
    add_anchor(archive.archive)
    more = {"elasticsearch_url": elasticsearch, "index": archive.place.settings.bucket}
    settings = archive.place.settings.model_copy(update=more)
    lines: list[str] = []
    with searching(settings, archive.archive, archive.derived) as searcher:
        records = {row["record_id"] for one in archive.register.accounts for row in archive.rows(one.id)}
        assert records
        for number, record in enumerate(sorted(records)):
            prepared = prepare_folder(searcher, FolderRequest(record, complete=True), reader(searcher))
            check = check_proof.Check(check_proof.Folder(write(prepared, folder / str(number))))
            check.run([])
            lines += capsys.readouterr().out.splitlines()
            assert not check.counts["WRONG"], wrong(lines)
            assert lines[-1] == "NOT PROVEN: nothing is wrong, but no anchor from outside was given."
    return lines


@pytest.mark.parametrize("platform", STAGES)
def test_every_record_of_each_platform_is_right(
    platform: str, s3: S3, elasticsearch: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=30)
    buckets = Buckets()
    scene = opened(platform, s3, buckets, tmp_path / "place", start)
    something(scene)
    scene.capture()
    posts = list(scene.network.posts.values())
    scene.network.remove(posts[-1])
    scene.publish("Open again")
    scene.capture("full")
    lines = check_all(scene.archive, elasticsearch, tmp_path, capsys)
    assert len([line for line in lines if "the rules read content" in line]) > 1
    assert not [line for line in lines if "there are no parsing rules" in line]


def test_of_an_imported_record_it_is_said_what_cannot_be_checked(
    s3: S3, elasticsearch: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = {"id": "district-facebook", "platform": "facebook", "url": "https://www.facebook.com/district"}
    archive = make(s3, Buckets(), tmp_path / "place", entry | {"import_only": True})
    line = {
        "record_id": "facebook:1_2",
        "kind": "post",
        "text": "Snow",
        "published_at": "2025-01-02T03:04:05Z",
    }
    file = tmp_path / "posts.jsonl"
    file.write_text(json.dumps(line) + "\n")
    take(archive, "district-facebook", file, form="jsonl")
    lines = check_all(archive, elasticsearch, tmp_path, capsys)
    for words in ("from a file that was given to the agency", "there are no parsing rules for jsonl"):
        assert [line for line in lines if line.startswith("not checked") and words in line], lines
