"""YouTube's Data API v3: channels, uploads, videos, comment threads, comments, caption tracks, and the
images.

Written from Google's discovery document, which validation/youtube.py holds it to, and from
developers.google.com/youtube/v3/docs. What no public word settles, and how it is here:
- a key that is wrong: `badRequest` with API_KEY_INVALID in `details`, as since 2020; the documentation still
  says `keyInvalid`;
- a removed video or comment is absent from a list by ids; a thread id that cannot be one is 404
  commentThreadNotFound;
- a page token of comments that does not belong to the list is processingFailure, one of other lists
  invalidPageToken;
- rejected comments are in no list, though the description has a word for them;
- requests beyond the day's units are refused and go on counting. It differs from the real one in this: all
credentials are of one project; a token that a story grants lives until it is expired; there is nothing to
write; a list of uploads that changes while it is paged shifts, as offsets do; videos have no bytes and no
pages.
"""

from functools import partial
from typing import Any, TypeVar

from flask import Response, request
from werkzeug.exceptions import HTTPException

from infra.sandbox.faces import youtube_errors as errors
from infra.sandbox.faces import youtube_ids as ids
from infra.sandbox.faces.common import Refusal, Routes, base, dump, reply
from infra.sandbox.faces.oauth import consent_page
from infra.sandbox.faces.youtube_comments import Comments
from infra.sandbox.faces.youtube_files import YouTubeFiles
from infra.sandbox.faces.youtube_request import Asked, Page
from infra.sandbox.faces.youtube_sight import tagged
from infra.sandbox.faces.youtube_tokens import answered
from infra.sandbox.faces.youtube_videos import film
from infra.sandbox.model import Account, Post
from infra.sandbox.subtitles import FORMS, subtitles
from infra.sandbox.validation import youtube as validation

API = "/youtube/v3"
COSTS = {  # units; developers.google.com/youtube/v3/determine_quota_cost
    **{f"{API}/{name}": 1 for name in ("channels", "playlistItems", "videos", "commentThreads", "comments")},
    f"{API}/captions": 50,
    f"{API}/captions/<caption_id>": 200,
}
JSON = "application/json; charset=UTF-8"
T = TypeVar("T")


def written(value: dict[str, Any]) -> str:
    """JSON as Google writes it: indented unless `prettyPrint=false`, and no markup in it."""
    return (
        dump(value, pretty=request.args.get("prettyPrint") != "false")
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
    )


def listed(asked: Asked, items: list[dict[str, Any]], **head: Any) -> Response:
    """A list of resources. Its ETag stands in the body and in the header; who has it already gets 304."""
    kind = asked.method.partition(".")[0].removesuffix("s")
    body = tagged(f"{kind}ListResponse", {**head, "items": items} if items or kind != "channel" else head)
    tag, check = f'"{body["etag"]}"', partial(validation.check, asked.method, asked.parts)
    if request.headers.get("If-None-Match", "") in (tag, body["etag"]):
        return reply(check, b"", 304, JSON, {"ETag": tag})
    return reply(check, written(body), 200, JSON, {"ETag": tag, "Cache-Control": "private"})


