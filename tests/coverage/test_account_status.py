"""The reasons for missing files, as people read them."""

from __future__ import annotations

import pytest

from recordroom.archive.state.account_summary import AccountSummary
from recordroom.coverage.account_status import simplify_reason, summarize_missing_files


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (
            "not fetched: ConnectError: [Errno -2] Name or service not known",
            "the server could not be reached",
        ),
        (
            "not fetched: RemoteProtocolError: peer closed connection\nwithout sending",
            "the server could not be reached",
        ),
        ("not fetched: ConnectTimeout", "the server did not respond in time"),
        ("not fetched: the server answers 503", "not fetched: the server answers 503"),
        ("too large: 9 bytes, the limit is 5", "too large: 9 bytes, the limit is 5"),
    ],
)
def test_failures_of_the_network_are_told_in_words(reason: str, told: str) -> None:
    assert simplify_reason(reason) == told


def test_what_reads_alike_is_one_reason() -> None:
    found = summarize_missing_files(
        AccountSummary(
            unfetched={
                "a": ["not fetched: ConnectError: x"],
                "b": ["not fetched: ReadError: y"],
                "c": ["too large: z"],
            }
        ),
        captured=True,
    )
    assert found
    assert found["words"].startswith(
        "files of 3 records could not be downloaded (the server could not be reached, and 1 other reason): the"
        " nightly"
    )
    assert found["records"] == len(found["reasons"]) == 3
