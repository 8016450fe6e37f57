"""X's API v2.

Written from X's guides (docs.x.com/x-api) and checked against its OpenAPI description (validation/x.py).
Files of pbs.twimg.com and video.twimg.com are under the face's own address. A request with post.fields gets
the names of the description, one with tweet.fields the older names.

Private messages, blocks, and mutes need a token of the account itself with the scope for them. Sources:
docs.x.com/x-api/direct-messages/lookup and .../lookup/integrate, .../users/blocks, .../users/mutes. "Events
from up to 30 days ago are available": the guides say so of all events together, and here it is also true of
one conversation.

An edited post starts another conversation: in a real response (February 2026, in public code) the ID of the
new version is also its conversation ID, and earlier replies are counted separately. The documentation leaves
these points open. Here:
- Replies to an older version remain in its conversation.
- A timeline, a search, and mentions contain the last version only.
- The ID of an older version is found as long as the post exists.

Differences from the real API: all endpoints have the same limit, and a person has the same as an application;
edits may come later than an hour; there are no followers, so that only the account itself sees a protected
account; conversations have two participants; encrypted messages (XChat) do not exist; nothing can be written;
there are no places, lists, likes, or streams.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from infra.sandbox.faces.common import Face, Json, Refusal, Routes, base, bearer, dump, quota, reply
from infra.sandbox.faces.oauth import consent_page
from infra.sandbox.faces.x import errors
from infra.sandbox.faces.x.access import (
    WHERE,
    Access,
    before,
    charge,
    describe_usage,
    find_limit,
    instant,
    post_id,
    shown_to,
    token,
    user_id,
)
from infra.sandbox.faces.x.entities import FOLDERS, PRIVATE, Entities, file_of
from infra.sandbox.faces.x.query import (
    LONGEST,
    RECENT,
    Query,
    is_supported,
    make_filter,
    names_of,
    read_query,
    to_older_names,
)
from infra.sandbox.faces.x.tokens import exchange_token, refuse_token
from infra.sandbox.model import Account, Post, Token
from infra.sandbox.validation import x as validation
from infra.sandbox.validation.x import Form

COMMON = ("tweet.read", "users.read")  # scopes of every consent
UNSCOPED = ("refresh", "app")  # kinds of token that give no access
OAUTH = "/2/oauth2/token"
MESSAGES_REACH = timedelta(days=30)
EVENTS, EVENT = "/2/dm_events", "/2/dm_events/{event_id}"
WITH, WITHIN = "/2/dm_conversations/with/{participant_id}/dm_events", "/2/dm_conversations/{id}/dm_events"
BLOCKING, MUTING = "/2/users/{id}/blocking", "/2/users/{id}/muting"
WITHOUT_REPLIES, MENTIONS = 800, 800  # longest timeline without replies, longest list of mentions
QUOTES, RECENTLY, EVER = "/2/tweets/{id}/quote_tweets", "/2/tweets/search/recent", "/2/tweets/search/all"


def read_mark(query: Query) -> str | None:
    """Return the ID after which the page starts; None for the first page."""
    given = query.values.get("pagination_token") or query.values.get("next_token")
    last = before(given) if given else None
    if given and last is None:
        raise errors.invalid(
            "pagination_token", given, f"The `pagination_token` query parameter value [{given}] is not valid"
        )
    return last


class X(Face):
    """X's API v2."""

    def routes(self) -> Routes:
        files: Routes = {
            f"/{folder}/<path:path>": partial(self.media, folder)
            for folder in ("media", "profile_images", "ext_tw_video")
        }
        return {
            "/2/users/me": self.me,
            "/2/users/<number>": self.user,
            "/2/users": self.users,
            "/2/users/by": self.users_by,
            "/2/users/by/username/<name>": self.by_name,
            "/2/users/<number>/tweets": self.timeline,
            "/2/users/<number>/mentions": self.mentions,
            "/2/tweets": self.posts,
            "/2/tweets/<number>": self.post,
            "/2/tweets/<number>/quote_tweets": self.quotes,
            RECENTLY: partial(self.search, RECENTLY),
            EVER: partial(self.search, EVER),
            "/2/usage/tweets": self.usage,
            "/i/oauth2/authorize": consent_page(self.network, self.where),
            "/ext_tw_video_thumb/<path:path>": partial(self.media, "ext_tw_video_thumb"),
            **files,
            EVENTS: self.events,
            "/2/dm_events/<number>": self.event,
            "/2/dm_conversations/with/<number>/dm_events": self.participant_events,
            "/2/dm_conversations/<wanted>/dm_events": self.conversation_events,
            "/2/users/<number>/blocking": self.blocking,
            "/2/users/<number>/muting": self.muting,
            f"{PRIVATE}/<number>/<path:path>": self.private_file,
        }

    def forms(self) -> Routes:
        return {OAUTH: self.exchange_token}

    # -- requests ----------------------------------------------------------------------------------

    def client(self) -> str:
        """Return the key of the quota: each endpoint has a window of its own."""
        return f"{bearer()} {request.url_rule.rule if request.url_rule else ''}"

    def cost(self) -> int:
        return 0 if request.path.startswith(FOLDERS) or request.path == OAUTH else 1

    def token(self, operation: str) -> Token:
        token = self.network.token(self.where, bearer())
        if token is None or token.kind in UNSCOPED:
            raise errors.plain(401, "Unauthorized")
        scheme = "OAuth2UserToken" if token.account else "BearerToken"
        supported = validation.DERIVED["operations"][operation]["security"]
        if scheme not in supported:
            raise errors.unsupported(scheme, supported)
        needed = set(validation.DERIVED["operations"][operation]["scopes"])
        if needed - {*COMMON, *token.scopes} and token.account:
            # The message is that of github.com/plhery/node-twitter-api-v2/issues/434
            raise errors.plain(403, "Forbidden")
        return token

    def authorize(self, operation: str) -> Entities:
        """Return the entities for a request.

        A wrong token or parameter, or a reached spending limit, is refused.
        """
        token = self.token(operation)
        query = read_query(operation, request.args.to_dict())
        if (gone := find_limit(self.network)) and not operation.startswith("/2/usage"):
            raise errors.capped() if gone == "cap" else errors.depleted()
        return Entities(Access(self.network, token), base(), query)

    # -- responses ---------------------------------------------------------------------------------

    def answer(self, operation: str, query: Query | None, value: Json, status: int = 200) -> Response:
        left, form = quota(), query.form if query else Form(names_of(request.args), {})
        rates = {
            "x-rate-limit-limit": str(left.limit),
            "x-rate-limit-remaining": str(left.remaining),
            "x-rate-limit-reset": str(int(left.reset.timestamp())),
        }
        check = partial(validation.check, operation, form)
        body = to_older_names(value) if form.words == "tweet" else value
        return reply(
            check, dump(body), status, validation.JSON if status == 200 else validation.PROBLEM, rates
        )

    def respond(
        self, operation: str, entities: Entities, data: Any, *, meta: Json | None = None, own: bool = False
    ) -> Response:
        """Return a response with its expansions, and charge for it."""
        includes = {kind: list(shelf.values()) for kind, shelf in entities.included.items() if shelf}
        answer: Json = {} if data in (None, []) else {"data": data}
        answer |= ({"includes": includes} if includes else {}) | (
            {"errors": entities.errors} if entities.errors else {}
        )
        answer |= {} if meta is None else {"meta": meta}
        charge(
            self.network,
            [(kind, one.get("id", "")) for kind, one in validation.things(operation, answer)],
            own=own,
        )
        return self.answer(operation, entities.query, answer)

    def respond_each(
        self, operation: str, parameter: str, make: Callable[[Entities, str], Json | None]
    ) -> Response:
        """Return things by their IDs or names.

        Those that are not found are among the errors.
        """
        entities = self.authorize(operation)
        found = [make(entities, value) for value in dict.fromkeys(entities.query.chosen(parameter))]
        return self.respond(operation, entities, [one for one in found if one is not None])

    def refused(self, refusal: Refusal) -> Response:
        (body,) = refusal.details
        if request.path == OAUTH:
            return reply(validation.check_token, dump(body), refusal.status, validation.JSON)
        return self.answer("Refusal", None, body, refusal.status)

    def lost(self, error: HTTPException) -> Response:
        if request.path == OAUTH:
            return self.refused(
                refuse_token(400, "invalid_request", "Missing required parameter [grant_type].")
            )
        return self.refused(
            errors.plain(404, "Not Found") if error.code != 405 else errors.plain(400, "Bad Request")
        )

    def throttled(self) -> Response:
        return self.refused(errors.plain(429, "Too Many Requests"))

    # -- users -------------------------------------------------------------------------------------

    def find_user(
        self, entities: Entities, account: Account | None, parameter: str, value: str
    ) -> Json | None:
        problem = entities.access.problem_of_user(account, parameter, value)
        if problem is not None or account is None:
            entities.errors += [problem] if problem else []
            return None
        return entities.user(account)

    def one_user(
        self, operation: str, entities: Entities, account: Account | None, parameter: str, value: str
    ) -> Response:
        return self.respond(
            operation,
            entities,
            self.find_user(entities, account, parameter, value),
            own=account is not None and self.is_own(entities, account),
        )

    def is_own(self, entities: Entities, account: Account) -> bool:
        return entities.access.viewer == account

    def me(self) -> Response:
        entities = self.authorize("/2/users/me")
        account = entities.access.viewer
        return self.one_user("/2/users/me", entities, account, "id", user_id(account) if account else "")

    def user(self, number: str) -> Response:
        entities = self.authorize("/2/users/{id}")
        return self.one_user("/2/users/{id}", entities, entities.access.users.get(number), "id", number)

    def by_name(self, name: str) -> Response:
        entities = self.authorize("/2/users/by/username/{username}")
        return self.one_user(
            "/2/users/by/username/{username}",
            entities,
            entities.access.names.get(name.lower()),
            "username",
            name,
        )

    def users(self) -> Response:
        return self.respond_each(
            "/2/users",
            "ids",
            lambda entities, one: self.find_user(entities, entities.access.users.get(one), "ids", one),
        )

    def users_by(self) -> Response:
        def named(entities: Entities, name: str) -> Json | None:
            return self.find_user(entities, entities.access.names.get(name.lower()), "usernames", name)

        return self.respond_each("/2/users/by", "usernames", named)

    # -- posts by id -------------------------------------------------------------------------------

    def find_post(self, entities: Entities, number: str, parameter: str) -> Json | None:
        post, version = entities.access.versions.get(number, (None, 0))
        problem = entities.access.problem_of_post(post, parameter, number)
        if problem is not None or post is None:
            entities.errors += [problem] if problem else []
            return None
        return entities.post(post, version)

    def posts(self) -> Response:
        return self.respond_each(
            "/2/tweets", "ids", lambda entities, one: self.find_post(entities, one, "ids")
        )

    def post(self, number: str) -> Response:
        entities = self.authorize("/2/tweets/{id}")
        return self.respond("/2/tweets/{id}", entities, self.find_post(entities, number, "id"))

    # -- lists -------------------------------------------------------------------------------------

    def respond_page(
        self, operation: str, entities: Entities, found: Iterable[Post], *, own: bool = False
    ) -> Response:
        """Return a page, newest first.

        The token names the last post, so that new posts do not shift the pages.
        """
        query = entities.query
        numbered = sorted(self.select_range(found, query), key=lambda one: one[0], reverse=True)
        last = read_mark(query)
        left = [post for number, post in numbered if last is None or number < int(last)]
        shown = left[: query.values.get("max_results", 10)]
        meta: Json = {"result_count": len(shown)}
        if shown and operation != QUOTES:
            meta |= {"newest_id": post_id(shown[0]), "oldest_id": post_id(shown[-1])}
        if len(left) > len(shown):
            meta["next_token"] = token(post_id(shown[-1]))
        return self.respond(operation, entities, [entities.post(post) for post in shown], meta=meta, own=own)

    def select_range(self, found: Iterable[Post], query: Query) -> Iterator[tuple[int, Post]]:
        """Yield the posts between the requested instants and IDs.

        Each has its ID as a number.

        start_time is inclusive; end_time, since_id, and until_id are exclusive.
        """
        start, end = (self.instant(query, name) for name in ("start_time", "end_time"))
        after, until = (
            int(query.values[name]) if name in query.values else None for name in ("since_id", "until_id")
        )
        for post in found:
            number = int(post_id(post))
            times = (start is None or post.now.at >= start) and (end is None or post.now.at < end)
            if times and (after is None or number > after) and (until is None or number < until):
                yield number, post

    def instant(self, query: Query, name: str) -> datetime | None:
        given = query.values.get(name)
        if given is None:
            return None
        try:
            return datetime.fromisoformat(given).astimezone(UTC)
        except ValueError:
            raise errors.invalid(
                name, given, f"The `{name}` query parameter value [{given}] is not a valid RFC3339 timestamp"
            ) from None

    def find_owner(self, entities: Entities, number: str) -> Account | None:
        """Return the account whose list is requested.

        If it is not visible, add the reason to the errors.
        """
        account = entities.access.users.get(number)
        problem = entities.access.problem_of_user(account, "id", number)
        if account is not None and problem is None and not entities.access.is_open(account):
            problem = errors.forbidden("user", "id", number)
        entities.errors += [problem] if problem else []
        return None if problem else account

    def timeline(self, number: str) -> Response:
        operation = "/2/users/{id}/tweets"
        entities = self.authorize(operation)
        account = self.find_owner(entities, number)
        if account is None:
            return self.respond(operation, entities, None)
        own = sorted(
            (post for post in entities.access.visible_posts() if post.author == account.key),
            key=lambda post: int(post_id(post)),
            reverse=True,
        )
        excluded = entities.query.chosen("exclude")
        reach = self.network.places[self.where].reach
        reached = own[: min(reach, WITHOUT_REPLIES) if "replies" in excluded else reach]
        kept = [
            post
            for post in reached
            if not (
                ("replies" in excluded and post.parent_author) or ("retweets" in excluded and post.repost)
            )
        ]
        return self.respond_page(operation, entities, kept, own=self.is_own(entities, account))

    def mentions(self, number: str) -> Response:
        operation = "/2/users/{id}/mentions"
        entities = self.authorize(operation)
        account = self.find_owner(entities, number)
        if account is None:
            return self.respond(operation, entities, None)
        named = [
            post
            for post in entities.access.visible_posts()
            if post.author != account.key and not post.repost and number in entities.access.mentions(post)
        ]
        newest = sorted(named, key=lambda post: int(post_id(post)), reverse=True)[:MENTIONS]
        return self.respond_page(operation, entities, newest, own=self.is_own(entities, account))

    def quotes(self, number: str) -> Response:
        entities = self.authorize(QUOTES)
        quoted, _ = entities.access.versions.get(number, (None, 0))
        problem = entities.access.problem_of_post(quoted, "id", number)
        if problem is not None or quoted is None:
            entities.errors += [problem] if problem else []
            return self.respond(QUOTES, entities, None)
        return self.respond_page(
            QUOTES,
            entities,
            [
                post
                for post in entities.access.visible_posts()
                if post.quote == quoted.key and shown_to(quoted, post) == number
            ],
        )

    def search(self, operation: str) -> Response:
        """Search. A recent search reaches back seven days and refuses an earlier start."""
        entities = self.authorize(operation)
        query: str = entities.query.values["query"]
        if not is_supported(query):
            raise errors.invalid(
                "query",
                query,
                f"There were errors processing your request: no viable alternative at input '{query}'",
            )
        if len(query) > (longest := LONGEST[operation.rpartition("/")[2]]):
            # no public response shows the platform's message
            words = f"The query has {len(query)} characters, and at most {longest} are allowed"
            raise errors.invalid("query", query, words)
        horizon = self.network.now() - RECENT if operation == RECENTLY else None
        start = self.instant(entities.query, "start_time")
        if horizon and start and start < horizon:
            words = (
                f"Invalid 'start_time':'{instant(start)}'. 'start_time' must be on or after"
                f" {instant(horizon)}."
            )
            raise errors.invalid("start_time", instant(start), words)
        posts = (
            post for post in entities.access.visible_posts() if horizon is None or post.now.at >= horizon
        )
        return self.respond_page(operation, entities, filter(make_filter(entities.access, query), posts))

    # -- private messages --------------------------------------------------------------------------

    def messages(self, viewer: Account) -> list[Post]:
        """Return the messages that the account sent and received, newest first.

        Only those of the last 30 days, like the API.
        """
        messages = [one for found in self.network.conversations(viewer.key).values() for one in found]
        return sorted(
            (one for one in messages if one.created > self.network.now() - MESSAGES_REACH),
            key=lambda one: int(post_id(one)),
            reverse=True,
        )

    def events(self) -> Response:
        entities = self.authorize(EVENTS)
        return self.respond_events(EVENTS, entities, self.messages(self.viewer(entities)))

    def participant_events(self, number: str) -> Response:
        entities = self.authorize(WITH)
        viewer, other = self.viewer(entities), entities.access.users.get(number)
        return self.respond_events(
            WITH,
            entities,
            [one for one in self.messages(viewer) if other and other.key in (one.author, one.to)],
        )

    def conversation_events(self, wanted: str) -> Response:
        entities = self.authorize(WITHIN)
        return self.respond_events(
            WITHIN,
            entities,
            [
                one
                for one in self.messages(self.viewer(entities))
                if entities.access.private_conversation(one) == wanted
            ],
        )

    def event(self, number: str) -> Response:
        entities = self.authorize(EVENT)
        found = next((one for one in self.messages(self.viewer(entities)) if post_id(one) == number), None)
        if found is None:
            entities.errors.append(errors.missing("dm_event", "event_id", number))
        return self.respond(EVENT, entities, entities.event(found) if found else None)

    def viewer(self, entities: Entities) -> Account:
        """Return the account of the token: these endpoints refuse an application's token."""
        return self.network.accounts[entities.access.token.account]

    def respond_events(self, operation: str, entities: Entities, found: Iterable[Post]) -> Response:
        """Return a page, newest first.

        The token names the last event, so that new events do not shift the pages.
        """
        query, last = entities.query, read_mark(entities.query)
        wanted = "MessageCreate" in query.values.get("event_types", ["MessageCreate"])
        left = [one for one in found if wanted and (last is None or int(post_id(one)) < int(last))]
        shown = left[: query.values.get("max_results", 100)]
        meta: Json = {"result_count": len(shown)} | (
            {"next_token": token(post_id(shown[-1]))} if len(left) > len(shown) else {}
        )
        return self.respond(operation, entities, [entities.event(one) for one in shown], meta=meta)

    def private_file(self, number: str, path: str) -> Response:
        """Return a photo or video of a message to its two participants."""
        token = self.network.token(self.where, bearer())
        found = self.network.conversations(token.account) if token and "dm.read" in token.scopes else None
        if found is None:
            return reply(validation.check_media, "Unauthorized", 401, "text/plain")
        messages = [one for said in found.values() for one in said if post_id(one) == number]
        return self.serve_file(file_of(messages, path), "private, no-store")

    def serve_file(self, found: tuple[bytes, str] | None, cache: str) -> Response:
        if found is None:
            return reply(validation.check_media, "Not Found", 404, "text/plain")
        return reply(validation.check_media, found[0], 200, found[1], {"Cache-Control": cache})

    # -- blocked and muted accounts ----------------------------------------------------------------

    def blocking(self, number: str) -> Response:
        return self.list_accounts(BLOCKING, number, self.network.blocks)

    def muting(self, number: str) -> Response:
        return self.list_accounts(MUTING, number, self.network.mutes)

    def list_accounts(self, operation: str, number: str, pairs: list[list[str]]) -> Response:
        """Return a page of the blocked or muted accounts, the latest first."""
        entities = self.authorize(operation)
        viewer, last = self.viewer(entities), read_mark(entities.query)
        if number != user_id(viewer):
            raise errors.other("id", number, user_id(viewer))
        found = [self.network.accounts[whom] for who, whom in pairs[::-1] if who == viewer.key]
        ids = [user_id(one) for one in found]
        start = ids.index(last) + 1 if last in ids else 0
        shown = found[start : start + entities.query.values.get("max_results", 100)]
        meta: Json = {"result_count": len(shown)}
        if start + len(shown) < len(found):
            meta["next_token"] = token(user_id(shown[-1]))
        return self.respond(operation, entities, [entities.user(one) for one in shown], meta=meta)

    # -- usage, tokens, and files ------------------------------------------------------------------

    def usage(self) -> Response:
        entities = self.authorize("/2/usage/tweets")
        return self.answer("/2/usage/tweets", entities.query, {"data": describe_usage(self.network)})

    def exchange_token(self) -> Response:
        given = request.authorization
        app = (given.username or "", given.password or "") if given and given.type == "basic" else None
        if app is None and request.form.get("client_id"):
            app = (request.form["client_id"], "")
        try:
            granted = exchange_token(self.network, request.form, app)
        except Refusal as refusal:
            return self.refused(refusal)
        return reply(validation.check_token, dump(granted), 200, validation.JSON)

    def media(self, folder: str, path: str) -> Response:
        found = file_of(
            (one for one in self.network.posts.values() if one.where == WHERE), f"{folder}/{path}"
        )
        return self.serve_file(found, "max-age=604800, must-revalidate")
