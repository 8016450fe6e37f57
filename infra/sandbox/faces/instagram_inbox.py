"""Instagram's private messages: conversations of the account with people, and what was said in them.

Sources: developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/conversations-api
and, for the other login,
.../docs/messenger-platform/instagram/features/conversation. "You can only get details about the 20 most recent messages in the
conversation"; of an older one it is told that it was deleted. The references tell neither the words of that
error, nor what stands in a list for an older one when more is asked for than its id: here its id and its
time. Requests of strangers that nobody answered for 30 days are left out. It differs from the real one in
this: who reacts to a message is always the one that it went to, with love; what is shared are posts of the
place, or a story, which a message answers, or in which its author names the account.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property

from infra.sandbox.faces.common import Refusal
from infra.sandbox.faces.instagram_ids import message_id, object_id, thread_id, user_id
from infra.sandbox.faces.instagram_nodes import MESSAGES, STORY_LIVES, Nodes
from infra.sandbox.faces.meta_errors import error
from infra.sandbox.faces.meta_graph import Edge, Json, Node
from infra.sandbox.faces.meta_inbox import Thread, film, listed, newest_first, of_several, photograph
from infra.sandbox.faces.meta_times import instant
from infra.sandbox.model import Account, Post

READABLE = 20
REQUESTS_STAY = timedelta(days=30)


class Inbox(Nodes):
    def user(self) -> Node:
        own = super().user()
        return Node(own.kind, {**own.values, "conversations": self.conversations})

    @cached_property
    def threads(self) -> list[Thread]:
        found = [
            (self.network.accounts[other], said)
            for other, said in self.network.conversations(self.owner.key).items()
        ]
        return [one for one in found if not self.forgotten(one[1])]

    def forgotten(self, said: list[Post]) -> bool:
        """A request that nobody answered, and that was not repeated."""
        answered = any(one.author == self.owner.key for one in said)
        return not answered and said[0].created < self.network.now() - REQUESTS_STAY

    def conversations(self, modifiers: Mapping[str, str], of: str = "") -> Edge:
        """of: the ID of the Page that asks for them; "": the account asks itself."""
        self.need(MESSAGES)
        return listed(
            of or user_id(self.owner),
            self.threads,
            modifiers,
            platforms=("instagram",),
            number=user_id,
            make=self.thread,
        )

    def thread(self, one: Thread) -> Node:
        other, said = one
        own = thread_id(self.owner, other)
        return Node(
            "UnifiedThread",
            {
                "id": own,
                "updated_time": instant(said[0].created),
                "participants": lambda _: of_several(
                    f"{own}/participants", [self.person(who) for who in (self.owner, other)]
                ),
                "messages": lambda _: Edge(
                    f"{own}/messages", list(enumerate(said)), self.numbered, lambda one: newest_first(one[1])
                ),
            },
        )

    def person(self, account: Account) -> Json:
        return {"username": account.handle, "id": user_id(account)}

    def numbered(self, one: tuple[int, Post]) -> Node:
        """A message by its place in the conversation: of an old one there are no details."""
        place, message = one
        found = self.message(message)
        return (
            found
            if place < READABLE
            else Node("Message", {name: found.values[name] for name in ("id", "created_time")})
        )

    def message(self, message: Post) -> Node:
        own, sender, recipient = (
            message_id(message),
            *(self.network.accounts[str(key)] for key in (message.author, message.to)),
        )
        told = "unsupported" not in message.labels
        return Node(
            "Message",
            {
                "id": own,
                "created_time": instant(message.created),
                "from": Node("Participant", self.person(sender)),
                "to": lambda _: of_several(f"{own}/to", [self.person(recipient)]),
                "message": message.now.text if told else "",
                "is_unsupported": None if told else True,
                "attachments": lambda _: (
                    of_several(f"{own}/attachments", self.enclosed(message)) if told else None
                ),
                "reactions": lambda _: of_several(f"{own}/reactions", self.reactions(message, recipient)),
                "reply_to": self.answered(message),
                **self.shared(message, own),
            },
        )

    def enclosed(self, message: Post) -> list[Json]:
        """Its film and its photos."""
        films = [film(message, message.video, self.url)] if message.video else []
        return [*films, *(photograph(one, self.url) for one in message.now.photos)]

    def reactions(self, message: Post, recipient: Account) -> list[Json]:
        return [{"reaction": "love", "users": [self.person(recipient)]}] if message.likes else []

    def answered(self, message: Post) -> Json | None:
        above = self.network.messages.get(message.parent or "")
        return {"mid": message_id(above), "is_self_reply": above.author == message.author} if above else None

    def shared(self, message: Post, own: str) -> Json:
        """A post that it passes on, as the address of its picture; a story with its id, and with that address
        while it lives.
        """
        post = self.network.posts.get(message.quote or "")
        if post is None:
            return {}
        if post.kind != "story":
            return {"shares": lambda _: of_several(f"{own}/shares", [{"link": self.source(post)}])}
        lives = post.status != "removed" and post.created > self.network.now() - STORY_LIVES
        link = {"id": object_id(post.number), **({"link": self.source(post)} if lives else {})}
        return {"story": {"mention" if post.author == message.author else "reply_to": link}}

    def found(self, wanted: str) -> Node | None:
        """Also a conversation or a message, by its id."""
        for one in self.threads if not wanted.isdigit() else ():
            if wanted == thread_id(self.owner, one[0]):
                self.need(MESSAGES)
                return self.thread(one)
            for place, message in enumerate(one[1]):
                if message_id(message) == wanted:
                    self.need(MESSAGES)
                    if place >= READABLE:
                        raise Refusal(400, error(100, message="(#100) The message has been deleted."))
                    return self.message(message)
        return super().found(wanted)
