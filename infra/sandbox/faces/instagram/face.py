"""Instagram's API for professional accounts.

Written from developers.facebook.com/docs/instagram-platform and validated against the field types of
facebook-business. Both logins are at one address: tokens of kind "instagram" as on graph.instagram.com, where
they live for 60 days and are refreshed, and all others as on graph.facebook.com. For the latter, `me` is the
Page, person, or system user that has the same secret on Facebook, and a Page's conversations are those of its
Instagram account.

Differences from the real API, in addition to those in meta/face.py: a carousel contains only photos; nothing
is live.
"""

from functools import partial
from typing import ClassVar

from infra.sandbox.faces.common import Json, base
from infra.sandbox.faces.facebook import access as facebook
from infra.sandbox.faces.facebook.nodes import Nodes as FacebookNodes
from infra.sandbox.faces.instagram.nodes import WHERE, Nodes, user_id
from infra.sandbox.faces.meta.face import OwnLoginFace
from infra.sandbox.faces.meta.graph import Node
from infra.sandbox.faces.meta.media import file_of
from infra.sandbox.model import Token
from infra.sandbox.pictures import picture


class Instagram(OwnLoginFace):
    """The API for professional accounts."""

    case = "instagram"
    throttle_codes: ClassVar = {"instagram": 80002, "page": 80002, "user": 80002, "system": 80002}
    business = ("instagram", "page", "user", "system")
    lost_type = "IGApiException"
    own, grant_type, refreshed_kind = "instagram", "ig_refresh_token", "IGRefreshAccessTokenForIGOnlyAPI"
    exchange_type, traded_kind = "ig_exchange_token", "IGTraded"

    def describe_short(self, token: Token) -> Json:
        body = {
            "access_token": token.secret,
            "user_id": self.owner(token),
            "permissions": ",".join(token.scopes),
        }
        return {"data": [body]}

    def nodes_for(self, token: Token) -> Nodes:
        return Nodes(self.network, base(), token)

    def owner(self, token: Token) -> str:
        return user_id(self.network.accounts[token.account])

    def find_node(self, nodes: Nodes, wanted: str) -> Node | None:
        """Return a node.

        `me` is the account for a token of its own login, otherwise the holder of the token.
        """
        nodes.require()
        if nodes.owner.suspended:
            return None
        if nodes.token.kind == "instagram":
            return nodes.user() if wanted == "me" else nodes.find(wanted)
        return self.find_holder(nodes, wanted) or nodes.find(wanted)

    def find_holder(self, nodes: Nodes, wanted: str) -> Node | None:
        """Return the holder of a token of Facebook's login.

        Source: developers.facebook.com/docs/messenger-platform/instagram/features/conversation.
        """
        granted = (facebook.WHERE, nodes.token.secret)
        token = next((one for one in self.network.tokens if (one.where, one.secret) == granted), None)
        if token is None:
            return None
        access = facebook.Access(self.network, base(), token)
        own = facebook.profile_id(access.viewer)
        if wanted not in ("me", own):
            return None
        node = FacebookNodes(access).profiles.profile_node(access.viewer)
        return (
            Node("Page", {**node.values, "conversations": partial(nodes.conversations, of=own)})
            if node.kind == "Page"
            else node
        )

    def find_file(self, path: str) -> tuple[bytes, str] | None:
        if "/p50x50/" in path:
            return picture("jpeg", path, 50, 50), "image/jpeg"
        return file_of(WHERE, self.network.living(WHERE), path)
