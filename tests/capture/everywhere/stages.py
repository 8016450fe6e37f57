"""Differences between platforms on which the same story is played."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from infra.sandbox.faces.tiktok.entities import open_id
from infra.sandbox.network import Network

SECRET = "TheSecretOfEveryStage"


@dataclass(frozen=True)
class Stage:
    """A platform as a story needs it."""

    url: str
    api: str
    where: str = ""  # its place in the network, if it is not named after the platform
    handle: str = "district"
    others: tuple[str, str] = ("parent", "teacher")
    host: str = ""
    words: str = "text"  # the property of responses that has a comment's text
    # (status, changed) of a comment whose author's account is suspended, and then back
    orphan: tuple[tuple[str, list[str]], ...] = (("unavailable", ["status"]), ("visible", ["status"]))
    gone: str = "unavailable"  # status of a removed post
    gone_below: str = "unavailable"  # status of a removed comment
    # `acted_by` of a comment that the account hid: "agency", or "unknown" if the platform does not say by whom;
    # "" only if the stage is without that story
    hides: str = ""
    pictured: bool = False  # publishes nothing without an image
    token: dict[str, Any] = field(default_factory=dict)  # how the account's secret is granted
    app: bool = False  # the secret belongs to an application, not to the account
    login: str = ""  # the app's name for the account
    signs_in: bool = True  # gives nothing without a secret
    answered: bool = True  # a post can have comments
    # scope that is taken away -> text of the gap, if that is not the scope's name; "": no gap
    lacks: Mapping[str, str] = field(default_factory=dict)
    for_some: bool = False  # a post may be shown to some people only
    # stories that the platform cannot have -> reason
    without: Mapping[str, str] = field(default_factory=dict)


HIDDEN = "test_a_comment_hidden_by_the_page_and_shown_again"
PERMISSION = "test_a_permission_taken_away"
TOKENS = (
    "test_a_token_that_dies_and_is_renewed",
    "test_a_token_that_dies_in_the_middle_of_the_seventh_page",
    PERMISSION,
)
TALK = (
    HIDDEN,
    "test_who_answers_whom",
    "test_a_comment_removed_by_its_author",
    "test_a_deletion_of_the_parent_of_replies",
    "test_a_property_that_is_renamed_overnight",
)
SUSPENDED = (
    "test_an_account_suspended_for_a_day",
    "test_a_comment_that_goes_with_its_authors_account_and_comes_back_with_it",
)
TIKTOK = ("video.list", "video.insights", "comment.list")
THREADS = ("threads_manage_mentions", "threads_manage_insights")
STAGES = {
    "bluesky": Stage(
        "https://bsky.app/profile/district.test", "http://sky.test", handle="district.test",
        others=("ana.test", "bo.test"), gone="removed", gone_below="removed", hides="agency", signs_in=False,
        without=dict.fromkeys(TOKENS, "everybody reads it: there is no token"),
    ),
    "mastodon": Stage(
        "https://social.test/@district", "http://social.test", host="social.test",
        others=("ana@far.test", "bo@far.test"), words="content", without={HIDDEN: "no one can hide a reply"},
        token={"scopes": [f"read:{what}" for what in ("accounts", "statuses", "notifications", "blocks", "mutes", "filters")]},
        lacks={"read:notifications": "posts that mention the account"}
        | dict.fromkeys(("read:blocks", "read:mutes", "read:filters"), "the lists of what the account blocks and filters"),
        for_some=True,
    ),
    "facebook": Stage(
        "https://www.facebook.com/district", "http://graph.test", host="www.facebook.com", words="message",
        hides="unknown",
        token={"kind": "page", "scopes": ["pages_show_list", "pages_read_engagement", "pages_read_user_content"]},
        lacks={"pages_show_list": ""},
    ),
    "vimeo": Stage(
        "https://vimeo.com/district", "http://api.vimeo.test", host="vimeo.com",
        orphan=(("visible", ["author_id"]), ("visible", ["author_id"])),
        without={HIDDEN: "comments are deleted, not hidden"},
        token={"scopes": ["public", "private", "video_files"]}, for_some=True,
    ),
    "instagram": Stage(
        "https://www.instagram.com/district", "http://graph.test", host="www.instagram.com", hides="unknown",
        pictured=True,
        token={"kind": "instagram", "scopes": ["instagram_business_basic", "instagram_business_manage_comments"]},
        lacks={"instagram_business_manage_comments": "the permission for comments is missing"},
    ),
    "youtube": Stage(
        "https://www.youtube.com/@district", "http://tube.test", host="www.youtube.com", words="textDisplay",
        token={"scopes": ["https://www.googleapis.com/auth/youtube.force-ssl"]},
        lacks={"https://www.googleapis.com/auth/youtube.force-ssl": "A scope is missing"},
        without={HIDDEN: "a comment that the channel rejects is shown to no one, not even the channel"},
    ),
    "linkedin": Stage(
        "https://www.linkedin.com/company/district", "http://api.linkedin.test", host="www.linkedin.com",
        words="message", gone_below="removed", without={HIDDEN: "comments are deleted, not hidden"},
        token={"scopes": ["r_organization_social", "rw_organization_admin", "r_events"]},
        lacks=dict.fromkeys(("r_organization_social", "rw_organization_admin"), "Not enough permissions to access"),
    ),
    "threads": Stage(
        "https://www.threads.com/@district", "http://graph.test", host="www.threads.com", hides="unknown",
        token={"kind": "threads", "scopes": ["threads_basic", "threads_read_replies", *THREADS]},
        lacks=dict.fromkeys(("threads_basic", "threads_read_replies"), "does not have permission for this action")
        | {"threads_manage_mentions": "posts of others that mention the account", "threads_manage_insights": "the counts of posts"},
    ),
    "tiktok": Stage(
        "https://www.tiktok.com/@district", "http://api.test", host="www.tiktok.com", hides="unknown",
        pictured=True, login=open_id("tiktok/district"),
        token={"scopes": [*(f"user.info.{what}" for what in ("basic", "username", "profile", "stats")), *TIKTOK]},
    ),
    "wordpress": Stage(
        "https://blog.test", "http://blog.test", where="wordpress/district", host="blog.test",
        words="rendered", gone="removed", gone_below="removed", token={"user": "district"}, login="district",
        without={HIDDEN: "comments awaiting moderation or spam are reported as such", PERMISSION: "a password may do what its user may"}
        | dict.fromkeys(SUSPENDED, "a site is its owner's own"),
    ),
    "feed": Stage(
        "https://news.test/rss.xml", "http://news.test/rss.xml", where="feed/news", handle="desk",
        others=("ana", "bo"), host="news.test",
        signs_in=False, answered=False, without=dict.fromkeys(TOKENS, "everybody reads it: there is no token")
        | dict.fromkeys(SUSPENDED, "a site is its owner's own") | dict.fromkeys(TALK, "a feed has no comments")
        | {
            "test_thirty_gone_at_once_are_gone_once_a_person_says_so": "what leaves a feed may only be older than its newest entries",
            "test_a_page_that_shifts_while_it_is_read": "a feed is one page, of its newest entries",
        },
    ),
    "x": Stage(
        "https://x.com/district", "http://api.test", host="x.com", gone="removed", app=True,
        without={HIDDEN: "the API does not tell which answers are hidden", PERMISSION: "an application's token has no scopes"},
    ),
}  # fmt: skip


def open_network(platform: str, start: datetime) -> Network:
    """Return a network with the account of a stage, two others, and the secret of the account."""
    stage = STAGES[platform]
    where, network = stage.where or platform, Network(start)
    network.place(where, platform.title(), host=stage.host)
    for handle in (stage.handle, *stage.others):
        network.account(f"{where}/{handle}", handle.title(), staff=handle == stage.handle)
    if stage.signs_in:
        network.grant(where, SECRET, "" if stage.app else f"{where}/{stage.handle}", **stage.token)
    return network
