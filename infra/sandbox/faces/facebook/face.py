"""Facebook's Graph API for Pages.

Written from developers.facebook.com/docs/graph-api/reference (each module names its pages) and validated
against the field types of the package facebook-business.

Differences from the real API, in addition to those in meta/face.py: a reply to a reply has the same parent as
the reply, as in the addresses of real ones; all reactions are likes; photos of an album have comments of
their own, but the album has none; edges that are not in validation/meta.py are unknown (insights, ratings,
live_videos).
"""

from collections.abc import Iterator
from typing import ClassVar

from flask import Response, request

from infra.sandbox.faces.common import Refusal, Routes, base
from infra.sandbox.faces.facebook.access import (
    ENGAGEMENT,
    USER_CONTENT,
    WHERE,
    Access,
    album_id,
    number_of,
    profile_id,
    video_number,
)
from infra.sandbox.faces.facebook.nodes import Nodes
from infra.sandbox.faces.meta.errors import error
from infra.sandbox.faces.meta.face import LONG, NO_SECRET, SHORT, GraphFace, issue_login_token
from infra.sandbox.faces.meta.graph import Node
from infra.sandbox.faces.meta.media import file_of
from infra.sandbox.faces.oauth import consent_page, find_app, redeem_code
from infra.sandbox.model import Token
from infra.sandbox.pictures import picture


class Facebook(GraphFace):
    """The Graph API for Pages."""

    case = "pages"
    throttle_codes: ClassVar = {"page": 80001, "user": 17, "system": 80001}
    business = ("page", "system")

    def routes(self) -> Routes:
        dialog = consent_page(self.network, self.where)
        return {
            **super().routes(),
            "/<version>/dialog/oauth": dialog,
            "/<version>/oauth/access_token": self.exchange_token,
        }

    def exchange_token(self, **_: str) -> Response:
        """Grant a person's token for a code, or for a short-lived token."""
        asked = request.args
        if not find_app(self.network, WHERE, asked.get("client_id", ""), asked.get("client_secret", "")):
            raise Refusal(400, error(1, message=NO_SECRET))
        if asked.get("grant_type") == "fb_exchange_token":
            source = self.network.token(WHERE, asked.get("fb_exchange_token", ""))
            if source is None or source.kind != "user":
                raise Refusal(400, error(190))
            lifetime = LONG
        else:
            message = self.describe_code(asked.get("code", ""))
            source = redeem_code(self.network, WHERE, asked)
            if source is None:
                raise Refusal(400, error(100, message=message))
            lifetime = SHORT
        token, now = issue_login_token(self.network, source, "user", lifetime), self.network.now()
        left = int(((token.expires or now) - now).total_seconds())
        body = {"access_token": token.secret, "token_type": "bearer", "expires_in": left}
        return self.answer(body, 200, "LoginToken")

    def describe_code(self, secret: str) -> str:
        """Return the message that explains why a code is refused."""
        codes = (one for one in self.network.tokens if (one.where, one.kind) == (WHERE, "code"))
        code = next((one for one in codes if one.secret == secret), None)
        if code is None:
            return "Invalid verification code format."
        if not self.network.lives(code):
            return f"This authorization code has {'been used' if code.reason == 'spent' else 'expired'}."
        return (
            "Error validating verification code. Please make sure your redirect_uri is identical to the one"
            " you used in the OAuth dialog request"
        )

    def nodes_for(self, token: Token) -> Nodes:
        return Nodes(Access(self.network, base(), token))

    def owner(self, token: Token) -> str:
        return profile_id(self.network.accounts[token.account])

    def find_node(self, nodes: Nodes, wanted: str) -> Node | None:
        """Return a node by its ID.

        A post or comment has an ID of two parts; an ID in the inbox starts with a letter; a profile has a
        number or a name; everything else has a number.
        """
        account = nodes.access.find_profile(profile_id(nodes.access.viewer) if wanted == "me" else wanted)
        if account is not None:
            if account.staff and not nodes.access.manages(account):
                nodes.access.require(account, ENGAGEMENT)
            return nodes.profiles.profile_node(account)
        if wanted.startswith(("t_", "m_")):
            return nodes.inbox.find_node(wanted)
        if "_" not in wanted:
            return next(self.find_things(nodes, wanted), None)
        post = nodes.access.find_post(wanted)
        if post is None:
            return None
        page = nodes.access.page_of(post)
        if not nodes.access.can_read(page) and nodes.access.is_tagged(post, nodes.access.viewer):
            page = nodes.access.viewer  # the post names the viewer
        nodes.access.require(page, ENGAGEMENT if post.author == page.key else USER_CONTENT)
        return nodes.feedback.comment(post) if post.kind == "comment" else nodes.posts.post_node(post)

    def find_things(self, nodes: Nodes, wanted: str) -> Iterator[Node]:
        """Yield the album, photo, video, or event with a number."""
        pages = [
            one
            for one in self.network.accounts.values()
            if one.where == WHERE and one.staff and nodes.access.is_shown(one)
        ]
        for owner, album in ((page, album) for page in pages for album in nodes.media.albums(page)):
            if album_id(owner, album) == wanted:
                nodes.access.require(owner, ENGAGEMENT)
                yield nodes.media.album_node(owner, album)
        number = number_of(wanted)
        for post in (*nodes.access.posts, *nodes.inbox.stories) if number else ():
            found = [nodes.media.photo(post, one) for one in post.now.photos if one.number == number]
            found += (
                [nodes.media.video(post, post.video)] if post.video and video_number(post) == number else []
            )
            found += (
                [nodes.media.event(post, post.event)] if post.event and post.event.number == number else []
            )
            if found:
                nodes.access.require(nodes.access.page_of(post), ENGAGEMENT)
            yield from found

    def find_file(self, path: str) -> tuple[bytes, str] | None:
        if "/p50x50/" in path:
            return picture("jpeg", path, 50, 50), "image/jpeg"
        return file_of(WHERE, self.network.living(WHERE), path)
