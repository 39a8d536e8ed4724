"""Files beside a ``metadata.jsonl``, as Hugging Face ``datasets`` loads an image folder; texts as lines of JSON."""

from __future__ import annotations

import json
from functools import partial

from qdhf.formats.base import Part, Row, Source, metadata, ranges
from qdhf.formats.package import Package

FOLDER, METADATA, TEXTS = "images", "images/metadata.jsonl", "texts.jsonl"


class ImageFolder:
    name = "images"
    words = "Image files with metadata.jsonl"

    def parts(self, source: Source) -> list[Part]:
        if source.kind == "text":
            return [Part(TEXTS, source.count, partial(write_texts, source))]
        files = [
            Part(f"{FOLDER}/{start}", stop - start, partial(write_images, source, start, stop))
            for start, stop in ranges(source.count)
        ]
        return [*files, Part(METADATA, 0, partial(write_metadata, source))]


def write_images(source: Source, start: int, stop: int, package: Package) -> None:
    for row in source.rows(start, stop):
        package.add(f"{FOLDER}/{row['file_name']}", source.read(row["sha256"]))


def write_metadata(source: Source, package: Package) -> None:
    """``file_name`` is relative to the file itself, as ``datasets`` wants it."""
    with package.open(METADATA, compress=True) as sink:
        for row in source.rows():
            sink.write(_line({"file_name": row["file_name"], **metadata(row)}))


def write_texts(source: Source, package: Package) -> None:
    with package.open(TEXTS, compress=True) as sink:
        for row in source.rows():
            sink.write(_line({"text": source.read(row["sha256"]).decode(), **metadata(row)}))


def _line(record: Row) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"
