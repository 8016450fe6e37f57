"""Results of the service fixtures of conftest.py: addresses and keys of real services of this test session."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Self

import httpx

from infra.local.services.bluesky import User
from infra.local.services.service import PLAIN
from recordroom.archive import store

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from infra.local.services.seaweedfs import SeaweedFS


@dataclass(frozen=True)
class S3:
    """A real SeaweedFS."""

    endpoint: str
    access_key: str
    secret_key: str
    master: str  # address of the server that assigns volumes
    region: str = "us-east-1"

    @classmethod
    def of(cls, service: SeaweedFS) -> Self:
        keys = service.passwords
        s3, master = (service.place.url(name) for name in ("s3", "s3_master"))
        return cls(s3, keys.s3_access_key, keys.s3_secret_key, master)

    def client(self) -> S3Client:
        return _client(self)

    def reserve_volumes(self, client: S3Client) -> None:
        """Reserve a volume for each bucket that the client makes.

        Without it, the first write to a bucket waits a fifth of a second for one.
        """

        def grow(params: dict[str, Any], **_: object) -> None:
            wanted = {"collection": params["Bucket"], "count": "1"}
            _volumes().get(f"{self.master}/vol/grow", params=wanted).raise_for_status()

        client.meta.events.register("before-parameter-build.s3.CreateBucket", grow)


@cache
def _volumes() -> httpx.Client:
    return httpx.Client(trust_env=False, verify=PLAIN, timeout=60)


@cache
def _client(s3: S3) -> S3Client:
    """One a process: to make one takes longer than what most tests ask it."""
    made = store.session().client(
        "s3",
        endpoint_url=s3.endpoint,
        aws_access_key_id=s3.access_key,
        aws_secret_access_key=s3.secret_key,
        region_name=s3.region,
    )
    s3.reserve_volumes(made)
    return made


@dataclass(frozen=True)
class Buckets:
    """Return names of two unused buckets; `recordroom setup`, or the test, makes them."""

    archive: str = field(default_factory=lambda: f"archive-{secrets.token_hex(6)}")
    derived: str = field(default_factory=lambda: f"derived-{secrets.token_hex(6)}")


@dataclass(frozen=True)
class WordPressSite:
    """A real WordPress with pretty permalinks; `password` is an application password of its administrator."""

    url: str
    user: str
    password: str

    @property
    def api(self) -> str:
        return f"{self.url}/wp-json/wp/v2"


@dataclass(frozen=True)
class BlueskyNetwork:
    """A real AT Protocol network; `users` by handle: alice.test, bob.test, carla.test (handle, did,
    password), without posts.
    """

    appview: str
    pds: str
    users: dict[str, User]
