"""The consent for a Facebook Page, with scripted responses: the scopes, the Page's token, and refusals."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, TokenExpired
from recordroom.model import Identity
from recordroom.platforms import facebook, oauth
from recordroom.platforms.contract import ConsentCode, Token
from recordroom.platforms.facebook.platform import SCOPES
from tests.platforms.meta.errors import error
from tests.platforms.scripted import Answer, Exchanging, account

APP = {"client_id": "1400", "client_secret": "its-secret"}
URL = "https://www.facebook.com/FircrestSchools"
CODE = ConsentCode("the-code", "", "https://a.example/")
BASE = "https://graph.facebook.com/v26.0"
PERSONAL, LASTING, OURS = "the-short-one", "the-long-one", "the-token-of-our-Page"
UNTIL = datetime(2027, 2, 22, tzinfo=UTC)
PAGE: dict[str, Any] = {
    "id": "100",
    "name": "Fircrest",
    "username": "fircrest.schools",
    "access_token": OURS,
    "tasks": ["MODERATE"],
}
OTHER = PAGE | {"id": "200", "name": "The PTA", "username": "thepta", "access_token": "the-token-of-the-PTA"}


class Login:
    """Facebook's responses; `instead`: part of an address -> the response to a request for it."""

    def __init__(
        self, *pages: dict[str, Any], declined: str = "", instead: dict[str, Answer] | None = None
    ) -> None:
        self.pages, self.instead = list(pages), instead or {}
        self.permissions = [
            {"permission": scope, "status": "declined" if scope == declined else "granted"}
            for scope in SCOPES
        ]

    def __call__(self, url: str) -> Answer:
        parts = urlsplit(url)
        for part, answer in self.instead.items():
            if part in url:
                return answer
        if parts.path.endswith("/oauth/access_token"):
            return Answer(
                {
                    "access_token": LASTING if "fb_exchange_token" in url else PERSONAL,
                    "token_type": "bearer",
                    "expires_in": 5183944,
                }
            )
        if parts.path.endswith("/me/permissions"):
            return Answer({"data": self.permissions})
        if parts.path.endswith("/me/accounts"):  # one Page each
            at = int(parse_qs(parts.query).get("after", ["0"])[0])
            more = (
                {"next": f"{BASE}/me/accounts?access_token={LASTING}&after={at + 1}"}
                if at + 1 < len(self.pages)
                else {}
            )
            return Answer({"data": self.pages[at : at + 1], "paging": more})
        assert parts.path.endswith("/debug_token")
        return Answer(
            {"data": {"is_valid": True, "expires_at": 0, "data_access_expires_at": int(UNTIL.timestamp())}}
        )

    @property
    def client(self) -> Exchanging:
        return Exchanging(self, APP)


def consented(login: Login, url: str = URL, identity: Identity | None = None) -> tuple[Token, Exchanging]:
    client = login.client
    return facebook.consented(account("facebook", url, identity), client, CODE), client


@pytest.mark.parametrize(
    ("held", "asked"), [(APP, {"scope": ",".join(SCOPES)}), (APP | {"config_id": "77"}, {"config_id": "77"})]
)
def test_the_page_asks_for_scopes_or_for_what_was_put_together_there(
    held: dict[str, str], asked: dict[str, str]
) -> None:
    consent = facebook.PLATFORM.consent
    assert consent is not None
    address = oauth.consent_address(consent, held, CODE.redirect_uri, "s", "")
    shown = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert address.startswith("https://www.facebook.com/v26.0/dialog/oauth?")
    usual = {
        "response_type": "code",
        "client_id": "1400",
        "redirect_uri": CODE.redirect_uri,
        "state": "s",
        "auth_type": "rerequest",
    }
    assert shown == usual | asked


def test_a_persons_consent_gives_the_pages_own_token_and_its_end() -> None:
    token, client = consented(Login(OTHER, PAGE))
    assert token == Token({"token": OURS}, None, UNTIL)
    first, second = (parse_qs(urlsplit(url).query) for url in client.asked[:2])
    assert first == {
        **{name: [value] for name, value in APP.items()},
        "redirect_uri": [CODE.redirect_uri],
        "code": [CODE.code],
    }
    assert second == {
        **{name: [value] for name, value in APP.items()}, "grant_type": ["fb_exchange_token"],
        "fb_exchange_token": [PERSONAL],
    }  # fmt: skip
    person, app = {"Authorization": f"Bearer {LASTING}"}, {"Authorization": "Bearer 1400|its-secret"}
    assert client.sent[2:] == [person, person, person, app]
    assert not [url for url in client.asked[2:-1] if LASTING in url]


