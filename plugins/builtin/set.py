"""Edit Fields (Set), since version 3: new items out of typed assignments or of JSON, with or without the old fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from plugins import Context, Help, Item, Items, Json, NodeError, fieldtypes, jsonrepair, jsontext, node, paths
from plugins.fieldtypes import Unfit
from plugins.javascript import is_object, number, text, truth, type_of
from plugins.running import error_item, link_to
from plugins.stored import chosen, record, records
from plugins.templates import blocks, has_expression
from plugins.values import UNDEFINED

_SETTINGS: Final = ("options", "include", "includeOtherFields", "includeFields", "excludeFields")
_INCLUDING: Final = ("all", "none", "selected", "except")
MOST_COPIES: Final = 10_000
_EXACT: Final = {"string": str, "number": int, "boolean": bool, "array": list, "object": dict}


@dataclass(frozen=True)
class Assignment:
    name: Annotated[str, Help("Field to set; dots reach into objects")] = ""
    value: Annotated[Json, Help("Its value")] = None
    type: Annotated[str, Help("Type of the value: string, number, boolean, array or object")] = "string"


@dataclass(frozen=True)
class TypedField:
    name: Annotated[str, Help("Field to set; dots reach into objects")] = ""
    type: Annotated[str, Help("Type of the value, which names where it is stored")] = "stringValue"
    string_value: Annotated[Json, Help("Text")] = ""
    number_value: Annotated[Json, Help("Number")] = ""
    boolean_value: Annotated[Json, Help("True or false")] = "true"
    array_value: Annotated[Json, Help("List, or its JSON text")] = ""
    object_value: Annotated[Json, Help("Object, or its JSON text")] = "={}"


@dataclass(frozen=True)
class SetOptions:
    dot_notation: Annotated[bool, Help("Whether dots in names reach into objects")] = True
    ignore_conversion_errors: Annotated[bool, Help("Whether values that do not fit are kept as they are")] = False
    include_binary: Annotated[bool, Help("Whether binary data is kept (before version 3.4)")] = True
    strip_binary: Annotated[bool, Help("Whether binary data is dropped (since version 3.4)")] = True


@dataclass(frozen=True)
class SetParameters:
    mode: Annotated[Literal["manual", "raw"], Help("Whether fields are set one by one or by JSON")] = "manual"
    assignments: Annotated[tuple[Assignment, ...], Help("Fields to set", group="assignments")] = ()
    json_output: Annotated[Json, Help("Fields as JSON", when={"mode": ("raw",)})] = "{}"
    include_other_fields: Annotated[bool, Help("Whether the fields of the input are kept too")] = False
    include: Annotated[Literal["all", "selected", "except"], Help("Which of them")] = "all"
    include_fields: Annotated[str, Help("Fields to keep, separated by commas", when={"include": ("selected",)})] = ""
    exclude_fields: Annotated[str, Help("Fields to leave out, separated by commas", when={"include": ("except",)})] = ""
    duplicate_item: Annotated[bool, Help("Whether items are repeated, in manual executions")] = False
    duplicate_count: Annotated[int, Help("How many more of each", when={"duplicateItem": (True,)})] = 0
    options: Annotated[SetOptions, Help("More")] = field(default_factory=SetOptions)


@dataclass(frozen=True)
class EarlierSetParameters:
    mode: Annotated[Literal["manual", "raw"], Help("Whether fields are set one by one or by JSON")] = "manual"
    fields: Annotated[tuple[TypedField, ...], Help("Fields to set", group="values", when={"mode": ("manual",)})] = ()
    json_output: Annotated[Json, Help("Fields as JSON", when={"mode": ("raw",)})] = "{}"
    include: Annotated[Literal["all", "none", "selected", "except"], Help("Which old fields are kept")] = "all"
    include_fields: Annotated[str, Help("Fields to keep, separated by commas", when={"include": ("selected",)})] = ""
    exclude_fields: Annotated[str, Help("Fields to leave out, separated by commas", when={"include": ("except",)})] = ""
    duplicate_item: Annotated[bool, Help("Whether items are repeated, in manual executions")] = False
    duplicate_count: Annotated[int, Help("How many more of each", when={"duplicateItem": (True,)})] = 0
    options: Annotated[SetOptions, Help("More")] = field(default_factory=SetOptions)


@dataclass(frozen=True, slots=True)
class _Settings:
    """What becomes of the input's fields, and how strict assignments are."""

    include: str
    names: Sequence[str]
    dots: bool
    lenient: bool
    binary: bool


