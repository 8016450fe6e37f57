"""Derive vimeo.json from an OpenAPI description of Vimeo's API.

    python -m infra.sandbox.validation.derive.vimeo vimeo-openapi.yaml

It keeps types, required fields, and enumerations of the responses of the operations below. An object may hold
described fields only, so that a misspelled optional field is an error too. The description is of 2023 and not
exact. Published responses of real servers (2019 to 2024) differ from it in these ways:
- lists are wrapped: {total, page, per_page, paging: {next, previous, first, last}, data};
- NULLABLE fields can be null;
- OPTIONAL fields are missing from some videos, users, and tokens; `connections` and `interactions` have only
  the entries that apply;
- UNDESCRIBED fields are returned;
- `enum` next to `items` applies to the items;
- an error has either of the two shapes, for every operation.
"""

import sys
from pathlib import Path
from typing import Any

import yaml

from infra.sandbox.validation.derive.openapi import gather, local_reference, write

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
TOKENS = "/oauth/access_token"  # the only operation with POST
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
        "download": FILES,  # these two for accounts of a paid plan with the scope video_files
        "files": FILES,
    },
    "embed-settings": {"html": TEXT, "badges": {"type": "object"}},
    "picture": {"base_link": TEXT, "default_picture": FLAG},
    "tag": {"tag": TEXT},
    "user": {"short_bio": {"type": ["string", "null"]}},
}
UNREQUIRED = ("connections", "interactions")  # their parts are never required


def facts(schema: dict[str, Any], field: str = "") -> dict[str, Any]:
    """Return a schema of OpenAPI 3.0 as a closed JSON Schema with facts only.

    field: the name of the field that has this schema.
    """
    if "$ref" in schema:
        return local_reference(schema["$ref"])
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
        if "required" in schema and field not in UNREQUIRED:
            kept["required"] = schema["required"]
    return nullable(kept) if schema.get("nullable") else kept


def nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that accepts null too."""
    return {"anyOf": [schema, {"type": "null"}]}


def find_field(schema: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    """Return the object's schema and the field's name for a dotted path."""
    *above, field = path.split(".")
    for step in above:
        schema = schema["properties"][step]
        schema = schema["anyOf"][0] if "anyOf" in schema else schema
    return schema, field


def widen(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Add to a derived definition what real servers return beyond it."""
    for path in NULLABLE.get(name, ()):
        holder, field = find_field(schema, path)
        holder["properties"][field] = nullable(holder["properties"][field])
    for path in OPTIONAL.get(name, ()):
        holder, field = find_field(schema, path)
        holder["required"].remove(field)
    schema.get("properties", {}).update(UNDESCRIBED.get(name, {}))
    return schema


def wrap_list(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a page of a list."""
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


def response_of(operation: dict[str, Any]) -> dict[str, Any]:
    """Return {"type": content type, "schema": ...} of an operation that succeeds."""
    ((kind, content),) = operation["responses"][200]["content"].items()
    schema = facts(content["schema"])
    return {"type": kind, "schema": wrap_list(schema) if schema.get("type") == "array" else schema}


def derive(description: dict[str, Any]) -> dict[str, Any]:
    """Return the content of vimeo.json."""
    paths, schemas = description["paths"], description["components"]["schemas"]
    operations = {path: response_of(paths[path]["get"]) for path in OPERATIONS}
    operations[TOKENS] = response_of(paths[TOKENS]["post"])
    return gather(
        description["info"]["version"],
        operations,
        lambda name: widen(name, facts(schemas[name])),
        more=set(ERRORS),
    )


if __name__ == "__main__":
    write("vimeo", derive(yaml.safe_load(Path(sys.argv[1]).read_text("utf-8"))))
