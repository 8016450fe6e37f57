"""The DAG `fixity` on a real archive: what an operator sees of a night that found something."""

from __future__ import annotations

from pathlib import Path

from recordroom.archive.ledger import Ledger
from tests.archives import make
from tests.e2e.dag import run
from tests.services import S3, Buckets


def test_a_night_that_found_something_is_a_failed_run(s3: S3, buckets: Buckets, tmp_path: Path) -> None:
    """Whatever the tasks behind it came to: what was found must not look green."""
    archive = make(s3, buckets, tmp_path)
    archive.archive.put_new("notes.txt", b"of nobody")
    told, _ = run(s3, buckets, tmp_path, "fixity_tasks()")
    assert told == ["failed", "anchor=success", "compact=success", "exports=success", "failed=failed", "verify=failed"]
    assert Ledger(archive.archive, "anchor").head() == 1
