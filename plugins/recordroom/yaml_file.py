"""YAML files that people write, with the line of each problem.

An error is raised also for what PyYAML accepts silently, or rejects without a line. Days stay text: a wrong
one is then an error of its own entry only. A repeated key is an error (PyYAML uses the last one), and so are
values that JSON cannot represent, lists within themselves, and aliases that expand to very much: ledgers
store these files as JSON.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import ConstructorError

from recordroom.errors import RecordroomError, RegisterError
from recordroom.text import replace_surrogates

MOST_VALUES = 200_000  # a hundred thousand times what a district has
_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("map", "seq", "str", "int", "float", "bool", "null", "value")
)
_MISTAKES = (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True)
class FileKind:
    """What a file is, for the messages about it."""

    name: str  # what people call it
    error: type[RecordroomError]  # that is raised if it cannot be read
    effect: str  # what applies meanwhile: a sentence


REGISTER = FileKind("the register", RegisterError, "The last valid register stays in force.")


def read_yaml(path: Path, kind: FileKind = REGISTER) -> tuple[Any, yaml.Node | None]:
    """Return what the file contains, and its nodes, which give lines.

    The error of its kind is raised if it cannot be read.
    """
    mend = f"Correct that line. {kind.effect}"
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise kind.error(f"{path}: {kind.name} cannot be read: {problem}", "Restore the file.") from problem
    loader: _Loader | None = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return None, None
        _count_values(node, {})
        return _to_json_values(loader.construct_document(node)), node
    except yaml.reader.ReaderError as problem:
        line = text.count("\n", 0, problem.position) + 1
        raise kind.error(f"{path}, line {line}: not YAML: {problem.reason}", mend) from problem
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        raise kind.error(
            f"{path}{_format_place(mark)}: not YAML: {problem.problem or problem.context}", mend
        ) from problem
    except _MISTAKES as problem:  # PyYAML raises these for impossible escapes and nestings
        mark = loader.get_mark() if loader else None
        raise kind.error(
            f"{path}{_format_place(mark)}: not YAML: {type(problem).__name__}: {problem}", mend
        ) from problem


def find_line(node: yaml.Node | None, path: Sequence[Any]) -> int:
    """Return the line (from 1) of the deepest part of `path` that is in the file.

    node: of the file; None: line 1.
    """
    line = 1
    for step in path:
        if node is None:
            return line
        child = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == step:
                    line, child = key.start_mark.line + 1, value
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            child = node.value[step]
            line = child.start_mark.line + 1
        node = child
    return line


def _format_place(mark: Any) -> str:
    return f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""


class _Loader(yaml.SafeLoader):
    """A loader that rejects what such a file cannot contain."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: ARG002 (always deep)
        if node.tag not in _TAGS:
            raise ConstructorError(None, None, f"the tag {node.tag} is not allowed here", node.start_mark)
        try:
            value = super().construct_object(node, deep=True)
        except _MISTAKES as problem:
            raise ConstructorError(
                None, None, f"this value does not fit its tag {node.tag}", node.start_mark
            ) from problem
        if isinstance(value, int | float) and not (math.isfinite(value) and abs(value) < 2**53):
            raise ConstructorError(None, None, "this number cannot be stored", node.start_mark)
        return value

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: ARG002 (always deep)
        check_unique_keys(node)
        return super().construct_mapping(node, deep=True)


def check_unique_keys(node: yaml.MappingNode) -> None:
    """Raise ConstructorError if a key is repeated.

    PyYAML silently uses the last one.
    """
    seen: dict[str, int] = {}
    for key, _ in node.value:
        name = str(key.value)
        if name in seen:
            raise ConstructorError(
                None, None, f"the key {name!r} appears twice, first in line {seen[name]}", key.start_mark
            )
        seen[name] = key.start_mark.line + 1


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _count_values(node: yaml.Node, known: dict[int, int]) -> int:
    """Count the values of a node with all its aliases expanded.

    ConstructorError if there are too many, or if a node contains itself.
    """
    if id(node) in known:
        return known[id(node)]
    known[id(node)] = MOST_VALUES  # while it is counted; found again, it contains itself
    inner = [n for pair in node.value for n in pair] if isinstance(node, yaml.MappingNode) else node.value
    size = 1 + sum(_count_values(n, known) for n in inner) if isinstance(node, yaml.CollectionNode) else 1
    if size > MOST_VALUES:
        raise ConstructorError(
            None, None, "with its aliases expanded, this is too large, or it contains itself", node.start_mark
        )
    known[id(node)] = size
    return size


def _to_json_values(value: Any) -> Any:
    """Convert keys to text, and values to what JSON can represent."""
    if isinstance(value, dict):
        return {replace_surrogates(str(k)): _to_json_values(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_to_json_values(v) for v in value]
    return replace_surrogates(value) if isinstance(value, str) else value
