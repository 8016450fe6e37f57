"""`recordroom retention classify`, `decisions`, `approve`, and `revoke`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recordroom.retention import ledger
from recordroom.retention.checks import check_files
from recordroom.search.index.indexer import Index
from tests.building import DAY, Building, account
from tests.retention.test_classification import FILE, SCHEDULE, TODAY
from tests.retention.test_command import lines, run

GONE, SHOWN, OTHER = (f"wordpress:x/posts/{n}" for n in range(1, 4))
HOUR = timedelta(hours=1)


@pytest.fixture
def archive(building: Building, index: Index) -> Building:
    """A removed and a published record of one account, and a record of another."""
    building.enrol(account("news", "wordpress", series="TWO"), account("sports", "wordpress", series="TWO"))
    building.capture("news", [{"record_id": one, "text": "snow"} for one in (GONE, SHOWN)], at=DAY)
    building.capture("sports", [{"record_id": OTHER, "text": "snow"}], at=DAY)
    building.capture("news", [{"record_id": GONE, "status": "removed"}], at=DAY + HOUR)
    (building.settings.retention_file.parent / "local.yaml").write_text(SCHEDULE, "utf-8")
    building.settings.retention_file.write_text(FILE, "utf-8")
    ledger.apply_policy(building.archive, check_files(building.settings.retention_file, TODAY))
    index.catch_up()
    return building


def test_a_search_with_filters_is_decided_and_proposes_later_records(archive: Building, index: Index) -> None:
    asked = ("classify", "SIX", "--reason", "read it", "--query", "snow", "--account", "news")
    tried = run(archive, *asked, "--dry-run")
    assert tried.returncode == 0, tried.stderr
    assert "2 records, each counted once for each account: 2 change" in tried.stderr
    assert lines(run(archive, "decisions", "--json")) == []
    done = run(archive, *asked, "--yes", "--json")
    assert done.returncode == 0, done.stderr
    [made] = lines(done)
    assert (made["query"], made["filters"]["account"], made["covered"]) == ("snow", ["news"], {"news": 2})
    archive.capture("news", [{"record_id": "wordpress:x/posts/9", "text": "late snow"}], at=DAY + 9 * HOUR)
    index.catch_up()
    listed = run(archive, "decisions", "--json")
    assert listed.returncode == 0, listed.stderr
    assert [one["later_matches"] for one in lines(listed)] == [1]
    assert "later matches" in run(archive, "decisions").stdout


def test_a_shorter_period_waits_and_a_decision_is_revoked(archive: Building) -> None:
    done = run(archive, "classify", "ARCH", "--reason", "read it", "--record", GONE, "--yes", "--json")
    [made] = lines(done)
    assert made["state"] == "waits for the approval of a second person"
    waiting = run(archive, "decisions")
    assert waiting.returncode == 4
    assert "1 waiting for approval" in waiting.stderr
    own = run(archive, "approve", made["decision"], "--reason", "agreed")
    assert (own.returncode, "by a second person" in own.stderr) == (2, True)
    revoked = run(archive, "revoke", made["decision"], "--reason", "a mistake")
    assert revoked.returncode == 0, revoked.stderr
    assert run(archive, "decisions").returncode == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--record", GONE, "--account", "news"), "need --query"),
        (("--record", GONE, "--primary", f"{GONE}0"), "no such primary record"),
        (("--record", GONE, "--primary", GONE), "itself among the records"),
    ],
)
def test_what_cannot_be_decided_is_refused(archive: Building, words: tuple[str, ...], said: str) -> None:
    refused = run(archive, "classify", "SIX", "--reason", "why", "--yes", *words)
    assert refused.returncode == 2
    assert said in refused.stderr
    assert lines(run(archive, "decisions", "--json")) == []
