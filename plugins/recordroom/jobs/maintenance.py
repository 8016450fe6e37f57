"""Keep the archive sound.

Verification, anchors, compaction, rebuilds, exports, and what interrupted captures left in the spool.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from recordroom import dates, settings
from recordroom.anchor_copies.delivery import Delivery, deliver
from recordroom.anchor_copies.destinations import make_destinations
from recordroom.archive import anchor, compaction, store, timestamp, verify
from recordroom.archive.ledger import Ledger, capture_chains
from recordroom.archive.records import file_system
from recordroom.archive.state.summary_fold import SummaryReader
from recordroom.archive.verify import ArchiveProblem, VerifyReport
from recordroom.capture import register_ledger, run
from recordroom.capture.credentials import airflow_secrets
from recordroom.capture.credentials.tokens import needs_saved_token
from recordroom.capture.derived import rebuild
from recordroom.capture.derived.rebuild import Rebuilt
from recordroom.capture.derived.reparse import reparse
from recordroom.capture.derived.verification import compare_all
from recordroom.capture.segment.spool import find_abandoned, find_foreign
from recordroom.capture.session import Outcome
from recordroom.capture.windows import NIGHTS, PATIENCE
from recordroom.capture.workspace import Workspace
from recordroom.errors import RecordroomError
from recordroom.exports import removal, worker
from recordroom.exports.workspace import UnderWay
from recordroom.jobs.context import JobContext
from recordroom.jobs.index import Progress
from recordroom.jobs.schedule import list_open_accounts, read_sums
from recordroom.register.models import Account, Chain
from recordroom.search.searcher import Searcher


def list_waiting(context: JobContext) -> dict[str, str]:
    """Return account -> what waits in this machine's spool, and what commits it.

    An account that is still captured is left out, since its next capture commits what the last one left. Data
    fetched from another account is listed too; nothing commits that.
    """
    return _list_left_behind(context) | {
        chain.id: f"{_FOREIGN}: {folder}" for chain, folder in find_foreign(context.place.settings.spool)
    }


_FOREIGN = (
    "an interrupted capture fetched data of another account, because the address in the register was wrong "
    "then; this data is not archived under this name. If that account is the agency's, register it under its "
    "own ID. When the folder is no longer needed, remove it"
)


def _list_left_behind(context: JobContext) -> dict[str, str]:
    captured = {(account.platform, account.id) for account in list_open_accounts(context)}
    root = context.place.settings.spool
    found = [chain for chain in find_abandoned(root) if (chain.platform, chain.id) not in captured]
    return {
        c.id: (
            f"data of an interrupted capture waits in {root / c.platform / c.id}; "
            f"{_describe_remedy(context, c)}"
        )
        for c in found
    }


def _describe_remedy(context: JobContext, chain: Chain) -> str:
    if chain.id in context.register.stopped:
        return "correct the account's entry in the register, and the next capture commits it"
    if any(account.id == chain.id and account.import_only for account in context.register.accounts):
        return "the account is kept by imports only: the next sweep, or its next import, commits it"
    if any(account.id == chain.id for account in context.register.accounts):
        return f"the account is closed: the next sweep commits it, or `recordroom capture {chain.id}` now"
    return f"put its entry back into the register, with closed_on, and run `recordroom capture {chain.id}`"


def commit_left_behind(context: JobContext) -> tuple[list[Outcome], dict[str, str]]:
    """Commit what waits in the spool for accounts that are no longer captured.

    Returns the outcomes, and account -> why something still waits there.
    """
    done, failed = [], {}
    for name in _list_left_behind(context):
        account = next((a for a in context.register.accounts if a.id == name), None)
        if account is not None:
            try:
                done.append(run.recover(context.place, context.register, account))
            except RecordroomError as problem:
                failed[name] = str(problem)
    return done, list_waiting(context) | failed


def list_expiring_tokens(context: JobContext) -> dict[str, str]:
    """Return account -> when its token expires, if a renewed one cannot be saved.

    Empty if renewed tokens can be saved.
    """
    renewing = [a for a in list_open_accounts(context) if needs_saved_token(a)]
    why = airflow_secrets.why_not_writable() if renewing else ""
    return (
        {
            account.id: f"{why}; its token expires {_describe_token_end(context, account)}"
            for account in renewing
        }
        if why
        else {}
    )


def _describe_token_end(context: JobContext, account: Account) -> str:
    token = read_sums(context, account).token
    return (
        f"on {token['expires_at']}"
        if "expires_at" in token
        else "at an unknown time: the platform has not given it yet"
    )


def verify_archive(
    share: tuple[int, int] | None = None,
    outside: Sequence[Path] = (),
    authority: Path | None = None,
    progress: Progress | None = None,
) -> VerifyReport:
    """Verify the archive without reading the register, which may be damaged.

    share: as in `archive.verify.verify`. outside: files of anchors that were kept outside the archive.
    authority: file with the certificates of the time-stamping authority; None for that of the settings.
    """
    anchors, loaded = [anchor.read_file(file) for file in outside], settings.load()
    roots = timestamp.read_certificates(authority or loaded.timestamp_ca)
    archive = Workspace.of(loaded).archive
    return verify.verify(archive, share=share, outside=anchors, roots=roots, progress=progress)


def compact_rows(context: JobContext) -> int:
    """Merge small Parquet files; return the number merged."""
    place, heads = context.place, {}
    for chain in capture_chains(place.archive):
        state = SummaryReader(place.archive, place.derived, chain)
        heads[chain.id] = (state.tail.number, state.sums.rows)
    return compaction.compact(place.derived, file_system(place.settings), heads)


def rebuild_records(context: JobContext, progress: Progress | None = None) -> Rebuilt:
    """Parse the evidence that could not be read before, then derive all rows again."""
    found = sum(
        reparse(context.place, context.register.agency.id, context.register.agency.contact, a)
        for a in context.register.accounts
        if not a.import_only
    )
    done = rebuild.rebuild_records(context.place.archive, context.place.derived, progress)
    done.reparsed = found
    return done


def write_anchor(context: JobContext) -> tuple[str, list[Delivery]]:
    """Anchor all chains, and send the anchors that a destination outside the archive is missing.

    Returns the root, and how each delivery ended.
    """
    place = context.place
    root: str = anchor.append(place.archive).body["root"]
    return root, deliver(place.archive, place.derived, make_destinations(place.archive, place.settings))


def describe_missing_anchor(context: JobContext, now: datetime) -> str:
    """Report in words that no anchor was written for two nights.

    "" if one was written, or the archive is younger than that.
    """
    newest = anchor.read_last(context.place.archive) or Ledger(
        context.place.archive, register_ledger.NAME
    ).read(1)
    if newest is None or now < newest.at + NIGHTS + PATIENCE:
        return ""
    since = (
        f"No anchor was written since {dates.format_both_zones(newest.at)}, although one is due every night "
        "after the archive is verified"
    )
    return f"{since}. To fix this: check whether Airflow's DAG fixity runs."


def verify_derived(progress: Progress | None = None) -> list[ArchiveProblem]:
    """Compare the derived data of all accounts with the archive, for `verify --full`."""
    place = Workspace.of(settings.load())
    return compare_all(place.archive, place.derived, place.settings, progress)


def make_export(order: str) -> dict[str, Any]:
    """Produce an export that was ordered in the records room; order: its id.

    Returns the result without the number of records under quarantine, since everyone who sees Airflow's pages
    can read it. An export that another process produces is left to that process: the result is empty.
    """
    try:
        return {
            name: value
            for name, value in worker.make_order(settings.load(), order).items()
            if name != "quarantine"
        }
    except UnderWay as problem:
        print(problem)
        return {}


def remove_old_exports(*, by_age: bool) -> removal.NightlyRemovals:
    """Remove old exports and finish interrupted removals.

    by_age: remove what is older than RECORDROOM_EXPORT_DAYS.
    """
    loaded = settings.load()
    searcher = Searcher(loaded, store.archive(loaded), store.derived(loaded))
    return removal.remove_old_files(searcher, loaded.export_days if by_age else None)
