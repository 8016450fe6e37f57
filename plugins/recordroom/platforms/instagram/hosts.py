"""Where Instagram answers, by which of its two logins a token is of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recordroom.platforms.contract import Client

if TYPE_CHECKING:
    from recordroom.register.models import Account

VERSION = "v26.0"  # https://developers.facebook.com/docs/graph-api/changelog/, 2026-11-24
FACEBOOKS = "EAA"  # what its tokens begin with
INSTAGRAM, FACEBOOK, SERVER = "https://graph.instagram.com", "https://graph.facebook.com", "instagram.com"
CODES = "https://api.instagram.com"


def is_facebooks(client: Client) -> bool:
    return client.secrets.get("token", "").startswith(FACEBOOKS)


def base_of(account: Account, client: Client) -> str:
    host = account.api_url or (FACEBOOK if is_facebooks(client) else INSTAGRAM)
    return f"{host.rstrip('/')}/{VERSION}"
