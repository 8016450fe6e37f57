"""Mastodon's notifications: what others said to an account or did with its statuses, for a token of its own
with the scope for it.

Source: docs.joinmastodon.org/methods/notifications, /entities/Notification, and of mastodon/mastodon
app/services/notify_service.rb and app/controllers/api/v1/notifications_controller.rb. There are mentions (an
answer that does not name the account is none), quotes, boosts, and warnings of moderators who deleted a
status, which are told as if by the account itself (app/models/notification.rb). A private mention of somebody
whom the account never wrote to is filtered, as a new account's policy wants it, and so are those of an
account that moderators limit: they are shown to who asks for the filtered ones too. Behind every page that is
not empty another is promised. It differs from a real server in this: who makes favorites, follows and votes
has no name; those of people who are blocked or muted are there again when they no longer are; the policy
cannot be changed.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Response, request

from infra.sandbox.faces.common import Routes
from infra.sandbox.faces.mastodon_accounts import instant
from infra.sandbox.faces.mastodon_entities import Entities
from infra.sandbox.faces.mastodon_face import answer
from infra.sandbox.faces.mastodon_own import Own
from infra.sandbox.faces.mastodon_paging import TRUE, number
from infra.sandbox.model import Account, Post

OPERATION = "/api/v1/notifications"
KINDS, WARNING = ("mention", "quote", "reblog"), "moderation_warning"
KEPT = ("limit", "account_id", "types[]", "exclude_types[]", "include_filtered")  # in the Link header


class Notice(NamedTuple):
    """What an account is told of a status, which for a boost, and for a warning of the instance's moderators,
    is the account's own.
    """

    number: int
    kind: str
    post: Post
    status: Post


def listed(name: str) -> list[str]:
    return request.args.getlist(f"{name}[]")


class Notifications(Own):
    def routes(self) -> Routes:
        return {OPERATION: self.notifications, **super().routes()}

    def notifications(self) -> Response:
        """Newest first: below max_id, above since_id, or right above min_id."""
        made, viewer = self.own("read:notifications")
        limit = min(max(number("limit", 40) or 40, 1), 80)
        below, above, least = number("max_id"), number("since_id") or 0, number("min_id")
        found = [
            one
            for one in self.wanted(made, viewer)
            if (below is None or one.number < below) and one.number > max(above, least or 0)
        ]
        page = (found[:limit] if least is not None else found[-limit:])[::-1]
        return answer(OPERATION, [self.notification(made, one) for one in page], headers=self.links(page))

    def links(self, page: list[Notice]) -> dict[str, str]:
        kept = [(name, value) for name in KEPT for value in request.args.getlist(name)]
        marks = [("next", "max_id", page[-1]), ("prev", "min_id", page[0])] if page else []
        parts = [
            f'<{request.base_url}?{urlencode([*kept, (name, one.number)])}>; rel="{rel}"'
            for rel, name, one in marks
        ]
        return {"Link": ", ".join(parts)} if parts else {}

    def wanted(self, made: Entities, viewer: Account) -> list[Notice]:
        """Those that were asked for, oldest first."""
        kinds, filtered = (
            set(listed("types") or (*KINDS, WARNING)) - set(listed("exclude_types")),
            request.args.get("include_filtered") in TRUE,
        )
        sender, found = request.args.get("account_id"), self.notices(made, viewer)
        return sorted(
            one
            for one in found
            if one.kind in kinds
            and sender in (None, made.account_id(self.network.accounts[one.post.author]))
            and (filtered or not self.unasked(one.post, viewer))
        )

    def notices(self, made: Entities, viewer: Account) -> Iterator[Notice]:
        for post in made.statuses(self.network.posts.values()):
            if post.author == viewer.key or not made.wanted(post):
                continue
            about = {
                "mention": post if viewer.key in made.addressed(post) else None,
                "quote": post if self.of(viewer, post.quote) else None,
            }
            about["reblog"] = self.of(viewer, post.repost)
            for place, kind in enumerate(KINDS):
                if (status := about[kind]) is not None and made.visible(status):
                    yield Notice(
                        int(post.created.timestamp()) * 10**6 + post.number * 10 + place, kind, post, status
                    )
        for post in self.network.written[viewer.key]:
            if post.moderated and post.removed:
                yield Notice(
                    int(post.removed.timestamp()) * 10**6 + post.number * 10 + len(KINDS), WARNING, post, post
                )

    def of(self, viewer: Account, key: str | None) -> Post | None:
        """The viewer's own status of that key."""
        found = self.network.posts.get(key or "")
        return found if found is not None and found.author == viewer.key else None

    def unasked(self, post: Post, viewer: Account) -> bool:
        """A private mention in a thread in which the viewer has said nothing in private, or an account that
        moderators limit.
        """
        if post.author != viewer.key and self.network.accounts[post.author].limited:
            return True
        above = self.network.posts.get(post.parent or "")
        while above is not None and not (above.author == viewer.key and above.visibility == "direct"):
            above = self.network.posts.get(above.parent or "")
        return post.visibility == "direct" and above is None

    def notification(self, made: Entities, notice: Notice) -> dict[str, Any]:
        warned = notice.post.removed if notice.kind == WARNING else None
        return {
            "id": str(notice.number),
            "type": notice.kind,
            "created_at": instant(warned or notice.post.created),
            "group_key": f"ungrouped-{notice.number}",
            "account": made.account(self.network.accounts[notice.post.author]),
            **(
                {"moderation_warning": self.warning(made, notice.post, warned)}
                if warned
                else {"status": made.status(notice.status)}
            ),
        }

    def warning(self, made: Entities, post: Post, at: datetime) -> dict[str, Any]:
        return {
            "id": str(post.number),
            "action": "delete_statuses",
            "text": "This post breaks a rule of our server.",
            "target_account": made.account(self.network.accounts[post.author]),
            "appeal": None,
            "created_at": instant(at),
            "status_ids": [made.id(post)],
        }
