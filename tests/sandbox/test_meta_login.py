"""Meta's three logins: their pages, codes, and tokens, and their refusals."""

from typing import Any

import httpx
import pytest

from infra.sandbox.network import Network

APP = {"client_id": "app", "client_secret": "app secret"}
HERE = "https://here.test/"
PAGES = {"facebook": "/v26.0/dialog/oauth", "instagram": "/oauth/authorize", "threads": "/oauth/authorize"}
MARKS = {"facebook": "_=_", "instagram": "_", "threads": "_"}
GRANTS = {"instagram": "ig_exchange_token", "threads": "th_exchange_token"}
USED = "Matching code was not found or was already used"


@pytest.fixture
def opened(network: Network, open_face: Any, request: pytest.FixtureRequest) -> Any:
    """Provide (client, where, landing, redeem) of one platform."""
    where: str = request.param
    network.grant(where, APP["client_secret"], "", kind="app", user=APP["client_id"])
    client = open_face(network, where, follow_redirects=False)

    def landing(**more: str) -> httpx.URL:
        asked = {
            "client_id": "app",
            "response_type": "code",
            "redirect_uri": HERE,
            "scope": "one,two",
            "state": "s",
            **more,
        }
        return httpx.URL(
            client.get(
                PAGES[where], params={"answer": "bo" if where == "facebook" else "district", **asked}
            ).headers["location"]
        )

    def redeem(code: str, **more: str) -> httpx.Response:
        form = {**APP, "redirect_uri": HERE, "code": code, "grant_type": "authorization_code", **more}
        at = "/v26.0/oauth/access_token"
        answer: httpx.Response = (
            client.get(at, params=form)
            if where == "facebook"
            else client.post("/oauth/access_token", data=form)
        )
        return answer

    yield client, where, landing, redeem
    assert network.invalid == []


every = pytest.mark.parametrize("opened", PAGES, indirect=True)
own = pytest.mark.parametrize("opened", GRANTS, indirect=True)
of_facebook = pytest.mark.parametrize("opened", ["facebook"], indirect=True)


@every
def test_the_page_says_who_may_consent_and_comes_back_with_a_code(opened: Any) -> None:
    client, where, landing, _ = opened
    asked = {
        "client_id": "app",
        "response_type": "code",
        "redirect_uri": HERE,
        "scope": "one,two",
        "state": "s",
    }
    shown = client.get(PAGES[where], params=asked).text
    who = "Bo Lindqvist" if where == "facebook" else "The District"
    assert [words in shown for words in (f"Allow as {who}", f"Without two as {who}", "Decline")] == [True] * 3
    assert (landing().params["state"], landing().fragment) == ("s", MARKS[where])
    denied = dict(landing(answer="").params)
    assert (denied["error"], denied["error_reason"], "code" in denied) == (
        "access_denied",
        "user_denied",
        False,
    )
    for wrong in (
        {"client_id": "another"},
        {"redirect_uri": "http://here.test/"},
        {"scope": ""},
        {"response_type": "token"},
    ):
        assert client.get(PAGES[where], params={**asked, **wrong}).status_code == 400


@of_facebook
def test_facebook_gives_a_token_for_a_code_and_a_longer_one_for_that(
    network: Network, opened: Any, open_face: Any
) -> None:
    client, _, landing, redeem = opened
    short = redeem(landing(without="two").params["code"]).json()
    assert (short["token_type"], short["expires_in"]) == ("bearer", 3600)
    form = {**APP, "grant_type": "fb_exchange_token", "fb_exchange_token": short["access_token"]}
    long = client.get("/v26.0/oauth/access_token", params=form).json()
    assert (long["expires_in"], long["access_token"] != short["access_token"]) == (60 * 86400, True)
    person = open_face(network, "facebook", token=long["access_token"])
    told = person.get("/v26.0/me/permissions").json()["data"]
    assert [one["permission"] for one in told] == ["one"]
    asked = {"input_token": long["access_token"]}
    data = (
        open_face(network, "facebook", token="app|app secret")
        .get("/v26.0/debug_token", params=asked)
        .json()["data"]
    )
    assert (data["type"], data["scopes"]) == ("USER", ["one"])
    assert (
        open_face(network, "facebook", token="app|another")
        .get("/v26.0/debug_token", params=asked)
        .json()["error"]["code"]
        == 190
    )
    assert (
        client.get("/v26.0/oauth/access_token", params={**form, "fb_exchange_token": "x"}).json()["error"][
            "code"
        ]
        == 190
    )


