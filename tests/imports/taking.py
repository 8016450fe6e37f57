"""How the tests import a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recordroom.capture.file_import.report import ImportReport
from recordroom.capture.file_import.run import ImportOrder, import_file
from recordroom.imports import registry
from recordroom.imports.files import ImportFiles
from tests.archives import TestArchive
from tests.capture.stage import Play


def take(
    archive: TestArchive,
    name: str,
    path: Path,
    *,
    mapping: Mapping[str, Any] | None = None,
    form: str | None = None,
    **order: Any,
) -> ImportReport:
    files = ImportFiles(path, archive.place.settings.spool)
    account = archive.account(name)
    try:
        named = form or ("table" if mapping else None)
        importer = registry.find_importer(named) if named else registry.recognize(files, account.platform)
        return import_file(
            archive.place, archive.register, account, ImportOrder(files, importer, mapping=mapping, **order)
        )
    finally:
        files.close()


def taken(play: Play, path: Path, **more: Any) -> ImportReport:
    return take(play.archive, play.name, path, **more)
