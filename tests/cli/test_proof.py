"""`recordroom proof`, as a person types it."""

from __future__ import annotations

from pathlib import Path

import pytest

from recordroom.archive.quarantine import ledger
from recordroom.archive.quarantine.ledger import RECORD, QuarantineTarget
from tests.building import DAY, Building, account
from tests.indexed import building, index
from tests.proof_folders import add_anchor, check, make_python, wrong
from tests.running import recordroom

__all__ = ["building", "index"]
POST, OTHER = "wordpress:x/posts/1001", "wordpress:x/posts/1002"


@pytest.fixture
def archive(building: Building) -> Building:
    building.enrol(account("news", "wordpress"))
    own = {"parser": "wordpress 0", "canon": "1/wordpress 0"}  # the rules do not know this parser
    rows = [
        {"record_id": POST, "text": "Snow day"} | own,
        {"record_id": OTHER, "text": "A home address"} | own,
    ]
    building.capture("news", rows, at=DAY)
    add_anchor(building.archive)
    building.index()
    return building


def run(archive: Building, *words: str | Path) -> tuple[int, str, str]:
    done = recordroom("proof", *words, environment=archive.environment())
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


def test_it_writes_a_folder_that_others_can_check(archive: Building, tmp_path: Path) -> None:
    out = tmp_path / "for court" / "proof"
    code, stdout, stderr = run(archive, POST, "--out", out)
    assert (code, stdout) == (0, f"{out}\n")
    assert "The responses contain 1 other record. The ledger entries name 1 other record" in stderr
    assert "Not proved: The complete evidence files are not in this folder" in stderr
    assert [one.name for one in out.parent.iterdir()] == ["proof"]
    code, lines = check(make_python(tmp_path / "fresh"), out)
    assert (code, wrong(lines)) == (2, [])


def test_it_adds_the_complete_evidence_files_where_they_are_asked_for(
    archive: Building, tmp_path: Path
) -> None:
    code, _, stderr = run(archive, POST, "--out", tmp_path / "proof", "--complete", "--account", "news")
    assert (code, len(list(tmp_path.glob("proof/evidence/**/*.warc.gz")))) == (0, 1)
    assert "contain everything else that the same captures received" in stderr


def test_it_replaces_nothing(archive: Building, tmp_path: Path) -> None:
    out = tmp_path / "proof"
    out.mkdir()
    assert run(archive, POST, "--out", out)[0] == 0
    code, _, stderr = run(archive, POST, "--out", out)
    assert (code, "exists already" in stderr) == (2, True)
    (tmp_path / "file").write_text("mine")
    assert run(archive, POST, "--out", tmp_path / "file")[0] == 2
    assert (tmp_path / "file").read_text() == "mine"


def test_what_cannot_be_made_leaves_nothing(archive: Building, tmp_path: Path) -> None:
    out = tmp_path / "below" / "proof"
    assert run(archive, "wordpress:x/posts/9", "--out", out)[0] == 2
    assert not out.parent.exists()
    (tmp_path / "file").write_text("mine")
    code, _, stderr = run(archive, POST, "--out", tmp_path / "file" / "proof")
    assert (code, "cannot be written" in stderr) == (2, True)
    [picture] = archive.archive.keys("evidence/")
    versions = archive.archive.client.list_object_versions(Bucket=archive.archive.bucket, Prefix=picture)
    archive.archive.client.delete_object(Bucket=archive.archive.bucket, Key=picture)
    assert versions["Versions"]
    assert run(archive, POST, "--out", out)[0] not in (0, 2)
    assert not out.parent.exists() or not list(out.parent.iterdir())


def test_what_is_under_quarantine_has_to_be_asked_for(archive: Building, tmp_path: Path) -> None:
    out = tmp_path / "proof"
    ledger.put(archive.archive, QuarantineTarget(RECORD, OTHER), "a home address")
    code, _, stderr = run(archive, POST, "--out", out)
    assert (code, "under quarantine" in stderr, "--quarantined" in stderr) == (2, True, True)
    code, _, stderr = run(archive, OTHER, "--out", out)
    assert (code, "a home address" in stderr) == (2, True)
    assert not out.exists()
    code, _, stderr = run(archive, POST, "--out", out, "--quarantined")
    assert (code, "1 of these are under quarantine" in stderr) == (0, True)
