"""Mentions of the account, quotes of its statuses, and its private mentions.

An instance gives them only to a token of the account:

    /api/v1/notifications?types[]=mention&types[]=quote   newest first, with the scope read:notifications
    /api/v1/conversations                                 each with its last status; the last changed first
      /api/v1/statuses/:id/context                        its conversation

https://docs.joinmastodon.org/methods/: notifications, conversations; OpenAPI description of version 4.7.

A page of notifications may hold what somebody wrote to the account in private, whether or not private
mentions are to be kept. No such page is kept: each status is requested by its ID. Notifications that the
account's own policy filters (of new accounts, of accounts that it does not follow) are requested too.

A private mention is a status of the visibility `direct`. Its record is a `message`, whose conversation is
that of the first status above it. Other statuses in such a conversation are read where they belong.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Unpack

from recordroom.errors import PlatformFailure, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms.crawl import with_context
from recordroom.platforms.http import describe_failure, require_path_segment
from recordroom.platforms.mastodon.api import PERMISSION
from recordroom.platforms.mastodon.conversations import LATE, PAGE, Conversations
from recordroom.platforms.mastodon.schema import DIRECT, NOTICE, MastodonContext, Place, error_in
from recordroom.platforms.mastodon.state import MastodonState
from recordroom.platforms.mastodon.statuses import (
    ancestors_in,
    check_statuses,
    claimed_time,
    descendants_in,
    ids_in,
    last_statuses,
    statuses_in,
    text_of,
)
from recordroom.platforms.paging import Params
from recordroom.platforms.schema import load_content, read_time, require_list
from recordroom.platforms.unread import require_optional
from recordroom.stored_texts import text

NOTIFICATIONS = "/api/v1/notifications"
NOTICES_PER_PAGE = 80
TYPES = ("mention", "quote")
# All other types of version 4.7: what others did, or wrote without a mention or a quote of the account.
OTHER_TYPES = frozenset(
    ("status", "reblog", "follow", "follow_request", "favourite", "poll", "update", "admin.sign_up",
     "admin.report", "quoted_update", "severed_relationships", "moderation_warning", "added_to_collection",
     "collection_update", "annual_report")
)  # fmt: skip
_QUERY: Params = {"types[]": list(TYPES), "include_filtered": "true", "limit": NOTICES_PER_PAGE}


class Mentions:
    """Statuses of others that mention or quote the account, and are no replies to it."""

    def __init__(self, state: MastodonState, conversations: Conversations) -> None:
        self.state, self.conversations = state, conversations
        self.instance, self.lineage = state.instance, state.lineage

    def read(self) -> Iterator[Exchange]:
        """Read the statuses of notifications, or report that these are not given."""
        state, refusal = self.state, self.instance.foreign_token
        if refusal is None:
            try:
                for page in self.instance.pages(NOTIFICATIONS, _QUERY, state.todo.notices):
                    times = _times_in(page)
                    yield from self._read_public(page)
                    if state.window.reads_messages:
                        yield from self._read_private(page)
                    state.todo.notices = page.cursor
                    if state.since and times and min(times) < state.since:
                        break
            except PlatformFailure as failure:
                refusal = require_optional(failure)
        state.todo.named = True
        if refusal is not None:
            hidden = "" if self.instance.foreign_token is None else text("part-mastodon-followers")
            words = f"posts that mention the account without replying to it could not be read{hidden}"
            yield state.report_missing(refusal, words)
        yield from self.conversations.read_pending()

    def _read_public(self, page: Exchange) -> Iterator[Exchange]:
        """Read the statuses of a page for everybody that no conversation showed."""
        found = _statuses_in(page, private=False)
        for status in found:
            self.lineage.learn(status, page)
        natives = [native for status in found if (native := str(status["id"])) not in self.state.given]
        yield from self.state.read_in_halves(partial(self._request_public, page), natives)

    def _request_public(self, page: Exchange, natives: Sequence[str]) -> Iterator[Exchange]:
        """Request these statuses.

        One below a status of the account is read with that conversation, unless the archive does not have it.
        """
        chains = {
            native: chain
            for native, chain in self.lineage.climb_to_chains(natives).items()
            if not (self.lineage.includes_us(chain) and self.state.is_archived(native))
        }
        places, unknown = self.lineage.places(chains.values()), _unknown_types(page)
        for answer in self._request(list(chains), places, apart=True):
            found = statuses_in(answer)
            for status in found:
                self.conversations.queue_history(status, places[str(status["id"])], answer)
            if found:
                shown = [str(status["id"]) for status in found]
                types = {native: unknown[native] for native in shown if native in unknown}
                yield self.state.at_cursor(with_context(answer, types=types))

    def _read_private(self, page: Exchange) -> Iterator[Exchange]:
        """Read the private mentions of a page that are not archived.

        The last status of a conversation does not lead to one before a status that was deleted.
        """
        found = _statuses_in(page, private=True)
        for status in found:
            self.lineage.learn(status, page)
        natives = [native for status in found if not self.state.is_archived(native := str(status["id"]))]
        yield from self.state.read_in_halves(self._request_private, natives)

    def _request_private(self, natives: Sequence[str]) -> Iterator[Exchange]:
        record_id = self.instance.record_id
        places: dict[str, Place] = {}
        for native, chain in self.lineage.climb_to_chains(natives).items():
            parent = record_id(chain[1]) if len(chain) > 1 else None
            places[native] = ("message", parent, record_id(chain[-1]))
        for answer in self._request(natives, places):
            for status in statuses_in(answer):
                self.conversations.queue_history(status, places[str(status["id"])], answer)
            yield self.state.at_cursor(answer)

    def _request(
        self, natives: Sequence[str], places: Mapping[str, Place], /, **context: Unpack[MastodonContext]
    ) -> Iterator[Exchange]:
        """Request statuses by their IDs.

        One that is neither shown so nor archived is requested by its own address.
        """
        for some, answer in self.instance.statuses(natives, places, **context):
            yield answer
            shown = ids_in(answer)
            for native in some:
                if native in shown or self.state.is_archived(native):
                    continue
                if alone := self.instance.status(native, places[native], **context):
                    yield alone


def _times_in(page: Exchange) -> list[datetime]:
    """Return when each notification of a page was made, after a check of all."""
    found = require_list(load_content(page), page, "")
    for i, notice in enumerate(found):
        NOTICE.check(notice, page, f"/{i}")
    return [read_time(notice["created_at"], page, f"/{i}/created_at") for i, notice in enumerate(found)]


def _statuses_in(page: Exchange, *, private: bool) -> list[dict[str, Any]]:
    """Return the statuses of a page that may mention or quote the account, each once.

    Those of types that this connector does not know are among them.
    private: return the private mentions, or else all other statuses.
    """
    found = {
        str(status["id"]): status
        for notice in load_content(page)
        if notice["type"] not in OTHER_TYPES
        for status in _status_of(notice, page)
    }
    return [status for status in found.values() if (status["visibility"] == DIRECT) is private]


def _unknown_types(page: Exchange) -> dict[str, str]:
    """Return the types that this connector does not know, by status."""
    unknown = (notice for notice in load_content(page) if notice["type"] not in (*TYPES, *OTHER_TYPES))
    return {str(status["id"]): notice["type"] for notice in unknown for status in _status_of(notice, page)}


def _status_of(notice: dict[str, Any], page: Exchange) -> list[dict[str, Any]]:
    return check_statuses(page, [notice["status"]], "/status") if notice.get("status") is not None else []


class PrivateMentions:
    """The private conversations of the account, back to when they were last read."""

    def __init__(self, state: MastodonState, conversations: Conversations) -> None:
        self.state, self.conversations = state, conversations
        self.instance = state.instance

    def read(self) -> Iterator[Exchange]:
        """Read the conversations, or report a refusal.

        A crawl that resumes after a refusal requests them again.
        """
        state, instance = self.state, self.instance
        refusal, fails = instance.foreign_token if instance.signed_in else instance.profile(), False
        if refusal is None:
            try:
                for page in instance.pages("/api/v1/conversations", {"limit": PAGE}, state.todo.box):
                    is_recent = yield from self._read_page(page)
                    if not is_recent:
                        break
            except PlatformFailure as failure:
                refusal, fails = require_optional(failure), isinstance(failure, UnexpectedResponse)
        if refusal is not None:
            words = f"{error_in(refusal) or 'there is no token of this account'}: required is {PERMISSION}"
            if fails:
                words = f"the instance fails ({describe_failure(refusal)})"
            yield state.at_cursor(with_context(refusal, messages_refused=words))
            return
        state.todo.heard = True
        yield from self.conversations.read_pending()

    def _read_page(self, page: Exchange) -> Generator[Exchange, None, bool]:
        """Read the conversations of a page, then the page itself.

        Returns whether later pages may have conversations of the window: the oldest one of this page is
        recent, or no last status is shown, because all were deleted.
        """
        state = self.state
        until = state.window.messages_since if state.since else None
        places: dict[str, Place] = {}
        due: dict[str, dict[str, Any]] = {}
        found = list(last_statuses(page, load_content(page)))
        is_recent = not found
        for pointer, status in found:
            check_statuses(page, [status], pointer)
            created = claimed_time(status["created_at"], page, f"{pointer}/created_at")
            known = state.window.find_known(self.instance.record_id(str(status["id"]))) is not None
            # A status from another server may arrive late.
            is_recent = until is None or created is None or created >= until - LATE
            if until is None or created is None or created >= until or (is_recent and not known):
                due[str(status["id"])] = status
        for native in due:
            yield from state.read_in_halves(
                lambda natives: (
                    answer for one in natives for answer in self._read_before(due[one], page, places)
                ),
                [native],
            )
        state.todo.box = page.cursor if is_recent else None
        state.todo.heard = state.todo.box is None
        # Without any place, nothing is read from the page.
        yield state.at_cursor(replace(page, context={**page.context, "places": places}))
        return is_recent

    def _read_before(
        self, status: dict[str, Any], page: Exchange, places: dict[str, Place]
    ) -> Iterator[Exchange]:
        """Read a conversation from its last status.

        The context of the last status shows those above it, up to the first; the context of the first one
        shows all branches. Any of them may have been edited since.

        places: filled with the places of all private mentions of the conversation.
        """
        record_id = self.instance.record_id
        native, parent = str(status["id"]), text_of(status.get("in_reply_to_id"))
        top, found = native, {native: status}
        if parent is not None:
            answer = self.instance.get(f"/statuses/{require_path_segment(native)}/context")
            above = ancestors_in(answer) if answer.status == 200 else []
            top = str(above[0]["id"]) if above else parent
            for context in (answer, self.instance.get(f"/statuses/{require_path_segment(top)}/context")):
                if context.status == 200:
                    shown = [*descendants_in(context), *ancestors_in(context)]
                    found |= {str(one["id"]): one for one in shown if one["visibility"] == DIRECT}
                    yield self.state.at_cursor(with_context(context, messages=record_id(top)))
        for one, mention in found.items():
            above_it = text_of(mention.get("in_reply_to_id"))
            places[one] = ("message", record_id(above_it) if above_it else None, record_id(top))
            self.conversations.queue_history(mention, places[one], page)