@pytest.mark.parametrize(
    "url", ["https://www.facebook.com/100", "https://www.facebook.com/profile.php?id=100", URL]
)
def test_the_page_of_the_register_is_found_by_number_and_by_name(url: str) -> None:
    assert consented(Login(OTHER, PAGE), url)[0].values["token"] == OURS


def test_a_renamed_page_is_found_by_the_number_that_was_pinned() -> None:
    renamed = PAGE | {"username": "tallgrass.schools", "name": "Tall Grass"}
    with pytest.raises(AccountUnavailable, match=r"Tall Grass \(100\)"):
        consented(Login(renamed))
    assert (
        consented(Login(OTHER, renamed), identity=Identity("100", "facebook.com"))[0].values["token"] == OURS
    )
    thief = OTHER | {"username": "fircrestschools"}
    with pytest.raises(AccountUnavailable):
        consented(Login(thief), identity=Identity("100", "facebook.com"))


@pytest.mark.parametrize("pages", [(), (OTHER,)])
def test_another_page_is_refused(pages: tuple[dict[str, Any], ...]) -> None:
    with pytest.raises(
        AccountUnavailable, match=r"the register has https://www\.facebook\.com/FircrestSchools"
    ):
        consented(Login(*pages))


def test_whoever_may_not_moderate_is_refused() -> None:
    for tasks in (["ANALYZE"], [], None):
        with pytest.raises(Blocked, match="not have the task MODERATE on the Page 100"):
            consented(Login(PAGE | {"tasks": tasks}))
    with pytest.raises(Blocked):
        consented(Login({name: value for name, value in PAGE.items() if name != "access_token"}))
    assert consented(Login(PAGE | {"tasks": ["PROFILE_PLUS_MODERATE"]}))[0].values["token"] == OURS


def test_a_permission_that_was_left_out_is_named() -> None:
    with pytest.raises(Blocked, match="did not agree to pages_read_user_content"):
        consented(Login(PAGE, declined="pages_read_user_content"))


def test_an_end_that_facebook_does_not_tell_stops_nothing() -> None:
    refused = error(100, "(#100) You must provide an app access token")
    assert consented(Login(PAGE, instead={"debug_token": refused}))[0] == Token({"token": OURS})


USED = error(100, "This authorization code has been used.")
FAULTS = {
    "a code that was used": ({"code=": USED}, TokenExpired),
    "a secret that is wrong": ({"code=": error(1, "Error validating client secret.")}, TokenExpired),
    "no longer token": (
        {"fb_exchange": error(190, "Error validating access token: Session has expired", 463)},
        TokenExpired,
    ),
    "a token that is repeated": (
        {"me/accounts": error(190, f"Malformed access token {LASTING}")},
        TokenExpired,
    ),
    "a token that the first list repeats": (
        {"me/permissions": error(190, f"Malformed access token {LASTING}", status=401)},
        TokenExpired,
    ),
    "no list": (
        {"me/accounts": error(10, "(#10) This endpoint requires the 'pages_show_list' permission")},
        Blocked,
    ),
    "nothing": ({"fb_exchange": Answer("")}, PlatformFailure),
    "no JSON": ({"me/accounts": Answer("<html>")}, PlatformFailure),
    "no token": ({"code=": Answer({"token_type": "bearer"})}, PlatformFailure),
    "no Page": ({"me/accounts": Answer({"data": ["x"]})}, PlatformFailure),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_no_failure_tells_a_secret(fault: str) -> None:
    instead, kind = FAULTS[fault]
    with pytest.raises(kind) as problem:
        consented(Login(PAGE, instead=instead))
    told = f"{problem.value} {problem.value.message}"
    assert not [secret for secret in ("its-secret", CODE.code, PERSONAL, LASTING, OURS) if secret in told]
