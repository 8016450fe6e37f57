"""The place of a set-up, its message about occupied ports, and what `make clean` refuses to remove."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.commands import demonstration, down, summary, up
from infra.local.support import environment, ports
from infra.local.support.passwords import Passwords
from infra.local.support.place import PORTS, REPOSITORY, Place
from infra.local.support.problem import Problem
from infra.local.support.progress import console


@pytest.fixture
def empty(tmp_path: Path) -> Place:
    return Place(tmp_path / "local", 19_000, tmp_path / "cache")


def test_the_environment_chooses_folder_ports_and_cache(tmp_path: Path) -> None:
    place = Place.here({"RECORDROOM_LOCAL": str(tmp_path), "RECORDROOM_PORT": "9000"})
    assert (place.root, place.cache) == (tmp_path, tmp_path / "cache")
    assert place.url("airflow") == "http://127.0.0.1:9000"
    assert place.port(PORTS[-1]) == 9000 + len(PORTS) - 1
    assert Place.here({}).root == REPOSITORY / ".local"


@pytest.mark.parametrize("port", ["http", "80", "60000", "-1"])
def test_a_port_that_cannot_be_is_named(port: str) -> None:
    with pytest.raises(Problem, match="RECORDROOM_PORT"):
        Place.here({"RECORDROOM_PORT": port})


def test_the_first_port_is_kept(tmp_path: Path) -> None:
    local = {"RECORDROOM_LOCAL": str(tmp_path)}
    Place.here(local | {"RECORDROOM_PORT": "9000"}).fix()
    assert Place.here(local).base == 9000
    with pytest.raises(Problem, match="uses the ports from 9000"):
        Place.here(local | {"RECORDROOM_PORT": "9100"})


def test_two_processes_never_share_a_base_port_though_nothing_listens_on_it_yet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = "from infra.local.support import ports; print(ports.free_base(), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", other],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        theirs = int(process.stdout.readline())
        monkeypatch.setattr("random.sample", lambda *_: [theirs])
        with pytest.raises(Problem, match="No free range of ports"):
            ports.free_base()
        process.communicate("\n")
    assert ports.free_base() == theirs, "it is free again once they have ended"
    with pytest.raises(Problem, match="No free range of ports"):
        ports.free_base()


def test_an_occupied_port_names_its_occupier_and_a_remedy_that_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Followed exactly: `make up` again, until it would start the services."""
    started: list[Place] = []
    monkeypatch.setattr(up, "start", started.append)
    monkeypatch.setattr(demonstration, "play", started.append)
    monkeypatch.setattr(summary, "show", started.append)
    local, taken = tmp_path / "local", ports.free_base()
    monkeypatch.setenv("RECORDROOM_LOCAL", str(local))
    monkeypatch.setenv("RECORDROOM_PORT", str(taken))
    with socket.socket() as server:
        server.bind(("127.0.0.1", taken + PORTS.index("elasticsearch")))
        server.listen()
        with console.capture() as printed:
            assert (up.main(), started) == (1, [])
        told = printed.get()
        assert (
            f"Port {taken + PORTS.index('elasticsearch')}, which elasticsearch needs, is in use by pid"
            f" {os.getpid()}" in told
        )
        assert f"(kill {os.getpid()}), then run: RECORDROOM_LOCAL={local} make up" in told
        follow(told, local, monkeypatch)
        assert (up.main(), [place.root for place in started]) == (0, [local] * 3)
    base = started[0].base
    with socket.socket() as server:  # one that was started once does not move
        server.bind(("127.0.0.1", base + PORTS.index("sandbox")))
        server.listen()
        monkeypatch.delenv("RECORDROOM_PORT")
        with console.capture() as printed:
            assert up.main() == 1
        follow(printed.get(), tmp_path / "local-2", monkeypatch)
        assert (up.main(), started[-1].root) == (0, tmp_path / "local-2")


def follow(told: str, local: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets what the printed command sets."""
    found = re.search(rf"RECORDROOM_LOCAL={re.escape(str(local))} RECORDROOM_PORT=(\d+) make up", told)
    assert found, told
    monkeypatch.setenv("RECORDROOM_LOCAL", str(local))
    monkeypatch.setenv("RECORDROOM_PORT", found[1])


def test_secrets_are_private_and_stay(empty: Place) -> None:
    passwords = Passwords.load(empty.root)
    settings = environment.write(empty)
    assert Passwords.load(empty.root) == passwords
    assert environment.load(empty) == settings
    assert {(empty.root / name).stat().st_mode & 0o777 for name in ("env", "passwords.json")} == {0o600}
    assert len(set(passwords.users.values())) == len(passwords.users) == 6


def test_a_chosen_database_is_kept(empty: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment.write(empty)[environment.DATABASE].startswith("sqlite:///")
    monkeypatch.setenv(environment.DATABASE, "postgresql+psycopg2://airflow@db/airflow")
    environment.write(empty)
    monkeypatch.delenv(environment.DATABASE)
    assert environment.write(empty)[environment.DATABASE] == "postgresql+psycopg2://airflow@db/airflow"


def test_clean_never_removes_a_strange_folder_or_without_a_yes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    precious = tmp_path / "precious"
    precious.write_text("")
    monkeypatch.setenv("RECORDROOM_LOCAL", str(tmp_path))
    monkeypatch.setenv("CONFIRM", "yes")
    assert down.main(["--clean"]) == 1
    Passwords.load(tmp_path)
    monkeypatch.delenv("CONFIRM")
    unasked = subprocess.run(
        [sys.executable, "-m", "infra.local.commands.down", "--clean"],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert unasked.returncode == 1
    assert "CONFIRM=yes" in unasked.stdout
    assert precious.exists()
    monkeypatch.setenv("CONFIRM", "yes")
    assert down.main(["--clean"]) == 0
    assert not tmp_path.exists()
