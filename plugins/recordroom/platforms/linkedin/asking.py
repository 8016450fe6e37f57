"""What one pass over a page on LinkedIn asks with, what is still to be asked, and what of it is not given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any

from recordroom.errors import PlatformFailure
from recordroom.model import Exchange
from recordroom.platforms import Client, Window
from recordroom.platforms.answers import in_path
from recordroom.platforms.linkedin.calendar import Page
from recordroom.platforms.linkedin.contents import KINDS, pictures_of
from recordroom.platforms.linkedin.platform import HOST, SERVER
from recordroom.platforms.linkedin.restli import Api, Place, results
from recordroom.platforms.linkedin.shapes import FILE, PROFILED
from recordroom.platforms.linkedin.urns import number_of, urn_of
from recordroom.platforms.remaining import Remaining, Two, one_of
from recordroom.platforms.shapes import Reading, content_of
from recordroom.platforms.unread import Passed, Unread, beside
from recordroom.text import counted

if TYPE_CHECKING:
    from recordroom.register.models import Account

GONE = "LinkedIn finds nothing of that URN: it is gone, or must not be seen; it does not say which"


def api_of(account: Account, client: Client) -> Api:
    return Api(f"{(account.api_url or HOST).rstrip('/')}/rest", client)


_Edge = Annotated[str, one_of("mentions", "posts", "news", "events", "")]


@dataclass
class Todo(Remaining):
    """What is still to be asked."""

    edge: _Edge = "mentions"  # which list is read: then posts, news, events; "" after the last
    place: Place = field(default_factory=Place)  # in that list
    permalink: str = ""  # the URN of a post's address
    alone: list[str] = field(default_factory=list)  # posts that are asked for by their URNs
    threads: list[Two] = field(default_factory=list)  # [post or comment whose comments are to be read, the post]
    comments: Place = field(default_factory=Place)  # in the first thread
    lacking: str = ""  # the first file that LinkedIn does not give
    unheard: bool = False  # it tells nothing of mentions
    unnamed: str = ""  # why it failed to
    uninvited: str = ""  # why it gives no events
    uncounted: bool = False  # it failed to count what was said below some posts
    empty: int = 0  # pages without anything new that were not the last
    unread: Passed = field(default_factory=Passed)  # conversations that were not given


read_cursor = Todo.read


class Asking:
    """One pass over a window: its requests, and where files are."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        self.api, self.me = api_of(account, client), account.known.native_id
        self.window = window or Window("full")
        self.context: dict[str, Any] = {"account": self.me, "server": SERVER}
        self.context |= {"name": account.known.title} if account.known.title else {}
        self.todo = Todo.read(self.window.cursor) if self.window.cursor else Todo()
        self.unread = Unread(self.window, self.todo.unread)
        times = [at for at in (self.window.since, self.window.changed_since) if at is not None]
        self.floor = min(times) if times and self.window.kind == "recent" else None

    def profile(self) -> Exchange:
        """The organization, and where its pictures are."""
        exchange = self.api.get(f"organizations/{in_path(number_of(self.me))}", self.context)
        found = content_of(exchange)
        PROFILED.check(found, exchange, "")
        return self.told(exchange, files=self.files(pictures_of(found, Reading(exchange)).values()))

    def told(self, exchange: Exchange, **more: Any) -> Exchange:
        """With what its items do not say themselves in the context."""
        found = {name: value for name, value in more.items() if value}
        return replace(exchange, context={**exchange.context, **found}) if found else exchange

    def pages(self, path: str, place: Place) -> Iterator[Page]:
        return self.noting(self.api.pages(path, place, urn_of, self.context))

    def noting(self, pages: Iterator[Page]) -> Iterator[Page]:
        """Pages without anything, or anything new, that are not the last: LinkedIn counts nothing by which it would be known what stood
        there."""
        before: list[dict[str, Any]] = []
        for page, found, following in pages:
            self.todo.empty += found in ([], before) and following is not None
            yield page, found, following
            before = found

    def turn(self, edge: str, place: Place | None) -> None:
        """What is read next: the same list, or another from its start."""
        self.todo.edge, self.todo.place = edge, place or Place()

    @property
    def short(self) -> str:
        """For the core: what LinkedIn does not give."""
        words = [f"no address of files (the first: {self.todo.lacking})"] if self.todo.lacking else []
        words += ["nothing of posts that mention the page (it does to an administrator)"] if self.todo.unheard else []
        words += [f"no list of posts that mention the page ({self.todo.unnamed})"] if self.todo.unnamed else []
        words += [f"no events ({self.todo.uninvited})"] if self.todo.uninvited else []
        words += ["no counts of comments on some posts"] if self.todo.uncounted else []
        words += [f"{counted(self.todo.empty, 'empty page')} before the end of a list, which may lack items"] if self.todo.empty else []
        told = f"LinkedIn gives {' and '.join(words)}; docs/platforms/linkedin.md says what to do" if words else ""
        return "; ".join(filter(None, (told, self.unread.words)))

    def files(self, urns: Iterable[str]) -> dict[str, dict[str, Any]]:
        """By their URNs, where files are, or why they are not. Nothing of those that LinkedIn refuses or fails to tell of: a post is
        captured without its files."""
        wanted, found = list(dict.fromkeys(urns)), dict[str, dict[str, Any]]()
        for kind, path in KINDS.items():
            try:
                for answer in self.api.batch(path, [urn for urn in wanted if urn.split(":")[2:3] == [kind]], self.context):
                    for urn, told in results(answer).items():
                        FILE.check(told, answer, f"/results/{urn}")
                        names = ("status", "downloadUrl", "captions", "duration")
                        found[urn] = {name: told[name] for name in names if told.get(name) is not None}
            except PlatformFailure as failure:
                beside(failure)
        return {urn: found.get(urn, {}) for urn in wanted}
