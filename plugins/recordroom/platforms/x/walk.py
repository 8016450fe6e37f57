"""What X is asked for, in which order, and how far back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import REMOVED, UNAVAILABLE, Absence, Exchange, Identity, Totals, instant, moment
from recordroom.platforms import LATE, Client, Known, Window, moderation
from recordroom.platforms.answers import in_path
from recordroom.platforms.paging import Params, by_cursor
from recordroom.platforms.shapes import Reading
from recordroom.platforms.unread import Passed, Unread, spared
from recordroom.platforms.x import inbox
from recordroom.platforms.x.api import FAILED, NOT_FOUND, REFUSED, Api, base_of, error_of
from recordroom.platforms.x.heads import (
    accounts_named,
    began_at,
    between,
    either,
    history_of,
    media_keys_of,
    record_id_of,
    references_of,
    time_of,
)
from recordroom.platforms.x.permalinks import post_in
from recordroom.platforms.x.platform import ARCHIVE_PAGE, ARCHIVE_WORDS, BATCH, NAME, PAGE, RECENT_WORDS, SERVER
from recordroom.platforms.x.shapes import COUNTED, HEAD
from recordroom.platforms.x.view import View, body_of, events_of, next_token, people_of, posts_of, replies_to, user_of

if TYPE_CHECKING:
    from recordroom.accounts import Account

_WHAT = "docs/platforms/x.md says what to do"
GLANCE = 20  # messages in a page where few are new: each that is given costs, once a day
CUT_FROM, MENTIONS_CUT_FROM = 3000, 780  # from here on a list of 3,200, or of 800, may have left some out
RECENT_SEARCH = timedelta(days=7)
SLACK = timedelta(minutes=15)  # a search asked for later in the same capture reaches less far back
FIELDS: Params = {
    "post.fields": "article,attachments,conversation_id,created_at,entities,geo,id,lang,note_post,public_metrics,scopes,text,withheld",
    "expansions": "article.cover_media,article.media_entities,attachments.media_keys,attachments.poll_ids,author_id,edit_history_post_ids,"
    "geo.place_id,in_reply_to_user_id,referenced_posts",
    "user.fields": "id,name,username,protected",
    "media.fields": "alt_text,duration_ms,height,media_key,type,url,variants,width",
    "poll.fields": "id,options",
    "place.fields": "full_name,id",
}
HEADS: Params = {"post.fields": "conversation_id,created_at,id", "expansions": "author_id,edit_history_post_ids"}
PROFILE: Params = {
    "user.fields": "created_at,description,entities,id,location,name,profile_banner_url,profile_image_url,protected,public_metrics,url,"
    "username,verified_type,withheld"
}
_IN, _OR = "conversation_id:", " OR "


def identify(account: Account, client: Client) -> Identity:
    """The account of that name; from the second capture on that of the id that is known, whatever it is called now."""
    found = NAME.match(urlsplit(account.url).path)
    if not found:
        raise AccountUnavailable(f"{account.url} is not the address of an account on X", "It reads https://x.com/<name>.")
    path = f"/2/users/{in_path(account.identity.native_id)}" if account.identity is not None else f"/2/users/by/username/{found[1]}"
    exchange = _get(account, client, path, PROFILE, again=True)
    user = user_of(exchange)
    return Identity(user["id"], SERVER, user["name"], user["username"], exchange)


def totals(account: Account, client: Client) -> Totals | None:
    """`own`: all posts, replies and reposts that the account has."""
    exchange = _get(account, client, f"/2/users/{in_path(account.known.native_id)}", PROFILE, again=True)
    counts = Reading(exchange).part(COUNTED, user_of(exchange), "public_metrics", "/data")
    count = either(counts, "post_count", "tweet_count")
    return None if count is None else Totals({"own": count}, exchange)


def _get(account: Account, client: Client, path: str, params: Params, *, some: bool = False, **context: Any) -> Exchange:
    """The answer, or the failure that it names. `some`: several were asked for by their ids, and none of them may be there."""
    return Api(client, some=some).get(f"{base_of(account)}{path}", params, context=context)


@dataclass
class _Todo:
    """What is still to be asked; as JSON it is the cursor."""

    stage: str = "posts"  # posts, older (of the archive), mentions; "" after the last
    page: str | None = None  # token of the stage's next page
    archive: bool | None = None  # whether the app may search all; None: not known
    searches: list[list[str]] = field(default_factory=list)  # [conversation, when it began, first post] to be read
    search_page: str | None = None  # token of the next page of the search that was begun
    search_for: int = 0  # how many of the first conversations it is for
    posts: list[str] = field(default_factory=list)  # to be asked for by id
    listed: int = 0  # posts that the account's list gave
    oldest: str = ""  # id of the last of them
    mentioned: int = 0
    unheard: int = 0  # conversations that began before what search reaches
    messages: str | None = None  # token of the next page of messages
    written: bool = False  # the messages were read
    lacking: list[str] = field(default_factory=list)  # what else is not given, in words
    unread: Passed = field(default_factory=Passed)  # conversations that were not given

    @classmethod
    def read(cls, cursor: str) -> _Todo:
        told = json.loads(cursor)
        return cls(**{**told, "unread": Passed(**told.get("unread", {}))})

    @property
    def cursor(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """The profile; then page by page the account's posts, each page followed by its conversations; then what names the account, and what
    only the account itself is told."""
    walk = _Walk(account, client, window)
    if not window.cursor:
        if window.kind == "one":
            walk.todo = _Todo("", posts=[post_in(window.url or "")])
        yield replace(walk.get(f"/2/users/{walk.me}", PROFILE), cursor=walk.todo.cursor)
    if walk.todo.archive is None:
        walk.todo.archive = walk.may_search_all()
    yield from walk.pending()
    while walk.todo.stage:
        yield from walk.mentions() if walk.todo.stage == "mentions" else walk.listed()
    if window.kind in moderation.WINDOWS and client.secrets.get("refresh_token"):  # an app's own token is shown nobody
        yield walk.kept_away()
    if window.messages and window.kind != "one" and not walk.todo.written:
        yield from walk.written()
    walk.unread.end()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Each by its first id; of those that were edited since, the newest version too."""
    walk, known = _Walk(account, client), {k.native_id: k for k in ids}
    for native in (k.native_id for k in known.values() if k.kind == "profile"):
        yield walk.get(f"/2/users/{in_path(native)}", PROFILE)
    waiting = [k.native_id for k in known.values() if k.kind != "profile"]
    places = {n: [known[n].kind, known[n].parent_id, known[n].root_id] for n in waiting}
    for start in range(0, len(waiting), BATCH):
        asked = waiting[start : start + BATCH]
        answer = walk.by_id(asked, places=places)
        posts = posts_of(answer)
        told = {native for post in posts for native in (post["id"], *history_of(post))}
        lacking = [known[native] for native in asked if native not in told]
        untold = [k.record_id for k in lacking if _said_of(k, answer)[0] == FAILED]  # they may be there
        yield from (_absence(k, answer) for k in lacking if k.record_id not in untold)
        newest = {history_of(post)[-1] for post in posts} - {post["id"] for post in posts}
        if untold:
            answer = replace(answer, context={**answer.context, "untold": untold, **({} if posts else {"not_given": True})})
        if posts or untold:
            yield answer
        if newest:
            yield walk.by_id(sorted(newest), places=places)


