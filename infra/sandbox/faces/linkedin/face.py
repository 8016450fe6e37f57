"""LinkedIn's Community Management API for organization pages, versioned.

Posts of every kind, their comments, reactions, and files; the organization with its followers and events;
notifications; the roles of the member; tokens. Written from LinkedIn's reference
(learn.microsoft.com/en-us/linkedin/marketing/community-management, .../event-management/events) and checked
against the shapes that validation/linkedin took from it. https://api.linkedin.com/rest/... is
/rest/... here, https://www.linkedin.com/oauth/v2/... is /oauth/v2/...

Requests are written in Rest.li 2.0.0 (linkedin.github.io/rest.li/spec/protocol,
learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/protocol-version):

ids=List(urn%3Ali%3Ashare%3A1,urn%3Ali%3Ashare%3A2)   a list of strings, each escaped
sort=(value:REVERSE_CHRONOLOGICAL)                    a record
author=urn%3Ali%3Aorganization%3A1                    a string; : ( ) , ' must be escaped in it

The documentation leaves these points open. Here:
- Comments come newest first. A comment on a reply has the same parent as the reply.
- Closing the comments of a post deletes them.
- All comments of a suspended member disappear, and all replies to them.
- A request for the comments on another organization's post is forbidden.
- A repost without text is a post.
- Without a filter, all events are listed, in order of their start, including canceled and private ones.
  Without a role that reads events, both the list and an event are forbidden.

Differences from the real API: a story sunsets versions (Place.sunset), not the calendar; the quota covers all
resources together; unsupported parameters are refused, `fields` among them; nothing can be written; there are
no statistics, people, live streams, forms, or attendees; the escaping of a path is checked only if the server
keeps the path as sent.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote, unquote, unquote_plus, urlsplit

from flask import Response, request
from werkzeug.exceptions import HTTPException

from infra.sandbox.faces.common import Face, Json, Refusal, Routes, base, bearer, dump, reply
from infra.sandbox.faces.linkedin import errors
from infra.sandbox.faces.linkedin.access import ADMIN, FEED, HOSTS, NOTIFIED_ROLES, SOCIAL, Access, event_id
from infra.sandbox.faces.linkedin.assets import Assets, file_of, refused
from infra.sandbox.faces.linkedin.entities import (
    CRITERIA,
    NOTIFIED,
    STATES,
    announced_events,
    comment_json,
    event_json,
    followers,
    list_posts,
    metadata_json,
    modified_at,
    notification_json,
    organization_json,
    post_json,
    public_json,
    reactions_json,
    roles_json,
    select_notifications,
    state_of,
)
from infra.sandbox.faces.linkedin.tokens import exchange_token, introspect_token
from infra.sandbox.faces.oauth import consent_page
from infra.sandbox.model import Account, Event, Post
from infra.sandbox.validation import linkedin as validation

SIGNS = re.compile(r"[:(),']")
Parameters = Mapping[str, Any]
MOST = 100
UNSCOPED = ("refresh", "app")  # kinds of token that give no access
OAUTH = "/oauth/v2/"
SCOPES, RESOURCE, BY_ORGANIZER = ("r_events", "rw_events"), "events", "FINDER-eventsByOrganizer"
FILTERS = ("organizer", "excludeCancelled", "timeBasedFilter", "entryCriteria", "sortOrder")
ORDERS = ("START_TIME_ASC", "START_TIME_DESC")
PAGED = ("start", "count", "q")
POSTS, ACTIONS = "partnerApiPostsExternal", "socialActionsV2"  # resources in the messages of errors
EDGES = ("COMPANY_FOLLOWED_BY_MEMBER", "CompanyFollowedByMember")
ASSETS = {"images": "Image", "videos": "Video", "documents": "Document"}


class Unreadable(ValueError):
    """Raised for a value that is not valid Rest.li."""


def _text(raw: str) -> str:
    if SIGNS.search(raw):
        raise Unreadable(raw)
    return unquote_plus(raw)


def _value(raw: str) -> Any:
    """Return a string, a list of strings, or a flat record of strings."""
    if raw.startswith("List(") and raw.endswith(")"):
        return [_text(one) for one in raw[5:-1].split(",") if one]
    if raw.startswith("(") and raw.endswith(")"):
        pairs = [one.partition(":") for one in raw[1:-1].split(",")]
        return {name: _text(one) for name, _, one in pairs}
    return _text(raw)


def read_parameters(query: str) -> dict[str, Any]:
    pairs = [one.partition("=") for one in query.split("&") if one]
    return {unquote(name): _value(raw) for name, _, raw in pairs}


def check_path(address: str) -> None:
    """Check the escaping of an address as it was sent."""
    for segment in urlsplit(address).path.split("/"):
        _value(segment)


class LinkedIn(Face):
    """The Community Management API."""

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
            "/rest/events": self.events,
            "/rest/events/<number>": self.event,
            **assets,
            **{f"/rest/{name}/<urn>": partial(self.asset, kind) for name, kind in ASSETS.items()},
        }

    def forms(self) -> Routes:
        return {
            f"{OAUTH}accessToken": partial(self.respond_token, "AccessToken", exchange_token),
            f"{OAUTH}introspectToken": partial(self.respond_token, "Introspection", introspect_token),
        }

    # -- requests ----------------------------------------------------------------------------------

    def client(self) -> str:
        return "the application"

    def cost(self) -> int:
        return 1 if request.path.startswith("/rest/") else 0

    def version(self) -> str:
        return request.headers.get("LinkedIn-Version", "")

    def authorize(self) -> Access:
        """Return what the token sees; refuse a dead token, version, or protocol."""
        secret = bearer()
        token = self.network.token(self.where, secret)
        if token is None or token.kind in UNSCOPED or not token.account:
            dead = (
                one
                for one in self.network.tokens
                if (one.where, one.secret) == (self.where, secret) and one.kind not in UNSCOPED
            )
            raise errors.unauthorized(next(dead, None), secret)
        if not (version := self.version()):
            raise Refusal(*errors.NO_VERSION)
        latest = f"{self.network.now():%Y%m}"
        if (
            not re.fullmatch(r"\d{4}(0[1-9]|1[0-2])", version)
            or not self.network.places[self.where].sunset <= version <= latest
        ):
            raise errors.sunset(version)
        protocol = request.headers.get("X-Restli-Protocol-Version", "1.0.0")
        if protocol == "1.0.0":  # lists and escaped URNs need 2.0.0
            raise Refusal(*errors.NO_METHOD)
        if protocol != validation.RESTLI:
            raise errors.unsupported(protocol)
        return Access(self.network, base(), token)

    def parameters(self, *known: str) -> Parameters:
        """Return the parameters of the request; refuse unknown ones."""
        try:
            check_path(request.environ.get("REQUEST_URI", ""))
        except Unreadable:
            raise Refusal(*errors.BAD_PATH) from None
        try:
            found = read_parameters(request.query_string.decode())
        except Unreadable:
            raise Refusal(*errors.BAD_QUERY) from None
        if set(found) - set(known):
            raise Refusal(*errors.BAD_QUERY)
        method = request.headers.get("X-RestLi-Method", "").upper()
        if method and method != ("FINDER" if "q" in found else "BATCH_GET" if "ids" in found else method):
            raise Refusal(*errors.NO_METHOD)
        return found

    def require_scopes(self, access: Access, scopes: tuple[str, ...], resource: str, method: str) -> None:
        if not access.has_scope(scopes):
            raise errors.forbidden(resource, method, self.version())

    # -- responses ---------------------------------------------------------------------------------

    def answer(self, kind: str, value: Any, status: int = 200) -> Response:
        headers = {"X-RestLi-Protocol-Version": validation.RESTLI} | (
            {"X-RestLi-Error-Response": "true"} if status >= 400 else {}
        )
        return reply(partial(validation.check, kind), dump(value), status, "application/json", headers)

    def respond_page(
        self,
        kind: str,
        found: list[Any],
        make: Callable[[Any], Json],
        asked: Parameters,
        *,
        total: bool = True,
    ) -> Response:
        """Return a page by offset.

        A client that reads on while items are added before it gets some twice, or misses some.
        """
        start = self.parse_integer(asked, "start", 0, 10**9)
        count = self.parse_integer(asked, "count", 10, MOST)
        links = [
            self.link(rel, at, count)
            for rel, at in (("prev", start - count), ("next", start + count))
            if 0 <= at < len(found)
        ]
        paging: Json = {"start": start, "count": count, "links": links} | (
            {"total": len(found)} if total else {}
        )
        return self.answer(
            f"{kind}s", {"paging": paging, "elements": [make(one) for one in found[start : start + count]]}
        )

    def parse_integer(self, asked: Parameters, name: str, default: int, most: int) -> int:
        value = asked.get(name, str(default))
        if not isinstance(value, str) or not value.isdigit() or int(value) > most:
            raise Refusal(*errors.BAD_QUERY)
        return int(value)

    def link(self, rel: str, start: int, count: int) -> Json:
        kept = [
            one
            for one in request.query_string.decode().split("&")
            if one.partition("=")[0] not in ("start", "count", "")
        ]
        query = "&".join(sorted([*kept, f"start={start}", f"count={count}"]))
        return {"type": "application/json", "rel": rel, "href": f"{quote(request.path, safe='/')}?{query}"}

    def respond_batch(self, kind: str, asked: Parameters, one: Callable[[str], Json]) -> Response:
        """Return several entities by their keys, with the errors of refused ones."""
        keys = asked.get("ids")
        if not isinstance(keys, list) or not keys:
            raise Refusal(*errors.NO_METHOD)
        results, failed = {}, {}
        for key in keys:
            try:
                results[key] = one(key)
            except Refusal as refusal:
                failed[key] = self.error(refusal)
        statuses = dict.fromkeys(results, 200) | {key: error["status"] for key, error in failed.items()}
        return self.answer(f"{kind}Batch", {"results": results, "statuses": statuses, "errors": failed})

    def error(self, refusal: Refusal) -> Json:
        code, words, *service = refusal.details
        body = {"status": refusal.status, "code": code, "message": words}
        return body | ({"serviceErrorCode": service[0]} if service else {})

    def refused(self, refusal: Refusal) -> Response:
        if request.path.startswith(OAUTH):
            code, words = refusal.details
            body = dump({"error": code, "error_description": words})
            return reply(partial(validation.check_oauth, ""), body, refusal.status, "application/json")
        return self.answer("Error", self.error(refusal), refusal.status)

    def lost(self, _error: HTTPException) -> Response:
        oauth = request.path.startswith(OAUTH)
        return self.refused(Refusal(*(errors.NO_FORM if oauth else errors.NO_RESOURCE)))

    def throttled(self) -> Response:
        return self.refused(Refusal(*errors.THROTTLED))

    # -- posts -------------------------------------------------------------------------------------

    def posts(self) -> Response:
        access = self.authorize()
        asked = self.parameters(*PAGED, "author", "sortBy", "viewContext", "isDsc", "ids")
        if "ids" in asked:
            self.require_scopes(access, SOCIAL, POSTS, "BATCH_GET")
            return self.respond_batch(
                "Post", asked, lambda urn: post_json(access, self.find_post(access, urn))
            )
        self.require_scopes(access, SOCIAL, POSTS, "FINDER-author")
        if asked.get("q") != "author" or not isinstance(asked.get("author"), str):
            raise Refusal(*errors.NO_METHOD)
        author = self.author(access, asked["author"])
        keys: dict[str, Callable[[Post], float]] = {
            "LAST_MODIFIED": modified_at,
            "CREATED": lambda post: post.created.timestamp(),
        }
        if (order := asked.get("sortBy", "LAST_MODIFIED")) not in keys:
            raise Refusal(*errors.BAD_QUERY)
        here = list_posts(access, author, drafts=asked.get("viewContext") == "AUTHOR") if author else []
        found = sorted(here, key=lambda post: (keys[order](post), post.number), reverse=True)
        return self.respond_page("Post", found, partial(post_json, access), asked, total=False)

    def author(self, access: Access, urn: str) -> Account | None:
        """Return the organization of a URN. Posts of members are forbidden."""
        kind, _, number = urn.rpartition(":")
        if kind == "urn:li:person":
            raise errors.forbidden(POSTS, "FINDER-author", self.version())
        if kind != "urn:li:organization" or not number.isdigit():
            raise Refusal(*errors.BAD_QUERY)
        return access.organization(number)

    def find_post(self, access: Access, urn: str) -> Post:
        post = access.post(urn)
        if post is None:
            raise errors.missing(urn)
        if not access.is_visible(post):
            raise errors.forbidden(POSTS, "GET", self.version())
        return post

    def post(self, urn: str) -> Response:
        access, _ = self.authorize(), self.parameters("viewContext")
        self.require_scopes(access, SOCIAL, POSTS, "GET")
        return self.answer("Post", post_json(access, self.find_post(access, urn)))

    # -- comments and reactions --------------------------------------------------------------------

    def find_entity(self, access: Access, urn: str, method: str) -> Post:
        found = access.find_entity(urn)
        if found is None:
            raise errors.missing(urn)
        if not access.is_visible(access.root(found)):
            raise errors.forbidden(ACTIONS, method, self.version())
        return found

    def comments(self, urn: str) -> Response:
        access, asked = self.authorize(), self.parameters(*PAGED, "ids")
        self.require_scopes(access, FEED, ACTIONS, "GET_ALL")
        entity = self.find_entity(access, urn, "GET_ALL")
        if "ids" in asked:
            return self.respond_batch(
                "Comment",
                asked,
                lambda number: comment_json(access, self.find_comment(access, entity, number)),
            )
        return self.respond_page("Comment", access.replies(entity), partial(comment_json, access), asked)

    def find_comment(self, access: Access, entity: Post, number: str) -> Post:
        comment = access.comment_under(access.root(entity), number)
        if comment is None:
            raise errors.missing(number)
        return comment

    def comment(self, urn: str, number: str) -> Response:
        access, _ = self.authorize(), self.parameters()
        self.require_scopes(access, FEED, ACTIONS, "GET")
        return self.answer(
            "Comment",
            comment_json(access, self.find_comment(access, self.find_entity(access, urn, "GET"), number)),
        )

    def metadata(self, urn: str) -> Response:
        access, _ = self.authorize(), self.parameters()
        self.require_scopes(access, FEED, "socialMetadata", "GET")
        return self.answer("SocialMetadata", metadata_json(access, self.find_entity(access, urn, "GET")))

    def several_metadata(self) -> Response:
        access, asked = self.authorize(), self.parameters("ids")
        self.require_scopes(access, FEED, "socialMetadata", "BATCH_GET")
        return self.respond_batch(
            "SocialMetadata", asked, lambda urn: metadata_json(access, self.find_entity(access, urn, "GET"))
        )

    def reactions(self, key: str) -> Response:
        access, asked = self.authorize(), self.parameters(*PAGED, "sort")
        self.require_scopes(access, FEED, "reactions", "FINDER-entity")
        entity = re.fullmatch(r"\(entity:(.+)\)", key)
        if entity is None or asked.get("q") != "entity":
            raise Refusal(*errors.NO_METHOD)
        return self.respond_page(
            "Reaction",
            reactions_json(access, self.find_entity(access, entity[1], "GET")),
            lambda one: one,
            asked,
        )

    # -- organizations -----------------------------------------------------------------------------

    def organization(self, number: str) -> Response:
        access, _ = self.authorize(), self.parameters()
        self.require_scopes(access, ADMIN, "organizations", "GET")
        found = access.organization(number)
        if found is None:
            raise errors.missing(f"urn:li:organization:{number}")
        if not access.administers(found):
            raise errors.forbidden("organizations", "GET", self.version())
        return self.answer("Organization", organization_json(found))

    def organizations(self) -> Response:
        """Return an organization by its vanity name. Without a role, less is shown."""
        access, asked = self.authorize(), self.parameters(*PAGED, "vanityName")
        self.require_scopes(access, ADMIN, "organizations", "FINDER-vanityName")
        if asked.get("q") != "vanityName" or "vanityName" not in asked:
            raise Refusal(*errors.NO_METHOD)
        here = (
            one
            for one in self.network.accounts.values()
            if one.where == self.where and one.staff and not one.suspended
        )
        found = [one for one in here if one.handle == asked["vanityName"]]
        if found and access.administers(found[0]):
            return self.respond_page("Organization", found, organization_json, asked)
        return self.respond_page("OrganizationForAnybody", found, public_json, asked)

    def lookup(self) -> Response:
        access, asked = self.authorize(), self.parameters("ids")
        self.require_scopes(access, ADMIN, "organizationsLookup", "BATCH_GET")

        def one(number: str) -> Json:
            found = access.organization(number)
            if found is None:
                raise errors.missing(f"urn:li:organization:{number}")
            return public_json(found)

        return self.respond_batch("OrganizationForAnybody", asked, one)

    def roles(self) -> Response:
        access, asked = self.authorize(), self.parameters(*PAGED, "role", "state")
        self.require_scopes(access, ADMIN, "organizationAcls", "FINDER-roleAssignee")
        if asked.get("q") != "roleAssignee":
            raise Refusal(*errors.NO_METHOD)
        wanted = {name: asked[name] for name in ("role", "state") if name in asked}
        found = [
            one for one in roles_json(access) if all(one[name] == value for name, value in wanted.items())
        ]
        return self.respond_page("OrganizationAcl", found, lambda one: one, asked)

    def size(self, urn: str) -> Response:
        access, asked = self.authorize(), self.parameters("edgeType")
        found = access.organization(urn.removeprefix("urn:li:organization:"))
        if asked.get("edgeType") not in EDGES:
            raise Refusal(*errors.BAD_QUERY)
        if found is None:
            raise errors.missing(urn)
        return self.answer("NetworkSize", {"firstDegreeSize": followers(access, found)})

    def notifications(self) -> Response:
        access = self.authorize()
        asked = self.parameters(*PAGED, "actions", "organizationalEntity", "timeRange")
        self.require_scopes(access, ADMIN, "organizationalEntityNotifications", "FINDER-criteria")
        actions, span = asked.get("actions", list(NOTIFIED)), asked.get("timeRange", {})
        is_readable = isinstance(actions, list) and isinstance(span, dict)
        if asked.get("q") != "criteria" or "organizationalEntity" not in asked or not is_readable:
            raise Refusal(*errors.BAD_QUERY)
        if set(actions) - set(NOTIFIED) or not all(one.isdigit() for one in span.values()):
            raise Refusal(*errors.BAD_QUERY)
        found = access.organization(asked["organizationalEntity"].rpartition(":")[2])
        if found is None or not access.administers(found, NOTIFIED_ROLES):
            raise errors.forbidden("organizationalEntityNotifications", "FINDER-criteria", self.version())
        start, end = (int(span[name]) if name in span else None for name in ("start", "end"))
        return self.respond_page(
            "Notification",
            select_notifications(access, found, actions, start, end),
            partial(notification_json, access, found),
            asked,
        )

    # -- events ------------------------------------------------------------------------------------

    def events(self) -> Response:
        access, asked = self.authorize(), self.parameters("start", "count", "q", *FILTERS)
        self.require_scopes(access, SCOPES, RESOURCE, BY_ORGANIZER)
        if asked.get("q") != "eventsByOrganizer":
            raise Refusal(*errors.NO_METHOD)
        organizer = access.organization(str(asked.get("organizer", "")).removeprefix("urn:li:organization:"))
        if organizer is None:
            raise Refusal(*errors.BAD_QUERY)
        if not access.administers(organizer, HOSTS):
            raise errors.forbidden(RESOURCE, BY_ORGANIZER, self.version())
        found = [
            one
            for one in announced_events(access)
            if one[0].author == organizer.key and self.is_requested(one[1], asked)
        ]
        newest = self.parse_choice(asked, "sortOrder", *ORDERS) == ORDERS[1]
        found.sort(key=lambda one: (one[1].starts, one[1].number), reverse=newest)
        return self.respond_page("Event", found, partial(event_json, access), asked, total=False)

    def is_requested(self, event: Event, asked: Parameters) -> bool:
        span = asked.get("timeBasedFilter", {})
        state = self.parse_choice(span, "lifeCycleState", "", *STATES)
        criteria = self.parse_choice(asked, "entryCriteria", "", *CRITERIA)
        canceled = self.parse_choice(asked, "excludeCancelled", "false", "true") == "true" and event.canceled
        fits = state in ("", state_of(event, self.network.now())) and criteria in (
            "",
            CRITERIA[event.private],
        )
        return fits and not canceled

    def parse_choice(self, asked: Any, name: str, *words: str) -> str:
        """Return one of the words, by default the first."""
        value = asked.get(name, words[0]) if hasattr(asked, "get") else None
        if value not in words:
            raise Refusal(*errors.BAD_QUERY)
        return str(value)

    def event(self, number: str) -> Response:
        access, _ = self.authorize(), self.parameters()
        self.require_scopes(access, SCOPES, RESOURCE, "GET")
        found = next(
            (one for one in announced_events(access) if str(event_id(one[1].number)) == number), None
        )
        if found is None:
            raise errors.missing(number)
        if not access.administers(self.network.accounts[found[0].author], HOSTS):
            raise errors.forbidden(RESOURCE, "GET", self.version())
        return self.answer("Event", event_json(access, found))

    # -- files -------------------------------------------------------------------------------------

    def asset_json(self, access: Access, kind: str, urn: str) -> Json:
        found = Assets(access).find_asset(urn) if urn.startswith(f"urn:li:{kind.lower()}:") else None
        if found is None:
            raise errors.missing(urn)
        return found

    def asset(self, kind: str, urn: str) -> Response:
        access, _ = self.authorize(), self.parameters()
        self.require_scopes(access, SOCIAL, f"{kind.lower()}s", "GET")
        return self.answer(kind, self.asset_json(access, kind, urn))

    def assets(self, kind: str) -> Response:
        access, asked = self.authorize(), self.parameters("ids")
        self.require_scopes(access, SOCIAL, f"{kind.lower()}s", "BATCH_GET")
        return self.respond_batch(kind, asked, partial(self.asset_json, access, kind))

    def media(self, path: str) -> Response:
        """Return a file, if its address was issued in the last days."""
        if refused(path, request.args, self.network.now()):
            return reply(validation.check_media, "Forbidden", 403, "text/plain")
        found = file_of(self.network, path)
        if found is None:
            return reply(validation.check_media, "Not Found", 404, "text/plain")
        return reply(validation.check_media, found[0], 200, found[1])

    # -- tokens ------------------------------------------------------------------------------------

    def respond_token(self, kind: str, exchange: Callable[..., Json]) -> Response:
        body = exchange(self.network, request.form)
        return reply(partial(validation.check_oauth, kind), dump(body), 200, "application/json")
