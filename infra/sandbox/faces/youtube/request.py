"""A request to the YouTube Data API: parameters, parts, filters, and page tokens.

Names, enumerations, and ranges are those of the discovery document. Parameters of the description that the
sandbox does not support (those of content owners, `fields`, `hl`, `searchTerms`, charts, translations) are
refused, so that no request is answered as if they were missing.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import request

from infra.sandbox.faces.common import Refusal
from infra.sandbox.faces.youtube import errors
from infra.sandbox.faces.youtube.ids import encode
from infra.sandbox.validation import youtube as validation

SERVED = {
    "channels.list": ("part", "id", "forHandle", "mine", "maxResults", "pageToken"),
    "playlistItems.list": ("part", "playlistId", "maxResults", "pageToken"),
    "videos.list": ("part", "id"),
    "commentThreads.list": (
        "part", "videoId", "allThreadsRelatedToChannelId", "id", "order", "textFormat", "moderationStatus",
        "maxResults", "pageToken",
    ),
    "comments.list": ("part", "parentId", "id", "textFormat", "maxResults", "pageToken"),
    "captions.list": ("part", "videoId", "id"),
    "captions.download": ("tfmt",),
}  # fmt: skip
EVERYWHERE = ("key", "access_token", "alt", "prettyPrint", "quotaUser")
LIST = ("pageToken", "maxResults", "part", "textFormat", *EVERYWHERE)  # a page token is not bound to these
DIGEST = 9  # bytes: a token starts with 12 characters that identify its list
T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """A page of a list."""

    items: list[T]
    token: dict[str, str]  # nextPageToken, if there are more


class Request:
    """A request to one method ("videos.list").

    A parameter that the description does not allow is refused at once.
    """

    def __init__(self, method: str) -> None:
        self.method, self.described = method, validation.method(method)
        parameters = {**validation.description()["parameters"], **self.described["parameters"]}
        for name, value in request.args.items(multi=True):
            if name not in parameters:
                raise errors.UNKNOWN_NAME.refuse(
                    message=f'Unknown name "{name}": cannot bind query parameter.'
                )
            if name not in (*SERVED[method], *EVERYWHERE):
                raise errors.UNEXPECTED.refuse(location=name)
            _check(name, value, parameters[name])
        self.parts = self._parts() if "part" in parameters else set()

    def _parts(self) -> set[str]:
        asked = set(self.many("part"))
        if not asked:
            raise errors.REQUIRED.refuse()
        if unknown := asked - validation.parts(self.method):
            raise errors.UNKNOWN_PART.refuse(message=", ".join(sorted(unknown)))
        return asked

    def one(self, name: str) -> str:
        """Return a parameter, or its default in the description."""
        return request.args.get(name, str(self.described["parameters"][name].get("default", "")))

    def many(self, name: str, most: int = 50) -> list[str]:
        """Return the values of a repeated or comma-separated parameter, each once."""
        found = list(
            dict.fromkeys(one for value in request.args.getlist(name) for one in value.split(",") if one)
        )
        if len(found) > most:
            raise errors.INVALID_FILTERS.refuse(location=name)
        return found

    def filter(self, *names: str) -> str:
        """Return the name of the filter in the request; refuse none, or several."""
        given = [name for name in names if name in request.args]
        if not given:
            raise errors.NO_FILTER.refuse(message=f"No filter selected. Expected one of: {', '.join(names)}")
        if len(given) > 1:
            raise errors.INCOMPATIBLE.refuse(message=f"Incompatible parameters: {', '.join(given)}")
        return given[0]

    # -- pages -------------------------------------------------------------------------------------

    def position(self, invalid: Refusal) -> int | None:
        """Return the position in the page token.

        A token of another list raises `invalid`.
        """
        token = request.args.get("pageToken", "")
        if not token:
            return None
        try:
            data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            raise invalid from None
        if data[:DIGEST] != self._list() or not data[DIGEST:].isdigit():
            raise invalid
        return int(data[DIGEST:])

    def page(self, found: list[T], start: int, mark: Callable[[T, int], int]) -> "Page[T]":
        """Return the page from `start`.

        mark: the position of the next page, from the last item and the end of this one.
        """
        end = start + int(self.one("maxResults"))
        items = found[start:end]
        following = (
            encode(self._list() + str(mark(items[-1], end)).encode()) if items and end < len(found) else ""
        )
        return Page(items, {"nextPageToken": following} if following else {})

    def _list(self) -> bytes:
        """Return a digest that identifies the list."""
        kept = sorted((name, value) for name, value in request.args.items(multi=True) if name not in LIST)
        return hashlib.sha256(json.dumps([self.method, kept]).encode()).digest()[:DIGEST]


def _check(name: str, value: str, described: dict[str, Any]) -> None:
    """Refuse a value that the description does not allow."""
    allowed = ["true", "false"] if described["type"] == "boolean" else described.get("enum", [value])
    if value not in allowed:
        raise errors.INVALID_VALUE.refuse(
            reason="invalid", message=f"Invalid value at '{name}'.", rpc=errors.INVALID
        )
    if described["type"] == "integer":
        least, most = int(described["minimum"]), int(described["maximum"])
        if not value.isdigit() or not least <= int(value) <= most:
            message = f"Invalid value '{value}'. Values must be within the range: [{least}, {most}]"
            raise errors.INVALID_VALUE.refuse(message=message, location=name)
