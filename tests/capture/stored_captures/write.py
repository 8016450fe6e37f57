"""Write interrupted captures as today's code leaves them.

`python -m tests.capture.stored_captures.write 2026-11` makes `2026-11.tar.xz`. The same code writes the same
bytes.

One archive has an account for each point where a capture is killed, and some further ones. The file holds
both buckets, the spool, the register, and the sandbox of each account. `states.json` has the states of the
accounts with a snapshot, from the manifests alone; `next.json` has the results of the next captures by the
same code. The new post of a killed capture is deleted on the platform before the file is written, so only
what the capture left has it.
"""

from __future__ import annotations

import json
import secrets
import socket
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from infra.local.services.seaweedfs import SeaweedFS
from infra.local.support.place import Place
from infra.local.support.ports import free_base
from infra.sandbox.faces import native_id
from recordroom.archive.ledger import actor
from recordroom.archive.state import account_state
from recordroom.capture.file_import import run as file_import
from recordroom.capture.permalink.capture import capture_conversation
from recordroom.capture.segment import segment
from recordroom.imports import split
from tests import shared
from tests.archives import TestArchive, make
from tests.capture import airflow_database
from tests.capture.everywhere.scene import Scene, conversation
from tests.capture.stored_archives.accounts import (
    NEXT,
    at_once,
    entry_of,
    new_network,
    open_account,
    read_register,
    write_register,
)
from tests.capture.stored_archives.write import LIFE, PAUSE, be_left, put, stored
from tests.capture.stored_captures.restored import (
    IMPORTED,
    STATES,
    UNDISTURBED,
    begin_import,
    come_to,
    told_by,
)
from tests.capture.test_crashes import in_child, writes_of
from tests.clock import standing
from tests.services import S3, Buckets

HERE = Path(__file__).parent
START = datetime(2026, 6, 1, 16, tzinfo=UTC)
SNAPSHOTS = ("facebook-snapshot", "mastodon-snapshot")
# Name of an account -> the write before which its capture is killed: how its name begins, and which of
# several such writes it is.
POINTS = {
    "mastodon-folder": ("open exchanges.warc.gz", 1),
    "mastodon-exchange": ("os.mkdir unjudged", 1),
    "mastodon-download": ("os.rename part", 1),
    "mastodon-file": ("open media.jsonl", 1),
    "mastodon-segment": ("PUT ", 1),
    "mastodon-media": ("PUT ", 2),
    "mastodon-evidence": ("PUT 0000", 1),
    "mastodon-manifest": ("PUT 2026", 2),
    "mastodon-rows": ("os.rmdir 1", 1),
    "mastodon-spool": ("os.rmdir 2026", 1),
    "mastodon-lock": ("os.remove 2026", 1),
    "mastodon-parts": ("PUT 0000", 2),
    "mastodon-failure": ("PUT 2026", 1),
    "mastodon-failed": ("PUT 0000", 2),
    "mastodon-history": ("PUT 0000", 2),
    "mastodon-link": ("PUT 0000", 1),
    IMPORTED: ("PUT 0000", 2),
}
PARTED = ("mastodon-parts", "mastodon-history")  # their segments end after two requests
FAILING = ("mastodon-failure", "mastodon-failed")
random = Random()  # noqa: S311 (the same each time)


@contextmanager
def repeatable() -> Iterator[None]:
    """Make IDs, nonces, and the name of the acting person the same each time."""
    actor.cache_clear()
    with (
        patch.object(uuid, "uuid4", lambda: uuid.UUID(int=random.getrandbits(128), version=4)),
        patch.object(secrets, "token_hex", lambda size=32: random.randbytes(size).hex()),
        patch.object(socket, "gethostname", lambda: "archive.test"),
        patch.dict("os.environ", LOGNAME="recordroom"),
    ):
        yield
    actor.cache_clear()


def date_by(archive: TestArchive, scenes: list[Scene]) -> None:
    """Set the store's clock to that of the newest scene."""

    def dated(parsed: dict[str, Any], **_: Any) -> None:
        now = scenes[-1].network.now() if scenes else START
        parsed["ResponseMetadata"]["HTTPHeaders"]["date"] = format_datetime(now, usegmt=True)

    archive.archive.client.meta.events.register("after-call.s3", dated)  # of both buckets


def first_act(scene: Scene) -> None:
    """Publish and capture the posts before the capture that is killed."""
    scene.publish("School starts at nine", photos=[scene.photo("A school bus")])
    if scene.name != "mastodon-history":
        scene.capture()
        scene.capture()


def second_act(scene: Scene) -> None:
    """Edit a post, and publish a new one with a reply."""
    [old] = [post for post in scene.network.posts.values() if post.author == scene.us]
    scene.network.edit(old, "School starts at ten")
    conversation(scene)


def last_act(scene: Scene) -> None:
    """Delete the new post and everything below it."""
    for post in list(scene.network.posts.values()):
        if post.root or post.now.text == "Closed today":
            scene.network.remove(post)


