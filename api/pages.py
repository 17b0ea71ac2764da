"""Static pages: GraphiQL and its assets, from files of ours alone."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from schema.errors import not_found

STATIC = Path(__file__).parent / "static"
PAGE = STATIC / "graphiql" / "index.html"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""`unsafe-inline` styles: GraphiQL sets some on elements. Nothing is fetched from, or sent to, anywhere else."""

HEADERS = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def wants_page(request: Request) -> bool:
    """A browser that shows a page, and not a client that asks a query."""
    return request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")


def graphiql() -> Response:
    """Raises `ApiError(NOT_FOUND)` where the page was not built."""
    page = _page()
    if page is None:
        raise not_found("GraphiQL")
    return HTMLResponse(page, headers=HEADERS)


@cache
def _page() -> str | None:
    return PAGE.read_text(encoding="utf-8") if PAGE.is_file() else None


class Assets(StaticFiles):
    """The files that the page needs, with the same care."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC, check_dir=False)
        self.config_checked = True  # Without the folder there is nothing to find, and that is all.

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update({**HEADERS, "cache-control": "no-cache"})
        return response
