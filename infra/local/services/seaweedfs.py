"""S3 on this machine: SeaweedFS, one Go binary.

It passed every check of conditional writes, versions, and Object Lock that we made. Its unsafe defaults are
off: telemetry, buckets made on the fly, deletion of full buckets, an open admin page, and above all the open
filer, on which an anonymous DELETE destroys even a locked object: the JWT keys close it. Writes are fsynced.
A single node's Object Lock guards against applications only; production is AWS S3, or another endpoint that
passes the self-check, with an independent second copy.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import httpx

from infra.local.services.service import BIN, PLAIN, Service, answers
from infra.local.support.passwords import Passwords, write_private
from infra.local.support.place import GRPC, Place
from infra.local.support.problem import Problem

ACTIONS = ["Admin", "Read", "Write", "List", "Tagging"]
MOST_VOLUMES = 10_000  # by default one for each free gigabyte; a volume has 128 MB at most
PORT_NAMES = ("s3", "s3_filer", "s3_master", "s3_volume", "s3_admin")


class SeaweedFS(Service):
    """One node.

    durable: False for temporary data. Nothing is fsynced, and one processor serves: a third less work.
    """

    name = "seaweedfs"

    def __init__(self, place: Place, *, durable: bool = True) -> None:
        super().__init__(place)
        self.durable = durable
        self.data = place.root / "seaweedfs"

    @property
    def passwords(self) -> Passwords:
        return Passwords.load(self.place.root)

    def ports(self) -> Sequence[int]:
        own = [self.place.port(name) for name in PORT_NAMES]
        return [*own, *(port + GRPC for port in own)]

    def prepare(self) -> None:
        (self.data / "data").mkdir(parents=True, exist_ok=True, mode=0o700)
        keys = [{"accessKey": self.passwords.s3_access_key, "secretKey": self.passwords.s3_secret_key}]
        write_private(
            self.data / "s3.json",
            json.dumps({"identities": [{"name": "archive", "credentials": keys, "actions": ACTIONS}]}),
        )

    def command(self) -> Sequence[str]:
        return [
            str(BIN / "weed"), "-logtostderr=true", "mini", f"-dir={self.data}/data", "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            f"-s3.config={self.data}/s3.json", "-s3.localSocket=s3.sock", "-filer.localSocket=filer.sock",
            *(f"-{name.removeprefix('s3_')}.port={self.place.port(name)}" for name in PORT_NAMES),
            "-admin.ui=false", "-webdav=false", "-master.telemetry=false", "-s3.autoCreateBucket=false",
            "-s3.allowDeleteBucketNotEmpty=false", "-s3.port.lance=0", "-s3.port.iceberg=0",
            f"-volume.max={MOST_VOLUMES}",
        ]  # fmt: skip

    def folder(self) -> Path:
        return self.data  # its sockets are here: /tmp, their usual place, is shared with other users

    def environment(self) -> dict[str, str]:
        names = ("WEED_JWT_SIGNING_KEY", "WEED_JWT_FILER_SIGNING_KEY", "WEED_JWT_FILER_SIGNING_READ_KEY")
        # garbage is collected near the memory limit
        sparing = {} if self.durable else {"GOMAXPROCS": "1", "GOGC": "off"}
        return {"GOMEMLIMIT": "400MiB", **sparing, **dict.fromkeys(names, self.passwords.seaweedfs_jwt)}

    def ready(self) -> bool:
        """Whether S3 answers and can read objects.

        The parts start in parallel: S3 answers before the master knows where the objects are, and reading
        would fail.
        """
        return answers(f"{self.place.url('s3')}/healthz") and self._volumes_are_known()

    def _volumes_are_known(self) -> bool:
        try:
            status = httpx.get(
                f"{self.place.url('s3_master')}/dir/status", timeout=10, trust_env=False, verify=PLAIN
            )
        except httpx.TransportError:
            return False
        return status.is_success and bool(status.json()["Topology"]["DataCenters"])

    def wait(self) -> None:
        super().wait()
        self._refuse_open_filer()
        if self.durable:
            self._fsync()

    def stop(self) -> bool:
        """Stop it, and remove the sockets that it leaves behind.

        They would be in the way of another user's server on the same port.
        """
        stopped = super().stop()
        for port in self.ports() if stopped else ():
            for socket in Path("/tmp").glob(f"seaweedfs-*-grpc-{port}.sock"):  # noqa: S108
                if socket.stat().st_uid == os.getuid():
                    socket.unlink()
        return stopped

    def _refuse_open_filer(self) -> None:
        """Refuse to run if the keys have not closed the filer.

        Without them, anyone on this machine could destroy locked objects.
        """
        status = httpx.get(
            f"{self.place.url('s3_filer')}/", timeout=10, trust_env=False, verify=PLAIN
        ).status_code
        if status != httpx.codes.UNAUTHORIZED:
            self.stop()
            raise Problem(
                f"SeaweedFS's filer accepts requests without a key (HTTP {status}).",
                log=self.log,
                mend="Install the pinned version again: make venv",
            )

    def _fsync(self) -> None:
        """Let the filer fsync every write below /buckets/.

        The setting is kept in its data, so that once is enough.
        """
        done = self.data / "fsync"
        if done.exists():
            return
        order = "fs.configure -locationPrefix=/buckets/ -fsync -apply\n"
        shell = [str(BIN / "weed"), "shell", f"-master=127.0.0.1:{self.place.port('s3_master')}"]
        answer = subprocess.run(
            shell,
            input=order,
            capture_output=True,
            text=True,
            timeout=60,
            env=self.environment(),
            check=False,
        )
        if not re.search(r'"fsync":\s+true', answer.stdout):
            raise Problem(
                f"SeaweedFS did not accept the fsync setting: {answer.stdout}{answer.stderr}",
                log=self.log,
                mend="See its log.",
            )
        done.touch()
