"""The meaning of a `missing_reason`: a failure, which another request may fix, or a refusal."""

from __future__ import annotations

import pytest

from recordroom.archive.media import is_failure, is_missing
from recordroom.archive.state.account_summary import AccountSummary
from recordroom.coverage import account_status

HTTP = "not fetched: the server returned HTTP status "
OLD = "not fetched: the server answers "  # as earlier versions worded it
LACKS = [
    "not fetched: ConnectError: [Errno -2] Name or service not known",
    "not fetched: ReadTimeout: timed out",
    "not fetched: no room on the local disk",
    "too large: 9 bytes, the limit is 4",
    *(f"{form}{status}" for form in (HTTP, OLD) for status in (500, 502, 503, 504, 408, 425, 429)),
]
REFUSALS = [
    *(f"{form}{status}" for form in (HTTP, OLD) for status in (400, 401, 403, 404, 410, 451)),
    f"{OLD}with a web page",
    "not fetched: the server sent a web page instead of the file",
    "not fetched: the server sent an empty file",
]


@pytest.mark.parametrize("reason", LACKS)
def test_a_failure_is_a_lack(reason: str) -> None:
    assert is_failure(reason)
    assert is_missing(reason)


@pytest.mark.parametrize(
    "reason", [*REFUSALS, "not kept: the file holds a secret of this account's connection"]
)
def test_what_is_refused_is_none(reason: str) -> None:
    assert is_failure(reason), "the receipt of a capture reports it anyway"
    assert not is_missing(reason)


def test_what_the_platform_gives_no_address_of_is_none() -> None:
    assert not is_failure("TikTok gives no address of the file")
    assert not is_missing("")


def test_the_sums_know_which_records_lack_files_until_these_came() -> None:
    sums = AccountSummary()
    delta = {
        "record_id": "x:1",
        "sequence": 1,
        "kind": "post",
        "status": "visible",
        "media": {"a": {"missing_reason": LACKS[0]}},
    }
    sums.count(delta)
    sums.count(
        delta | {"record_id": "x:2", "media": {"a": {"missing_reason": REFUSALS[3]}, "b": {"sha256": "0"}}}
    )
    assert sums.unfetched == {"x:1": [LACKS[0]]}
    later = sums.after([delta | {"sequence": 2, "media": {"a": {"sha256": "0"}}}])
    assert (later.unfetched, sums.unfetched) == ({}, {"x:1": [LACKS[0]]})
    sums.count({"record_id": "x:1", "canon": "2", "version": "0"})
    sums.count(delta | {"sequence": 3, "late": True, "media": {}})
    assert sums.unfetched == {"x:1": [LACKS[0]]}, "neither says anything of its files as they are now"


def test_of_what_the_platform_shows_no_more_no_file_is_asked_for_again() -> None:
    sums = AccountSummary()
    delta = {
        "record_id": "x:1",
        "sequence": 1,
        "kind": "post",
        "status": "visible",
        "media": {"a": {"missing_reason": LACKS[1]}},
    }
    for change in (delta, delta | {"record_id": "x:2"}):
        sums.count(change)
    told = []
    for change in (
        delta | {"status": "removed"},
        delta | {"record_id": "x:2", "status": "unavailable"},
        delta,
    ):
        sums.count(change)
        told.append(
            (account_status.summarize_missing_files(sums, captured=True) or {})["words"].partition(": ")[2]
        )
    cannot = "the platform no longer shows {}, so files of these cannot be downloaded"
    assert told == [
        f"{account_status.AGAIN}; {cannot.format('1 record')}",
        cannot.format("2 records"),
        f"{account_status.AGAIN}; {cannot.format('1 record')}",
    ]
