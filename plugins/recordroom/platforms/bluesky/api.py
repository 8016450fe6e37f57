"""Requests to Bluesky: AppView, servers of repositories, failures, and sessions.

The network's public AppView needs no session. The server of an account's repository (PDS) is named by its DID
document: in plc.directory; in a network of one's own at `api_url: http://appview?plc=http://plc`, or else in
com.atproto.repo.describeRepo of `api_url`. Only the account's own server and hosts of Bluesky's are asked
whether a post was deleted.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, TokenExpired, UnexpectedResponse
from recordroom.model import Exchange, loads
from recordroom.platforms.bluesky.platform import APPVIEW, DIRECTORY, PLATFORM, PROFILE_URL, SIGN_IN
from recordroom.platforms.bluesky.schema import SESSION, BlueskyContext
from recordroom.platforms.contract import Client, Token, TokenClient
from recordroom.platforms.http import find_failure, find_proxy_failure, require_path_segment, unexpected_field
from recordroom.platforms.paging import NextOf, Params, follow_cursors
from recordroom.platforms.schema import load_content
from recordroom.platforms.unread import IN_A_ROW

if TYPE_CHECKING:
    from recordroom.register.models import Account

BATCH = PLATFORM.ids_in_a_lookup  # posts in one request
# XRPC reports errors with HTTP 400. A 404 is not the AppView's statement that anything was removed.
ANSWERED = (200, 400, 404)
_TRUSTED = (".bsky.network", ".bsky.social")  # hosts of others whose statement on a deletion counts
_EXPIRED = frozenset({"ExpiredToken", "InvalidToken"})
_GONE = frozenset(
    {
        "AccountTakedown",
        "AccountDeactivated",
        "RepoTakendown",
        "RepoSuspended",
        "RepoDeactivated",
        "RepoNotFound",
    }
)
_WRONG_PASSWORD = frozenset({"AuthenticationRequired", "AuthFactorTokenRequired"})


def name_in(account: Account) -> str:
    """Return the handle or DID in the account's address."""
    found = PROFILE_URL.match(urlsplit(account.url).path)
    if not found:
        words = f"{account.url} is not the address of a Bluesky account"
        raise AccountUnavailable(words, "Enter it as https://bsky.app/profile/<handle or DID>.")
    return found[1]


def method_url(account: Account, method: str) -> str:
    """Return the address of a method of the AppView."""
    base = (account.api_url or APPVIEW).partition("?")[0].rstrip("/")
    return f"{base}/xrpc/{method}"


def request(
    account: Account,
    client: Client,
    method: str,
    params: Mapping[str, Any],
    *,
    context: Mapping[str, Any] | None = None,
    more: tuple[int, ...] = (),
) -> Exchange:
    """Request a method of the AppView.

    more: statuses that are no failure, in addition to 200 and to the 400 with which XRPC reports errors.
    """
    answer = client.get(method_url(account, method), params, context=context, expect=(*ANSWERED, *more))
    if answer.status == 404 and (problem := find_proxy_failure(answer)) is not None:
        raise problem
    return answer


def cursor_of(page: Exchange) -> str | None:
    """Return the cursor of the next page.

    None for a failure, and for what is no object: the reader of the page reports that.
    """
    body = load_content(page) if page.status == 200 else None
    found = body.get("cursor") if isinstance(body, dict) else None
    return None if found is None else str(found)


def failure_of(exchange: Exchange) -> PlatformFailure | None:
    """Return the failure that a response reports; None where it reports none."""
    if exchange.status < 400:
        return None
    words = error_in(exchange)
    error = words.partition(":")[0]
    if error in _EXPIRED:
        return TokenExpired(f"{exchange.url}: {words}", "Open a new session with the app password.", exchange)
    if error in _GONE or words.endswith("Profile not found"):
        return AccountUnavailable(
            f"{exchange.url}: {words}", "Check the account's address in the register.", exchange
        )
    return find_failure(exchange, words=words) if words else find_proxy_failure(exchange)


