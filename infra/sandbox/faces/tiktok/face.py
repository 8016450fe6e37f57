"""TikTok's two APIs for the holder of an account.

The Accounts API (TikTok API for Business v1.3) has the profile, videos, comments, and tokens; the Display API
(v2) has no comments. Written from TikTok's documentation (business-api.tiktok.com/portal/docs,
developers.tiktok.com/doc) as far as it is public, and checked against the shapes of validation/tiktok.py.

https://business-api.tiktok.com/open_api/v1.3/... is /open_api/v1.3/... here; https://open.tiktokapis.com/v2/...
and https://www.tiktok.com/v2/auth/authorize/ are /v2/...

The documentation leaves these points open. Here:
- `replies` and a video's `comments` do not count hidden comments.
- A request for comments on a removed video, or on another account's video, has an invalid parameter.
- The token of a suspended account is invalid.
- Comments that are switched off are not listed.
- Each use of a refresh token gives a new one and spends the old one.

Differences from the real APIs: no Research API (agencies get no access), no audience statistics, nothing to
write, no video files, and no web pages.
"""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from infra.sandbox.faces.common import Face, Json, Refusal, Routes, base, bearer, dump, reply
from infra.sandbox.faces.oauth import consent_page, find_app
from infra.sandbox.faces.tiktok import entities as ids
from infra.sandbox.faces.tiktok import tokens as errors
from infra.sandbox.faces.tiktok.entities import Entities, created_seconds
from infra.sandbox.faces.tiktok.tokens import grant_business, grant_display
from infra.sandbox.model import Post, Token
from infra.sandbox.pictures import picture
from infra.sandbox.validation import tiktok as validation

API, SHOWN = "/open_api/v1.3", "/v2"
JSON = "application/json"
FIELDS = {  # the scope that a field needs
    **dict.fromkeys(("display_name", "profile_image", "open_id", "union_id"), "user.info.basic"),
    **dict.fromkeys(("avatar_url", "avatar_url_100", "avatar_large_url"), "user.info.basic"),
    "username": "user.info.username",
    "is_business_account": "user.account.type",
    **dict.fromkeys(
        ("bio_description", "profile_deep_link", "profile_web_link", "is_verified"), "user.info.profile"
    ),
    **dict.fromkeys(("following_count", "followers_count", "total_likes", "videos_count"), "user.info.stats"),
    **dict.fromkeys(("follower_count", "likes_count", "video_count"), "user.info.stats"),
}
INSIGHTS = frozenset(("likes", "comments", "shares", "video_views"))
SORTS, ORDERS, STATUSES = ("likes", "replies", "create_time"), ("asc", "desc", "smart"), ("PUBLIC", "ALL")
FILES = {"cover": (480, 640), "portrait": (168, 168), "said": (320, 240)}


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


