"""A folder outside the archive that receives anchors."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from recordroom.archive import disk
from recordroom.errors import NotDelivered, SettingsError, SpoolFull

_REMEDY = (
    "Mount the folder (RECORDROOM_ANCHOR_DIR), correct its permissions, or free disk space there. Then run"
    " `recordroom anchor`."
)


@dataclass(frozen=True, slots=True)
class FolderDestination:
    """A folder, which is made if it is missing."""

    folder: Path
    is_copy: ClassVar[bool] = True

    @property
    def name(self) -> str:
        return f"folder {self.folder}"

    def list_files(self) -> Set[str]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return {file.name for file in self.folder.iterdir()}
        except OSError as problem:
            raise NotDelivered("the folder cannot be read", _REMEDY, str(problem)) from problem

    def put(self, files: Mapping[str, bytes]) -> bool:
        return all(self._put(self.folder / name, data) for name, data in files.items())

    @staticmethod
    def _put(file: Path, data: bytes) -> bool:
        try:
            if file.exists():
                return file.read_bytes() == data
            disk.put(file, data)
        except (OSError, SettingsError, SpoolFull) as problem:
            raise NotDelivered(f"{file.name} could not be written", _REMEDY, str(problem)) from problem
        return True
