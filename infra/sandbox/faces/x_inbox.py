"""X's private messages, and whom an account blocks and mutes: what only a token of the account itself with
the scope for it is told.

Sources: docs.x.com/x-api/direct-messages/lookup and .../lookup/integrate, .../users/blocks, .../users/mutes,
and X's OpenAPI description. "Events from up to 30 days ago are available": the guides say so of all events
together, and here it holds for one conversation too. It differs from the real one in this: conversations are
of two, so that nobody joins or leaves one; what cannot be decrypted (chats of XChat) does not exist.
"""

from collections.abc import Iterable
from datetime import timedelta

from flask import Response

from infra.sandbox.faces import x_errors as errors
from infra.sandbox.faces.common import Routes, reply
from infra.sandbox.faces.x_face import XFace
from infra.sandbox.faces.x_ids import before, conversation_id, instant, post_id, token, user_id, version_at
from infra.sandbox.faces.x_media import PRIVATE, file_of
from infra.sandbox.faces.x_posts import Entities, Parts, attachments, chosen
from infra.sandbox.faces.x_query import Query
from infra.sandbox.faces.x_sight import Json
from infra.sandbox.faces.x_text import Said
from infra.sandbox.model import Account, Post
from infra.sandbox.validation import x as validation

REACH = timedelta(days=30)
EVENTS, EVENT = "/2/dm_events", "/2/dm_events/{event_id}"
WITH, WITHIN = "/2/dm_conversations/with/{participant_id}/dm_events", "/2/dm_conversations/{id}/dm_events"
BLOCKING, MUTING = "/2/users/{id}/blocking", "/2/users/{id}/muting"


def marked(query: Query) -> str | None:
    """The id that a page begins after."""
    given = query.values.get("pagination_token")
    last = before(given) if given else None
    if given and last is None:
        raise errors.invalid(
            "pagination_token", given, f"The `pagination_token` query parameter value [{given}] is not valid"
        )
    return last


