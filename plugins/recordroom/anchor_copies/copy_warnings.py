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

A_DAY = timedelta(hours=26)  # from one night to the next; a night may take longer


def list_warnings(archive: Store, derived: Store, settings: Settings, now: datetime) -> Iterator[str]:
    """Yield each warning in words; none before the first anchor."""
    newest = anchor.read_last(archive)
    if newest is None:
        return
    destinations = make_destinations(archive, settings)
    state = read_state(derived)
    for one in destinations:
        failure = state.get(one.name, {})
        if "problem" in failure:
            when = _format(moment(failure["failed_at"]))
            yield f"Anchors did not reach the {one.name} on {when}: {failure['problem']}"
    copies = [state.get(one.name, {}).get("number", 0) for one in destinations if one.is_copy]
    last = max(copies, default=0)
    copied = Ledger(archive, anchor.NAME).read(last)
    if not copies:
        yield (
            "Anchors are only in the archive that they protect: no destination outside it is set. A person"
            f" who can write to the archive could change it unnoticed. To fix this: set {VARIABLES}."
        )
    elif copied is None and last:
        yield (
            f"Anchor {last} left the archive, and the archive does not have it. To fix this: run"
            " `recordroom verify --anchor` with that file. If the archive was restored, set new destinations."
        )
    elif copied is None:
        yield "No anchor has left the archive yet. To fix this: run `recordroom anchor`."
    elif now - copied.at > A_DAY:
        yield (
            f"The newest anchor outside the archive is of {_format(copied.at)}. Later entries could be"
            " changed unnoticed. To fix this: run `recordroom anchor`, and check whether the DAG fixity runs."
        )


def _format(when: datetime) -> str:
    return dates.format_both_zones(when)
