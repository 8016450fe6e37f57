"""Where the objects of an archive are: in a bucket (S3), or in a copy of it in folders.

It imports nothing of recordroom. For a bucket it needs the package boto3, and the keys in AWS_ACCESS_KEY_ID
and AWS_SECRET_ACCESS_KEY.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class Bucket:
    """A bucket. It knows the versions and the legal hold of each object."""

    is_copy = False

    def __init__(self, client: Any, name: str) -> None:
        self.client, self.name = client, name

    def list(self) -> Iterator[tuple[str, int, bool]]:
        """Yield (key, number of versions, whether it has a delete marker) by key."""
        pages = list(self.client.get_paginator("list_object_versions").paginate(Bucket=self.name))
        versions = Counter(one["Key"] for page in pages for one in page.get("Versions", ()))
        markers = {one["Key"] for page in pages for one in page.get("DeleteMarkers", ())}
        for key in sorted({*versions, *markers}):
            yield key, versions[key], key in markers

    def get(self, key: str) -> tuple[bytes, bool]:
        """Return the bytes, and whether the object is under legal hold; OSError if it cannot be read."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = self.client.get_object(Bucket=self.name, Key=key)
            return answer["Body"].read(), answer.get("ObjectLockLegalHoldStatus") == "ON"
        except (BotoCoreError, ClientError) as problem:
            raise OSError(str(problem)) from problem

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        """Return bytes of an object; KeyError if they cannot be read."""
        from botocore.exceptions import BotoCoreError, ClientError

        where = f"bytes={offset}-{offset + length - 1}"
        try:
            data: bytes = self.client.get_object(Bucket=self.name, Key=key, Range=where)["Body"].read()
        except (BotoCoreError, ClientError) as problem:
            raise KeyError(key) from problem
        return data


class Folder:
    """A copy of a bucket. It knows neither versions nor legal holds."""

    is_copy = True

    def __init__(self, path: Path) -> None:
        self.path = path

    def list(self) -> Iterator[tuple[str, int, bool]]:
        for file in sorted(one for one in self.path.rglob("*") if one.is_file()):
            yield file.relative_to(self.path).as_posix(), 1, False

    def get(self, key: str) -> tuple[bytes, bool]:
        return (self.path / key).read_bytes(), True

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        try:
            with (self.path / key).open("rb") as file:
                file.seek(offset)
                return file.read(length)
        except OSError as problem:
            raise KeyError(key) from problem


Source = Bucket | Folder


def find_source(name: str) -> Source:
    """Return a folder, or the bucket of `s3://BUCKET` or `https://ENDPOINT/BUCKET`.

    FileNotFoundError if there is no such folder.
    """
    parts = urlsplit(name)
    if parts.scheme in ("s3", "http", "https"):
        import boto3

        if parts.scheme == "s3":
            return Bucket(boto3.client("s3"), parts.netloc)
        client = boto3.client("s3", endpoint_url=f"{parts.scheme}://{parts.netloc}")
        return Bucket(client, parts.path.strip("/"))
    if not Path(name).is_dir():
        raise FileNotFoundError(f"there is no folder {name}")
    return Folder(Path(name))
