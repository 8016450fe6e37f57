"""Bluesky over XRPC: the AppView's reads of posts, threads, feeds and profiles, a PDS' reads of repositories
and blobs, and what only who is signed in is told (bluesky_notifications.py, bluesky_chat.py).

Seen on a real AT Protocol network and written after it and the lexicons. It differs in this: one address is
AppView and PDS; all is indexed at once; a feed is in the order of createdAt; nothing can be written; what
everybody may read is the same for who is signed in; the picture service gives the blob's own bytes; a
suspended account's repository is RepoTakendown for all of a PDS' methods.
"""

from collections.abc import Callable
from functools import partial

from flask import Response, request

from infra.sandbox.faces.bluesky_chat import Chats
from infra.sandbox.faces.bluesky_records import BLOCK, GATE, POST, PROFILE, REPOST, Json, did, photo_bytes
from infra.sandbox.faces.bluesky_views import Views
from infra.sandbox.faces.bluesky_xrpc import answer, method, rates, text, whole, wrong
from infra.sandbox.faces.cid import blob_cid, record_cid
from infra.sandbox.faces.common import Refusal, Routes, reply
from infra.sandbox.model import Account, Photo, Post
from infra.sandbox.validation import bluesky as validation


class Bluesky(Chats):
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
        }
        pictures: Routes = {"/img/<preset>/plain/<repo>/<cid>": self.picture}
        return {**{f"/xrpc/{nsid}": view for nsid, view in methods.items()}, **pictures, **super().routes()}

    # -- the AppView ------------------------------------------------------------------------------

    def profile(self) -> Response:
        views, account = self.views(), self.views().account(text("actor", "at-identifier"))
        if account is None:
            raise Refusal(400, "InvalidRequest", "Profile not found")
        if account.suspended:
            raise Refusal(400, "AccountTakedown", "Account has been suspended")
        return answer(method(), views.detailed(account))

    def profiles(self) -> Response:
        """Only those that there are; one more than 25 is an error."""
        views = self.views()
        found = (views.account(actor) for actor in dict.fromkeys(self.many("actors", 25)))
        return answer(
            method(),
            {"profiles": [views.detailed(account) for account in found if account and not account.suspended]},
        )

    def relationships(self) -> Response:
        """Who of these accounts blocks the actor, and whom the actor blocks; nobody follows anybody here."""
        views = self.views()
        actor = views.account(text("actor", "at-identifier"))
        if actor is None:
            raise Refusal(400, "ActorNotFound", "Actor not found")
        others = dict.fromkeys(request.args.getlist("others"))
        if len(others) > 30:
            raise wrong(f"array too big (maximum 30, got {len(others)})")
        return answer(
            method(),
            {"actor": did(actor), "relationships": [views.relationship(actor, other) for other in others]},
        )

    def many(self, name: str, most: int) -> list[str]:
        """A required list of parameters of that name."""
        found = request.args.getlist(name) or [text(name)]
        if len(found) > most:
            raise wrong(f"array too big (maximum {most}, got {len(found)})")
        return found

    def author_feed(self) -> Response:
        views, limit, cursor = self.views(), whole("limit", 50, 1, 100), request.args.get("cursor")
        account = views.account(text("actor", "at-identifier"))
        if account is None or account.suspended:
            raise Refusal(400, "InvalidRequest", "Profile not found")
        found = views.feed(account, request.args.get("filter", "posts_with_replies"))
        page, more = self.cut(views, found, limit, cursor)
        return answer(method(), {"feed": [views.item(post) for post in page], **more})

    def cut(self, views: Views, found: list[Post], limit: int, cursor: str | None) -> tuple[list[Post], Json]:
        """A page below the cursor `<milliseconds>__<cid>`, and the next one where the page is full."""
        if cursor is not None:
            milliseconds, _, cid = cursor.partition("__")
            if not milliseconds.isdigit() or not cid:
                raise Refusal(500, "InternalServerError", "Internal Server Error")
            found = [post for post in found if views.place_in_feed(post) < (int(milliseconds), cid)]
        page = found[:limit]
        return page, {"cursor": "{}__{}".format(*views.place_in_feed(page[-1]))} if len(page) == limit else {}

    def found(self, views: Views, uri: str) -> Post:
        post = views.post(uri)
        if post is None:
            raise Refusal(400, "NotFound", f"Post not found: {uri}")
        return post

    def thread(self) -> Response:
        views, depth, height = self.views(), whole("depth", 6, 0, 1000), whole("parentHeight", 80, 0, 1000)
        post = self.found(views, text("uri", "at-uri"))
        gate = views.gate_view(self.network.posts[post.root or post.key])
        return answer(
            method(), {"thread": views.thread(post, depth, height), **({"threadgate": gate} if gate else {})}
        )

    def posts(self) -> Response:
        """Only those that there are; one more than 25 is an error."""
        uris, views = self.many("uris", 25), self.views()
        found = [post for post in (views.post(uri) for uri in dict.fromkeys(uris)) if post]
        return answer(method(), {"posts": [views.view(post) for post in found]})

    def quotes(self) -> Response:
        views, uri, limit = self.views(), text("uri", "at-uri"), whole("limit", 50, 1, 100)
        target = views.post(uri)
        quoting = [post for post in views.quotes(target) if not views.blocked(post, target)] if target else []
        quoting.sort(key=views.place_in_feed, reverse=True)
        page, more = self.cut(views, quoting, limit, request.args.get("cursor"))
        return answer(method(), {"uri": uri, "posts": [views.view(post) for post in page], **more})

    # -- the PDS ----------------------------------------------------------------------------------

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
        held = [name for name in (PROFILE, POST, REPOST, GATE, BLOCK) if views.collection(account, name)]
        told = {
            "handle": account.handle,
            "did": did(account),
            "didDoc": self.document(account),
            "collections": held,
        }
        return answer(method(), {**told, "handleIsCorrect": True})

    def records(self) -> Response:
        """Newest first; a cursor stands on every page that is not empty, the last one too."""
        views, name, limit = self.views(), text("collection"), whole("limit", 50, 1, 100)
        account, cursor, backwards = (
            self.repo(views),
            request.args.get("cursor", ""),
            request.args.get("reverse") == "true",
        )
        held = views.collection(account, name)
        keys = [
            key
            for key in sorted(held, reverse=not backwards)
            if not cursor or (key > cursor if backwards else key < cursor)
        ][:limit]
        told = [
            {"uri": f"at://{did(account)}/{name}/{key}", "cid": record_cid(held[key]), "value": held[key]}
            for key in keys
        ]
        return answer(method(), {"records": told, **({"cursor": keys[-1]} if keys else {})})

    def record(self) -> Response:
        views, name, key = self.views(), text("collection"), text("rkey")
        account = self.repo(views)
        record, uri = views.collection(account, name).get(key), f"at://{did(account)}/{name}/{key}"
        if record is None or request.args.get("cid") not in (None, record_cid(record)):
            raise Refusal(400, "RecordNotFound", f"Could not locate record: {uri}")
        return answer(method(), {"uri": uri, "cid": record_cid(record), "value": record})

    def photo(self, account: Account, cid: str) -> Photo | None:
        """A blob lives as long as a record of its repository names it."""
        own = (post for post in self.network.written[account.key] if post.status != "removed")
        return next(
            (photo for post in own for photo in post.now.photos if blob_cid(photo_bytes(photo)) == cid), None
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
            photo_bytes(photo),
            200,
            f"image/{photo.kind}",
            headers,
        )

    def picture(self, preset: str, repo: str, cid: str) -> Response:
        """The picture service of the AppView; `preset` is the size, which here makes no difference."""
        account = self.views().account(repo)
        photo = self.photo(account, cid) if account else None
        if photo is None:
            raise Refusal(404, "NotFound", f"No {preset} of {cid}")
        return reply(partial(validation.check_picture, cid), photo_bytes(photo), 200, f"image/{photo.kind}")
