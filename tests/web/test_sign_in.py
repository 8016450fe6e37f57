"""Single sign-on, walked as a browser walks it: Airflow, a real OpenID Connect provider, and back."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import httpx
import jwt
import orjson
import psutil
import pytest
import yaml
from playwright.sync_api import Browser, expect

from infra.local.services.service import answers
from infra.local.support import environment, ports
from infra.local.support.passwords import Passwords
from infra.local.support.place import REPOSITORY
from recordroom.rights import ROLES, Right
from recordroom.sign_in import audit
from recordroom.web import templating
from tests.web.browsing import Sitting
from tests.web.conftest import Room
from tests.web.office import MARY, Office, SingleSignOn
from tests.web.provider import CLIENT, PASSWORD, SECRET, Provider
from tests.web.test_auth import ROUTES

LIFE, LEEWAY = 3_600, 10  # seconds of a sign-in; what Airflow grants beyond
GROUPS = {
    "g-records": ["RecordsOfficer"],
    "g-legal": ["Legal"],
    "g-comms": ["Communications"],
    "g-ops": ["Ops", "Viewer"],
}
OURS = {"_token", "session"}  # Airflow's cookies; the provider has its own
# from each of which FAB takes five passwords in 40 seconds
MACHINES = (f"127.0.0.{n}" for n in range(2, 255))


@pytest.fixture(scope="module")
def office(room: Room, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("sign-in")
    (folder / "secret").write_text(f"{SECRET}\n")
    (folder / "roles.yaml").write_text(yaml.safe_dump(GROUPS))
    address = room.place.url("airflow_sign_in")
    provider = Provider(room.place, f"{address}/auth/oauth-authorized/agency")
    settings = {
        "RECORDROOM_SIGN_IN_ISSUER": provider.issuer,
        "RECORDROOM_SIGN_IN_CLIENT_ID": CLIENT,
        "RECORDROOM_SIGN_IN_SECRET_FILE": str(folder / "secret"),
        "RECORDROOM_SIGN_IN_ROLES": str(folder / "roles.yaml"),
        "AIRFLOW__API_AUTH__JWT_EXPIRATION_TIME": str(LIFE),
    }
    with provider.running(), SingleSignOn(room.place, settings).running():
        yield Office(room, provider, address)


def rights(client: httpx.Client) -> set[Right]:
    """Those of the pages that this person is shown, or that tell this person that there is no such thing."""
    return {
        right
        for right, address in ROUTES.values()
        if client.get(f"/records{address}").status_code in (200, 404)
    }


def pages(role: str) -> set[Right]:
    return {right for right, _ in ROUTES.values() if right in ROLES[role]}


def life(client: httpx.Client) -> int:
    """Seconds from now to the end of the token in this browser."""
    return int(jwt.decode(client.cookies["_token"], options={"verify_signature": False})["exp"] - time.time())


@pytest.mark.parametrize(
    ("group", "role"), [("g-records", "RecordsOfficer"), ("g-legal", "Legal"), ("g-comms", "Communications")]
)
def test_who_is_in_a_group_has_the_rights_of_its_roles_and_no_others(
    office: Office, group: str, role: str
) -> None:
    with office.signed_in(groups=[group, "g-of-something-else"]) as client:
        assert rights(client) == pages(role)
        assert "Signed in as mary@agency.example<" in client.get("/records/").text


def test_the_journal_tells_two_people_of_one_name_apart(office: Office) -> None:
    """An address that is given to somebody else does not make them who had it before."""
    for subject in ("one", "two"):
        office.provider.people(**{subject: MARY | {"groups": ["g-records"]}})
        with office.browser() as client:
            office.sign_in(client, subject)
            assert client.get("/records/search?q=snow").status_code == 200
            assert f"mary@agency.example#{subject}" in client.get("/records/audit").text


def test_another_group_at_the_next_sign_in_is_other_rights(office: Office) -> None:
    with office.signed_in(groups=["g-records"]) as before, office.signed_in(groups=["g-comms"]) as after:
        assert rights(after) == pages("Communications")
        assert rights(before) == pages("Communications")  # roles are the person's, in every browser


def test_who_is_in_no_group_is_told_so_and_keeps_nothing(office: Office) -> None:
    with office.signed_in(groups=["g-legal"]) as before, office.browser() as client:
        office.provider.people(mary=MARY | {"groups": ["g-of-something-else"]})
        page = office.sign_in(client)
        assert page.status_code == 403
        assert "You may not see the records" in page.text
        assert "mary@agency.example" in page.text
        assert page.headers["content-security-policy"] == templating.POLICY
        assert "_token" not in client.cookies
        assert rights(before) == set()


def test_who_never_had_a_role_leaves_no_account(office: Office) -> None:
    office.provider.people(eve={"preferred_username": "eve@agency.example", "groups": []})
    with office.browser() as client:
        assert office.sign_in(client, "eve").status_code == 403
    assert not list(office.ask("SELECT 1 FROM ab_user WHERE username LIKE %s", "eve@%"))


LIES = {  # what the provider is made to send, and what it is refused for
    "audience": "Invalid claim: 'aud'",
    "issuer": "Invalid claim: 'iss'",
    "expired": "The token is expired",
    "nonce": "Invalid claim: 'nonce'",
    "unsigned": "Algorithm of 'none' is not allowed",
    "hmac": "Algorithm of 'HS256' is not allowed",
    "key": "bad_signature",
    "missing": "the provider sent no ID token",
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_is_not_the_providers_for_this_sign_in_opens_nothing(office: Office, lie: str) -> None:
    office.provider.people(mary=MARY | {"groups": ["g-records"]})
    office.provider.lie(lie)
    try:
        with office.browser() as client:
            page = office.sign_in(client)
            assert page.status_code == 403
            assert "The sign-in did not succeed" in page.text
            assert LIES[lie] in office.refusal()
            assert "_token" not in client.cookies
            assert client.get("/records/search?q=snow", follow_redirects=False).status_code == 303
    finally:
        office.provider.lie(None)


def test_a_provider_that_is_away_is_said_to_be_and_may_come_back_with_a_new_key(office: Office) -> None:
    office.provider.people(mary=MARY | {"groups": ["g-records"]})
    with office.browser() as client:
        address = office.come_back(client)
        office.provider.stop()
        page = client.get(address)
        assert page.status_code == 503
        assert "does not respond" in page.text
        office.provider.start()
        office.provider.wait()
    with office.signed_in(groups=["g-legal"]) as client:
        assert rights(client) == pages("Legal")


def test_a_sign_in_that_was_begun_elsewhere_does_not_end_here(office: Office) -> None:
    """No one can be made to sign in as another person: the returned code must belong to this browser."""
    office.provider.people(mary=MARY | {"groups": ["g-records"]})
    with office.browser() as thief, office.browser() as victim:
        page = victim.get(office.come_back(thief))
        assert page.status_code == 403
        assert "was started elsewhere" in page.text
        assert "_token" not in victim.cookies


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example/", "/\\evil.example/", "///evil.example/", "javascript:alert(1)", "http:evil.example", "\thttps://evil.example"],
)  # fmt: skip
def test_nobody_is_sent_to_another_site_after_signing_in(office: Office, wanted: str) -> None:
    office.provider.people(mary=MARY | {"groups": ["g-records"]})
    with office.browser() as client:
        page = office.sign_in(client, wanted=f"/auth/login/?{urlencode({'next': wanted})}")
        assert f"{page.url}".startswith(f"{office.url}/")
        # where the room sends people to
        first = client.get("/api/v2/auth/login", params={"next": wanted}, follow_redirects=False)
        assert first.status_code == 400 or first.headers["location"].startswith(f"{office.url}/")


def test_who_asked_for_a_page_comes_to_it(office: Office) -> None:
    office.provider.people(mary=MARY | {"groups": ["g-records"]})
    with office.browser() as client:
        page = office.sign_in(client, wanted="/records/search?q=snow+OR+%22bus%3B+late%22&account=news")
        assert f"{page.url}" == f"{office.url}/records/search?q=snow+OR+%22bus%3B+late%22&account=news"
        assert page.status_code == 200


def test_who_sees_nothing_on_airflows_first_page_is_brought_to_the_room(office: Office) -> None:
    for group, path in (("g-legal", "/records/"), ("g-ops", "/")):
        office.provider.people(mary=MARY | {"groups": [group]})
        with office.browser() as client:
            assert (
                office.sign_in(
                    client, wanted=f"/auth/login/?{urlencode({'next': office.url + '/'})}"
                ).url.path
                == path
            )


@pytest.mark.parametrize(
    ("user", "wanted", "path"),
    [
        ("legal", "/", "/records/"),
        ("legal", "/records/search?q=snow", "/records/search"),
        ("admin", "/", "/"),
        ("legal", "//evil.example", "/records/"),
    ],
)
def test_without_a_provider_a_password_leads_there_too(room: Room, user: str, wanted: str, path: str) -> None:
    machine = httpx.HTTPTransport(local_address=next(MACHINES))  # other tests type passwords too
    with httpx.Client(
        base_url=room.place.url("airflow"), follow_redirects=True, transport=machine, timeout=60
    ) as client:
        address = f"/auth/login/?{urlencode({'next': wanted})}"
        [token] = re.findall(r'name="csrf_token"[^>]* value="([^"]+)"', client.get(address).text)
        form = {
            "username": user,
            "password": Passwords.load(room.place.root).users[user],
            "csrf_token": token,
        }
        # who is signed in is not asked again
        for page in (client.post(address, data=form), client.get(address)):
            assert (page.url.path, page.url.port) == (path, room.place.port("airflow"))


def test_who_mistypes_comes_to_the_page_that_was_asked_for(room: Room) -> None:
    machine = httpx.HTTPTransport(local_address=next(MACHINES))
    with httpx.Client(
        base_url=room.place.url("airflow"), follow_redirects=True, transport=machine, timeout=60
    ) as client:
        page = client.get("/records/search?q=snow&sort=best")
        for password in ("wrong", "wrong again", Passwords.load(room.place.root).users["legal"]):
            assert page.url.path == "/auth/login/"
            [token] = re.findall(r'name="csrf_token"[^>]* value="([^"]+)"', page.text)
            page = client.post(
                page.url, data={"username": "legal", "password": password, "csrf_token": token}
            )
        assert (page.url.path, page.url.query) == ("/records/search", b"q=snow&sort=best")


@pytest.mark.parametrize(
    ("path", "signed_in", "more"),
    [
        ("/auth/token", 201, {}),
        ("/auth/token/cli", 201, {}),
        ("/auth/api/v1/security/login", 200, {"provider": "db"}),
    ],
)
def test_a_program_may_send_five_wrong_passwords_and_no_more(
    room: Room, path: str, signed_in: int, more: dict[str, str]
) -> None:
    """From one machine, within 40 seconds; those that are right do not count."""
    passwords = ("x", Passwords.load(room.place.root).users["legal"])
    wrong, right = ({"username": "legal", "password": word, **more} for word in passwords)
    machines = [httpx.HTTPTransport(local_address=next(MACHINES)) for _ in range(2)]
    here, elsewhere = (
        httpx.Client(base_url=room.place.url("airflow"), transport=one, timeout=60) for one in machines
    )
    with here, elsewhere:
        assert [here.post(path, json=right).status_code for _ in range(6)] == [signed_in] * 6
        assert [here.post(path, json=wrong).status_code for _ in range(7)] == [401] * 5 + [429] * 2
        refused = here.post(path, json=right)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "40")
        assert elsewhere.post(path, json=right).status_code == signed_in


@pytest.mark.parametrize("user", [None, "ops"])
@pytest.mark.parametrize(
    "path",
    ["/docs", "/redoc", "/openapi.json", "/auth/docs", "/auth/openapi.json", "/execution/docs", "/docs/"],
)
def test_the_server_describes_its_api_to_nobody(room: Room, user: str | None, path: str) -> None:
    with room.as_(user) as client:
        answer = client.get(f"{room.place.url('airflow')}{path}")
    assert (answer.status_code, "does not describe its API" in answer.text) == (404, True)


@pytest.mark.parametrize(
    "path", ["/", "/auth/login/", "/api/v2/monitor/health", "/records/search", "/docs", "/nowhere"]
)
def test_no_page_is_shown_in_the_frame_of_another_site(room: Room, path: str) -> None:
    for user in (None, "admin"):
        with room.as_(user) as client:
            headers = client.get(f"{room.place.url('airflow')}{path}").headers
        assert headers["x-frame-options"] == "SAMEORIGIN", path
        assert "frame-ancestors 'self'" in headers["content-security-policy"], path


def test_no_password_of_airflows_own_is_taken(office: Office) -> None:
    """One that somebody was given before would outlive their leaving."""
    passwords = Passwords.load(office.room.place.root).users
    for user in ("records-officer", "admin"):
        answer = httpx.post(
            f"{office.url}/auth/token",
            json={"username": user, "password": passwords[user]},
            trust_env=False,
            timeout=60,
        )
        assert answer.status_code == 401


def test_who_has_left_gets_no_new_token_and_the_old_one_dies_at_its_end(office: Office) -> None:
    with office.signed_in(groups=["g-records"]) as client, office.browser() as other:
        office.provider.people()
        for browser in (other, client):
            page = office.sign_in(browser, wanted="/auth/login/")
            assert page.url.port == office.provider.ports()[0]
        assert rights(client) == pages("RecordsOfficer")
        assert 0 < life(client) <= LIFE
        token = client.cookies["_token"]
        claims = jwt.decode(token, options={"verify_signature": False})
        over = {name: claims[name] - LIFE - LEEWAY - 1 for name in ("iat", "nbf", "exp")}
        secret = Passwords.load(office.room.place.root).airflow_jwt
        client.cookies.clear()
        for times, status in (({}, 200), (over, 303)):  # the same token, then and when its time has come
            late = jwt.encode(claims | times, secret, algorithm=jwt.get_unverified_header(token)["alg"])
            answer = client.get(
                "/records/search?q=snow", headers={"Cookie": f"_token={late}"}, follow_redirects=False
            )
            assert answer.status_code == status


def test_a_sign_in_is_not_prolonged_by_being_used(office: Office) -> None:
    """Airflow gives a new token to every holder of its session, and extends that with each request."""
    with office.signed_in(groups=["g-records"]) as client:
        office.age(client, 3_000)
        client.get("/auth/", follow_redirects=False)
        assert 0 < life(client) <= LIFE - 3_000
        office.age(client, LIFE - 3_000)
        del client.cookies["_token"]
        assert client.get("/auth/", follow_redirects=False).status_code == 302
        assert "_token" not in client.cookies


@pytest.mark.parametrize("kind", ["api", "cli"])
def test_a_token_that_a_token_was_asked_for_ends_with_it(office: Office, kind: str) -> None:
    """Airflow gives one to every holder of one: a person who has left could continue forever."""
    with office.signed_in(groups=["g-records"]) as client:
        office.age(client, 3_000)
        client.get("/auth/", follow_redirects=False)
        assert 0 < life(client) <= LIFE - 3_000
        answer = client.post("/ui/auth/token", json={"token_type": kind})
        assert answer.status_code in (200, 201)
        client.cookies.set(
            "_token", answer.json()["access_token"], domain=urlsplit(office.url).hostname or ""
        )
        assert 0 < life(client) <= LIFE - 3_000


def test_who_is_disabled_or_loses_a_role_in_airflow_notices_it_with_the_next_request(office: Office) -> None:
    with office.signed_in(groups=["g-records"]) as client:
        assert rights(client) == pages("RecordsOfficer")
        office.ask(
            "DELETE FROM ab_user_role WHERE user_id IN (SELECT id FROM ab_user WHERE username LIKE %s)",
            "%#mary",
        )
        assert rights(client) == set()
    with office.signed_in(groups=["g-records"]) as client:
        office.ask("UPDATE ab_user SET active = FALSE WHERE username LIKE %s", "%#mary")
        assert "Your account is disabled here" in client.get("/records/").text
        assert rights(client) == set()
        office.provider.people(
            mary={"preferred_username": "mary.jones@agency.example", "groups": ["g-records"]}
        )
        page = office.sign_in(client, wanted="/auth/login/")
        assert "Your account is disabled here" in page.text  # by whatever name they come
        office.ask("UPDATE ab_user SET active = TRUE WHERE username LIKE %s", "%#mary")
        assert office.sign_in(client).url.path == "/records/"
        assert office.ask("SELECT username FROM ab_user WHERE username LIKE %s", "%#mary") == [
            ("mary.jones@agency.example#mary",)
        ]


def test_who_is_in_too_many_groups_is_told_so(office: Office) -> None:
    """Entra ID then says only where the groups could be asked for."""
    source = {"endpoint": "https://graph.example/groups", "access_token": "none"}
    office.provider.people(
        mary=MARY | {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": source}}
    )
    with office.browser() as client:
        page = office.sign_in(client)
        assert page.status_code == 403
        assert "more groups than" in page.text


def sign_out(client: httpx.Client, home: str = "/records/") -> httpx.Response:
    """By the button on each page of the room."""
    page = client.get(home).text
    [action] = re.findall(r'<form class="person" action="([^"]*)" method="post">', page)
    [token] = set(re.findall(r'name="token" value="(\w+)"', page))
    return client.post(action, data={"token": token}, headers={"Origin": f"{client.base_url}".rstrip("/")})


def opens_nothing(client: httpx.Client, cookies: Mapping[str, str]) -> None:
    """After signing out, no cookie from before opens the room or Airflow, or is exchanged for a new token."""
    held = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    client.cookies.clear()
    room = client.get("/records/search?q=snow", headers=held, follow_redirects=False)
    assert (room.status_code, "/auth/login?next=" in room.headers["location"]) == (303, True)
    for address in ("/ui/config", "/api/v2/dags"):
        assert client.get(address, headers=held).status_code in (401, 403)
    assert client.get(address, headers={"Authorization": f"Bearer {cookies['_token']}"}).status_code == 403
    again = client.get("/auth/", headers=held, follow_redirects=False)
    assert "_token" not in again.cookies


@contextmanager
def with_password(room: Room, user: str) -> Iterator[httpx.Client]:
    """A browser in which somebody has signed in with Airflow's own password."""
    machine = httpx.HTTPTransport(local_address=next(MACHINES))
    with httpx.Client(
        base_url=room.place.url("airflow"), follow_redirects=True, transport=machine, timeout=60
    ) as client:
        address = "/auth/login/?next=/records/"
        [token] = re.findall(r'name="csrf_token"[^>]* value="([^"]+)"', client.get(address).text)
        form = {
            "username": user,
            "password": Passwords.load(room.place.root).users[user],
            "csrf_token": token,
        }
        assert client.post(address, data=form).url.path == "/records/"
        yield client


