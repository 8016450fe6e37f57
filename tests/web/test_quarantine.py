"""What is under quarantine is nowhere for those without the right, and marked for those who have it: every
record of a conversation in turn, on every surface. Nothing is lost by it: what is lifted is as it was.

The pages run in this process over a real index; who asks is set by the test.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from fastapi.testclient import TestClient

from infra.sandbox.pictures import png
from recordroom.archive import store
from recordroom.archive.gaps import Gaps
from recordroom.archive.quarantine import ledger, watch
from recordroom.archive.quarantine.ledger import FILE, RECORD, QuarantineTarget
from recordroom.archive.quarantine.watch import QuarantineWatch
from recordroom.errors import UsageError
from recordroom.exports.formats.registry import FORMATS
from recordroom.exports.production import ExportRequest, make_export
from recordroom.records import quarantine
from recordroom.records.record import show_record
from recordroom.register.models import COUNTS_DIFFER
from recordroom.rights import ROLES, Right
from recordroom.search.filters import Filters
from recordroom.search.index.indexer import Index
from recordroom.web import deps, forms
from recordroom.web.auth import Person
from tests.building import DAY, Building, account, media
from tests.disk import full
from tests.services import S3, Buckets
from tests.viewers import officer
from tests.web.seated import seated

pytestmark = pytest.mark.thorough

POST = "wordpress:x/posts/1"
COMMENT = "wordpress:x/comments/2"
REPLY = "wordpress:x/comments/3"
OTHER = "wordpress:x/posts/4"
ALL = (POST, COMMENT, REPLY, OTHER)
PICTURES = {name: png(name, 40 + 8 * number, 40) for number, name in enumerate(ALL)}
ORIGIN = {"Origin": "http://testserver"}
UNKNOWN = (
    "the record", "its proof", "its conversation", "all of its author", "as it was sent", "its evidence",
    "the file of its evidence", "the folder of its proof",
)  # fmt: skip
OFFICER = ROLES["RecordsOfficer"]
OTHERS = {
    **{name: rights for name, rights in ROLES.items() if name != "RecordsOfficer"},
    "all but one": tuple(right for right in Right if right is not Right.QUARANTINE),
}


def words_of(name: str) -> dict[str, str]:
    """Give each record in each place words that no other record has."""
    number = ALL.index(name)
    return {
        field: f"{field}mark{'abcd'[number]}"
        for field in ("text", "title", "author_name", "author_handle", "author_id")
    }


def written(name: str, **more: Any) -> dict[str, Any]:
    picture = media(PICTURES[name], f"p{ALL.index(name)}", alt_text=f"altmark{'abcd'[ALL.index(name)]}")
    place = {
        "root_id": POST if name != OTHER else OTHER,
        "published_at": DAY + timedelta(minutes=ALL.index(name)),
    }
    told = words_of(name)
    return {"record_id": name, "media": [picture], **told, "text": f"snow {told['text']}", **place, **more}


@pytest.fixture(scope="module")
def building(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Building:
    """A post, a comment that two accounts saw and that was edited, a reply below it, and a post of its own."""
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("quarantine"), elasticsearch)
    entries = [account("news", "wordpress"), account("board", "wordpress")]
    building.enrol(*entries)
    comment = written(COMMENT, kind="comment", parent_id=POST)
    reply = written(REPLY, kind="reply", parent_id=COMMENT)
    building.capture("news", [written(POST), comment, reply, written(OTHER)], at=DAY + timedelta(hours=1))
    building.capture("board", [written(POST), comment], at=DAY + timedelta(hours=2))
    edited = [{"record_id": name, "text": f"snow again {words_of(name)['text']}"} for name in ALL]
    building.capture("news", edited, at=DAY + timedelta(hours=3))
    Gaps(building.archive).open_("news", COUNTS_DIFFER, f"answers to {len(ALL)} records ({', '.join(ALL)})")
    building.index()
    return building


@pytest.fixture
def person() -> dict[str, Any]:
    return {"rights": OFFICER, "name": "somebody@example"}


@pytest.fixture
def client(building: Building, person: dict[str, Any]) -> Iterator[TestClient]:
    room = seated(building, lambda: Person(person["name"], frozenset(person["rights"])))
    with (
        room as app,
        TestClient(app, cookies={"_token": "a session"}, headers=ORIGIN, follow_redirects=False) as client,
    ):
        yield client
    stands = ledger.read(building.archive)
    for kind in (RECORD, FILE):
        for name in stands.of(kind):
            ledger.lift(building.archive, QuarantineTarget(kind, name), "the test is over")


def surfaces(name: str) -> dict[str, tuple[Right, str]]:
    """Return every address that could show a record, with the right that it needs."""
    mark, own = words_of(name)["text"], {"id": name, "account": "news", "sequence": 1}
    found = {
        "home": (Right.ENTER, "/"),
        "everything": (Right.READ, "/search?q="),
        "all versions": (Right.READ, "/search?q=&versions=1&quarantined=1"),
        "its words": (Right.READ, f"/search?q={mark}&quarantined=1"),
        "its id": (Right.READ, "/search?" + urlencode({"q": f'record_id:"{name}"'})),
        "its author": (Right.READ, f"/search?q=author:{words_of(name)['author_id']}&versions=1"),
        "its picture": (Right.READ, f"/search?q=altmark{mark[-1]}"),
        "the record": (Right.READ, "/record?" + urlencode({"id": name})),
        "its file": (Right.READ, "/media?" + urlencode({**own, "position": 1})),
        "its proof": (Right.PROVE, "/proof?" + urlencode(own)),
        "its conversation": (Right.READ, "/conversation?" + urlencode({"id": name})),
        "all of its author": (
            Right.READ,
            "/person?" + urlencode({"platform": "wordpress", "id": words_of(name)["author_id"]}),
        ),
        "as it was sent": (Right.READ, "/native?" + urlencode(own)),
        "its evidence": (Right.EVIDENCE, "/evidence?" + urlencode(own)),
        "the file of its evidence": (Right.EVIDENCE, "/evidence/file?" + urlencode(own)),
        "the folder of its proof": (Right.EVIDENCE, "/proof/folder?" + urlencode({"id": name})),
        "coverage": (Right.COVERAGE, "/coverage"),
        "the account": (Right.COVERAGE, "/account?id=news"),
        "audit": (Right.AUDIT, "/audit?what=show"),  # a search's own words belong to the person who searched
        "audit of home": (Right.AUDIT, "/audit?what=latest"),
        "audit as CSV": (Right.AUDIT, "/audit.csv?what=show"),
        "terms": (Right.TERMS, "/terms"),
    }
    for other in (other for other in ALL if other != name):
        version = urlencode({"id": other, "account": "news", "sequence": 1})
        found[f"beside {other}"] = (Right.READ, "/record?" + urlencode({"id": other}))
        found[f"conversation of {other}"] = (Right.READ, "/conversation?" + urlencode({"id": other}))
        found[f"{other} as it was sent"] = (Right.READ, f"/native?{version}")
        found[f"evidence of {other}"] = (Right.EVIDENCE, f"/evidence?{version}")
        found[f"folder of the proof of {other}"] = (
            Right.EVIDENCE,
            "/proof/folder?" + urlencode({"id": other}),
        )
        found[f"file of the evidence of {other}"] = (Right.EVIDENCE, f"/evidence/file?{version}")
    return found


def traces(name: str, page: httpx.Response) -> list[str]:
    """Return the words of a record on a page, except those of the query, which the page repeats."""
    asked, text = " ".join(value for _, value in page.request.url.params.multi_items()), unescape(page.text)
    marks = (*words_of(name).values(), f"altmark{'abcd'[ALL.index(name)]}")
    return [mark for mark in marks if mark not in asked and mark in text]


def token(client: TestClient) -> str:
    found = re.search(r'name="token" value="([0-9a-f]{64})"', client.get("/terms").text)
    assert found
    return found[1]


def put(name: str) -> None:
    quarantine.put(
        deps.get_searcher(),
        QuarantineTarget(RECORD, name),
        "a person's home address",
        officer(deps.get_searcher(), "officer@example"),
    )


@pytest.mark.parametrize("name", ALL)
def test_a_record_is_nowhere_for_those_without_the_right(
    client: TestClient, person: dict[str, Any], name: str
) -> None:
    client.get("/record?" + urlencode({"id": name}))  # so that the audit records it
    put(name)
    for role, rights in OTHERS.items():
        person["rights"] = rights
        for surface, (right, address) in surfaces(name).items():
            person["name"] = (
                # one's own acts one reads
                f"{'looks at others' if surface.startswith('audit') else 'somebody'}@example"
            )
            page = client.get(address)
            told = (role, surface, page.status_code)
            assert not traces(name, page), told
            # which name the kinds of events, and how many a file holds
            counts = surface.startswith(("audit", "evidence of"))
            assert "under quarantine" not in page.text or counts, told
            refused = right not in rights or surface.startswith(("file of the evidence", "folder of the"))
            assert page.status_code == (
                403 if refused else 404 if surface in (*UNKNOWN, "its file") else 200
            ), told
            if surface not in ("its id", *UNKNOWN):  # which repeat what was asked for
                assert name not in unescape(page.text), told
        if Right.READ in rights:
            assert counted(client, "/search?q=snow") == 6 - (2 if name in (POST, COMMENT) else 1)
            assert counted(client, f"/search?q={words_of(name)['text']}&quarantined=1") == 0
            assert_unknown(client, name)
        if Right.TERMS in rights:
            report = client.post(
                "/terms",
                data={"token": token(client), "terms": f"snow\n{words_of(name)['text']}", "quarantined": "1"},
                files={"file": ("", b"")},
                follow_redirects=True,
            )
            assert re.findall(r'<td class="number"[^>]*>(\d+)</td>', report.text)[3] == "0"
            assert "under quarantine" not in report.text


def counted(client: TestClient, address: str) -> int:
    """Return the count in the heading; the facets agree."""
    page = client.get(f"{address}&facets=1").text
    [total] = re.findall(r'<h2 id="found">(\d+) record', page)
    accounts = re.findall(
        r'account=(?:news|board)[^"]*"><span title="[^"]*">(?:news|board)</span> <span class="count">(\d+)',
        page,
    )
    assert sum(map(int, accounts)) == int(total)
    return int(total)


def test_what_the_platform_sent_does_not_count_it(client: TestClient, person: dict[str, Any]) -> None:
    address = "/native?" + urlencode({"id": OTHER, "account": "news", "sequence": 1})
    assert "The same response contains 3 other records" in client.get(address).text
    put(REPLY)
    assert "The same response contains 3 other records" in client.get(address).text
    person["rights"] = OTHERS["Legal"]
    assert "The same response contains 2 other records" in client.get(address).text


def test_of_several_acts_that_are_asked_for_at_once_all_that_are_not_done_are_done_or_none(
    client: TestClient, building: Building
) -> None:
    file = sha256_of(POST)
    sent: dict[str, Any] = {
        "token": token(client),
        "act": "put",
        "record": POST,
        "itself": "1",
        "file": file,
        "reason": "a phone number",
    }

    def stands() -> tuple[bool, bool]:
        found = ledger.read(building.archive)
        return POST in found.records, file in found.files

    put(POST)
    refused = client.post("/quarantine", data={**sent, "act": "lift"})
    assert (refused.status_code, "is not under quarantine" in refused.text, stands()) == (
        400,
        True,
        (True, False),
    )
    assert (client.post("/quarantine", data=sent).status_code, stands()) == (303, (True, True))
    refused = client.post("/quarantine", data=sent)
    assert (refused.status_code, "under quarantine already" in refused.text, stands()) == (
        400,
        True,
        (True, True),
    )
    assert (client.post("/quarantine", data={**sent, "act": "lift"}).status_code, stands()) == (
        303,
        (False, False),
    )
    assert (client.post("/quarantine", data={**sent, "reason": " "}).status_code, stands()) == (
        400,
        (False, False),
    )
    assert (client.post("/quarantine", data=sent).status_code, stands()) == (303, (True, True))


def assert_unknown(client: TestClient, name: str) -> None:
    """The same answer as for an id that is none."""
    for path in ("/record?", "/proof?", "/media?"):
        own = {"account": "news", "sequence": 1, "position": 1}
        barred, unknown = (
            client.get(path + urlencode({"id": one, **own})) for one in (name, "wordpress:x/posts/99")
        )
        assert (barred.status_code, barred.text.replace(name, "")) == (
            unknown.status_code,
            unknown.text.replace("wordpress:x/posts/99", ""),
        )


@pytest.mark.parametrize("name", ALL)
def test_who_has_the_right_sees_it_marked_and_lifts_it(client: TestClient, name: str) -> None:
    before = {
        surface: client.get(address)
        for surface, (_, address) in surfaces(name).items()
        if "audit" not in surface
    }
    put(name)
    page = client.get("/record?" + urlencode({"id": name})).text
    assert "Under quarantine since" in page
    assert "by officer@example: <bdi>a person&#39;s home address" in page
    assert words_of(name)["text"] in page
    assert client.get("/search?q=snow").text.count("under quarantine match") == 1
    assert counted(client, "/search?q=snow&quarantined=1") == 6
    assert '<span class="status">under quarantine</span>' in client.get("/search?q=snow&quarantined=1").text
    for other in (other for other in ALL if other != name and OTHER not in (name, other)):
        beside = client.get("/record?" + urlencode({"id": other})).text
        assert "A record under quarantine" in beside
        assert words_of(name)["text"] not in beside
    assert name in unescape(client.get("/quarantine").text)
    sent = {
        "token": token(client),
        "act": "lift",
        "record": name,
        "itself": "1",
        "reason": "it was another's",
    }
    done = client.post("/quarantine", data=sent)
    assert (done.status_code, done.headers["location"]) == (303, f"/record?{urlencode({'id': name})}")
    for surface, page_before in before.items():
        after = client.get(surfaces(name)[surface][1])
        # which tell the time, or that it was there
        if surface not in ("home", "coverage", "the account", "its proof", "the record") and (
            "folder" not in surface
        ):
            assert (after.status_code, after.content) == (
                page_before.status_code,
                page_before.content,
            ), surface


def test_a_file_is_shown_to_nobody_else_and_its_words_stay(
    client: TestClient, person: dict[str, Any]
) -> None:
    address = "/media?" + urlencode({"id": POST, "account": "news", "sequence": 1, "position": 1})
    seen = client.get(address)
    assert (seen.status_code, seen.content) == (200, PICTURES[POST])
    assert client.get(address, headers={"If-None-Match": seen.headers["etag"]}).status_code == 304
    [sha256] = re.findall(
        r'name="file" value="([0-9a-f]{64})"', client.get("/record?" + urlencode({"id": POST})).text
    )
    sent = {"token": token(client), "act": "put", "record": POST, "file": sha256, "reason": "unlawful"}
    assert client.post("/quarantine", data=sent).status_code == 303
    for rights in OTHERS.values():
        person["rights"] = rights
        if Right.READ not in rights:
            continue
        for headers in ({}, {"If-None-Match": seen.headers["etag"]}, {"Range": "bytes=0-9"}):
            refused = client.get(address, headers=headers)
            assert (refused.status_code, PICTURES[POST][:8] in refused.content) == (404, False)
        page = client.get("/record?" + urlencode({"id": POST})).text
        assert "This image is not shown" in page
        assert words_of(POST)["text"] in page
        assert urlencode({"id": POST, "account": "news", "sequence": 2, "position": 1}) not in page
        assert "unlawful" not in page
    person["rights"] = OFFICER
    assert client.get(address).status_code == 200
    assert "which is under quarantine since" in client.get("/record?" + urlencode({"id": POST})).text
    assert (
        client.post("/quarantine", data={**sent, "act": "lift", "record": ""}).headers["location"]
        == "/quarantine"
    )
    assert client.get(address).status_code == 200


def test_a_look_at_a_file_under_quarantine_that_the_browser_kept_is_in_the_audit(client: TestClient) -> None:
    address = "/media?" + urlencode({"id": POST, "account": "news", "sequence": 1, "position": 1})
    client.get("/record?" + urlencode({"id": POST}))
    tag = client.get(address).headers["etag"]
    quarantine.put(
        deps.get_searcher(),
        QuarantineTarget(FILE, sha256_of(POST)),
        "unlawful",
        officer(deps.get_searcher(), "officer@example"),
    )

    def opened() -> int:
        return str(client.get("/audit?what=media").text).count(sha256_of(POST)[:12])

    before = opened()
    for _ in range(2):
        assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
        assert opened() == before + 1, "once an hour, as each look at a file"


@pytest.mark.parametrize("may", [True, False])
def test_all_of_a_page_is_of_one_look_at_the_quarantine(
    client: TestClient, person: dict[str, Any], monkeypatch: pytest.MonkeyPatch, may: bool
) -> None:
    """A record put there between two reads would appear in one part of the page and be left out of another."""
    put(REPLY)
    person["rights"] = OFFICER if may else OTHERS["all but one"]
    looks: list[ledger.Quarantine] = []
    now = QuarantineWatch.now

    def noted(self: QuarantineWatch) -> ledger.Quarantine:
        looks.append(now(self))
        return looks[-1]

    monkeypatch.setattr(watch, "REMEMBERED", -1.0)  # each look reads the ledger
    monkeypatch.setattr(QuarantineWatch, "now", noted)
    read = 0
    for surface, (_, address) in surfaces(POST).items():
        looks.clear()
        client.get(address)
        read += len(looks)
        if surface != "audit as CSV":  # which is read while it is sent
            assert len(looks) <= 1, surface
    assert read > 5


def test_files_of_others_are_covered_until_somebody_wants_to_see_them(client: TestClient) -> None:
    page = client.get("/record?" + urlencode({"id": COMMENT})).text
    [cover] = re.findall(r'<details class="covered">.*?</details>', page, re.DOTALL)
    assert "<summary>Show this image, which the agency did not publish</summary>" in cover
    assert page.count("<img") == cover.count("<img") == 1


def test_what_cannot_be_is_refused_in_words(client: TestClient, person: dict[str, Any]) -> None:
    sent = {"token": token(client), "act": "put", "record": POST, "itself": "1", "reason": "why"}
    for change, words in (
        ({"reason": " "}, "a reason is required"),
        ({"record": "wordpress:x/posts/99"}, "there is no record"),
        ({"file": "0" * 64}, "the record has no such file"),
        ({"act": "lift"}, "is not under quarantine"),
        ({"token": ""}, "from an earlier session"),
    ):
        refused = client.post("/quarantine", data={**sent, **change})
        assert (refused.status_code, words in unescape(refused.text)) == (
            404 if "record" in change else 400,
            True,
        ), change
    assert client.post("/quarantine", data=sent).status_code == 303
    again = client.post("/quarantine", data=sent)
    assert (again.status_code, "under quarantine already" in again.text) == (400, True)
    nothing = {name: value for name, value in sent.items() if name != "itself"}
    assert "nothing was chosen" in client.post("/quarantine", data=nothing).text
    person["rights"] = OTHERS["all but one"]
    assert client.post("/quarantine", data=sent).status_code == 403
    assert client.get("/quarantine").status_code == 403


def test_of_a_confidential_account_it_is_listed_and_lifted_by_those_who_may_see_that(
    client: TestClient, building: Building, person: dict[str, Any]
) -> None:
    files = {name: sha256_of(name) for name in (COMMENT, REPLY)}
    for name, sha256 in files.items():
        put(name)
        quarantine.put(
            deps.get_searcher(), QuarantineTarget(FILE, sha256), "unlawful", officer(deps.get_searcher())
        )
    before = building.settings.register_file.read_bytes()
    entries = [account("news", "wordpress", confidential=True), account("board", "wordpress")]
    building.write(*entries)
    try:
        assert all(told in unescape(client.get("/quarantine").text) for told in (*files, *files.values()))
        person["rights"] = tuple(right for right in Right if right is not Right.RESTRICTED)
        page = unescape(client.get("/quarantine").text)
        assert [told in page for told in (COMMENT, files[COMMENT])] == [
            True,
            True,
        ], "another account has it too"
        assert [told in page for told in (REPLY, files[REPLY], files[REPLY][:12])] == [False] * 3
        assert ('<h2 id="records">1 record<' in page, '<h2 id="files">1 file<' in page) == (True, True)
        sent = {"token": token(client), "act": "lift", "reason": "why not"}
        for hidden in ({"record": REPLY, "itself": "1"}, {"file": files[REPLY]}):
            refused = client.post("/quarantine", data={**sent, **hidden})
            assert (refused.status_code, "is not under quarantine" in unescape(refused.text)) == (400, True)
        assert (
            client.post(
                "/quarantine", data={**sent, "act": "put", "record": REPLY, "itself": "1"}
            ).status_code
            == 404
        )
        for seen in ({"record": COMMENT, "itself": "1"}, {"file": files[COMMENT]}):
            assert client.post("/quarantine", data={**sent, **seen}).status_code == 303
        found = ledger.read(building.archive)
        assert (list(found.records), list(found.files)) == ([REPLY], [files[REPLY]])
    finally:
        building.settings.register_file.write_bytes(before)


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize("name", ALL)
def test_no_export_has_it(building: Building, tmp_path: Path, name: str) -> None:
    put(name)
    quarantine.put(
        deps.get_searcher(),
        QuarantineTarget(FILE, sha256_of(OTHER if name != OTHER else REPLY)),
        "unlawful",
        officer(deps.get_searcher()),
    )
    held = 2 if name in (POST, COMMENT) else 1
    for form in FORMATS:
        request = ExportRequest("snow", tmp_path / form, form, hidden_accounts=())
        told = make_export(building.settings, request)
        assert told["counts"]["rows"] == 6 - held, form
        left = {one["what"]: one["count"] for one in told["left_out"] if "under quarantine" in one["why"]}
        assert left == {"records that match": held, "media files": 1}, form
        files = b"".join(map(bytes_of, (path for path in (tmp_path / form).rglob("*") if path.is_file())))
        assert words_of(POST if name != POST else COMMENT)["title"].encode() in files, form
        assert not [mark for mark in words_of(name).values() if mark.encode() in files], form
        for barred in (name, OTHER if name != OTHER else REPLY):
            assert PICTURES[barred] not in files, form
        assert form != "jsonl" or PICTURES[POST if name != POST else COMMENT] in files
        everything, out = Filters(quarantined=True), tmp_path / f"all {form}"
        request = ExportRequest("snow", out, form, everything, hidden_accounts=())
        with_it = make_export(building.settings, request)
        assert with_it["counts"]["rows"] == 6, form
        assert not [one for one in with_it["left_out"] if "under quarantine" in one["why"]], form


def bytes_of(path: Path) -> bytes:
    """Return the packed content of a workbook."""
    if path.suffix != ".xlsx":
        return path.read_bytes()
    with zipfile.ZipFile(path) as packed:
        return b"".join(map(packed.read, packed.namelist()))


def sha256_of(name: str) -> str:
    shown = show_record(deps.get_searcher(), name, viewer=officer(deps.get_searcher()))
    return str(shown.versions[0].record["media"][0]["sha256"])


def test_the_act_is_in_the_audit(client: TestClient, person: dict[str, Any]) -> None:
    put(POST)
    page = client.get("/audit?what=quarantine").text
    assert "put something under quarantine" in page
    assert POST in page
    person |= {"rights": ROLES["Auditor"], "name": "auditor@example"}
    page = client.get("/audit?what=quarantine").text
    assert "put something under quarantine" in page
    assert "withheld" in page
    assert POST not in page


def test_without_room_for_the_audit_nothing_is_shown_again_and_what_has_to_be_hidden_is(
    client: TestClient, building: Building, person: dict[str, Any]
) -> None:
    form = {
        "token": forms.derive_token("a session"),
        "record": POST,
        "itself": "1",
        "reason": "a home address",
    }
    with full(0):
        hidden = client.post("/quarantine", data=form | {"act": "put"})
    assert (hidden.status_code, "it is hidden, and the ledger has the quarantine" in hidden.text) == (
        503,
        True,
    )
    assert POST in ledger.read(building.archive).records
    with full(0):
        shown = client.post("/quarantine", data=form | {"act": "lift"})
    assert (shown.status_code, "The disk of the server is full" in shown.text) == (503, True)
    assert POST in ledger.read(building.archive).records
    person["rights"] = ROLES["Communications"]
    assert client.get(f"/record?{urlencode({'id': POST})}").status_code == 404


def test_of_an_act_that_died_before_it_was_done_the_audit_says_so(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException): ...

    def die(*_: Any, **__: Any) -> None:
        raise Killed

    put(POST)
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "lift", die)
        with pytest.raises(Killed):
            quarantine.lift(
                deps.get_searcher(),
                QuarantineTarget(RECORD, POST),
                "the parent agreed",
                officer(deps.get_searcher(), "officer@example"),
            )
    quarantine.lift(
        deps.get_searcher(),
        QuarantineTarget(RECORD, POST),
        "the parent agreed in the end",
        officer(deps.get_searcher(), "officer@example"),
    )
    page = unescape(client.get("/audit?what=lift").text)
    assert (
        0
        < page.index("the parent agreed in the end")
        < page.index("not carried out: the ledger has no such entry")
    ), "newest first"


def test_what_was_lifted_stays_listed_with_both_reasons(
    client: TestClient, person: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason is announced as permanent: a yearly review reads why something was hidden and shown again."""
    file = sha256_of(POST)
    for thing in (QuarantineTarget(RECORD, POST), QuarantineTarget(FILE, file)):
        quarantine.put(
            deps.get_searcher(),
            thing,
            f"hidden, being a {thing.kind}",
            officer(deps.get_searcher(), "one@example"),
        )
    assert (
        f'href="/search?q=file%3A{file}&amp;versions=1&amp;messages=1&amp;quarantined=1">Records with this file'
        in client.get("/quarantine").text
    )
    for thing in (QuarantineTarget(RECORD, POST), QuarantineTarget(FILE, file)):
        quarantine.lift(
            deps.get_searcher(),
            thing,
            f"shown, being a {thing.kind}",
            officer(deps.get_searcher(), "two@example"),
        )
    page = client.get("/quarantine").text.partition('<h2 id="over">')[2]
    own = [re.sub("<[^>]*>", "", item) for item in page.split("<li>")[1:3]]
    for told, kind, name in zip(own, (FILE, RECORD), (file, POST), strict=True):
        assert name in told, "the newest first"
        assert re.search(
            rf"hidden.*by one@example: hidden, being a {kind}.*by two@example: shown, being a {kind}",
            told,
            re.DOTALL,
        )
    assert f'href="/record?{urlencode({"id": POST})}"' in page
    assert POST in unescape(client.get(f"/search?q=file:{file}&versions=1").text)
    monkeypatch.setattr("recordroom.web.routes.quarantine.SIZE", 1)
    older = re.findall(r'href="(/quarantine\?before=\d+)#over">Older', client.get("/quarantine").text)
    assert ("being a record_id" in (second := client.get(older[0]).text), "being a sha256" in second) == (
        True,
        False,
    )
    person["rights"] = tuple(right for right in Right if right is not Right.QUARANTINE)
    assert client.get("/quarantine").status_code == 403


