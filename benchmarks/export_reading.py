"""Reading every format of an export with the library that owns it, and comparing it with the store, item by item."""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from qdhf.studio.judgment_files.writing import csv_lines, lines
from qdhf.types import Collection, Study, genome_from_record
from storage import SqlStore

os.environ.setdefault("HF_DATASETS_OFFLINE", "1")
Reader = Callable[[Path, "Expected"], str]


@dataclass(frozen=True)
class Expected:
    """What the store holds of the set."""

    store: SqlStore
    study: Study
    kept: Collection
    quality: dict[str, float]

    @classmethod
    def of(cls, store: SqlStore, study: Study, kept: Collection) -> Expected:
        matrix = store.facts.matrix(study)
        return cls(store, study, kept, dict(zip(matrix.ids, matrix.quality.tolist(), strict=True)))

    def compare(self, rows: Iterable[tuple[dict[str, Any], Any]]) -> str:
        """``rows`` of (columns, picture as an image or bytes) in the order of the set: "equal", or what is not."""
        pairs = itertools.zip_longest(self.kept.items, rows)
        for start, part in enumerate(_parts(pairs)):
            ids = [item for item, _ in part]
            if None in ids or any(row is None for _, row in part):
                return "another number of items"
            for item, (_, row) in zip(self.store.items.many(ids), part, strict=True):
                columns, picture = row
                if picture is not None and not self._same_picture(item.blob, picture):
                    return f"other pixels in {item.id}"
                if difference := self._difference(item, columns):
                    return f"{difference} of {item.id} (portion {start})"
        return "equal"

    def _same_picture(self, blob: str, picture: Any) -> bool:
        data = self.store.blobs.get(blob)
        if isinstance(picture, bytes):
            return picture == data
        return bool(np.array_equal(np.asarray(picture), np.asarray(Image.open(io.BytesIO(data)))))

    def _difference(self, item: Any, columns: dict[str, Any]) -> str:
        """The first column that differs from the item; empty where none does."""
        wanted = {
            "item": item.id, "sha256": item.blob, "prompt": item.genome.prompt, "source": item.source, "name": item.name,
            "width": item.width, "height": item.height, "reason": "all",
        }  # fmt: skip
        for name, value in wanted.items():
            if str(columns[name] if columns[name] is not None else "") != str(value):
                return name
        if abs(float(columns["quality"]) - self.quality[item.id]) > 1e-6:
            return "quality"
        if genome_from_record(json.loads(columns["genome"])) != item.genome:
            return "genome"
        when = columns["created_at"]
        told = when if isinstance(when, datetime) else datetime.fromisoformat(when)
        return "" if told == item.created_at else "created_at"


def _parts(pairs: Any) -> Any:
    iterator = iter(pairs)
    while part := list(itertools.islice(iterator, 500)):
        yield part


def images(folder: Path, expected: Expected) -> str:
    import datasets

    datasets.disable_progress_bars()
    cache = str(folder.parent / "cache")
    found = datasets.load_dataset("imagefolder", data_dir=str(folder / "images"), split="train", cache_dir=cache)
    return expected.compare((row, row["image"]) for row in found)


def parquet(folder: Path, expected: Expected) -> str:
    import pyarrow.parquet as pq

    def rows() -> Any:
        for file in sorted((folder / "data").iterdir()):
            for batch in pq.ParquetFile(file).iter_batches(100):
                yield from ((row, row["image"]["bytes"]) for row in batch.to_pylist())

    return expected.compare(rows())


def table(folder: Path, expected: Expected) -> str:
    with (folder / "items.csv").open(encoding="utf-8", newline="") as file:
        return expected.compare((row, None) for row in csv.DictReader(file))


def webdataset(folder: Path, expected: Expected) -> str:
    import webdataset as wds

    files = sorted(str(file) for file in (folder / "webdataset").iterdir())
    found = wds.WebDataset(files, shardshuffle=False).decode("pil")
    return expected.compare((row["json"], row["png"]) for row in found)


def judgments(folder: Path, expected: Expected) -> str:
    store, study = expected.store, expected.study
    for name, written in (("judgments.jsonl", lines(store, study)), ("judgments.csv", csv_lines(store, study))):
        if (folder / name).read_text(encoding="utf-8") != "".join(line + "\n" for line in written):
            return f"other lines in {name}"
    return "equal"


def croissant(folder: Path, expected: Expected) -> str:
    import mlcroissant as mlc

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = mlc.Dataset(jsonld=folder / "croissant.json")
        rows = [
            {key.rpartition("/")[2]: v.decode() if isinstance(v, bytes) else v for key, v in row.items()}
            for row in found.records("items")
        ]
    return expected.compare((row, row["image"]) for row in rows)


READERS: dict[str, Reader] = {
    "images": images, "parquet": parquet, "csv": table, "webdataset": webdataset, "judgments": judgments,
    "croissant": croissant,
}  # fmt: skip
