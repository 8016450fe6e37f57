"""The help within the room: its pages obey the room's content security policy, and each page leads to one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, expect

from recordroom import settings
from recordroom.rights import Right
from recordroom.web import auth
from recordroom.web.auth import Person
from recordroom.web.help_site import SITE
from tests.web.browsing import WIDE, Sitting, judge
from tests.web.seated import application, served


@pytest.fixture(autouse=True)
def _is_built() -> None:
    assert (SITE / "index.html").exists(), "`make docs` builds the help"


@pytest.fixture
def room() -> Iterator[TestClient]:
    """The room for a person who may only enter it. The help needs no archive."""
    app = application()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(
            app.dependency_overrides, auth.Anybody, lambda: Person("guest", frozenset({Right.ENTER}))
        )
        patch.setenv("RECORDROOM_LOCAL", "/nowhere")
        for name in ("BUCKET", "DERIVED_BUCKET", "ELASTICSEARCH_URL"):
            patch.setenv(f"RECORDROOM_{name}", "http://127.0.0.1:1")
        settings.load.cache_clear()
        yield TestClient(app, follow_redirects=False)
    settings.load.cache_clear()


class Elements(HTMLParser):
    """The elements of a page that its policy refuses, or that load something of another host."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_inline = tag == "style" or (tag == "script" and "src" not in given) or "style" in given
        loaded = given.get("src") or (given.get("href") if tag == "link" else None) or ""
        if is_inline or any(name.startswith("on") for name in given) or re.match(r"[a-z]+:|//", loaded):
            self.refused.append(self.get_starttag_text() or tag)


PAGES = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html"))


@pytest.mark.parametrize("name", PAGES)
def test_pages_have_nothing_inline_and_load_nothing_from_elsewhere(name: str) -> None:
    elements = Elements()
    elements.feed((SITE / name).read_text("utf-8"))
    assert elements.refused == []


def test_style_sheets_load_only_files_of_the_site() -> None:
    for sheet in SITE.rglob("*.css"):
        for target in re.findall(r"url\(([^)]*)\)", sheet.read_text("utf-8")):
            assert (sheet.parent / target.strip("\"'")).exists(), (sheet, target[:80])


def test_the_first_page_and_files_have_the_policy_of_the_room(room: TestClient) -> None:
    page = room.get("/help/")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    sheet = room.get("/help/_static/help.css")
    assert sheet.headers["content-type"].startswith("text/css")
    assert sheet.headers["cache-control"] == "private, no-cache"
    again = room.get("/help/_static/help.css", headers={"If-None-Match": sheet.headers["etag"]})
    assert again.status_code == 304
    assert room.get("/help").headers["location"].endswith("/help/")


@pytest.mark.parametrize("path", ["none.html", "../app.py", "..%2fapp.py", "%2e%2e/app.py"])
def test_nothing_outside_the_site_is_shown(room: TestClient, path: str) -> None:
    answer = room.get(f"/help/{path}")
    assert answer.status_code == 404
    assert "create_app" not in answer.text


def test_a_help_that_is_not_built_says_so(
    room: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("recordroom.web.routes.help_pages.SITE", tmp_path)
    answer = room.get("/help/")
    assert answer.status_code == 404
    assert "make docs" in answer.text


@pytest.mark.thorough
def test_the_help_works_in_a_browser(room: TestClient, browser: Browser, folder: Path) -> None:
    """Pages with wide tables, long addresses, and code; the search; light and dark."""
    with served(room.app) as url:  # type: ignore[arg-type]
        context = browser.new_context(viewport=WIDE)
        context.add_cookies([{"name": "_token", "value": "a session", "url": url}])
        sitting = Sitting.begin(context, url, folder)
        for name in ("index", "platforms/index", "reference/archive-format", "reference/commands"):
            judge(sitting, f"/help/{name}.html", f"help-{name.replace('/', '-')}")
        page = sitting.open("/help/search.html?q=evidence")
        expect(page.locator("#search-results li").first).to_be_visible()
        page.get_by_role("button", name="Toggle").first.click()
        chosen = page.evaluate("document.body.dataset.theme")
        sitting.open("/help/index.html")
        assert page.evaluate("document.body.dataset.theme") == chosen
        assert sitting.quiet()
        context.close()
