"""Helpers of the writer and the tests of stored captures: the next captures, and a state's content."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from recordroom.archive.state.account_state import AccountState
from tests.archives import TestArchive
from tests.capture.everywhere.scene import Scene
from tests.capture.stored_archives.accounts import go_on
from tests.clock import standing
from tests.imports.taking import take

STATES = "states.json"
IMPORTED = "mastodon-import"  # the account whose import was interrupted, and is started again
UNDISTURBED = "mastodon-undisturbed"  # the interrupted captures must have the same result
FILE = [
    {"recordroom": 1},
    *(
        {
            "kind": "post",
            "record_id": f"mastodon:social.test/statuses/{number}",
            "text": f"Old notice {number}",
            "published_at": f"2019-02-0{number}T06:10:00-08:00",
        }
        for number in range(1, 8)
    ),
    {"kind": "post", "text": "An ID is missing"},
]


def begin_import(scene: Scene, folder: Path) -> None:
    """Import the file of old notices."""
    path = folder / "old.jsonl"
    path.write_bytes(b"\n".join([*map(orjson.dumps, FILE), b""]))
    take(scene.archive, scene.name, path)


def come_to(scene: Scene, folder: Path) -> dict[str, Any]:
    """Return the results of the next captures of an account, with its rows at the end."""
    if scene.name == IMPORTED:
        with standing(scene.network.now):
            begin_import(scene, folder)
    return {**go_on(scene), "rows": rows_of(scene)}


def rows_of(scene: Scene) -> list[list[Any]]:
    """Return what must be equal in two archives of the same story."""
    names = ("record_id", "sequence", "kind", "status", "text", "changed", "version")
    return [
        [*(row[name] for name in names), [file["sha256"] for file in row["media"]]] for row in scene.rows()
    ]


def told_by(state: AccountState) -> dict[str, Any]:
    """Return a state in the form in which a snapshot stores it."""
    told = {"number": state.tail.number, "sums": state.sums, "records": list(state.window(None))}
    found: dict[str, Any] = orjson.loads(orjson.dumps(told))
    return found


def states_of(archive: TestArchive, name: str) -> tuple[AccountState, AccountState]:
    """Return the state (from the stored snapshot, from the manifests alone)."""
    return archive.state(name), archive.state(name, trust_snapshot=False)
