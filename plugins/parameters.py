"""Typed parameters: how a node's stored parameters (camelCase JSON) become a frozen dataclass.

A node type names one dataclass. Its fields are snake_case, its defaults are those of n8n for that version, and nested
dataclasses stand for n8n's collections. Values follow JavaScript where n8n does: a number may arrive as text, a truth
value as anything, a resource locator stands for its value. Unknown keys are ignored.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from plugins import coercion
from plugins.coercion import Convert, Locator, Mismatch
from plugins.errors import ParameterError
from plugins.items import Json
from plugins.values import UNDEFINED

P = TypeVar("P")
_LEAVES: Mapping[Any, Convert] = {
    str: coercion.text,
    int: coercion.whole,
    float: coercion.number,
    bool: coercion.truth,
    Locator: coercion.locator,
    Any: coercion.as_is,
    object: coercion.as_is,
}


@dataclass(frozen=True, slots=True)
class Help:
    """What the reader of a form is told about a field, and how it is stored.

    `name` is the stored key where it is not the field's name in camel case. `group` unwraps n8n's fixed collections:
    `{group: [{…}]}` binds as the list itself. `required` marks a field that has a default and must be filled in all
    the same. `when` names the values of sibling fields (stored keys) for which the field exists.
    """

    text: str = ""
    name: str | None = None
    group: str | None = None
    required: bool = False
    when: Mapping[str, tuple[Json, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One field, compiled."""

    attribute: str
    key: str
    kind: Any
    help: Help
    convert: Convert
    default: Any
    required: bool


def bind(kind: type[P], resolved: Mapping[str, Json]) -> P:
    """The parameters as a `kind`. Raises `ParameterError` that names the parameter and what would fit."""
    try:
        return typing.cast(P, _binder(kind)(resolved))
    except Mismatch as mismatch:
        path = ".".join(mismatch.path)
        raise ParameterError(f"Parameter '{path}' {mismatch}", parameter=path) from None


def missing(kind: type[Any], raw: Mapping[str, Json]) -> list[str]:
    """Stored keys (dotted) of required fields that `raw`, with its expressions unresolved, leaves empty."""
    found: list[str] = []
    for parameter in compiled(kind) if is_dataclass(kind) else ():
        if not _shown(kind, parameter, raw):
            continue
        value = raw.get(parameter.key)
        if parameter.required and value in (None, ""):
            found.append(parameter.key)
        elif value is not None:
            found += [f"{parameter.key}.{key}" for key in _missing_within(parameter, value)]
    return found


def _missing_within(parameter: Parameter, value: Json) -> list[str]:
    nested = nested_kind(parameter.kind)
    if nested is None:
        return []
    if not parameter.help.group:
        return missing(nested, value) if isinstance(value, Mapping) else []
    entries = value.get(parameter.help.group) if isinstance(value, Mapping) else None
    rows = entries if isinstance(entries, list) else [entries]
    return [
        f"{parameter.help.group}.{position}.{key}"
        for position, row in enumerate(rows)
        if isinstance(row, Mapping)
        for key in missing(nested, row)
    ]


def expression_defaults(kind: Any) -> Mapping[str, str]:
    """Stored keys of top-level fields whose default is itself an expression, to be resolved where absent."""
    return _expression_defaults(kind)


def _find_expression_defaults(kind: Any) -> Mapping[str, str]:
    parameters = compiled(kind) if is_dataclass(kind) else ()
    return {p.key: p.default for p in parameters if isinstance(p.default, str) and p.default.startswith("=")}


_expression_defaults: Callable[[Any], Mapping[str, str]] = cache(_find_expression_defaults)


# ------------------------------------------------------------------------------------------------ compiling


def compiled(kind: Any) -> tuple[Parameter, ...]:
    """The fields of a parameters dataclass, in order. Raises `TypeError` for a field no JSON value could fill."""
    return _compile(kind)


def _compile_fields(kind: Any) -> tuple[Parameter, ...]:
    hints = typing.get_type_hints(kind, include_extras=True)
    return tuple(_parameter(spec, hints[spec.name]) for spec in fields(kind))


