"""An author's records in the agency's accounts.

The page shows the author's names on the platform, the number of records, and the newest of them.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from recordroom.rights import Right
from recordroom.search.filters import Filters
from recordroom.search.summaries import summarize_author
from recordroom.web import deps, templating
from recordroom.web.auth import Person, require_right

SIZE = 20
router = APIRouter()
Reader = Annotated[Person, Depends(require_right(Right.READ))]


@router.get("/person")
def show_author(request: Request, person: Reader, platform: str, id: str, server: str = "") -> Response:  # noqa: A002 (of the address)
    viewer, searcher = deps.make_viewer(person), deps.get_searcher()
    found = summarize_author(searcher, platform, id, server, viewer=viewer)
    own = Filters(platform=(platform,), author=(id,), account=tuple(found.accounts) if server else ())
    newest = searcher.page("", own, viewer=viewer, size=SIZE)
    return templating.render_page(
        request, "person", person, author=found, records=[hit.record for hit in newest.hits]
    )
