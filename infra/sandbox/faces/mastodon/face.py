"""Mastodon's client API.

Written from docs.joinmastodon.org and the OpenAPI description against which validation/mastodon.py checks
each response. As on a real server (app/lib/status_filter.rb of mastodon/mastodon), a context leaves out
statuses of accounts that the viewer blocks or mutes, and of accounts that moderators limit; such a status is
found by its ID. The scopes of an endpoint are those of its controller in app/controllers/api/v1.

The account's own lists are blocks, mutes, blocked domains, filters, and private mentions. Source:
docs.joinmastodon.org/methods/blocks, /mutes, /domain_blocks, /filters, /conversations. A conversation is a
thread with the same participants and is identified by its last status, as in
app/models/account_conversation.rb of mastodon/mastodon.

Differences from a real server: `/api/v1/statuses?id[]=` has no upper limit; nothing can be written; profiles
and posts have no web pages; nothing is marked as read, so that a conversation is unread if its last status is
another account's.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from infra.sandbox.faces.common import Face, Refusal, Routes, base, bearer, dump, photo_bytes, quota, reply
from infra.sandbox.faces.mastodon.entities import WHERE, Entities, instance_v1, instance_v2, snowflake
from infra.sandbox.faces.mastodon.notifications import KEPT, Notifications
from infra.sandbox.faces.mastodon.paging import (
    FILTERS,
    cut_page,
    is_requested,
    link_header,
    page_size,
    walk_replies,
)
from infra.sandbox.model import Account, Post
from infra.sandbox.pictures import picture
from infra.sandbox.validation import mastodon as validation

DEFAULT = ("read",)  # scope of a token that names none, docs.joinmastodon.org/methods/oauth
# longest list of replies, and its depth, for a visitor; both for a token
ANONYMOUS_DESCENDANTS, ANONYMOUS_DEPTH, WITH_TOKEN = 60, 20, 4096
Numbered = list[tuple[int, Any]]  # items with the numbers that order them


def answer(operation: str, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return JSON. Markup is escaped as Rails escapes it.

    operation: the path as the OpenAPI description writes it.
    """
    left = quota()
    rates = {
        "X-RateLimit-Limit": str(left.limit),
        "X-RateLimit-Remaining": str(left.remaining),
        "X-RateLimit-Reset": f"{left.reset:%Y-%m-%dT%H:%M:%S.%f}Z",
    }
    body = dump(value).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return reply(
        partial(validation.check, operation),
        body,
        status,
        "application/json; charset=utf-8",
        {**rates, **(headers or {})},
    )


