"""Refuses what Meta's Graph API would not answer: the field types of the package facebook-business, read
strictly.

Each class of facebook_business.adobjects has `_field_types` ({"created_time": "datetime", "from": "Object",
...}); its own check lets numbers be text and knows no required form, so the types are matched here. What the
package has no class for, stands in meta_shapes.py with its source. An answer may hold only fields that were
asked for, or that a node has by itself, and its id.
"""

import importlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from infra.sandbox.validation import Invalid
from infra.sandbox.validation.meta_shapes import (
    CLASSES,
    DEFAULTS,
    EDGES,
    MORE,
    PICTURED,
    REFINED,
    SHAPES,
    SUMMARIES,
    WORDS,
    Types,
)

if TYPE_CHECKING:
    from infra.sandbox.faces.meta.graph import Field

INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}"
ERRORS = {"OAuthException", "GraphMethodException", "IGApiException", "THApiException"}
ERROR: Types = {
    "message": "string",
    "type": "string",
    "is_transient": "bool",
    "code": "unsigned int",
    "error_subcode": "unsigned int",
    "error_user_title": "string",
    "error_user_msg": "string",
    "fbtrace_id": "string",
}
USAGE = {"call_count", "total_cputime", "total_time"}
MEDIA = {
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG",
    "image/gif": b"GIF89a",
    "video/mp4": b"\0\0\0\x18ftyp",
    "audio/wav": b"RIFF",
    "application/x-subrip": b"1\n",
}


def _class(name: str) -> type:
    try:
        found: type = getattr(importlib.import_module(f"facebook_business.adobjects.{name.lower()}"), name)
    except ModuleNotFoundError as error:
        if error.name == "facebook_business":
            raise
        raise Invalid(f"facebook-business knows no {name}") from None
    return found


@cache
def types_of(kind: str) -> Types:
    """The fields of a node or struct and their types."""
    if kind in SHAPES:
        return SHAPES[kind]
    found: Types = vars(_class(CLASSES.get(kind, kind)))["_field_types"]
    refined = {
        field: REFINED[field]
        for field, type_ in found.items()
        if field in REFINED and type_ in ("Object", "list")
    }
    pictured = {"picture": "Pictured"} if kind in PICTURED else {}
    return {**found, **refined, **pictured, **MORE.get(kind, {})}


@cache
def fields_of(kind: str) -> frozenset[str]:
    return frozenset(types_of(kind)) | frozenset(EDGES.get(kind, ()))


@cache
def _words(kind: str, type_: str) -> frozenset[str] | None:
    """The values of an enumeration that the package lists inside the class of the node."""
    inner = vars(_class(CLASSES.get(kind, kind))).get(type_)
    return (
        frozenset(value for key, value in vars(inner).items() if not key.startswith("_"))
        if inner is not None
        else None
    )


PLAIN = {
    "string": str,
    "bool": bool,
    "int": int,
    "unsigned int": int,
    "float": (int, float),
    "Object": dict,
    "list": list,
    "map": dict,
}


def _fits(value: Any, type_: str) -> bool:
    if type_ == "datetime":
        return isinstance(value, str) and re.fullmatch(INSTANT, value) is not None
    right = isinstance(value, PLAIN[type_]) and (type_ == "bool" or not isinstance(value, bool))  # type: ignore[arg-type]
    return right and not (type_ == "unsigned int" and value < 0)


def wrong_value(
    kind: str, name: str, type_: str, value: Any, *, fields: "Sequence[Field]" = (), at: str
) -> Iterator[str]:
    """What is wrong with one value of a field of the kind."""
    if type_.startswith("list<"):
        if not isinstance(value, list):
            yield f"{at}: {value!r} is no list"
            return
        for number, one in enumerate(value):
            yield from wrong_value(kind, name, type_[5:-1], one, fields=fields, at=f"{at}[{number}]")
    elif type_ in PLAIN or type_ == "datetime" or type_.startswith("map<"):
        if not _fits(value, type_.partition("<")[0]):
            yield f"{at}: {value!r} is no {type_}"
        elif (allowed := WORDS.get(f"{kind}.{name}", WORDS.get(name))) is not None and value not in allowed:
            yield f"{at}: {value!r} is not one of {sorted(allowed)}"
    elif type_[:1].isupper() and (words := _words(kind, type_) if kind not in SHAPES else None) is not None:
        if value not in words:
            yield f"{at}: {value!r} is not one of {sorted(words)}"
    else:
        yield from wrong_node(type_, value, fields, at)


def wrong_node(kind: str, value: Any, fields: "Sequence[Field]", at: str = "$") -> Iterator[str]:
    """What is wrong with a node, or with a struct of its own type."""
    if not isinstance(value, dict):
        yield f"{at}: {value!r} is no {kind}"
        return
    types, edges, asked = types_of(kind), EDGES.get(kind, {}), {one.alias: one for one in fields}
    whole = DEFAULTS.get(kind, tuple(types)) if not fields else ()
    for alias, one in value.items():
        field = asked.get(alias)
        name, inner = (field.name, field.fields) if field is not None else (alias, ())
        if field is None and alias not in whole and alias != "id":
            yield f"{at}.{alias}: was not asked for"
        elif name not in types and name not in edges:
            yield f"{at}.{alias}: {kind} has no such field"
        elif one is None:
            yield f"{at}.{alias}: null, which is left out"
        elif name in edges:
            yield from wrong_edge(edges[name], name, one, inner, f"{at}.{alias}")
        else:
            yield from wrong_value(
                kind,
                name,
                types[name],
                one,
                fields=inner if types[name] != "Pictured" else (),
                at=f"{at}.{alias}",
            )


