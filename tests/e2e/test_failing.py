"""An operator sees in Airflow why a task failed, and that a run had no failures."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.archives import make
from tests.e2e.dag import run
from tests.services import S3, Buckets

pytestmark = pytest.mark.thorough

ACCOUNT = {
    "id": "social",
    "platform": "mastodon",
    "url": "https://social.test/@district",
    "title": "Social",
    "class": "official",
}
ACCOUNT |= {"owner": "Communications", "private_messages": "none"}
AWAY = "http://127.0.0.1:9"
CAPTURE = (
    "from recordroom.airflow_tasks import _capture; _capture.partial(kind='recent').expand(name=['social'])"
)
Night = Callable[..., tuple[list[str], str]]


@pytest.fixture
def night(s3: S3, buckets: Buckets, tmp_path: Path) -> Night:
    """Runs a DAG of these tasks on an archive of its own, as tests.e2e.dag says."""
    make(s3, buckets, tmp_path)
    return partial(run, s3, buckets, tmp_path)


@pytest.mark.parametrize(
    ("tasks", "settings", "state", "why"),
    [
        (CAPTURE, {"RECORDROOM_S3_ENDPOINT": AWAY}, "capture=failed", "social: the store cannot be reached"),
        (
            "add_capture_tasks('recent')",
            {"RECORDROOM_S3_ENDPOINT": AWAY},
            "mastodon.due=failed",
            "mastodon: the store cannot be reached",
        ),
        ("add_fixity_tasks()", {"RECORDROOM_BUKET": "x"}, "verify=failed", "RECORDROOM_BUKET"),
    ],
)
def test_the_log_of_a_failed_task_ends_in_one_line_that_says_why(
    night: Night, tasks: str, settings: dict[str, str], state: str, why: str
) -> None:
    """And the task has its account's name."""
    told, printed = night(tasks, ACCOUNT, **settings)
    assert (told[0], state in told) == ("failed", True)
    ends = [part for part in printed.split("::endgroup::") if why in part.partition("\n")[2].split("\n")[0]]
    assert ends, printed[-3000:]
    assert not any("Traceback" in end.split("::group::")[0] for end in ends)
    if tasks == CAPTURE:
        [name] = re.findall(r"^NAMED\t(.*)$", printed, re.MULTILINE)
        assert name.startswith("social: the store cannot be reached")
        assert len(name) <= 48


def test_in_a_run_without_failure_the_result_is_green_and_not_skipped(night: Night) -> None:
    told, _ = night("add_capture_tasks('history')")
    assert (told[0], "failed=success" in told) == ("success", True)


def test_a_night_of_retention_needs_no_index(night: Night) -> None:
    told, _ = night("add_retention_tasks()", ACCOUNT)
    assert told == ["success", "fields=success", "proposals=success"]
