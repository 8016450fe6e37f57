"""A problem page says what is wrong and where, in the words of the page, and leads on."""

from __future__ import annotations

import ast
import base64
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient

from infra.local.support.place import REPOSITORY
from recordroom.rights import ROLES, Right
from recordroom.web import templating
from recordroom.web.help_site import SITE
from tests.building import Building
from tests.services import S3, Buckets
from tests.web.conftest import POST, SECRET, tell
from tests.web.seated import Who, visited

pytestmark = pytest.mark.thorough

READ_BY_PAGES = ("web", "search", "exports")  # folders whose failures a page shows
OPERATORS = re.compile(r"`recordroom [^`]*`")  # what an operator of recordroom types; for_whom says so
OPTION = re.compile(r"(?<![\w-])--[a-z]")


@pytest.fixture(scope="module")
def building(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Building:
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("problems"), elasticsearch)
    tell(building)
    building.index()
    return building


@pytest.fixture
def client(building: Building, who: Who) -> Iterator[TestClient]:
    with visited(building, who, follow_redirects=True, raise_server_exceptions=False) as client:
        yield client


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def navigation(page: str) -> list[str]:
    found = re.search(r'<nav aria-label="Records room">(.*?)</nav>', page, re.DOTALL)
    return re.findall(r"<a [^>]*>([^<]*)</a>", found[1]) if found else []


MISSING = (
    "/nowhere", "/record?id=wordpress:x/posts/99", "/conversation?id=wordpress:x/posts/99",
    "/person?platform=wordpress&id=nobody", f"/proof?id={POST}&account=news&sequence=99",
    f"/native?id={POST}&account=news&sequence=99", "/account?id=nowhere",
    f"/evidence?id={POST}&account=news&sequence=99", f"/exports/20260101T000000Z-{'0' * 32}",
    f"/capture/{'0' * 32}",
)  # fmt: skip


@pytest.mark.parametrize("address", MISSING)
def test_what_is_not_there_is_404_and_leads_on_by_the_navigation(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert navigation(answer.text) == [
        "Search",
        "Term report",
        "Exports",
        "Coverage",
        "Retention",
        "Holds",
        "Capture now",
        "Quarantine",
        "Audit",
        "Help",
    ]
    assert "<footer" not in answer.text
    assert "recordroom search" not in answer.text


@pytest.mark.parametrize("page", ["search?q=snow&account=news", "exports", "coverage", "audit?what=show"])
def test_an_address_with_a_slash_at_its_end_leads_to_its_page(client: TestClient, page: str) -> None:
    path, _, query = page.partition("?")
    answer = client.get(f"/{path}/?{query}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"].rstrip("?")) == (308, f"/{page}")
    assert client.get(f"/{path}/?{query}").status_code == 200


@pytest.mark.parametrize("path", ["/nowhere/", "/%2Fevil.example/", "/%5Cevil.example/"])
def test_such_an_address_of_no_page_is_404_in_the_room(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.url.host) == (404, "testserver")


@pytest.mark.parametrize(
    "address", ["/record?id=", "/conversation?id=", "/proof?id=&account=news&sequence=1"]
)
def test_an_address_without_a_record_leaves_nothing_in_the_audit(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, "Missing or wrong: id." in answer.text) == (400, True)
    assert 'href="/record?"' not in client.get("/audit").text


WRONG_PLACES: tuple[Any, ...] = (
    ["x", "y", "z", "w"], [True, "y", "z", 1], [0, "y", "z", 1.5], [0, "y", "z", None], [[1]],
    [2**63, "y", "z", 1], ["x", "y", "z"], [0, 1, 2], [2**63, "y", "z"], {}, "x", 1, [],
)  # fmt: skip


@pytest.mark.parametrize(
    "page",
    ["/search?q=snow", "/search?q=snow&sort=oldest", "/search?q=snow&sort=best", f"/conversation?id={POST}"],
)
def test_a_place_that_no_page_of_ours_names_is_refused(client: TestClient, page: str) -> None:
    for place in WRONG_PLACES:
        answer = client.get(f"{page}&after={base64.urlsafe_b64encode(orjson.dumps(place)).decode()}")
        assert (answer.status_code, "is not a page of" in answer.text) == (400, True), place


def test_what_is_hidden_is_answered_like_what_never_was(client: TestClient, who: Who) -> None:
    who.rights = frozenset(Right) - {Right.RESTRICTED}
    hidden, nowhere = (client.get(f"/record?id={name}") for name in (SECRET, "mastodon:s/statuses/10"))
    assert hidden.status_code == nowhere.status_code == 404
    assert hidden.text.replace("/9", "/10") == nowhere.text


def test_a_problem_shows_the_navigation_that_ones_roles_allow(client: TestClient, who: Who) -> None:
    who.rights = frozenset(ROLES["Ops"])
    for address, status in (("/search?q=snow", 403), ("/nowhere", 404), ("/account", 400)):
        answer = client.get(address)
        assert (answer.status_code, navigation(answer.text)) == (status, ["Coverage", "Help"]), address


