"""What keeps the archive sound: verification, anchors, rebuilds, and what interrupted captures left behind."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from recordroom import dates, settings
from recordroom.archive import anchor, compaction, store
from recordroom.archive import verify as verification
from recordroom.archive.ledger import Ledger, capture_chains
from recordroom.archive.records import file_system
from recordroom.archive.state.account_state import Overall
from recordroom.archive.verify import Problem, Report
from recordroom.capture import (
    derived,
    rebuild,
    run,
    saved_tokens,
)
from recordroom.capture import register as registers
from recordroom.capture.outcome import Outcome
from recordroom.capture.place import Archive
from recordroom.capture.rebuild import Rebuilt
from recordroom.capture.reparse import reparse
from recordroom.capture.spool import left_behind, set_aside
from recordroom.capture.tokens import needs_a_place
from recordroom.capture.windows import NIGHTS, PATIENCE
from recordroom.errors import RecordroomError
from recordroom.exports import removal, worker
from recordroom.exports.workspace import UnderWay
from recordroom.jobs.context import JobContext
from recordroom.jobs.index import Progress
from recordroom.jobs.schedule import open_accounts, read_sums
from recordroom.register.models import Account, Chain
from recordroom.search.searcher import Searcher


def list_waiting(room: JobContext) -> dict[str, str]:
    """Account -> what waits in this machine's spool, and what takes it up: of accounts that are not captured any more, since one that is
    takes up itself what its last capture left; and what was fetched from another account, which nothing takes up."""
    return _left(room) | {chain.id: f"{_OTHERS}: {folder}" for chain, folder in set_aside(room.place.settings.spool)}


_OTHERS = (
    "what a capture that did not end had fetched of another account, as the register's address was wrong then, is not archived under this"
    " name; register that account under an id of its own where it is the agency's, and remove the folder once nobody needs it"
)


def _left(room: JobContext) -> dict[str, str]:
    captured = {(account.platform, account.id) for account in open_accounts(room)}
    root = room.place.settings.spool
    found = [chain for chain in left_behind(root) if (chain.platform, chain.id) not in captured]
    return {c.id: f"what a capture that did not end had fetched waits in {root / c.platform / c.id}; {_mend(room, c)}" for c in found}


def _mend(room: JobContext, chain: Chain) -> str:
    if chain.id in room.register.stopped:
        return "correct its entry in the register, and the next capture takes it up"
    if any(account.id == chain.id and account.import_only for account in room.register.accounts):
        return "it is kept by imports only: the next sweep takes it up, or its next import"
    if any(account.id == chain.id for account in room.register.accounts):
        return f"it is closed: the next sweep takes it up, or now `recordroom capture {chain.id}`"
    return f"put its entry back into the register, with closed_on, and run `recordroom capture {chain.id}`"


def take_up(room: JobContext) -> tuple[list[Outcome], dict[str, str]]:
    """Commit what waits in the spool of closed accounts; (what came, account -> why something waits there still)."""
    done, failed = [], {}
    for name in _left(room):
        account = next((a for a in room.register.accounts if a.id == name), None)
        if account is not None:
            try:
                done.append(run.take_up(room.place, room.register, account))
            except RecordroomError as problem:
                failed[name] = str(problem)
    return done, list_waiting(room) | failed


def list_expiring_tokens(room: JobContext) -> dict[str, str]:
    """Account -> in words when its token ends for want of a place that renewed ones can be saved in; none where there is such a place."""
    renewing = [a for a in open_accounts(room) if needs_a_place(a)]
    why = saved_tokens.why_not() if renewing else ""
    return {account.id: f"{why}; its token ends {_end(room, account)}" for account in renewing} if why else {}


def _end(room: JobContext, account: Account) -> str:
    token = read_sums(room, account).token
    return f"on {token['expires_at']}" if "expires_at" in token else "nobody knows when: the platform has not told yet"


def verify(share: tuple[int, int] | None = None, anchored: Path | None = None, progress: Progress | None = None) -> Report:
    """Whatever the register says, and however it was harmed."""
    outside = anchor.load(anchored) if anchored else None
    return verification.verify(Archive.of(settings.load()).archive, share=share, anchored=outside, progress=progress)


def compact(room: JobContext) -> int:
    """Merge small Parquet files; the number merged."""
    place, heads = room.place, {}
    for chain in capture_chains(place.archive):
        state = Overall(place.archive, place.derived, chain)
        heads[chain.id] = (state.tail.number, state.sums.rows)
    return compaction.compact(place.derived, file_system(place.settings), heads)


def rebuild_records(room: JobContext, progress: Progress | None = None) -> Rebuilt:
    """Read what could not be read before, then derive all rows anew."""
    found = sum(
        reparse(room.place, room.register.agency.id, room.register.agency.contact, a) for a in room.register.accounts if not a.import_only
    )
    done = rebuild.rebuild_records(room.place.archive, room.place.derived, progress)
    done.reparsed = found
    return done


def write_anchor(room: JobContext) -> str:
    """Anchor all chains; the root."""
    root: str = anchor.append(room.place.archive, room.place.settings.anchor_dir).body["root"]
    return root


def describe_missing_anchor(room: JobContext, now: datetime) -> str:
    """In words, that for two nights no anchor was written; "" where one was, or the archive is younger."""
    newest = anchor.last(room.place.archive) or Ledger(room.place.archive, registers.NAME).read(1)
    if newest is None or now < newest.at + NIGHTS + PATIENCE:
        return ""
    since = f"No anchor was written since {dates.both(newest.at)}, though one is every night, after the archive was verified"
    return f"{since}: see whether Airflow's DAG fixity runs."


def verify_derived(progress: Progress | None = None) -> list[Problem]:
    """`verify --full` of all accounts."""
    place = Archive.of(settings.load())
    found = (derived.compare(place.archive, place.derived, place.settings, a, progress) for a in capture_chains(place.archive))
    return [problem for problems in found for problem in problems] + derived.compare_gaps(place.archive, place.derived)


def make_export(order: str) -> dict[str, Any]:
    """Make what was ordered in the room, by its id; what came of it, as whoever sees Airflow's pages may read it: how often something was
    put under quarantine is not for them. One that another process makes is left to it."""
    try:
        return {name: value for name, value in worker.make_order(settings.load(), order).items() if name != "quarantine"}
    except UnderWay as problem:
        print(problem)
        return {}


def remove_old_exports(*, by_age: bool) -> tuple[int, int, int]:
    """(files of exports that were removed, as RECORDROOM_EXPORT_DAYS says if `by_age`, removals that were finished, files of orders that
    another version of recordroom wrote)."""
    loaded = settings.load()
    searcher = Searcher(loaded, store.archive(loaded), store.derived(loaded))
    return removal.remove_old_files(searcher, loaded.export_days if by_age else None)
