"""Actions on an archive, as data: a random story takes them, and a recorded one repeats them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from recordroom.capture.derived.rebuild import rebuild_state
from recordroom.capture.permalink.capture import capture_conversation
from recordroom.capture.session import Outcome
from recordroom.capture.workspace import Workspace
from recordroom.errors import UsageError
from recordroom.register.models import MASS_ABSENCE, Chain
from tests.archives import TestArchive, register_of
from tests.imports.taking import take

MACHINES = ("spool", "other")  # two that capture the same account, each with a spool of this name


class Killed(BaseException):
    """The process ends at this point: no code of recordroom may catch this."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a capture, an import, or an administrator does to the archive of an account."""

    name: str  # a key of ACTIONS
    argument: str = (
        ""  # the kind of window, the address, the lines of a file, or the last day of an explanation
    )
    machine: str = MACHINES[0]  # which of the two does it


def perform(archive: TestArchive, account: str, action: Action) -> Any:
    """Perform the action; return the outcome of a capture, or another result.

    The outcome is None if the capture refused the address.
    """
    return ACTIONS[action.name](archive, account, action)


def other(machine: str) -> str:
    return MACHINES[1 - MACHINES.index(machine)]


def place_on(archive: TestArchive, machine: str) -> Workspace:
    """Return the archive's workspace on this machine, with the captures that were interrupted there."""
    settings = archive.place.settings
    return replace(
        archive.place, settings=settings.model_copy(update={"spool": settings.spool.with_name(machine)})
    )


def _capture(archive: TestArchive, account: str, action: Action) -> Outcome:
    return replace(archive, place=place_on(archive, action.machine)).capture(account, action.argument or None)


def _capture_one(archive: TestArchive, account: str, action: Action) -> Outcome | None:
    place = place_on(archive, action.machine)
    try:
        return capture_conversation(place, archive.register, archive.account(account), action.argument)[0]
    except UsageError:  # the post is removed
        return None


def _import_rows(archive: TestArchive, account: str, action: Action) -> Any:
    place = place_on(archive, action.machine)
    path = place.settings.spool.with_name("held.jsonl")
    path.write_text(action.argument, "utf-8")
    return take(replace(archive, place=place), account, path, form="jsonl")


def _rebuild_state(archive: TestArchive, account: str, _: Action) -> Any:
    chain = Chain(archive.account(account).platform, account)
    return rebuild_state(archive.archive, archive.derived, chain)


def _confirm_absence(archive: TestArchive, _: str, action: Action) -> None:
    """Confirm in the register until that day that the agency removed what vanished.

    With no day, the register no longer confirms it.
    """
    entry = {name: value for name, value in archive.register.raw[0].items() if name != "explained"}
    word = {"until": action.argument, "why": "the office removed them"}
    archive.register = register_of(entry | ({"explained": {MASS_ABSENCE: word}} if action.argument else {}))


ACTIONS: Mapping[str, Callable[[TestArchive, str, Action], Any]] = {
    "capture": _capture,
    "capture_one": _capture_one,
    "import_rows": _import_rows,
    "rebuild_state": _rebuild_state,
    "confirm_absence": _confirm_absence,
}
