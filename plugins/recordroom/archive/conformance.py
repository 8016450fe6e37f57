"""Checks that an S3-compatible endpoint does what the archive relies on.

`recordroom setup` makes and checks each bucket once. Some servers accept the headers without the effect (two
writers both "win" a conditional put): nothing would be noticed until records were lost. The check writes
under `self-check/<nonce>/` of the bucket, which `verify` knows, and a marker after it has passed.
"""

from __future__ import annotations

import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from recordroom.archive.store import Store
from recordroom.canonical import encode_canonical
from recordroom.errors import ArchiveError, ServiceUnavailable

PREFIX = "self-check/"
MARKER = PREFIX + "passed.json"
# what a check leaves in the archive bucket
KEY = re.compile(rf"{PREFIX}(?:[0-9a-f]{{16}}/(?:race|held)|passed\.json)")
WRITERS = 16
_FIRST_REGION = "us-east-1"


def create_bucket(store: Store) -> bool:
    """Make the bucket if it does not exist and return whether it was made now.

    The archive bucket gets versions and Object Lock.
    """
    try:
        store.client.head_bucket(Bucket=store.bucket)
        return False
    except ClientError as problem:
        if problem.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise ArchiveError(
                f"bucket {store.bucket}: {problem}", "Check the credentials and the bucket's policy."
            ) from problem
    except BotoCoreError as problem:
        raise ServiceUnavailable(
            "the store cannot be reached", "Start it, or correct RECORDROOM_S3_ENDPOINT.", str(problem)
        ) from problem
    try:
        _create(store)
    except ClientError as problem:
        how = ", with versioning and Object Lock from the beginning" if store.hold else ""
        raise ArchiveError(
            f"bucket {store.bucket} cannot be created: {problem}",
            f"Create it with the store's own tools{how}.",
        ) from problem
    return True


def _create(store: Store) -> None:
    """Make the bucket in the client's region.

    AWS requires the constraint in all regions but its first, and rejects it there: API_CreateBucket of its
    reference.
    """
    region = store.client.meta.region_name
    where: Any = (
        {} if region == _FIRST_REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    )
    store.client.create_bucket(Bucket=store.bucket, ObjectLockEnabledForBucket=store.hold, **where)
    if store.hold:
        store.client.put_bucket_versioning(Bucket=store.bucket, VersioningConfiguration={"Status": "Enabled"})


def check(store: Store) -> bool:
    """Check the endpoint through this bucket, once.

    Returns whether it was checked now. ArchiveError names what the endpoint does not do.
    """
    if store.head(MARKER) is not None:
        return False
    folder = f"{PREFIX}{secrets.token_hex(8)}/"
    problems = [
        *_check_one_winner(store, folder),
        *(_check_protection(store, folder) if store.hold else _check_replacement(store, folder)),
    ]
    if problems:
        words = "; ".join(problems)
        raise ArchiveError(
            f"bucket {store.bucket} is not safe for an archive: {words}",
            "Use AWS S3, SeaweedFS, or another store that passes this test.",
        )
    store.put_new(MARKER, encode_canonical({"format": 1, "checked": folder}))
    return True


def _check_one_winner(store: Store, folder: str) -> list[str]:
    """Let sixteen writers race for one key.

    Exactly one may win, and its bytes must be stored.
    """
    key = f"{folder}race"
    bodies = [f"writer {n} {secrets.token_hex(8)}".encode() for n in range(WRITERS)]
    with ThreadPoolExecutor(WRITERS) as pool:
        won = list(pool.map(lambda body: store.put_new(key, body), bodies))
    if sum(won) != 1:
        return [f"{sum(won)} of {WRITERS} conditional writes of one object succeeded"]
    return (
        []
        if store.get(key) == bodies[won.index(True)]
        else ["an object that a conditional write created was replaced"]
    )


def _check_protection(store: Store, folder: str) -> list[str]:
    """Check that versions and checksums are kept, and that a legal hold holds."""
    key = f"{folder}held"
    store.put_new(key, b"held")
    problems = []
    head = store.head(key)
    if head is None or not head.held:
        problems.append("a legal hold that was set with an object is missing")
    if head is not None and head.sha256 is None:
        problems.append("SHA-256 checksums are not kept")
    versions = list(store.versions(key))
    if len(versions) != 1 or versions[0].version_id in ("", "null"):
        return [*problems, "the bucket keeps no versions"]
    try:
        store.client.delete_object(Bucket=store.bucket, Key=key, VersionId=versions[0].version_id)
    except ClientError:
        return problems
    return [*problems, "a version under legal hold could be deleted"]


def _check_replacement(store: Store, folder: str) -> list[str]:
    key = f"{folder}replaced"
    store.put_new(key, b"one")
    found = store.find_tagged(key)
    if found is None or not store.replace(key, b"two", found[1]):
        return ["If-Match with the right ETag is refused"]
    return ["If-Match with an old ETag is not refused"] if store.replace(key, b"three", found[1]) else []
