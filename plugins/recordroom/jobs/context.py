"""The archive with the register in force: what every job needs."""

from __future__ import annotations

from dataclasses import dataclass

from recordroom import settings
from recordroom.archive.state.account_state import AccountState
from recordroom.capture import register as registers
from recordroom.capture.place import Archive
from recordroom.register.models import Account, Register
from recordroom.search.index.indexer import Index


@dataclass(frozen=True, slots=True)
class JobContext:
    """The archive with the register in force; `alarm`: in words, why that is not the file, or ""."""

    place: Archive
    register: Register
    alarm: str

    @classmethod
    def enter(cls, *, record: bool = True, confirm: registers.Confirm | None = None) -> JobContext:
        """`record` False: nothing is written, whatever the register says. `confirm`: as register.in_force says."""
        place = Archive.of(settings.load())
        place.archive.require()
        place.derived.require()
        file = place.settings.register_file
        return cls(place, *registers.in_force(place.archive, file, record=record, derived=place.derived, confirm=confirm))

    def index(self) -> Index:
        return Index(self.place.settings, self.place.archive, self.place.derived)

    def state(self, account: Account) -> AccountState:
        return AccountState(self.place.archive, self.place.derived, account)
