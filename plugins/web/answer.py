"""What an HTTP response becomes: items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Literal, TypeAlias
from urllib.parse import unquote, urlsplit

import orjson

from plugins.binary import made
from plugins.context import Response
from plugins.errors import NodeError
from plugins.items import Item, Items, Json

Format: TypeAlias = Literal["autodetect", "json", "text", "file"]
_TEXT_TYPES = ("text/", "application/xml", "application/javascript", "application/x-www-form-urlencoded")


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read a response. `full` adds status and headers; `field` holds a text or a file."""

    format: Format = "autodetect"
    full: bool = False
    field: str = "data"


def items_of(response: Response, reading: Reading) -> Items:
    """One item, or one for each element of a JSON list."""
    format_ = _detected(response) if reading.format == "autodetect" else reading.format
    if format_ == "file":
        return [_file(response, reading)]
    body = _parsed(response) if format_ == "json" else _decoded(response)
    if reading.full:
        content = {"body": body} if format_ == "json" else {reading.field: body}
        return [Item({**content, **_envelope(response)})]
    if format_ == "text":
        return [Item({reading.field: body})]
    return [Item(element if isinstance(element, dict) else {reading.field: element}) for element in _elements(body)]


def _elements(body: Json) -> list[Json]:
    if body is None:
        return [{}]
    return body if isinstance(body, list) else [body]


def _envelope(response: Response) -> dict[str, Json]:
    return {
        "headers": dict(response.headers),
        "statusCode": response.status,
        "statusMessage": response.reason,
    }


def _detected(response: Response) -> Format:
    kind = _content_type(response.headers)
    if kind == "application/json" or kind.endswith("+json"):
        return "json"
    return "text" if not kind or kind.startswith(_TEXT_TYPES) or kind.endswith("+xml") else "file"


def _content_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _parsed(response: Response) -> Json:
    if not response.body.strip():
        return None
    try:
        return orjson.loads(response.body)
    except ValueError:
        raise NodeError(
            'Response body is not valid JSON. Change "Response Format" to "Text"', code="INVALID_RESPONSE"
        ) from None


def _decoded(response: Response) -> str:
    """Text in the character set that the response names, else UTF-8."""
    message = Message()
    message["content-type"] = response.headers.get("content-type", "")
    try:
        return response.body.decode(str(message.get_content_charset("utf-8")), errors="replace")
    except LookupError:
        return response.body.decode("utf-8", errors="replace")


def _file(response: Response, reading: Reading) -> Item:
    binary = made(response.body, name=_file_name(response), mime_type=_content_type(response.headers))
    return Item(_envelope(response) if reading.full else {}, binary={reading.field: binary})


def _file_name(response: Response) -> str:
    """From the response's disposition, else from the URL's last step. Without any path."""
    message = Message()
    message["content-disposition"] = response.headers.get("content-disposition", "")
    named = message.get_filename() or unquote(urlsplit(response.url).path)
    return named.replace("\\", "/").rsplit("/", 1)[-1]
