"""Render templates, which escape everything.

Named filters format values for readers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from recordroom import dates, model
from recordroom.coverage.gap_reasons import describe_reason, find_remedy
from recordroom.model import ZONE, moment, to_local
from recordroom.people import find_display_name
from recordroom.platforms.registry import find_proper_name
from recordroom.records.changes import captions_in, event_times, news
from recordroom.retention.explanation import name_trigger
from recordroom.rights import Right
from recordroom.search.filters import all_within, limits
from recordroom.search.hits import MARK, UNMARK, find_ellipses
from recordroom.search.summaries import because, server_of
from recordroom.status import describe_status, is_claim, is_public, is_remarkable, name_status
from recordroom.text import counted
from recordroom.web import forms, params, titles
from recordroom.web.auth import Person
from recordroom.web.help_site import CHAPTERS
from recordroom.web.retention_pages import RETENTION_PAGES


@dataclass(frozen=True, slots=True)
class Example:
    """An example query of the search page."""

    query: str  # to try with one click
    meaning: str  # what it finds, in words
    versions: bool = False  # search every version, since it asks about the past


EXAMPLES = (
    Example("snow closure", "both words, in any form, anywhere in the text"),
    Example('"school is closed"', "these words in this order"),
    Example('exact:"Closing"', "exactly this word, and no other form of it"),
    Example("bus OR train", "either word"),
    Example("closed -weather", "the first word without the second"),
    Example("clos*", "every word that begins with these letters"),
    Example(
        "ice w/5 closed", "both words with up to five words between them; pre/5 also requires this order"
    ),
    Example("author:parent kind:comment", "comments by authors with this name"),
    Example("status:(removed OR unavailable)", "records that their platform no longer shows"),
    Example(
        "-status:visible",
        "records that the public cannot see now, including hidden ones and those awaiting moderation",
    ),
    Example(
        "-status:visible",
        "records that the public could not see at some time, including those that are visible again",
        versions=True,
    ),
    Example(
        "-status:visible captured:[2026-01 TO 2026-03]",
        "records that a capture in these months found not visible, whenever they were published. From and To"
        " filter by publication. Nothing is known from before the first capture of an account.",
        versions=True,
    ),
    Example(
        "acted_by:agency",
        "records that the agency hid, held for moderation, or removed, if the platform proves it",
        versions=True,
    ),
    Example("changed:text", "edits: each version with changed text", versions=True),
    Example("#SchoolClosure", "a hashtag"),
    Example("published_at:[2026-01 TO 2026-03]", "published from January 1 to March 31, 2026"),
)
STATUSES: Mapping[str, str] = {
    model.VISIBLE: "the platform shows it to the public, or to the limited audience named with the status",
    model.HIDDEN: "on the platform, where the public cannot see it; often nothing says who or what hid it",
    model.HELD: "awaiting moderation: the public cannot see it until somebody approves it",
    model.SPAM: "marked as spam",
    model.TRASHED: "in the trash of the site, from which it can be restored",
    model.REMOVED: (
        "the platform gives the response that it documents for removed records, or a submitted file says so"
    ),
    model.UNAVAILABLE: (
        "the platform no longer shows it and does not say why: deleted, made private, or its author left"
    ),
}

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src"
    " 'self'; form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
)
_OPERATORS = re.compile(r"`(recordroom|make)\b|RECORDROOM_")
_OWN_LETTERS = re.compile(r"[\w+.-]+:\S|[\w.-]+/\S")
NEAR = 150  # characters of a query that are shown on each side of a mistake
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@cache
def _load_templates() -> Environment:
    found = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined,
    )  # fmt: skip
    found.filters |= {
        "account": titles.name_account,
        "all_within": lambda told: all_within(told, titles.name_value),
        "because": because,
        "captions_in": captions_in,
        "choice": lambda value, name: titles.name_value(name, value),
        "counted": counted,
        "cursor": params.encode_cursor,
        "day": format_day,
        "describe_status": describe_status,
        "event_times": event_times,
        "excerpt": mark_excerpt,
        "for_whom": address_remedy,
        "limits": lambda told: limits(told, titles.name_value),
        "mend": find_remedy,
        "month": format_month,
        "near": split_at_mistake,
        "news": news,
        "number": format_number,
        "person": find_display_name,
        "platform": find_proper_name,
        "plural": lambda noun, number: counted(number, noun).partition(" ")[2],
        "query": encode_query,
        "sentence": capitalize_sentence,
        "server_of": server_of,
        "size": format_size,
        "status": name_status,
        "tag": format_account_tag,
        "trigger": name_trigger,
        "when": format_time,
        "when_end": format_time_at_end,
        "within": lambda filters: filters.describe(titles.name_value),
        "worded": describe_reason,
    }
    found.tests |= {"public": is_public, "claim": is_claim, "remarkable": is_remarkable}
    found.globals["chapters"] = CHAPTERS
    found.globals["retention_pages"] = RETENTION_PAGES
    found.globals["times"] = lambda: dates.suggest_periods(datetime.now(ZONE).date())
    return found


def render_page(
    request: Request, name: str, person: Person | None, status: int = 200, **values: Any
) -> Response:
    """Return a page as a response.

    person: None if the person is unknown; then the page has no navigation.
    """
    text = render_markup(
        name, request.scope.get("root_path", ""), person=person, token=forms.make_token(request), **values
    )
    return HTMLResponse(text, status, HEADERS)


def render_markup(
    name: str, root: str, *, person: Person | None = None, token: str = "", **values: Any
) -> str:
    """Return a page as text, to be sent with HEADERS.

    root: path of the room, `/records`.
    """
    template = _load_templates().get_template(f"{name}.html")
    with titles.titles_for(person):
        return template.render(root=root, person=person, Right=Right, token=token, **values)


def render_problem(request: Request, status: int, title: str, mend: str) -> Response:
    """Return the page of an error, with the person's navigation if known.

    `mend` says how to fix it.
    """
    return render_page(
        request,
        "problem",
        getattr(request.state, "person", None),
        status,
        title=title,
        mend=address_remedy(mend),
    )


def address_remedy(mend: str) -> str:
    """Rephrase a remedy for the person who reads it.

    Readers of a page cannot run commands: the administrator does.
    """
    return f"Tell the administrator: {mend}" if _OPERATORS.search(mend) else mend


def capitalize_sentence(words: str) -> str:
    """Capitalize a sentence, unless it begins with an address, id, or quoted name."""
    return words if _OWN_LETTERS.match(words) else words[:1].upper() + words[1:]


def split_at_mistake(query: str, position: int) -> tuple[str, str, str]:
    """Return (before, character, after) of the mistake in a query.

    At most NEAR characters of each side are kept.
    """
    start, end = max(0, position - NEAR), position + 1 + NEAR
    before, behind = query[start:position], query[position + 1 : end]
    return (
        f"…{before}" if start else before,
        query[position : position + 1] or " ",
        f"{behind}…" if len(query) > end else behind,
    )


def mark_excerpt(pieces: Sequence[str], texts: Sequence[str]) -> Markup:
    """Join the pieces of a text with marked hits, and dots for omitted words.

    texts: the complete texts that the pieces are from.
    """
    before, behind = find_ellipses(pieces, texts)
    return Markup("{}{}{}").format(before, Markup(" ... ").join(map(_mark_hits, pieces)), behind)


def _mark_hits(text: str) -> Markup:
    return Markup(str(escape(text)).replace(MARK, "<mark>").replace(UNMARK, "</mark>"))  # noqa: S704 (escaped before)


def format_time(value: str | datetime | None) -> Markup:
    """Format a time as a <time> element, for example `Nov 27, 2026, 5:40 a.m.`.

    It contains UTC too, which the check box at the end of the page shows.
    """
    if value is None:
        return Markup("unknown")
    at = moment(value) if isinstance(value, str) else value
    there = dates.format_utc(at)
    return Markup('<time datetime="{}" title="{}">{}<span class="utc"> ({})</span></time>').format(
        to_local(at).isoformat(), there, dates.format_time(at), there
    )


def format_time_at_end(value: str | datetime | None) -> Markup:
    """Format a time that ends a sentence, with one period: `a.m.` has its own unless UTC follows."""
    here = format_time(value)
    return here + (Markup('<span class="utc">.</span>') if 'm.<span class="utc">' in here else ".")


def format_day(value: str | date | None) -> str:
    """Format a day, for example `Nov 27, 2026`; text that is no day stays as it is."""
    if not value:
        return ""
    try:
        return dates.format_day(date.fromisoformat(value) if isinstance(value, str) else value)
    except ValueError:
        return str(value)


def format_month(value: str | date) -> str:
    """Format a month, for example `Nov 2026`; as text it is `2026-11`."""
    return dates.format_month(date.fromisoformat(f"{value}-01") if isinstance(value, str) else value)


def format_account_tag(account_id: str) -> Markup:
    """Format the title of an account; its ID appears on hover."""
    return Markup('<span class="tag" title="{}">{}</span>').format(
        account_id, titles.name_account(account_id)
    )


def format_number(value: int) -> str:
    return f"{value:,}"


def format_size(count: int) -> str:
    """Format a number of bytes: `3.2 MB`."""
    if count < 1_000:
        return f"{count} bytes"
    amount, unit = next(
        ((count / by, unit) for by, unit in ((10**9, "GB"), (10**6, "MB")) if count >= by),
        (count / 1_000, "kB"),
    )
    return f"{amount:,.1f} {unit}"


def format_value(value: object) -> str:
    """Format a value of an event; a list without its brackets."""
    return (", ".join(map(str, value)) or "none") if isinstance(value, list) else str(value)


def encode_query(pairs: Mapping[str, Any]) -> str:
    """Return the query string of an address without empty values."""
    return urlencode([(k, v) for k, v in pairs.items() if v not in (None, "", ())], doseq=True)
