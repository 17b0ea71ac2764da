"""HTTP statuses that mean failure, as a node says them."""

from __future__ import annotations

from collections.abc import Mapping

from plugins.context import Response
from plugins.errors import NodeError

_SAID: Mapping[int, str] = {
    400: "Bad request - please check your parameters",
    401: "Authorization failed - please check your credentials",
    402: "Payment required - perhaps check your payment details?",
    403: "Forbidden - perhaps check your credentials?",
    404: "The resource you are requesting could not be found",
    405: "Method not allowed - please check you are using the right HTTP method",
    429: "The service is receiving too many requests from you",
    500: "The service was not able to process your request",
    502: "Bad gateway - the service failed to handle your request",
    503: "Service unavailable - try again later or consider setting this node to retry automatically "
    "(in the node settings)",
    504: "Gateway timed out - perhaps try again later?",
}
_WORTH_ANOTHER_ATTEMPT = frozenset({408, 425, 429})
DETAIL_CHARS = 500


def failed(response: Response) -> NodeError:
    """The error that a response with a failure status stands for. 4xx is permanent but for 408, 425 and 429."""
    status = response.status
    detail = response.body[: DETAIL_CHARS * 4].decode("utf-8", errors="replace")[:DETAIL_CHARS]
    return NodeError(
        _said(status),
        code="HTTP_ERROR",
        name="NodeApiError",
        description=detail or response.reason or None,
        retryable=status >= 500 or status in _WORTH_ANOTHER_ATTEMPT,
        status=status,
        retry_after_ms=_retry_after_ms(response.headers),
    )


def _said(status: int) -> str:
    if status in _SAID:
        return _SAID[status]
    return _SAID[500] if status >= 500 else f"Request failed with status code {status}"


def _retry_after_ms(headers: Mapping[str, str]) -> int | None:
    """Of `Retry-After` in seconds; a date is ignored."""
    seconds = headers.get("retry-after", "")
    return int(seconds) * 1000 if seconds.isascii() and seconds.isdigit() and len(seconds) < 8 else None
