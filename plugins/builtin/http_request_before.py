"""HTTP Request in its first two versions, whose parameters are laid out another way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from plugins import Context, Effects, Help, Item, Items, Json, node
from plugins.binary import binary_of, content_of
from plugins.builtin.http_request import ACCEPTED, Method, Pair, gathered, headers, object_from, pace
from plugins.javascript import text
from plugins.web import body as bodies
from plugins.web.answer import Format, Reading
from plugins.web.authentication import authenticated
from plugins.web.body import Body
from plugins.web.call import Call, query
from plugins.web.exchange import Exchange, Pace, exchanged

FORMATS: Mapping[str, Format] = {"json": "json", "string": "text", "file": "file"}
CREDENTIALS = {
    "basicAuth": "httpBasicAuth",
    "headerAuth": "httpHeaderAuth",
    "queryAuth": "httpQueryAuth",
    "digestAuth": "httpDigestAuth",
    "oAuth1": "oAuth1Api",
    "oAuth2": "oAuth2Api",
}


@dataclass(frozen=True, slots=True)
class FirstHttpOptions:
    batch_interval: Annotated[int, Help("Milliseconds between batches")] = 1000
    batch_size: Annotated[int, Help("How many calls to make at a time; -1 for all of them")] = -1
    body_content_type: Literal["json", "form-urlencoded", "multipart-form-data", "raw"] = "json"
    body_content_custom_mime_type: str = ""
    full_response: Annotated[bool, Help("Whether status and headers come along")] = False
    follow_all_redirects: bool = False
    follow_redirect: bool = True
    ignore_response_code: Annotated[bool, Help("Whether a failure status is an answer like any other")] = False
    split_into_items: Annotated[bool, Help("Whether each element of a list becomes an item")] = False
    timeout: Annotated[int, Help("Milliseconds")] = 300_000


@dataclass(frozen=True, slots=True)
class FirstHttpRequestParameters:
    request_method: Method = "GET"
    url: Annotated[str, Help("Where to send the request", required=True)] = ""
    authentication: str = "none"
    node_credential_type: str = ""
    generic_auth_type: str = ""
    allow_unauthorized_certs: bool = False
    response_format: Literal["json", "string", "file"] = "json"
    data_property_name: Annotated[str, Help("Field for a text or a file")] = "data"
    json_parameters: Annotated[bool, Help("Whether query, headers and body are typed as JSON")] = False
    send_binary_data: bool = False
    binary_property_name: str = "data"
    body_parameters_json: Json = ""
    body_parameters_ui: Annotated[tuple[Pair, ...], Help(group="parameter")] = ()
    header_parameters_json: Json = ""
    header_parameters_ui: Annotated[tuple[Pair, ...], Help(group="parameter")] = ()
    query_parameters_json: Json = ""
    query_parameters_ui: Annotated[tuple[Pair, ...], Help(group="parameter")] = ()
    options: FirstHttpOptions = FirstHttpOptions()


@node(
    "n8n-nodes-base.httpRequest",
    version=(1, 2),
    display_name="HTTP Request",
    category="NETWORK",
    tags=("http", "api", "rest", "curl"),
    parameters=FirstHttpRequestParameters,
    effects=Effects.EXTERNAL,
)
async def http_request_v2(ctx: Context[FirstHttpRequestParameters], items: Sequence[Item]) -> Items:
    """Makes an HTTP request and returns the response data."""

    def prepare(item: Item, position: int) -> Exchange:
        wanted = ctx.parameters(position)
        format_ = FORMATS[wanted.response_format]
        return Exchange(call_for(ctx, wanted, item), Reading(format_, wanted.options.full_response, _field(wanted)))

    options = ctx.parameters().options if items else None
    return await exchanged(ctx, items, prepare, pace(options.batch_size, options.batch_interval) if options else Pace())


def _field(wanted: FirstHttpRequestParameters) -> str:
    return wanted.data_property_name or "data"


def call_for(ctx: Context[FirstHttpRequestParameters], wanted: FirstHttpRequestParameters, item: Item) -> Call:
    """The request that the parameters describe."""
    options = wanted.options
    call = Call(
        method=wanted.request_method,
        url=wanted.url,
        headers=headers(
            _pairs(wanted, wanted.header_parameters_json, wanted.header_parameters_ui, "headerParametersJson")
        ),
        params=query(_pairs(wanted, wanted.query_parameters_json, wanted.query_parameters_ui, "queryParametersJson")),
        timeout_s=options.timeout / 1000,
        follow_redirects=options.follow_redirect or options.follow_all_redirects,
        verify_tls=not wanted.allow_unauthorized_certs,
        fails_on_status=not options.ignore_response_code,
    )
    if wanted.request_method in ("PATCH", "POST", "PUT", "DELETE") and (body := body_for(wanted, item)):
        call = replace(call, data=body.content).with_default_header("Content-Type", body.content_type)
    call = call.with_default_header("Accept", ACCEPTED[FORMATS[wanted.response_format]])
    kind = _credential(wanted)
    return authenticated(ctx, call, kind) if kind else call


def _pairs(
    wanted: FirstHttpRequestParameters, typed: Json, listed: Sequence[Pair], parameter: str
) -> Mapping[str, Json]:
    if wanted.json_parameters:
        return object_from(typed, parameter) if typed else {}
    return gathered(listed)


def _credential(wanted: FirstHttpRequestParameters) -> str | None:
    match wanted.authentication:
        case "none" | "":
            return None
        case "predefinedCredentialType":
            return wanted.node_credential_type
        case "genericCredentialType":
            return wanted.generic_auth_type
        case kind:
            return CREDENTIALS.get(kind, kind)


def body_for(wanted: FirstHttpRequestParameters, item: Item) -> Body | None:
    """What is sent; None when nothing is said of it."""
    options = wanted.options
    if wanted.send_binary_data:
        binary = binary_of(item, wanted.binary_property_name)
        return Body(content_of(binary), binary.mime_type)
    if options.body_content_type == "raw":
        typed = wanted.body_parameters_json
        return bodies.text_body(text(typed), options.body_content_custom_mime_type) if typed else None
    values = _body_values(wanted)
    if not values:
        return None
    match options.body_content_type:
        case "json":
            return bodies.json_body(values)
        case "form-urlencoded":
            return bodies.form_body(values)
        case "multipart-form-data":
            return bodies.multipart_body([bodies.text_part(name, value) for name, value in values.items()])


def _body_values(wanted: FirstHttpRequestParameters) -> Json:
    if not wanted.json_parameters:
        return gathered(wanted.body_parameters_ui)
    if wanted.options.body_content_type == "json":
        return bodies.parsed_json(wanted.body_parameters_json, "bodyParametersJson")
    return object_from(wanted.body_parameters_json, "bodyParametersJson")
