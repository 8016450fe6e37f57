"""The progress of `make up`: one line on a terminal, else one line an event.

On a terminal the line changes; elsewhere (in a log of CI, for example) each event adds one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

console = Console(highlight=False, soft_wrap=True)

Tell = Callable[[str], None]


@contextmanager
def step(what: str) -> Iterator[Tell]:
    """Announce a step and, at its end, its duration.

    The yielded function reports progress inside the step.
    """
    started = time.monotonic()
    last = ""

    def tell(detail: str) -> None:
        nonlocal last
        if detail == last:
            return
        last = detail
        if status:
            status.update(f"{what}: {detail}")
        else:
            console.print(f"    {detail}", markup=False)

    status = console.status(what) if console.is_terminal else None
    if status:
        status.start()
    else:
        console.print(f"  {what} ...", markup=False)
    try:
        yield tell
    finally:
        if status:
            status.stop()
    console.print(f"  {what}: {time.monotonic() - started:.0f} s", markup=False)
