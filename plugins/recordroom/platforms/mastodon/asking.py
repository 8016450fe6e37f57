"""What one pass over a Mastodon account asks an instance with, and what is still to be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from recordroom.errors import Blocked, UnexpectedResponse
from recordroom.model import UNAVAILABLE, Exchange
from recordroom.platforms.contract import Client, Known, Window
from recordroom.platforms.cursor import Remaining
from recordroom.platforms.http import in_path, told_by
from recordroom.platforms.lookups import Ids
from recordroom.platforms.mastodon.api import Api, base_of
from recordroom.platforms.mastodon.lineage import Lineage
from recordroom.platforms.mastodon.platform import FOR_ALL, PLATFORM
from recordroom.platforms.mastodon.statuses import Place, statuses_in, statuses_of, words_of
from recordroom.platforms.schema import content_of
from recordroom.platforms.unread import Passed, Unread

if TYPE_CHECKING:
    from recordroom.register.models import Account

_WHAT = "docs/platforms/mastodon.md says what to do"
PAGE, BATCH = 40, PLATFORM.ids_in_a_lookup  # statuses in a page, ids in a request


_Context = Annotated[list[Any], Field(min_length=4, max_length=5)]
_Below = Annotated[list[Any], Field(min_length=3, max_length=4)]


@dataclass
class Todo(Remaining):
    """What is still to be asked. A place is what `parse` needs to know: [kind, parent_id, root_id]."""

    page: str | None = None  # max_id of the next page of the list
    listed: bool = False  # there is no next page
    contexts: list[_Context] = field(
        default_factory=list
    )  # [status, its kind, root_id, is the conversation ours, answers counted]
    histories: list[dict[str, Any]] = field(default_factory=list)  # what each is to be asked with
    answers: list[str] = field(
        default_factory=list
    )  # statuses of ours that answer something and are not placed yet
    asked: list[str] = field(default_factory=list)  # whose contexts were asked for since the last page
    below: dict[str, _Below] = field(
        default_factory=dict
    )  # answers of ours with answers: what to ask if no conversation shows them
    above: dict[str, str] = field(
        default_factory=dict
    )  # what answers of ours answer, if no conversation shows it: its root_id
    box: str | None = None  # address of the next page of conversations
    heard: bool = False  # the private mentions were read
    notices: str | None = None  # address of the next page of notifications
    named: bool = False  # the mentions were read
    lacking: list[str] = field(default_factory=list)  # what is not given, in words
    unread: Passed = field(default_factory=Passed)  # conversations that were not given


read_cursor = Todo.read


class Asking:
    """One pass over a window: its requests, and whether the account itself makes them."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        self.account, self.window = account, window or Window("full")
        self.api, self.base = Api(client), base_of(account)
        self.signed_in = self.api.signed_in
        self.as_anybody = Api(client, as_anybody=True)
        self.me, self.server = in_path(account.known.native_id), account.known.server
        self.context: dict[str, Any] = {"account": self.me, "server": self.server}
        self.todo = Todo.read(self.window.cursor) if self.window.cursor else Todo()
        self.unread = Unread(self.window, self.todo.unread)
        self.lineage = Lineage(self.me, self.record_id, self.window, self.seen)
        self.since = self.window.since if self.window.kind == "recent" else None
        self.given = Ids()  # what conversations showed

    def get(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        expect: tuple[int, ...] = (200, 404),
        **context: Any,
    ) -> Exchange:
        return self.api.get(
            f"{self.base}/api/v1{path}", params, context=self.context | context, expect=expect
        )

    def kept_from_the_account(
        self, path: str, params: Mapping[str, Any] | None = None, **context: Any
    ) -> Exchange | None:
        """What anybody is told: to the account itself an instance shows nothing of those whom it blocks or
        mutes (app/lib/status_filter.rb of Mastodon), while all others see what they wrote. None where nobody
        asks as the account, or where anybody is told nothing."""
        if not self.signed_in:
            return None
        try:
            answer = self.as_anybody.get(
                f"{self.base}/api/v1{path}", params, context=self.context | context, expect=(200, 404)
            )
        except Blocked:  # an instance that tells nothing to whoever is not signed in
            return None
        return answer if answer.status == 200 else None

    def record_id(self, native: str) -> str:
        return f"mastodon:{self.server}/statuses/{native}"

    @cached_property
    def stranger(self) -> Exchange | None:
        """The answer that says that the token is none of this account's; None where it is. Asked for in every
        window: to a token that it knows no more, since the application was deleted, an instance shows all
        else as to nobody; what is for followers looks gone."""
        answer = self.get(
            "/accounts/verify_credentials", expect=(200, 403, 422)
        )  # 403: a scope is lacking; 422: no account's
        found = content_of(answer)
        return (
            None
            if answer.status == 200 and isinstance(found, dict) and str(found.get("id")) == self.me
            else answer
        )

    def is_kept_from_us(self, known: Known) -> bool:
        """Whether a status may be there that we are not given: one for some only, where nobody proves that he
        is the account.
        """
        return (not self.signed_in or self.stranger is not None) and known.visibility() not in FOR_ALL

    def holds(self, native: str) -> bool:
        """Whether a status is held, and not as gone: of one that is back, a notification may be all that
        tells.
        """
        known = self.window.known(self.record_id(native), anywhere=True)
        return self.window.holds(self.record_id(native)) and (known is None or known.status != UNAVAILABLE)

    def profile(self) -> Exchange:
        """What `identify` was answered is the whole account."""
        told = self.account.known.exchange
        return (
            replace(told, context=self.context) if told else self.get(f"/accounts/{self.me}", expect=(200,))
        )

    def by_id(
        self, natives: Sequence[str], places: Mapping[str, Place], **context: Any
    ) -> Iterator[tuple[Sequence[str], Exchange]]:
        """(the ids asked for, the answer with those that can be seen). `apart` in the context: what answers
        them is not read.
        """
        for start in range(0, len(natives), BATCH):
            some = natives[start : start + BATCH]
            told = {native: list(places[native]) for native in some if native in places}
            answer = self.get("/statuses", {"id[]": list(some)}, **context, places=told)
            if answer.status != 200:
                raise UnexpectedResponse(
                    f"{answer.url}: HTTP 404", "The instance must run Mastodon 4.3 or newer.", answer
                )
            yield some, answer

    def alone(self, native: str, place: Place | None = None, **context: Any) -> Exchange | None:
        """A status by its own address, where an instance shows what it leaves out of lists and conversations:
        what those wrote whom it has limited, and whom the account does not follow (app/lib/status_filter.rb
        of Mastodon, which is not asked there)."""
        answer = self.get(
            f"/statuses/{in_path(native)}", **context, places={native: list(place)} if place else {}
        )
        if answer.status == 200:
            statuses_of(answer, [content_of(answer)], "")  # one, and no list
        return answer if answer.status == 200 else None

    def seen(self, natives: Sequence[str]) -> Iterator[Exchange]:
        """The answers in which these stand, as far as the account is shown them, else anybody, else alone."""
        for asked, answer in self.by_id(natives, {}):
            yield answer
            unseen = [
                native for native in asked if native not in self.lineage.above
            ]  # which has learnt from that answer by now
            if unseen and (kept := self.kept_from_the_account("/statuses", {"id[]": unseen})):
                yield kept
            for native in unseen:
                if native not in self.lineage.above and (alone := self.alone(native)):
                    yield alone

    def wherever(self, natives: Sequence[str], places: Mapping[str, Place]) -> Iterator[Exchange]:
        """These statuses, as far as the account is shown them, else anybody, else alone."""
        for asked, answer in self.by_id(natives, places):
            yield answer
            unseen = set(asked) - {str(status["id"]) for status in statuses_in(answer)}
            told = {native: list(places[native]) for native in sorted(unseen)}
            if unseen and (
                kept := self.kept_from_the_account("/statuses", {"id[]": list(told)}, places=told)
            ):
                yield kept
                unseen -= {str(status["id"]) for status in statuses_in(kept)}
            for native in sorted(unseen):
                if alone := self.alone(native, places[native]):
                    yield alone

    def spared(
        self,
        read: Callable[[Sequence[str]], Iterable[Exchange]],
        natives: Sequence[str],
        roots: Mapping[str, str] = MappingProxyType({}),
    ) -> Iterator[Exchange]:
        """What `read` gives of these statuses. Where the instance fails at one of them, all the others, and
        that it does. `roots`: their conversations, as far as they are known."""
        try:
            found = list(read(natives))
        except UnexpectedResponse as failure:
            if failure.exchange is None or 400 <= failure.exchange.status < 500:
                raise
            if len(natives) > 1:
                for half in (natives[: len(natives) // 2], natives[len(natives) // 2 :]):
                    yield from self.spared(read, half, roots)
            else:
                yield self.with_short(
                    self.unread.passed(roots.get(natives[0], self.record_id(natives[0])), failure)
                )
            return
        if natives:
            self.unread.answered()
        yield from found

    def not_given(self, answer: Exchange, what: str) -> Exchange:
        """For the core: what is lacking, beside all else that is. Nothing is concluded from such an answer."""
        why = words_of(answer) or (
            "the token is none of this account" if answer is self.stranger else told_by(answer)
        )
        self.todo.lacking.append(f"{what} ({why})")
        return self.with_short(replace(answer, context={**answer.context, "not_given": True}))

    def with_short(self, answer: Exchange) -> Exchange:
        words = "; ".join(filter(None, [*self.todo.lacking, self.unread.words]))
        return replace(
            answer, context={**answer.context, "short": f"{words}; {_WHAT}"}, cursor=self.todo.cursor
        )
