"""What one pass over an account on X asks with, what is still to be asked, and what of it is not given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse
from recordroom.model import Exchange, instant
from recordroom.platforms.contract import Client, Window
from recordroom.platforms.cursor import Remaining, Three, one_of
from recordroom.platforms.http import in_path, told_by
from recordroom.platforms.paging import Params, by_cursor
from recordroom.platforms.schema import Reading, content_of
from recordroom.platforms.unread import AT_MOST, Passed, Unread, spared
from recordroom.platforms.x.api import Api, base_of
from recordroom.platforms.x.entities import (
    View,
    body_of,
    history_of,
    next_token,
    references_of,
    sound_posts_of,
)
from recordroom.platforms.x.platform import BATCH, SERVER

if TYPE_CHECKING:
    from recordroom.register.models import Account

WHAT = "docs/platforms/x.md says what to do"
CUT_FROM, MENTIONS_CUT_FROM = 3000, 780  # from here on a list of 3,200, or of 800, may have left some out
NAMING = ("mentions", "named", "answered")
ELSEWHERE = (
    16  # conversations in one search for what was said to the account: each takes some 55 characters of it
)
RECENT_SEARCH = timedelta(days=7)
SLACK = timedelta(minutes=15)  # a search asked for later in the same capture reaches less far back
FIELDS: Params = {
    "post.fields": (
        "article,attachments,conversation_id,created_at,entities,geo,id,lang,note_post,public_metrics,scopes,text,withheld"
    ),
    "expansions": (
        "article.cover_media,article.media_entities,attachments.media_keys,attachments.poll_ids,author_id,edit_history_post_ids,"
        "geo.place_id,in_reply_to_user_id,referenced_posts"
    ),
    "user.fields": "id,name,username,protected",
    "media.fields": "alt_text,duration_ms,height,media_key,type,url,variants,width",
    "poll.fields": "id,options",
    "place.fields": "full_name,id",
}


_Stage = Annotated[str, one_of("posts", "older", "mentions", "named", "answered", "")]


@dataclass
class Todo(Remaining):
    """What is still to be asked."""

    stage: _Stage = "posts"  # "" after the last. All but the first and the third are of the archive
    page: str | None = None  # token of the stage's next page
    archive: bool | None = None  # whether the app may search all; None: not known
    searches: list[Three] = field(
        default_factory=list
    )  # [conversation, when it began, first post] to be read
    search_page: str | None = None  # token of the next page of the search that was begun
    search_for: int = 0  # how many of the first conversations it is for
    posts: list[str] = field(default_factory=list)  # to be asked for by id
    listed: int = 0  # posts that the account's list gave
    oldest: str = ""  # id of the last of them
    mentioned: int = 0
    earliest: str = ""  # id of the last of them
    elsewhere: list[str] = field(
        default_factory=list
    )  # conversations of others in which answers of the account are answered
    unheard: int = 0  # conversations that began before what search reaches
    messages: str | None = None  # token of the next page of messages
    written: bool = False  # the messages were read
    lacking: list[str] = field(default_factory=list)  # what else is not given, in words
    unread: Passed = field(default_factory=Passed)  # conversations that were not given


read_cursor = Todo.read


class Asking:
    """One pass over a window: its requests."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        self.account, self.api, self.me = account, Api(client), in_path(account.known.native_id)
        self.several = Api(client, some=True)
        self.window = window or Window("full")
        self.context: dict[str, Any] = {"account": self.me, "server": SERVER}
        if self.window.kind == "recent" and self.window.before is not None:
            self.context["paid"] = instant(self.window.before)
        self.todo = Todo.read(self.window.cursor) if self.window.cursor else Todo()
        self.unread = Unread(self.window, self.todo.unread)
        self.failing = 0  # posts in a row at which X fails where they are asked for by their ids
        self.since = self.window.since if self.window.kind == "recent" else None
        self.reach = datetime.now(UTC) - RECENT_SEARCH + SLACK

    def get(self, path: str, params: Params, *, some: bool = False, **context: Any) -> Exchange:
        api = self.several if some else self.api
        return api.get(f"{base_of(self.account)}{path}", params, context=self.context | context)

    def by_id(self, natives: Sequence[str], fields: Params = FIELDS, **context: Any) -> Exchange:
        return self.get("/2/tweets", {**fields, "ids": ",".join(natives)}, some=True, **context)

    def each_by_id(
        self, natives: Sequence[str], words: str, fields: Params = FIELDS
    ) -> Iterator[Exchange | str]:
        """Answers, and the ids of those at which X fails, which is told in `words`. Where it fails at one of
        several, half of them are asked for, down to that one: it would else keep the page for which it is
        asked from being captured, each time.

        The failure is raised after AT_MOST in a row, since X gives none then, and of a permalink, whose post
        nobody must take for captured.
        """
        waiting = [natives[start : start + BATCH] for start in range(0, len(natives), BATCH)]
        while waiting:
            some = waiting.pop()
            try:
                answer = self.by_id(some, fields)
            except PlatformFailure as failure:
                told, half = told_by(not_given(failure)), len(some) // 2
                self.failing += not half
                if self.window.kind == "one" or self.failing > AT_MOST:
                    raise
                if half:
                    waiting += [some[:half], some[half:]]
                    continue
                self.todo.lacking += [] if f"{words} ({told})" in self.todo.lacking else [f"{words} ({told})"]
                yield some[0]
            else:
                self.failing = 0
                yield answer

    def described(self, answer: Exchange) -> Exchange:
        """With files and polls of reposted posts and of earlier versions in the context: an answer describes
        those alone of what was asked for, not of what it includes besides. One at which X fails counts as not
        included: what is held of it stays."""
        posts, view = sound_posts_of(answer)
        read = {
            native for post in posts for native in (references_of(post).get("retweeted"), *history_of(post))
        }
        lacking = sorted(
            native for native in read if native in view.posts and not view.describes(view.posts[native])
        )
        found: dict[str, list[Any]] = {"media": [], "polls": [], "undescribed": []}
        for more in self.each_by_id(
            lacking, "X does not describe the files of some posts that are passed on, or were edited"
        ):
            if isinstance(more, str):
                found["undescribed"].append(more)
                continue
            includes = View(Reading(more), body_of(more)).includes
            found |= {name: [*found[name], *(includes.get(name) or ())] for name in ("media", "polls")}
        return replace(
            answer, context={**answer.context, **{name: some for name, some in found.items() if some}}
        )

    def pages(
        self,
        path: str,
        params: Params,
        start: str | None,
        parameter: str = "pagination_token",
        **context: Any,
    ) -> Iterator[Exchange]:
        url, whole = f"{base_of(self.account)}{path}", {**FIELDS, **params}
        return by_cursor(
            self.api, url, whole, next_token, parameter=parameter, context=self.context | context, start=start
        )

    def may_search_all(self) -> bool | None:
        """Asked with the account's own newest posts, which are read anyway and cost once. None where X fails
        to say: no conversation is read then, all else is, and it is told."""
        url = f"{base_of(self.account)}/2/tweets/search/all"
        query: Params = {"query": f"from:{self.me}", "max_results": 10, "post.fields": "id"}
        try:
            answer = self.api.get(url, query, context={"again": True}, expect=(200, 403))
            content_of(answer)
        except (AccountUnavailable, UnexpectedResponse) as failure:
            if self.window.kind == "one":
                raise
            words = f"X fails to search ({told_by(spared(failure))}): no conversation was read"
            self.todo.lacking += (
                [] if words in self.todo.lacking else [words]
            )  # it is asked again wherever a history goes on
            return None
        return answer.status == 200

    @property
    def span(self) -> Params:
        return {"start_time": f"{self.since:%Y-%m-%dT%H:%M:%SZ}"} if self.since else {}

    @property
    def whole(self) -> str:
        """For `parse`: posts from then on are given with all their answers, whose number can be compared; "":
        all posts.
        """
        return "" if self.todo.archive else instant(self.reach)

    @property
    def reads_all(self) -> bool:
        """Whether what only the archive has of mentions is read: once, by a history, and where a person asks
        for everything. A sweep would pay for all of them each night."""
        return (
            bool(self.todo.archive)
            and self.since is None
            and self.window.edited_since is None
            and self.account.known.handle is not None
        )

    def after(self, stage: str) -> str:
        """What is read next: where a list of 3,200, or of 800, is full, what only the archive has."""
        todo = self.todo
        if stage == "posts" and todo.archive and todo.listed >= CUT_FROM:
            return "older"
        if stage == "mentions" and todo.mentioned >= MENTIONS_CUT_FROM and self.reads_all:
            return "named"
        if stage == "answered":
            del todo.elsewhere[:ELSEWHERE]
        if stage in ("named", "answered"):
            return "answered" if todo.elsewhere else ""
        return "" if stage == "mentions" else "mentions"

    @property
    def short(self) -> dict[str, str]:
        """For the core: what is not given."""
        words = [*self.cut, *self.todo.lacking, *filter(None, [self.unread.words])]
        return {"short": f"{'; '.join(words)}; {WHAT}"} if words else {}

    @property
    def cut(self) -> list[str]:
        """What the lists leave out. The list of the last days is not cut."""
        todo, words = self.todo, list[str]()
        if self.since is not None or self.window.kind == "one":
            return []
        if not todo.archive and todo.listed >= CUT_FROM:
            words.append(
                f"X lists the 3,200 newest posts of an account, and gave {todo.listed}: there may be more"
            )
        if todo.unheard:
            words.append(
                f"search reaches seven days back: of {todo.unheard} older conversations only answers that"
                " name the account are listed"
            )
        if not todo.archive and todo.mentioned >= MENTIONS_CUT_FROM:
            words.append(
                f"X lists the 800 newest posts that name an account, and gave {todo.mentioned}: there may be"
                " more"
            )
        return words


def not_given(failure: PlatformFailure) -> Exchange:
    """The answer, where this one list is refused, or X fails to give it; else the failure itself."""
    answer = spared(failure)
    if isinstance(failure, Blocked) and answer.status != 403:  # no money is left
        raise failure
    return answer
