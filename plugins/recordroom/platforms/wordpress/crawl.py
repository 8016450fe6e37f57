"""The crawl of a site: its requests, in their order.

    <root>/                              the profile; with a password also users/me, for its user's rights
    wp/v2/posts, /pages                  the posts of the window
      /posts/<n>                         protected posts, with their texts
      /posts/<n>/revisions               earlier texts of posts that were edited
    wp/v2/posts?status=trash             posts in the trash that were once published
    wp/v2/comments?post=                 all comments on the posts of the window
    wp/v2/comments                       comments that are new

Text that was never public must not be archived. It is therefore first found out what was public, by requests
without text (`_fields`): for the trash, which keeps discarded drafts, and for revisions, among which are the
drafts before publication and autosaves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import unquote, urlsplit

from recordroom.canonical import version_of
from recordroom.errors import AccountUnavailable, Blocked, TokenExpired, UnexpectedResponse, UsageError
from recordroom.model import VISIBLE, Exchange, Identity, Totals
from recordroom.platforms.contract import Client, KnownRecord, Window
from recordroom.platforms.crawl import with_context
from recordroom.platforms.cursor import StoredCursor, one_of
from recordroom.platforms.http import PatientClient, read_json, unexpected_field
from recordroom.platforms.wordpress.api import (
    NO_ROUTE,
    Site,
    address_of,
    authorization,
    items_in,
    object_of,
    raise_refusal,
    request_index,
    split_batches,
)
from recordroom.platforms.wordpress.parse import home_of, parse
from recordroom.platforms.wordpress.platform import INTERNAL, ROUTES, had_address, post_in
from recordroom.platforms.wordpress.schema import EMBEDDED, PROFILE, is_protected

if TYPE_CHECKING:
    from recordroom.register.models import Account

NEEDED_RIGHTS = (
    "edit_others_posts",
    "edit_published_posts",
    "edit_others_pages",
    "edit_published_pages",
    "moderate_comments",
)
CLOCK = timedelta(hours=1)  # `after` compares the site's local time, in which one hour of autumn comes twice
_SECONDS = "%Y-%m-%dT%H:%M:%S"  # a time in UTC, as the API writes it
_NOT_FOR_VISITORS = "rest_invalid_param"  # the code by which a visitor is refused the trash


def identify(account: Account, client: Client) -> Identity:
    """Identify a site by its `home`, without the scheme.

    With a password, also check that it is accepted, and that its user may read what a capture needs.
    """
    index = request_index(account, client)
    site = read_json(index)
    raise_refusal(index, site)
    PROFILE.check(site, index, "")
    home = home_of(site["home"], index)
    if client.secrets:
        me = client.get(
            *address_of(index, "wp/v2/users/me", {"context": "edit", "_fields": "id,capabilities"}),
            headers=authorization(client),
        )
        rights = read_json(me)
        rights = rights.get("capabilities") if isinstance(rights, dict) else None
        if not isinstance(rights, dict):
            raise unexpected_field(me, "/capabilities", "an object", rights)
        if missing := [right for right in NEEDED_RIGHTS if rights.get(right) is not True]:
            raise Blocked(
                f"{home}: the user of the application password does not have {', '.join(missing)}",
                "Give this user the role Editor.",
                me,
            )
    exchange = with_context(index, account=home, server=home)
    return Identity(home, home, unescape(site["name"]) or None, None, exchange)


def totals(account: Account, client: Client) -> Totals | None:
    """Return the counts of published posts and pages, and of visible comments.

    Replies are counted with comments.

    The comments that a site counts for a visitor include those on private posts, which no visitor is shown.
    They are therefore counted only with a password. Editors' notes are counted among them, and are subtracted
    (https://make.wordpress.org/core/2025/11/15/notes-feature-in-wordpress-6-9/).
    """
    site = Site(account, client)
    requests: dict[str, tuple[str, dict[str, Any]]] = {route: (route, {}) for route in ROUTES}
    if site.is_signed_in:
        requests["comments"] = ("comments", {"status": "approve", "type": "all"})
        requests["notes"] = ("comments", {"status": "approve", "type": "note"})
    answers = {
        name: site.get(route, {"per_page": 1, "_fields": "id", **more}, (200, 404))
        for name, (route, more) in requests.items()
    }
    answers = {name: answer for name, answer in answers.items() if object_of(answer).get("code") != NO_ROUTE}
    for answer in answers.values():
        raise_refusal(answer, object_of(answer))
    given = {name: answer.header("X-WP-Total") or "" for name, answer in answers.items()}
    if not (given and all(total.isdecimal() for total in given.values())):
        return None
    counts = {name: int(total) for name, total in given.items()}
    kinds = {"post": sum(counts.get(route, 0) for route in ROUTES)}
    if "comments" in counts:
        kinds["answers"] = counts["comments"] - counts.get("notes", 0)
    last = answers[next(reversed(answers))]
    return Totals(kinds, with_context(last, totals=counts), frozenset({VISIBLE}))


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """Read a window of the site (see the module docstring)."""
    yield from WordPressCrawl(account, client, window).fetch()


# (how, route, params). "items": read a list; "answers": read the comments on the posts read so far; "trash":
# read the posts in the trash that were published. The latter two are expanded to steps "items".
_Step = tuple[Annotated[str, one_of("items", "answers", "trash")], str, dict[str, Any]]


@dataclass
class WordPressCursor(StoredCursor):
    """The rest of a crawl of WordPress.

    done: posts of the page whose revisions were read; they may take more requests than a site allows at once.
    """

    queue: list[_Step]
    next: str | None = None  # address of the next page of the first step
    posts: list[int] = field(default_factory=list)  # posts read so far, whose comments are still to be read
    done: list[int] = field(default_factory=list)

    def turn_to(self, page: str | None) -> None:
        """Go on to the next page.

        If a page comes in parts, each part leads to that page itself.
        """
        if page != self.next:
            self.next, self.done = page, []

    def after_page(self) -> str | None:
        """Return the cursor after the page that was just read; None: the crawl ends."""
        if self.next:
            return self.cursor
        return replace(self, queue=self.queue[1:], next=None, done=[]).cursor if len(self.queue) > 1 else None


read_cursor = WordPressCursor.read


class WordPressCrawl:
    """One pass over a site.

    site: its API.
    todo: the cursor, which the crawl changes while it reads.
    """

    def __init__(self, account: Account, client: Client, window: Window) -> None:
        self.window = window
        # No later run resumes the lists of a sweep: they wait for the rate limit.
        self.site = Site(account, PatientClient(client) if window.kind == "full" else client)
        stored = window.cursor
        self.todo = WordPressCursor.read(stored) if stored else WordPressCursor(self.first_steps())

    def fetch(self) -> Iterator[Exchange]:
        """Read the window. Each exchange has the cursor from which another crawl goes on."""
        todo = self.todo
        if not self.window.cursor:
            yield replace(self.site.index, cursor=todo.cursor)
        while todo.queue:
            how, route, params = todo.queue[0]
            if how != "items":
                todo.queue[:1] = self.expand_step(how, route)
                continue
            for page in self.site.pages(route, params, todo.next):
                yield from self.read_page(route, page)
            todo.queue.pop(0)
            todo.turn_to(None)

    def read_page(self, route: str, page: Exchange) -> Iterator[Exchange]:
        """Give a page, followed by what it does not say of its posts."""
        todo, site = self.todo, self.site
        is_given = "not_given" not in page.context
        if self.window.kind == "one" and not is_given:
            raise Blocked(page.context["short"], "The post and its comments were not captured.", page)
        incomplete = (
            self.incomplete_posts(route, page) if is_given and site.is_signed_in and route in ROUTES else []
        )
        incomplete = [item for item in incomplete if int(item["id"]) not in todo.done]
        if route in ROUTES and any(how == "answers" for how, _, _ in todo.queue):
            found = (
                items_in(page) if is_given else [{"id": number} for number in page.context.get("passed", ())]
            )
            todo.posts += (int(item["id"]) for item in found if site.is_signed_in or not is_protected(item))
        if not incomplete:
            todo.turn_to(page.cursor)
        # Nothing of internal comments is archived: a lookup requests them by their IDs.
        left_out = {} if route in ROUTES else {"internal": INTERNAL}
        yield replace(
            page,
            context={**page.context, **left_out, **site.short},
            cursor=todo.cursor if incomplete else todo.after_page(),
        )
        for item in incomplete:
            yield from (replace(one, cursor=todo.cursor) for one in self.complete_post(route, item, page))
            todo.done.append(int(item["id"]))
        todo.turn_to(page.cursor)

    # -- steps -------------------------------------------------------------------------------------------

    def first_steps(self) -> list[_Step]:
        """Return the steps of the window."""
        window = self.window
        if window.kind == "one":
            route, number = self.resolve_permalink(window.url or "")
            return [("items", route, {"include": number}), ("answers", "comments", {})]
        is_recent = window.kind == "recent" and window.since is not None
        changed = window.changed_since or window.since
        filters: list[dict[str, Any]] = [{}]
        if is_recent and window.since:
            before = _format_time(window.since + timedelta(seconds=1))
            filters = [
                {"after": _format_time(window.since)},
                {"before": before, "modified_after": _format_time(changed)},
            ]
        steps: list[_Step] = [("items", route, dict(one)) for route in ROUTES for one in filters]
        if self.site.is_signed_in:
            steps += [("trash", route, {}) for route in ROUTES]
        if is_recent:
            new: dict[str, Any] = {"after": _format_time(changed)}
            return [*steps, ("answers", "comments", {}), ("items", "comments", new)]
        return [*steps, ("items", "comments", {})]

    def expand_step(self, how: str, route: str) -> list[_Step]:
        """Return the steps that replace one which needs to know IDs first."""
        more: dict[str, Any] = {}
        if how == "answers":
            numbers, name = list(dict.fromkeys(self.todo.posts)), "post"
            self.todo.posts.clear()
        else:
            numbers = [int(item["id"]) for item in self.list_trash(route) if had_address(item)]
            name = "include"
            more = {"status": "trash"}
        return [("items", route, {name: ",".join(map(str, some)), **more}) for some in split_batches(numbers)]

    def list_trash(self, route: str) -> list[dict[str, Any]]:
        """List the trash without texts; empty if the server fails to list it.

        This shows that a password was revoked since `identify`: for other lists the site silently takes the
        request for that of a visitor.
        """
        try:
            query = {"status": "trash", "_fields": "id,slug,date_gmt,modified_gmt"}
            return self.site.list_items(route, query)
        except (AccountUnavailable, Blocked, UnexpectedResponse) as refused:
            answer = refused.exchange
            if answer is not None and object_of(answer).get("code") == _NOT_FOR_VISITORS:
                words = f"{self.site.server}: the application password is no longer accepted"
                remedy = "Create a new one and enter it in the account's connection."
                raise TokenExpired(words, remedy, answer) from None
            self.site.pass_over(f"{route} in the trash", refused)
            return []

    def resolve_permalink(self, url: str) -> tuple[str, str]:
        """Return route and ID of the post of a permalink.

        They are those of ?p=, of the slug, or of the Link header of the page itself.
        """
        site = self.site
        wanted = post_in(url, [address for address in (site.account.url, site.account.api_url) if address])
        query = {"include": wanted.number} if wanted.number else {"slug": wanted.path.rpartition("/")[2]}
        for route in ROUTES:
            for item in site.list_items(route, {**query, "_fields": "id,link"}):
                path = unquote(urlsplit(str(item.get("link"))).path).rstrip("/")
                if wanted.number or path == wanted.path:
                    return route, str(item["id"])
        for name, value in site.client.get(wanted.page, expect=(200, 404, 410)).headers:
            if name.lower() == "link" and (found := re.search(r"/wp/v2/(posts|pages)/(\d+)>", value)):
                return found[1], found[2]
        raise UsageError(
            f"{url}: the site shows no post or page at this address",
            "Open the post on the site and copy its address.",
        )

    # -- what lists do not say of posts ------------------------------------------------------------------

    def incomplete_posts(self, route: str, page: Exchange) -> list[dict[str, Any]]:
        """Return the protected posts of a page, and those that were edited."""
        return [item for item in items_in(page) if is_protected(item) or self.is_edited(route, item)]

    def is_edited(self, route: str, item: Mapping[str, Any]) -> bool:
        """Whether a post was edited in the window, and since it was published."""
        modified = str(item.get("modified_gmt"))
        return modified > self.changed_since and (
            modified > str(item.get("date_gmt")) or modified > self.published_at(route, item)
        )

    @property
    def changed_since(self) -> str:
        """When the changes of the window begin, as the API writes it; "": all changes.

        A sweep begins earlier than a recent window: no other window requests what was edited while none of
        those was read to its end.
        """
        window = self.window
        return _format_time({"recent": window.changed_since, "full": window.edited_since}.get(window.kind))[
            :19
        ]

    def published_at(self, route: str, item: Mapping[str, Any]) -> str:
        """Return when a post was first published, as the API writes it.

        An archived post was public from the date that it had then: a notice that is renewed gets a later one,
        and a draft stays one if its post gets an earlier one.
        """
        known = self.known_post(route, item)
        if known is None or known.conversation_began is None or known.status != VISIBLE:
            return str(item.get("date_gmt"))
        return known.conversation_began.strftime(_SECONDS)

    def known_post(self, route: str, item: Mapping[str, Any]) -> KnownRecord | None:
        """Return what the archive holds of a post."""
        return self.window.find_known(f"wordpress:{self.site.server}/{route}/{item['id']}", anywhere=True)

    def complete_post(self, route: str, item: dict[str, Any], page: Exchange) -> Iterator[Exchange]:
        """Read the text of a protected post, and revisions that were public."""
        site, number = self.site, item["id"]
        context = {name: value for name, value in page.context.items() if name != "apart"}
        whole = replace(page, body=json.dumps(item).encode(), context=context)
        if is_protected(item):
            whole = site.request_post(route, number)
            yield whole
        try:
            live = next(parse(whole), None)
        except UnexpectedResponse:  # the core reports it when it reads the response itself, and goes on
            return
        if live is None or live.status != VISIBLE or live.published_at is None:
            return
        if not self.is_edited(route, item):
            return
        listed, found = site.list_revisions(route, number)
        yield from listed  # nothing is read of these; their cursor says what was done before them
        saved = [one for one in found if "-autosave-" not in str(one.get("slug"))]
        revisions = sorted((str(one.get("date_gmt")), int(one["id"])) for one in saved)
        published = self.published_at(route, item)
        # The text with which it was published is that of the last revision until then.
        first = max((date for date, _ in revisions if date <= published), default="")
        since, newest = revisions[-1] if revisions else ("", None)
        told: dict[str, Any] = {
            "live": _without_text(item) | {"date_gmt": published},
            "version": version_of(live),
            "newest": newest,
            "shown": live.text,
        }
        known = self.known_post(route, item)
        if known is not None and known.captured is not None and since <= known.captured.strftime(_SECONDS):
            # A capture has read the post since: a revision that is its live text is nothing new.
            told["seen"] = True
        wanted = [str(one) for date, one in revisions if date >= max(first, self.changed_since)]
        for some in split_batches(wanted):
            yield from site.request_revisions(route, number, site.context | told, some)


def _format_time(moment: datetime | None) -> str:
    """Return a time as the API reads it, an hour earlier (see CLOCK); "" for None."""
    return (moment - CLOCK).astimezone(UTC).strftime(f"{_SECONDS}Z") if moment else ""


def _without_text(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a live post that its revisions do not have."""
    names = ("id", "type", "link", "date_gmt", "modified_gmt", "author", "featured_media")
    live = {name: item[name] for name in names if name in item}
    embedded = item.get("_embedded")
    live["_embedded"] = (
        {name: value for name, value in embedded.items() if name in EMBEDDED}
        if isinstance(embedded, dict)
        else {}
    )
    return live | {"status": "publish", "protected": is_protected(item)}
