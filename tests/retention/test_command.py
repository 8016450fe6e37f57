"""`recordroom retention`: check lists problems and changes, apply puts in force, status counts."""

from __future__ import annotations

import json
import subprocess
from datetime import date, timedelta
from typing import Any

import pytest

from recordroom.jobs.retention_alarms import list_hold_alarms
from recordroom.retention.holds import Act, Hold, HoldScope
from recordroom.retention.ledger import RetentionState
from recordroom.search.index.indexer import Index
from recordroom.settings import ROOT
from tests.building import DAY, Building, account
from tests.retention.test_policy_files import REVIEW
from tests.running import recordroom

POST, OTHER = "wordpress:x/posts/1", "wordpress:x/posts/2"
HOUR = timedelta(hours=1)


def run(building: Building, *words: str) -> subprocess.CompletedProcess[str]:
    done = recordroom("retention", *words, environment=building.environment())
    assert "Traceback" not in done.stderr, done.stderr
    return done


def lines(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def write(building: Building, text: str) -> None:
    building.settings.retention_file.write_text(text, "utf-8")


@pytest.fixture
def archive(building: Building, index: Index) -> Building:
    """An account with a removed and a published post, another without a series."""
    entries = account("news", "wordpress", series="GS50-01-12"), account("b", "wordpress")
    building.enrol(*entries)
    building.capture("news", [{"record_id": POST}, {"record_id": OTHER}], at=DAY)
    building.capture("b", [{"record_id": "wordpress:y/posts/1"}], at=DAY)
    building.capture("news", [{"record_id": POST, "status": "removed"}], at=DAY + HOUR)
    index.catch_up()
    write(building, REVIEW)
    return building


def documents(index: Index, record_id: str = POST) -> list[dict[str, Any]]:
    index.client.indices.refresh(index=index.alias)
    found = index.client.search(index=index.alias, query={"term": {"record_id": record_id}})
    return [hit["_source"] for hit in found["hits"]["hits"]]


def test_from_the_file_to_dates_in_the_index(archive: Building, index: Index) -> None:
    assert all("eligible_on" not in one for one in documents(index))
    checked = run(archive, "check")
    assert checked.returncode == 0, checked.stderr
    assert "news" in checked.stdout
    assert "2 records would change" in checked.stderr  # one gains a date, both an action
    assert all("eligible_on" not in one for one in documents(index)), "check changes nothing"
    changes = {one["record_id"]: one for one in lines(run(archive, "check", "--json"))}
    assert changes[POST]["before"]["eligible_on"] is None
    assert changes[POST]["after"]["eligible_on"] == "2028-03-03"

    before = run(archive, "status")
    assert before.returncode == 4
    assert "is not in force yet" in before.stderr
    applied = run(archive, "apply", "--yes")
    assert applied.returncode == 0, applied.stderr
    assert "ledger/retention entry 1" in applied.stdout
    assert {one["eligible_on"] for one in documents(index)} == {"2028-03-03"}, "every version has it"
    assert len(documents(index)) == 2
    assert run(archive, "apply", "--yes").stderr.splitlines()[-1] == "The file is in force already."
    index.rebuild()
    assert {one["eligible_on"] for one in documents(index)} == {"2028-03-03"}

    status = {one["series"]: one for one in lines(run(archive, "status", "--json"))}
    assert status["GS50-01-12"]["records"] == {"published": 1, "running": 1}
    assert status["GS50-01-12"]["reviewed_by"] == "Ana Reyes, Records Officer"
    assert status[None]["records"] == {"undecided": 1}
    shown = run(archive, "status")
    assert shown.returncode == 0
    assert "2 years after received or provided, then appraise" in shown.stdout


def test_a_new_installation_puts_the_shipped_file_in_force(building: Building) -> None:
    """docs/admin/install.md has this step before the first capture, when there is no index yet."""
    building.enrol()
    write(building, (ROOT / "infra/retention.yaml").read_text("utf-8"))
    applied = run(building, "apply", "--yes")
    assert (applied.returncode, "ledger/retention entry 1" in applied.stdout) == (0, True), applied.stderr
    status = run(building, "status", "--json")
    assert status.returncode == 0, status.stderr
    assert {one["series"] for one in lines(status)} >= {"GS50-01-12", "GS2010-001"}


def test_a_file_that_changed_or_has_errors_is_reported_and_the_last_version_stays(archive: Building) -> None:
    assert run(archive, "apply", "--yes").returncode == 0
    write(archive, REVIEW.replace("years: 2", "years: 3"))
    told = run(archive, "status")
    assert (told.returncode, "has changes that are not in force" in told.stderr) == (4, True)
    assert "WARNING" in run(archive, "check").stdout
    write(archive, REVIEW.replace("years: 2", "years: 0"))
    wrong = run(archive, "check")
    assert (wrong.returncode, "ERROR" in wrong.stdout, "no length" in wrong.stdout) == (1, True, True)
    refused = run(archive, "apply", "--yes")
    assert (refused.returncode, "nothing changed" in refused.stderr) == (1, True)
    assert run(archive, "status").returncode == 4
    archive.settings.retention_file.unlink()
    gone = run(archive, "check")
    assert (gone.returncode, "cannot be read" in gone.stderr) == (1, True)


def test_a_coming_version_lists_which_records_change_and_how_before_it_takes_effect(
    archive: Building,
) -> None:
    assert run(archive, "apply", "--yes").returncode == 0
    core = (ROOT / "schemas/retention/core.yaml").read_text("utf-8")
    coming = core.replace('version: "5.0"', 'version: "6.0"').replace('"2024-10-02"', '"2999-01-01"')
    file = archive.settings.retention_file
    (file.parent / "coming.yaml").write_text(coming, "utf-8")
    write(archive, REVIEW.replace("[core, k12]", "[core, k12, coming.yaml]"))
    checked = run(archive, "check")
    assert "--on 2999-01-01" in checked.stdout
    assert "No record changes" in checked.stderr
    listed = lines(run(archive, "check", "--on", "1/1/2999", "--json"))
    said = " ".join(one["message"] for one in listed if "message" in one)
    assert "but version 6.0 would be in force on 2999-01-01" in said
    assert "version 6.0 is in force" not in said
    changes = {one["record_id"]: one for one in listed if "record_id" in one}
    assert changes[POST]["before"]["eligible_on"] == "2028-03-03"
    assert changes[POST]["after"]["eligible_on"] is None, "nobody reviewed version 6.0"
    assert run(archive, "check", "--on", "someday").returncode == 2


def test_without_a_yes_nothing_takes_effect(archive: Building) -> None:
    done = recordroom("retention", "apply", environment=archive.environment())
    assert done.returncode == 130
    assert run(archive, "status").returncode == 4


def test_a_file_is_checked_without_an_archive(archive: Building) -> None:
    environment = archive.environment() | {"RECORDROOM_S3_ENDPOINT": "http://127.0.0.1:1"}
    done = recordroom("retention", "check", environment=environment)
    assert "what would change is not known" in done.stderr
    assert done.returncode == 3


def hold(building: Building, *words: str) -> subprocess.CompletedProcess[str]:
    done = recordroom("hold", *words, environment=building.environment())
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_a_hold_from_the_command_line(archive: Building, index: Index) -> None:
    given = ("--kind", "litigation", "--reason", "a claim", "--account", "news", "--query", "zebra", "--json")
    placed = hold(archive, "place", "Smith v. District", *given)
    assert placed.returncode == 0, placed.stderr
    [found] = lines(placed)
    assert found["scope"] == {"accounts": ["news"], "query": "zebra"}
    assert [one["on_hold"] for one in documents(index, OTHER)] == [False], "the query was asked at once"
    changed = hold(archive, "change", found["hold"], "--reason", "all of it", "--account", "news")
    assert changed.returncode == 0, changed.stderr
    assert [one["on_hold"] for one in documents(index, OTHER)] == [True]
    assert hold(archive, "acknowledge", found["hold"], "news").returncode == 0
    listed = hold(archive, "list")
    assert "not acknowledged" not in listed.stdout
    wide = json.loads(
        hold(archive, "place", "Wide", "--kind", "other", "--reason", "w", "--query", "snow", "--json").stdout
    )
    assert "news" in wide["not_acknowledged"], "a hold without accounts is one of all accounts"
    assert "not acknowledged for" in hold(archive, "list").stdout
    assert hold(archive, "release", wide["hold"], "--reason", "done").returncode == 0
    assert (listed.returncode, "Smith v. District" in listed.stdout) == (0, True)
    assert "1 in force" in listed.stderr
    refused = hold(archive, "release", found["hold"], "--reason", "settled")
    assert (refused.returncode, "must name counsel" in refused.stderr) == (2, True)
    released = hold(archive, "release", found["hold"], "--reason", "settled", "--counsel", "Ana Reyes")
    assert released.returncode == 0, released.stderr
    assert [one["on_hold"] for one in documents(index, OTHER)] == [False]
    assert hold(archive, "list").stdout == ""
    assert "released on" in hold(archive, "list", "--released").stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--account", "nobody"), "no account 'nobody'"),
        (("--author", "x"), "PLATFORM:AUTHOR_ID"),
        (("--everything", "--review-on", "soon"), "is not a day"),
        (("--everything", "--from", "never"), "not a date"),
    ],
)
def test_wrong_use_of_hold_is_refused(archive: Building, words: tuple[str, ...], told: str) -> None:
    done = hold(archive, "place", "Title", "--kind", "other", "--reason", "why", *words)
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr


def test_an_overdue_review_and_a_failed_query_need_a_person() -> None:
    placed = Act("officer", DAY, "a claim")
    holds = [
        Hold("a" * 32, "Open", "other", HoldScope(everything=True), placed, date(2026, 1, 1)),
        Hold("b" * 32, "Secret", "other", HoldScope(query="x"), placed, confidential=True, problem="no"),
        Hold("c" * 32, "Later", "other", HoldScope(query="x"), placed, date(2099, 1, 1)),
        Hold("d" * 32, "Over", "other", HoldScope(query="x"), placed, date(2026, 1, 1), released=placed),
    ]
    first, second = list_hold_alarms(RetentionState(holds={one.id: one for one in holds}))
    assert first.startswith("The review of the hold 'Open' was due on Jan 1, 2026.")
    assert second.startswith("The query of a confidential hold cannot be asked")
