"""A valid response, and its validator's message after it was broken on purpose."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from infra.sandbox.validation import Invalid

Break = Callable[[Any], object]
JSON = {"Content-Type": "application/json; charset=UTF-8", "X-WP-Total": "1", "X-WP-TotalPages": "1"}


def refused(check: Callable[[bytes], None], answer: Any, broken: Break) -> str:
    """Return the validator's message about the broken response; the unbroken one must pass."""
    check(json.dumps(answer).encode())
    broken(answer)
    with pytest.raises(Invalid) as told:
        check(json.dumps(answer).encode())
    return str(told.value)
