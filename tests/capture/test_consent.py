"""`recordroom connect`: a person consents at the platform's own page, and the archive reads the account.

Airflow's database and the archive are real; the platform's page and its tokens are the sandbox's.
"""

from __future__ import annotations

import itertools
import json
import logging
import re
import socket
import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from infra.sandbox.faces import create_app
from infra.sandbox.network import Network
from recordroom.capture.credentials import airflow_secrets
from recordroom.capture.credentials.consent import ConnectedAccount, ConsentFlow
from recordroom.cli import connect
from recordroom.cli.connect import ConsentServer
from recordroom.errors import (
    AccountUnavailable,
    Blocked,
    BudgetSpent,
    SettingsError,
    Throttled,
    TokenExpired,
    UnexpectedResponse,
    UsageError,
)
from recordroom.platforms.registry import load
from tests.archives import TestArchive, make, register_of
from tests.capture.held_bytes import contents
from tests.services import S3, Buckets

pytestmark = [pytest.mark.usefixtures("airflow"), pytest.mark.thorough]

REDIRECT, APP = "http://127.0.0.1:8719/", {"client_id": "our-app", "client_secret": "the-secret-of-our-app"}
ADDRESSES = {
    "facebook": "https://www.facebook.com/district",
    "instagram": "https://www.instagram.com/district",
    "linkedin": "https://www.linkedin.com/company/district",
    "threads": "https://www.threads.com/@district",
    "tiktok": "https://www.tiktok.com/@district",
    "vimeo": "https://vimeo.com/district",
    "x": "https://x.com/district",
    "youtube": "https://www.youtube.com/@district",
}
HTTPS = ("facebook", "instagram", "threads")  # these redirect to HTTPS addresses only
MANAGED = ("facebook", "linkedin")  # a person consents for a page
_names = itertools.count(1)


@dataclass
class Office:
    """An account without a token, and its archive."""

    network: Network
    archive: TestArchive
    name: str

    @property
    def platform(self) -> str:
        return self.archive.account(self.name).platform

    @property
    def redirect(self) -> str:
        return "https://www.district.test/consent" if self.platform in HTTPS else REDIRECT

    def connecting(self) -> ConsentFlow:
        return ConsentFlow(
            self.archive.place, self.archive.register, self.archive.account(self.name), self.redirect
        )

    def answer(self, address: str, choice: str) -> str:
        """Open the address, click the link that begins with `choice`, and return where the browser lands."""
        browser = httpx.Client(transport=self.archive.place.transport)
        shown = browser.get(address)
        (link,) = (
            link
            for link, words in re.findall(r'href="([^"]+)">([^<]+)<', shown.text)
            if words.startswith(choice)
        )
        return browser.get(shown.url.join(unescape(link))).headers["location"]

    def agree(self, address: str) -> str:
        return self.answer(address, f"Allow as {'Ana' if self.platform in MANAGED else 'District'}")


def opened(
    platform: str, s3: S3, buckets: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Office:
    network = Network(datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1))
    name = f"{platform}{next(_names)}"
    network.place(platform, platform.title(), host=urlsplit(ADDRESSES[platform]).hostname or "")
    network.account(f"{platform}/district", "District", staff=True)
    if platform in MANAGED:
        network.account(f"{platform}/ana", "Ana", manages=[f"{platform}/district"])
    network.grant(platform, APP["client_secret"], "", kind="app", user=APP["client_id"])
    network.publish(
        f"{platform}/district", "Closed today", photos=[network.photo(platform, "White letters on blue")]
    )
    monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps({"conn_type": "http", "extra": APP}))
    entry = {"id": name, "platform": platform, "url": ADDRESSES[platform], "connection": name}
    transport = httpx.WSGITransport(create_app(network, platform))
    archive = make(
        s3, buckets, tmp_path, {**entry, "api_url": f"http://{platform}.test"}, transport=transport
    )
    return Office(network, archive, name)


