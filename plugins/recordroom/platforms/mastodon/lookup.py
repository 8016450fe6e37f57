"""Archived records, requested by their IDs; what follows where one is not given.

A deleted, hidden, blocked, and no longer public status are the same 404 to the API. It becomes `unavailable`;
`removed` only where the instance's moderators notified the account that they deleted it:

    /api/v1/notifications?types[]=moderation_warning      newest first, with the scope read:notifications
    {"type": "moderation_warning", "moderation_warning": {"action": "delete_statuses", "status_ids": ["115"],
    "created_at": "...", ...}}

https://docs.joinmastodon.org/entities/AccountWarning/, OpenAPI description of version 4.7.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from recordroom.errors import PlatformFailure
from recordroom.model import REMOVED, UNAVAILABLE, Absence, Exchange, instant
from recordroom.platforms.contract import Client, KnownRecord
from recordroom.platforms.crawl import with_context
from recordroom.platforms.http import PatientClient, require_path_segment
from recordroom.platforms.mastodon.api import BATCH
from recordroom.platforms.mastodon.conversations import Conversations
from recordroom.platforms.mastodon.inbox import NOTICES_PER_PAGE, NOTIFICATIONS
from recordroom.platforms.mastodon.platform import WINDOW
from recordroom.platforms.mastodon.schema import WARNING, WARNING_NOTICE, Place
from recordroom.platforms.mastodon.state import MastodonState
from recordroom.platforms.mastodon.statuses import statuses_in
from recordroom.platforms.paging import Params, follow_links
from recordroom.platforms.schema import load_content, read_time, require_list
from recordroom.platforms.unread import require_completing

if TYPE_CHECKING:
    from recordroom.register.models import Account

DELETED = "delete_statuses"  # the only action that removes a status for everybody
_WARNINGS: Params = {"types[]": ["moderation_warning"], "limit": NOTICES_PER_PAGE}
_GONE = "the instance does not return it for its ID and does not say why"
_UNTOLD = "it could not be checked whether the instance's moderators deleted posts of the account"


def lookup(account: Account, ids: Iterable[KnownRecord], client: Client) -> Iterator[Exchange | Absence]:
    """Request each record by its ID, and read replies to which no list leads."""
    yield from _Lookup(account, ids, client).read()


class _Lookup:
    """One lookup.

    known: the archived records by their native IDs.
    places: those of statuses.
    found: the statuses that are shown.
    """

    def __init__(self, account: Account, ids: Iterable[KnownRecord], client: Client) -> None:
        self.state = MastodonState(account, PatientClient(client, within=WINDOW))
        self.instance, self.conversations = self.state.instance, Conversations(self.state)
        self.known = {known.native_id: known for known in ids}
        self.places: dict[str, Place] = {
            known.native_id: (known.kind, known.parent_id, known.root_id)
            for known in self.known.values()
            if known.kind != "profile"
        }
        self.found: dict[str, dict[str, Any]] = {}

    def read(self) -> Iterator[Exchange | Absence]:
        """Request the profile and the statuses, and yield what follows.

        If only few statuses are missing, these are also requested by their own addresses. A status that is
        found may count more replies than were looked up with it: its parent may have disappeared, so that no
        list leads to them. They are read too.
        """
        for known in self.known.values():
            if known.kind == "profile":
                yield self._request_profile(known)
        missing: dict[str, Exchange] = {}
        for some, answer in self.instance.statuses(list(self.places), self.places):
            yield from self._take_answer(some, answer, missing)
        gone: dict[str, Exchange] = {}
        for native, answer in missing.items():
            alone = self.instance.status(native, self.places[native]) if len(missing) <= BATCH else None
            if alone:
                [status] = statuses_in(alone)
                self._take_status(status, native, alone)
                yield alone
            else:
                gone[native] = answer
        yield from self._absences(gone)
        self.conversations.queue_uncounted_replies(self.found, self.known)
        yield from self.conversations.read_pending()

    def _request_profile(self, known: KnownRecord) -> Exchange | Absence:
        answer = self.instance.get(
            f"/accounts/{require_path_segment(known.native_id)}", expect=(200, 404, 410)
        )
        if answer.status == 200:
            return answer
        return Absence(known.record_id, UNAVAILABLE, f"HTTP {answer.status} for its ID", answer)

    def _take_answer(
        self, natives: Iterable[str], answer: Exchange, missing: dict[str, Exchange]
    ) -> Iterator[Exchange]:
        """Yield the responses with these statuses, and note those that are missing.

        Nothing is concluded about a status that is not for everybody, unless the account itself requests it:
        an instance never shows it to others.
        """
        found = {str(status["id"]): status for status in statuses_in(answer)}
        hidden = [n for n in natives if n not in found and self.instance.may_hide(self.known[n])]
        if found or hidden:
            yield with_context(answer, untold=[self.known[n].record_id for n in hidden])
        if unseen := [n for n in natives if n not in found and n not in hidden]:
            places = {n: list(self.places[n]) for n in unseen}
            shown = self.instance.get_as_anybody("/statuses", {"id[]": unseen}, places=places)
            if shown and (more := {str(status["id"]): status for status in statuses_in(shown)}):
                found |= more
                yield shown
        for native in natives:
            if native in found:
                self._take_status(found[native], native, answer)
            elif native not in hidden:
                missing[native] = answer

    def _take_status(self, status: dict[str, Any], native: str, answer: Exchange) -> None:
        self.conversations.queue_history(status, self.places[native], answer)
        self.found[native] = status

    def _absences(self, gone: Mapping[str, Exchange]) -> Iterator[Exchange | Absence]:
        """Yield an absence for each status that is not shown.

        Moderators notify an account only of its own statuses. If their notifications are not given, that is
        reported.
        gone: the response to the request of each status.
        """
        deleted: dict[str, tuple[datetime, Exchange]] = {}
        is_own = any(self.known[native].tally == "own" for native in gone)
        if self.instance.signed_in and is_own and self.instance.foreign_token is None:
            try:
                deleted = self._request_deletions()
            except PlatformFailure as failure:
                yield self.state.report_missing(require_completing(failure), _UNTOLD)
        for native, answer in gone.items():
            record_id = self.known[native].record_id
            if native in deleted:
                at, page = deleted[native]
                words = (
                    "moderators of the instance deleted it: they notified the account"
                    f" ({DELETED}, {instant(at)})"
                )
                yield Absence(record_id, REMOVED, words, page, "platform")
            else:
                yield Absence(record_id, UNAVAILABLE, _GONE, answer)

    def _request_deletions(self) -> dict[str, tuple[datetime, Exchange]]:
        """Return when moderators deleted each status, and the response that says so."""
        found: dict[str, tuple[datetime, Exchange]] = {}
        context = {**self.instance.context, "not_given": True}
        url = f"{self.instance.base}{NOTIFICATIONS}"
        for page in follow_links(self.instance.api, url, _WARNINGS, context=context):
            for i, notice in enumerate(require_list(load_content(page), page, "")):
                WARNING_NOTICE.check(notice, page, f"/{i}")
                warning = notice.get("moderation_warning")
                if warning is None:
                    continue
                WARNING.check(warning, page, f"/{i}/moderation_warning")
                if warning["action"] == DELETED:
                    at = read_time(warning["created_at"], page, f"/{i}/moderation_warning/created_at")
                    found |= {str(native): (at, page) for native in warning.get("status_ids") or ()}
        return found
