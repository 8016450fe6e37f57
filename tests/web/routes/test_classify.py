"""Deciding on series in the room: the form, what changes, the decision, its approval, and who learns what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from recordroom.retention import ledger
from recordroom.retention.checks import check_files
from recordroom.rights import ROLES
from recordroom.web import deps
from tests.building import DAY, Building, account
from tests.retention.test_classification import FILE, SCHEDULE, TODAY
from tests.services import S3, Buckets
from tests.web.seated import Who, visited

GONE, REPLY, SHOWN, SECRET, SHARED = (f"wordpress:x/posts/{n}" for n in range(1, 6))
HOUR = timedelta(hours=1)
HOSTILE = '<script>alert(1)</script>"\u202e'
OFFICER = frozenset(ROLES["RecordsOfficer"])


@pytest.fixture
def building(s3: S3, buckets: Buckets, elasticsearch: str, tmp_path: Path) -> Building:
    """A removed post with a reply, a published one, a record of two accounts, and a confidential account."""
    building = Building.at(s3, buckets, tmp_path, elasticsearch)
    building.enrol(
        account("news", "wordpress", series="TWO"),
        account("sports", "wordpress", series="SIX"),
        account("board", "wordpress", series="TWO", confidential=True),
    )
    text = f"snow {HOSTILE}"
    posts = [
        {"record_id": GONE, "text": text, "author_id": "ana", "author_name": "Ana", "published_at": DAY},
        {"record_id": REPLY, "text": "ice", "root_id": GONE, "parent_id": GONE, "kind": "comment",
         "author_id": "ben", "published_at": DAY},
        {"record_id": SHOWN, "text": "snow again", "published_at": DAY},
        {"record_id": SHARED, "text": "hail", "published_at": DAY},
    ]  # fmt: skip
    building.capture("news", posts, at=DAY + HOUR)
    building.capture(
        "news", [{"record_id": one, "status": "removed"} for one in (GONE, REPLY)], at=DAY + 2 * HOUR
    )
    building.capture("sports", [{"record_id": SHARED, "text": "hail"}], at=DAY + HOUR)
    building.capture("board", [{"record_id": SECRET, "text": "snow in secret"}], at=DAY + HOUR)
    (building.settings.retention_file.parent / "local.yaml").write_text(SCHEDULE, "utf-8")
    building.settings.retention_file.write_text(FILE, "utf-8")
    ledger.apply_policy(building.archive, check_files(building.settings.retention_file, TODAY))
    building.index()
    return building


@pytest.fixture
def who() -> Who:
    return Who("ana@example", OFFICER)


@pytest.fixture
def client(building: Building, who: Who, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(deps, "follow_ledger", building.index)
    with visited(building, who) as client:
        yield client


def plain(page: str) -> str:
    return " ".join(unescape(re.sub("<[^>]*>", " ", page)).split())


def fields(page: str) -> dict[str, str]:
    """The hidden fields of the form on a page."""
    form = page[page.index('action="/retention/classify"') :]
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))
    area = re.search(r'<textarea name="reason" hidden>\n(.*?)</textarea>', form, re.DOTALL)
    found |= {"reason": area[1]} if area else {}
    return {name: unescape(value) for name, value in found.items()}


def send(client: TestClient, page: str, **given: str) -> Any:
    return client.post("/retention/classify", data=fields(page) | given)


def preview(client: TestClient, address: str, series: str = "SIX", **given: str) -> Any:
    form = client.get(address)
    assert form.status_code == 200, plain(form.text)
    return send(client, form.text, dan=series, do="preview", **{"reason": "read it"} | given)


def decide(client: TestClient, address: str, series: str = "SIX", **given: str) -> str:
    """Decide, and return the ID of the decision."""
    shown = preview(client, address, series, **given)
    assert shown.status_code == 200, plain(shown.text)
    done = send(client, shown.text, do="decide")
    assert done.status_code == 303, plain(done.text)
    assert done.headers["location"].startswith("/retention/decisions#")
    return str(done.headers["location"].partition("#")[2])


def act(client: TestClient, name: str, what: str, reason: str = "agreed") -> Any:
    page = client.get("/holds").text
    token = re.search(r'name="token" value="(\w+)"', page)
    assert token
    return client.post(f"/retention/decisions/{name}/{what}", data={"token": token[1], "reason": reason})


def item(client: TestClient, name: str) -> str:
    """The words of one decision of the page."""
    page = client.get("/retention/decisions").text
    found = re.search(rf'<li id="{name}">(.*?)\n</li>', page, re.DOTALL)
    assert found, page
    return plain(found[1])


def test_a_search_is_decided_after_its_changes_were_shown(client: TestClient) -> None:
    search = client.get("/search?q=snow").text
    link = re.search(
        r'<a href="/(retention/classify\?[^"]*)">Decide on the series of these 3 records<', search
    )
    assert link
    form = client.get(f"/{unescape(link[1])}")
    assert "3 records of the search: snow" in plain(form.text)
    assert "SIX, SIX: Retain for 6 years after received or provided, then destroy" in plain(form.text)
    shown = send(client, form.text, dan="SIX", reason="read it", do="preview")
    words = plain(shown.text)
    assert "Records covered 3 Of these, changed 3 Get a date 0 Get an earlier date 0 On hold 0" in words
    assert "TWO (default), eligible on Mar 3, 2028 SIX, eligible on Mar 3, 2032" in words
    assert deps.get_searcher().retention.refresh().decisions == {}, "nothing is stored before it is decided"
    done = send(client, shown.text, do="decide")
    assert done.status_code == 303
    name = done.headers["location"].partition("#")[2]
    told = item(client, name)
    assert told.startswith("SIX, SIX In force . 3 records when it was decided: board, news.")
    assert "by ana@example: read it" in told
    assert "The results of a search: snow" in told
    assert "A person decided on this series." in plain(client.get(f"/record?id={GONE}").text)
