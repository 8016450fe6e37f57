"""Objects in an S3-compatible store: put once, never replaced. The only module that speaks to S3.

Invariants
- `put_new` never replaces: If-None-Match: *, a SHA-256 checksum that the store verifies, and in the archive bucket a legal hold.
- A put whose answer was lost (time-out, 5xx, or botocore's own retry meeting our first try as 412) is settled by reading the key:
  the same bytes = ours. AWS answers 409 as well as 412 to a lost race.
- Every failure to reach the store is ServiceUnavailable; nothing is swallowed.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import IO, TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from recordroom import __version__
from recordroom.archive.secret_scan import scan_chunks, split_bytes
from recordroom.errors import ArchiveError, SecretFound, ServiceUnavailable
from recordroom.settings import Settings
from recordroom.singletons import singleton

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_ABSENT = frozenset({"404", "NoSuchKey", "NotFound"})
_TAKEN = frozenset({"412", "409", "PreconditionFailed", "ConditionalRequestConflict"})


@dataclass(frozen=True, slots=True)
class Head:
    """`sha256` is the checksum that the store keeps, hex; None for objects put without one. `store_time`: the answer's Date."""

    size: int
    sha256: str | None
    etag: str
    held: bool
    store_time: datetime | None


@dataclass(frozen=True, slots=True)
class Version:
    key: str
    version_id: str
    is_marker: bool
    is_latest: bool
    size: int