def test_who_signs_out_of_the_room_is_out_everywhere_here_and_at_the_provider(office: Office) -> None:
    with office.signed_in(groups=["g-records"]) as client:
        held = dict(client.cookies)
        page = sign_out(client)
        assert "You are signed out here" in page.text
        [onward] = re.findall(r'<meta http-equiv="refresh" content="0; url=([^"]*)">', page.text)
        assert onward.startswith(f"{office.provider.issuer}/session/end")
        assert (page.headers["cache-control"], page.headers["clear-site-data"]) == ("no-store", '"cache"')
        assert OURS.isdisjoint(client.cookies)
        assert office.ask("SELECT 1 FROM session WHERE session_id = %s", held["session"].split(".")[0]) == []
        opens_nothing(client, held)


def test_who_signs_out_by_airflows_menu_or_fabs_address_is_out_in_the_same_way(
    office: Office, room: Room
) -> None:
    menu, of_fab = "/api/v2/auth/logout", "/auth/logout/"
    with (
        office.signed_in(groups=["g-records"]) as client,
        with_password(room, "ops") as local,
        with_password(room, "ops") as other,
    ):
        for browser, address in ((client, menu), (local, menu), (other, of_fab)):
            held = dict(browser.cookies)
            assert "You are signed out" in browser.get(address).text
            assert OURS.isdisjoint(browser.cookies)
            opens_nothing(browser, held)


