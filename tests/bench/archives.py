"""The archives that measures read, built once by real code and kept in `.local/bench`.

`story` (tests/story.py) is an archive of ROWS rows of five accounts with everything that happens to records,
and its index. `crowd` (crowd.py) was captured: its evidence can be parsed.

A run works on a copy, so that each run starts with the same data. The data is built again if a file that
decides its content has changed.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import secrets
import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from infra.local.services.elasticsearch import Elasticsearch
from infra.local.services.seaweedfs import SeaweedFS
from infra.local.support.place import REPOSITORY, Place
from infra.local.support.ports import free_base
from recordroom.archive import store
from recordroom.archive.state.account_state import AccountState
from recordroom.capture.run import capture
from recordroom.capture.workspace import Workspace
from recordroom.model import instant
from recordroom.register.models import Account
from recordroom.search.index.indexer import Index
from recordroom.settings import Settings
from tests.archives import make, register_of, settings_for
from tests.bench.crowd import ACCOUNT, Crowd
from tests.bench.measure import say
from tests.building import Building, account, building_settings
from tests.services import S3, Buckets
from tests.story import ACCOUNTS, story

PATIENCE = 2_500  # requests between two throttles: what a first capture of a large account holds in memory
TAIL = 100  # entries since the last snapshot
HEAP = "1g"
KEPT = REPOSITORY / ".local/bench"
LIST = "archives.json"  # written last: without it, the data is not complete
# files that decide what is stored or indexed; parser numbers are in schemas/
SOURCES = (
    "schemas", "tests/bench/archives.py", "tests/bench/crowd.py", "tests/building.py", "tests/story.py",
    "plugins/recordroom/search/index/mapping.py", "plugins/recordroom/search/index/documents.py",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Crowds:
    """Archives with accounts of several sizes.

    The accounts of `together` are named after what varies; `others` is also in `alone`, by itself. All were
    captured TAIL times since their snapshot, and captures-many `many` times; all windows contain the same.
    """

    together: Settings
    alone: Settings
    end: datetime  # time of the newest post and of the captures
    sizes: dict[str, int]  # account -> number of posts
    many: int


@dataclass(frozen=True, slots=True)
class Archives:
    """The archives in the buckets of one run."""

    story: Settings
    crowd: Crowds


def find_or_build(rows: int, cache: Path) -> Path:
    """Return the folder of the kept data; a run must copy it."""
    kept = KEPT / f"{rows}-{_digest()}"
    if (kept / LIST).exists():
        say(f"uses the data of {datetime.fromtimestamp((kept / LIST).stat().st_mtime):%Y-%m-%d} in {kept}")  # noqa: DTZ006
        return kept
    for old in KEPT.glob(f"{rows}-*"):
        shutil.rmtree(old)
    _build(Place(kept, free_base(), cache), rows)
    return kept


def open_archives(root: Path, s3: S3, elasticsearch: str) -> Archives:
    """Return the settings for a copy in `root`."""
    kept = orjson.loads((root / LIST).read_bytes())
    story, together, alone = (Buckets(*kept[name]) for name in ("story", "together", "alone"))
    return Archives(
        building_settings(s3, story, root / "story", elasticsearch),
        Crowds(
            settings_for(s3, together, root / "crowd"),
            settings_for(s3, alone, root / "crowd"),
            datetime.fromisoformat(kept["end"]),
            kept["sizes"],
            kept["many"],
        ),
    )


def _digest() -> str:
    digest = hashlib.sha256()
    for source in SOURCES:
        path = REPOSITORY / source
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and file.suffix != ".pyc":
                digest.update(f"{file.relative_to(REPOSITORY)}\n".encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def _build(place: Place, rows: int) -> None:
    """Build all archives at the same time, each in its own process. Nothing is measured meanwhile."""
    store_service, search_service = SeaweedFS(place), Elasticsearch(place, heap=HEAP)
    s3 = S3.of(store_service)
    few, many = max(5_000, rows // 100), max(2 * TAIL, rows // 100)
    sizes = {"records-many": rows} | dict.fromkeys(
        ("records-few", "captures-few", "captures-many", "others"), few
    )
    with store_service.running(), search_service.running():
        story_buckets = Buckets()
        together, alone = (
            make(s3, buckets, place.folder("crowd")).place.settings for buckets in (Buckets(), Buckets())
        )
        crowds = Crowds(together, alone, datetime.now(UTC).replace(microsecond=0), sizes, many)
        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
            begun = [
                pool.submit(build_accounts, crowds, ["records-many"]),
                pool.submit(build_story, s3, story_buckets, place.folder("story"), search_service.url, rows),
                pool.submit(build_accounts, crowds, [name for name in sizes if name != "records-many"]),
            ]
            for what, coming in zip(("large account", "story", "small accounts"), begun, strict=True):
                say(f"built the {what} in {coming.result():.0f} s")
    buckets = {
        "story": [story_buckets.archive, story_buckets.derived],
        "together": [together.bucket, together.derived_bucket],
        "alone": [alone.bucket, alone.derived_bucket],
    }
    kept = {**buckets, "end": crowds.end.isoformat(), "sizes": sizes, "many": many}
    (place.root / LIST).write_bytes(orjson.dumps(kept))


def build_story(s3: S3, buckets: Buckets, folder: Path, elasticsearch: str, rows: int) -> float:
    """Return the seconds."""
    began = datetime.now(UTC)
    building = Building.at(s3, buckets, folder, elasticsearch)
    building.register(*(account(name, platform) for name, platform in ACCOUNTS.items()))
    building.tell(story(rows))
    Index(building.settings, store.archive(building.settings), store.derived(building.settings)).catch_up()
    return (datetime.now(UTC) - began).total_seconds()


def build_accounts(crowds: Crowds, names: list[str]) -> float:
    """Return the seconds."""
    began = datetime.now(UTC)
    for name in names:
        _build_account(crowds, crowds.together, name, crowds.many if name == "captures-many" else TAIL)
        if name == "others":
            _build_account(crowds, crowds.alone, name, TAIL)
    return (datetime.now(UTC) - began).total_seconds()


def entry(name: str) -> Account:
    return register_of({"id": name, **ACCOUNT}).account(name)


def workspace_of(crowds: Crowds, settings: Settings, name: str, patience: int = 0) -> Workspace:
    """Return the buckets, and the platform in this process."""
    return replace(Workspace.of(settings), transport=Crowd(crowds.sizes[name], crowds.end, patience))


def _build_account(crowds: Crowds, settings: Settings, name: str, looks: int) -> None:
    """Capture an account for the first time, and then again and again."""
    place, register = workspace_of(crowds, settings, name, PATIENCE), register_of({"id": name, **ACCOUNT})
    while not AccountState(place.archive, place.derived, entry(name)).sums.history.get("done"):
        if failure := capture(place, register, entry(name), "history").failure:
            raise AssertionError(failure)
    AccountState(place.archive, place.derived, entry(name)).put_snapshot()
    for _ in range(2):
        found = capture(workspace_of(crowds, settings, name), register, entry(name))
        assert (found.new, found.changed, found.failure, found.gaps) == (0, 0, None, [])
    _repeat_last(place, entry(name), looks - 2)


def _repeat_last(place: Workspace, captured: Account, times: int) -> None:
    """The captures after: they find nothing new, write the same manifest, and a snapshot when it is due."""
    state, done = AccountState(place.archive, place.derived, captured), 0
    last = state.ledger.read(state.tail.number)
    assert last is not None
    while done < times or state.tail.number - state.snapshot.tail.number != TAIL:
        now = datetime.now(UTC)
        own: dict[str, Any] = {
            "capture_id": f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}",
            "started": instant(now),
            "ended": instant(now),
        }
        state.fold(state.ledger.append("manifest", last.body | own, state.tail))
        done += 1
        if state.snapshot_due():
            state.put_snapshot()
            state = AccountState(place.archive, place.derived, captured)