def error_in(exchange: Exchange) -> str:
    """Return what a response says of an error; "" where it says nothing.

    `RecordNotFound: Could not locate record`
    """
    try:
        body = load_content(exchange)
    except UnexpectedResponse:
        return ""
    if not isinstance(body, dict) or "error" not in body:
        return ""
    return f"{body['error']}: {body.get('message', '')}"[:300]


def is_not_found(answer: Exchange) -> bool:
    """Return whether a response says that a post does not exist.

    Any other refusal is raised as its failure: nothing was read.
    """
    if answer.status != 200 and not error_in(answer).startswith("NotFound:"):
        raise failure_of(answer) or unexpected_field(answer, "", "an answer", answer.status)
    return answer.status != 200


def did_of_name(account: Account, client: Client, name: str) -> str:
    """Return the DID of a handle or of a DID; "" where there is none."""
    if name.startswith("did:"):
        return name
    answer = request(account, client, "com.atproto.identity.resolveHandle", {"handle": name})
    found = load_content(answer)
    return str(found.get("did", "")) if answer.status == 200 and isinstance(found, dict) else ""


class Servers:
    """The servers of repositories, as they were found out.

    own: the account's DID.
    unreachable: DIDs whose servers are not known now, since the directory that names them fails.
    """

    def __init__(self, account: Account, client: Client, own: str) -> None:
        self.account, self.client, self.own = account, client, own
        self.unreachable: set[str] = set()
        self._known: dict[str, str | None] = {}
        self._failures = 0  # of the directory, in a row

    def find(self, did: str) -> str | None:
        """Return the server of a repository, https://host; None if it is not known."""
        if did not in self._known:
            self._known[did] = self._request(did)
        return self._known[did]

    def find_own(self) -> str | None:
        """Return the account's own server, to which secrets may be sent.

        Secrets are only sent encrypted, except within a network of one's own.
        """
        found = self.find(self.own)
        return found if found and (found.startswith("https://") or self.account.api_url) else None

    def is_trusted(self, did: str) -> bool:
        """Return whether the statement of a repository's server on a deletion counts."""
        host, own = urlsplit(self.find(did) or "").netloc, urlsplit(self.find(self.own) or "").netloc
        return bool(host) and (host == own or host.endswith(_TRUSTED))

    def _request(self, did: str) -> str | None:
        """Request the server of a repository.

        A directory that failed IN_A_ROW times is not requested again: it may take minutes each time.
        """
        if self._failures < IN_A_ROW:
            try:
                found = _server_in(self._request_document(did))
            except AccountUnavailable:  # the directory does not know the DID
                return None
            except PlatformFailure:
                self._failures += 1
            else:
                self._failures = 0
                return found
        self.unreachable.add(did)
        return None

    def _request_document(self, did: str) -> Any:
        """Request the DID document of a repository; None where nothing names it."""
        directory = parse_qs(urlsplit(self.account.api_url or f"?plc={DIRECTORY}").query).get("plc")
        if did.startswith("did:web:") and did == self.own:
            return load_content(
                self.client.get(f"https://{require_path_segment(did[8:])}/.well-known/did.json")
            )
        if did.startswith("did:plc:") and directory:
            return load_content(self.client.get(f"{directory[0].rstrip('/')}/{require_path_segment(did)}"))
        if directory:
            return None
        answer = request(
            self.account, self.client, "com.atproto.repo.describeRepo", {"repo": did}, more=(501,)
        )
        body = load_content(answer) if answer.status == 200 else None
        return body.get("didDoc") if isinstance(body, dict) else None


def _server_in(document: Any) -> str | None:
    """Return the server that a DID document names."""
    services = document.get("service") if isinstance(document, dict) else None
    for service in services if isinstance(services, list) else ():
        if isinstance(service, dict) and str(service.get("id", "")).endswith("#atproto_pds"):
            found = service.get("serviceEndpoint")
            if isinstance(found, str) and found.startswith(("https://", "http://")):
                return found.rstrip("/")
            return None
    return None


