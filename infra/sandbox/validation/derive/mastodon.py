"""Derive mastodon.json from an OpenAPI description of Mastodon's API.

    python -m infra.sandbox.validation.derive.mastodon mastodon-openapi.json

It keeps types, required fields, enumerations, and formats of the responses of the operations below. It
differs from the description in four places, each for a reason:
- an object may hold described fields only, so that a misspelled optional field is an error too;
- `oneOf` becomes `anyOf`: a quote without its post is both a Quote and a ShallowQuote;
- a token without a scope gets a 403 of the same form as a 401 (application_controller.rb of
  mastodon/mastodon);
- UNDESCRIBED fields are allowed: real servers return them (seen on 4.6, or in
  docs.joinmastodon.org/entities/MediaAttachment).
"""

import json
import sys
from pathlib import Path
from typing import Any

from infra.sandbox.validation.derive.openapi import gather, local_reference, write

OPERATIONS = (
    "/api/v1/blocks",
    "/api/v1/conversations",
    "/api/v1/domain_blocks",
    "/api/v1/mutes",
    "/api/v1/notifications",
    "/api/v2/filters",
    "/api/v1/accounts/lookup",
    "/api/v1/accounts/verify_credentials",
    "/api/v1/accounts/{id}",
    "/api/v1/accounts/{id}/statuses",
    "/api/v1/statuses",
    "/api/v1/statuses/{id}",
    "/api/v1/statuses/{id}/context",
    "/api/v1/statuses/{id}/history",
    "/api/v1/statuses/{id}/source",
    "/api/v1/polls/{id}",
    "/api/v1/instance",
    "/api/v2/instance",
)
FACTS = ("type", "required", "enum", "items", "format", "additionalProperties", "const")
TEXT = {"type": ["string", "null"]}
UNDESCRIBED = {"MetaDetails": {"size": TEXT}, "PreviewCard": {"language": TEXT, "image_description": TEXT}}


def facts(schema: Any) -> Any:
    """Return a schema of OpenAPI 3.1 as a closed JSON Schema with facts only."""
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return local_reference(schema["$ref"])
    kept: dict[str, Any] = {key: facts(schema[key]) for key in FACTS if key in schema}
    alternatives = schema.get("oneOf", schema.get("anyOf"))
    if alternatives is not None:
        kept["anyOf"] = [facts(one) for one in alternatives]
    if "allOf" in schema:
        kept["allOf"] = [facts(one) for one in schema["allOf"]]
    if "properties" in schema:
        kept["properties"] = {name: facts(value) for name, value in sorted(schema["properties"].items())}
        kept.setdefault("additionalProperties", False)
    return kept


def responses(operation: dict[str, Any]) -> dict[str, Any]:
    """Return {"200": schema, "404": schema, ...} of a GET operation."""
    found = {
        status: facts(response["content"]["application/json"]["schema"])
        for status, response in sorted(operation["responses"].items())
        if "application/json" in response.get("content", {})
    }
    return found | ({"403": found["401"]} if "401" in found else {})


def derive(description: dict[str, Any]) -> dict[str, Any]:
    """Return the content of mastodon.json."""
    operations = {path: responses(description["paths"][path]["get"]) for path in OPERATIONS}
    schemas = description["components"]["schemas"]

    def define(name: str) -> dict[str, Any]:
        found: dict[str, Any] = facts(schemas[name])
        if name in UNDESCRIBED:
            found["properties"].update(UNDESCRIBED[name])
        return found

    return gather(description["info"]["version"], operations, define)


if __name__ == "__main__":
    write("mastodon", derive(json.loads(Path(sys.argv[1]).read_text())))
