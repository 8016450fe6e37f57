"""The life of records in the browser, up to a proposal: a records officer, an attorney, an owner, an auditor.

They act one after another on one archive. What each of them sees of it is tested, and every page by axe.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from recordroom.rights import ROLES
from recordroom.web import deps
from recordroom.web.auth import Person
from tests.building import Building, account
from tests.retention.proposing import LONG_AGO, Archive, name, open_archive
from tests.services import S3, Buckets
from tests.web.browsing import WIDE, Sitting, judge
from tests.web.seated import Who, seated, served

pytestmark = pytest.mark.thorough

ROOT, REPLY, OTHER = (name("news", one) for one in ("root", "reply", "other"))
TEXTS = ("snow closes the school", "is the gym open", "the board met")
LATER = LONG_AGO + timedelta(days=60)
WHO = {
    "officer": "RecordsOfficer",
    "attorney": "Legal",
    "owner": "Communications",
    "auditor": "Auditor",
}
As = Callable[[str], Sitting]


@pytest.fixture
def archive(s3: S3, buckets: Buckets, elasticsearch: str, tmp_path: Path) -> Archive:
    """A removed conversation of March 2020 and a removed post of May; their periods are over."""
    building = Building.at(s3, buckets, tmp_path, elasticsearch)
    found = open_archive(building, account("news", "wordpress", series="TWO"))
    found.removed("news", "root", text=TEXTS[0], author_name="District")
    thread = {"kind": "comment", "root_id": ROOT, "parent_id": ROOT}
    found.removed("news", "reply", text=TEXTS[1], author_name="Ben", **thread)
    found.removed("news", "other", text=TEXTS[2], author_name="District", published_at=LATER)
    building.index()
    return found


@pytest.fixture
def sit_as(archive: Archive, browser: Browser, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[As]:
    """Sit down as one of WHO. In place of Airflow's run, each act makes the index follow at once."""
    monkeypatch.setattr(deps, "follow_ledger", archive.building.index)
    now = Who()
    with ExitStack() as stack:
        room = stack.enter_context(seated(archive.building, lambda: Person(now.name, now.rights)))
        url = stack.enter_context(served(room))
        context = stack.enter_context(browser.new_context(viewport=WIDE))
        context.add_cookies([{"name": "_token", "value": "a session", "url": url}])
        sitting = Sitting.begin(context, url, folder)

        def sit(role: str) -> Sitting:
            now.name, now.rights = f"{role}@example", frozenset(ROLES[WHO[role]])
            return sitting

        yield sit


def row(page: Page, label: str) -> str:
    """The number in a row of a proposal's counts."""
    found = page.get_by_role("row", name=re.compile(f"^{label}")).get_by_role("cell")
    return found.first.inner_text().split()[0]


def obstacles(sitting: Sitting, record_id: str) -> list[str]:
    """The answers of a record's page to "Why can this not be destroyed?"."""
    page = sitting.open(f"/record?id={record_id}")
    listed = page.locator("details", has=page.get_by_text("Why can this not be destroyed?"))
    return listed.locator("li").all_text_contents()


def test_the_life_of_records(archive: Archive, sit_as: As) -> None:
    officer_decides(sit_as("officer"))
    hold = attorney_holds(sit_as("attorney"))
    owner_acknowledges(sit_as("owner"), hold)
    proposal = officer_proposes(sit_as("officer"))
    owner_objects(sit_as("owner"), proposal)
    attorney_releases(sit_as("attorney"))
    auditor_reads(sit_as("auditor"), proposal)
    officer_sees_why(sit_as("officer"))
    assert archive.broken() == []


def officer_decides(sitting: Sitting) -> None:
    """The default series is provisional; a decision on the conversation takes its place."""
    assert any("Its records series is provisional." in one for one in obstacles(sitting, ROOT))
    page = sitting.page
    page.get_by_role("link", name="Decide on its series").click()
    page.get_by_label("its conversation").check()
    page.get_by_label("Records series").select_option("TWO")
    page.get_by_label("Reason").fill("The conversation is routine news.")
    page.get_by_role("button", name="Show what changes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What the decision changes")
    sitting.picture("life-1-preview")
    page.get_by_role("button", name="Decide", exact=True).click()
    expect(page.get_by_text("In force")).to_be_visible()
    judge(sitting, "/retention/decisions", "life-2-decisions")
    assert not any("provisional" in one for one in obstacles(sitting, REPLY))
    judge(sitting, f"/record?id={ROOT}", "life-3-record")


