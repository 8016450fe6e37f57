"""Limit the memory that the C library keeps."""

from __future__ import annotations

import ctypes
import os

ARENAS = 2  # a command has few threads that allocate at the same time
VARIABLE = "MALLOC_ARENA_MAX"  # of glibc; docs/admin/install.md sets it for services
_M_ARENA_MAX = -8  # in malloc.h


def limit_arenas() -> None:
    """Let all threads of this process share ARENAS arenas of glibc, unless the environment sets a number.

    By default there are up to eight for each processor, and each keeps what its threads have freed: that was
    a fifth of the memory of `verify --full`. Other C libraries have no such limit, and need none.
    """
    if VARIABLE not in os.environ and (set_option := getattr(ctypes.CDLL(None), "mallopt", None)):
        set_option(_M_ARENA_MAX, ARENAS)
