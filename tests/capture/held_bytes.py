"""Every object of a bucket, unpacked, to check that it contains no secret."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def contents(client: S3Client, bucket: str) -> Iterator[tuple[str, bytes]]:
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for one in page.get("Contents", ()):
            data = client.get_object(Bucket=bucket, Key=one["Key"])["Body"].read()
            yield one["Key"], readable(data)


def readable(data: bytes) -> bytes:
    if data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    if data[:4] == b"PAR1":
        return "\n".join(map(str, pq.read_table(io.BytesIO(data)).to_pylist())).encode()
    return data
