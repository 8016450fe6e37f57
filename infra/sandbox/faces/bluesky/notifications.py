"""Bluesky's notifications: what others wrote to an account or did with its posts.

A post gives one notification, for the first reason that applies: it mentions the account, quotes it, or
replies to it, up to four levels above; and there are reposts. The account's own post must still exist. A page
is filled from up to ten stretches of the list, until it is half full with requested reasons. So it may be
short or empty, and have a cursor anyway. The cursor is an instant.

Seen on a real network, and in its code (npm's @atproto/bsky: listNotifications,
data-plane/server/indexing/plugins/post). Differences from the real one: there are no likes, follows, or
verifications; nothing is marked as seen, so that only the newest is unread; an edit that adds a mention
counts.
"""

from dataclasses import dataclass
from typing import NamedTuple

from infra.sandbox.faces.bluesky.views import WHERE, Views, instant
from infra.sandbox.faces.common import Json
from infra.sandbox.markup import values
from infra.sandbox.model import Account, Post
from infra.sandbox.network import Network

LEVELS, STRETCHES = 4, 10


class Notice(NamedTuple):
    """A reason to notify an account."""

    post: Post  # the post of the other account
    reason: str  # mention, quote, reply, or repost
    subject: Post | None  # the account's own post; None for a mention


@dataclass(frozen=True)
class Notifications:
    """The notifications of one account."""

    network: Network
    views: Views
    viewer: Account

    def collect(self) -> list[Notice]:
        """Return all notices, newest first."""
        found = (self.find_reason(post) for post in self.views.living if post.author != self.viewer.key)
        notices = (one for one in found if one)
        return sorted(notices, key=lambda one: (one.post.created, one.post.number), reverse=True)

    def fill_page(
        self, found: list[Notice], reasons: set[str], limit: int
    ) -> tuple[list[Notice], list[Notice], Notice | None]:
        """Return a page, its cursor, and the first requested notice of the first stretch.

        The cursor names the last notice that was examined; the list is empty at the end of all notices.
        """
        page, first, at = list[Notice](), None, 0
        for number in range(STRETCHES):
            stretch = found[at : at + limit - len(page)]
            requested = [one for one in stretch if not reasons or one.reason in reasons]
            first = requested[0] if requested and number == 0 else first
            page += [one for one in requested if not self.is_hidden(one)]
            at += len(stretch)
            if at == len(found) or len(page) >= limit / 2:
                break
        return page, found[at - 1 : at] if at < len(found) else [], first

    def find_reason(self, post: Post) -> Notice | None:
        """Return why the viewer is notified of a post, or None."""
        if self.viewer.key in (f"{WHERE}/{handle}" for handle in values(post.now.text, "mention")):
            return Notice(post, "mention", None)
        for reason, key in {"repost": post.repost, "quote": post.quote}.items():
            subject = self.network.posts.get(key or "")
            if subject is not None and subject.author == self.viewer.key:
                return Notice(post, reason, subject) if self.views.is_visible(subject) else None
        above = self.network.posts.get(post.parent or "")
        for _ in range(LEVELS):
            if above is None or above.author == self.viewer.key or above.status == "hidden":
                break
            above = self.network.posts.get(above.parent or "")
        else:
            return None
        is_reply = above is not None and above.author == self.viewer.key and self.views.is_visible(above)
        return Notice(post, "reply", above) if is_reply else None

    def is_hidden(self, notice: Notice) -> bool:
        """Return whether a block, a mute, or hiding the reply hides a notice."""
        post = notice.post
        root = self.network.posts[post.root or post.key]
        is_hidden_reply = (
            notice.reason == "reply" and post.status == "hidden" and root.author == self.viewer.key
        )
        is_muted = [self.viewer.key, post.author] in self.network.mutes
        return is_hidden_reply or is_muted or self.views.is_blocked(post.author, self.viewer.key)

    def notification(self, notice: Notice, seen: str) -> Json:
        """Return a notice as JSON.

        seen: instant until which notices are read; "" for all.
        """
        post, views = notice.post, self.views
        author, at = views.author(post), instant(post.created)
        return {
            "uri": views.uri(post),
            "cid": views.cid(post),
            "author": {**views.profile_view(author), **views.viewer_state(author, self.viewer)},
            "reason": notice.reason,
            **({"reasonSubject": views.uri(notice.subject)} if notice.subject else {}),
            "record": views.record(post),
            "isRead": not seen or seen > at,
            "indexedAt": at,
            "labels": views.labels(post),
        }
