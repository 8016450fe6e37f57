"""What every page works with: one searcher for the process, the register in force, and which accounts
somebody may not see.
"""

from __future__ import annotations

import logging
import threading
import time
from functools import lru_cache

from recordroom import settings
from recordroom.archive import store
from recordroom.capture import register_ledger
from recordroom.capture.workspace import Workspace
from recordroom.coverage.overview import Overview, OverviewState
from recordroom.errors import RecordroomError
from recordroom.jobs.context import JobContext
from recordroom.register.models import Register
from recordroom.rights import Right
from recordroom.search.access import Viewer
from recordroom.search.searcher import Searcher
from recordroom.singletons import singleton
from recordroom.web.auth import Person

HOUR = 3_600.0  # seconds
MOST = 50_000  # looks that are remembered
_View = tuple[str, ...]


class RecentViews:
    """Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: dict[_View, float] = {}

    def add(self, *look: str) -> None:
        """The audit has it from now on: who, which record, and of a single file which."""
        now = time.monotonic()
        with self._lock:
            if len(self._until) >= MOST:
                self._until = {one: until for one, until in self._until.items() if until > now}
            if len(self._until) >= MOST:
                self._until = {}
            self._until[look] = now + HOUR

    def includes(self, *look: str) -> bool:
        with self._lock:
            return self._until.get(look, 0.0) > time.monotonic()


SHIPPED = 60  # seconds after which audit events leave this machine
_log = logging.getLogger(__name__)


@singleton
def get_workspace() -> Workspace:
    return Workspace.of(settings.load())


@singleton
def get_searcher() -> Searcher:
    loaded = settings.load()
    found = Searcher(loaded, store.archive(loaded), store.derived(loaded))
    threading.Thread(target=_ship_journal, args=(found,), daemon=True).start()
    return found


@singleton
def get_recent_views() -> RecentViews:
    return RecentViews()


def _ship_journal(shipping: Searcher) -> None:
    """For the life of the process: its events must not wait for its end."""
    while True:
        time.sleep(SHIPPED)
        try:
            shipping.journal.ship(shipping.archive)
        except RecordroomError as problem:
            _log.warning("the audit journal stays on this machine until the archive can take it: %s", problem)
        except Exception:  # noqa: BLE001 (this thread has to outlive what nobody thought of: no event would be shipped any more)
            _log.exception("the audit journal was not shipped")


def read_coverage(viewer: Viewer) -> OverviewState:
    """How the accounts stand that somebody may see. ServiceUnavailable if the bucket is away."""
    quarantine = None if viewer.sees_quarantine else viewer.quarantine
    return _get_overview().look(_read_context(*_read_moment())).without(viewer.hidden_accounts, quarantine)


def make_viewer(person: Person) -> Viewer:
    """Return the person who asks, as the archive knows them: once for each request, which then has one
    quarantine.

    ServiceUnavailable if the archive, which knows the confidential accounts, is away.
    """
    return make_viewer_hiding(
        person, () if person.may(Right.RESTRICTED) else _list_confidential(*_read_moment())
    )


def make_viewer_hiding(person: Person, hidden_accounts: tuple[str, ...]) -> Viewer:
    """Return the same of a person from whom these accounts are hidden."""
    sees_quarantine, sees_matters = person.may(Right.QUARANTINE), person.may(Right.MATTERS)
    return Viewer(
        person.name, hidden_accounts, sees_quarantine, sees_matters, get_searcher().quarantine.snapshot()
    )


def read_register() -> Register:
    return _read_context(*_read_moment()).register


@singleton
def _get_overview() -> Overview:
    return Overview()


def _read_moment() -> tuple[int, int]:
    """The time of the register's file, and the minute: what is made of both is good that long."""
    file = get_workspace().settings.register_file
    return file.stat().st_mtime_ns if file.exists() else 0, int(time.monotonic() // 60)


@lru_cache(maxsize=1)
def _read_context(stamp: int, minute: int) -> JobContext:  # noqa: ARG001 (what the answer is good for)
    return JobContext(
        get_workspace(),
        *register_ledger.in_force(
            get_workspace().archive, get_workspace().settings.register_file, record=False
        ),
    )


@lru_cache(maxsize=1)
def _list_confidential(stamp: int, minute: int) -> tuple[str, ...]:  # noqa: ARG001
    """Return the accounts that the register marks confidential.

    A change of its file holds at once; what only the archive knows, of accounts removed from it, is read each
    minute.
    """
    return tuple(
        sorted(register_ledger.confidential(get_workspace().archive, get_workspace().settings.register_file))
    )
