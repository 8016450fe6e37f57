"""Proposals: what excludes a record, that a list can be made again, and that nothing slips in meanwhile."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest

from recordroom import clock
from recordroom.archive.gaps import Gaps
from recordroom.archive.quarantine import ledger as quarantine
from recordroom.archive.quarantine.ledger import FILE, RECORD, QuarantineTarget
from recordroom.capture.workspace import Workspace
from recordroom.errors import DerivedDamaged
from recordroom.jobs import proposals as jobs
from recordroom.jobs.context import JobContext
from recordroom.jobs.proposals import Draft
from recordroom.retention import basis as bases
from recordroom.retention import decisions, exclusions, hold_entries, ledger, proposal_list, proposals
from recordroom.retention.checks import check_files
from recordroom.retention.drafting import Drafting
from recordroom.retention.exclusions import EXCLUSIONS
from recordroom.retention.proposals import DispositionProposal, ProposalSubject, RecordCounts
from recordroom.stored_texts import text
from tests.building import Building, account, media
from tests.services import S3, Buckets
from tests.verifier.agreement import broken_schemas

LONG_AGO = datetime(2020, 3, 2, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)
SCHEDULE = """
format: 1
id: local
title: Local
version: "1"
effective_on: "2020-01-01"
source: Board
as_of: "2026-11-24"
series: []
"""
REVIEW = (
    "  - {{schedule: local, version: '1', dan: {dan}, title: {dan}, trigger: {trigger}, event: {event},"
    " period: {period}, action: {action}, designation: {designation}, reviewed_by: {by},"
    " reviewed_on: 2026-11-30}}\n"
)


def review(dan: str, period: str = "{years: 2}", action: str = "destroy", **given: str) -> str:
    values = {"trigger": "received or provided", "event": "null", "designation": "nonarchival", "by": "Ana"}
    return REVIEW.format(dan=dan, period=period, action=action, **values | given)


FILE_TEXT = "schedules: [local.yaml]\nseries:\n" + "".join(
    (
        review("TWO"),
        review("SIX", "{years: 6}"),
        review("FIFTY", "{years: 50}"),
        review("ARCH", action="appraise", designation="appraisal required"),
        review("PERM", "permanent", "retain permanently", designation="permanent"),
        review("UNREAD", by="null"),
        review("EVENT", trigger="event", event="the project ends"),
        review("ENDLESS", "until no longer needed"),
    )
)
ONE_TIME = """one_time_lists:
  - {id: LRC-1, title: A list, approved_on: 2026-10-01, source: Board, records: [RECORDS]}
