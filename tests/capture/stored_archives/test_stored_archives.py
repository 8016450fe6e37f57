"""Each archive of earlier code is read, verified, rebuilt, and continued.

The upgrade opens no gap and makes no version.
"""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from verifier import Verifier

from infra.sandbox.network import Network
from recordroom import stored_texts
from recordroom.archive import gaps
from recordroom.archive.gaps import WHOLE, Gaps
from recordroom.archive.ledger import Ledger, capture_chains
from recordroom.archive.records import batches, file_system, sources
from recordroom.archive.verify import verify
from recordroom.capture.derived import rebuild, verification
from recordroom.capture.reader import WindowReader
from recordroom.errors import FAILURES_OF_CAPTURES
from recordroom.model import Exchange
from recordroom.register.models import PLATFORM_LIMIT
from recordroom.search.index.indexer import Index
from tests.archives import TestArchive, make
from tests.capture import airflow_database
from tests.capture.everywhere.scene import Scene
from tests.capture.stored_archives.accounts import (
    BEGUN,
    NEXT,
    REGISTER,
    at_once,
    go_on,
    open_account,
    read_register,
)
from tests.services import S3, Buckets
from tests.test_stored_texts import reword
from tests.verifier.agreement import broken_schemas, open_both

pytestmark = pytest.mark.thorough

HERE = Path(__file__).parent


@dataclass
class Restored:
    """A restored archive."""

    s3: S3
    buckets: Buckets
    archive: TestArchive
    scenes: dict[str, Scene]  # account name -> its sandbox when the archive was stored
    expected: dict[str, Any]  # account name -> results of the next captures by the code that wrote it

    def problems(self) -> list[str]:
        """Return the findings of `verify`, the schemas, and the independent verifier."""
        verifier = Verifier(*open_both(self.s3, self.buckets))
        return [
            *map(str, verify(self.archive.archive).problems),
            *map(str, verifier.run()),
            *broken_schemas(verifier.entries),
        ]

    def problems_of_derived(self) -> list[str]:
        """Return the additional findings of `verify --full`."""
        place, found = self.archive.place, []
        for chain in capture_chains(place.archive):
            found += verification.compare_account(place.archive, place.derived, place.settings, chain)
        return [*map(str, found), *map(str, verification.compare_gaps(place.archive, place.derived))]

    def rows(self) -> list[dict[str, Any]]:
        place = self.archive.place
        upto = {
            chain.id: Ledger(place.archive, chain.ledger).head() for chain in capture_chains(place.archive)
        }
        found = [
            row
            for batch in batches(sources(place.derived, file_system(place.settings), upto))
            for row in batch.to_pylist()
        ]
        return sorted(found, key=lambda row: (row["account"], row["record_id"], row["sequence"]))


@pytest.fixture(scope="module", params=sorted(path.name for path in HERE.glob("*.tar.xz")))
def restored(
    request: pytest.FixtureRequest, s3: S3, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Restored]:
    folder = tmp_path_factory.mktemp("restored")
    with airflow_database.used(airflow_database.migrate(folder)), at_once():
        yield restore(s3, folder, HERE / request.param)


def restore(s3: S3, folder: Path, file: Path) -> Restored:
    from airflow.models import Variable

    buckets, stored = Buckets(), folder / "stored"
    with tarfile.open(file) as tar:
        tar.extractall(stored, filter="data")
    archive = make(s3, buckets, folder)
    for bucket, store in (("archive", archive.archive), ("derived", archive.derived)):
        for path in sorted(path for path in (stored / bucket).rglob("*") if path.is_file()):
            assert store.put_new(str(path.relative_to(stored / bucket)), path.read_bytes())
    (stored / "spool").rename(archive.place.settings.spool)
    for key, value in json.loads((stored / "variables.json").read_bytes()).items():
        Variable.set(key, value)
    known = read_register(archive, stored / REGISTER)
    networks = {path.stem: Network.load(path) for path in (stored / "sandbox").iterdir()}
    for network in networks.values():
        network.path = None
    scenes = {
        name: open_account(name, network, archive.place, known) for name, network in sorted(networks.items())
    }
    expected = json.loads((stored / NEXT).read_bytes())
    assert expected.keys() == scenes.keys()
    return Restored(s3, buckets, replace(archive, register=known), scenes, expected)


