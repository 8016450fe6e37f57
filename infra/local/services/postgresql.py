"""A real PostgreSQL for tests.

It is Airflow's metadata database in production, and the store of the AT Protocol network. PostgreSQL refuses
to run as root, so root runs it as the user `nobody`, who then owns the folder. Trust authentication: loopback
only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from infra.local.services.service import Service
from infra.local.support.place import Place


def programs() -> Path:
    """Return the folder of the newest version's programs.

    Debian keeps several versions.
    """
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


class PostgreSQL(Service):
    """One server."""

    name = "postgresql"
    port_name: ClassVar[str] = "postgresql"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.data = place.root / self.name
        self.port = place.port(self.port_name)
        self.user = "postgres"

    def dsn(self, database: str = "postgres") -> str:
        return f"postgresql://{self.user}@127.0.0.1:{self.port}/{database}"

    def ports(self) -> Sequence[int]:
        return [self.port]

    def environment(self) -> Mapping[str, str]:
        return {"TZ": "UTC", "LC_ALL": "C.UTF-8"}

    def prepare(self) -> None:
        if (self.data / "PG_VERSION").exists():
            return
        self.place.folder(self.name)
        if os.geteuid() == 0:
            shutil.chown(self.data, "nobody")
            self.place.root.chmod(0o711)  # `nobody` must be able to walk through it
        self._run("initdb", "-D", str(self.data), "-U", self.user, "-A", "trust", "-E", "UTF8")

    def command(self) -> Sequence[str | Path]:
        options = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"]
        return [*_as_nobody(), programs() / "postgres", "-D", self.data, "-p", str(self.port), *options]

    def ready(self) -> bool:
        check = [str(programs() / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(check, check=False).returncode == 0

    def create(self, database: str) -> str:
        """Make an empty database, and remove one of the same name; return its DSN."""
        self._run("dropdb", "--if-exists", "--force", *self._server(), database)
        self._run("createdb", *self._server(), database)
        return self.dsn(database)

    def _server(self) -> list[str]:
        return ["-h", "127.0.0.1", "-p", str(self.port), "-U", self.user]

    def _run(self, program: str, *arguments: str) -> None:
        command = [*_as_nobody(), str(programs() / program), *arguments]
        subprocess.run(
            command, cwd="/", env={**os.environ, **self.environment()}, check=True, capture_output=True
        )


def _as_nobody() -> list[str]:
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
