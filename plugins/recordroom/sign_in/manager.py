"""Airflow's auth manager, as AIRFLOW__CORE__AUTH_MANAGER names it.

It is FAB's, with an end to each sign-in.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, cast
from urllib.parse import urljoin

from airflow.configuration import conf
from airflow.providers.fab.auth_manager.fab_auth_manager import FabAuthManager
from airflow.providers.fab.auth_manager.models import User
from cachetools import TTLCache
from fastapi import FastAPI
from jwt import decode

from recordroom.sign_in import session_lifetime
from recordroom.sign_in.addresses import SIGN_OUT
from recordroom.sign_in.token_limit import TokenLimit

Life = Callable[[Any], AbstractAsyncContextManager[Any]]


def _telling_the_rest(life: Life) -> Life:
    @asynccontextmanager
    async def longer(app: FastAPI) -> AsyncIterator[Any]:
        from recordroom.sign_in import audit  # not imported by each process that only checks permissions

        async with life(app) as state:
            yield state
        audit.record_remaining()

    return longer


class AuthManager(FabAuthManager):
    """FAB's auth manager without its cache; tokens end with the sign-in.

    FAB caches people for 30 seconds. Here a person who is disabled, or loses a role, notices it at the next
    request.
    """

    cache: TTLCache[Any, Any] = TTLCache(maxsize=1, ttl=0)

    def get_fastapi_app(self) -> FastAPI | None:
        """Return FAB's application with TokenLimit and a complete audit at its end.

        The audit writes its last counts when the server ends: uvicorn runs nothing after that, not even
        `atexit`. The addresses of TokenLimit have the same limit as the sign-in form.
        """
        app: FastAPI | None = super().get_fastapi_app()
        if app is not None and self.flask_app is not None:
            given = self.flask_app.config
            if given["AUTH_RATE_LIMITED"]:
                app.add_middleware(TokenLimit, limit=given["AUTH_RATE_LIMIT"])
            app.router.lifespan_context = _telling_the_rest(app.router.lifespan_context)
        return app

    async def get_user_from_token(self, token: str) -> User:
        """Return the user who has this token, with the time at which it expires.

        Airflow gives a new token to anyone who presents this one (`POST /ui/auth/token`).
        """
        user: Any = await super().get_user_from_token(token)
        user.token_ends = decode(token, options={"verify_signature": False})["exp"]  # it was verified above
        return cast(User, user)

    def generate_jwt(
        self, user: User, *, expiration_time_in_seconds: int = conf.getint("api_auth", "jwt_expiration_time")
    ) -> str:
        """Return a token that ends with the sign-in or token it is given for."""
        life = (
            min(expiration_time_in_seconds, session_lifetime.seconds_left())
            if session_lifetime.has_begun()
            else expiration_time_in_seconds
        )
        if hasattr(user, "token_ends"):
            life = min(life, int(user.token_ends - time.time()))
        return super().generate_jwt(user, expiration_time_in_seconds=life)

    def get_url_logout(self) -> str | None:
        """Return the address of this package's sign-out.

        FAB's own forgets the cookies and leaves the session alive: a copy of its cookie would still get new
        tokens.
        """
        return urljoin(self.apiserver_endpoint, SIGN_OUT)
