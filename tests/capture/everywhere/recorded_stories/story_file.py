"""The recorded stories of a platform in a file: `<platform>.jsonl.xz`, one story a line.

Bodies of requests and responses are kept once, on lines of their own before the first story that has them,
under a hash; the compressor finds what is alike in different ones.
"""

from __future__ import annotations

import base64
import json
import lzma
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 32 << 20}]


@dataclass(slots=True)
class Exchange:
    """A request of a capture and its result."""

    method: str
    url: str
    sent: bytes = b""  # the body of the request
    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)  # of the response
    content: bytes = b""  # the body of the response
    failure: str = ""  # in place of a response: the name of an exception of httpx, or KILLED
    words: str = ""  # of the failure
    clock: str = ""  # the story's time after it, if it moved
    # what another machine did before the response came
    meanwhile: list[RecordedAction] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str, bytes]:
        """Return method, address, and body, which a replayed request shares with its recorded one."""
        return self.method, self.url, self.sent


@dataclass(slots=True)
class RecordedAction:
    """An action on the archive, the requests that it made, and its result."""

    name: str
    argument: str
    machine: str
    clock: str  # the story's time before it
    exchanges: list[Exchange] = field(default_factory=list)
    outcome: dict[str, Any] = field(default_factory=dict)

    @property
    def is_capture(self) -> bool:
        return self.name.startswith("capture")


@dataclass(slots=True)
class RecordedStory:
    """The story of one seed: actions, exchanges, and results."""

    platform: str
    seed: int
    parts: list[int]  # the values of SmallParts
    actions: list[RecordedAction] = field(default_factory=list)
    results: dict[str, Any] = field(default_factory=dict)  # archived records and gaps at the end (results.py)
    steps: list[str] = field(default_factory=list)  # what happened, in words

    @property
    def captures(self) -> list[RecordedAction]:
        """Return the captures in order, including those of another machine during one of them."""
        found: list[RecordedAction] = []

        def add(actions: Sequence[RecordedAction]) -> None:
            for action in actions:
                if action.is_capture:
                    found.append(action)
                for exchange in action.exchanges:
                    add(exchange.meanwhile)

        add(self.actions)
        return found


def path_of(platform: str, folder: Path = FOLDER) -> Path:
    return folder / f"{platform}.jsonl.xz"


def write(stories: Sequence[RecordedStory], path: Path) -> None:
    """Write the stories; the same stories make the same bytes."""
    known: set[str] = set()
    with lzma.open(path, "wb", check=lzma.CHECK_SHA256, filters=FILTERS) as file:
        for story in stories:
            bodies: dict[str, bytes] = {}
            line = _line({**_plain(story, bodies)})
            for name, body in bodies.items():
                if name not in known:
                    known.add(name)
                    file.write(_line({"name": name, **_body(body)}))
            file.write(line)


def read(path: Path, seeds: Sequence[int] | range) -> Iterator[RecordedStory]:
    """Yield the stories of these seeds."""
    bodies: dict[str, bytes] = {"": b""}
    with lzma.open(path, "rb") as file:
        for line in file:
            if line.startswith(b'{"name":'):
                told = json.loads(line)
                text = told.get("text")
                bodies[told["name"]] = base64.b64decode(told["base64"]) if text is None else text.encode()
            elif (raw := json.loads(line))["seed"] in seeds:
                actions = [_action(action, bodies) for action in raw.pop("actions")]
                yield RecordedStory(**raw, actions=actions)


def _line(raw: dict[str, Any]) -> bytes:
    return json.dumps(raw, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _body(body: bytes) -> dict[str, str]:
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def _plain(story: RecordedStory, bodies: dict[str, bytes]) -> dict[str, Any]:
    """Return it in JSON's form without empty values, and add the bodies to `bodies`."""

    def kept(body: bytes) -> str:
        if not body:
            return ""
        name = sha256(body).hexdigest()[:16]
        bodies[name] = body
        return name

    def exchange(one: Exchange) -> dict[str, Any]:
        found = {name: getattr(one, name) for name in Exchange.__slots__}
        found |= {
            "sent": kept(one.sent),
            "content": kept(one.content),
            "meanwhile": [action(it) for it in one.meanwhile],
        }
        return {name: value for name, value in found.items() if value}

    def action(one: RecordedAction) -> dict[str, Any]:
        found = {name: getattr(one, name) for name in RecordedAction.__slots__}
        return found | {"exchanges": [exchange(it) for it in one.exchanges]}

    found = {name: getattr(story, name) for name in RecordedStory.__slots__}
    return found | {"actions": [action(one) for one in story.actions]}


def _action(raw: dict[str, Any], bodies: dict[str, bytes]) -> RecordedAction:
    return RecordedAction(**raw | {"exchanges": [_exchange(one, bodies) for one in raw["exchanges"]]})


def _exchange(raw: dict[str, Any], bodies: dict[str, bytes]) -> Exchange:
    more = {name: bodies[raw.get(name, "")] for name in ("sent", "content")}
    headers = [(name, value) for name, value in raw.get("headers", [])]
    meanwhile = [_action(one, bodies) for one in raw.get("meanwhile", [])]
    return Exchange(**raw | more | {"headers": headers, "meanwhile": meanwhile})
