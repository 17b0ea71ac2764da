"""CSV, read as the csv-parse library does (version 5.5; MIT, © 2010 Adaltas): strict about quotes and lengths."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from plugins import jsontext
from plugins.items import Json

_LINE_END = re.compile(r"\r\n|\n|\r")


class Malformed(ValueError):
    """Not well-formed CSV. Its text is csv-parse's."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """`most` is how many rows are read, not counting the one with the names; None for all."""

    delimiter: str = ","
    header: bool = True
    from_line: int = 1
    most: int | None = None
    relaxed_quotes: bool = False
    skip_bad: bool = False


def records(text: str, dialect: Dialect) -> Iterator[dict[str, Json]]:
    """The rows as objects; without a header under their positions, "0", "1", …. Raises `Malformed` as it goes."""
    reader = _Reader(_from_line(text, dialect.from_line), dialect)
    columns: Sequence[str] | None = None
    count = 0
    for row in reader.rows():
        if columns is None:
            columns = row if dialect.header else [str(position) for position in range(len(row))]
            if dialect.header:
                reader.columns = columns
                continue
        if len(row) != len(columns):
            if dialect.skip_bad:
                continue
            expected = f"columns length is {len(columns)}" if dialect.header else f"expect {len(columns)}"
            raise Malformed(f"Invalid Record Length: {expected}, got {len(row)} on line {reader.line()}")
        yield dict(zip(columns, row, strict=True))
        count += 1
        if dialect.most is not None and count >= dialect.most:
            return


def _from_line(text: str, line: int) -> tuple[str, int]:
    """The text from a line on, and how many lines went before."""
    at = passed = 0
    while passed < line - 1 and (found := _LINE_END.search(text, at)):
        at, passed = found.end(), passed + 1
    return (text[at:], passed) if passed == max(line - 1, 0) else ("", passed)


class _Reader:
    def __init__(self, begun: tuple[str, int], dialect: Dialect) -> None:
        self._text, self._lines_before = begun
        self._dialect = dialect
        self._at = 0
        self.columns: Sequence[str] | None = None
        """Their names, once they are known."""
        self._row_end = 0
        self._pairs = 0
        """Line ends of two signs within quotes: each counts twice."""
        self._end = _LINE_END
        self._bad = False

    def line(self) -> int:
        """The number of the line that was being read, or on which the last row ended."""
        return self._lines_before + 1 + len(_LINE_END.findall(self._text, 0, self._row_end)) + self._pairs

    def rows(self) -> Iterator[list[str]]:
        if '"' not in self._text:
            yield from self._plain_rows()
            return
        while self._at < len(self._text):
            self._bad = False
            row = self._row()
            if not self._bad:
                yield row

    def _plain_rows(self) -> Iterator[list[str]]:
        while self._at < len(self._text):
            found = self._end.search(self._text, self._at)
            self._row_end = found.start() if found else len(self._text)
            line = self._text[self._at : self._row_end]
            self._at = self._end_row(found) if found else self._row_end
            yield line.split(self._dialect.delimiter)

    def _row(self) -> list[str]:
        row: list[str] = []
        while True:
            row.append(self._quoted(row) if self._text.startswith('"', self._at) else self._unquoted(row, ""))
            if self._text.startswith(self._dialect.delimiter, self._at):
                self._at += len(self._dialect.delimiter)
                continue
            self._row_end = self._at
            if found := self._end.match(self._text, self._at):
                self._at = self._end_row(found)
            return row

    def _end_row(self, found: re.Match[str]) -> int:
        """The first end of a row tells what all of them are."""
        if self._end is _LINE_END:
            self._end = re.compile(re.escape(found.group()))
        return found.end()

    def _unquoted(self, row: Sequence[str], begun: str) -> str:
        stop = len(self._text)
        if found := self._end.search(self._text, self._at):
            stop = found.start()
        if (delimiter := self._text.find(self._dialect.delimiter, self._at, stop)) >= 0:
            stop = delimiter
        field = begun + self._text[self._at : stop]
        quote = self._text.find('"', self._at, stop)
        if quote >= 0 and not self._dialect.relaxed_quotes:
            before = begun + self._text[self._at : quote]
            self._row_end = quote
            self._complain(
                f"Invalid Opening Quote: a quote is found on field {self._named(row)} at line {self.line()}, "
                f"value is {jsontext.stringify(before)}"
            )
        self._at = stop
        return field

    def _named(self, row: Sequence[str]) -> str:
        """The column that a row has come to, by its name or its number."""
        if self.columns is None:
            return str(len(row))
        return jsontext.stringify(self.columns[len(row)] if len(row) < len(self.columns) else None)

    def _quoted(self, row: Sequence[str]) -> str:
        parts: list[str] = []
        begin = self._at + 1
        while True:
            quote = self._text.find('"', begin)
            parts.append(self._text[begin : quote if quote >= 0 else None])
            self._pairs += parts[-1].count("\r\n")
            if quote < 0:
                self._at = self._row_end = len(self._text)
                self._pairs -= self._text.endswith(("\n", "\r"))
                self._complain(f"Quote Not Closed: the parsing is finished with an opening quote at line {self.line()}")
                return ""
            if not self._text.startswith('"', quote + 1):
                break
            parts.append('"')
            begin = quote + 2
        self._at = quote + 1
        return self._closed("".join(parts), row)

    def _closed(self, field: str, row: Sequence[str]) -> str:
        ended = (
            self._at >= len(self._text)
            or self._text.startswith(self._dialect.delimiter, self._at)
            or self._end.match(self._text, self._at) is not None
        )
        if ended:
            return field
        if not self._dialect.relaxed_quotes:
            self._row_end = self._at
            self._complain(
                f'Invalid Closing Quote: got "{self._text[self._at]}" at line {self.line()} instead of delimiter, '
                "record delimiter, trimable character (if activated) or comment"
            )
        return self._unquoted(row, f'"{field}"')

    def _complain(self, message: str) -> None:
        if not self._dialect.skip_bad:
            raise Malformed(message)
        self._bad = True