def test_a_records_line_of_time_tells_to_those_with_the_right_that_it_was_there(
    client: TestClient, person: dict[str, Any]
) -> None:
    def line() -> list[str]:
        [told] = re.findall(
            r'<ol class="events">(.*?)</ol>', client.get(f"/record?id={OTHER}").text, re.DOTALL
        )
        return [unescape(re.sub(r"<[^>]*>", "", one)) for one in re.findall("<li>.*?</li>", told)]

    before, file = len(line()), sha256_of(OTHER)
    for thing in (QuarantineTarget(RECORD, OTHER), QuarantineTarget(FILE, file)):
        quarantine.put(
            deps.get_searcher(),
            thing,
            f"hidden, being a {thing.kind}",
            officer(deps.get_searcher(), "one@example"),
        )
    assert len(line()) == before + 2
    for thing in (QuarantineTarget(RECORD, OTHER), QuarantineTarget(FILE, file)):
        quarantine.lift(
            deps.get_searcher(),
            thing,
            f"shown, being a {thing.kind}",
            officer(deps.get_searcher(), "two@example"),
        )
    assert [one.partition("): ")[2] for one in line()[-4:]] == [
        "put under quarantine. one@example: hidden, being a record_id",
        f"the image {file[:12]} put under quarantine. one@example: hidden, being a sha256",
        "shown again after a quarantine. two@example: shown, being a record_id",
        f"the image {file[:12]} shown again after a quarantine. two@example: shown, being a sha256",
    ]
    person["rights"] = OTHERS["all but one"]
    assert not [one for one in line() if "example" in one or "quarantine" in one]
    assert "quarantine" not in client.get(f"/record?id={OTHER}").text


