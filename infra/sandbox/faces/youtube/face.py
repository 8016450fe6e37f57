"""YouTube's Data API v3.

Written from Google's discovery document, against which validation/youtube.py checks each response, and from
developers.google.com/youtube/v3/docs. Images are not part of the API and cost no quota. The address of a
thumbnail stays the same when the image changes. If there is no image, the response is a gray one with 404, as
on i.ytimg.com.

The documentation leaves these points open. Here:
- A wrong key is a `badRequest` with API_KEY_INVALID in `details`, as since 2020; the documentation still
  names `keyInvalid`.
- A removed video or comment is missing from a list by IDs; a thread ID in an impossible form is a 404
  commentThreadNotFound.
- A page token of another list of comments is a processingFailure, of other lists an invalidPageToken.
- Rejected comments are in no list, though the description has a word for them.
- Requests beyond the daily quota are refused and are still counted.

Differences from the real API: all credentials belong to one project; a token from a story lives until it is
expired; nothing can be written; a list of uploads that changes between its pages shifts, since it is paged by
offset; videos have no files and no web pages.
"""

import hashlib
from collections.abc import Mapping
from functools import partial
from typing import Any, TypeVar

from flask import Response, request
from werkzeug.exceptions import HTTPException

from infra.sandbox.faces.common import Face, Json, Refusal, Routes, base, bearer, dump, reply
from infra.sandbox.faces.oauth import (
    TERMS,
    consent_page,
    count_tokens,
    find_app,
    issue_refresh_token,
    issue_token,
    redeem_code,
)
from infra.sandbox.faces.youtube import errors, ids
from infra.sandbox.faces.youtube.entities import (
    THUMBNAILS,
    UPRIGHT,
    WHERE,
    Entities,
    is_signature_valid,
    tagged,
    video_of,
)
from infra.sandbox.faces.youtube.request import Page, Request
from infra.sandbox.model import Account, Post
from infra.sandbox.network import Network
from infra.sandbox.pictures import picture
from infra.sandbox.subtitles import FORMS, subtitles
from infra.sandbox.validation import youtube as validation

SIZES = {file: (width, height) for file, width, height in (*THUMBNAILS.values(), *UPRIGHT.values())}
API = "/youtube/v3"
COSTS = {  # units; developers.google.com/youtube/v3/determine_quota_cost
    **{f"{API}/{name}": 1 for name in ("channels", "playlistItems", "videos", "commentThreads", "comments")},
    f"{API}/captions": 50,
    f"{API}/captions/<caption_id>": 200,
}
JSON = "application/json; charset=UTF-8"
T = TypeVar("T")


def exchange_token(network: Network, form: Mapping[str, str]) -> tuple[int, Json]:
    """Return the status and body of a response on oauth2.googleapis.com.

    A refresh token has no end and stays the same. An access token lives for an hour.
    Source: developers.google.com/identity/protocols/oauth2/web-server#offline.
    """
    if not find_app(network, WHERE, form.get("client_id", ""), form.get("client_secret", "")):
        return 401, {"error": "invalid_client", "error_description": "The OAuth client was not found."}
    grant_type = form.get("grant_type", "")
    if grant_type not in ("authorization_code", "refresh_token"):
        description = f"Invalid grant_type: {grant_type}"
        return 400, {"error": "unsupported_grant_type", "error_description": description}
    is_consent = grant_type == "authorization_code"
    if is_consent:
        code = redeem_code(network, WHERE, form)
        refresh = code and issue_refresh_token(network, code, f"1//{code.secret}")
    else:
        refresh = network.token(WHERE, form.get("refresh_token", ""))
    if refresh is None or refresh.kind != "refresh":
        return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
    seed = f"{refresh.secret} {count_tokens(network, WHERE, refresh.account)}"
    secret = ids.encode(hashlib.sha256(seed.encode()).digest())
    access = issue_token(network, refresh, f"ya29.{secret}", parent=refresh.secret)
    granted = {
        "access_token": access.secret,
        "expires_in": int(TERMS[WHERE].access.total_seconds()),
        "scope": " ".join(refresh.scopes),
        "token_type": "Bearer",
    }
    return 200, granted | ({"refresh_token": refresh.secret} if is_consent else {})


def image(seed: str, width: int, height: int, status: int = 200) -> Response:
    return reply(
        validation.check_image,
        picture("jpeg", seed, width, height),
        status,
        "image/jpeg",
        {"Cache-Control": "public, max-age=7200"},
    )


def dump_google(value: Json) -> str:
    """Return JSON as Google writes it: without markup.

    It is indented unless `prettyPrint=false`.
    """
    return (
        dump(value, pretty=request.args.get("prettyPrint") != "false")
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
    )


