"""The address after signing in, with Airflow at the root of a host and below a path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from recordroom.rights import Right
from recordroom.sign_in.addresses import choose_landing_page

ROOM = {("can_read", Right.ENTER.value)}


@dataclass
class Somebody:
    perms: set[tuple[str, str]]


@pytest.mark.parametrize(
    "base",
    ["https://records.agency.example", "https://agency.example/airflow", "https://agency.example/airflow/"],
)
@pytest.mark.parametrize(
    ("wanted", "officer", "operator"),
    [
        ("", "/records/", "/"),
        ("/", "/records/", "/"),
        ("{base}/records/search?q=snow", "/records/search?q=snow", "/records/search?q=snow"),
        ("{base}/dags", "/dags", "/dags"),
        ("https://evil.example/airflow/records/", "/records/", "/"),
        ("//evil.example", "/records/", "/"),
        ("/\\evil.example", "/records/", "/"),
        ("javascript:alert(1)", "/records/", "/"),
        ("https://records.agency.example%2f@evil.example/records/", "/records/", "/"),
        ("https://records.agency.example%5c@evil.example/records/", "/records/", "/"),
        ("https://agency.example%2f@evil.example/airflow/records/", "/records/", "/"),
    ],
)
def test_the_page_that_was_asked_for_or_the_first_that_they_may_see(
    monkeypatch: pytest.MonkeyPatch, base: str, wanted: str, officer: str, operator: str
) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", base)
    people: list[tuple[Any, str]] = [
        (Somebody(ROOM), officer),
        (Somebody(ROOM | {("can_read", "DAGs")}), operator),
    ]
    for user, path in people:
        assert choose_landing_page(wanted.format(base=base.rstrip("/")), user) == base.rstrip("/") + path
