"""The text of a PDF, and what the file says of itself."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, Final

from pypdf import PdfReader
from pypdf.errors import PdfReadError, PyPdfError

from plugins.errors import NodeError
from plugins.items import Json
from plugins.javascript import number, text

MOST_PAGES: Final = 2_000


def read_pdf(content: bytes, options: Mapping[str, Json]) -> dict[str, Json]:
    """`{numpages, numrender, info, metadata, text, version}`; a list of texts where pages are not joined.

    Raises `NodeError` for a file that cannot be read, or not with that password.
    """
    try:
        reader = PdfReader(io.BytesIO(content), password=text(options["password"]) if options.get("password") else None)
        return _read(reader, options)
    except (PyPdfError, PdfReadError) as error:
        raise NodeError(f"The file cannot be read as a PDF: {error}", retryable=False) from None
    except Exception as error:  # noqa: BLE001 - damaged files make the library fail in any way
        raise NodeError(f"The file cannot be read as a PDF ({type(error).__name__})", retryable=False) from None


def _read(reader: PdfReader, options: Mapping[str, Json]) -> dict[str, Json]:
    count = len(reader.pages)
    asked = number(options.get("maxPages") or 0)
    wanted = min(count, int(asked) if 0 < asked < MOST_PAGES else MOST_PAGES)
    pages = [reader.pages[page].extract_text() for page in range(wanted)]
    return {
        "numpages": count,
        "numrender": wanted,
        "info": {str(key).lstrip("/"): _plain(value) for key, value in (reader.metadata or {}).items()},
        "metadata": None,
        "text": pages if options.get("joinPages") is False else "\n\n".join(pages),
        "version": reader.pdf_header.removeprefix("%PDF-"),
    }


def _plain(value: Any) -> Json:
    value = value.get_object() if hasattr(value, "get_object") else value
    return value if isinstance(value, bool | int | float) else str(value)