@dataclass(slots=True)
class Store:
    """One bucket. `hold`: every object is put with legal hold on (the archive bucket). `secrets`: values that must never be put."""

    client: S3Client
    bucket: str
    hold: bool
    secrets: tuple[bytes, ...] = ()
    requests: int = 0
    skew_seconds: float = field(default=0.0)

    def require(self) -> None:
        """ArchiveError unless the bucket is there. A HEAD of a key is answered with 404 either way: without this, a misspelt bucket is
        an archive that holds nothing yet."""
        self.requests += 1
        try:
            self.client.head_bucket(Bucket=self.bucket)
        except ClientError as problem:
            if _code(problem) in _ABSENT:
                raise ArchiveError(
                    "there is no such bucket", "Correct its name, or run `recordroom setup`.", self.bucket
                ) from problem
            raise self._failure("", problem) from problem
        except BotoCoreError as problem:
            raise self._failure("", problem) from problem

    def put_new(self, key: str, body: bytes) -> bool:
        """Put once. True if these bytes stand there by our doing or were there already, False if other bytes do.

        ServiceUnavailable if that cannot be told; SecretFound if the bytes hold a secret (nothing is put).
        """
        self.refuse_secrets(key, split_bytes(body))
        return self._put(key, body, hashlib.sha256(body).digest(), {"IfNoneMatch": "*"})

    def put_file(self, key: str, file: IO[bytes], sha256: str) -> bool:
        """Put once from a file of the given hex SHA-256, read in chunks; one put, no multipart (a multipart checksum is composite)."""
        self.refuse_secrets(key, iter(lambda: file.read(1 << 20), b""))
        return self._put(key, file, bytes.fromhex(sha256), {"IfNoneMatch": "*"})

    def replace(self, key: str, body: bytes, etag: str | None) -> bool:
        """Put if the object still has `etag` (None: if there is none). Only for derived objects. False if another was faster."""
        self.refuse_secrets(key, split_bytes(body))
        condition = {"IfNoneMatch": "*"} if etag is None else {"IfMatch": etag}
        return self._put(key, body, hashlib.sha256(body).digest(), condition)

    def _put(self, key: str, body: bytes | IO[bytes], digest: bytes, condition: dict[str, str]) -> bool:
        more: dict[str, Any] = dict(condition)
        if self.hold:
            more["ObjectLockLegalHoldStatus"] = "ON"
        for attempt in range(3):
            self.requests += 1
            if not isinstance(body, bytes):
                body.seek(0)
            try:
                answer = self.client.put_object(
                    Bucket=self.bucket,
                    Key=key,
                    Body=body,
                    ChecksumSHA256=base64.b64encode(digest).decode(),
                    **more,
                )
                self._note_time(answer["ResponseMetadata"]["HTTPHeaders"])
                return True
            except (ClientError, BotoCoreError) as problem:
                settled = self._settle(key, digest, problem, last=attempt == 2)
                if settled is not None:
                    return settled
        raise AssertionError("unreachable: the last attempt settles or raises")

    def _settle(
        self, key: str, digest: bytes, problem: ClientError | BotoCoreError, last: bool
    ) -> bool | None:
        """After a put without a clear answer: True, ours stands there; False, another's; None, nothing does: put again."""
        taken = isinstance(problem, ClientError) and _code(problem) in _TAKEN
        if (
            isinstance(problem, ClientError)
            and not taken
            and problem.response["ResponseMetadata"]["HTTPStatusCode"] < 500
        ):
            raise self._failure(key, problem) from problem
        head = self.head(key)
        if head is not None:
            found = head.sha256 or hashlib.sha256(self.get(key)).hexdigest()
            if found == digest.hex():
                return True
            if taken:
                return False
        if last:
            raise self._failure(key, problem) from problem
        return None

    def get(self, key: str) -> bytes:
        """The object's bytes; ArchiveError if there is none."""
        found = self.find(key)
        if found is None:
            raise ArchiveError("an object is not there", "Run `recordroom verify`.", f"{self.bucket}/{key}")
        return found

    def find(self, key: str) -> bytes | None:
        found = self.find_tagged(key)
        return None if found is None else found[0]

    def find_tagged(self, key: str) -> tuple[bytes, str] | None:
        """(bytes, ETag), or None where there is no such object."""
        self.requests += 1
        try:
            answer = self.client.get_object(Bucket=self.bucket, Key=key)
            self._note_time(answer["ResponseMetadata"]["HTTPHeaders"])
            return answer["Body"].read(), answer["ETag"]
        except ClientError as problem:
            if _code(problem) in _ABSENT:
                self._note_time(problem.response["ResponseMetadata"]["HTTPHeaders"])
                return None
            raise self._failure(key, problem) from problem
        except BotoCoreError as problem:
            raise self._failure(key, problem) from problem

    def get_range(self, key: str, start: int, length: int) -> bytes:
        self.requests += 1
        try:
            return self.client.get_object(
                Bucket=self.bucket, Key=key, Range=f"bytes={start}-{start + length - 1}"
            )["Body"].read()
        except (ClientError, BotoCoreError) as problem:
            raise self._failure(key, problem) from problem

    def open(self, key: str, size: int = 1 << 20) -> tuple[bool, Iterator[bytes]]:
        """(is it under legal hold, its bytes in pieces): memory stays flat whatever its size."""
        self.requests += 1
        try:
            answer = self.client.get_object(Bucket=self.bucket, Key=key)
        except (ClientError, BotoCoreError) as problem:
            raise self._failure(key, problem) from problem
        return answer.get("ObjectLockLegalHoldStatus") == "ON", self._pieces(
            key, answer["Body"].iter_chunks(size)
        )

    def _pieces(self, key: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
        try:
            yield from chunks
        except (ClientError, BotoCoreError) as problem:
            raise self._failure(key, problem) from problem

    def head(self, key: str) -> Head | None:
        self.requests += 1
        try:
            answer = self.client.head_object(Bucket=self.bucket, Key=key, ChecksumMode="ENABLED")
        except ClientError as problem:
            if _code(problem) in _ABSENT:
                return None
            raise self._failure(key, problem) from problem
        except BotoCoreError as problem:
            raise self._failure(key, problem) from problem
        checksum = answer.get("ChecksumSHA256")
        digest = base64.b64decode(checksum).hex() if checksum and "-" not in checksum else None
        held = answer.get("ObjectLockLegalHoldStatus") == "ON"
        store_time = self._note_time(answer["ResponseMetadata"]["HTTPHeaders"])
        return Head(answer["ContentLength"], digest, answer["ETag"], held, store_time)

    def keys(self, prefix: str, after: str = "", folders: bool = False) -> Iterator[str]:
        """Keys below `prefix` in order, from the one behind `after`; `folders`: one level of common prefixes instead."""
        more: dict[str, Any] = {"StartAfter": after} if after else {}
        if folders:
            more["Delimiter"] = "/"
        try:
            for page in self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=prefix, **more
            ):
                self.requests += 1
                yield from (
                    (p["Prefix"] for p in page.get("CommonPrefixes", ()))
                    if folders
                    else (o["Key"] for o in page.get("Contents", ()))
                )
        except (ClientError, BotoCoreError) as problem:
            raise self._failure(prefix, problem) from problem

    def versions(self, prefix: str = "") -> Iterator[Version]:
        """Every version and delete marker below `prefix`, sorted by key."""
        try:
            for page in self.client.get_paginator("list_object_versions").paginate(
                Bucket=self.bucket, Prefix=prefix
            ):
                self.requests += 1
                objects = [
                    Version(v["Key"], v["VersionId"], False, v["IsLatest"], v["Size"])
                    for v in page.get("Versions", ())
                ]
                markers = [
                    Version(m["Key"], m["VersionId"], True, m["IsLatest"], 0)
                    for m in page.get("DeleteMarkers", ())
                ]
                yield from sorted(objects + markers, key=lambda v: v.key)
        except (ClientError, BotoCoreError) as problem:
            raise self._failure(prefix, problem) from problem

    def delete(self, key: str) -> None:
        """Only for the derived bucket."""
        if self.hold:
            raise ArchiveError(f"{key}: the archive's writer never deletes")
        self.requests += 1
        try:
            self.client.delete_object(Bucket=self.bucket, Key=key)
        except (ClientError, BotoCoreError) as problem:
            raise self._failure(key, problem) from problem

    def refuse_secrets(self, key: str, chunks: Iterable[bytes]) -> None:
        """SecretFound if these bytes, which are about to be put, hold a secret in any form."""
        if scan_chunks(chunks, self.secrets):
            raise SecretFound(
                f"{key} would have held a secret", "It was not put. Report this: the scrubbing missed it."
            )

    def _note_time(self, headers: Any) -> datetime | None:
        """The store's own Date, and how far this machine's clock is from it."""
        stamp = headers.get("date")
        if not stamp:
            return None
        store_time = parsedate_to_datetime(stamp).astimezone(UTC)
        self.skew_seconds = (datetime.now(UTC) - store_time).total_seconds()
        return store_time

    def _failure(self, key: str, problem: Exception) -> Exception:
        if isinstance(problem, ClientError):
            status = problem.response["ResponseMetadata"]["HTTPStatusCode"]
            told = " ".join(
                dict.fromkeys((str(status), _code(problem)))
            )  # to a HEAD, which has no body, the status stands for the code
            words, where = f"the store answered {told}", f"{self.bucket}/{key}"
            if status < 500:
                return ArchiveError(words, "Check the credentials, the bucket's name and its policy.", where)
            return ServiceUnavailable(words, "Try again when the store works.", where)
        mend = "Start it (`make up`), or correct RECORDROOM_S3_ENDPOINT."
        return ServiceUnavailable("the store cannot be reached", mend, str(problem))


