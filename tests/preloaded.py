"""What the process from which running.py forks has ready: all commands, all platforms, and boto3's data."""

from __future__ import annotations

import gc
import importlib
import pkgutil

from pydantic import SecretStr

import recordroom.cli
from recordroom.archive import store
from recordroom.platforms.registry import list_names

for _module in pkgutil.iter_modules(recordroom.cli.__path__):
    importlib.import_module(f"recordroom.cli.{_module.name}")
list_names()
# the session keeps the description of S3, which takes a third of a second to read; nothing is connected
store.connect_to("http://127.0.0.1:1", "us-east-1", SecretStr("none"), SecretStr("none"))

gc.freeze()  # as conftest.py does
