"""The room without Airflow, in this process, over an archive of its own; the test says who asks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.middleware.gzip import GZipMiddleware

from recordroom import settings
from recordroom.rights import Right
from recordroom.web import auth, deps
from recordroom.web.app import create_app
from recordroom.web.auth import Person
from tests.building import Building
from tests.capture import airflow_database

ORIGIN = {"Origin": "http://testserver"}


def forget() -> None:
    """Clear what the room caches in this process about the archive that it was started for."""
    for remembered in (
        settings.load,
        deps.get_workspace,
        deps.get_searcher,
        deps.get_recent_views,
        deps._get_overview,
        deps._read_context,
        deps._list_confidential,
    ):
        remembered.cache_clear()


@cache
def application() -> FastAPI:
    """One a process: it remembers nothing, and to make it takes longer than most pages."""
    return create_app()


@contextmanager
def seated(building: Building, person: Callable[[], Person]) -> Iterator[FastAPI]:
    """The application. Its caches are cleared before and after: the next test has another archive.

    Airflow's database is none, and `.local/env` is not read: after `make up` in this checkout, it names an
    Airflow, in which a test would start runs.
    """
    app = application()
    nowhere = building.settings.journal / "nowhere"
    with airflow_database.used(nowhere / "airflow.db"), pytest.MonkeyPatch.context() as patch:
        patch.setitem(app.dependency_overrides, auth.Anybody, person)
        for name, value in building.environment().items():
            patch.setenv(name, value)
        patch.setenv("RECORDROOM_LOCAL", str(nowhere))
        forget()
        yield app
        deps.get_searcher().client.close()
    forget()


@dataclass
class Who:
    """Return the person who asks now."""

    name: str = "officer"
    rights: frozenset[Right] = frozenset(Right)


@contextmanager
def visited(building: Building, who: Who, **given: Any) -> Iterator[TestClient]:
    """The room as their browser asks it, from the room's own pages and within one session. `given`: further
    settings of the client.
    """
    how: dict[str, Any] = {
        "cookies": {"_token": "a session"},
        "headers": ORIGIN,
        "follow_redirects": False,
        **given,
    }
    with seated(building, lambda: Person(who.name, who.rights)) as app, TestClient(app, **how) as client:
        yield client


async def _on(request: Request, call_next: RequestResponseEndpoint) -> Response:
    return await call_next(request)


@contextmanager
def served(room: FastAPI, *, within: bool = False) -> Iterator[str]:
    """The address of the room behind a real server, below the path that it has in Airflow; `within` what
    Airflow 3.3 has around it (airflow/api_fastapi/core_api/app.py: init_middlewares; a second one of the
    first kind comes with some managers of sign-in).
    """
    app = FastAPI()
    app.mount("/records", room)
    if within:
        app.add_middleware(BaseHTTPMiddleware, dispatch=_on)
        app.add_middleware(BaseHTTPMiddleware, dispatch=_on)
        app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)  # Ctrl-C ends it too
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/records"
    server.should_exit = True
    thread.join()