class Api:
    """The requests for one account: to the AppView, and to the account's own server.

    me: DID of the account.
    context: the context of each request.
    servers: the servers of repositories.
    """

    def __init__(self, account: Account, client: Client) -> None:
        self.account, self.client = account, client
        self.me = account.known.native_id
        self.context: BlueskyContext = {"account": self.me, "server": account.known.server}
        self.servers = Servers(account, client, self.me)

    def get(self, method: str, params: Mapping[str, Any], *more: int) -> Exchange:
        """Request a method of the AppView.

        more: statuses that are no failure (see `request`).
        """
        return request(self.account, self.client, method, params, context=self.context, more=more)

    def request_profile(self) -> Exchange:
        return self.get("app.bsky.actor.getProfile", {"actor": self.me})

    def pages(
        self,
        method: str,
        params: Params,
        next_of: NextOf,
        *,
        start: str | None = None,
        context: BlueskyContext | None = None,
    ) -> Iterator[Exchange]:
        """Read pages of the AppView. context: instead of that of each request."""
        return follow_cursors(
            self.client,
            method_url(self.account, method),
            params,
            next_of,
            context=context or self.context,
            expect=ANSWERED,
            start=start,
        )

    def own_pages(
        self,
        method: str,
        params: Params,
        *,
        start: str | None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Iterator[Exchange]:
        """Read pages of the account's own server, with its session."""
        server, token = self.servers.find_own(), self.client.secrets.get("token")
        if server is None or not token:
            raise Blocked("the account's server did not open a session with the app password", SIGN_IN)
        yield from follow_cursors(
            self.client,
            f"{server}/xrpc/{method}",
            params,
            cursor_of,
            headers={"Authorization": f"Bearer {token}", **headers},
            context=self.context,
            expect=(200, 400, 401, 403),
            start=start,
        )


def renew(account: Account, client: TokenClient) -> Token:
    """Open a session of the account with its app password.

    POST com.atproto.server.createSession  {identifier, password} -> {did, accessJwt, ...}
    {"error": "AuthenticationRequired", "message": "Invalid identifier or password"}   with 401

    The server allows 30 sessions in 5 minutes and 300 a day for each account
    (docs.bsky.app/docs/advanced-guides/rate-limits, 2026-11-25). A session lives two hours. The app password
    opens the next one, so the refresh token is never used. A session of another account is an error: its
    server would give that account's messages.
    """
    did = did_of_name(account, client, name_in(account))
    server = Servers(account, client, did).find_own()
    if server is None:
        raise AccountUnavailable(
            f"the server of {account.url} is unknown", "Check the account's address in the register."
        )
    answer = client.post(
        f"{server}/xrpc/com.atproto.server.createSession",
        {"identifier": did, "password": client.secrets["password"]},
        expect=(200, 400, 401, 403, 429),
        as_json=True,
    )
    if answer.status != 200:
        raise _session_failure(answer)
    found = load_content(answer)
    SESSION.check(found, answer, "")
    if found["did"] != did:
        raise TokenExpired(f"the app password belongs to {found['did']}, not to {account.url}", SIGN_IN)
    return Token({"token": found["accessJwt"]}, _end_of(found["accessJwt"]))


def _session_failure(answer: Exchange) -> Exception:
    words = error_in(answer)
    said = f"{answer.url}: HTTP {answer.status}: {words}"
    if words.partition(":")[0] in _WRONG_PASSWORD:
        return TokenExpired(f"the account's server no longer accepts the app password ({said})", SIGN_IN)
    return find_failure(answer, words=words) or UnexpectedResponse(said, "The next capture tries again.")


def _end_of(token: str) -> datetime | None:
    """Return the end of a session as its token states it (RFC 7519, section 4.1.4)."""
    try:
        claims = loads(urlsafe_b64decode(token.split(".")[1] + "=="))
        return datetime.fromtimestamp(claims["exp"], UTC)
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, OSError):
        return None
