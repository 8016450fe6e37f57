"""A folder that proves a record is checked by a Python that has nothing of recordroom, and each tampering with
it is named.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from recordroom.archive import anchor
from recordroom.records.proof_folder import (
    FolderRequest,
    ProofFolder,
    prepare_folder,
)
from recordroom.search.index.indexer import Index
from recordroom.search.searcher import Searcher
from tests.capture.everywhere.scene import opened
from tests.services import S3, Buckets
from tests.viewers import reader

NEEDED = ("warcio", "six", "jq", "nh3", "feedparser", "feedparser-sgmllib")
POST, OTHER = "wordpress:x/posts/1001", "wordpress:x/posts/1002"


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with the packages that the instructions name, and nothing else."""
    folder = tmp_path_factory.mktemp("fresh")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    [packages] = folder.glob("lib/python3*/site-packages")
    for name in NEEDED:
        for file in metadata.files(name) or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                target = packages / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(file.locate()), target)
    python = folder / "bin/python"
    assert subprocess.run([python, "-c", "import recordroom"], capture_output=True, check=False).returncode
    return python


def check(fresh: Path, folder: Path, *anchors: Path) -> tuple[int, list[str]]:
    """Return the exit code of the folder's own program, and its lines."""
    line: list[str | Path] = [fresh, "format/check_proof.py", ".", *anchors]
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, env={}, check=False)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout.splitlines()


def wrong(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("WRONG")]


def write(folder: ProofFolder, to: Path) -> Path:
    for file in folder.files:
        path = to / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(file.read()))
    return to


@contextmanager
def searching(settings: Any, archive: Any, derived: Any) -> Iterator[Searcher]:
    index = Index(settings, archive, derived)
    index.catch_up()
    index.client.close()
    searcher = Searcher(settings, archive, derived)
    yield searcher
    searcher.client.close()


@pytest.fixture(scope="module")
def lived(
    s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Searcher, str, Path]]:
    """A comment with a picture that was edited, hidden, and removed, and three anchors; the first was kept
    outside.
    """
    buckets, folder = Buckets(), tmp_path_factory.mktemp("lived")
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=30)
    scene = opened("facebook", s3, buckets, folder, start)
    post = scene.publish("Closed today")
    comment = scene.network.comment(scene.parent, post, "And the buses?", photos=[scene.photo("A bus")])
    scene.network.comment(scene.teacher, post, "A secret of somebody else")
    scene.sound()
    scene.network.edit(comment, "And the buses, please?")
    scene.sound()
    anchor.append(scene.archive.archive, folder / "outside")
    scene.network.hide(comment)
    scene.sound()
    scene.network.remove(comment)
    scene.sound("full")
    scene.sound()
    anchor.append(scene.archive.archive, folder / "outside")
    scene.sound()
    anchor.append(scene.archive.archive, folder / "outside")
    [first] = [r for r in scene.rows() if r["text"] == "And the buses?"]
    place = scene.archive.place
    settings = place.settings.model_copy(
        update={"elasticsearch_url": elasticsearch, "index": buckets.archive}
    )
    with searching(settings, place.archive, place.derived) as searcher:
        yield searcher, first["record_id"], folder / "outside"


@pytest.fixture(scope="module")
def made(lived: tuple[Searcher, str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    searcher, record, _ = lived
    prepared = prepare_folder(searcher, FolderRequest(record), reader(searcher, "counsel"))
    return write(prepared, tmp_path_factory.mktemp("made") / "proof")


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy that may be harmed."""
    return Path(shutil.copytree(made, tmp_path / "proof"))


def test_a_life_of_a_record_is_right_on_a_machine_without_recordroom(
    fresh: Path, folder: Path, lived: tuple[Searcher, str, Path]
) -> None:
    outside = sorted(lived[2].iterdir())
    code, lines = check(fresh, folder, *outside)
    proof = json.loads((folder / "proof.json").read_bytes())
    assert (code, wrong(lines)) == (0, []), lines
    said = [(one["delta"]["status"], one["delta"]["changed"]) for one in proof["versions"]]
    assert [status for status, _ in said][:3] == ["visible", "visible", "hidden"], said
    assert said[1][1] == ["text"]
    assert said[-1][0] in ("removed", "unavailable")
    for words in (
        "version 2: the rules read content",
        "version 2: the text in READ-ME-FIRST.html",
        "version 1: the file",
        "version 4: the capture found the record at that place",
        "is anchor 1 of this folder, byte for byte",
        "is anchor 3 of this folder, byte for byte",
    ):
        assert [one for one in lines if one.startswith("right") and words in one], (words, lines)
    assert not (folder / "evidence").exists()
    assert [one for one in lines if one.startswith("not checked") and "complete evidence file" in one]
