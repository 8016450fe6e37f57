"""Downloaded or built parts, shared by all set-ups with the same cache.

A part is complete or absent, and one process at a time makes it.
"""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Callable
from pathlib import Path


def installed(cache: Path, name: str, make: Callable[[Path], None]) -> Path:
    """Return the folder `name` in `cache`; the first call fills it with `make`.

    Other processes wait for it meanwhile.
    """
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
