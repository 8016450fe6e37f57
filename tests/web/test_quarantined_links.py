"""The ID of a record under quarantine does not appear in replies and copies, on no page and in no export."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode

import orjson
import pytest
from fastapi.testclient import TestClient

from recordroom.archive.quarantine import ledger
from recordroom.archive.quarantine.ledger import RECORD, QuarantineTarget
from recordroom.exports.production import ExportRequest, make_export
from recordroom.rights import Right
from recordroom.search.filters import Filters
from tests.building import DAY, Building, account
from tests.running import recordroom
from tests.services import S3, Buckets
from tests.web.seated import Who, visited

POST, COMMENT, REPLY, COPY = (f"mastodon:s/statuses/{number}81726" for number in (1, 2, 3, 4))
HIDDEN = "181726"  # the post as its platform numbers it
ADDRESSES = [
    *(f"/{page}?{urlencode({'id': name})}" for page in ("record", "conversation") for name in (COMMENT, REPLY, COPY)),
    "/", "/search?q=snow", "/search?q=snow&versions=1", "/search?q=snow&sort=best",
    "/person?platform=mastodon&id=p7", "/export?q=snow",
]  # fmt: skip


@pytest.fixture(scope="module")
def building(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Building:
    """A post under quarantine, a comment on it, a reply to that comment, and a quote of the post."""
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("links"), elasticsearch)
    building.enrol(account("news", "mastodon"))
    below: dict[str, Any] = {
        "root_id": POST,
        "author_id": "p7",
        "author_name": "A parent",
        "published_at": DAY,
    }
    url = f"https://s.example/@district/{HIDDEN}#"
    comment = {
        "record_id": COMMENT,
        "kind": "comment",
        "text": "Snow at last",
        "parent_id": POST,
        "url": f"{url}2",
        **below,
    }
    reply = {
        "record_id": REPLY,
        "kind": "reply",
        "text": "More snow",
        "parent_id": COMMENT,
        "url": f"{url}3",
        **below,
    }
    copy = {
        "record_id": COPY,
        "text": "Snow, they say",
        "shared_id": POST,
        "url": "https://s.example/@district/4",
        "published_at": DAY,
    }
    building.capture(
        "news",
        [{"record_id": POST, "text": "Snow in Elm Street", "published_at": DAY}, comment, reply, copy],
        at=DAY,
    )
    building.index()
    ledger.put(building.archive, QuarantineTarget(RECORD, POST), "a home address")
    return building


@pytest.fixture
def client(building: Building, who: Who) -> Iterator[TestClient]:
    with visited(building, who) as client:
        yield client


def test_no_page_names_the_post_above_an_answer_or_behind_a_copy(client: TestClient, who: Who) -> None:
    seen = "".join(client.get(address).text for address in ADDRESSES)
    assert HIDDEN in unquote(unescape(seen)), "a person with the right sees it"
    who.rights = frozenset(Right) - {Right.QUARANTINE}
    for address in ADDRESSES:
        page = client.get(address)
        assert page.status_code == 200
        assert HIDDEN not in unquote(unescape(page.text)), address
    page = client.get(f"/record?{urlencode({'id': REPLY})}").text
    assert "Snow at last" in page, "what it answers itself is shown"
    assert "List all records" not in page
    assert (
        unescape(client.get(f"/record?{urlencode({'id': COPY})}").text).count("https://s.example/@district/4")
        == 1
    )


def printed(building: Building, *command: str) -> str:
    done = recordroom(*command, environment=building.environment())
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("show", COMMENT, "--json"),
        ("show", REPLY),
        ("show", REPLY, "--json"),
        ("show", COPY, "--json"),
        ("search", "snow", "--json"),
    ],
)
def test_no_command_names_it_either_unless_it_is_asked_for(
    building: Building, command: tuple[str, ...]
) -> None:
    assert HIDDEN not in printed(building, *command)
    if "--json" in command:
        assert POST in printed(building, *command, "--quarantined")


@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl", "pdf"])
def test_no_export_names_it(building: Building, tmp_path: Path, form: str) -> None:
    def exported(name: str, *, quarantined: bool) -> bytes:
        filters = Filters(quarantined=quarantined)
        noted = tmp_path / f"{name}-quarantine"
        request = ExportRequest(
            "snow",
            tmp_path / name,
            form,
            filters,
            context=True,
            quarantine_file=noted,
            hidden_accounts=(),
        )
        make_export(building.settings, request)
        data = b""
        for path in sorted(one for one in (tmp_path / name).rglob("*") if one.is_file()):
            if path.suffix == ".xlsx":
                with zipfile.ZipFile(path) as book:
                    data += b"".join(map(book.read, book.namelist()))
            else:
                data += path.read_bytes()
        return data

    assert HIDDEN.encode() not in exported("without", quarantined=False)
    if form != "pdf":  # whose text is compressed
        assert POST.encode() in exported("with", quarantined=True)
    if form == "jsonl":
        [path] = (tmp_path / "without").glob("*.jsonl")
        rows = {row["record_id"]: row for row in map(orjson.loads, path.read_bytes().splitlines())}
        assert rows.keys() == {COMMENT, REPLY, COPY}
        assert (rows[REPLY].get("parent_id"), rows[REPLY].get("root_id")) == (COMMENT, None)
        assert rows[COPY]["url"] == "https://s.example/@district/4"
