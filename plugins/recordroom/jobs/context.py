"""The archive with the register in force, which every job needs."""

from __future__ import annotations

from dataclasses import dataclass

from recordroom import settings
from recordroom.archive.state.account_state import AccountState
from recordroom.capture import register_ledger
from recordroom.capture.workspace import Workspace
from recordroom.register.models import Account, Register
from recordroom.search.index.indexer import Index


@dataclass(frozen=True, slots=True)
class JobContext:
    """The archive with the register in force."""

    place: Workspace  # the archive, derived data, and settings
    register: Register  # in force
    alarm: str  # why the register in force is not the register's file, in words; "" if it is

    @classmethod
    def open(cls, *, record: bool = True, confirm: register_ledger.Confirm | None = None) -> JobContext:
        """Open the archive and read the register.

        record: False writes nothing to the archive, whatever the register says.
        confirm: as in `capture.register.in_force`.
        """
        place = Workspace.of(settings.load())
        place.archive.require()
        place.derived.require()
        file = place.settings.register_file
        return cls(
            place,
            *register_ledger.in_force(
                place.archive, file, record=record, derived=place.derived, confirm=confirm
            ),
        )

    def index(self) -> Index:
        return Index(self.place.settings, self.place.archive, self.place.derived)

    def state(self, account: Account) -> AccountState:
        return AccountState(self.place.archive, self.place.derived, account)
