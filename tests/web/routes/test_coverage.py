"""The top of the Coverage page, and the files that a platform does not give. The pages run in this process."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any, NoReturn

import orjson
import pytest
from fastapi.testclient import TestClient

from recordroom.archive.gaps import Gaps
from recordroom.archive.quarantine.ledger import RECORD, QuarantineTarget
from recordroom.archive.state.account_summary import AccountSummary
from recordroom.coverage import overview
from recordroom.coverage.account_status import list_open_gaps
from recordroom.errors import ArchiveError
from recordroom.model import ZONE
from recordroom.records import quarantine
from recordroom.rights import Right
from recordroom.search import caveats
from recordroom.web import deps
from recordroom.web.auth import Person
from tests.building import DAY, Building, account
from tests.running import recordroom
from tests.services import S3, Buckets
from tests.viewers import officer
from tests.web.conftest import POST
from tests.web.seated import seated

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def building(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Building:
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("coverage"), elasticsearch)
    entries = [account("news", "wordpress"), account("board", "wordpress", confidential=True)]
    building.enrol(*entries)
    building.capture("news", [{"record_id": POST, "text": "Snow day"}], at=DAY)
    building.index()
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


def test_whether_the_archive_is_whole_is_answered_in_one_sentence(
    client: TestClient, building: Building, rights: set[Right]
) -> None:
    late = " Captures are overdue: board, news."  # for months
    counted = {"kinds": [], "answers": {"differ": 0, "fewer": 0, "named": []}, "lacking": 0}
    assert (
        answered(client)
        == "No account is known to have an unexplained gap. Not counted yet: board, news." + late
    )
    building.capture("news", at=DAY + HOUR, completeness=counted)
    building.capture("board", at=DAY + HOUR, completeness=counted)
    assert answered(client) == "No account is known to have an unexplained gap." + late
    gaps = Gaps(building.archive)
    gaps.open_("board", "platform-limit", "the last 500 alone are listed")
    assert answered(client) == "1 of 2 accounts is incomplete: board." + late
    rights.discard(Right.RESTRICTED)
    assert (
        answered(client)
        == "No account that you may see is known to have an unexplained gap. Captures are overdue: news."
    )
    gaps.close("board", "platform-limit", "the test is over")
    assert "No capture since Mar 2, 2026" in told(client, "/account?id=news")
    assert "although a capture is due every 15 minutes. To fix this: check in Airflow" in told(client, "/")


def test_the_answer_names_accounts_whose_open_gaps_the_register_explains(
    client: TestClient, building: Building
) -> None:
    sound = [account("news", "wordpress"), account("board", "wordpress", confidential=True)]
    today = datetime.now(ZONE).date()
    gaps = Gaps(building.archive)
    gaps.open_("news", "platform-limit", "the last 500 alone are listed")
    building.write(
        {**sound[0], "explained": {"platform-limit": {"until": today.isoformat(), "why": "so"}}}, sound[1]
    )
    try:
        words = answered(client)
        assert words.startswith(
            "No account is known to have an unexplained gap."
            " Still open, but explained in the register: 1 gap of news."
        ), words
        assert "it stays open until it is filled, or until a capture closes it" in told(client, "/coverage")
    finally:
        gaps.close("news", "platform-limit", "the test is over")
        building.write(*sound)
    assert "explained in the register" not in answered(client)


def test_what_to_do_about_a_limit_of_the_platform_is_said(client: TestClient, building: Building) -> None:
    gaps = Gaps(building.archive)
    gaps.open_("news", "platform-limit", "the last 500 alone are listed")
    page = told(client, "/account?id=news")
    assert "import the platform's own copy of the account's data" in page
    assert "say what to do" not in page
    gaps.close("news", "platform-limit", "the test is over")


def test_what_must_be_done_first_stands_first_in_plain_words(client: TestClient, building: Building) -> None:
    gaps = Gaps(building.archive)
    for reason, words in (
        ("platform-limit", "the last 500 alone are listed"),
        ("capture-failed: TokenExpired", "no one may read it"),
    ):
        gaps.open_("news", reason, words)
    page = client.get("/coverage").text
    accounts = re.findall(
        r'<th [^>]*><a href="/account\?id=(\w+)',
        page.partition("Accounts, most urgent")[2].partition("</table>")[0],
    )
    assert accounts == ["news", "board"], "by name board would be first"
    ended = 'access has expired <span class="hint">(<code>capture-failed: TokenExpired'
    limited = 'not give everything <span class="hint">(<code>platform-limit'
    assert page.index(ended) < page.index(limited), (
        "in words, and as the register and the command line have it"
    )
    own = told(client, "/account?id=news")
    assert (
        "known to be missing no count Missing: beyond a limit of the platform, or not offered by it: the last"
        " 500 alone are listed" in own
    )
    for reason in ("platform-limit", "capture-failed: TokenExpired"):
        gaps.close("news", reason, "the test is over")


def test_what_files_alone_tell_is_not_called_nothing(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, rights: set[Right]
) -> None:
    """A search finds it; the numbers of coverage are of captures."""
    one = AccountSummary(
        imports={"a": {"time": "2026-03-01T00:00:00.000000Z"}, "b": {"time": "2026-03-02T00:00:00.000000Z"}}
    )
    monkeypatch.setattr(overview.Overview, "_sums", lambda *_: one)
    words = "nothing by captures; plus records that only 2 imported files have (not counted here)"
    assert words in told(client, "/coverage")
    assert f"{words}. Show records from files" in told(client, "/account?id=news")
    assert (
        client.get(
            "/search", params={"q": "source:import* OR source:submission*", "account": "news"}
        ).status_code
        == 200
    )
    rights.discard(Right.READ)
    assert "Show records from files" not in told(client, "/account?id=news")


NONE: dict[str, Any] = {"sha256": None, "bytes": None}
NO_FILE = "TikTok gives no address of the file"


def test_files_that_the_platform_does_not_give_are_counted_by_reason(
    client: TestClient, building: Building, rights: set[Right]
) -> None:
    assert "No current record is known" in told(client, "/account?id=news")
    names = [f"wordpress:x/posts/{n}" for n in range(10, 13)]
    film, cover = (
        {"identity": name, "type": "video", "position": n, "missing_reason": NO_FILE, **NONE}
        for n, name in enumerate("fc", 1)
    )
    late = {
        "identity": "l",
        "type": "image",
        "position": 1,
        "missing_reason": "not fetched: the server answers 404",
        **NONE,
    }
    rows = [
        {"record_id": names[0], "media": [film, cover]},
        {"record_id": names[1], "media": [film]},
        {"record_id": names[2], "media": [late]},
    ]
    building.capture("news", rows, at=DAY + 2 * HOUR)
    building.capture(
        "news", [{"record_id": names[1], "text": "the same film, another text"}], at=DAY + 3 * HOUR
    )
    secret = {"record_id": "wordpress:x/posts/90", "media": [{**film, "missing_reason": "in confidence"}]}
    building.capture("board", [secret], at=DAY + 3 * HOUR)
    building.index()
    page = told(client, "/account?id=news")
    assert f"Files of 2 records : {NO_FILE}" in page
    assert "Files of 1 record : not fetched: the server answers 404" in page
    assert "Files of 1 record : in confidence" in told(client, "/account?id=board")
    assert "in confidence" not in page
    quarantine.put(
        deps.get_searcher(),
        QuarantineTarget(RECORD, names[1]),
        "a person's home address",
        officer(deps.get_searcher(), "officer"),
    )
    assert f"Files of 2 records : {NO_FILE}" in told(client, "/account?id=news")
    rights.discard(Right.QUARANTINE)
    assert f"Files of 1 record : {NO_FILE}" in told(client, "/account?id=news")


def test_a_file_that_could_not_be_fetched_is_lacking_until_it_came(
    client: TestClient, building: Building, rights: set[Right]
) -> None:
    why = 'not fetched: ConnectError: "gone"'
    picture = {"identity": "g", "type": "image", "position": 1, **NONE}
    counted = {"kinds": [], "answers": {"differ": 0, "fewer": 0, "named": []}, "lacking": 0}
    name = "wordpress:x/posts/70"
    building.capture(
        "news",
        [{"record_id": name, "media": [picture | {"missing_reason": why}]}],
        at=DAY + 4 * HOUR,
        completeness=counted,
    )
    building.index()
    words = (
        "files of 1 record could not be downloaded (the server could not be reached): the nightly sweep tries"
        " again"
    )
    assert "1 of 2 accounts is incomplete: news" in answered(client)
    assert f"news : {words}" in told(client, "/coverage")
    assert f"news : {words}" in told(client, "/")
    page = told(client, "/account?id=news")
    assert f"Missing : {words}" in page
    assert "Complete no" in page
    assert "No gap is open, but files are missing ." in page
    asked = re.findall(r'href="(/search\?[^"]*)">Files of', client.get("/account?id=news").text)
    found = [told(client, unescape(address)) for address in asked if "ConnectError" in address]
    assert len(found) == 1
    assert "1 record" in found[0]
    assert "no such" not in found[0]
    rights.discard(Right.READ)
    assert "search?" not in client.get("/account?id=news").text
    building.capture("news", [{"record_id": name, "media": []}], at=DAY + 5 * HOUR, completeness=counted)
    building.index()
    assert "No account is known to have an unexplained gap" in answered(client)
    assert "could not be downloaded" not in told(client, "/")


def test_a_slip_in_the_register_takes_nothing_away_from_what_is_told_of_an_account(
    client: TestClient, building: Building
) -> None:
    sound = [account("news", "wordpress"), account("board", "wordpress", confidential=True)]
    building.write({**sound[0], "class": "offical"}, sound[1])
    try:
        page = told(client, "/coverage").partition(" Gaps ")[2].partition("board")[0]
        assert re.search(r"news Mar \d, 2026, .* \d posts? ", page), page
        assert "Not captured: the register has no valid entry for this account. unknown unknown 0" in page, (
            "its token, its approval"
        )
        assert "Last capture Mar " in told(client, "/account?id=news")
    finally:
        building.write(*sound)


def test_what_is_missing_in_the_register_is_told_with_what_to_do(client: TestClient) -> None:
    page = told(client, "/account?id=news")
    assert "Missing from the register entry" in page
    assert (
        "(approved_by, approved_on, approval_evidence missing). Enter who approved the account, when, and"
        " where the approval is documented." in page
    )
    assert "news : not approved; the register needs the approver" in told(client, "/")


def test_which_of_two_numbers_counts_what_is_gone_is_said(client: TestClient) -> None:
    page = told(client, "/account?id=news")
    assert "including records that are hidden on the platform or no longer there" in page
    assert "records that are hidden or no longer on the platform" in page


def test_what_differs_is_told_in_words_that_are_true_where_they_stand(
    client: TestClient, building: Building
) -> None:
    gaps = Gaps(building.archive)
    gaps.open_("news", "counts-differ (whole account)", "the platform counts 2 more than the archive has")
    for address in ("/coverage", "/account?id=news"):
        page = told(client, address)
        assert (
            "The platform counts more than the archive has (counts-differ (whole account) )"
            in page.replace("( ", "(")
        )
        assert "on the account's page" in page
        assert "The account's page shows" not in page
        assert "explain it in the register" in page
    gaps.close("news", "counts-differ (whole account)", "the test is over")


def test_all_numbers_of_open_gaps_are_the_same(client: TestClient, building: Building) -> None:
    """An omission of two windows is one gap, and omissions of two captures are two gaps, wherever they are
    counted.
    """
    gaps, missed = Gaps(building.archive), "nobody looked"
    reasons = ("counts-differ", "counts-differ (whole account)", "not-captured: a", "not-captured: b")
    try:
        for reason in reasons:
            gaps.open_("news", reason, f"{missed} at {reason}")
        assert "2 accounts, 3 open gaps" in told(client, "/coverage")
        assert "3 open gaps" in told(client, "/")
        pages = {address: client.get(address).text for address in ("/coverage", "/account?id=news")}
        for address, page in pages.items():
            assert len(re.findall(r'data-label="Details">', page)) == 3, address
        [of_account] = re.findall(
            r'data-label="Gaps">(\d+)<', re.sub(r"<tr>(?!.*?news).*?</tr>", "", pages["/coverage"])
        )
        assert of_account == "3"
        calendar = re.findall(r'data-label="Open gaps">([^<]*)<', pages["/account?id=news"])
        assert calendar[0].startswith("3 gaps: ")
        done = recordroom("status", "--json", environment=building.environment())
        assert [
            len(list_open_gaps(one))
            for one in map(orjson.loads, done.stdout.splitlines())
            if one["account"] == "news"
        ] == [3]
        assert "3 known gaps" in told(client, "/search?q=")
    finally:
        for reason in reasons:
            gaps.close("news", reason, "the test is over")


def test_an_index_whose_turn_has_not_come_needs_nobody(
    client: TestClient, building: Building, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caveats, "REMEMBERED", 0.0)
    building.index()
    building.capture("news", at=datetime.now(UTC))
    assert "the search index does not have" not in told(client, "/")
    building.capture("board", at=datetime.now(UTC) - timedelta(minutes=30))
    page = told(client, "/")
    assert "board : the search index does not have its newest 1 ledger entry" in page
    assert "news : the search index does not have" not in page


def test_where_the_index_is_away_it_is_said_that_this_is_not_known(building: Building) -> None:
    away = replace(
        building, settings=building.settings.model_copy(update={"elasticsearch_url": "http://127.0.0.1:1"})
    )
    room = seated(away, lambda: Person("officer", frozenset(Right)))
    with room as app, TestClient(app, cookies={"_token": "a session"}, follow_redirects=False) as client:
        page = told(client, "/account?id=news")
    assert "The number of missing files is unknown now" in page
    assert "No current record is known" not in page
    assert "Status" in page, "the rest is shown without it"


def test_the_register_of_another_agency_is_an_alarm_and_hides_no_account(
    client: TestClient, building: Building, rights: set[Right]
) -> None:
    """The words may name the accounts of either register, so not everybody reads them."""
    before = building.settings.register_file.read_text("utf-8")
    building.settings.register_file.write_text(before.replace("id: district", "id: other"), "utf-8")
    deps._read_context.cache_clear()
    for address in ("/", "/coverage"):
        shown = told(client, address)
        assert "it is the register of agency 'other', but the archive is of 'district'" in shown
        assert "UTC stays in force" in shown
    assert "news" in told(client, "/coverage")
    rights.discard(Right.RESTRICTED)
    shown = told(client, "/coverage")
    assert ("'other'" in shown, "The register file has errors" in shown) == (False, True)
    building.settings.register_file.write_text(before, "utf-8")
    deps._read_context.cache_clear()


def test_a_failure_that_names_a_confidential_account_does_not_name_it_on_the_first_page(
    client: TestClient, rights: set[Right], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: object) -> NoReturn:
        raise ArchiveError("the ledger of board cannot be read")

    monkeypatch.setattr(caveats, "capture_chains", fails)
    monkeypatch.setattr(caveats, "REMEMBERED", 0.0)
    behind = "It is unknown whether the search index is up to date. "
    assert f"{behind}the ledger of board cannot be read" in told(client, "/")
    rights.remove(Right.RESTRICTED)
    page = told(client, "/")
    assert f"{behind}A part of the archive that you may not see has a problem" in page
    assert "board" not in page
