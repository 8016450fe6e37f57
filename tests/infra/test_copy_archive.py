"""An archive is copied completely, and its copy is protected: infra/production/copy_archive.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.support.place import REPOSITORY
from recordroom.archive import store
from tests.services import S3, Buckets

pytestmark = pytest.mark.thorough


def test_a_copy_continues_and_has_checksums_and_holds(tmp_path: Path, s3: S3, buckets: Buckets) -> None:
    source, target = (
        store.Store(s3.client(), f"{buckets.archive}-{name}", hold=True) for name in ("old", "new")
    )
    for one in (source, target):
        one.client.create_bucket(Bucket=one.bucket, ObjectLockEnabledForBucket=True)
    for key in ("ledger/a/1.json", "evidence/b", "self-check/passed.json"):
        source.put_new(key, key.encode())
    target.put_new("evidence/b", b"evidence/b")
    profile = f"aws_access_key_id = {s3.access_key}\naws_secret_access_key = {s3.secret_key}\n"
    (tmp_path / "credentials").write_text(f"[copy]\n{profile}[new]\n{profile}")
    address = f"endpoint_url = {s3.endpoint}\nregion = {s3.region}\n"
    (tmp_path / "config").write_text(f"[profile copy]\n{address}[profile new]\n{address}")
    files = {"AWS_SHARED_CREDENTIALS_FILE": "credentials", "AWS_CONFIG_FILE": "config"}

    def run(*words: str) -> tuple[int, str]:
        program = REPOSITORY / "infra/production/copy_archive.py"
        done = subprocess.run(
            [sys.executable, program, *words, f"copy:{source.bucket}", f"new:{target.bucket}"],
            env={"PATH": "/usr/bin:/bin", **{name: str(tmp_path / file) for name, file in files.items()}},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout

    assert run("--list") == (1, "ledger/a/1.json\n")
    assert run() == (0, "1 objects copied\n")
    assert run("--list") == (0, "")
    assert run() == (0, "0 objects copied\n")
    found = target.head("ledger/a/1.json")
    assert found is not None
    assert found.held
    assert found.sha256 is not None
    assert [one.key for one in target.versions("")] == ["evidence/b", "ledger/a/1.json"]
