"""What is asked of a site, in which order; and what must not be kept, because it was never public, is found
out before it is asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import unquote, urlsplit

from recordroom.canonical import version_of
from recordroom.errors import AccountUnavailable, Blocked, TokenExpired, UnexpectedResponse, UsageError
from recordroom.model import HIDDEN, REMOVED, UNAVAILABLE, VISIBLE, Absence, Exchange, Identity, Totals
from recordroom.platforms.contract import Client, Known, Window
from recordroom.platforms.cursor import Remaining, one_of
from recordroom.platforms.http import Patient, in_path, json_of, wrong
from recordroom.platforms.wordpress.fields import EMBEDDED, PROFILE, WHOLE
from recordroom.platforms.wordpress.page import home_of, is_protected
from recordroom.platforms.wordpress.permalinks import post_in
from recordroom.platforms.wordpress.platform import INTERNAL, ROUTES, had_address
from recordroom.platforms.wordpress.records import parse
from recordroom.platforms.wordpress.refusals import lenient, refuse
from recordroom.platforms.wordpress.site import (
    BATCH,
    EMBED,
    NO_ROUTE,
    Site,
    address_of,
    authorization,
    index_of,
    items_in,
)

if TYPE_CHECKING:
    from recordroom.register.models import Account

RIGHTS = (
    "edit_others_posts",
    "edit_published_posts",
    "edit_others_pages",
    "edit_published_pages",
    "moderate_comments",
)
CLOCK = timedelta(hours=1)  # `after` compares the site's local time, in which one hour of autumn comes twice
SECONDS = "%Y-%m-%dT%H:%M:%S"  # a time in UTC, as the API writes it
GONE = frozenset({"rest_post_invalid_id", "rest_comment_invalid_id"})
UNREADABLE = GONE | {"rest_forbidden", "rest_cannot_read", "rest_cannot_read_post"}


def identify(account: Account, client: Client) -> Identity:
    """The site's `home` without its scheme; with a password, that it still works and that its user may read
    what we must.
    """
    index = index_of(account, client)
    site = json_of(index)
    refuse(index, site)
    PROFILE.check(site, index, "")
    home = home_of(site["home"], index)
    if client.secrets:
        me = client.get(
            *address_of(index, "wp/v2/users/me", {"context": "edit", "_fields": "id,capabilities"}),
            headers=authorization(client),
        )
        rights = json_of(me)
        rights = rights.get("capabilities") if isinstance(rights, dict) else None
        if not isinstance(rights, dict):
            raise wrong(me, "/capabilities", "an object", rights)
        if lacking := [r for r in RIGHTS if rights.get(r) is not True]:
            raise Blocked(
                f"{home}: the user of the application password may not {', '.join(lacking)}",
                "Give it the role Editor.",
                me,
            )
    exchange = replace(index, context={**index.context, "account": home, "server": home})
    return Identity(home, home, unescape(site["name"]) or None, None, exchange)


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    site = Site(account, Patient(client) if window.kind == "full" else client)
    work = _Work.read(window.cursor) if window.cursor else _Work(_steps(site, window))
    if not window.cursor:
        yield replace(site.index, cursor=work.cursor)
    while work.queue:
        how, route, params = work.queue[0]
        if how != "items":
            work.queue[:1] = _expanded(site, how, route, work.posts)
            continue
        for page in site.pages(route, params, work.next):
            given = "not_given" not in page.context
            if window.kind == "one" and not given:
                raise Blocked(page.context["short"], "Nothing can be said of this conversation.", page)
            more = (
                _more_to_read(site, route, page, window) if given and site.trusted and route in ROUTES else []
            )
            more = [item for item in more if int(item["id"]) not in work.done]
            if route in ROUTES and any(how == "answers" for how, _, _ in work.queue):
                found = (
                    items_in(page) if given else [{"id": number} for number in page.context.get("passed", ())]
                )
                work.posts += (int(i["id"]) for i in found if site.trusted or not is_protected(i))
            if not more:
                work.turn(page.cursor)
            left_out = (
                {} if route in ROUTES else {"internal": INTERNAL}
            )  # of what is held nothing: it is looked for by its id
            yield replace(
                page,
                context={**page.context, **left_out, **site.short},
                cursor=work.cursor if more else work.after(),
            )
            for item in more:
                yield from (replace(e, cursor=work.cursor) for e in _more(site, route, item, page, window))
                work.done.append(int(item["id"]))
            work.turn(page.cursor)
        work.queue.pop(0)
        work.turn(None)


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Asked for by their ids in lists; what no list shows is asked for alone, since only then the site says
    why.
    """
    site = Site(account, Patient(client))
    wanted: dict[str, dict[str, Known]] = {}
    for known in ids:
        route, _, number = known.record_id.removeprefix(f"wordpress:{site.server}").strip("/").partition("/")
        if number:
            wanted.setdefault(in_path(route), {})[in_path(number)] = known
        else:
            yield site.index
    for route, all_known in wanted.items():
        for numbers in _batches(list(all_known)):
            status = {"status": "publish,trash"} if site.trusted and route in ROUTES else {}
            seen: set[str] = set()
            for page in site.pages(route, {"include": ",".join(numbers), **status}):
                if "not_given" in page.context:
                    some = page.context.get("passed", numbers)
                    seen.update(some)
                    yield replace(
                        page, context={**page.context, "untold": [all_known[n].record_id for n in some]}
                    )
                    continue
                if items := items_in(page):
                    seen.update(str(i["id"]) for i in items)
                    yield page
                    yield from (
                        _whole(site, route, i["id"])
                        for i in items
                        if "apart" in page.context and is_protected(i)
                    )
            yield from (_gone(site, all_known[n], route, n) for n in numbers if n not in seen)


