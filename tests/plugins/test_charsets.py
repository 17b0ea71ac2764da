"""Character sets."""

from __future__ import annotations

import pytest

from plugins.charsets import decoded, encoded
from plugins.errors import NodeError


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("utf8", "é€".encode()),
        ("UTF-8", "é€".encode()),
        ("utf16le", "é€".encode("utf-16-le")),
        ("ucs2", "é€".encode("utf-16-le")),
        ("win1252", b"\xe9\x80"),
        ("windows-1252", b"\xe9\x80"),
        ("iso88591", "é?".encode("latin-1")),
        ("macroman", b"\x8e\xdb"),
    ],
)
def test_names_of_node_programs_are_known(name: str, content: bytes) -> None:
    assert encoded("é€", name) == content
    assert decoded(content, name) == content.decode("latin-1") if name == "iso88591" else "é€"


def test_byte_order_marks_come_and_go_as_asked() -> None:
    assert encoded("a", mark=True) == b"\xef\xbb\xbfa"
    assert encoded("a", "utf16le", mark=True) == b"\xff\xfea\0"
    assert decoded(b"\xef\xbb\xbfa") == "a"
    assert decoded(b"\xef\xbb\xbfa", keep_mark=True) == "\ufeffa"
    assert decoded(b"\xff") == "\ufffd"


@pytest.mark.parametrize("name", ["nope", "", "base64", "zlib", "a\0b"])
def test_what_is_no_character_set_is_refused(name: str) -> None:
    with pytest.raises(NodeError, match="Encoding not recognized"):
        decoded(b"a", name)
