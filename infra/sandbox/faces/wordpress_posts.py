"""WordPress' posts, pages, revisions and uploads as JSON, whole, as `context=edit` gives them.

Seen on WordPress 6.1: `raw` holds block comments that `rendered` lacks, text is texturized (apostrophes,
ampersands as entities), and an upload has the status "inherit" and outlives its post.
"""

import re
from collections.abc import Callable
from html import escape
from typing import Any

from infra.sandbox.faces.wordpress_site import POST_STATUS, Site, slugify
from infra.sandbox.markup import pieces
from infra.sandbox.model import Photo, Post, Version

TEXTURES = (("...", "&#8230;"), (" - ", " &#8211; "), ("'", "&#8217;"))
ROUTE = {"post": "posts", "page": "pages"}


def texturize(text: str) -> str:
    """Typography outside tags, and lone ampersands as entities."""
    parts = re.split(r"(<[^>]*>)", text)
    for at in range(0, len(parts), 2):
        for plain, entity in TEXTURES:
            parts[at] = parts[at].replace(plain, entity)
        parts[at] = re.sub(r"&(?!#?\w+;)", "&#038;", parts[at])
    return "".join(parts)


def linked(text: str) -> str:
    return "".join(
        f'<a href="{one.value}">{one.value}</a>' if one.kind == "link" else text[one.start : one.end]
        for one in pieces(text)
    )


