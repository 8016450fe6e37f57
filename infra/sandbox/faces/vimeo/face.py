"""Vimeo's API 3.4: users, videos, showcases, comments, text tracks, and files.

Written from Vimeo's OpenAPI description, against which validation/vimeo.py checks each response, and from
published responses of real servers.

The description leaves these points open. Here:
- A page beyond the last is empty.
- Comments come newest first, replies oldest first. `total` counts the items of its own list, so the total of
  a video's comments excludes replies.
- A reply to a reply is listed under the comment.
- Comments remain when a video takes no new ones.
- Another user's unlisted video is not found by its number.
- The messages of the errors of the token endpoint are our own.

Differences from the real API: every request needs a token; unsupported parameters (query, filter,
containing_uri) are refused; nothing can be written; video files are small and short; there are no live events
except videos; a video is in one showcase at most; all agency accounts have a plan with access to files.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Response, request
from werkzeug.exceptions import HTTPException

from infra.sandbox.faces.common import Face, Json, Refusal, Routes, base, bearer, dump, quota, reply
from infra.sandbox.faces.oauth import consent_page, find_app, issue_token, redeem_code
from infra.sandbox.faces.vimeo.entities import (
    ALBUMS,
    LINK_HOURS,
    PICTURES,
    SHORT,
    SIZES,
    SMALL,
    TRACKS,
    VIDEOS,
    WHERE,
    Entities,
    instant,
    signature,
    video_of,
)
from infra.sandbox.films import film as video_file
from infra.sandbox.model import Account, Album, Post
from infra.sandbox.pictures import picture
from infra.sandbox.subtitles import subtitles
from infra.sandbox.validation import vimeo as validation

T = TypeVar("T")
PAGE = ("page", "per_page", "fields")
FILES = ("/captions/", "/video/", "/portrait/", "/progressive_redirect/", "/external/")
SORTED = (*PAGE, "sort", "direction")
ALL_SCOPES = ("public", "private", "video_files")  # the scopes of a token for which a story names none
NOT_FOUND = (404, 5000, "The requested thing could not be found.")
INVALID = (400, 2204, "The input is invalid.")


def select_fields(value: Any, fields: list[str]) -> Any:
    """Return only the requested fields. fields: dotted paths; none: everything."""
    if isinstance(value, list):
        return [select_fields(one, fields) for one in value]
    if not isinstance(value, dict) or not fields:
        return value
    kept = {}
    for name, one in value.items():
        below = [field.partition(".")[2] for field in fields if field.partition(".")[0] == name]
        if below:
            kept[name] = select_fields(one, [] if "" in below else below)
    return kept


class Vimeo(Face):
    """Vimeo's API 3.4."""

    def routes(self) -> Routes:
        video, comment = "/videos/<int:video>", "/videos/<int:video>/comments/<int:comment>"
        return {
            "/me": self.me,
            "/me/albums": self.albums,
            "/me/albums/<int:album>": self.album,
            "/me/albums/<int:album>/videos": self.album_videos,
            "/me/live_events": self.live_events,
            "/me/videos": self.my_videos,
            "/users/<int:user>": self.user,
            "/users/<int:user>/videos": self.user_videos,
            video: self.video,
            f"{video}/comments": self.comments,
            comment: self.comment,
            f"{comment}/replies": self.replies,
            f"{video}/pictures": self.pictures,
            f"{video}/texttracks": self.tracks,
            "/captions/<int:number>.vtt": self.serve_track,
            "/progressive_redirect/<any(download,playback):kind>/<int:number>": self.redirect,
            "/external/<int:number>.mp4": self.serve_video,
            "/<any(video,portrait):kind>/<int:number>_<int:width>x<int:height>.jpg": self.image,
            "/oauth/verify": self.verify_token,
            "/oauth/authorize": consent_page(self.network, self.where),
        }

    def forms(self) -> Routes:
        return {"/oauth/access_token": self.exchange_code}

    def exchange_code(self) -> Response:
        """Grant a token without an end for a code.

        The application identifies itself in a header.
        """
        app = request.authorization
        if not app or not find_app(self.network, self.where, app.username or "", app.password or ""):
            return self.oauth(
                400, {"error": "invalid_client", "error_description": "The client credentials are invalid."}
            )
        code = redeem_code(self.network, self.where, request.form)
        if code is None or request.form.get("grant_type") != "authorization_code":
            return self.oauth(
                400,
                {
                    "error": "invalid_grant",
                    "error_description": "The authorization code is invalid or expired.",
                },
            )
        token = issue_token(self.network, code, f"vimeo{code.secret[:32]}", expires=None)
        return self.oauth(200, self.describe_token(Entities(self.network, base(), token)))

    def verify_token(self) -> Response:
        """Describe the token of the request."""
        return self.one("/oauth/verify", self.describe_token(self.authorize("fields")))

    def describe_token(self, entities: Entities) -> Json:
        scopes = entities.token.scopes or ALL_SCOPES
        token = {"access_token": entities.token.secret, "token_type": "bearer", "scope": " ".join(scopes)}
        return {**token, "app": {"name": "Records", "uri": "/apps/1"}, "user": entities.user(entities.viewer)}

    def oauth(self, status: int, body: Json) -> Response:
        return reply(validation.check_oauth, dump(body), status, "application/vnd.vimeo.auth+json")

    # -- requests and responses --------------------------------------------------------------------

    def bearer(self) -> str:
        return bearer().removeprefix("bearer ").strip()

    def client(self) -> str:
        return self.bearer() or "anonymous"

    def cost(self) -> int:
        return 0 if request.path.startswith(FILES) else 1

    def authorize(self, *parameters: str) -> Entities:
        """Return the entities that the token sees.

        A missing token or an unknown parameter is refused.
        """
        token = self.network.token(self.where, self.bearer())
        if token is None or not token.account:
            raise Refusal(401, 8003, "The user credentials are invalid.")
        if unknown := set(request.args) - set(parameters):
            raise Refusal(*INVALID[:2], f"Invalid parameters: {', '.join(sorted(unknown))}")
        return Entities(self.network, base(), token)

    def requested_fields(self) -> list[str]:
        return [one.strip() for one in request.args.get("fields", "").split(",") if one.strip()]

    def answer(self, operation: str, value: Any, status: int = 200) -> Response:
        left, failed = quota(), status >= 400
        rates = {
            "X-RateLimit-Limit": str(left.limit),
            "X-RateLimit-Remaining": str(left.remaining),
            "X-RateLimit-Reset": instant(left.reset),
        }
        kind = validation.ERROR_TYPE if failed else validation.DERIVED["operations"][operation]["type"]
        return reply(
            partial(validation.check, operation, [] if failed else self.requested_fields()),
            dump(value),
            status,
            kind,
            rates,
        )

    def one(self, operation: str, value: Json) -> Response:
        return self.answer(operation, select_fields(value, self.requested_fields()))

    def several(self, operation: str, found: list[T], make: Callable[[T], Json]) -> Response:
        """Return a page of a list.

        The addresses of the other pages are relative to the API's own.
        """
        page, size = self.parse_integer("page", 1, 10**6), self.parse_integer("per_page", 25, 100)
        last = max(-(-len(found) // size), 1)
        kept = {name: value for name, value in request.args.items() if name != "page"}

        def link(number: int) -> str | None:
            return f"{request.path}?{urlencode({'page': number, **kept})}" if 1 <= number <= last else None

        paging = {"next": link(page + 1), "previous": link(page - 1), "first": link(1), "last": link(last)}
        head = {"total": len(found), "page": page, "per_page": size, "paging": paging}
        return self.answer(
            operation,
            {
                **head,
                "data": select_fields(
                    [make(one) for one in found[(page - 1) * size : page * size]], self.requested_fields()
                ),
            },
        )

    def parse_integer(self, name: str, default: int, most: int) -> int:
        value = request.args.get(name, str(default))
        if not value.isdigit() or not 1 <= int(value) <= most:
            raise Refusal(*INVALID)
        return int(value)

    def throttled(self) -> Response:
        return self.refused(Refusal(429, 9000, "Too many API requests."))

    def refused(self, refusal: Refusal) -> Response:
        code, message = refusal.details
        body = {"error": message, "link": None, "developer_message": message, "error_code": code}
        return self.answer("error", body, refusal.status)

    def lost(self, error: HTTPException) -> Response:
        return self.refused(Refusal(error.code or 404, *NOT_FOUND[1:]))

    # -- users and videos --------------------------------------------------------------------------

    def me(self) -> Response:
        entities = self.authorize("fields")
        return self.one(
            "/me", entities.user(self.require(entities.viewer if not entities.viewer.suspended else None))
        )

    def user(self, user: int) -> Response:
        entities = self.authorize("fields")
        return self.one("/users/{user_id}", entities.user(self.require(entities.find_user(user))))

    def require(self, found: Any) -> Any:
        """Return the argument; refuse None as not found."""
        if found is None:
            raise Refusal(*NOT_FOUND)
        return found

    def my_videos(self) -> Response:
        entities = self.authorize(*SORTED)
        return self.list_videos(
            entities, self.require(entities.viewer if not entities.viewer.suspended else None), "/me/videos"
        )

    def user_videos(self, user: int) -> Response:
        entities = self.authorize(*SORTED)
        return self.list_videos(entities, self.require(entities.find_user(user)), "/users/{user_id}/videos")

    def list_videos(self, entities: Entities, user: Account, operation: str) -> Response:
        keys: Json = {
            "date": lambda one: one.created,
            "default": lambda one: one.created,
            "modified_time": entities.modified_time,
            "alphabetical": lambda one: one.now.title.lower(),
            "duration": lambda one: video_of(one).seconds,
            "likes": lambda one: one.likes,
            "plays": lambda one: video_of(one).views,
            "comments": lambda one: len(entities.replies(one)),
        }
        sort, direction = request.args.get("sort", "date"), request.args.get("direction", "desc")
        if sort not in keys or direction not in ("asc", "desc"):
            raise Refusal(*INVALID)
        found = sorted(
            entities.videos(user), key=lambda one: (keys[sort](one), one.number), reverse=direction == "desc"
        )
        return self.several(operation, found, entities.video)

    def find_video(self, entities: Entities, video: int) -> Post:
        post: Post = self.require(entities.find_video(video))
        return post

    def video(self, video: int) -> Response:
        entities = self.authorize("fields")
        return self.one("/videos/{video_id}", entities.video(self.find_video(entities, video)))

    def pictures(self, video: int) -> Response:
        entities = self.authorize(*PAGE)
        return self.several("/videos/{video_id}/pictures", [self.find_video(entities, video)], entities.still)

    # -- showcases ---------------------------------------------------------------------------------

    def albums(self) -> Response:
        entities = self.authorize(*SORTED)
        sort, direction = request.args.get("sort", "date"), request.args.get("direction", "desc")
        if sort != "date" or direction not in ("asc", "desc"):
            raise Refusal(*INVALID)
        return self.several(
            "/me/albums", entities.albums()[:: 1 if direction == "desc" else -1], entities.album
        )

    def find_album(self, entities: Entities, album: int) -> Album:
        found: Album = self.require(
            next((one for one in entities.albums() if ALBUMS + one.number == album), None)
        )
        return found

    def album(self, album: int) -> Response:
        entities = self.authorize("fields")
        return self.one("/me/albums/{album_id}", entities.album(self.find_album(entities, album)))

    def album_videos(self, album: int) -> Response:
        entities = self.authorize(*PAGE)
        return self.several(
            "/me/albums/{album_id}/videos",
            entities.album_videos(self.find_album(entities, album)),
            entities.video,
        )

    def live_events(self) -> Response:
        """Refuse: no account's plan here has live events."""
        self.authorize(*SORTED)
        raise Refusal(*NOT_FOUND)

    # -- comments ----------------------------------------------------------------------------------

    def comments(self, video: int) -> Response:
        entities = self.authorize(*PAGE, "direction")
        found = entities.replies(self.find_video(entities, video))
        ordered = found if request.args.get("direction", "desc") == "asc" else found[::-1]
        return self.several("/videos/{video_id}/comments", ordered, entities.comment)

    def comment(self, video: int, comment: int) -> Response:
        entities = self.authorize("fields")
        found = self.require(entities.find_comment(self.find_video(entities, video), comment))
        return self.one("/videos/{video_id}/comments/{comment_id}", entities.comment(found))

    def replies(self, video: int, comment: int) -> Response:
        entities = self.authorize(*PAGE)
        found = self.require(entities.find_comment(self.find_video(entities, video), comment))
        return self.several(
            "/videos/{video_id}/comments/{comment_id}/replies", entities.replies(found), entities.comment
        )

    # -- text tracks and files ---------------------------------------------------------------------

    def tracks(self, video: int) -> Response:
        entities = self.authorize(*PAGE)
        post = self.find_video(entities, video)
        return self.several(
            "/videos/{video_id}/texttracks", video_of(post).captions, partial(entities.track, post)
        )

    def serve_track(self, number: int) -> Response:
        """Return a text track.

        Its address expires after some hours, then the response is 403.
        """
        expires, check = request.args.get("expires", ""), validation.check_track
        good = expires.isdigit() and request.args.get("sig") == signature(number, int(expires))
        if not good or int(expires) <= self.network.now().timestamp():
            return reply(check, "Forbidden", 403, "text/plain")
        videos = (post for post in self.network.posts.values() if post.where == WHERE)
        tracks = (
            (post, one) for post in videos for one in video_of(post).captions if TRACKS + one.number == number
        )
        post, caption = next(tracks, (None, None))
        if post is None or caption is None:
            return reply(check, "Not Found", 404, "text/plain")
        return reply(check, subtitles(caption, video_of(post).seconds, "vtt"), 200, "text/vtt; charset=utf-8")

    def redirect(self, kind: str, number: int) -> Response:
        """Redirect from the permanent address of a file to one that expires."""
        expires = int(self.network.now().timestamp()) + LINK_HOURS * 3600
        location = (
            f"{base()}/external/{number}.mp4?kind={kind}&expires={expires}&sig={signature(number, expires)}"
        )
        answer = reply(validation.check_film, "", 302, "text/plain")
        answer.headers["Location"] = location
        return answer

    def serve_video(self, number: int) -> Response:
        expires, post = request.args.get("expires", ""), self.network.posts.get(f"{WHERE}/{number - VIDEOS}")
        good = expires.isdigit() and request.args.get("sig") == signature(number, int(expires))
        if not good or post is None or int(expires) <= self.network.now().timestamp():
            return reply(validation.check_film, "Forbidden", 403, "text/plain")
        return reply(
            validation.check_film,
            video_file(post.key, *SMALL, min(video_of(post).seconds, SHORT)),
            200,
            "video/mp4",
        )

    def image(self, kind: str, number: int, width: int, height: int) -> Response:
        """Return a still or a portrait in one of the sizes that its entity lists."""
        if max(width, height) > max(SIZES)[0]:
            return reply(validation.check_image, "Not Found", 404, "text/plain")
        known = (
            photo for post in self.network.posts.values() if post.where == WHERE for photo in post.now.photos
        )
        own = next((one for one in known if kind == "video" and PICTURES + one.number == number), None)
        seed = (own.seed if own else "") or f"{WHERE}/{kind}/{number}"
        return reply(validation.check_image, picture("jpeg", seed, width, height), 200, "image/jpeg")
