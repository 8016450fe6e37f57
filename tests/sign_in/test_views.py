"""The page before sign-in: whose records these are."""

from __future__ import annotations

from pathlib import Path

import pytest

from recordroom import settings
from recordroom.sign_in.views import room_name


@pytest.mark.parametrize(
    ("register", "name"),
    [
        (
            "agency: {id: d, name: Example School District, contact: a@d.example}\naccounts: []\n",
            "Example School District: Records",
        ),
        ("agency: {id: d}\n", "Records"),
        ("- no register\n", "Records"),
        ("", "Records"),
        ("agency: [", "Records"),
        (None, "Records"),
    ],
)
def test_the_agency_is_named_by_its_register_and_nothing_else_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, register: str | None, name: str
) -> None:
    nowhere = "http://127.0.0.1:1"
    for key, value in (
        ("BUCKET", "a"),
        ("DERIVED_BUCKET", "b"),
        ("S3_ENDPOINT", nowhere),
        ("ELASTICSEARCH_URL", nowhere),
    ):
        monkeypatch.setenv(f"RECORDROOM_{key}", value)
    monkeypatch.setenv("RECORDROOM_REGISTER", str(tmp_path / "accounts.yaml"))
    if register is not None:
        (tmp_path / "accounts.yaml").write_text(register)
    settings.load.cache_clear()
    try:
        assert room_name() == name
    finally:
        settings.load.cache_clear()
