"""A file's bytes as one mapping a line, read in a stream. What is no such text is refused with the line's number."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from itertools import chain
from typing import IO, Any

from qdhf.errors import InvalidInput
from qdhf.studio.judgment_files.records import LISTS, SEPARATOR
from qdhf.studio.judgment_files.writing import Form

Row = tuple[int, dict[str, Any]]  # line number, fields

LONGEST_LINE = 2**20  # bytes
BOM = b"\xef\xbb\xbf"
SAVE_AS = "Save it as UTF-8 (in a spreadsheet: “CSV UTF-8”)."


def read_rows(file: IO[bytes], form: Form) -> Iterator[Row]:
    """Rows of a JSON Lines or CSV file, with the numbers of their lines; blank lines are passed over.

    Accepts a byte-order mark, both kinds of line end and, in CSV, comma, semicolon or tab. Raises InvalidInput.
    """
    return _csv(_lines(file)) if form == "csv" else _jsonl(_lines(file))


def _lines(file: IO[bytes]) -> Iterator[str]:
    for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE + 1), b""), 1):
        if number == 1:
            if line.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise InvalidInput(f"The file is in UTF-16. {SAVE_AS}")
            line = line.removeprefix(BOM)
        if b"\0" in line:
            raise InvalidInput(
                f"Line {number} holds binary data: this is no text file. Export it as JSON Lines or CSV."
            )
        if len(line) > LONGEST_LINE:
            raise InvalidInput(f"Line {number} is longer than {LONGEST_LINE:,} bytes. Write one answer a line.")
        try:
            yield line.decode()
        except UnicodeDecodeError as error:
            raise InvalidInput(f"Line {number} is not in UTF-8 (byte 0x{line[error.start]:02x}). {SAVE_AS}") from None


def _jsonl(lines: Iterator[str]) -> Iterator[Row]:
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            record = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InvalidInput(f"Line {number} is not JSON: {error}.") from None
        if not isinstance(record, dict):
            raise InvalidInput(f"Line {number} must be a JSON object, {{…}}, with the fields of one answer.")
        yield number, {name: value for name, value in record.items() if value is not None}


def _csv(lines: Iterator[str]) -> Iterator[Row]:
    first = next(lines, "")
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
    header: list[str] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = _header(cells)
            elif len(cells) > len(header):
                raise InvalidInput(
                    f"Line {reader.line_num} has {len(cells)} cells, the header {len(header)}. Quote cells that hold a "
                    f"“{delimiter}”."
                )
            else:
                yield reader.line_num, _typed(header, cells)
    except csv.Error as error:
        raise InvalidInput(f"Line {reader.line_num} is not CSV: {error}.") from None


def _header(cells: list[str]) -> list[str]:
    header = [cell.strip().lower() for cell in cells]
    if twice := next((name for name in header if header.count(name) > 1), None):
        raise InvalidInput(f"Two columns of the header are called “{twice}”. Rename or drop one.")
    return header


def _typed(header: list[str], cells: list[str]) -> dict[str, Any]:
    """Cells by column; empty ones are left out, lists taken apart."""
    row: dict[str, Any] = {name: cell for name, cell in zip(header, cells, strict=False) if cell != ""}
    return row | {name: row[name].split(SEPARATOR) for name in (*LISTS, "candidates") if name in row}
