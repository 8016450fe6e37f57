"""Record the JSON Schemas that a real WordPress returns to OPTIONS.

    python -m infra.sandbox.validation.derive.wordpress http://127.0.0.1:8088

The site must have pretty permalinks and at least one published post, because the schema of revisions is below
a post. The script keeps types, contexts, enumerations, and formats. It leaves out the sentences, and the
keywords for writing (defaults, read-only marks, `required` of the arguments of a POST).
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


def request_json(url: str, method: str) -> Any:
    """Return the JSON of a response."""
    return httpx.request(method, url, timeout=30).raise_for_status().json()


def facts(schema: Any, *, names: bool = False) -> Any:
    """Return a schema without its sentences.

    names: whether the keys of this mapping are names of properties, so that "description" is one of them.
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
    """Return the content of wordpress.json: {"routes": {"posts": schema, ...}}."""
    base = f"{site.rstrip('/')}/wp-json/wp/v2"
    post = request_json(f"{base}/posts?per_page=1&_fields=id", "GET")[0]["id"]
    paths = {route: route for route in ROUTES} | {"revisions": f"posts/{post}/revisions"}
    schemas = {name: request_json(f"{base}/{path}", "OPTIONS")["schema"] for name, path in paths.items()}
    return {"routes": {name: facts(schema) for name, schema in schemas.items()}}


def main() -> None:
    """Write wordpress.json from the site that the command line names."""
    recorded = record(sys.argv[1])
    target = Path(__file__).parents[1] / "wordpress.json"
    target.write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n")
    sys.stderr.write(f"{target.name}: {', '.join(sorted(recorded['routes']))}\n")


if __name__ == "__main__":
    main()
