"""Leftovers of a killed capture in the spool of an account that is no longer captured.

They are committed, or reported until a person commits them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recordroom.archive import records
from recordroom.archive.gaps import ROWS_WAIT, Gaps
from recordroom.capture.credentials import tokens
from recordroom.capture.derived.rebuild import rebuild_records
from recordroom.capture.segment import recovery
from recordroom.capture.segment.spool import AccountSpool
from recordroom.capture.workspace import Workspace
from recordroom.errors import TokenExpired, UnexpectedResponse
from recordroom.jobs import maintenance
from recordroom.jobs.context import JobContext
from recordroom.model import Exchange, Record
from recordroom.platforms import mastodon
from tests.archives import make
from tests.capture.stage import US, Play, opened
from tests.capture.test_kills import captured, in_child
from tests.cli.test_verbs import ACCOUNT, Desk
from tests.e2e.dag import run
from tests.services import S3, Buckets

pytestmark = pytest.mark.thorough

LAST_WEEK = (datetime.now(UTC) - timedelta(days=7)).date().isoformat()


@pytest.fixture
def killed(s3: S3, shared: Buckets, tmp_path: Path) -> Play:
    """Provide a capture that was killed before its evidence was put.

    The post that it had fetched is then deleted on the platform.
    """
    play = opened(s3, shared, tmp_path)
    play.network.publish(US, "School starts at nine")
    play.sound()
    post = play.network.publish(
        US, "Closed today", photos=[play.network.photo("mastodon", "Snow on the road")]
    )
    assert in_child(lambda: captured(play, "PUT evidence/mastodon")) is None
    play.network.remove(play.network.posts[post.key])
    return play


def room(play: Play, **change: Any) -> JobContext:
    """Return the context of a job whose register has the account's entry with these changes.

    Without changes, the register does not have the account.
    """
    accounts = (replace(play.archive.account(play.name), **change),) if change else ()
    return JobContext(play.archive.place, replace(play.archive.register, accounts=accounts), "")


def test_of_a_closed_account_it_is_taken_up_and_the_platform_is_not_asked(killed: Play) -> None:
    assert maintenance.list_waiting(room(killed, closed_on=None)) == {}, "its next capture takes it up"
    closed = room(killed, closed_on=LAST_WEEK)
    [words] = maintenance.list_waiting(closed).values()
    assert str(killed.folder / "spool/mastodon" / killed.name) in words
    assert f"`recordroom capture {killed.name}`" in words
    asked = len(killed.between.asked)
    [outcome], still = maintenance.commit_left_behind(closed)
    assert (outcome.window, outcome.new, still) == ("recovered", 1, {})
    assert len(killed.between.asked) == asked
    [row] = [r for r in killed.rows() if r["text"] == "Closed today"]
    assert row["media"][0]["sha256"] is not None
    assert maintenance.commit_left_behind(closed) == ([], {})


@pytest.mark.parametrize("put", [False, True])
@pytest.mark.parametrize("closed", [False, True])
def test_rows_that_wait_for_a_damaged_catalog_are_reported(
    s3: S3, shared: Buckets, tmp_path: Path, *, closed: bool, put: bool
) -> None:
    """The interrupted capture was the account's first: no earlier row is missing."""
    play = opened(s3, shared, tmp_path)
    play.network.publish(US, "Closed today")
    assert in_child(lambda: captured(play, "PUT ledger/capture" if put else "PUT evidence/mastodon")) is None
    derived = play.archive.derived
    derived.delete(records.CATALOG)
    derived.put_new(records.CATALOG, b"[]")
    if closed:
        [outcome], _ = maintenance.commit_left_behind(room(play, closed_on=LAST_WEEK))
    else:
        outcome = play.sound()
    assert outcome.new > 0
    [gap] = Gaps(play.archive.archive).open_now([play.name])
    assert (gap.reason, [gap.gap_id]) == (ROWS_WAIT, outcome.gaps)
    assert gap.from_ is not None
    assert gap.from_ <= play.manifests()[0].at
    assert any("recordroom rebuild records" in words for words in outcome.warnings)
    rebuild_records(play.archive.archive, derived)
    assert Gaps(play.archive.archive).open_now([play.name]) == [], (
        "no capture follows if the account is closed"
    )


def no_token(*_: object) -> dict[str, str]:
    raise TokenExpired("there is no Airflow connection 'district'", "Add it.")


