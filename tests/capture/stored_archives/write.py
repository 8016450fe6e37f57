"""Write an archive as today's code writes it.

`python -m tests.capture.stored_archives.write 2026-11` makes `2026-11.tar.xz`.

On each platform an account lives through a little of everything: a first capture, edits, removals, a hidden
comment, files that do not come, many records that vanish at once, two days without a capture, an outage, and
a permission that is taken away. The first capture of a second account is unfinished. Some further accounts
have what happens on one platform only. Trouble that passes is over when the archive is stored, so that the
next capture shows what it closes.

The file holds both buckets, the spool, Airflow's Variables, the register, the sandbox of each account, and
the results of the next captures by the same code.
"""

from __future__ import annotations

import json
import sys
import tarfile
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx

from infra.local.services.seaweedfs import SeaweedFS
from infra.local.support.place import Place
from infra.local.support.ports import free_base
from infra.sandbox.model import Photo
from infra.sandbox.moderation import Unsupported
from recordroom.archive import anchor
from recordroom.archive.audit.journal import Journal
from recordroom.archive.quarantine import ledger
from recordroom.capture import reader, session
from recordroom.capture.http import client
from recordroom.errors import SpoolFull
from tests import shared
from tests.archives import TestArchive, make
from tests.capture import airflow_database
from tests.capture.everywhere.faulty import say, tell
from tests.capture.everywhere.scene import Scene, conversation
from tests.capture.everywhere.stages import STAGES
from tests.capture.stored_archives.accounts import (
    BEGUN,
    NEXT,
    REGISTER,
    Answer,
    at_once,
    entry_of,
    go_on,
    new_network,
    open_account,
    read_register,
    trouble_of,
    variables,
    write_register,
)
from tests.clock import standing
from tests.imports.taking import take
from tests.services import S3, Buckets

HERE = Path(__file__).parent
# LinkedIn's API has a version for each month, and none of a later one
START = datetime(2026, 6, 1, 16, tzinfo=UTC)
OUTAGES = {  # the status of all responses in the outage, or what the network says instead
    "bluesky": 500, "facebook": 401, "feed": 404, "instagram": 403, "linkedin": 403, "mastodon": 401,
    "threads": 401, "tiktok": 500, "vimeo": 403, "wordpress": 500, "x": 401, "youtube": 401,
}  # fmt: skip
LEFT_OUT = {"mastodon": "read:notifications", "threads": "threads_manage_mentions", "x": "", "facebook": ""}
MESSAGES = ("bluesky", "facebook", "instagram", "mastodon", "x")  # where the register asks for them
PAUSE = timedelta(hours=45)


