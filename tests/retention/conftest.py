"""An archive of the test's own, with its index."""

from __future__ import annotations

from tests.indexed import building, index

__all__ = ["building", "index"]
