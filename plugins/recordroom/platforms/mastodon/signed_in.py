"""What an instance tells the account alone: who names or quotes it elsewhere, its private mentions, whom it
keeps away.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from recordroom.errors import PlatformFailure, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms.http import in_path, told_by
from recordroom.platforms.mastodon import inbox, notices
from recordroom.platforms.mastodon.asking import PAGE
from recordroom.platforms.mastodon.conversations import LATE, Conversations
from recordroom.platforms.mastodon.statuses import (
    Place,
    claimed,
    descendants_of,
    statuses_in,
    statuses_of,
    text_of,
    words_of,
)
from recordroom.platforms.paging import by_link
from recordroom.platforms.schema import content_of
from recordroom.platforms.unread import spared


class SignedIn(Conversations):
    """What stands in no conversation of the account's, and what is for the account only."""

    def mentions(self) -> Iterator[Exchange]:
        """Statuses of others that name the account or quote one of its own, and answer nothing of it.
        Notifications only point at them: a page of these may hold what somebody wrote to the account in
        private. Where they are not given, all else is captured."""
        todo, refusal = self.todo, self.stranger
        if refusal is None:
            try:
                url = f"{self.base}/api/v1/notifications"
                for page in by_link(self.api, url, notices.ASKED, context=self.context, start=todo.notices):
                    times = notices.times_in(page)
                    yield from self.named(notices.statuses_in(page), page)
                    if self.window.messages:
                        yield from self.told_in_private(notices.statuses_in(page, private=True), page)
                    todo.notices = page.cursor
                    if self.since and times and min(times) < self.since:
                        break
            except PlatformFailure as failure:
                refusal = spared(failure)
        todo.named = True
        if refusal is not None:
            kept = "" if self.stranger is None else ", nor what is for its followers only"
            yield self.not_given(refusal, f"who names the account without answering it is not told{kept}")
        yield from self.pending()

    def named(self, told: Sequence[dict[str, Any]], page: Exchange) -> Iterator[Exchange]:
        """Those of them that no conversation showed, by their ids. What stands below something of the account
        is read there, and is no news if it is held."""
        for status in told:
            self.lineage.learn(status, page)
        yield from self.spared(
            partial(self.apart, page),
            [native for status in told if (native := str(status["id"])) not in self.given],
        )

    def apart(self, page: Exchange, natives: Sequence[str]) -> Iterator[Exchange]:
        """These of others, of which a page of notifications tells."""
        self.lineage.climb(natives)
        chains = {native: self.lineage.chain(native) for native in natives}
        chains = {
            native: chain
            for native, chain in chains.items()
            if not (self.lineage.is_below_us(chain) and self.holds(native))
        }
        places = {native: self.lineage.place(chain) for native, chain in chains.items()}
        strange = notices.unknown_in(page)
        for answer in self.told(list(chains), places, apart=True):
            found = statuses_in(answer)
            for status in found:
                self.note_edit(status, places[str(status["id"])], answer)
            if found:
                types = {
                    native: strange[native]
                    for native in (str(status["id"]) for status in found)
                    if native in strange
                }
                more = {**answer.context, "types": types} if types else answer.context
                yield replace(answer, context=more, cursor=self.todo.cursor)

    def told(self, natives: Sequence[str], places: Mapping[str, Place], **context: Any) -> Iterator[Exchange]:
        """What notifications tell of, by its ids; what is not given so, and not held, alone."""
        for some, answer in self.by_id(natives, places, **context):
            yield answer
            given = {str(status["id"]) for status in statuses_in(answer)}
            for native in some:
                if (
                    native not in given
                    and not self.holds(native)
                    and (alone := self.alone(native, places[native], **context))
                ):
                    yield alone

    def told_in_private(self, told: Sequence[dict[str, Any]], page: Exchange) -> Iterator[Exchange]:
        """Private mentions that are not held, by their ids: the last of a conversation leads to none before
        one that was deleted.
        """
        for status in told:
            self.lineage.learn(status, page)
        yield from self.spared(
            self.private, [native for status in told if not self.holds(native := str(status["id"]))]
        )

    def private(self, natives: Sequence[str]) -> Iterator[Exchange]:
        """These private mentions."""
        self.lineage.climb(natives)
        places: dict[str, Place] = {}
        for native, chain in ((native, self.lineage.chain(native)) for native in natives):
            places[native] = (
                "message",
                self.record_id(chain[1]) if len(chain) > 1 else None,
                self.record_id(chain[-1]),
            )
        for answer in self.told(natives, places):
            for status in statuses_in(answer):
                self.note_edit(status, places[str(status["id"])], answer)
            yield replace(answer, cursor=self.todo.cursor)

    def messages(self) -> Iterator[Exchange]:
        """Private mentions, conversation by conversation, back to when they were last read. Whoever goes on
        after a refusal asks again.
        """
        refusal, fails = self.stranger if self.signed_in else self.profile(), False
        if refusal is None:
            try:
                url = f"{self.base}/api/v1/conversations"
                for page in by_link(
                    self.api, url, {"limit": PAGE}, context=self.context, start=self.todo.box
                ):
                    recent = yield from self.conversations(page)
                    if not recent:
                        break
            except PlatformFailure as failure:
                refusal, fails = spared(failure), isinstance(failure, UnexpectedResponse)
        if refusal is not None:
            words = f"{words_of(refusal) or 'there is none of this account'}: needed is {inbox.PERMISSION}"
            if fails:
                words = f"the instance fails to give them ({told_by(refusal)})"
            yield replace(
                refusal, context={**refusal.context, "messages_refused": words}, cursor=self.todo.cursor
            )
            return
        self.todo.heard = True
        yield from self.pending()

    def conversations(self, page: Exchange) -> Generator[Exchange, None, bool]:
        """What was said before the last status of each, then the page itself; whether the oldest in it is as
        new as the window.
        """
        until = self.window.messages_since if self.since else None
        places: dict[str, Place] = {}
        due: dict[str, dict[str, Any]] = {}
        told = list(inbox.last_of(page, content_of(page)))
        recent = not told  # all that was said last was deleted, which tells nothing of the pages behind it
        for pointer, status in told:
            statuses_of(page, [status], pointer)
            created = claimed(status["created_at"], page, f"{pointer}/created_at")
            known = self.window.known(self.record_id(str(status["id"]))) is not None
            recent = (
                until is None or created is None or created >= until - LATE
            )  # from another server it may come late
            if until is None or created is None or created >= until or (recent and not known):
                due[str(status["id"])] = status
        for native in due:
            yield from self.spared(
                lambda natives: (
                    one for each in natives for one in self.said_before(due[each], page, places)
                ),
                [native],
            )
        self.todo.box = page.cursor if recent else None
        self.todo.heard = self.todo.box is None
        context = {**page.context, "places": places}
        yield replace(page, context=context, cursor=self.todo.cursor)
        return recent

    def said_before(
        self, status: dict[str, Any], page: Exchange, places: dict[str, Place]
    ) -> Iterator[Exchange]:
        """The context of the last status tells what it answers, up to the first; that of the first, all
        branches. Any of them may have been edited since."""
        native, parent = str(status["id"]), text_of(status.get("in_reply_to_id"))
        top, said = native, {native: status}
        if parent is not None:
            answer = self.get(f"/statuses/{in_path(native)}/context")
            above = (
                statuses_of(answer, content_of(answer)["ancestors"] or [], "/ancestors")
                if answer.status == 200
                else []
            )
            top = str(above[0]["id"]) if above else parent
            for asked in (answer, self.get(f"/statuses/{in_path(top)}/context")):
                if asked.status == 200:
                    found = [
                        *descendants_of(asked),
                        *statuses_of(asked, content_of(asked)["ancestors"] or [], "/ancestors"),
                    ]
                    said |= {str(one["id"]): one for one in found if one["visibility"] == inbox.DIRECT}
                    yield replace(
                        asked,
                        context={**asked.context, "messages": self.record_id(top)},
                        cursor=self.todo.cursor,
                    )
        for one, told in said.items():
            answered = text_of(told.get("in_reply_to_id"))
            places[one] = ("message", self.record_id(answered) if answered else None, self.record_id(top))
            self.note_edit(told, places[one], page)

    def kept_away(self) -> Iterator[Exchange]:
        """Blocked and muted people, blocked servers and filtered words as one answer. Of somebody else's
        token nothing is asked; where one of the lists is refused, nothing is concluded, and it is told."""
        if self.stranger is not None:
            return
        found: dict[str, list[Exchange]] = {}
        try:
            for name, path in inbox.LISTS.items():
                found[name] = list(by_link(self.api, f"{self.base}{path}", context=self.context))
            lists = {name: inbox.told_by(pages) for name, pages in found.items()}
        except PlatformFailure as failure:
            yield self.not_given(spared(failure), "whom the account blocks and what it filters is not told")
            return
        first = found["blocks"][0]
        yield replace(first, context={**first.context, "lists": lists}, cursor=self.todo.cursor)
