"""Refuse responses that LinkedIn would not give, according to linkedin.json."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from infra.sandbox.validation import Invalid
from infra.sandbox.validation.schemas import Judge, read_description
from infra.sandbox.validation.signatures import PHOTOS, has_signature

DEFINITIONS: dict[str, Any] = read_description("linkedin")["$defs"]
FILES = (*PHOTOS, "video/mp4", "application/pdf", "text/vtt")
STATUSES = {400, 401, 403, 404, 426, 429}
RESTLI = "2.0.0"  # the version of the protocol


@cache
def _judge(kind: str) -> Judge:
    if kind not in DEFINITIONS:
        raise Invalid(f"LinkedIn answers nothing of the kind {kind}")
    return Judge({"$ref": f"#/$defs/{kind}"}, DEFINITIONS)


def check(kind: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check a response of the REST API.

    kind: a definition of linkedin.json; `Posts` is a page of them, `PostBatch` several by their keys.
    """
    response = json.loads(body)
    if headers["Content-Type"] != "application/json":
        raise Invalid(f"{kind}: {headers['Content-Type']} is not JSON")
    if headers.get("X-RestLi-Protocol-Version") != RESTLI:
        raise Invalid(f"{kind}: without X-RestLi-Protocol-Version")
    if status == 200:
        _judge(kind).refuse(kind, response)
        return
    _judge("Error").refuse("Error", response)
    failed = headers.get("X-RestLi-Error-Response") == "true"
    if status not in STATUSES or response["status"] != status or not failed:
        raise Invalid(f"{kind}: {status} is no status of this error: {response}")


def check_oauth(kind: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check a token, the introspection of one, or the reason why there is none."""
    if not re.fullmatch("application/json(;.*)?", headers["Content-Type"]) or status not in (200, 400, 401):
        raise Invalid(f"{kind}: {status} {headers['Content-Type']}")
    name = kind if status == 200 else "OAuthError"
    _judge(name).refuse(name, json.loads(body))


def check_media(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check a file of the content network, or its refusal in plain text."""
    kind = headers["Content-Type"].partition(";")[0]
    if status != 200:
        if status not in (403, 404) or kind != "text/plain":
            raise Invalid(f"a media file: {status} {kind}")
    elif not has_signature(body, kind, FILES):
        raise Invalid(f"a media file that is no {kind}")
