"""`recordroom search` and `recordroom show`: what was asked for on stdout, everything else on stderr, exit
codes.
"""

from __future__ import annotations

import json
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from recordroom.archive.audit.journal import ledger_name
from recordroom.archive.ledger import Ledger
from recordroom.model import record_fields
from recordroom.search.index.indexer import Index
from tests.building import DAY, Building, account, media
from tests.running import recordroom
from tests.services import S3, Buckets

POST = "wordpress:x/posts/1"


def asked(building: Building, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return recordroom(*arguments, environment=building.environment() | environment)


def objects(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def archive(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Building:
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("cli"), elasticsearch)
    building.register(
        account("news", "wordpress"), account("other", "wordpress"), account("page", "linkedin")
    )
    hostile = "Snow \x1b[31mred\x1b[0m \u202edesrever <b>"
    building.capture(
        "news",
        [{"record_id": POST, "text": hostile, "media": [media(b"1", "m")], "author_name": "Ana"}],
        at=DAY,
    )
    building.capture(
        "other",
        [{"record_id": POST, "text": hostile}, {"record_id": f"{POST}0", "parent_id": POST, "text": "Ice"}],
        at=DAY,
    )
    building.capture("news", at=DAY + timedelta(hours=2))
    building.capture("page", at=DAY + timedelta(hours=2))
    Index(building.settings, building.archive, building.derived).catch_up()
    return building


def test_search_prints_hits_on_stdout_and_the_exact_total_on_stderr(archive: Building) -> None:
    done = asked(archive, "search", "snow", "--limit", "1", "--from", "2026-03-02", "--to", "2026-03-02")
    assert done.returncode == 0
    assert POST in done.stdout
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    assert "..." not in done.stdout
    assert done.stderr.startswith(
        '2 records, 1 of them shown. Read as: the word "snow"; published from Mar 2, 2026, 12:00 a.m.'
    )
    assert "1 images and other files" in done.stderr
    none = asked(archive, "search", "nothing has this")
    assert (none.returncode, none.stdout) == (0, "")
    assert none.stderr.startswith("0 records. ")
    assert asked(archive, "search", f'record_id:"{POST}"', "--account", "news").stderr.startswith(
        "1 record. "
    )


def test_a_search_for_an_author_says_where_people_have_no_name(archive: Building, tmp_path: Path) -> None:
    told = "LinkedIn organization pages (page): only pages that comment have a name"
    (tmp_path / "terms.txt").write_text("snow\nauthor:ana\n")
    for done in (
        asked(archive, "search", "author:ana"),
        asked(archive, "terms", str(tmp_path / "terms.txt")),
    ):
        assert told in done.stderr
    assert told not in asked(archive, "search", "snow").stderr


def test_search_as_json_is_one_record_a_line(archive: Building) -> None:
    done = asked(archive, "search", "*", "--json", "--limit", "0", "--sort", "oldest")
    found = objects(done)
    assert len(found) == 3
    assert list(found[0]) == [f.name for f in record_fields()]
    [month] = archive.archive.keys("ledger/audit/", folders=True)
    chain = Ledger(archive.archive, ledger_name(month.split("/")[2]))
    assert "*" in [e.get("query") for entry in chain.entries() for e in entry.body["events"]], (
        "it was journaled and shipped"
    )


def test_show_prints_versions_evidence_and_conversation(archive: Building) -> None:
    done = asked(archive, "show", POST, "--at", "2026-03-02T17:00Z")
    assert done.returncode == 0, done.stderr
    for words in (
        "news: visible at Mar 2, 2026, 9:00 a.m.",
        "other: not known",
        "evidence/wordpress/news/",
        "Conversation",
        "Ana",
    ):
        assert words in done.stdout
    assert "\x1b" not in done.stdout


def test_show_as_json_has_versions_the_conversation_and_an_answer_for_each_account(archive: Building) -> None:
    first, second, comment, *rest = objects(
        asked(archive, "show", POST, "--at", "2026-03-02T17:00Z", "--json")
    )
    assert (first["account"], second["account"]) == ("news", "other")
    assert first["evidence"]["key"].startswith("evidence/wordpress/news/")
    assert comment["parent_id"] == POST
    assert [(r["account"], r["visible"]) for r in rest] == [("news", "visible"), ("other", "not known")]


def test_terms_counts_a_list(archive: Building, tmp_path: Path) -> None:
    (tmp_path / "terms.txt").write_text("snow\n\nsnow && ice\nice\nSNOW\n")
    done = asked(archive, "terms", str(tmp_path / "terms.txt"), "--json")
    assert done.returncode == 0, done.stderr
    snow, wrong, ice, same, everything = objects(done)
    assert snow == {
        "line": 1, "term": "snow", "understood": 'the word "snow"', "records": 2, "conversations": 1,
        "unique": 2, "accounts": {"news": 1, "other": 1},
    }  # fmt: skip
    assert wrong["note"].startswith("not counted: && is not an operator here")
    assert (ice["records"], same["note"]) == (1, "same as line 1")
    assert everything == {
        "all": True,
        "records": 3,
        "conversations": 1,
        "unique": 3,
        "accounts": {"news": 1, "other": 2},
    }
    assert done.stderr.startswith(
        "3 records in 1 conversations match at least one of 2 terms; current versions, without private messages;"
        " counted "
    )
    assert "Line 3 was not counted:\n  snow && ice\n       ^" in done.stderr
    assert "Empty lines: 2." in done.stderr
    table = asked(archive, "terms", str(tmp_path / "terms.txt"), "--account", "news")
    assert "same as line 1" in table.stdout
    assert (
        '"Release status","Line","Term"'
        in asked(archive, "terms", str(tmp_path / "terms.txt"), "--csv").stdout
    )


def test_terms_marks_a_zero_that_rests_on_a_doubtful_reading(archive: Building, tmp_path: Path) -> None:
    (tmp_path / "terms.txt").write_text("zebra\nsnow/zebra\n")
    done = asked(archive, "terms", str(tmp_path / "terms.txt"), "--json")
    doubt = (
        "0 results, but the term may mean something else: snow/zebra finds its words in this order; for any of them, write snow OR"
        " zebra"
    )
    zebra, both, _ = objects(done)
    assert ("note" in zebra, both["note"], both["records"]) == (False, doubt, 0)
    assert f"Line 2: {doubt}.\n" in done.stderr
    assert "0 (doubtful)" in asked(archive, "terms", str(tmp_path / "terms.txt")).stdout


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("snow w/5 zebra", ["Any of these words: 2: snow OR zebra\n  2: snow\n  0: zebra\n"]),
        (
            "snow/zebra",
            [
                "write snow OR zebra",
                "Any of these words: 2: snow OR zebra",
            ],
        ),
        ("red w/0 snow", ["Any of these words: 2: red OR snow"]),
        ('"desrever snow"', ["All of these words, anywhere: 2: desrever snow"]),
        (
            "zebra gnu",
            [
                "There may be matching records anyway: Without an operator",
                "None of these words is in the records",
            ],
        ),
        (" ".join(f"zebra{n}" for n in range(20)), ["Use fewer words to find more"]),
        ("ana", ["By the author with this name: 1: author:"]),
    ],
)
def test_search_offers_what_finds_something_where_it_finds_nothing(
    archive: Building, query: str, said: list[str]
) -> None:
    done = asked(archive, "search", query)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    for words in said:
        assert words in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["search", "snow && ice"],
            "       ^\nrecordroom: && is not an operator here: write AND\n  Try: snow AND ice",
        ),
        (["search", "snow", "--from", "yesterday"], "--from: 'yesterday' is not a date"),
        (["search", "snow", "--kind", "pst"], "Available: comment, message"),
        (["search", "snow", "--limit", "-1"], "--limit"),
        (["terms", "/nowhere/terms.txt"], "/nowhere/terms.txt cannot be read: No such file"),
        (["terms", "/dev/null"], "the list has no terms"),
        (["terms", "/dev/null", "--json", "--csv"], "Use one of them"),
        (["show", "wordpress:x/posts/7"], "there is no record"),
        (["show", POST, "--at", "noon"], "--at: 'noon' is not a date"),
    ],
)
def test_wrong_use_is_exit_2_with_the_mend(archive: Building, arguments: list[str], words: str) -> None:
    done = asked(archive, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_elasticsearch_away_is_exit_3(archive: Building) -> None:
    done = asked(archive, "search", "snow", RECORDROOM_ELASTICSEARCH_URL="http://127.0.0.1:9")
    assert (done.returncode, done.stdout) == (3, "")
    assert "Elasticsearch cannot be reached" in done.stderr


def test_a_bucket_that_is_away_stops_no_search_and_its_journal_waits(archive: Building) -> None:
    done = asked(archive, "search", "snow", "--json", RECORDROOM_S3_ENDPOINT="http://127.0.0.1:9")
    assert done.returncode == 0
    assert len(objects(done)) == 2
    assert "journal stays on this machine" in done.stderr
    [waiting] = archive.settings.journal.glob("*.jsonl")
    assert b'"query":"snow"' in waiting.read_bytes()


def test_what_is_under_quarantine_is_left_out_everywhere_unless_asked_for(
    archive: Building, tmp_path: Path
) -> None:
    assert "there is no record" in asked(archive, "quarantine", "wordpress:x/posts/9", "--reason", "x").stderr
    assert asked(archive, "quarantine", POST).returncode == 2
    assert (
        asked(archive, "quarantine").returncode
        == asked(archive, "quarantine", POST, "--list").returncode
        == 2
    )
    done = asked(archive, "quarantine", POST, "--reason", "a home address")
    assert (
        done.returncode,
        f"{POST} is under quarantine" in done.stdout,
        "ledger/quarantine entry 1" in done.stdout,
    ) == (0, True, True)
    try:
        (tmp_path / "terms.txt").write_text("snow")
        export = ("export", "snow", "--format", "csv", "--json", "--out")
        for none, two, verb in (
            ([], [1, 1], ("search", "snow", "--json")),
            ([0, 0], [2, 2], ("terms", str(tmp_path / "terms.txt"), "--json")),
        ):
            without, with_ = asked(archive, *verb), asked(archive, *verb, "--quarantined")
            assert ": 2 records under quarantine. To" in without.stderr
            assert "records under quarantine. To" not in with_.stderr
            assert [one.get("records", 1) for one in objects(without)] == none
            assert [one.get("records", 1) for one in objects(with_)] == two
        [part] = objects(asked(archive, *export, str(tmp_path / "a")))
        [whole] = objects(asked(archive, *export, str(tmp_path / "b"), "--quarantined"))
        assert (part["counts"]["rows"], whole["counts"]["rows"]) == (0, 2)
        assert {"what": "records that match", "count": 2, "why": "under quarantine"} in part["left_out"]
        assert "under quarantine" in (tmp_path / "a" / "WORKING-COPY_receipt.txt").read_text()
        refused = asked(archive, "show", POST)
        assert (refused.returncode, refused.stdout, f" put {POST} under quarantine, " in refused.stderr) == (
            2,
            "",
            True,
        )
        assert "Snow" in asked(archive, "show", POST, "--quarantined").stdout
        beside = asked(archive, "show", f"{POST}0")
        assert (
            "Snow" in beside.stdout,
            "under quarantine in this conversation. To" in beside.stderr,
        ) == (False, True)
        [listed] = objects(asked(archive, "quarantine", "--list", "--json"))
        assert (listed["record_id"], listed["reason"], listed["entry"]) == (POST, "a home address", 1)
    finally:
        lifted = asked(archive, "quarantine", POST, "--lift", "--reason", "another's", "--json")
    assert objects(lifted)[0]["type"] == "lifted"
    assert len(objects(asked(archive, "search", "snow", "--json"))) == 2
    assert "0 records and 0 files" in asked(archive, "quarantine", "--list").stderr
