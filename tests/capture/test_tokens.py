"""Tokens that end are renewed in time, saved before they are used, and warned of before they end.

A token that cannot be saved is never spent. Airflow's database is real. The platform is a token endpoint as
RFC 6749 describes one, whose refresh tokens are valid for one use.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qs

import httpx
import pytest

from recordroom.capture.credentials import airflow_secrets
from recordroom.capture.credentials.tokens import TokenManager, people_to_ask, token_warning
from recordroom.capture.http.client import HttpClient
from recordroom.errors import TokenExpired, UnexpectedResponse
from recordroom.model import instant
from recordroom.platforms import oauth
from recordroom.platforms.contract import Connector, Platform, Renewal
from recordroom.register.models import Account
from tests.capture import airflow_database

HOUR, ENDPOINT = timedelta(hours=1), "https://platform.test/oauth/token"
GIVEN = {
    "client_id": "an-app-of-ours",
    "client_secret": "the-secret-of-the-app",
    "refresh_token": "refresh-000000",
}
ACCOUNT = Account(
    "news", "x", "https://platform.test/news", "News", "official", "Communications", connection="news"
)


@dataclass
class Endpoint:
    """A token endpoint as RFC 6749 describes one."""

    rotates: bool = True  # gives a new refresh token each time
    repeats: bool = False  # repeats a refresh token that stays valid
    lives: int = 7200  # seconds until an access token ends
    asked: int = 0
    good: str = "refresh-000000"
    answer: httpx.Response | None = None
    dies: bool = False  # the process that asked is killed before it reads the response
    used: list[str] = field(default_factory=list)  # access tokens that were sent

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            self.used.append(request.headers["Authorization"].removeprefix("Bearer "))
            return httpx.Response(200, json={})
        self.asked += 1
        if self.answer is not None:
            return self.answer
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        if form["refresh_token"] != self.good or form["client_secret"] != GIVEN["client_secret"]:
            return httpx.Response(
                400, json={"error": "invalid_grant", "error_description": f"{form['refresh_token']} is spent"}
            )
        told: dict[str, Any] = {
            "access_token": f"access-{self.asked:06}",
            "expires_in": self.lives,
            "token_type": "bearer",
        }
        if self.rotates:
            self.good = told["refresh_token"] = f"refresh-{self.asked:06}"
        elif self.repeats:
            told["refresh_token"] = self.good
        if self.dies:
            raise KeyboardInterrupt
        return httpx.Response(200, json=told)


@dataclass
class Desk:
    endpoint: Endpoint
    database: Path
    spool: Path
    renewal: Renewal = field(default_factory=lambda: Renewal(lead_time=HOUR / 2, secrets=tuple(GIVEN)))
    account: Account = ACCOUNT

    def keeper(self) -> TokenManager:
        platform = Platform("x", "X", 1, HOUR, secrets=("token",), renewal=self.renewal)
        connector = SimpleNamespace(
            PLATFORM=platform, renew=lambda _, client: oauth.refresh_token(client, ENDPOINT)
        )
        client = HttpClient(
            contact="t@example.org", limit=10_000, transport=httpx.MockTransport(self.endpoint)
        )
        return TokenManager(self.account, cast(Connector, connector), client, self.spool)

    def opened(self) -> TokenManager:
        """Start a capture and return its token manager: its token was sent once."""
        keeper = self.keeper()
        keeper.open()
        keeper.client.get(
            "https://platform.test/me", headers={"Authorization": f"Bearer {keeper.client.secrets['token']}"}
        )
        return keeper

    def aged(self, by: timedelta) -> None:
        """Let that much time pass for the saved token."""
        saved = airflow_secrets.load_saved_token("news")
        assert saved is not None
        times = {
            name: at - by for name in ("expires_at", "renewed_at", "tried_at") if (at := getattr(saved, name))
        }
        assert airflow_secrets.save_token("news", replace(saved, **times)) == ""


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return airflow_database.migrate(tmp_path_factory.mktemp("airflow"))


@pytest.fixture
def desk(migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    database = tmp_path / "airflow.db"
    database.write_bytes(migrated.read_bytes())
    monkeypatch.setenv("AIRFLOW_CONN_NEWS", json.dumps({"conn_type": "http", "extra": GIVEN}))
    with airflow_database.used(database):
        yield Desk(Endpoint(), database, tmp_path / "tokens")


def test_a_token_is_made_saved_and_used_until_it_is_near_its_end(desk: Desk) -> None:
    assert [desk.opened().client.secrets["token"] for _ in range(3)] == ["access-000001"] * 3
    assert desk.endpoint.asked == 1
    desk.aged(HOUR * 1.4)
    assert desk.opened().client.secrets["token"] == "access-000001"
    desk.aged(HOUR * 0.2)
    assert desk.opened().client.secrets["token"] == "access-000002"
    assert desk.endpoint.asked == 2


def test_a_saved_token_is_encrypted_in_airflows_database(desk: Desk) -> None:
    desk.opened()
    with closing(sqlite3.connect(desk.database)) as airflow:
        [(key, value, encrypted)] = airflow.execute("select key, val, is_encrypted from variable").fetchall()
    assert (key, bool(encrypted)) == ("recordroom_token_news", True)
    assert "access-" not in value
    assert "refresh-" not in value


def test_a_connection_may_have_any_name_that_airflow_allows(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, name in enumerate(("district/news", "a/../../b", "x" * 250, "probe"), 1):
        monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps({"conn_type": "http", "extra": GIVEN}))
        desk.endpoint.good = GIVEN["refresh_token"]
        desk.account = replace(ACCOUNT, connection=name)
        assert desk.opened().client.secrets["token"] == f"access-{number:06}"
        saved = airflow_secrets.load_saved_token(name)
        assert saved is not None
        assert airflow_secrets.why_not_writable() == ""
        assert airflow_secrets.load_saved_token(name) == saved, (
            "to ask whether there is room takes nothing away"
        )
    locks = sorted(path.name for path in desk.spool.rglob("*.lock"))
    assert len(locks) == 4
    assert "probe.lock" in locks
    assert [path.parent for path in desk.spool.rglob("*.lock")] == [desk.spool] * 4


def test_a_long_capture_renews_its_token_on_the_way(desk: Desk) -> None:
    keeper = desk.opened()
    held = keeper.client.secrets  # a connector may keep the mapping
    desk.aged(HOUR * 2)
    keeper._saved = airflow_secrets.load_saved_token("news") or keeper._saved
    keeper.renew_in_time()
    assert held["token"] == "access-000002"
    assert b"access-000001" in keeper.client.scrubber.forms, "what was used before is scrubbed too"


def test_two_captures_at_once_renew_once(desk: Desk) -> None:
    first, second = desk.keeper(), desk.keeper()
    first.open()
    second.open()
    assert (first.client.secrets["token"], second.client.secrets["token"], desk.endpoint.asked) == (
        "access-000001",
        "access-000001",
        1,
    )


def test_a_process_that_dies_after_saving_leaves_the_token_to_the_next(desk: Desk) -> None:
    desk.keeper().open()
    assert desk.endpoint.used == [], "it was saved before anybody used it"
    assert desk.opened().client.secrets["token"] == "access-000001"


def test_a_process_that_dies_before_it_reads_the_answer(desk: Desk) -> None:
    """The platform gives the token once, so it is lost: a person is notified at the next capture.

    The old token is used while it is valid.
    """
    desk.opened()
    desk.aged(HOUR * 1.6)
    desk.endpoint.dies = True
    with pytest.raises(KeyboardInterrupt):
        desk.keeper().open()
    desk.endpoint.dies = False
    desk.aged(HOUR * 0.1)  # the refused renewal is not requested at each capture
    keeper = desk.opened()
    assert keeper.client.secrets["token"] == "access-000001"
    assert "invalid_grant" in keeper.problem
    assert "refresh-000001" not in keeper.problem
    desk.aged(HOUR * 2)
    with pytest.raises(TokenExpired, match="invalid_grant"):
        desk.keeper().open()


def test_what_is_good_for_one_use_is_not_spent_where_its_successor_cannot_be_saved(desk: Desk) -> None:
    with airflow_database.read_only(desk.database), pytest.raises(TokenExpired, match="cannot be written"):
        desk.keeper().open()
    assert desk.endpoint.asked == 0
    desk.opened()
    desk.aged(HOUR * 1.6)
    with airflow_database.read_only(desk.database):
        keeper = desk.opened()
    assert (keeper.client.secrets["token"], desk.endpoint.asked) == ("access-000001", 1)
    standing = keeper.describe()
    assert standing["dies_at"] == standing["expires_at"]
    assert "cannot be written" in token_warning(ACCOUNT, standing, datetime.now(UTC))


def test_a_refresh_token_that_stays_good_needs_no_place(desk: Desk) -> None:
    desk.renewal = replace(desk.renewal, secrets_stay_valid=True)
    desk.endpoint.rotates = False
    with airflow_database.read_only(desk.database):
        assert [desk.opened().client.secrets["token"] for _ in range(2)] == ["access-000001", "access-000002"]


def test_a_refresh_token_that_is_told_again_is_that_token_still(desk: Desk) -> None:
    """LinkedIn, for example, repeats it with each access token."""
    desk.endpoint.rotates, desk.endpoint.repeats = False, True
    for number in (1, 2, 3):
        assert desk.opened().client.secrets["token"] == f"access-{number:06}"
        desk.aged(HOUR * 2)
    saved = airflow_secrets.load_saved_token("news")
    assert saved is not None
    assert saved.values["refresh_token"] == GIVEN["refresh_token"]


def test_an_access_token_that_is_given_for_longer_is_that_token_still(desk: Desk) -> None:
    """A platform may extend the same token, and report another end."""
    desk.opened()
    desk.aged(HOUR * 2)
    told = {"access_token": "access-000001", "expires_in": 7200, "refresh_token": "refresh-000001"}
    desk.endpoint.answer = httpx.Response(200, json=told)
    assert [desk.opened().client.secrets["token"] for _ in range(2)] == ["access-000001"] * 2
    assert desk.endpoint.asked == 2


@pytest.mark.parametrize("status", [200, 400])
def test_an_error_that_repeats_what_was_sent_is_told_without_it(desk: Desk, status: int) -> None:
    desk.opened()
    desk.aged(HOUR * 1.6)
    told = {
        "error": "invalid_request",
        "error_description": f"refresh-000001 of {GIVEN['client_secret']} is none",
    }
    desk.endpoint.answer = httpx.Response(status, json=told)
    problem = desk.opened().problem
    assert "is none" in problem
    assert "refresh-000001" not in problem
    assert GIVEN["client_secret"] not in problem


def test_a_variable_that_another_backend_shadows_is_found_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_VAR_RECORDROOM_TOKEN_NEWS", "{}")
    with pytest.raises(TokenExpired, match="has another value"):
        desk.keeper().open()
    assert desk.endpoint.asked == 0


def test_what_a_person_puts_into_the_connection_wins(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.opened()
    fresh = GIVEN | {"refresh_token": "refresh-by-hand"}
    desk.endpoint.good = "refresh-by-hand"
    monkeypatch.setenv("AIRFLOW_CONN_NEWS", json.dumps({"conn_type": "http", "extra": fresh}))
    assert desk.opened().client.secrets["token"] == "access-000002"


def test_a_token_that_is_too_young_is_left_alone(desk: Desk) -> None:
    desk.renewal = replace(desk.renewal, minimum_age=timedelta(days=1), lead_time=timedelta(days=30))
    desk.endpoint.lives = 60 * 86400
    desk.opened()
    desk.aged(timedelta(hours=20))
    desk.opened()
    assert desk.endpoint.asked == 1


def test_a_token_that_is_seen_for_the_first_time_may_be_too_young(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"conn_type": "http", "password": "token-of-a-person", "extra": GIVEN}
    monkeypatch.setenv("AIRFLOW_CONN_NEWS", json.dumps(given))
    desk.renewal = replace(desk.renewal, lead_time=HOUR * 24 * 45, minimum_age=HOUR * 24)
    for hours, token, asked in (
        (0, "token-of-a-person", 0),
        (23, "token-of-a-person", 0),
        (2, "access-000001", 1),
    ):
        desk.aged(HOUR * hours) if hours else None
        keeper = desk.opened()
        assert (keeper.client.secrets["token"], desk.endpoint.asked, keeper.problem) == (token, asked, "")


def test_a_token_that_the_platform_does_not_renew_is_left_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "AIRFLOW_CONN_NEWS",
        json.dumps({"conn_type": "http", "password": "EAA-lives-for-ever", "extra": GIVEN}),
    )
    desk.renewal = replace(desk.renewal, exempt_prefix="EAA")
    keeper = desk.opened()
    assert (keeper.client.secrets["token"], keeper.renewal, keeper.describe(), desk.endpoint.asked) == (
        "EAA-lives-for-ever",
        None,
        {},
        0,
    )


def test_a_server_that_fails_is_asked_once_and_costs_nothing_while_the_token_lives(desk: Desk) -> None:
    desk.opened()
    desk.aged(HOUR * 1.6)
    desk.endpoint.answer = httpx.Response(500, text="<h1>sorry")
    keeper = desk.opened()
    assert (keeper.client.secrets["token"], desk.endpoint.asked) == ("access-000001", 2)
    assert "HTTP 500" in keeper.problem
    desk.aged(HOUR)
    with pytest.raises(UnexpectedResponse, match="HTTP 500"):
        desk.keeper().open()


def test_every_capture_until_the_next_try_warns_of_a_token_that_could_not_be_renewed(desk: Desk) -> None:
    """It is tried once a day. In between, `status` must not report that all is well."""
    desk.renewal, desk.endpoint.lives = replace(desk.renewal, lead_time=timedelta(days=45)), 60 * 86_400
    desk.opened()
    desk.aged(timedelta(days=50))
    desk.endpoint.answer = httpx.Response(503)
    for _ in range(3):
        told = desk.opened().describe()
        assert "in 9 days: Communications must replace it" in token_warning(ACCOUNT, told, datetime.now(UTC))
        assert "HTTP 503" in token_warning(ACCOUNT, told, datetime.now(UTC))
        desk.aged(timedelta(minutes=15))
    assert desk.endpoint.asked == 2
    desk.endpoint.answer = None
    desk.aged(timedelta(days=1))
    for _ in range(2):
        assert token_warning(ACCOUNT, desk.opened().describe(), datetime.now(UTC)) == ""


@pytest.mark.parametrize(("days", "words"), [(0, "in 0 days"), (1, "in 1 day"), (2, "in 2 days")])
def test_days_are_told_in_the_number_that_they_are(days: int, words: str) -> None:
    now = datetime.now(UTC)
    told = {"dies_at": instant(now + timedelta(days=days, hours=1))}
    assert f", {words}: " in token_warning(ACCOUNT, told, now)


@pytest.mark.parametrize("fails", [False, True])
def test_a_token_that_was_renewed_by_a_clock_that_was_ahead_is_renewed_again(
    desk: Desk, *, fails: bool
) -> None:
    """Its recorded end is in the future too, so it would stay expired for as long as the clock was ahead."""
    desk.opened()
    desk.aged(-timedelta(days=30))
    desk.endpoint.answer = httpx.Response(503) if fails else None
    for _ in range(3):
        assert desk.opened().client.secrets["token"] == f"access-00000{1 if fails else 2}"
    assert desk.endpoint.asked == 2, "and no more often than any other"


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"access_token": 7}', '{"access_token": ""}', "<html>"])
def test_an_answer_without_a_token_is_told(desk: Desk, body: str) -> None:
    desk.endpoint.answer = httpx.Response(200, text=body)
    with pytest.raises(UnexpectedResponse) as failed:
        desk.keeper().open()
    assert failed.value.exchange is None, "what a token endpoint answers is never kept"


def test_where_most_is_read_without_a_token_a_dead_one_stops_nothing(desk: Desk) -> None:
    desk.renewal, desk.endpoint.rotates = (
        replace(desk.renewal, token_is_optional=True, secrets_stay_valid=True),
        False,
    )
    desk.opened()
    desk.endpoint.answer = httpx.Response(400, json={"error": "invalid_grant"})
    desk.aged(HOUR * 3)
    keeper = desk.keeper()
    keeper.open()
    assert "token" not in keeper.client.secrets
    assert "invalid_grant" in keeper.describe()["problem"]
    keeper.renew_in_time()
    desk.keeper().open()
    assert desk.endpoint.asked == 2, "it is not asked for again with every request"
    desk.endpoint.answer = None
    desk.aged(HOUR)
    assert desk.opened().client.secrets["token"] == "access-000003"


def test_no_token_reaches_the_log(
    desk: Desk, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        desk.opened()
        desk.aged(HOUR * 2)
        desk.endpoint.good = "another"
        with pytest.raises(TokenExpired):
            desk.keeper().open()
    said = caplog.text + "".join(capsys.readouterr())
    for secret in ("access-00000", "refresh-00000", GIVEN["client_secret"]):
        assert secret not in said


@pytest.mark.parametrize(
    ("days", "named"),
    [
        (20, None),
        (13.5, "Ana"),
        (6.5, "Ana"),
        (2.5, "Ana, Bo"),
        (0.5, "Ana, Bo, Communications"),
        (-1, "Ana, Bo, Communications"),
    ],
)
def test_ever_more_people_are_named_as_the_end_comes_near(days: float, named: str | None) -> None:
    account, now = replace(ACCOUNT, token_holder="Ana", backup_holder="Bo"), datetime.now(UTC)
    said = token_warning(account, {"dies_at": instant(now + timedelta(days=days))}, now)
    assert (f": {named} must" in said) if named else said == ""


def test_where_the_register_names_nobody_the_owner_is_asked() -> None:
    assert people_to_ask(ACCOUNT, 1) == "Communications"


@pytest.mark.parametrize(
    ("given", "held"),
    [
        ({"key": "a-key-of-ours"}, {"key": "a-key-of-ours"}),
        (
            {"key": "a-key-of-ours", "client_id": "an-app-of-ours"},
            {"key": "a-key-of-ours", "client_id": "an-app-of-ours"},
        ),
        (GIVEN, {**GIVEN, "token": "access-000001"}),
        ({**GIVEN, "key": "a-key-of-ours"}, {**GIVEN, "key": "a-key-of-ours", "token": "access-000001"}),
    ],
)
def test_where_one_of_several_secrets_is_enough(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], held: dict[str, str]
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_NEWS", json.dumps({"conn_type": "http", "extra": given}))
    desk.endpoint.rotates = False
    for _ in range(2):
        keeper = desk.keeper()
        keeper.connector.PLATFORM = replace(
            keeper.connector.PLATFORM, secrets=("token", "key"), any_secret=True
        )
        keeper.open()
        assert dict(keeper.client.secrets) == held
    assert desk.endpoint.asked == ("token" in held)


def test_where_one_is_enough_and_none_is_there_all_are_named(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_NEWS", json.dumps({"conn_type": "http", "login": "somebody"}))
    keeper = desk.keeper()
    keeper.connector.PLATFORM = replace(keeper.connector.PLATFORM, secrets=("token", "key"), any_secret=True)
    with pytest.raises(TokenExpired, match="has no token, key"):
        keeper.open()
