"""What all segments of one capture share."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from recordroom.archive.state.account_state import AccountState
from recordroom.archive.state.record_state import RecordState
from recordroom.archive.store import Store
from recordroom.capture.parsers import Parser
from recordroom.errors import DerivedDamaged
from recordroom.model import Media
from recordroom.platforms import Connector, load
from recordroom.register.models import Account

_log = logging.getLogger(__name__)
FetchMedia = Callable[[Media, Path], dict[str, Any]]


class Spent(NamedTuple):
    """What was asked for: HTTP requests, exchanges of the window, units of the platform's limit, thousandths of a US dollar."""

    requests: int = 0
    pages: int = 0
    units: int = 0
    paid: int = 0


@dataclass(slots=True)
class Work:
    """`window`: {kind, since?} as manifests say it. `who`: the actor of its entries. `fetch_media(media, folder)` gives an outcome
    {identity, ..., sha256, bytes | missing_reason}. `cache`: what is held of a small window, read in one go; None for a large one.
    `files`: hash -> size of what every manifest of the capture names beside its records' media: the file of an import. `rows_wait`:
    (time of an entry whose rows wait until the catalog is fixed, damage in words); copies share it, as they share `leftover`."""

    archive: Store
    derived: Store
    account: Account
    agency: str
    parser: Parser
    state: AccountState
    capture_id: str
    window: dict[str, Any]
    started: datetime
    identity: dict[str, Any] | None
    fetch_media: FetchMedia
    who: str
    cache: dict[str, RecordState] | None = None
    requests: int = 0
    pages: int = 0
    units: int = 0
    paid: int = 0
    leftover: dict[str, int] = field(default_factory=dict)
    files: Mapping[str, int] = field(default_factory=dict)
    rows_wait: list[tuple[datetime, str]] = field(default_factory=list)

    def postpone_rows(self, since: datetime, damage: DerivedDamaged) -> None:
        """The manifests have all that the rows say: a later capture, or `rebuild records`, writes them."""
        _log.warning("the rows of account %s are not written yet: %s", self.account.id, damage)
        self.rows_wait.append((since, damage.full_message))

    @property
    def spent(self) -> Spent:
        return Spent(self.requests, self.pages, self.units, self.paid)

    @property
    def connector(self) -> Connector:
        """Of the account's platform."""
        return load(self.account.platform)

    def held(self, record_ids: Iterable[str]) -> dict[str, RecordState]:
        """What is held of these records; more may be in the answer."""
        if self.cache is None:
            return self.state.get(record_ids)
        unknown = [r for r in record_ids if r not in self.cache]
        return {**self.state.get(unknown), **{r: self.cache[r] for r in record_ids if r in self.cache}} if unknown else self.cache

    def settle(self, record_ids: Iterable[str]) -> None:
        """After a commit: the cache follows the state."""
        if self.cache is not None:
            self.cache.update(self.state.get(record_ids))
