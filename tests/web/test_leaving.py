"""A file that leaves the room is in the audit and in the archive before its first byte is sent.

If the archive is unavailable, no file is sent. The pages run in this process, over a real bucket and index.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from fastapi.testclient import TestClient

from recordroom.archive import store
from recordroom.archive.audit import trail
from recordroom.archive.ledger import Ledger, list_ledgers
from recordroom.archive.store import Store
from recordroom.audit import view
from recordroom.errors import ArchiveError
from recordroom.exports.formats import csv_pieces
from recordroom.rights import Right
from recordroom.web import deps
from recordroom.web.auth import Person
from tests.building import Building
from tests.web.conftest import POST
from tests.web.seated import Who, seated, served, visited

pytestmark = pytest.mark.thorough


@pytest.fixture
def client(building: Building) -> Iterator[TestClient]:
    with visited(building, Who()) as client:
        yield client


def evidence(client: TestClient) -> Any:
    return client.get("/evidence/file?" + urlencode({"id": POST, "account": "news", "sequence": 1}))


def proof_folder(client: TestClient) -> Any:
    return client.get("/proof/folder?" + urlencode({"id": POST}))


def terms(form: str) -> Callable[[TestClient], Any]:
    def counted(client: TestClient) -> Any:
        token = re.findall(r'name="token" value="([0-9a-f]{64})"', client.get("/terms").text)[0]
        return client.post(
            "/terms",
            data={"token": token, "terms": "snow", "form": form},
            files={"file": ("", b"")},
            follow_redirects=True,
        )

    return counted


def audit(client: TestClient) -> Any:
    return client.get("/audit.csv")


LEAVING: dict[str, tuple[Callable[[TestClient], Any], dict[str, Any]]] = {
    "evidence": (evidence, {"type": "evidence", "record_id": POST}),
    "proof folder": (proof_folder, {"type": "proof folder", "record_id": POST, "accounts": ["news"]}),
    "terms as CSV": (terms("csv"), {"type": "term report", "file": "csv"}),
    "terms as XLSX": (terms("xlsx"), {"type": "term report", "file": "xlsx"}),
    "audit": (audit, {"type": "audit-export"}),
}


def shipped(building: Building) -> list[dict[str, Any]]:
    entries = (
        entry
        for name in list_ledgers(building.archive, "audit/")
        for entry in Ledger(building.archive, name).entries()
    )
    return [event for entry in entries for event in entry.body["events"]]


@pytest.mark.parametrize("name", LEAVING)
def test_it_is_in_the_archive_before_it_leaves(client: TestClient, building: Building, name: str) -> None:
    take, told = LEAVING[name]
    before = len(shipped(building))
    answer = take(client)
    assert (answer.status_code, answer.headers["content-disposition"].startswith("attachment")) == (200, True)
    assert [
        event
        for event in shipped(building)[before:]
        if event.items() >= told.items() and event["actor"] == "officer"
    ]


@pytest.mark.parametrize("name", LEAVING)
def test_while_the_archive_is_away_nothing_leaves(client: TestClient, building: Building, name: str) -> None:
    take, _ = LEAVING[name]
    assert client.get("/search?q=snow").status_code == 200  # so that the quarantine is known
    deps.get_searcher().archive = store.archive(
        building.settings.model_copy(update={"s3_endpoint": "http://127.0.0.1:9"})
    )
    answer = take(client)
    assert (answer.status_code, "content-disposition" in answer.headers) == (503, False)


def test_an_audit_that_cannot_be_read_at_all_is_refused_in_words(building: Building) -> None:
    with served_room(building, frozenset({Right.ENTER, Right.AUDIT})) as url:
        deps.get_searcher().alias = "an-index-that-is-away"
        answer = httpx.get(f"{url}/audit.csv?record={POST}", trust_env=False, timeout=60)
    assert (answer.status_code, "content-disposition" in answer.headers) == (503, False)
    assert "Try again in a few minutes" in answer.text


@pytest.mark.parametrize("compressed", [True, False])
def test_half_an_audit_does_not_look_like_a_whole_one(
    building: Building, monkeypatch: pytest.MonkeyPatch, *, compressed: bool
) -> None:
    for module, name in ((view, "BATCH"), (csv_pieces, "PIECE")):
        monkeypatch.setattr(module, name, 10)
    read = trail.read_page

    def page(*given: Any) -> trail.TrailPage:
        if next(looks) == 3:
            deps.get_searcher().archive = store.archive(
                building.settings.model_copy(update={"s3_endpoint": "http://127.0.0.1:9"})
            )
        return read(deps.get_searcher().archive, *given[1:])

    monkeypatch.setattr(trail, "read_page", page)
    headers = {"Accept-Encoding": "gzip" if compressed else "identity"}
    with served_room(building) as url:
        for number in range(50):
            deps.get_searcher().note("search", "somebody", query=f"number {number}")
        looks = count(100)
        whole = httpx.get(f"{url}/audit.csv?person=somebody", headers=headers, trust_env=False, timeout=60)
        assert len(whole.text.splitlines()) > 50
        looks = count(1)
        with httpx.stream(
            "GET", f"{url}/audit.csv?person=somebody", headers=headers, trust_env=False, timeout=60
        ) as half:
            assert half.status_code == 200
            with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
                half.read()


def test_a_file_whose_bytes_end_early_does_not_look_like_a_whole_one(
    building: Building, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its length told or not: what Airflow packs on the way has none."""

    def ends(*_: Any) -> Iterator[bytes]:
        yield b"x" * 2_000
        raise ArchiveError("the store broke off")

    monkeypatch.setattr(Store, "_pieces", ends)
    with served_room(building) as url:
        for packed in ("gzip", "identity"):
            address = f"{url}/evidence/file?" + urlencode({"id": POST, "account": "news", "sequence": 1})
            with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
                httpx.get(address, headers={"Accept-Encoding": packed}, trust_env=False, timeout=60)


@contextmanager
def served_room(building: Building, rights: frozenset[Right] = frozenset(Right)) -> Iterator[str]:
    with seated(building, lambda: Person("officer", rights)) as app, served(app, within=True) as url:
        yield url


def test_a_report_that_is_only_looked_at_does_not_wait_for_the_archive(
    client: TestClient, building: Building
) -> None:
    assert client.get("/search?q=snow").status_code == 200
    deps.get_searcher().archive = store.archive(
        building.settings.model_copy(update={"s3_endpoint": "http://127.0.0.1:9"})
    )
    assert terms("")(client).status_code == 200


def test_a_damaged_journal_stops_no_download_and_is_told(client: TestClient, building: Building) -> None:
    path = building.settings.journal / "20260301T000000Z-1-ab.jsonl"
    path.write_bytes(b"\0\0\n")
    assert evidence(client).status_code == 200
    assert path.with_suffix(".damaged").read_bytes() == b"\0\0\n"
    assert "20260301T000000Z-1-ab.damaged" in client.get("/").text
    assert "set a damaged audit journal aside" in client.get("/audit").text
    path.with_suffix(".damaged").unlink()
    assert "damaged" not in client.get("/").text
