"""Derive x.json from the OpenAPI description of X's API.

    python -m infra.sandbox.validation.derive.x x-openapi.json

It keeps types, required fields, and enumerations of the responses and parameters of the operations below. An
object may hold described fields only, so that a misspelled optional field is an error too. Published
responses of the real API (2021 to 2026) and its guides differ from the description in these ways:
- fields without a value are left out and never null, whatever `nullable` says
  (docs.x.com/x-api/migrate/data-format-migration);
- REQUIRED fields are always there (docs.x.com/x-api/fundamentals/fields);
- an error of the complete request has `title`, `detail`, and `type` too, but may be of one of the OTHER
  types, and may list its causes.
The description calls a post "post" everywhere; responses to requests in the older names call it "tweet" (see
validation/x.py).
"""

import json
import sys
from pathlib import Path
from typing import Any

from infra.sandbox.validation.derive.openapi import gather, local_reference, write

OPERATIONS = (
    "/2/dm_conversations/with/{participant_id}/dm_events",
    "/2/dm_conversations/{id}/dm_events",
    "/2/dm_events",
    "/2/dm_events/{event_id}",
    "/2/tweets",
    "/2/tweets/{id}",
    "/2/tweets/{id}/quote_tweets",
    "/2/tweets/search/all",
    "/2/tweets/search/recent",
    "/2/usage/tweets",
    "/2/users",
    "/2/users/by",
    "/2/users/by/username/{username}",
    "/2/users/me",
    "/2/users/{id}",
    "/2/users/{id}/blocking",
    "/2/users/{id}/mentions",
    "/2/users/{id}/muting",
    "/2/users/{id}/tweets",
)
REQUIRED = {
    "DmEvent": ["id", "event_type"],
    "Post": ["id", "text", "edit_history_post_ids"],
    "User": ["id", "name", "username"],
    "Media": ["media_key", "type"],
    "Poll": ["id", "options"],
}
TEXT = {"type": "string"}
OTHER = ("usage-capped", "credits", "client-forbidden", "unsupported-authentication")
CAUSE = {
    "type": "object",
    "properties": {
        "message": TEXT,
        "parameters": {"type": "object", "additionalProperties": {"type": "array", "items": TEXT}},
    },
    "required": ["message", "parameters"],
    "additionalProperties": False,
}
REFUSAL = {
    "type": "object",
    "properties": {
        **dict.fromkeys(("title", "detail", "period", "scope", "product_name"), TEXT),
        "account_id": {"type": "integer"},
        "status": {"type": "integer"},
        "type": {
            "enum": [
                "about:blank",
                *(f"https://api.x.com/2/problems/{name}" for name in ("invalid-request", *OTHER)),
            ]
        },
        "errors": {"type": "array", "items": CAUSE},
    },
    "required": ["title", "detail", "type"],
    "additionalProperties": False,
}
TOKEN = {  # docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code
    "type": "object",
    "properties": {
        **dict.fromkeys(("access_token", "refresh_token", "scope"), TEXT),
        "expires_in": {"type": "integer"},
        "token_type": {"const": "bearer"},
    },
    "required": ["access_token", "expires_in", "scope", "token_type"],
    "additionalProperties": False,
}
OAUTH_ERROR = {
    "type": "object",
    "properties": {"error": TEXT, "error_description": TEXT},
    "required": ["error", "error_description"],
    "additionalProperties": False,
}
KEPT = ("type", "enum", "format", "pattern", "minItems", "maxItems", "minimum", "maximum", "uniqueItems")


def facts(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema of OpenAPI 3.0 as a closed JSON Schema with facts only."""
    if "$ref" in schema:
        return local_reference(schema["$ref"])
    if "oneOf" in schema:
        found = [facts(one) for one in schema["oneOf"]]
        return found[0] if len(found) == 1 else {"anyOf": found}
    kept = {
        name: schema[name]
        for name in KEPT
        if name in schema and (name != "format" or schema[name] == "date-time")
    }
    if "enum" in kept:
        # the enumeration of a private message's expansions has one value twice
        kept["enum"] = list(dict.fromkeys(kept["enum"]))
    if "items" in schema:
        kept["items"] = facts(schema["items"])
    if "properties" in schema:
        kept["properties"] = {name: facts(value) for name, value in sorted(schema["properties"].items())}
        kept["additionalProperties"] = False
        if "required" in schema:
            kept["required"] = schema["required"]
    return kept


def parameters(description: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    """Return {name: schema} of the parameters in an operation's query."""
    known = description["components"]["parameters"]
    named = [
        known[one["$ref"].rsplit("/", 1)[1]] if "$ref" in one else one for one in operation["parameters"]
    ]
    return {one["name"]: facts(one["schema"]) for one in named if one["in"] == "query"}


def operation_of(description: dict[str, Any], path: str) -> dict[str, Any]:
    """Return an operation's entry in x.json."""
    operation = description["paths"][path]["get"]
    response = operation["responses"]["200"]["content"]["application/json"]["schema"]
    allowed = sorted({name for one in operation["security"] for name in one})
    scopes = sorted({scope for one in operation["security"] for scope in one.get("OAuth2UserToken", ())})
    return {
        "schema": facts(response),
        "parameters": parameters(description, operation),
        "security": allowed,
        "scopes": scopes,
    }


def derive(description: dict[str, Any]) -> dict[str, Any]:
    """Return the content of x.json."""
    operations = {path: operation_of(description, path) for path in OPERATIONS}
    schemas = description["components"]["schemas"]
    own = {"Refusal": REFUSAL, "Token": TOKEN, "OAuthError": OAUTH_ERROR}

    def define(name: str) -> dict[str, Any]:
        return facts(schemas[name]) | ({"required": REQUIRED[name]} if name in REQUIRED else {})

    return gather(description["info"]["version"], operations, define, own)


if __name__ == "__main__":
    write("x", derive(json.loads(Path(sys.argv[1]).read_text("utf-8"))))
