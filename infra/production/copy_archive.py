"""Copy an archive bucket object by object, or list what a copy is missing.

    .venv/bin/python infra/production/copy_archive.py [--list] PROFILE:SOURCE PROFILE:TARGET

A profile of ~/.aws/credentials has the keys of a bucket. Each object is written once, with its checksum and a
legal hold; none is replaced. To continue a copy that was stopped, run the same command again. `self-check/`
is left out, so that `recordroom setup` tests the new bucket. Each object is first a file in TMPDIR: there
must be space for eight of the largest.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import boto3

AT_ONCE = 8
LEFT_OUT = "self-check/"


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket, and a client with its keys."""

    client: Any
    name: str

    @classmethod
    def parse(cls, text: str) -> Bucket:
        """Read PROFILE:BUCKET."""
        profile, colon, name = text.partition(":")
        if not colon or not name:
            raise argparse.ArgumentTypeError(f"{text}: write PROFILE:BUCKET")
        return cls(boto3.Session(profile_name=profile).client("s3"), name)

    def keys(self) -> Iterator[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name)
        return (item["Key"] for page in pages for item in page.get("Contents", ()))


def list_missing(source: Bucket, target: Bucket) -> list[str]:
    """Return the keys of the source that the target does not have."""
    there = set(target.keys())
    return [key for key in source.keys() if key not in there and not key.startswith(LEFT_OUT)]  # noqa: SIM118


def copy(source: Bucket, target: Bucket, key: str) -> None:
    """Copy one object; the target refuses it if its bytes changed on the way, or if it exists."""
    with tempfile.TemporaryFile() as file:
        source.client.download_fileobj(source.name, key, file)
        file.seek(0)
        sha256 = base64.b64encode(hashlib.file_digest(file, "sha256").digest()).decode()
        file.seek(0)
        target.client.put_object(
            Bucket=target.name,
            Key=key,
            Body=file,
            ChecksumSHA256=sha256,
            IfNoneMatch="*",
            ObjectLockLegalHoldStatus="ON",
        )


def main() -> int:
    parser = argparse.ArgumentParser(description="Copy an archive bucket object by object.")
    parser.add_argument("--list", action="store_true", help="only list the objects that TARGET is missing")
    parser.add_argument("source", type=Bucket.parse, metavar="PROFILE:SOURCE")
    parser.add_argument("target", type=Bucket.parse, metavar="PROFILE:TARGET")
    given = parser.parse_args()
    missing = list_missing(given.source, given.target)
    if given.list:
        print(*missing, sep="\n", end="\n" if missing else "")
        print(f"{len(missing)} objects are missing", file=sys.stderr)
        return 1 if missing else 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        copied = sum(1 for _ in pool.map(lambda key: copy(given.source, given.target, key), missing))
    print(f"{copied} objects copied")
    return 0


if __name__ == "__main__":
    sys.exit(main())
