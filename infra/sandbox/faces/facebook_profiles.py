"""Pages and people as nodes, and the names in a text that point at them.

Sources: developers.facebook.com/docs/graph-api/reference/page, /user, /profile-picture-source, /page/feed
(message_tags).
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property

from infra.sandbox.faces import instagram_ids
from infra.sandbox.faces.facebook_ids import WHERE, profile_id
from infra.sandbox.faces.facebook_sight import Sight
from infra.sandbox.faces.meta_graph import Edge, Json, Node
from infra.sandbox.faces.meta_media import signed
from infra.sandbox.markup import pieces
from infra.sandbox.model import Account, Token

WWW = "https://www.facebook.com"
TASKS = ["ANALYZE", "ADVERTISE", "MESSAGING", "MODERATE", "CREATE_CONTENT", "MANAGE"]
CATEGORY = {"id": "2603", "name": "Government organization"}


class Profiles(Sight):
    def named(self, account: Account, page: Account) -> bool:
        """Whether it is told who stands on a Page: Pages are named to all, people to the Page's own token, to
        the one that they tag on their own timeline, and to themselves."""
        return (
            account.staff
            or self.owns(page)
            or account.key == self.token.account
            or (self.token.kind == "page" and not page.staff)
        )

    def author(self, account: Account, page: Account) -> Node | None:
        """`from` of what stands on a Page."""
        return self.profile_node(account) if self.named(account, page) else None

    def profile_node(self, account: Account) -> Node:
        return self.page(account) if account.staff else self.user(account)

    def portrait(self, account: Account) -> Json:
        url = signed(self.base, f"v/t39.30808-1/p50x50/{profile_id(account)}_n.jpg", self.network.now())
        return {"data": {"height": 50, "is_silhouette": False, "url": url, "width": 50}}

    def page(self, account: Account) -> Node:
        likes, url = 1200 + 31 * account.number, f"{WWW}/{account.handle}"
        values: Json = {
            "id": profile_id(account),
            "name": account.name,
            "username": account.handle,
            "about": account.about or None,
            "category": CATEGORY["name"],
            "category_list": [CATEGORY],
            "fan_count": likes,
            "followers_count": likes + 40,
            "link": url,
            "is_published": account.published,
            "is_community_page": False,
            "is_permanently_closed": False,
            "is_verified": False,
            "verification_status": "not_verified",
            "has_transitioned_to_new_page_experience": True,
            "website": "https://www.cascadevalley.test",
            "picture": lambda _: self.portrait(account),
        }
        if self.manages(account):
            linked = self.network.accounts.get(account.linked or "")
            values["instagram_business_account"] = self.instagram(linked) if linked else None
            values |= {
                "can_post": True,
                "tasks": self.viewer.tasks or TASKS,
                "access_token": lambda _: self.page_token(account).secret,
            }
        return Node("Page", values)

    def instagram(self, account: Account) -> Node:
        return Node(
            "IGUser", {"id": instagram_ids.user_id(account), "username": account.handle, "name": account.name}
        )

    def user(self, account: Account) -> Node:
        first, _, last = account.name.partition(" ")
        mine = account.key == self.token.account
        more = {"first_name": first, "last_name": last or None, "short_name": first} if mine else {}
        return Node(
            "User",
            {
                "id": profile_id(account),
                "name": account.name,
                "picture": lambda _: self.portrait(account),
                **more,
            },
        )

    def likers(self, likes: int, path: str) -> Edge:
        """Who likes something: the people of the network, as many as there are; the count is the thing's own."""
        people = self.people[:likes] if self.token.kind == "page" else []
        summary = {"total_count": likes, "viewer_reaction": "NONE"}
        return Edge(path, people, self.liker, lambda one: (one.number,), summary)

    def liker(self, account: Account) -> Node:
        return Node("Reaction", {"id": profile_id(account), "name": account.name, "type": "LIKE"})

    def reactions(self, likes: int, modifiers: Mapping[str, str], path: str) -> Edge:
        """Nobody here feels anything else than LIKE."""
        return self.likers(likes if modifiers.get("type", "LIKE") == "LIKE" else 0, path)

    def likes(self, likes: int, path: str) -> Edge:
        found = self.likers(likes, path)
        return Edge(
            path,
            found.items,
            found.make,
            found.key,
            {"total_count": likes, "can_like": True, "has_liked": False},
        )

    @cached_property
    def people(self) -> list[Account]:
        return [
            one
            for one in self.network.accounts.values()
            if one.where == WHERE and not one.staff and not one.suspended
        ]

    def page_token(self, page: Account) -> Token:
        """The token for a Page that a person's or system user's token can get; always the same one, and it is
        revoked with that. It has an end only where that is one for some hours."""
        if self.owns(page):
            return self.token
        mine = (
            one
            for one in self.network.tokens
            if (one.where, one.account, one.parent) == (WHERE, page.key, self.token.secret)
        )
        known = next((one for one in mine if one.kind == "page"), None)
        secret = f"{self.token.secret}.page.{page.number}"
        ends, now = self.token.expires, self.network.now()
        short = ends is not None and ends - (self.token.granted or now) < timedelta(days=1)
        more = {
            "kind": "page",
            "scopes": self.token.scopes,
            "parent": self.token.secret,
            "expires": ends if short else None,
        }
        return known or self.network.grant(WHERE, secret, page.key, **more)

    # -- text -------------------------------------------------------------------------------------

    def written(self, text: str, page: Account) -> tuple[str, list[Json]]:
        """A text on a Page as it is shown, names instead of handles, and who is named where, counted in code
        points.
        """
        shown, tags = "", []
        for piece in pieces(text):
            known = self.network.accounts.get(f"{WHERE}/{piece.value}") if piece.kind == "mention" else None
            words = known.name if known is not None else text[piece.start : piece.end]
            if known is not None and self.named(known, page):
                kind = "page" if known.staff else "user"
                tags.append(
                    {
                        "id": profile_id(known),
                        "name": words,
                        "type": kind,
                        "offset": len(shown),
                        "length": len(words),
                    }
                )
            shown += words
        return shown, tags
