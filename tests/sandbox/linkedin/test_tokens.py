"""How a token expires and is renewed, and what it may read."""

from typing import Any

import httpx

from infra.sandbox.network import Network
from tests.sandbox.linkedin.client import BO


def test_a_token_dies_after_sixty_days_and_is_refreshed(
    network: Network, open_face: Any, client: httpx.Client
) -> None:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": "refresh",
        "client_id": "app",
        "client_secret": "app secret",
    }
    network.wait(days=59)
    told = client.post("/oauth/v2/accessToken", data=form).json()
    assert (told["expires_in"], told["refresh_token"]) == (60 * 86_400, "refresh")
    assert told["refresh_token_expires_in"] == (365 - 59) * 86_400
    assert client.get("/rest/organizationAcls?q=roleAssignee").status_code == 200
    network.wait(days=1)
    died = client.get("/rest/organizationAcls?q=roleAssignee")
    assert (died.status_code, died.json()["code"]) == (401, "EXPIRED_ACCESS_TOKEN")
    fresh = open_face(network, "linkedin", token=told["access_token"])
    assert fresh.get("/rest/organizationAcls?q=roleAssignee").status_code == 200
    told = client.post(
        "/oauth/v2/introspectToken",
        data={"token": "token", "client_id": "app", "client_secret": "app secret"},
    ).json()
    assert (told["active"], told["status"]) == (False, "expired")
    network.wait(days=305)
    again = client.post("/oauth/v2/accessToken", data=form)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    stranger = client.post("/oauth/v2/accessToken", data={**form, "client_secret": "guessed"})
    assert (stranger.status_code, stranger.json()["error"]) == (401, "invalid_client")
    proving = client.post("/oauth/v2/accessToken", data={**form, "code_verifier": "k" * 43})
    assert (proving.status_code, proving.json()["error"]) == (401, "invalid_client")
    assert client.get("/oauth/v2/accessToken").status_code == 400


def test_consent_that_was_withdrawn(network: Network, client: httpx.Client) -> None:
    network.expire_token("linkedin", secret="token", reason="revoked")
    told = client.get("/rest/organizationAcls?q=roleAssignee").json()
    assert (told["code"], told["serviceErrorCode"]) == ("REVOKED_ACCESS_TOKEN", 65601)


def test_a_permission_that_was_not_given(network: Network, open_face: Any) -> None:
    network.grant("linkedin", "reader", BO, scopes=["r_organization_social"])
    reader = open_face(network, "linkedin", token="reader")
    told = reader.get("/rest/organizationAcls?q=roleAssignee").json()
    assert (told["status"], told["serviceErrorCode"], told["code"]) == (403, 100, "ACCESS_DENIED")
    assert (
        told["message"] == "Not enough permissions to access: organizationAcls.FINDER-roleAssignee.20261101"
    )
