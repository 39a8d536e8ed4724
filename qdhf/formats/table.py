"""One CSV table: UTF-8, a header, places in a column per axis, genomes as JSON, None as an empty cell."""

from __future__ import annotations

import csv
import io
from functools import partial
from typing import Any

from qdhf.formats.base import COLUMNS, Part, Row, Source, metadata
from qdhf.formats.package import Package

FILE = "items.csv"


class Table:
    name = "csv"
    words = "CSV table"

    def parts(self, source: Source) -> list[Part]:
        return [Part(FILE, source.count, partial(write_table, source))]


def write_table(source: Source, package: Package) -> None:
    """Texts have a column ``text``; images are named in ``file_name`` as the image folder names them."""
    axes = len(next(source.rows(0, 1), {}).get("place") or ())
    first = "text" if source.kind == "text" else "file_name"
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    with package.open(FILE, compress=True) as sink:
        writer.writerow(header(first, axes))
        for row in source.rows():
            content = source.read(row["sha256"]).decode() if first == "text" else row["file_name"]
            writer.writerow([content, *_cells(row, axes)])
            if line.tell() > 1 << 16:
                _pass(line, sink)
        _pass(line, sink)


def header(first: str, axes: int) -> list[str]:
    """Names of the columns; ``place`` becomes ``place_1``, ``place_2`` and so on."""
    names = [[f"place_{k + 1}" for k in range(axes)] if name == "place" else [name] for name in COLUMNS]
    return [first, *[name for part in names for name in part]]


def _cells(row: Row, axes: int) -> list[Any]:
    cells: list[Any] = []
    for name, value in metadata(row).items():
        cells += (value or [None] * axes) if name == "place" else [value]
    return cells


def _pass(line: io.StringIO, sink: Any) -> None:
    """What was written so far goes on to the package."""
    sink.write(line.getvalue().encode())
    line.seek(0)
    line.truncate()
