"""The imports of the process from which running.py forks: all commands of the command line."""

from __future__ import annotations

import gc
import importlib
import pkgutil

import recordroom.cli

for _module in pkgutil.iter_modules(recordroom.cli.__path__):
    importlib.import_module(f"recordroom.cli.{_module.name}")

gc.freeze()  # as conftest.py does
