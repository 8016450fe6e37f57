"""Settings: what is missing, misspelt or wrong is named, with what it is for, and never with its value."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from recordroom import settings
from recordroom.errors import SettingsError

NEEDED = {
    "RECORDROOM_BUCKET": "archive",
    "RECORDROOM_DERIVED_BUCKET": "derived",
    "RECORDROOM_ELASTICSEARCH_URL": "http://127.0.0.1:9200",
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith(settings.PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("RECORDROOM_LOCAL", str(tmp_path))
    settings.load.cache_clear()
    before = set(os.environ)
    yield
    settings.load.cache_clear()
    for name in set(os.environ) - before:  # what it took over from `.local/env`
        del os.environ[name]


def load(monkeypatch: pytest.MonkeyPatch, **given: str) -> settings.Settings:
    for name, value in (NEEDED | given).items():
        monkeypatch.setenv(name, value)
    return settings.load()


def test_what_is_needed_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    found = load(monkeypatch)
    assert (found.bucket, found.derived_bucket, found.index) == ("archive", "derived", "recordroom")
    assert found.register_file == settings.ROOT / "infra/accounts.yaml"
    assert settings.load() is found


def test_every_missing_setting_is_named_at_once_with_what_it_is_for() -> None:
    with pytest.raises(SettingsError) as caught:
        settings.load()
    for name in NEEDED:
        assert f"{name} (" in str(caught.value)
    assert caught.value.exit_code == 2
    assert "make up" in caught.value.mend


@pytest.mark.parametrize("name", ["RECORDROOM_BUKET", "RECORDROOM_S3_END_POINT", "RECORDROOM_"])
def test_a_misspelt_setting_is_not_silently_without_effect(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with pytest.raises(SettingsError, match=f"unknown setting: {name}[.]") as caught:
        load(monkeypatch, **{name: "x"})
    assert "RECORDROOM_BUCKET" in caught.value.mend


def test_a_wrong_value_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError) as caught:
        load(monkeypatch, RECORDROOM_RESPONSE_LIMIT="s3cret-by-mistake")
    assert "RECORDROOM_RESPONSE_LIMIT (largest API response" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    found = load(monkeypatch, RECORDROOM_S3_SECRET_KEY="s3cret", RECORDROOM_ELASTICSEARCH_API_KEY="k3y")
    assert "s3cret" not in repr(found)
    assert "k3y" not in str(found.model_dump())
    assert found.s3_secret_key is not None
    assert found.s3_secret_key.get_secret_value() == "s3cret"


def test_the_environment_outweighs_what_make_up_wrote(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lines = [
        "# by make up",
        "",
        "RECORDROOM_BUCKET=from-the-file",
        "RECORDROOM_ANCHOR_DIR=a=b",
        "AIRFLOW_HOME=/somewhere",
        "no setting",
    ]
    (tmp_path / "env").write_text("\n".join(lines))
    monkeypatch.delenv("AIRFLOW_HOME", raising=False)
    found = load(monkeypatch, RECORDROOM_BUCKET="from-the-environment")
    assert (found.bucket, found.anchor_dir) == ("from-the-environment", Path("a=b"))
    assert os.environ["AIRFLOW_HOME"] == "/somewhere", "Airflow's own settings too"


def test_the_register_is_found_without_any_other_setting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert settings.find_register() == settings.ROOT / "infra/accounts.yaml"
    (tmp_path / "env").write_text("RECORDROOM_REGISTER=/a/b.yaml")
    assert settings.find_register() == Path("/a/b.yaml")
    monkeypatch.setenv("RECORDROOM_REGISTER", "/c/d.yaml")
    assert settings.find_register() == Path("/c/d.yaml")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RECORDROOM_ELASTICSEARCH_URL", "localhost:9200"),
        ("RECORDROOM_ELASTICSEARCH_URL", "http://"),
        ("RECORDROOM_ELASTICSEARCH_URL", "http://host:port"),
        ("RECORDROOM_S3_ENDPOINT", "localhost:8333"),
        ("RECORDROOM_BUCKET", "my bucket"),
        ("RECORDROOM_INDEX", "Agency"),
        ("RECORDROOM_INDEX", "record*"),
        ("RECORDROOM_ELASTICSEARCH_CA", "/no/such/file"),
        ("RECORDROOM_MEDIA_LIMIT", "0"),
        ("RECORDROOM_RESPONSE_LIMIT", "-5"),
    ],
)
def test_a_value_that_no_client_would_take_is_named_before_one_is_asked(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(SettingsError, match=name):
        load(monkeypatch, **{name: value})


def test_an_address_may_leave_out_its_port_and_an_empty_value_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = {
        "RECORDROOM_ELASTICSEARCH_URL": "https://key:x@search.example/sub",
        "RECORDROOM_S3_ENDPOINT": "",
        "RECORDROOM_INDEX": "",
    }
    found = load(monkeypatch, **given)
    assert (found.elasticsearch_url, found.s3_endpoint) == ("https://key:x@search.example:443/sub", None)
    assert found.index == "recordroom"