def attorney_holds(sitting: Sitting) -> str:
    """A lawsuit concerns May 2020; the hold is counted before it is placed."""
    page = sitting.open("/holds")
    page.get_by_label("Title").fill("Smith v. District")
    page.get_by_label("Kind").select_option("litigation")
    page.get_by_label("Reason").fill("The complaint was served today.")
    page.get_by_role("checkbox", name="news").check()
    page.get_by_label("Published from").fill("4/1/2020")
    page.get_by_label("To (this day included)").fill("5/31/2020")
    page.get_by_role("button", name="Count the records").click()
    expect(page.get_by_role("status")).to_contain_text("would cover 1 record now")
    page.get_by_role("button", name="Place the hold").click()
    expect(page.get_by_role("heading", name="1 hold in force")).to_be_visible()
    judge(sitting, "/holds", "life-4-holds")
    assert any("A legal hold applies: Smith v. District." in one for one in obstacles(sitting, OTHER))
    assert not any("hold" in one for one in obstacles(sitting, ROOT))
    [hold] = deps.get_searcher().retention.refresh().holds
    return hold


def owner_acknowledges(sitting: Sitting, hold: str) -> None:
    page = sitting.open("/holds")
    expect(page.get_by_text("Release this hold")).to_have_count(0)
    expect(page.get_by_role("heading", name="Place a hold")).to_have_count(0)
    page.get_by_role("button", name="Acknowledge").click()
    read = deps.get_searcher().retention.refresh().holds[hold].acknowledged
    assert [act.who for act in read.values()] == ["owner@example"]
    judge(sitting, "/holds", "life-5-acknowledged")


def officer_proposes(sitting: Sitting) -> str:
    """The held post is excluded with its reason; return the address of the proposal."""
    page = sitting.open("/retention/proposals")
    page.get_by_label("Series or one-time list").select_option(label="TWO, TWO")
    page.get_by_role("button", name="Show the expected numbers").click()
    expect(page.get_by_role("heading", name="Expected numbers")).to_be_visible()
    page.get_by_role("button", name="Draft the proposal").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Proposal: TWO, TWO")
    assert (row(page, "Proposed"), row(page, "On hold")) == ("2", "1")
    address = page.url.removeprefix(sitting.url)
    judge(sitting, address, "life-6-proposal")
    return address


def owner_objects(sitting: Sitting, proposal: str) -> None:
    page = sitting.open(proposal)
    expect(page.get_by_text("30 days left")).to_be_visible()
    page.get_by_label("Reason").fill("The reply is part of our yearly report.")
    page.get_by_label("Record IDs").fill(REPLY)
    page.get_by_role("button", name="Object").click()
    expect(page.get_by_role("heading", name="1 objection in force")).to_be_visible()
    judge(sitting, proposal, "life-7-objection")


def attorney_releases(sitting: Sitting) -> None:
    page = sitting.open("/holds")
    page.get_by_text("Release this hold").click()
    page.get_by_label("Reason", exact=True).first.fill("The lawsuit was settled.")
    page.get_by_label("Attorney who advised the release").fill("Ada Counsel")
    sitting.picture("life-8-release")
    page.get_by_role("button", name="Release", exact=True).click()
    expect(page.get_by_role("heading", name="1 released hold")).to_be_visible()
    judge(sitting, "/holds", "life-9-released")


def auditor_reads(sitting: Sitting, proposal: str) -> None:
    """Every act with its person, and no text of a record."""
    acts = {
        "/audit": "owner@example",
        "/retention/decisions": "The conversation is routine news.",
        "/holds": "Ada Counsel",
        proposal: "The reply is part of our yearly report.",
    }
    for number, (address, words) in enumerate(acts.items(), 10):
        judge(sitting, address, f"life-{number}-auditor")
        shown = sitting.page.locator("main").inner_text()
        assert words in shown
        assert not [text for text in TEXTS if text in shown], address
    sitting.open(f"/record?id={ROOT}")
    assert TEXTS[0] not in sitting.page.content()


def officer_sees_why(sitting: Sitting) -> None:
    """Nothing was destroyed, and each record says what stands in the way now."""
    assert any("An objection was made" in one for one in obstacles(sitting, REPLY))
    released = obstacles(sitting, OTHER)
    assert any("released or narrowed less than 30 days ago" in one for one in released)
    assert not any("A legal hold applies" in one for one in released)
    judge(sitting, "/retention", "life-14-retention")
