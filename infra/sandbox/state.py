"""What the network holds and remembers: places, accounts, posts, tokens, the clock, and the file that
outlives a restart.
"""

import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any, Self

from infra.sandbox import model
from infra.sandbox.model import Account, Album, Fault, Filter, Place, Post, Token

QUOTAS = {  # requests in seconds, as the platforms document them
    "mastodon": (300, 300),
    "bluesky": (3000, 300),
    "facebook": (
        4800 * 25,
        86_400,
    ),  # 4,800 for each person who engaged with the Page in 24 hours: here 25 people
    "instagram": (4800 * 25, 86_400),  # 4,800 for each impression in 24 hours
    "linkedin": (
        100_000,
        86_400,
    ),  # what an application gets stands in its developer portal only; the day ends at midnight UTC
    "threads": (
        4800 * 10,
        86_400,
    ),  # 4,800 for each impression in 24 hours, of which there are taken to be ten at least
    "youtube": (
        10_000,
        86_400,
    ),  # units of a project, in a day that ends at midnight in California (limits.DAYS)
    "vimeo": (250, 60),  # depends on what one pays
    "tiktok": (
        600,
        60,
    ),  # of the Display API; of the other an application learns it in its developer portal only
    "x": (900, 900),  # of each endpoint; some have less, an application more than a person
}

KEYED = ("places", "accounts", "posts", "messages", "albums")
LISTS = ("tokens", "faults", "filters")
PLAIN = ("act", "names", "blocks", "mutes", "domain_blocks", "filed")  # what JSON holds as it is