_compile: Callable[[Any], tuple[Parameter, ...]] = cache(_compile_fields)


def _parameter(spec: Field[Any], hint: Any) -> Parameter:
    extras = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    help_ = next((extra for extra in extras if isinstance(extra, Help)), Help())
    kind = get_args(hint)[0] if extras else hint
    default = spec.default_factory() if spec.default_factory is not MISSING else spec.default
    convert = _converter(kind)
    return Parameter(
        attribute=spec.name,
        key=help_.name or _camel(spec.name),
        kind=kind,
        help=help_,
        convert=_grouped(help_.group, convert) if help_.group else convert,
        default=default,
        required=help_.required or default is MISSING,
    )


def _make_binder(kind: Any) -> Convert:
    """A function from stored parameters to a `kind`. Its cost grows with what is stored, not with what could be."""
    if not is_dataclass(kind):
        return lambda _: kind()
    make: Callable[..., Any] = kind  # type: ignore[assignment]  # a dataclass, not an instance of one
    known = {parameter.key: (parameter.attribute, parameter.convert) for parameter in compiled(kind)}
    needed = [parameter for parameter in compiled(kind) if parameter.default is MISSING]

    def binder(raw: Json) -> Any:
        if not isinstance(raw, Mapping):
            if raw:
                raise Mismatch(f"must be an object, not {coercion.named(raw)}")
            raw = {}
        values: dict[str, Any] = {}
        for key, value in raw.items():
            field_ = known.get(key)
            if field_ is None or (value is UNDEFINED and field_[1] is not coercion.as_is):
                continue
            try:
                values[field_[0]] = field_[1](value)
            except Mismatch as mismatch:
                raise mismatch.within(key) from None
        for parameter in needed:
            if parameter.attribute not in values:
                raise Mismatch("is required").within(parameter.key)
        return make(**values)

    return binder


_binder: Callable[[Any], Convert] = cache(_make_binder)


def _converter(kind: Any) -> Convert:
    if kind in _LEAVES:
        return _LEAVES[kind]
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _optional(get_args(kind))
    if origin in (tuple, list):
        return _listed(_converter(get_args(kind)[0]), tuple if origin is tuple else list)
    if origin is Literal:
        return coercion.choice({option: option for option in get_args(kind)})
    if origin is not None and issubclass(origin, Mapping):
        return coercion.mapping
    if isinstance(kind, type) and issubclass(kind, Enum):
        return coercion.choice({option.value: option for option in kind})
    if is_dataclass(kind):
        return _binder(kind)
    raise TypeError(
        f"{kind!r} cannot be a parameter: use str, int, float, bool, Json, Literal, an Enum, a dataclass, "
        "a tuple or list of these, or one of them with None"
    )


def nested_kind(kind: Any) -> Any:
    """The dataclass within a field's type: the type itself, or that of a list's elements. None when there is none."""
    inner = get_args(kind)[0] if get_origin(kind) in (tuple, list, Union, types.UnionType) else kind
    return inner if isinstance(inner, type) and is_dataclass(inner) and inner is not Locator else None


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def _optional(kinds: tuple[Any, ...]) -> Convert:
    others = [kind for kind in kinds if kind is not types.NoneType]
    if len(others) != 1:
        return coercion.as_is
    convert = _converter(others[0])
    return lambda value: None if value is None else convert(value)


def _listed(convert: Convert, collect: Callable[[list[Any]], Any]) -> Convert:
    def listed(value: Json) -> Any:
        if value is None or value == "":
            return collect([])
        return collect([convert(element) for element in (value if isinstance(value, list) else [value])])

    return listed


def _grouped(group: str, convert: Convert) -> Convert:
    def grouped(value: Json) -> Any:
        if isinstance(value, Mapping):
            value = value.get(group)
        try:
            return convert(value)
        except Mismatch as mismatch:
            raise mismatch.within(group) from None

    return grouped


def _shown(kind: type[Any], parameter: Parameter, raw: Mapping[str, Json]) -> bool:
    if not parameter.help.when:
        return True
    defaults = {other.key: other.default for other in compiled(kind)}
    return all(raw.get(key, defaults.get(key)) in options for key, options in parameter.help.when.items())
