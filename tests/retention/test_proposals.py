"""Proposals: what excludes a record, that a list can be made again, and that nothing slips in meanwhile."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.local.support.place import REPOSITORY
from recordroom import clock
from recordroom.archive.gaps import Gaps
from recordroom.archive.quarantine import ledger as quarantine
from recordroom.archive.quarantine.ledger import FILE, RECORD, QuarantineTarget
from recordroom.errors import DerivedDamaged, ServiceUnavailable
from recordroom.jobs import proposals as jobs
from recordroom.jobs.proposals import Draft
from recordroom.retention import basis as bases
from recordroom.retention import (
    decisions,
    exclusions,
    hold_entries,
    ledger,
    proposal_list,
    proposals,
    statements,
)
from recordroom.retention.drafting import Drafting
from recordroom.retention.exclusions import EXCLUSIONS
from recordroom.retention.proposals import ProposalSubject, RecordCounts
from recordroom.stored_texts import text
from tests.building import Building, account, media
from tests.retention.proposing import HOUR, LONG_AGO, ONE_TIME, Archive, Lists, name, open_archive, open_small
from tests.services import S3, Buckets


@pytest.fixture
def archive(s3: S3, buckets: Buckets, tmp_path: Path) -> Archive:
    return open_small(Building.at(s3, buckets, tmp_path))


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
    made.hold(authors=[{"platform": "wordpress", "author_id": "ana"}])  # the posts have no author
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
    proposal = archive.proposal
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
    counts = archive.proposal.counts["news"].others
    assert (counts.proposed, counts.reasons) == (1, {exclusions.ON_HOLD: 1})
    assert archive.proposal.heads.retention == archive.state.tail.number - 1


def test_a_record_that_returns_is_proposed_no_longer(archive: Archive) -> None:
    assert archive.lists() == {("TWO", name("news", "clean")): []}
    archive.captured("news", {"record_id": name("news", "clean"), "status": "visible"})
    assert archive.lists() == {}


def test_nothing_is_proposed_while_rows_are_missing(archive: Archive) -> None:
    """The missing row is that of the return."""
    archive.captured("news", {"record_id": name("news", "clean"), "status": "visible"})
    derived = archive.building.derived
    [*_, last] = sorted(derived.keys("records/g1/captured="), key=lambda key: int(key[:-8].rsplit("-", 1)[1]))
    derived.delete(last)
    with pytest.raises(DerivedDamaged, match="3 rows of an account are expected, and 2 are there"):
        jobs.draft_due(archive.context)
    with pytest.raises(DerivedDamaged, match="3 rows"):
        jobs.derive_fields(archive.context)
    assert archive.state.proposals == {}


@pytest.mark.parametrize("series", ["TWO", "EVENT"])
@pytest.mark.parametrize(
    ("status", "reasons"), [("unavailable", []), ("hidden", [ON_PLATFORM]), ("trashed", [ON_PLATFORM])]
)
def test_what_a_person_stated_to_be_withdrawn_is_proposed_unless_a_capture_still_saw_it(
    archive: Archive, series: str, status: str, reasons: list[str]
) -> None:
    record = name("news", "vanished")
    archive.captured("news", {"record_id": record})
    archive.captured("news", {"record_id": record, "status": status})
    archive.decide(series, record)
    given = {
        "scope": {"records": [record]},
        "reason": "closed",
        "covered": {"news": 1},
        "part": 1,
        "parts": 1,
    }
    archive.append(statements.STATED, kind=statements.EVENT_DAY, on="2020-04-01", series="EVENT", **given)
    shown = None if series == "TWO" else [ON_PLATFORM]  # the period of the other begins with the event
    assert archive.lists().get((series, record)) == shown, "a platform may show it again"
    archive.append(statements.STATED, kind=statements.WITHDRAWAL, evidence="I looked", **given)
    assert archive.lists()[series, record] == reasons
    archive.captured("news", {"record_id": record, "status": "visible"})
    assert archive.lists().get((series, record)) == shown, "it is seen again"
    assert archive.broken() == []


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
    assert archive.proposal.list.key != left


def test_a_list_that_is_lost_is_made_again_with_the_same_bytes(archive: Archive, tmp_path: Path) -> None:
    """Also after everything that it was derived from has changed."""
    derived = archive.building.derived
    jobs.draft_due(archive.context)
    proposal = archive.proposal
    before = derived.get(proposal.list.key)
    archive.hold(accounts=["news"])
    archive.captured("news", {"record_id": name("news", "clean"), "status": "visible"})
    quarantine.put(archive.building.archive, QuarantineTarget(RECORD, name("news", "clean")), "a child")
    Gaps(archive.building.archive).open_("news", "capture-failed: Blocked", "refused")
    archive.building.enrol(account("news", "wordpress", owner="Other"))
    derived.delete(proposal.list.key)
    with pytest.raises(DerivedDamaged, match="missing"):
        proposal_list.fetch(derived, proposal, tmp_path / "list.parquet")
    assert jobs.restore_lists(archive.context) == []
    assert derived.get(proposal.list.key) == before
    proposal_list.fetch(derived, proposal, tmp_path / "list.parquet")


def test_a_list_that_was_altered_is_not_shown(archive: Archive, tmp_path: Path) -> None:
    jobs.draft_due(archive.context)
    derived, key = archive.building.derived, archive.proposal.list.key
    head = derived.head(key)
    assert head is not None
    derived.replace(key, derived.get(key)[:-1] + b"x", head.etag)
    with pytest.raises(DerivedDamaged, match="not the one that the ledger names"):
        proposal_list.fetch(derived, archive.proposal, tmp_path / "list.parquet")


def test_a_record_with_a_file_under_quarantine_is_in_the_list_for_those_who_may_know(
    archive: Archive, tmp_path: Path
) -> None:
    picture = media(b"picture", "1")
    archive.removed("news", "picture", media=[picture])
    archive.decide("TWO", name("news", "picture"))
    quarantine.put(archive.building.archive, QuarantineTarget(FILE, picture["sha256"]), "a child")
    jobs.draft_due(archive.context)
    path = tmp_path / "list.parquet"
    proposal_list.fetch(archive.building.derived, archive.proposal, path)
    for sees, listed in ((True, {"clean", "picture"}), (False, {"clean"})):
        with proposal_list.open_rows(path, (), (), with_quarantine=sees) as found:
            assert {row["record_id"] for row in found} == {name("news", one) for one in listed}
    counts = archive.proposal.counts["news"]
    assert (counts.others.excluded, counts.quarantined.excluded) == (0, 1)


def test_an_objection_to_everything_covers_what_was_proposed_whatever_its_series_becomes(
    archive: Archive,
) -> None:
    jobs.draft_due(archive.context)
    objection = archive.object(archive.proposal.id)
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
        proposal=archive.proposal.id,
        withdraws=True,
        reason="ok",
    )
    assert archive.lists()["SIX", name("news", "clean")] == []
    assert archive.broken() == []


def test_an_objection_counts_also_when_it_is_late(archive: Archive) -> None:
    jobs.draft_due(archive.context)
    archive.object(archive.proposal.id, name("news", "clean"))
    [objection] = archive.proposal.objections.values()
    assert not archive.proposal.is_late(objection)
    late = replace(objection.made, at=objection.made.at + timedelta(days=32))
    assert archive.proposal.is_late(replace(objection, made=late))
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


def test_of_two_runs_at_once_one_drafts(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    real, inner = Drafting.write_list, list[Draft]()

    def late(self: Drafting, subject: ProposalSubject, path: Path) -> Any:
        if not inner:
            inner.append(Draft(subject, {}))
            inner[:] = jobs.draft_due(archive.context)
        return real(self, subject, path)

    monkeypatch.setattr(Drafting, "write_list", late)
    [outer] = jobs.draft_due(archive.context)
    assert inner[0].proposal is not None
    assert outer.proposal is None
    assert len(archive.state.proposals) == 1


def test_a_ledger_that_changes_again_and_again_ends_the_run(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Drafting.write_list

    def late(self: Drafting, subject: ProposalSubject, path: Path) -> Any:
        archive.hold(records=["wordpress:x/1"])
        return real(self, subject, path)

    monkeypatch.setattr(Drafting, "write_list", late)
    with pytest.raises(ServiceUnavailable, match="changed each time"):
        jobs.draft_due(archive.context)
    assert archive.state.proposals == {}


DELETING = {"delete", "delete_object", "delete_objects", "unlink", "remove", "rmtree"}


def list_deletions(source: str) -> set[str]:
    """The calls of a program that delete something."""
    called = (one.func for one in ast.walk(ast.parse(source)) if isinstance(one, ast.Call))
    return {one.attr for one in called if isinstance(one, ast.Attribute)} & DELETING


def test_no_code_of_proposals_deletes_anything() -> None:
    package = REPOSITORY / "plugins/recordroom"
    files = [*(package / "retention").glob("*.py"), REPOSITORY / "dags/retention.py"]
    files += [package / f"{folder}/proposals.py" for folder in ("jobs", "records", "cli", "web/routes")]
    assert len(files) > 20
    assert {file.name for file in files if list_deletions(file.read_text("utf-8"))} == set()
    assert list_deletions((package / "archive/gaps.py").read_text("utf-8")) == {"delete", "remove"}


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
    assert bases.find_heads(kept.building.archive).accounts == {"news": 2}
