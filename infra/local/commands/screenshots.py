"""Make the images of README and docs/user from a running `make up`.

`.venv/bin/python -m infra.local.commands.screenshots` writes them to docs/pictures in light and dark, as the
records officer sees the room. It needs Debian's package chromium-headless-shell.
"""

from __future__ import annotations

import sys
from typing import Literal

from playwright.sync_api import Page

from infra.local.services import chromium
from infra.local.support.passwords import Passwords
from infra.local.support.place import REPOSITORY, Place

FOLDER = REPOSITORY / "docs/pictures"
USER = "records-officer"
WORDS = "schools closed ice"
SCHEMES: dict[Literal["light", "dark"], str] = {"light": "", "dark": "-dark"}  # ending of the file's name


def main() -> int:
    place = Place.here()
    FOLDER.mkdir(exist_ok=True)
    with chromium.running() as browser:
        page = browser.new_page(viewport={"width": 1200, "height": 900}, color_scheme="light")
        _sign_in(page, place)
        page.goto(f"{place.url('airflow')}/records/")
        _take(page, "home")
        page.get_by_label("Words to search for").fill(WORDS)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Search the records").wait_for()
        _take(page, "search")
        page.locator(".results h3 a").first.click()
        _take(page, "record")
        page.get_by_role("link", name="Verify this version now").first.click()
        _take(page, "proof")
        page.goto(f"{place.url('airflow')}/records/terms")
        page.get_by_label("Terms or queries").fill(
            'snow closure\n"school is closed"\nclos*\nbus OR train\nlunch'
        )
        page.get_by_role("button", name="Count").click()
        page.get_by_role("heading", name="Term report").wait_for()
        _take(page, "terms")
        page.goto(f"{place.url('airflow')}/records/coverage")
        _take(page, "coverage")
    return 0


def _sign_in(page: Page, place: Place) -> None:
    page.goto(f"{place.url('airflow')}/records/search")
    page.get_by_label("Username").fill(USER)
    page.get_by_label("Password").fill(Passwords.load(place.root).users[USER])
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Search the records").wait_for()


def _take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")  # images load when they are visible
    for scheme, ending in SCHEMES.items():
        page.emulate_media(color_scheme=scheme)
        file = FOLDER / f"{name}{ending}.png"
        page.screenshot(path=file)
        print(f"{file.relative_to(REPOSITORY)}: {file.stat().st_size // 1000} KB")


if __name__ == "__main__":
    sys.exit(main())
