"""What others did about a page on LinkedIn, or its posts, as LinkedIn tells an administrator for 60 days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from recordroom.errors import AccountUnavailable, Blocked, UnexpectedResponse
from recordroom.model import REMOVED, UNAVAILABLE, VISIBLE, Absence, Exchange, instant
from recordroom.platforms import Known
from recordroom.platforms.answers import in_path, told_by
from recordroom.platforms.linkedin.asking import GONE
from recordroom.platforms.linkedin.calendar import Page
from recordroom.platforms.linkedin.listing import Listing
from recordroom.platforms.linkedin.restli import Place, escaped
from recordroom.platforms.linkedin.roles import HEARERS, must_have_role
from recordroom.platforms.linkedin.shapes import DECORATED
from recordroom.platforms.linkedin.urns import EPOCH, POST_URN, moment_of, notice_id, number_of, numbers_in
from recordroom.platforms.shapes import Reading
from recordroom.platforms.unread import left_out, spared

_MAY_BE = "what is gone is called unavailable, and asked for again"
_UNHEARD = (
    "LinkedIn gives comments to administrators of the page, and the token's holder is none: whether those that it does not give are still "
    "there is not known; docs/platforms/linkedin.md names the roles"
)
_UNTOLD = "LinkedIn tells of posts that mention the page for 60 days; whether it is still there is not told"


class Notices(Listing):
    """Mentions, comments on posts that the list of the last days does not show, and that a comment was deleted."""

    def happened(self, actions: str, since: datetime | None, place: Place | None = None) -> Iterator[Page]:
        """What was done to the page's posts; Blocked where the token's holder is no administrator."""
        span = f"&timeRange=(start:{(since - EPOCH) // timedelta(milliseconds=1)})" if since else ""
        path = f"organizationalEntityNotifications?q=criteria&organizationalEntity={escaped(self.me)}&actions=List({actions}){span}"
        return self.noting(self.api.pages(path, place or Place(), notice_id, self.context))

    def mentions(self) -> Iterator[Exchange]:
        """Posts of others that mention the page, or pass on its posts."""
        try:
            for page, _, following in self.happened("SHARE,SHARE_MENTION", self.floor, self.todo.place):
                self.turn("posts" if following is None else "mentions", following)
                yield replace(page, cursor=self.todo.cursor)
        except (AccountUnavailable, Blocked):
            self.todo.unheard = True
            self.turn("posts", None)
        except UnexpectedResponse as failure:
            answer = left_out(failure)
            self.todo.unnamed = told_by(answer)
            self.turn("posts", None)
            yield replace(answer, cursor=self.todo.cursor)

    def news(self) -> Iterator[Exchange]:
        """Posts before the last days on which something was said since the last capture."""
        if self.floor and not self.todo.unheard:
            since = self.window.changed_since or self.floor  # there was no such window before
            for page, notices, _ in self.happened("COMMENT,ADMIN_COMMENT,COMMENT_EDIT", since):
                for i, notice in enumerate(notices):
                    source = Reading(page).part(DECORATED, notice, "decoratedSourcePost", f"/elements/{i}").get("entity") or ""
                    if POST_URN.fullmatch(source) and source not in self.seen and source not in self.todo.alone:
                        self.todo.alone.append(source)
                        self.moved[source] = notice["lastModifiedAt"]
        self.turn("events", None)
        yield from self.pending()

    def told_as_deleted(self, gone: Sequence[tuple[Known, Exchange]]) -> Iterator[Exchange | Absence]:
        """Comments that are not found: `removed` where LinkedIn tells that they were deleted. Where it fails to, that is told. Nothing is
        concluded where the token's holder has no role by which comments are read: none would be found then."""
        if not gone:
            return
        try:
            must_have_role(self.api, self.me, HEARERS)
        except Blocked as unheard:
            if unheard.exchange is None:
                raise
            yield self.told(unheard.exchange, not_given=True, untold=[k.record_id for k, _ in gone], short=_UNHEARD)
            return
        deleted = dict[tuple[str, ...], tuple[datetime, Exchange]]()
        try:
            deleted |= self.deletions()
        except (AccountUnavailable, Blocked) as refusal:  # nothing is told to whoever is no administrator, which `unheard` says
            spared(refusal)
        except UnexpectedResponse as failure:
            answer = spared(failure)
            yield self.told(answer, not_given=True, short=f"LinkedIn gives no list of deleted comments ({told_by(answer)}): {_MAY_BE}")
        for k, answer in gone:
            if told := deleted.get(numbers_in(k.native_id)):
                at, page = told
                yield Absence(k.record_id, REMOVED, f"LinkedIn told that it was deleted (COMMENT_DELETE, {instant(at)})", page)
            else:
                yield Absence(k.record_id, UNAVAILABLE, GONE, answer)

    def deletions(self) -> dict[tuple[str, ...], tuple[datetime, Exchange]]:
        """By the numbers of activity and comment, when a comment was deleted and what told so."""
        found: dict[tuple[str, ...], tuple[datetime, Exchange]] = {}
        for page, notices, _ in self.happened("COMMENT_DELETE", None):
            for notice in notices:
                if notice["action"] == "COMMENT_DELETE" and isinstance(notice.get("generatedActivity"), str):
                    found[numbers_in(notice["generatedActivity"])] = (moment_of(notice["lastModifiedAt"], page), page)
        return found

    def not_told_any_more(self, mentions: Sequence[Known]) -> Iterator[Absence]:
        """Posts of others cannot be asked for: nothing is known of them when LinkedIn does not tell of them any more."""
        if mentions:
            answer = self.api.get(f"organizations/{in_path(number_of(self.me))}", self.context)
            yield from (Absence(k.record_id, VISIBLE, _UNTOLD, answer, ended=True) for k in mentions)