@of_facebook
def test_what_facebook_says_of_a_code_that_it_does_not_take(network: Network, opened: Any) -> None:
    _, _, landing, redeem = opened

    def words(code: str, **more: str) -> tuple[int, str]:
        answer = redeem(code, **more)
        error = answer.json()["error"]
        assert (answer.status_code, error["type"]) == (400, "OAuthException")
        return error["code"], error["message"]

    code = landing().params["code"]
    assert words(code, client_secret="another") == (1, "Error validating client secret.")
    assert words("nothing") == (100, "Invalid verification code format.")
    assert words(code, redirect_uri="https://there.test/")[1].startswith(
        "Error validating verification code. Please make sure"
    )
    assert words(code) == (100, "This authorization code has been used.")
    late = landing().params["code"]
    network.wait(minutes=11)
    assert words(late) == (100, "This authorization code has expired.")


@of_facebook
def test_a_pages_token_ends_with_a_short_one_and_outlives_a_long_one(
    network: Network, opened: Any, open_face: Any
) -> None:
    client, _, landing, redeem = opened
    scopes = "pages_show_list,pages_read_engagement"
    short = redeem(landing(scope=scopes).params["code"]).json()["access_token"]
    form = {**APP, "grant_type": "fb_exchange_token", "fb_exchange_token": short}
    long = client.get("/v26.0/oauth/access_token", params=form).json()["access_token"]
    asked = {"fields": "access_token,tasks"}
    pages = [
        open_face(network, "facebook", token=one).get("/v26.0/me/accounts", params=asked).json()["data"][0]
        for one in (short, long)
    ]
    brief, lasting = (open_face(network, "facebook", token=page["access_token"]) for page in pages)
    assert "MODERATE" in pages[1]["tasks"]
    assert brief.get("/v26.0/me").status_code == 200
    network.wait(hours=2)
    assert brief.get("/v26.0/me").json()["error"]["error_subcode"] == 463
    network.wait(days=61)
    assert lasting.get("/v26.0/me").json()["name"] == "The District"
    network.expire_token("facebook", secret=long, reason="password")
    assert lasting.get("/v26.0/me").json()["error"]["error_subcode"] == 460


@own
def test_a_login_of_its_own_gives_a_token_for_an_hour_and_one_for_60_days(
    network: Network, opened: Any, open_face: Any
) -> None:
    client, where, landing, redeem = opened
    told = redeem(
        landing(scope=f"{'threads_basic' if where == 'threads' else 'instagram_business_basic'},two").params[
            "code"
        ]
    ).json()
    told = told["data"][0] if where == "instagram" else told
    assert told.keys() == (
        {"access_token", "user_id", "permissions"} if where == "instagram" else {"access_token", "user_id"}
    )
    form = {"grant_type": GRANTS[where], "client_secret": "app secret", "access_token": told["access_token"]}
    long = client.get("/access_token", params=form).json()
    assert (long["token_type"], long["expires_in"]) == ("bearer", 60 * 86400)
    version = "v1.0" if where == "threads" else "v26.0"
    assert open_face(network, where, token=long["access_token"]).get(f"/{version}/me").status_code == 200
    for wrong in ({"client_secret": "another"}, {"grant_type": "another"}):
        assert client.get("/access_token", params={**form, **wrong}).json()["error"]["code"] == 100
    network.wait(hours=2)
    assert client.get("/access_token", params=form).json()["error"]["error_subcode"] == 463


@own
def test_a_code_that_a_login_of_its_own_does_not_take(opened: Any) -> None:
    _, _, landing, redeem = opened
    code = landing().params["code"]
    for answer, words in (
        (redeem(code, client_secret="another"), "Error validating client secret."),
        (redeem("nothing"), USED),
        (redeem(code, redirect_uri="https://there.test/"), USED),
        (redeem(code), USED),
    ):
        assert (answer.status_code, answer.json()) == (
            400,
            {"error_type": "OAuthException", "code": 400, "error_message": words},
        )


@of_facebook
def test_a_set_of_scopes_is_asked_for_by_its_name(network: Network, opened: Any) -> None:
    client, _, landing, redeem = opened
    network.grant("facebook", "second secret", "", kind="app", user="second", scopes=["three"], bound="7700")
    code = landing(client_id="second", config_id="7700", scope="").params["code"]
    assert redeem(code, client_id="second", client_secret="second secret").status_code == 200
    assert network.tokens[-1].scopes == ["three"]
    asked = {"client_id": "second", "response_type": "code", "redirect_uri": HERE, "config_id": "another"}
    assert client.get(PAGES["facebook"], params=asked).status_code == 400
