"""Bluesky's private messages: chat.bsky.convo.* of the service api.bsky.chat, which an account reaches
through its PDS.

The PDS wants the header `Atproto-Proxy: did:web:api.bsky.chat#bsky_chat` and an app password with access to
private messages; without that its word is "Bad token method" (seen on a real PDS). The service itself nobody
can run: what is here is written from its lexicons. A message is deleted for oneself only, the other one keeps
it and is told nothing (issue 10557 of bluesky-social/social-app); the log starts now, not at the beginning
(issue 2760 of bluesky-social/atproto). What no public word settles, and how it is here: there is a cursor
behind each full page; a list of conversations is in the order of what happened last, and its cursor is the
`rev` of that; the log gives a hundred events at once; the words for a conversation that is not there. It
differs from the real one in this: conversations are of two, and nobody mutes or leaves one; what was read is
what came before the account's own last word.
"""

from collections.abc import Sequence
from typing import Any

from flask import Response, request

from infra.sandbox.faces import bluesky_convos as convos
from infra.sandbox.faces.bluesky_convos import Convo
from infra.sandbox.faces.bluesky_face import CHAT, NOT_THERE, service
from infra.sandbox.faces.bluesky_notifications import Notifications
from infra.sandbox.faces.bluesky_records import Json
from infra.sandbox.faces.bluesky_sessions import PRIVILEGED, scope_of
from infra.sandbox.faces.bluesky_xrpc import answer, method, text, whole
from infra.sandbox.faces.common import Refusal, Routes

LOGGED = 100


class Chats(Notifications):
    def routes(self) -> Routes:
        views = {"listConvos": self.convos, "getMessages": self.messages, "getLog": self.log}
        return {**super().routes(), **{f"/xrpc/chat.bsky.convo.{name}": view for name, view in views.items()}}

    def held(self) -> list[Convo]:
        """The conversations of who is signed in."""
        named = service()
        viewer, token = self.viewer()
        if scope_of(token) not in PRIVILEGED:
            raise Refusal(400, "InvalidToken", "Bad token method")
        if named != CHAT:
            raise Refusal(*NOT_THERE)
        return convos.held(self.views(), viewer)

    def convos(self) -> Response:
        found, limit, cursor = self.held(), whole("limit", 50, 1, 100), request.args.get("cursor")
        wanted = {
            name: request.args[name]
            for name in ("status", "kind", "readState", "lockStatus")
            if name in request.args
        }
        told = [
            one
            for one in found
            if wanted.items() <= one.filters.items() and (cursor is None or one.rev < cursor)
        ]
        page = sorted(told, key=lambda one: one.rev, reverse=True)[:limit]
        return answer(method(), {"convos": [one.view() for one in page], **self.more(page, limit)})

    def messages(self) -> Response:
        """Newest first."""
        found, limit, cursor, wanted = (
            self.held(),
            whole("limit", 50, 1, 100),
            request.args.get("cursor"),
            text("convoId"),
        )
        convo = next((one for one in found if one.id == wanted), None)
        if convo is None:
            raise Refusal(400, "InvalidConvo", "Convo not found")
        page = [one for one in convo.said if cursor is None or convos.message_id(one) < cursor][:limit]
        more = {"cursor": convos.message_id(page[-1])} if len(page) == limit else {}
        return answer(
            method(),
            {
                "messages": [convo.message(one) for one in page],
                "relatedProfiles": convo.profiles(page),
                **more,
            },
        )

    def more(self, page: Sequence[Convo], limit: int) -> Json:
        return {"cursor": page[-1].rev} if len(page) == limit else {}

    def log(self) -> Response:
        """What happened after the cursor, oldest first; without one nothing, and where it would go on."""
        cursor, found = request.args.get("cursor"), self.held()
        events: list[Any] = sorted(
            (event for one in found for event in one.events()), key=lambda event: str(event["rev"])
        )
        if cursor is None:
            return answer(
                method(),
                {
                    "logs": [],
                    "cursor": events[-1]["rev"] if events else convos.revision(self.network.start, 0, 0),
                },
            )
        page = [event for event in events if event["rev"] > cursor][:LOGGED]
        return answer(method(), {"logs": page, "cursor": page[-1]["rev"] if page else cursor})
