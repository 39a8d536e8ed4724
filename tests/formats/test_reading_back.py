"""Every format, read by the library that owns it, gives the same pixels, texts and metadata back."""

from __future__ import annotations

import csv
import io
import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from qdhf.formats import base, parquet, webdataset
from qdhf.formats.base import metadata
from tests.formats.conftest import PlantedSource, Written


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several shards, row groups and parts out of a few items."""
    monkeypatch.setattr(parquet, "SHARD_ITEMS", 5)
    monkeypatch.setattr(parquet, "GROUP_ITEMS", 2)
    monkeypatch.setattr(webdataset, "SHARD_ITEMS", 5)
    monkeypatch.setattr(base.ranges, "__defaults__", (4,))


@contextmanager
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Other people's warnings are no errors of ours; caches stay in the test's folder."""
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import datasets

        monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
        datasets.disable_progress_bars()
        yield


def pixels(data: bytes) -> np.ndarray[Any, Any]:
    with Image.open(io.BytesIO(data)) as image:
        return np.array(image)


def check(found: list[dict[str, Any]], source: PlantedSource) -> None:
    """Rows of ``datasets``: an image or a text, and every column of the metadata, in order."""
    assert len(found) == source.count
    for got, row in zip(found, source.rows(), strict=True):
        if source.kind == "image":
            assert np.array_equal(np.array(got.pop("image")), pixels(source.read(row["sha256"])))
        else:
            assert got.pop("text") == source.read(row["sha256"]).decode()
        assert {**got, "created_at": told(got["created_at"])} == {
            **metadata(row),
            "created_at": told(row["created_at"]),
        }


def told(time: Any) -> datetime:
    return time if isinstance(time, datetime) else datetime.fromisoformat(time)


def load(*arguments: Any, **options: Any) -> list[dict[str, Any]]:
    import datasets

    found: list[dict[str, Any]] = datasets.load_dataset(*arguments, split="train", **options).to_list()
    return found


def test_datasets_loads_the_image_folder_at_the_first_try(
    images: PlantedSource, written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = written(images, "images")
    with library(tmp_path, monkeypatch):
        import datasets

        found = datasets.load_dataset("imagefolder", data_dir=str(folder / "images"), split="train")
        check([dict(row) for row in found], images)


@pytest.mark.parametrize("formats", [("images", "csv", "judgments"), ("images", "parquet", "webdataset"), ("parquet",)])
def test_datasets_loads_the_unpacked_export_by_its_card(
    formats: tuple[str, ...], images: PlantedSource, written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = written(images, *formats)
    with library(tmp_path, monkeypatch):
        import datasets

        check([dict(row) for row in datasets.load_dataset(str(folder), split="train")], images)


def test_datasets_loads_texts_from_lines_of_json_and_from_parquet(
    texts: PlantedSource, written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = written(texts, "images", "parquet", "csv")
    with library(tmp_path, monkeypatch):
        check(load("json", data_files=str(folder / "texts.jsonl")), texts)
        check(load(str(folder)), texts)
    texts_of = [row["text"] for row in table(folder / "items.csv")]
    assert texts_of == [texts.read(row["sha256"]).decode() for row in texts.rows()]


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_pyarrow_reads_the_shards_and_finds_several_row_groups(images: PlantedSource, written: Written) -> None:
    import pyarrow.parquet as pq

    files = sorted((written(images, "parquet") / "data").iterdir())
    assert [file.name for file in files] == [f"train-{k:05d}-of-00003.parquet" for k in range(3)]
    assert [pq.ParquetFile(file).num_row_groups for file in files] == [3, 3, 2]
    found = [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]
    for got, row in zip(found, images.rows(), strict=True):
        assert got.pop("image") == {"bytes": images.read(row["sha256"]), "path": row["file_name"]}
        assert got == metadata(row)


def test_webdataset_reads_the_shards(images: PlantedSource, written: Written) -> None:
    files = sorted(str(file) for file in (written(images, "webdataset") / "webdataset").iterdir())
    assert len(files) == 3
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import webdataset as wds

        found = list(wds.WebDataset(files, shardshuffle=False).decode("rgb8"))
    for got, row in zip(found, images.rows(), strict=True):
        assert got["__key__"] == f"{row['number']:06d}"
        assert np.array_equal(got["png"], pixels(images.read(row["sha256"])))
        assert got["json"] == metadata(row)


@pytest.mark.parametrize("formats", [("images",), ("parquet",), ("images", "parquet")])
def test_croissant_is_valid_and_its_records_are_the_items(
    formats: tuple[str, ...], images: PlantedSource, written: Written
) -> None:
    folder = written(images, *formats, "croissant")
    found = croissant(folder)
    assert len(found) == images.count
    by_item = {row["item"]: row for row in found}
    for row in images.rows():
        got = by_item[row["item"]]
        assert np.array_equal(np.array(got["image"]), pixels(images.read(row["sha256"])))
        assert_fields(got, row)


def test_croissant_describes_texts(texts: PlantedSource, written: Written) -> None:
    found = croissant(written(texts, "images", "croissant"))
    for got, row in zip(found, texts.rows(), strict=True):
        assert got["text"] == texts.read(row["sha256"]).decode()


def croissant(folder: Path) -> list[dict[str, Any]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mlcroissant as mlc

        found = mlc.Dataset(jsonld=folder / "croissant.json")
        assert not found.metadata.ctx.issues.errors
        assert not found.metadata.ctx.issues.warnings - recommended(found.metadata.ctx.issues.warnings)
        return [
            {
                key.rpartition("/")[2]: value.decode() if isinstance(value, bytes) else value
                for key, value in row.items()
            }
            for row in found.records("items")
        ]


def recommended(issues: set[str]) -> set[str]:
    """Properties that only the publisher can know."""
    return {
        text
        for text in issues
        if "recommended" in text and any(w in text for w in ("license", "citeAs", "url", "creator"))
    }


def assert_fields(got: dict[str, Any], row: dict[str, Any]) -> None:
    for name, value in metadata(row).items():
        found = got[name]
        if name == "created_at":
            assert told(found) == told(value)
        elif name == "place":
            assert [float(v) for v in found] == pytest.approx(value, rel=1e-15)  # pandas reads decimals of JSON roughly
        else:
            assert found == (pytest.approx(value, rel=1e-15) if name == "quality" else value), name


def test_the_table_holds_every_column_as_it_is(images: PlantedSource, written: Written) -> None:
    for got, row in zip(table(written(images, "csv") / "items.csv"), images.rows(), strict=True):
        expected = metadata(row)
        place = expected.pop("place")
        assert [float(got.pop(f"place_{k + 1}")) for k in range(2)] == place
        assert float(got.pop("quality")) == expected.pop("quality")
        assert got.pop("file_name") == row["file_name"]
        assert got == {name: "" if value is None else str(value) for name, value in expected.items()}


def test_judgments_come_in_both_forms(images: PlantedSource, written: Written) -> None:
    folder = written(images, "judgments")
    assert json.loads((folder / "judgments.jsonl").read_text()) == {"closer": "a", "rater": "Ann"}
    assert table(folder / "judgments.csv") == [{"closer": "a", "rater": "Ann"}]


def test_what_genomes_name_comes_along_once(images: PlantedSource, written: Written) -> None:
    folder = written(images, "csv")
    found = {path.name: path.read_bytes() for path in (folder / "genomes").iterdir()}
    named = {sha: data for sha, data in images.contents.items() if data.startswith((b"latents", b"axes"))}
    assert found == named
    assert len(named) == 5
