"""Make the images of README and docs/user from a running `make up`.

`.venv/bin/python -m infra.local.commands.screenshots` writes them to docs/pictures in light and dark, as the
records officer sees the room. It orders an export, and hides a record by quarantine and shows it again. The
hold, the decision, the statement, and the proposal are those of the demonstration. It needs Debian's package
chromium-headless-shell.
"""

from __future__ import annotations

import sys
from typing import Literal
from urllib.parse import quote

from playwright.sync_api import Page

from infra.local.services import chromium
from infra.local.support.passwords import Passwords
from infra.local.support.place import REPOSITORY, Place

FOLDER = REPOSITORY / "docs/pictures"
USER = "records-officer"
WORDS = "schools closed ice"
TERMS = 'snow closure\n"school is closed"\nclos*\nbus OR train\nlunch'
RETENTION_PAGES = ("retention/decisions", "retention/statements")
WIDTH = 1200  # pixels
SCHEMES: dict[Literal["light", "dark"], str] = {"light": "", "dark": "-dark"}  # ending of the file's name


def main() -> int:
    place = Place.here()
    room = f"{place.url('airflow')}/records"
    FOLDER.mkdir(exist_ok=True)
    with chromium.running() as browser:
        page = browser.new_page(viewport={"width": WIDTH, "height": 900})
        page.set_default_timeout(60_000)
        _sign_in(page, place)
        page.goto(f"{room}/")
        _take(page, "home")
        _picture_search(page)
        page.goto(f"{room}/terms")
        page.get_by_label("Terms or queries").fill(TERMS)
        page.get_by_role("button", name="Count").click()
        page.get_by_role("heading", name="Term report").wait_for()
        _take(page, "terms")
        for name in ("coverage", "retention", "holds", "capture", *RETENTION_PAGES):
            page.goto(f"{room}/{name}")
            _take(page, name.rpartition("/")[2])
        _picture_export(page, room)
        _picture_quarantine(page, room)
        page.goto(f"{room}/audit")
        _take(page, "audit")
        _picture_decision(page, room)
        _picture_proposal(page, room)
    return 0


def _sign_in(page: Page, place: Place) -> None:
    page.goto(f"{place.url('airflow')}/records/search")
    page.get_by_label("Username").fill(USER)
    page.get_by_label("Password").fill(Passwords.load(place.root).users[USER])
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Search the records").wait_for()


def _picture_search(page: Page) -> None:
    """Take the search, the first record that it finds, and the proof of that record."""
    page.get_by_label("Words to search for").fill(WORDS)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Search the records").wait_for()
    _take(page, "search")
    page.locator(".results h3 a").first.click()
    _take(page, "record")
    page.get_by_role("link", name="Verify this version now").first.click()
    _take(page, "proof")


def _picture_decision(page: Page, room: str) -> None:
    """Take what a decision on the search would change; decide nothing."""
    page.goto(f"{room}/search?q={quote(WORDS)}")
    page.get_by_role("link", name="Decide on the series of").click()
    page.get_by_label("Records series").select_option("GS2010-001")
    page.get_by_label("Reason").fill("News for parents belongs to this series.")
    page.get_by_role("button", name="Show what changes").click()
    page.get_by_role("heading", name="What the decision changes").wait_for()
    _take(page, "classify")


def _picture_proposal(page: Page, room: str) -> None:
    """Take the list of proposals, and the demonstration's one."""
    page.goto(f"{room}/retention/proposals")
    _take(page, "proposals")
    page.get_by_role("table", name="Proposals").get_by_role("link").first.click()
    page.get_by_role("heading", name="Proposed and excluded records").wait_for()
    _take(page, "proposal")


def _picture_export(page: Page, room: str) -> None:
    """Order an export, and take the list of exports when it is ready."""
    page.goto(f"{room}/export?q={quote(WORDS)}")
    page.get_by_label("Title").fill("PRR 2026-101")
    page.get_by_role("button", name="Order the export").click()
    page.get_by_role("link", name="Download").first.wait_for()
    page.goto(f"{room}/exports")
    _take(page, "exports")


def _picture_quarantine(page: Page, room: str) -> None:
    """Put the newest comment under quarantine, take the list, and show the comment again."""
    page.goto(f"{room}/search?kind=comment")
    page.locator(".results h3 a").first.click()
    record = page.url
    page.get_by_role("button", name="Put under quarantine").click()
    page.get_by_role("textbox", name="Reason").fill("It gives a child's home address.")
    page.get_by_role("button", name="Put under quarantine").click()
    page.goto(f"{room}/quarantine")
    _take(page, "quarantine")
    page.goto(record)
    page.get_by_label("Reason for showing it again").first.fill("A picture for the documents was made.")
    page.get_by_role("button", name="Show this record again").click()
    page.get_by_role("button", name="Put under quarantine").wait_for()


def _take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")  # images load when they are visible
    height = page.evaluate("Math.min(innerHeight, Math.ceil(document.body.getBoundingClientRect().bottom))")
    for scheme, ending in SCHEMES.items():
        page.emulate_media(color_scheme=scheme)
        file = FOLDER / f"{name}{ending}.png"
        page.screenshot(path=file, clip={"x": 0, "y": 0, "width": WIDTH, "height": height})
        print(f"{file.relative_to(REPOSITORY)}: {file.stat().st_size // 1000} KB")


if __name__ == "__main__":
    sys.exit(main())
