"""What a Page's own token finds beside its posts: conversations with people, stories, and who is blocked.

Sources: developers.facebook.com/docs/graph-api/reference/page/conversations, /conversation,
/conversation/messages, /message, /message/attachments, /page/blocked;
.../docs/messenger-platform/conversations; .../docs/page-stories-api; a conversation and a message with a
photo as sns-sdks/python-facebook has them among its test data; the folders, which no reference names, as
others ask for them (github.com/eisenjulian/fb-page-chat-download/issues/3). Of the errors of the inbox and of
who is blocked the references tell the numbers (200, 283) and not the words: those are what other edges say
here. Which of the four permissions that the last names is needed, it does not tell: here it is the first. It
differs from the real one in this: what the Page's Instagram account was sent is told by Instagram's face
only; a Page's archive of stories is always switched on.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property

from infra.sandbox.faces.common import Refusal
from infra.sandbox.faces.facebook_ids import (
    WHERE,
    message_id,
    object_id,
    post_id,
    profile_id,
    thread_id,
    video_number,
)
from infra.sandbox.faces.facebook_posts import Posts
from infra.sandbox.faces.facebook_profiles import WWW
from infra.sandbox.faces.facebook_sight import ENGAGEMENT, MESSAGING
from infra.sandbox.faces.meta_errors import KINDS, error, ungranted
from infra.sandbox.faces.meta_graph import Edge, Json, Key, Node
from infra.sandbox.faces.meta_inbox import Thread, film, listed, newest_first, of_several, photograph
from infra.sandbox.faces.meta_times import between, instant
from infra.sandbox.model import Account, Post

LIVES = timedelta(hours=24)  # a story; then it is in the archive
PLATFORMS = ("", "messenger")
FOLDERS = ("inbox", "page_done", "other", "spam")
STATUSES = ("PUBLISHED", "ARCHIVED")


class Inbox(Posts):
    def require(self, page: Account, permission: str, code: int) -> None:
        """Refuses every token but the Page's own, and that one without the permission."""
        if not self.owns(page):
            raise Refusal(400, error(210))
        if permission not in self.token.scopes:
            raise Refusal(KINDS[code].status, ungranted(code, permission))

    # -- conversations ----------------------------------------------------------------------------

    @cached_property
    def threads(self) -> list[Thread]:
        """Those of whoever asks."""
        return [
            (self.network.accounts[other], said)
            for other, said in self.network.conversations(self.token.account).items()
        ]

    def conversations(self, page: Account, modifiers: Mapping[str, str]) -> Edge:
        self.require(page, MESSAGING, 200)
        folder = modifiers.get("folder", "inbox")
        if folder not in FOLDERS:
            raise Refusal(400, error(100))
        within = [
            one
            for one in self.threads
            if self.network.filed.get(f"{page.key} {one[0].key}", "inbox") == folder
        ]
        return listed(
            profile_id(page), within, modifiers, platforms=PLATFORMS, number=profile_id, make=self.thread
        )

    def thread(self, one: Thread) -> Node:
        other, said = one
        own, page = thread_id(self.viewer, other), self.viewer
        unread = next(
            (number for number, message in enumerate(said) if message.author == page.key), len(said)
        )
        people = of_several(f"{own}/participants", [self.person(who) for who in (other, page)])
        return Node(
            "UnifiedThread",
            {
                "id": own,
                "link": f"/{profile_id(page)}/inbox/{own.removeprefix('t_')}/?section=messages",
                "snippet": said[0].now.text or None,
                "updated_time": instant(said[0].created),
                "message_count": len(said),
                "unread_count": unread,
                "can_reply": not other.suspended and [page.key, other.key] not in self.network.blocks,
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
            *(self.network.accounts[str(key)] for key in (message.author, message.to)),
        )
        answered, shared = (
            self.network.messages.get(message.parent or ""),
            self.network.posts.get(message.quote or ""),
        )
        tags = ("sent", "read", "source:web") if sender.key == self.viewer.key else ("inbox", "source:mobile")
        links = [{"link": f"{WWW}/{post_id(self.network, shared)}"}] if shared else []
        return Node(
            "Message",
            {
                "id": own,
                "created_time": instant(message.created),
                "from": Node("Participant", self.person(sender)),
                "to": lambda _: of_several(f"{own}/to", [self.person(recipient)]),
                "message": message.now.text,
                "attachments": lambda _: of_several(f"{own}/attachments", self.enclosed(message)),
                "shares": lambda _: of_several(f"{own}/shares", links),
                "tags": lambda _: of_several(f"{own}/tags", [{"name": tag} for tag in tags]),
                "reply_to": {"mid": message_id(answered), "is_self_reply": answered.author == message.author}
                if answered
                else None,
            },
        )

    def enclosed(self, message: Post) -> list[Json]:
        """Its film and its photos."""
        films, shown = [(message, message.video)] if message.video else [], message.now.photos
        told = [
            {"mime_type": "video/mp4", "name": f"video-{one.number}.mp4", **film(one, video, self.url)}
            for one, video in films
        ]
        told += [
            {"mime_type": f"image/{one.kind}", "name": f"image-{one.number}", **photograph(one, self.url)}
            for one in shown
        ]
        return [{"id": object_id(video_number(message) + place), **one} for place, one in enumerate(told)]

    def in_inbox(self, wanted: str) -> Node | None:
        """A conversation or a message by its id."""
        self.require(self.viewer, MESSAGING, 200)
        for one in self.threads:
            if wanted == thread_id(self.viewer, one[0]):
                return self.thread(one)
            if found := next((message for message in one[1] if message_id(message) == wanted), None):
                return self.message(found)
        return None

    # -- stories ----------------------------------------------------------------------------------

    @cached_property
    def stories(self) -> list[Post]:
        """All that the token may see, newest first."""
        found = (one for one in self.network.heads[WHERE] if one.kind == "story" and self.visible(one))
        return sorted(found, key=newest_first)

    def stories_of(self, page: Account, modifiers: Mapping[str, str]) -> Edge:
        self.require(page, ENGAGEMENT, 200)
        asked = [word for word in STATUSES if word in modifiers.get("status", "").upper()] or STATUSES
        own = [one for one in self.stories if one.author == page.key and self.story_status(one) in asked]
        return Edge(f"{profile_id(page)}/stories", between(own, modifiers), self.story_node, newest_first)

    def story_status(self, post: Post) -> str:
        return STATUSES[post.created <= self.network.now() - LIVES]

    def story_node(self, post: Post) -> Node:
        own, page = object_id(post.number), self.network.accounts[post.author]
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

    # -- who is blocked ---------------------------------------------------------------------------

    def blocked(self, page: Account) -> Edge:
        """Who was blocked last, first."""
        self.require(page, ENGAGEMENT, 283)
        keys = [whom for who, whom in self.network.blocks if who == page.key]
        found = [(number, self.network.accounts[key]) for number, key in enumerate(keys)][::-1]

        def make(one: tuple[int, Account]) -> Node:
            return Node("Profile", {"id": profile_id(one[1]), "name": one[1].name})

        def key(one: tuple[int, Account]) -> Key:
            return (-one[0],)

        return Edge(f"{profile_id(page)}/blocked", found, make, key)
