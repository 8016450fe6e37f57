"""The ZIP of an export: equal files give equal bytes, which every reader of ZIP can open."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from recordroom.exports.worker import write_zip

FILES = {
    "WORKING-COPY_records.csv": b"a,b\r\n" * 10_000,
    "media/x.png": b"\x89PNG" + bytes(5_000),
    "b.txt": "ünï".encode(),
}


def made(folder: Path, *, backwards: bool = False) -> Path:
    for name in sorted(FILES, reverse=backwards):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(FILES[name])
    return folder


def test_equal_files_give_equal_bytes_whenever_they_were_written(tmp_path: Path) -> None:
    first, second = made(tmp_path / "1/name"), made(tmp_path / "2/name", backwards=True)
    os.utime(second / "b.txt", (0, 1_900_000_000))
    (second / "b.txt").chmod(0o600)
    write_zip(first, tmp_path / "1.zip")
    write_zip(second, tmp_path / "2.zip")
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()


def test_it_can_be_opened_and_holds_every_file(tmp_path: Path) -> None:
    write_zip(made(tmp_path / "name"), tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.testzip() is None
        assert {name: archive.read(f"name/{name}") for name in FILES} == FILES
        kinds = {info.filename: info.compress_type for info in archive.infolist()}
    assert kinds == {
        "name/WORKING-COPY_records.csv": zipfile.ZIP_DEFLATED, "name/b.txt": zipfile.ZIP_DEFLATED,
        "name/media/x.png": zipfile.ZIP_STORED,
    }  # fmt: skip
    subprocess.run(
        [sys.executable, "-m", "zipfile", "-t", str(tmp_path / "out.zip")], check=True, capture_output=True
    )
