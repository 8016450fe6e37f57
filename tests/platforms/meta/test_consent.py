"""Meta's two logins of their own, Instagram's and Threads': a code becomes a token of 60 days.

It first becomes a token of an hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from recordroom.errors import Blocked, RecordroomError, TokenExpired, UnexpectedResponse
from recordroom.platforms import instagram, oauth, threads
from recordroom.platforms.contract import ConsentCode
from recordroom.platforms.threads.platform import SCOPES
from tests.platforms.scripted import NOW, Answer, Exchanging, account


@dataclass(frozen=True)
class Login:
    """A login with a consent and an exchange of tokens."""

    platform: Any
    url: str
    scope: str
    trades: str  # the address at which a code is exchanged
    lengthens: str  # the address at which a short token is exchanged for a long one
    grant: str  # the grant type of that exchange


APP = {"client_id": "the-app", "client_secret": "its-secret"}
SHORT = {"access_token": "short", "user_id": 1}
LONG = Answer({"access_token": "the-long-one", "token_type": "bearer", "expires_in": 5183944})
LOGINS = [
    Login(
        instagram, "https://www.instagram.com/fircrestschools",
        "instagram_business_basic,instagram_business_manage_comments",
        "https://api.instagram.com/oauth/access_token", "https://graph.instagram.com/access_token",
        "ig_exchange_token",
    ),
    Login(
        threads, "https://www.threads.com/@fircrestschools", ",".join(SCOPES),
        "https://graph.threads.net/oauth/access_token", "https://graph.threads.net/access_token",
        "th_exchange_token",
    ),
]  # fmt: skip


@pytest.mark.parametrize("login", LOGINS, ids=lambda login: login.platform.PLATFORM.name)
def test_a_consent_gives_a_token_for_60_days_and_no_failure_tells_a_secret(login: Login) -> None:
    consent, district = login.platform.PLATFORM.consent, account(login.platform.PLATFORM.name, login.url)
    shown = parse_qs(
        urlsplit(
            oauth.consent_address(consent, {"client_id": "the-app"}, "https://a.example/", "s", "")
        ).query
    )
    assert (shown["scope"], "code_challenge" in shown) == ([login.scope], False)
    code = ConsentCode("the-code", "", "https://a.example/")
    for told in (SHORT, {"data": [SHORT]}):
        client = Exchanging([LONG], APP, told=told)
        token = login.platform.consented(district, client, code)
        [(url, form, _)] = client.posted
        assert (url, form) == (
            login.trades,
            APP | {"grant_type": "authorization_code", "code": "the-code", "redirect_uri": code.redirect_uri},
        )  # fmt: skip
        assert client.asked == [
            f"{login.lengthens}?grant_type={login.grant}&client_secret=its-secret&access_token=short"
        ]
        assert (dict(token.values), token.expires_at) == (
            {"token": "the-long-one"},
            NOW + timedelta(seconds=5183944),
        )
    for broken in (
        Answer({"error": {"code": 190, "message": "dead"}}, 400),
        Answer("", 500),
        Answer({}),
        Answer("no JSON"),
    ):
        with pytest.raises(RecordroomError) as problem:
            login.platform.consented(district, Exchanging([broken], APP, told=SHORT), code)
        assert not [
            secret
            for secret in ("its-secret", "short", "the-code")
            if secret in f"{problem.value} {problem.value.message}"
        ]
    refused: tuple[dict[str, Any], ...] = ({"data": []}, {"data": ["x"]}, {"access_token": None})
    for bad in refused:
        with pytest.raises(UnexpectedResponse):
            login.platform.consented(district, Exchanging([LONG], APP, told=bad), code)
    used = "Matching code was not found or was already used"
    errors: tuple[dict[str, Any], ...] = (
        {"error": {"code": 100, "message": used}},
        {"code": 400, "error_message": used},
    )
    for error in errors:
        with pytest.raises(TokenExpired, match=f"the code was not accepted: .*{used}"):
            login.platform.consented(district, Exchanging([LONG], APP, told=error), code)


def test_a_permission_that_was_left_out_on_instagrams_page_is_named() -> None:
    """A person can deselect permissions there.

    Without the one for comments, their lists come back empty, as if there were none.
    """
    district, code = account("instagram", LOGINS[0].url), ConsentCode("the-code", "", "https://a.example/")
    basic, comments = LOGINS[0].scope.split(",")
    told: str | list[str] | None
    for told in (basic, [basic]):
        with pytest.raises(Blocked, match=f"the person did not agree to {comments}") as refused:
            instagram.consented(district, Exchanging([LONG], APP, told=SHORT | {"permissions": told}), code)
        assert "agree to all requested permissions" in refused.value.mend
    for told in (f"{basic},{comments},instagram_business_manage_messages", [basic, comments], None):
        client = Exchanging([LONG], APP, told={"data": [SHORT | {"permissions": told}]})
        assert dict(instagram.consented(district, client, code).values) == {"token": "the-long-one"}
