"""Pages and people as nodes, and their names in texts.

Sources: developers.facebook.com/docs/graph-api/reference/page, /user, /profile-picture-source, /page/feed
(message_tags).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from infra.sandbox.faces.common import Json
from infra.sandbox.faces.facebook.access import WHERE, WWW, Access, profile_id
from infra.sandbox.faces.instagram import nodes as instagram_ids
from infra.sandbox.faces.meta.graph import Edge, Node
from infra.sandbox.markup import pieces
from infra.sandbox.model import Account

TASKS = ["ANALYZE", "ADVERTISE", "MESSAGING", "MODERATE", "CREATE_CONTENT", "MANAGE"]
CATEGORY = {"id": "2603", "name": "Government organization"}
Edges = Mapping[str, Callable[[Mapping[str, str]], Edge]]  # functions of the modifiers, by name


@dataclass(frozen=True)
class Profiles:
    """The nodes of Pages and people.

    edges_of: returns the edges of a Page, or of the person who has the token.
    """

    access: Access
    edges_of: Callable[[Account], Edges]

    # -- profiles ----------------------------------------------------------------------------------

    def is_named(self, account: Account, page: Account) -> bool:
        """Return whether the token sees the name of an author on a Page.

        Pages are named to everybody. People are named to the Page's own token, to the Page that they tag on
        their own timeline, and to themselves.
        """
        return (
            account.staff
            or self.access.owns(page)
            or account.key == self.access.token.account
            or (self.access.token.kind == "page" and not page.staff)
        )

    def author(self, account: Account, page: Account) -> Node | None:
        """Return `from` of a post or comment on a Page."""
        return self.profile_node(account) if self.is_named(account, page) else None

    def profile_node(self, account: Account) -> Node:
        return self.page(account) if account.staff else self.user(account)

    def portrait(self, account: Account) -> Json:
        url = self.access.url(f"v/t39.30808-1/p50x50/{profile_id(account)}_n.jpg")
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
        if self.access.manages(account):
            linked = self.access.network.accounts.get(account.linked or "")
            values["instagram_business_account"] = self.instagram(linked) if linked else None
            values |= {
                "can_post": True,
                "tasks": self.access.viewer.tasks or TASKS,
                "access_token": lambda _: self.access.page_token(account).secret,
            }
        return Node("Page", {**values, **self.edges_of(account)})

    def instagram(self, account: Account) -> Node:
        return Node(
            "IGUser", {"id": instagram_ids.user_id(account), "username": account.handle, "name": account.name}
        )

    def user(self, account: Account) -> Node:
        first, _, last = account.name.partition(" ")
        more: Json = {}
        if account.key == self.access.token.account:
            more = {"first_name": first, "last_name": last or None, "short_name": first}
            more |= self.edges_of(account)
        return Node(
            "User",
            {
                "id": profile_id(account),
                "name": account.name,
                "picture": lambda _: self.portrait(account),
                **more,
            },
        )

    # -- text --------------------------------------------------------------------------------------

    def rich_text(self, text: str, page: Account) -> tuple[str, list[Json]]:
        """Return a text with names instead of handles, and its tags.

        Offsets count code points.
        """
        shown, tags = "", []
        for piece in pieces(text):
            known = (
                self.access.network.accounts.get(f"{WHERE}/{piece.value}")
                if piece.kind == "mention"
                else None
            )
            words = known.name if known is not None else text[piece.start : piece.end]
            if known is not None and self.is_named(known, page):
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
