"""An export that is stopped anywhere is whole or absent, and the same command brings it to its end."""

from __future__ import annotations

import json
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recordroom.errors import UsageError
from recordroom.exports import workspace
from recordroom.exports.production import ExportRequest, make_export
from recordroom.model import instant
from recordroom.search.index.indexer import Index
from tests.building import DAY, Building, account, media
from tests.exports.conftest import Export
from tests.exports.dying import main
from tests.exports.reading import audited, data_files, told
from tests.running import run
from tests.services import S3, Buckets

pytestmark = pytest.mark.thorough

PLACES = [
    "exports.selection.pick_matches:after", "exports.formats.media.copy_files:after",
    "exports.verification.sha256_of_object:after", "exports.rows.read_block:before",
    "exports.formats.jsonl_file.write:after", "archive.audit.journal.Journal.note:after",
    "archive.audit.journal.Journal.ship:after", "exports.workspace.ExportWorkspace.publish:after",
]  # fmt: skip
AS_OF = DAY + timedelta(days=1)


@dataclass
class Whole:
    """An archive that these tests do not change, and the export of it that nothing disturbed."""

    building: Building
    folder: Path
    receipt: dict[str, Any]

    def export(self, folder: Path, format_: str = "jsonl", as_of: datetime | None = None) -> dict[str, Any]:
        request = ExportRequest("", folder, format_, as_of=as_of, hidden_accounts=())
        return make_export(self.building.settings, request)


@pytest.fixture(scope="module")
def whole(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    folder = tmp_path_factory.mktemp("whole")
    building = filled(Building.at(s3, Buckets(), folder, elasticsearch))
    request = ExportRequest("", folder / "out", "jsonl", as_of=AS_OF, hidden_accounts=())
    receipt = make_export(building.settings, request)
    return Whole(building, folder / "out", receipt)


@pytest.fixture
def archive(building: Building) -> Building:
    return filled(building)


def filled(building: Building) -> Building:
    """30 posts with a picture each, in three captures; indexed."""
    building.register(account("news", "wordpress"))
    rows = [
        {
            "record_id": f"wordpress:x/posts/{n}",
            "text": f"{n} " + "words " * 100,
            "media": [media(f"picture {n}".encode(), f"m{n}")],
        }
        for n in range(30)
    ]
    for part in range(3):
        building.capture("news", rows[part * 10 : part * 10 + 10], at=DAY + part * timedelta(hours=1))
    Index(building.settings, building.archive, building.derived).catch_up()
    return building


def dying(
    building: Building, place: str, out: Path, format_: str = "jsonl", *more: str
) -> subprocess.CompletedProcess[str]:
    return run(
        main,
        place,
        out,
        format_,
        *more,
        environment=building.environment() | {"RECORDROOM_LOCAL": str(out.parent / "none")},
    )


@pytest.mark.parametrize("point", PLACES)
def test_killed_at_any_place_the_same_command_ends_it(whole: Whole, tmp_path: Path, point: str) -> None:
    out = tmp_path / "out"
    assert dying(whole.building, point, out, "jsonl", instant(AS_OF)).returncode == -signal.SIGKILL
    assert out.exists() == (point == "exports.workspace.ExportWorkspace.publish:after")
    ended = whole.export(out, as_of=AS_OF)
    assert json.loads((out / "WORKING-COPY_receipt.json").read_text()) == ended
    assert data_files(out) == data_files(whole.folder)
    assert told(ended) == told(whole.receipt)
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_it_goes_on_with_the_time_at_which_it_was_begun(whole: Whole, tmp_path: Path) -> None:
    assert (
        dying(whole.building, "exports.formats.jsonl_file.write:before", tmp_path / "out").returncode
        == -signal.SIGKILL
    )
    began = json.loads((tmp_path / ".out.unfinished/plan.json").read_text())["as_of"]
    ended = whole.export(tmp_path / "out")
    assert ended["as_of"] == ended["when"] == began
    assert [event["as_of"] for event in audited(whole.building)][-1] == began


def test_what_was_checked_is_not_read_again(archive: Building, export: Export, tmp_path: Path) -> None:
    assert (
        dying(archive, "exports.verification.check_evidence:after", tmp_path / "out").returncode
        == -signal.SIGKILL
    )
    folder = tmp_path / ".out.unfinished"
    assert len((folder / "checked").read_text().splitlines()) == 3
    copied = sorted((folder / "result/WORKING-COPY_media").iterdir())
    assert len(copied) == 30
    copied[0].write_bytes(b"cut off by a power failure")
    for key in archive.archive.keys("evidence/"):
        archive.archive.client.put_object(Bucket=archive.archive.bucket, Key=key, Body=b"who reads this")
    export("", "jsonl")
    assert (tmp_path / "out/WORKING-COPY_media" / copied[0].name).read_bytes().startswith(b"picture")


def test_another_command_begins_anew(archive: Building, export: Export, tmp_path: Path) -> None:
    assert (
        dying(archive, "exports.formats.jsonl_file.write:after", tmp_path / "out").returncode
        == -signal.SIGKILL
    )
    receipt = export("words", "csv")
    assert set(data_files(tmp_path / "out")) == {
        "WORKING-COPY_records.csv",
        "WORKING-COPY_manifest-sha256.txt",
    }
    assert receipt["query"] == "words"


@pytest.mark.parametrize(("limit", "format_"), [(100_000, "csv"), (20_000, "jsonl"), (2_000_000, "csv")])
def test_a_full_disk_is_a_clear_failure(
    archive: Building, export: Export, tmp_path: Path, limit: int, format_: str
) -> None:
    """RLIMIT_FSIZE stands for the disk: DuckDB's files meet it first, then ours."""
    building = archive
    rows = [{"record_id": f"wordpress:x/posts/big{n}", "text": "long " * 20_000} for n in range(30)]
    building.capture("news", rows, at=DAY + timedelta(days=1))
    Index(building.settings, building.archive, building.derived).catch_up()
    ended = dying(building, f"limit:{limit}", tmp_path / "out", format_)
    assert ended.returncode == 3, ended.stderr
    assert ended.stderr.startswith("SpoolFull: the disk is full: ")
    assert not (tmp_path / "out").exists()
    assert [event for event in audited(building) if event["name"] == "out"] == []
    assert export("", format_)["counts"]["rows"] == 60


@pytest.mark.usefixtures("archive")
def test_two_at_once_do_not_mix(export: Export, tmp_path: Path) -> None:
    with (
        workspace.open_workspace(tmp_path / "out", {}, None, None),
        pytest.raises(UsageError, match="is in progress"),
    ):
        export()
    assert export()["counts"]["rows"] == 30


def test_whoever_comes_while_another_ends_is_told_so_and_disturbs_nothing(tmp_path: Path) -> None:
    """One that ends removes the folder and the lock that another one is just about to take."""

    def insist(out: Path) -> str:
        while True:
            try:
                with workspace.open_workspace(out, {}, None, None) as planned:
                    planned.clear()
                    planned.publish()
                return "made"
            except UsageError as refused:
                if "already exists" in refused.message:
                    return "refused"

    with ThreadPoolExecutor(4) as pool:
        for number in range(40):
            ends = pool.map(insist, [tmp_path / str(number)] * 4)
            assert sorted(ends) == ["made", "refused", "refused", "refused"]
    assert len(list(tmp_path.iterdir())) == 40
