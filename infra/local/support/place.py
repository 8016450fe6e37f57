"""The folder, the ports, and the cache of one local set-up.

Two set-ups in two folders with two base ports can run at the same time. The other ports follow the first one.

```
RECORDROOM_LOCAL   the folder of all state (default: .local in the checkout)
RECORDROOM_PORT    the first of its ports (default: 8700); fixed by `make up`: archived addresses contain it
RECORDROOM_CACHE   downloaded and built parts that can be made again (default: cache in that folder)
```
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from infra.local.support.problem import Problem

REPOSITORY = Path(__file__).resolve().parents[3]

PORTS = (
    "airflow", "airflow_execution", "s3", "s3_filer", "s3_master", "s3_volume", "s3_admin", "elasticsearch",
    "elasticsearch_transport",
    "sandbox", "postgresql", "wordpress", "bluesky_plc", "bluesky_pds", "bluesky_appview",
    "bluesky_postgresql", "bluesky_redis",
    "sign_in_provider", "airflow_sign_in",
)  # fmt: skip
GRPC = 10_000  # SeaweedFS also uses each of its ports plus this


@dataclass(frozen=True)
class Place:
    """One local set-up."""

    root: Path  # everything that `make clean` removes
    base: int  # first port; a port is base plus the position of its name in PORTS
    cache: Path  # downloaded and built parts

    @classmethod
    def here(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Return the place that the environment names, or the default one."""
        root = Path(environment.get("RECORDROOM_LOCAL") or REPOSITORY / ".local").resolve()
        kept = root / "port"
        fixed = kept.read_text() if kept.exists() else None
        port = environment.get("RECORDROOM_PORT") or fixed or "8700"
        if fixed and port != fixed:
            raise Problem(
                f"{root} uses the ports from {fixed}, but RECORDROOM_PORT is {port}.",
                mend=f"Set RECORDROOM_PORT={fixed}. To start over, run: RECORDROOM_PORT={fixed} make clean",
            )
        if not port.isdecimal() or not 1024 <= int(port) <= 65_535 - GRPC - len(PORTS):
            raise Problem(
                f"RECORDROOM_PORT is {port!r}.",
                mend=f"Set it to a number from 1024 to {65_535 - GRPC - len(PORTS)}.",
            )
        return cls(root, int(port), Path(environment.get("RECORDROOM_CACHE") or root / "cache").resolve())

    def fix(self) -> None:
        """Record the base port: every later command finds this place on it."""
        self.folder("pids")
        (self.root / "port").write_text(str(self.base))

    @property
    def is_fixed(self) -> bool:
        """Whether a `make up` began here; its services may have archived the ports."""
        return (self.root / "port").exists()

    @property
    def prefix(self) -> str:
        """The text to put before `make` on the command line, so that it finds this place."""
        return "" if self.root == REPOSITORY / ".local" else f"RECORDROOM_LOCAL={self.root} "

    def port(self, name: str) -> int:
        return self.base + PORTS.index(name)

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port(name)}"

    def folder(self, name: str) -> Path:
        """Return a folder of this place, made if absent; only its owner may open it."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.root / name
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path

    @property
    def env_file(self) -> Path:
        return self.root / "env"

    @property
    def register(self) -> Path:
        """The demonstration's register: the committed one with this place's addresses."""
        return self.root / "accounts.yaml"

    @property
    def retention_file(self) -> Path:
        """The demonstration's retention file: the committed one with this place's one-time list."""
        return self.root / "retention.yaml"
