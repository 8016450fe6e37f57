"""A records officer finds a record by keyboard and proves it, in a real browser, before the room without
Airflow around it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from recordroom.rights import Right
from recordroom.web.auth import Person
from tests.building import Building
from tests.web.browsing import WIDE, Sitting, judge
from tests.web.conftest import COMMENT, POST
from tests.web.seated import seated, served


@pytest.fixture(scope="module")
def sitting(building: Building, browser: Browser, folder: Path) -> Iterator[Sitting]:
    with seated(building, lambda: Person("records-officer", frozenset(Right))) as room, served(room) as url:
        context = browser.new_context(viewport=WIDE)
        yield Sitting.begin(context, url, folder)
        context.close()


def test_find_and_prove_a_record_by_keyboard(sitting: Sitting) -> None:
    page = sitting.open("/search")
    assert sitting.focus("Tab")["words"] == "Skip to the content"
    assert sitting.focus("Enter")["id"] == "main"
    assert sitting.focus("Tab")["id"] == "q"
    page.keyboard.type("snow")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="2 records")).to_be_visible()
    go_to(sitting, "Post by District")
    expect(page.get_by_role("heading", level=1)).to_have_text("Post by District")
    go_to(sitting, "Verify this version now")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Proof of version")
    assert sitting.quiet()


def go_to(sitting: Sitting, link: str) -> None:
    """Press Tab until a link has the focus, which must be visible all the way, then Enter."""
    while not (on := sitting.focus("Tab"))["words"].startswith(link):
        assert on["tag"] != "BODY", f"no link {link!r} before the end of the page"
        assert on["outline"] >= 2, on
    sitting.page.keyboard.press("Enter")


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("search", "/search?q=snow"),
        ("record", f"/record?id={POST}"),
        ("conversation", f"/conversation?id={COMMENT}"),
        ("coverage", "/coverage"),
        ("export", "/export?q=snow"),
    ],
)
def test_axe_finds_no_barrier(sitting: Sitting, name: str, address: str) -> None:
    judge(sitting, address, f"story-{name}")
