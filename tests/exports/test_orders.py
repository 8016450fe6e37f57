"""Orders of exports: what is stored, their progress, and equal bytes from every worker."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from recordroom.archive.ledger import Ledger, list_ledgers
from recordroom.archive.quarantine import ledger
from recordroom.archive.quarantine.ledger import RECORD, QuarantineTarget
from recordroom.archive.store import Store
from recordroom.errors import (
    ArchiveError,
    QueryError,
    RecordroomError,
    ServiceUnavailable,
    SpoolFull,
    UsageError,
)
from recordroom.exports import orders, production, worker, workspace
from recordroom.exports.formats import registry
from recordroom.exports.orders import DONE, FAILED, RUNNING, WAITING, ExportSpec, Order, Progress
from recordroom.exports.worker import make_order
from recordroom.jobs import maintenance
from recordroom.search.filters import Filters
from recordroom.search.index.indexer import Index
from tests.building import DAY, Building, account, media

POST = "wordpress:x/posts/1"
RESULT = {
    "bytes": 1,
    "sha256": "0" * 64,
    "rows": 1,
    "records": 1,
    "manifest_sha256": "0" * 64,
    "quarantine": 0,
}
PNG = b"\x89PNG\r\n\x1a\n and so on"


@pytest.fixture
def archive(building: Building, index: Index) -> Building:
    building.register(account("news", "wordpress"), account("board", "wordpress", confidential=True))
    building.capture("news", [{"record_id": POST, "text": "Snow day", "media": [media(PNG, "m1")]}], at=DAY)
    building.capture("board", [{"record_id": "wordpress:y/1", "text": "Snow, in confidence"}], at=DAY)
    index.catch_up()
    return building


def placed(
    building: Building, query: str = "snow", form: str = "csv", who: str = "officer", **more: Any
) -> Order:
    filters, hidden = more.pop("filters", Filters()), more.pop("hidden_accounts", ())
    spec = ExportSpec(query, filters, form, hidden_accounts=hidden, **more)
    return orders.place_order(building.derived, orders.draft_order(spec, who))


def handed(building: Building, order: Order) -> bytes:
    return building.derived.get(order.zip_key)


def audited(building: Building) -> list[dict[str, Any]]:
    found = [
        e
        for name in list_ledgers(building.archive, "audit/")
        for e in Ledger(building.archive, name).entries()
    ]
    return [event for entry in found for event in entry.body["events"] if event["type"] == "export"]


FILTERS = Filters(
    account=("news",), kind=("post", "comment"), record=(POST, 'a"b\n\\'), from_=DAY,
    to=DAY + timedelta(hours=1), year=("2026",), versions=True, messages=True,
)  # fmt: skip


def test_what_was_asked_for_is_read_as_it_was_kept(building: Building) -> None:
    asked: dict[str, Any] = {"filters": FILTERS, "hidden_accounts": ("board",), "title": "PRR 2026-14 <b>"}
    order = placed(building, "snow OR ice", "jsonl", context=True, deep=True, **asked)
    assert orders.read_order(building.derived, order.id) == order
    assert order.asked.as_of == order.when
    assert order.name == "PRR-2026-14-b"
    asked_for = placed(building, as_of=DAY)
    assert (asked_for.asked.as_of, asked_for.name) == (DAY, "export")


def test_an_id_is_new_cannot_be_guessed_and_names_nothing_else(building: Building) -> None:
    ids = [placed(building).id for _ in range(5)]
    assert len({one.partition("-")[2] for one in ids}) == 5
    assert all(len(one.partition("-")[2]) == 32 for one in ids)
    for wrong in (
        "",
        "..",
        ids[0][:-1],
        f"{ids[0]}/../{ids[1]}",
        ids[0].upper(),
        f"{ids[0]}\n",
        "20260101T000000Z-" + "0" * 32,
    ):
        assert orders.read_order(building.derived, wrong) is None


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("../../etc/passwd", "etc-passwd"), ("\u202egnp.exe", "gnp-exe"), ("", "export"),
        ("\u96ea", "export"), ("x" * 200, "x" * 60), ('a"; filename="evil.html', "a-filename-evil-html"),
        ("\r\nSet-Cookie: a=b", "Set-Cookie-a-b"), ("-rf", "rf"),
    ],
)  # fmt: skip
def test_files_are_named_by_letters_and_digits_alone(title: str, name: str) -> None:
    order = Order("x", "who", DAY, ExportSpec("", Filters(), "csv", title, hidden_accounts=()))
    assert order.name == name
    assert order.zip_key == f"exports/x/WORKING-COPY_{name}.zip"
    assert order.file == f"WORKING-COPY_{name}_csv.zip", (
        "so that what is saved in another format does not take its place"
    )


@pytest.mark.parametrize(
    ("query", "asked", "words"),
    [
        ("snow AND (", {}, "not closed"), ("snow~", {}, "similar words with `~`"),
        ("current:true", {}, "cannot search by current"), ("snow", {"form": "pst"}, "unknown format 'pst'"),
        ("snow", {"title": "x" * 201}, "201 characters"),
        ("series:GS*", {}, "cannot search series by a pattern"),
        ("series:a OR series:b OR series:c OR series:d", {}, "at most 3 conditions"),
        ("snow", {"as_of": datetime(2999, 1, 1, tzinfo=UTC)}, "is in the future"),
    ],
)  # fmt: skip
def test_what_cannot_be_exported_is_not_kept(
    building: Building, query: str, asked: dict[str, Any], words: str
) -> None:
    with pytest.raises((UsageError, QueryError), match=words) as refused:
        placed(building, query, **asked)
    assert str(refused.value)
    assert list(building.derived.keys("exports/")) == []


def test_the_newest_come_first_and_those_before_one_too(building: Building) -> None:
    kept = [placed(building, title=str(n)) for n in range(4)]
    told = list(orders.list_newest(building.derived))
    assert {order.id for order in told} == {order.id for order in kept}
    assert [order.id for order in told] == sorted((order.id for order in kept), reverse=True)
    assert [order.id for order in orders.list_newest(building.derived, told[1].id)] == [
        order.id for order in told[2:]
    ]


def test_what_is_done_stays_done(building: Building) -> None:
    order = placed(building)
    assert orders.read_progress(building.derived, order) == Progress()
    orders.report_progress(building.derived, order, Progress(RUNNING, "rows", 3, 7))
    told = orders.read_progress(building.derived, order)
    assert (told.state, told.what, told.done, told.total) == (RUNNING, "rows", 3, 7)
    assert told.at is not None
    orders.report_progress(building.derived, order, Progress(DONE, result=RESULT))
    for late in (RUNNING, FAILED, WAITING):
        orders.report_progress(building.derived, order, Progress(late))
    assert orders.read_progress(building.derived, order).result == RESULT


def test_many_who_tell_at_once_lose_no_end(building: Building) -> None:
    order = placed(building)
    stores = [Store(building.derived.client, building.derived.bucket, hold=False) for _ in range(3)]
    start = threading.Barrier(len(stores))

    def say(derived: Store, end: str) -> None:
        start.wait()
        orders.report_progress(derived, order, Progress(end, result=RESULT if end == DONE else None))

    threads = [
        threading.Thread(target=say, args=pair) for pair in zip(stores, (RUNNING, DONE, RUNNING), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert orders.read_progress(building.derived, order).state == DONE


@pytest.mark.parametrize("form", registry.FORMATS)
def test_it_is_made_and_whoever_makes_it_again_makes_the_same_bytes(
    archive: Building, tmp_path: Path, form: str
) -> None:
    order = placed(archive, form=form, title="Request 14", hidden_accounts=("board",), context=True)
    result = make_order(archive.settings, order.id)
    told = orders.read_progress(archive.derived, order)
    assert (told.state, told.result) == (DONE, result)
    assert (result["rows"], result["records"], result["bytes"]) == (1, 1, len(handed(archive, order)))
    (tmp_path / "out.zip").write_bytes(handed(archive, order))
    with zipfile.ZipFile(tmp_path / "out.zip") as whole:
        whole.extractall(tmp_path)
    folder = tmp_path / f"Request-14_{form}"
    assert (
        subprocess.run(
            ["sha256sum", "--strict", "-c", "WORKING-COPY_manifest-sha256.txt"], cwd=folder, check=False
        ).returncode
        == 0
    )
    everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"NOT REVIEWED FOR RELEASE" in everything
    assert b"board" not in everything
    assert all(path.name.startswith("WORKING-COPY_") for path in folder.iterdir())
    receipt = json.loads((folder / "WORKING-COPY_receipt.json").read_text())
    assert (receipt["who"], receipt["name"]) == ("officer", f"Request-14_{form}")
    assert (
        archive.derived.get(order.key("WORKING-COPY_receipt.txt"))
        == (folder / "WORKING-COPY_receipt.txt").read_bytes()
    )
    [event] = audited(archive)
    assert (event["actor"], event["name"], event["rows"]) == ("officer", f"Request-14_{form}", 1)
    assert not (archive.settings.exports / order.id).exists()
    before = handed(archive, order)
    for key in (order.key("progress.json"), order.zip_key):
        archive.derived.delete(key)
    archive.capture(
        "news", [{"record_id": "wordpress:x/posts/2", "text": "Snow again"}], at=datetime.now(UTC)
    )
    index = Index(archive.settings, archive.archive, archive.derived)
    index.catch_up()
    index.client.close()
    assert make_order(archive.settings, order.id) == result
    assert handed(archive, order) == before


def test_what_is_done_is_not_made_again(archive: Building) -> None:
    order = placed(archive)
    assert make_order(archive.settings, order.id) == make_order(archive.settings, order.id)
    assert len(audited(archive)) == 1
    with pytest.raises(UsageError, match="there is no order"):
        make_order(archive.settings, "nothing")


@contextmanager
def stops_at(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, problem: Exception) -> Iterator[None]:
    """The process, as it were, dies where this is called."""

    def die(*_: Any, **__: Any) -> Any:
        raise problem

    with monkeypatch.context() as patch:
        patch.setattr(module, name, die)
        yield


class Killed(BaseException):
    """Stop like SIGKILL: nothing is caught, nothing is reported."""


@pytest.mark.parametrize(
    ("module", "name"), [(production, "publish_export"), (worker, "write_zip"), (shutil, "rmtree")]
)
def test_a_run_that_was_killed_goes_on(
    archive: Building, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    order = placed(archive, title="a")
    with stops_at(monkeypatch, module, name, Killed()), pytest.raises(Killed):  # type: ignore[arg-type]
        make_order(archive.settings, order.id)
    assert orders.read_progress(archive.derived, order).state == RUNNING
    result = make_order(archive.settings, order.id)
    assert result["rows"] == 2
    assert orders.read_progress(archive.derived, order).result == result
    assert list(archive.settings.exports.iterdir()) == []


@pytest.mark.parametrize("at", ["work", "lock"])
def test_a_run_that_was_killed_while_it_cleared_up_goes_on(
    archive: Building, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """The export was whole; it was called taken by another, and the order failed for good."""
    order, remove, unlink = placed(archive, title="a"), shutil.rmtree, Path.unlink
    out = archive.settings.exports / order.id / order.folder

    def dying(real: Any) -> Any:
        def removed(path: Path, *given: Any, **more: Any) -> None:
            if path.name == at and out.exists():
                raise Killed
            real(path, *given, **more)

        return removed

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", dying(remove))
        patch.setattr(Path, "unlink", dying(unlink))
        with pytest.raises(Killed):
            make_order(archive.settings, order.id)
    assert workspace.is_begun(out) == (at == "work")
    assert make_order(archive.settings, order.id)["rows"] == 2
    assert list(archive.settings.exports.iterdir()) == []
    assert len(audited(archive)) == 1


@pytest.mark.parametrize("left", [b"", b"\0\0", None])
def test_where_a_machine_lost_its_power_it_is_made_anew(
    archive: Building, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], left: bytes | None
) -> None:
    """The number of the quarantine's entry is in a file next to the export.

    An export without it must not fail at each new start.
    """
    order = placed(archive, title="a")
    with stops_at(monkeypatch, worker, "write_zip", Killed()), pytest.raises(Killed):  # type: ignore[arg-type]
        make_order(archive.settings, order.id)
    aside = archive.settings.exports / order.id / "quarantine"
    assert aside.read_text() == "0"
    aside.unlink()
    if left is not None:
        aside.write_bytes(left)
    result = make_order(archive.settings, order.id)
    assert (result["rows"], result["quarantine"], "is made again" in capsys.readouterr().out) == (
        2,
        0,
        True,
    )
    assert list(archive.settings.exports.iterdir()) == []


def test_half_of_a_folder_is_no_export(archive: Building, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is killed while it tidies up leaves some of its files."""
    order, remove = placed(archive, title="a"), shutil.rmtree
    folder = archive.settings.exports / order.id

    def begin_to(path: Path, **more: Any) -> None:
        if path == folder:
            next((folder / order.folder).iterdir()).unlink()
            raise Killed
        remove(path, **more)

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", begin_to)
        with pytest.raises(Killed):
            make_order(archive.settings, order.id)
    assert make_order(archive.settings, order.id)["rows"] == 2
    assert list(archive.settings.exports.iterdir()) == []


