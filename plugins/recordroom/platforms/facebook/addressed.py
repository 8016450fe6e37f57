"""Which post an address names, where it does not tell its id."""

from __future__ import annotations

from recordroom.errors import AccountUnavailable, UsageError
from recordroom.platforms.facebook.asking import ALL, Asking
from recordroom.platforms.facebook.permalinks import is_of, post_in
from recordroom.platforms.http import in_path
from recordroom.platforms.meta.graph import objects
from recordroom.platforms.schema import content_of

_UNLISTED = (
    "That does not say that it is gone: Facebook may list it under another address, or not at all. Copy the"
    " address of its photo or video, or have all posts since that day captured, with their comments."
)


class Addressed(Asking):
    """The post of a permalink."""

    def post_of(self, url: str) -> list[str]:
        """[the post of a permalink, its video]. The post of a photo or a video is known to the photo or video
        itself.
        """
        what, number = post_in(url, self.me)
        if what in ("post", "listed"):
            return [f"{self.me}_{number}" if what == "post" else self.listed_at(url, number), ""]
        name = "page_story_id" if what == "photo" else "post_id"
        try:
            answer = self.get(in_path(number), {"fields": f"id,{name}"})
        except AccountUnavailable as gone:
            raise UsageError(f"{url} cannot be seen", "It may be gone, or another's.") from gone
        told = content_of(answer)
        post = told.get(name) if isinstance(told, dict) else None
        return [
            post if isinstance(post, str) and "_" in post else f"{self.me}_{post or number}",
            number if what == "video" else "",
        ]

    def listed_at(self, url: str, number: str) -> str:
        """The id of a post whose address does not tell it."""
        for edge in ("published_posts", "feed"):
            for page in self.pages(f"{self.me}/{edge}", {**ALL, "fields": "id,permalink_url"}):
                for _, post in objects(page):
                    if is_of(number, post["id"], post.get("permalink_url")):
                        return str(post["id"])
        raise UsageError(f"{url} does not stand in the lists of the Page's posts", _UNLISTED)
