"""What coverage says at the top, and of the files that a platform does not give. The pages run in this process."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
import yaml
from fastapi.testclient import TestClient

from recordroom.airflow_setup import Right
from recordroom.archive.gaps import Gaps
from recordroom.coverage import overview
from recordroom.web.access import Person
from tests.building import AGENCY, DAY, Building, account
from tests.services import S3, Buckets
from tests.web.conftest import POST
from tests.web.seated import seated

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def building(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Building:
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("coverage"), elasticsearch)
    entries = [account("news", "wordpress"), account("board", "wordpress", confidential=True)]
    building.register(*entries)
    building.settings.register_file.write_text(yaml.safe_dump({"agency": AGENCY, "accounts": entries}))
    building.capture("news", [{"record_id": POST, "text": "Snow day"}], at=DAY)
    return building


@pytest.fixture
def rights() -> set[Right]:
    return set(Right)


@pytest.fixture
def client(building: Building, rights: set[Right], monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(overview, "REMEMBERED", 0.0)
    room = seated(building, lambda: Person("officer", frozenset(rights)))
    with room as app, TestClient(app, cookies={"_token": "a session"}, follow_redirects=False) as client:
        yield client


def told(client: TestClient, address: str) -> str:
    page = client.get(address)
    assert page.status_code == 200, page.text
    return " ".join(unescape(re.sub("<[^>]*>", "", page.text.replace("</", " </"))).split())


def answered(client: TestClient) -> str:
    [words] = re.findall(r'<p class="notice[^>]*id="answer">(.*?)</p>', client.get("/coverage").text)
    return unescape(re.sub("<[^>]*>", "", words))


def test_whether_the_archive_is_whole_is_answered_in_one_sentence(client: TestClient, building: Building, rights: set[Right]) -> None:
    counted = {"kinds": [], "answers": {"differ": 0, "fewer": 0, "named": []}, "lacking": 0}
    assert answered(client) == "Nothing is known to be lacking in any account; nobody has counted in 2: board, news."
    building.capture("news", at=DAY + HOUR, completeness=counted)
    building.capture("board", at=DAY + HOUR, completeness=counted)
    assert answered(client) == "Nothing is known to be lacking in any account."
    gaps = Gaps(building.archive)
    gaps.open_("board", "platform-limit", "the last 500 alone are listed")
    assert answered(client) == "Something is known to be lacking in 1 of 2 accounts: board."
    rights.discard(Right.RESTRICTED)
    assert answered(client) == "Nothing is known to be lacking in any account that you may see."
    gaps.close("board", "platform-limit", "the test is over")


def test_what_to_do_about_a_limit_of_the_platform_is_said(client: TestClient, building: Building) -> None:
    gaps = Gaps(building.archive)
    gaps.open_("news", "platform-limit", "the last 500 alone are listed")
    page = told(client, "/account?id=news")
    assert "import the platform's own copy of the account's data" in page
    assert "say what to do" not in page
    gaps.close("news", "platform-limit", "the test is over")
