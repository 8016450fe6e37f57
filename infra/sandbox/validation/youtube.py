"""Refuses what the YouTube Data API v3 would not answer: types, enumerations and formats of Google's
discovery document.

The document is the one in the package google-api-python-client. It names no required fields and closes no
object; here an object holds described fields only, `kind` is the word that the document gives, lists and
their items have a kind and an ETag, and an item holds no part that was not asked for.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from infra.sandbox.validation import Invalid
from infra.sandbox.validation.judging import Judge

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
ALWAYS = {"kind", "etag", "id"}  # in every item, whatever the parts
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
CAPTIONS = {  # by the format that was asked for; without one YouTube's own
    "": r"\d:\d\d:\d\d\.\d{3},\d:\d\d:\d\d\.\d{3}\n",
    "sbv": r"\d:\d\d:\d\d\.\d{3},\d:\d\d:\d\d\.\d{3}\n",
    "srt": r"1\n\d\d:\d\d:\d\d,\d{3} --> \d\d:\d\d:\d\d,\d{3}\n",
    "vtt": r"WEBVTT\n",
}


@cache
def description() -> Any:
    """The discovery document."""
    return json.loads((files("googleapiclient") / DOCUMENT).read_text("utf-8"))


def method(name: str) -> Any:
    """How the document describes "videos.list": parameters, scopes, response."""
    resource, verb = name.split(".")
    return description()["resources"][resource]["methods"][verb]


def schema(told: dict[str, Any]) -> dict[str, Any]:
    """A schema of the document as JSON Schema, closed against undescribed fields."""
    if "$ref" in told:
        return {"$ref": f"#/$defs/{told['$ref']}"}
    kept: dict[str, Any] = {key: told[key] for key in ("type", "enum") if key in told}
    if "format" in told:
        kept |= FORMATS[told["format"]]
    if "items" in told:
        kept["items"] = schema(told["items"])
    if told["type"] == "object":
        more = told.get("additionalProperties")
        kept["additionalProperties"] = schema(more) if more else False
        kept["properties"] = {field: schema(value) for field, value in told.get("properties", {}).items()}
        if kind := told.get("properties", {}).get("kind", {}).get("default"):
            kept["properties"]["kind"] = {"const": kind}
            kept["required"] = ["kind", "etag"] if kind.endswith("ListResponse") else ["kind", "etag", "id"]
    return kept


def parts(name: str) -> set[str]:
    """The words that a method's `part` may hold: the properties of what it lists, and the id."""
    listed = description()["schemas"][method(name)["response"]["$ref"]]["properties"]["items"]["items"][
        "$ref"
    ]
    return {*description()["schemas"][listed]["properties"], "id"} - {"kind", "etag"}


@cache
def _definitions() -> dict[str, Any]:
    return {name: schema(told) for name, told in description()["schemas"].items()}


@cache
def _judge(name: str) -> Judge:
    if name == "error":
        return Judge(ERROR)
    return Judge({"$ref": f"#/$defs/{method(name)['response']['$ref']}", "$defs": _definitions()})


def check(name: str, asked: set[str], status: int, headers: Mapping[str, str], body: bytes) -> None:
    """A list of resources; `asked` are the parts of the request. Its ETag is the header's, too."""
    if status == 304:
        if body:
            raise Invalid(f"{name}: a 304 with a body")
        return
    _json(name, headers)
    told = json.loads(body)
    _judge(name).refuse(name, told)
    for item in told.get("items", []):
        if extra := item.keys() - ALWAYS - asked:
            raise Invalid(
                f"{name}: {item['id']}: {', '.join(sorted(extra))} not asked for by"
                f" part={','.join(sorted(asked))}"
            )
    if headers.get("ETag") != f'"{told["etag"]}"':
        raise Invalid(f"{name}: ETag {headers.get('ETag')} is not that of the body")


def check_error(status: int, headers: Mapping[str, str], body: bytes) -> None:
    _json("error", headers)
    told = json.loads(body)
    _judge("error").refuse("error", told)
    if told["error"]["code"] != status:
        raise Invalid(f"error: code {told['error']['code']} is not the status {status}")
    if status == 401 and not headers.get("WWW-Authenticate", "").startswith("Bearer "):
        raise Invalid("error: a 401 without WWW-Authenticate")


def _json(name: str, headers: Mapping[str, str]) -> None:
    if headers["Content-Type"] != "application/json; charset=UTF-8":
        raise Invalid(f"{name}: {headers['Content-Type']} is not Google's JSON")


def check_token(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """What oauth2.googleapis.com/token answers: RFC 6749, sections 5.1 and 5.2."""
    if headers["Content-Type"] != "application/json; charset=utf-8":
        raise Invalid(f"token: {headers['Content-Type']} is not Google's JSON")
    told, names = (
        json.loads(body),
        ("access_token", "scope", "token_type") if status == 200 else ("error", "error_description"),
    )
    known = told.keys() - ({"expires_in", "refresh_token"} if status == 200 else set())
    if known != set(names) or not all(isinstance(told[name], str) for name in names):
        raise Invalid(f"token: {', '.join(sorted(told))} are not those of an answer with {status}")
    if status == 200 and type(told.get("expires_in")) is not int:
        raise Invalid("token: expires_in is not a whole number")


def check_caption(form: str, _status: int, headers: Mapping[str, str], body: bytes) -> None:
    """The bytes of a caption track; `form` is the request's tfmt."""
    if headers["Content-Type"] != "application/octet-stream" or (
        body and not re.match(CAPTIONS[form], body.decode())
    ):
        raise Invalid(f"captions.download: no {form or 'caption track'}")


def check_image(_status: int, headers: Mapping[str, str], body: bytes) -> None:
    """An image, which also stands where one is missing (404)."""
    if headers["Content-Type"] != "image/jpeg" or not body.startswith(b"\xff\xd8\xff"):
        raise Invalid("an image that is no JPEG")


def check_page(_status: int, headers: Mapping[str, str], _body: bytes) -> None:
    """A web page of Google's front end, for what is no method."""
    if not headers["Content-Type"].startswith("text/html"):
        raise Invalid("a page that is no HTML")