class YouTube(YouTubeFiles):
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
        return {"/token": self.renewed}

    def renewed(self) -> Response:
        """On oauth2.googleapis.com, a host of its own."""
        status, told = answered(self.network, request.form)
        return reply(
            validation.check_token, dump(told, pretty=True), status, "application/json; charset=utf-8"
        )

    # -- who asks ---------------------------------------------------------------------------------

    def secrets(self) -> tuple[str, str]:
        """The key and the token that came with the request."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip() or request.args.get(
            "access_token", ""
        )
        return request.args.get("key", "") or request.headers.get("X-Goog-Api-Key", ""), token

    def client(self) -> str:
        """The one project, for everybody with a secret that is known."""
        known = {one.secret for one in self.network.tokens if one.where == self.where}
        return "project" if known & set(self.secrets()) else "nobody"

    def cost(self) -> int:
        return COSTS.get(request.url_rule.rule, 0) if request.url_rule else 0

    def ask(self, method: str) -> tuple[Asked, Comments]:
        """The request and what its sender may see."""
        made = self.caller(method)
        return Asked(method), made

    def caller(self, method: str) -> Comments:
        """Refuses who may not ask at all."""
        key, secret = self.secrets()
        if not key and not secret:
            raise errors.NOBODY.refuse()
        if key and ((known := self.network.token(self.where, key)) is None or known.account or known.kind):
            expired = any(one.secret == key and one.expired for one in self.network.tokens)
            raise (errors.KEY_EXPIRED if expired else errors.KEY_INVALID).refuse()
        if not secret:
            return Comments(self.network, base(), None)
        token = self.network.token(self.where, secret)
        if token is None or not token.account or token.kind:
            raise errors.TOKEN_INVALID.refuse()
        if token.scopes and not set(token.scopes) & set(validation.method(method)["scopes"]):
            raise errors.SCOPE.refuse()
        viewer = self.network.accounts[token.account]
        if viewer.suspended:
            raise errors.SUSPENDED.refuse()
        return Comments(self.network, base(), viewer)

    def throttled(self) -> Response:
        until = self.network.throttles.get(self.where)
        return self.refused((errors.RATE if until and until > self.network.now() else errors.QUOTA).refuse())

    def refused(self, refusal: Refusal) -> Response:
        problem: errors.Problem = refusal.details[0]
        return reply(validation.check_error, written(problem.body()), problem.status, JSON, problem.headers)

    def lost(self, error: HTTPException) -> Response:
        return reply(
            validation.check_page,
            "<html><title>Error 404 (Not Found)</title></html>",
            error.code or 404,
            "text/html; charset=UTF-8",
        )

    # -- channels and videos ----------------------------------------------------------------------

    def channels(self) -> Response:
        asked, made = self.ask("channels.list")
        chosen = asked.filter("id", "forHandle", "mine")
        if chosen == "mine":
            if made.viewer is None:
                raise errors.MINE.refuse()
            found: list[Account | None] = [made.viewer]
        elif chosen == "id":
            found = [made.channel(one) for one in asked.many("id")]
        else:
            handle = asked.one("forHandle").removeprefix("@").lower()
            found = [one for one in made.channels() if one.handle.lower() == handle]
        there = [one for one in found if one]
        page = self.shifting(asked, there, errors.PAGE_TOKEN.refuse())
        info = {"totalResults": len(there), "resultsPerPage": int(asked.one("maxResults"))}
        return listed(
            asked, [made.channel_item(one, asked.parts) for one in page.items], **page.token, pageInfo=info
        )

    def playlist_items(self) -> Response:
        """Lists of uploads only: there are no others."""
        asked, made = self.ask("playlistItems.list")
        asked.filter("playlistId")
        channel = made.channel(asked.one("playlistId"), "UU")
        if channel is None:
            raise errors.PLAYLIST.refuse()
        uploads = made.uploads(channel)
        page = self.shifting(asked, list(enumerate(uploads)), errors.PAGE_TOKEN.refuse())
        info = {"totalResults": len(uploads), "resultsPerPage": int(asked.one("maxResults"))}
        items = [made.upload_item(post, place, asked.parts) for place, post in page.items]
        return listed(asked, items, **page.token, pageInfo=info)

    def videos(self) -> Response:
        asked, made = self.ask("videos.list")
        asked.filter("id")
        found = (made.video(one) for one in asked.many("id"))
        items = [made.video_item(one, asked.parts) for one in found if one and made.readable(one)]
        return listed(asked, items, pageInfo={"totalResults": len(items), "resultsPerPage": len(items)})

    # -- comments ---------------------------------------------------------------------------------

    def comment_threads(self) -> Response:
        asked, made = self.ask("commentThreads.list")
        chosen, form = asked.filter("videoId", "allThreadsRelatedToChannelId", "id"), asked.one("textFormat")
        if chosen == "id":
            return self.threads_by_id(asked, made, form)
        videos = self.talked_of(asked, made) if chosen == "videoId" else self.all_of(asked, made)
        status = asked.one("moderationStatus")
        threads = made.threads(videos, status)
        invalid = errors.PROCESSING.refuse()
        if asked.one("order") == "relevance":
            page = self.shifting(asked, made.by_relevance(threads), invalid)
        else:
            page = self.steady(asked, threads, invalid)
        items = [made.thread_item(one, asked.parts, form, status) for one in page.items]
        info = {"totalResults": len(items), "resultsPerPage": int(asked.one("maxResults"))}
        return listed(asked, items, **page.token, pageInfo=info)

    def threads_by_id(self, asked: Asked, made: Comments, form: str) -> Response:
        if "moderationStatus" in request.args:
            raise errors.INCOMPATIBLE.refuse(message="Incompatible parameters: id, moderationStatus")
        wanted = asked.many("id", 100)
        if any("." in one or ids.comment_number(one) is None for one in wanted):
            raise errors.COMMENT_THREAD.refuse()
        found = [one for one in (made.comment(one) for one in wanted) if one]
        items = [made.thread_item(one, asked.parts, form, None) for one in found]
        return listed(asked, items, pageInfo={"totalResults": len(items), "resultsPerPage": len(items)})

    def talked_of(self, asked: Asked, made: Comments) -> list[Post]:
        """The video whose threads are asked for."""
        video = made.video(asked.one("videoId"))
        if video is None:
            raise errors.VIDEO.refuse()
        if not made.readable(video) or (
            asked.one("moderationStatus") != "published" and not made.owns(video)
        ):
            raise errors.NOT_YOURS.refuse()
        if video.comments_off:
            raise errors.COMMENTS_OFF.refuse()
        return [video]

    def all_of(self, asked: Asked, made: Comments) -> list[Post]:
        """All videos of the channel whose threads are asked for."""
        channel = made.channel(asked.one("allThreadsRelatedToChannelId"))
        if channel is None:
            raise errors.CHANNEL.refuse()
        if asked.one("moderationStatus") != "published" and channel is not made.viewer:
            raise errors.NOT_YOURS.refuse()
        return [one for one in made.uploads(channel) if made.talk(one)]

    def comments(self) -> Response:
        asked, made = self.ask("comments.list")
        form = asked.one("textFormat")
        if asked.filter("parentId", "id") == "id":
            found = [one for one in (made.comment(one) for one in asked.many("id", 100)) if one]
            return listed(asked, [made.comment_item(one, asked.parts, form, told=False) for one in found])
        parent = made.comment(asked.one("parentId"))
        if parent is None or made.thread(parent) is not parent:
            raise errors.PARENT.refuse()
        page = self.steady(asked, made.answers(parent), errors.PROCESSING.refuse(domain=errors.COMMENT))
        items = [made.comment_item(one, asked.parts, form, told=True) for one in page.items]
        return listed(asked, items, **page.token, pageInfo={"resultsPerPage": int(asked.one("maxResults"))})

    # -- pages ------------------------------------------------------------------------------------

    def shifting(self, asked: Asked, found: list[T], invalid: Refusal) -> Page[T]:
        """By offset: what comes in or goes in front of a page moves it."""
        return asked.page(found, asked.position(invalid) or 0, lambda _last, end: end)

    def steady(self, asked: Asked, found: list[Post], invalid: Refusal) -> Page[Post]:
        """From the comment on that ended the last page, even if it is gone."""
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

    # -- captions ---------------------------------------------------------------------------------

    def captions(self) -> Response:
        asked, made = self.owned("captions.list")
        asked.filter("videoId")
        video = made.video(asked.one("videoId"))
        if video is None:
            raise errors.CAPTIONS_OF.refuse()
        if not made.owns(video):
            raise errors.CAPTIONS_NOT_YOURS.refuse(location="videoId")
        wanted = asked.many("id")
        tracks = [one for one in film(video).captions if not wanted or ids.caption_id(one.number) in wanted]
        return listed(asked, [made.caption_item(video, one, asked.parts) for one in tracks])

    def caption(self, caption_id: str) -> Response:
        asked, made = self.owned("captions.download")
        form = asked.one("tfmt")
        videos = (
            post for post in self.network.posts.values() if post.where == self.where and made.there(post)
        )
        tracks = (
            (post, one)
            for post in videos
            for one in film(post).captions
            if ids.caption_id(one.number) == caption_id
        )
        video, track = next(tracks, (None, None))
        if video is None or track is None:
            raise errors.NO_CAPTION.refuse()
        if not made.owns(video):
            raise errors.CAPTIONS_NOT_YOURS.refuse(location="id")
        if form and form not in FORMS:
            raise errors.CONVERT.refuse()
        body = subtitles(track, film(video).seconds, form or "sbv")
        return reply(partial(validation.check_caption, form), body, 200, "application/octet-stream")

    def owned(self, method: str) -> tuple[Asked, Comments]:
        """A key is not enough for captions."""
        asked, made = self.ask(method)
        if made.viewer is None:
            raise errors.TOKEN_REQUIRED.refuse()
        return asked, made
