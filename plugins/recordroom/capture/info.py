"""The facts that all manifests of one capture need, and its progress."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from recordroom.archive.store import Store
from recordroom.errors import DerivedDamaged
from recordroom.platforms.contract import Connector
from recordroom.platforms.registry import load
from recordroom.register.models import Account

if TYPE_CHECKING:
    from recordroom.capture.segment.parsing import Parser

_log = logging.getLogger(__name__)


class Spending(NamedTuple):
    """What a capture has spent."""

    requests: int = 0  # over HTTP, repetitions and media included
    pages: int = 0  # responses of the window
    units: int = 0  # of the platform's rate or quota
    paid: int = 0  # thousandths of a US dollar


@dataclass(slots=True)
class CaptureProgress:
    """The part that changes while a capture runs; its manifests and outcome report it."""

    identity: dict[str, Any] | None = None  # who the platform said the account is, when it was last asked
    spending: Spending = field(default_factory=Spending)
    new: int = 0  # rows of records that the archive did not have
    changed: int = 0  # rows of records that it had
    absent: int = 0  # rows of records that the platform no longer shows
    limits: str = ""  # what the platform's lists leave out, in the connector's words
    leftover: dict[str, int] = field(default_factory=dict)  # unrecognized field -> how often it was met
    validators: dict[str, dict[str, str]] = field(default_factory=dict)  # address -> {etag, last-modified}
    # SHA-256 of responses that cannot be parsed, or not be checked
    unread: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    # (time of the entry, damage of the catalog)
    rows_wait: list[tuple[datetime, str]] = field(default_factory=list)

    def warn_once(self, warning: str) -> None:
        """Add a warning, unless it is empty or was given before."""
        if warning and warning not in self.warnings:
            self.warnings.append(warning)


@dataclass(frozen=True, slots=True)
class CaptureInfo:
    """The facts that every manifest of one capture needs.

    Nothing here changes while the capture runs, except `progress`.

    A copy with another `capture_id` describes an interrupted capture. It shares `progress`, so that its rows
    count for the capture that recovers them.
    """

    archive: Store
    derived: Store
    account: Account  # as the register names it
    agency: str
    parser: Parser
    capture_id: str
    window: Mapping[str, Any]  # {kind, since?, url?}, as manifests name it
    started: datetime
    who: str  # the actor of the ledger entries
    progress: CaptureProgress = field(default_factory=CaptureProgress)
    # hash -> size of an imported file: each manifest names it
    files: Mapping[str, int] = field(default_factory=dict)

    @property
    def connector(self) -> Connector:
        """The connector of the account's platform."""
        return load(self.account.platform)

    def postpone_rows(self, since: datetime, damage: DerivedDamaged) -> None:
        """Leave the rows of an entry to a later capture or `rebuild records`.

        Its manifest has all that they say.
        """
        _log.warning("the rows of account %s are not written yet: %s", self.account.id, damage)
        self.progress.rows_wait.append((since, damage.full_message))


def new_capture_id(started: datetime) -> str:
    """Return the id of a capture that starts now: ids sort by time."""
    return f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
