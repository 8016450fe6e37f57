"""How Vimeo is asked, and what it calls a failure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from recordroom.errors import PlatformFailure, Throttled
from recordroom.model import Exchange, loads
from recordroom.platforms import Client, answers
from recordroom.platforms.answers import retry_after
from recordroom.platforms.asking import Asking
from recordroom.platforms.paging import Params
from recordroom.platforms.patience import patiently
from recordroom.platforms.vimeo.platform import ACCEPT, HOST

if TYPE_CHECKING:
    from recordroom.register.models import Account

ERRORS = (400, 401, 403, 404, 429, 500, 503)


def base_of(account: Account) -> str:
    return (account.api_url or HOST).rstrip("/")


class Api(Asking):
    """A Client that sends the token and the version, names failures in Vimeo's words, and stops where nothing more is allowed. `patient`:
    it waits, where Vimeo says that more is allowed within a minute."""

    who, statuses = "Vimeo's API", ERRORS

    def __init__(self, client: Client, *, patient: bool = False) -> None:
        super().__init__(client)
        self._patient = patient

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Requests that wait for nothing."""
        before, self._patient = self._patient, False
        try:
            yield
        finally:
            self._patient = before

    def get(
        self,
        url: str,
        params: Params | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        context: Mapping[str, Any] | None = None,
        expect: tuple[int, ...] = (200,),
    ) -> Exchange:
        ask = partial(super().get, url, params, headers=headers, context=context, expect=expect)
        return patiently(ask, self._forget) if self._patient else ask()

    def _forget(self) -> None:
        self._full = None

    def shown(self) -> dict[str, str]:
        return {**super().shown(), "Accept": ACCEPT}

    def named(self, exchange: Exchange, expect: tuple[int, ...]) -> PlatformFailure | None:  # noqa: ARG002 (its words say all)
        return failure(exchange)

    def used_up(self, exchange: Exchange) -> Throttled | None:
        """After the last request that a minute allows, the next one is not sent."""
        if (exchange.header("X-RateLimit-Remaining") or "").strip() != "0":
            return self._full
        words = f"{exchange.url.partition('?')[0]}: all requests that Vimeo allows are used"
        return Throttled(words, retry_after(exchange))


def failure(exchange: Exchange) -> PlatformFailure | None:
    """{"error": "The requested video couldn't be found.", "link": null, "developer_message": "...", "error_code": 5000}"""
    if exchange.status < 400:
        return None
    try:
        told = loads(exchange.body)
    except (ValueError, RecursionError):
        told = None
    told = told if isinstance(told, dict) else {}
    code, said = told.get("error_code"), told.get("developer_message") or told.get("error")
    words = f"error {code}: {str(said)[:200].rstrip('. ')}" if code is not None else str(said or "")[:200].rstrip(". ")
    if not words:
        return answers.unworded(exchange)
    problem = answers.failure(replace(exchange, url=exchange.url.partition("?")[0]), words=words)  # the query names all fields
    if problem is not None:
        problem.exchange = exchange
    return problem
