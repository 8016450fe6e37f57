"""What a Mastodon instance is asked for: the account, its statuses, their conversations and histories, mentions, private mentions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import UNAVAILABLE, Absence, Exchange, Identity, Totals, instant
from recordroom.platforms import Client, Known, Window, moderation
from recordroom.platforms.answers import in_path
from recordroom.platforms.mastodon import inbox, notices
from recordroom.platforms.mastodon.api import Api, base_of
from recordroom.platforms.mastodon.lineage import Lineage
from recordroom.platforms.mastodon.permalinks import post_in
from recordroom.platforms.mastodon.platform import NAME, PLATFORM
from recordroom.platforms.mastodon.statuses import (
    ACCOUNT,
    PROFILE,
    Place,
    claimed,
    created_at,
    descendants_of,
    place_within,
    statuses_in,
    statuses_of,
    text_of,
    words_of,
)
from recordroom.platforms.paging import by_cursor, by_link
from recordroom.platforms.shapes import TEXT, Shape, content_of
from recordroom.platforms.unread import Passed, Unread

if TYPE_CHECKING:
    from recordroom.accounts import Account

_WHAT = "docs/platforms/mastodon.md says what to do"
PAGE, BATCH = 40, PLATFORM.ids_in_a_lookup  # statuses in a page, ids in a request
AS_ANYBODY = -1  # in place of a number of answers: this is asked as anybody
FOR_ALL = ("public", "unlisted")  # docs.joinmastodon.org/entities/Status/#visibility
LATE = timedelta(days=1)  # an edit made elsewhere may reach the instance this much later than it says
INSTANCE = Shape({"domain": TEXT})


def identify(account: Account, client: Client) -> Identity:
    """The account of `account.url` (https://<instance>/@<name>); its server is what the instance calls itself."""
    parts = urlsplit(account.url)
    name = NAME.match(parts.path)
    if not name:
        raise AccountUnavailable(f"{account.url} is not the address of a Mastodon account", "It reads https://<instance>/@<name>.")
    api, base = Api(client), base_of(account)
    exchange = api.get(f"{base}/api/v1/accounts/lookup", {"acct": name[1]})
    found = content_of(exchange)
    ACCOUNT.check(found, exchange, "")
    PROFILE.check(found, exchange, "")
    if found.get("suspended"):
        raise AccountUnavailable(f"{account.url} is suspended by its instance", "Ask the instance's administrators.", exchange)
    instance = api.get(f"{base}/api/v2/instance", expect=(200, 404))
    server = parts.netloc
    if instance.status == 200:  # 404: older than Mastodon 4.0
        INSTANCE.check(content_of(instance), instance, "")
        server = content_of(instance)["domain"]
    return Identity(str(found["id"]), server.lower(), found["display_name"] or None, found["acct"], exchange)


def totals(account: Account, client: Client) -> Totals | None:
    """`own`: all statuses of the account (posts, boosts, answers; also those for followers only; not messages), as `identify` was told."""
    url = f"{base_of(account)}/api/v1/accounts/{in_path(account.known.native_id)}"
    exchange = account.known.exchange or Api(client).get(url)
    found = content_of(exchange)
    PROFILE.check(found, exchange, "")
    return Totals({"own": found["statuses_count"]}, exchange)


@dataclass
class _Todo:
    """What is still to be asked; as JSON it is the cursor. A place is what `parse` needs to know: [kind, parent_id, root_id]."""

    page: str | None = None  # max_id of the next page of the list
    listed: bool = False  # there is no next page
    contexts: list[list[Any]] = field(default_factory=list)  # [status, its kind, root_id, is the conversation ours, answers counted]
    histories: list[dict[str, Any]] = field(default_factory=list)  # what each is to be asked with
    answers: list[str] = field(default_factory=list)  # statuses of ours that answer something and are not placed yet
    asked: list[str] = field(default_factory=list)  # whose contexts were asked for since the last page
    below: dict[str, list[Any]] = field(default_factory=dict)  # answers of ours with answers: what to ask if no conversation shows them
    box: str | None = None  # address of the next page of conversations
    heard: bool = False  # the private mentions were read
    notices: str | None = None  # address of the next page of notifications
    named: bool = False  # the mentions were read
    lacking: list[str] = field(default_factory=list)  # what is not given, in words
    unread: Passed = field(default_factory=Passed)  # conversations that were not given

    @classmethod
    def read(cls, cursor: str) -> _Todo:
        told = json.loads(cursor)
        return cls(**{**told, "unread": Passed(**told.get("unread", {}))})

    @property
    def cursor(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """The profile; then page by page the account's statuses, each page followed by its conversations, histories and answers."""
    walk = _Walk(account, client, window)
    if not window.cursor:
        if window.kind == "one":
            walk.todo = _Todo(listed=True, answers=walk.conversation_of(window.url or ""))
        yield replace(walk.profile(), cursor=walk.todo.cursor)
    yield from walk.pending()
    if not walk.todo.listed:
        yield from walk.pages()
    if walk.signed_in and window.kind != "one" and not walk.todo.named:
        yield from walk.mentions()
    if window.messages and window.kind != "one" and not walk.todo.heard:
        yield from walk.messages()
    if window.kind in moderation.WINDOWS and walk.signed_in:
        yield from walk.kept_away()
    walk.unread.end()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Whoever is not among the statuses asked for by id, nor found alone where few lack, has gone; the API never says why. Of what is not
    for everybody, that follows only while the account itself asks: to anybody else an instance never gave it. What is there may have
    answers that no list leads to, since what it answers has gone: where it counts more than were asked for beside it, they are read."""
    walk, there, lacking = _Walk(account, client), dict[str, dict[str, Any]](), dict[str, Exchange]()
    known = {k.native_id: k for k in ids}
    places: dict[str, Place] = {k.native_id: (k.kind, k.parent_id, k.root_id) for k in known.values() if k.kind != "profile"}
    for profile in (k for k in known.values() if k.kind == "profile"):
        answer = walk.get(f"/accounts/{in_path(profile.native_id)}", expect=(200, 404, 410))
        yield answer if answer.status == 200 else Absence(profile.record_id, UNAVAILABLE, f"HTTP {answer.status} for its id", answer)
    for asked, answer in walk.by_id(list(places), places):
        found = {str(s["id"]): s for s in statuses_in(answer)}
        kept = [n for n in asked if n not in found and walk.is_kept_from_us(known[n])]
        if found or kept:
            yield replace(answer, context={**answer.context, "untold": [known[n].record_id for n in kept]}) if kept else answer
        if unseen := [n for n in asked if n not in found and n not in kept]:
            shown = walk.kept_from_the_account("/statuses", {"id[]": unseen}, places={n: list(places[n]) for n in unseen})
            if shown and (more := {str(s["id"]): s for s in statuses_in(shown)}):
                found |= more
                yield shown
        lacking |= {n: answer for n in asked if n not in found and n not in kept}
        for native in (n for n in asked if n in found):
            walk.note_edit(found[native], places[native], answer)
            there[native] = found[native]
    for native, answer in lacking.items():
        if len(lacking) <= BATCH and (alone := walk.alone(native, places[native])):
            [there[native]] = statuses_in(alone)
            walk.note_edit(there[native], places[native], alone)
            yield alone
        else:
            yield Absence(known[native].record_id, UNAVAILABLE, "not among the statuses asked for by id; the cause is not told", answer)
    walk.note_more(there, known)
    yield from walk.pending()


class _Walk:
    """One pass over a window."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        self.account, self.window = account, window or Window("full")
        self.api, self.base = Api(client), base_of(account)
        self.signed_in = self.api.signed_in
        self.as_anybody = Api(client, as_anybody=True)
        self.me, self.server = in_path(account.known.native_id), account.known.server
        self.context: dict[str, Any] = {"account": self.me, "server": self.server}
        self.todo = _Todo.read(self.window.cursor) if self.window.cursor else _Todo()
        self.unread = Unread(self.window, self.todo.unread)
        self.lineage = Lineage(self.me, self.record_id, self.window, self.seen)
        self.since = self.window.since if self.window.kind == "recent" else None
        self.given: set[str] = set()  # what conversations showed

    @property
    def listing(self) -> dict[str, Any]:
        """The context of a page; `since`: whose conversations are not asked for, so that their counts are not compared."""
        return self.context | ({"since": instant(self.since)} if self.since else {})

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, expect: tuple[int, ...] = (200, 404), **context: Any) -> Exchange:
        return self.api.get(f"{self.base}/api/v1{path}", params, context=self.context | context, expect=expect)

    def kept_from_the_account(self, path: str, params: Mapping[str, Any] | None = None, **context: Any) -> Exchange | None:
        """What anybody is told: to the account itself an instance shows nothing of those whom it blocks or mutes (app/lib/status_filter.rb
        of Mastodon), while all others see what they wrote. None where nobody asks as the account, or where anybody is told nothing."""
        if not self.signed_in:
            return None
        try:
            answer = self.as_anybody.get(f"{self.base}/api/v1{path}", params, context=self.context | context, expect=(200, 404))
        except Blocked:  # an instance that tells nothing to whoever is not signed in
            return None
        return answer if answer.status == 200 else None

    def record_id(self, native: str) -> str:
        return f"mastodon:{self.server}/statuses/{native}"

    # -- what the account alone is told --------------------------------------------------------------------------------------------

    @cached_property
    def stranger(self) -> Exchange | None:
        """The answer that says that the token is none of this account's; None where it is. Asked for in every window: to a token that
        it knows no more, since the application was deleted, an instance shows all else as to nobody; what is for followers looks gone."""
        answer = self.get("/accounts/verify_credentials", expect=(200, 403, 422))  # 403: a scope is lacking; 422: no account's
        found = content_of(answer)
        return None if answer.status == 200 and isinstance(found, dict) and str(found.get("id")) == self.me else answer

    def is_kept_from_us(self, known: Known) -> bool:
        """Whether a status may be there that we are not given: one for some only, where nobody proves that he is the account."""
        return (not self.signed_in or self.stranger is not None) and known.visibility() not in FOR_ALL

    def not_given(self, answer: Exchange, what: str) -> Exchange:
        """For the core: what is lacking, beside all else that is. Nothing is concluded from such an answer."""
        self.todo.lacking.append(f"{what} ({words_of(answer) or 'the token is none of this account'})")
        return self.with_short(replace(answer, context={**answer.context, "not_given": True}))

    def with_short(self, answer: Exchange) -> Exchange:
        words = "; ".join(filter(None, [*self.todo.lacking, self.unread.words]))
        return replace(answer, context={**answer.context, "short": f"{words}; {_WHAT}"}, cursor=self.todo.cursor)

    def mentions(self) -> Iterator[Exchange]:
        """Statuses of others that name the account or quote one of its own, and answer nothing of it. Notifications only point at them: a
        page of these may hold what somebody wrote to the account in private. Where they are refused, all else is captured."""
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
            except Blocked as problem:
                refusal = problem.exchange
                if refusal is None:
                    raise
        todo.named = True
        if refusal is not None:
            kept = "" if self.stranger is None else ", nor what is for its followers only"
            yield self.not_given(refusal, f"who names the account without answering it is not told{kept}")
        yield from self.pending()

    def named(self, told: Sequence[dict[str, Any]], page: Exchange) -> Iterator[Exchange]:
        """Those of them that no conversation showed, by their ids. What stands below something of the account is read there, and is no news
        if it is held."""
        for status in told:
            self.lineage.learn(status, page)
        natives = [native for status in told if (native := str(status["id"])) not in self.given]
        self.lineage.climb(natives)
        chains = {native: self.lineage.chain(native) for native in natives}
        chains = {native: chain for native, chain in chains.items() if not (self.lineage.is_below_us(chain) and self.holds(native))}
        places = {native: self.lineage.place(chain) for native, chain in chains.items()}
        strange = notices.unknown_in(page)
        for answer in self.told(list(chains), places, apart=True):
            found = statuses_in(answer)
            for status in found:
                self.note_edit(status, places[str(status["id"])], answer)
            if found:
                types = {native: strange[native] for native in (str(status["id"]) for status in found) if native in strange}
                more = {**answer.context, "types": types} if types else answer.context
                yield replace(answer, context=more, cursor=self.todo.cursor)

    def told(self, natives: Sequence[str], places: Mapping[str, Place], **context: Any) -> Iterator[Exchange]:
        """What notifications tell of, by its ids; what is not given so, and not held, alone."""
        for some, answer in self.by_id(natives, places, **context):
            yield answer
            given = {str(status["id"]) for status in statuses_in(answer)}
            for native in some:
                if native not in given and not self.holds(native) and (alone := self.alone(native, places[native], **context)):
                    yield alone

    def holds(self, native: str) -> bool:
        return self.window.holds(self.record_id(native))

    def alone(self, native: str, place: Place | None = None, **context: Any) -> Exchange | None:
        """A status by its own address, where an instance shows what it leaves out of lists and conversations: what those wrote whom it has
        limited, and whom the account does not follow (app/lib/status_filter.rb of Mastodon, which is not asked there)."""
        answer = self.get(f"/statuses/{in_path(native)}", **context, places={native: list(place)} if place else {})
        if answer.status == 200:
            statuses_of(answer, [content_of(answer)], "")  # one, and no list
        return answer if answer.status == 200 else None

    def told_in_private(self, told: Sequence[dict[str, Any]], page: Exchange) -> Iterator[Exchange]:
        """Private mentions that are not held, by their ids: the last of a conversation leads to none before one that was deleted."""
        for status in told:
            self.lineage.learn(status, page)
        natives = [native for status in told if not self.holds(native := str(status["id"]))]
        self.lineage.climb(natives)
        places: dict[str, Place] = {}
        for native, chain in ((native, self.lineage.chain(native)) for native in natives):
            places[native] = ("message", self.record_id(chain[1]) if len(chain) > 1 else None, self.record_id(chain[-1]))
        for answer in self.told(natives, places):
            for status in statuses_in(answer):
                self.note_edit(status, places[str(status["id"])], answer)
            yield replace(answer, cursor=self.todo.cursor)

    def messages(self) -> Iterator[Exchange]:
        """Private mentions, conversation by conversation, back to when they were last read. Whoever goes on after a refusal asks again."""
        refusal = self.stranger if self.signed_in else self.profile()
        if refusal is None:
            try:
                url = f"{self.base}/api/v1/conversations"
                for page in by_link(self.api, url, {"limit": PAGE}, context=self.context, start=self.todo.box):
                    recent = yield from self.conversations(page)
                    if not recent:
                        break
            except Blocked as problem:
                refusal = problem.exchange
                if refusal is None:
                    raise
        if refusal is not None:
            words = f"{words_of(refusal) or 'there is none of this account'}: needed is {inbox.PERMISSION}"
            yield replace(refusal, context={**refusal.context, "messages_refused": words}, cursor=self.todo.cursor)
            return
        self.todo.heard = True
        yield from self.pending()

    def conversations(self, page: Exchange) -> Generator[Exchange, None, bool]:
        """What was said before the last status of each, then the page itself; whether the oldest in it is as new as the window."""
        until = self.window.messages_since if self.since else None
        places: dict[str, Place] = {}
        told = list(inbox.last_of(page, content_of(page)))
        recent = not told  # all that was said last was deleted, which tells nothing of the pages behind it
        for pointer, status in told:
            statuses_of(page, [status], pointer)
            created = claimed(status["created_at"], page, f"{pointer}/created_at")
            known = self.window.known(self.record_id(str(status["id"]))) is not None
            recent = until is None or created is None or created >= until - LATE  # from another server it may come late
            if until is None or created is None or created >= until or (recent and not known):
                yield from self.said_before(status, page, places)
        self.todo.box = page.cursor if recent else None
        self.todo.heard = self.todo.box is None
        context = {**page.context, "places": places}
        yield replace(page, context=context, cursor=self.todo.cursor)
        return recent

    def said_before(self, status: dict[str, Any], page: Exchange, places: dict[str, Place]) -> Iterator[Exchange]:
        """The context of the last status tells what it answers, up to the first; that of the first, all branches. Any of them may have been
        edited since."""
        native, parent = str(status["id"]), text_of(status.get("in_reply_to_id"))
        top, said = native, {native: status}
        if parent is not None:
            answer = self.get(f"/statuses/{in_path(native)}/context")
            above = statuses_of(answer, content_of(answer)["ancestors"] or [], "/ancestors") if answer.status == 200 else []
            top = str(above[0]["id"]) if above else parent
            for asked in (answer, self.get(f"/statuses/{in_path(top)}/context")):
                if asked.status == 200:
                    found = [*descendants_of(asked), *statuses_of(asked, content_of(asked)["ancestors"] or [], "/ancestors")]
                    said |= {str(one["id"]): one for one in found if one["visibility"] == inbox.DIRECT}
                    yield replace(asked, context={**asked.context, "messages": self.record_id(top)}, cursor=self.todo.cursor)
        for one, told in said.items():
            answered = text_of(told.get("in_reply_to_id"))
            places[one] = ("message", self.record_id(answered) if answered else None, self.record_id(top))
            self.note_edit(told, places[one], page)

    def kept_away(self) -> Iterator[Exchange]:
        """Blocked and muted people, blocked servers and filtered words as one answer. Of somebody else's token nothing is asked; where one
        of the lists is refused, nothing is concluded, and it is told."""
        if self.stranger is not None:
            return
        found: dict[str, list[Exchange]] = {}
        try:
            for name, path in inbox.LISTS.items():
                found[name] = list(by_link(self.api, f"{self.base}{path}", context=self.context))
        except Blocked as problem:
            if problem.exchange is None:
                raise
            yield self.not_given(problem.exchange, "the token may not read whom the account blocks and filters")
            return
        lists = {name: inbox.told_by(pages) for name, pages in found.items()}
        first = found["blocks"][0]
        yield replace(first, context={**first.context, "lists": lists}, cursor=self.todo.cursor)

    def profile(self) -> Exchange:
        """What `identify` was answered is the whole account."""
        told = self.account.known.exchange
        return replace(told, context=self.context) if told else self.get(f"/accounts/{self.me}", expect=(200,))

    def pages(self) -> Iterator[Exchange]:
        url, start = f"{self.base}/api/v1/accounts/{self.me}/statuses", self.todo.page
        for page in by_cursor(self.api, url, {"limit": PAGE}, self.older, parameter="max_id", context=self.listing, start=start):
            self.todo = _Todo(page.cursor, listed=page.cursor is None, below=self.todo.below, unread=self.todo.unread)
            places: dict[str, Place] = {}
            for status in statuses_of(page, content_of(page), ""):
                self.note_listed(status, page, places)
            yield replace(page, context={**page.context, **({"places": places} if places else {})}, cursor=self.todo.cursor)
            yield from self.pending()

    def older(self, page: Exchange) -> str | None:
        """max_id of the next page. Only an empty page is the end: a page from which something was left out has no Link header either."""
        statuses = statuses_of(page, content_of(page), "")
        last = statuses[-1] if statuses else None
        return None if last is None or (self.since and created_at(last, page) < self.since) else str(last["id"])

    def pending(self) -> Iterator[Exchange]:
        """Whatever `todo` holds; each answer may add to it. What is 404 by now has just gone: the next capture sees to it. A history that
        the instance fails to give is a part of its conversation that is not given."""
        todo = self.todo
        while todo.contexts or todo.histories or todo.answers or (todo.listed and todo.below):
            if not (todo.contexts or todo.histories or todo.answers):
                todo.contexts, todo.below = [[native, *asked] for native, asked in todo.below.items()], {}
            if not (todo.contexts or todo.histories):
                yield from self.placed()
                continue
            root = todo.contexts[0][2] if todo.contexts else todo.histories[0]["place"][2]
            try:
                answer = self.conversation(todo.contexts.pop(0)) if todo.contexts else self.history(todo.histories.pop(0))
            except PlatformFailure as failure:
                yield self.with_short(self.unread.passed(root, failure))
                continue
            self.unread.given()
            if answer is not None and answer.status == 200:
                yield replace(answer, cursor=todo.cursor)
            if answer is None or answer.status == 200:
                self.note_read(root)

    def conversation(self, asked: Sequence[Any]) -> Exchange | None:
        """What answers a status. Where more answers are counted than the account itself is shown, it is asked for once more as anybody."""
        status, kind, root, own, *more = asked  # an older cursor does not say how many are counted
        path, place = f"/statuses/{in_path(status)}/context", {"status": status, "kind": kind, "root": root, "own": own}
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
        return self.get(f"/statuses/{in_path(asked['status'])}/history", **asked)

    def note_read(self, root: str) -> None:
        """Say so where nothing of this conversation is still to be asked."""
        todo = self.todo
        waiting = (*(c[2] for c in todo.contexts), *(h["place"][2] for h in todo.histories), *(b[1] for b in todo.below.values()))
        if root not in waiting:
            self.window.read(root)

    def note_listed(self, status: dict[str, Any], page: Exchange, places: dict[str, Place]) -> None:
        """`places`: filled with those of answers of ours that stand in our own conversations, as far as they are known."""
        self.lineage.learn(status, page)
        native = str(status["id"])
        if status.get("reblog") is not None or (self.since and created_at(status, page) < self.since):
            return
        if status.get("in_reply_to_id") is not None:
            known = self.window.known(self.record_id(native))
            if known is None or known.kind == "post" or self.window.known(known.root_id or "") is None:  # held before its first post was
                self.todo.answers.append(native)
            else:
                places[native] = (known.kind, known.parent_id, known.root_id)
                self.note_edit(status, places[native], page)
                self.note_shown(status, places[native])
            return
        place: Place = ("post", None, self.record_id(native))
        self.note_edit(status, place, page)
        answers, sees_all = status["replies_count"], self.signed_in
        if self.window.wants(self.record_id(native), created_at(status, page), answers, all_told=not answers and not sees_all):
            if self.is_answered(status):
                self.ask(status, place, own=True)
            else:
                self.note_read(self.record_id(native))
        else:
            self.todo.below = {one: asked for one, asked in self.todo.below.items() if asked[1] != self.record_id(native)}

    def note_shown(self, status: dict[str, Any], place: Place) -> None:
        """An answer of ours whose whole conversation is asked for: that may show it, and what answers it, or not (60 answers)."""
        if status["replies_count"]:
            self.todo.below[str(status["id"])] = [place[0], place[2], True, status["replies_count"]]

    def note_conversation(self, answer: Exchange) -> int:
        """Where a status has more replies than are shown here, its own context is asked for, once. How many answers are shown to what was
        asked for."""
        context, todo = answer.context, self.todo
        descendants = descendants_of(answer)
        shown = Counter(str(d.get("in_reply_to_id")) for d in descendants)
        self.given.update(str(d["id"]) for d in descendants)
        for status in descendants:
            self.lineage.learn(status, answer)
            native = str(status["id"])
            place = place_within(status, context, self.record_id)
            self.note_edit(status, place, answer)
            todo.below.pop(native, None)
            if native in todo.answers:
                todo.answers.remove(native)
            if status["replies_count"] > shown[native] and native not in todo.asked:
                self.ask(status, place, own=context["own"])
        return shown[context["status"]]

    def ask(self, status: dict[str, Any], place: Place, *, own: bool) -> None:
        native = str(status["id"])
        self.todo.contexts.append([native, place[0], place[2], own, status["replies_count"]])
        self.todo.asked.append(native)

    def note_more(self, there: Mapping[str, dict[str, Any]], known: Mapping[str, Known]) -> None:
        """The answers to statuses that were found by their ids. What only names the account is without them."""
        shown = Counter(known[native].parent_id for native in there)
        for native, status in there.items():
            k = known[native]
            alone = k.kind == "comment" and k.parent_id is None
            if k.kind != "message" and not alone and status["replies_count"] > shown[k.record_id]:
                own = k.kind == "reply" or k.parent_id in (None, k.root_id)  # else it answers an answer of ours to others
                self.ask(status, (k.kind, k.parent_id, k.root_id), own=own)

    def is_answered(self, status: dict[str, Any]) -> bool:
        """With a token also where the counter says no: answers that are not public are not counted."""
        return bool(status["replies_count"] or self.signed_in)

    def note_edit(self, status: dict[str, Any], place: Place, exchange: Exchange) -> None:
        """Histories of all edited statuses, or of those edited since the window says, of those that were not held then (however long ago it
        was edited, a status may be shown to us only now), and of those whose conversation was not read whole since: the instance may have
        failed to give its history. Not of what others write to each other."""
        edited, since = status.get("edited_at"), self.window.changed_since or self.window.edited_since
        if edited is None or not inbox.concerns(status, self.me):
            return
        at = claimed(edited, exchange, f"/{status['id']}/edited_at")
        if since and at and at < since - LATE:
            held = self.window.known(self.record_id(str(status["id"])), anywhere=True)
            root = self.window.known(place[2], anywhere=True) if place[2] else None
            was_read = root is None or root.kind != "post" or (root.read_at is not None and at < root.read_at - LATE)
            if was_read and held and held.captured and held.captured < since:
                return
        known = {"visibility": status["visibility"], "language": status.get("language"), "url": status.get("url") or status["uri"]}
        self.todo.histories.append({"status": str(status["id"]), "place": list(place), **known})

    def placed(self) -> Iterator[Exchange]:
        """The next statuses of `answers`, by id, with their places."""
        natives, self.todo.answers = self.todo.answers[:BATCH], self.todo.answers[BATCH:]
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
        """The answers to an answer of ours, unless its whole conversation is asked for anyway: on an older page of this window."""
        own, top = self.lineage.is_ours(chain, len(chain) - 1), self.lineage.above[chain[-1]].created
        follows = own and self.window.kind != "one" and top is not None and not (self.since and top < self.since)
        if follows:
            self.note_shown(status, place)
        elif self.is_answered(status) and chain[0] not in self.todo.asked:
            self.ask(status, place, own=own)

    def by_id(self, natives: Sequence[str], places: Mapping[str, Place], **context: Any) -> Iterator[tuple[Sequence[str], Exchange]]:
        """(the ids asked for, the answer with those that can be seen). `apart` in the context: what answers them is not read."""
        for start in range(0, len(natives), BATCH):
            some = natives[start : start + BATCH]
            told = {native: list(places[native]) for native in some if native in places}
            answer = self.get("/statuses", {"id[]": list(some)}, **context, places=told)
            if answer.status != 200:
                raise UnexpectedResponse(f"{answer.url}: HTTP 404", "The instance must run Mastodon 4.3 or newer.", answer)
            yield some, answer

    def seen(self, natives: Sequence[str]) -> Iterator[Exchange]:
        """The answers in which these stand, as far as the account is shown them, else anybody, else alone."""
        for asked, answer in self.by_id(natives, {}):
            yield answer
            unseen = [native for native in asked if native not in self.lineage.above]  # which has learnt from that answer by now
            if unseen and (kept := self.kept_from_the_account("/statuses", {"id[]": unseen})):
                yield kept
            for native in unseen:
                if native not in self.lineage.above and (alone := self.alone(native)):
                    yield alone

    def conversation_of(self, url: str) -> list[str]:
        """The status of a permalink, after the post of ours at the head of its conversation."""
        native = post_in(url, (self.base, self.account.url))
        self.lineage.climb([native])
        chain = self.lineage.chain(native)
        if self.lineage.above[chain[0]].author is None:
            raise UsageError(f"{url} cannot be seen on {self.server}", "It may be gone, or not public.")
        ours = [native for at, native in enumerate(chain) if self.lineage.is_ours(chain, at)]
        if not ours:
            raise UsageError(f"{url} is in no conversation of this account", "Only writings by and to the account are captured.")
        return list(dict.fromkeys([ours[-1], chain[0]]))
