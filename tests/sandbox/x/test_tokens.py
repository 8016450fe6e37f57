"""A token expires after two hours and is renewed."""

from typing import Any

import httpx

from infra.sandbox.network import Network


def test_a_refresh_token_is_spent_by_use(network: Network, open_face: Any, client: httpx.Client) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "refresh"}
    network.wait(hours=2)
    died = open_face(network, "x", token="token").get("/2/users/me")
    assert (died.status_code, died.json()["title"]) == (401, "Unauthorized")
    stranger = client.post("/2/oauth2/token", data=form, auth=("app", "guessed"))
    assert (stranger.status_code, stranger.json()["error"]) == (401, "unauthorized_client")
    told = client.post("/2/oauth2/token", data=form, auth=("app", "app secret")).json()
    assert (told["token_type"], told["expires_in"], told["scope"]) == (
        "bearer",
        7200,
        "tweet.read users.read offline.access",
    )
    fresh = open_face(network, "x", token=told["access_token"])
    assert fresh.get("/2/users/me").status_code == 200
    again = client.post("/2/oauth2/token", data=form, auth=("app", "app secret"))
    assert (again.status_code, again.json()["error_description"]) == (
        400,
        "Value passed for the token was invalid.",
    )
    network.wait(hours=2)
    assert fresh.get("/2/users/me").status_code == 401
    next_form = {**form, "refresh_token": told["refresh_token"]}
    assert client.post("/2/oauth2/token", data=next_form, auth=("app", "app secret")).status_code == 200
    assert open_face(network, "x", token=told["refresh_token"]).get("/2/users/me").status_code == 401
