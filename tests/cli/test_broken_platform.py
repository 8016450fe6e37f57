"""A platform that cannot be loaded stops its own accounts, with a gap; everything else goes on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from infra.local.place import REPOSITORY
from tests.cli.test_verbs import ACCOUNT, Desk
from tests.services import S3, Buckets

SAVED = REPOSITORY / "tests/platforms/mastodon/ordinary.json"


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        (("myspace.py", "PLATFORM = (\n"), "SyntaxError: '(' was never closed (myspace.py, line 1)"),
        (
            ("myspace/__init__.py", "import os\n\nimport nothing_like_it\n"),
            "ModuleNotFoundError: No module named 'nothing_like_it' (myspace/__init__.py, line 3)",
        ),
    ],
)
def test_a_platform_that_cannot_be_loaded_stops_only_its_accounts(
    s3: S3, buckets: Buckets, tmp_path: Path, mistake: tuple[str, str], words: str
) -> None:
    desk = Desk(tmp_path, s3, buckets, "http://127.0.0.1:9")
    shutil.copytree(REPOSITORY / "plugins/recordroom", tmp_path / "plugins/recordroom", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "schemas").symlink_to(REPOSITORY / "schemas")
    broken = tmp_path / "plugins/recordroom/platforms" / mistake[0]
    broken.parent.mkdir(exist_ok=True)
    broken.write_text(mistake[1])
    desk.settings["PYTHONPATH"] = str(tmp_path / "plugins")
    desk.register.write_text(desk.register.read_text() + desk.entry("old").replace("platform: mastodon", "platform: myspace"))
    assert desk.run("setup")[0] == 0
    desk.network.publish(ACCOUNT, "Closed today")
    code, problems = desk.objects("accounts")
    assert code == 1
    [problem] = [p for p in problems if p["level"] == "error"]
    assert (problem["account"], problem["line"]) == ("old", 5)
    assert problem["message"] == f"the platform myspace cannot be loaded: {words}"
    code, [outcome] = desk.objects("capture")
    assert (code, outcome["account"], outcome["new"]) == (1, "social", 2)
    code, [old, social] = desk.objects("status")
    assert (code, old["account"], social["gaps"]) == (1, "old", [])
    assert words in old["gaps"][0]["detail"]
    assert desk.run("verify", "--full")[0] == 0
    assert desk.run("parse", "mastodon", str(SAVED))[0] == 0
    code, out, err = desk.run("parse", "myspace", str(SAVED))
    assert (code, out) == (1, "")
    assert f"{words}\n  Mend it" in err
    desk.server.shutdown()
