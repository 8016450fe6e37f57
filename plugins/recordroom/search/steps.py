"""A step of a proof: what was compared, what that shows, and whether it is so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from recordroom.errors import ArchiveError, PlatformFailure, RecordroomError, Tampered
from recordroom.search.status_told import Part


@dataclass(frozen=True, slots=True)
class Found:
    """What a comparison came to. `means`: what that shows, where only the comparison knows; `limit`: what it does not show; `part`: the
    platform's own words about it."""

    expected: str
    found: str
    means: str = ""
    limit: str = ""
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """`means`: what it shows, in words that need no programmer. `ok` None: it could not be done, and says nothing; `found` says why."""

    what: str
    means: str
    ok: bool | None
    expected: str
    found: str
    limit: str = ""
    part: Part | None = None


def tried(what: str, means: str, compare: Callable[[], Found]) -> Step:
    try:
        found = compare()
    except Tampered as problem:
        return Step(what, means, False, problem.expected, problem.found)
    except (ArchiveError, PlatformFailure) as problem:
        return Step(what, means, False, "there, and readable", str(problem))
    except RecordroomError as problem:  # the store is away: nothing is known
        return Step(what, means, None, "", problem.words)
    return Step(what, means or found.means, found.expected == found.found, found.expected, found.found, found.limit, found.part)
