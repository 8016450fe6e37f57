"""What explains the archive is in the archive, and `verify` checks it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from recordroom.archive import conformance, format_set
from recordroom.archive.ledger import Ledger, Tail
from recordroom.archive.store import Store
from recordroom.archive.verify import verify
from recordroom.canonical import sha256
from recordroom.errors import ArchiveError, ServiceUnavailable
from tests.archives import settings_for, stores
from tests.services import S3, Buckets


@pytest.fixture
def archive(s3: S3, buckets: Buckets, tmp_path: Path) -> Store:
    archive = stores(s3, settings_for(s3, buckets, tmp_path))[0]
    conformance.create_bucket(archive)
    return archive


def problems(archive: Store) -> list[tuple[str, str]]:
    return [(one.object, one.problem) for one in verify(archive).problems]


def test_a_set_has_the_page_the_schemas_the_rules_and_the_verifier() -> None:
    found = format_set.collect().files
    for path in (
        "archive-format.md", "entry.schema.json", "record.yaml", "stored-texts.yaml", "verifier.py",
        "parsing_rules.py", "html_text.py", "rules/common.jq", "rules/mastodon.jq", "rules/parsers.json",
    ):  # fmt: skip
        assert found[path]


def test_the_page_is_also_one_html_file_whose_links_lead_to_its_headings() -> None:
    page = format_set.collect().files["archive-format.html"].decode()
    links, anchors = (set(re.findall(f'{name}="#?([^"]*)"', page)) for name in ("href", "id"))
    assert len(links) > 10
    assert links <= anchors
    assert "<table>" in page
    assert "src=" not in page


def test_it_is_put_once_for_each_version(archive: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = format_set.put(archive)
    assert entry
    assert format_set.put(archive) is None
    for path, one in entry.body["files"].items():
        assert sha256(archive.get(f"format/{entry.body['set']}/{path}")) == one["sha256"]
    monkeypatch.setattr(format_set, "__version__", "99.0")
    later = format_set.put(archive)
    assert later
    assert (later.number, later.body["set"]) == (2, entry.body["set"])
    assert problems(archive) == []


def test_a_set_that_was_interrupted_is_reported_and_completed(
    archive: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:

        def stop(*_: object, **__: object) -> None:
            raise ServiceUnavailable("the store is away", "")

        patch.setattr(Ledger, "append", stop)
        with pytest.raises(ServiceUnavailable):
            format_set.put(archive)
    assert {words for _, words in problems(archive)} == {
        "no entry of the ledger `format` names it; `recordroom setup` of the version that put it completes the set"
    }
    assert format_set.put(archive)
    assert problems(archive) == []


def test_a_changed_file_and_a_missing_file_are_reported(archive: Store) -> None:
    entry = format_set.put(archive)
    assert entry
    page, schema = (f"format/{entry.body['set']}/{name}" for name in ("archive-format.md", "gap.schema.json"))
    for key in (page, schema):
        _remove(archive, key)
    archive.put_new(page, b"# Another format")
    found = dict(problems(archive))
    assert found[page] == f"its content is not the one that ledger/format/{1:012d}.json names"
    assert found[schema] == f"is named by ledger/format/{1:012d}.json but is missing"
    with pytest.raises(ArchiveError, match="has other bytes"):
        _again(archive)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("page.md", "the name of its set is not the hash of its files"),
        ("../secret", "its body is not valid for type 'set' (files: \"../secret\" is not allowed here)"),
    ],
)
def test_a_forged_list_of_files_is_reported(archive: Store, path: str, words: str) -> None:
    body = {"software": "1", "set": "0" * 64, "files": {path: {"sha256": "1" * 64, "bytes": 1}}}
    Ledger(archive, "format").append("set", body, Tail())
    assert words in {words for _, words in problems(archive)}


def _again(archive: Store) -> None:
    """Put the set as another version would."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(format_set, "__version__", "99.0")
        format_set.put(archive)


def _remove(archive: Store, key: str) -> None:
    """Remove every version of an object, as a person could who has the store's keys."""
    client = archive.client
    for version in client.list_object_versions(Bucket=archive.bucket, Prefix=key)["Versions"]:
        bucket, id_ = archive.bucket, version["VersionId"]
        client.put_object_legal_hold(Bucket=bucket, Key=key, VersionId=id_, LegalHold={"Status": "OFF"})
        client.delete_object(Bucket=bucket, Key=key, VersionId=id_)
