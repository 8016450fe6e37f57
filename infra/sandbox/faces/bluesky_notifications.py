"""Bluesky's notifications: what others said to an account or did with its posts, for itself when it is signed
in.

A post is told once, for the first reason that fits: it mentions the account, quotes it, or answers it, up to
four levels above; reposts besides. What it is about must still be there. A page is made of as many as ten
stretches of the list, until it is half full with what was asked for: it may be short, or empty, and have a
cursor. The cursor is an instant. Seen on a real network, and in its code (npm's @atproto/bsky:
listNotifications, data-plane/server/indexing/plugins/post). It differs in this: who likes, follows and
verifies has no name; nobody has looked, so that only the newest is unread; an edit that adds a mention
counts.
"""

from datetime import datetime
from typing import NamedTuple

from flask import Response, request

from infra.sandbox.faces.bluesky_face import APPVIEW, NOT_THERE, BlueskyFace, service
from infra.sandbox.faces.bluesky_records import WHERE, Json, instant
from infra.sandbox.faces.bluesky_views import Views
from infra.sandbox.faces.bluesky_xrpc import answer, method, whole
from infra.sandbox.faces.common import Refusal, Routes
from infra.sandbox.markup import values
from infra.sandbox.model import Account, Post

LEVELS, STRETCHES = 4, 10


class Notice(NamedTuple):
    post: Post
    reason: str
    subject: Post | None  # of the account, where it is not only named


class Notifications(BlueskyFace):
    def routes(self) -> Routes:
        return {"/xrpc/app.bsky.notification.listNotifications": self.notifications}

    def notifications(self) -> Response:
        if service() != APPVIEW:
            raise Refusal(*NOT_THERE)
        (viewer, _), limit, views = self.viewer(), whole("limit", 50, 1, 100), self.views()
        if "seenAt" in request.args:
            raise Refusal(400, "InvalidRequest", "The seenAt parameter is unsupported")
        cursor, found, seen = request.args.get("cursor"), self.noticed(views, viewer), ""
        if cursor is not None:
            before = self.before(cursor)
            found = [one for one in found if instant(one.post.created) < before]
        page, left, first = self.filled(views, viewer, found, limit)
        if first is not None and cursor is None:
            seen = instant(first.post.created)
        more: Json = ({"seenAt": seen} if seen else {}) | (
            {"cursor": instant(left[0].post.created)} if left else {}
        )
        return answer(
            method(),
            {
                "notifications": [self.notification(views, viewer, one, seen) for one in page],
                "priority": False,
                **more,
            },
        )

    def filled(
        self, views: Views, viewer: Account, found: list[Notice], limit: int
    ) -> tuple[list[Notice], list[Notice], Notice | None]:
        """A page; the last one looked at, where more are left behind it; the first of the first stretch that
        was asked for.
        """
        reasons, page, first, at = set(request.args.getlist("reasons")), list[Notice](), None, 0
        for number in range(STRETCHES):
            stretch = found[at : at + limit - len(page)]
            told = [one for one in stretch if not reasons or one.reason in reasons]
            first = told[0] if told and number == 0 else first
            page += [one for one in told if not self.kept_away(views, viewer, one)]
            at += len(stretch)
            if at == len(found) or len(page) >= limit / 2:
                break
        return page, found[at - 1 : at] if at < len(found) else [], first

    def before(self, cursor: str) -> str:
        try:
            return instant(datetime.fromisoformat(cursor))
        except ValueError:
            raise Refusal(502, "InternalServerError", "Internal Server Error") from None

    def noticed(self, views: Views, viewer: Account) -> list[Notice]:
        """Newest first."""
        found = (self.notice(views, post, viewer) for post in views.living if post.author != viewer.key)
        return sorted(
            (one for one in found if one), key=lambda one: (one.post.created, one.post.number), reverse=True
        )

    def notice(self, views: Views, post: Post, viewer: Account) -> Notice | None:
        """Why the viewer is told of a post, if so."""
        if viewer.key in (f"{WHERE}/{handle}" for handle in values(post.now.text, "mention")):
            return Notice(post, "mention", None)
        about = {"repost": post.repost, "quote": post.quote}
        for reason, key in about.items():
            subject = self.network.posts.get(key or "")
            if subject is not None and subject.author == viewer.key:
                return Notice(post, reason, subject) if views.visible(subject) else None
        above, climbed = self.network.posts.get(post.parent or ""), 1
        while (
            above is not None
            and climbed <= LEVELS
            and above.author != viewer.key
            and above.status != "hidden"
        ):
            above, climbed = self.network.posts.get(above.parent or ""), climbed + 1
        answers = (
            above is not None and climbed <= LEVELS and above.author == viewer.key and views.visible(above)
        )
        return Notice(post, "reply", above) if answers else None

    def kept_away(self, views: Views, viewer: Account, notice: Notice) -> bool:
        """By a block or a mute, or because the viewer has hidden that answer."""
        post = notice.post
        root = self.network.posts[post.root or post.key]
        hidden = notice.reason == "reply" and post.status == "hidden" and root.author == viewer.key
        return (
            hidden or views.apart(post.author, viewer.key) or [viewer.key, post.author] in self.network.mutes
        )

    def notification(self, views: Views, viewer: Account, notice: Notice, seen: str) -> Json:
        post, author, at = notice.post, views.author(notice.post), instant(notice.post.created)
        profile = {**views.profile_view(author), **views.known(author, viewer)}
        told: Json = {
            "uri": views.uri(post),
            "cid": views.cid(post),
            "author": profile,
            "reason": notice.reason,
        }
        if notice.subject is not None:
            told["reasonSubject"] = views.uri(notice.subject)
        read = not seen or seen > at
        return {
            **told,
            "record": views.record(post),
            "isRead": read,
            "indexedAt": at,
            "labels": views.labels(post),
        }
