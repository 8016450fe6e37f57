"""A real WordPress for tests: Debian's package on PHP's own server.

Its database is a MariaDB without a network port. Every folder gets a new installation with the administrator
`admin`, pretty permalinks, and an application password.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.local.services.service import Service, answers
from infra.local.support.place import Place

PACKAGE = Path("/usr/share/wordpress")
PHP = Path(__file__).parent / "php"
CREATE = "create database wp; create user wp@localhost identified by 'wp'; grant all on wp.* to wp@localhost"


class MariaDB(Service):
    """The database of the WordPress."""

    name = "mariadb"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.data = place.root / "mariadb"
        self.socket = place.root / "mariadb.sock"
        # two installations at the same time use the same names in /tmp, and one fails
        self.temporary = place.root / "mariadb-tmp"
        self.as_root = ["--user=root"] if os.geteuid() == 0 else []

    def environment(self) -> Mapping[str, str]:
        return {"TMPDIR": str(self.temporary)}

    def ports(self) -> Sequence[int]:
        return []

    def prepare(self) -> None:
        self.temporary.mkdir(exist_ok=True)
        if self.data.exists():
            return
        options = [
            f"--datadir={self.data}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            *self.as_root,
        ]
        subprocess.run(
            ["mariadb-install-db", "--no-defaults", *options],
            env={**os.environ, **self.environment()},
            check=True,
            capture_output=True,
        )

    def command(self) -> Sequence[str | Path]:
        return [
            "mariadbd", "--no-defaults", *self.as_root, f"--datadir={self.data}", f"--socket={self.socket}",
            f"--pid-file={self.data}.pid",
            "--skip-networking", "--innodb-buffer-pool-size=32M", "--performance-schema=OFF",
        ]  # fmt: skip

    def ready(self) -> bool:
        return (
            subprocess.run(
                [*self._client("mariadb-admin"), "ping"], capture_output=True, check=False
            ).returncode
            == 0
        )

    def execute(self, sql: str) -> None:
        subprocess.run([*self._client("mariadb"), "-e", sql], check=True, capture_output=True)

    def _client(self, program: str) -> list[str]:
        return [program, "--no-defaults", "-uroot", "-S", str(self.socket)]


class WordPress(Service):
    """The WordPress, with its database."""

    name = "wordpress"
    user = "admin"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.url = place.url("wordpress")
        self.site = place.root / "wordpress"
        self.database = MariaDB(place)
        self.password_file = place.root / "wordpress-application-password"

    @property
    def password(self) -> str:
        """The administrator's application password."""
        return self.password_file.read_text()

    def ports(self) -> Sequence[int]:
        return [self.place.port("wordpress")]

    def environment(self) -> Mapping[str, str]:
        return {
            "WP_SOCKET": str(self.database.socket),
            "WP_URL": self.url,
            "WP_SITE": str(self.site),
            "PHP_CLI_SERVER_WORKERS": "2",
        }

    def prepare(self) -> None:
        self.database.start()
        self.database.wait()
        if self.password_file.exists():
            return
        self.database.execute(CREATE)
        shutil.copytree(PACKAGE, self.site, ignore_dangling_symlinks=True)
        shutil.copy(PHP / "wp-config.php", self.site / "wp-config.php")
        (self.site / "wp-content/uploads").mkdir(parents=True, exist_ok=True)
        settings = {**os.environ, **self.environment(), "WP_PASSWORD": secrets.token_urlsafe(12)}
        installed = subprocess.run(
            ["php", PHP / "install.php"], env=settings, check=True, capture_output=True, text=True
        )
        self.password_file.write_text(installed.stdout)

    def command(self) -> Sequence[str | Path]:
        return ["php", "-S", f"127.0.0.1:{self.place.port('wordpress')}", "-t", self.site]

    def ready(self) -> bool:
        return answers(f"{self.url}/wp-json/")

    def stop(self) -> bool:
        stopped = super().stop()
        return self.database.stop() or stopped
