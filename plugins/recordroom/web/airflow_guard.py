"""Protect every page of Airflow's server, including the records room.

plugins/records_plugin.py registers the middleware with Airflow.
"""

from __future__ import annotations

import re

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# FastAPI serves the descriptions of Airflow's three APIs (public, sign-in, workers) to everyone.
_DESCRIPTIONS = re.compile(r"/(auth/|execution/)?(docs(/.*)?|redoc|openapi\.json)/?")


class AirflowGuard:
    """ASGI middleware that forbids foreign frames and hides API descriptions."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guard(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # Airflow shows the room in a frame of its own
                headers.setdefault("X-Frame-Options", "SAMEORIGIN")
                headers.setdefault("Content-Security-Policy", "frame-ancestors 'self'")
            await send(message)

        if _DESCRIPTIONS.fullmatch(scope["path"].removeprefix(scope.get("root_path", ""))):
            closed = PlainTextResponse(
                "This server does not describe its API. See Airflow's documentation.", 404
            )
            await closed(scope, receive, guard)
            return
        await self._app(scope, receive, guard)