@pytest.fixture(params=sorted(ADDRESSES))
def counter(
    request: pytest.FixtureRequest, s3: S3, shared: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Office:
    """Provide an account for which a person consents; nothing is captured."""
    return opened(request.param, s3, shared, tmp_path, monkeypatch)


@pytest.fixture(params=sorted(ADDRESSES))
def office(
    request: pytest.FixtureRequest, s3: S3, buckets: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Office:
    return opened(request.param, s3, buckets, tmp_path, monkeypatch)


def test_what_a_consent_gives_is_saved_and_read_with(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="recordroom")
    connecting = office.connecting()
    connected = connecting.finish(office.agree(connecting.address))
    assert connected.identity.title == "District"
    assert ((connected.saved.expires_at or connected.saved.consent_until) is None) == (
        office.platform == "vimeo"
    )
    assert airflow_secrets.load_saved_token(office.name) == connected.saved
    outcome = office.archive.capture(office.name)
    # few apps may read events
    assert (outcome.failure, len(outcome.gaps)) == (None, office.platform == "linkedin")
    assert any((row["text"] or "").startswith("Closed today") for row in office.archive.rows(office.name))
    secrets, place = [one.secret for one in office.network.tokens], office.archive.place
    held = b"".join(
        data for store in (place.archive, place.derived) for _, data in contents(store.client, store.bucket)
    )
    assert b"Closed today" in held
    assert not [
        secret
        for secret in secrets
        if secret.encode() in held or secret in caplog.text or secret in repr(outcome)
    ]


def test_a_capture_before_the_consent_says_what_to_do(office: Office) -> None:
    outcome = office.archive.capture(office.name)
    assert f"Run `recordroom connect {office.name}`" in (outcome.failure or "")
    assert len(outcome.gaps) == 1


@pytest.mark.parametrize("counter", ["x"], indirect=True)
def test_where_the_month_s_money_is_spent_a_consent_is_not(counter: Office) -> None:
    """A request that might cost more than is left is not made.

    The person's consent takes effect when there is money again.
    """
    [entry] = counter.archive.register.raw
    counter.archive.register = register_of(entry | {"monthly_cap": 2})  # dollars; one answer may cost more
    consent = counter.connecting()
    landed = counter.agree(consent.address)
    with pytest.raises(BudgetSpent):
        consent.finish(landed)
    assert airflow_secrets.load_saved_token(counter.name) is None
    consent.register = counter.archive.register = register_of(entry | {"monthly_cap": 3})
    consent.account = counter.archive.account(counter.name)
    assert consent.finish(landed).identity.title == "District"


@pytest.mark.parametrize("office", ["tiktok", "x"], indirect=True)
def test_a_consent_while_a_capture_renews_the_token_before_it_is_what_is_kept(office: Office) -> None:
    """It may have more scopes than that token."""
    place, first = office.archive.place, office.connecting()
    saved = first.finish(office.agree(first.address)).saved
    assert (
        airflow_secrets.save_token(
            office.name, replace(saved, expires_at=datetime.now(UTC) + timedelta(minutes=1))
        )
        == ""
    )
    second, given = office.connecting(), list[ConnectedAccount]()
    landed = office.agree(second.address)
    person = threading.Thread(target=lambda: given.append(second.finish(landed)))

    class Meanwhile(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            assert place.transport is not None
            response = place.transport.handle_request(request)
            if request.method == "POST" and person.ident is None:  # the capture's own token is there
                person.start()
                person.join(2)
            return response

    office.archive.place = replace(place, transport=Meanwhile())
    assert office.archive.capture(office.name).failure is None
    person.join(60)
    assert airflow_secrets.load_saved_token(office.name) == given[0].saved


def test_a_consent_is_good_for_one_token(counter: Office) -> None:
    connecting = counter.connecting()
    landed = counter.agree(connecting.address)
    connecting.finish(landed)
    with pytest.raises((TokenExpired, UnexpectedResponse)):
        connecting.finish(landed)


@pytest.mark.parametrize("counter", ["tiktok"], indirect=True)
def test_a_refusal_that_repeats_the_app_s_secret_is_told_without_it(counter: Office) -> None:
    """TikTok's refusals have the status of a success."""
    connecting = counter.connecting()
    landed = counter.agree(connecting.address)
    told = {
        "code": 40002,
        "message": f"client_secret {APP['client_secret']} is none",
        "request_id": "1",
        "data": {},
    }
    counter.network.fail(counter.platform, 200, path="oauth2", body=json.dumps(told))
    with pytest.raises(TokenExpired, match="is none") as refused:
        connecting.finish(landed)
    assert APP["client_secret"] not in str(refused.value)


def test_whoever_declines_changes_nothing(counter: Office) -> None:
    connecting = counter.connecting()
    with pytest.raises(TokenExpired, match="the consent was not given"):
        connecting.finish(counter.answer(connecting.address, "Decline"))
    assert airflow_secrets.load_saved_token(counter.name) is None


def test_a_refusal_that_does_not_name_the_consent_is_one(counter: Office) -> None:
    """Instagram's documentation shows such a refusal."""
    connecting = counter.connecting()
    landed = f"{counter.redirect}?error=access_denied&error_reason=user_denied&error_description=The+user+denied+your+request"
    with pytest.raises(TokenExpired, match="the consent was not given: The user denied your request"):
        connecting.finish(landed)
    assert ConsentServer(connecting, 0).land(f"/?{urlsplit(landed).query}")[0] == 404, (
        "anybody can send it there"
    )


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (500, b"oops", r"run `recordroom connect` again\.$"),
        (429, b"", r"run `recordroom connect` again, after \d{4}-\d\d-\d\d \d\d:\d\d UTC\.$"),
    ],
)
def test_where_the_platform_fails_the_person_is_to_consent_once_more(
    counter: Office, status: int, body: bytes, words: str
) -> None:
    """No capture tries again: the code is spent, and nothing is saved."""
    connecting, transport = counter.connecting(), counter.archive.place.transport
    landed = counter.agree(connecting.address)

    def failing(request: httpx.Request) -> httpx.Response:
        assert transport is not None
        answer = transport.handle_request(request)
        return httpx.Response(status, content=body) if request.method == "GET" else answer

    connecting.workspace = replace(connecting.workspace, transport=httpx.MockTransport(failing))
    with pytest.raises((Throttled, UnexpectedResponse)) as failed:
        connecting.finish(landed)
    assert re.search(words, failed.value.mend), failed.value.mend
    assert airflow_secrets.load_saved_token(counter.name) is None


def test_an_address_of_another_consent_is_refused(counter: Office) -> None:
    connecting, other = counter.connecting(), counter.connecting()
    with pytest.raises(UsageError, match="does not belong"):
        connecting.finish(counter.agree(other.address))
    assert {one.kind for one in counter.network.tokens} == {"app", "code"}


def test_an_app_without_its_secret_is_told_before_anybody_consents(
    counter: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    extra = {"client_id": APP["client_id"]}
    monkeypatch.setenv(
        f"AIRFLOW_CONN_{counter.name.upper()}", json.dumps({"conn_type": "http", "extra": extra})
    )
    with pytest.raises(SettingsError, match="has no client_secret"):
        counter.connecting()


def test_private_messages_are_asked_for_only_where_the_register_wants_them(counter: Office) -> None:
    place = counter.archive.place
    register = counter.archive.register
    account = counter.archive.account(counter.name)
    platform = load(account.platform).PLATFORM
    consent = platform.consent
    assert consent is not None
    more = consent.message_scopes if platform.reads_messages else ()
    for said, scopes in (("switched off", consent.scopes), ("capture", (*consent.scopes, *more))):
        address = ConsentFlow(place, register, replace(account, private_messages=said), REDIRECT).address
        assert parse_qs(urlsplit(address).query)["scope"] == [consent.scope_separator.join(scopes)]


def test_the_page_is_told_no_secret(counter: Office) -> None:
    connecting = counter.connecting()
    told = parse_qs(urlsplit(connecting.address).query)
    assert told["state"][0] not in ("", APP["client_secret"])
    assert APP["client_secret"] not in connecting.address
    assert connecting._verifier not in told.get("code_challenge", [])


def test_the_browser_lands_here_and_its_person_is_thanked(
    counter: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This includes a connection that the browser opened ahead and sends nothing on."""
    monkeypatch.setattr(connect._ConsentHandler, "timeout", 3.0)
    connecting = counter.connecting()
    server = ConsentServer(connecting, 0)
    here = f"http://127.0.0.1:{server.server_port}/"

    def wait() -> None:
        while server.ended is None:
            server.handle_request()

    waiting = threading.Thread(target=wait)
    with server, httpx.Client(trust_env=False, timeout=60) as browser:
        waiting.start()
        assert browser.get(here).status_code == 404
        assert browser.get(f"{here}?state=guessed&code=guessed").status_code == 400
        assert browser.get(f"{here}?state=%C3%A9&code=guessed").status_code == 400
        landed = counter.agree(connecting.address)
        with socket.create_connection(("127.0.0.1", server.server_port)):
            thanked = browser.get(landed.replace(counter.redirect, here))
        waiting.join()
    assert (thanked.status_code, "Thank you" in thanked.text) == (200, True)


# -- Facebook: a person consents for a Page
# ------------------------------------------------------------------------------------------------------------

of_a_page = pytest.mark.parametrize("office", ["facebook"], indirect=True)


@of_a_page
def test_only_the_pages_own_token_is_kept(office: Office) -> None:
    office.network.account("facebook/pta", "The PTA", staff=True)
    office.network.accounts["facebook/ana"].manages.insert(0, "facebook/pta")
    connecting = office.connecting()
    saved = connecting.finish(office.agree(connecting.address)).saved
    (token,) = saved.values.values()
    ours = next(one for one in office.network.tokens if one.secret == token)
    assert (ours.kind, ours.account, list(saved.values), saved.expires_at) == (
        "page",
        "facebook/district",
        ["token"],
        None,
    )
    assert saved.consent_until == office.network.now() + timedelta(days=90)
    office.network.wait(days=61)  # the person's own token has ended by now
    assert office.archive.capture(office.name).failure is None


NOT_OURS = {
    "another Page": ("facebook/pta", [], r"The PTA \(\d+\)"),
    "none that can be seen": ("facebook/closed", [], "no Page"),
    "the Page, and may not moderate": ("facebook/district", ["ANALYZE"], "not have the task MODERATE"),
}


@pytest.mark.parametrize("counter", ["facebook"], indirect=True)
@pytest.mark.parametrize("what", NOT_OURS)
def test_who_manages_something_else_is_refused_and_nothing_is_kept(counter: Office, what: str) -> None:
    page, tasks, words = NOT_OURS[what]
    counter.network.account("facebook/pta", "The PTA", staff=True)
    counter.network.account("facebook/closed", "Closed", staff=True, suspended=True)
    counter.network.accounts["facebook/ana"].manages = [page]
    counter.network.accounts["facebook/ana"].tasks = tasks
    connecting = counter.connecting()
    with pytest.raises((AccountUnavailable, Blocked), match=words) as refused:
        connecting.finish(counter.agree(connecting.address))
    assert (refused.value.exchange, airflow_secrets.load_saved_token(counter.name)) == (None, None)
    secrets = [one.secret for one in counter.network.tokens if one.kind in ("code", "user", "page")]
    assert len(secrets) > 2
    assert not [secret for secret in secrets if secret in f"{refused.value}"]


@pytest.mark.parametrize("counter", ["facebook"], indirect=True)
def test_a_permission_that_was_left_out_is_named(counter: Office) -> None:
    connecting = counter.connecting()
    with pytest.raises(Blocked, match="did not agree to pages_read_user_content"):
        connecting.finish(counter.answer(connecting.address, "Without pages_read_user_content as Ana"))
    assert airflow_secrets.load_saved_token(counter.name) is None


@of_a_page
def test_a_renamed_page_is_connected_again_by_its_number(office: Office) -> None:
    for _ in range(2):
        connecting = office.connecting()
        connecting.finish(office.agree(connecting.address))
        assert office.archive.capture(office.name).failure is None
        office.network.rename("facebook/district", handle="district-schools")


@of_a_page
def test_a_configuration_is_asked_for_instead_of_scopes(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = next(one for one in office.network.tokens if one.kind == "app")
    app.bound = "7700"
    app.scopes = [
        "pages_show_list",
        "pages_read_engagement",
        "pages_read_user_content",
        "business_management",
    ]
    extra = {**APP, "config_id": "7700"}
    monkeypatch.setenv(
        f"AIRFLOW_CONN_{office.name.upper()}", json.dumps({"conn_type": "http", "extra": extra})
    )
    connecting = office.connecting()
    assert "scope" not in parse_qs(urlsplit(connecting.address).query)
    connecting.finish(office.agree(connecting.address))
    assert office.archive.capture(office.name).failure is None


@of_a_page
def test_the_end_of_access_to_data_is_warned_of(office: Office) -> None:
    connecting = office.connecting()
    connecting.finish(office.agree(connecting.address))
    assert office.archive.capture(office.name).token == ""
    for token in office.network.tokens:
        token.granted = office.network.now() - timedelta(days=84)
    assert re.search(
        r"expires on .* in 5 days: .* must replace it", office.archive.capture(office.name, "full").token
    )


# -- LinkedIn: refuses a complete consent if the app is missing one of its scopes
# ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("office", ["linkedin"], indirect=True)
def test_scopes_that_the_connection_names_are_asked_for_instead(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent = load("linkedin").PLATFORM.consent
    assert consent is not None
    scopes = " ".join((*consent.scopes, "r_events"))
    extra = json.dumps({"conn_type": "http", "extra": {**APP, "scope": scopes}})
    monkeypatch.setenv(f"AIRFLOW_CONN_{office.name.upper()}", extra)
    connecting = office.connecting()
    assert parse_qs(urlsplit(connecting.address).query)["scope"] == [scopes]
    connecting.finish(office.agree(connecting.address))
    outcome = office.archive.capture(office.name)
    assert (outcome.failure, outcome.gaps) == (None, [])
