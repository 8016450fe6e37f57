"""A real AT Protocol network for tests: PLC, PDS, relay, and Bluesky's AppView.

It is the npm package @atproto/dev-env, on loopback only. Every start is a new network with the accounts
`alice.test`, `bob.test`, and `carla.test` and no posts. The AppView serves public reads, the PDS accepts a
test's writes. The installation takes a minute and a half (it builds better-sqlite3), once a cache.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from infra.local.services.postgresql import PostgreSQL
from infra.local.services.service import Service, answers
from infra.local.support import npm
from infra.local.support.place import Place
from infra.local.support.problem import Problem

SOURCES = Path(__file__).parent / "node"
HANDLES = ("alice.test", "bob.test", "carla.test")
PASSWORD = "hunter2"  # noqa: S105 (of accounts that live as long as a test run)


class Store(PostgreSQL):
    name = "bluesky-postgresql"
    port_name = "bluesky_postgresql"


class Redis(Service):
    name = "bluesky-redis"

    def ports(self) -> Sequence[int]:
        return [self.place.port("bluesky_redis")]

    def command(self) -> Sequence[str]:
        return ["redis-server", "--bind", "127.0.0.1", "--port", str(self.ports()[0]), "--save", ""]

    def ready(self) -> bool:
        ping = ["redis-cli", "-p", str(self.ports()[0]), "ping"]
        return subprocess.run(ping, capture_output=True, text=True, check=False).stdout == "PONG\n"


@dataclass(frozen=True)
class User:
    """An account of the network."""

    handle: str
    did: str
    password: str = PASSWORD


class Bluesky(Service):
    """One network, with the database and the cache that it needs."""

    name = "bluesky"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.appview, self.pds = place.url("bluesky_appview"), place.url("bluesky_pds")
        self.store, self.redis = Store(place), Redis(place)

    def ports(self) -> Sequence[int]:
        return [self.place.port(f"bluesky_{part}") for part in ("plc", "pds", "appview")]

    def prepare(self) -> None:
        self.folder()
        for service in (self.store, self.redis):
            service.start()
        for service in (self.store, self.redis):
            service.wait()
        self.store.create("dev")

    def command(self) -> Sequence[str | Path]:
        return [npm.NODE / "bin/node", SOURCES / "network.mjs", *map(str, self.ports())]

    def environment(self) -> Mapping[str, str]:
        return {
            "DB_POSTGRES_URL": self.store.dsn("dev"),
            "DB_POSTGRES_SCHEMA": "dev",
            "REDIS_HOST": f"127.0.0.1:{self.redis.ports()[0]}",
            "TMPDIR": str(self.place.folder("tmp")),  # each start leaves a PDS' files there
        }

    def folder(self) -> Path:
        return npm.packages(SOURCES, self.place.cache, "bluesky")

    def ready(self) -> bool:
        return self.log.read_bytes().endswith(b"ready\n") or b"\nready\n" in self.log.read_bytes()

    def stop(self) -> bool:
        stopped = super().stop()
        return any([self.redis.stop(), self.store.stop(), stopped])

    def create_users(self) -> list[User]:
        """Make the accounts; return when the AppView knows them."""
        with httpx.Client(timeout=30, trust_env=False) as client:
            users = []
            for handle in HANDLES:
                account = {"handle": handle, "email": f"{handle}@example.org", "password": PASSWORD}
                answer = client.post(
                    f"{self.pds}/xrpc/com.atproto.server.createAccount", json=account
                ).raise_for_status()
                users.append(User(handle, answer.json()["did"]))
        for user in users:
            self._await_profile(user)
        return users

    def _await_profile(self, user: User) -> None:
        deadline = time.monotonic() + self.patience
        while not answers(f"{self.appview}/xrpc/app.bsky.actor.getProfile?actor={user.did}"):
            if time.monotonic() > deadline:
                raise Problem(f"The AppView does not know {user.handle}.", log=self.log, mend="See its log.")
            time.sleep(0.1)
