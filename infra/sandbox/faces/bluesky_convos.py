"""A conversation of two on Bluesky as one of them sees it: what was said, with what it shows, and what
happened in it.

Source: the lexicons chat.bsky.convo.defs and chat.bsky.actor.defs. Somebody's first words are a request until
they are answered. A `rev` is a mark in the account's log: here an instant and a number in the letters that
sort, as in the ids of messages.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from infra.sandbox.faces.bluesky_records import WHERE, Json, did, facets, instant, letters, rkey
from infra.sandbox.faces.bluesky_views import Views
from infra.sandbox.model import Account, Post

DEFS, MEMBER = "chat.bsky.convo.defs", "chat.bsky.actor.defs#directConvoMember"
BEGIN, ACCEPT, CREATE, REACT, DELETE = range(5)  # what is logged, in this order where it comes of one message
EPOCH = 1_700_000_000  # seconds: what `rev` counts from
HEART = "❤️"


def revision(when: datetime, number: int, kind: int) -> str:
    return letters((int(when.timestamp() * 1000) - EPOCH * 1000) << 20 | (number & 1023) << 10 | kind)


def message_id(message: Post) -> str:
    return rkey(message)


@dataclass(frozen=True)
class Convo:
    views: Views
    viewer: Account
    other: Account
    said: list[Post]  # newest first

    @property
    def id(self) -> str:
        digest = hashlib.sha256("\n".join(sorted((self.viewer.key, self.other.key))).encode()).digest()
        return letters(int.from_bytes(digest[:7], "big") | 1 << 56)

    @cached_property
    def rev(self) -> str:
        """Of what happened last."""
        return max(str(event["rev"]) for event in self.events())

    @property
    def answered(self) -> Post | None:
        """The viewer's first words."""
        return next((one for one in reversed(self.said) if one.author == self.viewer.key), None)

    @property
    def unread(self) -> int:
        return next(
            (count for count, one in enumerate(self.said) if one.author == self.viewer.key), len(self.said)
        )

    @property
    def filters(self) -> dict[str, str]:
        """What a list can be asked for."""
        status = "accepted" if self.answered else "request"
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
        told = {
            **about,
            "status": self.filters["status"],
            "kind": kind,
            "lastMessage": self.message(self.said[0]),
        }
        hearts = [one for one in self.said if one.likes and not self.gone(one)]
        if hearts:
            reacted = {"message": self.message(hearts[0]), "reaction": self.heart(hearts[0])}
            told["lastReaction"] = {"$type": f"{DEFS}#messageAndReactionView", **reacted}
        return told

    def profile(self, account: Account) -> Json:
        known = self.views.known(account, self.viewer)
        return {
            **self.views.basic(account),
            **known,
            "chatDisabled": account.suspended,
            "kind": {"$type": MEMBER},
        }

    def profiles(self, said: list[Post]) -> list[Json]:
        """Who said something, or reacted."""
        keys = {key for one in said for key in (one.author, *([str(one.to)] if one.likes else []))}
        return [self.profile(one) for one in (self.viewer, self.other) if one.key in keys]

    # -- what was said --------------------------------------------------------------------------------

    def gone(self, message: Post) -> bool:
        """Whether the viewer has deleted it."""
        return self.viewer.key in message.gone_for

    def revised(self, message: Post) -> str:
        if self.gone(message):
            return revision(message.gone_for[self.viewer.key], message.number, DELETE)
        return revision(message.created, message.number, REACT if message.likes else CREATE)

    def message(self, message: Post, *, alone: bool = False) -> Json:
        """`alone`: what it answers is not told, because it is itself told with an answer."""
        sender = {"did": did(self.views.author(message))}
        told: Json = {
            "id": message_id(message),
            "rev": self.revised(message),
            "sender": sender,
            "sentAt": instant(message.created),
        }
        if self.gone(message):
            return {"$type": f"{DEFS}#deletedMessageView", **told}
        told |= {"$type": f"{DEFS}#messageView", "text": message.now.text}
        if found := facets(message.now.text, self.views.network):
            told["facets"] = found
        if message.quote:
            told["embed"] = self.views.quoted(message)
        if message.likes:
            told["reactions"] = [self.heart(message)]
        answered = self.views.network.messages.get(message.parent or "")
        if answered is not None and not alone:
            told["replyTo"] = self.message(answered, alone=True)
        return told

    def heart(self, message: Post) -> Json:
        """Whom it was sent to likes it."""
        sender = self.views.network.accounts[str(message.to)]
        return {"value": HEART, "sender": {"did": did(sender)}, "createdAt": instant(message.created)}

    # -- what happened --------------------------------------------------------------------------------

    def events(self) -> list[Json]:
        first, answered = self.said[-1], self.answered
        found = [self.event("Begin", first, BEGIN, "Convo")]
        if answered is not None and answered is not first:
            found.append(self.event("Accept", answered, ACCEPT, "Convo"))
        for one in self.said:
            profiles, told = {"relatedProfiles": self.profiles([one])}, {"message": self.message(one)}
            found.append({**self.event("Create", one, CREATE), **told, **profiles})
            if one.likes:
                found.append(
                    {
                        **self.event("Add", one, REACT, "Reaction"),
                        **told,
                        "reaction": self.heart(one),
                        **profiles,
                    }
                )
            if self.gone(one):
                found.append({**self.event("Delete", one, DELETE), **told})
        return found

    def event(self, what: str, message: Post, kind: int, about: str = "Message") -> Json:
        at = message.gone_for[self.viewer.key] if kind == DELETE else message.created
        return {
            "$type": f"{DEFS}#log{what}{about}",
            "rev": revision(at, message.number, kind),
            "convoId": self.id,
        }


def held(views: Views, viewer: Account) -> list[Convo]:
    """The conversations of an account."""
    accounts, found = views.network.accounts, views.network.conversations(viewer.key)
    return [
        Convo(views, viewer, accounts[key], said)
        for key, said in found.items()
        if accounts[key].where == WHERE
    ]
