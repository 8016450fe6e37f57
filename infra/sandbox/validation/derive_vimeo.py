"""Derives vimeo.json beside this file from an OpenAPI description of Vimeo's API.

    python -m infra.sandbox.validation.derive_vimeo vimeo-openapi.yaml

Kept are types, required fields and enumerations of what the operations below answer, by status; left out are
all sentences and examples. An object may hold described fields only, so that a misspelt optional field is an
error too. The description is of 2023 and not exact; what is made wider, each for what published answers of
real servers (2019 to 2024) show:
- lists are wrapped: {total, page, per_page, paging: {next, previous, first, last}, data};
- NULLABLE fields hold null where there is nothing;
- OPTIONAL fields are absent for some videos, users and tokens; of `connections` and `interactions` only those
  that apply are there;
- UNDESCRIBED fields are answered, and the description lacks them;
- `enum` beside `items` is of the items;
- a refusal has either of the two shapes of error, whatever the operation.
"""

import sys
from pathlib import Path
from typing import Any

import yaml

from infra.sandbox.validation.deriving import gathered, write

OPERATIONS = (
    "/me",
    "/me/albums",
    "/me/albums/{album_id}",
    "/me/albums/{album_id}/videos",
    "/me/videos",
    "/oauth/verify",
    "/users/{user_id}",
    "/users/{user_id}/videos",
    "/videos/{video_id}",
    "/videos/{video_id}/comments",
    "/videos/{video_id}/comments/{comment_id}",
    "/videos/{video_id}/comments/{comment_id}/replies",
    "/videos/{video_id}/pictures",
    "/videos/{video_id}/texttracks",
)
TOKENS = "/oauth/access_token"  # the one that is posted to
ERRORS = ("error", "legacy-error", "auth-error")
TEXT, FLAG, NUMBER = {"type": "string"}, {"type": "boolean"}, {"type": "number"}
_FILE = dict.fromkeys(("width", "height", "fps", "size"), NUMBER)
_FILE |= dict.fromkeys(
    ("quality", "rendition", "type", "link", "created_time", "md5", "public_name", "size_short"), TEXT
)
FILES = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": _FILE,
        "required": sorted(_FILE.keys() - {"width", "height"}),
        "additionalProperties": False,
    },
}
NULLABLE = {
    "video": (
        "license", "upload.link", "upload.upload_link", "upload.complete_uri", "upload.form",
        "upload.approach", "upload.size", "upload.redirect_url",
        "metadata.interactions.watchlater.added_time",
    ),
    "embed-settings": ("uri", "logos.custom.link"),
    "error": ("link",),
    "user": ("location",),
}  # fmt: skip
OPTIONAL = {"video": ("context", "spatial"), "user": ("upload_quota", "metadata.interactions")}
UNDESCRIBED: dict[str, dict[str, Any]] = {
    "video": {
        "player_embed_url": TEXT,
        "content_rating_class": TEXT,
        "rating_mod_locked": FLAG,
        "has_audio": FLAG,
        "is_playable": FLAG,
        "manage_link": TEXT,
        "download": FILES,  # these two are answered to accounts of a paid plan with the scope video_files
        "files": FILES,
    },
    "embed-settings": {"html": TEXT, "badges": {"type": "object"}},
    "picture": {"base_link": TEXT, "default_picture": FLAG},
    "tag": {"tag": TEXT},
    "user": {"short_bio": {"type": ["string", "null"]}},
}
PREFIX = "#/components/schemas/"
PLACES = ("connections", "interactions")


def facts(schema: dict[str, Any], field: str = "") -> dict[str, Any]:
    """A schema of OpenAPI 3.0 as JSON Schema with its facts only, closed against undescribed fields; `field`
    is its name.
    """
    if "$ref" in schema:
        return {"$ref": schema["$ref"].replace(PREFIX, "#/$defs/")}
    if "allOf" in schema:
        (only,) = schema["allOf"]
        return nullable(facts(only)) if schema.get("nullable") else facts(only)
    kept: dict[str, Any] = {"type": schema["type"]} if "type" in schema else {}
    if "items" in schema:
        kept["items"] = facts(schema["items"] | ({"enum": schema["enum"]} if "enum" in schema else {}))
    elif "enum" in schema:
        kept["enum"] = schema["enum"]
    if "properties" in schema:
        kept["properties"] = {
            name: facts(value, name) for name, value in sorted(schema["properties"].items())
        }
        kept["additionalProperties"] = False
        if "required" in schema and field not in PLACES:
            kept["required"] = schema["required"]
    return nullable(kept) if schema.get("nullable") else kept


def nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def inside(schema: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    """The object that holds the field of a dotted path, and the field's name."""
    *above, field = path.split(".")
    for step in above:
        schema = schema["properties"][step]
        schema = schema["anyOf"][0] if "anyOf" in schema else schema
    return schema, field


def widened(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A derived definition with what real servers answer beside it."""
    for path in NULLABLE.get(name, ()):
        holder, field = inside(schema, path)
        holder["properties"][field] = nullable(holder["properties"][field])
    for path in OPTIONAL.get(name, ()):
        holder, field = inside(schema, path)
        holder["required"].remove(field)
    schema.get("properties", {}).update(UNDESCRIBED.get(name, {}))
    return schema


def listed(schema: dict[str, Any]) -> dict[str, Any]:
    count, links = {"type": "integer", "minimum": 0}, ("next", "previous", "first", "last")
    paging = {name: {"type": ["string", "null"], "pattern": "^/"} for name in links}
    fields = {"total": count, "page": count, "per_page": count, "data": schema}
    fields["paging"] = {
        "type": "object",
        "properties": paging,
        "required": list(links),
        "additionalProperties": False,
    }
    return {"type": "object", "properties": fields, "required": sorted(fields), "additionalProperties": False}


def answer(operation: dict[str, Any]) -> dict[str, Any]:
    """{"type": the content type, "schema": ...} of one operation that succeeds."""
    ((kind, content),) = operation["responses"][200]["content"].items()
    schema = facts(content["schema"])
    return {"type": kind, "schema": listed(schema) if schema.get("type") == "array" else schema}


def derive(description: dict[str, Any]) -> dict[str, Any]:
    paths = description["paths"]
    operations = {path: answer(paths[path]["get"]) for path in OPERATIONS} | {
        TOKENS: answer(paths[TOKENS]["post"])
    }
    schemas = description["components"]["schemas"]
    return gathered(
        description["info"]["version"],
        operations,
        lambda name: widened(name, facts(schemas[name])),
        more=set(ERRORS),
    )


if __name__ == "__main__":
    write(
        Path(__file__).with_name("vimeo.json"), derive(yaml.safe_load(Path(sys.argv[1]).read_text("utf-8")))
    )
