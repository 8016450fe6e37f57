"""Bluesky over XRPC: the AppView, a PDS, and private messages.

Seen on a real AT Protocol network and written after it and the lexicons. A signed-in account sends its
requests to its PDS, which forwards them to the AppView, or to the service in the header Atproto-Proxy
(atproto.com/specs/xrpc#service-proxying).

Private messages: chat.bsky.convo.* of the service api.bsky.chat. The PDS requires the header `Atproto-Proxy:
did:web:api.bsky.chat#bsky_chat` and an app password with access to private messages; without that, its error
is "Bad token method" (seen on a real PDS). The service cannot be run locally, so this is written from its
lexicons. A message is deleted for one participant only (issue 10557 of bluesky-social/social-app). The log
starts now, not at the beginning (issue 2760 of bluesky-social/atproto). The documentation leaves these points
open. Here:
- There is a cursor after each full page.
- Conversations are listed by their last event, whose `rev` is the cursor.
- One response has a hundred events of the log.
- The message of the error for a missing conversation is our own.

Differences from the real network: one address is AppView and PDS; everything is indexed at once; a feed is in
the order of createdAt; nothing can be written; public reads are the same for signed-in accounts; the image
service returns the blob's own bytes; a suspended account's repository is RepoTakendown for all methods of a
PDS; conversations have two participants, who cannot mute or leave them; all messages before the account's own
last one are read.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from infra.sandbox.faces.bluesky import sessions
from infra.sandbox.faces.bluesky.conversations import Convo, list_conversations, message_id, revision
from infra.sandbox.faces.bluesky.notifications import Notifications
from infra.sandbox.faces.bluesky.sessions import PRIVILEGED, scope_of
from infra.sandbox.faces.bluesky.views import BLOCK, GATE, POST, PROFILE, REPOST, WHERE, Views, did, instant
from infra.sandbox.faces.cid import blob_cid, record_cid
from infra.sandbox.faces.common import (
    Face,
    Json,
    Refusal,
    Routes,
    base,
    bearer,
    dump,
    photo_bytes,
    quota,
    reply,
)
from infra.sandbox.model import Account, Photo, Post, Token
from infra.sandbox.validation import bluesky as validation

ACTOR = r"did:[a-z]+:[\w.:%-]+|([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-zA-Z]([a-zA-Z0-9-]*[a-zA-Z0-9])?"
FORMS = {
    "at-uri": rf"at://({ACTOR})(/[\w.-]+/[\w.~:-]+)?",
    "at-identifier": ACTOR,
    "handle": ACTOR,
    "did": r"did:[a-z]+:.+",
    "cid": r"b[a-z2-7]{58}",
}
APPVIEW, CHAT = "did:web:api.bsky.app#bsky_appview", "did:web:api.bsky.chat#bsky_chat"
NOT_THERE = (501, "MethodNotImplemented", "Method Not Implemented")
LOGGED = 100  # events in one response of getLog


def rates() -> dict[str, str]:
    left = quota()
    values = {
        "Limit": left.limit,
        "Remaining": left.remaining,
        "Reset": int(left.reset.timestamp()),
        "Policy": f"{left.limit};w={left.seconds}",
    }
    return {f"RateLimit-{name}": str(value) for name, value in values.items()}


def answer(nsid: str, value: Json, status: int = 200) -> Response:
    return reply(
        partial(validation.check, nsid), dump(value), status, "application/json; charset=utf-8", rates()
    )


def method() -> str:
    return request.path.rsplit("/", 1)[-1]


def invalid_params(what: str) -> Refusal:
    return Refusal(400, "InvalidRequest", f"Invalid {method()} params: {what}")


def text(name: str, form: str = "") -> str:
    """Return a required parameter in the form of the lexicon."""
    value = request.args.get(name)
    if value is None:
        raise invalid_params(f'Missing required key "{name}"')
    if form and not re.fullmatch(FORMS[form], value):
        raise invalid_params(f'Invalid {form} (got "{value}")')
    return value


def integer(name: str, default: int, least: int, most: int) -> int:
    value = request.args.get(name, str(default))
    if not re.fullmatch(r"-?\d+", value):
        raise invalid_params(f'Expected integer value type (got "{value}")')
    if not least <= int(value) <= most:
        bound = ("big", "maximum", most) if int(value) > most else ("small", "minimum", least)
        raise invalid_params(f"integer too {bound[0]} ({bound[1]} {bound[2]}, got {value})")
    return int(value)


def read_service() -> str:
    """Return the service to which the PDS forwards the request."""
    named = request.headers.get("Atproto-Proxy", APPVIEW)
    whose, _, part = named.partition("#")
    if not whose or not part:
        raise Refusal(
            400, "InvalidRequest", f"no {'service id' if whose else 'did'} specified in proxy header"
        )
    if named not in (APPVIEW, CHAT):
        raise Refusal(400, "InvalidRequest", "could not resolve proxy did")
    return named


class Bluesky(Face):
    """The AppView, a PDS, and the chat service."""

    def routes(self) -> Routes:
        methods: dict[str, Callable[[], Response]] = {
            "app.bsky.actor.getProfile": self.profile,
            "app.bsky.actor.getProfiles": self.profiles,
            "app.bsky.feed.getAuthorFeed": self.author_feed,
            "app.bsky.feed.getPostThread": self.thread,
            "app.bsky.feed.getPosts": self.posts,
            "app.bsky.feed.getQuotes": self.quotes,
            "app.bsky.graph.getRelationships": self.relationships,
            "com.atproto.identity.resolveHandle": self.resolve,
            "com.atproto.repo.describeRepo": self.describe,
            "com.atproto.repo.getRecord": self.record,
            "com.atproto.repo.listRecords": self.records,
            "com.atproto.sync.getBlob": self.blob,
            "app.bsky.notification.listNotifications": self.notifications,
            "chat.bsky.convo.listConvos": self.conversations,
            "chat.bsky.convo.getMessages": self.messages,
            "chat.bsky.convo.getLog": self.log,
        }
        pictures: Routes = {"/img/<preset>/plain/<repo>/<cid>": self.picture}
        return {**{f"/xrpc/{nsid}": view for nsid, view in methods.items()}, **pictures}

    # -- requests and responses --------------------------------------------------------------------

    def forms(self) -> Routes:
        names = {"createSession": self.sign_in, "refreshSession": self.refresh}
        return {f"/xrpc/com.atproto.server.{name}": view for name, view in names.items()}

    def client(self) -> str:
        return request.headers.get("Authorization") or request.remote_addr or "anonymous"

    def throttled(self) -> Response:
        return self.refused(Refusal(429, "RateLimitExceeded", "Rate Limit Exceeded"))

    def refused(self, refusal: Refusal) -> Response:
        return answer(method(), dict(zip(("error", "message"), refusal.details, strict=True)), refusal.status)

    def lost(self, error: HTTPException) -> Response:
        if request.path.startswith("/xrpc/") and error.code == 404:
            return self.refused(Refusal(*NOT_THERE))
        if error.code == 405:
            expected = "POST" if request.path in self.forms() else "GET"
            return self.refused(
                Refusal(
                    400, "InvalidRequest", f"Incorrect HTTP method ({request.method}) expected {expected}"
                )
            )
        return self.refused(Refusal(error.code or 404, "InvalidRequest", error.name))

    def views(self) -> Views:
        return Views(self.network, base=base())

    # -- sessions ----------------------------------------------------------------------------------

    def viewer(self) -> tuple[Account, Token]:
        """Return the signed-in account and its token."""
        token = sessions.viewer(self.network, bearer())
        return self.network.accounts[token.account], token

    def sign_in(self) -> Response:
        if request.mimetype != "application/json":
            message = f"Wrong request encoding (Content-Type): {request.mimetype}" if request.mimetype else ""
            raise Refusal(
                400, "InvalidRequest", message or "Request encoding (Content-Type) required but not provided"
            )
        body = request.get_json(silent=True)
        given: Json = body if isinstance(body, dict) else {}
        return self.session(
            sessions.open_session(self.network, self.views().account(str(given.get("identifier"))), given)
        )

    def refresh(self) -> Response:
        return self.session(sessions.refresh_session(self.network, bearer()))

    def session(self, opened: tuple[Account, Token, Token]) -> Response:
        account, access, refresh = opened
        session = {
            "accessJwt": access.secret,
            "refreshJwt": refresh.secret,
            "did": did(account),
            "didDoc": self.document(account),
        }
        return answer(
            method(),
            {
                **session,
                "handle": account.handle,
                "email": f"staff@{account.handle}",
                "emailConfirmed": True,
                "active": True,
            },
        )

    def document(self, account: Account) -> Json:
        """Return the DID document of an account."""
        at = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": base()}
        names = {"id": did(account), "alsoKnownAs": [f"at://{account.handle}"]}
        return {"@context": ["https://www.w3.org/ns/did/v1"], **names, "service": [at]}

    # -- the AppView -------------------------------------------------------------------------------

    def profile(self) -> Response:
        views, account = self.views(), self.views().account(text("actor", "at-identifier"))
        if account is None:
            raise Refusal(400, "InvalidRequest", "Profile not found")
        if account.suspended:
            raise Refusal(400, "AccountTakedown", "Account has been suspended")
        return answer(method(), views.detailed(account))

    def profiles(self) -> Response:
        """Return the profiles that exist; refuse more than 25."""
        views = self.views()
        found = (views.account(actor) for actor in dict.fromkeys(self.string_list("actors", 25)))
        return answer(
            method(),
            {"profiles": [views.detailed(account) for account in found if account and not account.suspended]},
        )

    def relationships(self) -> Response:
        """Return the blocks between the actor and other accounts. There are no follows."""
        views = self.views()
        actor = views.account(text("actor", "at-identifier"))
        if actor is None:
            raise Refusal(400, "ActorNotFound", "Actor not found")
        others = dict.fromkeys(request.args.getlist("others"))
        if len(others) > 30:
            raise invalid_params(f"array too big (maximum 30, got {len(others)})")
        return answer(
            method(),
            {"actor": did(actor), "relationships": [views.relationship(actor, other) for other in others]},
        )

    def string_list(self, name: str, most: int) -> list[str]:
        """Return a required list of parameters with one name."""
        found = request.args.getlist(name) or [text(name)]
        if len(found) > most:
            raise invalid_params(f"array too big (maximum {most}, got {len(found)})")
        return found

    def author_feed(self) -> Response:
        views, limit, cursor = self.views(), integer("limit", 50, 1, 100), request.args.get("cursor")
        account = views.account(text("actor", "at-identifier"))
        if account is None or account.suspended:
            raise Refusal(400, "InvalidRequest", "Profile not found")
        found = views.feed(account, request.args.get("filter", "posts_with_replies"))
        page, more = self.cut_page(views, found, limit, cursor)
        return answer(method(), {"feed": [views.item(post) for post in page], **more})

    def cut_page(
        self, views: Views, found: list[Post], limit: int, cursor: str | None
    ) -> tuple[list[Post], Json]:
        """Return a page below the cursor, and the next cursor if the page is full.

        A cursor is `<milliseconds>__<cid>`.
        """
        if cursor is not None:
            milliseconds, _, cid = cursor.partition("__")
            if not milliseconds.isdigit() or not cid:
                raise Refusal(500, "InternalServerError", "Internal Server Error")
            found = [post for post in found if views.place_in_feed(post) < (int(milliseconds), cid)]
        page = found[:limit]
        return page, {"cursor": "{}__{}".format(*views.place_in_feed(page[-1]))} if len(page) == limit else {}

    def find_post(self, views: Views, uri: str) -> Post:
        post = views.post(uri)
        if post is None:
            raise Refusal(400, "NotFound", f"Post not found: {uri}")
        return post

    def thread(self) -> Response:
        views = self.views()
        depth = integer("depth", 6, 0, 1000)
        height = integer("parentHeight", 80, 0, 1000)
        post = self.find_post(views, text("uri", "at-uri"))
        gate = views.gate_view(self.network.posts[post.root or post.key])
        return answer(
            method(), {"thread": views.thread(post, depth, height), **({"threadgate": gate} if gate else {})}
        )

    def posts(self) -> Response:
        """Return the posts that exist; refuse more than 25."""
        uris, views = self.string_list("uris", 25), self.views()
        found = [post for post in (views.post(uri) for uri in dict.fromkeys(uris)) if post]
        return answer(method(), {"posts": [views.view(post) for post in found]})

    def quotes(self) -> Response:
        views, uri, limit = self.views(), text("uri", "at-uri"), integer("limit", 50, 1, 100)
        target = views.post(uri)
        quoting = [post for post in views.quotes(target) if not views.blocks(post, target)] if target else []
        quoting.sort(key=views.place_in_feed, reverse=True)
        page, more = self.cut_page(views, quoting, limit, request.args.get("cursor"))
        return answer(method(), {"uri": uri, "posts": [views.view(post) for post in page], **more})

    # -- the PDS -----------------------------------------------------------------------------------

    def resolve(self) -> Response:
        account = self.views().account(text("handle", "handle"))
        if account is None:
            raise Refusal(400, "HandleNotFound", "Unable to resolve handle")
        return answer(method(), {"did": did(account)})

    def repo(self, views: Views, name: str = "repo") -> Account:
        asked = text(name, "at-identifier")
        account = views.account(asked)
        if account is None:
            raise Refusal(400, "InvalidRequest", f"Could not find repo: {asked}")
        if account.suspended:
            raise Refusal(400, "RepoTakendown", f"Repo has been takendown: {asked}")
        return account

    def describe(self) -> Response:
        views = self.views()
        account = self.repo(views)
        collections = [
            name for name in (PROFILE, POST, REPOST, GATE, BLOCK) if views.collection(account, name)
        ]
        repo = {
            "handle": account.handle,
            "did": did(account),
            "didDoc": self.document(account),
            "collections": collections,
        }
        return answer(method(), {**repo, "handleIsCorrect": True})

    def records(self) -> Response:
        """Return records, newest first.

        Each page that is not empty has a cursor, even the last.
        """
        views, name, limit = self.views(), text("collection"), integer("limit", 50, 1, 100)
        account = self.repo(views)
        cursor = request.args.get("cursor", "")
        backwards = request.args.get("reverse") == "true"
        records = views.collection(account, name)
        keys = [
            key
            for key in sorted(records, reverse=not backwards)
            if not cursor or (key > cursor if backwards else key < cursor)
        ][:limit]
        listed = [
            {
                "uri": f"at://{did(account)}/{name}/{key}",
                "cid": record_cid(records[key]),
                "value": records[key],
            }
            for key in keys
        ]
        return answer(method(), {"records": listed, **({"cursor": keys[-1]} if keys else {})})

    def record(self) -> Response:
        views, name, key = self.views(), text("collection"), text("rkey")
        account = self.repo(views)
        record, uri = views.collection(account, name).get(key), f"at://{did(account)}/{name}/{key}"
        if record is None or request.args.get("cid") not in (None, record_cid(record)):
            raise Refusal(400, "RecordNotFound", f"Could not locate record: {uri}")
        return answer(method(), {"uri": uri, "cid": record_cid(record), "value": record})

    def photo(self, account: Account, cid: str) -> Photo | None:
        """Return the photo of a blob.

        A blob lives as long as a record of its repository refers to it.
        """
        own = (post for post in self.network.written[account.key] if post.status != "removed")
        return next(
            (
                photo
                for post in own
                for photo in post.now.photos
                if blob_cid(photo_bytes(WHERE, photo)) == cid
            ),
            None,
        )

    def blob(self) -> Response:
        account, cid = self.repo(self.views(), "did"), text("cid", "cid")
        photo = self.photo(account, cid)
        if photo is None:
            raise Refusal(400, "InvalidRequest", "Blob not found")
        headers = {
            **rates(),
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        }
        return reply(
            partial(validation.check, method(), cid=cid),
            photo_bytes(WHERE, photo),
            200,
            f"image/{photo.kind}",
            headers,
        )

    def picture(self, preset: str, repo: str, cid: str) -> Response:
        """Return an image of the AppView's image service.

        preset: the size, which makes no difference here.
        """
        account = self.views().account(repo)
        photo = self.photo(account, cid) if account else None
        if photo is None:
            raise Refusal(404, "NotFound", f"No {preset} of {cid}")
        return reply(
            partial(validation.check_picture, cid), photo_bytes(WHERE, photo), 200, f"image/{photo.kind}"
        )

    # -- notifications -----------------------------------------------------------------------------

    def notifications(self) -> Response:
        if read_service() != APPVIEW:
            raise Refusal(*NOT_THERE)
        (viewer, _), limit, views = self.viewer(), integer("limit", 50, 1, 100), self.views()
        if "seenAt" in request.args:
            raise Refusal(400, "InvalidRequest", "The seenAt parameter is unsupported")
        notices, cursor = Notifications(self.network, views, viewer), request.args.get("cursor")
        found = notices.collect()
        if cursor is not None:
            before = self.read_instant(cursor)
            found = [one for one in found if instant(one.post.created) < before]
        page, last, first = notices.fill_page(found, set(request.args.getlist("reasons")), limit)
        seen = instant(first.post.created) if first is not None and cursor is None else ""
        more: Json = {"seenAt": seen} if seen else {}
        more |= {"cursor": instant(last[0].post.created)} if last else {}
        shown = [notices.notification(one, seen) for one in page]
        return answer(method(), {"notifications": shown, "priority": False, **more})

    def read_instant(self, cursor: str) -> str:
        try:
            return instant(datetime.fromisoformat(cursor))
        except ValueError:
            raise Refusal(502, "InternalServerError", "Internal Server Error") from None

    # -- private messages --------------------------------------------------------------------------

    def conversations_of_viewer(self) -> list[Convo]:
        """Return the conversations of the signed-in account."""
        named = read_service()
        viewer, token = self.viewer()
        if scope_of(token) not in PRIVILEGED:
            raise Refusal(400, "InvalidToken", "Bad token method")
        if named != CHAT:
            raise Refusal(*NOT_THERE)
        return list_conversations(self.views(), viewer)

    def conversations(self) -> Response:
        found = self.conversations_of_viewer()
        limit = integer("limit", 50, 1, 100)
        cursor = request.args.get("cursor")
        wanted = {
            name: request.args[name]
            for name in ("status", "kind", "readState", "lockStatus")
            if name in request.args
        }
        requested = [
            one
            for one in found
            if wanted.items() <= one.filters.items() and (cursor is None or one.rev < cursor)
        ]
        page = sorted(requested, key=lambda one: one.rev, reverse=True)[:limit]
        return answer(method(), {"convos": [one.view() for one in page], **self.more(page, limit)})

    def messages(self) -> Response:
        """Return messages, newest first."""
        found = self.conversations_of_viewer()
        limit = integer("limit", 50, 1, 100)
        cursor = request.args.get("cursor")
        wanted = text("convoId")
        convo = next((one for one in found if one.id == wanted), None)
        if convo is None:
            raise Refusal(400, "InvalidConvo", "Convo not found")
        page = [one for one in convo.said if cursor is None or message_id(one) < cursor][:limit]
        more = {"cursor": message_id(page[-1])} if len(page) == limit else {}
        return answer(
            method(),
            {
                "messages": [convo.message(one) for one in page],
                "relatedProfiles": convo.related_profiles(page),
                **more,
            },
        )

    def more(self, page: Sequence[Convo], limit: int) -> Json:
        return {"cursor": page[-1].rev} if len(page) == limit else {}

    def log(self) -> Response:
        """Return the events after the cursor, oldest first.

        Without a cursor, there are no events, only the present cursor.
        """
        cursor, found = request.args.get("cursor"), self.conversations_of_viewer()
        events: list[Any] = sorted(
            (event for one in found for event in one.events()), key=lambda event: str(event["rev"])
        )
        if cursor is None:
            return answer(
                method(),
                {"logs": [], "cursor": events[-1]["rev"] if events else revision(self.network.start, 0, 0)},
            )
        page = [event for event in events if event["rev"] > cursor][:LOGGED]
        return answer(method(), {"logs": page, "cursor": page[-1]["rev"] if page else cursor})