def test_within_airflows_frame_nobody_is_sent_to_the_provider(office: Office) -> None:
    """It would not let itself be shown there."""
    with office.signed_in(groups=["g-records"]) as client:
        client.headers["Sec-Fetch-Dest"] = "iframe"
        page = sign_out(client).text
        assert "Your agency&#39;s account is still signed in" in page
        assert "refresh" not in page


def test_who_signed_in_with_a_password_is_out_in_the_same_way(room: Room) -> None:
    with with_password(room, "legal") as client, with_password(room, "legal") as other:
        held = dict(client.cookies)
        page = sign_out(client)
        assert "You are signed out" in page.text
        assert "refresh" not in page.text
        assert OURS.isdisjoint(client.cookies)
        opens_nothing(client, held)
        assert other.get("/records/").status_code == 200, "another browser of theirs goes on"
        assert "You are signed out" in sign_out(other).text


def test_nobody_is_signed_out_from_another_site_or_by_an_old_page(room: Room) -> None:
    own = {"Origin": room.place.url("airflow")}
    with with_password(room, "legal") as client:
        [token] = set(re.findall(r'name="token" value="(\w+)"', client.get("/records/").text))
        wrong = [({"token": told}, own) for told in ("", "0" * 64, "\u00e9")]
        for form, headers in (
            ({"token": token}, {"Origin": "https://evil.example"}),
            ({"token": token}, {}),
            ({}, own),
            *wrong,
        ):
            refused = client.post("/auth/sign-out/", data=form, headers=headers)
            assert (refused.status_code, "You are still signed in" in refused.text) == (403, True)
        assert client.get("/records/").status_code == 200
        assert client.post("/auth/sign-out/", data={"token": token}, headers=own).status_code == 200
        # the same page in another window
        again = client.post("/auth/sign-out/", data={"token": token}, headers=own)
        assert (again.status_code, "You are signed out" in again.text) == (200, True)


