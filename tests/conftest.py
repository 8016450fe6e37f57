"""Fixtures for real services. Each starts when the first test asks for it, once a session, on free ports in a
folder of its own, and is stopped at the session's end, after Ctrl-C or SIGTERM too.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from infra.local.commands import debian
from infra.local.services.bluesky import Bluesky
from infra.local.services.postgresql import PostgreSQL
from infra.local.services.seaweedfs import SeaweedFS
from infra.local.services.wordpress import WordPress
from infra.local.support.place import Place
from infra.local.support.ports import free_base
from recordroom.platforms.registry import list_names
from tests import shared, tiers
from tests.services import S3, BlueskyNetwork, Buckets, WordPressSite
from tests.tiers import Sample

IN_MEMORY, ENOUGH = Path("/dev/shm"), 8 << 30  # a run of all tests writes some 3 GB  # noqa: S108
COLLECT_AFTER = 20_000  # new objects; Python's own value is 700
OWN = pytest.StashKey[bool]()  # whether this process is the run's own
_failed: set[str] = set()
# Each run and each machine draws the same examples and allows them any time; the quick tier draws fewer.
_CERTAIN = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("all", _CERTAIN)
settings.register_profile("quick", _CERTAIN, max_examples=20)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("recordroom")
    group.addoption(
        "--tier", choices=("quick", "all"), default="all", help="quick: without the tests marked thorough"
    )
    group.addoption("--platform", choices=list_names(), help="only tests of this platform")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "thorough: runs in TIER=all only")
    settings.load_profile(config.getoption("tier"))
    # it ends as Ctrl-C does, with its fixtures torn down
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if "TMPDIR" not in os.environ and IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ENOUGH:
        os.environ["TMPDIR"], tempfile.tempdir = str(IN_MEMORY), None
    config.stash[OWN] = shared.begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    if config.stash.get(OWN, False):
        shared.end(keep=bool(_failed))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed:
        _failed.add(report.nodeid)


REAL_PLATFORMS = ("wordpress", "bluesky")  # fixtures that take long to start and to play with


def pytest_itemcollected(item: pytest.Item) -> None:
    """Play with real servers of platforms in TIER=all only; the sandbox plays every platform in both tiers."""
    if set(REAL_PLATFORMS) & set(getattr(item, "fixturenames", ())):
        item.add_marker(pytest.mark.thorough)


# Modules for which Airflow runs. They stay together in one process, since one Airflow serves them all.
AIRFLOW = ("test_airflow", "test_audit", "test_auth", "test_browser", "test_help", "test_sign_in")
# modules that take minutes, the longest first
LONGEST = (
    "test_up", "test_statements", "test_trouble", "test_classify", "test_quarantine", "test_hostile",
    "test_failing", "test_classification", "test_pages", "test_state", "test_whole", "test_life", "test_verbs",
    "test_recorded_stories", "test_bluesky_life", "test_stored_archives", "test_holds", "test_production",
)  # fmt: skip


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the tier or the platform does not include, and start the longest modules first.

    If several processes share the files of tests, all of them would wait for a long one that starts last.
    """
    tier, platform = config.getoption("tier"), config.getoption("platform")
    left_out = [
        item
        for item in items
        if (tier == "quick" and item.get_closest_marker("thorough"))
        or (platform and not tiers.concerns(item.nodeid, platform))
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]
    places = {name: place for place, name in enumerate((*AIRFLOW, *LONGEST))}
    rooms = [item for item in items if "room" in getattr(item, "fixturenames", ())]
    for item in rooms:
        if item.nodeid.startswith("tests/web/") and item.path.stem not in AIRFLOW:
            raise pytest.UsageError(f"add {item.path.stem} to AIRFLOW in tests/conftest.py: it needs Airflow")
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


