"""The page Retention, and its card on the home page: each number is that of the search to which it leads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, expect

from recordroom import clock
from recordroom.archive.quarantine.ledger import RECORD, QuarantineTarget
from recordroom.records import holds, quarantine
from recordroom.records.holds import HoldOrder
from recordroom.retention import ledger
from recordroom.retention.checks import check_files
from recordroom.retention.holds import OTHER, HoldScope
from recordroom.rights import ROLES, Right
from recordroom.web import deps
from recordroom.web.auth import Person
from tests.building import DAY, Building, account
from tests.retention.test_policy_files import REVIEW
from tests.services import S3, Buckets
from tests.viewers import officer
from tests.web.browsing import WIDE, Sitting, judge
from tests.web.seated import Who, seated, served, visited

HOUR = timedelta(hours=1)
TODAY = date(2026, 12, 1)
HOSTILE = "<script>alert(1)</script>"
LOCAL = f"""
format: 1
id: local
title: Local schedule {HOSTILE}
version: "1"
effective_on: "2024-01-01"
source: Board {HOSTILE}
as_of: "2026-11-24"
series: []
"""
OF_LOCAL = """
  - {{schedule: local, version: "1", dan: {dan}, title: "{title}", trigger: {trigger}, event: {event},
     period: {period}, action: {action}, reviewed_by: Ana Reyes, reviewed_on: 2026-11-30{more}}}"""
LONGER = f", agency_rule: {{period: {{years: 3}}, reason: '{HOSTILE}'}}"


def review(dan: str, period: str, action: str = "destroy", **given: str) -> str:
    values = {"title": dan, "trigger": "received or provided", "event": "null", "more": ""} | given
    return OF_LOCAL.format(dan=dan, period=period, action=action, **values)


POLICY = REVIEW.replace("[core, k12]", "[core, local.yaml]").rstrip() + "".join(
    (
        review("L1", "{years: 2}", title=HOSTILE, more=LONGER),
        review("EVENT", "{years: 2}", trigger="event", event="the project ends"),
        review("ENDLESS", "until no longer needed"),
        review("FOREVER", "permanent", "retain permanently"),
    )
)
WITHHELD = "wordpress:news/posts/2"


def put_in_force(building: Building, text: str = POLICY) -> None:
    building.settings.retention_file.write_text(text, "utf-8")
    ledger.apply_policy(building.archive, check_files(building.settings.retention_file, TODAY))
    building.index()


@pytest.fixture(scope="module")
def building(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Building:
    """An archive with each status and each reason that is possible now."""
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("retention"), elasticsearch)
    series = {
        "news": "GS50-01-12", "local": "L1", "event": "EVENT", "endless": "ENDLESS", "forever": "FOREVER",
        "unread": "GS2010-003", "unknown": "GS99", "plain": None,
    }  # fmt: skip
    entries = [account(name, "wordpress", series=dan) for name, dan in series.items()]
    building.enrol(*entries, account("board", "wordpress", series="GS50-01-12", confidential=True))
    for name in (*series, "board"):
        posts = [{"record_id": f"wordpress:{name}/posts/{number}", "text": "Snow"} for number in (1, 2, 3)]
        building.capture(name, posts, at=DAY)
        building.capture(name, [{**posts[0], "status": "removed"}], at=DAY + HOUR)
    message = {"kind": "message", "text": "Hello"}
    days = {"past": datetime(2020, 2, 29, tzinfo=UTC), "first": datetime(1, 1, 1, tzinfo=UTC)}
    days["last"] = datetime(9999, 12, 31, 23, tzinfo=UTC)
    messages = [
        {"record_id": f"wordpress:news/messages/{name}", "published_at": day, **message}
        for name, day in days.items()
    ]
    building.capture("news", messages, at=DAY + 2 * HOUR)
    claims = [{"record_id": "wordpress:news/posts/9", "text": "Old", "source": "import: a file"}]
    building.capture("news", claims, at=DAY + 3 * HOUR)
    (building.settings.retention_file.parent / "local.yaml").write_text(LOCAL, "utf-8")
    put_in_force(building)
    return building


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: TODAY)


@pytest.fixture
def client(building: Building, who: Who) -> Iterator[TestClient]:
    with visited(building, who) as client:
        yield client


def told(client: TestClient, address: str = "/retention") -> str:
    page = client.get(address)
    assert page.status_code == 200, page.text
    return plain(page.text.partition("<body>")[2])


def plain(page: str) -> str:
    return " ".join(unescape(re.sub("<[^>]*>", " ", page)).split())


def row(client: TestClient, title: str) -> str:
    """The words of one row of a table."""
    rows = re.findall("<tr>.*?</tr>", client.get("/retention").text, re.DOTALL)
    [found] = [words for one in rows if (words := plain(one)).startswith(title)]
    return found


def links(page: str) -> list[tuple[str, int]]:
    found = re.findall(r'<a href="(/search\?[^"]*)">([\d,]+)</a>', page)
    return [(unescape(address), int(number.replace(",", ""))) for address, number in found]


def hits(client: TestClient, address: str) -> int:
    page = client.get(address)
    assert page.status_code == 200, (address, page.text)
    [number] = re.findall(r'id="found">([\d,]+) record', page.text)
    return int(number.replace(",", ""))


@pytest.mark.parametrize("page", ["/retention", "/"])
def test_each_number_is_that_of_the_search_to_which_it_leads(client: TestClient, page: str) -> None:
    found = links(client.get(page).text)
    assert len(found) > (30 if page == "/retention" else 0)
    assert [hits(client, address) for address, _ in found] == [number for _, number in found]


def test_undecided_records_come_first_each_with_one_reason(client: TestClient) -> None:
    page = client.get("/retention").text
    assert re.findall(r'<h2 id="([\w-]+)">', page) == ["attention", "series", "dates", "in-force", "nothing"]
    [reasons] = re.findall('<ul class="concerns">.*?</ul>', page, re.DOTALL)
    words = plain(reasons)
    for said in (
        "3 have no records series. Their account",
        "2 have a series that no person has reviewed",  # one of each account: the rest is published
        "1 was imported, and no person has confirmed its dates",
        "3 wait for an event whose day no person has entered",
        "1 has a period without a length",
        "2 have a date that is past, but a provisional series",
    ):
        assert said in words, words
    numbers = [number for _, number in links(reasons)]
    assert f"{sum(numbers)} of 31 records are undecided" in told(client)
    number = hits(client, "/search?q=series:*+AND+series_decided:false&messages=1&quarantined=1")
    assert number > sum(numbers) / 2
    assert f"{number} of 31 records have a provisional series" in told(client)


def test_each_series_has_its_rule_its_reviewer_and_its_numbers(client: TestClient) -> None:
    assert row(client, "GS50-01-12") == (
        "GS50-01-12 Communications – Governing/Executive/Advisory Retain for 2 years after received or provided,"
        " then appraise. Reviewed by Ana Reyes, Records Officer on Nov 30, 2026. 3 0 0 4 3 0 10"
    )
    assert "Retain for 3 years after received or provided, then destroy" in row(client, "L1")
    assert "Retain for 2 years after the project ends, then destroy." in row(client, "EVENT")
    assert "Retain until no longer needed, then destroy." in row(client, "ENDLESS")
    assert row(client, "FOREVER").endswith(
        "Retain permanently. Reviewed by Ana Reyes on Nov 30, 2026. 0 0 3 0 0 0 3"
    )
    assert "Not reviewed: the agency's retention file does not list this series." in row(client, "GS2010-003")
    assert row(client, "GS99") == "GS99 No date follows. No schedule in force has this series. 1 0 0 2 0 0 3"
    assert row(client, "No series") == "No series No date follows. 3 0 0 0 0 0 3"


def test_dates_are_counted_by_quarter_and_by_year_and_hostile_dates_together(client: TestClient) -> None:
    assert row(client, "Jan to Mar 2028") == "Jan to Mar 2028 2"  # of news and board
    assert row(client, "2028") == "2028 2"
    assert row(client, "2029") == "2029 1", "the agency retains longer"
    assert row(client, "2022") == "2022 1"
    assert row(client, "2015 and earlier") == "2015 and earlier 1"
    assert row(client, "2057 and later") == "2057 and later 1"
    page = client.get("/retention").text
    assert (
        "The next three years, by quarter: from Oct to Dec 2026 to Jul to Sep 2029, at most 2 records" in page
    )


def test_what_is_in_force_is_listed_and_hostile_text_is_escaped(client: TestClient) -> None:
    page = client.get("/retention").text
    assert "<script" not in page.partition("<main")[2]
    words = told(client)
    assert "(entry 1 of the retention ledger)" in words
    assert f"Local schedule {HOSTILE} 1 Jan 1, 2024 Board {HOSTILE} Nov 24, 2026" in words
    assert "(CORE) 5.0 Oct 2, 2024 recordroom's own copy, which was not made from the text" in words
    assert "A reviewer who is named in the table above read the published schedule" in words
    assert "recordroom destroys no records." in words
    assert "The retention file" not in words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (POLICY.replace("years: 3", "years: 5"), "differs from what is in force"),
        (POLICY.replace("years: 2", "years: 0"), "has errors."),
        ("series: [", "cannot be read."),
    ],
)
def test_a_file_that_is_not_in_force_is_reported_without_a_path(
    client: TestClient, building: Building, text: str, said: str
) -> None:
    file = building.settings.retention_file
    file.write_text(text, "utf-8")
    try:
        page = client.get("/retention").text
    finally:
        file.write_text(POLICY, "utf-8")
    assert re.search(rf'class="notice warn">The retention file on the server[^<]* {said}', page), said
    assert "Tell the administrator" in page
    assert file.name not in page
    assert "is not what is in force" not in told(client)


def test_without_the_right_to_read_numbers_lead_nowhere_and_no_text_is_shown(
    client: TestClient, who: Who
) -> None:
    who.rights = frozenset(ROLES["Auditor"])
    page = client.get("/retention").text
    assert "records are undecided" in plain(page)
    assert "/search" not in page
    assert "Snow" not in page
    assert links(client.get("/").text) == []
    assert "Undecided" in told(client, "/")
    who.rights = frozenset({Right.ENTER})
    assert client.get("/retention").status_code == 403
    assert "Undecided" not in told(client, "/")


def test_confidential_accounts_and_withheld_records_are_in_no_number(client: TestClient, who: Who) -> None:
    assert row(client, "GS50-01-12").endswith("3 0 0 4 3 0 10")
    searcher = deps.get_searcher()
    target = QuarantineTarget(RECORD, WITHHELD)
    quarantine.put(searcher, target, "a home address", officer(searcher, "officer"))
    try:
        assert row(client, "GS50-01-12").endswith("3 0 0 4 3 0 10"), "with the right, it counts"
        who.rights = frozenset(Right) - {Right.RESTRICTED, Right.QUARANTINE}
        assert row(client, "GS50-01-12").endswith("3 0 0 1 2 0 6"), "3 of board, and 1 of news"
        assert row(client, "Jan to Mar 2028") == "Jan to Mar 2028 1"
        for page in ("/retention", "/"):
            found = links(client.get(page).text)
            assert [hits(client, address) for address, _ in found] == [number for _, number in found]
    finally:
        who.rights = frozenset(Right)
        quarantine.lift(searcher, target, "the test is over", officer(searcher, "officer"))


def test_a_record_on_hold_counts_as_such_and_keeps_its_date(client: TestClient, building: Building) -> None:
    searcher = deps.get_searcher()
    person = officer(searcher, "officer")
    scope = HoldScope(records=frozenset({"wordpress:local/posts/1", "wordpress:plain/posts/1"}))
    hold = holds.place(searcher, HoldOrder("A claim", OTHER, scope, "a claim"), person)
    building.index()
    try:
        assert row(client, "No series").endswith("2 1 0 0 0 0 3")
        assert row(client, "L1").endswith("0 1 0 2 0 0 3")
        assert row(client, "2029") == "2029 1"
        assert "2 have no records series." in told(client)
        assert "On hold 2" in told(client, "/")
        found = links(client.get("/retention").text)
        assert [hits(client, address) for address, _ in found] == [number for _, number in found]
    finally:
        holds.release(searcher, hold.id, "the test is over", person)
        building.index()
    assert row(client, "L1").endswith("0 0 0 2 1 0 3")


def test_views_leave_no_event_in_the_audit(client: TestClient) -> None:
    def count_events() -> int:
        return len(client.get("/audit.csv").text.splitlines())

    first, second = count_events(), count_events()  # each of them is an event
    told(client)
    assert count_events() - second == second - first


def test_without_elasticsearch_no_number_is_shown(building: Building, who: Who) -> None:
    settings = building.settings.model_copy(update={"elasticsearch_url": "http://127.0.0.1:1"})
    with visited(replace(building, settings=settings), who) as client:
        words, home = told(client), told(client, "/")
    assert "It is not known now how many records have which status." in words
    assert "(entry 1 of the retention ledger)" in words, "the bucket has what is in force"
    assert "are undecided" not in words
    assert "Records by series" not in words
    assert "No record has a date" not in words
    assert "It is not known now how many records are undecided or eligible." in home
    assert "Undecided" not in home


def test_without_the_bucket_the_rules_are_not_known(building: Building, who: Who) -> None:
    settings = building.settings.model_copy(update={"s3_endpoint": "http://127.0.0.1:1"})
    with visited(replace(building, settings=settings), who) as client:
        words, one = told(client), row(client, "GS50-01-12")
    assert "It is not known now what is in force." in words
    assert one == "GS50-01-12 Not known now. 3 0 0 4 3 0 10", "the quarantine as last read stays in force"
    for said in ("No retention file is in force", "No schedule in force", "What is in force"):
        assert said not in words


def test_an_index_that_does_not_follow_the_newest_entry_is_reported(
    s3: S3, elasticsearch: str, tmp_path: Path, who: Who
) -> None:
    """And before anything is in force, the page says what to do."""
    building = Building.at(s3, Buckets(), tmp_path, elasticsearch)
    building.enrol(account("news", "wordpress", series="GS50-01-12"))
    building.capture("news", [{"record_id": "wordpress:news/posts/1"}], at=DAY)
    building.index()
    building.settings.retention_file.write_text(REVIEW, "utf-8")
    with visited(building, who) as client:
        words = told(client)
    assert "No retention file is in force." in words
    assert "Give the administrator your review of each series" in words
    assert "No record has a date." in words
    assert "does not have the newest change" not in words
    ledger.apply_policy(building.archive, check_files(building.settings.retention_file, TODAY))
    with visited(building, who) as client:
        assert "does not have the newest change" in told(client)
    building.index()
    with visited(building, who) as client:
        assert "does not have the newest change" not in told(client)


@pytest.mark.thorough
def test_axe_finds_nothing_and_the_charts_work_without_scripts(
    building: Building, who: Who, browser: Browser, folder: Path
) -> None:
    with seated(building, lambda: Person(who.name, who.rights)) as room, served(room) as url:
        context = browser.new_context(viewport=WIDE)
        context.add_cookies([{"name": "_token", "value": "a session", "url": url}])
        sitting = Sitting.begin(context, url, folder)
        judge(sitting, "/retention", "retention-dates")
        judge(sitting, "/", "retention-home")
        context.close()
        context = browser.new_context(viewport=WIDE, java_script_enabled=False)
        context.add_cookies([{"name": "_token", "value": "a session", "url": url}])
        page = Sitting.begin(context, url, folder).open("/retention")
        for name in ("The next three years, by quarter", "All dates, by year"):
            chart = page.get_by_role("img", name=name)
            expect(chart).to_be_visible()
            assert chart.locator("rect.bar").count() > 1
            expect(page.get_by_role("table", name=name)).to_be_visible()
        page.get_by_role("table", name="All dates, by year").get_by_role("link", name="2", exact=True).click()
        expect(page.get_by_role("heading", name="2 records")).to_be_visible()
        context.close()
