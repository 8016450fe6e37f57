"""The two buckets and the spool that captures write to."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from recordroom.archive import store
from recordroom.archive.store import Store
from recordroom.settings import Settings


@dataclass(frozen=True, slots=True)
class Workspace:
    """The buckets, and the settings."""

    settings: Settings
    archive: Store
    derived: Store
    transport: httpx.BaseTransport | None = (
        None  # replaces the network in tests that run a platform in-process
    )

    @classmethod
    def of(cls, settings: Settings) -> Workspace:
        """Open the buckets of the settings."""
        return cls(settings, store.archive(settings), store.derived(settings))
