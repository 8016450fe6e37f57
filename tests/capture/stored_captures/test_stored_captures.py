"""Later code continues interrupted captures of earlier code, with the records of an undisturbed capture.

A stored snapshot has the same content as the manifests alone.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.capture.stored_archives import test_stored_archives as whole
from tests.capture.stored_archives.accounts import NEXT, REGISTER, at_once, entries_of
from tests.capture.stored_archives.test_stored_archives import Restored, restore
from tests.capture.stored_captures.restored import IMPORTED, STATES, UNDISTURBED, come_to, states_of, told_by
from tests.clock import standing
from tests.platforms.contract.profile import PROFILES
from tests.services import S3
from tests.tiers import Sample

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*.tar.xz"))
ARCHIVES = [*sorted(Path(whole.__file__).parent.glob("*.tar.xz")), *FILES]
# killed after everything had been fetched
KEPT = ("segment", "media", "evidence", "manifest", "rows", "spool", "lock", "parts", "link")
# killed after the new post had been fetched, and before its replies
PARTLY = ("exchange", "download", "file", "failure", "failed")
RECENT = ("evidence", "written", "spent")  # their snapshot leaves out what is old


@pytest.fixture(scope="module", params=FILES, ids=lambda path: str(path.name))
def restored(
    request: pytest.FixtureRequest, s3: S3, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Restored]:
    with at_once():
        yield restore(s3, tmp_path_factory.mktemp("restored"), request.param)


def file_in(path: Path, name: str) -> Any:
    with tarfile.open(path) as tar:
        return json.loads(tar.extractfile(name).read())  # type: ignore[union-attr]


def test_snapshot_says_what_the_manifests_say(restored: Restored, request: pytest.FixtureRequest) -> None:
    stored = file_in(request.node.callspec.params["restored"], STATES)
    assert stored
    for name, expected in stored.items():
        read, folded = states_of(restored.archive, name)
        assert 0 < read.snapshot.tail.number < read.tail.number, "it begins with the snapshot, and goes on"
        assert folded.snapshot.tail.number == 0
        assert told_by(folded) == expected
        found = told_by(read)
        for what in RECENT:
            assert found["sums"][what].items() <= expected["sums"][what].items()
            expected["sums"][what] = found["sums"][what]
        assert found == expected


def test_snapshots_hold_something_of_each_kind() -> None:
    """It would differ after a fold in another order."""
    for path in FILES:
        for state in file_in(path, STATES).values():
            for name in ("missing", "doubted_at", "read_at", "last_seen_at", "parent_id", "media"):
                assert any(record[name] for record in state["records"]), name
            assert max(len(record["known"]) for record in state["records"]) > 1
            sums = state["sums"]
            for name in ("finals", "read", "days", "called", "completeness", *RECENT):
                assert sums[name], name


def test_next_captures_come_to_what_they_came_to_then(
    restored: Restored, tmp_path: Path, sample: Sample
) -> None:
    names = sorted(restored.scenes)
    for name in sample.of(names, 5):
        scene = restored.scenes[name]
        assert come_to(scene, tmp_path) == restored.expected[name], name
        spool = scene.archive.place.settings.spool / scene.platform / name
        assert not [path for path in spool.iterdir() if path.is_dir()], "nothing is left in the spool"
    if len(names) == len(sample.of(names, 5)):
        assert restored.problems() + restored.problems_of_derived() == []


@pytest.mark.thorough
def test_it_passes_verify_and_rebuild_once_all_is_taken_up(restored: Restored, elasticsearch: str) -> None:
    """Until then no manifest names the evidence of killed captures, which `verify` reports."""
    for scene in restored.scenes.values():
        with standing(scene.network.now):
            scene.capture()
    whole.test_it_passes_verify_and_rebuild(restored, elasticsearch)


def test_what_was_fetched_is_in_the_archive_in_the_end() -> None:
    """The expectation of the file says so; no file is stored for which that is not true."""
    for path in FILES:
        expected = file_in(path, NEXT)
        rows = {name: {(row[4], row[3]) for row in told["rows"]} for name, told in expected.items()}
        undisturbed = expected[UNDISTURBED]["rows"]
        assert len(undisturbed) == 8
        for name in KEPT:
            assert expected[f"mastodon-{name}"]["rows"] == undisturbed, name
        for name in PARTLY:
            assert {("Closed today", "visible"), ("Closed today", "unavailable")} <= rows[
                f"mastodon-{name}"
            ], name
        assert rows["mastodon-folder"] == {
            ("School starts at nine", "visible"),
            ("School starts at ten", "visible"),
        }
        assert {("And the buses?", "visible"), ("They stay in the yard.", "visible")} <= rows[
            "mastodon-history"
        ]
        for name in (IMPORTED, "mastodon-imported"):
            assert {(f"Old notice {number}", "visible") for number in range(1, 8)} <= rows[name], name
        assert expected["mastodon-explained"]["closed"] == ["not-captured: "], "by what the register says"
        assert not any(told["opened"] or told["opened again"] for told in expected.values())
        assert not any(outcome[3] or outcome[4] for told in expected.values() for outcome in told["outcomes"])


def test_stored_archives_have_something_of_each_kind() -> None:
    """They have all platforms, and everything that a ledger may contain."""
    bodies = [body for path in ARCHIVES for body in entries_of(path, "archive/ledger/capture/")]
    for kind in ("history", "full", "recent"):
        found = {body["platform"] for body in bodies if body["window"]["kind"] == kind and body["final"]}
        assert found == set(PROFILES)
    assert any(body["window"]["kind"] == "import" and body["new"] for body in bodies)
    assert any(body["window"]["kind"] == "one" and body["new"] for body in bodies)
    assert any(body["window"]["kind"] == "one" and body["changed"] for body in bodies)
    assert {body["failure"]["type"] for body in bodies if "failure" in body} >= {
        "AccountUnavailable", "Blocked", "BudgetSpent", "SpoolFull", "Throttled", "TokenExpired",
        "UnexpectedResponse",
    }  # fmt: skip
    unfinished = {
        body["platform"]
        for body in bodies
        if body["window"]["kind"] == "history" and body["final"] and "cursor" in body
    }
    assert unfinished == set(PROFILES) - {"feed"}, "the first capture of a feed is one response"
    quarantined = [body for path in ARCHIVES for body in entries_of(path, "archive/ledger/quarantine/")]
    assert quarantined
    register = [body for path in ARCHIVES for body in entries_of(path, "archive/ledger/register/")]
    assert any("explained" in account for body in register for account in body["accounts"])
    assert any("explained" in account for path in FILES for account in file_in(path, REGISTER)["accounts"])


def test_files_hold_no_name_of_a_module() -> None:
    """Moving a module changes no stored form."""
    for path in FILES:
        with tarfile.open(path) as tar:
            for member in tar.getmembers():
                data = tar.extractfile(member).read()  # type: ignore[union-attr]
                assert b"recordroom." not in data.replace(b"recordroom.test", b""), member.name
