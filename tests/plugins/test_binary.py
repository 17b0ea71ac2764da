"""Binary data and kinds of files."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins import filetypes
from plugins.binary import LARGEST, binary_of, content_of, from_base64, made, size_text
from plugins.errors import NodeError
from plugins.items import Binary, Item


def test_a_name_and_a_type_are_told_as_they_were_given() -> None:
    binary = made(b"a,b", name="reports/f.csv", mime_type="text/plain")
    assert binary == Binary(
        mime_type="text/plain",
        data="YSxi",
        file_name="f.csv",
        file_extension="csv",
        file_size="3 B",
        file_type="text",
        directory="reports",
    )


@pytest.mark.parametrize(
    ("content", "name", "mime_type", "extension", "family"),
    [
        (b"{}", "data.json", "application/json", "json", "json"),
        (b"<p>", "page.html", "text/html", "html", "html"),
        (b"%PDF-1.7", None, "application/pdf", "pdf", "pdf"),
        (b"\x89PNG\r\n\x1a\n", None, "image/png", "png", "image"),
        (b"\xff\xd8\xff\xe0", "photo", "image/jpeg", "jpg", "image"),
        (b"PK\x03\x04....xl/workbook.xml", None, filetypes.type_of("xlsx"), "xlsx", None),
        (b"PK\x03\x04....a.txt", None, "application/zip", "zip", None),
        (b"hello", "file", "text/plain", None, "text"),
        (b"hello", ".hidden", "text/plain", None, "text"),
        (b"hello", "f.unknown", "text/plain", "unknown", "text"),
    ],
)
def test_without_a_type_the_name_decides_and_then_the_content(
    content: bytes, name: str | None, mime_type: str, extension: str | None, family: str | None
) -> None:
    binary = made(content, name=name)
    assert (binary.mime_type, binary.file_extension, binary.file_type) == (mime_type, extension, family)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (8025, "8.03 kB"), (16159, "16.2 kB"), (10**6, "1 MB")],
)
def test_sizes_have_three_digits(size: int, text: str) -> None:
    assert size_text(size) == text


@given(st.binary(max_size=200))
def test_what_was_made_can_be_read(content: bytes) -> None:
    assert content_of(made(content)) == content
    assert from_base64(base64.urlsafe_b64encode(content).decode().rstrip("=")) == content


@pytest.mark.parametrize(
    ("text", "content"), [("hello world", "85e965a30a2b95"), ("aGk=!?=", "6869"), ("é aGk", "6869"), ("a", "")]
)
def test_base64_is_read_as_node_reads_it(text: str, content: str) -> None:
    assert from_base64(text).hex() == content


def test_missing_and_oversized_data_are_refused_by_name() -> None:
    with pytest.raises(NodeError, match=r"a binary file 'data', but none was found \[item 2\]"):
        binary_of(Item({}), "data", 2)
    with pytest.raises(NodeError, match="stored outside"):
        content_of(Binary("text/plain", id="x"))
    with pytest.raises(NodeError, match=r"larger than 67\.1 MB"):
        made(b"x" * (LARGEST + 1))
    with pytest.raises(NodeError, match="larger than"):
        content_of(Binary("text/plain", "AAAA" * (LARGEST // 3 + 2)))
