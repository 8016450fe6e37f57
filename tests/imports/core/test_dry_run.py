"""A dry run tells what an import would do, and stores nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from recordroom.archive import media
from recordroom.archive.gaps import Gaps
from recordroom.canonical import sha256
from recordroom.capture.file_import import run
from recordroom.errors import ImportRefused
from recordroom.imports import split
from tests.capture.stage import Play
from tests.imports.core.lines import file_of, line
from tests.imports.taking import taken


def test_a_dry_run_counts_as_the_import_does(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An item in two segments was new in each, and a missing file was counted for each line that names it."""
    # one or two lines in a piece, two or three pieces in a segment
    monkeypatch.setattr(split, "LARGEST", 300)
    monkeypatch.setattr(run, "SEGMENT_CHANGES", 3)
    (tmp_path / "a.jpg").write_bytes(b"picture")
    shown = {"media": [{"file": "a.jpg"}, {"file": "b.jpg"}]}
    told = [
        line(str(n % 3), f"Words {n % 4}", published_at="2019-02-04T06:10:00-08:00", **shown if n % 2 else {})
        for n in range(16)
    ]
    path = file_of(tmp_path, *told)
    tried, done = taken(play, path, dry=1), taken(play, path)
    assert done.tally() == tried.tally()
    assert (done.new, done.changed, done.known) == (3, 9, 4)


def test_a_dry_run_tells_all_and_stores_nothing(play: Play, tmp_path: Path) -> None:
    play.sound()
    entries = len(play.manifests())
    path = file_of(tmp_path, *(line(str(n), f"Text {n}") for n in range(5)), "{")
    done = taken(play, path, dry=3)
    assert (done.new, done.rejected, [r.text for r in done.first]) == (5, 1, ["Text 0", "Text 1", "Text 2"])
    assert done.entry is None
    assert len(play.manifests()) == entries
    assert play.archive.archive.head(media.key_of(sha256(path.read_bytes()))) is None
    assert Gaps(play.archive.archive).open_now([play.name]) == []


def test_a_dry_run_refuses_what_is_too_large_as_the_import_does(play: Play, tmp_path: Path) -> None:
    path = file_of(tmp_path, line("1", "x" * 5_000))
    place = play.archive.place
    play.archive.place = replace(place, settings=place.settings.model_copy(update={"media_limit": 4_000}))
    for dry in (3, None):
        with pytest.raises(ImportRefused, match=r"export\.jsonl is larger than 4,000 bytes"):
            taken(play, path, dry=dry)
    assert play.manifests() == []
