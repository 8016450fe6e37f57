"""The statuses of an account, and their conversations and histories.

The context of the account's status at its head shows a conversation. Statuses that it does not show are
requested by their own IDs: replies beyond the limits of a context (`below`, `above` of the cursor), and the
account's replies in the conversations of others (`answers`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from recordroom.errors import PlatformFailure, UsageError
from recordroom.model import Exchange, instant
from recordroom.platforms.contract import KnownRecord
from recordroom.platforms.crawl import with_context
from recordroom.platforms.http import require_path_segment
from recordroom.platforms.mastodon.api import BATCH
from recordroom.platforms.mastodon.platform import FOR_ALL, post_in
from recordroom.platforms.mastodon.schema import MastodonContext, Place, context_of
from recordroom.platforms.mastodon.state import MastodonState
from recordroom.platforms.mastodon.statuses import (
    check_statuses,
    claimed_time,
    created_at,
    descendants_in,
    is_for_account,
    place_within,
    statuses_in,
)
from recordroom.platforms.paging import follow_cursors
from recordroom.platforms.schema import load_content

PAGE = 40  # statuses in a page
AS_ANYBODY = -1  # in place of a number of replies: request this context without the token
LATE = timedelta(days=1)  # an edit made on another server may arrive this much later than it states


class Conversations:
    """The statuses, contexts, and histories that one crawl reads."""

    def __init__(self, state: MastodonState) -> None:
        self.state, self.window, self.since = state, state.window, state.since
        self.instance, self.lineage, self.given = state.instance, state.lineage, state.given

    def start_at(self, url: str) -> None:
        """Change the cursor so that only the conversation of this permalink is read.

        The account's status at the head of the conversation is read first. UsageError: the status is not
        shown, or is in no conversation of the account.
        """
        native = post_in(url, (self.instance.base, self.state.account.url))
        chain = self.lineage.climb_to_chains([native])[native]
        if self.lineage.steps[chain[0]].author is None:
            raise UsageError(
                f"{url} cannot be seen on {self.instance.server}", "The post may be removed, or not public."
            )
        ours = [native for at, native in enumerate(chain) if self.lineage.is_ours(chain, at)]
        if not ours:
            raise UsageError(
                f"{url} is in no conversation of this account",
                "Only posts by and to the account are captured.",
            )
        self.state.todo.listed = True
        self.state.todo.answers = list(dict.fromkeys([ours[-1], chain[0]]))

    # -- the list of statuses --

    def read_list(self) -> Iterator[Exchange]:
        """Read the account's statuses, newest first; after each page, what it queues."""
        state, instance, since = self.state, self.instance, self.since
        url = f"{instance.base}/api/v1/accounts/{instance.me}/statuses"
        context: MastodonContext = {**instance.context}
        if since:
            context["since"] = instant(since)
        for page in follow_cursors(
            instance.api,
            url,
            {"limit": PAGE},
            self._next_page,
            parameter="max_id",
            context=context,
            start=state.todo.page,
        ):
            state.todo = state.todo.turn_page(page.cursor)
            places: dict[str, Place] = {}
            for status in check_statuses(page, load_content(page), ""):
                if (place := self._take_listed(status, page)) is not None:
                    places[str(status["id"])] = place
            yield state.at_cursor(with_context(page, places=places))
            yield from self.read_pending()

    def _next_page(self, page: Exchange) -> str | None:
        """Return max_id of the next page; None at the end of the list or of the window.

        Only an empty page ends the list: a page from which the instance left something out has no Link header
        either.
        """
        statuses = check_statuses(page, load_content(page), "")
        last, since = statuses[-1] if statuses else None, self.since
        return None if last is None or (since and created_at(last, page) < since) else str(last["id"])

    def _take_listed(self, status: dict[str, Any], page: Exchange) -> Place | None:
        """Queue what must be read of a status of the list.

        Returns the place of a reply in the account's own conversations, if the archive has it.
        """
        self.lineage.learn(status, page)
        since = self.since
        if status.get("reblog") is not None or (since and created_at(status, page) < since):
            return None
        if status.get("in_reply_to_id") is not None:
            return self._take_listed_reply(status, page)
        native, todo = str(status["id"]), self.state.todo
        root, replies = self.instance.record_id(native), status["replies_count"]
        place: Place = ("post", None, root)
        self.queue_history(status, place, page)
        all_told = not replies and not self._reads_uncounted
        if not self.window.wants_conversation(root, created_at(status, page), replies, all_told=all_told):
            todo.below = {one: asked for one, asked in todo.below.items() if asked[1] != root}
            todo.above = {one: its_root for one, its_root in todo.above.items() if its_root != root}
        elif replies or self.instance.signed_in:  # replies that are not public are not counted
            self._queue_context(status, place, own=True)
        else:
            self._report_read(root)
        return None

    def _take_listed_reply(self, status: dict[str, Any], page: Exchange) -> Place | None:
        native, todo = str(status["id"]), self.state.todo
        known = self.window.find_known(self.instance.record_id(native))
        # A reply whose root post is not archived was archived before it.
        if known is None or known.kind == "post" or self.window.find_known(known.root_id or "") is None:
            todo.answers.append(native)
            return None
        place: Place = (known.kind, known.parent_id, known.root_id)
        self.queue_history(status, place, page)
        self._expect_context(status, place)
        parent = str(status["in_reply_to_id"])
        if self.since is None and known.kind == "reply" and self._is_unknown(parent):
            todo.above[parent] = known.root_id or ""
        return place

    @property
    def _reads_uncounted(self) -> bool:
        """Return whether contexts are requested of statuses that count no replies.

        Replies that are not public are not counted. A window of the last days leaves them out: these requests
        alone would use up the rate limit.
        """
        return self.instance.signed_in and self.since is None

    # -- what was queued --

    def read_pending(self) -> Iterator[Exchange]:
        """Read all that the cursor holds; each response may add to it.

        A status that is 404 by now has just disappeared: the next capture looks for it. A history that the
        instance fails to give counts as a part of its conversation that is not given.
        """
        state, todo = self.state, self.state.todo
        while todo.contexts or todo.histories or todo.answers or (todo.listed and (todo.above or todo.below)):
            if not (todo.contexts or todo.histories or todo.answers):
                if some := self._take_above():
                    yield from state.read_in_halves(partial(self._read_above, some), list(some), some)
                    continue
                todo.contexts, todo.below = [[native, *asked] for native, asked in todo.below.items()], {}
            if not (todo.contexts or todo.histories):
                natives, todo.answers = todo.answers[:BATCH], todo.answers[BATCH:]
                yield from state.read_in_halves(self._read_replies, natives)
                continue
            yield from self._read_first()

    def _read_first(self) -> Iterator[Exchange]:
        """Read the first context of the cursor; if it has none, the first history."""
        state, todo = self.state, self.state.todo
        root = todo.contexts[0][2] if todo.contexts else todo.histories[0]["place"][2]
        try:
            if todo.contexts:
                answer = self._request_context(todo.contexts.pop(0))
                state.unread.note_given()
            else:
                answer = self._request_history(todo.histories.pop(0))
                state.unread.note_response()
        except PlatformFailure as failure:
            yield state.with_missing(state.unread.pass_over(root, failure))
            return
        if answer is not None and answer.status == 200:
            yield state.at_cursor(answer)
        if answer is None or answer.status == 200:
            self._report_read(root)

    def _request_context(self, entry: Sequence[Any]) -> Exchange | None:
        """Request the replies to a status.

        If the status counts more replies than the account is shown, the context is requested again without
        the token.
        """
        status, kind, root, own, *counted = entry  # an older cursor has no number
        path = f"/statuses/{require_path_segment(status)}/context"
        context: MastodonContext = {"status": status, "kind": kind, "root": root, "own": own}
        if counted == [AS_ANYBODY]:
            shown = self.instance.get_as_anybody(path, **context)
            if shown is not None:
                self._take_context(shown)
            return shown
        answer = self.instance.get(path, **context)
        if answer.status == 200 and self._take_context(answer) < sum(counted) and self.instance.signed_in:
            self.state.todo.contexts.insert(0, [status, kind, root, own, AS_ANYBODY])
        return answer

    def _request_history(self, context: Any) -> Exchange:
        """Request the states of an edited status."""
        answer = self.instance.get(f"/statuses/{require_path_segment(context['status'])}/history", **context)
        load_content(answer)  # a history that is no JSON is not given, and the crawl goes on
        return answer

    def _take_context(self, answer: Exchange) -> int:
        """Queue what must be read below the statuses of a context.

        If a status counts more replies than the context shows, its own context is requested, once. Returns
        how many replies to the requested status are shown, of those that are counted: the ones for everybody
        (`distributable?` in app/models/status.rb of Mastodon).
        """
        context, todo = context_of(answer), self.state.todo
        descendants = descendants_in(answer)
        shown = Counter(str(d.get("in_reply_to_id")) for d in descendants if d["visibility"] in FOR_ALL)
        self.given.update(str(d["id"]) for d in descendants)
        for status in descendants:
            self.lineage.learn(status, answer)
            native = str(status["id"])
            place = place_within(status, context, self.instance.record_id)
            self.queue_history(status, place, answer)
            todo.below.pop(native, None)
            todo.above.pop(native, None)
            if native in todo.answers:
                todo.answers.remove(native)
            if status["replies_count"] > shown[native] and native not in todo.asked:
                self._queue_context(status, place, own=context["own"])
        self._queue_hidden_parents(descendants, context)
        return shown[context["status"]]

    def _queue_hidden_parents(self, descendants: Sequence[dict[str, Any]], context: MastodonContext) -> None:
        """Request the statuses that a context hides although it shows replies to them.

        A context omits a status whose author the moderators limit; `/statuses?id[]=` returns it.
        """
        parents = {str(status.get("in_reply_to_id")) for status in descendants} - {"None", context["status"]}
        for parent in parents - {str(status["id"]) for status in descendants}:
            if self._is_unknown(parent):
                self.state.todo.above[parent] = context["root"]

    def _read_replies(self, natives: Sequence[str]) -> Iterator[Exchange]:
        """Read replies of the account by their IDs, with their places."""
        chains = self.lineage.climb_to_chains(natives)
        places = self.lineage.places(chains.values())
        for _, answer in self.instance.statuses(natives, places):
            for status in statuses_in(answer):
                if chain := chains.get(str(status["id"])):
                    self.queue_history(status, places[chain[0]], answer)
                    self._queue_replies(status, chain, places[chain[0]])
            yield self.state.at_cursor(answer)

    def _queue_replies(self, status: dict[str, Any], chain: Sequence[str], place: Place) -> None:
        """Queue the replies to a reply of the account.

        If the list will show the root of its conversation, that conversation may show them.
        """
        own, published = self.lineage.starts_with_us(chain), self.lineage.steps[chain[-1]].created
        since = self.since
        if own:
            self._queue_above(chain)
        is_listed = published is not None and not (since and published < since)
        if own and self.window.kind != "one" and is_listed:
            self._expect_context(status, place)
        elif (status["replies_count"] or self._reads_uncounted) and chain[0] not in self.state.todo.asked:
            self._queue_context(status, place, own=own)

    def _take_above(self) -> dict[str, str]:
        """Remove the highest statuses from `above`; return them with their roots.

        The responses may show the others.
        """
        above, steps = self.state.todo.above, self.lineage.steps
        highest = [
            native for native in above if (step := steps.get(native)) is None or step.parent not in above
        ]
        return {native: above.pop(native) for native in (highest or list(above))[:BATCH]}

    def _read_above(self, roots: Mapping[str, str], natives: Sequence[str]) -> Iterator[Exchange]:
        """Read statuses that no conversation showed, and queue the replies to them."""
        chains = self.lineage.climb_to_chains(natives)
        places = self.lineage.places(chains.values())
        # All are requested first: if one fails, their halves are read, and nothing must be queued twice.
        for answer in list(self.instance.find_statuses(natives, places)):
            for status in statuses_in(answer):
                native = str(status["id"])
                chain = chains[native]
                # Otherwise statuses below it, if no conversation shows them, would queue it again.
                self.given.update([native])
                self._queue_above(chain)
                self.queue_history(status, places[native], answer)
                if status["replies_count"]:
                    self._queue_context(status, places[native], own=self.lineage.starts_with_us(chain))
            yield self.state.at_cursor(answer)
        for root in {roots[native] for native in natives}:
            self._report_read(root)

    # -- the queues --

    def queue_history(self, status: dict[str, Any], place: Place, exchange: Exchange) -> None:
        """Request the history of an edited status, if the archive may not have it."""
        edited = status.get("edited_at")
        if edited is None or not is_for_account(status, self.instance.me):
            return
        at = claimed_time(edited, exchange, f"/{status['id']}/edited_at")
        if self._has_history(str(status["id"]), place, at):
            return
        self.state.todo.histories.append(
            {
                "status": str(status["id"]),
                "place": list(place),
                "visibility": status["visibility"],
                "language": status.get("language"),
                "url": status.get("url") or status["uri"],
            }
        )

    def _has_history(self, native: str, place: Place, edited: datetime | None) -> bool:
        """Return whether an earlier capture read the history after an edit.

        It did not if the archive did not have the status then: it may be shown only now, however long ago it
        was edited. Nor may it have if the conversation was not completely read since.
        """
        since = self.window.changed_since or self.window.edited_since
        if not since or not edited or edited >= since - LATE:
            return False
        archived = self.window.find_known(self.instance.record_id(native), anywhere=True)
        root = self.window.find_known(place[2], anywhere=True) if place[2] else None
        if (
            root is not None
            and root.kind == "post"
            and (root.read_at is None or edited >= root.read_at - LATE)
        ):
            return False
        return archived is not None and archived.captured is not None and archived.captured < since

    def queue_uncounted_replies(
        self, found: Mapping[str, dict[str, Any]], known: Mapping[str, KnownRecord]
    ) -> None:
        """Queue the contexts of statuses whose replies a lookup did not request.

        Such a status counts more replies than were looked up with it. The replies to one that only mentions
        the account are not read.

        found: the statuses by their IDs.
        """
        shown = Counter(
            known[native].parent_id for native, status in found.items() if status["visibility"] in FOR_ALL
        )
        for native, status in found.items():
            k = known[native]
            only_mentions = k.kind == "comment" and k.parent_id is None
            if k.kind != "message" and not only_mentions and status["replies_count"] > shown[k.record_id]:
                # Otherwise it replies to a reply of the account in another conversation.
                own = k.kind == "reply" or k.parent_id in (None, k.root_id)
                self._queue_context(status, (k.kind, k.parent_id, k.root_id), own=own)

    def _queue_context(self, status: dict[str, Any], place: Place, *, own: bool) -> None:
        native, todo = str(status["id"]), self.state.todo
        todo.contexts.append([native, place[0], place[2], own, status["replies_count"]])
        todo.asked.append(native)

    def _expect_context(self, status: dict[str, Any], place: Place) -> None:
        """Request the context of a reply at the end, unless a conversation shows it."""
        if status["replies_count"]:
            self.state.todo.below[str(status["id"])] = [place[0], place[2], True, status["replies_count"]]

    def _queue_above(self, chain: Sequence[str]) -> None:
        """Request the statuses between a reply and its root post.

        The limits of a context may hide them.
        """
        for at, native in enumerate(chain[1:-1], 1):
            is_listed = self.window.kind != "one" and self.lineage.is_ours(chain, at)
            if not is_listed and self._is_unknown(native):
                self.state.todo.above[native] = self.instance.record_id(chain[-1])

    def _is_unknown(self, native: str) -> bool:
        """Return whether neither a conversation nor the archive has a status."""
        record_id = self.instance.record_id(native)
        return native not in self.given and self.window.find_known(record_id, anywhere=True) is None

    def _report_read(self, root: str) -> None:
        """Report the conversation of a root post as read, unless part of it is queued."""
        todo = self.state.todo
        queued = (
            *(context[2] for context in todo.contexts),
            *(history["place"][2] for history in todo.histories),
            *(entry[1] for entry in todo.below.values()),
            *todo.above.values(),
        )
        if root not in queued:
            self.window.note_read(root)
