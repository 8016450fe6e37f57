"""Who may see what: every route with every role, and with no sign-in."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute

from infra.local.support.passwords import USERS
from recordroom.rights import ROLES, Right
from recordroom.web.app import create_app
from tests.web.conftest import COMMENT, ORDER, POST, SECRET, Room

FIRST = f"id={POST}&account=news&sequence=1"
MEDIA = f"/media?{FIRST}&position=1"
ROUTES = {  # what the documentation says: the right that each page needs, and an address of it
    "/": (Right.ENTER, "/"),
    "/search": (Right.READ, "/search?q=snow"),
    "/search/facets": (Right.READ, "/search/facets?q=snow"),
    "/record": (Right.READ, f"/record?id={POST}"),
    "/conversation": (Right.READ, f"/conversation?id={POST}"),
    "/person": (Right.READ, "/person?platform=wordpress&id=p7"),
    "/native": (Right.READ, f"/native?{FIRST}"),
    "/evidence": (Right.EVIDENCE, f"/evidence?{FIRST}"),
    "/evidence/file": (Right.EVIDENCE, f"/evidence/file?{FIRST}"),
    "/media": (Right.READ, MEDIA),
    "/terms": (Right.TERMS, "/terms"),
    "/export": (Right.EXPORT, "/export?q=snow"),
    "/exports": (Right.EXPORT, "/exports"),
    "/exports/{id_}": (Right.EXPORT, f"/exports/{ORDER}"),
    "/exports/{id_}/file": (Right.EXPORT, f"/exports/{ORDER}/file"),
    "/exports/{id_}/receipt": (Right.EXPORT, f"/exports/{ORDER}/receipt"),
    "/exports/{id_}/remove": (Right.EXPORT, f"/exports/{ORDER}/remove"),
    "/coverage": (Right.COVERAGE, "/coverage"),
    "/retention": (Right.RETENTION, "/retention"),
    "/retention/classify": (Right.CLASSIFY, f"/retention/classify?id={POST}"),
    "/retention/decisions": (Right.RETENTION, "/retention/decisions"),
    "/retention/state": (Right.CLASSIFY, f"/retention/state?id={POST}"),
    "/retention/statements": (Right.RETENTION, "/retention/statements"),
    "/retention/decisions/{name}": (Right.CLASSIFY, f"/retention/decisions/{'0' * 32}"),
    "/retention/decisions/{name}/changes.csv": (
        Right.CLASSIFY,
        f"/retention/decisions/{'0' * 32}/changes.csv",
    ),
    "/retention/statements/{name}": (Right.CLASSIFY, f"/retention/statements/{'0' * 32}"),
    "/retention/statements/{name}/changes.csv": (
        Right.CLASSIFY,
        f"/retention/statements/{'0' * 32}/changes.csv",
    ),
    "/retention/vanished": (Right.CLASSIFY, "/retention/vanished"),
    "/retention/proposals": (Right.RETENTION, "/retention/proposals"),
    "/retention/proposals/{name}": (Right.RETENTION, f"/retention/proposals/{'0' * 32}"),
    "/retention/proposals/{name}/list.csv": (Right.READ, f"/retention/proposals/{'0' * 32}/list.csv"),
    "/account": (Right.COVERAGE, "/account?id=news"),
    "/audit": (Right.AUDIT, "/audit"),
    "/audit.csv": (Right.AUDIT, "/audit.csv"),
    "/quarantine": (Right.QUARANTINE, "/quarantine"),
    "/quarantine/put": (Right.QUARANTINE, f"/quarantine/put?record={POST}&itself=1"),
    "/capture": (Right.CAPTURE, "/capture"),
    "/holds": (Right.RETENTION, "/holds"),
    "/holds/{name}": (Right.HOLD, f"/holds/{'0' * 32}"),
    "/help": (Right.ENTER, "/help"),
    "/help/{path:path}": (Right.ENTER, "/help/index.html"),
    "/capture/{name}": (Right.CAPTURE, f"/capture/{'0' * 32}"),
    "/proof": (Right.PROVE, f"/proof?{FIRST}"),
    "/proof/folder": (Right.EVIDENCE, f"/proof/folder?id={POST}"),  # and the right to prove
    "/{path:path}": (Right.ENTER, "/nowhere"),
}
LIFTS = {"act": "lift", "file": "0" * 64, "reason": "a test"}
POSTS = {  # what can be sent: the right that it needs, where its token is, a form, and the response
    "/terms": (Right.TERMS, "/terms", {"terms": "snow"}, 303),
    "/exports": (Right.EXPORT, "/export", {"q": "snow", "do": "count"}, 303),
    "/exports/{id_}/start": (Right.EXPORT, "/export", {}, 303),
    "/exports/{id_}/remove": (Right.EXPORT, f"/exports/{ORDER}/remove", {"sha256": "0" * 64}, 400),
    "/quarantine": (Right.QUARANTINE, f"/quarantine/put?record={POST}&itself=1", LIFTS, 400),
    "/capture": (Right.CAPTURE, "/capture", {"url": "https://nowhere.example/1"}, 400),
    "/retention/classify": (
        Right.CLASSIFY,
        f"/retention/classify?id={POST}",
        {"id": POST, "do": "preview"},
        400,
    ),
    "/retention/decisions/{name}/approve": (
        Right.CLASSIFY,
        "/retention/decisions",
        {"reason": "a test"},
        404,
    ),
    "/retention/decisions/{name}/revoke": (Right.CLASSIFY, "/retention/decisions", {"reason": "a test"}, 404),
    "/retention/decisions/{name}/keep": (Right.CLASSIFY, "/retention/decisions", {"reason": "a test"}, 404),
    "/retention/state": (
        Right.CLASSIFY,
        f"/retention/state?id={POST}",
        {"id": POST, "do": "preview"},
        400,
    ),
    "/retention/statements/{name}/approve": (
        Right.CLASSIFY,
        "/retention/statements",
        {"reason": "a test"},
        404,
    ),
    "/retention/statements/{name}/revoke": (
        Right.CLASSIFY,
        "/retention/statements",
        {"reason": "a test"},
        404,
    ),
    "/retention/statements/{name}/keep": (
        Right.CLASSIFY,
        "/retention/statements",
        {"reason": "a test"},
        404,
    ),
    "/retention/vanished": (Right.CLASSIFY, "/retention/statements", {"do": "preview"}, 400),
    "/retention/proposals": (Right.PROPOSE, "/retention/proposals", {"do": "preview"}, 400),
    "/retention/proposals/{name}/object": (Right.READ, "/retention/proposals", {"reason": "a test"}, 404),
    "/retention/proposals/{name}/objections/{objection}/withdraw": (
        Right.READ,
        "/retention/proposals",
        {"reason": "a test"},
        404,
    ),
    "/holds": (Right.HOLD, "/holds", {"title": "x"}, 400),
    "/holds/{name}": (Right.HOLD, "/holds", {}, 404),
    "/holds/{name}/acknowledge": (Right.READ, "/holds", {"account": "news"}, 404),
    "/holds/{name}/close": (Right.HOLD, "/holds", {"closed_on": "2026-11-01"}, 404),
    "/holds/{name}/release": (Right.RELEASE, "/holds", {"reason": "a test"}, 404),
}


def routes() -> Iterator[APIRoute]:
    return (route for route in create_app().routes if isinstance(route, APIRoute))


def test_every_route_stands_in_the_table() -> None:
    told = {("GET", path) for path in ROUTES} | {("POST", path) for path in POSTS}
    assert {(method, route.path) for route in routes() for method in route.methods} == told


@pytest.mark.parametrize("path", ROUTES)
def test_nobody_gets_in_without_signing_in(room: Room, path: str) -> None:
    with room.as_(None) as client:
        answer = client.get(ROUTES[path][1])
    assert answer.status_code == 303
    assert "/auth/login?next=" in answer.headers["location"]
    assert "Snow" not in answer.text


@pytest.mark.parametrize("user", USERS)
def test_each_role_has_what_the_table_says_and_nothing_else(room: Room, user: str) -> None:
    with room.as_(user) as client:
        for right, address in ROUTES.values():
            answer = client.get(address)
            may = right in ROLES[USERS[user]]
            assert (answer.status_code in (200, 303, 404)) == may, (address, answer.status_code)
            assert may or (answer.status_code == 403 and "Snow" not in answer.text)


@pytest.mark.parametrize("user", [None, *USERS])
def test_who_may_send_what(room: Room, user: str | None) -> None:
    """Never without the token, which the page has for those who may."""
    with room.as_(user) as client:
        origin = {"Origin": room.place.url("airflow")}
        for path, (right, page, form, answered) in POSTS.items():
            address = path.format(id_=ORDER, name="0" * 32, objection="0" * 32)
            may = user is not None and right in ROLES[USERS[user]]
            refused = client.post(address, data=form, headers=origin)
            assert refused.status_code == (400 if may else 403 if user else 401)
            assert "Snow" not in refused.text
            assert ("It still has what you typed" in refused.text) == (user is None)
            assert ("from an earlier session" in refused.text) == may
            if may:
                [token] = set(re.findall(r'name="token" value="(\w+)"', client.get(page).text))
                answer = client.post(address, data={**form, "token": token}, headers=origin)
                assert (answer.status_code, "from an earlier session" in answer.text) == (answered, False)


def test_a_confidential_account_is_nowhere_for_those_without_the_right(room: Room) -> None:
    with room.as_("communications") as client:
        page = client.get("/search?q=snow").text
        assert "1 record<" in page
        assert "board" not in page
        assert client.get(f"/record?id={SECRET}").status_code == 404
        assert client.get("/search?q=snow&account=board").status_code == 400
        refused = client.get("/search?q=snow&account=board").text
        assert "board" not in refused.replace('value="board"', "").replace(
            "There is no account &#39;board&#39; in the index", ""
        )
    with room.as_("legal") as client:
        assert "2 records<" in client.get("/search?q=snow").text
        assert client.get(f"/record?id={SECRET}").status_code == 200


def test_coverage_has_no_word_of_a_record_and_no_confidential_account(room: Room) -> None:
    for user, sees in (("ops", False), ("auditor", False), ("communications", False), ("legal", True)):
        with room.as_(user) as client:
            whole, one = client.get("/coverage").text, client.get("/account?id=news")
            assert one.status_code == 200
            assert "news" in whole
            assert ("board" in whole) == sees
            assert client.get("/account?id=board").status_code == (200 if sees else 404)
            for page in (whole, one.text):
                assert not any(
                    words in page
                    for words in (
                        "Snow",
                        "schools",
                        "When does the bus come",
                        "A parent",
                        "A bus in the snow",
                    )
                )


def test_everybody_lands_on_a_page_of_their_own(room: Room) -> None:
    for user, reads, sees in (
        ("ops", False, False),
        ("auditor", False, False),
        ("communications", True, False),
        ("legal", True, True),
    ):
        with room.as_(user) as client:
            home = client.get("/")
        assert home.status_code == 200
        assert ("all schools open late" in home.text) == reads
        assert ("board" in home.text) == sees
        assert "not approved" in home.text
        assert ("not reviewed for release" in home.text) == reads


def test_a_page_says_where_it_stands_and_runs_nothing(room: Room) -> None:
    with room.as_("legal") as client:
        for address in ("/search?q=snow", f"/record?id={COMMENT}"):
            answer = client.get(address)
            policy = answer.headers["content-security-policy"]
            assert "unsafe" not in policy
            assert "frame-ancestors 'self'" in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "not reviewed for release" in answer.text
        picture = client.get(MEDIA)
        assert (picture.headers["content-type"], picture.headers["x-content-type-options"]) == (
            "image/png",
            "nosniff",
        )
        assert "sandbox" in picture.headers["content-security-policy"]


def test_nothing_is_changed_from_another_site(room: Room) -> None:
    with room.as_("records-officer") as client:
        assert client.post("/search", headers={"Origin": "https://evil.example"}).status_code == 403
        assert client.post("/search").status_code == 403
