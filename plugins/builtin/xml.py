"""XML: to JSON and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

from plugins import Context, Help, Item, Items, Json, NodeError, node
from plugins.javascript import text, truth
from plugins.markup import xml_reader, xml_writer
from plugins.markup.xml_reader import Malformed, Shape
from plugins.markup.xml_writer import Style, Unwritable
from plugins.stored import chosen, record
from plugins.values import UNDEFINED

_MODES: Final = ("xmlToJson", "jsonToxml")
_TO_JSON: Final[Mapping[str, tuple[Json, ...]]] = {"mode": ("xmlToJson",)}
_TO_XML: Final[Mapping[str, tuple[Json, ...]]] = {"mode": ("jsonToxml",)}


@dataclass(frozen=True, slots=True)
class XmlOptions:
    attrkey: Annotated[str, Help("Key under which attributes are kept")] = "$"
    charkey: Annotated[str, Help("Key under which text beside other content is kept")] = "_"
    explicit_array: Annotated[bool, Help("Whether children are always lists")] = False
    explicit_root: Annotated[bool, Help("Whether the root element has a key")] = True
    ignore_attrs: Annotated[bool, Help("Whether attributes are left out")] = False
    merge_attrs: Annotated[bool, Help("Whether attributes stand beside the children")] = True
    normalize: Annotated[bool, Help("Whether blanks within text are condensed")] = False
    normalize_tags: Annotated[bool, Help("Whether the names of elements are put in lower case")] = False
    trim: Annotated[bool, Help("Whether blanks around text go")] = False
    allow_surrogate_chars: Annotated[bool, Help("Whether characters beyond the basic plane are allowed")] = False
    cdata: Annotated[bool, Help("Whether text is wrapped in CDATA where it would have to be escaped")] = False
    headless: Annotated[bool, Help("Whether the XML declaration is left out")] = False
    root_name: Annotated[str, Help("Name of the root element")] = xml_writer.DEFAULT_ROOT


@dataclass(frozen=True)
class XmlParameters:
    mode: Annotated[Literal["xmlToJson", "jsonToxml"], Help("From what to what")] = "xmlToJson"
    data_property_name: Annotated[str, Help("Field with the XML, or for it")] = "data"
    options: Annotated[XmlOptions, Help("More")] = field(default_factory=XmlOptions)


@node(
    "n8n-nodes-base.xml",
    display_name="XML",
    category="TRANSFORM",
    tags=("json", "parse"),
    parameters=XmlParameters,
    catches_item_errors=False,
)
def xml(ctx: Context[XmlParameters], items: Sequence[Item]) -> Items:
    """Convert data from and to XML."""
    convert = _built if chosen(ctx.parameter("mode"), _MODES, _MODES[0]) == "jsonToxml" else _parsed
    made: Items = []
    for position, item in enumerate(items):
        try:
            made.append(Item(convert(ctx, item, position)))
        except NodeError as error:
            # n8n drops items that fail, and leaves the lineage of the others to be guessed.
            if not ctx.continue_on_fail:
                raise error.at(position) from None
    return made


def _parsed(ctx: Context[Any], item: Item, position: int) -> dict[str, Json]:
    name = text(ctx.parameter("dataPropertyName", position, "data"))
    given = item.json.get(name, UNDEFINED)
    if given is UNDEFINED:
        raise NodeError(f'Item has no JSON property called "{name}"', item_index=position, retryable=False)
    try:
        json = xml_reader.parsed(text(given), _shape(record(ctx.parameter("options", position))))
    except Malformed as error:
        raise NodeError(str(error), name="Error", retryable=False) from None
    if not isinstance(json, dict):
        raise NodeError(f'The XML in "{name}" has no element that could become an object', retryable=False)
    return json


def _shape(options: Mapping[str, Json]) -> Shape:
    return Shape(
        attribute_key=text(options.get("attrkey", "$")),
        text_key=text(options.get("charkey", "_")),
        merge_attributes=truth(options.get("mergeAttrs", True)),
        lists_always=truth(options.get("explicitArray", False)),
        with_root=truth(options.get("explicitRoot", True)),
        ignore_attributes=truth(options.get("ignoreAttrs", False)),
        trim=truth(options.get("trim", False)),
        normalize=truth(options.get("normalize", False)),
        lower_names=truth(options.get("normalizeTags", False)),
    )


def _built(ctx: Context[Any], item: Item, position: int) -> dict[str, Json]:
    options = record(ctx.parameter("options", position))
    style = Style(
        attribute_key=text(options.get("attrkey", "$")),
        text_key=text(options.get("charkey", "_")),
        root=text(options.get("rootName", xml_writer.DEFAULT_ROOT)),
        headless=truth(options.get("headless", False)),
        cdata=truth(options.get("cdata", False)),
    )
    try:
        written = xml_writer.built(item.json, style)
    except Unwritable as error:
        raise NodeError(str(error), name="Error", retryable=False) from None
    return {text(ctx.parameter("dataPropertyName", position, "data")): written}
