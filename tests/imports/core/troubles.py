"""Events between an import and its end: another commit, and a kill."""

from __future__ import annotations

from typing import Any

import pytest

from recordroom.archive.ledger import Ledger
from recordroom.capture.file_import import run
from recordroom.capture.segment.commit import commit
from tests.capture.stage import Play


def overtake(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """A capture commits before the import does, once."""

    def late(*given: Any, **more: Any) -> Any:
        monkeypatch.setattr(run, "commit", commit)
        play.sound()
        return commit(*given, **more)

    monkeypatch.setattr(run, "commit", late)


class Died(BaseException):
    """As if the process were killed."""


def dying(monkeypatch: pytest.MonkeyPatch, at: int, *, put: bool) -> None:
    """The commit of that number dies: before anything of it is put, or (`put`) after its evidence and before
    its entry.
    """
    count = 0

    def die(*given: Any, **more: Any) -> Any:
        nonlocal count
        count += 1
        if count != at:
            return commit(*given, **more)
        if put:
            monkeypatch.setattr(Ledger, "append", lambda *_, **__: (_ for _ in ()).throw(Died))
            return commit(*given, **more)
        raise Died

    monkeypatch.setattr(run, "commit", die)
