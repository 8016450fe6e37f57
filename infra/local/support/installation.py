"""What is downloaded or built once and shared by all set-ups that have the same cache: complete or not at all, by one process at a time."""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Callable
from pathlib import Path


def installed(cache: Path, name: str, make: Callable[[Path], None]) -> Path:
    """The folder `name` in `cache`, which `make` fills at the first call; who comes meanwhile waits for it."""
    made = cache / name
    if made.exists():
        return made
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (cache / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            with tempfile.TemporaryDirectory(dir=cache) as folder:
                fresh = Path(folder) / name
                fresh.mkdir()
                make(fresh)
                fresh.rename(made)
    return made
