"""How verbs print: JSON lines or tables on stdout, words on stderr, progress only on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from recordroom.runs import Room

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


def json_lines(objects: Iterable[Mapping[str, Any]]) -> None:
    for one in objects:
        sys.stdout.buffer.write(orjson.dumps(dict(one)) + b"\n")
    sys.stdout.buffer.flush()


def say(words: str) -> None:
    sys.stderr.write(f"{words}\n")


def enter(*, record: bool = False) -> Room:
    """The archive and its register; an alarm is said where the file cannot be read. `record`: a changed register becomes an entry."""
    room = Room.enter(record=record)
    if room.alarm:
        say(f"recordroom: ALARM: {room.alarm}")
    return room


def console() -> Console:
    """Tables as wide as the terminal; wide enough for their words where there is none."""
    return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 200)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr (none when it is not a terminal); call it with (done, of all)."""
    bar = Progress(
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )
    with bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