def audited(room: Room, person: str, what: str) -> list[str]:
    """Return the audit's entries about them, newest first, by the last column."""
    with room.as_("auditor") as client:
        page = client.get("/audit", params={"person": person, "what": what}).text
    cells = re.findall(r"<tr><td class=\"when\"[^>]*>.*?</tr>", page, re.DOTALL)
    return [
        ", ".join(
            f"{name}: {unescape(value)}" for name, value in re.findall("<dt>(.*?)</dt><dd>(.*?)</dd>", cell)
        )
        for cell in cells
    ]


def test_the_audit_says_who_came_in_with_which_roles_and_who_was_refused(office: Office) -> None:
    who = "ann@agency.example#ann"
    ann = {"preferred_username": "ann@agency.example"}
    for groups, path in (
        (["g-legal"], "/records/"),
        (["g-comms", "g-records"], "/records/"),
        ([], "/auth/oauth-authorized/agency"),
    ):
        office.provider.people(ann=ann | {"groups": groups})
        with office.browser() as client:
            assert office.sign_in(client, "ann").url.path == path
            if groups == ["g-legal"]:
                sign_out(client)
    both = "Communications, RecordsOfficer"
    assert audited(office.room, who, "sign-in") == [
        f"sign-in by: single sign-on, roles: {both}",
        "sign-in by: single sign-on, roles: Legal",
    ]
    assert audited(office.room, who, "roles") == [
        f"earlier roles: {both}, new roles: none", f"earlier roles: Legal, new roles: {both}",
        "earlier roles: none, new roles: Legal",
    ]  # fmt: skip
    assert audited(office.room, who, "sign-in refused") == [
        "sign-in by: single sign-on, reason: You may not see the records"
    ]
    assert audited(office.room, who, "sign-out") == [""]


