"""An agency with single sign-on: its people, their provider, and Airflow where they sign in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec
import psycopg2

from infra.local.services.airflow import AirflowProcess
from infra.local.services.service import PLAIN, answers
from infra.local.support import environment
from infra.local.support.place import Place
from recordroom.sign_in import session_lifetime
from tests.web.conftest import Room
from tests.web.provider import PASSWORD, Provider

MARY = {"preferred_username": "mary@agency.example", "given_name": "Mary", "family_name": "Smith"}


class SingleSignOn(AirflowProcess):
    """A second api-server over the room's database, with single sign-on."""

    name = "airflow-sign-in"
    port_name = "airflow_sign_in"
    arguments = ("api-server", "--apps", "core", "--proxy-headers")

    def __init__(self, place: Place, settings: Mapping[str, str]) -> None:
        super().__init__(place)
        self.settings = settings

    def environment(self) -> Mapping[str, str]:
        return {
            **environment.load(self.place),
            "AIRFLOW__API__BASE_URL": self.place.url(self.port_name),
            **self.settings,
        }

    def ready(self) -> bool:
        return answers(f"{self.place.url(self.port_name)}/api/v2/monitor/health")


@dataclass
class Office:
    """The agency: its people, and Airflow where they sign in."""

    room: Room
    provider: Provider
    url: str

    def browser(self) -> httpx.Client:
        return httpx.Client(
            base_url=self.url, follow_redirects=True, trust_env=False, timeout=60, verify=PLAIN
        )

    def refusal(self) -> str:
        """Return what the log says about the last one."""
        log = (self.room.place.root / "logs/airflow-sign-in.log").read_text()
        return str(re.findall("a sign-in was refused: (.*)", log)[-1])

    def come_back(self, client: httpx.Client) -> str:
        """The address that the provider sends this browser back to, which has not gone there yet."""
        form = client.get("/records/")
        back = client.post(form.url, data={"name": "mary", "password": PASSWORD}, follow_redirects=False)
        while not back.headers["location"].startswith(f"{self.url}/"):
            back = client.get(back.headers["location"], follow_redirects=False)
        return str(back.headers["location"])

    def age(self, client: httpx.Client, seconds: int) -> None:
        """As if the session of this browser had been begun so much earlier."""
        session = client.cookies["session"].split(".")[0]
        [[data]] = self.ask("SELECT data FROM session WHERE session_id = %s", session)
        told = msgspec.msgpack.decode(data)
        aged = msgspec.msgpack.encode(
            told | {session_lifetime.BEGUN_AT: told[session_lifetime.BEGUN_AT] - seconds}
        )
        self.ask("UPDATE session SET data = %s WHERE session_id = %s", aged, session)

    def sign_in(self, client: httpx.Client, name: str = "mary", wanted: str = "/records/") -> httpx.Response:
        """Return the page that a person sees who requested `wanted`, after signing in at the provider if it
        asked.
        """
        page = client.get(wanted)
        if page.url.port == self.provider.ports()[0]:
            page = client.post(page.url, data={"name": name, "password": PASSWORD})
        return page

    def ask(self, statement: str, *values: Any) -> list[Any]:
        """What Airflow's database answers."""
        address = environment.load(self.room.place)[environment.DATABASE].replace(
            "postgresql+psycopg2", "postgresql"
        )
        with closing(psycopg2.connect(address)) as database, database, database.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def signed_in(self, **claims: Any) -> Iterator[httpx.Client]:
        """Mary's browser, after she has signed in with these claims."""
        self.provider.people(mary=MARY | claims)
        with self.browser() as client:
            assert self.sign_in(client).url.path == "/records/"
            yield client