def test_a_dead_token_does_not_keep_it_out_of_the_archive(
    killed: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No request for the account's posts is made.

    Everything fetched while the token was valid is committed anyway.
    """
    monkeypatch.setattr(tokens, "resolve", no_token)
    outcome = killed.capture()
    assert "no Airflow connection" in (outcome.failure or "")
    assert (outcome.new, [r["text"] for r in killed.rows()].count("Closed today")) == (1, 1)
    assert not [p for p in (killed.folder / "spool/mastodon" / killed.name).iterdir() if p.is_dir()]
    assert killed.final()["failure"]["type"] == "TokenExpired"


def test_of_a_closed_account_it_is_taken_up_without_the_connection_that_was_removed_with_it(
    killed: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "resolve", no_token)
    [outcome], still = maintenance.commit_left_behind(room(killed, closed_on=LAST_WEEK))
    assert (outcome.new, still) == (1, {})


@pytest.mark.parametrize("mistake", [UnexpectedResponse("/0/id must be a text"), KeyError("id")])
@pytest.mark.parametrize("put", [False, True])
def test_what_this_version_cannot_read_waits_for_one_that_can_and_stops_no_capture(
    killed: Play, monkeypatch: pytest.MonkeyPatch, mistake: Exception, *, put: bool
) -> None:
    """An upgrade came in between.

    The fetched responses are in the spool, or their evidence is in the bucket and the spool is lost.
    """
    if put:
        assert in_child(lambda: captured(killed, "PUT ledger/capture")) is None
        shutil.rmtree(killed.folder / "spool")
    read = mastodon.parse

    def strict(exchange: Exchange) -> Iterator[Record]:
        if b"Closed today" in exchange.body:
            raise mistake
        return read(exchange)

    killed.network.publish(US, "Open again")
    with monkeypatch.context() as patch:
        patch.setattr(mastodon, "parse", strict)
        for _ in range(2):
            killed.sound()
        assert [r["text"] for r in killed.rows()] == ["School starts at nine", "Open again"]
        [gap] = Gaps(killed.archive.archive).open_now([killed.name])
        assert gap.reason == "torn-evidence"
        assert gap.detail.endswith("had fetched, and later captures try again")
    # weeks later the bucket is not searched so far back
    monkeypatch.setattr(recovery, "_remembered_from", lambda prefix, _: f"{prefix}9")
    killed.sound()
    assert "Closed today" in [r["text"] for r in killed.rows()]


def test_what_waits_is_told_beside_what_an_earlier_capture_left(
    killed: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mark of the earlier capture stays, and once prevented every other report.

    No capture reports it again.
    """
    gaps, read = Gaps(killed.archive.archive, killed.archive.derived), mastodon.parse
    gaps.open_(killed.name, "torn-evidence", "an object is torn: a part of it is missing")

    def strict(exchange: Exchange) -> Iterator[Record]:
        if b"Closed today" in exchange.body:
            raise UnexpectedResponse("/0/id must be a text")
        return read(exchange)

    monkeypatch.setattr(mastodon, "parse", strict)
    told = []
    for _ in range(2):
        killed.sound()
        told.append(gaps.open_now([killed.name]))
    [gap] = told[0]
    assert gap.detail.startswith(
        "an object is torn: a part of it is missing; this version of recordroom cannot read what the interrupted capture "
    )
    assert gap.detail.endswith("had fetched, and later captures try again")
    assert told[1] == told[0]


class Died(BaseException):
    """Raised as if the process were killed."""


def test_what_an_earlier_capture_left_is_told_also_where_one_died_that_was_about_to_tell_more(
    killed: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mark is closed and opened again with more text.

    In between there is none, and no other place has the earlier text.
    """
    gaps = Gaps(killed.archive.archive, killed.archive.derived)
    gaps.open_(killed.name, "torn-evidence", "an object is torn: a part of it is missing")

    def strict(_: Exchange) -> Iterator[Record]:
        raise UnexpectedResponse("/0/id must be a text")

    def die(*_: object) -> str:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(mastodon, "parse", strict)
        patch.setattr(Gaps, "open_", die)
        with pytest.raises(Died):
            killed.capture()
        assert gaps.open_now([killed.name]) == []
        patch.undo()
        patch.setattr(mastodon, "parse", strict)
        killed.capture()
    [gap] = [gap for gap in gaps.open_now([killed.name]) if gap.reason == "torn-evidence"]
    assert gap.detail.startswith(
        "an object is torn: a part of it is missing; this version of recordroom cannot read what the interrupted capture "
    )
    assert gap.detail.count("; ") == 1


def test_of_an_account_that_is_gone_it_is_told_until_somebody_takes_it_up(killed: Play) -> None:
    gone = room(killed)
    for _ in range(2):
        taken, still = maintenance.commit_left_behind(gone)
        assert taken == []
        assert "put its entry back into the register, with closed_on" in still[killed.name]
    stopped = replace(gone, register=replace(gone.register, stopped=(killed.name,)))
    assert "correct the account's entry in the register" in maintenance.list_waiting(stopped)[killed.name]
    killed.sound()
    assert [r["text"] for r in killed.rows()].count("Closed today") == 2, "once as it was, once gone"
    assert maintenance.list_waiting(gone) == {}


def test_of_an_account_that_is_kept_by_imports_by_now_the_next_sweep_takes_it_up(killed: Play) -> None:
    """`recordroom capture` refuses such an account."""
    [words] = maintenance.list_waiting(room(killed, import_only=True)).values()
    assert words.endswith(
        "the account is kept by imports only: the next sweep, or its next import, commits it"
    )
    [outcome], still = maintenance.commit_left_behind(room(killed, import_only=True))
    assert (outcome.new, still) == (1, {})


def test_what_was_fetched_from_a_wrong_address_is_never_archived_under_the_right_one_s_name(
    s3: S3, shared: Buckets, tmp_path: Path
) -> None:
    """A person sees at the first capture that the address belongs to another account, and stops it.

    The person then corrects the register.
    """
    play = opened(s3, shared, tmp_path)
    play.network.account("mastodon/library", "A library")
    play.network.publish("mastodon/library", "The library is open")
    play.network.publish(US, "School starts at nine")
    right = play.archive.register
    [entry] = right.accounts
    play.archive.register = replace(right, accounts=(replace(entry, url="https://social.test/@library"),))
    assert in_child(lambda: captured(play, "PUT evidence/mastodon")) is None
    play.archive.register = right
    for _ in range(2):
        play.sound()
        assert [r["text"] for r in play.rows()] == ["School starts at nine"]
        [words] = maintenance.list_waiting(room(play, closed_on=None)).values()
        assert "of another account" in words
        assert list(Path(words.rpartition(": ")[2]).glob("*/exchanges.warc.gz")), (
            "what was fetched is there still"
        )
    assert play.archive.account(play.name).url == "https://social.test/@district"


def test_what_a_running_capture_fetches_is_no_dead_one_s(killed: Play) -> None:
    spool = AccountSpool(killed.archive.place.settings.spool, "mastodon", killed.name)
    (spool.folder.parent / "notes.txt").write_text("no account's")
    with spool.locked():
        assert maintenance.list_waiting(room(killed)) == {}
    assert list(maintenance.list_waiting(room(killed))) == [killed.name]


def test_what_cannot_be_taken_up_is_told_with_the_reason(killed: Play) -> None:
    closed = room(killed, closed_on=LAST_WEEK)
    away = Workspace.of(closed.place.settings.model_copy(update={"s3_endpoint": "http://127.0.0.1:9"}))
    taken, still = maintenance.commit_left_behind(replace(closed, place=away))
    assert taken == []
    assert "cannot be reached" in still[killed.name]
    assert list(maintenance.list_waiting(closed)) == [killed.name], "it waits still"


def test_a_sweep_takes_up_what_it_can_and_fails_while_something_waits(killed: Play) -> None:
    [entry] = killed.archive.register.raw
    told, printed = run(killed.s3, killed.buckets, killed.folder, 'add_capture_tasks("sweep")')
    assert (told[0], "left=failed" in told) == ("failed", True)
    assert "put its entry back into the register, with closed_on" in printed
    told, _ = run(
        killed.s3,
        killed.buckets,
        killed.folder,
        'add_capture_tasks("sweep")',
        entry | {"closed_on": LAST_WEEK},
    )
    assert (told[0], "left=success" in told) == ("success", True)
    assert "Closed today" in [r["text"] for r in killed.rows()]


def test_status_names_it_and_the_command_that_takes_it_up(
    s3: S3, buckets: Buckets, tmp_path: Path, elasticsearch: str
) -> None:
    desk = Desk(tmp_path, s3, buckets, elasticsearch)
    address = f"http://127.0.0.1:{desk.server.port}/mastodon"
    entry = {
        "id": "social",
        "platform": "mastodon",
        "url": "https://social.test/@district",
        "api_url": address,
    }
    archive = make(s3, buckets, tmp_path, entry)
    play = Play(s3, buckets, "social", desk.network, None, archive, tmp_path)  # type: ignore[arg-type]
    assert desk.run("capture")[0] == 0
    desk.network.publish(ACCOUNT, "Closed today")
    assert in_child(lambda: captured(play, "PUT evidence/mastodon")) is None
    assert desk.objects("status")[0] == 0, "its next capture takes it up"
    desk.register.write_text(
        desk.register.read_text().replace("title: Social", f"title: Social, closed_on: {LAST_WEEK}")
    )
    code, [told] = desk.objects("status")
    assert (code, "recordroom capture social" in told["waiting"]) == (1, True)
    code, out, _ = desk.run("status", COLUMNS="500")
    assert (code, "waits in" in out) == (1, True)
    code, [outcome] = desk.objects("capture", "social")
    assert (code, outcome["new"]) == (0, 1)
    code, [told] = desk.objects("status")
    assert (code, told["waiting"]) == (0, None)
    desk.server.shutdown()
