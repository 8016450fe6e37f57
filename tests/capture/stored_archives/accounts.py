"""Accounts of a stored archive, each on its own sandbox, as a writer and a reader of it open them."""

from __future__ import annotations

import json
import os
import re
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
from httpx_retries import Retry

from infra.sandbox.faces import create_app
from infra.sandbox.network import Network
from recordroom.archive.gaps import Gaps
from recordroom.capture import register_ledger
from recordroom.capture.http import client
from recordroom.capture.segment import waiting_rows
from recordroom.capture.workspace import Workspace
from recordroom.model import instant
from recordroom.register.models import Register
from tests.archives import AGENCY, TestArchive
from tests.capture.everywhere.faulty import SCOPES
from tests.capture.everywhere.scene import Between, Scene
from tests.capture.everywhere.stages import SECRET, STAGES
from tests.clock import standing
from tests.fault_transport import refusal

REGISTER, NEXT = "accounts.json", "next.json"
BEGUN = "-begun"  # suffix of the name of an account whose first capture is unfinished
CAPTURE = re.compile(r"(?<=: )\d{8}T\d{6}Z-[0-9a-f]{8}$")
Answer = Callable[[httpx.Request], httpx.Response]


@dataclass
class Trouble(httpx.BaseTransport):
    """A platform in trouble."""

    real: httpx.BaseTransport
    platform: str
    status: int = 0  # status of every response while the platform is down; 0: it is up
    files: list[Answer] = field(default_factory=list)  # responses in place of the next downloads of files

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.status:
            return httpx.Response(self.status, json=refusal(self.platform, self.status))
        response = self.real.handle_request(request)
        response.read()
        if self.files and re.match("image/|video/", response.headers.get("content-type", "")):
            return self.files.pop(0)(request)
        return response


def platform_of(name: str) -> str:
    return name.partition("-")[0]


def entry_of(name: str, **more: Any) -> dict[str, Any]:
    """Return an account's entry in the register. Its name begins with its platform."""
    stage = STAGES[platform_of(name)]
    entry = {
        "id": name,
        "platform": platform_of(name),
        "url": stage.url,
        "api_url": stage.api,
        "title": name.title(),
    }
    entry |= {"class": "official", "owner": "Communications", "private_messages": "switched off"}
    return entry | ({"connection": name.replace("-", "_")} if stage.signs_in else {}) | more


def entries_of(archive: Path, prefix: str) -> Iterator[dict[str, Any]]:
    """Return the bodies of the entries of these ledgers in a file here, in order."""
    with tarfile.open(archive) as tar:
        for member in sorted(tar.getmembers(), key=lambda member: member.name):
            if member.name.startswith(prefix) and (file := tar.extractfile(member)):
                yield json.loads(file.read())["body"]


def write_register(folder: Path, entries: list[dict[str, Any]]) -> Path:
    path = folder / REGISTER
    path.write_text(json.dumps({"agency": AGENCY, "accounts": entries}, indent=1), "utf-8")
    return path


def read_register(archive: TestArchive, path: Path) -> Register:
    """Put the register of that file in force; news in it becomes an entry of its ledger."""
    return register_ledger.in_force(archive.archive, path, derived=archive.derived)[0]


def new_network(name: str, start: datetime) -> Network:
    """Return an account on its own platform, with two people who talk to it and a token for all scopes."""
    platform = platform_of(name)
    stage, network = STAGES[platform], Network(start)
    where = stage.where or platform
    network.place(where, platform.title(), host=stage.host)
    for handle in (stage.handle, *stage.others):
        network.account(f"{where}/{handle}", handle.title(), staff=handle == stage.handle)
    if stage.signs_in:
        granted = network.grant(where, SECRET, "" if stage.app else f"{where}/{stage.handle}", **stage.token)
        granted.account, granted.scopes = (
            f"{where}/{stage.handle}",
            [*granted.scopes, *SCOPES.get(platform, [])],
        )
    network.quota(where, 10**6, 60)
    return network


def open_account(name: str, network: Network, place: Workspace, known: Register) -> Scene:
    """Open an account; its secret is in the environment, where Airflow looks for connections."""
    platform = platform_of(name)
    stage = STAGES[platform]
    if stage.signs_in:
        secret = {"conn_type": "http", "password": SECRET, "login": stage.login}
        os.environ[f"AIRFLOW_CONN_{name.upper().replace('-', '_')}"] = json.dumps(secret)
    trouble = Trouble(httpx.WSGITransport(create_app(network, stage.where or platform)), platform)
    between = Between(trouble)
    return Scene(
        stage, network, TestArchive(replace(place, transport=between), known), name, platform, between
    )


def trouble_of(scene: Scene) -> Trouble:
    assert isinstance(scene.between.real, Trouble)
    return scene.between.real


def go_on(scene: Scene) -> dict[str, Any]:
    """Run the next captures of an account, and return their results.

    These are the numbers, the gaps that opened and closed, and the records at the end.
    """
    before = open_gaps(scene)
    outcomes = []
    with standing(scene.network.now):
        for kind in ("history",) if scene.name.endswith(BEGUN) else (None, "full"):
            done = scene.capture(kind)
            outcomes.append([done.new, done.changed, done.absent, done.unfinished, done.failure is not None])
    after = open_gaps(scene)
    return {
        "outcomes": outcomes,
        "opened": sorted(reason for reason in after if reason not in before),
        "closed": sorted(reason for reason in before if reason not in after),
        "opened again": sorted(reason for reason, at in after.items() if before.get(reason, at) != at),
        "records": {held.record_id: held.sequence for held in scene.archive.state(scene.name).window(None)},
    }


def open_gaps(scene: Scene) -> dict[str, str]:
    """Return reason, without the capture that it names -> when the gap opened."""
    found = Gaps(scene.archive.archive).open_now([scene.name])
    return {CAPTURE.sub("", gap.reason): instant(gap.opened_at) for gap in found}


def variables() -> Mapping[str, str]:
    """Return what recordroom stores in Airflow's Variables."""
    from airflow.models import Variable
    from airflow.utils.session import create_session

    with create_session() as session:
        found = {one.key: one.val or "" for one in session.query(Variable)}
    return {key: value for key, value in sorted(found.items()) if key.startswith("recordroom_")}


@contextmanager
def at_once() -> Iterator[None]:
    """Repeat requests without a pause; captures follow each other within seconds."""
    retry = Retry(total=client._RETRY.total, status_forcelist=client._RETRY.status_forcelist)
    with patch.object(waiting_rows, "CLOCKS", timedelta(0)), patch.object(client, "_RETRY", retry):
        yield
