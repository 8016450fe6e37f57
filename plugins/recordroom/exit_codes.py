"""How every command of `recordroom` ends.

docs/reference/commands.md lists them. If several codes apply, the first of UNREACHABLE, BROKEN,
ACT_SOON, FINE wins. An outage is short and may hide anything. A gap may stay open for weeks and must not hide
an outage meanwhile. WRONG_USE and STOPPED end a command before it finds anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum


class ExitCode(IntEnum):
    """The code of a process; monitoring and scripts rely on the numbers."""

    FINE = 0
    BROKEN = 1
    WRONG_USE = 2
    UNREACHABLE = 3
    ACT_SOON = 4
    STOPPED = 130  # as shells number Ctrl-C


MEANINGS: Mapping[ExitCode, str] = {
    ExitCode.FINE: "No problem, or only gaps that a records officer has explained in the register.",
    ExitCode.BROKEN: (
        "Records, the archive, or the register are wrong or incomplete, or the command failed. The message"
        " says how to fix it."
    ),
    ExitCode.WRONG_USE: "An argument, the query, or a setting is wrong. Nothing was done.",
    ExitCode.UNREACHABLE: "A service cannot be reached, or a disk is full. The same command works later.",
    ExitCode.ACT_SOON: "Nothing is lost yet, but a person must act. The message says what to do.",
    ExitCode.STOPPED: "Stopped by Ctrl-C. What was committed stays; the same command continues.",
}


def choose_exit_code(*parts: ExitCode, broken: bool = False, act_soon: bool = False) -> ExitCode:
    """Return the code of a command that ran to its end.

    parts: codes of its parts, such as the index.
    """
    if ExitCode.UNREACHABLE in parts:
        return ExitCode.UNREACHABLE
    if broken or ExitCode.BROKEN in parts:
        return ExitCode.BROKEN
    return ExitCode.ACT_SOON if act_soon or ExitCode.ACT_SOON in parts else ExitCode.FINE
