"""A clock for stories that take days: all of recordroom reads it, and nothing else does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo
from typing import Any
from unittest.mock import patch


@contextmanager
def standing(now: Callable[[], datetime]) -> Iterator[None]:
    """Within it, `datetime.now(...)` in every module of recordroom is `now()`, which returns real datetimes."""

    class Told(type):
        def __call__(cls, *args: Any, **more: Any) -> Any:
            return datetime(*args, **more)  # noqa: DTZ001 (the caller gives the zone)

        def __getattr__(cls, name: str) -> Any:
            return getattr(datetime, name)

        def __instancecheck__(cls, one: object) -> bool:
            return isinstance(one, datetime)

    class Clock(metaclass=Told):
        @staticmethod
        def now(zone: tzinfo | None = None) -> datetime:
            return now().astimezone(zone)

    ours = [
        m
        for name, m in sys.modules.items()
        if name.partition(".")[0] == "recordroom" and getattr(m, "datetime", None) is datetime
    ]
    patches = [patch.object(module, "datetime", Clock) for module in ours]
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in patches:
            one.stop()