class TikTok(Face):
    """The Accounts API and the Display API."""

    def routes(self) -> Routes:
        return {
            f"{API}/business/get/": self.profile,
            f"{API}/business/video/list/": self.videos,
            f"{API}/business/comment/list/": self.comments,
            f"{API}/business/comment/reply/list/": self.replies,
            f"{SHOWN}/user/info/": self.user,
            f"{SHOWN}/auth/authorize/": consent_page(self.network, self.where),
            "/obj/<any(cover,portrait,said):kind>-<int:number>~tplv.jpeg": self.file,
        }

    def forms(self) -> Routes:
        return {
            f"{API}/tt_user/oauth2/token/": self.exchange_token,
            f"{API}/tt_user/oauth2/refresh_token/": self.exchange_token,
            f"{API}/tt_user/token_info/get/": self.describe_token,
            f"{SHOWN}/video/list/": self.list_display_videos,
            f"{SHOWN}/video/query/": self.query_display_videos,
            f"{SHOWN}/oauth/token/": self.exchange_display_token,
        }

    # -- requests and responses -----------------------------------------------------------

    @property
    def is_business(self) -> bool:
        return request.path.startswith(API)

    def secret(self) -> str:
        if self.is_business:
            return request.headers.get("Access-Token", "")
        return bearer()

    def client(self) -> str:
        return self.secret() or "nobody"

    def cost(self) -> int:
        return 0 if request.path.startswith("/obj/") else 1

    def throttled(self) -> Response:
        return self.refused(errors.RATE.refuse())

    def refused(self, refusal: Refusal) -> Response:
        problem, message = refusal.details
        if self.is_business:
            return self.answer("Nothing", {}, code=problem.code, message=message)
        return self.display_answer("Nothing", {}, problem.status, problem.word, message)

    def lost(self, error: HTTPException) -> Response:
        return reply(
            validation.check_lost, "404 page not found", error.code or 404, "text/plain; charset=utf-8"
        )

    def answer(self, kind: str, data: Json, code: int = 0, message: str = "OK") -> Response:
        body = {"code": code, "message": message, "request_id": self.log_id(), "data": data}
        return reply(partial(validation.check, kind), dump(body), 200, JSON)

    def display_answer(
        self, kind: str, data: Json, status: int = 200, word: str = "ok", message: str = ""
    ) -> Response:
        body = {"data": data, "error": {"code": word, "message": message, "log_id": self.log_id()}}
        return reply(partial(validation.check_shown, kind), dump(body), status, JSON)

    def log_id(self) -> str:
        now = self.network.now()
        digest = ids.signature(request.full_path, int(now.timestamp())).encode().hex().upper()[:18]
        return f"{now:%Y%m%d%H%M%S}{digest}"

    def authorize(self, *scopes: str) -> Entities:
        """Return the entities of the token's account; refuse other requests."""
        token = self.find_token(self.secret(), "" if self.is_business else "display")
        self.require_scopes(token, *scopes)
        account = self.network.accounts[token.account]
        if account.suspended:
            raise errors.DEAD_TOKEN.refuse()
        if self.is_business and request.args.get("business_id") != ids.open_id(account.key):
            raise errors.NO_PERMISSION.refuse("The access token is not that of business_id.")
        return Entities(self.network, account)

    def find_token(self, secret: str, kind: str) -> Token:
        """Return the living token with that secret; refuse any other."""
        if not secret:
            raise errors.NO_TOKEN.refuse()
        token = self.network.token(self.where, secret)
        if token is None:
            over = any(
                one.secret == secret and one.expires and one.expires <= self.network.now()
                for one in self.network.tokens
            )
            raise (errors.EXPIRED if over else errors.DEAD_TOKEN).refuse()
        if token.kind != kind or not token.account:
            raise errors.DEAD_TOKEN.refuse()
        return token

    def require_scopes(self, token: Token, *scopes: str) -> None:
        if token.scopes and (lacking := sorted(set(scopes) - set(token.scopes))):
            raise errors.NO_PERMISSION.refuse(f"The access token is without the scope {', '.join(lacking)}.")

    # -- parameters -------------------------------------------------------------------------------

    def parse_list(self, text: str, name: str) -> list[str]:
        """Parse a JSON list of strings."""
        found = _parse_json(text)
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise errors.INVALID.refuse(f"{name}: Not a valid list of strings.")
        return found

    def requested_fields(self, kind: str, default: str) -> list[str]:
        """Return the requested fields; refuse unknown ones."""
        given = request.args.get("fields") or default
        words = self.parse_list(given, "fields") if self.is_business else given.split(",")
        names = [one.strip() for one in words if one.strip()]
        if unknown := set(names) - validation.names(kind):
            raise errors.INVALID.refuse(f"fields: {', '.join(sorted(unknown))} not supported.")
        if not names:
            raise errors.INVALID.refuse("fields: Missing data for required field.")
        return names

    def parse_integer(self, given: Any, name: str, default: int, most: int, least: int = 0) -> int:
        try:
            number = default if given in (None, "") else int(given)
        except (TypeError, ValueError):
            raise errors.INVALID.refuse(f"{name}: Not a valid integer.") from None
        if not least <= number <= most:
            raise errors.INVALID.refuse(f"{name}: Must be between {least} and {most}.")
        return number

    def parse_choice(self, name: str, words: tuple[str, ...], default: str) -> str:
        given = request.args.get(name, default)
        if given not in words and given != default:
            raise errors.INVALID.refuse(f"{name}: Must be one of {', '.join(words)}.")
        return given

    # -- Accounts API -----------------------------------------------------------------------------

    def profile(self) -> Response:
        names = self.requested_fields("Profile", '["display_name","profile_image"]')
        entities = self.authorize(*{FIELDS[name] for name in names})
        known = entities.profile(base())
        return self.answer("Profile", {name: known[name] for name in names})

    def videos(self) -> Response:
        names = self.requested_fields("Video", '["item_id"]')
        if "item_id" not in names:
            raise errors.INVALID.refuse("fields: item_id is required.")
        entities = self.authorize("video.list", *(["video.insights"] if INSIGHTS & set(names) else []))
        most = self.parse_integer(request.args.get("max_count"), "max_count", 10, 20, 1)
        item = partial(self.picked, names, partial(entities.item, base()))
        if filters := request.args.get("filters"):
            wanted = self.parse_filters(filters)
            found = [video for video in map(entities.video, wanted) if video]
            return self.answer(
                "Videos", {"videos": [item(one) for one in found], "cursor": 0, "has_more": False}
            )
        return self.answer("Videos", self.page_of_videos(entities, request.args.get("cursor"), most, item))

    def parse_filters(self, text: str) -> list[str]:
        """Return the IDs in {"video_ids": [...]}."""
        found = _parse_json(text)
        if not isinstance(found, dict) or set(found) - {"video_ids", "ad_post_only"}:
            raise errors.INVALID.refuse("filters: Not a valid object.")
        return self.parse_list(json.dumps(found.get("video_ids")), "filters.video_ids")

    def picked(self, names: list[str], make: Callable[[Post], Json], post: Post) -> Json:
        known = make(post)
        return {name: known[name] for name in names}

    def page_of_videos(
        self, entities: Entities, cursor: Any, most: int, item: Callable[[Post], Json]
    ) -> Json:
        """Return the videos before an instant.

        cursor: milliseconds. Videos that are not public are left out after the page is cut.
        """
        until = self.parse_integer(cursor, "cursor", int(self.network.now().timestamp() * 1000) + 1, 10**14)
        found = [post for post in entities.uploads() if created_seconds(post) * 1000 < until]
        page = found[:most]
        following = created_seconds(page[-1]) * 1000 if page else until
        shown = [item(post) for post in page if entities.is_listed(post)]
        return {"videos": shown, "cursor": following, "has_more": len(found) > most}

    def comments(self) -> Response:
        entities, video = self.requested_video()
        replies = request.args.get("include_replies", "false") in ("true", "True")
        item = partial(entities.comment_item, base(), replies=replies)
        if wanted := request.args.get("comment_ids"):
            numbers = self.parse_list(wanted, "comment_ids")
            if len(numbers) > 30:
                raise errors.INVALID.refuse("comment_ids: Longer than maximum length 30.")
            found = [comment for comment in (entities.comment(video, one) for one in numbers) if comment]
            return self.answer(
                "Comments",
                {"comments": [item(one) for one in found], "cursor": len(found), "has_more": False},
            )
        return self.answer("Comments", self.page_of_comments(entities, entities.top_comments(video), item))

    def replies(self) -> Response:
        entities, video = self.requested_video()
        comment = entities.comment(video, request.args.get("comment_id", ""))
        if comment is None or comment.parent != video.key:
            raise errors.INVALID.refuse("comment_id: The comment does not exist.")
        return self.answer(
            "Comments",
            self.page_of_comments(
                entities, list(self.network.children[comment.key]), partial(entities.comment_item, base())
            ),
        )

    def requested_video(self) -> tuple[Entities, Post]:
        entities = self.authorize("comment.list")
        video = entities.video(request.args.get("video_id", ""))
        if video is None:
            raise errors.INVALID.refuse("video_id: The video does not exist, or is not the account's.")
        return entities, video

    def page_of_comments(
        self, entities: Entities, comments: list[Post], item: Callable[[Post], Json]
    ) -> Json:
        """Return a page of comments.

        Comments that the account may not see are left out after the page is cut, so a page may be short
        without being the last.
        """
        status = self.parse_choice("status", STATUSES, "ALL")
        field = self.parse_choice("sort_field", SORTS, "")
        order = self.parse_choice("sort_order", ORDERS, "smart")
        start = self.parse_integer(request.args.get("cursor"), "cursor", 0, 10**9)
        most = self.parse_integer(request.args.get("max_count"), "max_count", 20, 30, 1)
        known = entities.sort_comments(comments, field, order)
        end = start + most
        shown = [item(one) for one in known[start:end] if entities.is_visible(one, status)]
        return {"comments": shown, "cursor": min(end, len(known)), "has_more": end < len(known)}

    def posted_json(self) -> Json:
        """Return the JSON object in the body."""
        found = request.get_json(silent=True)
        if not isinstance(found, dict):
            raise errors.INVALID.refuse("The body must be a JSON object.")
        return found

    def exchange_token(self) -> Response:
        return self.answer("Grant", grant_business(self.network, self.posted_json()))

    def describe_token(self) -> Response:
        form = self.posted_json()
        token = self.find_token(str(form.get("access_token", "")), "")
        apps = (one for one in self.network.tokens if (one.where, one.kind) == (self.where, "app"))
        app = next((one for one in apps if one.user == form.get("app_id")), None)
        if app is None or not find_app(self.network, self.where, app.user, app.secret):
            raise errors.INVALID.refuse("app_id: Invalid app id.")
        data = {"app_id": app.user, "creator_id": ids.open_id(token.account), "scope": ",".join(token.scopes)}
        return self.answer("Info", data)

    # -- Display API ------------------------------------------------------------------------------

    def user(self) -> Response:
        names = self.requested_fields("User", "")
        known = self.authorize(*{FIELDS[name] for name in names}).user(base())
        return self.display_answer("User", {"user": {name: known[name] for name in names}})

    def list_display_videos(self) -> Response:
        names, entities = self.requested_fields("ShownVideo", ""), self.authorize("video.list")
        asked = request.get_json(silent=True) or {}
        most = self.parse_integer(asked.get("max_count"), "max_count", 10, 20, 1)
        item = partial(self.picked, names, partial(entities.shown_video, base()))
        return self.display_answer(
            "ShownVideos", self.page_of_videos(entities, asked.get("cursor"), most, item)
        )

    def query_display_videos(self) -> Response:
        names, entities = self.requested_fields("ShownVideo", ""), self.authorize("video.list")
        asked = request.get_json(silent=True) or {}
        filters = asked.get("filters")
        wanted = self.parse_list(
            json.dumps(filters.get("video_ids") if isinstance(filters, dict) else None), "filters.video_ids"
        )
        if len(wanted) > 20:
            raise errors.INVALID.refuse("filters.video_ids: at most 20.")
        found = [video for video in map(entities.video, wanted) if video]
        item = partial(self.picked, names, partial(entities.shown_video, base()))
        return self.display_answer("QueriedVideos", {"videos": [item(one) for one in found]})

    def exchange_display_token(self) -> Response:
        status, body = grant_display(self.network, request.form)
        more = {} if status == 200 else {"log_id": self.log_id()}
        return reply(validation.check_token, dump({**body, **more}), status, JSON)

    # -- files ------------------------------------------------------------------------------------

    def file(self, kind: str, number: int) -> Response:
        """Return an image.

        Addresses of covers and portraits expire after a day, those in comments do not.
        """
        name = f"{kind}-{number}"
        good = ids.is_signature_valid(
            name, request.args.get("x-expires", ""), request.args.get("x-signature", ""), self.network.now()
        )
        post = self.network.posts.get(f"{self.where}/{number}")
        there = kind == "portrait" or (post is not None and post.status in ("visible", "hidden"))
        if kind != "said" and not good:
            return reply(validation.check_lost, "Forbidden", 403, "text/plain; charset=utf-8")
        if not there:
            return reply(validation.check_lost, "Not Found", 404, "text/plain; charset=utf-8")
        photo = post.now.photos[0] if post is not None and post.now.photos else None
        seed = (photo.seed or f"{self.where}{photo.number}") if photo else name
        return reply(validation.check_image, picture("jpeg", seed, *FILES[kind]), 200, "image/jpeg")
