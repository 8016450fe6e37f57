"""The posts of a page on LinkedIn with what other answers tell of them: counts, files, whether they are still there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from recordroom.errors import PlatformFailure, UnexpectedResponse
from recordroom.model import HIDDEN, UNAVAILABLE, Absence, Exchange
from recordroom.platforms import Client, Window
from recordroom.platforms.linkedin.asking import GONE, Asking
from recordroom.platforms.linkedin.contents import captions_of, files_of
from recordroom.platforms.linkedin.platform import UNPUBLISHED
from recordroom.platforms.linkedin.restli import missing, refused, results
from recordroom.platforms.linkedin.shapes import METADATA, POST_HEAD, REACTIONS, SUMMARY
from recordroom.platforms.linkedin.urns import moment_of, record_id_of
from recordroom.platforms.shapes import Reading
from recordroom.platforms.unread import beside

if TYPE_CHECKING:
    from recordroom.register.models import Account


Named = Callable[[dict[str, Any], Reading], list[str]]  # the URNs of the files of a post or comment


class Posts(Asking):
    """`noted`: threads in `todo`, or read; `moved`: when something was last said on older posts."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        super().__init__(account, client, window)
        self.noted = {entity for entity, _ in self.todo.threads}
        self.moved: dict[str, int] = {}

    def completed(self, answer: Exchange, posts: Sequence[dict[str, Any]]) -> Exchange:
        """Posts with their counts and files in the context; their comments are noted to be read."""
        social = self.counts([post["id"] for post in posts])
        files = self.with_captions(self.files_in(posts, answer, files_of), posts)
        for post in posts:
            if post["id"] not in self.noted:
                self.noted.add(post["id"])
                self.note(post, social.get(post["id"], {}), answer)
        return self.told(answer, social=social, files=files)

    def files_in(self, some: Iterable[dict[str, Any]], answer: Exchange, named: Named) -> dict[str, dict[str, Any]]:
        """Where the files are that posts or comments name; the first that LinkedIn does not give is noted."""
        files = self.files(urn for one in some for urn in _named(one, answer, named))
        self.todo.lacking = self.todo.lacking or next((urn for urn, file in files.items() if "downloadUrl" not in file), "")
        return files

    def note(self, post: dict[str, Any], told: dict[str, Any], answer: Exchange) -> None:
        """The comments on a post are to be read, where they are wanted. An edit moves no count: LinkedIn tells of it apart."""
        urn, sign = post["id"], told.get("all")
        published = moment_of(post.get("publishedAt") or post["createdAt"], answer)
        if self.window.wants(record_id_of(urn), published, f"{sign} {self.moved[urn]}" if urn in self.moved else sign):
            self.todo.threads += [[urn, urn]] if told.get("comments") != 0 else []
            self.note_read(urn)

    def note_read(self, post: str) -> None:
        """Say so where no comments on this post are still to be read."""
        if not any(post == waiting for _, waiting in self.todo.threads):
            self.window.read(record_id_of(post))

    def counts(self, posts: Sequence[str]) -> dict[str, dict[str, Any]]:
        """What `social` tells; nothing where LinkedIn refuses or fails to: a post is captured, and the comments on it are read, without its
        counts."""
        try:
            return self.social(posts)
        except PlatformFailure as failure:
            beside(failure)
            self.todo.uncounted = True
            return {}

    def social(self, posts: Sequence[str]) -> dict[str, dict[str, Any]]:
        """By their URNs, what is counted of posts, and what they are called as activities."""
        found: dict[str, dict[str, Any]] = {}
        for answer in self.api.batch("socialMetadata", posts, self.context):
            reading = Reading(answer)
            for urn, told in results(answer).items():
                pointer = f"/results/{urn}"
                METADATA.check(told, answer, pointer)
                summary = reading.part(SUMMARY, told, "commentSummary", pointer)
                kinds = told.get("reactionSummaries") or {}
                likes = [reading.part(REACTIONS, kinds, kind, f"{pointer}/reactionSummaries").get("count") or 0 for kind in kinds]
                counts = {"comments": summary.get("topLevelCount"), "all": summary.get("count"), "likes": sum(likes)}
                counts |= {"entity": told.get("entity")}
                found[urn] = {name: value for name, value in counts.items() if value is not None}
        return found

    def with_captions(self, files: dict[str, dict[str, Any]], posts: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """The same with the captions that are held of videos of which LinkedIn tells nothing: that they are not told is no edit."""
        held = {name for post in posts for name in self.window.files(record_id_of(post["id"]))}
        return {urn: told or ({"captions": None} if captions_of(urn) in held else {}) for urn, told in files.items()}

    def posts_by_id(self, urns: Sequence[str]) -> Iterator[Exchange | Absence]:
        """`untold` in the context: those of which nothing is concluded, since LinkedIn refuses them, or fails to give them."""
        for answer in self.api.batch("posts", urns, self.context):
            posts = list(results(answer).values())
            for key, post in results(answer).items():
                POST_HEAD.check(post, answer, f"/results/{key}")
            yield self.told(self.completed(answer, posts), untold=[record_id_of(urn) for urn in refused(answer)])
            for post in posts:
                if post["lifecycleState"] in UNPUBLISHED:
                    words, who = f"LinkedIn calls it {post['lifecycleState']}", "agency" if post["lifecycleState"] == "DRAFT" else None
                    yield Absence(record_id_of(post["id"]), HIDDEN, words, answer, who)
            yield from (Absence(record_id_of(urn), UNAVAILABLE, GONE, answer) for urn in missing(answer))


def _named(one: dict[str, Any], answer: Exchange, named: Named) -> list[str]:
    """None of one whose content is odd: that is for `parse` to tell, and keeps nothing behind it from being read."""
    try:
        return named(one, Reading(answer))
    except UnexpectedResponse:
        return []
