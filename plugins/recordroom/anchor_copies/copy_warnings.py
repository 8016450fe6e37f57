"""What `status` reports about the copies of anchors outside the archive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from recordroom import dates
from recordroom.anchor_copies.delivery import read_state
from recordroom.anchor_copies.destinations import VARIABLES, make_destinations
from recordroom.archive import anchor
from recordroom.archive.ledger import Ledger
from recordroom.archive.store import Store
from recordroom.model import moment
from recordroom.settings import Settings

A_DAY = timedelta(hours=26)  # from one night to the next, of which one may take longer


def list_warnings(archive: Store, derived: Store, settings: Settings, now: datetime) -> Iterator[str]:
    """Yield each warning in words; none before the first anchor."""
    newest = anchor.read_last(archive)
    if newest is None:
        return
    names = [destination.name for destination in make_destinations(settings)]
    if not names:
        yield (
            "Anchors are only in the archive that they protect: no destination outside it is set. A person"
            f" who can write to the archive could change it unnoticed. To fix this: set {VARIABLES}."
        )
        return
    state = {name: one for name, one in read_state(derived).items() if name in names}
    for name, one in state.items():
        if "problem" in one:
            yield f"Anchors did not reach the {name} on {_format(moment(one['failed_at']))}: {one['problem']}"
    reached = max((one["number"] for one in state.values() if "number" in one), default=0)
    copied = Ledger(archive, anchor.NAME).read(reached) if reached else None
    if copied is None:
        yield "No anchor has left the archive yet. To fix this: run `recordroom anchor`."
    elif now - copied.at > A_DAY:
        yield (
            f"The newest anchor outside the archive is of {_format(copied.at)}. Later entries could be"
            " changed unnoticed. To fix this: run `recordroom anchor`, and check whether the DAG fixity runs."
        )


def _format(when: datetime) -> str:
    return dates.format_both_zones(when)
