"""A schema that answers are judged by: quickly while nothing is wrong with them, and in words where something
is.
"""

from typing import Any

import jsonschema_rs
from jsonschema import Draft4Validator, Draft202012Validator
from jsonschema.exceptions import best_match

from infra.sandbox.validation import Invalid
from infra.sandbox.validation.formats import FORMATS

_DRAFTS: dict[int, tuple[Any, Any]] = {
    4: (jsonschema_rs.Draft4Validator, Draft4Validator),
    2020: (jsonschema_rs.Draft202012Validator, Draft202012Validator),
}


class Judge:
    """`formats`: whether the formats that the schema names are checked too."""

    def __init__(self, schema: dict[str, Any], *, draft: int = 2020, formats: bool = False) -> None:
        quick, telling = _DRAFTS[draft]
        known = {name: _conforms(name) for name in FORMATS.checkers}
        self._quick = (
            quick(schema, formats=known, validate_formats=True)
            if formats
            else quick(schema, validate_formats=False)
        )
        self._telling = telling(schema, format_checker=FORMATS if formats else None)

    def problem(self, told: Any) -> str | None:
        """What is wrong, and where; None where nothing is."""
        if self._quick.is_valid(told):
            return None
        error = best_match(self._telling.iter_errors(told)) or next(self._quick.iter_errors(told))
        return f"{getattr(error, 'json_path', '$')}: {error.message[:300]}"

    def refuse(self, name: str, told: Any) -> None:
        """Invalid, with the name of what was judged, where something is wrong."""
        if problem := self.problem(told):
            raise Invalid(f"{name}: {problem}")


def _conforms(name: str) -> Any:
    return lambda value: FORMATS.conforms(value, name)
