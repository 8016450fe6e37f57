"""Where captures go: the two buckets, the spool, and the settings that name them."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from recordroom.archive import store
from recordroom.archive.store import Store
from recordroom.settings import Settings


@dataclass(frozen=True, slots=True)
class Workspace:
    """`transport` replaces the network in tests that run a platform in-process."""

    settings: Settings
    archive: Store
    derived: Store
    transport: httpx.BaseTransport | None = None

    @classmethod
    def of(cls, settings: Settings) -> Workspace:
        return cls(settings, store.archive(settings), store.derived(settings))
