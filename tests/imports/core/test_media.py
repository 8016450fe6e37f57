"""Files next to an imported one."""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZipFile

import pytest

from recordroom.archive import media
from recordroom.canonical import sha256
from tests.capture.stage import Play
from tests.imports.core.lines import file_of, line
from tests.imports.core.troubles import overtake
from tests.imports.taking import taken


def test_media_beside_the_file_are_kept_and_lacking_ones_are_named(play: Play, tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media/snow.jpg").write_bytes(b"\xff\xd8 a picture")
    (tmp_path.parent / "secret.txt").write_text("not to be taken")
    files = [
        {"file": "media/snow.jpg", "alt_text": "Snow"},
        {"file": "gone.mp4"},
        {"file": "../secret.txt", "type": "document"},
    ]
    done = taken(play, file_of(tmp_path, line("1", "Look", media=files)))
    assert (done.media, done.lacking) == (1, 2)
    [row] = play.rows()
    snow, gone, secret = row["media"]
    assert (snow["sha256"], snow["bytes"], snow["type"]) == (sha256(b"\xff\xd8 a picture"), 12, "image")
    assert play.archive.archive.get(media.key_of(snow["sha256"])) == b"\xff\xd8 a picture"
    reason = "the imported file names it but does not contain it"
    assert gone["missing_reason"] == secret["missing_reason"] == reason


@pytest.mark.parametrize("meanwhile", [False, True])
def test_two_records_may_have_files_of_one_identity(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, meanwhile: bool
) -> None:
    """Also if another commit comes first, and the items are compared again."""
    if meanwhile:
        overtake(play, monkeypatch)
    for name in "ab":
        (tmp_path / f"{name}.jpg").write_bytes(name.encode())
    done = taken(
        play,
        file_of(
            tmp_path, *(line(name, name, media=[{"identity": "1", "file": f"{name}.jpg"}]) for name in "ab")
        ),
    )
    assert done.media == 2
    assert [(r["text"], r["media"][0]["sha256"]) for r in play.rows()] == [
        (name, sha256(name.encode())) for name in "ab"
    ]
    assert all(
        play.archive.archive.get(media.key_of(sha256(name.encode()))) == name.encode() for name in "ab"
    )


def test_two_files_of_one_identity_in_one_record_are_no_guess(play: Play, tmp_path: Path) -> None:
    twice = [{"identity": "1", "file": "a.jpg"}, {"identity": "1", "file": "b.jpg"}]
    [reject] = taken(play, file_of(tmp_path, line("1", "One", media=twice))).rejects
    assert reject.reason == "two of its files have the same identity '1'"


def test_an_archive_with_its_media(play: Play, tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with ZipFile(path, "w") as made:
        made.writestr(
            "export/posts.jsonl",
            json.dumps(line("1", "Look", media=[{"file": "export/media/a.jpg"}, {"file": "media/b.jpg"}])),
        )
        made.writestr("export/media/a.jpg", b"picture")
    done = taken(play, path)
    assert (done.new, done.media, done.lacking) == (1, 1, 1)
    assert [m["sha256"] for m in play.rows()[0]["media"]] == [sha256(b"picture"), None]
