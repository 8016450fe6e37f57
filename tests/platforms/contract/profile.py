"""What the contract tests need to know of each platform, in addition to its stage (tests/capture/everywhere/stages.py)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.capture.everywhere.stages import STAGES, Stage


@dataclass(frozen=True)
class PlatformTestProfile:
    """One platform as the contract tests need it."""

    name: str
    post_text: str  # the property of a response in which the text of a post appears
    page_size: str = ""  # the request parameter that says how many items a page has, as a regular expression; "": there are no pages
    page: int = 5  # so many items have the pages of the tests
    titled: bool = False  # its posts have titles
    filmed: bool = False  # its posts are videos
    windows: tuple[str, ...] = ("full", "recent", "history", "one")  # those that resume
    plan: bool = True  # conversations are read where the plan wants them
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
        PlatformTestProfile("bluesky", "text", page_size="limit"),
        PlatformTestProfile("facebook", "message", page_size="limit"),
        PlatformTestProfile("feed", "description", titled=True, windows=("full", "recent"), plan=False),
        PlatformTestProfile("instagram", "caption", page_size="limit"),
        PlatformTestProfile("linkedin", "commentary"),
        PlatformTestProfile("mastodon", "content", page_size="limit"),
        PlatformTestProfile("threads", "text", page_size="limit"),
        PlatformTestProfile(
            "tiktok",
            "caption",
            page_size="max_count",
            titled=True,
            filmed=True,
            windows=(
                "full",
                "recent",
                "history",
            ),  # known defect: a permalink's fetch forgets the permalink after the profile
        ),
        PlatformTestProfile("vimeo", "description", page_size="per_page", titled=True, filmed=True),
        PlatformTestProfile("wordpress", "rendered", page_size="per_page", titled=True, plan=False),
        PlatformTestProfile("x", "text", page_size="max_results", page=10, replies_mention=True),
        PlatformTestProfile("youtube", "description", page_size="maxResults", titled=True, filmed=True),
    )
}


def each_platform(applies: Callable[[PlatformTestProfile], object] = lambda _: True) -> pytest.MarkDecorator:
    """Run a test with the `sandbox` of each platform to which it applies; the ids are the platforms' names."""
    return pytest.mark.parametrize("sandbox", [name for name, profile in PROFILES.items() if applies(profile)], indirect=True)


def each_window(applies: Callable[[PlatformTestProfile], object] = lambda _: True) -> pytest.MarkDecorator:
    """Run a test with each kind of window of each platform to which it applies."""
    cases = [(name, kind) for name, profile in PROFILES.items() if applies(profile) for kind in profile.windows]
    return pytest.mark.parametrize(("sandbox", "kind"), cases, indirect=["sandbox"], ids=["-".join(case) for case in cases])
