"""The systemd units of infra/production start what exists, with the variables that every process needs."""

from __future__ import annotations

import configparser
import shlex
from pathlib import Path

import pytest

from infra.local.support.place import REPOSITORY

FOLDER = REPOSITORY / "infra/production/systemd"
SERVICES = sorted(FOLDER.glob("*.service"))


def read(file: Path) -> configparser.ConfigParser:
    found = configparser.ConfigParser(interpolation=None)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read(file)
    return found


@pytest.mark.parametrize("file", SERVICES, ids=lambda file: file.stem)
def test_a_unit_runs_a_program_of_the_checkout_as_recordroom(file: Path) -> None:
    service = read(file)["Service"]
    program, *arguments = shlex.split(service["ExecStart"])
    folder = service["WorkingDirectory"]
    assert (service["User"], service["UMask"], folder) == ("recordroom", "0077", "/srv/recordroom")
    assert service["EnvironmentFile"] == "/etc/recordroom/env"
    assert program in (f"{folder}/.venv/bin/airflow", f"{folder}/.venv/bin/python")
    for one in arguments:
        assert not one.endswith(".py") or (REPOSITORY / one).exists(), one


def test_the_four_processes_of_airflow_differ_in_their_commands_only() -> None:
    told = {file.stem: read(file) for file in SERVICES if file.stem != "recordroom-monitor"}
    commands = {
        name.removeprefix("recordroom-"): one["Service"].pop("ExecStart") for name, one in told.items()
    }
    assert {name: command.split()[1] for name, command in commands.items()} == {
        "dag-processor": "dag-processor", "pages": "api-server", "scheduler": "scheduler", "tasks": "api-server",
    }  # fmt: skip
    assert ("--apps core" in commands["pages"], "--apps execution" in commands["tasks"]) == (True, True)
    assert (
        told["recordroom-scheduler"]["Service"].pop("Environment") == "AIRFLOW__CORE__LAZY_LOAD_PLUGINS=False"
    )
    for one in told.values():
        one["Unit"].pop("Description")
    first, *others = told.values()
    assert all(one == first for one in others)


def test_the_monitor_has_a_timer() -> None:
    assert read(FOLDER / "recordroom-monitor.timer")["Timer"]["OnCalendar"]
