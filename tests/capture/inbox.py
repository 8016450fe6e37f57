"""An account with an inbox on its own platform, and its archive.

Stories of private messages and of blocked people use it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.sandbox.faces import create_app
from infra.sandbox.faces.facebook.access import MESSAGING, PERMISSIONS
from infra.sandbox.network import Network
from recordroom.archive.gaps import Gaps
from recordroom.capture.credentials import tokens
from recordroom.capture.session import Outcome
from tests.archives import TestArchive, make, register_of
from tests.services import S3, Buckets

NAME, SECRET = "inbox", "the-secret-of-every-inbox"


@dataclass(frozen=True)
class Kind:
    """A platform with private messages, as the stories need it."""

    url: str
    api: str
    host: str
    scopes: tuple[str, ...]  # all scopes that a capture asks for
    reading: tuple[str, ...]  # those of them without which no messages are given
    others: tuple[str, str] = ("parent", "teacher")
    handle: str = "district"
    kind: str = ""
    most: int = 0  # how many messages of a conversation are given, if limited
    pictured: bool = True  # messages may have images
    secrets: dict[str, str] = field(default_factory=dict)


KINDS = {
    "facebook": Kind(
        "https://www.facebook.com/district",
        "http://graph.test",
        "www.facebook.com",
        (*PERMISSIONS, MESSAGING),
        (MESSAGING,),
        kind="page",
    ),
    "instagram": Kind(
        "https://www.instagram.com/district",
        "http://graph.test",
        "www.instagram.com",
        (
            "instagram_business_basic",
            "instagram_business_manage_comments",
            "instagram_business_manage_messages",
        ),
        ("instagram_business_manage_messages",),
        kind="instagram",
        most=20,
    ),
    "x": Kind(
        "https://x.com/district",
        "http://api.test",
        "x.com",
        ("tweet.read", "users.read", "dm.read", "block.read", "mute.read", "offline.access"),
        ("dm.read",),
        secrets={"refresh_token": "another-secret-of-the-inbox"},
    ),
    "bluesky": Kind(
        "https://bsky.app/profile/district.test",
        "http://sky.test",
        "bsky.app",
        ("com.atproto.appPassPrivileged",),
        ("com.atproto.appPassPrivileged",),
        others=("ana.test", "bo.test"),
        handle="district.test",
        kind="password",
        pictured=False,
        secrets={"password": SECRET},
    ),
    "mastodon": Kind(
        "https://social.test/@district",
        "http://social.test",
        "social.test",
        ("read:accounts", "read:statuses", "read:notifications", "read:blocks", "read:mutes", "read:filters"),
        ("read:statuses",),
        others=("ana@far.test", "bo@far.test"),
    ),
}


@dataclass
class Desk:
    """An account with an inbox, two people who write to it (`ana`, `bo`), and its archive."""

    platform: str
    kind: Kind
    network: Network
    archive: TestArchive

    @property
    def us(self) -> str:
        return f"{self.platform}/{self.kind.handle}"

    @property
    def ana(self) -> str:
        return f"{self.platform}/{self.kind.others[0]}"

    @property
    def bo(self) -> str:
        return f"{self.platform}/{self.kind.others[1]}"

    def sound(self, kind: str | None = None) -> Outcome:
        outcome = self.archive.capture(NAME, kind)
        assert (outcome.failure, outcome.not_before, outcome.leftover) == (None, None, {})
        return outcome

    def rows(self, kind: str = "message") -> list[dict[str, Any]]:
        return [row for row in self.archive.rows(NAME) if row["kind"] == kind]

    def moderation(self) -> list[list[str]]:
        """Return the lines of each version of the moderation record."""
        return [
            (row["text"] or "").splitlines() for row in self.rows("profile") if row["title"] == "Moderation"
        ]

    def gaps(self) -> dict[str, str]:
        return {gap.reason: gap.detail for gap in Gaps(self.archive.archive).open_now([NAME])}

    def may(self, *scopes: str) -> None:
        """Limit the account's secret to these scopes from now on."""
        for token in self.network.tokens:
            if token.secret == SECRET:
                token.scopes = list(scopes)
        self.network.save()

    def ask_for_messages(self, words: str = "capture") -> None:
        self.archive.register = register_of(self.archive.register.raw[0] | {"private_messages": words})


def opened(platform: str, s3: S3, buckets: Buckets, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    kind = KINDS[platform]
    network = Network(datetime.now(UTC).replace(microsecond=0) - timedelta(hours=30))
    network.place(platform, platform.title(), host=kind.host)
    for handle in (kind.handle, *kind.others):
        network.account(f"{platform}/{handle}", handle.partition("@")[0].title(), staff=handle == kind.handle)
    more = {"kind": kind.kind} if kind.kind else {}
    network.grant(platform, SECRET, f"{platform}/{kind.handle}", scopes=list(kind.scopes), **more)
    monkeypatch.setattr(tokens, "resolve", lambda *_: {"token": SECRET, **kind.secrets})
    entry = {"id": NAME, "platform": platform, "url": kind.url, "api_url": kind.api}
    archive = make(s3, buckets, folder, entry, transport=httpx.WSGITransport(create_app(network, platform)))
    return Desk(platform, kind, network, archive)