def test_what_is_written_aside_is_durable_before_the_export_is_there(
    archive: Building, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    sync = workspace.sync_path

    def noted(path: Path) -> None:
        synced.append(path.name)
        sync(path)

    monkeypatch.setattr(workspace, "sync_path", noted)
    make_order(archive.settings, placed(archive, title="a").id)
    assert synced.index("quarantine.part") < synced.index("result")


def test_what_is_away_is_waited_for_and_says_so(archive: Building) -> None:
    order = placed(archive)
    away = archive.settings.model_copy(update={"elasticsearch_url": "http://127.0.0.1:1"})
    with pytest.raises(ServiceUnavailable):
        make_order(away, order.id)
    told = orders.read_progress(archive.derived, order)
    assert told.state == WAITING
    assert "Elasticsearch cannot be reached" in told.message
    assert told.mend
    assert make_order(archive.settings, order.id)["rows"] == 2


def test_an_export_that_fails_leaves_no_connection_open(
    archive: Building, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, close = list[Elasticsearch](), Elasticsearch.close

    def note_and_close(client: Elasticsearch) -> None:
        closed.append(client)
        close(client)

    monkeypatch.setattr(Elasticsearch, "close", note_and_close)
    order = placed(archive)
    with pytest.raises(ServiceUnavailable):
        make_order(archive.settings.model_copy(update={"elasticsearch_url": "http://127.0.0.1:1"}), order.id)
    assert len(closed) == 1
    make_order(archive.settings, order.id)
    assert len(closed) == 2


def test_an_index_that_is_behind_is_waited_for(archive: Building, index: Index) -> None:
    archive.capture(
        "news", [{"record_id": "wordpress:x/posts/3", "text": "Snow at last"}], at=DAY + timedelta(hours=1)
    )
    order = placed(archive)
    with pytest.raises(ServiceUnavailable, match="the index is behind"):
        make_order(archive.settings, order.id)
    assert "the index is behind" in orders.read_progress(archive.derived, order).message
    index.catch_up()
    assert make_order(archive.settings, order.id)["rows"] == 3


def test_a_failure_is_told_in_words(archive: Building, monkeypatch: pytest.MonkeyPatch) -> None:
    order = placed(archive, form="jsonl")
    [key] = archive.archive.keys("media/")
    held = archive.archive.client
    head = held.list_object_versions(Bucket=archive.archive.bucket, Prefix=key)["Versions"][0]
    held.put_object_legal_hold(
        Bucket=archive.archive.bucket, Key=key, VersionId=head["VersionId"], LegalHold={"Status": "OFF"}
    )
    held.delete_object(Bucket=archive.archive.bucket, Key=key, VersionId=head["VersionId"])
    with pytest.raises(ArchiveError):
        make_order(archive.settings, order.id)
    told = orders.read_progress(archive.derived, order)
    assert (told.state, "cannot be copied" in told.message, "recordroom verify" in told.mend) == (
        FAILED,
        True,
        True,
    )
    assert list(archive.derived.keys(order.zip_key)) == []
    with (
        stops_at(monkeypatch, worker, "write_zip", ValueError("somebody's words")),
        pytest.raises(RecordroomError, match="ValueError"),
    ):
        make_order(archive.settings, placed(archive).id)
    [newest] = [o for o in orders.list_newest(archive.derived) if isinstance(o, Order) and o.id != order.id]
    told = orders.read_progress(archive.derived, newest)
    assert (told.state, "somebody's words" in told.message) == (FAILED, False)


@pytest.mark.parametrize("within", [(), ("work",), ("work", "database"), ("work", "records")])
def test_a_full_disk_is_told_as_that_whatever_meets_it(
    archive: Building, monkeypatch: pytest.MonkeyPatch, within: tuple[str, ...]
) -> None:
    """A folder, too, takes room; where it could not be made, that was an error in the program."""
    order = placed(archive, title="a")
    unfinished = [".a_csv.unfinished", *within] if within else []
    there, mkdir = archive.settings.exports.joinpath(order.id, *unfinished), Path.mkdir

    def full(path: Path, *given: Any, **more: Any) -> None:
        if path == there:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        mkdir(path, *given, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", full)
        with pytest.raises(SpoolFull, match="the disk is full"):
            make_order(archive.settings, order.id)
    told = orders.read_progress(archive.derived, order)
    assert (told.state, told.message, "Free disk space" in told.mend) == (FAILED, "the disk is full", True)
    assert make_order(archive.settings, order.id)["rows"] == 2


def test_airflows_log_has_no_word_of_a_query_that_cannot_be_read_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Such as one of another version: people who watch runs may not see what counsel searched for."""
    from airflow.sdk.exceptions import AirflowFailException

    from recordroom import airflow_tasks

    def refused(_: str) -> None:
        raise QueryError("there is no field 'levy'", "levy:secret", 0, '"levy:secret"')

    monkeypatch.setattr(maintenance, "make_export", refused)
    monkeypatch.setattr(airflow_tasks, "get_current_context", lambda: {"params": {"export": ""}})
    with pytest.raises(AirflowFailException, match="sees the reason in the records room") as logged:
        airflow_tasks.make_export.function()
    assert "levy" not in str(logged.value)
    assert logged.value.__suppress_context__


def test_airflow_is_not_told_how_the_quarantine_stood(
    archive: Building, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.put(archive.archive, QuarantineTarget(RECORD, POST), "a person's home address")
    order = placed(archive)
    monkeypatch.setattr("recordroom.settings.load", lambda: archive.settings)
    told = maintenance.make_export(order.id)
    assert (orders.read_progress(archive.derived, order).result or {}) == told | {"quarantine": 1}
    assert "quarantine" not in told


def test_what_is_too_large_for_one_put_is_refused(archive: Building, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "LARGEST", 100)
    order = placed(archive)
    with pytest.raises(UsageError, match="the store accepts at most 100 in one file"):
        make_order(archive.settings, order.id)
    assert "in parts" in orders.read_progress(archive.derived, order).mend


def test_one_that_another_process_makes_is_left_to_it(archive: Building) -> None:
    order = placed(archive)
    folder = archive.settings.exports / order.id
    folder.mkdir(parents=True)
    with workspace.open_workspace(folder / order.folder, {}, None, None), pytest.raises(workspace.UnderWay):
        make_order(archive.settings, order.id)
    assert orders.read_progress(archive.derived, order).state == RUNNING


def test_what_runs_left_behind_is_removed_after_a_week(archive: Building) -> None:
    for name, age in (("old", worker.LEFT + 60), ("young", 60)):
        (archive.settings.exports / name / "work").mkdir(parents=True)
        for path in (archive.settings.exports / name / "work", archive.settings.exports / name):
            os.utime(path, (time.time() - age,) * 2)
    make_order(archive.settings, placed(archive).id)
    assert [path.name for path in archive.settings.exports.iterdir()] == ["young"]
