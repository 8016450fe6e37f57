"""The test vectors: small responses, and the content that each parser of a connector read from them.

schemas/vectors/<connector>.json has `{"cases": [{"name", "url", "content_type", "context", "body", "pointer",
"read": [{"parsers", "version", "content"}]}]}`. The code of each parser computed its content. A parser that is not
named did not read the record.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from parsing_rules import Rules, version
from recompute import Response

from recordroom.canonical import select_significant
from recordroom.model import SCHEMAS, Exchange
from recordroom.platforms.registry import load

PARSERS = json.loads((SCHEMAS / "rules/parsers.json").read_bytes())  # connector -> number -> what it did
CASES = {
    file.stem: json.loads(file.read_bytes())["cases"] for file in sorted((SCHEMAS / "vectors").glob("*.json"))
}
EVERY = [
    pytest.param(connector, case, id=f"{connector}-{case['name']}")
    for connector, cases in CASES.items()
    for case in cases
]


@pytest.mark.parametrize("connector", CASES)
def test_every_parser_that_the_rules_know_has_vectors(connector: str) -> None:
    lists = [[n for one in case["read"] for n in one["parsers"]] for case in CASES[connector]]
    assert all(len(numbers) == len(set(numbers)) for numbers in lists)
    assert {str(number) for numbers in lists for number in numbers} >= PARSERS[connector].keys()


@pytest.mark.parametrize(("connector", "case"), EVERY)
def test_rules_give_the_content_that_each_parser_read(connector: str, case: dict[str, Any]) -> None:
    response = Response(case["url"], case["content_type"], case["body"].encode(), case["context"])
    for one in case["read"]:
        assert version(one["content"]) == one["version"]
        for number in (n for n in one["parsers"] if str(n) in PARSERS[connector]):
            rules = Rules(SCHEMAS / "rules", f"{connector} {number}")
            assert rules.read(response.item(case["pointer"])) == one["content"], number


@pytest.mark.parametrize(("connector", "case"), EVERY)
def test_the_present_parser_reads_what_its_vectors_say(connector: str, case: dict[str, Any]) -> None:
    headers = (("Content-Type", case["content_type"]),)
    exchange = Exchange("GET", case["url"], 200, headers, case["body"].encode(), case["context"])
    present = load(connector).PLATFORM.parser
    [expected] = [one["content"] for one in case["read"] if present in one["parsers"]]
    found = {record.pointer: record for record in load(connector).parse(exchange)}
    assert select_significant(found[case["pointer"]]) == expected