def _said_of(known: Known, answer: Exchange) -> tuple[str, str]:
    """(type, words) of the problem that names a post, or of one that says that X has failed; nothing of either is ("", "")."""
    problems = [(str(one.get("type", "")).rpartition("/")[2], one) for one in body_of(answer).get("errors") or () if isinstance(one, dict)]
    naming = [(sort, one) for sort, one in problems if known.native_id in (one.get("resource_id"), one.get("value"))]
    failed = [(sort, one) for sort, one in problems if sort == FAILED]
    sort, said = next(iter([*naming, *failed]), ("", {}))
    return sort, str(said.get("detail") or said.get("title") or "")[:200]


def _absence(known: Known, answer: Exchange) -> Absence:
    """What X says of one post that it does not give."""
    sort, words = _said_of(known, answer)
    if "suspended" in words.lower():
        return Absence(known.record_id, UNAVAILABLE, f"X has suspended its author: {words}", answer, "platform")
    if sort == "disallowed-resource":
        return Absence(known.record_id, UNAVAILABLE, f"X does not show it, because of its rules: {words}", answer, "platform")
    if sort == REFUSED:
        why = "its author is protected now, or suspended: X does not say which"
        return Absence(known.record_id, UNAVAILABLE, f"{why}: {words}", answer)
    if sort == NOT_FOUND and (known.tally == "own" or known.kind == "post"):
        return Absence(known.record_id, REMOVED, f"X says that it does not exist, while its author is there: {words}", answer)
    if sort == NOT_FOUND:
        return Absence(known.record_id, UNAVAILABLE, f"deleted, or its author's account is closed: X does not say which: {words}", answer)
    return Absence(known.record_id, UNAVAILABLE, f"not among the posts asked for by id; {words or 'the cause is not told'}", answer)