def test_the_audit_says_who_came_in_with_a_password_and_never_what_strangers_type(
    office: Office, room: Room
) -> None:
    def firsts(person: str) -> list[str]:
        """Return refusals, each the first of its minute.

        The number of further ones is recorded when the minute ends, which may be before a person reads it.
        """
        return [
            told
            for told in audited(room, person, "sign-in refused")
            if "repeated within a minute" not in told
        ]

    with with_password(room, "legal") as client:
        sign_out(client)
    room.token("legal")
    assert audited(room, "legal", "sign-in")[:2] == [
        "sign-in by: password, for a token, roles: Legal",
        "sign-in by: password, roles: Legal",
    ]
    assert audited(room, "legal", "sign-out")[0] == ""
    typed, began = "correct horse battery staple", time.monotonic()
    for url, user, password in (
        (room.place.url("airflow"), "communications", typed),
        (room.place.url("airflow"), typed, "x"),
        (office.url, "records-officer", typed),
    ):
        with httpx.Client(
            base_url=url, transport=httpx.HTTPTransport(local_address=next(MACHINES)), timeout=60
        ) as client:
            for _ in range(3):
                answer = client.post("/auth/token", json={"username": user, "password": password})
                assert answer.status_code == 401
    told = firsts("communications")
    assert set(told) == {"sign-in by: password, for a token, reason: a wrong password"}
    minutes = 1 + (time.monotonic() - began) // 60
    assert len(told) <= minutes, "one a minute"
    assert "sign-in by: password, for a token, reason: no such account" in audited(
        room, audit.NOT_KNOWN, "sign-in refused"
    )
    told = firsts("records-officer")
    assert set(told) == {
        "sign-in by: password, for a token, reason: passwords are not accepted: use single sign-on"
    }
    with room.as_("auditor") as client:
        assert typed not in client.get("/audit.csv").text


