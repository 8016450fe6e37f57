"""Wrong use of the command line: words and the way to the right ones on stderr, nothing on stdout, exit 2."""

from __future__ import annotations

import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from recordroom.model import ZONE
from tests.running import recordroom


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], "No such command"),
        (["verify", "--bogus"], "--bogus"),
        (["capture", "--since"], "--since"),
        (["rebuild", "nothing"], "'records', 'state', 'index'"),
        (["search", "-snow"], "begins with - last, after ` -- `"),
    ],
)
def test_wrong_use_is_told_without_a_traceback(arguments: list[str], words: str) -> None:
    done = recordroom(*arguments, environment={})
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "--help" in done.stderr
    assert "Traceback" not in done.stderr


NEEDED = {
    "RECORDROOM_BUCKET": "archive",
    "RECORDROOM_DERIVED_BUCKET": "derived",
    "RECORDROOM_ELASTICSEARCH_URL": "http://127.0.0.1:9",
    "RECORDROOM_S3_ENDPOINT": "http://127.0.0.1:9",
}


def without_services(
    folder: Path, *arguments: str | bytes, **settings: str
) -> subprocess.CompletedProcess[str]:
    given = {
        "RECORDROOM_LOCAL": str(folder),
        "RECORDROOM_JOURNAL": str(folder / "journal"),
        **NEEDED,
        **settings,
    }
    done = recordroom(*arguments, environment=given, folder=folder)
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("/", "--out: / already exists"),
        (".", "already exists"),
        ("/proc/x", "cannot be created"),
        ("x" * 300, "File name too long"),
    ],
)
def test_a_folder_that_cannot_be_is_told(tmp_path: Path, out: str, words: str) -> None:
    done = without_services(tmp_path, "export", "*", "--out", out, "--format", "csv")
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_journal_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    done = without_services(tmp_path, "search", "snow", RECORDROOM_JOURNAL="/dev/null/journal")
    assert (done.returncode, done.stdout) == (2, "")
    assert "a local folder cannot be written: /dev/null/journal: Not a directory" in done.stderr
    assert "RECORDROOM_JOURNAL" in done.stderr


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:0/",
        "agency.example/back",
        "ftp://agency.example/",
        "http://[x/",
    ],
)
def test_a_redirect_that_is_no_address_is_told_before_anybody_is_asked(tmp_path: Path, address: str) -> None:
    done = without_services(tmp_path, "connect", "district-youtube", "--redirect", address, "--paste")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"--redirect {address} is not a web address" in done.stderr


def test_nothing_is_handed_in_on_a_day_that_has_not_come(tmp_path: Path) -> None:
    """A day typed as a month gets no permanent receipt."""
    ahead = (datetime.now(ZONE).date() + timedelta(days=1)).isoformat()
    words = "--account", "director", "--submitter", "Jane Doe", "--attestation", "I took it myself."
    done = without_services(tmp_path, "submit", "screenshot.png", *words, "--on", ahead)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"--on {ahead} is in the future" in done.stderr


@pytest.mark.parametrize(
    "verb", [["search"], ["show"], ["export", "--format", "csv", "--out", "out", "--account"]]
)
def test_an_argument_that_is_no_text_is_no_traceback(tmp_path: Path, verb: list[str]) -> None:
    assert without_services(tmp_path, *verb, b"\xff", "x" if "--out" in verb else "--json").returncode in (
        2,
        3,
    )


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("  at   8:30", "    at   8:30\n         ^\n"),
        ("\tat\n8:30", "   at 8:30\n      ^\n"),
        ("学校 👩🏽‍🏫 8:30", "  学校 👩🏽‍🏫 8:30\n          ^\n"),
        (f"{'a ' * 100}8:30{' b' * 100}", f"  …{'a ' * 35}8:30{' b' * 33}…\n  {' ' * 71}^\n"),
    ],
)
def test_the_mark_stands_below_the_place(tmp_path: Path, query: str, shown: str) -> None:
    done = without_services(tmp_path, "search", query)
    assert done.returncode == 2
    assert done.stderr.startswith(shown)


def test_a_number_beyond_counting_is_told(tmp_path: Path) -> None:
    done = without_services(tmp_path, "search", "snow", "--limit", "9" * 20)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--limit" in done.stderr
