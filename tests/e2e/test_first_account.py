"""The quick start's six lines, run as they are, against real services and a real server of a made-up site."""

from __future__ import annotations

import os
import subprocess
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from infra.local.services.service import BIN
from infra.sandbox.server import create_server
from infra.sandbox.story import tell
from tests.services import S3, Buckets
from tests.test_docs import first_account, six_lines

pytestmark = pytest.mark.thorough


def test_the_first_account_in_six_lines(s3: S3, elasticsearch: str, buckets: Buckets, tmp_path: Path) -> None:
    """The page's own lines and register; only the made-up address is answered by a server of this test's."""
    unique = buckets.archive.rpartition("-")[2]
    script = six_lines().replace("=agency", f"=agency-{unique}")
    server = create_server(tell(datetime.now(UTC).replace(microsecond=0)), 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    data = first_account()
    data["accounts"][0]["api_url"] = f"http://127.0.0.1:{server.port}/wordpress/district"
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra/accounts.yaml").write_text(yaml.safe_dump(data))
    (tmp_path / ".venv").symlink_to(BIN.parent)
    given = {
        "RECORDROOM_LOCAL": str(tmp_path / "local"),
        "RECORDROOM_S3_ENDPOINT": s3.endpoint,
        "RECORDROOM_S3_ACCESS_KEY": s3.access_key,
        "RECORDROOM_S3_SECRET_KEY": s3.secret_key,
        "RECORDROOM_ELASTICSEARCH_URL": elasticsearch,
        "RECORDROOM_SPOOL": str(tmp_path / "demonstration"),
        "RECORDROOM_JOURNAL": str(tmp_path / "demonstration"),
    }
    plain = {k: v for k, v in os.environ.items() if not k.startswith("RECORDROOM_")}
    done = subprocess.run(
        ["bash", "-ec", script], cwd=tmp_path, env=plain | given, capture_output=True, text=True, check=False
    )
    server.shutdown()
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "district-blog" in done.stdout
    assert "closed" in done.stdout.lower(), f"{done.stdout}\n{done.stderr}"
    assert (tmp_path / ".local/agency/spool/wordpress/district-blog").is_dir()
    assert not (tmp_path / "demonstration").exists(), "another archive's folders"
