"""Refuses what LinkedIn would not answer: the shapes of linkedin_shapes.py as JSON Schema, no field beyond
them, its headers.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from infra.sandbox.validation import Invalid
from infra.sandbox.validation.judging import Judge
from infra.sandbox.validation.linkedin_shapes import BATCHES, LISTED, ONE_OF, SHAPES

Schema = dict[str, Any]
PLAIN: dict[str, Schema] = {
    "string": {"type": "string"},
    "bool": {"type": "boolean"},
    "count": {"type": "integer", "minimum": 0},
    "number": {"type": "number"},
    "ms": {"type": "integer", "minimum": 10**12, "maximum": 10**13},
    "url": {"type": "string", "pattern": r"^https?://[^\s<>\"]+$"},
}
KEY = r"[\w-]+"
ACTIVITY, COMMENT = r"urn:li:activity:\d+", r"urn:li:comment:\(urn:li:activity:\d+,\d+\)"
ACTOR = rf"urn:li:(?:person|organization):{KEY}"
COMPOSED = {  # URNs with parts
    "comment": COMMENT,
    "shortComment": r"urn:li:comment:\(activity:\d+,\d+\)",  # as notifications write it
    "like": rf"urn:li:like:\({ACTOR},(?:{COMMENT}|{ACTIVITY})\)",
    "reaction": rf"urn:li:reaction:\({ACTOR},(?:{COMMENT}|{ACTIVITY})\)",
}
MEDIA = {
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG",
    "video/mp4": b"\0\0\0\x18ftyp",
    "application/pdf": b"%PDF-",
    "text/vtt": b"WEBVTT",
}
STATUSES = {400, 401, 403, 404, 426, 429}
RESTLI = "2.0.0"


def urn_pattern(kinds: str) -> str:
    """`share|ugcPost` as a regular expression for the whole URN."""
    return "^(?:" + "|".join(COMPOSED.get(kind, f"urn:li:{kind}:{KEY}") for kind in kinds.split("|")) + ")$"


def schema_of(type_: str) -> Schema:
    if type_ in PLAIN:
        return PLAIN[type_]
    if type_[0] == "[":
        return {"type": "array", "items": schema_of(type_[1:-1])}
    if type_[0] == "{":
        return {"type": "object", "additionalProperties": schema_of(type_[1:-1])}
    if type_.startswith("urn:"):
        return {"type": "string", "pattern": urn_pattern(type_.removeprefix("urn:"))}
    return {"$ref": f"#/$defs/{type_}"} if type_ in SHAPES else {"enum": type_.split("|")}


def _table(name: str) -> Schema:
    shape = SHAPES[name]
    made: Schema = {
        "type": "object",
        "properties": {field.rstrip("?"): schema_of(type_) for field, type_ in shape.items()},
        "required": [field for field in shape if not field.endswith("?")],
        "additionalProperties": False,
    }
    return made if name not in ONE_OF else {**made, "required": [], "minProperties": 1, "maxProperties": 1}


def _closed(**properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


@cache
def _definitions() -> Schema:
    tables = {name: _table(name) for name in SHAPES}
    lists = {
        f"{name}s": _closed(paging=schema_of("Paging"), elements=schema_of(f"[{name}]")) for name in LISTED
    }
    batch = {
        f"{name}Batch": _closed(
            results=schema_of(f"{{{name}}}"), statuses=schema_of("{count}"), errors=schema_of("{Error}")
        )
        for name in BATCHES
    }
    return tables | lists | batch


@cache
def _judge(kind: str) -> Judge:
    if kind not in _definitions():
        raise Invalid(f"LinkedIn answers nothing of the kind {kind}")
    return Judge({"$ref": f"#/$defs/{kind}", "$defs": _definitions()})


def _refuse(kind: str, answer: Any) -> None:
    _judge(kind).refuse(kind, answer)


def check(kind: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """`kind`: a table of linkedin_shapes.py, `Posts` for a page of them, `PostBatch` for several by their
    keys.
    """
    answer = json.loads(body)
    if headers["Content-Type"] != "application/json":
        raise Invalid(f"{kind}: {headers['Content-Type']} is not JSON")
    if headers.get("X-RestLi-Protocol-Version") != RESTLI:
        raise Invalid(f"{kind}: without X-RestLi-Protocol-Version")
    if status == 200:
        _refuse(kind, answer)
        return
    _refuse("Error", answer)
    if (
        status not in STATUSES
        or answer["status"] != status
        or headers.get("X-RestLi-Error-Response") != "true"
    ):
        raise Invalid(f"{kind}: {status} is no status of this error: {answer}")


def check_oauth(kind: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """A token, what is known of one, or why there is none."""
    if not re.fullmatch("application/json(;.*)?", headers["Content-Type"]) or status not in (200, 400, 401):
        raise Invalid(f"{kind}: {status} {headers['Content-Type']}")
    _refuse(kind if status == 200 else "OAuthError", json.loads(body))


def check_media(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """A file of the content network, or its refusal in plain text."""
    kind = headers["Content-Type"].partition(";")[0]
    if status != 200:
        if status not in (403, 404) or kind != "text/plain":
            raise Invalid(f"a media file: {status} {kind}")
    elif not body.startswith(MEDIA.get(kind, b"\0no such type")):
        raise Invalid(f"a media file that is no {kind}")
