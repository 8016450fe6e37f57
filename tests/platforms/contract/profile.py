"""Facts about each platform that the contract tests need, in addition to its stage.

The stages are in tests/capture/everywhere/stages.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from recordroom.platforms.contract import ReplySign
from tests.capture.everywhere.stages import STAGES, Stage

READS = ("full", "recent", "history")  # the kinds of windows that read the account


@dataclass(frozen=True)
class PlatformTestProfile:
    """One platform as the contract tests need it."""

    name: str
    post_text: str  # the property of a response in which the text of a post appears
    # the request parameter that says how many items a page has, as a regular expression; "": there are no
    # pages
    page_size: str = ""
    page: int = 5  # items of a page in the tests
    message_page: int = 1  # items of a page in the tests of messages
    titled: bool = False  # its posts have titles
    filmed: bool = False  # its posts are videos
    windows: tuple[str, ...] = (*READS, "one")  # those that resume
    # The signs by which the plan decides (ReplySign, and whether it moves with each reply): those of a
    # post without comments, and of
    # a post with a comment that has a reply. None: the plan decides about no conversation of the platform.
    signs: tuple[tuple[ReplySign, bool], tuple[ReplySign, bool]] | None = None
    replies_mention: bool = False  # a list of mentions gives the replies to posts too

    @property
    def stage(self) -> Stage:
        return STAGES[self.name]

    @property
    def where(self) -> str:
        return self.stage.where or self.name


PROFILES = {
    profile.name: profile
    for profile in (
        PlatformTestProfile("bluesky", "text", signs=((0, True), (1, False)), page_size="limit"),
        PlatformTestProfile(
            "facebook",
            "message",
            signs=(("0 2026-11-21T18:30:01+0000", True), ("1 2026-11-23T18:43:05+0000", True)),
            page_size="limit",
        ),
        PlatformTestProfile("feed", "description", titled=True, windows=("full", "recent")),
        PlatformTestProfile("instagram", "caption", signs=((0, True), (2, False)), page_size="limit"),
        PlatformTestProfile("linkedin", "commentary", signs=((0, True), (2, True)), page_size="count"),
        PlatformTestProfile("mastodon", "content", signs=((0, False), (1, False)), page_size="limit"),
        PlatformTestProfile("threads", "text", signs=((0, False), (1, False)), page_size="limit"),
        PlatformTestProfile(
            "tiktok",
            "caption",
            signs=((0, False), (2, False)),
            page_size="max_count",
            titled=True,
            filmed=True,
        ),
        PlatformTestProfile(
            "vimeo",
            "description",
            signs=((0, True), (1, False)),
            page_size="per_page",
            titled=True,
            filmed=True,
        ),
        PlatformTestProfile("wordpress", "rendered", page_size="per_page", titled=True),
        PlatformTestProfile(
            "x",
            "text",
            signs=((0, True), (1, False)),
            page_size="max_results",
            page=10,
            message_page=10,
            replies_mention=True,
        ),
        PlatformTestProfile(
            "youtube",
            "description",
            signs=((0, True), (2, True)),
            page_size="maxResults",
            titled=True,
            filmed=True,
        ),
    )
}


def each_platform(applies: Callable[[PlatformTestProfile], object] = lambda _: True) -> pytest.MarkDecorator:
    """Run a test with the `sandbox` of each platform to which it applies; the platform's name is the ID."""
    return pytest.mark.parametrize(
        "sandbox", [name for name, profile in PROFILES.items() if applies(profile)], indirect=True
    )


def each_window(applies: Callable[[PlatformTestProfile], object] = lambda _: True) -> pytest.MarkDecorator:
    """Run a test with each kind of window of each platform to which it applies."""
    cases = [
        (name, kind) for name, profile in PROFILES.items() if applies(profile) for kind in profile.windows
    ]
    return pytest.mark.parametrize(
        ("sandbox", "kind"), cases, indirect=["sandbox"], ids=["-".join(case) for case in cases]
    )
