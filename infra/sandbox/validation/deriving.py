"""What the scripts have in common that take types, required fields and enumerations out of a published
OpenAPI description.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def references(schema: Any) -> set[str]:
    """The names in $defs that a derived schema points at."""
    if isinstance(schema, list):
        return set().union(*(references(one) for one in schema))
    if not isinstance(schema, dict):
        return set()
    own = {schema["$ref"].rsplit("/", 1)[1]} if isinstance(schema.get("$ref"), str) else set()
    return own.union(*(references(value) for value in schema.values()))


def gathered(
    version: object,
    operations: Json,
    define: Callable[[str], Json],
    known: Json | None = None,
    more: set[str] | None = None,
) -> Json:
    """The derived description: its operations with all definitions that these point at, and what those point
    at. `known`: definitions of our own; `more`: names that are wanted besides."""
    definitions, wanted = dict(known or {}), references(operations) | (more or set())
    while wanted:
        name = wanted.pop()
        definitions[name] = define(name)
        wanted |= references(definitions[name]) - definitions.keys()
    return {"version": str(version), "operations": operations, "$defs": definitions}


def write(target: Path, derived: Json) -> None:
    target.write_text(json.dumps(derived, indent=1, sort_keys=True) + "\n")
    sys.stderr.write(
        f"{target.name}: {len(derived['operations'])} operations, {len(derived['$defs'])} definitions\n"
    )
