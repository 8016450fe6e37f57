"""The room in a real browser, as people sit before it: whatever goes wrong on a page is remembered until it
is asked for.

`SCREENSHOTS=folder` keeps the pictures of all pages there; without it they go where the run's other files go.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Page, ViewportSize, expect

# WCAG 2.2 AA, which axe asks for on request only
RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
# 1280 x 1024 at 400 percent
WIDE, NARROW = ViewportSize(width=1280, height=900), ViewportSize(width=320, height=256)
FOCUS = """() => {
    const on = document.activeElement, box = on.getBoundingClientRect(), style = getComputedStyle(on);
    return {
        tag: on.tagName, id: on.id, words: on.textContent.trim(),
        outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
        seen: box.width > 0 && box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
    };
}"""
_STOPS = 'a[href], input:not([type=hidden]), select, button, textarea, summary, video, audio, [tabindex="0"]'
# Of a group of radio buttons, Tab reaches the chosen one, or the first if none is chosen.
_PASSED = """one => one.type === 'radio' && one !== [...one.form.querySelectorAll('[type=radio]')]
    .filter(other => other.name === one.name).reduce((stop, other) => other.checked ? other : stop)"""
STOPS = f"""() => [...document.querySelectorAll('{_STOPS}')].filter(one => one.checkVisibility({{checkVisibilityCSS: true}}))
    .filter(one => !({_PASSED})(one))
    .map(one => one.tagName + ' ' + one.textContent.trim())"""


@dataclass
class Sitting:
    """One person before one page. `wrong`: script errors, dialogs, complaints of the browser, requests to
    other hosts, new windows.
    """

    page: Page
    url: str
    folder: Path
    wrong: list[str] = field(default_factory=list)
    going: str = ""

    @property
    def icon(self) -> str:
        return f"{self.url.removesuffix('/records')}/favicon.ico"

    @classmethod
    def begin(cls, context: BrowserContext, url: str, folder: Path) -> Sitting:
        page = context.new_page()
        page.set_default_timeout(120_000)
        begun = cls(page, url, folder)
        page.on("pageerror", lambda error: begun.wrong.append(f"script error: {error}"))
        page.on("dialog", begun._dialog)
        page.on("console", begun._said)
        page.on("request", lambda request: begun._asked(request.url))
        page.on("popup", lambda popup: begun.wrong.append(f"a new window: {popup.url}"))
        return begun

    def open(self, address: str) -> Page:
        """A page of the room: `/search?q=snow`."""
        self.going = self.url + address
        self.page.goto(self.going)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait for the parts of a page that a script requests."""
        expect(self.page.locator("[aria-busy]")).to_have_count(0)

    def picture(self, name: str) -> None:
        self.page.screenshot(path=self.folder / f"{name}.png", full_page=True)

    def quiet(self) -> bool:
        assert not self.wrong, (self.page.url, self.wrong)
        return True

    def findings(self) -> list[str]:
        """Return the violations that axe finds on the page as it is."""
        found = Axe().run(self.page, options=RULES).response["violations"]
        return [
            f"{one['id']}: {node['html'][:200]} {node['failureSummary']}"
            for one in found
            for node in one["nodes"]
        ]

    def is_wider_than_its_window(self) -> bool:
        return bool(
            self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        )

    def focus(self, key: str = "") -> dict[str, Any]:
        """Return the focused element, after `key` if one is pressed."""
        if key:
            self.page.keyboard.press(key)
        found: dict[str, Any] = self.page.evaluate(FOCUS)
        return found

    def _dialog(self, dialog: Dialog) -> None:
        self.wrong.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def _said(self, message: ConsoleMessage) -> None:
        """That the page itself is an error's is no complaint, nor that a server without Airflow has no icon."""
        of_the_page = message.text.startswith("Failed to load resource") and message.location["url"] in (
            self.going,
            self.icon,
        )
        if message.type in ("error", "warning") and not of_the_page:
            self.wrong.append(f"the browser: {message.text} {message.location['url'][:200]}")

    def _asked(self, url: str) -> None:
        if urlsplit(url).netloc != urlsplit(self.url).netloc:
            self.wrong.append(f"a request elsewhere: {url[:200]}")


def judge(sitting: Sitting, address: str, name: str) -> None:
    """Open a page and fail where axe finds something or where it is wider than its window, in light and dark,
    wide and narrow.

    No element appears at one size alone, so that each scheme and each size is enough.
    """
    page = sitting.open(address)
    for scheme, size in (("light", WIDE), ("dark", NARROW)):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert not (found := sitting.findings()), (scheme, size, found)
        assert not sitting.is_wider_than_its_window()
        sitting.picture(f"{name}-{scheme}-{size['width']}")
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light")
    assert sitting.quiet()


def pictures(otherwise: Path) -> Path:
    folder = Path(os.environ.get("SCREENSHOTS") or otherwise)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
