"""`recordroom proof`: a folder that proves one record to others."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from recordroom import settings
from recordroom.archive import store
from recordroom.cli.output import say, write
from recordroom.cli.search import Accounts, Quarantined
from recordroom.cli.show import refuse_quarantined
from recordroom.cli.terminal_text import ship_journal
from recordroom.errors import SpoolFull, UsageError
from recordroom.records.proof_folder import PAGE, FolderRequest, ProofFolder, prepare_folder
from recordroom.search.access import Viewer
from recordroom.search.searcher import Searcher
from recordroom.text import counted

Out = Annotated[Path, typer.Option("--out", help="The folder to create; it must not exist yet, or be empty.")]
Complete = Annotated[
    bool,
    typer.Option("--complete", help="Add the complete evidence files, which contain other people's records."),
]


def add_to(app: typer.Typer) -> None:
    app.command(
        "proof",
        help=(
            "Write a folder that proves a record to others: its evidence, its part of the ledger, and a"
            " program that checks them without recordroom."
        ),
    )(run)


def run(
    record_id: str,
    out: Out,
    *,
    account: Accounts = None,
    complete: Complete = False,
    quarantined: Quarantined = False,
) -> None:
    """Write the folder, and print its path."""
    _refuse_taken(out)
    loaded = settings.load()
    searcher = Searcher(loaded, store.archive(loaded), store.derived(loaded))
    try:
        viewer = Viewer.administrator(searcher.quarantine.snapshot(), sees_quarantine=quarantined)
        refuse_quarantined(viewer, record_id, quarantined=quarantined)
        folder = prepare_folder(searcher, FolderRequest(record_id, tuple(account or ()), complete), viewer)
        _report_content(folder, complete=complete)
        _write_folder(folder, out)
    finally:
        ship_journal(searcher)
    write(f"{out}\n")
    say(f"Open {PAGE} in it. It says how to check the folder.")


def _refuse_taken(out: Path) -> None:
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise UsageError(f"{out} exists already", "Name a folder that does not exist, or an empty one.")


def _report_content(folder: ProofFolder, *, complete: bool) -> None:
    """Say what the folder shows besides the record, before it is written."""
    others = folder.others
    contained, named = (counted(len(one), "other record") for one in (others.records, others.named))
    accounts = counted(len(others.accounts), "account")
    say(
        f"The responses contain {contained}. The ledger entries name {named}, and the anchors {accounts},"
        " confidential ones too."
        f" {len(others.under_quarantine)} of these are under quarantine."
        " Review the folder before you give it to anyone."
    )
    if complete:
        say("The complete evidence files contain everything else that the same captures received.")
    for words in folder.missing:
        say(f"Not proved: {words}")


def _write_folder(folder: ProofFolder, out: Path) -> None:
    """Write all files under a temporary name, then rename the folder."""
    with _name_disk_errors(out):
        out.absolute().parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.absolute().parent))
        try:
            for file in folder.files:
                path = part / file.path
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("wb") as sink:
                    sink.writelines(file.read())
            part.rename(out)
        finally:
            shutil.rmtree(part, ignore_errors=True)


@contextmanager
def _name_disk_errors(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        words = f"{out} cannot be written: {problem.strerror}"
        if problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise SpoolFull(words, "Free disk space, or name a folder on another disk.") from problem
        raise UsageError(words, "Correct its permissions, or name another folder.") from problem
