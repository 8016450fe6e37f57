"""The records room as a FastAPI application.

plugins/records_plugin.py mounts it below /records in Airflow's UI. Captured content is hostile, and this is
Airflow's own origin. Templates escape everything that they show, pages run only the scripts of this package,
and nothing is loaded from another host.
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
    classify,
    coverage,
    decisions,
    evidence,
    export_form,
    exports,
    help_pages,
    holds,
    home,
    media,
    proposals,
    quarantine,
    record,
    retention,
    search,
    state,
    statements,
    terms,
    vanished,
)

_log = logging.getLogger(__name__)


def create_app() -> FastAPI:
    """Return the application.

    It has none of FastAPI's own pages, which would be open to everyone.
    """
    app = FastAPI(title="Records", docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    for_records = (record, author, evidence, media)
    for_searches = (search, terms, export_form, exports)
    about_archive = (coverage, holds, audit)
    about_retention = (retention, decisions, classify, statements, state, vanished, proposals)
    for page in (
        home,
        *for_searches,
        *for_records,
        *about_archive,
        *about_retention,
        quarantine,
        capture,
        help_pages,
    ):
        app.include_router(page.router)
    app.get("/{path:path}")(_handle_unknown_path)
    app.middleware("http")(_guard_request)
    app.add_exception_handler(StarletteError, _handle_http_error)
    app.add_exception_handler(RequestValidationError, _handle_invalid_address)
    app.add_exception_handler(RecordroomError, _handle_named_error)
    app.add_exception_handler(Exception, _handle_unexpected_error)
    return app


async def _guard_request(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Refuse changes from pages of other sites, and add headers to responses.

    A request that changes something must have our own origin.
    """
    if request.method not in ("GET", "HEAD") and not _has_own_origin(request):
        return templating.render_problem(
            request, 403, "This request came from another site", "Go back to the records room and try there."
        )
    # read before call_next: a mount changes root_path
    is_static = request.url.path.startswith(f"{request.scope.get('root_path', '')}/static/")
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
    """Handle an address that no page has.

    An address that ends in a slash is redirected to the same address without it.
    """
    if page := path.strip("/") if path.endswith("/") else "":
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{request.scope.get('root_path', '')}/{page}{query}", 308)
    raise HTTPException(404, "Use a link in the records room.")


def _has_own_origin(request: Request) -> bool:
    return request.headers.get("origin") == f"{request.url.scheme}://{request.url.netloc}"


async def _handle_http_error(request: Request, problem: Exception) -> Response:
    """Show the page of an HTTP error, or redirect an unknown person to sign-in."""
    assert isinstance(problem, HTTPException | StarletteError)  # noqa: S101 (what it is registered for)
    # Airflow returns 403 for a revoked token and for a disabled person
    is_unknown = problem.status_code == 401 or (
        problem.status_code == 403 and not isinstance(problem, auth.Forbidden)
    )
    if is_unknown and request.method == "GET":
        return RedirectResponse(auth.make_sign_in_address(request), 303)
    if is_unknown:
        mend = (
            "Nothing was done. Sign in in another tab, then come back to this one and send the form again."
            " It still has what you typed."
        )
        return templating.render_problem(request, 401, "You are not signed in", mend)
    titles = {403: "You may not see this", 404: "This page does not exist"}
    return templating.render_problem(
        request,
        problem.status_code,
        titles.get(problem.status_code, "This request failed"),
        str(problem.detail),
    )


async def _handle_invalid_address(request: Request, problem: Exception) -> Response:
    """Report the missing or invalid parts of an address."""
    assert isinstance(problem, RequestValidationError)  # noqa: S101 (what it is registered for)
    named = ", ".join(sorted({str(one["loc"][-1]) for one in problem.errors()}))
    return templating.render_problem(
        request,
        400,
        "This address is incomplete",
        f"Use a link in the records room. Missing or wrong: {named}.",
    )


async def _handle_named_error(request: Request, problem: Exception) -> Response:
    """Show an error with its message.

    Messages about a damaged archive or disk name keys and folders: only the log has them.
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
            request, 503, "The disk of the server is full", "Nothing was done. Tell the administrator."
        )
    return await _handle_unexpected_error(request, problem)


async def _handle_unexpected_error(request: Request, problem: Exception) -> Response:
    """Show a number, and log the error with that number.

    The archive is damaged, or the program has a mistake.
    """
    number = secrets.token_hex(4)
    _log.error("error %s of %s", number, request.url.path, exc_info=problem)
    return templating.render_problem(
        request, 500, "Something went wrong", f"Tell the administrator this error number: {number}."
    )
