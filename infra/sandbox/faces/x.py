"""X's API v2: users, their timelines and mentions, posts by id, search of a conversation, private messages,
who is blocked and muted, what was used, tokens.

Written from X's guides (docs.x.com/x-api) and held to its OpenAPI description (validation/x.py). Files of
pbs.twimg.com and video.twimg.com lie under the face's own address. Asked with post.fields it answers in the
description's words, asked with tweet.fields in the older ones. An edited post begins another conversation: in
a real answer (February 2026, in public code) the new version's id is that of its conversation, and what was
answered before is counted apart. What no public word settles, and how it is here: answers to an older version
stay in its conversation; a timeline, a search and mentions have the last version only; an id of an older
version is found as long as the post is there. It differs from the real one in this: all endpoints have the
same limit, and a person the same as an application; edits may come later than an hour; nobody follows
anybody, so that a protected account is seen by itself only; there is nothing to write, no places, lists,
likes or streams.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import partial

from flask import Response, request

from infra.sandbox.faces import x_errors as errors
from infra.sandbox.faces.common import Refusal, Routes, dump, reply
from infra.sandbox.faces.oauth import consent_page
from infra.sandbox.faces.x_face import OAUTH
from infra.sandbox.faces.x_ids import WHERE, before, instant, post_id, shown_to, token, user_id
from infra.sandbox.faces.x_inbox import Inbox
from infra.sandbox.faces.x_media import file_of
from infra.sandbox.faces.x_posts import Entities
from infra.sandbox.faces.x_query import Query
from infra.sandbox.faces.x_search import LONGEST, RECENT, known, meeting
from infra.sandbox.faces.x_sight import Json
from infra.sandbox.faces.x_tokens import refreshed
from infra.sandbox.faces.x_usage import usage_json
from infra.sandbox.model import Account, Post
from infra.sandbox.validation import x as validation

WITHOUT_REPLIES, MENTIONS = 800, 800  # so many a timeline gives then
QUOTES, RECENTLY, EVER = "/2/tweets/{id}/quote_tweets", "/2/tweets/search/recent", "/2/tweets/search/all"


class X(Inbox):
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
            **super().routes(),
        }

    def forms(self) -> Routes:
        return {OAUTH: self.refresh}

    # -- users ------------------------------------------------------------------------------------

    def user_json(self, made: Entities, account: Account | None, parameter: str, value: str) -> Json | None:
        problem = made.sight.problem_of_user(account, parameter, value)
        if problem is not None or account is None:
            made.errors += [problem] if problem else []
            return None
        return made.user(account)

    def one_user(
        self, operation: str, made: Entities, account: Account | None, parameter: str, value: str
    ) -> Response:
        return self.told(
            operation,
            made,
            self.user_json(made, account, parameter, value),
            own=account is not None and self.own(made, account),
        )

    def own(self, made: Entities, account: Account) -> bool:
        return made.sight.viewer == account

    def me(self) -> Response:
        made = self.ask("/2/users/me")
        account = made.sight.viewer
        return self.one_user("/2/users/me", made, account, "id", user_id(account) if account else "")

    def user(self, number: str) -> Response:
        made = self.ask("/2/users/{id}")
        return self.one_user("/2/users/{id}", made, made.sight.users.get(number), "id", number)

    def by_name(self, name: str) -> Response:
        made = self.ask("/2/users/by/username/{username}")
        return self.one_user(
            "/2/users/by/username/{username}", made, made.sight.names.get(name.lower()), "username", name
        )

    def users(self) -> Response:
        return self.several(
            "/2/users", "ids", lambda made, one: self.user_json(made, made.sight.users.get(one), "ids", one)
        )

    def users_by(self) -> Response:
        def named(made: Entities, name: str) -> Json | None:
            return self.user_json(made, made.sight.names.get(name.lower()), "usernames", name)

        return self.several("/2/users/by", "usernames", named)

    # -- posts by id ------------------------------------------------------------------------------

    def post_json(self, made: Entities, number: str, parameter: str) -> Json | None:
        post, version = made.sight.ids.get(number, (None, 0))
        problem = made.sight.problem_of_post(post, parameter, number)
        if problem is not None or post is None:
            made.errors += [problem] if problem else []
            return None
        return made.post(post, version)

    def posts(self) -> Response:
        return self.several("/2/tweets", "ids", lambda made, one: self.post_json(made, one, "ids"))

    def post(self, number: str) -> Response:
        made = self.ask("/2/tweets/{id}")
        return self.told("/2/tweets/{id}", made, self.post_json(made, number, "id"))

    # -- lists ------------------------------------------------------------------------------------

    def page(self, operation: str, made: Entities, found: Iterable[Post], *, own: bool = False) -> Response:
        """A page, newest first. Its token names the last post, so that nothing shifts."""
        query = made.query
        numbered = sorted(self.within(found, query), key=lambda one: one[0], reverse=True)
        given = query.values.get("pagination_token") or query.values.get("next_token")
        last = before(given) if given else None
        if given and last is None:
            raise errors.invalid(
                "pagination_token",
                given,
                f"The `pagination_token` query parameter value [{given}] is not valid",
            )
        left = [post for number, post in numbered if last is None or number < int(last)]
        shown = left[: query.values.get("max_results", 10)]
        meta: Json = {"result_count": len(shown)}
        if shown and operation != QUOTES:
            meta |= {"newest_id": post_id(shown[0]), "oldest_id": post_id(shown[-1])}
        if len(left) > len(shown):
            meta["next_token"] = token(post_id(shown[-1]))
        return self.told(operation, made, [made.post(post) for post in shown], meta=meta, own=own)

    def within(self, found: Iterable[Post], query: Query) -> Iterator[tuple[int, Post]]:
        """Those between the instants and ids that were asked for (from, and before; after, and before), with
        their ids as numbers.
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

    def owner(self, made: Entities, number: str) -> Account | None:
        """Whose list it is; why it is not given stands among the errors."""
        account = made.sight.users.get(number)
        problem = made.sight.problem_of_user(account, "id", number)
        if account is not None and problem is None and not made.sight.open(account):
            problem = errors.forbidden("user", "id", number)
        made.errors += [problem] if problem else []
        return None if problem else account

    def timeline(self, number: str) -> Response:
        operation = "/2/users/{id}/tweets"
        made = self.ask(operation)
        account = self.owner(made, number)
        if account is None:
            return self.told(operation, made, None)
        own = sorted(
            (post for post in made.sight.all() if post.author == account.key),
            key=lambda post: int(post_id(post)),
            reverse=True,
        )
        excluded = made.query.chosen("exclude")
        reach = self.network.places[self.where].reach
        reached = own[: min(reach, WITHOUT_REPLIES) if "replies" in excluded else reach]
        kept = [
            post
            for post in reached
            if not (
                ("replies" in excluded and post.parent_author) or ("retweets" in excluded and post.repost)
            )
        ]
        return self.page(operation, made, kept, own=self.own(made, account))

    def mentions(self, number: str) -> Response:
        operation = "/2/users/{id}/mentions"
        made = self.ask(operation)
        account = self.owner(made, number)
        if account is None:
            return self.told(operation, made, None)
        named = [
            post
            for post in made.sight.all()
            if post.author != account.key and not post.repost and number in made.sight.mentions(post)
        ]
        newest = sorted(named, key=lambda post: int(post_id(post)), reverse=True)[:MENTIONS]
        return self.page(operation, made, newest, own=self.own(made, account))

    def quotes(self, number: str) -> Response:
        made = self.ask(QUOTES)
        quoted, _ = made.sight.ids.get(number, (None, 0))
        problem = made.sight.problem_of_post(quoted, "id", number)
        if problem is not None or quoted is None:
            made.errors += [problem] if problem else []
            return self.told(QUOTES, made, None)
        return self.page(
            QUOTES,
            made,
            [
                post
                for post in made.sight.all()
                if post.quote == quoted.key and shown_to(quoted, post) == number
            ],
        )

    def search(self, operation: str) -> Response:
        """A recent one reaches back seven days, and takes no earlier instant."""
        made = self.ask(operation)
        query: str = made.query.values["query"]
        if not known(query):
            raise errors.invalid(
                "query",
                query,
                f"There were errors processing your request: no viable alternative at input '{query}'",
            )
        if len(query) > (longest := LONGEST[operation.rpartition("/")[2]]):
            # the platform's own words are not known
            words = f"The query has {len(query)} characters, and at most {longest} are allowed"
            raise errors.invalid("query", query, words)
        horizon = self.network.now() - RECENT if operation == RECENTLY else None
        start = self.instant(made.query, "start_time")
        if horizon and start and start < horizon:
            words = (
                f"Invalid 'start_time':'{instant(start)}'. 'start_time' must be on or after"
                f" {instant(horizon)}."
            )
            raise errors.invalid("start_time", instant(start), words)
        posts = (post for post in made.sight.all() if horizon is None or post.now.at >= horizon)
        return self.page(operation, made, filter(meeting(made.sight, query), posts))

    # -- the rest ---------------------------------------------------------------------------------

    def usage(self) -> Response:
        made = self.ask("/2/usage/tweets")
        return self.answer("/2/usage/tweets", made.query, {"data": usage_json(self.network)})

    def refresh(self) -> Response:
        given = request.authorization
        basic = (
            (given.username or "", given.password or "")
            if given is not None and given.type == "basic"
            else None
        )
        if basic is None and request.form.get("client_id"):
            basic = (request.form["client_id"], "")
        try:
            told = refreshed(self.network, request.form, basic)
        except Refusal as refusal:
            return self.refused(refusal)
        return reply(validation.check_token, dump(told), 200, validation.JSON)

    def media(self, folder: str, path: str) -> Response:
        found = file_of(
            (one for one in self.network.posts.values() if one.where == WHERE), f"{folder}/{path}"
        )
        return self.served(found, "max-age=604800, must-revalidate")
