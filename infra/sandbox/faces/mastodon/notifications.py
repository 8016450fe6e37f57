"""Mastodon's notifications: what others did with an account's statuses.

There are mentions (a reply that does not name the account is none), quotes, boosts, and warnings of
moderators who deleted a status; a warning appears to come from the account itself
(app/models/notification.rb). Private mentions by people to whom the account never wrote are filtered, as in
the policy of a new account, and so are notifications of accounts that moderators limit. Filtered ones are
shown on request. Each page that is not empty links to a next one.

Sources: docs.joinmastodon.org/methods/notifications, /entities/Notification, and of mastodon/mastodon
app/services/notify_service.rb and app/controllers/api/v1/notifications_controller.rb.

Differences from a real server: there are no favorites, follows, or votes; notifications of blocked or muted
people come back when they are no longer blocked or muted; the policy cannot be changed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from flask import request

from infra.sandbox.faces.common import Json
from infra.sandbox.faces.mastodon.entities import Entities, instant
from infra.sandbox.faces.mastodon.paging import TRUE
from infra.sandbox.model import Account, Post
from infra.sandbox.network import Network

KINDS, WARNING = ("mention", "quote", "reblog"), "moderation_warning"
KEPT = ("limit", "account_id", "types[]", "exclude_types[]", "include_filtered")  # in the Link header


class Notice(NamedTuple):
    """A reason to notify an account."""

    number: int  # position in the list, by time
    kind: str  # mention, quote, reblog, or moderation_warning
    post: Post  # the post of the other account
    status: Post  # shown in the notification; for boosts and warnings, the account's own


@dataclass(frozen=True)
class Notifications:
    """The notifications of one account."""

    network: Network
    entities: Entities
    viewer: Account

    def select(self) -> list[tuple[int, Notice]]:
        """Return the requested notices with their numbers, oldest first."""
        kinds = set(request.args.getlist("types[]") or (*KINDS, WARNING))
        kinds -= set(request.args.getlist("exclude_types[]"))
        filtered, sender = request.args.get("include_filtered") in TRUE, request.args.get("account_id")
        found = sorted(
            one
            for one in self.collect()
            if one.kind in kinds
            and sender in (None, self.entities.account_id(self.network.accounts[one.post.author]))
            and (filtered or not self.is_filtered(one.post))
        )
        return [(one.number, one) for one in found]

    def collect(self) -> Iterator[Notice]:
        for post in self.entities.statuses(self.network.posts.values()):
            if post.author == self.viewer.key or not self.entities.is_wanted(post):
                continue
            statuses = {
                "mention": post if self.viewer.key in self.entities.addressed(post) else None,
                "quote": post if self.find_own(post.quote) else None,
                "reblog": self.find_own(post.repost),
            }
            for place, kind in enumerate(KINDS):
                if (status := statuses[kind]) is not None and self.entities.is_visible(status):
                    number = int(post.created.timestamp()) * 10**6 + post.number * 10 + place
                    yield Notice(number, kind, post, status)
        for post in self.network.written[self.viewer.key]:
            if post.moderated and post.removed:
                number = int(post.removed.timestamp()) * 10**6 + post.number * 10 + len(KINDS)
                yield Notice(number, WARNING, post, post)

    def find_own(self, key: str | None) -> Post | None:
        """Return the viewer's own status with that key."""
        found = self.network.posts.get(key or "")
        return found if found is not None and found.author == self.viewer.key else None

    def is_filtered(self, post: Post) -> bool:
        """Return whether a notification is shown only on request.

        That is an unrequested private mention, or one by a limited account.

        A private mention is requested if the viewer wrote a private status above it.
        """
        if post.author != self.viewer.key and self.network.accounts[post.author].limited:
            return True
        above = self.network.posts.get(post.parent or "")
        while above is not None and not (above.author == self.viewer.key and above.visibility == "direct"):
            above = self.network.posts.get(above.parent or "")
        return post.visibility == "direct" and above is None

    def notification(self, notice: Notice) -> Json:
        warned = notice.post.removed if notice.kind == WARNING else None
        return {
            "id": str(notice.number),
            "type": notice.kind,
            "created_at": instant(warned or notice.post.created),
            "group_key": f"ungrouped-{notice.number}",
            "account": self.entities.account(self.network.accounts[notice.post.author]),
            **(
                {"moderation_warning": self.warning(notice.post, warned)}
                if warned
                else {"status": self.entities.status(notice.status)}
            ),
        }

    def warning(self, post: Post, at: datetime) -> Json:
        return {
            "id": str(post.number),
            "action": "delete_statuses",
            "text": "This post breaks a rule of our server.",
            "target_account": self.entities.account(self.network.accounts[post.author]),
            "appeal": None,
            "created_at": instant(at),
            "status_ids": [self.entities.id(post)],
        }