def test_a_mistake_of_the_program_keeps_the_navigation_too(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recordroom.web.routes.search.group_by_record", None)
    answer = client.get("/search?q=zebra")
    assert (answer.status_code, navigation(answer.text)[0]) == (500, "Search")


def test_what_is_the_same_on_each_page_is_kept_by_browsers_and_no_page_is(client: TestClient) -> None:
    wanted = {
        "/static/room.css": "max-age=3600",
        "/static/nowhere.css": "no-store",
        "/search?q=snow": "no-store",
    }
    assert {address: client.get(address).headers["cache-control"] for address in wanted} == wanted


def test_no_page_has_an_empty_footer(client: TestClient) -> None:
    for address in (
        "/",
        "/coverage",
        "/account?id=news",
        "/capture",
        "/quarantine",
        "/audit",
        "/search?q=snow",
        f"/record?id={POST}",
    ):
        for footer in re.findall(r"<footer>(.*?)</footer>", client.get(address).text, re.DOTALL):
            assert words(footer), address


REVERSED = "from=2026-03&to=2026-02"


@pytest.mark.parametrize(
    "address", [f"/search?q=snow&{REVERSED}", f"/audit?{REVERSED}", f"/export?q=snow&{REVERSED}"]
)
def test_days_the_wrong_way_round_are_refused(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert (
        answer.status_code,
        "From is after To . Exchange the two." in words(answer.text).replace("To.", "To ."),
    ) == (400, True)
    assert client.get(address.replace("from=2026-03", "from=2026-02")).status_code == 200


def test_what_is_wrong_with_a_day_is_said_at_the_day(client: TestClient) -> None:
    token = re.findall(r'name="token" value="(\w+)"', client.get("/terms").text)[0]
    day = {"token": token, "terms": "snow", "from": "2026-03", "to": "2026-02"}
    pages = [client.get(f"/{page}?{REVERSED}").text for page in ("search", "audit")] + [
        client.post("/terms", data=day).text
    ]
    for page in pages:
        assert re.search(
            r'<input id="from"[^>]* value="2026-03"[^>]* aria-describedby="zone wrong-day"'
            r' aria-invalid="true">',
            page,
        )
        assert page.index('id="to"') < page.index('<p id="wrong-day"') < page.rindex("</form>")
        assert "To (this day included)" in page
        assert '<datalist id="times"><option value="' in page, (
            "a choice of times in addition to what can be typed"
        )
    assert 'aria-invalid="true"' in client.get("/audit?to=soon").text.partition('id="to"')[2]
    for as_of, said in (("soon", "'soon' is not a date"), ("2999", "2999 is not over yet")):
        for do in ("count", "order"):
            form = client.post("/exports", data={"token": token, "do": do, "q": "snow", "as_of": as_of}).text
            assert f"Archive as of: {said}" in unescape(form)
            assert re.search(r'id="as_of"[^>]*aria-invalid="true"', form)


def test_no_failure_that_a_page_shows_names_an_option_of_the_command_line() -> None:
    code = REPOSITORY / "plugins/recordroom"
    files = [
        path
        for folder in READ_BY_PAGES
        for path in (code / folder).rglob("*")
        if path.suffix in (".py", ".html") and not path.is_relative_to(SITE)  # built from the documents
    ]
    # workspace.py is about the folder that the command line names; the room's worker names its own
    files = [path for path in files if path.name != "workspace.py"]
    named = [
        (path.name, text) for path in files for text in _texts(path) if OPTION.search(OPERATORS.sub("", text))
    ]
    assert not named


def _texts(path: Path) -> Iterator[str]:
    """Return the texts that code can show: all strings except docstrings."""
    if path.suffix == ".html":
        yield path.read_text("utf-8")
        return
    tree = ast.parse(path.read_text("utf-8"))
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    yield from (
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said
    )


def test_what_only_an_operator_can_do_is_said_to_be_theirs() -> None:
    for mend in (
        "Run `recordroom rebuild index`.",
        "Start it (`make up`), or correct RECORDROOM_ELASTICSEARCH_URL.",
    ):
        assert templating.address_remedy(mend) == f"Tell the administrator: {mend}"
    assert (
        templating.address_remedy("Copy the record ID from a search result.")
        == "Copy the record ID from a search result."
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("the list has no terms", "The list has no terms"),
        ("https://x.y is not the address of a post", "https://x.y is not the address of a post"),
        ("'x' is no address", "'x' is no address"),
        ("ledger/gap/000000000001.json: does not follow", "ledger/gap/000000000001.json: does not follow"),
        ("From: there is no '2026-13'", "From: there is no '2026-13'"),
        ("", ""),
    ],
)
def test_a_sentence_begins_with_a_capital_letter_and_an_address_with_its_own(words: str, said: str) -> None:
    assert templating.capitalize_sentence(words) == said


def test_messages_begin_as_sentences_do(client: TestClient) -> None:
    token = unescape(client.get("/terms").text.partition('name="token" value="')[2].partition('"')[0])
    assert (
        "<p>The list has no terms.</p>"
        in client.post("/terms", data={"token": token, "terms": " "}, files={"file": ("", b"")}).text
    )
    page = client.get("/search?q=status:zebra").text
    assert (
        "There is no status &#34;zebra&#34;; available: visible, hidden, held, spam, trashed, removed,"
        " unavailable" in page
    )
    assert "Did you mean" not in page


def test_what_is_no_form_is_refused_in_words(client: TestClient) -> None:
    answer = client.post(
        "/terms", content=b"nothing of the kind", headers={"Content-Type": "multipart/form-data; boundary=a"}
    )
    assert (answer.status_code, "This form cannot be read" in answer.text) == (400, True)
