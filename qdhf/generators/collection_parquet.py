"""Parquet files with a column of pictures or of texts, as Hugging Face keeps data sets; read a few rows at a time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any

from qdhf.errors import InvalidInput
from qdhf.generators import collection_files as limits
from qdhf.generators.collection_captions import WORDS, caption_of
from qdhf.generators.collection_files import Entry, picture_entry, refuse_many, refuse_size, text_entry

ROWS = 8  # read at a time at most
LARGEST_GROUP, HELD = 1 << 30, 512 << 20  # bytes of a row group, unpacked, and of the rows that are read at a time
TEXT = ("text", "content", "completion", "response", "caption", "prompt")


class Parquet:
    """One collection of several files in the order given. Raises InvalidInput where one cannot be read, or has neither a
    column of pictures nor one of texts."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = [_opened(path) for path in files]
        self._labels = [path.name for path in files]
        self._groups = [(f, g) for f, file in enumerate(self._files) for g in range(file.num_row_groups)]
        sizes = (self._files[f].metadata.row_group(g).num_rows for f, g in self._groups)
        self._ends = list(accumulate(sizes))
        refuse_many(len(self))
        self._pictures, self._column = _content(self._files[0].schema_arrow)
        self._at = -1  # the row that the next batch begins with
        self._batches: Iterator[Any] = iter(())
        self._rows: list[dict[str, Any]] = []  # those before ``_at``

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._name(index) for index in range(len(self)))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __iter__(self) -> Iterator[Entry]:
        return (self.read(i) for i in range(len(self)))

    def _name(self, index: int) -> str:
        group = bisect_right(self._ends, index)
        file = self._groups[group][0]
        first = next(n for n, (f, _) in enumerate(self._groups) if f == file)
        return f"{self._labels[file]}#{index - (self._ends[first - 1] if first else 0) + 1}"

    def read(self, index: int) -> Entry:
        name = self._name(index)
        try:
            return self._entry(name, self._row(index))
        except InvalidInput as error:
            return Entry(name=name, error=str(error))
        except (*limits.DAMAGED, KeyError) as error:
            return Entry(name=name, error=f"It could not be read: {error}")

    def _row(self, index: int) -> dict[str, Any]:
        known = self._at - len(self._rows) <= index < self._at
        if not known and not (self._at == index and self._advance()):
            self._begin(index)
            while index >= self._at:
                if not self._advance():
                    raise InvalidInput("The file ends before it.")
        return self._rows[index - self._at]

    def _advance(self) -> bool:
        """Read the next few rows of the group; False where it has no more."""
        batch = next(self._batches, None)
        if batch is None:
            return False
        self._rows = batch.to_pylist()
        self._at += len(self._rows)
        return True

    def _begin(self, index: int) -> None:
        """Read from the beginning of the row group that holds row ``index``."""
        group = bisect_right(self._ends, index)
        f, g = self._groups[group]
        there = set(self._files[f].schema_arrow.names)
        columns = [self._column, *(name for name in WORDS if name in there and name != self._column)]
        rows = _rows_at_a_time(self._files[f].metadata.row_group(g), columns)
        self._batches = self._files[f].iter_batches(rows, row_groups=[g], columns=columns)
        self._at, self._rows = self._ends[group - 1] if group else 0, []

    def _entry(self, name: str, row: dict[str, Any]) -> Entry:
        value, words = row.get(self._column), caption_of(row)
        if not self._pictures:
            if not isinstance(value, str):
                raise InvalidInput("It holds no text.")
            return replace(text_entry(name, value), caption=words if isinstance(row.get("name"), str) else "")
        data = value.get("bytes") if isinstance(value, dict) else value
        if not isinstance(data, bytes):
            raise InvalidInput("Its picture is not in the file, which only names it.")
        refuse_size(len(data))
        path = value.get("path") if isinstance(value, dict) else None
        return replace(picture_entry(name, data), name=path if isinstance(path, str) and path else name, caption=words)


def _opened(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InvalidInput(f"{path.name} is no Parquet file that can be read: {error}") from error


def _content(schema: Any) -> tuple[bool, str]:
    """Whether there are pictures, and the column that holds them, or the texts. Raises InvalidInput."""
    import pyarrow.types as kinds

    for field in schema:
        inner = {f.name for f in field.type} if kinds.is_struct(field.type) else set()
        if "bytes" in inner or kinds.is_binary(field.type) or kinds.is_large_binary(field.type):
            return True, str(field.name)
    texts = [f.name for f in schema if kinds.is_string(f.type) or kinds.is_large_string(f.type)]
    for name in TEXT:
        if name in texts:
            return False, name
    raise InvalidInput(
        f"The Parquet file has columns {', '.join(schema.names)[:200]}; none holds pictures (bytes) or is called “text”."
    )


def _rows_at_a_time(group: Any, columns: Sequence[str]) -> int:
    """How many rows of ``columns`` can be in memory at once. A dictionary makes large values out of small files, but none
    larger than the whole. Raises InvalidInput for a group that unpacks to too much, by itself or for its size."""
    chunks = [group.column(c) for c in range(group.num_columns)]
    read = [
        c
        for c in chunks
        if any(c.path_in_schema == name or c.path_in_schema.startswith(f"{name}.") for name in columns)
    ]
    for chunk in read:
        if chunk.total_uncompressed_size > limits.RATIO * max(chunk.total_compressed_size, 1024):
            raise InvalidInput(f"It unpacks to more than {limits.RATIO} times its size, as attacks do.")
    total = sum(chunk.total_uncompressed_size for chunk in read)
    if total > LARGEST_GROUP:
        raise InvalidInput(
            f"Its row group unpacks to {total / 2**20:,.0f} MB; at most {LARGEST_GROUP >> 20:,} MB are accepted. Write the file "
            "with smaller row groups."
        )
    repeats = any(chunk.has_dictionary_page for chunk in read)
    return max(1, min(ROWS, HELD // max(1, total))) if repeats else ROWS