def wrong_edge(kind: str, name: str, value: Any, fields: "Sequence[Field]", at: str = "$") -> Iterator[str]:
    """What is wrong with a list: {data, paging, summary}."""
    if (
        not isinstance(value, dict)
        or not isinstance(value.get("data"), list)
        or not value.keys() <= {"data", "paging", "summary"}
    ):
        yield f"{at}: is no page of an edge"
        return
    for number, one in enumerate(value["data"]):
        yield from wrong_node(kind, one, fields, f"{at}.data[{number}]")
    paging, summary = value.get("paging", {}), value.get("summary", {})
    if not paging.keys() <= {"cursors", "next", "previous"} or (
        "next" in paging and "access_token=" not in paging["next"]
    ):
        yield f"{at}.paging: {sorted(paging)} without the token, or more than cursors, next and previous"
    for key, one in summary.items():
        if key not in SUMMARIES.get(name, {}):
            yield f"{at}.summary.{key}: {name} has no such summary"
        else:
            yield from wrong_value(kind, key, SUMMARIES[name][key], one, at=f"{at}.summary.{key}")


def wrong_error(status: int, answer: Any) -> Iterator[str]:
    error = answer.get("error") if isinstance(answer, dict) else None
    if (
        not isinstance(error, dict)
        or not {"message", "type", "code", "fbtrace_id"} <= error.keys()
        or len(answer) != 1
    ):
        yield f"{status}: {answer} is no error of the Graph API"
        return
    for name, value in error.items():
        if name not in ERROR:
            yield f"{status}: an error has no {name}"
        else:
            yield from wrong_value("Error", name, ERROR[name], value, at=f"$.error.{name}")
    if error["type"] not in ERRORS or status not in (400, 403, 404, 500):
        yield f"{status}: no error has the type {error['type']} and this status"


def wrong_headers(headers: Mapping[str, str]) -> Iterator[str]:
    """Usage in percent: of the app, and of a Page or Instagram account by itself."""
    if headers["Content-Type"] != "application/json; charset=UTF-8":
        yield f"{headers['Content-Type']} is not JSON"
    if not re.fullmatch(r"v\d+\.0", headers.get("facebook-api-version", "")):
        yield "without facebook-api-version"
    app = json.loads(headers.get("X-App-Usage", "{}"))
    if app and (app.keys() != USAGE or not all(_fits(one, "unsigned int") for one in app.values())):
        yield f"X-App-Usage: {app}"
    business = json.loads(headers.get("X-Business-Use-Case-Usage", "{}"))
    for owner, case in ((owner, case) for owner, cases in business.items() for case in cases):
        counts = {name: value for name, value in case.items() if name != "type"}
        whole = counts.keys() == {*USAGE, "estimated_time_to_regain_access"} and all(
            _fits(one, "unsigned int") for one in counts.values()
        )
        if not owner.isdigit() or not whole or case.get("type") not in ("pages", "instagram"):
            yield f"X-Business-Use-Case-Usage: {owner}: {case}"


def check_flat(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """An error of the address where Instagram and Threads trade codes."""
    told, form = json.loads(body), {"error_type": "string", "code": "unsigned int", "error_message": "string"}
    if (
        status != 400
        or told.keys() != form.keys()
        or not all(_fits(told[name], type_) for name, type_ in form.items())
    ):
        raise Invalid(f"{status}: {told} is no error of a code")
    if headers["Content-Type"] != "application/json; charset=UTF-8":
        raise Invalid(f"{headers['Content-Type']} is not JSON")


def check_media(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """A file of the content network, or its refusal in plain text."""
    kind = headers["Content-Type"]
    if (status, kind) == (200, "text/plain") or (
        status != 200 and (kind != "text/plain" or status not in (403, 404))
    ):
        raise Invalid(f"a media file: {status} {kind}")
    if status == 200 and not body.startswith(MEDIA.get(kind, b"\0no such type")):
        raise Invalid(f"a media file that is no {kind}")


def check_redirect(status: int, headers: Mapping[str, str], _body: bytes) -> None:
    if status != 302 or "/scontent/" not in headers.get("Location", ""):
        raise Invalid(f"{status}: no redirect to a picture")


def check(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    kind: str | Mapping[str, str],
    edge: str = "",
    fields: "Sequence[Field]" = (),
) -> None:
    """`kind` of the node, or of the nodes of the `edge`; a mapping where ?ids= asked: {id: kind}."""
    answer, found = json.loads(body), list(wrong_headers(headers))
    if status != 200:
        found += wrong_error(status, answer)
    else:
        for at, one in answer.items() if not isinstance(kind, str) else [("$", answer)]:
            node = kind if isinstance(kind, str) else kind.get(at, "nothing asked for")
            found += wrong_edge(node, edge, one, fields, at) if edge else wrong_node(node, one, fields, at)
    if found:
        raise Invalid(f"{kind}{edge and f' /{edge}'}: {found[0]}")
