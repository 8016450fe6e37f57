"""Vimeo as data: limits with their sources, consent, what the API never gives, and permalinks."""

from __future__ import annotations

import re

from recordroom.platforms import permalinks
from recordroom.platforms.contract import Consent, Limit, Platform, minutes
from recordroom.platforms.permalinks import Permalinks, RefusedAddress

HOST, SERVER = "https://api.vimeo.com", "vimeo.com"
_RATES = "https://developer.vimeo.com/guidelines/rate-limiting"
_REFERENCE = "https://developer.vimeo.com/api/reference/videos"
_FILES = "https://help.vimeo.com/hc/en-us/articles/12427806914577"
_VIDEO = "Open a video in it and copy the address of that video."
PERMALINKS = Permalinks(
    what="a video",
    form="https://vimeo.com/<number>",
    hosts=("vimeo.com",),
    comment_id_form=r"#comment_(\d+)",
    refused=(
        RefusedAddress(r"vimeo\.com/event/\d+(?:/(?!videos/).*)?$", "is a live event", _VIDEO),
        RefusedAddress(r"vimeo\.com/(?:manage/)?folders?/", "is a folder, which has no comments", _VIDEO),
    ),
)
_VIDEO_PATH = re.compile(
    r"^/(?:(?:manage/)?videos?/|(?:channels|groups|ondemand)/[^/]+/(?:videos?/)?"
    r"|(?:showcase|album)/\d+/video/|event/\d+/videos/"
    r"|[^/]+/review/|reviews/[\w-]+/videos/)?(\d+)(?:/\w+)?$",
    re.ASCII,
)
_SHOWCASE, _NUMBER = re.compile(r"^/(?:showcase|album)/\d+$", re.ASCII), re.compile(r"[0-9]+")
PLATFORM = Platform(
    name="vimeo",
    title="Vimeo",
    parser=1,
    record_id_part="kind",
    permalinks=PERMALINKS,
    interval=minutes(15),
    address=(r"^/[^/]+/?$", "https://vimeo.com/<name>, or https://vimeo.com/user<number>"),
    secrets=("token",),
    consent=Consent(f"{HOST}/oauth/authorize", ("public", "private", "video_files")),
    messages_note="Vimeo members can send messages to the account. Keep copies by hand",
    not_offered={
        "stories": "there are none",
        "polls": "there are none",
        "alt": "there are none",
        "edited": "captures find edits by comparing versions",
        "history": "only versions that a capture saw are archived",
        "hidden": "there are none",
        "held": "there are none",
        "removed": "Vimeo does not say why it does not find a record",
        "moderation": "only the number of blocked people",
        "messages": "the API does not offer them",
    },
    not_captured={"others": "videos of others that list the account in their credits are not read"},
    limits=(
        Limit(
            "requests",
            None,
            "a minute, depending on the plan, more if `fields` are named; each response says how many",
            _RATES,
            "2026-11-25",
            60,
        ),
        Limit("items in a page of a list", 100, "videos or comments", _REFERENCE, "2026-11-25"),
        Limit(
            "addresses of text tracks",
            None,
            "hours until they expire; each response says when",
            _REFERENCE,
            "2026-11-25",
        ),
        Limit(
            "addresses of video files",
            None,
            "redirects to files that expire in a few hours",
            _FILES,
            "2026-11-25",
        ),
    ),
)


def post_in(url: str) -> str:
    """Return the number of the video of a permalink.

    UsageError: the address is not that of a video.
    """
    link = permalinks.parse_permalink(url, PERMALINKS)
    if PERMALINKS.are_at(link.host):
        if found := _VIDEO_PATH.match(link.path):
            return found[1]
        if _SHOWCASE.match(link.path) and _NUMBER.fullmatch(link.query.get("video", "")):
            return link.query["video"]
    raise link.none_of(PERMALINKS)
