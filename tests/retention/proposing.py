"""An archive whose records can be proposed: made in a few words, with the entries of its ledger."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq

from recordroom.capture.workspace import Workspace
from recordroom.jobs import proposals as jobs
from recordroom.jobs.context import JobContext
from recordroom.jobs.proposals import Draft
from recordroom.register.models import Register
from recordroom.retention import decisions, hold_entries, ledger, proposals
from recordroom.retention.checks import check_files
from recordroom.retention.drafting import Drafting
from recordroom.retention.proposals import DispositionProposal, ProposalSubject
from tests.building import Building, account
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
    register: Register

    @property
    def context(self) -> JobContext:
        return JobContext(Workspace.of(self.building.settings), self.register, "")

    @property
    def proposal(self) -> DispositionProposal:
        """The only one."""
        [found] = self.state.proposals.values()
        return found

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
    register = building.enrol(*entries)
    apply_policy(building, more)
    return Archive(building, register)


def open_small(building: Building) -> Archive:
    """One account with the default series TWO: a removed post that a person decided on."""
    found = open_archive(building, account("news", "wordpress", series="TWO"))
    found.removed("news", "clean")
    found.decide("TWO", name("news", "clean"))
    return found
