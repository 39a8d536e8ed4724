"""``docs/exports.md`` names everything, and its code runs as it stands."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest

from qdhf.formats import FORMATS, base, parquet, webdataset
from tests.formats.conftest import PlantedSource, Written
from tests.formats.test_reading_back import library

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "exports.md").read_text(encoding="utf-8")


def test_every_format_and_every_column_is_told_of() -> None:
    assert {name for name in FORMATS if f"| `{name}` |" not in TEXT} == set()
    assert {name for name in base.COLUMNS if f"`{name}`" not in TEXT} == set()


def test_the_code_loads_what_it_says(written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (parquet, webdataset):
        monkeypatch.setattr(module, "SHARD_ITEMS", 2)
    written(PlantedSource(20), *FORMATS).rename(tmp_path / "set")
    (tmp_path / "set" / "texts.jsonl").write_text('{"text": "one"}\n')  # as an export of texts has it
    monkeypatch.chdir(tmp_path)
    with library(tmp_path, monkeypatch):
        import mlcroissant
        import pyarrow.parquet
        import webdataset as wds

        names: dict[str, Any] = {
            "csv": csv, "mlcroissant": mlcroissant, "pyarrow": pyarrow, "webdataset": wds,
        }  # fmt: skip
        for code in re.findall(r"```python\n(.*?)```", TEXT, re.S):
            exec(code, names)
        sizes = {name: len(list(names[name])) for name in ("images", "items", "rows", "samples", "records")}
    assert set(sizes.values()) == {20}
    assert (len(names["texts"]), names["table"].num_rows) == (1, 20)
