"""The base of measures: real services in a temporary place, and archives built by real code on first use.

`story` (tests/story.py) is an archive of ROWS rows of five accounts with everything that happens to records.
`crowd` (crowd.py) was captured: its evidence can be parsed. Both are built at the same time, each in its own
process, and nothing is measured meanwhile.
"""

from __future__ import annotations

import multiprocessing
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from infra.local.services.elasticsearch import Elasticsearch
from infra.local.services.seaweedfs import SeaweedFS
from infra.local.support.place import Place
from infra.local.support.ports import free_base
from recordroom.archive import store
from recordroom.archive.state.account_state import AccountState
from recordroom.capture.run import capture
from recordroom.capture.workspace import Workspace
from recordroom.model import instant
from recordroom.register.models import Account
from recordroom.search.index.indexer import Index
from recordroom.settings import Settings
from tests.archives import make, register_of
from tests.bench.crowd import ACCOUNT, Crowd
from tests.bench.measure import say
from tests.building import Building, account
from tests.services import S3, Buckets
from tests.story import ACCOUNTS, story

PATIENCE = 2_500  # requests between two throttles: what a first capture of a large account holds in memory
TAIL = 100  # entries since the last snapshot


@dataclass(frozen=True, slots=True)
class Crowds:
    """Archives with accounts of several sizes.

    The accounts of `together` are named after what varies; `others` is also in `alone`, by itself. All were
    captured TAIL times since their snapshot, and captures-many `many` times; all windows contain the same.
    sizes: numbers of posts.
    """

    together: Settings
    alone: Settings
    end: datetime
    sizes: dict[str, int]
    many: int


@dataclass
class Ground:
    """`rows`: the size of everything. Closed by `stack`."""

    rows: int
    cache: Path
    stack: ExitStack
    _built: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def place(self) -> Place:
        root = Path(tempfile.mkdtemp(prefix="recordroom-bench-"))
        self.stack.callback(shutil.rmtree, root)
        return Place(root, free_base(), self.cache)

    @cached_property
    def s3(self) -> S3:
        service = SeaweedFS(self.place)
        self.stack.enter_context(service.running())
        return S3(self.place.url("s3"), service.passwords.s3_access_key, service.passwords.s3_secret_key)

    @cached_property
    def elasticsearch(self) -> str:
        service = Elasticsearch(self.place, heap="1g")
        self.stack.enter_context(service.running())
        return service.url

    @property
    def story(self) -> Settings:
        self.prepare(["story"])
        found: Settings = self._built["story"]
        return found

    @property
    def crowd(self) -> Crowds:
        self.prepare(["crowd"])
        found: Crowds = self._built["crowd"]
        return found

    @cached_property
    def indexed(self) -> Settings:
        """The story, with its index filled."""
        filled = Index(self.story, store.archive(self.story), store.derived(self.story)).catch_up()
        say(f"indexed {filled.rows:,} rows in {filled.seconds:.0f} s")
        return self.story

    def prepare(self, needs: Iterable[str]) -> None:
        """Build the archives that are needed and not there yet."""
        lacking = {need for need in needs if need not in self._built}
        if lacking:
            with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
                begun = [
                    begin(pool.submit)
                    for name, begin in (("story", self._story), ("crowd", self._crowd))
                    if name in lacking
                ]
                for end in begun:
                    end()

    def _story(self, submit: Callable[..., Any]) -> Callable[[], None]:
        coming = submit(build_story, self.s3, self.place.folder("story"), self.elasticsearch, self.rows)

        def end() -> None:
            self._built["story"], seconds = coming.result()
            say(f"built the story: {self.rows:,} rows in {seconds:.0f} s")

        return end

    def _crowd(self, submit: Callable[..., Any]) -> Callable[[], None]:
        few = max(5_000, self.rows // 100)
        many = max(2 * TAIL, self.rows // 100)
        end = datetime.now(UTC).replace(microsecond=0)
        sizes = {"records-many": self.rows} | dict.fromkeys(
            ("records-few", "captures-few", "captures-many", "others"), few
        )
        folder = self.place.folder("crowd")
        together, alone = (
            make(self.s3, buckets, folder).place.settings for buckets in (Buckets(), Buckets())
        )
        crowds = Crowds(together, alone, end, sizes, many)
        large = submit(build_accounts, crowds, ["records-many"])
        small = submit(build_accounts, crowds, [name for name in sizes if name != "records-many"])

        def finish() -> None:
            say(
                f"captured the crowd: {self.rows:,} statuses in {large.result():.0f} s, the small accounts in"
                f" {small.result():.0f} s"
            )
            self._built["crowd"] = crowds

        return finish


def build_story(s3: S3, folder: Path, elasticsearch: str, rows: int) -> tuple[Settings, float]:
    began = datetime.now(UTC)
    building = Building.at(s3, Buckets(), folder, elasticsearch)
    building.register(*(account(name, platform) for name, platform in ACCOUNTS.items()))
    building.tell(story(rows))
    return building.settings, (datetime.now(UTC) - began).total_seconds()


def build_accounts(crowds: Crowds, names: list[str]) -> float:
    began = datetime.now(UTC)
    for name in names:
        _build(crowds, crowds.together, name, crowds.many if name == "captures-many" else TAIL)
        if name == "others":
            _build(crowds, crowds.alone, name, TAIL)
    return (datetime.now(UTC) - began).total_seconds()


def entry(name: str) -> Account:
    return register_of({"id": name, **ACCOUNT}).account(name)


def place_of(crowds: Crowds, settings: Settings, name: str, patience: int = 0) -> Workspace:
    return replace(Workspace.of(settings), transport=Crowd(crowds.sizes[name], crowds.end, patience))


def _build(crowds: Crowds, settings: Settings, name: str, looks: int) -> None:
    """Capture an account for the first time, and then again and again."""
    place, register = place_of(crowds, settings, name, PATIENCE), register_of({"id": name, **ACCOUNT})
    while not AccountState(place.archive, place.derived, entry(name)).sums.history.get("done"):
        if failure := capture(place, register, entry(name), "history").failure:
            raise AssertionError(failure)
    AccountState(place.archive, place.derived, entry(name)).put_snapshot()
    for _ in range(2):
        found = capture(place_of(crowds, settings, name), register, entry(name))
        assert (found.new, found.changed, found.failure, found.gaps) == (0, 0, None, [])
    _look(place, entry(name), looks - 2)


def _look(place: Workspace, looked: Account, times: int) -> None:
    """The captures after: they find nothing new, write the same manifest, and a snapshot when it is due."""
    state, done = AccountState(place.archive, place.derived, looked), 0
    last = state.ledger.read(state.tail.number)
    assert last is not None
    while done < times or state.tail.number - state.snapshot.tail.number != TAIL:
        now = datetime.now(UTC)
        own = {
            "capture_id": f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}",
            "started": instant(now),
            "ended": instant(now),
        }
        state.fold(state.ledger.append("manifest", last.body | own, state.tail))
        done += 1
        if state.snapshot_due():
            state.put_snapshot()
            state = AccountState(place.archive, place.derived, looked)
