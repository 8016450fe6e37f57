"""Select definitions from an OpenAPI description, and write the derived file.

The scripts mastodon, vimeo, and x use it.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Json = dict[str, Any]
PREFIX = "#/components/schemas/"


def local_reference(reference: str) -> Json:
    """Return a reference of OpenAPI as one to the `$defs` of the derived file."""
    return {"$ref": reference.replace(PREFIX, "#/$defs/")}


def references(schema: Any) -> set[str]:
    """Return the names in `$defs` to which a derived schema refers."""
    if isinstance(schema, list):
        return set().union(*(references(one) for one in schema))
    if not isinstance(schema, dict):
        return set()
    own = {schema["$ref"].rsplit("/", 1)[1]} if isinstance(schema.get("$ref"), str) else set()
    return own.union(*(references(value) for value in schema.values()))


def gather(
    version: object,
    operations: Json,
    define: Callable[[str], Json],
    known: Json | None = None,
    more: set[str] | None = None,
) -> Json:
    """Return the derived description: operations and their definitions.

    define: returns the derived definition of a name.
    known: definitions of our own.
    more: names of further definitions to include.
    """
    definitions, wanted = dict(known or {}), references(operations) | (more or set())
    while wanted:
        name = wanted.pop()
        definitions[name] = define(name)
        wanted |= references(definitions[name]) - definitions.keys()
    return {"version": str(version), "operations": operations, "$defs": definitions}


def write(platform: str, derived: Json) -> None:
    """Write <platform>.json in the folder above, and report its size."""
    target = Path(__file__).parents[1] / f"{platform}.json"
    target.write_text(json.dumps(derived, indent=1, sort_keys=True) + "\n")
    sys.stderr.write(
        f"{target.name}: {len(derived['operations'])} operations, {len(derived['$defs'])} definitions\n"
    )
