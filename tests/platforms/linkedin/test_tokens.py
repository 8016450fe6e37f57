"""LinkedIn's tokens: consent, renewal, and expiration."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from infra.sandbox.story.cast import LINKEDIN_SECRET
from recordroom.errors import Blocked, TokenExpired
from recordroom.platforms import linkedin, oauth
from recordroom.platforms.contract import ConsentCode
from tests.platforms.linkedin.test_walk import open_story
from tests.platforms.scripted import NOW, Exchanging, account

DISTRICT = account(
    "linkedin", "https://www.linkedin.com/company/cascadevalleyesd", api_url="http://linked.test"
)


def test_token_is_renewed_with_the_refresh_token() -> None:
    _, client = open_story()
    before = datetime.now(UTC)
    fresh = linkedin.renew(DISTRICT, client)
    assert fresh.values["token"] != LINKEDIN_SECRET
    assert fresh.expires_at is not None
    assert timedelta(days=59) < fresh.expires_at - before <= timedelta(days=60, minutes=1)
    assert fresh.consent_until is not None
    client.authorize({**client.secrets, "refresh_token": "nonsense"})
    with pytest.raises(TokenExpired, match="invalid_grant") as refused:
        linkedin.renew(DISTRICT, client)
    # a consent is saved where renewed tokens are: no person has to copy one
    assert "recordroom connect" in refused.value.mend


def test_end_of_a_token_is_read_with_the_app() -> None:
    """The token has no refresh token, so people are warned of its end."""
    network, client = open_story()
    told = linkedin.inspect(DISTRICT, client)
    [token] = [one for one in network.tokens if one.secret == LINKEDIN_SECRET]
    assert told.expires_at is not None
    assert token.expires is not None
    assert abs(told.expires_at - token.expires) < timedelta(minutes=5)
    assert told.values == {}
    client.authorize({"token": LINKEDIN_SECRET})
    with pytest.raises(Blocked, match="client_id, client_secret"):
        linkedin.inspect(DISTRICT, client)


def test_consent_gives_a_token() -> None:
    """The test covers the page on which a person consents, and the exchange of the consent for a token."""
    consent = linkedin.PLATFORM.consent
    assert consent is not None
    shown = parse_qs(
        urlsplit(
            oauth.consent_address(consent, {"client_id": "the-app"}, "http://localhost:8790/", "s", "")
        ).query
    )
    assert (shown["client_id"], shown["scope"]) == (
        ["the-app"],
        ["r_organization_social r_organization_social_feed rw_organization_admin"],
    )
    told = {
        "access_token": "AQX",
        "expires_in": 5184000,
        "refresh_token": "AQR",
        "refresh_token_expires_in": 31536000,
        "scope": "x",
    }
    client = Exchanging([], {"client_id": "the-app", "client_secret": "its-secret"}, told=told)
    token = linkedin.consented(DISTRICT, client, ConsentCode("the-code", "", "http://localhost:8790/"))
    [(url, form, _)] = client.posted
    assert url == "http://linked.test/oauth/v2/accessToken"
    assert not consent.takes_proof_key, (
        "LinkedIn refuses an app that sends a proof key in addition to its secret"
    )
    assert "code_verifier" not in form
    assert (form["grant_type"], form["code"], form["redirect_uri"]) == (
        "authorization_code",
        "the-code",
        "http://localhost:8790/",
    )
    assert (dict(token.values), token.expires_at) == (
        {"token": "AQX", "refresh_token": "AQR"},
        NOW + timedelta(days=60),
    )
    assert token.consent_until == NOW + timedelta(days=365)
