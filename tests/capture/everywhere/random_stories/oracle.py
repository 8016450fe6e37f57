"""The expected rows of a random story: what the sandbox shows, or what it showed when they were made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from infra.sandbox.faces import native_id
from infra.sandbox.faces.x.access import history
from infra.sandbox.model import Post
from tests.capture.everywhere.random_stories.steps import ALONE, MARK, Story, marks

GONE = frozenset({"removed", "unavailable"})
TOLD: Mapping[tuple[str, str], frozenset[str]] = {  # where the record's status differs from the sandbox's
    ("feed", "removed"): GONE
    | {"visible"},  # an entry that left a feed may only be older than its newest entries
    ("tiktok", "private"): GONE,
    ("vimeo", "private"): frozenset({"visible"}),  # its audience says so
    ("wordpress", "private"): frozenset({"hidden"}),
    ("x", "hidden"): frozenset({"visible"}),  # the API does not report it
    ("youtube", "hidden"): GONE,  # rejected: not shown to anyone
    ("youtube", "private"): frozenset({"visible"}),
}
# if an author's own server cannot be asked, no response says that a record was deleted
UNSURE = ("bluesky", "feed")
REWORDED = ("mastodon", "wordpress", "x")  # which report the text before each edit
NEWEST = 20  # items of a feed
Row = dict[str, Any]


@dataclass
class Oracle:
    """Checks that an archive says what the sandbox shows."""

    story: Story
    # post key -> statuses since the last complete capture; a row may have any
    statuses: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    # post key -> marks of its texts since the last complete capture
    said: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    # (record_id, sequence) of rows that were checked
    checked: set[tuple[str, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.story.after_each = self.note

    def note(self) -> None:
        """Note the present status and text of each post."""
        for post in self.story.posts:
            self.statuses[post.key] |= self.status(post)
            self.said[post.key] |= marks(post.now)

    def forget(self) -> None:
        self.statuses.clear()
        self.said.clear()
        self.note()

    # -- what the sandbox shows --------------------------------------------------------------------

    def status(self, post: Post) -> frozenset[str]:
        """Return the statuses that a record of this post may have now.

        That is one status, or several if a post above it is not visible to everyone.
        """
        own, alone = self._own(post), post.platform in ALONE
        if self._stands(post) or (
            alone and ("hidden" not in own or self.story.is_there(self.story.root(post)))
        ):
            return own
        return (
            own
            | GONE
            | {status for one in self.story.above(post) for status in self._own(one)}
            | {"visible", "hidden"}
        )

    def _own(self, post: Post) -> frozenset[str]:
        suspended = self.story.network.accounts[post.author].suspended and post.platform != "vimeo"
        if post.kind == "story" or post.repost:  # its day ends, and what it shares may be removed
            return GONE | {"visible"}
        if post.status == "removed":
            return GONE if suspended else self._gone(post)
        own = frozenset({"unavailable"}) if suspended else frozenset({post.status})
        return own if suspended else TOLD.get((post.platform, post.status), own)

    def _gone(self, post: Post) -> frozenset[str]:
        """Return the statuses that a removed post may have.

        The platform's own word decides whether a retention clock starts.
        """
        stage, above = self.story.scene.stage, self.story.above(post)
        if not all(map(self.story.is_there, above)) or post.platform in UNSURE:
            return TOLD.get((post.platform, "removed"), GONE)
        ours = post.platform == "x" and post.author == self.story.scene.us
        return frozenset({stage.gone if ours or not above else stage.gone_below})

    def _stands(self, post: Post) -> bool:
        """Return whether everything above the post is visible to everyone and open to comments."""
        return (
            all(map(self.story.is_there, self.story.above(post))) and not self.story.root(post).comments_off
        )

    def due(self, post: Post) -> bool:
        """Return whether a complete capture must have the post.

        The account published it or what it replies to, and it is visible. On Mastodon nothing leads to a
        reply whose parent is removed.
        """
        root, status = self.story.root(post), self.status(post)
        kept = status == {"visible"} or (post.kind == "comment" and not status & GONE)
        found = all(one.parent for one in (post, *self.story.above(post)) if one is not root)
        newest = sorted(
            (one for one in self.story.posts if one.status == "visible"), key=lambda one: one.created
        )[-NEWEST:]
        ours = root.author == self.story.scene.us and (post.platform != "feed" or post in newest)
        return kept and found and ours and not post.repost and post.kind != "story" and self._stands(post)

    # -- what is archived --------------------------------------------------------------------------

    def held(self) -> dict[str, list[Row]]:
        """Return the rows of each record in their order, by the key of its post."""
        of = {self._name(post): post.key for post in self.story.posts}
        found: defaultdict[str, list[Row]] = defaultdict(list)
        for row in self.story.scene.rows():
            name = row["record_id"].partition("/")[2] if row["platform"] == "wordpress" else row["native_id"]
            assert name in of, f"a record of nothing: {row['record_id']} {row['text']!r}"
            found[of[name]].append(row)
        return found

    def _name(self, post: Post) -> str:
        if post.platform == "wordpress":  # which numbers posts and comments separately
            return f"{post.kind}s/{post.number}"
        if post.platform == "x":
            return history(post)[0]
        name = native_id(self.story.network, post)
        return name.rpartition("_")[2] if post.kind == "story" else name  # of Facebook: its own number only

    # -- what must be true -------------------------------------------------------------------------

    def claims(self) -> None:
        """Check that new rows say only what was true.

        The text of a late arrival must be one of the texts that the post had.
        """
        for key, rows in self.held().items():
            post = self.story.network.posts[key]
            ever = {mark for version in post.versions for mark in marks(version)}
            for row in (one for one in rows if (one["record_id"], one["sequence"]) not in self.checked):
                self.checked.add((row["record_id"], row["sequence"]))
                words = said(row)
                assert words <= ever or post.quote or post.repost, (
                    f"{row['record_id']} never said {words - ever}"
                )
                if row["late_arrival"]:
                    continue
                assert row["status"] in self.statuses[key], (
                    f"{row['record_id']} ({key}) was not {row['status']} ({row['status_reason']})"
                )
                wordless = row["status"] in GONE or post.kind == "story" or not ever
                assert wordless or words & self.said[key], f"{row['record_id']} ({key}) said {words} before"

    def recent(self) -> None:
        """Check after a capture of the last days that it has the account's own posts of those days."""
        held, since = self.held(), self.story.network.now() - timedelta(days=29, hours=20)
        self._all_there(
            held, [post for post in self.story.posts if post.kind == "post" and post.created > since]
        )

    def whole(self) -> None:
        """Check after a complete capture that every visible post is archived as it is, with parent and files.

        Removed posts must have a removed status.
        """
        held = self.held()
        self._all_there(held, self.story.posts)
        for post in self.story.posts:
            if post.key in held:
                self._as_it_is(post, held)

    def _all_there(self, held: Mapping[str, list[Row]], posts: Iterable[Post]) -> None:
        for post in filter(self.due, posts):
            assert post.key in held, f"{post.key} {post.now.text!r} ({post.status}) is not held"
            assert marks(post.now) <= said(current(held[post.key])), f"{post.key} says {post.now.text!r} now"

    def _as_it_is(self, post: Post, held: Mapping[str, list[Row]]) -> None:
        rows, last, due = held[post.key], current(held[post.key]), self.due(post)
        if last["status"] in GONE and not due:
            return  # no capture requests it again
        assert last["status"] in self.status(post), f"{post.key} is {post.status}, held as {last['status']}"
        if not due:
            return
        if post.parent:
            parent, root = (held[key][0]["record_id"] for key in (post.parent, post.root or ""))
            assert rows[0]["root_id"] == root, f"{post.key} stands in {rows[0]['root_id']}"
            assert rows[0]["parent_id"] == parent or post.platform == "wordpress", (
                f"{post.key} answers {rows[0]['parent_id']}"
            )
        there = [one for one in last["media"] if one["sha256"]]
        told = any(one["missing_reason"] for one in last["media"])
        assert len(there) >= len(post.now.photos) or told, f"{post.key}: {last['media']}"
        if post.platform in REWORDED and post.kind in ("post", "page"):
            lost = {mark for one in post.versions for mark in marks(one)} - {
                mark for row in rows for mark in said(row)
            }
            assert not lost, f"{post.key} said {lost} before"


def current(rows: list[Row]) -> Row:
    return [row for row in rows if not row["late_arrival"]][-1]


def said(row: Row) -> set[str]:
    return set(MARK.findall(f"{row['title']} {row['text']}"))
