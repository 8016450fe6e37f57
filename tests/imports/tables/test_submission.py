"""Files that a person hands in: each of them is in the archive as its record says, or nothing was taken in."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from recordroom.archive import media
from recordroom.canonical import sha256
from recordroom.capture.file_import.report import ImportReport
from recordroom.capture.file_import.run import ImportOrder, import_file
from recordroom.errors import ImportRefused
from recordroom.imports import registry
from recordroom.imports.tables.submission import Claim, Submitted
from tests.archives import TestArchive, make
from tests.imports.taking import take
from tests.services import S3, Buckets
from tests.verifier.agreement import check

CLAIM = Claim("Jane Doe", date(2026, 11, 24), "I changed nothing.", {"text": "What they show"})


@pytest.fixture
def archive(s3: S3, buckets: Buckets, tmp_path: Path) -> TestArchive:
    entry = {
        "id": "director",
        "platform": "facebook",
        "url": "https://www.facebook.com/director",
        "import_only": True,
    }
    return make(s3, buckets, tmp_path / "place", entry)


def files_of(folder: Path, **files: bytes) -> list[Path]:
    """`x__shot=b"..."` becomes x/shot.png."""
    paths = [folder / f"{name.replace('__', '/').replace('_', '-')}.png" for name in files]
    for path, content in zip(paths, files.values(), strict=True):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    return paths


def submitted(archive: TestArchive, handed: Submitted) -> ImportReport:
    account = archive.account("director")
    try:
        order = ImportOrder(handed, registry.find_importer("submission"), submission=CLAIM.told())
        return import_file(archive.place, archive.register, account, order)
    finally:
        handed.close()


def test_every_file_is_kept_whatever_the_others_are_called(
    archive: TestArchive, s3: S3, buckets: Buckets, tmp_path: Path
) -> None:
    contents = {"x__shot": b"first", "y__shot": b"second", "z__2_shot": b"third", "w__shot": b"fourth"}
    paths = files_of(tmp_path, **contents)
    done = submitted(archive, Submitted(paths, CLAIM, archive.place.settings.spool))
    assert (done.media, done.lacking) == (4, 0)
    [row] = archive.rows("director")
    assert (
        [m["sha256"] for m in row["media"]]
        == [m["identity"] for m in row["media"]]
        == [sha256(one) for one in contents.values()]
    )
    assert [archive.archive.get(media.key_of(m["sha256"])) for m in row["media"]] == list(contents.values())
    check(s3, buckets, tmp_path / "place")


def test_a_file_that_changes_meanwhile_is_no_submission(archive: TestArchive, tmp_path: Path) -> None:
    [path] = files_of(tmp_path, shot=b"as it was")
    handed = Submitted([path], CLAIM, archive.place.settings.spool)
    path.write_bytes(b"as it is now")
    with pytest.raises(ImportRefused, match=r"shot\.png changed during the submission"):
        submitted(archive, handed)
    assert archive.manifests("director") == []


def test_a_file_that_is_too_large_is_no_submission(archive: TestArchive, tmp_path: Path) -> None:
    paths = files_of(tmp_path, small=b"x", large=b"x" * 5_000)
    archive.place = replace(
        archive.place, settings=archive.place.settings.model_copy(update={"media_limit": 4_000})
    )
    with pytest.raises(ImportRefused, match=r"large\.png.*larger than 4000 bytes"):
        submitted(archive, Submitted(paths, CLAIM, archive.place.settings.spool))
    assert archive.manifests("director") == []


@pytest.mark.parametrize(
    "told", [{"published_at": "2020-01-01"}, {"published_at": "yesterday"}, {"kind": "letter"}]
)
def test_a_claim_that_is_no_record_is_no_submission(
    archive: TestArchive, tmp_path: Path, told: dict[str, str]
) -> None:
    """It got a receipt, and neither a record nor its files were kept."""
    handed = Submitted(
        files_of(tmp_path, shot=b"x"), replace(CLAIM, about=told), archive.place.settings.spool
    )
    with pytest.raises(
        ImportRefused, match=r"the submission cannot be stored as a record: (published_at|kind)"
    ):
        submitted(archive, handed)
    assert archive.manifests("director") == []


def test_names_that_are_no_text_are_kept_as_far_as_they_are(archive: TestArchive, tmp_path: Path) -> None:
    """As of files that were unpacked from another system's archive."""
    path = tmp_path / os.fsdecode(b"caf\xe9.png")
    path.write_bytes(b"x")
    assert submitted(archive, Submitted([path], CLAIM, archive.place.settings.spool)).media == 1
    [row] = archive.rows("director")
    assert row["title"] == "Handed in: caf\ufffd.png"
    table = tmp_path / os.fsdecode(b"caf\xe9.jsonl")
    table.write_text('{"kind": "post", "native_id": "1", "text": "Snow"}\n')
    assert take(archive, "director", table).new == 1
    assert archive.manifests("director")[-1].body["import"]["name"] == "caf\ufffd.jsonl"


def test_files_with_the_same_bytes_are_one_file_of_the_record(archive: TestArchive, tmp_path: Path) -> None:
    paths = files_of(tmp_path, shot=b"same", other=b"other", shot_2=b"same")
    assert submitted(archive, Submitted(paths, CLAIM, archive.place.settings.spool)).media == 2
    [row] = archive.rows("director")
    assert [m["sha256"] for m in row["media"]] == [sha256(b"same"), sha256(b"other")]
    assert row["title"] == "Handed in: shot.png, other.png, shot-2.png"
