"""A set of planted items, as formats read one, and the ZIP that they write unpacked."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qdhf import pictures
from qdhf.formats import plan, write_parts
from qdhf.formats.base import Row, SetInfo, item_row
from qdhf.formats.package import Package
from qdhf.types import Genome, Item, ItemKind, Steering, Variation

TRICKY = ("cat face", 'quotes " and, commas', "line\nbreak", "=SUM(A1)", "", "naïve 🦁 <b>", "007")


class PlantedSource:
    """``count`` items with contents of their own; every third is imported and has no genome."""

    def __init__(self, count: int, kind: ItemKind = "image") -> None:
        self.kind, self.count = kind, count
        self.contents: dict[str, bytes] = {}
        self.records = [self._row(n) for n in range(count)]
        study = {
            "id": "s1", "name": "Planted", "brief": "What people see", "prompts": list(TRICKY), "encoder": "pixels",
            "generator": {"name": "planted", "model": "shapes"}, "scorer": "colour",
        }  # fmt: skip
        collection = {
            "id": "c1", "name": "A set", "method": "farthest point", "settings": {"k": count},
            "created_at": "2026-11-01T10:00:00+00:00",
        }  # fmt: skip
        self.info = SetInfo(
            name="A set <i>&</i>", study=study, collection=collection, command='python -m qdhf export "s1" "c1" set.zip',
            figures={"set": {"items": count, "quality_mean": 0.5}, "pool": {"items": 99, "quality_mean": 0.25}},
        )  # fmt: skip

    def put(self, data: bytes) -> str:
        sha = hashlib.sha256(data).hexdigest()
        self.contents[sha] = data
        return sha

    def _row(self, n: int) -> Row:
        rng = np.random.default_rng(n)
        if self.kind == "text":
            data, media = f"Text {n}: {TRICKY[n % len(TRICKY)]} 🎉".encode(), "text/plain; charset=utf-8"
        else:
            data, media = pictures.png(rng.integers(0, 256, (5, 4, 3), np.uint8)), "image/png"
        genome = None if n % 3 == 2 else self._genome(n)
        item = Item(
            id=f"i{n:04d}", study_id="s1", kind=self.kind, position=n, blob=self.put(data), media_type=media,
            width=4 if self.kind == "image" else None, height=5 if self.kind == "image" else None, thumbs={},
            source="planted", genome=genome, run_id="r1", iteration=0, slot=n, name=f"my/{n}.png" if genome is None else "",
            created_at=datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=n, microseconds=n),
        )  # fmt: skip
        return item_row(item, n + 1, quality=float(rng.random()), place=rng.random(2).tolist(), reason="farthest")

    def _genome(self, n: int) -> Genome:
        latents = self.put(b"latents %d" % n) if n % 3 == 1 else None
        steering = Steering(axes=self.put(b"axes"), encoder="pixels") if n % 2 else None
        path = (Variation(seed=n, sigma=0.25),) if n % 3 else ()
        return Genome(prompt=TRICKY[n % len(TRICKY)], seed=n, path=path, latents=latents, steering=steering)

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        yield from self.records[start:stop]

    def read(self, sha256: str) -> bytes:
        return self.contents[sha256]

    def judgments(self, form: str) -> Iterator[str]:
        yield from ("closer,rater", "a,Ann") if form == "csv" else ('{"closer": "a", "rater": "Ann"}',)


Written = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Write a source in some formats; returns the folder that the ZIP was unpacked into."""

    def write(source: PlantedSource, *formats: str) -> Path:
        with Package(tmp_path / "work") as package:
            write_parts(package, plan(source, formats))
            path = package.close()
        with zipfile.ZipFile(path) as archive:
            archive.extractall(tmp_path / "unpacked")
        return tmp_path / "unpacked"

    return write


@pytest.fixture
def images() -> PlantedSource:
    return PlantedSource(13)


@pytest.fixture
def texts() -> PlantedSource:
    return PlantedSource(7, "text")


def wanted(row: Row) -> dict[str, Any]:
    """A row as every format gives it back."""
    from qdhf.formats.base import metadata

    return metadata(row)
