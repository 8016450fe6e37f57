"""An export of what a real capture brought, from a sandbox's Mastodon: evidence parsed again, all that is
derived built again, and the command line.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.sandbox.faces import create_app
from infra.sandbox.network import Network
from recordroom.archive import store
from recordroom.capture.derived.rebuild import rebuild_records
from recordroom.capture.workspace import Workspace
from recordroom.errors import Tampered
from recordroom.exports.production import ExportRequest, make_export
from recordroom.search.index.indexer import Index
from tests.archives import TestArchive, make, settings_for
from tests.exports.reading import data_files, read_csv, told
from tests.running import recordroom
from tests.services import S3, Buckets

pytestmark = pytest.mark.thorough

US, PARENT = "mastodon/district", "mastodon/parent@elsewhere.test"
MASTODON = {
    "id": "social",
    "platform": "mastodon",
    "url": "https://social.test/@district",
    "api_url": "http://social.test",
}


@dataclass
class Captured:
    archive: TestArchive
    index: Index
    environment: dict[str, str]

    def export(self, out: Path, **more: Any) -> dict[str, Any]:
        request = ExportRequest("", out, "csv", **more, hidden_accounts=())
        return make_export(self.archive.place.settings, request)


@pytest.fixture
def captured(s3: S3, buckets: Buckets, elasticsearch: str, tmp_path: Path) -> Captured:
    """A post, an answer, an edit, and a removal that the next capture notices."""
    network = Network(datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5))
    network.place("mastodon", "District Social", host="social.test")
    network.account(US, "The district")
    network.account(PARENT, "A parent")
    made = make(
        s3, buckets, tmp_path, MASTODON, transport=httpx.WSGITransport(create_app(network, "mastodon"))
    )
    settings = settings_for(s3, buckets, tmp_path, elasticsearch_url=elasticsearch, index=buckets.archive)
    archive = TestArchive(
        Workspace(settings, store.archive(settings), store.derived(settings), made.place.transport),
        made.register,
    )
    post = network.publish(US, "Closed today")
    network.comment(PARENT, post, "=Why?")
    gone = network.publish(US, "Wrong button")
    archive.capture("social")
    archive.capture("social")
    network.edit(post, "Closed today and tomorrow")
    network.remove(gone)
    assert archive.capture("social").failure is None
    index = Index(settings, archive.archive, archive.derived)
    index.catch_up()
    environment = {
        "RECORDROOM_BUCKET": buckets.archive, "RECORDROOM_DERIVED_BUCKET": buckets.derived,
        "RECORDROOM_S3_ENDPOINT": s3.endpoint, "RECORDROOM_S3_ACCESS_KEY": s3.access_key,
        "RECORDROOM_S3_SECRET_KEY": s3.secret_key, "RECORDROOM_ELASTICSEARCH_URL": elasticsearch,
        "RECORDROOM_INDEX": buckets.archive, "RECORDROOM_JOURNAL": str(tmp_path / "journal"),
        "RECORDROOM_LOCAL": str(tmp_path / "none"),
    }  # fmt: skip
    return Captured(archive, index, environment)


def test_deep_parses_the_evidence_again(captured: Captured, tmp_path: Path) -> None:
    receipt = captured.export(tmp_path / "out", deep=True)
    assert receipt["checked"]["parsed_again"]
    rows = {row["Text"]: row for row in read_csv(tmp_path / "out/WORKING-COPY_records.csv")}
    assert set(rows) >= {"Closed today and tomorrow", "'=Why?", "Wrong button"}
    gone = rows["Wrong button"]
    assert (gone["Status"], gone["Sequence (n of m)"]) == ("unavailable", "2 of 2")
    assert gone["Last seen (UTC)"] < gone["Removal noticed (UTC)"]


def test_deep_finds_a_parser_that_reads_something_else(
    captured: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recordroom.platforms import mastodon

    real: Callable[..., Any] = mastodon.parse

    def parse(exchange: Any) -> Any:
        for record in real(exchange):
            record.title = "forged"
            yield record

    monkeypatch.setattr(mastodon, "parse", parse)
    assert captured.export(tmp_path / "plain")["counts"]["rows"] > 3
    with pytest.raises(Tampered, match="its rows are not those that its evidence yields"):
        captured.export(tmp_path / "out", deep=True)


def test_equal_bytes_after_rebuild(captured: Captured, tmp_path: Path) -> None:
    as_of = datetime.now(UTC)
    first = captured.export(tmp_path / "first", as_of=as_of)
    for key in list(captured.archive.derived.keys("")):
        captured.archive.derived.delete(key)
    rebuild_records(captured.archive.archive, captured.archive.derived)
    captured.index.rebuild()
    second = captured.export(tmp_path / "second", as_of=as_of)
    assert data_files(tmp_path / "first") == data_files(tmp_path / "second")
    assert told(first) == told(second)


def exported(captured: Captured, *words: str) -> subprocess.CompletedProcess[str]:
    return recordroom("export", *words, environment=captured.environment)


def test_the_command_line(captured: Captured, tmp_path: Path) -> None:
    out = tmp_path / "out"
    made = exported(captured, "closed", "--out", str(out), "--format", "csv", "--account", "social")
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout == (out / "WORKING-COPY_receipt.txt").read_text()
    assert "Rows: 1, one for each record in an account" in made.stdout
    again = exported(captured, "closed", "--out", str(out), "--format", "csv")
    assert (again.returncode, again.stdout) == (2, "")
    assert "already exists" in again.stderr
    told_ = exported(
        captured, "", "--out", str(tmp_path / "all"), "--format", "jsonl", "--json", "--deep", "--context"
    )
    assert json.loads(told_.stdout) == json.loads((tmp_path / "all/WORKING-COPY_receipt.json").read_text())
    wrong = exported(captured, "closed AND (", "--out", str(tmp_path / "no"), "--format", "csv")
    assert wrong.returncode == 2
    assert "Try: " in wrong.stderr
    assert not (tmp_path / "no").exists()
