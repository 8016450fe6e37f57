"""A response that no published description allows is served as a 500 with the reason.

The descriptions contain facts and no sentences.
"""

from typing import Any

import pytest

from infra.sandbox.faces import native_id
from infra.sandbox.faces.mastodon.entities import Entities
from infra.sandbox.network import Network
from infra.sandbox.validation.derive import mastodon, vimeo, wordpress, x


def test_an_invalid_answer_is_a_500_with_the_reason(
    network: Network, open_face: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = network.publish("mastodon/district", "x")
    whole = Entities.status
    monkeypatch.setattr(Entities, "status", lambda self, one: {**whole(self, one), "id": 7})
    answer = open_face(network, "mastodon").get(f"/api/v1/statuses/{native_id(network, post)}")
    assert answer.status_code == 500
    assert "7 is not of type 'string'" in answer.json()["reason"]
    assert len(network.invalid) == 1


def test_derived_shapes_keep_facts_and_leave_sentences_out() -> None:
    """`description` is a sentence as a keyword, and a fact as the name of a field."""
    kind = {"oneOf": [{"$ref": "#/components/schemas/Kind"}, {"type": "null"}]}
    properties = {"description": {"type": "string", "description": "Another."}, "kind": kind}
    thing = {
        "type": "object",
        "description": "A sentence.",
        "required": ["description"],
        "properties": properties,
    }
    assert mastodon.facts(thing) == {
        "type": "object",
        "required": ["description"],
        "properties": {
            "description": {"type": "string"},
            "kind": {"anyOf": [{"$ref": "#/$defs/Kind"}, {"type": "null"}]},
        },
        "additionalProperties": False,
    }
    one = {"allOf": [{"$ref": "#/components/schemas/user"}], "description": "A sentence.", "nullable": True}
    many = {
        "type": "array",
        "description": "A sentence.",
        "enum": ["safe"],
        "items": {"type": "string", "example": "safe"},
    }
    listed = vimeo.facts(
        {"type": "object", "properties": {"user": one, "filter": many}, "required": ["user"]}
    )
    assert listed == {
        "type": "object",
        "required": ["user"],
        "properties": {
            "user": {"anyOf": [{"$ref": "#/$defs/user"}, {"type": "null"}]},
            "filter": {"type": "array", "items": {"type": "string", "enum": ["safe"]}},
        },
        "additionalProperties": False,
    }
    several = {"oneOf": [{"$ref": "#/components/schemas/Kind"}, {"type": "string"}], "nullable": True}
    told = {
        "text": {"type": "string", "description": "Another.", "nullable": True, "maxLength": 4},
        "kind": several,
    }
    assert x.facts(
        {"type": "object", "description": "A sentence.", "properties": told, "required": ["text"]}
    ) == {
        "type": "object",
        "required": ["text"],
        "properties": {
            "text": {"type": "string"},
            "kind": {"anyOf": [{"$ref": "#/$defs/Kind"}, {"type": "string"}]},
        },
        "additionalProperties": False,
    }
    field = {
        "description": "A sentence.",
        "context": ["view"],
        "type": "string",
        "readonly": True,
        "required": True,
    }
    recorded = wordpress.facts({"$schema": "x", "title": "post", "properties": {"description": field}})
    assert recorded == {
        "title": "post",
        "properties": {"description": {"context": ["view"], "type": "string"}},
    }