def test_the_audit_tells_the_reason_to_those_with_the_right(
    client: TestClient, person: dict[str, Any], building: Building
) -> None:
    """To no one else, even after it was lifted: it may reveal what was hidden."""
    put(POST)
    quarantine.lift(
        deps.get_searcher(),
        QuarantineTarget(RECORD, POST),
        "the parent agreed",
        officer(deps.get_searcher(), "officer@example"),
    )
    places = [f"{page}?what={what}" for page in ("/audit", "/audit.csv") for what in ("quarantine", "lift")]
    for address, reason in zip(places, ("a person's home address", "the parent agreed") * 2, strict=True):
        assert reason in unescape(client.get(address).text)
    for name, reason in ((REPLY, "of a file of news alone"), (COMMENT, "of a file of both")):
        quarantine.put(
            deps.get_searcher(),
            QuarantineTarget(FILE, sha256_of(name)),
            reason,
            officer(deps.get_searcher(), "officer@example"),
        )
    before = building.settings.register_file.read_bytes()
    for rights, confidential in (
        (ROLES["Auditor"], False),
        (tuple(right for right in Right if right is not Right.RESTRICTED), True),
    ):
        person["rights"] = rights
        building.write(account("news", "wordpress", confidential=confidential), account("board", "wordpress"))
        pages = [unescape(client.get(address).text) for address in places]
        for reason, told in (
            ("home address", False),
            ("parent agreed", False),
            ("news alone", False),
            ("file of both", confidential),
        ):
            assert any(reason in page for page in pages) == told, (reason, confidential)
    building.settings.register_file.write_bytes(before)


