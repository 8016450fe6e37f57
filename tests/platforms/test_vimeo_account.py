"""Which account a token of Vimeo's reads, how one is made by consent, and what the account itself counts."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from recordroom.errors import AccountUnavailable, Blocked
from recordroom.model import Identity
from recordroom.platforms import Code, oauth, vimeo
from tests.platforms.scripted import Answer, Exchanging, Scripted, account
from tests.platforms.studio import DISTRICT, ME, TOKEN, Studio, client_of, records_of


@pytest.mark.parametrize("url", ["https://vimeo.com/fircrest100", "https://vimeo.com/Fircrest100/", "https://vimeo.com/user100"])
def test_the_account_of_the_register_is_the_tokens(url: str) -> None:
    identity = vimeo.identify(account("vimeo", url), client_of(Studio()))
    assert (identity.native_id, identity.server, identity.title, identity.handle) == (ME, "vimeo.com", "Fircrest Schools", "fircrest100")


def test_another_account_is_refused_and_a_renamed_one_is_followed() -> None:
    other = account("vimeo", "https://vimeo.com/larkspur")
    with pytest.raises(AccountUnavailable, match="larkspur") as told:
        vimeo.identify(other, client_of(Studio()))
    assert "https://vimeo.com/user100" in told.value.mend
    assert vimeo.identify(other.identified(Identity(ME, "vimeo.com")), client_of(Studio())).native_id == ME
    with pytest.raises(AccountUnavailable):
        vimeo.identify(other.identified(Identity("999", "vimeo.com")), client_of(Studio()))
    with pytest.raises(Blocked, match="without a token"):
        vimeo.identify(other, Scripted(Studio()))


def test_a_consent_gives_a_token_without_an_end(studio: Studio) -> None:
    consent = vimeo.PLATFORM.consent
    assert consent is not None
    shown = parse_qs(urlsplit(oauth.page_of(consent, {"client_id": "the-app"}, "http://localhost:8790/", "s", "v")).query)
    assert (shown["client_id"], shown["scope"]) == (["the-app"], ["public private video_files"])
    told = {"access_token": TOKEN, "token_type": "bearer", "scope": "public private video_files", "user": {"uri": "/users/100"}}
    client = Exchanging(studio, {"client_id": "the-app", "client_secret": "its-secret"}, told=told)
    token = vimeo.consented(DISTRICT, client, Code("the-code", "v", "http://localhost:8790/"))
    [(url, form, headers)] = client.posted
    assert url == "https://api.vimeo.com/oauth/access_token"
    assert (form["grant_type"], form["code"]) == ("authorization_code", "the-code")
    assert headers["Authorization"] == "Basic dGhlLWFwcDppdHMtc2VjcmV0"
    assert (dict(token.values), token.expires_at, token.consent_until) == ({"token": TOKEN}, None, None)


def test_totals_are_the_lists_own(studio: Studio) -> None:
    totals = vimeo.totals(DISTRICT, client_of(studio))
    assert totals is not None
    assert totals.kinds == {"videos": 2}
    assert sum(r.tally == "videos" for r in records_of(studio).values()) == 2
    assert vimeo.totals(DISTRICT, client_of([Answer({"data": []})])) is None
