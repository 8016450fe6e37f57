"""A file of the archive is shown and saved whole, or in the parts that a player asks for: half of one never
looks like a whole one.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from urllib.parse import urlencode

import httpx
import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser

from recordroom.canonical import sha256
from recordroom.errors import ArchiveError
from recordroom.rights import Right
from recordroom.web.auth import Person
from recordroom.web.routes.media import PIECE
from tests.building import DAY, Building, account, media
from tests.services import S3, Buckets
from tests.web.seated import Who, seated, served, visited

POST = "wordpress:x/posts/1"
FILM = b"\x1aE\xdf\xa3" + Random(1).randbytes(2 * PIECE)  # noqa: S311 (no secret)


def address(position: int) -> str:
    return "/media?" + urlencode({"id": POST, "account": "news", "sequence": 1, "position": position})


@pytest.fixture(scope="module")
def building(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Building:
    """A post of the agency's with a film and an empty file."""
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("media"), elasticsearch)
    building.enrol(account("news", "wordpress"))
    files = [media(FILM, "film", type="video"), media(b"", "empty", type="document", position=2)]
    building.capture(
        "news", [{"record_id": POST, "text": "Snow", "author_is_account": True, "media": files}], at=DAY
    )
    building.index()
    return building


@pytest.fixture
def client(building: Building) -> Iterator[TestClient]:
    with visited(building, Who()) as client:
        yield client


def test_who_asks_for_no_part_is_sent_all_of_it(client: TestClient) -> None:
    for asked in (None, "bytes=0-1,5-6", "lines=1-2", "bytes=-", "bytes=\u00b2-", f"bytes=0-{'9' * 5_000}"):
        answer = client.get(address(1), headers={"Range": asked.encode("latin-1")} if asked else {})
        assert (answer.status_code, len(answer.content), answer.headers["content-length"]) == (
            200,
            len(FILM),
            str(len(FILM)),
        ), asked
        assert sha256(answer.content) == sha256(FILM)
    empty = client.get(address(2), headers={"Range": "bytes=0-"})
    assert (empty.status_code, empty.content, empty.headers["content-length"]) == (200, b"", "0")
    assert empty.headers["content-disposition"] == f'attachment; filename="{sha256(b"")[:16]}.bin"'


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("0-", 0, PIECE - 1), (f"{PIECE}-", PIECE, 2 * PIECE - 1), ("5-9", 5, 9),
        ("0-999999999", 0, PIECE - 1), ("-4", len(FILM) - 4, len(FILM) - 1),
    ],
)  # fmt: skip
def test_who_asks_for_a_part_is_told_which_one_it_is(
    client: TestClient, asked: str, first: int, last: int
) -> None:
    answer = client.get(address(1), headers={"Range": f"bytes={asked}"})
    assert (answer.status_code, answer.headers["content-range"]) == (206, f"bytes {first}-{last}/{len(FILM)}")
    assert answer.content == FILM[first : last + 1]


def test_a_part_that_is_not_there_is_none(client: TestClient) -> None:
    for asked in (f"{len(FILM)}-", "9-5", "-0"):
        assert client.get(address(1), headers={"Range": f"bytes={asked}"}).status_code == 416


def test_a_browser_saves_the_whole_file(building: Building, browser: Browser) -> None:
    with (
        seated(building, lambda: Person("officer", frozenset(Right))) as app,
        served(app, within=True) as url,
    ):
        page = browser.new_page()
        page.goto(f"{url}/record?id={POST}")
        with page.expect_download() as saving:
            page.get_by_text("Download the file").first.click()
        assert saving.value.path().read_bytes() == FILM
        assert saving.value.suggested_filename == f"{sha256(FILM)[:16]}.webm", "so that it can be opened"
        page.close()


def test_one_that_the_store_breaks_off_does_not_look_whole(
    building: Building, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends(*_: object) -> Iterator[bytes]:
        yield FILM[:PIECE]
        raise ArchiveError("the store broke off")

    with (
        seated(building, lambda: Person("officer", frozenset(Right))) as app,
        served(app, within=True) as url,
    ):
        monkeypatch.setattr("recordroom.archive.store.Store._pieces", ends)
        with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
            httpx.get(f"{url}{address(1)}", trust_env=False, timeout=60)
