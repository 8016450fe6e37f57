"""The demonstration: the sandbox of a made-up district, and its register."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import httpx

from infra.local.services.service import Service, answers
from infra.local.support.passwords import write_private
from infra.local.support.place import REPOSITORY, Place
from recordroom.model import ZONE

REGISTER = Path(__file__).parents[1] / "accounts.yaml"
ADDRESS = "http://127.0.0.1:8709"  # the address in the committed register; each place puts its own port there
# the register's explanations of known gaps
EXPLAINED = re.compile(r"^    explained:\n(?: {6}.*\n)+", re.MULTILINE)
UNTIL = re.compile(r"until: \S+")


def write_register(place: Place) -> None:
    """Write the committed register with this place's addresses.

    Its explanations of gaps are left out until they were given.
    """
    text = REGISTER.read_text("utf-8").replace(ADDRESS, place.url("sandbox"))
    given = _day_file(place)
    day = given.read_text() if given.exists() else None
    write_private(place.register, UNTIL.sub(f"until: {day}", text) if day else EXPLAINED.sub("", text))


def explain_gaps(place: Place) -> str:
    """Let the register explain today's known gaps, as a records officer would.

    Return the day.
    """
    day = datetime.now(ZONE).date().isoformat()
    write_private(_day_file(place), day)
    write_register(place)
    return day


def _day_file(place: Place) -> Path:
    return place.root / "explained_on"


class Sandbox(Service):
    """The server of infra/sandbox."""

    name = "sandbox"

    def ports(self) -> Sequence[int]:
        return [self.place.port("sandbox")]

    def prepare(self) -> None:
        write_register(self.place)

    def command(self) -> Sequence[str | Path]:
        server = REPOSITORY / "infra/sandbox/serve.py"
        return [
            sys.executable,
            server,
            "--port",
            str(self.place.port("sandbox")),
            "--state",
            self.place.root / "sandbox.json",
        ]

    def environment(self) -> Mapping[str, str]:
        return {"PYTHONPATH": str(REPOSITORY)}

    def ready(self) -> bool:
        return answers(f"{self.place.url('sandbox')}/sandbox/health")

    def play(self, act: int) -> str:
        """Play an act of the district's story (act 2 edits, removes, and hides).

        Returns the sandbox's response.
        """
        answer = httpx.post(f"{self.place.url('sandbox')}/sandbox/act/{act}", timeout=60, trust_env=False)
        return answer.raise_for_status().text
