"""The agency's sign-in, played by a real OpenID Connect provider from npm; what its people are, a test says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from infra.local.services.service import PLAIN, Service, answers
from infra.local.support import npm
from infra.local.support.place import Place

SOURCES = Path(__file__).parent
CLIENT, SECRET, PASSWORD = "records-room", "the client's secret, of a test run", "secret"


class Provider(Service):
    name = "sign-in-provider"

    def __init__(self, place: Place, return_address: str) -> None:
        super().__init__(place)
        self.issuer, self.return_address = place.url("sign_in_provider"), return_address

    def ports(self) -> Sequence[int]:
        return [self.place.port("sign_in_provider")]

    def command(self) -> Sequence[str | Path]:
        return [
            npm.NODE / "bin/node",
            SOURCES / "server.mjs",
            str(self.ports()[0]),
            CLIENT,
            SECRET,
            self.return_address,
        ]

    def folder(self) -> Path:
        return npm.packages(SOURCES, self.place.cache, "sign-in-provider")

    def ready(self) -> bool:
        return answers(f"{self.issuer}/.well-known/openid-configuration")

    def people(self, **people: Any) -> None:
        """Who can sign in, by name, with their claims; everybody else cannot."""
        self._put("people", people)

    def lie(self, lie: str | None) -> None:
        """What is wrong with the next id tokens; None: nothing."""
        self._put("lie", {"lie": lie})

    def _put(self, what: str, value: dict[str, Any]) -> None:
        httpx.put(
            f"{self.issuer}/{what}", json=value, trust_env=False, timeout=120, verify=PLAIN
        ).raise_for_status()
