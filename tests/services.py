"""Results of the service fixtures of conftest.py: addresses and keys of real services of this test session."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from infra.local.services.bluesky import User
from recordroom.archive import store

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class S3:
    """A real SeaweedFS."""

    endpoint: str
    access_key: str
    secret_key: str
    region: str = "us-east-1"

    def client(self) -> S3Client:
        return _client(self)


@cache
def _client(s3: S3) -> S3Client:
    """One a process: to make one takes longer than what most tests ask it."""
    return store.session().client(
        "s3",
        endpoint_url=s3.endpoint,
        aws_access_key_id=s3.access_key,
        aws_secret_access_key=s3.secret_key,
        region_name=s3.region,
    )


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
