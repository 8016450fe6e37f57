"""A platform that cannot be loaded stops its own accounts, with a gap; everything else goes on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from infra.local.support.place import REPOSITORY
from tests.cli.test_verbs import ACCOUNT, Desk
from tests.services import S3, Buckets

pytestmark = pytest.mark.thorough

SAVED = REPOSITORY / "tests/platforms/mastodon/ordinary.json"


MISTAKES = {
    "myspace": ("myspace.py", "PLATFORM = (\n", "SyntaxError: '(' was never closed (myspace.py, line 1)"),
    "orkut": (
        "orkut/__init__.py",
        "import os\n\nimport nothing_like_it\n",
        "ModuleNotFoundError: No module named 'nothing_like_it' (orkut/__init__.py, line 3)",
    ),
}


def test_platforms_that_cannot_be_loaded_stop_only_their_accounts(
    s3: S3, buckets: Buckets, tmp_path: Path, elasticsearch: str
) -> None:
    desk = Desk(tmp_path, s3, buckets, elasticsearch)
    shutil.copytree(
        REPOSITORY / "plugins/recordroom",
        tmp_path / "plugins/recordroom",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    for folder in ("schemas", "docs"):
        (tmp_path / folder).symlink_to(REPOSITORY / folder)
    for platform, (file, text, _) in MISTAKES.items():
        broken = tmp_path / "plugins/recordroom/platforms" / file
        broken.parent.mkdir(exist_ok=True)
        broken.write_text(text)
        entry = desk.entry(f"old-{platform}").replace("platform: mastodon", f"platform: {platform}")
        desk.register.write_text(desk.register.read_text() + entry)
    desk.settings["PYTHONPATH"] = str(tmp_path / "plugins")
    assert desk.run("setup")[0] == 0
    desk.network.publish(ACCOUNT, "Closed today")
    code, problems = desk.objects("accounts")
    assert code == 1
    errors = {p["account"]: p for p in problems if p["level"] == "error"}
    assert {name: errors[f"old-{name}"]["message"] for name in MISTAKES} == {
        name: f"the platform {name} cannot be loaded: {words}" for name, (_, _, words) in MISTAKES.items()
    }
    assert errors["old-myspace"]["line"] == 5
    code, [outcome] = desk.objects("capture")
    assert (code, outcome["account"], outcome["new"]) == (1, "social", 2)
    code, told = desk.objects("status")
    assert (code, [one["account"] for one in told]) == (1, ["old-myspace", "old-orkut", "social"])
    *old, social = told
    assert social["gaps"] == []
    assert all(
        words in one["gaps"][0]["detail"] for one, (_, _, words) in zip(old, MISTAKES.values(), strict=True)
    )
    assert desk.run("verify", "--full")[0] == 0
    assert desk.run("parse", "mastodon", str(SAVED))[0] == 0
    code, out, err = desk.run("parse", "myspace", str(SAVED))
    assert (code, out) == (1, "")
    assert f"{MISTAKES['myspace'][2]}\n  Fix its code in plugins/recordroom/platforms." in err
    desk.server.shutdown()
