"""The archived records of an account, as one capture reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from recordroom.archive.state.account_state import AccountState
from recordroom.archive.state.record_state import RecordState
from recordroom.model import instant


class KnownRecords:
    """The archived state of the account's records.

    A small window is loaded once (`load_window`), since each of its records is compared; the rest is read
    from the state's snapshot when it is asked for. After each commit, `settle` brings the loaded window up to
    date.
    """

    def __init__(self, state: AccountState, since: datetime | None = None) -> None:
        """since: when the capture's window begins; None: it covers the whole account."""
        self.state = state
        self._since = since
        self._loaded: dict[str, RecordState] | None = None

    @property
    def is_window_loaded(self) -> bool:
        """Whether the window is in memory."""
        return self._loaded is not None

    def load_window(self) -> None:
        """Read the window into memory.

        Only for one of a few days, the whole may be millions of records.
        """
        self._loaded = {one.record_id: one for one in self.state.window(self._since)}

    def get(self, record_ids: Iterable[str]) -> dict[str, RecordState]:
        """Return what is archived of these records; the result may hold others too."""
        if self._loaded is None:
            return self.state.get(record_ids)
        wanted = list(record_ids)
        unknown = [one for one in wanted if one not in self._loaded]
        if not unknown:
            return self._loaded
        return {
            **self.state.get(unknown),
            **{one: self._loaded[one] for one in wanted if one in self._loaded},
        }

    def find(self, record_id: str) -> RecordState | None:
        """Return what is archived of a record, wherever it belongs in time."""
        return self.state.get([record_id]).get(record_id)

    def find_in_window(self, record_id: str) -> RecordState | None:
        """Return what is archived of a record in the window.

        None if its conversation began before.
        """
        if self._loaded is not None:
            return self._loaded.get(record_id)
        held = self.find(record_id)
        return (
            held
            if held is not None and held.window_at >= (instant(self._since) if self._since else "")
            else None
        )

    def has(self, record_id: str) -> bool:
        """Return whether the archive has the record."""
        return self.find(record_id) is not None

    def in_window(self) -> Iterator[RecordState]:
        """Yield what is archived of the window, one conversation after the other."""
        return self.state.window(self._since) if self._loaded is None else iter(list(self._loaded.values()))

    def settle(self, record_ids: Iterable[str]) -> None:
        """Update the loaded window after a commit of these records."""
        if self._loaded is not None:
            self._loaded.update(self.state.get(record_ids))

    def reload(self) -> None:
        """Fold what others have committed meanwhile."""
        self.state.reload()
        if self._loaded is not None:
            self.settle(list(self._loaded))
