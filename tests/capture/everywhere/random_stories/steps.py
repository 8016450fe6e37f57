"""Acts of people on a platform, chosen by dice: publish, reply, edit, moderate, remove, and wait."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

from infra.sandbox.model import Poll, Post, Version, Video
from infra.sandbox.moderation import Unsupported
from infra.sandbox.network import Network
from tests.capture.everywhere.random_stories.actions import MACHINES, Action, perform
from tests.capture.everywhere.scene import Scene

MARK = re.compile(r"mark\d+q")
DRESSED = (
    "{}", "{}", '{} <b>bold</b> & "quoted"', "=HYPERLINK(1) {}", "e\u0301 ☃ 日本語 {}", "{}\n\n5 < 6",
    "{} #snow https://e.test/a?b=1&c=2", "\u202e{}\u200b",
)  # fmt: skip
MADE: Mapping[str, Callable[[Story], dict[str, Any]]] = {  # how a post of that kind is published
    "words": lambda _: {},
    "photo": lambda story: {"photos": story.photos(1)},
    "photos": lambda story: {"photos": story.photos(3)},
    "film": lambda _: {"video": Video(5)},
    "reel": lambda _: {"video": Video(5, 1080, 1920)},
    "story": lambda story: {"kind": "story", "photos": story.photos(1)},
    "page": lambda _: {"kind": "page"},
    "poll": lambda story: {"poll": Poll(["yes", "no"], [1, 2], story.network.now() + timedelta(days=2))},
    "unlisted": lambda _: {"visibility": "unlisted"},
    "quote": lambda story: {"quote": story.one(story.is_ours)},
    "repost": lambda story: {"repost": shared.key if (shared := story.one(story.is_ours)) else None},
    "old": lambda story: {"at": story.network.now() - timedelta(days=story.dice.choice((5, 45, 100)))},
}
KINDS: Mapping[str, tuple[str, ...]] = {  # the kinds that the sandbox of a platform supports
    "bluesky": ("words", "photos", "quote", "repost", "old"),
    "facebook": ("words", "photo", "photos", "film", "reel", "story", "quote", "old"),
    "feed": ("words", "photo", "old"),
    "instagram": ("photo", "photos", "reel", "story"),
    "linkedin": ("words", "photo", "photos", "poll", "quote", "repost", "old"),
    "mastodon": ("words", "photo", "photos", "poll", "quote", "repost", "unlisted", "old"),
    "threads": ("words", "photo", "photos", "film", "poll", "quote", "old"),
    "tiktok": ("photo", "photos", "reel"),
    "vimeo": ("film", "unlisted", "old"),
    "wordpress": ("words", "photo", "photos", "page", "old"),
    "x": ("words", "photos", "poll", "quote", "repost"),
    "youtube": ("film", "unlisted", "old"),
}
ALONE = ("bluesky", "mastodon", "x")  # a reply stays there, whatever happens to its parent
FILMS, TITLED = ("vimeo", "youtube"), ("feed", "tiktok", "vimeo", "wordpress", "youtube")
SPANS: tuple[dict[str, float], ...] = (
    {"minutes": 3},
    {"minutes": 20},
    {"hours": 2},
    {"hours": 9},
    {"days": 1},
    {"days": 3},
    {"days": 12},
)


def marks(told: Version) -> set[str]:
    """Return the marks by which a text is recognized."""
    return set(MARK.findall(f"{told.title} {told.text}"))


@dataclass
class Story:
    """People on a platform, and an archive that captures it; dice choose the acts."""

    scene: Scene
    dice: Random
    machine: str = MACHINES[0]  # the one that captures now
    acts: Mapping[Act, float] = field(default_factory=lambda: ACTS)  # what people do, and how often
    perform: Callable[[Action], Any] = field(init=False)  # does something to the archive
    after_each: Callable[[], object] = lambda: None
    steps: list[str] = field(default_factory=list)  # what happened so far, in words
    _marks: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.perform = partial(perform, self.scene.archive, self.scene.name)

    @property
    def network(self) -> Network:
        return self.scene.network

    @property
    def posts(self) -> list[Post]:
        """Return all posts, removed ones included."""
        return [*self.network.posts.values()]

    @property
    def others(self) -> tuple[str, str]:
        return self.scene.parent, self.scene.teacher

    def tell(self, *words: object) -> None:
        self.steps.append(f"{self.network.now():%m-%d %H:%M:%S} {' '.join(str(one) for one in words)}")

    def words(self) -> str:
        return self.dice.choice(DRESSED).format(f"mark{next(self._marks)}q")

    def photos(self, most: int) -> list[Any]:
        alts = [f"Picture {number}" for number in range(self.dice.randint(1, most))]
        return [self.scene.photo(alt, seed=alt) for alt in alts]

    def one(self, wanted: Callable[[Post], bool]) -> Post | None:
        """Return one of the `wanted` posts that are not removed, or None.

        Half of the time it is one of the newest, where most of the conversation is.
        """
        found = [post for post in self.posts if post.status != "removed" and wanted(post)]
        return self.dice.choice(found[-5:] if self.dice.random() < 0.5 else found) if found else None

    def root(self, post: Post) -> Post:
        """Return the root post of a conversation."""
        return self.network.posts[post.root or post.key]

    def above(self, post: Post) -> list[Post]:
        """Return everything above a post up to the root post, even where the platform shows no link."""
        found = [post]
        while found[-1].parent:
            found.append(self.network.posts[found[-1].parent])
        return found[1:] if self.root(post) in found else [*found[1:], self.root(post)]

    def is_there(self, post: Post) -> bool:
        """Return whether everyone can see the post.

        If a post disappears with its parent, everything above it must be visible too.
        """
        whole = (post, self.root(post)) if post.platform in ALONE else (post, *self.above(post))
        return all(
            one.status == "visible" and not self.network.accounts[one.author].suspended for one in whole
        )

    def is_ours(self, post: Post) -> bool:
        return (
            post.author == self.scene.us and post.kind == "post" and not post.repost and self.is_there(post)
        )

    def act(self) -> None:
        """Do one act; skip one that the platform does not support or that has no object."""
        [verb] = self.dice.choices([*self.acts], [*self.acts.values()])
        try:
            done = verb(self)
        except Unsupported:
            done = None
        if done:
            self.tell(verb.__name__, done)
            self.after_each()


Act = Callable[[Story], str | None]  # an act of a person; returns it in words, or None if it was impossible


def publish(story: Story) -> str:
    platform, words = story.scene.platform, story.words()
    kind = story.dice.choice(KINDS[platform])
    more = {name: value for name, value in MADE[kind](story).items() if value is not None}
    if platform in TITLED:
        more["title"] = words.partition("\n")[0]
    if platform in FILMS:
        more["video"] = Video(5)
    post = story.network.publish(story.scene.us, "" if more.get("repost") else words, **more)
    return f"{post.key} ({kind}) {post.now.text!r}"


def comment(story: Story) -> str | None:
    """Comment, as another person or as the account, in a conversation of the account."""

    def open_to_all(post: Post) -> bool:
        root = story.root(post)
        can = post.kind in ("post", "comment") and not post.repost and not root.comments_off
        return can and root.author == story.scene.us and story.is_there(post)

    if (parent := story.one(open_to_all)) is None:
        return None
    who = [
        one
        for one in (*story.others, *story.others, story.scene.us)
        if not story.network.accounts[one].suspended
    ]
    said = story.network.comment(story.dice.choice(who), parent, story.words())
    return f"{said.key} by {said.author} on {said.parent} {said.now.text!r}"


def edit(story: Story) -> str | None:
    """Change a text to a new one, or back to an earlier one."""
    only_ours = story.scene.platform == "x"  # nothing reports an edit of other people's replies

    def editable(post: Post) -> bool:
        return (
            post.status == "visible"
            and not post.repost
            and not (only_ours and not story.is_ours(post))
            and post.kind != "story"
        )

    if (post := story.one(editable)) is None:
        return None
    back = story.dice.choice(post.versions)
    again = back is not post.now and not only_ours and story.dice.random() < 0.3
    words = back.text if again else story.words()
    title = (back.title if again else words.partition("\n")[0]) if post.now.title else None
    story.network.edit(post, words, title=title)
    return f"{post.key} {words!r}"


def remove(story: Story) -> str | None:
    if (post := story.one(lambda _: True)) is None:
        return None
    story.network.remove(post)
    return post.key


def moderate(story: Story) -> str | None:
    """Moderate comments of others or posts of the account, if the platform can."""
    verb = story.dice.choice(
        (story.network.hide, story.network.hold, story.network.spam, story.network.trash)
    )

    def can(post: Post) -> bool:
        # only replies, and no reel
        untold = post.platform == "bluesky" or (post.platform == "facebook" and post.video is not None)
        ours = story.is_ours(post) and not untold
        return post.status == "visible" and (
            ours or (post.kind == "comment" and post.author != story.scene.us)
        )

    if (post := story.one(can)) is None:
        return None
    verb(post)
    return f"{post.key}: {post.status}"


def restore(story: Story) -> str | None:
    found = [post for post in story.posts if post.status != "visible"]
    if not found:
        return None
    return story.network.restore(story.dice.choice(found)).key


def suspend(story: Story) -> str:
    """Suspend an account, or bring it back."""
    account = story.network.accounts[story.dice.choice(story.others)]
    story.network.suspend(account.key, suspended=not account.suspended)
    return f"{account.key}: {account.suspended}"


def switch_comments(story: Story) -> str | None:
    if (post := story.one(story.is_ours)) is None:
        return None
    story.network.switch_comments(post, off=not post.comments_off)
    return f"{post.key}: {post.comments_off}"


def rename(story: Story) -> str:
    """Rename an account. Names are shown, and identify nothing."""
    account = story.network.rename(
        story.dice.choice((story.scene.us, *story.others)), name=f"Name {story.dice.randint(1, 99)}"
    )
    return f"{account.key}: {account.name}"


def wait(story: Story) -> str:
    span = story.dice.choice(SPANS)
    story.network.wait(**span)
    return str(span)


ACTS: Mapping[Act, float] = {
    publish: 8, comment: 30, edit: 9, remove: 10, moderate: 10, restore: 4, suspend: 2, switch_comments: 1,
    rename: 1, wait: 6,
}  # fmt: skip