@pytest.mark.usefixtures("client")
def test_an_id_that_no_query_can_leave_out_is_refused(building: Building) -> None:
    name = "wordpress:" + "x" * 9_000
    building.capture("news", [{"record_id": name, "text": "long"}], at=DAY + timedelta(days=1))
    Index(building.settings, building.archive, building.derived).catch_up()
    deps.get_searcher().status_reader.read_at = float("-inf")
    with pytest.raises(UsageError, match="a search cannot hide IDs"):
        put(name)
    assert not ledger.read(building.archive).records


def test_while_its_ledger_cannot_be_read_it_stays_in_force_and_officers_are_told(
    client: TestClient, building: Building, person: dict[str, Any]
) -> None:
    put(POST)
    lookout = deps.get_searcher().quarantine
    lookout._archive = store.archive(
        building.settings.model_copy(update={"s3_endpoint": "http://127.0.0.1:9"})
    )
    lookout.refresh()
    assert lookout._done.wait(30)
    for rights, told in ((OFFICER, True), (OTHERS["all but one"], False)):
        person["rights"] = rights
        assert counted(client, "/search?q=snow") == 4
        assert ("ledger of the quarantine cannot be read" in client.get("/").text) == told
    person["rights"] = OFFICER
    assert "The quarantine as last read stays in force" in client.get("/quarantine").text
