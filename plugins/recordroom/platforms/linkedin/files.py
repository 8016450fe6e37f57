"""The addresses of files, which posts and comments only name by their URNs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from recordroom.errors import PlatformFailure, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms.contract import Window
from recordroom.platforms.linkedin.api import Api, results
from recordroom.platforms.linkedin.content import KINDS, captions_of
from recordroom.platforms.linkedin.schema import FILE
from recordroom.platforms.linkedin.urns import record_id_of
from recordroom.platforms.schema import Reading
from recordroom.platforms.unread import require_completing

FilesOf = Callable[[dict[str, Any], Reading], list[str]]  # the URNs of the files of a post or comment


class PostFiles:
    """The files of the posts and comments of one crawl.

    context: the context of each request.
    """

    def __init__(self, api: Api, window: Window, context: Mapping[str, Any]) -> None:
        self.api, self.window, self.context = api, window, context

    def at(self, urns: Iterable[str]) -> dict[str, dict[str, Any]]:
        """URN -> the address of a file, or why there is none; nothing where LinkedIn does not give it.

        A post is captured without the files that LinkedIn refuses or fails to give.
        """
        wanted, found = list(dict.fromkeys(urns)), dict[str, dict[str, Any]]()
        for kind, path in KINDS.items():
            some = [urn for urn in wanted if urn.split(":")[2:3] == [kind]]
            try:
                for answer in self.api.batch(path, some, self.context):
                    for urn, told in results(answer).items():
                        FILE.check(told, answer, f"/results/{urn}")
                        names = ("status", "downloadUrl", "captions", "duration")
                        found[urn] = {name: told[name] for name in names if told.get(name) is not None}
            except PlatformFailure as failure:
                require_completing(failure)
        return {urn: found.get(urn, {}) for urn in wanted}

    def of(
        self, items: Iterable[dict[str, Any]], answer: Exchange, files_of: FilesOf
    ) -> dict[str, dict[str, Any]]:
        """Return the files that posts or comments name."""
        return self.at(urn for item in items for urn in _named(item, answer, files_of))

    def with_captions(
        self, files: dict[str, dict[str, Any]], posts: Sequence[dict[str, Any]]
    ) -> dict[str, dict[str, Any]]:
        """Return the files, with archived captions that LinkedIn does not give: that is no edit."""
        archived = {name for post in posts for name in self.window.archived_files(record_id_of(post["id"]))}
        return {
            urn: told or ({"captions": None} if captions_of(urn) in archived else {})
            for urn, told in files.items()
        }


def first_missing(files: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the URN of the first file that LinkedIn does not give; "": it gives all of them."""
    return next((urn for urn, file in files.items() if "downloadUrl" not in file), "")


def _named(item: dict[str, Any], answer: Exchange, files_of: FilesOf) -> list[str]:
    """Return the files of an item.

    None where its content has another shape, which `parse` reports.
    """
    try:
        return files_of(item, Reading(answer))
    except UnexpectedResponse:
        return []
