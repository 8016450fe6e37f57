"""An account on its own platform and its archive, for stories."""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from infra.sandbox.faces import create_app
from infra.sandbox.model import Photo, Post
from infra.sandbox.network import Network
from recordroom.archive.gaps import Gaps
from recordroom.capture.session import Outcome
from tests.archives import TestArchive, make
from tests.capture.everywhere.stages import SECRET, STAGES, Stage, open_network
from tests.services import S3, Buckets

_names = itertools.count(1)
# where tests play the story of 5,000 comments; tests/bench/deep.py measures the others
CROWDED = ("facebook", "vimeo", "youtube")


@dataclass
class Between(httpx.BaseTransport):
    """The network between the archive and the platform; it counts requests and can change responses."""

    real: httpx.BaseTransport
    asked: int = 0  # number of requests
    # number of a request -> what happens before it
    before: dict[int, Callable[[], object]] = field(default_factory=dict)
    renamed: tuple[bytes, bytes] = (b"", b"")  # bytes to replace in all responses, and their replacement
    telling: Callable[[str, Any], Any] | None = None  # (path, body) -> changed body of a JSON response

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        self.before.pop(self.asked, lambda: None)()
        response = self.real.handle_request(request)
        told = response.read()
        if self.renamed[0]:
            told = told.replace(*self.renamed)
        if self.telling and "json" in response.headers.get("content-type", ""):
            told = json.dumps(self.telling(request.url.path, json.loads(told))).encode()
        headers = {
            name: value for name, value in response.headers.items() if name.lower() != "content-length"
        }
        return httpx.Response(response.status_code, headers=headers, content=told)


@dataclass
class Scene:
    """One account on its own platform, and its archive."""

    stage: Stage
    network: Network
    archive: TestArchive
    name: str
    platform: str
    between: Between

    @property
    def where(self) -> str:
        return self.stage.where or self.platform

    @property
    def us(self) -> str:
        return f"{self.where}/{self.stage.handle}"

    @property
    def parent(self) -> str:
        return f"{self.where}/{self.stage.others[0]}"

    @property
    def teacher(self) -> str:
        return f"{self.where}/{self.stage.others[1]}"

    def photo(self, alt: str, **more: Any) -> Photo:
        return self.network.photo(self.where, alt, **more)

    def publish(self, text: str, **more: Any) -> Post:
        pictured = {"photos": [self.photo("White letters on blue")]} if self.stage.pictured else {}
        return self.network.publish(self.us, text, **pictured | more)

    def capture(self, kind: str | None = None) -> Outcome:
        return self.archive.capture(self.name, kind)

    def sound(self, kind: str | None = None) -> Outcome:
        """Run a capture that must end well, without a gap."""
        outcome = self.capture(kind)
        assert (outcome.failure, outcome.not_before, outcome.gaps, outcome.leftover) == (None, None, [], {})
        return outcome

    def rows(self) -> list[dict[str, Any]]:
        return [r for r in self.archive.written(self.name) if r["kind"] != "profile"]

    def told(self, text: str) -> list[tuple[str, list[str]]]:
        """Return (status, changed) of each version of the record that began with this text."""
        [first] = [r for r in self.rows() if r["sequence"] == 1 and says(r, text)]
        return [(r["status"], r["changed"]) for r in self.rows() if r["record_id"] == first["record_id"]]

    def gaps(self) -> list[str]:
        return [gap.reason for gap in Gaps(self.archive.archive, self.archive.derived).open_now([self.name])]


def says(row: dict[str, Any], text: str) -> bool:
    """Return whether this is the text or title of a row.

    On X the text follows the names of those whom it replies to, and precedes the addresses of its files. On
    TikTok it is in one caption below the title.
    """
    return text in (
        row["title"],
        *re.sub(r"^(?:@\w+ )+| https://t\.co/\w+$", "", row["text"] or "").split("\n"),
    )


def opened(
    platform: str, s3: S3, buckets: Buckets, folder: Path, start: datetime, *, name: str = ""
) -> Scene:
    """Return an account on its own platform at that time, with a new name unless one is given."""
    stage, name = STAGES[platform], name or f"{platform}-{next(_names)}"
    network, where = open_network(platform, start), stage.where or platform
    between = Between(httpx.WSGITransport(create_app(network, where)))
    archive = make(s3, buckets, folder, register_entry(platform, name), transport=between)
    return Scene(stage, network, archive, name, platform, between)


def register_entry(platform: str, name: str) -> dict[str, Any]:
    """Return the account's entry of the register.

    Its secret is then in the environment, where Airflow looks for connections.
    """
    stage = STAGES[platform]
    entry = {"id": name, "platform": platform, "url": stage.url, "api_url": stage.api}
    if stage.signs_in:
        secret = {"conn_type": "http", "password": SECRET, "login": stage.login}
        os.environ[f"AIRFLOW_CONN_{name.upper().replace('-', '_')}"] = json.dumps(secret)
        entry["connection"] = name.replace("-", "_")
    return entry


def conversation(scene: Scene) -> tuple[Post, Post, Post]:
    post = scene.publish("Closed today", photos=[scene.photo("Snow on the road")])
    comment = scene.network.comment(scene.parent, post, "And the buses?")
    reply = scene.network.comment(scene.teacher, comment, "They stay in the yard.")
    return post, comment, reply


def something(scene: Scene) -> None:
    """Publish what a story that is not about comments begins with; no comment where none is possible."""
    if scene.stage.answered:
        conversation(scene)
    else:
        scene.publish("Closed today", photos=[scene.photo("Snow on the road")])


def crowded(scene: Scene) -> Post:
    """Publish a post with 5,000 comments in threads three deep."""
    scene.network.quota(scene.where, 10**9)
    post = scene.publish("Should we close the pool?", title="Should we close the pool?")
    for thread in range(500):
        comment = scene.network.comment(scene.parent, post, f"Opinion {thread}")
        for number in range(6):
            reply = scene.network.comment(scene.teacher, comment, f"Answer {number} to opinion {thread}")
            if number < 3:
                scene.network.comment(scene.us, reply, f"We thank for answer {number} to opinion {thread}")
    return post
