"""The DAG `fixity` on a real archive: what an operator sees of a night that found something."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from recordroom.archive.ledger import Ledger
from recordroom.archive.store import Store
from recordroom.exports import orders
from recordroom.exports.orders import ExportSpec, Order, Progress
from recordroom.model import instant
from recordroom.search.filters import Filters
from tests.archives import make
from tests.e2e.dag import run
from tests.services import S3, Buckets

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize("sound", [True, False])
def test_a_night_that_found_something_is_a_failed_run_and_removes_no_export_by_its_age(
    s3: S3, buckets: Buckets, tmp_path: Path, sound: bool
) -> None:
    """A finding must not look green, however the following tasks end, because exports may be all that is
    left.

    The removal that a person ordered is finished anyway.
    """
    archive = make(s3, buckets, tmp_path)
    old, removed = (export(archive.derived, state) for state in (orders.DONE, orders.REMOVING))
    if not sound:
        archive.archive.put_new("notes.txt", b"of nobody")
    given = {"RECORDROOM_EXPORT_DAYS": "30", "RECORDROOM_JOURNAL": str(tmp_path / "journal")}
    told, _ = run(s3, buckets, tmp_path, "add_fixity_tasks()", **given)
    if sound:
        assert {"verify=success", "exports=success", "failed=success"} <= set(told), "skipped is pink"
    else:
        assert told == [
            "failed",
            "anchor=success",
            "compact=success",
            "exports=success",
            "failed=failed",
            "verify=failed",
        ]
        assert Ledger(archive.archive, "anchor").head() == 1
    assert (archive.derived.head(old.zip_key) is None, archive.derived.head(removed.zip_key)) == (sound, None)


def export(derived: Store, state: str) -> Order:
    """An export that was made, and not used for 31 days."""
    spec = ExportSpec("snow", Filters(), "csv", hidden_accounts=())
    order = orders.place_order(derived, orders.draft_order(spec, "officer"))
    derived.put_new(order.zip_key, b"a file")
    sums = {"sha256": "0" * 64, "manifest_sha256": "0" * 64}
    result = {"bytes": 6, "rows": 1, "records": 1, "quarantine": 0, **sums}
    orders.report_progress(derived, order, Progress(state, result=result, who="officer"))
    key = order.key("progress.json")
    there = derived.find_tagged(key)
    assert there
    old = orjson.loads(there[0]) | {"at": instant(datetime.now(UTC) - timedelta(days=31))}
    assert derived.replace(key, orjson.dumps(old), there[1])
    return order
