"""The room as a FastAPI application, which plugins/records_plugin.py mounts below /records inside Airflow's
UI.

Everything captured is hostile and this is Airflow's own origin: whatever a page shows is escaped by its
template, no page runs a script that is not a file of ours, and nothing comes from another host.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException as StarletteError

from recordroom.errors import NotThere, RecordroomError, ServiceUnavailable, SpoolFull, UsageError
from recordroom.rights import Right
from recordroom.web import auth, templating
from recordroom.web.routes import (
    audit,
    author,
    capture,
    coverage,
    evidence,
    export_form,
    exports,
    home,
    media,
    quarantine,
    record,
    search,
    terms,
)

_log = logging.getLogger(__name__)


def create_app() -> FastAPI:
    """Without FastAPI's own pages, which would be open to everybody."""
    app = FastAPI(title="Records", docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    of_a_record = (record, author, evidence, media)
    of_many = (search, terms, export_form, exports)
    for page in (home, *of_many, *of_a_record, coverage, audit, quarantine, capture):
        app.include_router(page.router)
    app.get("/{path:path}")(_handle_unknown_path)
    app.middleware("http")(_guard_request)
    app.add_exception_handler(StarletteError, _handle_http_error)
    app.add_exception_handler(RequestValidationError, _handle_invalid_address)
    app.add_exception_handler(RecordroomError, _handle_named_error)
    app.add_exception_handler(Exception, _handle_unexpected_error)
    return app


async def _guard_request(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Nothing is changed from another site's page: what changes something comes with our own origin."""
    if request.method not in ("GET", "HEAD") and not _has_own_origin(request):
        return templating.render_problem(
            request, 403, "This came from another site", "Go back to the room and do it there."
        )
    is_static = request.url.path.startswith(
        f"{request.scope.get('root_path', '')}/static/"
    )  # asked now: a mount moves the root
    response = await call_next(request)
    for name, value in templating.HEADERS.items():
        response.headers.setdefault(name, value)
    if is_static and response.status_code != 404:
        response.headers["Cache-Control"] = "max-age=3600"
    return response


def _handle_unknown_path(
    request: Request,
    path: str,
    _: Annotated[auth.Person, Depends(auth.require_right(Right.ENTER))],
) -> Response:
    """Answer each address that is no page's; redirect one that ends in a slash to the same without it."""
    if page := path.strip("/") if path.endswith("/") else "":
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{request.scope.get('root_path', '')}/{page}{query}", 308)
    raise HTTPException(404, "Go on by a link of the room.")


def _has_own_origin(request: Request) -> bool:
    return request.headers.get("origin") == f"{request.url.scheme}://{request.url.netloc}"


async def _handle_http_error(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException | StarletteError)  # noqa: S101 (what it is registered for)
    nobody = problem.status_code == 401 or (
        problem.status_code == 403 and not isinstance(problem, auth.Forbidden)
    )
    if (
        nobody and request.method == "GET"
    ):  # 403 of Airflow: the token is one that was given back, or of a person who is disabled
        return RedirectResponse(auth.make_sign_in_address(request), 303)
    if nobody:
        mend = (
            "Sign in by another tab, come back to this one, and send it again: what you typed stands there"
            " still. Nothing was done."
        )
        return templating.render_problem(request, 401, "You are not signed in", mend)
    titles = {403: "You may not see this", 404: "There is no such page"}
    return templating.render_problem(
        request,
        problem.status_code,
        titles.get(problem.status_code, "This cannot be done"),
        str(problem.detail),
    )


async def _handle_invalid_address(request: Request, problem: Exception) -> Response:
    """An address without what its page needs, or with something else in its place."""
    assert isinstance(problem, RequestValidationError)  # noqa: S101 (what it is registered for)
    named = ", ".join(sorted({str(one["loc"][-1]) for one in problem.errors()}))
    return templating.render_problem(
        request,
        400,
        "This address is not whole",
        f"Follow a link of the room. What is lacking or wrong: {named}.",
    )


async def _handle_named_error(request: Request, problem: Exception) -> Response:
    """A failure that has words. Those of a damaged archive or disk name keys and folders, and are for the
    log.
    """
    assert isinstance(problem, RecordroomError)  # noqa: S101 (what it is registered for)
    if isinstance(problem, UsageError):
        return templating.render_problem(
            request, 404 if isinstance(problem, NotThere) else 400, problem.message, problem.mend
        )
    if isinstance(problem, ServiceUnavailable):
        _log.warning("%s: %s", request.url.path, problem)
        return templating.render_problem(request, 503, problem.message, problem.mend)
    if isinstance(problem, SpoolFull):
        _log.error("%s: %s", request.url.path, problem)
        return templating.render_problem(
            request, 503, "The disk of the server is full", "Nothing was done. Tell whoever runs recordroom."
        )
    return await _handle_unexpected_error(request, problem)


async def _handle_unexpected_error(request: Request, problem: Exception) -> Response:
    """A damaged archive, or a mistake of the program: the page has a number, the log the rest."""
    number = secrets.token_hex(4)
    _log.error("error %s of %s", number, request.url.path, exc_info=problem)
    return templating.render_problem(
        request, 500, "Something is broken", f"Tell whoever runs recordroom the number {number}."
    )
