"""How a credential goes along with a request: basic, bearer, header, query, or a template of the author's."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from plugins.context import Context
from plugins.errors import NodeError
from plugins.items import Json
from plugins.javascript import text
from plugins.web.body import parsed_json
from plugins.web.call import Call

GENERIC = ("httpBasicAuth", "httpBearerAuth", "httpHeaderAuth", "httpQueryAuth", "httpCustomAuth")
"""The kinds of credential that need no knowledge of a service."""


def authenticated(ctx: Context[Any], call: Call, kind: str) -> Call:
    """The call with the credential of that kind. Raises `NodeError` without one, or for a kind it cannot use."""
    if kind not in GENERIC:
        raise NodeError(
            f"Credentials of type '{kind}' cannot be used by this server's HTTP Request yet",
            code="CREDENTIAL_DENIED",
            retryable=False,
        )
    return _applied(call, kind, ctx.credentials(kind))


def _applied(call: Call, kind: str, secret: Mapping[str, Json]) -> Call:
    match kind:
        case "httpBasicAuth":
            pair = f"{secret.get('user', '')}:{secret.get('password', '')}"
            return call.with_header("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}")
        case "httpBearerAuth":
            return call.with_header("Authorization", f"Bearer {secret.get('token', '')}")
        case "httpHeaderAuth":
            return call.with_header(str(secret.get("name", "")), str(secret.get("value", "")))
        case "httpQueryAuth":
            return replace(call, params=[*call.params, (str(secret.get("name", "")), str(secret.get("value", "")))])
        case _:
            return _custom(call, parsed_json(secret.get("json"), "json"))


def _custom(call: Call, template: Json) -> Call:
    """`{headers: {…}, qs: {…}}`, put on top of what the call has."""
    given: Mapping[str, Json] = template if isinstance(template, Mapping) else {}
    for name, value in (given.get("headers") or {}).items():
        call = call.with_header(name, text(value))
    extra = [(name, text(value)) for name, value in (given.get("qs") or {}).items()]
    return replace(call, params=[*call.params, *extra])
