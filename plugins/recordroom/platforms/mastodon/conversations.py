"""What a Mastodon account published, and what was said below it: its statuses, their conversations and
histories.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from recordroom.errors import PlatformFailure, UsageError
from recordroom.model import Exchange, instant
from recordroom.platforms.contract import Known
from recordroom.platforms.http import in_path
from recordroom.platforms.mastodon import inbox
from recordroom.platforms.mastodon.asking import BATCH, PAGE, Asking, Todo
from recordroom.platforms.mastodon.permalinks import post_in
from recordroom.platforms.mastodon.platform import FOR_ALL
from recordroom.platforms.mastodon.statuses import (
    Place,
    claimed,
    created_at,
    descendants_of,
    place_within,
    statuses_in,
    statuses_of,
)
from recordroom.platforms.paging import by_cursor
from recordroom.platforms.schema import content_of

AS_ANYBODY = -1  # in place of a number of answers: this is asked as anybody
LATE = timedelta(days=1)  # an edit made elsewhere may reach the instance this much later than it says


class Conversations(Asking):
    """All that stands in a conversation of the account's, or is its own."""

    @property
    def listing(self) -> dict[str, Any]:
        """The context of a page; `since`: whose conversations are not asked for, so that their counts are not
        compared.
        """
        return self.context | ({"since": instant(self.since)} if self.since else {})

    def pages(self) -> Iterator[Exchange]:
        url, start = f"{self.base}/api/v1/accounts/{self.me}/statuses", self.todo.page
        for page in by_cursor(
            self.api, url, {"limit": PAGE}, self.older, parameter="max_id", context=self.listing, start=start
        ):
            kept = {name: getattr(self.todo, name) for name in ("below", "above", "unread", "unknown")}
            self.todo = Todo(page.cursor, listed=page.cursor is None, **kept)
            places: dict[str, Place] = {}
            for status in statuses_of(page, content_of(page), ""):
                self.note_listed(status, page, places)
            yield replace(
                page,
                context={**page.context, **({"places": places} if places else {})},
                cursor=self.todo.cursor,
            )
            yield from self.pending()

    def older(self, page: Exchange) -> str | None:
        """max_id of the next page. Only an empty page is the end: a page from which something was left out
        has no Link header either.
        """
        statuses = statuses_of(page, content_of(page), "")
        last = statuses[-1] if statuses else None
        return (
            None if last is None or (self.since and created_at(last, page) < self.since) else str(last["id"])
        )

    def pending(self) -> Iterator[Exchange]:
        """Whatever `todo` holds; each answer may add to it. What is 404 by now has just gone: the next
        capture sees to it. A history that the instance fails to give is a part of its conversation that is
        not given."""
        todo = self.todo
        while todo.contexts or todo.histories or todo.answers or (todo.listed and (todo.above or todo.below)):
            if not (todo.contexts or todo.histories or todo.answers):
                if some := self.next_above():
                    yield from self.spared(partial(self.unshown, some), list(some), some)
                    continue
                todo.contexts, todo.below = [[native, *asked] for native, asked in todo.below.items()], {}
            if not (todo.contexts or todo.histories):
                natives, todo.answers = todo.answers[:BATCH], todo.answers[BATCH:]
                yield from self.spared(self.placed, natives)
                continue
            root = todo.contexts[0][2] if todo.contexts else todo.histories[0]["place"][2]
            try:
                if todo.contexts:
                    answer = self.conversation(todo.contexts.pop(0))
                    self.unread.given()
                else:
                    answer = self.history(todo.histories.pop(0))
                    self.unread.answered()
            except PlatformFailure as failure:
                yield self.with_short(self.unread.passed(root, failure))
                continue
            if answer is not None and answer.status == 200:
                yield replace(answer, cursor=todo.cursor)
            if answer is None or answer.status == 200:
                self.note_read(root)

    def conversation(self, asked: Sequence[Any]) -> Exchange | None:
        """What answers a status. Where more answers are counted than the account itself is shown, it is asked
        for once more as anybody.
        """
        status, kind, root, own, *more = asked  # an older cursor does not say how many are counted
        path, place = (
            f"/statuses/{in_path(status)}/context",
            {"status": status, "kind": kind, "root": root, "own": own},
        )
        if more == [AS_ANYBODY]:
            answer = self.kept_from_the_account(path, **place)
            if answer is not None:
                self.note_conversation(answer)
            return answer
        answer = self.get(path, **place)
        if answer.status == 200 and self.note_conversation(answer) < sum(more) and self.signed_in:
            self.todo.contexts.insert(0, [status, kind, root, own, AS_ANYBODY])
        return answer

    def history(self, asked: dict[str, Any]) -> Exchange:
        """The wordings of an edited status, the first one first."""
        answer = self.get(f"/statuses/{in_path(asked['status'])}/history", **asked)
        content_of(answer)  # one that nobody can read is passed over as one that is not given
        return answer

    def note_read(self, root: str) -> None:
        """Say so where nothing of this conversation is still to be asked."""
        todo = self.todo
        waiting = (
            *(c[2] for c in todo.contexts),
            *(h["place"][2] for h in todo.histories),
            *(b[1] for b in todo.below.values()),
        )
        if root not in waiting and root not in todo.above.values():
            self.window.read(root)

    def note_listed(self, status: dict[str, Any], page: Exchange, places: dict[str, Place]) -> None:
        """`places`: filled with those of answers of ours that stand in our own conversations, as far as they
        are known.
        """
        self.lineage.learn(status, page)
        native = str(status["id"])
        if status.get("reblog") is not None or (self.since and created_at(status, page) < self.since):
            return
        if status.get("in_reply_to_id") is not None:
            known = self.window.known(self.record_id(native))
            if (
                known is None or known.kind == "post" or self.window.known(known.root_id or "") is None
            ):  # held before its first post was
                self.todo.answers.append(native)
            else:
                places[native] = (known.kind, known.parent_id, known.root_id)
                self.note_edit(status, places[native], page)
                self.note_shown(status, places[native])
                if (
                    self.since is None
                    and known.kind == "reply"
                    and self.is_unknown(parent := str(status["in_reply_to_id"]))
                ):
                    self.todo.above[parent] = known.root_id or ""
            return
        place: Place = ("post", None, self.record_id(native))
        self.note_edit(status, place, page)
        answers = status["replies_count"]
        if self.window.wants(
            self.record_id(native),
            created_at(status, page),
            answers,
            all_told=not answers and not self.seeks_more,
        ):
            if self.is_answered(status):
                self.ask(status, place, own=True)
            else:
                self.note_read(self.record_id(native))
        else:
            self.todo.below = {
                one: asked for one, asked in self.todo.below.items() if asked[1] != self.record_id(native)
            }
            self.todo.above = {
                one: root for one, root in self.todo.above.items() if root != self.record_id(native)
            }

    def note_shown(self, status: dict[str, Any], place: Place) -> None:
        """An answer of ours whose whole conversation is asked for: that may show it, and what answers it, or
        not (60 answers).
        """
        if status["replies_count"]:
            self.todo.below[str(status["id"])] = [place[0], place[2], True, status["replies_count"]]

    def note_conversation(self, answer: Exchange) -> int:
        """Where a status has more replies than are shown here, its own context is asked for, once. How many
        answers are shown to what was asked for, of those that are counted: the others are for some only
        (`distributable?` in app/models/status.rb of Mastodon)."""
        context, todo = answer.context, self.todo
        descendants = descendants_of(answer)
        shown = Counter(str(d.get("in_reply_to_id")) for d in descendants if d["visibility"] in FOR_ALL)
        self.given.update(str(d["id"]) for d in descendants)
        for status in descendants:
            self.lineage.learn(status, answer)
            native = str(status["id"])
            place = place_within(status, context, self.record_id)
            self.note_edit(status, place, answer)
            todo.below.pop(native, None)
            todo.above.pop(native, None)
            if native in todo.answers:
                todo.answers.remove(native)
            if status["replies_count"] > shown[native] and native not in todo.asked:
                self.ask(status, place, own=context["own"])
        self.note_hidden_parents(descendants, context)
        return shown[context["status"]]

    def note_hidden_parents(self, descendants: Sequence[dict[str, Any]], context: Mapping[str, Any]) -> None:
        """Request the statuses that a context leaves out although it shows a reply to them.

        A context omits a status whose author the moderators limit; `/statuses?id[]=` returns it.
        """
        parents = {str(status.get("in_reply_to_id")) for status in descendants} - {"None", context["status"]}
        for parent in parents - {str(status["id"]) for status in descendants}:
            if self.is_unknown(parent):
                self.todo.above[parent] = context["root"]

    def ask(self, status: dict[str, Any], place: Place, *, own: bool) -> None:
        native = str(status["id"])
        self.todo.contexts.append([native, place[0], place[2], own, status["replies_count"]])
        self.todo.asked.append(native)

    def note_more(self, there: Mapping[str, dict[str, Any]], known: Mapping[str, Known]) -> None:
        """The answers to statuses that were found by their ids. What only names the account is without them."""
        shown = Counter(
            known[native].parent_id for native, status in there.items() if status["visibility"] in FOR_ALL
        )
        for native, status in there.items():
            k = known[native]
            alone = k.kind == "comment" and k.parent_id is None
            if k.kind != "message" and not alone and status["replies_count"] > shown[k.record_id]:
                own = k.kind == "reply" or k.parent_id in (
                    None,
                    k.root_id,
                )  # else it answers an answer of ours to others
                self.ask(status, (k.kind, k.parent_id, k.root_id), own=own)

    @property
    def seeks_more(self) -> bool:
        """Whether each status that counts no answers is asked for those that are for some only. With all of
        the last days every 45 minutes, or at each capture, what an instance allows would be used up before
        their end."""
        return self.signed_in and self.since is None

    def is_answered(self, status: dict[str, Any]) -> bool:
        """With a token also where the counter says no: answers that are not public are not counted."""
        return bool(status["replies_count"] or self.signed_in)

    def note_edit(self, status: dict[str, Any], place: Place, exchange: Exchange) -> None:
        """Histories of all edited statuses, or of those edited since the window says, of those that were not
        held then (however long ago it was edited, a status may be shown to us only now), and of those whose
        conversation was not read whole since: the instance may have failed to give its history. Not of what
        others write to each other."""
        edited, since = status.get("edited_at"), self.window.changed_since or self.window.edited_since
        if edited is None or not inbox.concerns(status, self.me):
            return
        at = claimed(edited, exchange, f"/{status['id']}/edited_at")
        if since and at and at < since - LATE:
            held = self.window.known(self.record_id(str(status["id"])), anywhere=True)
            root = self.window.known(place[2], anywhere=True) if place[2] else None
            was_read = (
                root is None or root.kind != "post" or (root.read_at is not None and at < root.read_at - LATE)
            )
            if was_read and held and held.captured and held.captured < since:
                return
        known = {
            "visibility": status["visibility"],
            "language": status.get("language"),
            "url": status.get("url") or status["uri"],
        }
        self.todo.histories.append({"status": str(status["id"]), "place": list(place), **known})

    def placed(self, natives: Sequence[str]) -> Iterator[Exchange]:
        """Answers of ours by id, with their places."""
        self.lineage.climb(natives)
        chains = {native: self.lineage.chain(native) for native in natives}
        places = {native: self.lineage.place(chain) for native, chain in chains.items()}
        for _, answer in self.by_id(natives, places):
            for status in statuses_in(answer):
                if chain := chains.get(str(status["id"])):
                    self.note_edit(status, places[chain[0]], answer)
                    self.note_below(status, chain, places[chain[0]])
            yield replace(answer, cursor=self.todo.cursor)

    def note_below(self, status: dict[str, Any], chain: Sequence[str], place: Place) -> None:
        """The answers to an answer of ours, unless its whole conversation is asked for anyway: on an older
        page of this window.
        """
        own, top = self.lineage.is_ours(chain, len(chain) - 1), self.lineage.above[chain[-1]].created
        if own:
            self.note_above(chain)
        follows = (
            own and self.window.kind != "one" and top is not None and not (self.since and top < self.since)
        )
        if follows:
            self.note_shown(status, place)
        elif (status["replies_count"] or self.seeks_more) and chain[0] not in self.todo.asked:
            self.ask(status, place, own=own)

    def note_above(self, chain: Sequence[str]) -> None:
        """What an answer in our own conversation answers, up to the post: beyond the limits of a context
        nothing else leads there.
        """
        for at, native in enumerate(chain[1:-1], 1):
            listed = self.window.kind != "one" and self.lineage.is_ours(chain, at)
            if not listed and self.is_unknown(native):
                self.todo.above[native] = self.record_id(chain[-1])

    def is_unknown(self, native: str) -> bool:
        """Neither shown by a conversation nor held."""
        return native not in self.given and self.window.known(self.record_id(native), anywhere=True) is None

    def next_above(self) -> dict[str, str]:
        """Some of these with their conversations, the higher ones first: what is said below them may show the
        others.
        """
        above, met = self.todo.above, self.lineage.above
        some = [
            native for native in above if (one := met.get(native)) is None or one.parent not in above
        ] or list(above)
        return {native: above.pop(native) for native in some[:BATCH]}

    def unshown(self, roots: Mapping[str, str], natives: Sequence[str]) -> Iterator[Exchange]:
        """They themselves, wherever they are shown; then what answers them is asked for."""
        self.lineage.climb(natives)
        chains = {native: self.lineage.chain(native) for native in natives}
        places = {native: self.lineage.place(chain) for native, chain in chains.items()}
        answers = list(
            self.wherever(natives, places)
        )  # where one of them fails, nothing is noted that halves of them note again
        for answer in answers:
            for status in statuses_in(answer):
                native = str(status["id"])
                self.given.update(
                    [native]
                )  # else what is below it leads here again, where no conversation shows it
                self.note_above(chains[native])
                self.note_edit(status, places[native], answer)
                if status["replies_count"]:
                    chain = chains[native]
                    self.ask(status, places[native], own=self.lineage.is_ours(chain, len(chain) - 1))
            yield replace(answer, cursor=self.todo.cursor)
        for root in {roots[native] for native in natives}:
            self.note_read(root)

    def conversation_of(self, url: str) -> list[str]:
        """The status of a permalink, after the post of ours at the head of its conversation."""
        native = post_in(url, (self.base, self.account.url))
        self.lineage.climb([native])
        chain = self.lineage.chain(native)
        if self.lineage.above[chain[0]].author is None:
            raise UsageError(f"{url} cannot be seen on {self.server}", "It may be gone, or not public.")
        ours = [native for at, native in enumerate(chain) if self.lineage.is_ours(chain, at)]
        if not ours:
            raise UsageError(
                f"{url} is in no conversation of this account",
                "Only writings by and to the account are captured.",
            )
        return list(dict.fromkeys([ours[-1], chain[0]]))
