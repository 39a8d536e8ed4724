"""Parquet shards as Hugging Face keeps image datasets: {bytes, path} structs, and the features in the schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from qdhf.formats.base import COLUMNS, Part, Row, Source, metadata, ranges
from qdhf.formats.package import Package

SHARD_ITEMS = 1000
GROUP_ITEMS, GROUP_BYTES = 100, 32 << 20  # of a row group at most: what has to be in memory at once
NUMBERS = {"quality": "double", "width": "int32", "height": "int32"}


class Parquet:
    name = "parquet"
    words = "Parquet"

    def parts(self, source: Source) -> list[Part]:
        shards = ranges(source.count, SHARD_ITEMS)
        names = [shard_name(k, len(shards)) for k in range(len(shards))]
        return [
            Part(name, stop - start, partial(write_shard, source, name, (start, stop)))
            for name, (start, stop) in zip(names, shards, strict=True)
        ]


def shard_name(index: int, count: int) -> str:
    return f"data/train-{index:05d}-of-{count:05d}.parquet"


def write_shard(source: Source, name: str, span: tuple[int, int], package: Package) -> None:
    """Rows ``span`` as one file of several row groups."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    form = schema(source)
    with package.open(name) as sink, pq.ParquetWriter(pa.PythonFile(sink, "w"), form, **_how(source)) as writer:
        for group in row_groups(source, *span):
            writer.write_table(pa.Table.from_pylist(group, form))


def _how(source: Source) -> dict[str, Any]:
    """Pictures are compressed already, all different, and have no order: nothing is to be gained on them."""
    packed = {**dict.fromkeys(COLUMNS, "snappy"), "place.list.element": "snappy", "text": "snappy"}
    content = {"image.bytes": "none", "image.path": "snappy"} if source.kind == "image" else {}
    others = ["prompt", "reason", "source"]
    return {"compression": packed | content, "use_dictionary": others, "write_statistics": [*others, "quality"]}


def row_groups(source: Source, start: int, stop: int) -> Iterator[list[Row]]:
    group: list[Row] = []
    size = 0
    for row in source.rows(start, stop):
        data = source.read(row["sha256"])
        if source.kind == "text":
            content: Row = {"text": data.decode()}
        else:
            content = {"image": {"bytes": data, "path": row["file_name"]}}
        group.append(content | metadata(row))
        size += len(data)
        if len(group) == GROUP_ITEMS or size >= GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def schema(source: Source) -> Any:
    """The columns, with what ``datasets`` needs to know of them in the schema's metadata."""
    import pyarrow as pa

    fields: list[Any] = []
    features: dict[str, Any] = {}
    if source.kind == "text":
        fields.append(pa.field("text", pa.string()))
        features["text"] = {"dtype": "string", "_type": "Value"}
    else:
        fields.append(pa.field("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])))
        features["image"] = {"_type": "Image"}
    numbers = {"double": pa.float64(), "int32": pa.int32()}
    for name in COLUMNS:
        if name == "place":
            fields.append(pa.field(name, pa.list_(pa.float64())))
            features[name] = {"feature": {"dtype": "float64", "_type": "Value"}, "_type": "List"}
        else:
            kind = numbers[NUMBERS[name]] if name in NUMBERS else pa.string()
            fields.append(pa.field(name, kind))
            features[name] = {"dtype": {"double": "float64"}.get(str(kind), str(kind)), "_type": "Value"}
    return pa.schema(fields, metadata={"huggingface": json.dumps({"info": {"features": features}})})