def totals(account: Account, client: Client) -> Totals | None:
    """Published posts and pages, and visible comments and replies (one number). The number of comments that a
    visitor is told counts those on private posts too, which no visitor sees; so it is taken only where we see
    them. Editors' notes are counted among them, and are taken away
    (https://make.wordpress.org/core/2025/11/15/notes-feature-in-wordpress-6-9/)."""
    site = Site(account, client)
    wanted: dict[str, tuple[str, dict[str, Any]]] = {route: (route, {}) for route in ROUTES}
    if site.trusted:
        wanted |= {
            name: ("comments", {"status": "approve", "type": sort})
            for name, sort in (("comments", "all"), ("notes", "note"))
        }
    answers = {
        name: site.get(route, {"per_page": 1, "_fields": "id", **more}, (200, 404))
        for name, (route, more) in wanted.items()
    }
    answers = {name: answer for name, answer in answers.items() if lenient(answer).get("code") != NO_ROUTE}
    for answer in answers.values():
        refuse(answer, lenient(answer))
    given = {name: answer.header("X-WP-Total") or "" for name, answer in answers.items()}
    if not (given and all(total.isdecimal() for total in given.values())):
        return None
    told = {name: int(total) for name, total in given.items()}
    kinds = {"post": sum(told.get(route, 0) for route in ROUTES)}
    kinds |= {"answers": told["comments"] - told.get("notes", 0)} if "comments" in told else {}
    last = answers[next(reversed(answers))]
    return Totals(kinds, replace(last, context={**last.context, "totals": told}), frozenset({VISIBLE}))


_Step = tuple[Annotated[str, one_of("items", "answers", "trash")], str, dict[str, Any]]


@dataclass
class _Work(Remaining):
    """What is still to be fetched, as a cursor carries it: steps (how, route, params), the page of the first
    that is read next, posts read so far, and of that page those whose revisions were read, too (`done`): they
    may take more requests than a site allows at once."""

    queue: list[_Step]
    next: str | None = None
    posts: list[int] = field(default_factory=list)
    done: list[int] = field(default_factory=list)

    def turn(self, page: str | None) -> None:
        """To the next page; where a page comes in parts, each leads to that page itself."""
        if page != self.next:
            self.next, self.done = page, []

    def after(self) -> str | None:
        """The cursor when the page just read is done; None at the end of everything."""
        if self.next:
            return self.cursor
        return replace(self, queue=self.queue[1:], next=None, done=[]).cursor if len(self.queue) > 1 else None


read_cursor = _Work.read


