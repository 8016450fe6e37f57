"""Check responses against JSON Schemas, and read the descriptions."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
from jsonschema import Draft4Validator, Draft202012Validator
from jsonschema.exceptions import best_match

from infra.sandbox.validation import Invalid
from infra.sandbox.validation.formats import FORMATS

Schema = dict[str, Any]
_DRAFTS: dict[int, tuple[Any, Any]] = {
    4: (jsonschema_rs.Draft4Validator, Draft4Validator),
    2020: (jsonschema_rs.Draft202012Validator, Draft202012Validator),
}


def read_description(platform: str) -> Schema:
    """Read a platform's JSON file; the platform's module explains its keys."""
    found: Schema = json.loads(Path(__file__).with_name(f"{platform}.json").read_text("utf-8"))
    return found


class Judge:
    """One JSON Schema that responses have to match.

    A fast validator decides; only when it refuses a response does the slower one word the reason.
    """

    def __init__(
        self,
        schema: Mapping[str, Any],
        definitions: Mapping[str, Any] | None = None,
        *,
        draft: int = 2020,
        formats: bool = False,
    ) -> None:
        """Compile a schema.

        definitions: the schemas to which `#/$defs/<name>` refers.
        draft: 2020, or 4, for which 1.0 is no integer.
        formats: whether the formats that the schema names are checked too (formats.py).
        """
        complete = {**schema, "$defs": definitions} if definitions is not None else schema
        fast, wording = _DRAFTS[draft]
        checks = {name: _conforms(name) for name in FORMATS.checkers} if formats else {}
        self._fast = fast(complete, formats=checks, validate_formats=formats)
        self._wording = wording(complete, format_checker=FORMATS if formats else None)

    def problem(self, response: Any) -> str | None:
        """Return what is wrong and where in the response, or None."""
        if self._fast.is_valid(response):
            return None
        error = best_match(self._wording.iter_errors(response)) or next(self._fast.iter_errors(response))
        return f"{getattr(error, 'json_path', '$')}: {error.message[:300]}"

    def refuse(self, name: str, response: Any) -> None:
        """Raise Invalid with `name` in front of the reason, unless the response matches."""
        if problem := self.problem(response):
            raise Invalid(f"{name}: {problem}")


def _conforms(name: str) -> Any:
    return lambda value: FORMATS.conforms(value, name)
