"""A news page's feeds, as RSS 2.0 and as Atom, with ETag, Last-Modified, and 304.

  /rss.xml   an item has no time of its last edit; only its content changes
  /atom.xml  an entry has `updated` in addition to `published`

A feed has the latest entries only. An entry disappears when newer ones arrive, or when it is taken down: the
feed does not show which. Difference from a real site: the addresses of the entries lead to no page.
"""

import hashlib
import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from html import escape as html_escape
from xml.sax.saxutils import escape, quoteattr

from flask import Response, request
from werkzeug.exceptions import HTTPException

from infra.sandbox.faces.common import Face, Refusal, Routes, base, photo_bytes, quota, reply
from infra.sandbox.limits import retry_after
from infra.sandbox.markup import pieces
from infra.sandbox.model import Photo, Place, Post
from infra.sandbox.validation import feed as validation

WINDOW = 20  # entries in a feed
RSS = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:atom="http://www.w3.org/2005/Atom"'
)
# characters that XML 1.0 does not allow
NOT_XML = re.compile(r"[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


def text(value: str) -> str:
    return escape(NOT_XML.sub("\ufffd", value))


def data(html: str) -> str:
    return "<![CDATA[" + NOT_XML.sub("\ufffd", html).replace("]]>", "]]]]><![CDATA[>") + "]]>"


def address(post: Post) -> str:
    return f"{base()}/{post.created:%Y/%m}/{post.number}.html"


def image(photo: Photo) -> str:
    return f"{base()}/images/{photo.number}.{'jpg' if photo.kind == 'jpeg' else 'png'}"


def linked(source: str) -> str:
    """Return the text as HTML, with links."""
    shown = ((one.kind, html_escape(source[one.start : one.end])) for one in pieces(source))
    return "".join(f'<a href="{value}">{value}</a>' if kind == "link" else value for kind, value in shown)


def html(post: Post) -> str:
    paragraphs = "".join(
        f"<p>{part.replace(chr(10), '<br/>')}</p>\n" for part in linked(post.now.text).split("\n\n")
    )
    return paragraphs + "".join(
        f'<img src="{image(photo)}" alt="{html_escape(photo.alt)}"/>\n' for photo in post.now.photos
    )


class Feed(Face):
    """A feed of the latest entries of a place."""

    def routes(self) -> Routes:
        return {
            "/rss.xml": partial(self.feed, "rss"),
            "/atom.xml": partial(self.feed, "atom"),
            "/images/<int:number>.<kind>": self.image,
        }

    def client(self) -> str:
        return request.remote_addr or "anonymous"

    def throttled(self) -> Response:
        page = "<html><body><h1>429 Too Many Requests</h1></body></html>"
        return reply(
            validation.check_page, page, 429, "text/html", {"Retry-After": retry_after(self.network, quota())}
        )

    def refused(self, refusal: Refusal) -> Response:
        return reply(
            validation.check_page, "<html><body><h1>Not Found</h1></body></html>", refusal.status, "text/html"
        )

    def lost(self, error: HTTPException) -> Response:
        return self.refused(Refusal(error.code or 404))

    @property
    def place(self) -> Place:
        return self.network.places[self.where]

    def posts(self) -> list[Post]:
        return sorted(
            (post for post in self.network.posts.values() if post.where == self.where),
            key=lambda post: post.created,
            reverse=True,
        )

    def feed(self, form: str) -> Response:
        posts = self.posts()
        changed = max((post.changed or post.created for post in posts), default=self.network.start).replace(
            microsecond=0
        )
        window = [post for post in posts if post.status == "visible"][:WINDOW]
        body = (self.rss if form == "rss" else self.atom)(window, changed).encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {
            "ETag": tag,
            "Last-Modified": format_datetime(changed, usegmt=True),
            "Cache-Control": "max-age=0",
        }
        kind = f"application/{form}+xml; charset=utf-8"
        return (
            reply(validation.check, b"", 304, kind, headers)
            if self.known(tag, changed)
            else reply(validation.check, body, 200, kind, headers)
        )

    def known(self, tag: str, changed: datetime) -> bool:
        """Return whether the client has the feed already.

        Its ETag decides, otherwise its date (RFC 9110, 13.2.2).
        """
        if request.headers.get("If-None-Match"):
            return tag in request.headers["If-None-Match"]
        since = request.headers.get("If-Modified-Since")
        return since is not None and parsedate_to_datetime(since) >= changed

    # -- RSS and Atom ----------------------------------------------------------------------------

    def author(self, post: Post) -> str:
        return text(self.network.accounts[post.author].name)

    def rss(self, posts: list[Post], changed: datetime) -> str:
        head = (
            f"<title>{text(self.place.title)}</title><link>{base()}/</link><description>{text(self.place.tagline)}</description>"
            f'<atom:link href="{request.base_url}" rel="self"'
            ' type="application/rss+xml"/><language>en-US</language>'
            f"<lastBuildDate>{format_datetime(changed)}</lastBuildDate>"
        )
        items = "\n".join(self.item(post) for post in posts)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"'
            f" {RSS}><channel>{head}\n{items}\n</channel></rss>\n"
        )

    def item(self, post: Post) -> str:
        sizes = [
            (image(photo), len(photo_bytes(self.where, photo)), photo.kind) for photo in post.now.photos[:1]
        ]
        parts = [
            *([f"<title>{text(post.now.title)}</title>"] if post.now.title else []),
            f"<link>{address(post)}</link>",
            f'<guid isPermaLink="false">https://{self.place.host}/?p={post.number}</guid>',
            f"<pubDate>{format_datetime(post.created)}</pubDate><dc:creator>{self.author(post)}</dc:creator>",
            *(f"<category>{text(tag)}</category>" for tag in post.tags),
            f"<description>{data(html_escape(post.now.text[:200]))}</description><content:encoded>{data(html(post))}</content:encoded>",
            *(f'<enclosure url="{url}" length="{size}" type="image/{kind}"/>' for url, size, kind in sizes),
        ]
        return f"<item>{''.join(parts)}</item>"

    def atom(self, posts: list[Post], changed: datetime) -> str:
        head = (
            f"<title>{text(self.place.title)}</title><subtitle>{text(self.place.tagline)}</subtitle><link"
            f' href="{base()}/"/>'
            '<link rel="self"'
            f' href="{request.base_url}"/><id>https://{self.place.host}/</id><updated>{stamp(changed)}</updated>'
        )
        entries = "\n".join(self.entry(post) for post in posts)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"'
            f' xml:lang="en">{head}\n{entries}\n</feed>\n'
        )

    def entry(self, post: Post) -> str:
        parts = [
            f"<title>{text(post.now.title)}</title><link href={quoteattr(address(post))}/>",
            f"<id>tag:{self.place.host},{post.created:%Y}:{post.number}</id>",
            f"<published>{stamp(post.created)}</published><updated>{stamp(post.now.at)}</updated>",
            f"<author><name>{self.author(post)}</name></author>",
            *(f"<category term={quoteattr(tag)}/>" for tag in post.tags),
            *(
                f'<link rel="enclosure" type="image/{photo.kind}" href="{image(photo)}"/>'
                for photo in post.now.photos
            ),
            f'<content type="html">{text(html(post))}</content>',
        ]
        return f'<entry xml:lang="{post.language}">{"".join(parts)}</entry>'

    def image(self, number: int, kind: str) -> Response:
        known = (photo for post in self.posts() for version in post.versions for photo in version.photos)
        photo = next(
            (
                one
                for one in known
                if one.number == number and kind == ("jpg" if one.kind == "jpeg" else "png")
            ),
            None,
        )
        if photo is None:
            raise Refusal(404)
        return reply(validation.check_page, photo_bytes(self.where, photo), 200, f"image/{photo.kind}")


def stamp(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
