"""A private conversation on Bluesky as one of its two participants sees it.

Source: the lexicons chat.bsky.convo.defs and chat.bsky.actor.defs. A first message is a request until it is
accepted by a reply. A `rev` is a position in the account's log: here an instant and a number in sortable
letters, like the IDs of messages.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from infra.sandbox.faces.bluesky.views import WHERE, Views, did, facets, instant, letters, rkey
from infra.sandbox.faces.common import Json
from infra.sandbox.model import Account, Post

DEFS, MEMBER = "chat.bsky.convo.defs", "chat.bsky.actor.defs#directConvoMember"
BEGIN, ACCEPT, CREATE, REACT, DELETE = range(5)  # events of one message, in this order
EPOCH = 1_700_000_000  # seconds; `rev` counts from then
HEART = "❤️"


def revision(when: datetime, number: int, kind: int) -> str:
    return letters((int(when.timestamp() * 1000) - EPOCH * 1000) << 20 | (number & 1023) << 10 | kind)


def message_id(message: Post) -> str:
    return rkey(message)


@dataclass(frozen=True)
class Convo:
    """One conversation, as the viewer sees it."""

    views: Views
    viewer: Account  # the participant who looks at it
    other: Account
    said: list[Post]  # newest first

    @property
    def id(self) -> str:
        digest = hashlib.sha256("\n".join(sorted((self.viewer.key, self.other.key))).encode()).digest()
        return letters(int.from_bytes(digest[:7], "big") | 1 << 56)

    @cached_property
    def rev(self) -> str:
        """Return the `rev` of the last event."""
        return max(str(event["rev"]) for event in self.events())

    @property
    def accepted(self) -> Post | None:
        """Return the viewer's first message."""
        return next((one for one in reversed(self.said) if one.author == self.viewer.key), None)

    @property
    def unread(self) -> int:
        return next(
            (count for count, one in enumerate(self.said) if one.author == self.viewer.key), len(self.said)
        )

    @property
    def filters(self) -> dict[str, str]:
        """Return the properties by which a list can be filtered."""
        status = "accepted" if self.accepted else "request"
        return {
            "status": status,
            "kind": "direct",
            "readState": "unread" if self.unread else "read",
            "lockStatus": "unlocked",
        }

    def view(self) -> Json:
        members = [self.profile(one) for one in (self.viewer, self.other)]
        about = {
            "id": self.id,
            "rev": self.rev,
            "members": members,
            "muted": False,
            "unreadCount": self.unread,
        }
        kind = {"$type": f"{DEFS}#directConvo"}
        view = {
            **about,
            "status": self.filters["status"],
            "kind": kind,
            "lastMessage": self.message(self.said[0]),
        }
        hearts = [one for one in self.said if one.likes and not self.is_deleted(one)]
        if hearts:
            reacted = {"message": self.message(hearts[0]), "reaction": self.heart(hearts[0])}
            view["lastReaction"] = {"$type": f"{DEFS}#messageAndReactionView", **reacted}
        return view

    def profile(self, account: Account) -> Json:
        state = self.views.viewer_state(account, self.viewer)
        return {
            **self.views.basic(account),
            **state,
            "chatDisabled": account.suspended,
            "kind": {"$type": MEMBER},
        }

    def related_profiles(self, said: list[Post]) -> list[Json]:
        """Return the profiles of the senders and of those who reacted."""
        keys = {key for one in said for key in (one.author, *([str(one.to)] if one.likes else []))}
        return [self.profile(one) for one in (self.viewer, self.other) if one.key in keys]

    # -- messages ----------------------------------------------------------------------------------

    def is_deleted(self, message: Post) -> bool:
        """Return whether the viewer has deleted a message."""
        return self.viewer.key in message.gone_for

    def revised(self, message: Post) -> str:
        if self.is_deleted(message):
            return revision(message.gone_for[self.viewer.key], message.number, DELETE)
        return revision(message.created, message.number, REACT if message.likes else CREATE)

    def message(self, message: Post, *, alone: bool = False) -> Json:
        """Return a message.

        alone: without the message that it replies to, since it is itself shown in a reply.
        """
        sender = {"did": did(self.views.author(message))}
        view: Json = {
            "id": message_id(message),
            "rev": self.revised(message),
            "sender": sender,
            "sentAt": instant(message.created),
        }
        if self.is_deleted(message):
            return {"$type": f"{DEFS}#deletedMessageView", **view}
        view |= {"$type": f"{DEFS}#messageView", "text": message.now.text}
        if found := facets(message.now.text, self.views.network):
            view["facets"] = found
        if message.quote:
            view["embed"] = self.views.quoted_view(message)
        if message.likes:
            view["reactions"] = [self.heart(message)]
        answered = self.views.network.messages.get(message.parent or "")
        if answered is not None and not alone:
            view["replyTo"] = self.message(answered, alone=True)
        return view

    def heart(self, message: Post) -> Json:
        """Return the reaction of the recipient."""
        sender = self.views.network.accounts[str(message.to)]
        return {"value": HEART, "sender": {"did": did(sender)}, "createdAt": instant(message.created)}

    # -- events ------------------------------------------------------------------------------------

    def events(self) -> list[Json]:
        first, accepted = self.said[-1], self.accepted
        found = [self.event("Begin", first, BEGIN, "Convo")]
        if accepted is not None and accepted is not first:
            found.append(self.event("Accept", accepted, ACCEPT, "Convo"))
        for one in self.said:
            message, profiles = self.message(one), self.related_profiles([one])
            shown = {"message": message, "relatedProfiles": profiles}
            found.append({**self.event("Create", one, CREATE), **shown})
            if one.likes:
                reaction = {"message": message, "reaction": self.heart(one), "relatedProfiles": profiles}
                found.append({**self.event("Add", one, REACT, "Reaction"), **reaction})
            if self.is_deleted(one):
                found.append({**self.event("Delete", one, DELETE), "message": message})
        return found

    def event(self, what: str, message: Post, kind: int, about: str = "Message") -> Json:
        at = message.gone_for[self.viewer.key] if kind == DELETE else message.created
        return {
            "$type": f"{DEFS}#log{what}{about}",
            "rev": revision(at, message.number, kind),
            "convoId": self.id,
        }


def list_conversations(views: Views, viewer: Account) -> list[Convo]:
    """Return the conversations of an account."""
    accounts, found = views.network.accounts, views.network.conversations(viewer.key)
    return [
        Convo(views, viewer, accounts[key], said)
        for key, said in found.items()
        if accounts[key].where == WHERE
    ]
