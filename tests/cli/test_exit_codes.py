"""How `recordroom capture` and `recordroom status` end: by the index, by tokens near their end, and by gaps
that the register explains.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.local.support.place import REPOSITORY
from recordroom.archive import store
from recordroom.archive.gaps import Gaps
from recordroom.archive.ledger import Ledger, Tail
from recordroom.archive.store import Store
from recordroom.exit_codes import ExitCode, choose_exit_code
from recordroom.model import ZONE, instant
from tests.archives import settings_for
from tests.cli.test_verbs import ACCOUNT, Desk
from tests.jobs.test_captures import manifest
from tests.services import S3, Buckets

AWAY = "http://127.0.0.1:9"


class Office(Desk):
    """A desk whose account was captured and indexed."""

    archive: Store


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, s3: S3, elasticsearch: str) -> Iterator[Office]:
    folder, buckets = tmp_path_factory.mktemp("office"), Buckets()
    with closing(Office(folder, s3, buckets, elasticsearch)) as found:
        found.archive = store.archive(settings_for(s3, buckets, folder))
        assert found.run("setup")[0] == 0
        found.network.publish(ACCOUNT, "Closed today")
        assert found.run("capture")[0] == 0
        assert found.run("status")[0] == 0
        yield found


def test_an_outage_wins_then_what_is_broken_then_what_ends_soon() -> None:
    unreachable, broken, soon, fine = ExitCode.UNREACHABLE, ExitCode.BROKEN, ExitCode.ACT_SOON, ExitCode.FINE
    assert choose_exit_code(soon, unreachable, broken=True, act_soon=True) is unreachable
    assert choose_exit_code(soon, broken) is choose_exit_code(soon, broken=True, act_soon=True) is broken
    assert choose_exit_code(fine, soon) is choose_exit_code(act_soon=True) is soon
    assert choose_exit_code(fine) is choose_exit_code() is fine


def test_an_index_that_cannot_be_reached_is_3(office: Office) -> None:
    for command in ("capture", "status"):
        code, out, err = office.run(command, RECORDROOM_ELASTICSEARCH_URL=AWAY)
        assert (code, "social" in out, "but the index is behind: Elasticsearch cannot be reached" in err) == (
            3,
            True,
            True,
        )


def test_an_index_that_is_missing_is_4(office: Office) -> None:
    code, _, err = office.run("status", RECORDROOM_INDEX="nowhere")
    assert (code, "there is no index. Run `recordroom rebuild index`." in err) == (4, True)


def test_an_outage_hides_no_gap_and_wins_over_it(office: Office) -> None:
    gaps = Gaps(office.archive)
    gaps.open_("social", "platform-limit", "no more than 600 posts a year are listed")
    code, out, _ = office.run("status", RECORDROOM_ELASTICSEARCH_URL=AWAY)
    assert (code, "no more than 600 posts" in " ".join(out.split())) == (3, True)
    assert office.run("status")[0] == 1
    gaps.close("social", "platform-limit", "the test is over")
    assert office.run("status")[0] == 0


def test_a_gap_that_the_register_explains_is_accepted(office: Office) -> None:
    """Until the next capture closes it; a gap that is opened after the word was recorded is not meant by it."""
    before, gaps = office.register.read_text(), Gaps(office.archive)
    gaps.open_("social", "platform-limit", "no more than 600 posts a year are listed")
    gaps.open_("social", "platform-limit (whole account)", "no more than 600 posts a year are listed")
    assert office.run("status", "--counts")[0] == office.run("status")[0] == 1
    today = datetime.now(ZONE).date().isoformat()
    word = f"     explained: {{platform-limit: {{until: {today}, why: the download was imported}}}}}}\n"
    office.register.write_text(before.rstrip().removesuffix("}") + f",\n{word}")
    code, [status] = office.objects("status")
    said = f"the register says ({today}): the download was imported"
    assert (code, [gap["explained"] for gap in status["gaps"]]) == (0, [said, said])
    assert f"listed; {said}" in " ".join(office.run("status")[1].replace("│", " ").split())
    code, lines = office.objects("status", "--counts")
    limit = "beyond a limit of the platform, or not offered by it: no more than 600 posts a year are listed"
    assert (code, f"{limit}; {said}" in [line["why"] for line in lines]) == (0, True)
    assert office.run("capture", "--full")[0] == 0, "records the register, and closes the gaps"
    gaps.open_("social", "platform-limit", "no more than 60 posts a year are listed")
    code, [status] = office.objects("status")
    assert (code, [gap["explained"] for gap in status["gaps"]]) == (1, [None])
    gaps.close("social", "platform-limit", "the test is over")
    office.register.write_text(before)


def test_the_register_of_another_agency_is_asked_about_on_a_terminal_and_else_captures_go_on(
    office: Office,
) -> None:
    before = office.register.read_text()
    office.register.write_text(before.replace("id: esd", "id: other").replace("id: social", "id: foreign"))
    doubt = "it is the register of agency 'other', but the archive is of 'esd'"
    code, out, err = office.run("capture", "--json")
    assert (code, [json.loads(line)["account"] for line in out.splitlines()]) == (1, ["social"])
    assert (f"ALARM: {office.register}: {doubt}" in err, "UTC stays in force" in err) == (True, True)
    code, out, err = office.run("status")
    assert (code, "social" in out, "foreign" in out, doubt in err) == (1, True, False, True)
    heads = Ledger(office.archive, "register").head()
    code, told = on_a_terminal(office, "capture", typed="no")
    assert (code, doubt in told, "the register was not changed" in told) == (2, True, True)
    assert Ledger(office.archive, "register").head() == heads
    code, told = on_a_terminal(office, "setup", typed="yes")
    assert (code, doubt in told, "ALARM" in told) == (0, True, False)
    assert Ledger(office.archive, "register").head() == heads + 1
    office.register.write_text(before)
    assert on_a_terminal(office, "setup", typed="yes")[0] == 0
    Gaps(office.archive).close("foreign", "register-error", "the test is over")
    assert office.run("status")[0] == 0


def on_a_terminal(office: Office, *words: str, typed: str) -> tuple[int, str]:
    """(exit code, all that the terminal shows)."""
    line = " ".join([str(Path(sys.executable).with_name("recordroom")), *words])
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("RECORDROOM_", "AIRFLOW"))
    }
    command = ["script", "-qec", line, "/dev/null"]
    given = {**inherited, **office.settings}
    done = subprocess.run(
        command, input=f"{typed}\n", env=given, capture_output=True, text=True, timeout=240, check=False
    )
    return done.returncode, " ".join(done.stdout.split())


def test_a_token_near_its_end_is_4(office: Office) -> None:
    before, now = office.register.read_text(), datetime.now(UTC)
    office.enter("social", "other")
    body = manifest(started=instant(now), token={"dies_at": instant(now + timedelta(days=2, hours=1))})
    Ledger(office.archive, "capture/mastodon/other").append("manifest", body, Tail())
    code, out, _ = office.run("status")
    assert (
        code,
        "in 2 days: Communications must replace it" in " ".join(out.replace("│", " ").split()),
    ) == (4, True)
    office.register.write_text(before)


def test_entries_that_wait_long_for_the_index_and_a_late_anchor_are_4(office: Office) -> None:
    old = datetime.now(UTC) - timedelta(days=3)
    Ledger(office.archive, "anchor").append(
        "anchor", {"root": "0" * 64, "previous_root": None, "chains": {}}, Tail(), at=old
    )
    code, _, err = office.run("status")
    assert (code, "No anchor was written since" in err, "index" in err) == (4, True, False)
    Ledger(office.archive, "capture/mastodon/former").append("manifest", manifest(), Tail(), at=old)
    code, _, err = office.run("status")
    assert (code, "missing from the index for more than 20 minutes (former: 1 entry)" in err) == (4, True)


def test_the_documentation_has_the_same_codes() -> None:
    table = (
        (REPOSITORY / "docs/admin/daily-work.md")
        .read_text("utf-8")
        .partition("\n## Exit codes")[2]
        .partition("\nIf several apply")[0]
    )
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)] == sorted(ExitCode)
