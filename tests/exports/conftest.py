"""An archive that tests build, a complete one, and the way to export from either."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from recordroom.exports.production import ExportRequest, make_export
from recordroom.search.index.indexer import Index
from tests.building import DAY, Building, account, media
from tests.services import S3, Buckets

Export = Callable[..., dict[str, Any]]
HOUR = timedelta(hours=1)
POST, COMMENT = "wordpress:x/posts/1", "wordpress:x/comments/1"
PNG = b"\x89PNG\r\n\x1a\n and so on"


@pytest.fixture
def building(s3: S3, buckets: Buckets, tmp_path: Path, elasticsearch: str) -> Building:
    return Building.at(s3, buckets, tmp_path, elasticsearch)


@pytest.fixture
def index(building: Building) -> Iterator[Index]:
    index = Index(building.settings, building.archive, building.derived)
    yield index
    index.client.close()


@pytest.fixture
def archive(building: Building, index: Index) -> Building:
    """A post with a picture, edited and then removed; a comment below it; another account that saw the
    comment.
    """
    building.register(
        account("news", "wordpress", series="GS2016-001"),
        account("b", "wordpress"),
        account("silent", "wordpress"),
    )
    post = {
        "record_id": POST,
        "text": "Snow day",
        "title": "Closed",
        "media": [media(PNG, "m1", alt_text="snow")],
    }
    comment = {
        "record_id": COMMENT,
        "kind": "comment",
        "parent_id": POST,
        "root_id": POST,
        "text": "=Thanks!",
    }
    building.capture("news", [post, comment], at=DAY)
    building.capture("b", [comment], at=DAY + HOUR)
    building.capture("news", [{"record_id": POST, "text": "Snow day, again"}], at=DAY + 2 * HOUR)
    building.capture(
        "news", [{"record_id": POST, "status": "removed", "acted_by": "author"}], at=DAY + 4 * HOUR
    )
    index.catch_up()
    return building


@pytest.fixture
def export(building: Building, tmp_path: Path) -> Export:
    """Return `export("query", "csv", out="name", as_of=...)`, which writes to tmp_path / name and returns the
    receipt.
    """

    def run(query: str = "", format_: str = "csv", *, out: str = "out", **more: Any) -> dict[str, Any]:
        options = {"hidden_accounts": (), **more}
        return make_export(building.settings, ExportRequest(query, tmp_path / out, format_, **options))

    return run