def _code(problem: ClientError) -> str:
    return str(
        problem.response.get("Error", {}).get("Code", problem.response["ResponseMetadata"]["HTTPStatusCode"])
    )


@singleton
def session() -> boto3.Session:
    """One a process, as boto3's own. The times in answers stay text (`ResponseParserFactory.set_parser_defaults` of botocore): nothing asks
    for them, and to read them took a fifth of the processor time of a request and two thirds of that of a listing."""
    plain = botocore.session.get_session()
    plain.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=str)
    return boto3.Session(botocore_session=plain)


def connect(settings: Settings) -> S3Client:
    """A boto3 client with time-outs and a few quick retries of its own."""
    key, secret = settings.s3_access_key, settings.s3_secret_key
    config = Config(
        signature_version="s3v4",
        connect_timeout=5,
        read_timeout=120,
        retries={"max_attempts": 3, "mode": "standard"},
        s3={"addressing_style": "path"} if settings.s3_endpoint else None,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        max_pool_connections=16,
        user_agent=f"recordroom/{__version__}",  # its own names the machine, and is put together anew for each request
    )
    return session().client(
        "s3",
        endpoint_url=settings.s3_endpoint,
        region_name=settings.s3_region,
        aws_access_key_id=key.get_secret_value() if key else None,
        aws_secret_access_key=secret.get_secret_value() if secret else None,
        config=config,
    )


def archive(settings: Settings) -> Store:
    return Store(connect(settings), settings.bucket, hold=True)


def derived(settings: Settings) -> Store:
    return Store(connect(settings), settings.derived_bucket, hold=False)
