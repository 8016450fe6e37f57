"""Instagram's API for professional accounts: the account, its media, stories, carousels, comments and
replies, private messages, and the media files.

Written from developers.facebook.com/docs/instagram-platform and validated against the field types of
facebook-business. It answers for both logins at one address: tokens of kind "instagram" as
graph.instagram.com does, where they live 60 days and are refreshed, all others as graph.facebook.com does.
There `me` is the Page, the person, or the system user to whom the same secret was granted on Facebook, and a
Page's conversations are those of its Instagram account. It differs from the real one in this, besides what
meta_face.py and meta_login.py say: the error for a token that is too young to be refreshed has this sandbox's
own words; a carousel holds photos only; nothing is live.
"""

from functools import partial
from typing import ClassVar

from infra.sandbox.faces import facebook_ids
from infra.sandbox.faces.common import base
from infra.sandbox.faces.facebook_lists import Lists
from infra.sandbox.faces.instagram_ids import WHERE, user_id
from infra.sandbox.faces.instagram_inbox import Inbox
from infra.sandbox.faces.meta_graph import Json, Node
from infra.sandbox.faces.meta_media import file_of
from infra.sandbox.faces.meta_refresh import SixtyDays
from infra.sandbox.model import Token
from infra.sandbox.pictures import picture


class Instagram(SixtyDays):
    case = "instagram"
    throttle_codes: ClassVar = {"instagram": 80002, "page": 80002, "user": 80002, "system": 80002}
    business = ("instagram", "page", "user", "system")
    lost_type = "IGApiException"
    own, grant_type, refreshed_kind = "instagram", "ig_refresh_token", "IGRefreshAccessTokenForIGOnlyAPI"
    exchange_type, traded_kind = "ig_exchange_token", "IGTraded"

    def short(self, token: Token) -> Json:
        told = {
            "access_token": token.secret,
            "user_id": self.owner(token),
            "permissions": ",".join(token.scopes),
        }
        return {"data": [told]}

    def sight(self, token: Token) -> Inbox:
        return Inbox(self.network, base(), token)

    def owner(self, token: Token) -> str:
        return user_id(self.network.accounts[token.account])

    def found(self, sight: Inbox, wanted: str) -> Node | None:
        """`me` is the account for a token of its own login, and for others the holder of the token."""
        sight.need()
        if sight.owner.suspended:
            return None
        if sight.token.kind == "instagram":
            return sight.user() if wanted == "me" else sight.found(wanted)
        return self.holder(sight, wanted) or sight.found(wanted)

    def holder(self, sight: Inbox, wanted: str) -> Node | None:
        """The holder of a token of Facebook's login.

        Source: developers.facebook.com/docs/messenger-platform/instagram/features/conversation.
        """
        granted = (facebook_ids.WHERE, sight.token.secret)
        token = next((one for one in self.network.tokens if (one.where, one.secret) == granted), None)
        if token is None:
            return None
        lists = Lists(self.network, base(), token)
        own = facebook_ids.profile_id(lists.viewer)
        if wanted not in ("me", own):
            return None
        node = lists.profile_node(lists.viewer)
        return (
            Node("Page", {**node.values, "conversations": partial(sight.conversations, of=own)})
            if node.kind == "Page"
            else node
        )

    def file(self, path: str) -> tuple[bytes, str] | None:
        if "/p50x50/" in path:
            return picture("jpeg", path, 50, 50), "image/jpeg"
        return file_of(WHERE, self.network.living(WHERE), path)