"""


def name(account_id: str, record: str) -> str:
    return f"wordpress:{account_id}/{record}"


Lists = dict[tuple[str, str], list[str]]  # (series or list, record) -> what excludes it


@dataclass
class Archive:
    """An archive with its jobs."""

    building: Building

    @property
    def context(self) -> JobContext:
        return JobContext(Workspace.of(self.building.settings), self.building.in_force, "")  # type: ignore[attr-defined]

    @property
    def state(self) -> ledger.RetentionState:
        return ledger.read(self.building.archive)

    def removed(self, account_id: str, *records: str, **given: Any) -> None:
        """Posts of long ago that were removed two hours later."""
        posts = [{"record_id": name(account_id, one), "published_at": LONG_AGO, **given} for one in records]
        at = self._next(account_id)
        self.building.capture(account_id, posts, at=at)
        self.building.capture(
            account_id, [{"record_id": one["record_id"], "status": "removed"} for one in posts], at=at + HOUR
        )

    def captured(self, account_id: str, *posts: dict[str, Any]) -> None:
        given = [{"published_at": LONG_AGO, **post} for post in posts]
        self.building.capture(account_id, given, at=self._next(account_id))

    def _next(self, account_id: str) -> datetime:
        tail = self.building._tails.get(f"capture/wordpress/{account_id}")
        return tail.time + HOUR if tail and tail.time else LONG_AGO + HOUR

    def append(self, type_: str, **body: Any) -> str:
        """Append an entry of the ledger `retention`; return its act_id."""
        made = {"act_id": secrets.token_hex(16), **body}
        ledger.append(self.building.archive, type_, lambda _: made, "ana@example")
        return str(made["act_id"])

    def decide(self, series: str | None, *records: str) -> str:
        scope = {"records": sorted(records)}
        return self.append(decisions.DECIDED, part=1, parts=1, series=series, scope=scope, reason="read it")

    def hold(self, **scope: Any) -> str:
        given = {"part": 1, "parts": 1, "title": "Smith", "kind": "other", "reason": "a claim"}
        return self.append(hold_entries.PLACED, scope=scope, **given)

    def object(self, proposal: str, *records: str) -> str:
        about: dict[str, Any] = {"records": sorted(records)} if records else {"everything": True}
        return self.append(
            proposals.OBJECTED, proposal=proposal, part=1, parts=1, reason="we need it", **about
        )

    def draft_all(self) -> list[Draft]:
        return jobs.draft(self.context, lambda *_: True)

    def lists(self) -> Lists:
        """What each list has; records that no list has are left out."""
        found: Lists = {}
        with jobs._open(self.context) as (_, drafting):
            for subject in drafting.list_subjects():
                for one in rows(drafting, subject, self.building.settings.journal.parent / "list.parquet"):
                    about = subject.series or subject.one_time_list
                    found[about, one["record_id"]] = one["reasons"]
                    assert one["proposed"] == (not one["reasons"])
        return found

    def broken(self) -> list[str]:
        archive = self.building.archive
        keys = list(archive.keys(f"ledger/{ledger.NAME}/"))
        return broken_schemas({key: orjson.loads(archive.get(key)) for key in keys})


def rows(drafting: Drafting, subject: ProposalSubject, path: Path) -> list[dict[str, Any]]:
    drafting.write_list(subject, path)
    return list(pq.read_table(path).to_pylist())


def apply_policy(building: Building, more: str = "") -> None:
    (building.settings.retention_file.parent / "local.yaml").write_text(SCHEDULE, "utf-8")
    building.settings.retention_file.write_text(FILE_TEXT + more, "utf-8")
    ledger.apply_policy(building.archive, check_files(building.settings.retention_file, date(2026, 12, 1)))


def open_archive(building: Building, *entries: dict[str, Any], more: str = "") -> Archive:
    building.in_force = building.enrol(*entries)  # type: ignore[attr-defined]
    apply_policy(building, more)
    return Archive(building)


@pytest.fixture
def archive(s3: S3, buckets: Buckets, tmp_path: Path) -> Archive:
    """One account with the default series TWO: a removed post that a person decided on."""
    building = Building.at(s3, buckets, tmp_path)
    found = open_archive(building, account("news", "wordpress", series="TWO"))
    found.removed("news", "clean")
    found.decide("TWO", name("news", "clean"))
    return found


def only(archive: Archive) -> DispositionProposal:
    [found] = archive.state.proposals.values()
    return found


@pytest.fixture(scope="module")
def lists(s3: S3, tmp_path_factory: pytest.TempPathFactory) -> Lists:
    """An archive with each reason."""
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("reasons"))
    names = ("news", "asked", "open", "explained", "before", "events", "spam", "quiet")
    series = {"events": "EVENT"}
    made = open_archive(
        building, *(account(one, "wordpress", series=series.get(one, "TWO")) for one in names),
        more=ONE_TIME.replace("RECORDS", ", ".join(name("quiet", one) for one in ("given", "published"))),
    )  # fmt: skip
    plain = ("clean", "held", "released", "narrowed", "undecided", "unread", "perm", "arch", "endless")
    made.removed("news", *plain, "provisional", "quarantined", "objected", "fifty")
    picture = media(b"picture", "1")
    made.removed("news", "picture", media=[picture])
    made.captured(
        "news",
        {"record_id": name("news", "shown")},
        {"record_id": name("news", "message"), "kind": "message"},
    )
    made.captured(
        "news", {"record_id": name("news", "claim"), "source": "import: a file", "status": "removed"}
    )
    made.removed("news", "gone message", kind="message")
    root = name("news", "root")
    made.removed("news", "root")
    made.removed("news", "reply", root_id=root, parent_id=root, kind="comment")
    made.captured(
        "news",
        {"record_id": name("news", "shown reply"), "root_id": root, "parent_id": root, "kind": "comment"},
    )
    for one in ("asked", "open", "explained", "before", "events"):
        made.removed(one, "post")
    made.removed("explained", "gone message", kind="message")
    made.removed("quiet", "given")
    made.captured("quiet", {"record_id": name("quiet", "published")})

    kept = {"unread": "UNREAD", "perm": "PERM", "arch": "ARCH", "endless": "ENDLESS", "fifty": "FIFTY"}
    for one, dan in kept.items():
        made.decide(dan, name("news", one))
    made.decide(None, name("news", "undecided"))
    decided = [one for one in plain if one not in kept and one != "undecided"]
    decided += ["quarantined", "objected", "picture", "message", "claim", "gone message"]
    decided += ["root", "reply", "shown reply", "shown"]
    others = [name(one, "post") for one in ("asked", "open", "explained", "before")]
    made.decide("TWO", *(name("news", one) for one in decided), *others, name("explained", "gone message"))
    made.decide("EVENT", name("events", "post"))

    made.hold(records=[name("news", "held")])
    made.hold(accounts=["asked"], query="snow")
    released = made.hold(records=[name("news", "released")])
    made.append(hold_entries.RELEASED, act_id=released, reason="settled")
    narrowed = made.hold(records=[name("news", "narrowed"), name("news", "held")])
    scope = {"records": [name("news", "held")]}
    made.append(hold_entries.CHANGED, act_id=narrowed, part=1, parts=1, scope=scope, reason="less")
    for target in (
        QuarantineTarget(RECORD, name("news", "quarantined")),
        QuarantineTarget(FILE, picture["sha256"]),
    ):
        quarantine.put(building.archive, target, "a child")

    gaps = Gaps(building.archive)
    gaps.open_("open", "capture-failed: Blocked", "the platform refuses access")
    ends = {"explained": LONG_AGO + 90 * HOUR, "before": LONG_AGO - HOUR}
    for one, to in ends.items():
        gaps.open_(one, f"not-captured: {one}", "no capture", LONG_AGO - 48 * HOUR, to)
        gaps.close(one, f"not-captured: {one}", text("register-says", why="nobody was there"))
    gaps.open_("news", "private-messages", "private messages are not captured")
    gaps.open_("news", "counts-differ", "the platform counts more")
    gaps.close("news", "counts-differ", "capture 1")

    about = made.draft_all()
    made.object(next(one.proposal.id for one in about if one.proposal), name("news", "objected"))
    assert made.broken() == []
    return made.lists()


ON_PLATFORM, GAP = exclusions.ON_PLATFORM, exclusions.GAP


@pytest.mark.parametrize(
    ("record", "about", "reasons"),
    [
        (name("news", "clean"), "TWO", []),
        (name("news", "held"), "TWO", [exclusions.ON_HOLD]),
        (name("asked", "post"), "TWO", [exclusions.QUERY_WAITS]),
        (name("news", "released"), "TWO", [exclusions.RELEASED]),
        (name("news", "narrowed"), "TWO", [exclusions.RELEASED]),
        (name("news", "undecided"), "TWO", [exclusions.UNDECIDED]),
        (name("news", "provisional"), "TWO", [exclusions.PROVISIONAL]),
        (name("news", "unread"), "UNREAD", [exclusions.UNREVIEWED]),
        (name("news", "perm"), "PERM", [exclusions.PERMANENT]),
        (name("news", "arch"), "ARCH", [exclusions.ARCHIVAL]),
        (name("news", "endless"), "ENDLESS", [exclusions.NO_LENGTH]),
        (name("news", "message"), "TWO", [ON_PLATFORM, GAP]),
        (name("news", "gone message"), "TWO", [GAP]),
        (name("news", "quarantined"), "TWO", [exclusions.QUARANTINE]),
        (name("news", "picture"), "TWO", [exclusions.QUARANTINE]),
        (name("news", "objected"), "TWO", [exclusions.OBJECTION]),
        (name("news", "claim"), "TWO", [ON_PLATFORM, exclusions.IMPORTED]),
        (name("events", "post"), "EVENT", [exclusions.EVENT]),
        (name("news", "root"), "TWO", [exclusions.CONVERSATION]),
        (name("news", "reply"), "TWO", [exclusions.CONVERSATION]),
        (name("open", "post"), "TWO", [GAP]),
        (name("explained", "post"), "TWO", [GAP]),
        (name("before", "post"), "TWO", []),
        (name("quiet", "given"), "LRC-1", []),
        (name("quiet", "published"), "LRC-1", [ON_PLATFORM]),
    ],
)
def test_each_reason_excludes(lists: Lists, record: str, about: str, reasons: list[str]) -> None:
    assert lists[about, record] == reasons


def test_records_whose_period_is_running_or_has_not_begun_are_in_no_list(
    lists: Lists,
) -> None:
    for one in ("fifty", "shown", "shown reply"):
        assert name("news", one) not in {record for _, record in lists}
    tested = {reason for reasons in lists.values() for reason in reasons}
    assert tested == set(EXCLUSIONS), "every reason has a record"


def test_a_run_drafts_what_is_due_and_a_second_run_drafts_nothing(archive: Archive) -> None:
    [found] = jobs.draft_due(archive.context)
    proposal = only(archive)
    assert found.proposal is not None
    assert proposal.id == found.proposal.id
    assert proposal.subject == ProposalSubject("Communications", series="TWO")
    assert proposal.object_until == clock.today() + timedelta(days=30)
    assert proposal.counts["news"].others == RecordCounts(proposed=1)
    assert proposal.drafted.who == "recordroom"
    assert jobs.draft_due(archive.context) == []
    assert archive.broken() == []


def test_the_next_one_is_due_after_a_year(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs.draft_due(archive.context)
    today = clock.today()
    monkeypatch.setattr(clock, "today", lambda: today + timedelta(days=364))
    assert jobs.draft_due(archive.context) == []
    monkeypatch.setattr(clock, "today", lambda: today + timedelta(days=365))
    assert len(jobs.draft_due(archive.context)) == 1


def test_nothing_is_stored_if_nothing_can_be_proposed(archive: Archive) -> None:
    archive.hold(accounts=["news"])
    before = archive.state.tail
    [found] = archive.draft_all()
    assert found.counts["news"].others.reasons == {exclusions.ON_HOLD: 1}
    assert found.proposal is None
    assert archive.state.tail == before
    assert list(archive.building.derived.keys(proposal_list.FOLDER)) == []


def test_a_hold_that_is_placed_while_a_proposal_is_drafted_counts(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hold's entry is stored after the records were derived, and before that of the proposal."""
    archive.removed("news", "other")
    archive.decide("TWO", name("news", "other"))
    real, placed = Drafting.write_list, list[str]()

    def late(self: Drafting, subject: ProposalSubject, path: Path) -> Any:
        written = real(self, subject, path)
        if not placed:
            placed.append(archive.hold(records=[name("news", "other")]))
        return written

    monkeypatch.setattr(Drafting, "write_list", late)
    jobs.draft_due(archive.context)
    assert placed
    counts = only(archive).counts["news"].others
    assert (counts.proposed, counts.reasons) == (1, {exclusions.ON_HOLD: 1})
    assert only(archive).heads.retention == archive.state.tail.number - 1