class _Walk:
    """One pass over a window. `ours`: conversations, and whether the account began them; `heard`: those of which all answers are asked
    for in this capture; `firsts`: of later versions of posts, the first: each version begins a conversation of its own."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        self.account, self.api, self.me = account, Api(client), in_path(account.known.native_id)
        self.several = Api(client, some=True)
        self.window = window or Window("full")
        self.context: dict[str, Any] = {"account": self.me, "server": SERVER}
        if self.window.kind == "recent" and self.window.changed_since is not None:
            self.context["paid"] = instant(self.window.changed_since)
        self.todo = _Todo.read(self.window.cursor) if self.window.cursor else _Todo()
        self.unread = Unread(self.window, self.todo.unread, lambda answer: answer.status >= 400 or bool(error_of(answer)[1]))
        self.since = self.window.since if self.window.kind == "recent" else None
        self.reach = datetime.now(UTC) - RECENT_SEARCH + SLACK
        self.ours: dict[str, bool] = {}
        self.heard: set[str] = set()
        self.counted: dict[str, int] = {}
        self.firsts: dict[str, str] = {}
        self.back = False  # whether private messages were given that an earlier capture read

    def get(self, path: str, params: Params, *, some: bool = False, **context: Any) -> Exchange:
        api = self.several if some else self.api
        return api.get(f"{base_of(self.account)}{path}", params, context=self.context | context)

    def by_id(self, natives: Sequence[str], fields: Params = FIELDS, **context: Any) -> Exchange:
        return self.get("/2/tweets", {**fields, "ids": ",".join(natives)}, some=True, **context)

    def pages(
        self, path: str, params: Params, start: str | None, parameter: str = "pagination_token", **context: Any
    ) -> Iterator[Exchange]:
        url, whole = f"{base_of(self.account)}{path}", {**FIELDS, **params}
        return by_cursor(self.api, url, whole, next_token, parameter=parameter, context=self.context | context, start=start)

    def may_search_all(self) -> bool | None:
        """Asked with the account's own newest posts, which are read anyway and cost once. None where X fails to say: no conversation is
        read then, all else is, and it is told."""
        url = f"{base_of(self.account)}/2/tweets/search/all"
        query: Params = {"query": f"from:{self.me}", "max_results": 10, "post.fields": "id"}
        try:
            answer = self.api.get(url, query, context={"again": True}, expect=(200, 403))
        except UnexpectedResponse as failure:
            if self.window.kind == "one":
                raise
            self.todo.lacking.append(f"X fails to search (HTTP {spared(failure).status}): no conversation was read")
            return None
        return answer.status == 200

    @property
    def span(self) -> Params:
        return {"start_time": f"{self.since:%Y-%m-%dT%H:%M:%SZ}"} if self.since else {}

    @property
    def whole(self) -> str:
        """For `parse`: posts from then on are given with all their answers, whose number can be compared; "": all posts."""
        return "" if self.todo.archive else instant(self.reach)

    def listed(self) -> Iterator[Exchange]:
        """The pages of a stage, each completed by what only other answers tell, and followed by its conversations."""
        todo, stage = self.todo, self.todo.stage
        for page in self.stage_pages(stage):
            posts, view = posts_of(page), View(Reading(page), body_of(page), HEAD)
            self.learn_firsts([*posts, *view.posts.values()])
            self.note(posts, view, stage)
            self.learn_heads(posts)
            heads = {post["conversation_id"] for post in posts if self.ours.get(post.get("conversation_id", ""))}
            told = {"ours": sorted(heads), "heard": sorted(heads & self.heard), "whole": self.whole}
            context = {**page.context, **told, **self.firsts_of(posts), **self.missing_media(posts, view)}
            if page.cursor is None:
                todo.stage, todo.page = self.after(stage), None
            else:
                todo.page = page.cursor
            if not todo.stage:
                context |= self.short
            yield replace(page, context=context, cursor=todo.cursor)
            yield from self.pending()

    def mentions(self) -> Iterator[Exchange]:
        """What names the account. Where X refuses or fails to list it, all else is captured, and it is told."""
        try:
            yield from self.listed()
        except PlatformFailure as failure:
            answer = _not_given(failure)
            self.todo.stage, self.todo.page = self.after("mentions"), None
            self.todo.lacking.append(f"X does not list the posts that name the account (HTTP {answer.status})")
            yield replace(answer, context={**answer.context, "not_given": True, **self.short}, cursor=self.todo.cursor)

    def stage_pages(self, stage: str) -> Iterator[Exchange]:
        start = self.todo.page
        if stage == "posts":
            return self.pages(f"/2/users/{self.me}/tweets", {"max_results": PAGE, **self.span}, start)
        if stage == "older":
            older: Params = {
                "query": f"from:{self.me}",
                "max_results": ARCHIVE_PAGE,
                "until_id": self.todo.oldest,
                "start_time": "2006-03-21T00:00:00Z",
            }
            return self.pages("/2/tweets/search/all", older, start, "next_token")
        return self.pages(f"/2/users/{self.me}/mentions", {"max_results": PAGE, **self.span}, start)

    def after(self, stage: str) -> str:
        """What is read next: before the mentions, where a list of 3,200 is full, what only the archive has."""
        if stage == "posts" and self.todo.archive and self.todo.listed >= CUT_FROM:
            return "older"
        return "" if stage == "mentions" else "mentions"

    def note(self, posts: Sequence[dict[str, Any]], view: View, stage: str) -> None:
        todo = self.todo
        if stage == "mentions":
            todo.mentioned += len(posts)
            return
        if stage == "posts":
            todo.listed += len(posts)
            todo.oldest = posts[-1]["id"] if posts else todo.oldest
        for post in posts:
            if post.get("conversation_id") in (None, *history_of(post)):
                self.note_conversation(post, view)

    def note_conversation(self, post: dict[str, Any], view: View) -> None:
        """A post counts the answers to itself alone: where it has some, nothing tells of answers to those. Whoever answered before an edit
        is in the conversation of what they saw."""
        history, began, count = history_of(post), began_at(post), replies_to(post, view)
        self.ours |= dict.fromkeys(history, True)
        if count != 0 and self.todo.archive is False and began < self.reach:
            self.todo.unheard += 1
        root = record_id_of(history[0])
        if not self.window.wants(root, began, count, all_told=count == 0):
            return
        if count != 0 and self.todo.archive is None:
            self.window.not_given(root)
            return
        self.heard.update(history)
        if count == 0:
            self.window.read(root)
        else:
            self.todo.searches += [[version, instant(began), root] for version in history]
            self.counted[root] = count or 0

    def learn_firsts(self, posts: Iterable[dict[str, Any]]) -> None:
        for post in posts:
            first, *later = history_of(post)
            self.firsts |= dict.fromkeys(later, first)

    def firsts_of(self, posts: Iterable[dict[str, Any]]) -> dict[str, Any]:
        """For the context: of what these posts name by a later version, the first."""
        named = {native for post in posts for native in (post.get("conversation_id"), *references_of(post).values())}
        found = {native: self.firsts[native] for native in sorted(filter(None, named)) if native in self.firsts}
        return {"firsts": found} if found else {}

    def learn_heads(self, posts: Sequence[dict[str, Any]]) -> None:
        """Who began the conversations in which the account answers, or is answered, further down; and of answers that only name it, when
        they are new: they may stand below a later version of a post of its own, and what they stand below first is kept."""
        unknown = set[str]()
        for post in posts:
            conversation, above = post.get("conversation_id"), references_of(post).get("replied_to")
            if conversation is None or above is None or conversation in self.ours or not (self.me in between(post) or self.is_new(post)):
                continue
            if above == conversation:
                self.ours[conversation] = post.get("in_reply_to_user_id") == self.me
            else:
                unknown.add(conversation)
        self.ask_heads(sorted(unknown))

    def is_new(self, post: dict[str, Any]) -> bool:
        """Whether neither it nor a first post of that id is held."""
        natives = (history_of(post)[0], post["conversation_id"])
        return not any(self.window.holds(record_id_of(native)) for native in natives)

    def ask_heads(self, natives: Sequence[str]) -> None:
        for start in range(0, len(natives), BATCH):
            answer = self.by_id(natives[start : start + BATCH], HEADS)
            self.ours |= {post["id"]: post.get("author_id") == self.me for post in posts_of(answer)}
            self.learn_firsts(posts_of(answer))

    def missing_media(self, posts: Sequence[dict[str, Any]], view: View) -> dict[str, Any]:
        """For the context: files of what is reposted here, which the answer itself does not describe."""
        shown = (view.posts.get(references_of(post).get("retweeted", "")) for post in posts)
        lacking = {one["id"] for one in shown if one is not None and not set(media_keys_of(one)) <= view.media.keys()}
        natives, found = sorted(lacking), list[dict[str, Any]]()
        for start in range(0, len(natives), BATCH):
            answer = self.by_id(natives[start : start + BATCH])
            found += View(Reading(answer), body_of(answer)).media.values()
        return {"media": found} if found else {}

    def written(self) -> Iterator[Exchange]:
        """Private messages, newest first, back to the last capture. Without the permission all else is captured, and it is told."""
        todo, url = self.todo, f"{base_of(self.account)}/2/dm_events"
        since = self.window.messages_since
        few = self.since is not None and since is not None and datetime.now(UTC) - since < inbox.FEW
        asked: Params = {**inbox.EVENTS, "max_results": GLANCE if few else PAGE}
        context = {**self.context, "paid": instant(since - LATE)} if since else {n: v for n, v in self.context.items() if n != "paid"}
        pages = by_cursor(self.api, url, asked, next_token, parameter="pagination_token", context=context, start=todo.messages)
        try:
            for number, page in enumerate(pages, 1):
                more, missed = self.goes_on(page, number)
                todo.messages, todo.written = more, more is None
                context = {**page.context, **self.short} | ({"messages_missed": f"{missed}; {_WHAT}"} if missed else {})
                yield replace(page, context=context, cursor=todo.cursor)
                if more is None:
                    return
        except Blocked as refusal:  # whoever goes on here asks again
            answer = _not_given(refusal)
            words = f"{error_of(answer)[1] or 'HTTP 403'}: needed is {inbox.PERMISSION}"
            yield replace(answer, context={**answer.context, "messages_refused": words}, cursor=todo.cursor)

    def goes_on(self, page: Exchange, number: int) -> tuple[str | None, str]:
        """(where older messages are needed, the token of their page; what was missed, in words). A window of the last days goes back to
        what was read before; nothing was missed by any that reaches it."""
        since = self.window.messages_since
        times = [time_of(event["id"]) for event in events_of(page)]
        self.back = self.back or (since is not None and any(at < since - LATE for at in times))
        if self.back and self.since is not None:
            return None, ""
        if page.cursor and number >= inbox.REQUESTS and self.window.kind != "history":
            return None, "" if self.back else f"X gave {number} requests its newest private messages, and has more than these"
        if page.cursor or self.back or (since is not None and since >= datetime.now(UTC) - inbox.REACH):
            return page.cursor, ""
        return None, f"X gives private messages of 30 days, and none were read before {f'{since:%Y-%m-%d}' if since else 'these'}"

    def kept_away(self) -> Exchange:
        """Blocked and muted people as one answer. Where one of the lists is not given, nothing is concluded, and it is told."""
        found: dict[str, list[Exchange]] = {}
        try:
            for name in inbox.LISTS:
                url = f"{base_of(self.account)}/2/users/{self.me}/{name}"
                pages = by_cursor(self.api, url, inbox.PEOPLE, next_token, parameter="pagination_token", context=self.context)
                found[name] = list(pages)
        except PlatformFailure as failure:
            answer = _not_given(failure)
            self.todo.lacking.append(f"X does not give whom the account blocks and mutes (HTTP {answer.status})")
            return replace(answer, context={**answer.context, "not_given": True, **self.short}, cursor=self.todo.cursor)
        people = {name: [person for page in pages for person in people_of(page)] for name, pages in found.items()}
        first = found["blocking"][0]
        return replace(first, context={**first.context, "people": people}, cursor=self.todo.cursor)

    @property
    def short(self) -> dict[str, str]:
        """For the core: what is not given."""
        words = [*self.cut, *self.todo.lacking, *filter(None, [self.unread.words])]
        return {"short": f"{'; '.join(words)}; {_WHAT}"} if words else {}

    @property
    def cut(self) -> list[str]:
        """What the lists leave out. The list of the last days is not cut."""
        todo, words = self.todo, list[str]()
        if self.since is not None or self.window.kind == "one":
            return []
        if not todo.archive and todo.listed >= CUT_FROM:
            words.append(f"X lists the 3,200 newest posts of an account, and gave {todo.listed}: there may be more")
        if todo.unheard:
            words.append(
                f"search reaches seven days back: of {todo.unheard} older conversations only answers that name the account are listed"
            )
        if not todo.archive and todo.mentioned >= MENTIONS_CUT_FROM:
            words.append(f"X lists the 800 newest posts that name an account, and gave {todo.mentioned}: there may be more")
        return words

    def pending(self) -> Iterator[Exchange]:
        """Whatever `todo` holds besides the lists."""
        while self.todo.posts or self.todo.searches:
            yield from self.single() if self.todo.posts else self.conversations()

    def single(self) -> Iterator[Exchange]:
        """One post of a permalink, and then its conversation where it is ours."""
        native = self.todo.posts.pop(0)
        answer = self.by_id([native])
        posts, view = posts_of(answer), View(Reading(answer), body_of(answer), HEAD)
        self.learn_firsts([*posts, *view.posts.values()])
        heads = [post.get("conversation_id") or post["id"] for post in posts]
        self.ask_heads([head for post, head in zip(posts, heads, strict=True) if head not in (*history_of(post), *self.ours)])
        for post in posts:
            head = post.get("conversation_id") or post["id"]
            began_here = head in history_of(post)
            if not began_here and self.ours.get(head):
                self.todo.posts.append(head)
            elif began_here and post.get("author_id") == self.me:
                self.note_conversation(post, view)
            elif self.me not in (*between(post), *accounts_named(post)):
                raise UsageError(f"{self.window.url} is in no conversation of this account", "Only writings by and to it are captured.")
        if not posts:
            raise UsageError(f"{self.window.url} cannot be seen on X", "It may be gone, or not public.")
        ours = sorted(head for head, own in self.ours.items() if own)
        yield replace(answer, context={**answer.context, "ours": ours, **self.firsts_of(posts)}, cursor=self.todo.cursor)

    def together(self) -> int:
        """How many of the next conversations one search is for: as many as may be named in it, or fewer where these fill its pages better.
        What will be found is a guess: a conversation's first post, and as many answers as that one counts."""
        words, page = (ARCHIVE_WORDS, ARCHIVE_PAGE) if self.todo.archive else (RECENT_WORDS, PAGE)
        length, found, best, least = -len(_OR), 0, 1, float(page)
        for number, (conversation, _, root) in enumerate(self.todo.searches, 1):
            length += len(_OR) + len(_IN) + len(conversation)
            found += 1 + self.counted.get(root, 0)
            if length > words:
                break
            if (empty := -found % page / number) <= least:
                best, least = number, empty
        return best

    def conversations(self) -> Iterator[Exchange]:
        """Everything said in the next conversations, newest first. Where X fails at one of several, half of them are asked for."""
        todo = self.todo
        if not todo.search_for:
            todo.search_for, todo.search_page = self.together(), None
        batch = todo.searches[: todo.search_for]
        heads = [conversation for conversation, _, _ in batch]
        query = _OR.join(f"{_IN}{in_path(conversation)}" for conversation in heads)
        path, params = "recent", dict[str, str | int | list[str]](query=query, max_results=PAGE)
        if todo.archive:
            began = moment(min(began for _, began, _ in batch))
            path, params = "all", {**params, "max_results": ARCHIVE_PAGE, "start_time": f"{began:%Y-%m-%dT%H:%M:%SZ}"}
        firsts = {version: first for version, _, root in batch if (first := root.removeprefix(record_id_of(""))) != version}
        told = {"whole": self.whole, "ours": heads, "heard": heads} | ({"firsts": firsts} if firsts else {})
        try:
            for page in self.pages(f"/2/tweets/search/{path}", params, todo.search_page, "next_token", **told):
                self.unread.given()
                todo.search_page = page.cursor
                if page.cursor is None:
                    del todo.searches[: len(batch)]
                    todo.search_for = 0
                yield replace(page, cursor=todo.cursor)
        except (Blocked, UnexpectedResponse) as failure:
            todo.search_for, todo.search_page = len(batch) // 2, None
            if len(batch) == 1:
                answer = self.unread.passed(batch[0][2], failure)
                del todo.searches[0]
                yield replace(answer, context={**answer.context, **self.short}, cursor=todo.cursor)
            return
        for root in {root for _, _, root in batch} - {root for _, _, root in todo.searches}:
            self.window.read(root)


def _not_given(failure: PlatformFailure) -> Exchange:
    """The answer, where this one list is refused, or X fails to give it; else the failure itself."""
    answer = spared(failure)
    if isinstance(failure, Blocked) and answer.status != 403:  # no money is left
        raise failure
    return answer
