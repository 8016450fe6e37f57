"""Facebook's Graph API for Pages: the Page, its posts, comments, photos, albums, videos, reels, stories and
events, its inbox, whom it blocks, and the media files.

Written from developers.facebook.com/docs/graph-api/reference (each part names its pages) and validated
against the field types of the package facebook-business. It differs from the real one in this, besides what
meta_face.py and meta_login.py say: answers to answers stand beside them, as the addresses of the real ones
have it; all reactions are likes; photos of an album have comments of their own, but the album has none; edges
that are not in validation/meta.py are unknown here (insights, ratings, live_videos).
"""

from collections.abc import Iterator
from typing import ClassVar

from flask import Response, request

from infra.sandbox.faces import meta_login
from infra.sandbox.faces.common import Routes, base
from infra.sandbox.faces.facebook_ids import WHERE, number_of, profile_id, video_number
from infra.sandbox.faces.facebook_lists import Lists
from infra.sandbox.faces.facebook_sight import ENGAGEMENT, USER_CONTENT
from infra.sandbox.faces.meta_face import GraphFace
from infra.sandbox.faces.meta_graph import Node
from infra.sandbox.faces.meta_media import file_of
from infra.sandbox.faces.oauth import consent_page
from infra.sandbox.model import Token
from infra.sandbox.pictures import picture


class Facebook(GraphFace):
    case = "pages"
    throttle_codes: ClassVar = {"page": 80001, "user": 17, "system": 80001}
    business = ("page", "system")

    def routes(self) -> Routes:
        dialog = consent_page(self.network, self.where)
        return {
            **super().routes(),
            "/<version>/dialog/oauth": dialog,
            "/<version>/oauth/access_token": self.personal,
        }

    def personal(self, **_: str) -> Response:
        token, now = meta_login.personal(self.network, self.where, request.args), self.network.now()
        left = int(((token.expires or now) - now).total_seconds())
        return self.answer(
            {"access_token": token.secret, "token_type": "bearer", "expires_in": left}, 200, "LoginToken"
        )

    def sight(self, token: Token) -> Lists:
        return Lists(self.network, base(), token)

    def owner(self, token: Token) -> str:
        return profile_id(self.network.accounts[token.account])

    def found(self, sight: Lists, wanted: str) -> Node | None:
        """A post or comment has an id of two parts, what is in the inbox one that begins with a letter, a
        profile a number or a name, and everything else a number."""
        account = sight.profile(profile_id(sight.viewer) if wanted == "me" else wanted)
        if account is not None:
            if account.staff and not sight.manages(account):
                sight.need(account, ENGAGEMENT)
            return sight.profile_node(account)
        if wanted.startswith(("t_", "m_")):
            return sight.in_inbox(wanted)
        if "_" not in wanted:
            return next(self.things(sight, wanted), None)
        post = sight.post(wanted)
        if post is None:
            return None
        page = sight.page_of(post)
        if not sight.reads(page) and sight.tagged(post, sight.viewer):
            page = sight.viewer  # whom it names
        sight.need(page, ENGAGEMENT if post.author == page.key else USER_CONTENT)
        return sight.comment(post) if post.kind == "comment" else sight.post_node(post)

    def things(self, sight: Lists, wanted: str) -> Iterator[Node]:
        """Albums, photos, videos and events by their number."""
        pages = [
            one
            for one in self.network.accounts.values()
            if one.where == WHERE and one.staff and sight.shown(one)
        ]
        for owner, album in ((page, album) for page in pages for album in sight.albums(page)):
            if sight.album_id(owner, album) == wanted:
                sight.need(owner, ENGAGEMENT)
                yield sight.album_node(owner, album)
        number = number_of(wanted)
        for post in (*sight.posts, *sight.stories) if number else ():
            found = [sight.photo(post, one) for one in post.now.photos if one.number == number]
            found += [sight.video(post, post.video)] if post.video and video_number(post) == number else []
            found += [sight.event(post, post.event)] if post.event and post.event.number == number else []
            if found:
                sight.need(sight.page_of(post), ENGAGEMENT)
            yield from found

    def file(self, path: str) -> tuple[bytes, str] | None:
        if "/p50x50/" in path:
            return picture("jpeg", path, 50, 50), "image/jpeg"
        return file_of(WHERE, self.network.living(WHERE), path)