@contextmanager
def full_disk(office: Office) -> Iterator[None]:
    """Signing in makes no file grow; sessions are in a database elsewhere."""
    port = urlsplit(office.url).port
    [pid] = {
        c.pid
        for c in psutil.net_connections("tcp")
        if c.status == psutil.CONN_LISTEN and c.laddr and c.laddr.port == port
    }
    server = psutil.Process(pid)
    before = server.rlimit(psutil.RLIMIT_FSIZE)
    server.rlimit(psutil.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        server.rlimit(psutil.RLIMIT_FSIZE, before)


def test_roles_and_refusals_that_a_full_disk_does_not_take_are_told_later(office: Office) -> None:
    """Roles that cannot be written down stay as they are, so that the next sign-in changes them, and tells
    it.
    """
    who = "kim@agency.example#kim"

    def come(*groups: str) -> tuple[int, str]:
        office.provider.people(kim={"preferred_username": "kim@agency.example", "groups": list(groups)})
        with office.browser() as client:
            page = office.sign_in(client, "kim")
            return page.status_code, page.text

    def roles() -> list[str]:
        joined = "ab_role r JOIN ab_user_role g ON g.role_id = r.id JOIN ab_user u ON u.id = g.user_id"
        return [name for [name] in office.ask(f"SELECT r.name FROM {joined} WHERE u.username = %s", who)]  # noqa: S608 (of ours)

    assert come("g-legal")[0] == 200
    with full_disk(office):
        for groups in (("g-comms",), ()):
            status, page = come(*groups)
            assert (status, "The audit could not record your sign-in" in page) == (503, True), page
        assert roles() == ["Legal"]
    assert come("g-comms")[0] == 200
    assert come()[0] == 403
    assert audited(office.room, who, "roles") == [
        "earlier roles: Communications, new roles: none",
        "earlier roles: Legal, new roles: Communications",
        "earlier roles: none, new roles: Legal",
    ]
    assert audited(office.room, who, "sign-in refused") == [
        "sign-in by: single sign-on, reason: You may not see the records"
    ]


UNWRITTEN = """
import re
from airflow.api_fastapi.app import AUTH_MANAGER_FASTAPI_APP_PREFIX, create_auth_manager
from fastapi import FastAPI
from fastapi.testclient import TestClient
app, manager = FastAPI(), create_auth_manager()
app.mount(AUTH_MANAGER_FASTAPI_APP_PREFIX, manager.get_fastapi_app())
with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
    page = client.get("/auth/login/?next=/records/").text
    form = {"username": "legal", "password": PASSWORD, "csrf_token": re.findall(r'name="csrf_token"[^>]* value="([^"]+)"', page)[0]}
    answer = client.post("/auth/login/", data=form)
    token = client.post("/auth/token", json={"username": "legal", "password": PASSWORD})
    later = client.get("/auth/", follow_redirects=False)
    print([answer.status_code, "The audit could not record your sign-in" in answer.text, token.status_code, "access_token" in token.text])
    print([name for name in client.cookies if name == "_token"], "_token" in later.headers.get("set-cookie", ""))
"""


def test_nobody_is_let_in_whose_sign_in_cannot_be_written_down(room: Room, tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("a file, and no folder")
    given = {**os.environ, **environment.load(room.place), "RECORDROOM_JOURNAL": str(tmp_path / "journal")}
    program = f"PASSWORD = {Passwords.load(room.place.root).users['legal']!r}\n{UNWRITTEN}"
    done = subprocess.run(
        [sys.executable, "-c", program], env=given, capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert done.stdout.splitlines()[-2:] == ["[503, True, 500, False]", "[] False"], done.stdout + done.stderr


def test_refusals_that_wait_are_told_when_the_server_ends(room: Room, tmp_path: Path) -> None:
    """Stop by SIGTERM, as an operator does."""
    given = {**os.environ, **environment.load(room.place), "RECORDROOM_JOURNAL": str(tmp_path / "journal")}
    port = ports.free_base()
    command = [sys.executable, "-m", "uvicorn", "airflow.api_fastapi.main:app", "--port", str(port)]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(command, env=given, stdout=log, stderr=log, cwd=REPOSITORY)
    try:
        url = f"http://127.0.0.1:{port}"
        began = time.monotonic()
        while not answers(f"{url}/api/v2/monitor/health"):
            assert time.monotonic() - began < 300, (tmp_path / "log").read_text()
            time.sleep(0.2)
        for _ in range(3):
            wrong = {"username": "legal", "password": "x"}
            assert httpx.post(f"{url}/auth/token", json=wrong, trust_env=False, timeout=60).status_code == 401
    finally:
        server.terminate()
        server.wait(60)
    lines = [
        line for path in (tmp_path / "journal").glob("*.jsonl") for line in path.read_bytes().splitlines()
    ]
    assert [(e["actor"], e["type"], e.get("more")) for e in map(orjson.loads, lines)] == [
        ("legal", "sign-in refused", None), ("legal", "sign-in refused", 2),
    ]  # fmt: skip


def test_behind_a_proxy_that_ends_tls(office: Office) -> None:
    with office.signed_in(groups=["g-records"]) as client:
        [token] = set(re.findall(r'name="token" value="(\w+)"', client.get("/records/terms").text))
        origin, form = {"Origin": office.url.replace("http:", "https:")}, {"terms": "snow", "token": token}
        assert client.post("/records/terms", data=form, headers=origin).status_code == 403
        assert (
            client.post(
                "/records/terms", data=form, headers=origin | {"X-Forwarded-Proto": "https"}
            ).status_code
            == 200
        )
        back = client.get("/auth/", headers={"X-Forwarded-Proto": "https"}, follow_redirects=False)
        assert "Secure" in back.headers["set-cookie"]


def test_in_a_browser(office: Office, browser: Browser, folder: Path) -> None:
    """In a window of 320 pixels; the page that refuses somebody is one of the room's."""
    mary = "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ"  # as long as Entra ID's are
    office.provider.people(
        **{mary: MARY | {"groups": ["g-records"]}, "eve": {"preferred_username": "eve@agency.example"}}
    )
    for name, title in ((mary, "Home - Records"), ("eve", "You may not see the records - Records")):
        with browser.new_context(viewport={"width": 320, "height": 640}) as context:
            page = context.new_page()
            page.goto(f"{office.url}/records/")
            page.get_by_label("Name").fill(name)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button").click()
            expect(page).to_have_title(title)
            sitting = Sitting(page, f"{office.url}/records", folder)
            sitting.picture(f"signed-in-{name[:4]}")
            assert sitting.findings() == []
            assert not sitting.is_wider_than_its_window()
