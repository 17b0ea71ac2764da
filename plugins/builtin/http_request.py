"""HTTP Request: one call for each item, and its answer as items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal, TypeAlias

from plugins import Context, Effects, Help, Item, Items, Json, ParameterError, node
from plugins.binary import binary_of, content_of
from plugins.javascript import text
from plugins.paths import with_value
from plugins.web import body as bodies
from plugins.web.answer import Format, Reading
from plugins.web.authentication import authenticated
from plugins.web.body import Body
from plugins.web.call import ArrayFormat, Call, query
from plugins.web.exchange import Exchange, Pace, exchanged

Method: TypeAlias = Literal["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
MARKUP = "text/html,application/xhtml+xml,application/xml,text/*;q=0.9"
ACCEPTED: Mapping[Format, str] = {
    "autodetect": f"application/json,{MARKUP}, image/*;q=0.8, */*;q=0.7",
    "json": "application/json,text/*;q=0.99",
    "text": f"application/json,{MARKUP}, */*;q=0.1",
    "file": "*/*",
}
"""What a call says it would like to have, by how its answer will be read."""


@dataclass(frozen=True, slots=True)
class Pair:
    name: str = ""
    value: Json = ""


@dataclass(frozen=True, slots=True)
class FormField(Pair):
    parameter_type: Annotated[Literal["formData", "formBinaryData"], Help("Text, or a file")] = "formData"
    input_data_field_name: Annotated[str, Help("Binary field that holds the file")] = ""


@dataclass(frozen=True, slots=True)
class Batch:
    batch_size: Annotated[int, Help("How many calls to make at a time; -1 for all of them")] = 50
    batch_interval: Annotated[int, Help("Milliseconds between batches")] = 1000


@dataclass(frozen=True, slots=True)
class Batching:
    batch: Batch | None = None


@dataclass(frozen=True, slots=True)
class Redirect:
    follow_redirects: bool = True
    max_redirects: int = 21


@dataclass(frozen=True, slots=True)
class Redirection:
    redirect: Redirect = Redirect()


@dataclass(frozen=True, slots=True)
class ResponseSettings:
    full_response: Annotated[bool, Help("Whether status and headers come along")] = False
    never_error: Annotated[bool, Help("Whether a failure status is an answer like any other")] = False
    response_format: Annotated[Format, Help("How to read the response")] = "autodetect"
    output_property_name: Annotated[str, Help("Field for a text or a file")] = "data"


@dataclass(frozen=True, slots=True)
class Responses:
    response: ResponseSettings = ResponseSettings()


@dataclass(frozen=True, slots=True)
class Page:
    pagination_mode: Literal["off", "updateAParameterInEachRequest", "responseContainsNextURL"] = (
        "updateAParameterInEachRequest"
    )


@dataclass(frozen=True, slots=True)
class Pagination:
    pagination: Page | None = None


@dataclass(frozen=True, slots=True)
class HttpOptions:
    batching: Batching = Batching()
    allow_unauthorized_certs: Annotated[bool, Help("Whether a certificate that cannot be verified is good enough")] = (
        False
    )
    query_parameter_arrays: Annotated[ArrayFormat, Help("How a list is spelled in a query")] = "brackets"
    redirect: Redirection = Redirection()
    response: Responses = Responses()
    pagination: Pagination = Pagination()
    proxy: Annotated[str, Help("Not available: calls go out directly")] = ""
    timeout: Annotated[int, Help("Milliseconds")] = 300_000


@dataclass(frozen=True, slots=True)
class HttpRequestParameters:
    method: Method = "GET"
    url: Annotated[str, Help("Where to send the request", required=True)] = ""
    authentication: Literal["none", "predefinedCredentialType", "genericCredentialType"] = "none"
    node_credential_type: Annotated[str, Help(when={"authentication": ("predefinedCredentialType",)})] = ""
    generic_auth_type: Annotated[str, Help(when={"authentication": ("genericCredentialType",)})] = ""
    send_query: bool = False
    specify_query: Annotated[Literal["keypair", "json"], Help(when={"sendQuery": (True,)})] = "keypair"
    query_parameters: Annotated[tuple[Pair, ...], Help(group="parameters", when={"sendQuery": (True,)})] = ()
    json_query: Json = ""
    send_headers: bool = False
    specify_headers: Annotated[Literal["keypair", "json"], Help(when={"sendHeaders": (True,)})] = "keypair"
    header_parameters: Annotated[tuple[Pair, ...], Help(group="parameters", when={"sendHeaders": (True,)})] = ()
    json_headers: Json = ""
    send_body: bool = False
    content_type: Annotated[
        Literal["json", "form-urlencoded", "multipart-form-data", "binaryData", "raw"], Help(when={"sendBody": (True,)})
    ] = "json"
    specify_body: Annotated[Literal["keypair", "json", "string"], Help(when={"sendBody": (True,)})] = "keypair"
    body_parameters: Annotated[tuple[FormField, ...], Help(group="parameters", when={"sendBody": (True,)})] = ()
    json_body: Json = ""
    body: Json = ""
    raw_content_type: Annotated[str, Help("MIME type of the raw body")] = ""
    input_data_field_name: Annotated[str, Help("Binary field that is sent", when={"contentType": ("binaryData",)})] = ""
    options: HttpOptions = HttpOptions()


@node(
    "n8n-nodes-base.httpRequest",
    version=(3, 4, 4.1, 4.2, 4.3),
    display_name="HTTP Request",
    category="NETWORK",
    tags=("http", "api", "rest", "curl"),
    parameters=HttpRequestParameters,
    effects=Effects.EXTERNAL,
)
async def http_request(ctx: Context[HttpRequestParameters], items: Sequence[Item]) -> Items:
    """Makes an HTTP request and returns the response data."""

    def prepare(item: Item, position: int) -> Exchange:
        wanted = ctx.parameters(position)
        settings = wanted.options.response.response
        reading = Reading(settings.response_format, settings.full_response, settings.output_property_name)
        return Exchange(call_for(ctx, wanted, item), reading)

    batch = ctx.parameters().options.batching.batch if items else None
    return await exchanged(ctx, items, prepare, pace(batch.batch_size, batch.batch_interval) if batch else Pace())


def pace(size: int, interval_ms: int) -> Pace:
    return Pace(size, max(interval_ms, 0)) if size > 0 else Pace()


def call_for(ctx: Context[HttpRequestParameters], wanted: HttpRequestParameters, item: Item) -> Call:
    """The request that the parameters describe. Raises `ParameterError` where they contradict themselves."""
    options = wanted.options
    if options.pagination.pagination and options.pagination.pagination.pagination_mode != "off":
        raise ParameterError("Pagination is not available on this server yet", parameter="options.pagination")
    call = Call(
        method=wanted.method,
        url=wanted.url,
        headers=headers(_headers(wanted)),
        params=query(_query(wanted), options.query_parameter_arrays),
        timeout_s=options.timeout / 1000,
        follow_redirects=options.redirect.redirect.follow_redirects,
        max_redirects=options.redirect.redirect.max_redirects,
        verify_tls=not options.allow_unauthorized_certs,
        fails_on_status=not options.response.response.never_error,
    )
    if wanted.send_body and wanted.method not in ("GET", "HEAD"):
        body = body_for(wanted, item, dotted_names=ctx.node.type_version >= 4)
        call = replace(call, data=body.content).with_default_header("Content-Type", body.content_type)
    call = call.with_default_header("Accept", ACCEPTED[options.response.response.response_format])
    match wanted.authentication:
        case "genericCredentialType":
            return authenticated(ctx, call, wanted.generic_auth_type)
        case "predefinedCredentialType":
            return authenticated(ctx, call, wanted.node_credential_type)
        case "none":
            return call


def headers(values: Mapping[str, Json]) -> dict[str, str]:
    return {name: text(value) for name, value in values.items() if value is not None}


def _query(wanted: HttpRequestParameters) -> Mapping[str, Json]:
    if not wanted.send_query:
        return {}
    if wanted.specify_query == "json":
        return object_from(wanted.json_query, "jsonQuery")
    return gathered(wanted.query_parameters)


def _headers(wanted: HttpRequestParameters) -> Mapping[str, Json]:
    if not wanted.send_headers:
        return {}
    if wanted.specify_headers == "json":
        return object_from(wanted.json_headers, "jsonHeaders")
    return {pair.name: pair.value for pair in wanted.header_parameters if pair.name}


def object_from(value: Json, parameter: str) -> Mapping[str, Json]:
    """An object that an author typed as JSON. Raises `ParameterError` for anything else."""
    parsed = bodies.parsed_json(value, parameter)
    if not isinstance(parsed, Mapping):
        raise ParameterError("JSON parameter needs to be valid JSON", parameter=parameter)
    return parsed


def gathered(pairs: Sequence[Pair]) -> dict[str, Json]:
    """Names and values; a name that comes twice has a list of its values."""
    values: dict[str, Json] = {}
    for pair in pairs:
        if pair.name in values:
            known = values[pair.name]
            values[pair.name] = [*known, pair.value] if isinstance(known, list) else [known, pair.value]
        elif pair.name:
            values[pair.name] = pair.value
    return values


def body_for(wanted: HttpRequestParameters, item: Item, *, dotted_names: bool) -> Body:
    match wanted.content_type:
        case "json":
            return bodies.json_body(_json(wanted, dotted_names=dotted_names))
        case "form-urlencoded":
            if wanted.specify_body == "string":
                return bodies.text_body(text(wanted.body), bodies.FORM)
            return bodies.form_body(gathered(wanted.body_parameters))
        case "multipart-form-data":
            return bodies.multipart_body([_part(field, item) for field in wanted.body_parameters if field.name])
        case "raw":
            return bodies.text_body(text(wanted.body), wanted.raw_content_type)
        case "binaryData":
            binary = binary_of(item, wanted.input_data_field_name)
            return Body(content_of(binary), binary.mime_type)


def _json(wanted: HttpRequestParameters, *, dotted_names: bool) -> Json:
    if wanted.specify_body == "json":
        return bodies.parsed_json(wanted.json_body, "jsonBody")
    if wanted.specify_body == "string":
        return bodies.parsed_json(wanted.body, "body")
    values: dict[str, Json] = {}
    for pair in wanted.body_parameters:
        values = with_value(values, pair.name, pair.value) if dotted_names else {**values, pair.name: pair.value}
    return values


def _part(field: FormField, item: Item) -> bodies.Part:
    if field.parameter_type == "formBinaryData":
        return bodies.file_part(field.name, item, field.input_data_field_name)
    return bodies.text_part(field.name, field.value)