async def _run(ctx: Context[SetParameters], items: Sequence[Item]) -> Items:
    """Set fields of items: one by one with types, or all at once as JSON."""
    fields_of = _raw_fields if ctx.parameter("mode", 0, "manual") == "raw" else None
    typed: Callable[..., dict[str, Json]] = _assigned if ctx.node.type_version >= 3.3 else _assigned_by_type
    steady = not any(has_expression(ctx.node.parameters.get(key)) for key in _SETTINGS)
    settings: _Settings | None = None
    copies = _copies(ctx)
    made: Items = []
    for position, item in enumerate(items):
        try:
            if settings is None or not steady:
                settings = _settings(ctx, position)
            fields = typed(ctx, position, settings) if fields_of is None else await fields_of(ctx, position)
            new = Item(
                _composed(item.json, fields, settings), link_to(position), item.binary if settings.binary else None
            )
        except NodeError as error:
            if not ctx.continue_on_fail:
                raise error.named("NodeOperationError") from error.__cause__
            new = error_item(error, position)
        made.extend([new] * copies)
    return made


def _unusable(raw: Mapping[str, Json]) -> Mapping[str, str]:
    """Fixed JSON that is something other than an object cannot become an item, whatever arrives."""
    output = raw.get("jsonOutput")
    if raw.get("mode") != "raw" or not isinstance(output, str) or output.startswith("="):
        return {}
    try:
        whole = isinstance(_parsed(output, 0), dict)
    except NodeError:
        whole = True  # told where it happens: text that cannot be read fails the node itself
    return {} if whole else {"jsonOutput": "The JSON must be an object"}


set_fields, earlier_set_fields = (
    node(
        "n8n-nodes-base.set",
        version=versions,
        display_name="Edit Fields (Set)",
        category="DATA",
        tags=("fields", "assign", "json"),
        parameters=parameters,
        check=_unusable,
    )(_run)
    for versions, parameters in (((3.3, 3.4), SetParameters), ((3, 3.1, 3.2), EarlierSetParameters))
)


def _copies(ctx: Context[SetParameters]) -> int:
    """How often each item comes out. Repeating is for trying things out: production executions do not."""
    if ctx.mode != "manual" or not truth(ctx.parameter("duplicateItem", 0, False)):
        return 1
    count = number(ctx.parameter("duplicateCount", 0, 0))
    return 1 + int(count) if 0 <= count <= MOST_COPIES else 1


def _settings(ctx: Context[SetParameters], position: int) -> _Settings:
    include = chosen(ctx.parameter("include", position), _INCLUDING, "all")
    since_3_3, since_3_4 = ctx.node.type_version >= 3.3, ctx.node.type_version >= 3.4
    if since_3_3 and not truth(ctx.parameter("includeOtherFields", position, False)):
        include = "none"
    listed = {"selected": "includeFields", "except": "excludeFields"}.get(include)
    options = record(ctx.parameter("options", position))
    kept = include != "none" and not truth(options.get("stripBinary", False))
    return _Settings(
        include=include,
        names=[name.strip() for name in text(ctx.parameter(listed, position, "")).split(",")] if listed else (),
        dots=truth(options.get("dotNotation", True)),
        lenient=truth(options.get("ignoreConversionErrors", False)),
        binary=kept if since_3_4 else truth(options.get("includeBinary", False)),
    )


# ------------------------------------------------------------------------------------------------ new fields


def _assigned(ctx: Context[SetParameters], position: int, settings: _Settings) -> dict[str, Json]:
    fields: dict[str, Json] = {}
    for assignment in records(ctx.parameter("assignments.assignments", position)):
        name, kind, value = assignment.get("name", ""), assignment.get("type", "string"), assignment.get("value")
        if type(kind) is not str or type(value) is not _EXACT.get(kind):
            value = _fitted(text(name), value, text(kind), position, settings.lenient)
        fields[name if type(name) is str else text(name)] = value
    return fields


