"""How commands print: data on stdout, messages and progress on stderr.

A reader may close the pipe at any time (`| head`). That is not a failure, and a command whose exit code is a
verdict still returns it. A full disk is a named failure.
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

Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]


class ReaderGone(Exception):
    """Nothing reads the output any longer, which ends work that was only for it."""


def prepare_streams() -> None:
    """Let both streams accept any text, in every locale.

    A stream that was closed is replaced by one that discards everything.
    """
    sys.stdout, sys.stderr = (stream or _open_null_device() for stream in (sys.stdout, sys.stderr))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def write(text: str) -> None:
    """Write text to stdout."""
    with suppress(ReaderGone), _name_write_errors():
        sys.stdout.write(text)
        sys.stdout.flush()


def write_json_lines(objects: Iterable[Mapping[str, Any]]) -> None:
    """Write each object as one line to stdout."""
    with suppress(ReaderGone):
        for one in objects:
            line = orjson.dumps(dict(one)) + b"\n"
            with _name_write_errors():
                sys.stdout.buffer.write(line)
        with _name_write_errors():
            sys.stdout.buffer.flush()


def say(words: str) -> None:
    """Write a message to stderr."""
    try:
        sys.stderr.write(f"{words}\n")
        sys.stderr.flush()
    except OSError:
        _discard_output(sys.stderr)


@contextmanager
def _name_write_errors() -> Iterator[None]:
    """Turn errors of writing to stdout into ReaderGone or SpoolFull."""
    try:
        yield
    except OSError as problem:
        _discard_output(sys.stdout)
        if isinstance(problem, BrokenPipeError):
            raise ReaderGone from None
        raise SpoolFull(
            f"the output cannot be written: {problem.strerror}", "Free disk space, or write elsewhere."
        ) from problem


def _discard_output(stream: TextIO) -> None:
    """Discard what the stream buffers: it would fail again when the process ends."""
    with _open_null_device() as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


def _open_null_device() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 (it is no path to anywhere), SIM115


def keep_logs_off_stdout() -> None:
    """Import Airflow, and move its logging from stdout to stderr.

    Airflow logs to stdout otherwise, which contains only the requested data.
    """
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")
    importlib.import_module("airflow.sdk")
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stdout:
            handler.setStream(sys.stderr)


class _Stdout:
    """stdout for rich."""

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
    """Open the archive with its register, and report an alarm.

    record: a changed register becomes an entry of its ledger.
    """
    context = JobContext.open(record=record, confirm=confirm_register)
    if context.alarm:
        say(f"recordroom: ALARM: {context.alarm}")
    return context


def make_console() -> Console:
    """Return a console for tables; it interprets neither markup nor emoji codes.

    It is as wide as the terminal, or 200 characters without one.
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
    """Ask the person at the terminal whether to put a doubtful register in force.

    Without a terminal the answer is no. UsageError after any answer but yes: the person has to correct the
    settings first.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    say(f"recordroom: {doubt}.")
    say("  Accounts that are missing from this register will no longer be captured.")
    sys.stderr.write("  Use this register for this archive? [yes/no] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != "yes":
        mend = "Correct RECORDROOM_REGISTER or RECORDROOM_BUCKET, or run the command again and answer yes."
        raise UsageError("the register was not changed", mend)
    return True


def report_index(done: str, report: FillReport | IndexProblem | None) -> ExitCode:
    """Report what is wrong with the index, if anything, and return its exit code.

    done: what is complete anyway.
    """
    if not isinstance(report, IndexProblem):
        return ExitCode.FINE
    say(f"recordroom: {done}, but the index is behind: {report.words}")
    return report.code


@contextmanager
def show_progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on stderr; call the yielded function with (done, total).

    Nothing is shown without a terminal.
    """
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
