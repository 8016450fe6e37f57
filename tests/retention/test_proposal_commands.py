"""Proposals from the command line, with a real index."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from recordroom.search.index.indexer import Index
from tests.building import Building
from tests.retention.proposing import Archive, name, open_small
from tests.running import recordroom


@pytest.fixture
def archive(building: Building, index: Index) -> Archive:
    found = open_small(building)
    index.catch_up()
    return found


def run(archive: Archive, *words: str) -> subprocess.CompletedProcess[str]:
    done = recordroom("retention", *words, environment=archive.building.environment())
    assert "Traceback" not in done.stderr, done.stderr
    return done


def lines(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_proposal_is_drafted_after_a_question_objected_to_and_listed(archive: Archive) -> None:
    asked = run(archive, "propose")
    assert (asked.returncode, archive.state.proposals) == (130, {})
    assert "Communications" in asked.stdout
    drafted = run(archive, "propose", "--series", "TWO", "--yes")
    assert drafted.returncode == 0, drafted.stderr
    proposal = archive.proposal
    assert drafted.stdout.splitlines()[-1].startswith(f"{proposal.id}: object until ")

    wrong = run(archive, "object", proposal.id, "--reason", "we need it", "--record", "wordpress:x/1")
    assert (wrong.returncode, "has no record" in wrong.stderr) == (2, True)
    record = name("news", "clean")
    [found] = lines(
        run(archive, "object", proposal.id, "--reason", "we need it", "--record", record, "--json")
    )
    [objection] = found["objections"]
    assert (objection["records"], objection["late"]) == ([record], False)
    assert "we need it" in run(archive, "proposals").stdout
    excluded = run(archive, "propose", "--yes")
    assert "Nothing can be proposed" in excluded.stderr
    assert "1 objection" in excluded.stdout
    [draft] = lines(run(archive, "propose", "--json"))
    assert draft["counts"] == {"excluded": 1, "reasons": {"objection": 1}}
    withdrawn = run(archive, "withdraw", proposal.id, objection["objection"], "--reason", "a mistake")
    assert "withdrawn" in withdrawn.stdout
    again = run(archive, "withdraw", proposal.id, objection["objection"], "--reason", "a mistake")
    assert (again.returncode, "withdrawn already" in again.stderr) == (2, True)
    assert run(archive, "propose", "--owner", "Nobody").stderr.startswith("No records match")
    assert archive.broken() == []


def test_the_index_follows_a_proposal_that_is_printed_as_json(archive: Archive, index: Index) -> None:
    [draft] = lines(run(archive, "propose", "--series", "TWO", "--yes", "--json"))
    assert draft["proposal"] == archive.proposal.id
    assert {mark.retention for mark in index.marks().chains.values()} == {archive.state.tail.number}
