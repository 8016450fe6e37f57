"""The base of measures: real services in a temporary place, with a copy of the kept archives."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from infra.local.services.elasticsearch import Elasticsearch
from infra.local.services.seaweedfs import SeaweedFS
from infra.local.support.place import Place
from infra.local.support.ports import free_base
from recordroom.settings import Settings
from tests.bench.archives import HEAP, Archives, Crowds, find_or_build, open_archives
from tests.bench.measure import say
from tests.services import S3


@dataclass
class Ground:
    """Services and archives of one run."""

    rows: int  # size of everything
    cache: Path  # downloaded and built parts of services
    stack: ExitStack  # stops the services and removes the place
    with_archives: bool  # False: no chosen measure reads them

    @cached_property
    def place(self) -> Place:
        root = Path(tempfile.mkdtemp(prefix="recordroom-bench-"))
        self.stack.callback(shutil.rmtree, root)
        if self.with_archives:
            kept = find_or_build(self.rows, self.cache)
            shutil.copytree(
                kept, root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.sock", "pids", "logs")
            )
            say(f"copied the data: {sum(path.stat().st_size for path in root.rglob('*')) / 1e9:.1f} GB")
        return Place(root, free_base(), self.cache)

    @cached_property
    def s3(self) -> S3:
        service = SeaweedFS(self.place)
        self.stack.enter_context(service.running())
        return S3.of(service)

    @cached_property
    def elasticsearch(self) -> str:
        service = Elasticsearch(self.place, heap=HEAP)
        self.stack.enter_context(service.running())
        return service.url

    @cached_property
    def archives(self) -> Archives:
        return open_archives(self.place.root, self.s3, self.elasticsearch)

    @property
    def story(self) -> Settings:
        return self.archives.story

    @property
    def crowd(self) -> Crowds:
        return self.archives.crowd
