"""The connectors of this installation: each package of recordroom.platforms that has `PLATFORM`.

A connector that cannot be loaded stops its own accounts only, as an error of their register entries.
"""

from __future__ import annotations

import importlib
import pkgutil
import traceback
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import cast

from recordroom import platforms
from recordroom.errors import PlatformBroken, UsageError
from recordroom.platforms.contract import Connector

# where the title of a connector says more than the name of the platform
_PROPER_NAMES = {"facebook": "Facebook", "feed": "Feed", "linkedin": "LinkedIn"}


@cache
def _found() -> tuple[dict[str, Connector], dict[str, str]]:
    """Return connectors, and why others cannot be loaded; both by name."""
    connectors, problems = {}, {}
    for name in sorted(module.name for module in pkgutil.iter_modules(platforms.__path__)):
        try:
            module = importlib.import_module(f"{platforms.__name__}.{name}")
        except Exception as problem:  # noqa: BLE001 (whatever a file raises when it is read)
            problems[name] = _why(problem)
        else:
            if hasattr(module, "PLATFORM"):
                connectors[name] = cast(Connector, module)
    return connectors, problems


def _why(problem: Exception) -> str:
    """Return a message with the place of a mistake; a SyntaxError has it itself, and no frame has."""
    frame = traceback.extract_tb(problem.__traceback__)[-1]
    words, file, line = str(problem), frame.filename, frame.lineno
    if isinstance(problem, SyntaxError):
        words, file, line = problem.msg, problem.filename or file, problem.lineno
    place, here = Path(file), Path(__file__).parent
    return (
        f"{type(problem).__name__}: {words}"
        f" ({place.relative_to(here) if place.is_relative_to(here) else place.name}, line {line})"
    )


def list_names() -> tuple[str, ...]:
    """Return the names of all platforms, sorted."""
    return tuple(_found()[0])


def list_broken() -> Mapping[str, str]:
    """Return the connectors that cannot be loaded, each with the reason."""
    return _found()[1]


def find_proper_name(name: str) -> str:
    """Return what people call a platform, such as `Facebook`; the name itself if it is unknown."""
    if name in _PROPER_NAMES:
        return _PROPER_NAMES[name]
    found = _found()[0].get(name)
    return found.PLATFORM.title if found else name


@cache
def list_address_forms() -> Mapping[str, tuple[str, str]]:
    """Return `Platform.address` of the platforms that have one."""
    return {name: form for name, found in _found()[0].items() if (form := found.PLATFORM.address) is not None}


def list_message_readers() -> Collection[str]:
    """Return the platforms whose private messages captures can read."""
    return frozenset(name for name, found in _found()[0].items() if found.PLATFORM.reads_messages)


def load(name: str) -> Connector:
    """Return the connector of that name.

    Raises PlatformBroken if it cannot be loaded, UsageError with the existing names if there is none.
    """
    if name in list_broken():
        raise PlatformBroken(
            f"the platform {name} cannot be loaded: {list_broken()[name]}",
            "Fix its code in plugins/recordroom/platforms.",
        )
    if name not in list_names():
        raise UsageError(f"there is no platform {name!r}", f"The platforms are: {', '.join(list_names())}.")
    return _found()[0][name]
