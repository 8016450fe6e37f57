"""Refuse responses that YouTube would not give, according to Google's document.

The document is the one in the package google-api-python-client. It names no required fields and closes no
object. Here an object holds described fields only, `kind` has the document's value, lists and their items
have a kind and an ETag, and an item holds only the requested parts.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from infra.sandbox.validation import Invalid
from infra.sandbox.validation.schemas import Judge
from infra.sandbox.validation.signatures import has_signature

DOCUMENT = "discovery_cache/documents/youtube.v3.json"
FORMATS: dict[str, dict[str, Any]] = {  # developers.google.com/discovery/v1/type-format
    "uint64": {"pattern": r"^\d{1,20}$"},
    "int64": {"pattern": r"^-?\d{1,19}$"},
    "uint32": {"minimum": 0, "maximum": 2**32 - 1},
    "int32": {"minimum": -(2**31), "maximum": 2**31 - 1},
    "date-time": {"pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$"},
    "google-datetime": {"pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$"},
    "google-duration": {"pattern": r"^\d+(\.\d{1,9})?s$"},
    "byte": {"pattern": r"^[A-Za-z0-9+/_-]*={0,2}$"},
    "double": {},
}
ALWAYS = {"kind", "etag", "id"}  # fields of every item, whatever its parts
TEXT = {"type": "string", "minLength": 1}
ERROR = {  # seen in real answers, and on developers.google.com/youtube/v3/docs/core_errors
    "type": "object",
    "required": ["error"],
    "additionalProperties": False,
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "errors"],
            "additionalProperties": False,
            "properties": {
                "code": {"type": "integer"},
                "message": TEXT,
                "errors": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["message", "domain", "reason"],
                        "additionalProperties": False,
                        "properties": (
                            dict.fromkeys(("message", "domain", "reason", "locationType"), TEXT)
                            | {"location": {"type": "string"}}
                        ),
                    },
                },
                "status": {
                    "enum": [
                        "INVALID_ARGUMENT",
                        "UNAUTHENTICATED",
                        "PERMISSION_DENIED",
                        "NOT_FOUND",
                        "RESOURCE_EXHAUSTED",
                    ]
                },
                "details": {"type": "array", "items": {"type": "object", "required": ["@type"]}},
            },
        }
    },
}
CAPTIONS = {  # requested format -> the beginning of the track; "" is YouTube's own format
    "": r"\d:\d\d:\d\d\.\d{3},\d:\d\d:\d\d\.\d{3}\n",
    "sbv": r"\d:\d\d:\d\d\.\d{3},\d:\d\d:\d\d\.\d{3}\n",
    "srt": r"1\n\d\d:\d\d:\d\d,\d{3} --> \d\d:\d\d:\d\d,\d{3}\n",
    "vtt": r"WEBVTT\n",
}


@cache
def description() -> Any:
    """Return the discovery document."""
    return json.loads((files("googleapiclient") / DOCUMENT).read_text("utf-8"))


def method(name: str) -> Any:
    """Return the entry of a method such as "videos.list": parameters, scopes, ..."""
    resource, verb = name.split(".")
    return description()["resources"][resource]["methods"][verb]


def convert_schema(described: dict[str, Any]) -> dict[str, Any]:
    """Return a schema of the document as a closed JSON Schema."""
    if "$ref" in described:
        return {"$ref": f"#/$defs/{described['$ref']}"}
    kept: dict[str, Any] = {key: described[key] for key in ("type", "enum") if key in described}
    if "format" in described:
        kept |= FORMATS[described["format"]]
    if "items" in described:
        kept["items"] = convert_schema(described["items"])
    if described["type"] == "object":
        more = described.get("additionalProperties")
        kept["additionalProperties"] = convert_schema(more) if more else False
        kept["properties"] = {
            field: convert_schema(value) for field, value in described.get("properties", {}).items()
        }
        if kind := described.get("properties", {}).get("kind", {}).get("default"):
            kept["properties"]["kind"] = {"const": kind}
            kept["required"] = ["kind", "etag"] if kind.endswith("ListResponse") else ["kind", "etag", "id"]
    return kept


def parts(name: str) -> set[str]:
    """Return the values of a method's parameter `part`."""
    listed = description()["schemas"][method(name)["response"]["$ref"]]["properties"]["items"]["items"][
        "$ref"
    ]
    return {*description()["schemas"][listed]["properties"], "id"} - {"kind", "etag"}


@cache
def _definitions() -> dict[str, Any]:
    return {name: convert_schema(described) for name, described in description()["schemas"].items()}


@cache
def _judge(name: str) -> Judge:
    if name == "error":
        return Judge(ERROR)
    return Judge({"$ref": f"#/$defs/{method(name)['response']['$ref']}", "$defs": _definitions()})


def check(name: str, asked: set[str], status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check a list of resources, whose ETag is in a header too.

    name: the method, "videos.list".
    asked: the requested parts.
    """
    if status == 304:
        if body:
            raise Invalid(f"{name}: a 304 with a body")
        return
    _json(name, headers)
    response = json.loads(body)
    _judge(name).refuse(name, response)
    for item in response.get("items", []):
        if extra := item.keys() - ALWAYS - asked:
            raise Invalid(
                f"{name}: {item['id']}: {', '.join(sorted(extra))} not asked for by"
                f" part={','.join(sorted(asked))}"
            )
    if headers.get("ETag") != f'"{response["etag"]}"':
        raise Invalid(f"{name}: ETag {headers.get('ETag')} is not that of the body")


def check_error(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check an error of the API."""
    _json("error", headers)
    response = json.loads(body)
    _judge("error").refuse("error", response)
    if response["error"]["code"] != status:
        raise Invalid(f"error: code {response['error']['code']} is not the status {status}")
    if status == 401 and not headers.get("WWW-Authenticate", "").startswith("Bearer "):
        raise Invalid("error: a 401 without WWW-Authenticate")


def _json(name: str, headers: Mapping[str, str]) -> None:
    if headers["Content-Type"] != "application/json; charset=UTF-8":
        raise Invalid(f"{name}: {headers['Content-Type']} is not Google's JSON")


def check_token(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check a token or an OAuth error: RFC 6749, sections 5.1 and 5.2."""
    if headers["Content-Type"] != "application/json; charset=utf-8":
        raise Invalid(f"token: {headers['Content-Type']} is not Google's JSON")
    response = json.loads(body)
    names = ("access_token", "scope", "token_type") if status == 200 else ("error", "error_description")
    known = response.keys() - ({"expires_in", "refresh_token"} if status == 200 else set())
    if known != set(names) or not all(isinstance(response[name], str) for name in names):
        raise Invalid(f"token: {', '.join(sorted(response))} are not those of an answer with {status}")
    if status == 200 and type(response.get("expires_in")) is not int:
        raise Invalid("token: expires_in is not a whole number")


def check_caption(form: str, _status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check the bytes of a caption track; `form` is the request's tfmt."""
    is_track = not body or re.match(CAPTIONS[form], body.decode())
    if headers["Content-Type"] != "application/octet-stream" or not is_track:
        raise Invalid(f"captions.download: no {form or 'caption track'}")


def check_image(_status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check an image; a 404 has one too."""
    if not has_signature(body, headers["Content-Type"], ("image/jpeg",)):
        raise Invalid("an image that is no JPEG")


def check_page(_status: int, headers: Mapping[str, str], _body: bytes) -> None:
    """Check a web page of Google's front end, which answers addresses of no method."""
    if not headers["Content-Type"].startswith("text/html"):
        raise Invalid("a page that is no HTML")
