"""Who is asked on Bluesky: the AppView, and the server of an account's repository (PDS), which its DID
document names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from recordroom.errors import AccountUnavailable, PlatformFailure
from recordroom.model import Exchange
from recordroom.platforms.bluesky.platform import APPVIEW, DIRECTORY, PROFILE_URL
from recordroom.platforms.contract import Client
from recordroom.platforms.http import in_path, unworded
from recordroom.platforms.schema import content_of
from recordroom.platforms.unread import IN_A_ROW

if TYPE_CHECKING:
    from recordroom.register.models import Account

ANSWERED = (
    200,
    400,
    404,
)  # XRPC says with HTTP 400 what is wrong, so that a 404 is no word of the AppView's that anything is gone
TRUSTED = (
    ".bsky.network",
    ".bsky.social",
)  # hosts of strangers' servers whose word on a deletion is asked for


def name_in(account: Account) -> str:
    """The handle or DID in the account's address."""
    found = PROFILE_URL.match(urlsplit(account.url).path)
    if not found:
        words = f"{account.url} is not the address of a Bluesky account"
        raise AccountUnavailable(words, "It reads https://bsky.app/profile/<handle or DID>.")
    return found[1]


def appview(account: Account) -> str:
    return (account.api_url or APPVIEW).partition("?")[0].rstrip("/")


def ask(
    account: Account,
    client: Client,
    method: str,
    params: Mapping[str, Any],
    *,
    context: Mapping[str, Any] | None = None,
    more: tuple[int, ...] = (),
) -> Exchange:
    """The AppView's answer. `more`: statuses that are no failure, beside 200 and the 400 with which XRPC says
    what is wrong.
    """
    answer = client.get(
        f"{appview(account)}/xrpc/{method}", params, context=context, expect=(*ANSWERED, *more)
    )
    if answer.status == 404 and (problem := unworded(answer)) is not None:
        raise problem
    return answer


def did_of_name(account: Account, client: Client, name: str) -> str:
    """The DID of a handle, of a DID itself; "" where there is none."""
    if name.startswith("did:"):
        return name
    answer = ask(account, client, "com.atproto.identity.resolveHandle", {"handle": name})
    found = content_of(answer)
    return str(found.get("did", "")) if answer.status == 200 and isinstance(found, dict) else ""


class Servers:
    """The servers of repositories, as they were found out. `own`: the account's DID; `untold`: those whose
    server is not told now, since whoever knows it fails."""

    def __init__(self, account: Account, client: Client, own: str) -> None:
        self.account, self.client, self.own = account, client, own
        self.untold: set[str] = set()
        self._known: dict[str, str | None] = {}
        self._row = 0

    def of(self, did: str) -> str | None:
        """The PDS of an account, https://host; None where it cannot be found out."""
        if did not in self._known:
            self._known[did] = self._found(did)
        return self._known[did]

    def _found(self, did: str) -> str | None:
        """A directory that failed IN_A_ROW times is asked no more: it may take minutes each time."""
        if self._row < IN_A_ROW:
            try:
                found = self._resolve(did)
            except AccountUnavailable:  # it knows nobody of that name
                return None
            except PlatformFailure:
                self._row += 1
            else:
                self._row = 0
                return found
        self.untold.add(did)
        return None

    def of_account(self) -> str | None:
        """Our own, to which secrets may be sent: only encrypted, but within a network of one's own."""
        found = self.of(self.own)
        return found if found and (found.startswith("https://") or self.account.api_url) else None

    def is_trusted(self, did: str) -> bool:
        host, own = urlsplit(self.of(did) or "").netloc, urlsplit(self.of(self.own) or "").netloc
        return bool(host) and (host == own or host.endswith(TRUSTED))

    def _resolve(self, did: str) -> str | None:
        given = parse_qs(urlsplit(self.account.api_url or f"?plc={DIRECTORY}").query).get("plc")
        if did.startswith("did:web:") and did == self.own:
            document = content_of(self.client.get(f"https://{in_path(did[8:])}/.well-known/did.json"))
        elif did.startswith("did:plc:") and given:
            document = content_of(self.client.get(f"{given[0].rstrip('/')}/{in_path(did)}"))
        elif not given:
            answer = ask(
                self.account, self.client, "com.atproto.repo.describeRepo", {"repo": did}, more=(501,)
            )
            document = (
                content_of(answer).get("didDoc")
                if answer.status == 200 and isinstance(content_of(answer), dict)
                else None
            )
        else:
            return None
        services = document.get("service") if isinstance(document, dict) else None
        for service in services if isinstance(services, list) else ():
            if isinstance(service, dict) and str(service.get("id", "")).endswith("#atproto_pds"):
                found = service.get("serviceEndpoint")
                return (
                    found.rstrip("/")
                    if isinstance(found, str) and found.startswith(("https://", "http://"))
                    else None
                )
        return None
