"""How every command of `recordroom` ends.

docs/admin/daily-work.md has the same table for people. If several codes apply, the first of UNREACHABLE,
BROKEN, ACT_SOON, FINE wins. An outage is short and may hide anything. A gap may stay open for weeks and must
not hide an outage meanwhile. WRONG_USE and STOPPED end a command before it finds anything.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The code of a process; monitoring and scripts rely on the numbers."""

    FINE = 0  # or known and accepted: a gap that a records officer explained in the register
    BROKEN = 1  # records, archive or register are wrong or incomplete, or what was asked for failed
    WRONG_USE = 2  # arguments, query or settings; nothing was done
    UNREACHABLE = 3  # a service cannot be reached, or a disk is full; the same command works later
    ACT_SOON = 4  # nothing is lost yet, but a person must act
    STOPPED = 130  # by Ctrl-C, as shells number it


def choose_exit_code(*parts: ExitCode, broken: bool = False, act_soon: bool = False) -> ExitCode:
    """Return the code of a command that ran to its end.

    parts: codes of its parts, such as the index.
    """
    if ExitCode.UNREACHABLE in parts:
        return ExitCode.UNREACHABLE
    if broken or ExitCode.BROKEN in parts:
        return ExitCode.BROKEN
    return ExitCode.ACT_SOON if act_soon or ExitCode.ACT_SOON in parts else ExitCode.FINE
