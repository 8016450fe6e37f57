"""The room inside Airflow in a real browser: signing in and out, Airflow's navigation, an order that a worker
takes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from infra.local.support.passwords import Passwords
from tests.web.browsing import NARROW, WIDE, Sitting
from tests.web.conftest import POST, Room

expect.set_options(timeout=120_000)
Sit = Callable[..., Sitting]


@pytest.fixture(scope="module")
def sit(room: Room, browser: Browser, folder: Path) -> Iterator[Sit]:
    """Return `sit("legal")`: open the room signed in as legal; None: not signed in. Earlier sessions
    continue.
    """
    sitting: dict[Any, Sitting] = {}

    def begin(user: str | None, **how: Any) -> Sitting:
        key = (user, *how.items())
        if user is None or key not in sitting:
            context = browser.new_context(viewport=WIDE, **how)
            if user:
                context.add_cookies(
                    [{"name": "_token", "value": room.token(user), "url": room.place.url("airflow")}]
                )
            sitting[key] = Sitting.begin(context, room.url, folder)
        return sitting[key]

    yield begin
    for one in sitting.values():
        one.page.context.close()


def signs_in(sitting: Sitting, room: Room, user: str) -> None:
    sitting.page.get_by_label("Username").fill(user)
    sitting.page.get_by_label("Password").fill(Passwords.load(room.place.root).users[user])
    sitting.page.keyboard.press("Enter")


def test_who_is_not_signed_in_comes_back_to_what_they_asked_for(room: Room, sit: Sit) -> None:
    sitting = sit(None)
    page = sitting.open("/search?q=snow&sort=oldest")
    expect(page).not_to_have_title("snow - Records")
    expect(page).to_have_title("Sign in - Example School District: Records")
    expect(page.get_by_text("Example School District: Records")).to_be_visible()
    sitting.picture("sign-in")
    signs_in(sitting, room, "records-officer")
    expect(page).to_have_url(f"{room.url}/search?q=snow&sort=oldest")
    expect(page.get_by_role("heading", level=1)).to_have_text("Search the records")
    expect(page.get_by_text("Signed in as")).to_contain_text("records-officer")


@pytest.mark.parametrize("scripts", [True, False])
def test_who_signs_out_leaves_nothing_behind_the_back_button(
    room: Room, browser: Browser, folder: Path, scripts: bool
) -> None:
    """By keyboard alone."""
    with browser.new_context(viewport=NARROW) as context:  # Airflow's page of passwords needs scripts
        sitting = Sitting.begin(context, room.url, folder)
        page = sitting.open("/search?q=snow")
        signs_in(sitting, room, "legal")
        expect(page.get_by_role("heading", level=1)).to_have_text("Search the records")
        cookies = context.cookies()
    with browser.new_context(viewport=NARROW, java_script_enabled=scripts) as context:
        context.add_cookies(cookies)  # type: ignore[arg-type]  # as they were given
        sitting = Sitting.begin(context, room.url, folder)
        sitting.open(f"/record?id={POST}")
        page = sitting.open("/search?q=snow")
        page.get_by_role("button", name="Sign out").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
        sitting.picture(f"signed-out-{scripts}")
        if scripts:
            assert sitting.findings() == []
            assert not sitting.is_wider_than_its_window()
        for _ in range(2):
            page.go_back()
            expect(page).to_have_url(re.compile("/auth/login/"))
            expect(page.get_by_text("Snow day")).to_have_count(0)


def test_airflows_navigation_is_a_doorway_and_nothing_else_for_communications(room: Room, sit: Sit) -> None:
    sitting = sit(None)
    sitting.page.goto(room.place.url("airflow"))
    signs_in(sitting, room, "communications")
    # who has no role of Airflow comes to the room
    expect(sitting.page.get_by_role("heading", level=1)).to_have_text("Records")
    sitting.page.goto(room.place.url("airflow"))
    doorway = sitting.page.get_by_role("link", name="Records")
    expect(doorway).to_be_visible()
    sitting.page.wait_for_load_state("networkidle")
    sitting.picture("doorway")
    for closed in ("nav-dags-link", "nav-assets-link"):
        expect(sitting.page.get_by_test_id(closed)).to_have_attribute("disabled", "")
    doorway.click()
    inside = sitting.page.frame_locator("iframe")
    expect(inside.get_by_role("heading", level=1)).to_have_text("Records")
    inside.get_by_label("Words to search for").fill("snow")
    inside.get_by_role("button", name="Search").click()
    expect(inside.get_by_role("heading", name="1 record")).to_be_visible()
    inside.get_by_role("link", name="Post by District").click()
    expect(inside.get_by_role("heading", level=1)).to_have_text("Post by District")
    sitting.picture("inside-airflow")


def test_what_is_selected_in_a_search_is_exported_without_scripts(sit: Sit) -> None:
    page = sit("records-officer", java_script_enabled=False).open("/search?q=snow")
    page.get_by_role("checkbox", name="result 1").check()
    page.get_by_role("button", name="Export selected").click()
    expect(page.get_by_role("heading", name="1 record in 1 conversation")).to_be_visible()
    page.get_by_label("Title").fill("Request 17")
    page.get_by_role("button", name="Order the export").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Export: Request 17")
