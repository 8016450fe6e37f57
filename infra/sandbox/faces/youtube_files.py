"""The images of YouTube, which are no part of the API and cost no quota: thumbnails, portraits, the pictures
in comments.

A thumbnail's address is the same whatever the picture is: a new one shows in its bytes only. Where there is
none, a grey picture stands with 404, as on i.ytimg.com.
"""

from flask import Response, request

from infra.sandbox.faces.common import Face, reply
from infra.sandbox.faces.youtube_comments import still_good
from infra.sandbox.faces.youtube_sight import Sight
from infra.sandbox.faces.youtube_videos import THUMBNAILS, UPRIGHT
from infra.sandbox.pictures import picture
from infra.sandbox.validation import youtube as validation

SIZES = {file: (width, height) for file, width, height in (*THUMBNAILS.values(), *UPRIGHT.values())}


def image(seed: str, width: int, height: int, status: int = 200) -> Response:
    return reply(
        validation.check_image,
        picture("jpeg", seed, width, height),
        status,
        "image/jpeg",
        {"Cache-Control": "public, max-age=7200"},
    )


class YouTubeFiles(Face):
    def thumbnail(self, video_id: str, file: str) -> Response:
        video = Sight(self.network, "", None).video(video_id)
        if video is None or file not in SIZES:
            return image("nothing", 120, 90, 404)
        own = video.now.photos[0] if video.now.photos else None
        seed = (own.seed or f"{self.where}{own.number}") if own else f"{video.key}/frame"
        return image(seed, *SIZES[file])

    def portrait(self, name: str) -> Response:
        """UC...=s88-c-k-c0x00ffffff-no-rj"""
        channel, _, rest = name.partition("=s")
        size = rest.partition("-")[0]
        return (
            image(channel, int(size), int(size))
            if size.isdigit() and int(size) <= 800
            else image("nothing", 120, 90, 404)
        )

    def comment_image(self, number: int) -> Response:
        """403 when its six hours are over."""
        expires, signed = request.args.get("expire", ""), request.args.get("sig", "")
        known = (
            photo
            for post in self.network.posts.values()
            if post.where == self.where
            for photo in post.now.photos
        )
        photo = next((one for one in known if one.number == number), None)
        if not still_good(number, expires, signed, self.network.now()):
            return reply(
                validation.check_page,
                "<html><title>Error 403 (Forbidden)</title></html>",
                403,
                "text/html; charset=UTF-8",
            )
        if photo is None:
            return image("nothing", 120, 90, 404)
        return image(photo.seed or f"{self.where}{photo.number}", photo.width, photo.height)
