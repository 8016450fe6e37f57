"""A program that exports and dies at a named place: its words are PLACE OUT FORMAT [AS_OF], its settings are
in its environment.

PLACE: `<module>.<name>:before` or `:after` a call of that function, its module within recordroom (kill -9
there), or `limit:<bytes>` (no file may grow beyond).
"""

from __future__ import annotations

import importlib
import os
import resource
import signal
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import recordroom
from recordroom import settings
from recordroom.errors import RecordroomError
from recordroom.exports.production import ExportRequest, make_export
from recordroom.model import moment


def die_at(place: str) -> None:
    path, when = place.split(":")
    if path == "limit":
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(when), int(when)))
        return
    *owners, function = path.split(".")
    owner: Any = recordroom
    for name in owners:
        if isinstance(owner, ModuleType) and not hasattr(owner, name):
            importlib.import_module(f"{owner.__name__}.{name}")
        owner = getattr(owner, name)
    real = getattr(owner, function)

    def dying(*given: Any, **named: Any) -> Any:
        if when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        real(*given, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, function, dying)


def main() -> None:
    die_at(sys.argv[1])
    try:
        as_of = moment(sys.argv[4]) if sys.argv[4:] else None
        request = ExportRequest("", Path(sys.argv[2]), sys.argv[3], as_of=as_of, hidden_accounts=())
        make_export(settings.load(), request)
    except RecordroomError as problem:
        sys.stderr.write(f"{type(problem).__name__}: {problem}\n")
        sys.exit(problem.exit_code)
