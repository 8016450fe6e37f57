"""Stating in the room that replies vanished with a removed post: the list, the choice, and who learns what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, expect

from recordroom.errors import ServiceUnavailable
from recordroom.rights import ROLES, Right
from recordroom.web import deps
from recordroom.web.auth import Person
from recordroom.web.routes import vanished
from tests.building import DAY, Building, account
from tests.services import S3, Buckets
from tests.web.browsing import NARROW, WIDE, Sitting, judge
from tests.web.routes.test_classify import plain
from tests.web.routes.test_state import act, item, quarantine_record
from tests.web.seated import Who, seated, served, visited

ROOT, REPLY, LATER, OTHER, OTHER_REPLY, SECRET, SECRET_REPLY = (f"wordpress:x/posts/{n}" for n in range(1, 8))
HOUR = timedelta(hours=1)
HOSTILE = '<script>alert(1)</script>"\u202e'
OFFICER = frozenset(ROLES["RecordsOfficer"])
ADDRESS = "/retention/vanished"


def reply(record_id: str, root: str) -> dict[str, Any]:
    return {"record_id": record_id, "root_id": root, "parent_id": root, "kind": "comment", "text": "me too"}


@pytest.fixture
def building(s3: S3, buckets: Buckets, elasticsearch: str, tmp_path: Path) -> Building:
    """Two removed posts with three replies that vanished, and one more in a confidential account."""
    building = Building.at(s3, buckets, tmp_path, elasticsearch)
    building.enrol(account("news", "wordpress"), account("board", "wordpress", confidential=True))
    posts = [
        {"record_id": ROOT, "text": f"snow {HOSTILE}", "author_name": f"Ana {HOSTILE}"},
        reply(REPLY, ROOT), reply(LATER, ROOT), {"record_id": OTHER, "text": "hail"}, reply(OTHER_REPLY, OTHER),
    ]  # fmt: skip
    building.capture("news", posts, at=DAY)
    building.capture("board", [{"record_id": SECRET, "text": "sleet"}, reply(SECRET_REPLY, SECRET)], at=DAY)
    for name, gone, lost in (
        ("news", (ROOT, OTHER), (REPLY, LATER, OTHER_REPLY)), ("board", (SECRET,), (SECRET_REPLY,)),
    ):  # fmt: skip
        away = [{"record_id": one, "status": "removed"} for one in gone]
        building.capture(
            name, [*away, *({"record_id": one, "status": "unavailable"} for one in lost)], at=DAY + HOUR
        )
    building.index()
    return building


@pytest.fixture
def who() -> Who:
    return Who("ana@example", OFFICER - {Right.RESTRICTED})


@pytest.fixture
def client(building: Building, who: Who, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(deps, "follow_ledger", building.index)
    with visited(building, who) as client:
        yield client


def fields(page: str) -> dict[str, list[str]]:
    """The hidden fields of the form on a page, and the reason."""
    form, found = page[page.index(f'action="{ADDRESS}"') :], dict[str, list[str]]()
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form):
        found.setdefault(name, []).append(unescape(value))
    for name, value in re.findall(r'<textarea name="(\w+)" hidden>\n(.*?)</textarea>', form, re.DOTALL):
        found[name] = [unescape(value)]
    return found


def preview(client: TestClient, *roots: str, reason: str = "reviewed") -> Any:
    given = fields(client.get(ADDRESS).text) | {"root": list(roots), "reason": [reason], "do": ["preview"]}
    return client.post(ADDRESS, data=given)


def made() -> list[Any]:
    return list(deps.get_searcher().retention.refresh().statements.values())


def test_posts_are_chosen_previewed_and_stated(client: TestClient) -> None:
    page = client.get(ADDRESS)
    words = plain(page.text)
    assert "3 replies to 2 removed posts" in words
    assert "2 replies" in words.partition("snow")[2]
    assert "<script>alert" not in page.text
    assert "checked" not in page.text
    shown = preview(client, f"news {ROOT}", reason=f"why {HOSTILE}")
    assert shown.status_code == 200, plain(shown.text)
    words = plain(shown.text)
    assert "You state The public can no longer see these records Covers 2 replies to 1 removed post" in words
    assert f"The platform said that the post {ROOT} was removed" in words
    assert "Records covered 2 Of these, changed 2" in words
    assert "Trigger: not withdrawn no series, no date Trigger: stated as withdrawn, Mar 2, 2026" in words
    assert "<script>alert" not in shown.text
    assert made() == [], "nothing is stored before it is stated"
    done = client.post(ADDRESS, data=fields(shown.text) | {"do": ["state"]})
    assert done.status_code == 303, plain(done.text)
    place, _, name = done.headers["location"].partition("#")
    assert place == "/retention/statements"
    told = item(client, name)
    assert "2 records when it was stated: news." in told
    assert f"by ana@example: why {HOSTILE}" in told
    assert made()[0].scope.records == {REPLY, LATER}
    assert "1 reply to 1 removed post" in plain(client.get(ADDRESS).text)
    assert act(client, name, "revoke").status_code == 303
    assert "3 replies to 2 removed posts" in plain(client.get(ADDRESS).text)


def test_all_posts_of_a_page_are_chosen_by_a_link(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = re.search(r'<a href="([^"]*)">Choose all 2 posts', client.get(ADDRESS).text)
    assert link
    assert client.get(unescape(link[1])).text.count(" checked") == 2
    monkeypatch.setattr(vanished, "SIZE", 1)
    first = client.get(ADDRESS).text
    following = re.search(r'<a rel="next" href="([^"]*)">Further posts', first)
    assert following
    last = client.get(unescape(following[1])).text
    assert ("snow" in plain(first), "snow" in plain(last), "hail" in plain(last)) == (True, False, True)
    assert 'rel="next"' not in last
    assert "No further replies" in plain(client.get(f"{ADDRESS}?passed=9").text)


@pytest.mark.parametrize(
    ("roots", "reason", "words"),
    [
        ((), "it was typed", "No post is chosen"),
        (("news wordpress:x/none", f"board {SECRET}"), "it was typed", "No post is chosen"),
        ((f"news {ROOT}",), " ", "The reason is missing"),
    ],
)
def test_what_cannot_be_stated_is_shown_again_with_what_was_typed(
    client: TestClient, roots: tuple[str, ...], reason: str, words: str
) -> None:
    shown = preview(client, *roots, reason=reason)
    assert (shown.status_code, words in plain(shown.text)) == (400, True)
    assert reason.strip() in shown.text
    assert ("checked" in shown.text) == (f"news {ROOT}" in roots)
    assert made() == []


def test_what_changed_after_the_preview_is_shown_again(client: TestClient, building: Building) -> None:
    shown = preview(client, f"news {ROOT}", f"news {OTHER}")
    building.capture("news", [{"record_id": LATER, "status": "visible"}], at=DAY + 2 * HOUR)
    building.index()
    late = client.post(ADDRESS, data=fields(shown.text) | {"do": ["state"]})
    assert (late.status_code, "so nothing was stored" in plain(late.text)) == (400, True)
    assert "2 replies to 2 removed posts" in plain(late.text)
    changed = client.post(ADDRESS, data=fields(late.text) | {"do": ["change"]})
    assert (changed.status_code, changed.text.count(" checked"), "reviewed" in changed.text) == (200, 2, True)
    assert client.post(ADDRESS, data=fields(late.text) | {"do": ["state"]}).status_code == 303


def test_posts_whose_evidence_does_not_fit_are_left_for_the_next_statement(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recordroom.records.vanished_replies.LONGEST_EVIDENCE", 350)
    shown = preview(client, f"news {ROOT}", f"news {OTHER}")
    assert "The evidence for 1 post of your choice does not fit" in plain(shown.text)
    assert client.post(ADDRESS, data=fields(shown.text) | {"do": ["state"]}).status_code == 303
    assert "to 1 removed post" in plain(client.get(ADDRESS).text)


def test_confidential_and_withheld_replies_are_not_listed(client: TestClient, who: Who) -> None:
    assert SECRET not in client.get(ADDRESS).text
    who.rights = OFFICER
    assert SECRET in client.get(ADDRESS).text
    quarantine_record(client, REPLY)
    who.rights = OFFICER - {Right.RESTRICTED, Right.QUARANTINE}
    assert "2 replies to 2 removed posts" in plain(client.get(ADDRESS).text)
    assert SECRET not in client.get(ADDRESS).text


def test_the_page_needs_both_rights(client: TestClient, who: Who) -> None:
    assert f'<a href="{ADDRESS}">Vanished replies</a>' in client.get("/retention").text
    for right in (Right.READ, Right.CLASSIFY):
        who.rights = OFFICER - {right}
        assert client.get(ADDRESS).status_code == 403
        assert client.post(ADDRESS).status_code == 403
        assert ADDRESS not in client.get("/retention").text


def test_the_index_away_keeps_what_was_typed(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    given = fields(client.get(ADDRESS).text)

    def away(*_: object) -> None:
        raise ServiceUnavailable("the index cannot be reached")

    monkeypatch.setattr(vanished, "list_vanished", away)
    data = given | {"root": [f"news {ROOT}"], "reason": ["it was typed"], "do": ["preview"]}
    shown = client.post(ADDRESS, data=data)
    assert shown.status_code == 503
    assert "it was typed" in shown.text
    assert fields(shown.text)["root"] == [f"news {ROOT}"]


def test_without_such_replies_the_page_says_so(client: TestClient) -> None:
    shown = preview(client, f"news {ROOT}", f"news {OTHER}")
    client.post(ADDRESS, data=fields(shown.text) | {"do": ["state"]})
    page = client.get(ADDRESS).text
    assert "No such replies wait for a statement." in plain(page)
    assert "<form" not in page.partition("<main")[2]


@pytest.mark.thorough
def test_the_pages_work_with_the_keyboard_without_scripts_and_pass_axe(
    building: Building, who: Who, browser: Browser, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deps, "follow_ledger", building.index)
    with seated(building, lambda: Person(who.name, who.rights)) as room, served(room) as url:
        context = browser.new_context(viewport=WIDE)
        context.add_cookies([{"name": "_token", "value": "a session", "url": url}])
        sitting = Sitting.begin(context, url, folder)
        judge(sitting, ADDRESS, "vanished")
        judge(sitting, f"{ADDRESS}?every=1", "vanished-chosen")
        sitting.page.get_by_label("Reason").fill("The platform removed the conversations.")
        sitting.page.get_by_role("button", name="Show what changes").click()
        for name, size in (("wide", WIDE), ("narrow", NARROW)):
            sitting.page.set_viewport_size(size)
            assert sitting.findings() == []
            assert not sitting.is_wider_than_its_window()
            sitting.picture(f"vanished-preview-{name}")
        context.close()
        context = browser.new_context(viewport=WIDE, java_script_enabled=False)
        context.add_cookies([{"name": "_token", "value": "a session", "url": url}])
        sitting = Sitting.begin(context, url, folder)
        page = sitting.open("/retention/statements")
        page.get_by_role("link", name="Vanished replies").press("Enter")
        box = page.get_by_role("checkbox").nth(1)
        box.focus()
        box.press("Space")
        expect(box).to_be_checked()
        box.press("Tab")
        page.get_by_label("Reason").fill("The platform removed the conversation.")
        page.get_by_role("button", name="Show what changes").press("Enter")
        expect(page.get_by_role("heading", name="What the statement changes")).to_be_visible()
        page.get_by_role("button", name="State this").press("Enter")
        expect(page.get_by_role("heading", name="1 statement")).to_be_visible()
        assert sitting.quiet()
        context.close()
