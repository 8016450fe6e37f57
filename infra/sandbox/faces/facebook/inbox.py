"""Nodes that only a Page's own token sees: messages, stories, blocked accounts.

Sources: developers.facebook.com/docs/graph-api/reference/page/conversations, /conversation,
/conversation/messages, /message, /message/attachments, /page/blocked;
.../docs/messenger-platform/conversations; .../docs/page-stories-api; a conversation and a message with a
photo in the test data of sns-sdks/python-facebook; the folders, which no reference names, in
github.com/eisenjulian/fb-page-chat-download/issues/3.

For the errors of the inbox and of blocked accounts, the references name the numbers (200, 283) but not the
messages: here they are those of other edges. The last reference names four permissions without saying which
one is needed: here it is the first.

Differences from the real API: messages to the Page's Instagram account are only in Instagram's face; a Page's
archive of stories is always on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from infra.sandbox.faces.common import Json, Refusal
from infra.sandbox.faces.facebook.access import (
    ENGAGEMENT,
    MESSAGING,
    WHERE,
    WWW,
    Access,
    message_id,
    object_id,
    post_id,
    profile_id,
    thread_id,
    video_number,
)
from infra.sandbox.faces.meta.errors import KINDS, error, ungranted
from infra.sandbox.faces.meta.graph import Edge, Key, Node, between, instant, newest_first
from infra.sandbox.faces.meta.messages import Thread, film, listed, photograph, value_edge
from infra.sandbox.model import Account, Post

LIVES = timedelta(hours=24)  # of a story; then it is in the archive
PLATFORMS = ("", "messenger")
FOLDERS = ("inbox", "page_done", "other", "spam")
STATUSES = ("PUBLISHED", "ARCHIVED")


@dataclass(frozen=True)
class Inbox:
    """The private part of a Page."""

    access: Access

    def require(self, page: Account, permission: str, code: int) -> None:
        """Refuse any token except the Page's own with this permission."""
        if not self.access.owns(page):
            raise Refusal(400, error(210))
        if permission not in self.access.token.scopes:
            raise Refusal(KINDS[code].status, ungranted(code, permission))

    # -- conversations -----------------------------------------------------------------------------

    @cached_property
    def threads(self) -> list[Thread]:
        """Return the conversations of the viewer."""
        return [
            (self.access.network.accounts[other], said)
            for other, said in self.access.network.conversations(self.access.token.account).items()
        ]

    def conversations(self, page: Account, modifiers: Mapping[str, str]) -> Edge:
        self.require(page, MESSAGING, 200)
        folder = modifiers.get("folder", "inbox")
        if folder not in FOLDERS:
            raise Refusal(400, error(100))
        within = [
            one
            for one in self.threads
            if self.access.network.filed.get(f"{page.key} {one[0].key}", "inbox") == folder
        ]
        return listed(
            profile_id(page), within, modifiers, platforms=PLATFORMS, number=profile_id, make=self.thread
        )

    def thread(self, one: Thread) -> Node:
        other, said = one
        own, page = thread_id(self.access.viewer, other), self.access.viewer
        unread = next(
            (number for number, message in enumerate(said) if message.author == page.key), len(said)
        )
        people = value_edge(f"{own}/participants", [self.person(who) for who in (other, page)])
        return Node(
            "UnifiedThread",
            {
                "id": own,
                "link": f"/{profile_id(page)}/inbox/{own.removeprefix('t_')}/?section=messages",
                "snippet": said[0].now.text or None,
                "updated_time": instant(said[0].created),
                "message_count": len(said),
                "unread_count": unread,
                "can_reply": not other.suspended and [page.key, other.key] not in self.access.network.blocks,
                "is_subscribed": True,
                "scoped_thread_key": own,
                "participants": lambda _: people,
                "senders": lambda _: people,
                "messages": lambda _: Edge(f"{own}/messages", said, self.message, newest_first),
            },
        )

    def person(self, account: Account) -> Json:
        own = profile_id(account)
        return {"name": account.name, "email": f"{own}@facebook.com", "id": own}

    def message(self, message: Post) -> Node:
        own, sender, recipient = (
            message_id(message),
            *(self.access.network.accounts[str(key)] for key in (message.author, message.to)),
        )
        answered = self.access.network.messages.get(message.parent or "")
        shared = self.access.network.posts.get(message.quote or "")
        tags = (
            ("sent", "read", "source:web")
            if sender.key == self.access.viewer.key
            else ("inbox", "source:mobile")
        )
        links = [{"link": f"{WWW}/{post_id(self.access.network, shared)}"}] if shared else []
        return Node(
            "Message",
            {
                "id": own,
                "created_time": instant(message.created),
                "from": Node("Participant", self.person(sender)),
                "to": lambda _: value_edge(f"{own}/to", [self.person(recipient)]),
                "message": message.now.text,
                "attachments": lambda _: value_edge(f"{own}/attachments", self.attachments(message)),
                "shares": lambda _: value_edge(f"{own}/shares", links),
                "tags": lambda _: value_edge(f"{own}/tags", [{"name": tag} for tag in tags]),
                "reply_to": {"mid": message_id(answered), "is_self_reply": answered.author == message.author}
                if answered
                else None,
            },
        )

    def attachments(self, message: Post) -> list[Json]:
        """Return the video and the photos of a message."""
        films, shown = [(message, message.video)] if message.video else [], message.now.photos
        files = [
            {
                "mime_type": "video/mp4",
                "name": f"video-{one.number}.mp4",
                **film(one, video, self.access.url),
            }
            for one, video in films
        ]
        files += [
            {
                "mime_type": f"image/{one.kind}",
                "name": f"image-{one.number}",
                **photograph(one, self.access.url),
            }
            for one in shown
        ]
        return [{"id": object_id(video_number(message) + place), **one} for place, one in enumerate(files)]

    def find_node(self, wanted: str) -> Node | None:
        """Return a conversation or a message by its ID."""
        self.require(self.access.viewer, MESSAGING, 200)
        for one in self.threads:
            if wanted == thread_id(self.access.viewer, one[0]):
                return self.thread(one)
            if found := next((message for message in one[1] if message_id(message) == wanted), None):
                return self.message(found)
        return None

    # -- stories -----------------------------------------------------------------------------------

    @cached_property
    def stories(self) -> list[Post]:
        """Return the stories that the token sees, newest first."""
        found = (
            one
            for one in self.access.network.heads[WHERE]
            if one.kind == "story" and self.access.is_visible(one)
        )
        return sorted(found, key=newest_first)

    def stories_of(self, page: Account, modifiers: Mapping[str, str]) -> Edge:
        self.require(page, ENGAGEMENT, 200)
        asked = [word for word in STATUSES if word in modifiers.get("status", "").upper()] or STATUSES
        own = [one for one in self.stories if one.author == page.key and self.story_status(one) in asked]
        return Edge(f"{profile_id(page)}/stories", between(own, modifiers), self.story_node, newest_first)

    def story_status(self, post: Post) -> str:
        return STATUSES[post.created <= self.access.network.now() - LIVES]

    def story_node(self, post: Post) -> Node:
        own, page = object_id(post.number), self.access.network.accounts[post.author]
        return Node(
            "Stories",
            {
                "post_id": own,
                "status": self.story_status(post),
                "creation_time": str(int(post.created.timestamp())),
                "media_type": "video" if post.video else "photo",
                "media_id": object_id(video_number(post) if post.video else post.now.photos[0].number),
                "url": f"https://facebook.com/stories/{profile_id(page)}/{own}/?view_single=1",
            },
        )

    # -- blocked accounts --------------------------------------------------------------------------

    def blocked(self, page: Account) -> Edge:
        """Return the blocked accounts, the latest first."""
        self.require(page, ENGAGEMENT, 283)
        keys = [whom for who, whom in self.access.network.blocks if who == page.key]
        found = [(number, self.access.network.accounts[key]) for number, key in enumerate(keys)][::-1]

        def make(one: tuple[int, Account]) -> Node:
            return Node("Profile", {"id": profile_id(one[1]), "name": one[1].name})

        def key(one: tuple[int, Account]) -> Key:
            return (-one[0],)

        return Edge(f"{profile_id(page)}/blocked", found, make, key)
