"""TikTok for the holder of an account: the Accounts API (TikTok API for Business v1.3) with profile, videos,
comments and tokens, and the Display API (v2), which has no comments.

Written from TikTok's documentation (business-api.tiktok.com/portal/docs, developers.tiktok.com/doc) as far as
public words tell of it, and held to the shapes of validation/tiktok.py.
`https://business-api.tiktok.com/open_api/v1.3/...` is /open_api/v1.3/... here,
`https://open.tiktokapis.com/v2/...` and `https://www.tiktok.com/v2/auth/authorize/` are /v2/... What no
public word settles, and how it is here: `replies` and a video's `comments` count no hidden ones; who asks for
comments on a video that is gone or another's is told of a wrong parameter; a suspended account's token is no
good; comments that are switched off are not listed; a new refresh token comes with every use, and the old one
is spent. It differs from the real one in this: the Research API is not there, which agencies are not given;
figures of the audience are not there; there is nothing to write; videos have no bytes and no pages.
"""

import json
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from flask import Response, request
from werkzeug.exceptions import HTTPException

from infra.sandbox.faces import consent
from infra.sandbox.faces import tiktok_errors as errors
from infra.sandbox.faces import tiktok_ids as ids
from infra.sandbox.faces.common import Face, Refusal, Routes, base, dump, reply
from infra.sandbox.faces.tiktok_entities import Entities, Json, seconds
from infra.sandbox.faces.tiktok_tokens import application, business, display
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
T = TypeVar("T")


