"""A submission: files that a person submits and attests.

They may come from a personal account, or show what could not be captured. A JSON document records who submits
them, the day, and the attestation. The document is the file that is imported, and the files are its media.
Nothing in it comes from the platform: the record says whose claim it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

from recordroom.canonical import encode_canonical, sha256
from recordroom.errors import ImportRefused, UsageError
from recordroom.imports.contract import About, Form, ImportPiece, Reject
from recordroom.imports.files import ImportFiles, digest_of
from recordroom.imports.record_fields import Wrong, record_from
from recordroom.model import Exchange, Record
from recordroom.platforms.html_text import file_kind
from recordroom.register.models import Account
from recordroom.text import replace_surrogates

FORM = Form("submission", "submission", parser=2, says=frozenset(("text", "title", "media")), asked=True)


@dataclass(frozen=True, slots=True)
class Claim:
    """A submitter's claim."""

    submitter: str
    on: date  # the day of the submission
    attestation: str
    # fields of schemas/record.yaml from the submitter: text, url, kind, published_at, author_name
    about: Mapping[str, Any]

    def told(self) -> dict[str, str]:
        return {"submitter": self.submitter, "on": self.on.isoformat(), "attestation": self.attestation}


class Submitted(ImportFiles):
    """The document of a submission, with its files wherever they are."""

    def __init__(self, files: Sequence[Path], claim: Claim, room: Path) -> None:
        for path in files:
            if not path.is_file() or path.stat().st_size == 0:
                raise UsageError(f"{path} is not a file, or is empty", "Name the files to submit.")
        names = _distinct([replace_surrogates(path.name) for path in files])
        listed = [
            {"name": n, "sha256": digest_of(p), "bytes": p.stat().st_size}
            for n, p in zip(names, files, strict=True)
        ]
        document = {**claim.told(), "about": dict(claim.about), "files": listed}
        room.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = room / f"submission-{sha256(encode_canonical(document))[:16]}.json"
        path.write_text(json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
        super().__init__(path, room)
        self._others = dict(zip(names, files, strict=True))
        self._hashes = {one["name"]: one["sha256"] for one in listed}

    def chunks(self, name: str) -> Iterator[bytes]:
        """Read a file; ImportRefused at its end if its hash is not the document's.

        That happens if the file was written to after the document was made.
        """
        digest = hashlib.sha256()
        for chunk in super().chunks(name):
            digest.update(chunk)
            yield chunk
        if digest.hexdigest() != self._hashes[name]:
            raise ImportRefused(
                f"{name} changed during the submission", "Nothing was stored. Submit the files again."
            )

    def close(self) -> None:
        super().close()
        self.path.unlink(missing_ok=True)


def recognize(files: ImportFiles) -> bool:
    return isinstance(files, Submitted)


def about(files: ImportFiles) -> About:  # noqa: ARG001 (a submission says nothing of whose account it is)
    return About()


def pieces(files: ImportFiles, account: Account, mapping: None) -> Iterator[ImportPiece | Reject]:  # noqa: ARG001
    yield ImportPiece(files.whole(files.name), "application/json", "submission")


def parse(exchange: Exchange) -> Iterator[Record | Reject]:
    document = json.loads(exchange.body)
    kept: dict[str, str] = {}
    for file in document["files"]:
        kept.setdefault(file["sha256"], file["name"])  # files with the same bytes are kept once
    media = [{"file": name, "identity": digest, "type": file_kind(name)} for digest, name in kept.items()]
    names = ", ".join(f["name"] for f in document["files"])
    told = {"kind": "post", "title": f"Handed in: {names}", **document["about"], "media": media}
    native = f"submission/{sha256(exchange.body)[:32]}"
    platform = exchange.context["platform"]
    try:
        yield record_from({**told, "native_id": native, "record_id": f"{platform}:{native}"}, platform, "")
    except Wrong as problem:
        yield Reject("the submission", str(problem))


def _distinct(names: list[str]) -> list[str]:
    """Give each file its own name, since files of different folders may share one."""
    given: list[str] = []
    for place, name in enumerate(names, 1):
        free = (f"{number}-{name}" for number in count(place))
        given.append(
            name if name not in given else next(one for one in free if one not in given and one not in names)
        )
    return given
