"""A process that limits its arenas keeps less memory."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys

import pytest

from recordroom import memory

THREADS = 8
# prints how many arenas there are while THREADS threads hold memory
PROGRAM = f"""
import ctypes, tempfile, threading
from recordroom import memory

libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
memory.limit_arenas()
full = threading.Barrier({THREADS} + 1)
def hold():
    libc.malloc(1000)
    full.wait()
    full.wait()
for _ in range({THREADS}):
    threading.Thread(target=hold).start()
full.wait()
with tempfile.NamedTemporaryFile() as file:
    out = ctypes.c_void_p(libc.fopen(file.name.encode(), b"w"))
    libc.malloc_info(0, out)
    libc.fclose(out)
    print(file.read().count(b"<heap nr="))
full.wait()
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="not glibc")
def test_threads_share_the_arenas_unless_the_environment_sets_a_number() -> None:
    def count(**more: str) -> int:
        inherited = {name: value for name, value in os.environ.items() if name != memory.VARIABLE}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**inherited, "PYTHONPATH": "plugins", **more},
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        return int(done.stdout)

    assert count() == memory.ARENAS
    assert count(**{memory.VARIABLE: "5"}) == 5
