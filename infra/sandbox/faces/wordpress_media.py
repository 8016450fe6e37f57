"""WordPress' media library: its items and its files."""

from functools import partial

from flask import Response

from infra.sandbox.faces import wordpress_query as query
from infra.sandbox.faces.common import Refusal, reply
from infra.sandbox.faces.wordpress_base import WordPressBase
from infra.sandbox.faces.wordpress_words import FORBIDDEN
from infra.sandbox.pictures import picture
from infra.sandbox.validation import wordpress as validation


class WordPressMedia(WordPressBase):
    def media(self) -> Response:
        items = self.items()
        context, parents = self.forbid(items, "posts in this post type"), query.many("parent")
        include, order = query.many("include"), query.choice("order", "desc", ("asc", "desc"))
        found = [
            (photo, post)
            for photo, post in items.photos.values()
            if (items.readable(post) or post.status == "removed")
            and (not parents or (str(post.number) in parents and post.status != "removed"))
            and (not include or str(photo.number) in include)
        ]
        found.sort(key=lambda pair: (pair[1].created, pair[0].number), reverse=order == "desc")
        return self.several(
            items, "media", query.page_of(found, strict=True), lambda pair: items.media(*pair), context
        )

    def upload(self, number: int) -> Response:
        items = self.items()
        if number not in items.photos:
            raise Refusal(404, "rest_post_invalid_id", "Invalid post ID.")
        context, (photo, post) = self.forbid(items, "this post"), items.photos[number]
        if not items.readable(post) and post.status != "removed":
            raise Refusal(401, *FORBIDDEN)
        return self.one(items, "media", items.media(photo, post), context)

    def file(self, year: str, month: str, name: str) -> Response:
        items, check = self.items(), partial(validation.check, "file")
        for photo, _ in items.photos.values():
            if items.file(photo)[0] == f"{year}/{month}/{name}":
                body = picture(
                    photo.kind, photo.seed or f"{self.where}{photo.number}", photo.width, photo.height
                )
                return reply(check, body, 200, f"image/{photo.kind}")
        return reply(check, "Not Found", 404, "text/html")