def kill(scene: Scene, folder: Path) -> None:
    """Kill the process of a capture, or of an import, at the account's point."""
    archive, spool = scene.archive, scene.archive.place.settings.spool

    def work() -> object:
        random.seed(f"{scene.name} killed")
        if scene.name == IMPORTED:
            begin_import(scene, folder)
            return None
        if scene.name == "mastodon-link":
            return capture_conversation(
                archive.place, archive.register, archive.account(scene.name), link_of(scene)
            )
        return archive.capture(scene.name)

    name, which = POINTS[scene.name]
    with ExitStack() as stack:
        stack.enter_context(patch.object(file_import, "SEGMENT_CHANGES", 2))
        stack.enter_context(patch.object(split, "LARGEST", 300))
        if scene.name in PARTED:
            stack.enter_context(patch.object(segment, "MAX_REQUESTS", 2))
        if scene.name in FAILING:
            scene.network.fail(scene.where, 500, times=40, after=4)
        events = in_child(
            lambda: writes_of(
                archive, spool, work, lambda told: told[-1].startswith(name) and count(told, name) == which
            )
        )
        assert events is None, (scene.name, events)
        scene.network.faults.clear()


def count(events: list[str], name: str) -> int:
    return sum(event.startswith(name) for event in events)


def link_of(scene: Scene) -> str:
    """Return the permalink of the newest post of the account."""
    [known, *_] = [row for row in scene.rows() if row["kind"] == "post"]
    newest = max(
        (post for post in scene.network.posts.values() if post.author == scene.us),
        key=lambda post: post.number,
    )
    return str(known["url"]).replace(known["record_id"].rpartition("/")[2], native_id(scene.network, newest))


def be_killed(scene: Scene, folder: Path) -> None:
    first_act(scene)
    second_act(scene)
    if scene.name == UNDISTURBED:
        scene.capture()
    else:
        kill(scene, folder)
    last_act(scene)


def be_imported(scene: Scene, folder: Path) -> None:
    first_act(scene)
    begin_import(scene, folder)


def be_linked(scene: Scene, folder: Path) -> None:  # noqa: ARG001 (of a life)
    """Capture one conversation by its permalink twice, with a change in between."""
    first_act(scene)
    second_act(scene)
    for _ in range(2):
        capture_conversation(
            scene.archive.place, scene.archive.register, scene.archive.account(scene.name), link_of(scene)
        )
        comments = [post for post in scene.network.posts.values() if post.root]
        scene.network.edit(comments[0], "And the buses, please?")


def be_explained(scene: Scene, folder: Path) -> None:
    """Explain two days without a capture in the register."""
    first_act(scene)
    scene.network.clock = scene.network.now() + PAUSE
    be_left(scene)
    scene.network.clock = scene.network.now() + timedelta(days=1)
    said = {
        "not-captured": {
            "until": f"{scene.network.now() - timedelta(days=1):%Y-%m-%d}",
            "why": "the power was off",
        }
    }
    told = [one | ({"explained": said} if one["id"] == scene.name else {}) for one in entries()]
    scene.archive.register = read_register(scene.archive, write_register(folder, told))
    scene.capture()


def be_folded(scene: Scene, _: Path) -> None:
    """Store the account's state in a snapshot at the end of each second capture."""
    with patch.object(account_state, "SNAPSHOT_ENTRIES", 2):
        for step in LIFE:
            scene.network.clock = scene.network.now() + (PAUSE if step is be_left else timedelta(0))
            step(scene)
    scene.publish("After the last snapshot")
    scene.capture()


Life = Callable[[Scene, Path], None]
LIVES: dict[str, Life] = {
    UNDISTURBED: be_killed,
    **dict.fromkeys(POINTS, be_killed),
    "mastodon-imported": be_imported,
    "mastodon-linked": be_linked,
    **dict.fromkeys(SNAPSHOTS, be_folded),
    "mastodon-explained": be_explained,
}


def entries() -> list[dict[str, Any]]:
    return [entry_of(name) for name in LIVES]


def live(archive: TestArchive, folder: Path) -> list[Scene]:
    """Run all accounts, one after the other.

    Those that are killed begin at the same time, so that equal stories give equal IDs.
    """
    scenes = list[Scene]()
    date_by(archive, scenes)
    random.seed("register")
    with standing(lambda: START):
        known = read_register(archive, write_register(folder, entries()))
    for name, life in LIVES.items():
        random.seed(name)
        scene = open_account(name, new_network(name, START), archive.place, known)
        scenes.append(scene)
        with standing(scene.network.now):
            life(scene, folder)
    return scenes


def write(path: Path) -> None:
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        folder = Path(place)
        service = SeaweedFS(Place(folder / "services", free_base(), shared.cache()), durable=False)
        database = airflow_database.migrate(folder)
        for context in (service.running(), airflow_database.used(database), at_once(), repeatable()):
            stack.enter_context(context)
        s3 = S3.of(service)
        archive = make(s3, Buckets(), folder)
        scenes = live(archive, folder)
        files = stored(archive, scenes, folder)
        states = {
            name: told_by(archive_of(scenes, name).state(name, trust_snapshot=False)) for name in SNAPSHOTS
        }
        files[STATES] = json.dumps(states, indent=1).encode()
        files[NEXT] = json.dumps({scene.name: come_to(scene, folder) for scene in scenes}, indent=1).encode()
        put(files, path)
    print(f"{path.name}: {path.stat().st_size} bytes")


def archive_of(scenes: list[Scene], name: str) -> TestArchive:
    return next(scene.archive for scene in scenes if scene.name == name)


if __name__ == "__main__":
    write(Path(sys.argv[1]) if "/" in sys.argv[1] else HERE / f"{sys.argv[1]}.tar.xz")
