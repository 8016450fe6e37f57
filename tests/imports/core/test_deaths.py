"""An import that dies is made whole by the next one."""

from __future__ import annotations

from pathlib import Path

import pytest

from recordroom.archive import records
from recordroom.archive.gaps import ROWS_WAIT, Gaps
from recordroom.archive.ledger import Ledger
from recordroom.cli.file_import import _list_lines
from tests.archives import make
from tests.capture.stage import Play, opened
from tests.imports.core.lines import file_of, line
from tests.imports.core.troubles import Died, dying
from tests.imports.taking import take, taken
from tests.services import S3, Buckets
from tests.verifier.agreement import check

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize("put", [False, True])
def test_an_import_that_died_is_begun_again(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, put: bool
) -> None:
    play.sound()
    path = file_of(
        tmp_path, *(line(f"n{n}", "x" * 100, published_at="2019-02-04T06:10:00Z") for n in range(4_500))
    )
    with monkeypatch.context() as dies:
        dying(dies, 2, put=put)
        with pytest.raises(Died):
            taken(play, path)
    committed = len(play.rows("record_id"))
    assert 0 < committed < 4_500
    play.sound()  # adopts what was put, and leaves the rest to the holder of the file
    assert (len(play.rows("record_id")) > committed) == put
    done = taken(play, path)
    assert (done.new + done.known, done.before) == (4_500, None)
    assert len({r["record_id"] for r in play.rows("record_id")}) == len(play.rows("record_id")) == 4_500
    assert {r["parser"] for r in play.rows("parser")} == {"jsonl 1"}


@pytest.mark.parametrize("where", ["entry", "rows"])
def test_an_account_that_nobody_captures_is_made_whole_by_its_next_import(
    s3: S3, buckets: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    told = {"id": "pictures", "platform": "flickr", "url": "https://flickr.example/us", "import_only": True}
    archive = make(s3, buckets, tmp_path / "place", told)
    item = {"kind": "post", "native_id": "1", "text": "Snow", "media": [{"file": "export.jsonl"}]}
    with monkeypatch.context() as dies:
        target: object = Ledger if where == "entry" else records
        dies.setattr(
            target, "append" if where == "entry" else "put", lambda *_, **__: (_ for _ in ()).throw(Died)
        )
        with pytest.raises(Died):
            take(archive, "pictures", file_of(tmp_path, item))
    done = take(archive, "pictures", file_of(tmp_path, {**item, "native_id": "2"}, name="other.jsonl"))
    assert done.new == 1
    rows = archive.rows("pictures")
    assert [(r["native_id"], r["parser"], r["media"][0]["bytes"] is not None) for r in rows] == [
        ("1", "jsonl 1", True),
        ("2", "jsonl 1", True),
    ]
    check(s3, buckets, tmp_path / "place")


@pytest.mark.parametrize("captured", [False, True])
def test_an_import_reports_rows_that_wait_for_a_damaged_catalog(
    s3: S3, buckets: Buckets, tmp_path: Path, *, captured: bool
) -> None:
    """The next import into an account that is not captured, or the next capture, writes the rows."""
    play = opened(s3, buckets, tmp_path / "place")
    archive, name = play.archive, play.name
    if captured:
        play.sound()
    else:
        name = "pictures"
        told = {"id": name, "platform": "flickr", "url": "https://flickr.example/us", "import_only": True}
        archive = make(s3, buckets, tmp_path / "place", told)
    assert records.publish(archive.derived, records.Catalog())
    good = archive.derived.get(records.CATALOG)
    archive.derived.delete(records.CATALOG)
    archive.derived.put_new(records.CATALOG, b"[]")
    item = line("1", "Snow") if captured else {"kind": "post", "native_id": "1", "text": "Snow"}
    done = take(archive, name, file_of(tmp_path, item))
    [gap] = Gaps(archive.archive).open_now([name])
    assert (gap.reason, [gap.gap_id]) == (ROWS_WAIT, done.gaps)
    final = archive.manifests(name)[-1].body
    assert (final["gap_ids"], final["warnings"], final["complete"]) == (done.gaps, done.warnings, True)
    [warned] = done.warnings
    assert "recordroom rebuild records" in warned
    assert any(warned in shown for shown in _list_lines(done))
    archive.derived.delete(records.CATALOG)
    archive.derived.put_new(records.CATALOG, good)
    if captured:
        play.sound()
    else:
        take(archive, name, file_of(tmp_path, {**item, "native_id": "2", "text": "Ice"}, name="more.jsonl"))
    assert Gaps(archive.archive).open_now([name]) == []
    assert "Snow" in [row["text"] for row in archive.rows(name)]
    check(s3, buckets, tmp_path / "place")
