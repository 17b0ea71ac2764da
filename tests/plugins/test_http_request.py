"""The HTTP Request node, against a fake server."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest

from plugins import Item, Link, NodeError, Response
from plugins.builtin.http_request import http_request
from plugins.builtin.http_request_before import http_request_v2
from plugins.items import Binary
from plugins.testing import FakeHttp, NodeBench, Request, Result, respond

JSON = {"content-type": "application/json; charset=utf-8"}
URL = "https://api.test/things"


def ok(body: Any) -> FakeHttp:
    return FakeHttp(respond(json.dumps(body), headers=JSON))


async def ask(server: FakeHttp, items: Any = ({},), **parameters: Any) -> Result:
    return await NodeBench(http_request).run({"url": URL, **parameters}, items, http=server)


async def asked(items: Any = ({},), **parameters: Any) -> Request:
    server = ok({})
    await ask(server, items, **parameters)
    return server.requests[0]


async def test_each_item_makes_one_call_and_keeps_its_lineage() -> None:
    server = ok({"ok": True})
    result = await ask(server, [{"id": 1}, {"id": 2}], url=f"={URL}/{{{{ $json.id }}}}")
    assert [request.url for request in server.requests] == [f"{URL}/1", f"{URL}/2"]
    assert [item.paired for item in result.items()] == [Link(0), Link(1)]


async def test_a_list_becomes_one_item_an_element() -> None:
    result = await ask(ok([{"a": 1}, 2]))
    assert result.json() == [{"a": 1}, {"data": 2}]


async def test_the_answers_come_in_the_items_order_whichever_is_first() -> None:
    last = asyncio.Event()

    async def slow_first(request: Request) -> Response:
        if request.url.endswith("1"):
            await last.wait()
        last.set()
        return await_free(request)

    def await_free(request: Request) -> Response:
        return Response(200, "OK", JSON, json.dumps({"url": request.url}).encode(), request.url)

    result = await ask(FakeHttp(slow_first), [{"id": 1}, {"id": 2}], url=f"={URL}/{{{{ $json.id }}}}")
    assert result.json() == [{"url": f"{URL}/1"}, {"url": f"{URL}/2"}]


async def test_query_headers_and_body_are_sent() -> None:
    request = await asked(
        method="POST",
        sendQuery=True,
        queryParameters={"parameters": [{"name": "q", "value": "a b"}, {"name": "n", "value": 5}]},
        sendHeaders=True,
        headerParameters={"parameters": [{"name": "X-Trace", "value": "t"}]},
        sendBody=True,
        bodyParameters={"parameters": [{"name": "user.name", "value": "Ann"}, {"name": "age", "value": 7}]},
    )
    assert request.method == "POST"
    assert list(request.params) == [("q", "a b"), ("n", "5")]
    assert request.headers["X-Trace"] == "t"
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.data or b"") == {"user": {"name": "Ann"}, "age": 7}


@pytest.mark.parametrize("body", ['{"a": [1]}', {"a": [1]}])
async def test_a_body_can_be_typed_as_json(body: Any) -> None:
    request = await asked(method="PUT", sendBody=True, specifyBody="json", jsonBody=body)
    assert json.loads(request.data or b"") == {"a": [1]}


async def test_a_body_that_is_no_json_is_refused_before_anything_is_sent() -> None:
    server = ok({})
    with pytest.raises(NodeError, match="JSON parameter needs to be valid JSON"):
        await ask(server, method="POST", sendBody=True, specifyBody="json", jsonBody="{oops")
    assert not server.requests


async def test_a_form_is_url_encoded() -> None:
    request = await asked(
        method="POST",
        sendBody=True,
        contentType="form-urlencoded",
        bodyParameters={"parameters": [{"name": "a", "value": "x y"}, {"name": "b", "value": "&"}]},
    )
    assert request.data == b"a=x+y&b=%26"


async def test_a_multipart_form_carries_texts_and_files() -> None:
    item = Item({}, binary={"pic": Binary("image/png", base64.b64encode(b"\x89PNG").decode(), file_name='a"b.png')})
    request = await asked(
        [item],
        method="POST",
        sendBody=True,
        contentType="multipart-form-data",
        bodyParameters={
            "parameters": [
                {"name": "title", "value": "Hi"},
                {"parameterType": "formBinaryData", "name": "file", "inputDataFieldName": "pic"},
            ]
        },
    )
    boundary = request.headers["Content-Type"].removeprefix("multipart/form-data; boundary=").encode()
    parts = (request.data or b"").split(b"--" + boundary)
    assert parts[1] == b'\r\nContent-Disposition: form-data; name="title"\r\n\r\nHi\r\n'
    assert b'filename="a%22b.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG' in parts[2]
    assert parts[3] == b"--\r\n"


async def test_raw_text_and_binary_data_are_sent_as_they_are() -> None:
    raw = await asked(method="POST", sendBody=True, contentType="raw", body="<x/>", rawContentType="application/xml")
    assert (raw.data, raw.headers["Content-Type"]) == (b"<x/>", "application/xml")
    item = Item({}, binary={"data": Binary("image/png", base64.b64encode(b"PNG").decode())})
    sent = await asked([item], method="POST", sendBody=True, contentType="binaryData", inputDataFieldName="data")
    assert (sent.data, sent.headers["Content-Type"]) == (b"PNG", "image/png")


@pytest.mark.parametrize(
    ("spelling", "pairs"),
    [
        ("brackets", [("ids[]", "1"), ("ids[]", "2")]),
        ("indices", [("ids[0]", "1"), ("ids[1]", "2")]),
        ("repeat", [("ids", "1"), ("ids", "2")]),
    ],
)
async def test_a_list_in_a_query_has_three_spellings(spelling: str, pairs: list[tuple[str, str]]) -> None:
    options = {"queryParameterArrays": spelling}
    request = await asked(sendQuery=True, specifyQuery="json", jsonQuery='{"ids": [1, 2]}', options=options)
    assert list(request.params) == pairs


async def test_options_reach_the_client() -> None:
    options = {"timeout": 1500, "redirect": {"redirect": {"followRedirects": False}}, "allowUnauthorizedCerts": True}
    sent = (await asked(options=options)).options
    assert (sent["timeout_s"], sent["follow_redirects"], sent["verify_tls"]) == (1.5, False, False)


@pytest.mark.parametrize(
    ("status", "message", "permanent"),
    [
        (400, "Bad request - please check your parameters", True),
        (404, "The resource you are requesting could not be found", True),
        (418, "Request failed with status code 418", True),
        (429, "The service is receiving too many requests from you", False),
        (500, "The service was not able to process your request", False),
        (599, "The service was not able to process your request", False),
    ],
)
async def test_a_failure_status_is_an_error_with_that_status(status: int, message: str, permanent: bool) -> None:
    server = FakeHttp(respond("because", status=status, headers={"retry-after": "2"}))
    with pytest.raises(NodeError) as failed:
        await ask(server)
    failure = failed.value.failure
    assert (failure.message, failure.status, failure.permanent) == (message, status, permanent)
    assert (failure.name, failure.description, failure.retry_after_ms) == ("NodeApiError", "because", 2000)
    assert failure.item_index == 0


async def test_a_failure_status_can_be_an_answer() -> None:
    settings = {"response": {"response": {"neverError": True, "fullResponse": True}}}
    result = await ask(FakeHttp(respond('{"no": 1}', status=404, reason="Nope", headers=JSON)), options=settings)
    assert result.json() == [{"body": {"no": 1}, "headers": JSON, "statusCode": 404, "statusMessage": "Nope"}]


async def test_items_that_fail_are_marked_where_the_node_carries_on() -> None:
    def second_fails(request: Request) -> Response:
        return Response(500 if request.url.endswith("2") else 200, "", JSON, b'{"ok": 1}', request.url)

    result = await NodeBench(http_request).run(
        {"url": f"={URL}/{{{{ $json.id }}}}"}, [{"id": 1}, {"id": 2}], http=second_fails, continue_on_fail=True
    )
    assert result.json() == [{"ok": 1}, {"error": "The service was not able to process your request"}]


@pytest.mark.parametrize("url", ["", "api.test/x", "ftp://api.test", "file:///etc/passwd"])
async def test_only_http_is_spoken(url: str) -> None:
    with pytest.raises(NodeError, match="Invalid URL"):
        await ask(ok({}), url=url)


async def test_text_and_files_go_where_they_are_asked_to() -> None:
    text = FakeHttp(respond("gr\xfc\xdfe".encode("latin-1"), headers={"content-type": "text/plain; charset=latin-1"}))
    assert (await ask(text)).json() == [{"data": "grüße"}]
    image = FakeHttp(
        respond(b"PNG", headers={"content-type": "image/png", "content-disposition": 'x; filename="../p.png"'})
    )
    [item] = (await ask(image, options={"response": {"response": {"outputPropertyName": "pic"}}})).items()
    assert item.binary is not None
    assert (item.binary["pic"].file_name, item.binary["pic"].mime_type) == ("p.png", "image/png")
    assert base64.b64decode(item.binary["pic"].data or "") == b"PNG"


async def test_what_is_said_to_be_json_and_is_not_is_an_error() -> None:
    with pytest.raises(NodeError, match="Response body is not valid JSON"):
        await ask(FakeHttp(respond("<html>", headers=JSON)))


async def test_an_empty_answer_is_an_empty_item() -> None:
    assert (await ask(FakeHttp(respond("", status=204, headers=JSON)))).json() == [{}]


@pytest.mark.parametrize(
    ("kind", "secret", "header"),
    [
        ("httpBasicAuth", {"user": "u", "password": "p"}, ("Authorization", "Basic dTpw")),
        ("httpBearerAuth", {"token": "t"}, ("Authorization", "Bearer t")),
        ("httpHeaderAuth", {"name": "X-Key", "value": "k"}, ("X-Key", "k")),
        ("httpCustomAuth", {"json": '{"headers": {"X-A": "1"}}'}, ("X-A", "1")),
    ],
)
async def test_a_credential_goes_along(kind: str, secret: dict[str, str], header: tuple[str, str]) -> None:
    server = ok({})
    parameters = {"url": URL, "authentication": "genericCredentialType", "genericAuthType": kind}
    await NodeBench(http_request).run(parameters, http=server, credentials={kind: secret})
    assert server.requests[0].headers[header[0]] == header[1]


async def test_a_credential_in_the_query_goes_along() -> None:
    server = ok({})
    parameters = {"url": URL, "authentication": "genericCredentialType", "genericAuthType": "httpQueryAuth"}
    await NodeBench(http_request).run(
        parameters, http=server, credentials={"httpQueryAuth": {"name": "key", "value": "k"}}
    )
    assert list(server.requests[0].params) == [("key", "k")]


async def test_the_first_versions_say_the_same_in_other_words() -> None:
    server = ok({"ok": 1})
    result = await NodeBench(http_request_v2, version=1).run(
        {
            "requestMethod": "POST",
            "url": URL,
            "jsonParameters": True,
            "bodyParametersJson": '{"a": 1}',
            "headerParametersJson": '{"X-A": "1"}',
            "options": {"fullResponse": True},
        },
        http=server,
    )
    [request] = server.requests
    assert (json.loads(request.data or b""), request.headers["X-A"]) == ({"a": 1}, "1")
    assert result.json()[0]["statusCode"] == 200


async def test_the_first_versions_send_forms_and_read_text() -> None:
    server = FakeHttp(respond("plain"))
    result = await NodeBench(http_request_v2, version=2).run(
        {
            "requestMethod": "POST",
            "url": URL,
            "responseFormat": "string",
            "dataPropertyName": "answer",
            "options": {"bodyContentType": "form-urlencoded"},
            "bodyParametersUi": {"parameter": [{"name": "a", "value": "1"}]},
            "queryParametersUi": {"parameter": [{"name": "q", "value": "2"}]},
        },
        http=server,
    )
    assert server.requests[0].data == b"a=1"
    assert list(server.requests[0].params) == [("q", "2")]
    assert result.json() == [{"answer": "plain"}]
