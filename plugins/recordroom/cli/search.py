"""`recordroom search`: hits on stdout; the exact total and caveats on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Annotated

import typer
from rich.text import Text

from recordroom import dates, settings
from recordroom.archive import store
from recordroom.cli.output import Json, make_console, say, write_json_lines
from recordroom.cli.terminal_text import (
    cut_text,
    format_author,
    format_time,
    highlight_hits,
    mark_position,
    ship_journal,
)
from recordroom.errors import QueryError
from recordroom.search.access import Viewer
from recordroom.search.caveats import NamelessPlatform, searches_author_names
from recordroom.search.filters import Filters
from recordroom.search.hits import Group, Hit, find_ellipses, group_by_record
from recordroom.search.searcher import LARGEST_PAGE, NEWEST, Caveats, Result, Searcher
from recordroom.search.suggestions import requires_all_words
from recordroom.status import describe_status, is_remarkable
from recordroom.text import counted, to_one_line

Query = Annotated[str, typer.Argument(help='Query, e.g. \'"snow day" AND NOT #levy\'; "" finds everything.')]
Accounts = Annotated[
    list[str] | None, typer.Option("--account", help="Only this account; repeat the option for more.")
]
Platforms = Annotated[
    list[str] | None, typer.Option("--platform", help="Only this platform; repeat the option for more.")
]
Kinds = Annotated[
    list[str] | None,
    typer.Option(
        "--kind", help="post, comment, reply, story, profile, or message; repeat the option for more."
    ),
]
Statuses = Annotated[
    list[str] | None,
    typer.Option(
        "--status",
        help="visible, hidden, held (awaiting moderation), spam, trashed, removed, or unavailable;"
        " repeat the option for more.",
    ),
]
From = Annotated[
    str | None,
    typer.Option("--from", help="Published on or after this date (11/27/2026, Pacific time)."),
]
To = Annotated[
    str | None,
    typer.Option("--to", help="Published on or before this date (11/27/2026, Pacific time)."),
]
Versions = Annotated[bool, typer.Option("--versions", help="Include superseded versions and late arrivals.")]
Messages = Annotated[bool, typer.Option("--messages", help="Include private messages.")]
Quarantined = Annotated[bool, typer.Option("--quarantined", help="Include records under quarantine.")]
Limit = Annotated[int, typer.Option("--limit", min=0, max=sys.maxsize, help="Number of hits; 0 for all.")]
Sort = Annotated[
    str, typer.Option("--sort", help="newest, oldest, best, or eligible (soonest eligible first).")
]


def add_to(app: typer.Typer) -> None:
    app.command("search", help="Search the archive.")(run)


def run(
    query: Query,
    *,
    account: Accounts = None,
    platform: Platforms = None,
    kind: Kinds = None,
    status: Statuses = None,
    from_: From = None,
    to: To = None,
    versions: Versions = False,
    messages: Messages = False,
    quarantined: Quarantined = False,
    limit: Limit = 20,
    sort: Sort = NEWEST,
    json: Json = False,
) -> None:
    """Print the hits of a query."""
    filters = make_filters(
        account=account,
        platform=platform,
        kind=kind,
        status=status,
        from_=from_,
        to=to,
        versions=versions,
        messages=messages,
        quarantined=quarantined,
    )
    loaded = settings.load()
    searcher = Searcher(loaded, store.archive(loaded), store.derived(loaded))
    viewer = Viewer.administrator(searcher.quarantine.snapshot(), sees_quarantine=quarantined)
    away = False
    try:
        result = _run_search(searcher, query, filters, viewer, limit=limit, sort=sort)
        away = bool(result.problem)
        _report_scope(result, limit)
        _offer_suggestions(result)
        report_nameless(result.unnamed if searches_author_names(result.query) else ())
        if json:
            write_json_lines(hit.record for hit in result.hits)
        else:
            _print_hits(result, paged=0 < limit <= LARGEST_PAGE)
    finally:
        ship_journal(searcher, away=away)


def make_filters(
    *,
    account: Accounts,
    platform: Platforms,
    kind: Kinds,
    status: Statuses,
    from_: From,
    to: To,
    versions: Versions,
    messages: Messages,
    quarantined: Quarantined,
) -> Filters:
    """Return the filters of the options; WrongDay if a day is invalid."""
    return Filters(
        account=tuple(account or ()),
        platform=tuple(platform or ()),
        kind=tuple(kind or ()),
        status=tuple(status or ()),
        from_=dates.parse_from(from_, "--from") if from_ else None,
        to=dates.parse_to(to, "--to") if to else None,
        versions=versions,
        messages=messages,
        quarantined=quarantined,
    )


def _run_search(
    searcher: Searcher, query: str, filters: Filters, viewer: Viewer, *, limit: int, sort: str
) -> Result:
    try:
        if 0 < limit <= LARGEST_PAGE:
            return searcher.page(query, filters, viewer=viewer, size=limit, sort=sort, with_suggestions=True)
        return searcher.stream(query, filters, viewer=viewer, limit=limit, sort=sort, with_suggestions=True)
    except QueryError as problem:
        say(mark_position(problem))
        raise


def _report_scope(result: Result, limit: int) -> None:
    """Report what a person must know about the hits."""
    noun = "version" if result.filters.versions else "record"
    shown = f", {limit:,} of them shown" if 0 < limit < result.total else ""
    say(f"{counted(result.total, noun)}{shown}. Read as: {to_one_line(result.understood)}.")
    if left := result.messages_left_out:
        say(f"Not included: {counted(left, 'private message')}. To include private messages, add --messages.")
    if left := result.quarantined_left_out:
        words = f"{counted(left, noun)} under quarantine"
        say(f"Not included: {words}. To include what is under quarantine, add --quarantined.")
    if result.media_without_text:
        say(
            f"{result.media_without_text:,} images and other files of the records in scope have no text that"
            " search can find."
        )
    report_missing(result)


def _offer_suggestions(result: Result) -> None:
    """Offer queries that find more, and the author whose name this is."""
    found = result.suggestions
    if not result.total:
        for doubt in result.query.doubts:
            say(f"There may be matching records anyway: {to_one_line(doubt)}.")
    if found is None:
        if not result.total and requires_all_words(result.query.text):
            say("A record must contain all of the words. Use fewer words to find more.")
        return
    offers = (
        ("By the author with this name", found.author),
        ("All of these words, anywhere", found.anywhere),
    )
    for words, one in (*offers, ("Any of these words", found.any_of)):
        if one is not None and one.records:
            say(f"{words}: {one.records:,}: {to_one_line(one.text)}")
    if found.any_of is not None and not found.any_of.records:
        say("None of these words is in the records that were searched.")
    for one in found.each if found.any_of is not None and found.any_of.records else ():
        say(f"  {one.records:,}: {to_one_line(one.text)}")


def report_nameless(found: Iterable[NamelessPlatform]) -> None:
    """Report platforms on which authors cannot be found by name."""
    for one in found:
        say(
            f"A name does not find every author on {one.title} ({', '.join(one.accounts)}): {one.words}."
            " Search for what the author wrote."
        )


def report_missing(found: Result | Caveats) -> None:
    """Report gaps, and what the index does not have yet."""
    for gap in found.gaps or ():
        say(
            f"Gap: {gap.account}: {gap.reason}: {to_one_line(gap.detail)} (open since"
            f" {dates.format_local(gap.opened_at)})."
        )
    for account, entries in (found.behind or {}).items():
        say(
            f"The index does not have the newest records of {account}: it is {counted(entries, 'entry')} of"
            " the ledger behind."
        )
    if found.outdated:
        say(
            "Another version of recordroom made the index, so hits may be missing. To fix this: run"
            " `recordroom rebuild index`."
        )
    if found.problem:
        say(f"It is not known which gaps are open, and whether the index is current: {found.problem}")
        say("The audit journal stays on this machine until the archive can be reached.")


def _print_hits(result: Result, *, paged: bool) -> None:
    out = make_console()
    each = (Group(hit.record["record_id"], (hit,)) for hit in result.hits)
    groups = group_by_record(result.hits, versions=result.filters.versions) if paged else each
    for group in groups:
        first = group.hits[0].record
        accounts = ", ".join(group.accounts)
        status = f"  [{describe_status(first)}]" if is_remarkable(first) else ""
        version = "" if first["current"] else f"  (superseded, sequence {first['sequence']})"
        out.print(
            Text(
                f"{format_time(first['published_at'])}  {accounts}  {first['kind']}{status}{version}",
                style="bold",
            )
        )
        out.print(Text(f"  {format_author(first)}"))
        if first["title"]:
            out.print(Text(f"  {cut_text(first['title'])}"))
        for line in _list_excerpts(group.hits[0]):
            out.print(Text("  ").append_text(line))
        out.print(Text(f"  {to_one_line(group.record_id)}  {to_one_line(first['url'] or '')}\n", style="dim"))


def _list_excerpts(hit: Hit) -> list[Text]:
    """Return what matched, each with its field unless that is the text.

    If nothing in the text matched, its beginning comes first.
    """
    found = [Text(cut_text(hit.record["text"] or ""))] if "text" not in hit.highlights else []
    for name, pieces in sorted(hit.highlights.items(), key=lambda item: item[0] != "text"):
        field = Text("" if name == "text" else f"{name}: ", style="dim")
        for piece in pieces:
            before, behind = find_ellipses([piece], hit.texts(name))
            found.append(Text.assemble(field, before, highlight_hits(piece), behind))
    return found[:4]
