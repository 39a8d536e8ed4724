"""WebDataset shards: tar files in which files of one sample share the part of their name before the dot."""

from __future__ import annotations

import io
import json
import tarfile
from functools import partial

from qdhf.formats.base import Part, Source, metadata, ranges
from qdhf.formats.package import Package

SHARD_ITEMS = 1000


class WebDataset:
    name = "webdataset"
    words = "WebDataset shards"

    def parts(self, source: Source) -> list[Part]:
        return [
            Part(name := f"webdataset/{k:06d}.tar", stop - start, partial(write_shard, source, name, (start, stop)))
            for k, (start, stop) in enumerate(ranges(source.count, SHARD_ITEMS))
        ]


def write_shard(source: Source, name: str, span: tuple[int, int], package: Package) -> None:
    """Per sample the image (or text) and a ``.json`` with its metadata."""
    with package.open(name) as sink, tarfile.open(fileobj=sink, mode="w", format=tarfile.GNU_FORMAT) as tar:  # type: ignore[call-overload]
        for row in source.rows(*span):
            key, ending = f"{row['number']:06d}", row["file_name"].rpartition(".")[2]
            _add(tar, f"{key}.{ending}", source.read(row["sha256"]))
            _add(tar, f"{key}.json", json.dumps(metadata(row), ensure_ascii=False).encode())


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))
