"""Typed parameters described as JSON, for forms and for the `nodeTypes` query."""

from __future__ import annotations

import types
from dataclasses import MISSING, is_dataclass
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin

from plugins.coercion import Locator
from plugins.items import Json
from plugins.parameters import Parameter, compiled, nested_kind


def describe(kind: type[Any]) -> list[Json]:
    """The fields as JSON: name, type, help, default or required, options, and the fields of nested ones."""
    return [_describe(parameter) for parameter in compiled(kind)] if is_dataclass(kind) else []


def _describe(parameter: Parameter) -> Json:
    kind = parameter.kind
    answer: dict[str, Json] = {"name": parameter.key, "type": _type_name(kind), "help": parameter.help.text}
    if parameter.required:
        answer["required"] = True
    if parameter.default is not MISSING:
        answer["default"] = _plain(parameter.default)
    if parameter.help.group:
        answer["group"] = parameter.help.group
    if parameter.help.when:
        answer["when"] = {key: list(options) for key, options in parameter.help.when.items()}
    if options := _options(kind):
        answer["options"] = options
    if nested := nested_kind(kind):
        answer["fields"] = describe(nested)
    return answer


def _type_name(kind: Any) -> str:
    names = {str: "string", int: "integer", float: "number", bool: "boolean", Locator: "resourceLocator"}
    if kind in names:
        return names[kind]
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        others = [other for other in get_args(kind) if other is not types.NoneType]
        return _type_name(others[0]) if len(others) == 1 else "json"
    if origin in (tuple, list):
        return "list"
    if _options(kind):
        return "options"
    return "collection" if is_dataclass(kind) else "json"


def _options(kind: Any) -> list[Json]:
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    return [option.value for option in kind] if isinstance(kind, type) and issubclass(kind, Enum) else []


def _plain(value: Any) -> Json:
    """A default as it would be stored. Empty collections stand for their own defaults."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | list):
        return [_plain(element) for element in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {}
    return value
