"""A Bluesky repository: every record that the account has.

It comes from `Settings > Account > Export my data`, or from com.atproto.sync.getRepo. It is a CAR file,
version 1 (https://ipld.io/specs/transport/car/carv1/), of DAG-CBOR blocks: a signed commit, a tree of keys
(https://atproto.com/specs/repository), and the records. Each block is checked against the hash that names it;
the signature is not checked. The tree is read from the commit, so that only what the repository has now is
imported. A record becomes evidence in the form of com.atproto.repo.getRecord ({uri, cid, value}), and is
parsed by the connector.

It never has: what others wrote, images and videos (put them into the file's folder as `blobs/<cid>`), counts,
anything deleted or edited. Likes, follows, blocks, and lists are no writings. Records of other programs (a
blog, for example) are reported.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from typing import IO, Any

import libipld
import orjson

from recordroom.errors import ImportRefused, PlatformFailure
from recordroom.imports.contract import About, Form, Found, ImportPiece, Passed, Reject
from recordroom.imports.files import ImportFiles
from recordroom.imports.split import LARGEST_ITEM, Item, batches
from recordroom.model import Exchange, Record, moment
from recordroom.platforms import bluesky
from recordroom.register.models import Account

FORM = Form(
    "car",
    "Bluesky repository",
    parser=1,
    says=frozenset(("text", "author_id", "media")),
    platforms=("bluesky",),
)
POST, REPOST = "app.bsky.feed.post", "app.bsky.feed.repost"
_OF_BLUESKY = ("app.bsky.", "chat.bsky.")  # namespaces whose other collections have no writings
# beginnings of CIDs of a record and of a blob: CIDv1 over SHA-256
_LINKS = (b"\x01\x71\x12\x20", b"\x01\x55\x12\x20")
_CID = 36
_DEEPEST = 64


def recognize(files: ImportFiles) -> bool:
    if not files.alone:
        return False
    with files.open(files.name) as file:
        try:
            return bool(_header(file))
        except _Broken:
            return False


def about(files: ImportFiles) -> About:
    with files.open(files.name) as file:
        return About(native_id=_Car(file, files.name).did)


def pieces(files: ImportFiles, account: Account, mapping: None) -> Iterator[ImportPiece | Reject]:  # noqa: ARG001
    with files.open(files.name) as file:
        car = _Car(file, files.name)
        for batch in batches(car.items()):
            if isinstance(batch, Reject):
                yield batch
                continue
            body = b"[" + b",\n".join(item.raw for item in batch) + b"]"
            context = {"member": files.name, "first": batch[0].number, "account": car.did}
            yield ImportPiece(body, "application/json", f"record/{batch[0].number}", context)


def parse(exchange: Exchange) -> Iterator[Found]:
    for index, one in enumerate(orjson.loads(exchange.body)):
        collection = one["uri"].split("/")[3]
        try:
            if collection == POST:
                yield from _post(one, exchange, f"/{index}")
            elif collection == REPOST:
                yield _repost(one, f"/{index}")
            elif collection.startswith(_OF_BLUESKY):
                yield Passed(f"not a post: {collection}")
            else:
                yield Reject(
                    one["uri"],
                    f"{collection} is of another program than Bluesky: check whether it has posts",
                )
        except (PlatformFailure, KeyError, TypeError, ValueError) as problem:
            yield Reject(one["uri"], f"it is not in the expected form ({problem})")


def _post(one: dict[str, Any], exchange: Exchange, pointer: str) -> Iterator[Record]:
    for record in bluesky.parse(Exchange("GET", "", 200, (), orjson.dumps(one), exchange.context)):
        record.pointer = pointer
        for media in record.media:
            media.url, media.missing_reason = f"blobs/{media.identity}", None
        yield record


def _repost(one: dict[str, Any], pointer: str) -> Record:
    """Return a repost, which is a publication of the account.

    The words that it shares are another account's, and not in this file.
    """
    uri, did = one["uri"], one["uri"].split("/")[2]
    return Record(
        record_id=f"bluesky:{uri}",
        kind="post",
        native_id=uri,
        pointer=pointer,
        root_id=f"bluesky:{uri}",
        author_id=did,
        author_is_account=True,
        published_at=moment(one["value"]["createdAt"]),
        shared_id=f"bluesky:{one['value']['subject']['uri']}",
        leftover=tuple(
            f"record.{name}"
            for name in sorted(one["value"].keys() - {"$type", "createdAt", "subject", "via"})
        ),
    )


class _Broken(Exception):
    pass


class _Car:
    """The blocks of a CAR file, by their CIDs."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file = file
        self._last = b""  # the last key that the walk has passed
        try:
            [root, *_] = _header(file)
            self._blocks = dict(_indexed(file))
            commit = self._decoded(root)
            self.did: str = commit["did"]
            self._top: bytes = commit["data"]
        except (_Broken, ValueError, KeyError, TypeError) as problem:
            raise ImportRefused(
                f"{name} is not a complete repository: {problem}", "Download it again."
            ) from problem

    def items(self) -> Iterator[Item | Reject]:
        number = 0
        try:
            for number, (key, cid) in enumerate(self._walk(self._top, 0), 1):
                yield self._item(number, f"at://{self.did}/{key}", cid)
        except (_Broken, ValueError, KeyError, TypeError) as problem:
            yield Reject(f"record {number + 1}", f"from here on the repository is damaged: {problem}")

    def _item(self, number: int, uri: str, cid: bytes) -> Item | Reject:
        """Return a record as an item; a damaged one is a Reject and hides no other."""
        if cid not in self._blocks:
            return Reject(uri, "the file does not contain it")
        try:
            return Item(
                number,
                orjson.dumps(
                    {"uri": uri, "cid": libipld.encode_cid(cid), "value": _plain(self._decoded(cid))}
                ),
            )
        except (_Broken, ValueError, TypeError, RecursionError) as problem:
            return Reject(uri, f"it cannot be read: {problem}")

    def _walk(self, node: bytes, depth: int) -> Iterator[tuple[str, bytes]]:
        """Return (collection/key, CID of the record), in order.

        A key repeats the beginning of the one before it in the same node. Each key must follow the one
        before: that check ends the walk of a malicious tree whose nodes are their own branches.
        """
        if depth > _DEEPEST:
            raise _Broken("its tree is deeper than that of a real repository")
        tree, key = self._decoded(node), b""
        if tree["l"] is not None:
            yield from self._walk(tree["l"], depth + 1)
        for entry in tree["e"]:
            key = key[: entry["p"]] + entry["k"]
            if key <= self._last:
                raise _Broken("its keys are not in order")
            self._last = key
            yield key.decode(), entry["v"]
            if entry["t"] is not None:
                yield from self._walk(entry["t"], depth + 1)

    def _decoded(self, cid: bytes) -> dict[str, Any]:
        """Return a block decoded.

        KeyError if the file does not have it; _Broken or ValueError if its bytes are not those that its name
        promises.
        """
        start, size = self._blocks[cid]
        self._file.seek(start)
        data = self._file.read(size)
        if hashlib.sha256(data).digest() != cid[4:]:
            raise _Broken(f"the content of block {libipld.encode_cid(cid)} does not match its name")
        decoded: dict[str, Any] = libipld.decode_dag_cbor(data)
        return decoded