def pytest_collection_finish() -> None:
    """Keep imported objects out of garbage collection, which took a sixth of the time of all tests.

    What is imported later (Airflow, DuckDB) is searched too, so searches are rare.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 20)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests of a file in one process, and in one process those that share an Airflow."""
    from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

    class ByFileOrAirflow(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file = str(super()._split_scope(nodeid))
            return "airflow" if Path(file).stem in AIRFLOW else file

    return ByFileOrAirflow(config, log)


@pytest.fixture(scope="session")
def sample(pytestconfig: pytest.Config) -> Sample:
    return Sample(is_quick=pytestconfig.getoption("tier") == "quick")


@pytest.fixture(autouse=True, scope="session")
def patient() -> Iterator[None]:
    """Wait for responses without the product's limits of a few seconds, so that a busy machine fails no test.

    Tests of those limits set their own.
    """
    from recordroom.archive.quarantine import watch
    from recordroom.audit import visible_ids, withholding
    from recordroom.search import caveats

    with pytest.MonkeyPatch.context() as patch:
        for what in (watch, caveats, withholding):
            patch.setattr(what, "PATIENCE", 120.0)
        patch.setattr(visible_ids, "PATIENCE", "120s")
        patch.setattr(withholding, "EACH", "120s")
        yield


@pytest.fixture(scope="session")
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """Folder and ports of this session's services. The folder, with their logs, is kept when a test has
    failed; what was downloaded and built is kept between sessions.
    """
    root = Path(tempfile.mkdtemp(prefix="recordroom-test-"))
    yield Place(root, free_base(), shared.cache())
    if not request.session.testsfailed:
        shutil.rmtree(root)


@pytest.fixture(scope="session")
def s3(place: Place) -> Iterator[S3]:
    """A real S3 server: `s3.endpoint, s3.access_key, s3.secret_key, s3.client()`. Start: 1 s."""
    service = SeaweedFS(place, durable=False)
    with service.running():
        yield S3.of(service)


@pytest.fixture
def buckets() -> Buckets:
    """Two bucket names of this test's own: `buckets.archive, buckets.derived`."""
    return Buckets()


@pytest.fixture(scope="session")
def elasticsearch() -> str:
    """The address of a real Elasticsearch node. Start: 6 s, the first time on a machine 20 s."""
    return shared.elasticsearch()


@pytest.fixture(scope="session")
def wordpress(place: Place) -> Iterator[WordPressSite]:
    """A real WordPress: `wordpress.url, wordpress.api, wordpress.user, wordpress.password`. Start: 3 s."""
    need(debian.WORDPRESS)
    service = WordPress(place)
    with service.running():
        yield WordPressSite(service.url, service.user, service.password)


@pytest.fixture(scope="session")
def bluesky(place: Place) -> Iterator[BlueskyNetwork]:
    """A real AT Protocol network: `bluesky.appview, bluesky.pds, bluesky.users["alice.test"]`. Start: 10 s;
    first: 90 s.
    """
    need(debian.BLUESKY)
    service = Bluesky(place)
    with service.running():
        yield BlueskyNetwork(
            service.appview, service.pds, {user.handle: user for user in service.create_users()}
        )


@pytest.fixture(scope="session")
def postgresql(place: Place) -> Iterator[str]:
    """The DSN of an empty database on a real PostgreSQL. Start: 2 s."""
    need(debian.POSTGRESQL)
    service = PostgreSQL(place)
    with service.running():
        yield service.create("test")


_left_out: set[str] = set()


def need(packages: tuple[str, ...]) -> None:
    """Skip the test if this machine does not have what it needs; fail it in CI, which must have everything."""
    lacking = debian.missing(packages)
    if not lacking:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"not installed: {', '.join(lacking)}", pytrace=False)
    _left_out.update(lacking)
    pytest.skip(f"not installed: {', '.join(lacking)}")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """If tests run in several processes, each reports what it left out."""
    _left_out.update(getattr(node, "workeroutput", {}).get("left_out", ()))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """The last lines of the run say what was left out, and what brings it."""
    yield
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = sorted(_left_out)
    elif _left_out:
        sys.stdout.write(
            f"\nTests were left out (above: SKIPPED). Missing: {', '.join(sorted(_left_out))}. This"
            " brings them:\n"
        )
        sys.stdout.write(f"  {debian.command(sorted(_left_out))}\n")
