"""Requests to an instance, and its refusals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Unpack
from urllib.parse import urlsplit

from recordroom.errors import Blocked, PlatformFailure, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms import http
from recordroom.platforms.contract import Client, KnownRecord
from recordroom.platforms.http import ApiClient, require_path_segment
from recordroom.platforms.mastodon.platform import FOR_ALL, PLATFORM, record_id_of
from recordroom.platforms.mastodon.schema import MastodonContext, Place, error_in
from recordroom.platforms.mastodon.statuses import check_statuses, ids_in
from recordroom.platforms.paging import Params, follow_links
from recordroom.platforms.schema import load_content

if TYPE_CHECKING:
    from recordroom.register.models import Account

BATCH = PLATFORM.ids_in_a_lookup  # statuses in one request
PERMISSION = (
    "a token of the account itself with the scopes read:accounts and read:statuses;"
    " docs/platforms/mastodon.md says how to get it"
)
# doorkeeper_forbidden_render_options in app/controllers/api/base_controller.rb of Mastodon
_MISSING_SCOPE = "outside the authorized scopes"


def base_of(account: Account) -> str:
    parts = urlsplit(account.url)
    return (account.api_url or f"{parts.scheme}://{parts.netloc}").rstrip("/")


class Api(ApiClient):
    """A client that sends the token, and names failures in the instance's words.

    An instance refuses a token without the scope even what it shows to everybody, so that no list leaves
    something out silently.
    as_anybody: send no token.
    """

    api_name, error_statuses, one_of_secrets = "A Mastodon instance", (401, 403, 404, 410), ()

    def __init__(self, client: Client, *, as_anybody: bool = False) -> None:
        super().__init__(client)
        self.signed_in = bool(self.secrets.get("token")) and not as_anybody

    def make_headers(self) -> dict[str, str]:
        return super().make_headers() if self.signed_in else {}

    def find_failure(self, exchange: Exchange, expect: tuple[int, ...]) -> PlatformFailure | None:
        words = error_in(exchange)
        if exchange.status in {404, 410} and not words:
            return http.find_proxy_failure(exchange)
        if exchange.status in expect:
            return None
        needed = f"{words}: required is {PERMISSION}" if _MISSING_SCOPE in words else words
        return http.find_failure(exchange, anonymous=not self.signed_in, words=needed)


class Instance:
    """The instance of an account, and the requests to it.

    me: native ID of the account.
    server: identity of the instance.
    signed_in: whether requests send a token.
    """

    def __init__(self, account: Account, client: Client) -> None:
        self.base = base_of(account)
        self.me, self.server = require_path_segment(account.known.native_id), account.known.server
        self.context: MastodonContext = {"account": self.me, "server": self.server}
        self.api = Api(client)
        self.signed_in = self.api.signed_in
        self._as_anybody = Api(client, as_anybody=True)
        self._identified = account.known.exchange

    def record_id(self, status: str) -> str:
        return record_id_of(self.server, status)

    def get(
        self,
        path: str,
        params: Params | None = None,
        *,
        expect: tuple[int, ...] = (200, 404),
        **context: Unpack[MastodonContext],
    ) -> Exchange:
        """Send a request. path: below /api/v1."""
        url = f"{self.base}/api/v1{path}"
        return self.api.get(url, params, context={**self.context, **context}, expect=expect)

    def get_as_anybody(
        self, path: str, params: Params | None = None, **context: Unpack[MastodonContext]
    ) -> Exchange | None:
        """Send a request without the token.

        An instance hides from an account what people wrote whom the account blocks or mutes
        (app/lib/status_filter.rb of Mastodon). None where requests send no token anyway, or where the
        instance shows nothing without one.
        """
        if not self.signed_in:
            return None
        url = f"{self.base}/api/v1{path}"
        try:
            answer = self._as_anybody.get(url, params, context={**self.context, **context}, expect=(200, 404))
        except Blocked:
            return None
        return answer if answer.status == 200 else None

    def pages(self, path: str, params: Params | None = None, start: str | None = None) -> Iterator[Exchange]:
        """Read the pages of a list. path: with /api and its version."""
        yield from follow_links(self.api, f"{self.base}{path}", params, context=self.context, start=start)

    @cached_property
    def foreign_token(self) -> Exchange | None:
        """Return the response that says that the token is not one of this account.

        None where it does. It is requested in every window: if the application was deleted, the instance
        treats requests as anonymous, and statuses for followers seem to be unavailable. 403: a scope is
        missing; 422: the token belongs to no account.
        """
        answer = self.get("/accounts/verify_credentials", expect=(200, 403, 422))
        body = load_content(answer)
        is_ours = answer.status == 200 and isinstance(body, dict) and str(body.get("id")) == self.me
        return None if is_ours else answer

    def may_hide(self, known: KnownRecord) -> bool:
        """Return whether a status may exist although it is not given.

        It is not for everybody, and requests have no token of the account.
        """
        is_anonymous = not self.signed_in or self.foreign_token is not None
        return is_anonymous and known.visibility() not in FOR_ALL

    def profile(self) -> Exchange:
        """Return the profile, which `identify` may have requested."""
        if self._identified:
            return replace(self._identified, context=dict(self.context))
        return self.get(f"/accounts/{self.me}", expect=(200,))

    def statuses(
        self, natives: Sequence[str], places: Mapping[str, Place], /, **context: Unpack[MastodonContext]
    ) -> Iterator[tuple[Sequence[str], Exchange]]:
        """Request statuses by their IDs, as many at once as an instance allows.

        places: the places of these statuses, as far as they are known.
        Yields the IDs of each request, and the response with the statuses that are shown.
        """
        for start in range(0, len(natives), BATCH):
            some = natives[start : start + BATCH]
            context["places"] = {native: list(places[native]) for native in some if native in places}
            answer = self.get("/statuses", {"id[]": list(some)}, **context)
            if answer.status != 200:
                raise UnexpectedResponse(
                    f"{answer.url}: HTTP 404", "The instance must run Mastodon 4.3 or newer.", answer
                )
            yield some, answer

    def status(
        self, native: str, place: Place | None = None, /, **context: Unpack[MastodonContext]
    ) -> Exchange | None:
        """Request one status by its own address; None where it is not shown.

        An instance shows there what it leaves out of lists and contexts: statuses of people whom it has
        limited and whom the account does not follow (app/lib/status_filter.rb of Mastodon).
        """
        context["places"] = {native: list(place)} if place else {}
        answer = self.get(f"/statuses/{require_path_segment(native)}", **context)
        if answer.status != 200:
            return None
        check_statuses(answer, [load_content(answer)], "")
        return answer

    def find_statuses(self, natives: Sequence[str], places: Mapping[str, Place]) -> Iterator[Exchange]:
        """Request statuses by their IDs, in all ways in which an instance may show them.

        As the account; those that are not shown, without the token; the rest, one by one.
        """
        for some, answer in self.statuses(natives, places):
            yield answer
            missing = set(some) - ids_in(answer)
            known = {native: list(places[native]) for native in sorted(missing) if native in places}
            if missing and (
                shown := self.get_as_anybody("/statuses", {"id[]": sorted(missing)}, places=known)
            ):
                yield shown
                missing -= ids_in(shown)
            for native in sorted(missing):
                if alone := self.status(native, places.get(native)):
                    yield alone
