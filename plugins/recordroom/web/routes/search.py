"""The search: one box, facets that combine, and exact totals.

The page also says what the result may be missing. Its facets are a second request, which the page makes when
its records are shown already.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from recordroom.canonical import encode_canonical, sha256
from recordroom.errors import QueryError, UsageError
from recordroom.rights import Right
from recordroom.search.access import Viewer
from recordroom.search.caveats import searches_actors, searches_author_names
from recordroom.search.facets import Facet
from recordroom.search.filters import Filters
from recordroom.search.hits import group_by_record
from recordroom.search.query.values import UNDECIDED
from recordroom.search.searcher import BEST, DEEPEST
from recordroom.search.suggestions import requires_all_words
from recordroom.web import deps, templating
from recordroom.web.auth import Person, require_right
from recordroom.web.params import SORTS, SearchAddress
from recordroom.web.templating import EXAMPLES, STATUSES

SIZE = 20
router = APIRouter()
Reader = Annotated[Person, Depends(require_right(Right.READ))]


@router.get("/search")
def show_search(request: Request, person: Reader) -> Response:
    asked, viewer = SearchAddress.parse_text(request.query_params), deps.make_viewer(person)
    may = viewer.sees_quarantine
    common: dict[str, Any] = {
        "examples": EXAMPLES,
        "statuses": STATUSES,
        "sorts": SORTS,
        "may_see_barred": may,
    }
    common["undecided"] = UNDECIDED[0]
    try:
        asked = SearchAddress.parse(request.query_params)
        filters = asked.make_filters(viewer)
        result = deps.get_searcher().page(
            asked.text,
            filters,
            viewer=viewer,
            size=SIZE,
            sort=asked.sort,
            after=asked.after,
            with_counts=True,
            with_suggestions=True,
        )
        deps.get_recent_views().add(*_name_view(person, asked.text, filters))
        facets = _count_facets(person, viewer, asked.text, filters) if asked.facets else None
    except (QueryError, UsageError) as problem:
        # the examples keep the filters, unless a filter is what is wrong
        tried = asked if isinstance(problem, QueryError) else SearchAddress(asked.text, matter=asked.matter)
        return templating.render_page(
            request, "search_problem", person, 400, asked=asked, problem=problem, tried=tried, **common
        )
    hits = list(result.hits)
    barred = frozenset(viewer.quarantine.records) if result.filters.quarantined else frozenset[str]()
    less = result.suggestions
    spent = asked.sort == BEST and bool(hits) and hits[-1].cursor == (DEEPEST,)
    more = asked.next(hits[-1].cursor, len(hits)) if result.more else ""
    groups = group_by_record(hits, versions=asked.versions)
    found: dict[str, Any] = {
        "result": result,
        "facets": facets,
        "groups": groups,
        "beside": result.counts,
        "barred": barred,
        "more": more,
        "looser": less,
    }
    found |= {"shown": len(hits), "fewer": requires_all_words(result.query.text)}
    by_name = searches_author_names(result.query) or (
        less is not None and less.author is not None and less.author.records
    )
    found["unnamed"] = result.unnamed if by_name else ()
    found["by_whom"] = searches_actors(result.query)
    found["deepest"] = DEEPEST if spent and result.total > DEEPEST else 0
    return templating.render_page(request, "search", person, asked=asked, **found, **common)


@router.get("/search/facets")
def show_facets(request: Request, person: Reader) -> Response:
    """Return the facets of a search, to be inserted into its page."""
    asked, viewer = SearchAddress.parse(request.query_params), deps.make_viewer(person)
    facets = _count_facets(person, viewer, asked.text, asked.make_filters(viewer))
    return templating.render_page(
        request, "facets", person, asked=asked, facets=facets, undecided=UNDECIDED[0]
    )


def _count_facets(person: Person, viewer: Viewer, text: str, filters: Filters) -> tuple[Facet, ...]:
    is_noted = deps.get_recent_views().includes(*_name_view(person, text, filters))
    return deps.get_searcher().count_facets(text, filters, viewer=viewer, is_noted=is_noted)


def _name_view(person: Person, text: str, filters: Filters) -> tuple[str, str, str]:
    """Name a search, as the audit has it, as a recent view.

    A digest stands for it, since it may be long.
    """
    return person.name, "search", sha256(encode_canonical({"query": text, "filters": filters.to_audit()}))
