"""Who reads a kept exchange: the platform's connector, or of a piece of an imported file the importer that its context names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from recordroom import platforms
from recordroom.imports import registry
from recordroom.model import Exchange, Record


@dataclass(frozen=True, slots=True)
class Parser:
    """`number` rises whenever `parse` reads something differently. `says`: the significant fields that a file of this form tells at all;
    None: a response, which tells all of them."""

    name: str
    number: int
    parse: Callable[[Exchange], Iterable[Record]]
    says: frozenset[str] | None = None

    @property
    def full_name(self) -> str:
        return f"{self.name} {self.number}"


def of_platform(name: str) -> Parser:
    connector = platforms.load(name)
    return Parser(name, connector.PLATFORM.parser, connector.parse)


def of_importer(name: str) -> Parser:
    form = registry.find_importer(name).FORM
    return Parser(name, form.parser, registry.records_in, form.says)


def of(platform: str, exchange: Exchange) -> Parser:
    told = exchange.context.get("import")
    return of_importer(told["format"]) if told else of_platform(platform)


def of_manifest(body: Mapping[str, Any]) -> Parser:
    name = body["versions"]["connector"]
    return of_importer(name) if name in registry.list_forms() else of_platform(name)