def test_it_passes_verify_and_rebuild(restored: Restored, elasticsearch: str) -> None:
    """Before anything is written to it, records, state, gaps, and the index are rebuilt and say the same."""
    place, rows = restored.archive.place, restored.rows()
    assert restored.problems() + restored.problems_of_derived() == []
    rebuild.rebuild_records(place.archive, place.derived)
    for chain in capture_chains(place.archive):
        rebuild.rebuild_state(place.archive, place.derived, chain)
    gaps.rebuild(place.archive, place.derived)
    without = {"parser": ""}  # by which they were derived
    assert [row | without for row in restored.rows()] == [row | without for row in rows]
    settings = place.settings.model_copy(update={"elasticsearch_url": elasticsearch, "index": "stored"})
    index = Index(settings, place.archive, place.derived)
    filled = index.rebuild()
    index.client.close()
    assert filled.rows == len(rows)
    assert restored.problems_of_derived() == []


def test_the_next_captures_come_to_what_they_came_to_then(restored: Restored) -> None:
    found = {name: go_on(scene) for name, scene in restored.scenes.items()}
    assert found == restored.expected
    assert restored.problems() + restored.problems_of_derived() == []


def test_of_an_account_that_did_not_change_no_gap_opens_and_no_version_appears(restored: Restored) -> None:
    """The expectation of the file says so; no file is stored for which that is not true."""
    begun = {name for name in restored.expected if name.endswith(BEGUN)}
    lapsed, interrupted = "mastodon-throttled", "mastodon-interrupted"
    for name in restored.expected.keys() - begun - {lapsed, interrupted}:
        told = restored.expected[name]
        assert (told["opened"], told["opened again"]) == ([], []), name
        assert [outcome[:3] for outcome in told["outcomes"]] == [[0, 0, 0]] * 2, name
    assert restored.expected[lapsed]["opened"] == ["not-captured: "]
    assert [outcome[0] for outcome in restored.expected[interrupted]["outcomes"]] == [3, 0], (
        "what was in the spool"
    )
    assert not any(
        outcome[1] or outcome[3] for name in begun for outcome in restored.expected[name]["outcomes"]
    )
    assert sum(outcome[0] for name in begun for outcome in restored.expected[name]["outcomes"]) > 20


# these have gaps of the most texts
REWORDED = ("facebook", "instagram", "threads", "x", "x-begun", "youtube-begun")


@pytest.mark.usefixtures("airflow")
def test_no_text_and_no_name_of_a_failure_that_changes_opens_a_gap(
    s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every text is reworded, also where connectors write it, and each failure's class is renamed."""
    with at_once(), classes_renamed():
        restored = restore(s3, tmp_path, max(HERE.glob("*.tar.xz")))
        before = stored_texts._list_patterns(stored_texts._list_texts())
        reword(monkeypatch, *stored_texts.TEXTS)

        def reworded(exchange: Exchange) -> Exchange:
            names = ("short", "messages_missed")
            told = {
                name: in_other_words(exchange.context[name], before)
                for name in names
                if name in exchange.context
            }
            return replace(exchange, context={**exchange.context, **told})

        read = WindowReader.read_exchanges
        monkeypatch.setattr(
            WindowReader, "read_exchanges", lambda self, exchanges: read(self, map(reworded, exchanges))
        )
        for name in REWORDED:
            assert go_on(restored.scenes[name]) == restored.expected[name], name
    details = [
        gap.detail
        for gap in Gaps(restored.archive.archive).open_now()
        if gap.reason == f"{PLATFORM_LIMIT}{WHOLE}"
    ]
    assert any(detail.startswith("In plain words") for detail in details), (
        "what opened again is reported in the new words"
    )


@contextmanager
def classes_renamed() -> Iterator[None]:
    names = {failure: failure.__name__ for failure in FAILURES_OF_CAPTURES}
    for failure, name in names.items():
        failure.__name__ = f"Other{name}"
    try:
        yield
    finally:
        for failure, name in names.items():
            failure.__name__ = name


def in_other_words(told: str, before: tuple[tuple[str, re.Pattern[str]], ...]) -> str:
    """Return each known text in other words."""
    said, place = "", 0
    while place < len(told):
        found = next(((code, match) for code, form in before if (match := form.match(told, place))), None)
        end = found[1].end() if found else told.find("; ", place) if "; " in told[place:] else len(told)
        said += stored_texts.text(found[0], **found[1].groupdict()) if found else told[place:end]
        following = re.compile("; | and ").match(told, end)
        said += following[0] if following else ""
        place = following.end() if following else end
    return said