def _steps(site: Site, window: Window) -> list[tuple[str, str, dict[str, Any]]]:
    if window.kind == "one":
        route, number = _resolved(site, window.url or "")
        return [("items", route, {"include": number}), ("answers", "comments", {})]
    recent = window.kind == "recent" and window.since is not None
    changed = window.changed_since or window.since
    filters: list[dict[str, Any]] = [{}]
    if recent and window.since:
        older = {"before": _when(window.since + timedelta(seconds=1)), "modified_after": _when(changed)}
        filters = [{"after": _when(window.since)}, older]
    steps = [("items", route, dict(f)) for route in ROUTES for f in filters]
    if site.trusted:
        steps += [("trash", route, {}) for route in ROUTES]
    if recent:
        return [*steps, ("answers", "comments", {}), ("items", "comments", {"after": _when(changed)})]
    return [*steps, ("items", "comments", {})]


def _expanded(site: Site, how: str, route: str, posts: list[int]) -> list[tuple[str, str, dict[str, Any]]]:
    """The steps that take the place of one that needs to know more first."""
    if how == "answers":
        numbers, more, name = list(dict.fromkeys(posts)), {}, "post"
        posts.clear()
    else:
        listed = _trash(site, route)
        numbers, more, name = [int(i["id"]) for i in listed if had_address(i)], {"status": "trash"}, "include"
    return [("items", route, {name: ",".join(map(str, some)), **more}) for some in _batches(numbers)]


def _trash(site: Site, route: str) -> list[dict[str, Any]]:
    """Without their words; none where the server fails to list them. A password that died since `identify` is
    told here: the site takes us for a visitor, silently elsewhere."""
    try:
        return site.items(route, {"status": "trash", "_fields": "id,slug,date_gmt,modified_gmt"})
    except (AccountUnavailable, Blocked, UnexpectedResponse) as refused:
        if refused.exchange is not None and lenient(refused.exchange).get("code") == "rest_invalid_param":
            words = f"{site.server}: the application password is no longer accepted"
            raise TokenExpired(
                words, "Make a new one and put it into the account's connection.", refused.exchange
            ) from None
        site.passed(f"{route} in the trash", refused)
        return []


def _more_to_read(site: Site, route: str, page: Exchange, window: Window) -> list[dict[str, Any]]:
    """Posts of a page of which there is more: protected ones, and those edited since they were published (or
    last captured).
    """
    return [i for i in items_in(page) if is_protected(i) or _is_edited(site, route, i, window)]


def _is_edited(site: Site, route: str, item: Mapping[str, Any], window: Window) -> bool:
    modified = str(item.get("modified_gmt"))
    return modified > _changed(window) and (
        modified > str(item.get("date_gmt")) or modified > _published(site, route, item, window)
    )


def _published(site: Site, route: str, item: Mapping[str, Any], window: Window) -> str:
    """When it was first published, as the API writes it. One that is held stood there from the date on that
    it had then: a notice that is renewed gets a later one, and what was a draft's stays one where a post gets
    an earlier one."""
    held = _held(site, route, item, window)
    if held is None or held.began is None or held.status != VISIBLE:
        return str(item.get("date_gmt"))
    return held.began.strftime(SECONDS)


def _held(site: Site, route: str, item: Mapping[str, Any], window: Window) -> Known | None:
    return window.known(f"wordpress:{site.server}/{route}/{item['id']}", anywhere=True)


def _more(site: Site, route: str, item: dict[str, Any], page: Exchange, window: Window) -> Iterator[Exchange]:
    """The words of a protected post, and the revisions that were public."""
    whole = replace(
        page, body=json.dumps(item).encode(), context={k: v for k, v in page.context.items() if k != "apart"}
    )
    if is_protected(item):
        whole = _whole(site, route, item["id"])
        yield whole
    try:
        live = next(parse(whole), None)
    except UnexpectedResponse:  # the core says so when it reads the answer itself, and goes on
        return
    if (
        live is None
        or live.status != VISIBLE
        or live.published_at is None
        or not _is_edited(site, route, item, window)
    ):
        return
    listed, found = site.revisions(route, item["id"])
    yield from listed  # nothing is read of these; their cursor says what was done before them
    kept = sorted(
        (str(r.get("date_gmt")), int(r["id"])) for r in found if "-autosave-" not in str(r.get("slug"))
    )
    published = _published(site, route, item, window)
    first = max((d for d, _ in kept if d <= published), default="")  # what stood there when it was published
    told = _trimmed(item) | {"date_gmt": published}
    since, newest = kept[-1] if kept else ("", None)
    context = {"live": told, "version": version_of(live), "newest": newest, "shown": live.text}
    held = _held(site, route, item, window)
    if held is not None and held.captured is not None and since <= held.captured.strftime(SECONDS):
        context["seen"] = (
            # a capture has seen what is held since then: where that is the live text, the revision is no news
            True
        )
    for some in _batches([str(n) for d, n in kept if d >= max(first, _changed(window))]):
        yield from site.wordings(route, item["id"], site.context | context, some)


