"""Bring the search index up to date, or report why that is not possible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from recordroom.archive.ledger import capture_chains
from recordroom.errors import ArchiveError, ServiceUnavailable, Tampered
from recordroom.exit_codes import ExitCode
from recordroom.jobs import holds
from recordroom.jobs.context import JobContext
from recordroom.search.caveats import LATE, count_missing
from recordroom.search.client import IndexMissing
from recordroom.search.index import mapping
from recordroom.search.index.indexer import FillReport
from recordroom.text import counted

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class IndexProblem:
    """Why the index is incomplete. The captures are complete anyway."""

    words: str  # what is wrong, and how to fix it
    code: ExitCode  # the exit code of a command that meets this problem

    @classmethod
    def of(cls, problem: ArchiveError | ServiceUnavailable) -> IndexProblem:
        """Describe an error.

        Only damage in the archive counts as broken; the index can be built again from the archive.
        """
        lasting = isinstance(problem, ArchiveError) and not isinstance(problem, Tampered)
        return cls(problem.public_message, ExitCode.ACT_SOON if lasting else problem.exit_code)


def update_index(context: JobContext, progress: Progress | None = None) -> FillReport | IndexProblem:
    """Index what was committed, or return why that is not possible.

    The queries of holds are asked about it, and documents follow what they find.
    """
    index = context.index()
    try:
        report = index.catch_up(progress=progress)
        asked = holds.ask_queries(index, context.place.archive)
        return index.catch_up() if asked.entries else report
    except (ArchiveError, ServiceUnavailable) as problem:
        return IndexProblem.of(problem)


def check_index(context: JobContext) -> IndexProblem | None:
    """Compare the index with the ledgers.

    None if the index has everything that was committed until LATE ago.
    """
    chains = capture_chains(context.place.archive)
    try:
        marks = context.index().marks()
        late = count_missing(context.place.archive, chains, marks)[1]
    except IndexMissing as problem:
        return IndexProblem(f"there is no index. {problem.mend}", ExitCode.ACT_SOON) if chains else None
    except (ArchiveError, ServiceUnavailable) as problem:
        return IndexProblem.of(problem)
    if marks.made_by != mapping.digest():
        words = "the index was made by another version of recordroom. Run `recordroom rebuild index`."
        return IndexProblem(words, ExitCode.ACT_SOON)
    if not late:
        return None
    missing = ", ".join(f"{name}: {counted(number, 'entry')}" for name, number in sorted(late.items()))
    minutes = LATE // timedelta(minutes=1)
    words = f"entries of the ledgers are missing from the index for more than {minutes} minutes ({missing})"
    mend = "See the log of the task index in Airflow's DAG capture. `recordroom capture` also indexes them."
    return IndexProblem(f"{words}. {mend}", ExitCode.ACT_SOON)