class Inbox(XFace):
    def routes(self) -> Routes:
        return {
            EVENTS: self.events,
            "/2/dm_events/<number>": self.event,
            "/2/dm_conversations/with/<number>/dm_events": self.events_with,
            "/2/dm_conversations/<wanted>/dm_events": self.events_within,
            "/2/users/<number>/blocking": self.blocking,
            "/2/users/<number>/muting": self.muting,
            f"{PRIVATE}/<number>/<path:path>": self.private_file,
        }

    # -- private messages ---------------------------------------------------------------------------

    def written(self, viewer: Account) -> list[Post]:
        """What the account wrote and was written to, newest first, as far back as is told."""
        said = [one for found in self.network.conversations(viewer.key).values() for one in found]
        return sorted(
            (one for one in said if one.created > self.network.now() - REACH),
            key=lambda one: int(post_id(one)),
            reverse=True,
        )

    def conversation(self, message: Post) -> str:
        return conversation_id(*(self.network.accounts[str(key)] for key in (message.author, message.to)))

    def events(self) -> Response:
        made = self.ask(EVENTS)
        return self.page_of(EVENTS, made, self.written(self.viewer(made)))

    def events_with(self, number: str) -> Response:
        made = self.ask(WITH)
        viewer, other = self.viewer(made), made.sight.users.get(number)
        return self.page_of(
            WITH, made, [one for one in self.written(viewer) if other and other.key in (one.author, one.to)]
        )

    def events_within(self, wanted: str) -> Response:
        made = self.ask(WITHIN)
        return self.page_of(
            WITHIN, made, [one for one in self.written(self.viewer(made)) if self.conversation(one) == wanted]
        )

    def event(self, number: str) -> Response:
        made = self.ask(EVENT)
        found = next((one for one in self.written(self.viewer(made)) if post_id(one) == number), None)
        if found is None:
            made.errors.append(errors.missing("dm_event", "event_id", number))
        return self.told(EVENT, made, self.event_json(made, found) if found else None)

    def viewer(self, made: Entities) -> Account:
        """Whose token it is: these endpoints refuse an application's."""
        return self.network.accounts[made.sight.token.account]

    def page_of(self, operation: str, made: Entities, found: Iterable[Post]) -> Response:
        """A page, newest first. Its token names the last event, so that nothing shifts."""
        query, last = made.query, marked(made.query)
        wanted = "MessageCreate" in query.values.get("event_types", ["MessageCreate"])
        left = [one for one in found if wanted and (last is None or int(post_id(one)) < int(last))]
        shown = left[: query.values.get("max_results", 100)]
        meta: Json = {"result_count": len(shown)} | (
            {"next_token": token(post_id(shown[-1]))} if len(left) > len(shown) else {}
        )
        return self.told(operation, made, [self.event_json(made, one) for one in shown], meta=meta)

    def event_json(self, made: Entities, message: Post) -> Json:
        version, sender = message.now, self.network.accounts[message.author]
        shared, said = self.network.posts.get(message.quote or ""), self.said(made, message)
        fields = {
            *made.query.chosen("dm_event.fields"),
            *made.query.chosen("expansions"),
            "id",
            "event_type",
            "text",
        }
        parts: Parts = {
            "id": lambda: post_id(message),
            "event_type": lambda: "MessageCreate",
            "text": lambda: said.text,
            "created_at": lambda: instant(message.created),
            "dm_conversation_id": lambda: self.conversation(message),
            "sender_id": lambda: user_id(sender),
            "attachments": lambda: attachments(message, version),
            "entities": lambda: said.entities,
            "referenced_posts": lambda: [{"id": post_id(shared)}] if shared else None,
        }
        if made.query.expands("sender_id"):
            made.include_user(sender)
        if made.query.expands("attachments.media_keys"):
            made.expand_media(message, version)
            fields.add("attachments")
        if shared:
            made.expand_reference(shared, version_at(shared, message.created))
        return chosen(parts, fields)

    def said(self, made: Entities, message: Post) -> Said:
        """Its text, however long, and the addresses of what it shows behind it."""
        said, shared = Said(), self.network.posts.get(message.quote or "")
        said.body(message.now.text, made.sight.known)
        shows = [made.address(shared)] if shared else []
        shows += (
            [f"https://twitter.com/messages/media/{post_id(message)}"]
            if message.video or message.now.photos
            else []
        )
        for address in shows:
            said.add(" " if said.text else "")
            said.link(address)
        return said

    def private_file(self, number: str, path: str) -> Response:
        """A photo or a film of a message: for the two who wrote to each other."""
        known = self.network.token(self.where, self.secret())
        said = self.network.conversations(known.account) if known and "dm.read" in known.scopes else None
        if said is None:
            return reply(validation.check_media, "Unauthorized", 401, "text/plain")
        messages = [one for found in said.values() for one in found if post_id(one) == number]
        return self.served(file_of(messages, path), "private, no-store")

    def served(self, found: tuple[bytes, str] | None, cache: str) -> Response:
        if found is None:
            return reply(validation.check_media, "Not Found", 404, "text/plain")
        return reply(validation.check_media, found[0], 200, found[1], {"Cache-Control": cache})

    # -- who is blocked, and muted --------------------------------------------------------------------

    def blocking(self, number: str) -> Response:
        return self.people(BLOCKING, number, self.network.blocks)

    def muting(self, number: str) -> Response:
        return self.people(MUTING, number, self.network.mutes)

    def people(self, operation: str, number: str, pairs: list[list[str]]) -> Response:
        """Whom the account itself keeps away; the last one first."""
        made = self.ask(operation)
        viewer, last = self.viewer(made), marked(made.query)
        if number != user_id(viewer):
            raise errors.other("id", number, user_id(viewer))
        found = [self.network.accounts[whom] for who, whom in pairs[::-1] if who == viewer.key]
        ids = [user_id(one) for one in found]
        start = ids.index(last) + 1 if last in ids else 0
        shown = found[start : start + made.query.values.get("max_results", 100)]
        meta: Json = {"result_count": len(shown)}
        if start + len(shown) < len(found):
            meta["next_token"] = token(user_id(shown[-1]))
        return self.told(operation, made, [made.user(one) for one in shown], meta=meta)
