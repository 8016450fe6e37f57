"""Mastodon's client API: accounts, statuses, contexts, histories, polls, what is an account's own, the
instance, and the media files.

Written from docs.joinmastodon.org and the OpenAPI description that validation/mastodon.py holds it to. A
context shows a token nothing of those whom its account blocks or mutes, and nobody anything of those whom
moderators limit, as on a real server (app/lib/status_filter.rb of mastodon/mastodon); by its id such a status
is found. Which scopes an endpoint needs is written at its controller in app/controllers/api/v1. It differs
from a real server in this: `/api/v1/statuses?id[]=` has no upper limit; there is nothing to write; profiles
and posts have no HTML pages.
"""

from functools import partial
from typing import Any

from flask import Response, request

from infra.sandbox.faces.common import Refusal, Routes, reply
from infra.sandbox.faces.mastodon_accounts import WHERE, snowflake
from infra.sandbox.faces.mastodon_entities import Entities
from infra.sandbox.faces.mastodon_face import answer
from infra.sandbox.faces.mastodon_instance import instance_v1, instance_v2
from infra.sandbox.faces.mastodon_notifications import Notifications
from infra.sandbox.faces.mastodon_paging import links, number, page_of, tree, wanted
from infra.sandbox.model import Post
from infra.sandbox.pictures import picture
from infra.sandbox.validation import mastodon as validation

ANONYMOUS_DESCENDANTS, ANONYMOUS_DEPTH, WITH_TOKEN = 60, 20, 4096


class Mastodon(Notifications):
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
            "/api/v1/instance": lambda: answer(
                "/api/v1/instance", instance_v1(self.network, self.entities())
            ),
            "/api/v2/instance": lambda: answer(
                "/api/v2/instance", instance_v2(self.network, self.entities())
            ),
            "/system/media_attachments/files/<path:path>": self.media,
            "/system/accounts/<kind>/<name>.png": self.portrait,
            **super().routes(),
        }

    # -- accounts ---------------------------------------------------------------------------------

    def lookup(self) -> Response:
        made, asked = self.allowed("read:accounts"), request.args.get("acct", "")
        handle = asked.removeprefix("@").removesuffix(f"@{self.network.places[WHERE].host}")
        account = next(
            (one for one in self.network.accounts.values() if one.where == WHERE and one.handle == handle),
            None,
        )
        if account is None:
            raise Refusal(404, "Record not found")
        return answer("/api/v1/accounts/lookup", made.account(account))

    def credentials(self) -> Response:
        made, viewer = self.own("read:accounts", "profile")
        return answer("/api/v1/accounts/verify_credentials", made.credentials(viewer))

    def account(self, account_id: str) -> Response:
        made = self.allowed("read:accounts")
        return answer("/api/v1/accounts/{id}", made.account(self.account_of(made, account_id)))

    def account_statuses(self, account_id: str) -> Response:
        made, limit = self.allowed("read:statuses"), min(max(number("limit", 20) or 20, 1), 40)
        author = self.account_of(made, account_id)
        page = page_of(
            [one for one in made.statuses(self.network.written[author.key]) if wanted(one)], made, limit
        )
        return answer(
            "/api/v1/accounts/{id}/statuses",
            [made.status(one) for one in page],
            headers=links(page, made, limit),
        )

    # -- statuses ---------------------------------------------------------------------------------

    def found(self, made: Entities, status_id: str) -> Post:
        post = made.by_id(status_id)
        if post is None:
            raise Refusal(404, "Record not found")
        return post

    def statuses(self) -> Response:
        made, asked = (
            self.allowed("read:statuses"),
            request.args.getlist("id[]") or request.args.getlist("id"),
        )
        found = (made.by_id(one) for one in dict.fromkeys(asked))
        return answer("/api/v1/statuses", [made.status(one) for one in found if one and made.listed(one)])

    def status(self, status_id: str) -> Response:
        made = self.allowed("read:statuses")
        return answer("/api/v1/statuses/{id}", made.status(self.found(made, status_id)))

    def context(self, status_id: str) -> Response:
        made = self.allowed("read:statuses")
        post = self.found(made, status_id)
        ancestors: list[Any] = []
        parent = self.network.posts.get(post.parent or "")
        while parent is not None and made.visible(parent):
            ancestors[:0] = [made.status(parent)] if made.listed(parent) else []
            parent = self.network.posts.get(parent.parent or "")
        most, depth = (WITH_TOKEN, WITH_TOKEN) if made.viewer else (ANONYMOUS_DESCENDANTS, ANONYMOUS_DEPTH)
        below = [made.status(one) for _, one in zip(range(most), tree(made, post, depth), strict=False)]
        return answer("/api/v1/statuses/{id}/context", {"ancestors": ancestors, "descendants": below})

    def history(self, status_id: str) -> Response:
        made = self.allowed("read:statuses")
        post = self.found(made, status_id)
        return answer(
            "/api/v1/statuses/{id}/history", [made.edit(post, version) for version in post.versions]
        )

    def source(self, status_id: str) -> Response:
        made, _ = self.own("read:statuses")
        post = self.found(made, status_id)
        told = {"id": status_id, "text": post.now.text, "spoiler_text": post.now.warning}
        return answer("/api/v1/statuses/{id}/source", told)

    def poll(self, poll_id: int) -> Response:
        made = self.allowed("read:statuses")
        asked = self.network.posts.get(f"{WHERE}/{poll_id}")
        if asked is None or asked.poll is None or not made.visible(asked):
            raise Refusal(404, "Record not found")
        return answer("/api/v1/polls/{id}", made.poll(asked))

    # -- files ------------------------------------------------------------------------------------

    def media(self, path: str) -> Response:
        """.../files/117/670/.../original/<name>: the digits together are the attachment's id."""
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
        body = picture(photo.kind, photo.seed or f"{WHERE}{photo.number}", photo.width, photo.height)
        return reply(
            check, body, 200, f"image/{photo.kind}", {"Cache-Control": "public, max-age=315576000, immutable"}
        )

    def portrait(self, kind: str, name: str) -> Response:
        return reply(
            partial(validation.check, "media"), picture("png", f"{kind}{name}", 48, 48), 200, "image/png"
        )
