"""Labels of accounts and statuses, filters in plain words, and times as people read them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from recordroom.dates import format_minute
from recordroom.exports.labels import label_status, list_limits, make_account_labels
from recordroom.exports.receipt import list_missing, list_omitted
from recordroom.model import instant

AT = datetime(2026, 11, 27, 13, 40, 12, 208979, tzinfo=UTC)


def test_accounts_are_named_by_title_and_platform() -> None:
    titles: dict[str, dict[str, Any]] = {
        "news": {"title": "News"}, "other": {"title": "News"}, "blank": {"title": " "}, "odd": {"title": 7},
        "page": {"title": "News"},
    }  # fmt: skip
    platforms = {"news": "wordpress", "other": "wordpress", "page": "linkedin", "old": "myspace"}
    assert make_account_labels(["news", "other", "page", "blank", "odd", "old"], titles, platforms) == {
        "news": "News (WordPress, account ID news)",
        "other": "News (WordPress, account ID other)",
        "page": "News (LinkedIn organization pages)",
        "blank": "blank",
        "odd": "odd",
        "old": "old (myspace)",
    }
    assert make_account_labels(["news"], titles, platforms) == {"news": "News (WordPress)"}


def test_accounts_of_one_title_and_no_platform_are_told_apart() -> None:
    titles = {"a": {"title": "News (old)"}, "b": {"title": "News (old)"}}
    found = make_account_labels(["a", "b"], titles, {})
    assert len(set(found.values())) == 2


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("visible", "visible"), ("held", "awaiting moderation"),
        ("visible to a narrower audience", "visible to a limited audience"),
        ("held (says a file that was handed in)", "awaiting moderation (according to a submitted file)"),
    ],
)  # fmt: skip
def test_a_status_is_named_in_plain_words(key: str, label: str) -> None:
    assert label_status(key) == label


def test_filters_are_listed_in_plain_words() -> None:
    filters = {
        "account": ["news"], "platform": ["x"], "kind": ["post", "message"], "status": ["held"], "year": ["2026"],
        "author": ["7"], "media": ["image", "none"], "record": [f"x:{n}" for n in range(11)],
        "conversation": ["x:1"], "from": instant(AT), "quarantined": True, "versions": True, "messages": True,
    }  # fmt: skip
    assert list(list_limits({"filters": filters, "account_names": {"news": "News (X)"}})) == [
        "Accounts: News (X)",
        "Platforms: X",
        "Kinds of record: post, private message",
        "Status on the platform: awaiting moderation",
        "Years of publication: 2026",
        "Author IDs: 7",
        "File types: image, no file",
        "Selected records: 11 records",
        "Selected conversations: x:1",
        "Published: Nov 27, 2026, 5:40:12 a.m. PST (2026-11-27 13:40:12 UTC) or later",
        "Versions: all versions of each record",
        "Records under quarantine: included",
    ]


def test_what_is_missing_is_listed_apart_from_what_was_left_out() -> None:
    """Also of receipts of older versions."""
    receipt = {
        "gaps": [
            _gap("counts-differ", "3 of 40"),
            _gap("capture-failed: TokenExpired", ""),
            _gap("capture-failed: Blocked", "the platform refuses"),
        ],
        "left_out": [
            {"what": "account b", "count": 0, "why": "never captured by that time"},
            {"what": "media files of a", "count": 2, "why": "not in the archive: 404"},
            {"what": "records that match", "count": 1_000, "why": "under quarantine"},
        ],
    }
    known = "known since Nov 27, 2026, 5:40 a.m. PST"
    assert list_missing(receipt, format_minute) == [
        f"a: counts differ: 3 of 40; {known}",
        f"a: capture failed: TokenExpired; {known}",
        f"a: capture failed: the platform refuses; {known}",
        "Account b: never captured by that time",
        "Media files of a: 2 (not in the archive: 404)",
    ]
    assert list_omitted(receipt) == ["Records that match: 1,000 (under quarantine)"]


def _gap(reason: str, detail: str) -> dict[str, str]:
    return {"account": "a", "reason": reason, "detail": detail, "opened_at": instant(AT)}
