"""The help: the documents as a site within the room, with the room's content security policy."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException as StarletteError

from recordroom.rights import Right
from recordroom.web.auth import Person, require_right
from recordroom.web.help_site import SITE

router = APIRouter()
_files = StaticFiles(directory=SITE, html=True, check_dir=False)
_Enter = Annotated[Person, Depends(require_right(Right.ENTER))]


@router.get("/help")
def redirect_to_help(request: Request, _: _Enter) -> Response:
    """Redirect to the first page, from which relative links are right."""
    return RedirectResponse(f"{request.scope.get('root_path', '')}/help/", 303)


@router.get("/help/{path:path}")
async def show_help(request: Request, path: str, _: _Enter) -> Response:
    """Show a page or file of the site."""
    if not (SITE / "index.html").exists():
        raise HTTPException(404, "The help is not built. The administrator builds it with `make docs`.")
    try:
        response = await _files.get_response(path or ".", request.scope)
    except StarletteError:
        raise HTTPException(404, "The help has no such page. Its first page lists all chapters.") from None
    response.headers["Cache-Control"] = "private, no-cache"
    return response