def _header(file: IO[bytes]) -> list[bytes]:
    """Return the roots of a CAR file of version 1."""
    size = _number(file)
    data = file.read(size) if size and size < 4096 else b""
    try:
        found = libipld.decode_dag_cbor(data)
        if found["version"] == 1 and found["roots"]:
            return [bytes(root) for root in found["roots"]]
    except (ValueError, KeyError, TypeError):
        pass
    raise _Broken("it is not a CAR file of version 1")


def _indexed(file: IO[bytes]) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """Return (CID, (offset, bytes)) of each block."""
    start = file.tell()
    end = file.seek(0, 2)
    file.seek(start)
    while size := _number(file):
        if not _CID <= size <= LARGEST_ITEM:
            raise _Broken(f"it has a block of {size:,} bytes")
        cid = file.read(_CID)
        if not cid.startswith(_LINKS):
            raise _Broken("it has a block with an invalid name")
        yield cid, (file.tell(), size - _CID)
        if file.seek(size - _CID, 1) > end:
            raise _Broken("it ends before it is complete")


def _number(file: IO[bytes]) -> int:
    """Read an unsigned LEB128; 0 at the end of the file."""
    value = shift = 0
    while byte := file.read(1):
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
        shift += 7
        if shift > 56:
            break
    if shift:
        raise _Broken("it ends before it is complete")
    return 0


def _plain(value: Any) -> Any:
    """Return a value as the network's JSON.

    Links are {"$link": ...}, bytes are {"$bytes": ...}.
    """
    if isinstance(value, bytes):
        if len(value) == _CID and value.startswith(_LINKS):
            return {"$link": libipld.encode_cid(value)}
        return {"$bytes": base64.b64encode(value).decode().rstrip("=")}
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value
