"""What all of Bluesky's methods share: limits and errors, and who is signed in at the PDS.

A signed-in account asks its PDS, which passes on to the AppView, or to the service that the header
Atproto-Proxy names (atproto.com/specs/xrpc#service-proxying).
"""

from flask import Response, request
from werkzeug.exceptions import HTTPException

from infra.sandbox.faces import bluesky_sessions as sessions
from infra.sandbox.faces.bluesky_records import Json, did
from infra.sandbox.faces.bluesky_views import Views
from infra.sandbox.faces.bluesky_xrpc import answer, method
from infra.sandbox.faces.common import Face, Refusal, Routes, base
from infra.sandbox.model import Account, Token

APPVIEW, CHAT = "did:web:api.bsky.app#bsky_appview", "did:web:api.bsky.chat#bsky_chat"
NOT_THERE = (501, "MethodNotImplemented", "Method Not Implemented")


def service() -> str:
    """Whom the PDS passes the request on to."""
    named = request.headers.get("Atproto-Proxy", APPVIEW)
    whose, _, part = named.partition("#")
    if not whose or not part:
        raise Refusal(
            400, "InvalidRequest", f"no {'service id' if whose else 'did'} specified in proxy header"
        )
    if named not in (APPVIEW, CHAT):
        raise Refusal(400, "InvalidRequest", "could not resolve proxy did")
    return named


class BlueskyFace(Face):
    def forms(self) -> Routes:
        names = {"createSession": self.sign_in, "refreshSession": self.refresh}
        return {f"/xrpc/com.atproto.server.{name}": view for name, view in names.items()}

    def client(self) -> str:
        return request.headers.get("Authorization") or request.remote_addr or "anonymous"

    def throttled(self) -> Response:
        return self.refused(Refusal(429, "RateLimitExceeded", "Rate Limit Exceeded"))

    def refused(self, refusal: Refusal) -> Response:
        return answer(method(), dict(zip(("error", "message"), refusal.details, strict=True)), refusal.status)

    def lost(self, error: HTTPException) -> Response:
        if request.path.startswith("/xrpc/") and error.code == 404:
            return self.refused(Refusal(*NOT_THERE))
        if error.code == 405:
            expected = "POST" if request.path in self.forms() else "GET"
            return self.refused(
                Refusal(
                    400, "InvalidRequest", f"Incorrect HTTP method ({request.method}) expected {expected}"
                )
            )
        return self.refused(Refusal(error.code or 404, "InvalidRequest", error.name))

    def views(self) -> Views:
        return Views(self.network, base=base())

    # -- sessions ---------------------------------------------------------------------------------

    def secret(self) -> str:
        return request.headers.get("Authorization", "").removeprefix("Bearer ").strip()

    def viewer(self) -> tuple[Account, Token]:
        """Who is signed in, and with what."""
        token = sessions.viewer(self.network, self.secret())
        return self.network.accounts[token.account], token

    def sign_in(self) -> Response:
        if request.mimetype != "application/json":
            told = f"Wrong request encoding (Content-Type): {request.mimetype}" if request.mimetype else ""
            raise Refusal(
                400, "InvalidRequest", told or "Request encoding (Content-Type) required but not provided"
            )
        body = request.get_json(silent=True)
        given: Json = body if isinstance(body, dict) else {}
        return self.session(
            sessions.signed_in(self.network, self.views().account(str(given.get("identifier"))), given)
        )

    def refresh(self) -> Response:
        return self.session(sessions.refreshed(self.network, self.secret()))

    def session(self, opened: tuple[Account, Token, Token]) -> Response:
        account, access, refresh = opened
        told = {
            "accessJwt": access.secret,
            "refreshJwt": refresh.secret,
            "did": did(account),
            "didDoc": self.document(account),
        }
        return answer(
            method(),
            {
                **told,
                "handle": account.handle,
                "email": f"staff@{account.handle}",
                "emailConfirmed": True,
                "active": True,
            },
        )

    def document(self, account: Account) -> Json:
        """Where an account lives: its DID document."""
        at = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": base()}
        names = {"id": did(account), "alsoKnownAs": [f"at://{account.handle}"]}
        return {"@context": ["https://www.w3.org/ns/did/v1"], **names, "service": [at]}
