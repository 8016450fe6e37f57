"""How an instance is asked, and what it calls a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from recordroom.errors import PlatformFailure
from recordroom.model import Exchange
from recordroom.platforms import http
from recordroom.platforms.contract import Client
from recordroom.platforms.http import Asking
from recordroom.platforms.mastodon.inbox import PERMISSION
from recordroom.platforms.mastodon.statuses import words_of

if TYPE_CHECKING:
    from recordroom.register.models import Account

# doorkeeper_forbidden_render_options in app/controllers/api/base_controller.rb of Mastodon
OUTSIDE = "outside the authorized scopes"


def base_of(account: Account) -> str:
    parts = urlsplit(account.url)
    return (account.api_url or f"{parts.scheme}://{parts.netloc}").rstrip("/")


class Api(Asking):
    """A Client that sends the token where there is one, and tells a refusal in the instance's words. A token
    without a scope is refused what anybody may read without one, so that nothing of a list is left out for it
    in silence. `as_anybody`: without the token, for what an instance keeps from the account alone."""

    who, statuses, needs = "A Mastodon instance", (401, 403, 404, 410), ()

    def __init__(self, client: Client, *, as_anybody: bool = False) -> None:
        super().__init__(client)
        self.signed_in = bool(self.secrets.get("token")) and not as_anybody

    def shown(self) -> dict[str, str]:
        return super().shown() if self.signed_in else {}

    def named(self, exchange: Exchange, expect: tuple[int, ...]) -> PlatformFailure | None:
        words = words_of(exchange)
        if exchange.status in {404, 410} and not words:
            return http.unworded(exchange)
        if exchange.status in expect:
            return None
        needed = f"{words}: needed is {PERMISSION}" if OUTSIDE in words else words
        return http.failure(exchange, anonymous=not self.signed_in, words=needed)