class Mastodon(Face):
    """A Mastodon server."""

    def routes(self) -> Routes:
        return {
            "/api/v1/accounts/lookup": self.lookup,
            "/api/v1/accounts/verify_credentials": self.credentials,
            "/api/v1/accounts/<account_id>": self.account,
            "/api/v1/accounts/<account_id>/statuses": self.account_statuses,
            "/api/v1/statuses": self.statuses,
            "/api/v1/statuses/<status_id>": self.status,
            "/api/v1/statuses/<status_id>/context": self.context,
            "/api/v1/statuses/<status_id>/history": self.history,
            "/api/v1/statuses/<status_id>/source": self.source,
            "/api/v1/polls/<int:poll_id>": self.poll,
            "/api/v1/instance": self.instance_v1,
            "/api/v2/instance": self.instance_v2,
            "/system/media_attachments/files/<path:path>": self.media,
            "/system/accounts/<kind>/<name>.png": self.portrait,
            "/api/v1/blocks": self.blocks,
            "/api/v1/mutes": self.mutes,
            "/api/v1/domain_blocks": self.domain_blocks,
            "/api/v2/filters": self.filters,
            "/api/v1/conversations": self.conversations,
            "/api/v1/notifications": self.notifications,
        }

    # -- requests and responses --------------------------------------------------------------------

    def bearer(self) -> str:
        return bearer() or request.args.get("access_token", "")

    def client(self) -> str:
        return self.bearer() or "anonymous"

    def entities(self) -> Entities:
        """Return what the sender sees; refuse a revoked token.

        A token that the server does not know, like one of a deleted application, counts as none.
        """
        secret = self.bearer()
        token = self.network.token(WHERE, secret) if secret else None
        if token is None and any(one.secret == secret for one in self.network.tokens):
            raise Refusal(401, "The access token was revoked")
        return Entities(self.network, base(), self.network.accounts[token.account] if token else None)

    def authorize(self, *scopes: str) -> Entities:
        """Return what the sender sees, for an endpoint that visitors may use, too.

        A token needs one of the scopes, or all of "read": a token without them sees less than a visitor
        (authorize_if_got_token! in app/controllers/api/base_controller.rb of mastodon/mastodon).
        """
        entities = self.entities()
        token = self.network.token(WHERE, self.bearer())
        if token is not None and not {*scopes, "read"} & set(token.scopes or DEFAULT):
            raise Refusal(403, "This action is outside the authorized scopes")
        return entities

    def authorize_viewer(self, *scopes: str) -> tuple[Entities, Account]:
        """Return what a token with one of the scopes sees, and its account.

        Visitors are refused.
        """
        entities = self.authorize(*scopes)
        if entities.viewer is None:
            raise Refusal(401, "The access token is invalid")
        return entities, entities.viewer

    def throttled(self) -> Response:
        return self.error(429, "Too many requests")

    def refused(self, refusal: Refusal) -> Response:
        return self.error(refusal.status, refusal.details[0])

    def lost(self, _error: HTTPException) -> Response:
        return self.error(404, "Not Found")

    def error(self, status: int, message: str) -> Response:
        return answer("/api/v1/statuses/{id}", {"error": message}, status)

    def find_account(self, entities: Entities, account_id: str) -> Account:
        known = (
            one
            for one in self.network.accounts.values()
            if one.where == WHERE and entities.account_id(one) == account_id
        )
        account = next(known, None)
        if account is None:
            raise Refusal(404, "Record not found")
        return account

    # -- accounts ----------------------------------------------------------------------------------

    def lookup(self) -> Response:
        entities, asked = self.authorize("read:accounts"), request.args.get("acct", "")
        handle = asked.removeprefix("@").removesuffix(f"@{self.network.places[WHERE].host}")
        account = next(
            (one for one in self.network.accounts.values() if one.where == WHERE and one.handle == handle),
            None,
        )
        if account is None:
            raise Refusal(404, "Record not found")
        return answer("/api/v1/accounts/lookup", entities.account(account))

    def credentials(self) -> Response:
        entities, viewer = self.authorize_viewer("read:accounts", "profile")
        return answer("/api/v1/accounts/verify_credentials", entities.credentials(viewer))

    def account(self, account_id: str) -> Response:
        entities = self.authorize("read:accounts")
        return answer("/api/v1/accounts/{id}", entities.account(self.find_account(entities, account_id)))

    def account_statuses(self, account_id: str) -> Response:
        entities, limit = self.authorize("read:statuses"), page_size(20, 40)
        author = self.find_account(entities, account_id)
        found = [one for one in entities.statuses(self.network.written[author.key]) if is_requested(one)]
        page = cut_page([(entities.order(one), one) for one in found], limit)
        kept = [(name, request.args[name]) for name in ("limit", *FILTERS) if name in request.args]
        marks = [("next", "max_id", page[-1][0])] if len(page) == limit else []
        marks += [("prev", "min_id", page[0][0])] if page else []
        shown = [entities.status(one) for _, one in page]
        return answer("/api/v1/accounts/{id}/statuses", shown, headers=link_header(marks, kept))

    # -- statuses ----------------------------------------------------------------------------------

    def find_status(self, entities: Entities, status_id: str) -> Post:
        post = entities.find_status(status_id)
        if post is None:
            raise Refusal(404, "Record not found")
        return post

    def statuses(self) -> Response:
        entities = self.authorize("read:statuses")
        asked = request.args.getlist("id[]") or request.args.getlist("id")
        found = (entities.find_status(one) for one in dict.fromkeys(asked))
        return answer(
            "/api/v1/statuses", [entities.status(one) for one in found if one and entities.is_listed(one)]
        )

    def status(self, status_id: str) -> Response:
        entities = self.authorize("read:statuses")
        return answer("/api/v1/statuses/{id}", entities.status(self.find_status(entities, status_id)))

    def context(self, status_id: str) -> Response:
        entities = self.authorize("read:statuses")
        post = self.find_status(entities, status_id)
        ancestors: list[Any] = []
        parent = self.network.posts.get(post.parent or "")
        while parent is not None and entities.is_visible(parent):
            ancestors[:0] = [entities.status(parent)] if entities.is_listed(parent) else []
            parent = self.network.posts.get(parent.parent or "")
        most, depth = (
            (WITH_TOKEN, WITH_TOKEN) if entities.viewer else (ANONYMOUS_DESCENDANTS, ANONYMOUS_DEPTH)
        )
        below = [
            entities.status(one)
            for _, one in zip(range(most), walk_replies(entities, post, depth), strict=False)
        ]
        return answer("/api/v1/statuses/{id}/context", {"ancestors": ancestors, "descendants": below})

    def history(self, status_id: str) -> Response:
        entities = self.authorize("read:statuses")
        post = self.find_status(entities, status_id)
        return answer(
            "/api/v1/statuses/{id}/history", [entities.edit(post, version) for version in post.versions]
        )

    def source(self, status_id: str) -> Response:
        entities, _ = self.authorize_viewer("read:statuses")
        post = self.find_status(entities, status_id)
        source = {"id": status_id, "text": post.now.text, "spoiler_text": post.now.warning}
        return answer("/api/v1/statuses/{id}/source", source)

    def poll(self, poll_id: int) -> Response:
        entities = self.authorize("read:statuses")
        asked = self.network.posts.get(f"{WHERE}/{poll_id}")
        if asked is None or asked.poll is None or not entities.is_visible(asked):
            raise Refusal(404, "Record not found")
        return answer("/api/v1/polls/{id}", entities.poll(asked))

    def instance_v1(self) -> Response:
        return answer("/api/v1/instance", instance_v1(self.network, self.entities()))

    def instance_v2(self) -> Response:
        return answer("/api/v2/instance", instance_v2(self.network, self.entities()))

    # -- the account's own lists -------------------------------------------------------------------

    def respond_page(
        self, operation: str, found: Numbered, limit: int, make: Callable[[Any], Any], newer: str = "since_id"
    ) -> Response:
        """Return a page, newest first. newer: parameter of the link to newer items."""
        page = cut_page(sorted(found, key=lambda one: one[0]), limit)
        kept = [("limit", request.args["limit"])] if "limit" in request.args else []
        marks = [("next", "max_id", page[-1][0])] if len(page) == limit else []
        marks += [("prev", newer, page[0][0])] if page else []
        return answer(operation, [make(one) for _, one in page], headers=link_header(marks, kept))

    def listed_accounts(self, pairs: list[list[str]], viewer: Account) -> Numbered:
        """Return the accounts in a list, with their numbers.

        Suspended accounts are left out and come back later (blocks_controller.rb, mutes_controller.rb).
        """
        found = [
            (place, self.network.accounts[whom])
            for place, (who, whom) in enumerate(pairs, 1)
            if who == viewer.key
        ]
        return [(place, account) for place, account in found if not account.suspended]

    def blocks(self) -> Response:
        entities, viewer = self.authorize_viewer("read:blocks", "follow")
        return self.respond_page(
            "/api/v1/blocks",
            self.listed_accounts(self.network.blocks, viewer),
            page_size(40, 80),
            entities.account,
        )

    def mutes(self) -> Response:
        entities, viewer = self.authorize_viewer("read:mutes", "follow")

        def shown(account: Account) -> Any:
            return {**entities.account(account), "mute_expires_at": None}

        return self.respond_page(
            "/api/v1/mutes", self.listed_accounts(self.network.mutes, viewer), page_size(40, 80), shown
        )

    def domain_blocks(self) -> Response:
        _, viewer = self.authorize_viewer("read:blocks", "follow")
        found = [
            (place, domain)
            for place, (who, domain) in enumerate(self.network.domain_blocks, 1)
            if who == viewer.key
        ]
        return self.respond_page("/api/v1/domain_blocks", found, page_size(100, 200), str)

    def filters(self) -> Response:
        """Return all filters: this list has no pages."""
        entities, viewer = self.authorize_viewer("read:filters")
        found = [one for one in self.network.filters if one.owner == viewer.key]
        words = [
            [
                {"id": f"{one.number}{place}", "keyword": word, "whole_word": True}
                for place, word in enumerate(one.words)
            ]
            for one in found
        ]
        filters = [
            {**entities.filter(one), "keywords": keywords, "statuses": []}
            for one, keywords in zip(found, words, strict=True)
        ]
        return answer("/api/v2/filters", filters)

    def conversations(self) -> Response:
        entities, viewer = self.authorize_viewer("read:statuses")
        threads: dict[tuple[str, frozenset[str]], list[Post]] = {}
        for post in entities.statuses(self.network.posts.values()):
            if post.visibility == "direct":
                people = frozenset({post.author, *entities.addressed(post)} - {viewer.key})
                threads.setdefault((post.root or post.key, people), []).append(post)
        found = [(entities.order(said[-1]), (sorted(people), said)) for (_, people), said in threads.items()]

        def make(one: tuple[list[str], list[Post]]) -> Any:
            return self.conversation(entities, viewer, *one)

        return self.respond_page("/api/v1/conversations", found, page_size(20, 40), make, "min_id")

    def conversation(self, entities: Entities, viewer: Account, people: list[str], said: list[Post]) -> Any:
        accounts = [self.network.accounts[key] for key in people] or [viewer]
        return {
            "id": str(said[0].number),
            "unread": said[-1].author != viewer.key,
            "accounts": [entities.account(one) for one in accounts],
            "last_status": entities.status(said[-1]),
        }

    def notifications(self) -> Response:
        entities, viewer = self.authorize_viewer("read:notifications")
        notices = Notifications(self.network, entities, viewer)
        page = cut_page(notices.select(), page_size(40, 80))
        kept = [(name, value) for name in KEPT for value in request.args.getlist(name)]
        marks = [("next", "max_id", page[-1][0]), ("prev", "min_id", page[0][0])] if page else []
        shown = [notices.notification(one) for _, one in page]
        return answer("/api/v1/notifications", shown, headers=link_header(marks, kept))

    # -- files -------------------------------------------------------------------------------------

    def media(self, path: str) -> Response:
        """Return a file.

        path: .../files/117/670/.../original/<name>; the digits form the ID of the attachment.
        """
        *digits, _, _ = path.split("/")
        known = (
            photo
            for post in self.network.posts.values()
            if post.where == WHERE
            for version in post.versions
            for photo in version.photos
        )
        photo = next(
            (one for one in known if snowflake(self.network.start, one.number) == "".join(digits)), None
        )
        check = partial(validation.check, "media")
        if photo is None:
            return reply(check, "<h1>Not Found</h1>", 404, "text/html")
        body = photo_bytes(WHERE, photo)
        return reply(
            check, body, 200, f"image/{photo.kind}", {"Cache-Control": "public, max-age=315576000, immutable"}
        )

    def portrait(self, kind: str, name: str) -> Response:
        return reply(
            partial(validation.check, "media"), picture("png", f"{kind}{name}", 48, 48), 200, "image/png"
        )
