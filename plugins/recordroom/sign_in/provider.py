"""The agency's provider: requests to it, and which of its responses are trusted."""

from __future__ import annotations

import logging
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from flask import request, session
from joserfc.errors import JoseError
from werkzeug import Response

from recordroom.errors import ServiceUnavailable, SignInRefused
from recordroom.sign_in.addresses import return_address

_log = logging.getLogger(__name__)
# algorithms whose key only the provider has
SIGNED = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
BEGIN = "Start again. If this happens every time, tell the administrator of sign-in."


class Remote:
    """The provider of one sign-in.

    client: authlib's, as FAB registered it. issuer: as the settings name it.
    """

    def __init__(self, client: Any, issuer: str) -> None:
        self.client, self.issuer = client, issuer

    def ask(self, wanted: str) -> Response:
        """Return the redirect to the provider's sign-in.

        wanted: the page to show after the return.
        """
        self._metadata()
        begun = self.client.create_authorization_url(return_address())
        self.client.save_authorize_data(redirect_uri=return_address(), wanted=wanted, **begun)
        return Response(status=302, headers={"Location": begun["url"]})

    def answer(self) -> tuple[dict[str, Any], str]:
        """Return the verified claims of the ID token, and the page that was wanted.

        SignInRefused if anything about the response is wrong.
        """
        self._metadata()
        asked = self.client.framework.get_state_data(session, request.args.get("state"))
        if asked is None:
            why = "the state does not belong to this session"
            raise SignInRefused("This sign-in has expired or was started elsewhere", BEGIN, why)
        pinned = {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self.client.client_id},
        }
        try:
            token = self.client.authorize_access_token(claims_options=pinned)
        except requests.RequestException as problem:
            raise _away(problem) from problem
        except (AuthlibBaseError, JoseError, ValueError, KeyError) as problem:
            raise SignInRefused(
                "The sign-in did not succeed", BEGIN, f"{type(problem).__name__}: {problem}"
            ) from problem
        if not token.get("userinfo"):
            raise SignInRefused("The sign-in did not succeed", BEGIN, "the provider sent no ID token")
        return dict(token["userinfo"]), asked["wanted"]

    def end(self) -> str | None:
        """Return the address that ends the provider's session.

        None if it has none (Google).
        """
        return (
            self.client.create_logout_url(client_id=self.client.client_id)["url"]
            if "end_session_endpoint" in self._metadata()
            else None
        )

    def _metadata(self) -> dict[str, Any]:
        """Return the configured issuer's discovery document, read once a process."""
        try:
            told: dict[str, Any] = self.client.load_server_metadata()
        except (requests.RequestException, ValueError) as problem:
            raise _away(problem) from problem
        if told.get("issuer") != self.issuer:
            why = (
                f"the provider calls itself {told.get('issuer')!r}, and "
                f"RECORDROOM_SIGN_IN_ISSUER is {self.issuer!r}: they must be the same"
            )
            raise SignInRefused("Sign-in is not set up correctly", "Tell the administrator of sign-in.", why)
        told["id_token_signing_alg_values_supported"] = SIGNED
        return told


def _away(problem: Exception) -> ServiceUnavailable:
    _log.error("unexpected response of the sign-in provider: %s", type(problem).__name__)
    return ServiceUnavailable("The agency's sign-in does not respond", "Try again in a few minutes.")
