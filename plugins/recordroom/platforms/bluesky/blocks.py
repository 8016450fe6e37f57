"""The blocks of an account, and replies that blocks keep out of conversations.

    com.atproto.repo.listRecords        of the account's own server, as everybody may read them:
                                        app.bsky.graph.block (people), app.bsky.graph.listblock (lists)
    app.bsky.actor.getProfiles          of the AppView: the handles of these people
    app.bsky.graph.getRelationships     of the AppView: who blocks whom

https://docs.bsky.app/docs/api/com-atproto-repo-list-records. Mutes are in no repository.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from recordroom.errors import PlatformFailure
from recordroom.model import Exchange, Record
from recordroom.platforms import blocklist
from recordroom.platforms.bluesky.api import Api, failure_of
from recordroom.platforms.bluesky.content import View
from recordroom.platforms.bluesky.platform import AT_URI
from recordroom.platforms.bluesky.schema import (
    BLOCK,
    BLOCK_ENTRY,
    BLOCK_PAGE,
    HANDLE,
    PROFILES,
)
from recordroom.platforms.bluesky.state import CrawlState
from recordroom.platforms.http import unexpected_field
from recordroom.platforms.paging import Params, follow_cursors, limit_empty_pages
from recordroom.platforms.schema import Reading, load_content, require_list

COLLECTIONS = ("app.bsky.graph.block", "app.bsky.graph.listblock")
PAGE = 100  # blocks in a page
PROFILES_AT_ONCE, RELATIONSHIPS_AT_ONCE = 25, 30
_RELATIONSHIPS = (
    (("blocking", "blockingByList"), "agency", "the account blocks its author"),
    (("blockedBy", "blockedByList"), "author", "its author blocks the account"),
)


def read_blocks(state: CrawlState) -> Iterator[Exchange]:
    """Read all blocks of the account's repository, and yield them as one exchange.

    If the repository cannot be read, or the AppView does not name these people, the exchange reports that,
    and has no record.
    """
    api = state.api
    server = api.servers.find(api.me)
    if server is None:
        answer = api.account.known.exchange or api.request_profile()
        words = "the server with the list of people whom the account blocks is unknown"
        yield state.report_missing(answer, words)
        return
    pages: list[Exchange] = []
    try:
        for collection in COLLECTIONS:
            pages += _pages(api, server, collection)
        people = [subject for page in pages for subject in _subjects_in(page)]
        handles = _request_handles(api, [subject for subject in people if subject.startswith("did:")])
    except PlatformFailure as failure:
        yield state.report_refusal(failure, "the list of people whom the account blocks could not be read")
        return
    context = {**pages[0].context, "people": people, "handles": handles}
    yield state.at_cursor(replace(pages[0], context=context))


def _pages(api: Api, server: str, collection: str) -> Iterator[Exchange]:
    params: Params = {"repo": api.me, "collection": collection, "limit": PAGE}
    url = f"{server}/xrpc/com.atproto.repo.listRecords"
    pages = follow_cursors(api.client, url, params, _next_page, context=api.context)
    return limit_empty_pages(pages, lambda page: not _subjects_in(page))


def _next_page(page: Exchange) -> str | None:
    _subjects_in(page)  # a page of another shape is not read on
    cursor: str | None = load_content(page).get("cursor")
    return cursor


def _subjects_in(page: Exchange) -> list[str]:
    """Return the DIDs of people, or the addresses of lists, of a page."""
    body, reading = load_content(page), Reading(page)
    reading.check(BLOCK_PAGE, body, "")
    found = reading.read_objects(BLOCK_ENTRY, body, "records", "")
    return [
        reading.read_object(BLOCK, one, "value", f"/records/{i}")["subject"] for i, one in enumerate(found)
    ]


def _request_handles(api: Api, dids: Sequence[str]) -> dict[str, str]:
    handles: dict[str, str] = {}
    for start in range(0, len(dids), PROFILES_AT_ONCE):
        some = list(dids[start : start + PROFILES_AT_ONCE])
        answer = api.get("app.bsky.actor.getProfiles", {"actors": some})
        if problem := failure_of(answer):
            raise problem
        body, reading = load_content(answer), Reading(answer)
        reading.check(PROFILES, body, "")
        handles |= {one["did"]: one["handle"] for one in reading.read_objects(HANDLE, body, "profiles", "")}
    return handles


def moderation_record(body: Mapping[str, Any], view: View) -> Record:
    """Make the record of the blocks in a response."""
    reading = Reading(view.exchange)
    people = view.context.get("people") or _subjects_in(view.exchange)
    handles = view.context.get("handles", {})
    lines = [
        blocklist.describe_person("blocked", f"@{handles[one]}", one)
        if one in handles
        else blocklist.describe_person("blocked", one)
        for one in people
    ]
    native = view.me or _owner_of(body)
    return blocklist.make_blocklist(f"bluesky:{native}", native, lines, reading, public=True)


def _owner_of(body: Mapping[str, Any]) -> str:
    """Return the DID of the repository of a saved list."""
    first = next(iter(body.get("records") or ()), None)
    uri = first.get("uri") if isinstance(first, dict) else None
    return uri.removeprefix("at://").partition("/")[0] if isinstance(uri, str) else "unknown"


def find_blocks(api: Api, uris: Iterable[str]) -> dict[str, list[str | None]]:
    """Return (who, why) by address, for replies that a block keeps out."""
    authors = {uri: match[1] for uri in uris if (match := AT_URI.fullmatch(uri)) and match[1] != api.me}
    dids, why = list(dict.fromkeys(authors.values())), dict[str, list[str | None]]()
    for start in range(0, len(dids), RELATIONSHIPS_AT_ONCE):
        params = {"actor": api.me, "others": dids[start : start + RELATIONSHIPS_AT_ONCE]}
        answer = api.get("app.bsky.graph.getRelationships", params, 501)
        why |= dict(_blocks_in(answer)) if answer.status == 200 else {}
    return {uri: why[did] for uri, did in authors.items() if did in why}


def _blocks_in(answer: Exchange) -> Iterator[tuple[str, list[str | None]]]:
    """Yield (DID, (who, why)) of each block in an answer."""
    body = load_content(answer)
    relationships = body.get("relationships") if isinstance(body, dict) else body
    for i, found in enumerate(require_list(relationships, answer, "/relationships")):
        if not isinstance(found, dict):
            raise unexpected_field(answer, f"/relationships/{i}", "an object", found)
        for names, who, words in _RELATIONSHIPS:
            if block := next((found[name] for name in names if found.get(name)), None):
                yield str(found.get("did")), [who, f"{words} ({block}), so no conversation shows it"]
                break
