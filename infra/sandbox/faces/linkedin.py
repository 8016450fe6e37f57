"""LinkedIn's Community Management API for organization pages, versioned: posts of every kind, their comments,
reactions and files, the organization with its followers, its events (linkedin_events.py), the roles of the
member who asks, tokens.

Written from LinkedIn's reference (learn.microsoft.com/en-us/linkedin/marketing/community-management) and held
to the shapes that validation/linkedin_shapes.py took from it. `https://api.linkedin.com/rest/...` is
/rest/... here, `https://www.linkedin.com/oauth/v2/...` is /oauth/v2/... What no public word settles, and how
it is here: comments come newest first; a comment on an answer stands beside it; closing a post's comments
deletes them; with a suspended member all goes that they said; where comments of another's post are asked for,
that is forbidden; a repost without words is a post. It differs from the real one in this: versions are sunset
when a story says so (Place.sunset), not by the calendar; the quota is one of all resources together;
parameters that it has not are refused, `fields` among them; there is nothing to write; statistics and people
are not there; that a path must be escaped is checked only where the server keeps it as it was sent.
"""

import re
from collections.abc import Callable
from functools import partial

from flask import Response, request

from infra.sandbox.faces import linkedin_errors as errors
from infra.sandbox.faces.common import Refusal, Routes, dump, reply
from infra.sandbox.faces.linkedin_assets import Assets, file_of, refused
from infra.sandbox.faces.linkedin_events import Events
from infra.sandbox.faces.linkedin_face import OAUTH, Json
from infra.sandbox.faces.linkedin_notifications import NOTIFIED, notification_json, notified
from infra.sandbox.faces.linkedin_organizations import followers, organization_json, public_json, roles_json
from infra.sandbox.faces.linkedin_posts import listed, modified, post_json
from infra.sandbox.faces.linkedin_sight import ADMIN, FEED, HEARERS, SOCIAL, Sight
from infra.sandbox.faces.linkedin_talk import comment_json, metadata_json, reactions_json
from infra.sandbox.faces.linkedin_tokens import introspected, refreshed
from infra.sandbox.faces.oauth import consent_page
from infra.sandbox.model import Account, Post
from infra.sandbox.validation import linkedin as validation

PAGED = ("start", "count", "q")
POSTS, ACTIONS = "partnerApiPostsExternal", "socialActionsV2"  # as errors call the resources
EDGES = ("COMPANY_FOLLOWED_BY_MEMBER", "CompanyFollowedByMember")
ASSETS = {"images": "Image", "videos": "Video", "documents": "Document"}


