"""The room gives the folder that proves a record as a ZIP, piece by piece."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode
from zipfile import ZipFile

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser

from recordroom.records.proof_folder import FolderFile
from recordroom.rights import Right
from recordroom.web.zip_stream import stream_zip
from tests.building import Building
from tests.proof_folders import add_anchor
from tests.web.browsing import WIDE, Sitting, judge
from tests.web.conftest import POST, SECRET
from tests.web.seated import Who, visited

FOLDER = "/proof/folder?" + urlencode({"id": POST})
PAGE = "/proof?" + urlencode({"id": POST, "account": "news", "sequence": 1})


@pytest.fixture
def client(building: Building, who: Who) -> Iterator[TestClient]:
    with visited(building, who) as client:
        yield client


def test_the_page_of_a_proof_offers_the_folder_to_those_who_may_have_it(client: TestClient, who: Who) -> None:
    found = re.findall(r'href="(/proof/folder[^"]*)" download', client.get(PAGE).text)
    assert [one.partition("&")[2] for one in found] == ["", "amp;complete=1"]
    for lacking in (Right.EVIDENCE, Right.PROVE):
        who.rights = frozenset(Right) - {lacking}
        assert client.get(FOLDER).status_code == 403
    who.rights = frozenset(Right) - {Right.EVIDENCE}
    assert "/proof/folder" not in client.get(PAGE).text


def test_the_folder_comes_as_a_zip(client: TestClient) -> None:
    answer = client.get(FOLDER)
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="proof-wordpress-x-posts-1.zip"'
    archive = ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    names = {name.partition("/")[2] for name in archive.namelist()}
    assert {"READ-ME-FIRST.html", "proof.json", "format/check_proof.py", "format/rules/common.jq"} <= names
    assert not [name for name in names if name.startswith("evidence/")]
    proof = json.loads(archive.read("proof-wordpress-x-posts-1/proof.json"))
    assert (proof["made_by"], len(proof["versions"])) == ("officer", 2)
    assert {file for one in proof["versions"] for file in (*one["exchanges"], *one["media"])} <= names
    complete = ZipFile(io.BytesIO(client.get(f"{FOLDER}&complete=1").content)).namelist()
    assert [name for name in complete if "/evidence/" in name]
    assert client.get(f"{FOLDER}&complete=yes").status_code == 400


@pytest.mark.thorough
def test_axe_finds_nothing_on_the_page_of_instructions(
    client: TestClient, browser: Browser, folder: Path, tmp_path: Path
) -> None:
    """It is opened from a disk, without the room."""
    ZipFile(io.BytesIO(client.get(FOLDER).content)).extractall(tmp_path)
    context = browser.new_context(viewport=WIDE, bypass_csp=True)  # axe is a script
    try:
        sitting = Sitting.begin(context, (tmp_path / "proof-wordpress-x-posts-1").as_uri(), folder)
        judge(sitting, "/READ-ME-FIRST.html", "proof-folder")
    finally:
        context.close()


def test_the_audit_says_who_made_it(client: TestClient) -> None:
    assert client.get(FOLDER).status_code == 200
    assert "made a folder that proves a record" in client.get("/audit").text


def test_without_the_right_to_confidential_accounts_there_is_none_whose_anchors_name_them(
    client: TestClient, who: Who, building: Building
) -> None:
    who.rights = frozenset(Right) - {Right.RESTRICTED}
    assert client.get(f"/proof/folder?{urlencode({'id': SECRET})}").status_code == 404
    assert client.get(FOLDER).status_code == 200
    add_anchor(building.archive)
    refused = client.get(FOLDER)
    assert (refused.status_code, "board" in refused.text) == (403, False)


def test_bytes_leave_before_the_last_file_is_read(tmp_path: Path) -> None:
    read: list[str] = []

    def file(name: str) -> FolderFile:
        def pieces() -> Iterator[bytes]:
            for number in range(3):
                read.append(f"{name}{number}")
                yield name.encode() * 100_000

        return FolderFile(name, pieces)

    stream = stream_zip("folder", map(file, "ab"))
    first = next(stream)
    assert (len(read), len(first) < 200_000) == (1, True)
    path = tmp_path / "whole.zip"
    path.write_bytes(first + b"".join(stream))
    with ZipFile(path) as whole:
        assert whole.namelist() == ["folder/a", "folder/b"]
        assert whole.read("folder/b") == b"b" * 300_000


def test_a_file_of_more_than_4_gib_gets_the_longer_form() -> None:
    large = FolderFile("large", lambda: iter((b"x",)), size=5 * 1024**3)
    data = b"".join(stream_zip("folder", [large]))
    assert int.from_bytes(data[4:6], "little") == 45  # the version that has ZIP64
    assert ZipFile(io.BytesIO(data)).read("folder/large") == b"x"
