"""Refuses what Bluesky would not answer: the lexicons as the models of the package atproto, read strictly.

The models alone are lenient for good reason (a client must live with newer servers): they keep unknown
fields, accept their own snake_case names, and turn a union member or a record that does not fit into a plain
mapping. Here each of these is an error, and CIDs are computed again from the records and blobs that they
stand beside.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, cast

from pydantic import BaseModel, ValidationError

from infra.sandbox.faces.cid import blob_cid, record_cid  # checked against a real PDS
from infra.sandbox.validation import Invalid

RATE_HEADERS = {
    "RateLimit-Limit": r"\d+",
    "RateLimit-Remaining": r"\d+",
    "RateLimit-Reset": r"\d{10}",
    "RateLimit-Policy": r"\d+;w=\d+",
}
ANSWERS = {
    "app.bsky.actor.getProfile": ("app.bsky.actor.defs", "ProfileViewDetailed")
}  # their answer is a type defined elsewhere
UNKNOWN = {"did_doc"}  # fields of the lexicons' type `unknown`: anything goes
BLOBS = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG"}


@cache
def model(nsid: str) -> type[BaseModel]:
    """The model of a method's answer; Invalid where the lexicons have no such method."""
    from atproto_client import models  # type: ignore[import-untyped]  # takes a second: not before it is needed

    module, name = ANSWERS.get(nsid, (nsid, "Response"))
    try:
        found = getattr(
            getattr(models, "".join(part[:1].upper() + part[1:] for part in module.split("."))), name
        )
    except AttributeError:
        raise Invalid(f"the lexicons know no answer of {nsid}") from None
    return cast("type[BaseModel]", found)


def loose_ends(value: Any, path: str = "$") -> Iterator[str]:
    """Where a parsed answer holds what no lexicon describes."""
    if type(value).__name__ == "DotDict":  # the models' word for: whatever this is
        yield f"{path}: {str(value.to_dict())[:200]} fits no lexicon"
    elif isinstance(value, BaseModel):
        yield from (f"{path}.{name}: not in the lexicon" for name in value.model_extra or ())
        for name in type(value).model_fields.keys() - UNKNOWN:
            yield from loose_ends(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from loose_ends(one, f"{path}[{number}]")


def snake_names(value: Any, path: str = "$") -> Iterator[str]:
    """Python's names of fields, which the models accept and no server writes."""
    if isinstance(value, dict):
        for name, one in value.items():
            if "_" in name:
                yield f"{path}.{name}: not in the lexicon"
            yield from snake_names(one, f"{path}.{name}")
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from snake_names(one, f"{path}[{number}]")


def wrong_cids(value: Any, path: str = "$") -> Iterator[str]:
    """Records whose `cid` is not the one of their content: {cid, record} of the AppView, {cid, value} of a
    PDS.
    """
    if isinstance(value, dict):
        content = value.get("record", value.get("value"))
        if (
            isinstance(content, dict)
            and "$type" in content
            and isinstance(value.get("cid"), str)
            and value["cid"] != record_cid(content)
        ):
            yield f"{path}.cid: {value['cid']} is not {record_cid(content)}"
        for name, one in value.items():
            yield from wrong_cids(one, f"{path}.{name}")
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from wrong_cids(one, f"{path}[{number}]")


def check_blob(headers: Mapping[str, str], body: bytes, cid: str) -> None:
    if blob_cid(body) != cid:
        raise Invalid(f"a blob that is not {cid}")
    if not body.startswith(BLOBS.get(headers["Content-Type"], b"\0no such type")):
        raise Invalid(f"a blob that is no {headers['Content-Type']}")


def check_picture(cid: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """A picture of the AppView's own service."""
    if status == 200:
        check_blob(headers, body, cid)


def check_error(nsid: str, status: int, answer: Any) -> None:
    """The shape of all XRPC errors: a name without spaces, and a message."""
    if (
        not isinstance(answer, dict)
        or answer.keys() != {"error", "message"}
        or not all(isinstance(one, str) for one in answer.values())
    ):
        raise Invalid(f"{nsid} {status}: {answer} is no XRPC error")
    if not re.fullmatch(r"[A-Z]\w+", answer["error"]):
        raise Invalid(f"{nsid} {status}: {answer['error']!r} is no name of an error")


def check(nsid: str, status: int, headers: Mapping[str, str], body: bytes, *, cid: str = "") -> None:
    """`cid`: of the blob that com.atproto.sync.getBlob was asked for."""
    for name, form in RATE_HEADERS.items():
        if not re.fullmatch(form, headers.get(name, "")):
            raise Invalid(f"{nsid}: {name}: {headers.get(name)!r} is not {form}")
    if nsid == "com.atproto.sync.getBlob" and status == 200:
        return check_blob(headers, body, cid)
    answer = json.loads(body)
    if status != 200:
        return check_error(nsid, status, answer)
    try:
        parsed = model(nsid).model_validate(answer, context={"strict_string_format": True})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise Invalid(f"{nsid}: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from None
    problem = next((one for find in (snake_names, wrong_cids) for one in find(answer)), None) or next(
        loose_ends(parsed), None
    )
    if problem:
        raise Invalid(f"{nsid}: {problem}")
    return None
