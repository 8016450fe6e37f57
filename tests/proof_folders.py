"""Folders that prove a record, and how their recipients check them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

from recordroom.archive import anchor
from recordroom.archive.ledger import key_of
from recordroom.archive.store import Store
from recordroom.records.proof_folder import ProofFolder
from recordroom.search.index.indexer import Index
from recordroom.search.searcher import Searcher
from recordroom.settings import Settings

NEEDED = ("warcio", "six", "jq", "nh3", "feedparser", "feedparser-sgmllib")


def make_python(folder: Path) -> Path:
    """Return a Python with the packages that the instructions name, and without recordroom."""
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


def check(python: Path, folder: Path, *anchors: Path) -> tuple[int, list[str]]:
    """Return the exit code of the folder's own program, and its lines."""
    line: list[str | Path] = [python, "-B", "format/check_proof.py", ".", *anchors]
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, env={}, check=False)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout.splitlines()


def wrong(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("WRONG ")]


def write(folder: ProofFolder, to: Path) -> Path:
    for file in folder.files:
        path = to / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(file.read()))
    return to


def add_anchor(archive: Store, outside: Path | None = None) -> None:
    """Anchor all chains. outside: also gets the anchor."""
    entry = anchor.append(archive)
    if outside:
        outside.mkdir(exist_ok=True)
        name = f"anchor-{entry.number:012d}.json"
        (outside / name).write_bytes(archive.get(key_of(anchor.NAME, entry.number)))


@contextmanager
def searching(settings: Settings, archive: Store, derived: Store) -> Iterator[Searcher]:
    """Yield a searcher of this archive, whose index has caught up."""
    index = Index(settings, archive, derived)
    index.catch_up()
    index.client.close()
    searcher = Searcher(settings, archive, derived)
    yield searcher
    searcher.client.close()
