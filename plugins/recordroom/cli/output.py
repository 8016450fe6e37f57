"""How verbs print: JSON lines or tables on stdout, words on stderr, progress only on a terminal.

Whoever reads may go away at any time (`| head`): that is no failure, and a verb whose exit code is a verdict
still gives it. A full disk is a failure with a name.
"""

from __future__ import annotations

import importlib
import io
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Annotated, Any, TextIO

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from recordroom.errors import SpoolFull, UsageError
from recordroom.exit_codes import ExitCode
from recordroom.jobs.context import JobContext
from recordroom.jobs.index import IndexProblem
from recordroom.search.index.indexer import FillReport

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


class ReaderGone(Exception):
    """Nobody reads our output any more; it ends what was only made to be read."""


def prepare_streams() -> None:
    """Make both streams fit for any text, whatever the locale; where one was closed, what goes there goes
    nowhere.
    """
    sys.stdout, sys.stderr = (stream or _open_null_device() for stream in (sys.stdout, sys.stderr))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def write(text: str) -> None:
    with suppress(ReaderGone), _name_write_errors():
        sys.stdout.write(text)
        sys.stdout.flush()


def write_json_lines(objects: Iterable[Mapping[str, Any]]) -> None:
    with suppress(ReaderGone):
        for one in objects:
            line = orjson.dumps(dict(one)) + b"\n"
            with _name_write_errors():
                sys.stdout.buffer.write(line)
        with _name_write_errors():
            sys.stdout.buffer.flush()


def say(words: str) -> None:
    try:
        sys.stderr.write(f"{words}\n")
        sys.stderr.flush()
    except OSError:
        _discard_output(sys.stderr)


@contextmanager
def _name_write_errors() -> Iterator[None]:
    """Around each write to stdout: ReaderGone, or SpoolFull where it goes to a full disk."""
    try:
        yield
    except OSError as problem:
        _discard_output(sys.stdout)
        if isinstance(problem, BrokenPipeError):
            raise ReaderGone from None
        raise SpoolFull(
            f"the output cannot be written: {problem.strerror}", "Make room, or send it elsewhere."
        ) from problem


def _discard_output(stream: TextIO) -> None:
    """What is still in its buffer would fail once more at the very end."""
    with _open_null_device() as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


def _open_null_device() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 (it is no path to anywhere), SIM115


def keep_logs_off_stdout() -> None:
    """Airflow sets up logging to stdout when it is imported: there stands what was asked for and nothing
    else.
    """
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")
    importlib.import_module("airflow.sdk")
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stdout:
            handler.setStream(sys.stderr)


class _Stdout:
    """stdout as rich writes to it."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        with _name_write_errors():
            return sys.stdout.write(text)

    def flush(self) -> None:
        with _name_write_errors():
            sys.stdout.flush()

    def isatty(self) -> bool:
        return sys.stdout.isatty()

    def fileno(self) -> int:
        return sys.stdout.fileno()


def open_context(*, record: bool = False) -> JobContext:
    """The archive and its register; an alarm is said where the file is not in force. `record`: a changed
    register becomes an entry.
    """
    context = JobContext.open(record=record, confirm=confirm_register)
    if context.alarm:
        say(f"recordroom: ALARM: {context.alarm}")
    return context


def make_console() -> Console:
    """Tables as wide as the terminal; wide enough for their words where there is none. Text is only text: no
    markup, no emoji codes.
    """
    out: Any = _Stdout()
    return Console(
        file=out,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=True,
        width=None if sys.stdout.isatty() else 200,
    )


def confirm_register(doubt: str) -> bool:
    """Ask the person at the terminal whether to put a doubtful register in force; without a terminal it is
    not.

    UsageError after any answer but yes: the person has to correct the settings first.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    say(f"recordroom: {doubt}.")
    say("  Accounts that are missing from a register are no longer captured.")
    sys.stderr.write("  Put this register in force for this archive? [yes/no] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != "yes":
        mend = "Correct RECORDROOM_REGISTER or RECORDROOM_BUCKET; or run this again and answer yes."
        raise UsageError("the register was not changed", mend)
    return True


def report_index(done: str, report: FillReport | IndexProblem | None) -> ExitCode:
    """Say what is wrong with the index, if anything, and return its exit code. `done`: what is complete
    anyway.
    """
    if not isinstance(report, IndexProblem):
        return ExitCode.FINE
    say(f"recordroom: {done}, but the index is behind: {report.words}")
    return report.code


@contextmanager
def show_progress(what: str) -> Iterator[Callable[[int, int], None]]:
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
