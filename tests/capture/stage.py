"""Many accounts in one archive, each with a sandbox of its own.

Tests of faults, races, secrets, and changes use it. One pair of buckets serves a complete module: SeaweedFS
takes a fifth of a second to make one. One check of the complete archive at the end covers what every test has
left there.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from verifier import Verifier

from infra.sandbox.faces import create_app
from infra.sandbox.model import Post
from infra.sandbox.network import Network
from recordroom.archive.ledger import Entry
from recordroom.archive.verify import verify
from recordroom.capture.session import Outcome
from recordroom.capture.workspace import Workspace
from tests.archives import TestArchive, make, register_of, settings_for, stores
from tests.fault_transport import FaultTransport
from tests.services import S3, Buckets
from tests.verifier.agreement import open_both

US, PARENT, OTHER = "mastodon/district", "mastodon/parent@elsewhere.test", "mastodon/teacher@elsewhere.test"
TOLD = ("record_id", "sequence", "status", "text", "changed", "version")
_names = itertools.count(1)


@dataclass
class Play:
    """One account on its own Mastodon, and its archive."""

    s3: S3
    buckets: Buckets
    name: str
    network: Network
    between: FaultTransport  # `between.asked`: the addresses that were requested
    archive: TestArchive
    folder: Path

    def capture(self, kind: str | None = None) -> Outcome:
        return self.archive.capture(self.name, kind)

    def sound(self, kind: str | None = None) -> Outcome:
        """Run a capture that must end well."""
        outcome = self.capture(kind)
        assert outcome.failure is None
        assert outcome.not_before is None
        return outcome

    def rows(self, *fields: str) -> list[dict[str, Any]]:
        """Return the account's rows except the profile, from the files of its own manifests.

        fields: the fields of each row; all if none is named.
        """
        rows = [r for r in self.archive.written(self.name) if r["kind"] != "profile"]
        return [{f: r[f] for f in fields} for r in rows] if fields else rows

    def told(self) -> list[tuple[Any, ...]]:
        """Return what must be equal in two archives of the same story: all but times and places."""
        return [
            (*(r[f] for f in TOLD), tuple((m["identity"], m["sha256"]) for m in r["media"]))
            for r in self.rows()
        ]

    def final(self) -> dict[str, Any]:
        """Return the body of the last manifest."""
        return self.manifests()[-1].body

    def list_left(self) -> list[str]:
        """Return what captures left in the account's spool, besides its lock and its copies of entries."""
        names = [path.name for path in (self.folder / "spool/mastodon" / self.name).iterdir()]
        return [name for name in names if name != "lock" and not re.fullmatch(r"entries-.*\.jsonl", name)]

    def gaps(self) -> list[str]:
        return self.archive.state(self.name).sums.gap_ids

    def manifests(self) -> list[Entry]:
        return self.archive.manifests(self.name)

    def elsewhere(self, folder: Path) -> Play:
        """Return the account and archive on another machine, with its own spool and connections."""
        there = replace(Workspace.of(settings_for(self.s3, self.buckets, folder)), transport=self.between)
        return replace(self, archive=TestArchive(there, register_of(_entry(self.name))), folder=folder)

    def set(self, **settings: Any) -> None:
        place = self.archive.place
        self.archive.place = replace(place, settings=place.settings.model_copy(update=settings))


def _entry(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "platform": "mastodon",
        "url": "https://social.test/@district",
        "api_url": "http://social.test",
    }


def is_sound(s3: S3, buckets: Buckets, folder: Path) -> bool:
    """Fail the test if `recordroom verify` or the independent verifier finds a problem.

    The independent verifier reads the rows too.
    """
    archive, _ = stores(s3, settings_for(s3, buckets, folder))
    found = [str(problem) for problem in verify(archive).problems]
    found += [f"{name}: {words}" for name, words in Verifier(*open_both(s3, buckets)).run()]
    if found:
        pytest.fail("\n".join(found), pytrace=False)
    return True


@cache
def _stores(s3: S3, buckets: Buckets, folder: Path) -> TestArchive:
    """Return one pair of connections for a module's archive, because they are expensive."""
    return make(s3, buckets, folder)


def opened(s3: S3, buckets: Buckets, folder: Path, *, start: datetime | None = None, **settings: Any) -> Play:
    """Return a new account with an empty archive and a folder below `folder`.

    settings: settings of the capture that differ from the defaults.
    """
    name = f"play-{next(_names)}"
    network = Network(start or datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5))
    network.place("mastodon", "District Social", host="social.test")
    network.account(US, "The district")
    network.account(PARENT, "A parent")
    network.account(OTHER, "A teacher")
    network.quota("mastodon", 10**6)
    between = FaultTransport(httpx.WSGITransport(create_app(network, "mastodon")))
    stores = _stores(s3, buckets, folder.parent).place
    place = Workspace(
        settings_for(s3, buckets, folder / name, **settings),
        replace(stores.archive),
        replace(stores.derived),
        between,
    )
    return Play(
        s3, buckets, name, network, between, TestArchive(place, register_of(_entry(name))), folder / name
    )


def begun(play: Play, *, signed_in: bool = False) -> tuple[Post, Post, Post]:
    """Publish three posts, the oldest with a reply, and capture all of them."""
    old = play.network.publish(US, "School starts at nine")
    answer = play.network.comment(PARENT, old, "Not at eight?")
    play.network.publish(US, "Lunch is at noon")
    gone = play.network.publish(US, "No one will miss this")
    assert play.sound().new == 5 + signed_in, (
        "with the profile, and with whom it keeps away, which only itself may know"
    )
    return old, answer, gone
