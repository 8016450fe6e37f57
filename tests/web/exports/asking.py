"""A person's actions on the pages of exports, and what they leave behind."""

from __future__ import annotations

import io
import re
import zipfile
from html import unescape
from pathlib import Path
from typing import Any

import orjson
from fastapi.testclient import TestClient

from recordroom.archive.ledger import Ledger, list_ledgers
from recordroom.exports.worker import make_order
from tests.building import Building


def token(client: TestClient) -> str:
    found = re.search(r'name="token" value="([0-9a-f]{64})"', client.get("/export?q=snow").text)
    assert found
    return found[1]


def send(client: TestClient, **given: Any) -> Any:
    """An order; what is to be counted leads on to its counts."""
    counts = given.get("do", "order") != "order"
    return client.post(
        "/exports", data={"token": token(client), "do": "order", **given}, follow_redirects=counts
    )


def ordered(client: TestClient, **given: Any) -> str:
    """The address of an order's page."""
    answer = send(client, **given)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def made(building: Building, page: str) -> None:
    make_order(building.settings, page.rpartition("/")[2])


def shipped(building: Building) -> list[dict[str, Any]]:
    entries = (
        entry
        for name in list_ledgers(building.archive, "audit/")
        for entry in Ledger(building.archive, name).entries()
    )
    return [event for entry in entries for event in entry.body["events"]]


def events(building: Building, kind: str) -> list[dict[str, Any]]:
    """Those in the archive, and those of this machine."""
    own = [
        e
        for path in building.settings.journal.glob("*.jsonl")
        for e in map(orjson.loads, Path(path).read_bytes().splitlines())
    ]
    return sorted((e for e in [*shipped(building), *own] if e["type"] == kind), key=lambda e: str(e["time"]))


def words(page: str) -> str:
    return " ".join(unescape(re.sub("<[^>]*>", " ", page)).split())


def unzipped(client: TestClient, page: str) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(client.get(f"{page}/file").content)) as parcel:
        return {name: parcel.read(name) for name in parcel.namelist()}
