"""Limit wrong passwords of programs, at /auth/token and at FAB's own API.

FAB limits its sign-in form in the same way.
"""

from __future__ import annotations

from collections import Counter

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATHS = ("/token", "/token/cli", "/api/v1/security/login")  # below /auth; the last one is FAB's SecurityApi
REFUSED = 401


class TokenLimit:
    """ASGI middleware that refuses an address after too many wrong passwords.

    It refuses for a while, right passwords too. A right password is not counted: a program may sign in as
    often as it must. Each process counts for itself, as FAB does.

    limit: in FAB's form, `5 per 40 second`.
    """

    def __init__(self, app: ASGIApp, limit: str) -> None:
        self._app = app
        self._limit: RateLimitItem = parse(limit)
        self._wrong = FixedWindowRateLimiter(MemoryStorage())
        # address -> passwords being checked now, each of which may be wrong
        self._judging: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "").removeprefix(scope.get("root_path", "")).rstrip("/")
        if scope["type"] != "http" or scope["method"] != "POST" or path not in PATHS:
            await self._app(scope, receive, send)
            return
        address = scope["client"][0] if scope.get("client") else ""
        left = self._wrong.get_window_stats(self._limit, address).remaining - self._judging[address]
        if left <= 0:
            wait = {"Retry-After": str(self._limit.get_expiry())}
            words = (
                "Too many wrong passwords from this address. Try again in "
                f"{self._limit.get_expiry()} seconds."
            )
            await PlainTextResponse(words, 429, wait)(scope, receive, send)
            return

        async def count(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == REFUSED:
                self._wrong.hit(self._limit, address)
            await send(message)

        self._judging[address] += 1
        try:
            await self._app(scope, receive, count)
        finally:
            self._judging[address] -= 1
            if not self._judging[address]:
                del self._judging[address]
