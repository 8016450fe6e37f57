"""The Threads API: the profile, its threads and replies, conversations, mentions, pending replies, insights,
and the media files.

Written from developers.facebook.com/docs/threads (read 2026-11-25); the shapes are in
validation/threads_shapes.py. It differs from the real one in this, besides what meta_face.py, meta_refresh.py
and meta_login.py say: the app has advanced access, so that everybody's public posts can be read by id; there
is no search, no place, no oEmbed; a voice note is a WAV file; a post that vanishes after a day (ghost) is
listed with the others while it lives; on which host (graph.threads.net, .com) it is asked makes no
difference; a moving picture of another provider (GIPHY) is served here too, at an address that stays. Whether
the real one answers ?ids= is not documented: this one does not.
"""

from typing import ClassVar

from flask import Response, request

from infra.sandbox.faces.common import Refusal, Routes, base, reply
from infra.sandbox.faces.meta_errors import nonexistent
from infra.sandbox.faces.meta_fields import Field
from infra.sandbox.faces.meta_graph import Json, Node, Renderer
from infra.sandbox.faces.meta_media import file_of
from infra.sandbox.faces.meta_refresh import SixtyDays
from infra.sandbox.faces.threads_ids import WHERE, user_id
from infra.sandbox.faces.threads_nodes import Nodes
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


class Threads(SixtyDays):
    case = "threads"
    throttle_codes: ClassVar = {}
    business = ()
    lost_type = "THApiException"
    newest, by_ids, tells_permissions = 1, False, False
    own, grant_type, refreshed_kind = "threads", "th_refresh_token", "LoginToken"
    exchange_type, traded_kind = "th_exchange_token", "ThreadsTraded"

    def routes(self) -> Routes:
        return {**super().routes(), "/gifs/<int:number>.gif": self.moving}

    def _enter(self) -> Response | None:
        """The other provider knows no tokens and no quota of Threads."""
        return None if request.path.startswith("/gifs/") else super()._enter()

    def moving(self, number: int) -> Response:
        post = self.network.posts.get(f"{WHERE}/{number}")
        if post is None or not post.gif:
            return reply(validation.check_media, "Not Found", 404, "text/plain")
        return reply(validation.check_media, gif(post.key, 96, 72), 200, "image/gif")

    def short(self, token: Token) -> Json:
        return {"access_token": token.secret, "user_id": int(self.owner(token))}

    def sight(self, token: Token) -> Nodes:
        return Nodes(self.network, base(), token)

    def owner(self, token: Token) -> str:
        return user_id(self.network.accounts[token.account])

    def found(self, sight: Nodes, wanted: str) -> Node | None:
        sight.need("threads_basic")
        if sight.owner.suspended:
            return None
        return sight.user() if wanted in ("me", user_id(sight.owner)) else sight.found(wanted)

    def asked(self, version: str) -> tuple[Nodes, Renderer, tuple[Field, ...]]:
        """Lists have addresses of their own and are no fields, but for the parts of a carousel."""
        sight, renderer, fields = super().asked(version)
        for one in (one for one in fields if one.name in NO_FIELDS):
            raise Refusal(400, nonexistent(one.name, "ThreadsMedia"))
        return sight, renderer, fields

    def file(self, path: str) -> tuple[bytes, str] | None:
        if "/p50x50/" in path:
            return picture("jpeg", path, 50, 50), "image/jpeg"
        here = [
            post for post in self.network.posts.values() if post.where == WHERE and post.status != "removed"
        ]
        voice = next((one for one in here if one.video and path == f"o1/v/t16/{one.number}.wav"), None)
        if voice is not None and voice.video is not None:
            return sound(voice.key, voice.video.seconds), "audio/wav"
        return file_of(WHERE, here, path)
