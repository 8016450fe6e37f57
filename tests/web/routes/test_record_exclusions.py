"""Why a record is in no proposal, on its page: what its own fields do not say."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from recordroom.archive.gaps import Gaps
from recordroom.archive.quarantine import ledger as quarantine
from recordroom.archive.quarantine.ledger import FILE, RECORD, QuarantineTarget
from recordroom.jobs import proposals as jobs
from recordroom.retention import exclusions, hold_entries, statements
from recordroom.retention.exclusions import EXCLUSIONS
from recordroom.rights import Right
from tests.building import Building, account, media
from tests.retention.proposing import Archive, name, open_archive
from tests.services import S3, Buckets
from tests.web.seated import Who, visited

OWN = (  # reasons that do not follow from the fields
    exclusions.RELEASED, exclusions.GAP, exclusions.QUARANTINE, exclusions.OBJECTION, exclusions.CONVERSATION,
)  # fmt: skip


@pytest.fixture(scope="module")
def made(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Archive:
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("exclusions"), elasticsearch)
    names = ("news", "gap", "objected")
    archive = open_archive(building, *(account(one, "wordpress", series="TWO", owner=one) for one in names))
    picture = media(b"picture", "1")
    archive.removed("news", "clean", "released", "quarantined", "root", "done")
    archive.removed("news", "picture", media=[picture])
    for root in ("root", "done"):
        about = {"root_id": name("news", root), "parent_id": name("news", root), "kind": "comment"}
        archive.removed("news", f"{root}-reply", **about)
    archive.removed("gap", "post")
    archive.removed("objected", "post")
    stated = state_replies(archive, {"ended": ("EVENT", "unavailable"), "kept": ("EVENT", "hidden")})
    stated += state_replies(archive, {"away": ("TWO", "unavailable"), "trash": ("TWO", "trashed")})
    archive.decide("TWO", *stated)
    decided = ("clean", "released", "quarantined", "picture", "root", "done", "done-reply")
    archive.decide(
        "TWO", *(name("news", one) for one in decided), name("gap", "post"), name("objected", "post")
    )
    hold = archive.hold(records=[name("news", "released")])
    archive.append(hold_entries.RELEASED, act_id=hold, reason="settled")
    for target in (
        QuarantineTarget(RECORD, name("news", "quarantined")),
        QuarantineTarget(FILE, picture["sha256"]),
    ):
        quarantine.put(building.archive, target, "a child")
    jobs.draft_due(archive.context)
    proposal = next(one for one in archive.state.proposals.values() if one.subject.owner == "objected")
    archive.object(proposal.id)
    Gaps(building.archive).open_("gap", "capture-failed: Blocked", "the platform refuses access")
    building.index()
    return archive


def state_replies(archive: Archive, wanted: dict[str, tuple[str, str]]) -> list[str]:
    """Make removed posts with a reply that was stated as withdrawn; return the IDs of the posts.

    wanted: post -> series and status of its reply.
    """
    for root, (series, status) in wanted.items():
        one = name("news", f"{root}-reply")
        about = {"root_id": name("news", root), "parent_id": name("news", root), "kind": "comment"}
        archive.removed("news", root)
        archive.captured("news", {"record_id": one, **about})
        archive.captured("news", {"record_id": one, "status": status})
        archive.decide(series, one)
        given = {"scope": {"records": [one]}, "part": 1, "parts": 1, "reason": "why", "covered": {"news": 1}}
        archive.append(statements.STATED, kind=statements.WITHDRAWAL, evidence="I looked", **given)
        archive.append(statements.STATED, kind=statements.EVENT_DAY, on="2020-04-01", series="EVENT", **given)
    return [name("news", root) for root in wanted]


@pytest.fixture
def who() -> Who:
    return Who()


@pytest.fixture
def client(made: Archive, who: Who) -> Iterator[TestClient]:
    with visited(made.building, who) as client:
        yield client


def reasons(client: TestClient, record: str) -> set[str]:
    """The keys of OWN whose sentence the panel has."""
    page = client.get(f"/record?id={record}").text
    panel = page.split("Why can this not be destroyed?")[1].split("</details>")[0]
    sentences = re.findall("<li>(.*?)</li>", panel)
    assert sentences[-1] == "recordroom destroys no records."
    return {key for key in OWN if EXCLUSIONS[key].sentence in sentences}


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (name("news", "clean"), None),
        (name("news", "released"), exclusions.RELEASED),
        (name("news", "quarantined"), exclusions.QUARANTINE),
        (name("news", "picture"), exclusions.QUARANTINE),
        (name("news", "root"), exclusions.CONVERSATION),  # no person decided on its reply
        (name("news", "root-reply"), None),
        (name("news", "done"), None),
        (name("news", "ended"), None),
        (name("news", "kept"), exclusions.CONVERSATION),  # its reply is hidden, so the platform has it
        (name("news", "away"), None),
        (name("news", "trash"), exclusions.CONVERSATION),
        (name("gap", "post"), exclusions.GAP),
        (name("objected", "post"), exclusions.OBJECTION),
    ],
)
def test_the_panel_has_the_reasons_of_drafting(client: TestClient, record: str, expected: str | None) -> None:
    assert reasons(client, record) == ({expected} if expected else set())


def test_a_file_under_quarantine_is_no_reason_for_those_who_may_not_know(
    client: TestClient, who: Who
) -> None:
    who.rights = frozenset(Right) - {Right.QUARANTINE}
    assert reasons(client, name("news", "picture")) == set()
