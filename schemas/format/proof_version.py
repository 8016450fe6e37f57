"""Checks one version in the folder that proves one record. Part of check_proof.py.

The numbers in comments are sections of archive-format.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, partial
from typing import Any

from consistency import is_complete, is_item, is_listed, read_exchange
from parsing_rules import version
from proof_anchors import Anchors, Step
from proof_quotations import Quotation
from proof_reader import UNREADABLE, Folder, Wrong, digest, name_exchange, show
from recompute import Response, rules_of


def quote(content: dict[str, Any]) -> list[Quotation]:
    """Return what the page shows of a content, in order."""
    found = [(kind, content[kind]) for kind in ("title", "text") if kind in content]
    return [(kind, words) for kind, words in found if kind == "title" or words]


def describe(quotations: list[Quotation]) -> str:
    return ", ".join(f"{kind} {show(words)}" for kind, words in quotations) or "no title and no text"


class Version:
    """One version of the record, with what its ledger entry says of it. Fails if the entry cannot be read.

    one: the version in proof.json. It says where to look. Each step reads the folder itself.
    """

    def __init__(self, folder: Folder, anchors: Anchors, record: str, one: dict[str, Any]) -> None:
        self.folder, self.anchors, self.record, self.one = folder, anchors, record, one
        self.ledger, self.number = one["ledger"], one["entry"]
        self.body = folder.entry(self.ledger, self.number).body
        self.delta: dict[str, Any] = one["delta"]
        self.where = self.delta.get("content")  # where the text is, if not in the response of this version
        self.id: str = self.delta["warc_record_id"]

    # -- proof.json

    def is_stated(self) -> bool:  # 9.3, 9.8
        place = f"capture/{self.body['platform']}/{self.body['account']}"
        own = self.body["account"] == self.one["account"] and self.delta["record_id"] == self.record
        return own and place == self.ledger and self.delta in self.body["deltas"]

    def is_described(self) -> bool:
        """Whether proof.json says of the anchor, the evidence, and the files what the folder says."""
        exchanges = [self.id, self.where["warc_record_id"]] if self.where else [self.id]
        files = [
            file["sha256"] for _, file in sorted(self.delta.get("media", {}).items()) if "sha256" in file
        ]
        anchor, upto = self.anchors.find(self.ledger, self.number)
        expected = {
            "anchor": anchor,
            "anchored_entry": upto,
            "exchanges": [name_exchange(name) for name in exchanges],
            "media": [f"media/sha256/{name[:2]}/{name}" for name in files],
            "evidence": {name: self.evidence[name] for name in ("key", "sha256", "bytes")},
            "evidence_in_folder": self.folder.has(self.evidence["key"]),
        }
        if different := [name for name, value in expected.items() if self.one[name] != value]:
            raise Wrong(f"proof.json has another {', another '.join(different)}")
        return True

    # -- the text

    @property
    def parser(self) -> str:
        return str(self.delta["canon"].partition("/")[2])

    @cached_property
    def recomputed(self) -> dict[str, Any]:  # 6.3
        """The content that the rules read from the response."""
        where, rules = self.where or self.delta, rules_of(self.parser)
        if rules is None:
            raise Wrong(f"there are no parsing rules for {self.parser}")
        name = where["warc_record_id"]
        return rules.read(Response.read(self.folder.exchange(name), name).item(where["pointer"]))

    @cached_property
    def proven(self) -> dict[str, Any] | None:
        """The content with the hash in the entry; None if the folder has none."""
        if self.has_hash(self.one["content"]):
            return dict(self.one["content"])
        try:
            return self.recomputed if self.has_hash(self.recomputed) else None
        except UNREADABLE:
            return None

    def has_hash(self, content: object) -> bool:
        try:
            return isinstance(content, dict) and version(content) == self.delta["version"]
        except UnicodeEncodeError:  # half a character
            return False

    def is_content(self) -> bool:
        content = self.one["content"]
        if not self.has_hash(content):
            raise Wrong(self._compare("proof.json", content))
        return True

    def is_recomputed(self) -> bool:
        if not self.has_hash(self.recomputed):
            raise Wrong(self._compare("the response", self.recomputed))
        return True

    def _compare(self, where: str, content: dict[str, Any]) -> str:
        words = f"{where} has {describe(quote(content))}, with the hash {version(content)}"
        words += f"; the entry has the hash {self.delta['version']}"
        return f"{words}, which is that of {describe(quote(self.proven))}" if self.proven else words

    @property
    def quotations(self) -> list[Quotation]:
        """What the page must show of this version."""
        if self.one["content"] is None:
            return []
        return quote(self.proven or self.one["content"])

    # -- the response

    def is_sound(self) -> bool:  # 7.2
        lengths = {self.id: self.place[1]}
        if self.where:
            lengths[self.where["warc_record_id"]] = self.where["length"]
        found = {name: self.folder.exchange(name) for name in lengths}
        return all(len(data) == lengths[name] and is_complete(data, name) for name, data in found.items())

    @property
    def place(self) -> tuple[int, int]:  # 7.2: offset and length in the evidence object
        [own] = [one for one in self.evidence["records"] if one["id"] == self.id]
        return own["offset"], own["length"]

    @property
    def evidence(self) -> dict[str, Any]:  # 9.3: the evidence object with the response
        for item in self.body["evidence"]:
            if any(one["id"] == self.id for one in item["records"]):
                return dict(item)
        raise Wrong("the entry does not name the response")

    def is_listed(self) -> bool:  # 7.3
        noted = read_exchange(self.folder.exchange(self.id), self.id)[1]
        if not self.where:
            return is_listed(self.record, self.delta["pointer"], noted)
        said = [one["status"] for one in noted["absences"] if one["record_id"] == self.record]
        earlier = self.where["warc_record_id"]
        items = read_exchange(self.folder.exchange(earlier), earlier)[1]
        return self.delta["status"] in said and is_item(self.record, self.where["pointer"], items)

    def is_dated(self) -> bool:  # 7.2
        return bool(read_exchange(self.folder.exchange(self.id), self.id)[0] == self.delta["captured_at"])

    def has_object(self) -> bool:  # 9.3
        item = self.evidence
        data, (offset, length) = self.folder.read(item["key"]), self.place
        part = data[offset : offset + length] == self.folder.exchange(self.id)
        return part and (len(data), digest(data)) == (item["bytes"], item["sha256"])

    def has_file(self, file: dict[str, Any]) -> bool:  # 8
        data = self.folder.read(f"media/sha256/{file['sha256'][:2]}/{file['sha256']}")
        return (len(data), digest(data)) == (file["bytes"], file["sha256"])

    # -- all of it

    def list_steps(self) -> Iterator[Step]:
        yield f"entry {self.number} of {self.ledger} has exactly what proof.json says", self.is_stated
        yield "proof.json says of its anchor, evidence, and files what the folder says", self.is_described
        if self.anchors.find(self.ledger, self.number)[0] is None:
            yield "no anchor in this folder names its ledger entry", None
        yield from self.anchors.list_links(self.ledger, self.number)
        yield from self.list_response_steps()
        if self.one["content"] is None:
            yield "READ-ME-FIRST.html and proof.json do not show the text", None
        else:
            yield "the text in proof.json has the hash in the entry", self.is_content
        if rules_of(self.parser) is None:
            yield f"there are no parsing rules for {self.parser}: read the response yourself", None
        else:
            yield "the rules read content with the hash in the entry from the response", self.is_recomputed
        if (status := self.delta["status"]) != "visible" and not self.where:
            yield f"the status {status!r}: the rules do not read it. Read the response yourself", None
        yield from self.list_file_steps()

    def list_response_steps(self) -> Iterator[Step]:
        yield "the stored response is complete, and has its own digests", self.is_sound
        yield "the capture found the record at that place of the response", self.is_listed
        if "import" in self.body:
            yield "it comes from a file that was given to the agency, not from the platform", None
        else:
            yield f"the response was received at {self.delta['captured_at']}", self.is_dated
        if self.folder.has(self.evidence["key"]):
            yield "the complete evidence file has its hash, and this response", self.has_object
        else:
            yield "the hash of the complete evidence file, which is not in this folder", None

    def list_file_steps(self) -> Iterator[Step]:
        for name, file in sorted(self.delta.get("media", {}).items()):
            if "sha256" in file:
                yield f"the file {name} has the hash in the entry", partial(self.has_file, file)
            else:
                yield f"the file {name} was never archived: {file.get('missing_reason')}", None
