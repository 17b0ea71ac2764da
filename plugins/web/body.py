"""What a request carries: the bytes, and the content type that says what they are."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import orjson

from plugins.binary import binary_of, content_of
from plugins.errors import ParameterError
from plugins.items import Item, Json
from plugins.javascript import text
from plugins.web.call import query

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Body:
    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a multipart form; a file has a name and a type of its own."""

    name: str
    content: bytes
    file_name: str | None = None
    content_type: str | None = None


def json_body(value: Json) -> Body:
    return Body(orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS), JSON)


def form_body(values: Mapping[str, Json]) -> Body:
    return Body(urlencode(query(values, "repeat")).encode(), FORM)


def text_body(value: str, content_type: str) -> Body:
    return Body(value.encode(), content_type or "text/plain")


def multipart_body(parts: Sequence[Part]) -> Body:
    """The boundary comes from what is sent, so that another attempt sends the same bytes."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(part.content)
    boundary = f"heddle-{digest.hexdigest()}"
    lines = b"".join(b"--" + boundary.encode() + b"\r\n" + _encoded(part) + b"\r\n" for part in parts)
    return Body(lines + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}")


def _encoded(part: Part) -> bytes:
    disposition = f'Content-Disposition: form-data; name="{_quoted(part.name)}"'
    if part.file_name is not None:
        disposition += f'; filename="{_quoted(part.file_name)}"'
    content_type = "" if part.content_type is None else f"\r\nContent-Type: {_quoted(part.content_type)}"
    return f"{disposition}{content_type}\r\n\r\n".encode() + part.content


def _quoted(value: str) -> str:
    """A header value without what would end it: RFC 7578 leaves this to percent-encoding."""
    return value.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def text_part(name: str, value: Json) -> Part:
    return Part(name, text(value).encode())


def file_part(name: str, item: Item, field: str) -> Part:
    binary = binary_of(item, field)
    return Part(name, content_of(binary), binary.file_name or "file", binary.mime_type)


def parsed_json(value: Json, parameter: str) -> Json:
    """JSON that an author typed as text, or that an expression gave as it is."""
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value or "{}")
    except ValueError:
        raise ParameterError("JSON parameter needs to be valid JSON", parameter=parameter) from None