class Posts(Site):
    def file(self, photo: Photo) -> tuple[str, str]:
        """The path below uploads, and the address."""
        name = f"{slugify(photo.alt)[:30]}-{photo.number}.{'jpg' if photo.kind == 'jpeg' else 'png'}"
        path = f"{self.network.start:%Y/%m}/{name}"
        return path, f"{self.base}/wp-content/uploads/{path}"

    def content(self, version: Version, block: Callable[[str, str], str]) -> str:
        """A version's paragraphs, and its photos but the first, which is the featured one."""
        blocks = [
            block("paragraph", f"<p>{linked(part).replace(chr(10), '<br>')}</p>") for part in version.text.split("\n\n")
        ]  # fmt: skip
        for photo in version.photos[1:]:
            image = (
                f'<img src="{self.file(photo)[1]}" alt="{escape(photo.alt)}"'
                f' class="wp-image-{photo.number}"/>'
            )
            blocks.append(
                block(f'image {{"id":{photo.number}}}', f'<figure class="wp-block-image">{image}</figure>')
            )
        return "\n\n".join(blocks)

    def bodies(self, version: Version) -> dict[str, Any]:
        raw = self.content(
            version, lambda name, html: f"<!-- wp:{name} -->\n{html}\n<!-- /wp:{name.split()[0]} -->"
        )
        rendered = texturize(self.content(version, lambda _, html: f"\n{html}\n"))
        words = re.sub(r"<[^>]*>", "", version.text).split()
        excerpt = texturize(" ".join(words[:55])) + (" [&hellip;]" if len(words) > 55 else "")
        return {
            "title": {"raw": version.title, "rendered": texturize(version.title)},
            "content": {"raw": raw, "rendered": rendered, "protected": False, "block_version": 1},
            "excerpt": {"raw": "", "rendered": f"<p>{excerpt}</p>\n", "protected": False},
        }

    def post(self, post: Post) -> dict[str, Any]:
        route, author = ROUTE[post.kind], self.network.accounts[post.author].number
        guid = f"{self.base}/?{'page_id' if post.kind == 'page' else 'p'}={post.number}"
        featured = post.now.photos[0].number if post.now.photos else 0
        page = {"parent": 0, "menu_order": 0} if post.kind == "page" else {}
        tags = [self.terms[tag] for tag in post.tags]
        article = (
            {"sticky": False, "format": "standard", "categories": [1], "tags": tags}
            if post.kind == "post"
            else {}
        )
        return {
            "id": post.number,
            **self.dates("date", post.created),
            "guid": {"rendered": guid, "raw": guid},
            **self.dates("modified", post.changed or post.created),
            "password": "",
            "slug": self.slug(post) + ("__trashed" if post.status == "trashed" else ""),
            "status": POST_STATUS[post.status],
            "type": post.kind,
            "link": self.link(post),
            **self.bodies(post.now),
            "author": author,
            "featured_media": featured,
            **page,
            "comment_status": "closed" if post.kind == "page" else "open",
            "ping_status": "closed",
            "template": "",
            "meta": [],
            **article,
            "permalink_template": f"{self.base}/%postname%/",
            "generated_slug": self.slug(post),
            "_links": self.post_links(post, route, author, featured),
        }

    def post_links(self, post: Post, route: str, author: int, featured: int) -> dict[str, Any]:
        terms = [
            {"taxonomy": taxonomy, **self.embeddable(f"{path}?post={post.number}")[0]}
            for taxonomy, path in (("category", "categories"), ("post_tag", "tags"))
        ]
        return self.links(
            route,
            post.number,
            about=[{"href": f"{self.api}/types/{post.kind}"}],
            author=self.embeddable(f"users/{author}"),
            replies=self.embeddable(f"comments?post={post.number}"),
            version_history=[
                {"count": len(post.versions), "href": f"{self.api}/{route}/{post.number}/revisions"}
            ],
            wp__featuredmedia=self.embeddable(f"media/{featured}") if featured else [],
            wp__attachment=[{"href": f"{self.api}/media?parent={post.number}"}],
            wp__term=terms if post.kind == "post" else [],
        )

    def revision(self, post: Post, version: Version) -> dict[str, Any]:
        bodies = self.bodies(version)
        del bodies["excerpt"]["protected"], bodies["content"]["protected"], bodies["content"]["block_version"]
        guid = f"{self.base}/?p={version.number}"
        return {
            "author": self.network.accounts[post.author].number,
            **self.dates("date", version.at),
            "id": version.number,
            **self.dates("modified", version.at),
            "parent": post.number,
            "slug": f"{post.number}-revision-v1",
            "guid": {"rendered": guid, "raw": guid},
            **bodies,
            "_links": {"parent": [{"href": f"{self.api}/{ROUTE[post.kind]}/{post.number}"}]},
        }

    def media(self, photo: Photo, post: Post) -> dict[str, Any]:
        path, url = self.file(photo)
        author = self.network.accounts[post.author].number
        slug = path.rsplit("/", 1)[1].rsplit(".", 1)[0]
        caption = f"<p>{texturize(photo.caption)}</p>\n" if photo.caption else ""
        image = f'<img width="{photo.width}" height="{photo.height}" src="{url}" alt="{escape(photo.alt)}" />'
        return {
            "id": photo.number,
            **self.dates("date", post.created),
            "guid": {"rendered": url, "raw": url},
            **self.dates("modified", post.created),
            "slug": slug,
            "status": "inherit",
            "type": "attachment",
            "link": f"{self.base}/{self.slug(post)}/{slug}/",
            "title": {"raw": slug, "rendered": slug},
            "author": author,
            "comment_status": "open",
            "ping_status": "closed",
            "template": "",
            "meta": [],
            "permalink_template": f"{self.base}/{self.slug(post)}/%postname%/",
            "generated_slug": slug,
            "description": {"raw": "", "rendered": f'<p class="attachment"><a href=\'{url}\'>{image}</a></p>\n'},
            "caption": {"raw": photo.caption, "rendered": caption},
            "alt_text": photo.alt,
            "media_type": "image",
            "mime_type": f"image/{photo.kind}",
            "media_details": {"width": photo.width, "height": photo.height, "file": path, "sizes": {}, "image_meta": {"keywords": []}},
            "post": None if post.status == "removed" else post.number,
            "source_url": url,
            "missing_image_sizes": [],
            "_links": self.links(
                "media", photo.number, about=[{"href": f"{self.api}/types/attachment"}],
                author=self.embeddable(f"users/{author}"),
                replies=self.embeddable(f"comments?post={photo.number}"),
            ),
        }  # fmt: skip
