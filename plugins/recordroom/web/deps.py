"""The objects that every page works with.

One searcher serves the whole process. The register in force and the viewer say which accounts a person may
see.
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
from recordroom.jobs.index import IndexProblem, update_index
from recordroom.register.models import Register
from recordroom.register.validation import list_account_ids
from recordroom.rights import Right
from recordroom.search.access import Viewer
from recordroom.search.searcher import Searcher
from recordroom.singletons import singleton
from recordroom.web.auth import Person

HOUR = 3_600.0  # seconds
MOST = 50_000  # views that are remembered
_View = tuple[str, ...]


class RecentViews:
    """The views that the audit recorded within the last hour.

    Threads may share it. A view names the person, the record, and for a single file the file.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: dict[_View, float] = {}

    def add(self, *view: str) -> None:
        """Remember a view that the audit has recorded."""
        now = time.monotonic()
        with self._lock:
            if len(self._until) >= MOST:
                self._until = {one: until for one, until in self._until.items() if until > now}
            if len(self._until) >= MOST:
                self._until = {}
            self._until[view] = now + HOUR

    def includes(self, *view: str) -> bool:
        """Return whether the audit recorded this view within the hour."""
        with self._lock:
            return self._until.get(view, 0.0) > time.monotonic()


SHIPPED = 60  # seconds after which audit events leave this machine
_log = logging.getLogger(__name__)
_UPDATING = threading.Lock()  # one thread at a time brings the index up to date


@singleton
def get_workspace() -> Workspace:
    """Return the workspace of this process."""
    return Workspace.of(settings.load())


@singleton
def get_searcher() -> Searcher:
    """Return the searcher of this process.

    Its first use starts a thread that ships audit events.
    """
    loaded = settings.load()
    found = Searcher(loaded, store.archive(loaded), store.derived(loaded))
    threading.Thread(target=_ship_journal, args=(found,), daemon=True).start()
    return found


@singleton
def get_recent_views() -> RecentViews:
    """Return the recent views of this process."""
    return RecentViews()


def _ship_journal(shipping: Searcher) -> None:
    """Ship audit events as long as the process lives.

    They must not wait until the process ends.
    """
    while True:
        time.sleep(SHIPPED)
        try:
            shipping.journal.ship(shipping.archive)
        except RecordroomError as problem:
            _log.warning("the audit journal stays on this machine until the archive can take it: %s", problem)
        except Exception:  # noqa: BLE001 (if this thread ends, no event is shipped)
            _log.exception("the audit journal was not shipped")


def follow_ledger() -> None:
    """Let the index follow the ledger `retention`, in another thread.

    The scheduled index run does the same if this process ends before.
    """
    threading.Thread(target=_update_index, daemon=True).start()


def _update_index() -> None:
    with _UPDATING:
        try:
            report = update_index(_read_context(*_read_moment()))
        except RecordroomError as problem:
            _log.warning("the index follows the ledger with the next capture: %s", problem)
        except Exception:  # noqa: BLE001 (nothing waits for this thread)
            _log.exception("the index does not follow the ledger")
        else:
            if isinstance(report, IndexProblem):
                _log.warning("the index follows the ledger with the next capture: %s", report.words)


def read_coverage(viewer: Viewer) -> OverviewState:
    """Return the state of the accounts that the viewer may see.

    ServiceUnavailable if the bucket cannot be reached.
    """
    quarantine = None if viewer.sees_quarantine else viewer.quarantine
    return _get_overview().look(read_context()).without(viewer.hidden_accounts, quarantine)


def make_viewer(person: Person) -> Viewer:
    """Return the viewer of a request, which has one snapshot of the quarantine.

    Call it once for each request. ServiceUnavailable if the archive, which knows the confidential accounts,
    cannot be reached.
    """
    return make_viewer_hiding(
        person, () if person.may(Right.RESTRICTED) else _list_confidential(*_read_moment())
    )


def make_viewer_hiding(person: Person, hidden_accounts: tuple[str, ...]) -> Viewer:
    """Return the viewer of a person who may not see these accounts."""
    sees_quarantine, sees_matters = person.may(Right.QUARANTINE), person.may(Right.MATTERS)
    return Viewer(
        person.name, hidden_accounts, sees_quarantine, sees_matters, get_searcher().quarantine.snapshot()
    )


def read_register() -> Register:
    """Return the register in force, which may be up to a minute old."""
    return read_context().register


def list_registered_accounts() -> list[str]:
    """Return the IDs of the accounts of the register in force, those whose entry has errors too."""
    return list_account_ids(read_register())


def read_context() -> JobContext:
    """Return the archive with the register in force, which may be up to a minute old."""
    return _read_context(*_read_moment())


@singleton
def _get_overview() -> Overview:
    return Overview()


def _read_moment() -> tuple[int, int]:
    """Return the time of the register's file, and the minute.

    A value that was read for both is valid as long as both stay the same.
    """
    file = get_workspace().settings.register_file
    return file.stat().st_mtime_ns if file.exists() else 0, int(time.monotonic() // 60)


@lru_cache(maxsize=1)
def _read_context(stamp: int, minute: int) -> JobContext:  # noqa: ARG001 (what the cached value is valid for)
    return JobContext(
        get_workspace(),
        *register_ledger.in_force(
            get_workspace().archive, get_workspace().settings.register_file, record=False
        ),
    )


@lru_cache(maxsize=1)
def _list_confidential(stamp: int, minute: int) -> tuple[str, ...]:  # noqa: ARG001
    """Return the accounts that the register marks confidential.

    A change of its file applies at once. The archive, which knows accounts that were removed from the
    register, is read each minute.
    """
    return tuple(
        sorted(register_ledger.confidential(get_workspace().archive, get_workspace().settings.register_file))
    )
