"""Refuse responses that TikTok's two APIs would not give (tiktok.json)."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from infra.sandbox.validation import Invalid
from infra.sandbox.validation.schemas import Judge, read_description
from infra.sandbox.validation.signatures import has_signature

DEFINITIONS: dict[str, Any] = read_description("tiktok")["$defs"]
STATUSES = {400, 401, 404, 429, 500}


def names(kind: str) -> set[str]:
    """Return the fields of a kind that a request can name."""
    return set(DEFINITIONS["UserFields" if kind == "User" else kind]["properties"])


@cache
def _judge(kind: str, envelope: str) -> Judge:
    outer = DEFINITIONS[envelope]
    inner = {**outer["properties"], "data": {"$ref": f"#/$defs/{kind}"}}
    return Judge({**outer, "properties": inner}, DEFINITIONS)


def _read(kind: str, envelope: str, headers: Mapping[str, str], body: bytes) -> Any:
    if headers["Content-Type"] != "application/json":
        raise Invalid(f"{kind}: {headers['Content-Type']} is not TikTok's JSON")
    response = json.loads(body)
    if kind not in DEFINITIONS:
        raise Invalid(f"{kind}: no such shape")
    _judge(kind, envelope).refuse(kind, response)
    return response


def check(kind: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check a response of the Accounts API, which is always HTTP 200.

    kind: a definition of tiktok.json, `Nothing` with an error.
    """
    response = _read(kind, "BusinessEnvelope", headers, body)
    if status != 200:
        raise Invalid(f"{kind}: the Accounts API tells errors in the body, not by {status}")
    if (response["code"] == 0) == (kind == "Nothing"):
        raise Invalid(f"{kind}: code {response['code']} with such data")


def check_shown(kind: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check a response of the Display API, whose status fits its error code."""
    code = _read(kind, "DisplayEnvelope", headers, body)["error"]["code"]
    if (code != "ok") == (status == 200) or (status != 200 and status not in STATUSES):
        raise Invalid(f"{kind}: {code} with {status}")
    if (kind == "Nothing") == (status == 200):
        raise Invalid(f"{kind}: not with {status}")


def check_token(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check a response of /v2/oauth/token/, which has no envelope."""
    response = json.loads(body)
    granted = names("Grant") - {"refresh_token_expires_in"} | {"refresh_expires_in"}
    wanted = granted if status == 200 else {"error", "error_description", "log_id"}
    if headers["Content-Type"] != "application/json" or set(response) != wanted:
        raise Invalid(f"token: {', '.join(sorted(response))} are not those of an answer with {status}")


def check_lost(status: int, headers: Mapping[str, str], _body: bytes) -> None:
    """Check a refusal of the web server in front of the APIs."""
    if status < 400 or not headers["Content-Type"].startswith("text/plain"):
        raise Invalid("a refusal of the web server that is no plain text")


def check_image(_status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check an image, which is always a JPEG."""
    if not has_signature(body, headers["Content-Type"], ("image/jpeg",)):
        raise Invalid("an image that is no JPEG")
