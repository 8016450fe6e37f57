"""Make the images of README and docs/user from a running `make up`.

`.venv/bin/python -m infra.local.commands.screenshots` writes them to docs/pictures in light and dark, as the
records officer sees the room. It orders an export, hides a record by quarantine and shows it again, places a
hold and releases it, and decides on a series and revokes that. It needs Debian's package
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
SCHEMES: dict[Literal["light", "dark"], str] = {"light": "", "dark": "-dark"}  # ending of the file's name


def main() -> int:
    place = Place.here()
    room = f"{place.url('airflow')}/records"
    FOLDER.mkdir(exist_ok=True)
    with chromium.running() as browser:
        page = browser.new_page(viewport={"width": 1200, "height": 900})
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
        for name in ("coverage", "retention", "capture"):
            page.goto(f"{room}/{name}")
            _take(page, name)
        _picture_export(page, room)
        _picture_quarantine(page, room)
        _picture_hold(page, room)
        _picture_decision(page, room)
        page.goto(f"{room}/audit")
        _take(page, "audit")
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


def _picture_hold(page: Page, room: str) -> None:
    """Place a hold for a records request, take the page, and release the hold."""
    page.goto(f"{room}/holds")
    form = page.get_by_role("region", name="Place a hold")
    form.get_by_label("Title").fill("Snow closures")
    form.get_by_label("Number of the records request").fill("2026-101")
    form.get_by_label("Reason").fill("A records request arrived")
    form.get_by_label("The district on Facebook").check()
    form.get_by_label("Published from").fill("11/1/2026")
    form.get_by_role("button", name="Place the hold").click()
    applying = page.get_by_role("region", name="in force")
    applying.get_by_role("heading", name="Snow closures").first.wait_for()
    page.goto(f"{room}/holds")  # from its top
    _take(page, "holds")
    while applying.get_by_text("Release this hold").count():
        applying.get_by_text("Release this hold").first.click()
        applying.locator("details[open]").get_by_label("Reason").fill("the picture is taken")
        applying.locator("details[open]").get_by_role("button", name="Release").click()
        page.goto(f"{room}/holds")


def _picture_decision(page: Page, room: str) -> None:
    """Take what a decision changes and the list of decisions, and revoke the decision."""
    page.goto(f"{room}/search?q={quote(WORDS)}")
    page.get_by_role("link", name="Decide on the series of").click()
    page.get_by_label("Records series").select_option(index=2)  # the first that was reviewed
    page.get_by_label("Reason").fill("News for parents belongs to this series.")
    page.get_by_role("button", name="Show what changes").click()
    page.get_by_role("heading", name="What the decision changes").wait_for()
    _take(page, "classify")
    page.get_by_role("button", name="Decide", exact=True).click()
    page.get_by_role("heading", name="Decisions on series").wait_for()
    page.goto(f"{room}/retention/decisions")  # from its top
    _take(page, "decisions")
    page.get_by_text("Revoke this decision").first.click()
    form = page.locator("details[open]")
    form.get_by_label("Reason").fill("the picture is taken")
    form.get_by_role("button", name="Revoke").click()


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
    for scheme, ending in SCHEMES.items():
        page.emulate_media(color_scheme=scheme)
        file = FOLDER / f"{name}{ending}.png"
        page.screenshot(path=file)
        print(f"{file.relative_to(REPOSITORY)}: {file.stat().st_size // 1000} KB")


if __name__ == "__main__":
    sys.exit(main())