class TikTok(Face):
    def routes(self) -> Routes:
        return {
            f"{API}/business/get/": self.profile,
            f"{API}/business/video/list/": self.videos,
            f"{API}/business/comment/list/": self.comments,
            f"{API}/business/comment/reply/list/": self.replies,
            f"{SHOWN}/user/info/": self.user,
            f"{SHOWN}/auth/authorize/": consent.page(
                self.network, self.where, consent.Style("client_key", ",")
            ),
            "/obj/<any(cover,portrait,said):kind>-<int:number>~tplv.jpeg": self.file,
        }

    def forms(self) -> Routes:
        return {
            f"{API}/tt_user/oauth2/token/": self.token_made,
            f"{API}/tt_user/oauth2/refresh_token/": self.token_made,
            f"{API}/tt_user/token_info/get/": self.token_info,
            f"{SHOWN}/video/list/": self.shown_videos,
            f"{SHOWN}/video/query/": self.queried_videos,
            f"{SHOWN}/oauth/token/": self.display_token,
        }

    # -- who asks, and what is answered -----------------------------------------------------------

    @property
    def is_business(self) -> bool:
        return request.path.startswith(API)

    def secret(self) -> str:
        if self.is_business:
            return request.headers.get("Access-Token", "")
        return request.headers.get("Authorization", "").removeprefix("Bearer ").strip()

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
        return self.shown("Nothing", {}, problem.status, problem.word, message)

    def lost(self, error: HTTPException) -> Response:
        return reply(
            validation.check_lost, "404 page not found", error.code or 404, "text/plain; charset=utf-8"
        )

    def answer(self, kind: str, data: Json, code: int = 0, message: str = "OK") -> Response:
        body = {"code": code, "message": message, "request_id": self.log_id(), "data": data}
        return reply(partial(validation.check, kind), dump(body), 200, JSON)

    def shown(
        self, kind: str, data: Json, status: int = 200, word: str = "ok", message: str = ""
    ) -> Response:
        body = {"data": data, "error": {"code": word, "message": message, "log_id": self.log_id()}}
        return reply(partial(validation.check_shown, kind), dump(body), status, JSON)

    def log_id(self) -> str:
        now = self.network.now()
        return f"{now:%Y%m%d%H%M%S}{ids.signature(request.full_path, int(now.timestamp())).encode().hex().upper()[:18]}"

    def ask(self, *scopes: str) -> Entities:
        """Refuses who may not ask; the account whose token it is."""
        token = self.living(self.secret(), "" if self.is_business else "display")
        self.need(token, *scopes)
        account = self.network.accounts[token.account]
        if account.suspended:
            raise errors.DEAD_TOKEN.refuse()
        if self.is_business and request.args.get("business_id") != ids.open_id(account.key):
            raise errors.NO_PERMISSION.refuse("The access token is not that of business_id.")
        return Entities(self.network, account)

    def living(self, secret: str, kind: str) -> Token:
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

    def need(self, token: Token, *scopes: str) -> None:
        if token.scopes and (lacking := sorted(set(scopes) - set(token.scopes))):
            raise errors.NO_PERMISSION.refuse(f"The access token lacks the scope {', '.join(lacking)}.")

    # -- parameters -------------------------------------------------------------------------------

    def listed(self, text: str, name: str) -> list[str]:
        """A list of texts, written as JSON."""
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise errors.INVALID.refuse(f"{name}: Not a valid list of strings.")
        return found

    def fields(self, kind: str, default: str) -> list[str]:
        """The fields that are asked for, each of which must exist."""
        given = request.args.get("fields") or default
        words = self.listed(given, "fields") if self.is_business else given.split(",")
        names = [one.strip() for one in words if one.strip()]
        if unknown := set(names) - validation.names(kind):
            raise errors.INVALID.refuse(f"fields: {', '.join(sorted(unknown))} not supported.")
        if not names:
            raise errors.INVALID.refuse("fields: Missing data for required field.")
        return names

    def whole(self, given: Any, name: str, default: int, most: int, least: int = 0) -> int:
        try:
            number = default if given in (None, "") else int(given)
        except (TypeError, ValueError):
            raise errors.INVALID.refuse(f"{name}: Not a valid integer.") from None
        if not least <= number <= most:
            raise errors.INVALID.refuse(f"{name}: Must be between {least} and {most}.")
        return number

    def word(self, name: str, words: tuple[str, ...], default: str) -> str:
        given = request.args.get(name, default)
        if given not in words and given != default:
            raise errors.INVALID.refuse(f"{name}: Must be one of {', '.join(words)}.")
        return given

    # -- Accounts API -----------------------------------------------------------------------------

    def profile(self) -> Response:
        names = self.fields("Profile", '["display_name","profile_image"]')
        made = self.ask(*{FIELDS[name] for name in names})
        known = made.profile(base())
        return self.answer("Profile", {name: known[name] for name in names})

    def videos(self) -> Response:
        names = self.fields("Video", '["item_id"]')
        if "item_id" not in names:
            raise errors.INVALID.refuse("fields: item_id is required.")
        made = self.ask("video.list", *(["video.insights"] if INSIGHTS & set(names) else []))
        most = self.whole(request.args.get("max_count"), "max_count", 10, 20, 1)
        item = partial(self.picked, names, partial(made.item, base()))
        if filters := request.args.get("filters"):
            wanted = self.filtered(filters)
            found = [video for video in map(made.video, wanted) if video]
            return self.answer(
                "Videos", {"videos": [item(one) for one in found], "cursor": 0, "has_more": False}
            )
        return self.answer("Videos", self.before(made, request.args.get("cursor"), most, item))

    def filtered(self, text: str) -> list[str]:
        """{"video_ids": [...]}"""
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, dict) or set(found) - {"video_ids", "ad_post_only"}:
            raise errors.INVALID.refuse("filters: Not a valid object.")
        return self.listed(json.dumps(found.get("video_ids")), "filters.video_ids")

    def picked(self, names: list[str], make: Callable[[Post], Json], post: Post) -> Json:
        known = make(post)
        return {name: known[name] for name in names}

    def before(self, made: Entities, cursor: Any, most: int, item: Callable[[Post], Json]) -> Json:
        """Videos before an instant in milliseconds. Those that nobody is shown are left out of their page."""
        until = self.whole(cursor, "cursor", int(self.network.now().timestamp() * 1000) + 1, 10**14)
        found = [post for post in made.uploads() if seconds(post) * 1000 < until]
        page = found[:most]
        following = seconds(page[-1]) * 1000 if page else until
        shown = [item(post) for post in page if made.shown(post)]
        return {"videos": shown, "cursor": following, "has_more": len(found) > most}

    def comments(self) -> Response:
        made, video = self.talked_of()
        replies = request.args.get("include_replies", "false") in ("true", "True")
        item = partial(made.comment_json, base(), replies=replies)
        if wanted := request.args.get("comment_ids"):
            numbers = self.listed(wanted, "comment_ids")
            if len(numbers) > 30:
                raise errors.INVALID.refuse("comment_ids: Longer than maximum length 30.")
            found = [comment for comment in (made.comment(video, one) for one in numbers) if comment]
            return self.answer(
                "Comments",
                {"comments": [item(one) for one in found], "cursor": len(found), "has_more": False},
            )
        return self.answer("Comments", self.page(made, made.talk(video), item))

    def replies(self) -> Response:
        made, video = self.talked_of()
        comment = made.comment(video, request.args.get("comment_id", ""))
        if comment is None or comment.parent != video.key:
            raise errors.INVALID.refuse("comment_id: The comment does not exist.")
        return self.answer(
            "Comments",
            self.page(made, list(self.network.children[comment.key]), partial(made.comment_json, base())),
        )

    def talked_of(self) -> tuple[Entities, Post]:
        made = self.ask("comment.list")
        video = made.video(request.args.get("video_id", ""))
        if video is None:
            raise errors.INVALID.refuse("video_id: The video does not exist, or is not the account's.")
        return made, video

    def page(self, made: Entities, comments: list[Post], item: Callable[[Post], Json]) -> Json:
        """A page of comments; those that nobody is shown are left out of it, so that it may be short, and not
        the last.
        """
        status = self.word("status", STATUSES, "ALL")
        field, order = self.word("sort_field", SORTS, ""), self.word("sort_order", ORDERS, "smart")
        start = self.whole(request.args.get("cursor"), "cursor", 0, 10**9)
        most = self.whole(request.args.get("max_count"), "max_count", 20, 30, 1)
        known = made.ordered(comments, field, order)
        end = start + most
        shown = [item(one) for one in known[start:end] if made.told(one, status)]
        return {"comments": shown, "cursor": min(end, len(known)), "has_more": end < len(known)}

    def form(self) -> Json:
        """What was posted as JSON."""
        found = request.get_json(silent=True)
        if not isinstance(found, dict):
            raise errors.INVALID.refuse("The body must be a JSON object.")
        return found

    def token_made(self) -> Response:
        return self.answer("Grant", business(self.network, self.form()))

    def token_info(self) -> Response:
        form = self.form()
        token = self.living(str(form.get("access_token", "")), "")
        known = [
            one
            for one in self.network.tokens
            if one.where == self.where and one.kind == "app" and one.user == form.get("app_id")
        ]
        if not known or not application(self.network, known[0].user, known[0].secret):
            raise errors.INVALID.refuse("app_id: Invalid app id.")
        data = {
            "app_id": known[0].user,
            "creator_id": ids.open_id(token.account),
            "scope": ",".join(token.scopes),
        }
        return self.answer("Info", data)

    # -- Display API ------------------------------------------------------------------------------

    def user(self) -> Response:
        names = self.fields("User", "")
        known = self.ask(*{FIELDS[name] for name in names}).user(base())
        return self.shown("User", {"user": {name: known[name] for name in names}})

    def shown_videos(self) -> Response:
        names, made, asked = (
            self.fields("ShownVideo", ""),
            self.ask("video.list"),
            request.get_json(silent=True) or {},
        )
        most = self.whole(asked.get("max_count"), "max_count", 10, 20, 1)
        item = partial(self.picked, names, partial(made.shown_video, base()))
        return self.shown("ShownVideos", self.before(made, asked.get("cursor"), most, item))

    def queried_videos(self) -> Response:
        names, made, asked = (
            self.fields("ShownVideo", ""),
            self.ask("video.list"),
            request.get_json(silent=True) or {},
        )
        filters = asked.get("filters")
        wanted = self.listed(
            json.dumps(filters.get("video_ids") if isinstance(filters, dict) else None), "filters.video_ids"
        )
        if len(wanted) > 20:
            raise errors.INVALID.refuse("filters.video_ids: at most 20.")
        found = [video for video in map(made.video, wanted) if video]
        item = partial(self.picked, names, partial(made.shown_video, base()))
        return self.shown("QueriedVideos", {"videos": [item(one) for one in found]})

    def display_token(self) -> Response:
        status, told = display(self.network, request.form)
        more = {} if status == 200 else {"log_id": self.log_id()}
        return reply(validation.check_token, dump({**told, **more}), status, JSON)

    # -- files ------------------------------------------------------------------------------------

    def file(self, kind: str, number: int) -> Response:
        """Covers and portraits for a day; a picture in a comment for as long as it stands."""
        name = f"{kind}-{number}"
        good = ids.still_good(
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
