"""Objects in an S3-compatible store, put once and never replaced.

This is the only module that speaks S3.

- `put_new` never replaces: If-None-Match: *, a SHA-256 checksum that the store verifies, and in the archive
  bucket a legal hold.
- If the response to a put was lost (time-out, 5xx, or botocore's own retry meeting our first try as 412), the
  key is read: the same bytes are ours. AWS responds with 409 as well as 412 to a lost race.
- Every failure to reach the store is ServiceUnavailable; no error is ignored.
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
from pydantic import SecretStr

from recordroom import __version__, clock
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
    """The response of the store to a HEAD of an object."""

    size: int
    sha256: str | None  # the checksum that the store keeps, hex; None if the object was put without one
    etag: str
    held: bool  # under legal hold
    store_time: datetime | None  # the Date of the response


@dataclass(frozen=True, slots=True)
class ObjectVersion:
    """A version of an object."""

    key: str
    version_id: str
    is_marker: bool  # a delete marker
    is_latest: bool
    size: int


@dataclass(slots=True)
class Store:
    """One bucket."""

    client: S3Client
    bucket: str
    hold: bool  # every object is put with legal hold on (the archive bucket)
    secrets: tuple[bytes, ...] = ()  # values that must never be put
    requests: int = 0  # sent so far
    skew_seconds: float = field(default=0.0)  # how far this machine's clock is ahead of the store's

    def require(self) -> None:
        """Raise ArchiveError unless the bucket exists.

        A HEAD of a key gives 404 either way: without this check, a misspelled bucket looks like an archive
        without any objects.
        """
        self.requests += 1
        try:
            self.client.head_bucket(Bucket=self.bucket)
        except ClientError as problem:
            if _code(problem) in _ABSENT:
                raise ArchiveError(
                    "the bucket does not exist", "Correct its name, or run `recordroom setup`.", self.bucket
                ) from problem
            raise self._failure("", problem) from problem
        except BotoCoreError as problem:
            raise self._failure("", problem) from problem

    def put_new(self, key: str, body: bytes) -> bool:
        """Put once; return False if other bytes already have that key.

        True: these bytes are stored, now or already before. ServiceUnavailable if neither can be established;
        SecretFound if the bytes contain a secret (nothing is put).
        """
        self.refuse_secrets(key, split_bytes(body))
        return self._put(key, body, hashlib.sha256(body).digest(), {"IfNoneMatch": "*"})

    def put_file(self, key: str, file: IO[bytes], sha256: str) -> bool:
        """Put once from a file of the given hex SHA-256, as `put_new`.

        The file is read in chunks. It is one put, no multipart: a multipart checksum is composite.
        """
        self.refuse_secrets(key, iter(lambda: file.read(1 << 20), b""))
        return self._put(key, file, bytes.fromhex(sha256), {"IfNoneMatch": "*"})

    def replace(self, key: str, body: bytes, etag: str | None) -> bool:
        """Put if the object still has `etag` (None: if there is none).

        Only for derived objects. False if another writer was faster.
        """
        self.refuse_secrets(key, split_bytes(body))
        condition = {"IfNoneMatch": "*"} if etag is None else {"IfMatch": etag}
        return self._put(key, body, hashlib.sha256(body).digest(), condition)

    def replace_file(self, key: str, file: IO[bytes], sha256: str, etag: str | None) -> bool:
        """Put from a file of the given hex SHA-256, as `replace`; it is read in chunks."""
        self.refuse_secrets(key, iter(lambda: file.read(1 << 20), b""))
        condition = {"IfNoneMatch": "*"} if etag is None else {"IfMatch": etag}
        return self._put(key, file, bytes.fromhex(sha256), condition)

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
        """Find out how a put without a clear response ended.

        True: our object is stored. False: another's is. None: neither; put again.
        """
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
        """Return the object's bytes; ArchiveError if there is no object."""
        found = self.find(key)
        if found is None:
            raise ArchiveError("an object is missing", "Run `recordroom verify`.", f"{self.bucket}/{key}")
        return found

    def find(self, key: str) -> bytes | None:
        """Return the object's bytes; None if there is no object."""
        found = self.find_tagged(key)
        return None if found is None else found[0]

    def find_tagged(self, key: str) -> tuple[bytes, str] | None:
        """Return (bytes, ETag); None if there is no object."""
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
        """Return `length` bytes from `start` on."""
        self.requests += 1
        try:
            return self.client.get_object(
                Bucket=self.bucket, Key=key, Range=f"bytes={start}-{start + length - 1}"
            )["Body"].read()
        except (ClientError, BotoCoreError) as problem:
            raise self._failure(key, problem) from problem

    def open(self, key: str, size: int = 1 << 20) -> tuple[bool, Iterator[bytes]]:
        """Return whether an object is under legal hold, and its bytes in pieces.

        Memory stays flat whatever its size.
        """
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
        """Return what the store says about an object; None if there is no object."""
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
        """Yield keys below `prefix` in order.

        after: start behind this key.
        folders: yield one level of common prefixes instead.
        """
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

    def versions(self, prefix: str = "") -> Iterator[ObjectVersion]:
        """Yield every version and delete marker below `prefix`, sorted by key."""
        try:
            for page in self.client.get_paginator("list_object_versions").paginate(
                Bucket=self.bucket, Prefix=prefix
            ):
                self.requests += 1
                objects = [
                    ObjectVersion(v["Key"], v["VersionId"], False, v["IsLatest"], v["Size"])
                    for v in page.get("Versions", ())
                ]
                markers = [
                    ObjectVersion(m["Key"], m["VersionId"], True, m["IsLatest"], 0)
                    for m in page.get("DeleteMarkers", ())
                ]
                yield from sorted(objects + markers, key=lambda v: v.key)
        except (ClientError, BotoCoreError) as problem:
            raise self._failure(prefix, problem) from problem

    def delete(self, key: str) -> None:
        """Delete an object of the derived bucket."""
        if self.hold:
            raise ArchiveError(f"{key}: the archive's writer never deletes")
        self.requests += 1
        try:
            self.client.delete_object(Bucket=self.bucket, Key=key)
        except (ClientError, BotoCoreError) as problem:
            raise self._failure(key, problem) from problem

    def refuse_secrets(self, key: str, chunks: Iterable[bytes]) -> None:
        """Raise SecretFound if these bytes, which are about to be put, contain a secret."""
        if scan_chunks(chunks, self.secrets):
            raise SecretFound(
                f"{key} would have contained a secret", "It was not stored. Report this as an error."
            )

    def _note_time(self, headers: Any) -> datetime | None:
        """Note the store's own Date, and how far this machine's clock is from it."""
        stamp = headers.get("date")
        if not stamp:
            return None
        store_time = parsedate_to_datetime(stamp).astimezone(UTC)
        self.skew_seconds = (datetime.now(UTC) - store_time).total_seconds()
        clock.note_ahead(self.skew_seconds)
        return store_time

    def _failure(self, key: str, problem: Exception) -> Exception:
        if isinstance(problem, ClientError):
            status = problem.response["ResponseMetadata"]["HTTPStatusCode"]
            # A HEAD has no body: its status takes the place of the code.
            told = " ".join(dict.fromkeys((str(status), _code(problem))))
            words, where = f"the store responded with {told}", f"{self.bucket}/{key}"
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
    """Return the session of this process.

    Times in responses stay text (`ResponseParserFactory.set_parser_defaults` of botocore): nothing uses them,
    and to parse them took a fifth of the processor time of a request and two thirds of that of a listing.
    """
    plain = botocore.session.get_session()
    plain.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=str)
    return boto3.Session(botocore_session=plain)


def connect(settings: Settings) -> S3Client:
    """Return a client of the archive's store."""
    return connect_to(
        settings.s3_endpoint, settings.s3_region, settings.s3_access_key, settings.s3_secret_key
    )


def connect_to(
    endpoint: str | None, region: str, key: SecretStr | None, secret: SecretStr | None
) -> S3Client:
    """Return a boto3 client with time-outs and a few quick retries of its own.

    endpoint: None for AWS. key, secret: None for boto3's usual places.
    """
    config = Config(
        signature_version="s3v4",
        connect_timeout=5,
        read_timeout=120,
        retries={"max_attempts": 3, "mode": "standard"},
        s3={"addressing_style": "path"} if endpoint else None,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        max_pool_connections=16,
        # boto3's own names the machine, and is built again for each request.
        user_agent=f"recordroom/{__version__}",
    )
    return session().client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=key.get_secret_value() if key else None,
        aws_secret_access_key=secret.get_secret_value() if secret else None,
        config=config,
    )


def archive(settings: Settings) -> Store:
    """Return the archive bucket."""
    return Store(connect(settings), settings.bucket, hold=True)


def derived(settings: Settings) -> Store:
    """Return the derived bucket."""
    return Store(connect(settings), settings.derived_bucket, hold=False)