def test_a_record_that_returns_is_proposed_no_longer(archive: Archive) -> None:
    assert archive.lists() == {("TWO", name("news", "clean")): []}
    archive.captured("news", {"record_id": name("news", "clean"), "status": "visible"})
    assert archive.lists() == {}


def test_a_run_that_is_killed_before_the_entry_leaves_nothing_that_counts(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "append", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            jobs.draft_due(archive.context)
    assert archive.state.proposals == {}
    [left] = archive.building.derived.keys(proposal_list.FOLDER)
    jobs.draft_due(archive.context)
    assert only(archive).list.key != left


def test_a_list_that_is_lost_is_made_again_with_the_same_bytes(archive: Archive, tmp_path: Path) -> None:
    """Also after everything that it was derived from has changed."""
    derived = archive.building.derived
    jobs.draft_due(archive.context)
    proposal = only(archive)
    before = derived.get(proposal.list.key)
    archive.hold(accounts=["news"])
    archive.captured("news", {"record_id": name("news", "clean"), "status": "visible"})
    quarantine.put(archive.building.archive, QuarantineTarget(RECORD, name("news", "clean")), "a child")
    Gaps(archive.building.archive).open_("news", "capture-failed: Blocked", "refused")
    archive.building.in_force = archive.building.enrol(account("news", "wordpress", owner="Other"))  # type: ignore[attr-defined]
    derived.delete(proposal.list.key)
    with pytest.raises(DerivedDamaged, match="missing"):
        proposal_list.fetch(derived, proposal, tmp_path / "list.parquet")
    assert jobs.restore_lists(archive.context) == []
    assert derived.get(proposal.list.key) == before
    proposal_list.fetch(derived, proposal, tmp_path / "list.parquet")


def test_a_list_that_was_altered_is_not_shown(archive: Archive, tmp_path: Path) -> None:
    jobs.draft_due(archive.context)
    derived, key = archive.building.derived, only(archive).list.key
    head = derived.head(key)
    assert head is not None
    derived.replace(key, derived.get(key)[:-1] + b"x", head.etag)
    with pytest.raises(DerivedDamaged, match="not the one that the ledger names"):
        proposal_list.fetch(derived, only(archive), tmp_path / "list.parquet")


def test_an_objection_to_everything_covers_what_was_proposed_whatever_its_series_becomes(
    archive: Archive,
) -> None:
    jobs.draft_due(archive.context)
    objection = archive.object(only(archive).id)
    archive.removed("news", "later")
    archive.decide("TWO", name("news", "later"))
    listed = archive.lists()
    assert listed["TWO", name("news", "clean")] == [exclusions.OBJECTION]
    assert listed["TWO", name("news", "later")] == []
    [first, _] = archive.state.decisions
    archive.append(decisions.REVOKED, act_id=first, revokes=True, reason="wrong")
    archive.decide("SIX", name("news", "clean"))
    assert archive.lists()["SIX", name("news", "clean")] == [exclusions.OBJECTION]
    archive.append(
        proposals.OBJECTION_WITHDRAWN,
        act_id=objection,
        proposal=only(archive).id,
        withdraws=True,
        reason="ok",
    )
    assert archive.lists()["SIX", name("news", "clean")] == []
    assert archive.broken() == []


def test_an_objection_counts_also_when_it_is_late(archive: Archive) -> None:
    jobs.draft_due(archive.context)
    archive.object(only(archive).id, name("news", "clean"))
    [objection] = only(archive).objections.values()
    assert not only(archive).is_late(objection)
    late = replace(objection.made, at=objection.made.at + timedelta(days=32))
    assert only(archive).is_late(replace(objection, made=late))
    assert archive.lists()["TWO", name("news", "clean")] == [exclusions.OBJECTION]


def test_a_conversation_of_two_series_waits_for_all_of_it(archive: Archive) -> None:
    root = name("news", "root")
    archive.removed("news", "root")
    archive.removed("news", "reply", root_id=root, parent_id=root, kind="comment")
    decision = archive.decide("TWO", root)
    archive.decide("FIFTY", name("news", "reply"))
    assert archive.lists()["TWO", root] == [exclusions.CONVERSATION]
    archive.append(decisions.REVOKED, act_id=decision, revokes=True, reason="wrong")
    assert archive.lists()["TWO", root] == [exclusions.PROVISIONAL, exclusions.CONVERSATION]


def test_each_owner_gets_a_proposal_of_the_own_accounts(s3: S3, buckets: Buckets, tmp_path: Path) -> None:
    building = Building.at(s3, buckets, tmp_path)
    archive = open_archive(
        building, account("news", "wordpress", series="TWO"),
        account("board", "wordpress", series="TWO", owner="Board", confidential=True),
    )  # fmt: skip
    for one in ("news", "board"):
        archive.removed(one, "post")
        archive.decide("TWO", name(one, "post"))
    jobs.draft_due(archive.context)
    found = {one.subject.owner: one for one in archive.state.proposals.values()}
    assert {owner: one.accounts for owner, one in found.items()} == {
        "Board": ("board",), "Communications": ("news",),
    }  # fmt: skip
    assert set(found["Communications"].heads.accounts) == {"news"}
    assert [one.heads.retention for one in found.values()] == [3, 3], "both are of the same state"


def test_the_fields_are_stored_once_and_again_when_they_change(archive: Archive) -> None:
    derived = archive.building.derived
    written, is_new = jobs.derive_fields(archive.context)
    assert (written.rows, is_new) == (1, True)
    stored = derived.get(jobs.FIELDS_KEY)
    assert jobs.derive_fields(archive.context)[1] is False
    archive.decide("FIFTY", name("news", "clean"))
    assert jobs.derive_fields(archive.context)[1] is True
    assert derived.get(jobs.FIELDS_KEY) != stored


@pytest.fixture
def kept(archive: Archive) -> Iterator[Archive]:
    """Whatever the test does, the archive bucket has lost nothing."""
    before = set(archive.building.archive.keys(""))
    yield archive
    assert set(archive.building.archive.keys("")) >= before


def test_nothing_is_destroyed(kept: Archive) -> None:
    jobs.derive_fields(kept.context)
    jobs.draft_due(kept.context)
    assert len(kept.state.proposals) == 1
    assert bases.read_heads(kept.building.archive).accounts == {"news": 2}