def _assigned_by_type(ctx: Context[SetParameters], position: int, settings: _Settings) -> dict[str, Json]:
    """Before 3.3 every type had its own place for the value."""
    fields: dict[str, Json] = {}
    for one in records(ctx.parameter("fields.values", position)):
        name, kind = text(one.get("name", "")), text(one.get("type", "stringValue"))
        default = {"booleanValue": "true", "objectValue": "{}"}.get(kind, "")
        fields[name] = _fitted(name, one.get(kind, default), kind.removesuffix("Value"), position, settings.lenient)
    return fields


def _fitted(name: str, value: Json, kind: str, position: int, lenient: bool) -> Json:
    """The value as that type. Raises `NodeError` where it does not fit, unless `lenient`."""
    if value is None or value is UNDEFINED:
        return None
    try:
        return fieldtypes.convert(value, kind)
    except Unfit:
        if lenient:
            return value
    got = "array" if isinstance(value, list) else type_of(value)
    shown = got if got in ("array", "object") else f"'{text(value)}'"
    raise NodeError(
        f"'{name}' expects a {kind} but we got {shown} [item {position}]",
        description=f'To fix the error try to change the type for the field "{name}" or activate the option '
        "“Ignore Type Conversion Errors” to apply a less strict type validation",
        item_index=position,
        retryable=False,
    )


async def _raw_fields(ctx: Context[SetParameters], position: int) -> Mapping[str, Json]:
    """The fields that the JSON holds; text that is nearly JSON is repaired. Raises `NodeError`."""
    value = await _raw_value(ctx, position)
    parsed = _parsed(value, position) if isinstance(value, str) else value
    if parsed is None or parsed is UNDEFINED:
        raise NodeError("Cannot convert undefined or null to object", item_index=position, retryable=False)
    if not isinstance(parsed, dict):
        raise NodeError(
            f"The 'JSON Output' in item {position} does not contain a valid JSON object",
            item_index=position,
            retryable=False,
        )
    return parsed


async def _raw_value(ctx: Context[SetParameters], position: int) -> Json:
    """The stored JSON with its blocks filled in: objects as JSON, and undefined by its name."""
    template = ctx.node.parameters.get("jsonOutput", "{}")
    parts = blocks(template) if isinstance(template, str) and template.startswith("=") else ()
    if len(parts) <= 1 or (len(parts) == 3 and not parts[0] and not parts[2]):
        return ctx.parameter("jsonOutput", position, UNDEFINED if "jsonOutput" in ctx.node.parameters else "{}")
    written = []
    for index, part in enumerate(parts):
        written.append(_filled(await ctx.evaluate(f"={part}", position)) if index % 2 else part)
    return "".join(written)


def _filled(value: Json) -> str:
    return jsontext.stringify(value) if is_object(value) else text(value)


def _parsed(written: str, position: int) -> Json:
    try:
        return jsontext.parse(written)
    except ValueError:
        pass
    try:
        return jsonrepair.parse(written)
    except ValueError:
        raise NodeError(
            f"The 'JSON Output' in item {position} contains invalid JSON",
            description=written,
            item_index=position,
            retryable=False,
        ) from None


# ------------------------------------------------------------------------------------------------ the whole item


def _composed(json: dict[str, Json], fields: Mapping[str, Json], settings: _Settings) -> dict[str, Json]:
    """The kept fields of the input and the new ones over them."""
    made = dict(json) if settings.include == "all" else _kept(json, settings)
    for name, value in fields.items():
        if not settings.dots or ("." not in name and "[" not in name):
            made[name] = value
        else:
            made = paths.with_value(made, name, value)
    return made


def _kept(json: dict[str, Json], settings: _Settings) -> dict[str, Json]:
    if settings.include == "selected":
        return _selected(json, settings)
    if settings.include == "except":
        for name in settings.names:
            json = paths.without(json, name) if settings.dots else {k: v for k, v in json.items() if k != name}
        return dict(json)
    return {}


def _selected(json: dict[str, Json], settings: _Settings) -> dict[str, Json]:
    """The selected fields; one deep inside comes out under its last name."""
    made: dict[str, Json] = {}
    for name in settings.names:
        value = paths.get(json, name) if settings.dots else json.get(name, UNDEFINED)
        if value is not UNDEFINED:
            made[name.rsplit(".", 1)[-1] if settings.dots else name] = value
    return made
