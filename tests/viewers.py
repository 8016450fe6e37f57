"""Viewers for tests: someone who may see what is under quarantine, someone who may not, and people who read
the audit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from recordroom.audit.view import AuditReader
from recordroom.search.access import Viewer
from recordroom.search.searcher import Searcher


def reader(searcher: Searcher, name: str | None = None, hidden: Iterable[str] = ()) -> Viewer:
    """Return a viewer without the right to see the quarantine.

    hidden: accounts that they may not see.
    """
    snapshot = searcher.quarantine.snapshot()
    return Viewer(name, tuple(hidden), sees_quarantine=False, sees_matters=False, snapshot=snapshot)


def officer(searcher: Searcher, name: str | None = None, hidden: Iterable[str] = ()) -> Viewer:
    """Return a viewer who may see the quarantine, where they ask for it."""
    snapshot = searcher.quarantine.snapshot()
    return Viewer(name, tuple(hidden), sees_quarantine=True, sees_matters=False, snapshot=snapshot)


@dataclass(frozen=True)
class Person:
    """A person who reads the audit; `reading(searcher)` is what the page of the audit takes."""

    name: str
    hidden: tuple[str, ...] | None  # None: which accounts are hidden from them is not known
    quarantined: bool = False
    matters: bool = False

    def reading(self, searcher: Searcher) -> AuditReader:
        snapshot = searcher.quarantine.snapshot()
        viewer = Viewer(self.name, self.hidden or (), self.quarantined, self.matters, snapshot)
        return AuditReader(viewer, accounts_known=self.hidden is not None)
