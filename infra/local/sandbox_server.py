"""The demonstration: a server that speaks the platforms' interfaces for a made-up district, and the register of its accounts."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from infra.local.passwords import write_private
from infra.local.place import REPOSITORY
from infra.local.service import Service, answers

REGISTER = Path(__file__).with_name("accounts.yaml")
ADDRESS = "http://127.0.0.1:8709"  # as the committed register has it; each place puts its own port there


class Sandbox(Service):
    name = "sandbox"

    def ports(self) -> Sequence[int]:
        return [self.place.port("sandbox")]

    def prepare(self) -> None:
        write_private(self.place.register, REGISTER.read_text("utf-8").replace(ADDRESS, self.place.url("sandbox")))

    def command(self) -> Sequence[str | Path]:
        server = REPOSITORY / "infra/local/sandbox/serve.py"
        return [sys.executable, server, "--port", str(self.place.port("sandbox")), "--state", self.place.root / "sandbox.json"]

    def environment(self) -> Mapping[str, str]:
        return {"PYTHONPATH": str(REPOSITORY)}

    def ready(self) -> bool:
        return answers(f"{self.place.url('sandbox')}/sandbox/health")

    def play(self, act: int) -> str:
        """Lets the district's story go on (act 2 edits, removes and hides); returns what the sandbox answers."""
        answer = httpx.post(f"{self.place.url('sandbox')}/sandbox/act/{act}", timeout=60, trust_env=False)
        return answer.raise_for_status().text
