"""The Threads API.

Written from developers.facebook.com/docs/threads (read 2026-11-25); the shapes are in
validation/threads. Differences from the real API, in addition to those in meta/face.py: the
application has advanced access, so that all public posts can be read by ID; there is no search, place, or
oEmbed; a voice note is a WAV file; a post that expires after a day (ghost) is listed with the others as long
as it lives; all hosts (graph.threads.net, .com) are the same; GIFs of another provider (GIPHY) are served
here, too, at a permanent address. The documentation does not say whether the real API supports ?ids=: this
one does not.
"""

from typing import ClassVar

from flask import Response, request

from infra.sandbox.faces.common import Json, Refusal, Routes, base, reply
from infra.sandbox.faces.meta.errors import nonexistent
from infra.sandbox.faces.meta.face import OwnLoginFace
from infra.sandbox.faces.meta.graph import Field, Node, Renderer
from infra.sandbox.faces.meta.media import file_of
from infra.sandbox.faces.threads.nodes import WHERE, Nodes, user_id
from infra.sandbox.model import Token
from infra.sandbox.pictures import gif, picture
from infra.sandbox.sounds import sound
from infra.sandbox.validation import meta as validation

NO_FIELDS = (
    "threads",
    "replies",
    "mentions",
    "ghost_posts",
    "threads_insights",
    "conversation",
    "pending_replies",
    "insights",
)


class Threads(OwnLoginFace):
    """The Threads API."""

    case = "threads"
    throttle_codes: ClassVar = {}
    business = ()
    lost_type = "THApiException"
    newest, by_ids, tells_permissions = 1, False, False
    own, grant_type, refreshed_kind = "threads", "th_refresh_token", "LoginToken"
    exchange_type, traded_kind = "th_exchange_token", "ThreadsTraded"

    def routes(self) -> Routes:
        return {**super().routes(), "/gifs/<int:number>.gif": self.serve_gif}

    def _enter(self) -> Response | None:
        """Answer requests to the other provider without a quota or a token."""
        return None if request.path.startswith("/gifs/") else super()._enter()

    def serve_gif(self, number: int) -> Response:
        post = self.network.posts.get(f"{WHERE}/{number}")
        if post is None or not post.gif:
            return reply(validation.check_media, "Not Found", 404, "text/plain")
        return reply(validation.check_media, gif(post.key, 96, 72), 200, "image/gif")

    def describe_short(self, token: Token) -> Json:
        return {"access_token": token.secret, "user_id": int(self.owner(token))}

    def nodes_for(self, token: Token) -> Nodes:
        return Nodes(self.network, base(), token)

    def owner(self, token: Token) -> str:
        return user_id(self.network.accounts[token.account])

    def find_node(self, nodes: Nodes, wanted: str) -> Node | None:
        nodes.require("threads_basic")
        if nodes.owner.suspended:
            return None
        return nodes.user() if wanted in ("me", user_id(nodes.owner)) else nodes.find(wanted)

    def read_request(self, version: str) -> tuple[Nodes, Renderer, tuple[Field, ...]]:
        """Refuse lists as fields.

        Except for the parts of a carousel, they have addresses of their own.
        """
        nodes, renderer, fields = super().read_request(version)
        for one in (one for one in fields if one.name in NO_FIELDS):
            raise Refusal(400, nonexistent(one.name, "ThreadsMedia"))
        return nodes, renderer, fields

    def find_file(self, path: str) -> tuple[bytes, str] | None:
        if "/p50x50/" in path:
            return picture("jpeg", path, 50, 50), "image/jpeg"
        here = [
            post for post in self.network.posts.values() if post.where == WHERE and post.status != "removed"
        ]
        voice = next((one for one in here if one.video and path == f"o1/v/t16/{one.number}.wav"), None)
        if voice is not None and voice.video is not None:
            return sound(voice.key, voice.video.seconds), "audio/wav"
        return file_of(WHERE, here, path)
