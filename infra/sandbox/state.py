"""The state of the network, and the file that survives a restart."""

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

QUOTAS = {  # platform -> requests, seconds, as the platforms document them
    "mastodon": (300, 300),
    "bluesky": (3000, 300),
    # 4,800 for each person who engaged with the Page in 24 hours; here 25 people
    "facebook": (4800 * 25, 86_400),
    # 4,800 for each impression in 24 hours
    "instagram": (4800 * 25, 86_400),
    # only the developer portal shows an application's quota; the day ends at midnight UTC (limits.DAYS)
    "linkedin": (100_000, 86_400),
    # 4,800 for each impression in 24 hours; ten impressions at least
    "threads": (4800 * 10, 86_400),
    # units of a project, in a day that ends at midnight in California (limits.DAYS)
    "youtube": (10_000, 86_400),
    # depends on the plan
    "vimeo": (250, 60),
    # of the Display API; only the developer portal shows the quota of the Accounts API
    "tiktok": (600, 60),
    # of each endpoint; some have less, and an application has more than a person
    "x": (900, 900),
}

KEYED = ("places", "accounts", "posts", "messages", "albums")
LISTS = ("tokens", "faults", "filters")
PLAIN = ("act", "names", "blocks", "mutes", "domain_blocks", "filed")  # stored in JSON as they are


class State:
    """Everything on the network, and its clock.

    Each action writes the state to the file `path`, if there is one.
    """

    def __init__(self, start: datetime, *, fixed: bool = True, path: Path | None = None) -> None:
        self.start = start
        self.clock: datetime | None = start if fixed else None  # None: the machine's own
        self.path = path
        self.act = 0
        self.places: dict[str, Place] = {}
        self.accounts: dict[str, Account] = {}
        self.posts: dict[str, Post] = {}
        self.messages: dict[str, Post] = {}  # private ones, apart so that no list of posts has one by mistake
        self.albums: dict[str, Album] = {}
        self.names: dict[str, str] = {}  # the story's name for a post -> its key
        self.tokens: list[Token] = []
        self.blocks: list[list[str]] = []  # [account, blocked account]
        self.mutes: list[list[str]] = []  # [account, muted account]
        self.domain_blocks: list[list[str]] = []  # [account, blocked server]
        self.filed: dict[
            str, str
        ] = {}  # "account other" -> folder of their conversation outside of the inbox
        self.filters: list[Filter] = []
        self.throttles: dict[str, datetime] = {}
        self.quotas: dict[str, tuple[int, int]] = dict(QUOTAS)
        self.faults: list[Fault] = []
        self.numbers: defaultdict[str, int] = defaultdict(int)
        # indexes of the posts for the faces; see add
        self.heads: defaultdict[str, list[Post]] = defaultdict(list)  # place -> root posts
        self.talk: defaultdict[str, list[Post]] = defaultdict(list)  # root post -> all posts below it
        self.children: defaultdict[str, list[Post]] = defaultdict(list)  # post -> its direct replies
        self.written: defaultdict[str, list[Post]] = defaultdict(list)  # account -> its posts
        self.sharing: defaultdict[str, list[Post]] = defaultdict(list)  # post -> its reposts and quotes
        # not saved
        self.usage: dict[tuple[str, str], tuple[int, int]] = {}  # (place, client) -> (window, requests in it)
        # X: day -> keys that are paid for that day
        self.bought: defaultdict[str, set[str]] = defaultdict(set)
        self.invalid: list[str] = []  # responses that validation refused: defects of the sandbox
        self.lock = threading.RLock()

    # -- time and state ---------------------------------------------------------------------------

    def now(self) -> datetime:
        """Return the time of the network's clock."""
        return self.clock or datetime.now(UTC)

    def wait(self, **span: float) -> datetime:
        """Stop the clock, and move it forward: wait(minutes=5)."""
        self.clock = self.now() + timedelta(**span)
        return self.clock

    def tick(self, at: datetime | None) -> datetime:
        """Return the instant of an action: `at`, or now.

        A stopped clock moves by a second first.
        """
        return at or (self.wait(seconds=1) if self.clock else self.now())

    def number(self, counter: str) -> int:
        """Return the next number of a counter, from 1."""
        self.numbers[counter] += 1
        return self.numbers[counter]

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Save several actions as one, so that the file never has only some of them."""
        path, self.path = self.path, None
        try:
            yield
        finally:
            self.path = path
        self.save()

    def save(self) -> None:
        """Write the state to its file, if there is one."""
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
        """Read a network from its file."""
        state = json.loads(path.read_text())
        network = cls(datetime.fromisoformat(state["start"]), fixed=False, path=path)
        network.clock = state["clock"] and datetime.fromisoformat(state["clock"])
        for name in PLAIN:  # a file of an older sandbox does not have all
            setattr(network, name, state.get(name, getattr(network, name)))
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

    # -- places, accounts, and posts --------------------------------------------------------------

    def place(self, where: str, title: str, **more: Any) -> Place:
        """Add a site or platform; `more`: fields of a Place."""
        self.places[where] = Place(where, title, **more)
        self.save()
        return self.places[where]

    def account(self, key: str, name: str = "", *, at: datetime | None = None, **more: Any) -> Account:
        """Add an account; `more`: fields of an Account.

        The handle is the part of the key after the place: "editor" of "wordpress/district/editor".
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
        """Add a token; `more`: user, kind, scopes, expires, or parent of a Token."""
        self.tokens.append(Token(where, secret, account, granted=self.now(), **more))
        self.save()
        return self.tokens[-1]

    def token(self, where: str, secret: str, user: str = "") -> Token | None:
        """Return the valid token with a secret, or None."""
        known = (one for one in self.tokens if (one.where, one.secret, one.user) == (where, secret, user))
        return next((one for one in known if self.lives(one)), None)

    def lives(self, token: Token) -> bool:
        """Return whether a token is valid.

        A parent that was revoked makes it invalid; one that only reached its end does not.
        """
        if token.expired or (token.expires is not None and token.expires <= self.now()):
            return False
        got_with = (one for one in self.tokens if (one.where, one.secret) == (token.where, token.parent))
        return not token.parent or any(not one.expired for one in got_with)

    def name(self, name: str, post: Post) -> Post:
        """Give a post a name by which the story finds it, also after a restart."""
        self.names[name] = post.key
        return post

    def named(self, name: str) -> Post:
        """Return the post or private message of a name or key."""
        key = self.names.get(name, name)
        return self.messages[key] if key in self.messages else self.posts[key]

    def living(self, where: str) -> Iterator[Post]:
        """Yield a place's posts and messages that are not removed, root posts first."""
        sent = (one for one in self.messages.values() if one.where == where)
        return (one for one in chain(self.heads[where], self.said(where), sent) if one.status != "removed")

    def said(self, where: str) -> Iterator[Post]:
        """Yield all comments of a place, conversation by conversation."""
        return (one for head in self.heads[where] for one in self.talk[head.key])

    def add(self, post: Post) -> Post:
        """Add a post to the indexes.

        Its place, root, and author never change. Its parent can; actions that change it update `children`.
        """
        self.posts[post.key] = post
        (self.talk[post.root] if post.root else self.heads[post.where]).append(post)
        self.written[post.author].append(post)
        if post.parent:
            self.children[post.parent].append(post)
        for other in {post.quote, post.repost} - {None}:
            self.sharing[str(other)].append(post)
        return post
