"""The demonstration's retention file: the committed one, with the one-time list of this place if it has one.

IDs of the demonstration's records differ from place to place, so the committed file cannot list them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import yaml

from infra.local.support.passwords import write_private
from infra.local.support.place import REPOSITORY, Place
from recordroom.model import ZONE

COMMITTED = REPOSITORY / "infra/local/retention.yaml"


def write(place: Place) -> None:
    """Write the retention file of this place."""
    kept = place.root / "one_time_lists.yaml"
    lists = kept.read_text("utf-8") if kept.exists() else ""
    write_private(place.retention_file, COMMITTED.read_text("utf-8") + lists)


def add_one_time_list(place: Place, name: str, title: str, records: Iterable[str]) -> None:
    """Add the one list of this place to its retention file, as an administrator would."""
    approved = {
        "id": name,
        "title": title,
        "approved_on": datetime.now(ZONE).date(),
        "source": "Minutes of the Local Records Committee (made up)",
        "records": sorted(records),
    }
    text = yaml.safe_dump({"one_time_lists": [approved]}, sort_keys=False)
    write_private(place.root / "one_time_lists.yaml", f"\n{text}")
    write(place)