class State:
    def __init__(self, start: datetime, *, fixed: bool = True, path: Path | None = None) -> None:
        self.start = start
        self.clock: datetime | None = start if fixed else None  # None: the machine's own
        self.path = path
        self.act = 0
        self.places: dict[str, Place] = {}
        self.accounts: dict[str, Account] = {}
        self.posts: dict[str, Post] = {}
        self.messages: dict[
            str, Post
        ] = {}  # private ones: never among the posts, so that no list of those holds one by mistake
        self.albums: dict[str, Album] = {}
        self.names: dict[str, str] = {}  # what a story calls a post: its key
        self.tokens: list[Token] = []
        self.blocks: list[list[str]] = []  # who, whom
        self.mutes: list[list[str]] = []
        self.domain_blocks: list[list[str]] = []  # who, which server
        self.filed: dict[
            str, str
        ] = {}  # "who whom": the folder in which their conversation lies, if not in the inbox
        self.filters: list[Filter] = []
        self.throttles: dict[str, datetime] = {}
        self.quotas: dict[str, tuple[int, int]] = dict(QUOTAS)
        self.faults: list[Fault] = []
        self.numbers: defaultdict[str, int] = defaultdict(int)
        # the posts once more, as faces look for them, so that none has to go through all of them for an
        # answer; see add
        self.heads: defaultdict[str, list[Post]] = defaultdict(list)  # a place: what answers nothing
        self.talk: defaultdict[str, list[Post]] = defaultdict(
            list
        )  # a key: all that is said below it, whatever that answers
        self.children: defaultdict[str, list[Post]] = defaultdict(list)  # a key: what answers it
        self.written: defaultdict[str, list[Post]] = defaultdict(list)  # an account's key
        self.sharing: defaultdict[str, list[Post]] = defaultdict(
            list
        )  # a key: what passes it on or quotes it
        self.usage: dict[tuple[str, str], tuple[int, int]] = {}  # of the running window; not saved
        self.bought: defaultdict[str, set[str]] = defaultdict(
            set
        )  # X: day: what was read on it, and is paid for; not saved
        self.invalid: list[
            str
        ] = []  # answers that validation refused: a fault of the sandbox, and of no test
        self.lock = threading.RLock()

    # -- time and state ---------------------------------------------------------------------------

    def now(self) -> datetime:
        return self.clock or datetime.now(UTC)

    def wait(self, **span: float) -> datetime:
        """Moves a standing clock forward: wait(minutes=5)."""
        self.clock = self.now() + timedelta(**span)
        return self.clock

    def tick(self, at: datetime | None) -> datetime:
        """The instant of a verb: `at`, else now, one second after the verb before it where the clock stands."""
        return at or (self.wait(seconds=1) if self.clock else self.now())

    def number(self, counter: str) -> int:
        self.numbers[counter] += 1
        return self.numbers[counter]

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Several verbs as one: nothing is saved before all are done, so a file never holds half of them."""
        path, self.path = self.path, None
        try:
            yield
        finally:
            self.path = path
        self.save()

    def save(self) -> None:
        if self.path is None:
            return
        state = {
            "start": self.start.isoformat(),
            "clock": self.clock and self.clock.isoformat(),
            "numbers": dict(self.numbers),
            "quotas": self.quotas,
            **{name: getattr(self, name) for name in PLAIN},
            "throttles": {where: until.isoformat() for where, until in self.throttles.items()},
            **{name: [model.to_json(one) for one in getattr(self, name).values()] for name in KEYED},
            **{name: [model.to_json(one) for one in getattr(self, name)] for name in LISTS},
        }
        draft = self.path.with_suffix(".new")
        draft.write_text(json.dumps(state, ensure_ascii=True))
        draft.replace(self.path)

    @classmethod
    def load(cls, path: Path) -> Self:
        state = json.loads(path.read_text())
        network = cls(datetime.fromisoformat(state["start"]), fixed=False, path=path)
        network.clock = state["clock"] and datetime.fromisoformat(state["clock"])
        for name in PLAIN:
            setattr(
                network, name, state.get(name, getattr(network, name))
            )  # a file of an older sandbox lacks some
        network.numbers.update(state["numbers"])
        network.quotas = {where: (limit, seconds) for where, (limit, seconds) in state["quotas"].items()}
        network.throttles = {
            where: datetime.fromisoformat(until) for where, until in state["throttles"].items()
        }
        network.places = {one["where"]: Place(**one) for one in state["places"]}
        network.accounts = {one["key"]: model.account_from(one) for one in state["accounts"]}
        network.albums = {one["key"]: model.album_from(one) for one in state.get("albums", ())}
        network.tokens = [model.token_from(one) for one in state["tokens"]]
        network.faults = [Fault(**one) for one in state["faults"]]
        network.filters = [Filter(**one) for one in state.get("filters", ())]
        network.messages = {one["key"]: model.post_from(one) for one in state.get("messages", ())}
        for one in state["posts"]:
            network.add(model.post_from(one))
        return network

    # -- who is there -----------------------------------------------------------------------------

    def place(self, where: str, title: str, **more: Any) -> Place:
        self.places[where] = Place(where, title, **more)
        self.save()
        return self.places[where]

    def account(self, key: str, name: str = "", *, at: datetime | None = None, **more: Any) -> Account:
        """Adds an account. The handle is what follows the place: "mastodon/ana@elsewhere.test",
        "wordpress/district/editor".
        """
        where = max((place for place in self.places if key.startswith(place + "/")), key=len)
        handle = key.removeprefix(where + "/")
        number = self.number(f"{where}#accounts")
        self.accounts[key] = Account(
            key,
            where,
            handle,
            name or handle,
            number,
            at or self.start - timedelta(days=900 - number),
            **more,
        )
        self.save()
        return self.accounts[key]

    def grant(self, where: str, secret: str, account: str, **more: Any) -> Token:
        """A secret that lets in. `more`: user, kind, scopes, expires, parent of a Token."""
        self.tokens.append(Token(where, secret, account, granted=self.now(), **more))
        self.save()
        return self.tokens[-1]

    def token(self, where: str, secret: str, user: str = "") -> Token | None:
        """The living token with that secret, if there is one."""
        known = (one for one in self.tokens if (one.where, one.secret, one.user) == (where, secret, user))
        return next((one for one in known if self.lives(one)), None)

    def lives(self, token: Token) -> bool:
        if token.expired or (token.expires is not None and token.expires <= self.now()):
            return False
        got_with = (one for one in self.tokens if (one.where, one.secret) == (token.where, token.parent))
        return not token.parent or any(
            not one.expired for one in got_with
        )  # one whose time is over takes nobody along

    def name(self, name: str, post: Post) -> Post:
        """Lets a story find the post again, after a restart too."""
        self.names[name] = post.key
        return post

    def named(self, name: str) -> Post:
        """The post or private message of a name, or of a key."""
        key = self.names.get(name, name)
        return self.messages[key] if key in self.messages else self.posts[key]

    def living(self, where: str) -> Iterator[Post]:
        """All that was published or sent in a place and not removed: what a file can belong to. What most
        files are of comes first.
        """
        sent = (one for one in self.messages.values() if one.where == where)
        return (one for one in chain(self.heads[where], self.said(where), sent) if one.status != "removed")

    def said(self, where: str) -> Iterator[Post]:
        """All comments of a place, conversation by conversation."""
        return (one for head in self.heads[where] for one in self.talk[head.key])

    def add(self, post: Post) -> Post:
        """Where it stands, below what, and who wrote it stays so; what it answers may change, by verbs that
        keep `children` too.
        """
        self.posts[post.key] = post
        (self.talk[post.root] if post.root else self.heads[post.where]).append(post)
        self.written[post.author].append(post)
        if post.parent:
            self.children[post.parent].append(post)
        for other in {post.quote, post.repost} - {None}:
            self.sharing[str(other)].append(post)
        return post
