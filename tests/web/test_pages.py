"""The pages of the room in a real browser, without Airflow: axe, the keyboard, no scripts, light and dark, on
paper.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from recordroom.archive.gaps import Gaps
from recordroom.capture.permalink import requests
from recordroom.capture.permalink.requests import CaptureResult
from recordroom.exports import orders
from recordroom.exports.orders import ExportSpec, Progress
from recordroom.exports.worker import make_order
from recordroom.rights import Right
from recordroom.search.filters import Filters
from recordroom.web.auth import Person
from tests.building import Building
from tests.web.browsing import NARROW, STOPS, WIDE, Sitting, judge
from tests.web.conftest import COMMENT, POST, order_of
from tests.web.seated import seated, served
from tests.web.test_auth import ROUTES

pytestmark = pytest.mark.thorough

PARTS_AND_FILES = (
    "/search/facets",
    "/media",
    "/evidence/file",
    "/proof/folder",
    "/audit.csv",
    "/capture/{name}",
    "/exports/{id_}/file",
    "/exports/{id_}/receipt",
)
PAGES = {  # every route of the table that is a page, and what else a page can look like
    **{path: address for path, (_, address) in ROUTES.items() if path not in PARTS_AND_FILES},
    "nothing found": "/search?q=nothing+of+the+kind",
    "a mistake": "/search?q=snow+AND+(bus",
    "every version": "/search?q=&versions=1&account=news&sort=oldest",
    "a picture of somebody else": f"/record?id={COMMENT}",
    "no such record": "/record?id=wordpress:x/posts/99",
    "an export of a selection": f"/export?record={POST}&context=1",
    "an export that cannot be": "/export?q=snow+AND+(",
}
LINES = """one => {
    const all = document.createRange();
    all.selectNodeContents(one);
    return new Set([...all.getClientRects()].map(box => Math.round(box.top))).size;
}"""
expect.set_options(timeout=120_000)
Sit = Callable[..., Sitting]


@pytest.fixture(scope="module")
def archive(building: Building) -> Building:
    """The archive of the other tests, with an export in it."""
    order_of(building, "Request 14", "snow")
    return building


@pytest.fixture(scope="module")
def sit(archive: Building, browser: Browser, folder: Path) -> Iterator[Sit]:
    """`sit("records-officer", java_script_enabled=False)` opens a browser; the next call with the same
    settings returns the same one.
    """
    sitting: dict[Any, Sitting] = {}
    with seated(archive, lambda: Person("records-officer", frozenset(Right))) as room, served(room) as url:

        def begin(user: str, **how: Any) -> Sitting:
            key = (user, *how.items())
            if key not in sitting:
                context = browser.new_context(viewport=WIDE, **how)
                context.add_cookies([{"name": "_token", "value": "a session", "url": url}])
                sitting[key] = Sitting.begin(context, url, folder)
            return sitting[key]

        yield begin
        for one in sitting.values():
            one.page.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_no_page_is_wider_than_its_window(sit: Sit, name: str) -> None:
    judge(sit("records-officer"), PAGES[name], name.replace("/", "").replace(" ", "-") or "first")


def test_utc_appears_on_demand_by_keyboard_and_without_scripts(sit: Sit) -> None:
    page = sit("records-officer", java_script_enabled=False).open("/coverage")
    utc, box = page.locator(".utc").first, page.get_by_role("checkbox", name="Show UTC too")
    expect(utc).to_be_hidden()
    box.focus()
    page.keyboard.press("Space")
    expect(utc).to_be_visible()
    page.keyboard.press("Space")
    expect(utc).to_be_hidden()


def test_what_is_under_quarantine_is_put_there_and_lifted_without_scripts(sit: Sit) -> None:
    sitting = sit("records-officer", java_script_enabled=False)
    record = f"/record?id={POST}"
    page = sitting.open(record)
    page.get_by_role("group", name="Hide").get_by_role("checkbox").last.check()
    page.get_by_role("button", name="Put under quarantine").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Put under quarantine?")
    expect(page.get_by_text("Snow day: all schools open late")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("Under quarantine since")).to_have_count(0)
    page.go_forward()
    page.get_by_role("textbox", name="Reason").fill("a person's home address")
    page.get_by_role("button", name="Put under quarantine").click()
    judged = sit("records-officer")
    try:
        expect(page.get_by_text("Under quarantine since").first).to_be_visible()
        for name, address in (
            ("record", record),
            ("beside", f"/record?id={COMMENT}"),
            ("search", "/search?q=snow&quarantined=1"),
            ("all", "/quarantine"),
        ):
            judge(judged, address, f"quarantine-{name}")
        judged.open(f"/record?id={COMMENT}").get_by_role("link", name="A record under quarantine").click()
        expect(judged.page.get_by_role("img")).to_be_hidden()
        judged.page.get_by_text("which is under quarantine").first.click()
        expect(judged.page.get_by_role("img").first).to_be_visible()
        assert judged.quiet()
    finally:
        for label, button in (
            ("Reason for showing it again", "Show this record again"),
            ("Reason for showing it again", "Show this file again"),
        ):
            page = sitting.open(record)
            page.get_by_label(label).first.fill("another's")
            page.get_by_role("button", name=button).click()
    expect(page.get_by_text("Under quarantine since")).to_have_count(0)
    expect(page.get_by_role("img").first).to_be_visible()


def test_a_receipt_comes_by_itself_and_without_scripts_by_a_link(archive: Building, sit: Sit) -> None:
    derived, told = archive.derived, ("capture/wordpress/news", 1, "ab" * 32, "2026-03-02T17:00:00.000000Z")
    wanted = [
        requests.place_request(
            derived, "https://social.test/@district/1", "records-officer", restricted=False
        )
        for _ in range(2)
    ]
    sitting, plain = sit("records-officer"), sit("records-officer", java_script_enabled=False)
    judge(sitting, f"/capture/{wanted[0].id}", "receipt-waiting")
    page = plain.open(f"/capture/{wanted[1].id}")
    requests.put_result(
        derived,
        wanted[0].id,
        CaptureResult("", (), ("a film: not given by the platform",), *told, ((POST, "post"),), 1),
    )
    requests.put_result(
        derived,
        wanted[1].id,
        CaptureResult("the platform asks to be left alone", ("1 of 2 files",), (), *told),
    )
    expect(sitting.page.get_by_role("status")).to_contain_text("Safe to moderate now.")
    expect(page.get_by_text("do not moderate the post yet")).to_be_visible()
    page.get_by_role("link", name="Check again").click()
    expect(page.get_by_text("Incomplete: do not moderate the post yet.")).to_be_visible()
    for number, one in enumerate(wanted):
        judge(sitting, f"/capture/{one.id}", f"receipt-{number}")


@pytest.mark.parametrize("name", PAGES)
def test_every_link_and_control_is_reached_by_tab_in_order_and_seen(sit: Sit, name: str) -> None:
    sitting = sit("records-officer")
    page = sitting.open(PAGES[name])
    reached: list[str] = []
    for _ in range(len(expected := page.evaluate(STOPS))):
        on = sitting.focus("Tab")
        assert on["outline"] >= 2, on
        assert on["seen"], on
        reached.append(f"{on['tag']} {on['words']}")
    assert reached == expected


def test_a_record_is_found_and_opened_without_a_mouse(sit: Sit) -> None:
    sitting = sit("records-officer")
    page = sitting.open("/search")
    assert sitting.focus("Tab")["words"] == "Skip to the content"
    sitting.picture("skip-link")
    assert sitting.focus("Enter")["id"] == "main"
    assert sitting.focus("Tab")["id"] == "q"
    page.keyboard.type("snow")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="2 records")).to_be_visible()
    while not sitting.focus("Tab")["words"].startswith("Post by District"):
        assert sitting.focus()["tag"] != "BODY"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Post by District")


def test_all_of_it_works_without_scripts(sit: Sit) -> None:
    sitting = sit("records-officer", java_script_enabled=False)
    page = sitting.open("/search")
    page.get_by_label("Words to search for").fill("snow")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Show filters with numbers of records").click()
    page.get_by_role("complementary").get_by_role("link", name="news").click()
    expect(page.get_by_role("heading", name="1 record")).to_be_visible()
    page.get_by_role("link", name="Post by District").click()
    page.get_by_role("link", name="Verify this version now").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Proof of version 1 in news")
    page.get_by_role("link", name="The record").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Post by District")


def test_a_search_page_requests_its_facets_and_keeps_a_link_to_them_if_that_fails(sit: Sit) -> None:
    sitting = sit("records-officer")
    page = sitting.page
    filters, link = page.get_by_role("complementary"), page.get_by_role("link", name="Show filters")
    sitting.open("/search?q=snow")
    expect(filters.get_by_role("link", name="news")).to_be_visible()
    expect(link).to_have_count(0)
    page.route("**/search/facets?*", lambda route: route.fulfill(status=503))
    sitting.open("/search?q=snow")
    link.click()
    expect(filters.get_by_role("link", name="news")).to_be_visible()
    page.unroute("**/search/facets?*")
    sitting.wrong.clear()  # the browser complains about the failed request


def test_on_paper_stand_the_words_and_no_controls(sit: Sit) -> None:
    sitting = sit("records-officer")
    for name, address in (("search", "/search?q=snow"), ("record", f"/record?id={POST}")):
        page = sitting.open(address)
        page.emulate_media(media="print")
        expect(page.get_by_text("Signed in as")).to_be_hidden()
        expect(page.get_by_text("not reviewed for release")).to_be_visible()
        assert not [one for one in page.locator("button, input").all() if one.is_visible()], name
        assert page.evaluate(
            "[...document.querySelectorAll('h2')].filter(one => one.checkVisibility()).length"
        ), name
        # from which nothing but a form would follow
        expect(page.get_by_role("heading", name="Quarantine")).to_have_count(0)
        sitting.picture(f"{name}-print")
        page.emulate_media(media="screen")


def test_in_a_narrow_window_wide_tables_are_blocks_and_the_header_leaves_room(sit: Sit) -> None:
    """At 400 per cent nothing but a picture has to be moved both ways, and what the page says is on the
    screen.
    """
    sitting = sit("records-officer")
    page = sitting.page
    page.set_viewport_size(NARROW)
    try:
        for address in ("/exports", "/audit", "/coverage", "/account?id=news", "/", "/terms"):
            page = sitting.open(address)
            if address == "/terms":
                page.get_by_label("Terms or queries").fill("snow\nSnow\nsnow && ice\nbus")
                page.get_by_role("button", name="Count").click()
            assert (
                page.locator("header").evaluate("one => one.getBoundingClientRect().height")
                < NARROW["height"] / 3
            )
            assert page.locator("table.stacked").count(), address
            moved = (
                "[...document.querySelectorAll('.scroll:has(.stacked)')].filter(one => one.scrollWidth >"
                " one.clientWidth).length"
            )
            assert page.evaluate(moved) == 0, address
            fields = "[...document.querySelectorAll('main input, main select')]"
            assert (
                page.evaluate(
                    f"{fields}.filter(one => one.getBoundingClientRect().right > innerWidth - 16).length"
                )
                == 0
            ), address
            labels = (
                "[...document.querySelectorAll('.stacked tbody td')].filter(one => !one.dataset.label).length"
            )
            assert page.evaluate(labels) == 0, address
    finally:
        page.set_viewport_size(WIDE)


def test_a_gap_that_names_a_long_id_pushes_no_column_out_of_the_window(archive: Building, sit: Sit) -> None:
    gaps = Gaps(archive.archive)
    address = "bluesky:at://did:plc:gr7kgxnjgehijtkf42hgqcx6/app.bsky.feed.post/3n2yec4fb42cn"
    gaps.open_(
        "news",
        "counts-differ",
        f"the platform counts 1 more than the archive has: 1 reply to 1 record (first: {address})",
    )
    sitting = sit("records-officer")
    page = sitting.open("/coverage")
    page.set_viewport_size(ViewportSize(width=1200, height=900))
    try:
        while not page.get_by_text(
            address
        ).count():  # the room caches the status of all accounts for some seconds
            page.wait_for_timeout(1_000)
            page = sitting.open("/coverage")
        for place in ("/coverage", "/account?id=news"):
            page = sitting.open(place)
            expect(page.get_by_text(address).first).to_be_visible()
            cut = (
                "[...document.querySelectorAll('.scroll')].filter(one => one.scrollWidth >"
                " one.clientWidth).length"
            )
            assert page.evaluate(cut) == 0, place
    finally:
        page.set_viewport_size(WIDE)
        gaps.close("news", "counts-differ", "the test is over")


def test_on_paper_a_table_is_not_cut(sit: Sit) -> None:
    sitting = sit("records-officer")
    page = sitting.open("/")
    page.set_viewport_size(ViewportSize(width=680, height=900))  # letter, upright, less its margins
    page.emulate_media(media="print")
    try:
        for address in ("/", "/coverage", "/audit", "/exports", "/account?id=news"):
            page = sitting.open(address)
            names = page.evaluate(
                "[...document.querySelectorAll('th.short a')].map(one => [one.textContent,"
                " one.getClientRects().length])"
            )
            assert [name for name, lines in names if lines > name.count("-") + 1] == [], (
                "a name breaks at its hyphens alone"
            )
            tables = "[...document.querySelectorAll('.scroll, table')]"
            cut = page.evaluate(
                f"{tables}.filter(one => one.getBoundingClientRect().right > innerWidth).length"
            )
            assert not cut, address
            lines = page.evaluate(f"[...document.querySelectorAll('.when:first-child time')].map({LINES})")
            assert max(lines, default=0) <= 5, (
                f"{address}: a time that begins a row takes few lines, however long the rest is"
            )
        sitting.open("/")
        expect(page.get_by_role("columnheader", name="Total", exact=True)).to_be_visible()
        sitting.picture("home-print")
    finally:
        page.emulate_media(media="screen")
        page.set_viewport_size(WIDE)


def test_on_paper_a_term_stands_in_one_line_and_leads_nowhere(sit: Sit) -> None:
    sitting = sit("records-officer")
    page = sitting.open("/terms")
    page.set_viewport_size(ViewportSize(width=680, height=900))
    page.get_by_label("Terms or queries").fill(f"closure\n{' OR '.join(f'word{n}' for n in range(60))}")
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Term report")
    page.emulate_media(media="print")
    try:
        assert page.locator("th code", has_text="closure").first.evaluate(LINES) == 1, (
            "however long the next one is read"
        )
        expect(page.get_by_role("link", name="export the results of line 1")).to_be_hidden()
        sitting.picture("terms-print")
    finally:
        page.emulate_media(media="screen")
        page.set_viewport_size(WIDE)


def test_an_export_moves_on_by_itself_and_by_a_link_without_scripts(archive: Building, sit: Sit) -> None:
    derived = archive.derived
    spec = ExportSpec("bus", Filters(), "csv", "Request 16", hidden_accounts=())
    order = orders.place_order(derived, orders.draft_order(spec, "records-officer"))
    sitting, plain = sit("records-officer"), sit("records-officer", java_script_enabled=False)
    for one in (sitting, plain):
        expect(one.open(f"/exports/{order.id}").get_by_role("status")).to_have_text(
            "Status: waiting to start."
        )
    orders.report_progress(derived, order, Progress(orders.RUNNING, "evidence", 3, 7))
    expect(sitting.page.get_by_role("status")).to_have_text("Status: in progress (checking evidence).")
    expect(sitting.page.get_by_text("3 of 7")).to_be_visible()
    sitting.picture("export-under-way")
    assert not sitting.findings()
    plain.page.get_by_role("link", name="Check again").click()
    expect(plain.page.get_by_text("3 of 7")).to_be_visible()
    sitting.page.get_by_role("link", name="Check again").focus()
    make_order(archive.settings, order.id)
    expect(sitting.page.get_by_role("status")).to_have_text("Status: ready.")
    assert sitting.focus()["id"] == "rest", "a person who was there is not thrown out"
    plain.page.get_by_role("link", name="Check again").click()
    for one in (sitting, plain):
        expect(one.page.get_by_role("heading", name="Receipt")).to_be_visible()
        with one.page.expect_download() as download:
            one.page.get_by_role("link", name="Download").click()
        assert download.value.suggested_filename == "WORKING-COPY_Request-16_csv.zip"
        one.wrong.clear()  # a download ends the loading of its address


def test_back_and_reload_work_after_a_count(sit: Sit) -> None:
    page = sit("records-officer", java_script_enabled=False).open("/terms")
    page.get_by_label("Terms or queries").fill("snow\nbus")
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Term report")
    report = page.url
    page.locator("th").get_by_role("link", name="snow", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Search the records")
    page.go_back()
    expect(page.get_by_role("rowheader", name="All terms")).to_be_visible()
    page.reload()
    expect(page.get_by_role("rowheader", name="All terms")).to_be_visible()
    assert page.url == report
    page.get_by_role("button", name="Export the results of all terms").click()
    counted = page.get_by_role("heading", name=re.compile("records in . conversations"))
    expect(counted).to_be_visible()
    page.get_by_role("link", name="Show these records in search").click()
    page.go_back()
    expect(counted).to_be_visible()
    page.reload()
    expect(counted).to_be_visible()
