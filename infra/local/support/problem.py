"""The one error of the local set-up: what is wrong, its log, and the remedy."""

from __future__ import annotations

from pathlib import Path


class Problem(Exception):
    """Raised by every part of infra/local; `up` prints it and ends with 1.

    >>> print(Problem("Port 8700 is in use.", mend="Set RECORDROOM_PORT."))
    Port 8700 is in use.
      To fix this: Set RECORDROOM_PORT.
    """

    def __init__(self, what: str, *, mend: str, log: Path | None = None) -> None:
        super().__init__(what)
        self.what, self.mend, self.log = what, mend, log

    def __str__(self) -> str:
        lines = [self.what]
        if self.log:
            lines.append(f"  The log: {self.log}")
        return "\n".join([*lines, f"  To fix this: {self.mend}"])
