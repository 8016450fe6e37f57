"""Vimeo's API 3.4: users, their videos, comments and replies, text tracks with their files, pictures.

Written from Vimeo's OpenAPI description, which validation/vimeo.py holds it to, and from published answers of
real servers. What no public word settles, and how it is here: a page beyond the last is empty; comments come
newest first, replies oldest first, and `total` counts what its list has (the answers to comments apart);
answers to an answer hang under the comment; comments that are there stay when a video takes no more;
another's unlisted video is not found by its number; the words of an error where a code is traded for a token.
It differs from the real one in this: every request needs a token; parameters that it has not (query, filter,
containing_uri) are refused; there is nothing to write; the files of videos are small and short; there are no
live events but videos; a video is in one showcase at most, and there is no other plan than one that is given
files, which the agency's accounts have.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Response, request
from werkzeug.exceptions import HTTPException

from infra.sandbox.faces.common import Face, Refusal, Routes, base, dump, quota, reply
from infra.sandbox.faces.oauth import consent_page, redeem_code
from infra.sandbox.faces.vimeo_entities import (
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
    film,
    instant,
    signature,
)
from infra.sandbox.films import film as made_film
from infra.sandbox.model import Account, Album, Post
from infra.sandbox.pictures import picture
from infra.sandbox.subtitles import subtitles
from infra.sandbox.validation import vimeo as validation

T = TypeVar("T")
PAGE = ("page", "per_page", "fields")
SORTED = (*PAGE, "sort", "direction")
EVERYTHING = ("public", "private", "video_files")  # the scopes of a token of which a story tells none
NOT_FOUND = (404, 5000, "The requested thing could not be found.")
INVALID = (400, 2204, "The input is invalid.")


def pruned(value: Any, fields: list[str]) -> Any:
    """Only the fields that were asked for by dotted paths."""
    if isinstance(value, list):
        return [pruned(one, fields) for one in value]
    if not isinstance(value, dict) or not fields:
        return value
    kept = {}
    for name, one in value.items():
        below = [field.partition(".")[2] for field in fields if field.partition(".")[0] == name]
        if below:
            kept[name] = pruned(one, [] if "" in below else below)
    return kept


class Vimeo(Face):
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
            "/captions/<int:number>.vtt": self.track_file,
            "/progressive_redirect/<any(download,playback):kind>/<int:number>": self.redirect,
            "/external/<int:number>.mp4": self.film_file,
            "/<any(video,portrait):kind>/<int:number>_<int:width>x<int:height>.jpg": self.image,
            "/oauth/verify": self.verified,
            "/oauth/authorize": consent_page(self.network, self.where),
        }

    def forms(self) -> Routes:
        return {"/oauth/access_token": self.traded}

    def traded(self) -> Response:
        """A token without an end, for a code. The application, a token of kind "app", names itself in a
        header.
        """
        app = request.authorization
        known = self.network.token(self.where, app.password or "", app.username or "") if app else None
        if known is None or known.kind != "app":
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
        token = self.network.grant(self.where, f"vimeo{code.secret[:32]}", code.account, scopes=code.scopes)
        return self.oauth(200, self.said_of(Entities(self.network, base(), token)))

    def verified(self) -> Response:
        """What the token may read, of which this says more than any list."""
        return self.one("/oauth/verify", self.said_of(self.ask("fields")))

    def said_of(self, made: Entities) -> dict[str, Any]:
        scopes = made.token.scopes or EVERYTHING
        told = {"access_token": made.token.secret, "token_type": "bearer", "scope": " ".join(scopes)}
        return {**told, "app": {"name": "Records", "uri": "/apps/1"}, "user": made.user(made.viewer)}

    def oauth(self, status: int, told: dict[str, Any]) -> Response:
        return reply(validation.check_oauth, dump(told), status, "application/vnd.vimeo.auth+json")

    # -- who asks, and what is answered -----------------------------------------------------------

    def bearer(self) -> str:
        return (
            request.headers.get("Authorization", "").removeprefix("Bearer ").removeprefix("bearer ").strip()
        )

    def client(self) -> str:
        return self.bearer() or "anonymous"

    def cost(self) -> int:
        return (
            0
            if request.path.startswith(
                ("/captions/", "/video/", "/portrait/", "/progressive_redirect/", "/external/")
            )
            else 1
        )

    def ask(self, *parameters: str) -> Entities:
        token = self.network.token(self.where, self.bearer())
        if token is None or not token.account:
            raise Refusal(401, 8003, "The user credentials are invalid.")
        if unknown := set(request.args) - set(parameters):
            raise Refusal(*INVALID[:2], f"Invalid parameters: {', '.join(sorted(unknown))}")
        return Entities(self.network, base(), token)

    def fields(self) -> list[str]:
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
            partial(validation.check, operation, [] if failed else self.fields()),
            dump(value),
            status,
            kind,
            rates,
        )

    def one(self, operation: str, value: dict[str, Any]) -> Response:
        return self.answer(operation, pruned(value, self.fields()))

    def several(self, operation: str, found: list[T], make: Callable[[T], dict[str, Any]]) -> Response:
        """A page of a list: the addresses of the others are relative to the API's own."""
        page, size = self.number("page", 1, 10**6), self.number("per_page", 25, 100)
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
                "data": pruned([make(one) for one in found[(page - 1) * size : page * size]], self.fields()),
            },
        )

    def number(self, name: str, default: int, most: int) -> int:
        value = request.args.get(name, str(default))
        if not value.isdigit() or not 1 <= int(value) <= most:
            raise Refusal(*INVALID)
        return int(value)

    def throttled(self) -> Response:
        return self.refused(Refusal(429, 9000, "Too many API requests."))

    def refused(self, refusal: Refusal) -> Response:
        code, message = refusal.details
        told = {"error": message, "link": None, "developer_message": message, "error_code": code}
        return self.answer("error", told, refusal.status)

    def lost(self, error: HTTPException) -> Response:
        return self.refused(Refusal(error.code or 404, *NOT_FOUND[1:]))

    # -- users and videos -------------------------------------------------------------------------

    def me(self) -> Response:
        made = self.ask("fields")
        return self.one("/me", made.user(self.present(made.viewer if not made.viewer.suspended else None)))

    def user(self, user: int) -> Response:
        made = self.ask("fields")
        return self.one("/users/{user_id}", made.user(self.present(made.user_of(user))))

    def present(self, found: Any) -> Any:
        if found is None:
            raise Refusal(*NOT_FOUND)
        return found

    def my_videos(self) -> Response:
        made = self.ask(*SORTED)
        return self.videos_of(
            made, self.present(made.viewer if not made.viewer.suspended else None), "/me/videos"
        )

    def user_videos(self, user: int) -> Response:
        made = self.ask(*SORTED)
        return self.videos_of(made, self.present(made.user_of(user)), "/users/{user_id}/videos")

    def videos_of(self, made: Entities, user: Account, operation: str) -> Response:
        keys: dict[str, Any] = {
            "date": lambda one: one.created,
            "default": lambda one: one.created,
            "modified_time": made.modified,
            "alphabetical": lambda one: one.now.title.lower(),
            "duration": lambda one: film(one).seconds,
            "likes": lambda one: one.likes,
            "plays": lambda one: film(one).views,
            "comments": lambda one: len(made.answers(one)),
        }
        sort, direction = request.args.get("sort", "date"), request.args.get("direction", "desc")
        if sort not in keys or direction not in ("asc", "desc"):
            raise Refusal(*INVALID)
        found = sorted(
            made.videos(user), key=lambda one: (keys[sort](one), one.number), reverse=direction == "desc"
        )
        return self.several(operation, found, made.video)

    def found(self, made: Entities, video: int) -> Post:
        post: Post = self.present(made.video_of(video))
        return post

    def video(self, video: int) -> Response:
        made = self.ask("fields")
        return self.one("/videos/{video_id}", made.video(self.found(made, video)))

    def pictures(self, video: int) -> Response:
        made = self.ask(*PAGE)
        return self.several("/videos/{video_id}/pictures", [self.found(made, video)], made.still)

    # -- showcases --------------------------------------------------------------------------------

    def albums(self) -> Response:
        made = self.ask(*SORTED)
        sort, direction = request.args.get("sort", "date"), request.args.get("direction", "desc")
        if sort != "date" or direction not in ("asc", "desc"):
            raise Refusal(*INVALID)
        return self.several("/me/albums", made.albums()[:: 1 if direction == "desc" else -1], made.album)

    def album_of(self, made: Entities, album: int) -> Album:
        found: Album = self.present(
            next((one for one in made.albums() if ALBUMS + one.number == album), None)
        )
        return found

    def album(self, album: int) -> Response:
        made = self.ask("fields")
        return self.one("/me/albums/{album_id}", made.album(self.album_of(made, album)))

    def album_videos(self, album: int) -> Response:
        made = self.ask(*PAGE)
        return self.several(
            "/me/albums/{album_id}/videos", made.members(self.album_of(made, album)), made.video
        )

    def live_events(self) -> Response:
        """The plan of no account here has live events."""
        self.ask(*SORTED)
        raise Refusal(*NOT_FOUND)

    # -- comments ---------------------------------------------------------------------------------

    def comments(self, video: int) -> Response:
        made = self.ask(*PAGE, "direction")
        found = made.answers(self.found(made, video))
        ordered = found if request.args.get("direction", "desc") == "asc" else found[::-1]
        return self.several("/videos/{video_id}/comments", ordered, made.comment)

    def comment(self, video: int, comment: int) -> Response:
        made = self.ask("fields")
        found = self.present(made.comment_of(self.found(made, video), comment))
        return self.one("/videos/{video_id}/comments/{comment_id}", made.comment(found))

    def replies(self, video: int, comment: int) -> Response:
        made = self.ask(*PAGE)
        found = self.present(made.comment_of(self.found(made, video), comment))
        return self.several(
            "/videos/{video_id}/comments/{comment_id}/replies", made.answers(found), made.comment
        )

    # -- text tracks and files --------------------------------------------------------------------

    def tracks(self, video: int) -> Response:
        made = self.ask(*PAGE)
        post = self.found(made, video)
        return self.several("/videos/{video_id}/texttracks", film(post).captions, partial(made.track, post))

    def track_file(self, number: int) -> Response:
        """403 when its hours are over."""
        expires, check = request.args.get("expires", ""), validation.check_track
        good = expires.isdigit() and request.args.get("sig") == signature(number, int(expires))
        if not good or int(expires) <= self.network.now().timestamp():
            return reply(check, "Forbidden", 403, "text/plain")
        videos = (post for post in self.network.posts.values() if post.where == WHERE)
        tracks = (
            (post, one) for post in videos for one in film(post).captions if TRACKS + one.number == number
        )
        post, caption = next(tracks, (None, None))
        if post is None or caption is None:
            return reply(check, "Not Found", 404, "text/plain")
        return reply(check, subtitles(caption, film(post).seconds, "vtt"), 200, "text/vtt; charset=utf-8")

    def redirect(self, kind: str, number: int) -> Response:
        """The address that is told for good leads to one that is good for some hours."""
        expires = int(self.network.now().timestamp()) + LINK_HOURS * 3600
        location = (
            f"{base()}/external/{number}.mp4?kind={kind}&expires={expires}&sig={signature(number, expires)}"
        )
        answer = reply(validation.check_film, "", 302, "text/plain")
        answer.headers["Location"] = location
        return answer

    def film_file(self, number: int) -> Response:
        expires, post = request.args.get("expires", ""), self.network.posts.get(f"{WHERE}/{number - VIDEOS}")
        good = expires.isdigit() and request.args.get("sig") == signature(number, int(expires))
        if not good or post is None or int(expires) <= self.network.now().timestamp():
            return reply(validation.check_film, "Forbidden", 403, "text/plain")
        return reply(
            validation.check_film,
            made_film(post.key, *SMALL, min(film(post).seconds, SHORT)),
            200,
            "video/mp4",
        )

    def image(self, kind: str, number: int, width: int, height: int) -> Response:
        """A still or a portrait in one of the sizes that its picture names."""
        if max(width, height) > max(SIZES)[0]:
            return reply(validation.check_image, "Not Found", 404, "text/plain")
        known = (
            photo for post in self.network.posts.values() if post.where == WHERE for photo in post.now.photos
        )
        own = next((one for one in known if kind == "video" and PICTURES + one.number == number), None)
        seed = (own.seed if own else "") or f"{WHERE}/{kind}/{number}"
        return reply(validation.check_image, picture("jpeg", seed, width, height), 200, "image/jpeg")