def respond_list(asked: Request, items: list[Json], **head: Any) -> Response:
    """Return a list of resources, or 304 if the client has it already.

    The ETag is in the body and in the header.
    """
    kind = asked.method.partition(".")[0].removesuffix("s")
    body = tagged(f"{kind}ListResponse", {**head, "items": items} if items or kind != "channel" else head)
    tag, check = f'"{body["etag"]}"', partial(validation.check, asked.method, asked.parts)
    if request.headers.get("If-None-Match", "") in (tag, body["etag"]):
        return reply(check, b"", 304, JSON, {"ETag": tag})
    return reply(check, dump_google(body), 200, JSON, {"ETag": tag, "Cache-Control": "private"})


def error_page(status: int, title: str) -> Response:
    page = f"<html><title>Error {title}</title></html>"
    return reply(validation.check_page, page, status, "text/html; charset=UTF-8")


class YouTube(Face):
    """The Data API v3."""

    def routes(self) -> Routes:
        return {
            f"{API}/channels": self.channels,
            f"{API}/playlistItems": self.playlist_items,
            f"{API}/videos": self.videos,
            f"{API}/commentThreads": self.comment_threads,
            f"{API}/comments": self.comments,
            f"{API}/captions": self.captions,
            f"{API}/captions/<caption_id>": self.caption,
            "/vi/<video_id>/<file>.jpg": self.thumbnail,
            "/ytc/<name>": self.portrait,
            "/comment-image/<int:number>": self.comment_image,
            "/o/oauth2/v2/auth": consent_page(self.network, self.where),
        }

    def forms(self) -> Routes:
        return {"/token": self.exchange_token}

    def exchange_token(self) -> Response:
        """On oauth2.googleapis.com, a host of its own."""
        status, with_status = exchange_token(self.network, request.form)
        return reply(
            validation.check_token, dump(with_status, pretty=True), status, "application/json; charset=utf-8"
        )

    # -- requests and responses --------------------------------------------------------------------

    def secrets(self) -> tuple[str, str]:
        """Return the key and the token of the request."""
        token = bearer() or request.args.get("access_token", "")
        return request.args.get("key", "") or request.headers.get("X-Goog-Api-Key", ""), token

    def client(self) -> str:
        """Return the key of the quota: one project, for all known credentials."""
        known = {one.secret for one in self.network.tokens if one.where == self.where}
        return "project" if known & set(self.secrets()) else "nobody"

    def cost(self) -> int:
        return COSTS.get(request.url_rule.rule, 0) if request.url_rule else 0

    def authorize(self, method: str) -> tuple[Request, Entities]:
        """Return the request and what its sender may see."""
        entities = self.find_entities(method)
        return Request(method), entities

    def find_entities(self, method: str) -> Entities:
        """Return what the sender may see; refuse wrong credentials."""
        key, secret = self.secrets()
        if not key and not secret:
            raise errors.NO_CREDENTIALS.refuse()
        if key and ((known := self.network.token(self.where, key)) is None or known.account or known.kind):
            expired = any(one.secret == key and one.expired for one in self.network.tokens)
            raise (errors.KEY_EXPIRED if expired else errors.KEY_INVALID).refuse()
        if not secret:
            return Entities(self.network, base(), None)
        token = self.network.token(self.where, secret)
        if token is None or not token.account or token.kind:
            raise errors.TOKEN_INVALID.refuse()
        if token.scopes and not set(token.scopes) & set(validation.method(method)["scopes"]):
            raise errors.SCOPE.refuse()
        viewer = self.network.accounts[token.account]
        if viewer.suspended:
            raise errors.SUSPENDED.refuse()
        return Entities(self.network, base(), viewer)

    def throttled(self) -> Response:
        until = self.network.throttles.get(self.where)
        return self.refused((errors.RATE if until and until > self.network.now() else errors.QUOTA).refuse())

    def refused(self, refusal: Refusal) -> Response:
        problem: errors.Problem = refusal.details[0]
        return reply(
            validation.check_error, dump_google(problem.body()), problem.status, JSON, problem.headers
        )

    def lost(self, error: HTTPException) -> Response:
        return error_page(error.code or 404, "404 (Not Found)")

    # -- channels and videos -----------------------------------------------------------------------

    def channels(self) -> Response:
        asked, entities = self.authorize("channels.list")
        chosen = asked.filter("id", "forHandle", "mine")
        if chosen == "mine":
            if entities.viewer is None:
                raise errors.MINE.refuse()
            found: list[Account | None] = [entities.viewer]
        elif chosen == "id":
            found = [entities.channel(one) for one in asked.many("id")]
        else:
            handle = asked.one("forHandle").removeprefix("@").lower()
            found = [one for one in entities.channels() if one.handle.lower() == handle]
        there = [one for one in found if one]
        page = self.page_by_offset(asked, there, errors.PAGE_TOKEN.refuse())
        info = {"totalResults": len(there), "resultsPerPage": int(asked.one("maxResults"))}
        return respond_list(
            asked,
            [entities.channel_item(one, asked.parts) for one in page.items],
            **page.token,
            pageInfo=info,
        )

    def playlist_items(self) -> Response:
        """Return a list of uploads; there are no other playlists."""
        asked, entities = self.authorize("playlistItems.list")
        asked.filter("playlistId")
        channel = entities.channel(asked.one("playlistId"), "UU")
        if channel is None:
            raise errors.PLAYLIST.refuse()
        uploads = entities.uploads(channel)
        page = self.page_by_offset(asked, list(enumerate(uploads)), errors.PAGE_TOKEN.refuse())
        info = {"totalResults": len(uploads), "resultsPerPage": int(asked.one("maxResults"))}
        items = [entities.upload_item(post, place, asked.parts) for place, post in page.items]
        return respond_list(asked, items, **page.token, pageInfo=info)

    def videos(self) -> Response:
        asked, entities = self.authorize("videos.list")
        asked.filter("id")
        found = (entities.video(one) for one in asked.many("id"))
        items = [entities.video_item(one, asked.parts) for one in found if one and entities.is_readable(one)]
        return respond_list(asked, items, pageInfo={"totalResults": len(items), "resultsPerPage": len(items)})

    # -- comments ----------------------------------------------------------------------------------

    def comment_threads(self) -> Response:
        asked, entities = self.authorize("commentThreads.list")
        chosen, form = asked.filter("videoId", "allThreadsRelatedToChannelId", "id"), asked.one("textFormat")
        if chosen == "id":
            return self.threads_by_id(asked, entities, form)
        videos = (
            self.requested_video(asked, entities)
            if chosen == "videoId"
            else self.channel_videos(asked, entities)
        )
        status = asked.one("moderationStatus")
        threads = entities.threads(videos, status)
        invalid = errors.PROCESSING.refuse()
        if asked.one("order") == "relevance":
            page = self.page_by_offset(asked, entities.sort_by_relevance(threads), invalid)
        else:
            page = self.page_by_item(asked, threads, invalid)
        items = [entities.thread_item(one, asked.parts, form, status) for one in page.items]
        info = {"totalResults": len(items), "resultsPerPage": int(asked.one("maxResults"))}
        return respond_list(asked, items, **page.token, pageInfo=info)

    def threads_by_id(self, asked: Request, entities: Entities, form: str) -> Response:
        if "moderationStatus" in request.args:
            raise errors.INCOMPATIBLE.refuse(message="Incompatible parameters: id, moderationStatus")
        wanted = asked.many("id", 100)
        if any("." in one or ids.comment_number(one) is None for one in wanted):
            raise errors.COMMENT_THREAD.refuse()
        found = [one for one in (entities.comment(one) for one in wanted) if one]
        items = [entities.thread_item(one, asked.parts, form, None) for one in found]
        return respond_list(asked, items, pageInfo={"totalResults": len(items), "resultsPerPage": len(items)})

    def requested_video(self, asked: Request, entities: Entities) -> list[Post]:
        """Return the video whose threads are requested."""
        video = entities.video(asked.one("videoId"))
        if video is None:
            raise errors.VIDEO.refuse()
        if not entities.is_readable(video) or (
            asked.one("moderationStatus") != "published" and not entities.owns(video)
        ):
            raise errors.NOT_YOURS.refuse()
        if video.comments_off:
            raise errors.COMMENTS_OFF.refuse()
        return [video]

    def channel_videos(self, asked: Request, entities: Entities) -> list[Post]:
        """Return all videos of the channel whose threads are requested."""
        channel = entities.channel(asked.one("allThreadsRelatedToChannelId"))
        if channel is None:
            raise errors.CHANNEL.refuse()
        if asked.one("moderationStatus") != "published" and channel is not entities.viewer:
            raise errors.NOT_YOURS.refuse()
        return [one for one in entities.uploads(channel) if entities.shows_comments(one)]

    def comments(self) -> Response:
        asked, entities = self.authorize("comments.list")
        form = asked.one("textFormat")
        if asked.filter("parentId", "id") == "id":
            found = [one for one in (entities.comment(one) for one in asked.many("id", 100)) if one]
            return respond_list(
                asked, [entities.comment_item(one, asked.parts, form, with_status=False) for one in found]
            )
        parent = entities.comment(asked.one("parentId"))
        if parent is None or entities.thread(parent) is not parent:
            raise errors.PARENT.refuse()
        page = self.page_by_item(
            asked, entities.replies(parent), errors.PROCESSING.refuse(domain=errors.COMMENT)
        )
        items = [entities.comment_item(one, asked.parts, form, with_status=True) for one in page.items]
        return respond_list(
            asked, items, **page.token, pageInfo={"resultsPerPage": int(asked.one("maxResults"))}
        )

    # -- pages -------------------------------------------------------------------------------------

    def page_by_offset(self, asked: Request, found: list[T], invalid: Refusal) -> Page[T]:
        """Return a page by its offset.

        Items that are added or removed before it shift it.
        """
        return asked.page(found, asked.position(invalid) or 0, lambda _last, end: end)

    def page_by_item(self, asked: Request, found: list[Post], invalid: Refusal) -> Page[Post]:
        """Return the page after the last comment of the previous page.

        That comment may be removed.
        """
        number = asked.position(invalid)
        last = self.network.posts.get(f"{self.where}/{number}")
        if number is not None and last is None:
            raise invalid
        older = (
            place
            for place, one in enumerate(found)
            if last and (one.created, one.number) < (last.created, last.number)
        )
        start = 0 if last is None else next(older, len(found))
        return asked.page(found, start, lambda last, _end: last.number)

    # -- captions ----------------------------------------------------------------------------------

    def captions(self) -> Response:
        asked, entities = self.authorize_owner("captions.list")
        asked.filter("videoId")
        video = entities.video(asked.one("videoId"))
        if video is None:
            raise errors.CAPTIONS_OF.refuse()
        if not entities.owns(video):
            raise errors.CAPTIONS_NOT_YOURS.refuse(location="videoId")
        wanted = asked.many("id")
        tracks = [
            one for one in video_of(video).captions if not wanted or ids.caption_id(one.number) in wanted
        ]
        return respond_list(asked, [entities.caption_item(video, one, asked.parts) for one in tracks])

    def caption(self, caption_id: str) -> Response:
        asked, entities = self.authorize_owner("captions.download")
        form = asked.one("tfmt")
        videos = (
            post for post in self.network.posts.values() if post.where == self.where and entities.exists(post)
        )
        tracks = (
            (post, one)
            for post in videos
            for one in video_of(post).captions
            if ids.caption_id(one.number) == caption_id
        )
        video, track = next(tracks, (None, None))
        if video is None or track is None:
            raise errors.NO_CAPTION.refuse()
        if not entities.owns(video):
            raise errors.CAPTIONS_NOT_YOURS.refuse(location="id")
        if form and form not in FORMS:
            raise errors.CONVERT.refuse()
        body = subtitles(track, video_of(video).seconds, form or "sbv")
        return reply(partial(validation.check_caption, form), body, 200, "application/octet-stream")

    def authorize_owner(self, method: str) -> tuple[Request, Entities]:
        """Return the request for captions and what its sender may see.

        A key without a token is refused.
        """
        asked, entities = self.authorize(method)
        if entities.viewer is None:
            raise errors.TOKEN_REQUIRED.refuse()
        return asked, entities

    # -- images ------------------------------------------------------------------------------------

    def thumbnail(self, video_id: str, file: str) -> Response:
        video = Entities(self.network, "", None).video(video_id)
        if video is None or file not in SIZES:
            return image("nothing", 120, 90, 404)
        own = video.now.photos[0] if video.now.photos else None
        seed = (own.seed or f"{self.where}{own.number}") if own else f"{video.key}/frame"
        return image(seed, *SIZES[file])

    def portrait(self, name: str) -> Response:
        """Return a channel image. name: "UC...=s88-c-k-c0x00ffffff-no-rj"."""
        channel, _, rest = name.partition("=s")
        size = rest.partition("-")[0]
        return (
            image(channel, int(size), int(size))
            if size.isdigit() and int(size) <= 800
            else image("nothing", 120, 90, 404)
        )

    def comment_image(self, number: int) -> Response:
        """Return an image in a comment, or 403 after the six hours of its address."""
        expires, signed = request.args.get("expire", ""), request.args.get("sig", "")
        known = (
            photo
            for post in self.network.posts.values()
            if post.where == self.where
            for photo in post.now.photos
        )
        photo = next((one for one in known if one.number == number), None)
        if not is_signature_valid(number, expires, signed, self.network.now()):
            return error_page(403, "403 (Forbidden)")
        if photo is None:
            return image("nothing", 120, 90, 404)
        return image(photo.seed or f"{self.where}{photo.number}", photo.width, photo.height)
