"""Archived records, requested by their IDs, and the absences of missing ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from recordroom.model import HIDDEN, REMOVED, UNAVAILABLE, Absence, Exchange
from recordroom.platforms.contract import Client, KnownRecord
from recordroom.platforms.crawl import with_context
from recordroom.platforms.http import PatientClient, require_path_segment, unexpected_field
from recordroom.platforms.wordpress.api import Site, items_in, object_of, raise_refusal, split_batches
from recordroom.platforms.wordpress.platform import ROUTES
from recordroom.platforms.wordpress.schema import is_protected

if TYPE_CHECKING:
    from recordroom.register.models import Account

_GONE = frozenset({"rest_post_invalid_id", "rest_comment_invalid_id"})
_UNREADABLE = _GONE | {"rest_forbidden", "rest_cannot_read", "rest_cannot_read_post"}


def lookup(account: Account, ids: Iterable[KnownRecord], client: Client) -> Iterator[Exchange | Absence]:
    """Request records by their IDs in lists, and those that no list gives one by one.

    Only for a single one does the site say why it does not give it.
    """
    site = Site(account, PatientClient(client))
    wanted: dict[str, dict[str, KnownRecord]] = {}
    for known in ids:
        route, _, number = known.record_id.removeprefix(f"wordpress:{site.server}").strip("/").partition("/")
        if number:
            wanted.setdefault(require_path_segment(route), {})[require_path_segment(number)] = known
        else:
            yield site.index
    for route, all_known in wanted.items():
        for numbers in split_batches(list(all_known)):
            seen: set[str] = set()
            yield from _look_up_list(site, route, {number: all_known[number] for number in numbers}, seen)
            yield from (_look_up_one(site, all_known[n], route, n) for n in numbers if n not in seen)


def _look_up_list(
    site: Site, route: str, known: dict[str, KnownRecord], seen: set[str]
) -> Iterator[Exchange]:
    """Request records of one route in a list.

    seen: receives the IDs that are given, and those that the site fails to give.
    """
    status = {"status": "publish,trash"} if site.is_signed_in and route in ROUTES else {}
    for page in site.pages(route, {"include": ",".join(known), **status}):
        if "not_given" in page.context:
            numbers = page.context.get("passed", list(known))
            seen.update(numbers)
            yield with_context(page, untold=[known[number].record_id for number in numbers])
        elif items := items_in(page):
            seen.update(str(item["id"]) for item in items)
            yield page
            if "apart" in page.context:
                yield from (site.request_post(route, item["id"]) for item in items if is_protected(item))


def _look_up_one(site: Site, known: KnownRecord, route: str, number: str) -> Exchange | Absence:
    """Request one record.

    A known post may be a draft again, whose text must not be archived: its status is requested first.
    """
    is_checked = site.is_signed_in and route in ROUTES
    query = {"context": "edit", "_fields": "id,status"} if is_checked else {}
    answer = site.get(f"{route}/{number}", query, expect=(200, 401, 403, 404))
    if answer.status == 200:
        if not is_checked:
            return answer  # it came back between two requests
        status = str(items_in(answer)[0].get("status"))
        if status in ("publish", "trash"):
            return site.request_post(route, number)
        words = f"the site reports the status {status}: it is no longer published"
        return Absence(known.record_id, HIDDEN, words, answer, "agency")
    tree = object_of(answer)
    code = tree.get("code")
    if site.is_signed_in and code in _GONE:
        return Absence(known.record_id, REMOVED, f"the site reports {code} to its own signed-in user", answer)
    if not site.is_signed_in and code in _UNREADABLE:
        return Absence(
            known.record_id, UNAVAILABLE, f"the site reports HTTP {answer.status}, {code} to visitors", answer
        )
    raise_refusal(answer, tree)
    raise unexpected_field(answer, "/code", "a known error code", code)