def _whole(site: Site, route: str, number: object) -> Exchange:
    """A protected post with its words, without its password; `not_given` where the server fails at it."""
    try:
        return site.get(f"{route}/{number}", {"context": "edit", "_fields": WHOLE, "_embed": EMBED})
    except UnexpectedResponse as failure:
        answer = site.passed(f"{route}/{number}", failure)
        untold = [f"wordpress:{site.server}/{route}/{number}"]
        return replace(answer, context={**answer.context, "not_given": True, "untold": untold, **site.short})


def _gone(site: Site, known: Known, route: str, number: str) -> Exchange | Absence:
    light = {"context": "edit", "_fields": "id,status"} if site.trusted and route in ROUTES else {}
    answer = site.get(f"{route}/{number}", light, expect=(200, 401, 403, 404))
    if answer.status == 200:
        if not light:
            return answer  # it came back between two requests
        status = str(items_in(answer)[0].get("status"))
        if status in ("publish", "trash"):
            return _whole(site, route, number)
        return Absence(
            known.record_id,
            HIDDEN,
            f"the site's status of it is {status}: taken out of publication",
            answer,
            "agency",
        )
    tree = lenient(answer)
    code = tree.get("code")
    if site.trusted and code in GONE:
        return Absence(known.record_id, REMOVED, f"the site answers its own user {code}", answer)
    if not site.trusted and code in UNREADABLE:
        return Absence(
            known.record_id, UNAVAILABLE, f"the site answers everybody {answer.status} {code}", answer
        )
    refuse(answer, tree)
    raise wrong(answer, "/code", "the word for what is missing", code)


def _resolved(site: Site, url: str) -> tuple[str, str]:
    """Route and number of a permalink: from ?p=, by its slug, else as the page itself says in its Link
    header.
    """
    asked = post_in(url, [address for address in (site.account.url, site.account.api_url) if address])
    wanted = {"include": asked.number} if asked.number else {"slug": asked.path.rpartition("/")[2]}
    for route in ROUTES:
        for item in site.items(route, {**wanted, "_fields": "id,link"}):
            if asked.number or unquote(urlsplit(str(item.get("link"))).path).rstrip("/") == asked.path:
                return route, str(item["id"])
    for name, value in site.client.get(asked.page, expect=(200, 404, 410)).headers:
        if name.lower() == "link" and (found := re.search(r"/wp/v2/(posts|pages)/(\d+)>", value)):
            return found[1], found[2]
    raise UsageError(
        f"{url}: the site shows no post or page at this address",
        "Copy the permalink of a post from its page.",
    )


def _when(moment: datetime | None) -> str:
    return (moment - CLOCK).astimezone(UTC).strftime(f"{SECONDS}Z") if moment else ""


def _changed(window: Window) -> str:
    """From when on a window looks at changes, as the API writes it; "" for everything. A sweep goes back
    further than a recent one: what was edited while none of these was read to its end, no other will ask for.
    """
    return _when({"recent": window.changed_since, "full": window.edited_since}.get(window.kind))[:19]


def _batches(things: list[Any]) -> Iterator[list[Any]]:
    return (things[n : n + BATCH] for n in range(0, len(things), BATCH))


def _trimmed(item: Mapping[str, Any]) -> dict[str, Any]:
    """Of a live post, what its revisions do not say of themselves."""
    live = {
        k: item[k]
        for k in ("id", "type", "link", "date_gmt", "modified_gmt", "author", "featured_media")
        if k in item
    }
    embedded = item.get("_embedded")
    live["_embedded"] = (
        {k: v for k, v in embedded.items() if k in EMBEDDED} if isinstance(embedded, dict) else {}
    )
    return live | {"status": "publish", "protected": is_protected(item)}
