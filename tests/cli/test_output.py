"""Output on stdout is complete and plain, whatever a captured text has in it, and if its reader stops early."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from recordroom.archive.gaps import Gaps
from recordroom.search.index.indexer import Index
from tests.building import DAY, Building, account
from tests.services import S3, Buckets

pytestmark = pytest.mark.thorough

RECORDROOM = Path(sys.executable).with_name("recordroom")
POST = "wordpress:x/posts/1"
TITLE = "News [official] :smile: [/x]"
FAR = f"wordpress:x/comments/{'9' * 180}"


@pytest.fixture(scope="module")
def archive(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Building:
    folder = tmp_path_factory.mktemp("output")
    building = Building.at(s3, Buckets(), folder, elasticsearch)
    building.register(account("news", "wordpress", title=TITLE))
    building.settings.register_file.write_text(
        "agency: {id: district, name: District, contact: r@district.example}\naccounts: [{id: news,"
        f" platform: wordpress, url: 'https://x.example', title: '{TITLE}', class: official, owner: C}}]\n"
    )
    answers = [{"record_id": f"{POST}{n:04d}", "text": "Snow 🧣 " * 40} for n in range(300)]
    building.capture(
        "news",
        [
            {"record_id": POST, "text": "Snow"},
            {"record_id": FAR, "parent_id": POST, "text": "y " * 90},
            *answers,
        ],
        at=DAY,
    )
    Gaps(building.archive).open_("news", "counts-differ", "bad [/b] \x1b[31mred\nGap: forged")
    Index(building.settings, building.archive, building.derived).catch_up()
    return building


def environment(archive: Building, **more: str) -> dict[str, str]:
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith("RECORDROOM_")},
        **archive.environment(),
        **more,
    }


def run(archive: Building, command: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A line of the shell; `recordroom` is the program."""
    line = f'set -o pipefail; recordroom() {{ "{RECORDROOM}" "$@"; }}; {command}'
    done = subprocess.run(
        ["bash", "-c", line],
        env=environment(archive, **more),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("recordroom search '*' --limit 0 | head -1", 0),
        ("recordroom search '*' --limit 0 --json | head -c 9", 0),
        ("recordroom search '*' --limit 0 2>&1 | head -1", 0),
        ("recordroom status --json | true", 1),  # a gap is open
        ("recordroom search '*' --limit 0 > /dev/full", 3),
        ("recordroom search '*' --json > /dev/full", 3),
        ("recordroom search '*' >&-", 0),
    ],
)
def test_a_reader_that_goes_away_is_no_failure_and_a_full_disk_is_one(
    archive: Building, command: str, code: int
) -> None:
    assert run(archive, command).returncode == code


def test_a_locale_without_the_letters_loses_none(archive: Building) -> None:
    assert "\\U0001f9e3" in run(archive, "recordroom search 🧣 --limit 1", PYTHONIOENCODING="ascii").stdout


def test_words_of_others_are_no_markup_and_command_nothing(archive: Building) -> None:
    assert TITLE in run(archive, "recordroom accounts").stdout
    done = run(archive, "recordroom status")
    assert done.returncode == 1
    assert "bad [/b]" in done.stdout
    assert "\x1b" not in done.stdout
    assert not any(line.startswith("Gap:") for line in done.stdout.splitlines())
    assert "2026-03-02 08:00 PST" in done.stdout


def test_an_id_stands_whole_however_long_its_line_is(archive: Building) -> None:
    assert f"  {FAR}\n" in run(archive, f"recordroom show {POST}").stdout


def test_a_narrow_terminal_folds_tables_and_cuts_nothing(archive: Building) -> None:
    command = f"stty cols 40; {RECORDROOM} accounts"
    done = subprocess.run(
        ["script", "-qec", command, "/dev/null"],
        env=environment(archive),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert "…" not in done.stdout
    cells = [line.split("│")[2].strip() for line in done.stdout.splitlines() if line.count("│") > 2]
    assert "".join(cells) == "wordpress"