def break_off(_: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("the connection broke")


def interrupted(_: httpx.Request) -> httpx.Response:
    raise KeyboardInterrupt


def spoiled() -> list[Answer]:
    """Return downloads of files that each fail in another way; some are tried again."""
    tries = 1 + client._RETRY.total
    found: list[Answer] = [lambda _: httpx.Response(404), *[lambda _: httpx.Response(500)] * tries]
    found += [
        lambda _: httpx.Response(200, content=b""),
        lambda _: httpx.Response(200, html="<html>Sign in</html>"),
    ]
    return [*found, *[break_off] * tries]


def entries() -> list[dict[str, Any]]:
    found = [
        entry_of(name, **({"private_messages": "capture"} if name in MESSAGES else {})) for name in STAGES
    ]
    found += [entry_of(f"{name}{BEGUN}") for name in STAGES]
    found += [entry_of("x-poor", monthly_cap=1), entry_of("mastodon-full"), entry_of("mastodon-throttled")]
    found += [entry_of("mastodon-interrupted"), entry_of("bluesky-silent", private_messages="")]
    return [*found, {"id": "wrong", "platform": "nonesuch", "url": "https://nonesuch.test/district"}]


def picture(scene: Scene, alt: str) -> Photo:
    """Return an image: the same bytes each time, which the archive holds once."""
    return scene.network.photo(scene.where, alt, seed="a picture")


def first(scene: Scene) -> None:
    tell(scene)
    (
        conversation(scene)
        if scene.stage.answered
        else scene.publish("Closed today", photos=[scene.photo("Snow on the road")])
    )
    for number in range(6):
        scene.publish(f"Post {number}", title=f"Post {number}", photos=[picture(scene, f"Picture {number}")])
    if scene.platform == "instagram":
        for number in range(30):
            scene.network.message(scene.parent, scene.us, f"Question {number} in private")
    trouble_of(scene).files = spoiled()
    scene.capture()


def change(scene: Scene) -> None:
    """Edit, remove, hide a comment, and close an account."""
    network = scene.network
    posts = [
        post
        for post in network.posts.values()
        if post.author == scene.us and post.status == "visible" and not post.root
    ]
    comments = [post for post in network.posts.values() if post.root and post.author != scene.us]
    with suppress(Unsupported):
        network.edit(posts[0], "Notice old, corrected", title="Notice old, corrected")
    with suppress(Unsupported):
        network.edit(posts[-1], "Post 5, corrected", title="Post 5, corrected")
    say(scene, "new", network.now())
    if comments:
        network.remove(comments[-1])
        with suppress(Unsupported):
            network.hide(comments[0])
    with suppress(Unsupported):
        network.suspend(scene.teacher)
    scene.capture()
    scene.capture("full")


def vanish(scene: Scene) -> None:
    """Remove so many at once that the archive doubts it."""
    for post in [
        post for post in scene.network.posts.values() if post.now.text.startswith(("Post ", "Post\n"))
    ][:5]:
        scene.network.remove(post)
    scene.capture()
    scene.capture("full")


def be_left(scene: Scene) -> None:
    """Leave the account for two days without a capture, in which much happens."""
    for number in range(25 if scene.platform == "feed" else 1):
        scene.publish(
            f"Late {number}", title=f"Late {number}", photos=[picture(scene, f"Late picture {number}")]
        )
    scene.capture()


def break_down(scene: Scene) -> None:
    """Play an outage; then all permissions but one are back, and another outage follows."""
    trouble_of(scene).status = OUTAGES[scene.platform]
    scene.capture()
    scene.capture("full")
    trouble_of(scene).status = 0
    if scope := LEFT_OUT.get(scene.platform):
        scene.network.withdraw(scene.where, scope)
        scene.capture("full")
        scene.capture()
        trouble_of(scene).status = OUTAGES[scene.platform]
        scene.capture("full")
        scene.capture()
        trouble_of(scene).status = 0


def begin(scene: Scene) -> None:
    """Start a first capture and leave it unfinished: each of its runs gets one response."""
    for number in range(3):
        say(scene, str(number), START - timedelta(days=20 * number + 1))
    with patch.object(reader, "LONGEST_RUN", timedelta(seconds=-1)):
        for _ in range(3):
            if not scene.archive.outcomes or scene.archive.outcomes[-1].unfinished:
                scene.capture("history")


def spend(scene: Scene) -> None:
    for number in range(12):
        scene.publish(f"Post {number}")
    for _ in range(2):
        scene.capture()


def fill_disk(scene: Scene) -> None:
    conversation(scene)
    scene.capture()

    def refuse(*_: object) -> None:
        raise SpoolFull("the disk is full", "Make room; the next capture goes on.")

    with patch.object(session, "open_spend_counter", refuse):
        scene.capture()


def be_throttled(scene: Scene) -> None:
    conversation(scene)
    scene.capture()
    scene.network.throttle(scene.where, scene.network.now() + PAUSE + timedelta(hours=1))


def be_throttled_still(scene: Scene) -> None:
    scene.capture()
    scene.network.throttle(scene.where, None)


def interrupt(scene: Scene) -> None:
    conversation(scene)
    scene.capture()
    conversation(scene)
    trouble_of(scene).files = [interrupted]
    with suppress(KeyboardInterrupt):
        scene.capture()


def be_silent(scene: Scene) -> None:
    conversation(scene)
    scene.capture()


def nothing(_: Scene) -> None:
    pass


Life = tuple[Callable[[Scene], None], ...]
# before the fourth step no capture runs for PAUSE
LIFE: Life = (first, change, vanish, be_left, break_down)
LIVES: dict[str, Life] = {
    **dict.fromkeys(STAGES, LIFE),
    **dict.fromkeys((f"{name}{BEGUN}" for name in STAGES), (*[nothing] * 4, begin)),
    "x-poor": (*[nothing] * 4, spend),
    "mastodon-full": (*[nothing] * 4, fill_disk),
    "mastodon-throttled": (*[nothing] * 2, be_throttled, be_throttled_still, nothing),
    "mastodon-interrupted": (*[nothing] * 4, interrupt),
    "bluesky-silent": (*[nothing] * 4, be_silent),
}


def live(archive: TestArchive, folder: Path) -> list[Scene]:
    """Run all accounts, step by step, by one clock."""
    known = read_register(archive, write_register(folder, entries()))
    scenes = [
        open_account(one.id, new_network(one.id, START), archive.place, known) for one in known.accounts
    ]
    clock = START
    for number, step in enumerate(LIFE):
        clock += PAUSE if step is be_left else timedelta(0)
        for scene in scenes:
            scene.network.clock = clock
            with standing(scene.network.now):
                LIVES[scene.name][number](scene)
            clock = scene.network.now()
    for scene in scenes:
        scene.network.clock = clock
    return scenes


def settle(archive: TestArchive, scenes: list[Scene], folder: Path) -> None:
    """Do what people do in addition to captures: an import, a quarantine, an audit, and an anchor."""
    path = folder / "old.jsonl"
    told = [
        {"recordroom": 1},
        {
            "kind": "post",
            "native_id": "7",
            "text": "An old notice",
            "published_at": "2019-02-04T06:10:00-08:00",
        },
    ]
    path.write_text("\n".join([*map(json.dumps, told), '{"kind": "post"}', ""]))
    scene = next(one for one in scenes if one.name == "bluesky-silent")
    with standing(scene.network.now):
        take(scene.archive, scene.name, path)
        row = scene.archive.written(scene.name)[0]
        ledger.put(
            archive.archive,
            ledger.QuarantineTarget("record_id", row["record_id"]),
            "a home address",
            "records-officer",
        )
        journal = Journal(archive.place.settings.journal)
        journal.note("search", {"query": "closed"}, "records-officer")
        journal.ship(archive.archive)
        anchor.append(archive.archive)


def stored(archive: TestArchive, scenes: list[Scene], folder: Path) -> dict[str, bytes]:
    """Return each file that is stored, by its name."""
    found: dict[str, bytes] = {}
    for bucket, one in (("archive", archive.archive), ("derived", archive.derived)):
        found |= {f"{bucket}/{key}": one.get(key) for key in one.keys("")}
    spool = archive.place.settings.spool
    found |= {
        f"spool/{file.relative_to(spool)}": file.read_bytes() for file in spool.rglob("*") if file.is_file()
    }
    found["variables.json"] = json.dumps(variables(), indent=1).encode()
    found[REGISTER] = (folder / REGISTER).read_bytes()
    for scene in scenes:
        scene.network.path = folder / "network.json"
        scene.network.save()
        found[f"sandbox/{scene.name}.json"] = scene.network.path.read_bytes()
        scene.network.path = None
    return found


def put(files: dict[str, bytes], path: Path) -> None:
    with tarfile.open(path, "w:xz", preset=9) as tar:
        for name, data in sorted(files.items()):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, BytesIO(data))


def write(name: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        service = SeaweedFS(Place(folder / "services", free_base(), shared.cache()), durable=False)
        database = airflow_database.migrate(folder)
        with service.running(), airflow_database.used(database), at_once():
            s3 = S3.of(service)
            archive = make(s3, Buckets(), folder)
            scenes = live(archive, folder)
            settle(archive, scenes, folder)
            files = stored(archive, scenes, folder)
            files[NEXT] = json.dumps({scene.name: go_on(scene) for scene in scenes}, indent=1).encode()
            put(files, HERE / f"{name}.tar.xz")
    print(f"{name}.tar.xz: {(HERE / f'{name}.tar.xz').stat().st_size} bytes")


if __name__ == "__main__":
    write(sys.argv[1])
