"""Records the JSON Schemas that a real WordPress returns to OPTIONS, into wordpress.json beside this file.

    python record_wordpress.py http://127.0.0.1:8088

The site must have pretty permalinks and at least one published post (its number is looked up: the schema of
revisions stands below it). Kept are types, contexts, enumerations and formats: the facts about an answer.
Left out are the sentences, and what speaks of writing only (defaults, read-only marks, `required` of the
arguments of a POST).
"""

import json
import sys
from pathlib import Path
from typing import Any

import httpx

ROUTES = (
    "posts",
    "pages",
    "media",
    "comments",
    "users",
    "statuses",
    "types",
    "taxonomies",
    "categories",
    "tags",
    "settings",
)
FACTS = {
    "title",
    "type",
    "properties",
    "items",
    "enum",
    "format",
    "context",
    "additionalProperties",
    "oneOf",
    "anyOf",
    "minimum",
    "maximum",
}


def ask(url: str, method: str) -> Any:
    return httpx.request(method, url, timeout=30).raise_for_status().json()


def facts(schema: Any, *, names: bool = False) -> Any:
    """The schema without its sentences. `names`: this mapping's keys are property names, so "description" is
    one of them.
    """
    if isinstance(schema, dict):
        return {
            key: facts(value, names=key == "properties" and not names)
            for key, value in sorted(schema.items())
            if names or key in FACTS
        }
    if isinstance(schema, list):
        return [facts(value) for value in schema]
    return schema


def record(site: str) -> dict[str, Any]:
    """{"routes": {"posts": {JSON Schema}, ..., "revisions": {...}}}, as the site tells it today."""
    base = f"{site.rstrip('/')}/wp-json/wp/v2"
    post = ask(f"{base}/posts?per_page=1&_fields=id", "GET")[0]["id"]
    paths = {route: route for route in ROUTES} | {"revisions": f"posts/{post}/revisions"}
    return {
        "routes": {name: facts(ask(f"{base}/{path}", "OPTIONS")["schema"]) for name, path in paths.items()}
    }


def main() -> None:
    recorded = record(sys.argv[1])
    target = Path(__file__).with_name("wordpress.json")
    target.write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n")
    sys.stderr.write(f"{target.name}: {', '.join(sorted(recorded['routes']))}\n")


if __name__ == "__main__":
    main()
