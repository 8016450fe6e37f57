"""Fixtures: an archive with destinations, and a time-stamping authority."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.commands import debian
from recordroom.archive import conformance
from tests.anchor_copies.authority import Authority, stamping
from tests.anchor_copies.mail_server import MailServer, serving
from tests.anchor_copies.outpost import Outpost
from tests.archives import settings_for, stores
from tests.conftest import need
from tests.services import S3, Buckets


@pytest.fixture
def outpost(s3: S3, buckets: Buckets, tmp_path: Path) -> Iterator[Outpost]:
    archive, derived = stores(s3, settings_for(s3, buckets, tmp_path))
    for bucket in (archive, derived):
        conformance.create_bucket(bucket)
    s3.client().create_bucket(Bucket=f"{buckets.archive}-anchors")
    with serving(MailServer()) as mail:
        yield Outpost(s3, buckets, tmp_path, mail, archive, derived)


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    need(debian.OPENSSL)
    with stamping(tmp_path / "authority") as found:
        yield found
