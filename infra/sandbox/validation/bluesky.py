"""Refuse responses that Bluesky would not give, according to its lexicons.

They are the models of the package atproto, read strictly.

The models are lenient, because a client must accept newer servers: they keep unknown fields, accept their own
snake_case names, and turn a union member or record that does not fit into a plain mapping. Here each of these
is an error. The CIDs of records and blobs are computed and compared.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain
from typing import Any, cast

from pydantic import BaseModel, ValidationError

from infra.sandbox.faces.cid import blob_cid, record_cid  # checked against a real PDS
from infra.sandbox.validation import Invalid
from infra.sandbox.validation.signatures import has_signature

RATE_HEADERS = {
    "RateLimit-Limit": r"\d+",
    "RateLimit-Remaining": r"\d+",
    "RateLimit-Reset": r"\d{10}",
    "RateLimit-Policy": r"\d+;w=\d+",
}
# method -> module and type of its response, where it is defined outside of the method
RESPONSES = {"app.bsky.actor.getProfile": ("app.bsky.actor.defs", "ProfileViewDetailed")}
UNKNOWN = {"did_doc"}  # fields of the lexicons' type `unknown`, which accepts anything


@cache
def model(nsid: str) -> type[BaseModel]:
    """Return the model of a method's response; raise Invalid if there is none."""
    from atproto_client import models  # type: ignore[import-untyped]  # deferred: it takes a second

    module, name = RESPONSES.get(nsid, (nsid, "Response"))
    try:
        namespace = getattr(models, "".join(part[:1].upper() + part[1:] for part in module.split(".")))
        found = getattr(namespace, name)
    except AttributeError:
        raise Invalid(f"the lexicons know no answer of {nsid}") from None
    return cast("type[BaseModel]", found)


def find_undescribed(value: Any, path: str = "$") -> Iterator[str]:
    """Yield the places of a parsed response that no lexicon describes."""
    if type(value).__name__ == "DotDict":  # the models' type for a value that fits none of them
        yield f"{path}: {str(value.to_dict())[:200]} fits no lexicon"
    elif isinstance(value, BaseModel):
        yield from (f"{path}.{name}: not in the lexicon" for name in value.model_extra or ())
        for name in type(value).model_fields.keys() - UNKNOWN:
            yield from find_undescribed(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from find_undescribed(one, f"{path}[{number}]")


def find_snake_names(value: Any, path: str = "$") -> Iterator[str]:
    """Yield fields with snake_case names, which no server writes."""
    if isinstance(value, dict):
        for name, one in value.items():
            if "_" in name:
                yield f"{path}.{name}: not in the lexicon"
            yield from find_snake_names(one, f"{path}.{name}")
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from find_snake_names(one, f"{path}[{number}]")


def find_wrong_cids(value: Any, path: str = "$") -> Iterator[str]:
    """Yield records with a `cid` that is not the one of their content.

    The AppView writes {cid, record}, a PDS {cid, value}.
    """
    if isinstance(value, dict):
        content, cid = value.get("record", value.get("value")), value.get("cid")
        if isinstance(content, dict) and "$type" in content and isinstance(cid, str):
            expected = record_cid(content)
            yield from [f"{path}.cid: {cid} is not {expected}"] if cid != expected else []
        for name, one in value.items():
            yield from find_wrong_cids(one, f"{path}.{name}")
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from find_wrong_cids(one, f"{path}[{number}]")


def check_blob(headers: Mapping[str, str], body: bytes, cid: str) -> None:
    """Check a blob against its CID and its content type."""
    if blob_cid(body) != cid:
        raise Invalid(f"a blob that is not {cid}")
    if not has_signature(body, headers["Content-Type"]):
        raise Invalid(f"a blob that is no {headers['Content-Type']}")


def check_picture(cid: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check a picture of the AppView's own service."""
    if status == 200:
        check_blob(headers, body, cid)


def check_error(nsid: str, status: int, answer: Any) -> None:
    """Check an XRPC error: a name without spaces, and a message."""
    is_named = isinstance(answer, dict) and answer.keys() == {"error", "message"}
    if not is_named or not all(isinstance(one, str) for one in answer.values()):
        raise Invalid(f"{nsid} {status}: {answer} is no XRPC error")
    if not re.fullmatch(r"[A-Z]\w+", answer["error"]):
        raise Invalid(f"{nsid} {status}: {answer['error']!r} is no name of an error")


def check(nsid: str, status: int, headers: Mapping[str, str], body: bytes, *, cid: str = "") -> None:
    """Check a response to a method; `cid`: that of the blob to return."""
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
    if problem := next(
        chain(find_snake_names(answer), find_wrong_cids(answer), find_undescribed(parsed)), None
    ):
        raise Invalid(f"{nsid}: {problem}")
    return None