class LinkedIn(Events):
    def routes(self) -> Routes:
        assets: Routes = {f"/rest/{name}": partial(self.assets, kind) for name, kind in ASSETS.items()}
        return {
            "/rest/posts": self.posts,
            "/rest/posts/<urn>": self.post,
            "/rest/socialActions/<urn>/comments": self.comments,
            "/rest/socialActions/<urn>/comments/<number>": self.comment,
            "/rest/socialMetadata": self.several_metadata,
            "/rest/socialMetadata/<urn>": self.metadata,
            "/rest/reactions/<key>": self.reactions,
            "/rest/organizations": self.organizations,
            "/rest/organizations/<number>": self.organization,
            "/rest/organizationsLookup": self.lookup,
            "/rest/organizationAcls": self.roles,
            "/rest/networkSizes/<urn>": self.size,
            "/rest/organizationalEntityNotifications": self.notifications,
            "/dms/<path:path>": self.media,
            f"{OAUTH}authorization": consent_page(self.network, self.where),
            **super().routes(),
            **assets,
            **{f"/rest/{name}/<urn>": partial(self.asset, kind) for name, kind in ASSETS.items()},
        }

    def forms(self) -> Routes:
        return {
            f"{OAUTH}accessToken": partial(self.oauth, "AccessToken", refreshed),
            f"{OAUTH}introspectToken": partial(self.oauth, "Introspection", introspected),
        }

    # -- posts ------------------------------------------------------------------------------------

    def posts(self) -> Response:
        sight, asked = self.sight(), self.asked(*PAGED, "author", "sortBy", "viewContext", "isDsc", "ids")
        if "ids" in asked:
            self.need(sight, SOCIAL, POSTS, "BATCH_GET")
            return self.batch("Post", asked, lambda urn: post_json(sight, self.readable_post(sight, urn)))
        self.need(sight, SOCIAL, POSTS, "FINDER-author")
        if asked.get("q") != "author" or not isinstance(asked.get("author"), str):
            raise Refusal(*errors.NO_METHOD)
        author = self.author(sight, asked["author"])
        keys: dict[str, Callable[[Post], float]] = {
            "LAST_MODIFIED": modified,
            "CREATED": lambda post: post.created.timestamp(),
        }
        if (order := asked.get("sortBy", "LAST_MODIFIED")) not in keys:
            raise Refusal(*errors.BAD_QUERY)
        here = listed(sight, author, drafts=asked.get("viewContext") == "AUTHOR") if author else []
        found = sorted(here, key=lambda post: (keys[order](post), post.number), reverse=True)
        return self.page("Post", found, partial(post_json, sight), asked, total=False)

    def author(self, sight: Sight, urn: str) -> Account | None:
        """The organization of an URN. Posts of members are not for this token."""
        kind, _, number = urn.rpartition(":")
        if kind == "urn:li:person":
            raise errors.forbidden(POSTS, "FINDER-author", self.version())
        if kind != "urn:li:organization" or not number.isdigit():
            raise Refusal(*errors.BAD_QUERY)
        return sight.organization(number)

    def readable_post(self, sight: Sight, urn: str) -> Post:
        post = sight.post(urn)
        if post is None:
            raise errors.missing(urn)
        if not sight.sees(post):
            raise errors.forbidden(POSTS, "GET", self.version())
        return post

    def post(self, urn: str) -> Response:
        sight, _ = self.sight(), self.asked("viewContext")
        self.need(sight, SOCIAL, POSTS, "GET")
        return self.answer("Post", post_json(sight, self.readable_post(sight, urn)))

    # -- what is said about them ------------------------------------------------------------------

    def entity(self, sight: Sight, urn: str, method: str) -> Post:
        found = sight.entity(urn)
        if found is None:
            raise errors.missing(urn)
        if not sight.sees(sight.root(found)):
            raise errors.forbidden(ACTIONS, method, self.version())
        return found

    def comments(self, urn: str) -> Response:
        sight, asked = self.sight(), self.asked(*PAGED, "ids")
        self.need(sight, FEED, ACTIONS, "GET_ALL")
        entity = self.entity(sight, urn, "GET_ALL")
        if "ids" in asked:
            return self.batch(
                "Comment", asked, lambda number: comment_json(sight, self.under(sight, entity, number))
            )
        return self.page("Comment", sight.answers(entity), partial(comment_json, sight), asked)

    def under(self, sight: Sight, entity: Post, number: str) -> Post:
        comment = sight.comment_under(sight.root(entity), number)
        if comment is None:
            raise errors.missing(number)
        return comment

    def comment(self, urn: str, number: str) -> Response:
        sight, _ = self.sight(), self.asked()
        self.need(sight, FEED, ACTIONS, "GET")
        return self.answer(
            "Comment", comment_json(sight, self.under(sight, self.entity(sight, urn, "GET"), number))
        )

    def metadata(self, urn: str) -> Response:
        sight, _ = self.sight(), self.asked()
        self.need(sight, FEED, "socialMetadata", "GET")
        return self.answer("SocialMetadata", metadata_json(sight, self.entity(sight, urn, "GET")))

    def several_metadata(self) -> Response:
        sight, asked = self.sight(), self.asked("ids")
        self.need(sight, FEED, "socialMetadata", "BATCH_GET")
        return self.batch(
            "SocialMetadata", asked, lambda urn: metadata_json(sight, self.entity(sight, urn, "GET"))
        )

    def reactions(self, key: str) -> Response:
        sight, asked = self.sight(), self.asked(*PAGED, "sort")
        self.need(sight, FEED, "reactions", "FINDER-entity")
        entity = re.fullmatch(r"\(entity:(.+)\)", key)
        if entity is None or asked.get("q") != "entity":
            raise Refusal(*errors.NO_METHOD)
        return self.page(
            "Reaction", reactions_json(sight, self.entity(sight, entity[1], "GET")), lambda one: one, asked
        )

    # -- organizations ----------------------------------------------------------------------------

    def organization(self, number: str) -> Response:
        sight, _ = self.sight(), self.asked()
        self.need(sight, ADMIN, "organizations", "GET")
        found = sight.organization(number)
        if found is None:
            raise errors.missing(f"urn:li:organization:{number}")
        if not sight.administers(found):
            raise errors.forbidden("organizations", "GET", self.version())
        return self.answer("Organization", organization_json(found))

    def organizations(self) -> Response:
        """By vanity name: of those without a role as much as anybody is told."""
        sight, asked = self.sight(), self.asked(*PAGED, "vanityName")
        self.need(sight, ADMIN, "organizations", "FINDER-vanityName")
        if asked.get("q") != "vanityName" or "vanityName" not in asked:
            raise Refusal(*errors.NO_METHOD)
        here = (
            one
            for one in self.network.accounts.values()
            if one.where == self.where and one.staff and not one.suspended
        )
        found = [one for one in here if one.handle == asked["vanityName"]]
        if found and sight.administers(found[0]):
            return self.page("Organization", found, organization_json, asked)
        return self.page("OrganizationForAnybody", found, public_json, asked)

    def lookup(self) -> Response:
        sight, asked = self.sight(), self.asked("ids")
        self.need(sight, ADMIN, "organizationsLookup", "BATCH_GET")

        def one(number: str) -> Json:
            found = sight.organization(number)
            if found is None:
                raise errors.missing(f"urn:li:organization:{number}")
            return public_json(found)

        return self.batch("OrganizationForAnybody", asked, one)

    def roles(self) -> Response:
        sight, asked = self.sight(), self.asked(*PAGED, "role", "state")
        self.need(sight, ADMIN, "organizationAcls", "FINDER-roleAssignee")
        if asked.get("q") != "roleAssignee":
            raise Refusal(*errors.NO_METHOD)
        wanted = {name: asked[name] for name in ("role", "state") if name in asked}
        found = [
            one for one in roles_json(sight) if all(one[name] == value for name, value in wanted.items())
        ]
        return self.page("OrganizationAcl", found, lambda one: one, asked)

    def size(self, urn: str) -> Response:
        sight, asked = self.sight(), self.asked("edgeType")
        found = sight.organization(urn.removeprefix("urn:li:organization:"))
        if asked.get("edgeType") not in EDGES:
            raise Refusal(*errors.BAD_QUERY)
        if found is None:
            raise errors.missing(urn)
        return self.answer("NetworkSize", {"firstDegreeSize": followers(sight, found)})

    def notifications(self) -> Response:
        sight, asked = self.sight(), self.asked(*PAGED, "actions", "organizationalEntity", "timeRange")
        self.need(sight, ADMIN, "organizationalEntityNotifications", "FINDER-criteria")
        actions, span = asked.get("actions", list(NOTIFIED)), asked.get("timeRange", {})
        wrong = (
            not isinstance(actions, list)
            or not isinstance(span, dict)
            or not all(one.isdigit() for one in span.values())
        )
        if (
            asked.get("q") != "criteria"
            or "organizationalEntity" not in asked
            or wrong
            or set(actions) - set(NOTIFIED)
        ):
            raise Refusal(*errors.BAD_QUERY)
        found = sight.organization(asked["organizationalEntity"].rpartition(":")[2])
        if found is None or not sight.administers(found, HEARERS):
            raise errors.forbidden("organizationalEntityNotifications", "FINDER-criteria", self.version())
        start, end = (int(span[name]) if name in span else None for name in ("start", "end"))
        return self.page(
            "Notification",
            notified(sight, found, actions, start, end),
            partial(notification_json, sight, found),
            asked,
        )

    # -- files ------------------------------------------------------------------------------------

    def asset_json(self, sight: Sight, kind: str, urn: str) -> Json:
        found = Assets(sight).found(urn) if urn.startswith(f"urn:li:{kind.lower()}:") else None
        if found is None:
            raise errors.missing(urn)
        return found

    def asset(self, kind: str, urn: str) -> Response:
        sight, _ = self.sight(), self.asked()
        self.need(sight, SOCIAL, f"{kind.lower()}s", "GET")
        return self.answer(kind, self.asset_json(sight, kind, urn))

    def assets(self, kind: str) -> Response:
        sight, asked = self.sight(), self.asked("ids")
        self.need(sight, SOCIAL, f"{kind.lower()}s", "BATCH_GET")
        return self.batch(kind, asked, partial(self.asset_json, sight, kind))

    def media(self, path: str) -> Response:
        """A file, for those who have its address from an answer of the last days."""
        if refused(path, request.args, self.network.now()):
            return reply(validation.check_media, "Forbidden", 403, "text/plain")
        found = file_of(self.network, path)
        if found is None:
            return reply(validation.check_media, "Not Found", 404, "text/plain")
        return reply(validation.check_media, found[0], 200, found[1])

    # -- tokens -----------------------------------------------------------------------------------

    def oauth(self, kind: str, tell: Callable[..., Json]) -> Response:
        told = tell(self.network, request.form)
        return reply(partial(validation.check_oauth, kind), dump(told), 200, "application/json")
