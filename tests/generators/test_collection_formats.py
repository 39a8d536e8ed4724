"""Collections that come as Parquet, as lines of JSON, with metadata of their own, or from an export of ours."""

from __future__ import annotations

import io
import json
import struct
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qdhf import pictures
from qdhf.errors import InvalidInput
from qdhf.formats import plan, write_parts
from qdhf.formats.package import Package
from qdhf.generators import collection_captions, collection_parquet
from qdhf.generators import collection_files as limits
from qdhf.generators.collection import open_collection
from qdhf.generators.collection_files import Entry
from tests.formats.conftest import PlantedSource
from tests.generators.test_collection import zipped


def picture(n: int) -> bytes:
    return pictures.png(np.full((4, 6, 3), n, np.uint8))


def shade(entry: Entry) -> int:
    assert entry.pixels is not None, entry.error
    return int(entry.pixels[0, 0, 0])


def parquet(path: Path, columns: dict[str, list[Any]], group: int = 3) -> Path:
    pq.write_table(pa.table(columns), path, row_group_size=group)
    return path


# Parquet


def test_parquet_pictures_are_found_by_number_in_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection_parquet, "ROWS", 2)
    for shard in range(2):
        images = [{"bytes": picture(20 * shard + n), "path": f"{shard}-{n}.png"} for n in range(8)]
        parquet(tmp_path / f"train-{shard}.parquet", {"label": list(range(8)), "image": images})
    found = open_collection(tmp_path)
    assert len(found) == 16
    assert [shade(entry) for entry in found] == [*range(8), *range(20, 28)]
    assert [entry.name for entry in found][7:9] == ["0-7.png", "1-0.png"]
    for index in (15, 0, 9, 8, 3, 2, 15, 7):
        assert shade(found.read(index)) == 20 * (index // 8) + index % 8


def test_parquet_rows_that_hold_no_picture_are_named_and_the_rest_comes_in(tmp_path: Path) -> None:
    images = [
        {"bytes": picture(1), "path": None}, {"bytes": b"torn", "path": "torn.png"}, {"bytes": None, "path": "far.png"},
        {"bytes": picture(4), "path": "d.png"},
    ]  # fmt: skip
    path = parquet(tmp_path / "x.parquet", {"image": images, "caption": ["one", "two", "three", None]})
    found = list(open_collection(path))
    assert [(e.name, e.caption, bool(e.error)) for e in found] == [
        ("x.parquet#1", "one", False), ("x.parquet#2", "", True), ("x.parquet#3", "", True), ("d.png", "", False),
    ]  # fmt: skip
    assert "no picture that can be read" in (found[1].error or "")
    assert "only names it" in (found[2].error or "")


def test_parquet_texts_and_plain_bytes(tmp_path: Path) -> None:
    texts = open_collection(parquet(tmp_path / "t.parquet", {"id": [1, 2], "text": ["one\r\ntwo", " "]}))
    assert [(e.text, bool(e.error)) for e in texts] == [("one\ntwo", False), (None, True)]
    plain = open_collection(parquet(tmp_path / "b.parquet", {"png": [picture(9)]}))
    assert [shade(e) for e in plain] == [9]


def test_parquet_that_is_no_collection_says_what_it_has(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="has columns a, b; none holds pictures"):
        open_collection(parquet(tmp_path / "n.parquet", {"a": [1], "b": ["x"]}))
    (tmp_path / "torn.parquet").write_bytes(b"PAR1 and nothing more")
    with pytest.raises(InvalidInput, match=r"torn\.parquet is no Parquet file"):
        open_collection(tmp_path / "torn.parquet")


def test_a_parquet_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    table = pa.table({"image": [b"\0" * 60_000_000]})
    pq.write_table(table, tmp_path / "bomb.parquet", compression="zstd", use_dictionary=False)
    (entry,) = open_collection(tmp_path / "bomb.parquet")
    assert "200 times its size" in (entry.error or "")


# Lines of JSON


def test_lines_hold_texts_or_name_files_beside_them(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(picture(3))
    (tmp_path / "b.txt").write_text("a text")
    lines = [
        '{"text": "  naïve 🎉 ", "name": "First"}', "", '{"file_name": "a.png", "caption": "three"}',
        '{"file_name": "b.txt"}', "no json", "[1]", '{"other": 1}', '{"text": ""}',
    ]  # fmt: skip
    (tmp_path / "mine.jsonl").write_text("\n".join(lines), encoding="utf-8")
    found = open_collection(tmp_path / "mine.jsonl")
    entries = list(found)
    assert len(entries) == len(found) == 7
    assert (entries[0].text, entries[0].caption) == ("naïve 🎉", "First")
    assert (shade(entries[1]), entries[1].name, entries[1].caption) == (3, "a.png", "three")
    assert entries[2].text == "a text"
    assert [entry.name for entry in entries[3:]] == [f"line {n}" for n in (4, 5, 6, 7)]
    assert all(entry.error for entry in entries[3:])
    assert found.read(0).text == entries[0].text


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/hostname.txt", "in/../../secret.txt", "link.txt", "in/x.txt"])
def test_lines_cannot_name_what_lies_elsewhere(name: str, tmp_path: Path) -> None:
    folder, outside = tmp_path / "mine", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (outside / "x.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "in").symlink_to(outside, target_is_directory=True)
    (folder / "m.jsonl").write_text(json.dumps({"file_name": name}))
    (entry,) = open_collection(folder / "m.jsonl")
    assert entry.text is None
    assert "leads out" in (entry.error or "") or "links are not followed" in (entry.error or "")


# Captions


@pytest.mark.parametrize("packed", [False, True])
def test_what_metadata_calls_a_file_is_kept(packed: bool, tmp_path: Path) -> None:
    files = {
        "a.png": picture(1), "b.png": picture(2), "deep/c.png": picture(3), "README.md": b"# About",
        "metadata.jsonl": b'{"file_name": "a.png", "text": "a cat\\n on  a mat", "prompt": "no"}\nbroken\n'
        b'{"file_name": "b.png", "text": ""}\n{"file_name": "../out.png", "text": "x"}\n',
        "deep/metadata.csv": "file_name,title\nc.png,naïve\n".encode(),
    }  # fmt: skip
    if packed:
        (tmp_path / "x.zip").write_bytes(zipped(files))
        found = open_collection(tmp_path / "x.zip")
    else:
        for name, data in files.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(data)
        found = open_collection(tmp_path)
    assert {e.name: e.caption for e in found} == {"a.png": "a cat on a mat", "b.png": "", "deep/c.png": "naïve"}


# What an export of ours wrote


@pytest.fixture
def source() -> PlantedSource:
    return PlantedSource(7)


def exported(source: PlantedSource, folder: Path, *formats: str) -> Path:
    with Package(folder) as package:
        write_parts(package, plan(source, formats))
        return package.close()


def check(found: list[Entry], source: PlantedSource) -> None:
    for entry, row in zip(found, source.rows(), strict=True):
        assert entry.error is None
        assert entry.data == source.read(row["sha256"])
        assert entry.caption == " ".join((row["name"] or row["prompt"]).split())


def test_an_export_comes_in_as_it_went_out(source: PlantedSource, tmp_path: Path) -> None:
    path = exported(source, tmp_path / "work", "images", "parquet", "csv", "webdataset", "judgments", "croissant")
    check(list(open_collection(path)), source)
    check(list(open_collection(path.read_bytes())), source)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "unpacked")
    check(list(open_collection(tmp_path / "unpacked")), source)
    check(list(open_collection(tmp_path / "unpacked" / "data")), source)


def test_an_export_of_texts_comes_in_again(tmp_path: Path) -> None:
    texts = PlantedSource(5, "text")
    path = exported(texts, tmp_path / "work", "images", "csv")
    assert [entry.data for entry in open_collection(path)] == [texts.read(row["sha256"]) for row in texts.rows()]


def test_an_export_without_files_says_what_to_do(source: PlantedSource, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="Unpack it and import its folder “data”"):
        open_collection(exported(source, tmp_path, "parquet"))


# Means harm


def overlapping(copies: int, size: int) -> bytes:
    """A ZIP whose many entries all lie over the same compressed bytes (D. Fifield, 2019): each looks harmless."""
    out = io.BytesIO()
    rng = np.random.default_rng(0)
    data = rng.integers(0, 4, size, np.uint8).tobytes()  # compresses fourfold
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0.txt", data)
    whole = out.getvalue()
    start = whole.index(b"PK\1\2")
    entry = whole[start : whole.index(b"PK\5\6")]
    directory = entry * copies
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, copies, copies, len(directory), start, 0)
    return whole[:start] + directory + end


def test_entries_that_lie_over_each_other_are_refused_by_what_they_add_up_to() -> None:
    with pytest.raises(InvalidInput, match="200 times its size"):
        open_collection(overlapping(2000, 3_000_000))
    assert len(open_collection(overlapping(3, 3_000_000))) == 3


def test_a_manifest_that_is_a_bomb_is_refused() -> None:
    with pytest.raises(InvalidInput, match="200 times its size"):
        open_collection(zipped({"manifest.json": b"[" * 5_000_000, "a.png": picture(1)}))


def test_metadata_that_is_a_bomb_is_refused() -> None:
    with pytest.raises(InvalidInput, match="200 times its size"):
        open_collection(zipped({"metadata.jsonl": b" " * 5_000_000, "a.png": picture(1)}))


def test_more_lines_than_accepted_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_FILES", 2)
    (tmp_path / "x.jsonl").write_text('{"text": "x"}\n' * 3)
    with pytest.raises(InvalidInput, match="more than 2 files"):
        open_collection(tmp_path / "x.jsonl")


# What means harm


def packed_or_not(packed: bool, files: dict[str, bytes], folder: Path) -> Path:
    if packed:
        (folder / "x.zip").write_bytes(zipped(files))
        return folder / "x.zip"
    for name, data in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


@pytest.mark.parametrize("packed", [False, True])
def test_metadata_is_read_within_limits_however_many_files_hold_it(
    packed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = b"".join(b'{"file_name": "%d.png", "text": "%d"}\n' % (n, n) for n in range(60))
    source = packed_or_not(packed, {"metadata.jsonl": rows, "in/metadata.jsonl": rows, "a.png": picture(1)}, tmp_path)
    assert len(open_collection(source)) == 1
    monkeypatch.setattr(collection_captions, "MOST", 100)
    with pytest.raises(InvalidInput, match="more than 100 rows"):
        open_collection(source)
    monkeypatch.setattr(collection_captions, "MOST", 200)
    monkeypatch.setattr(collection_captions, "LARGEST", len(rows) + 100)
    with pytest.raises(InvalidInput, match="The metadata has more than"):
        open_collection(source)


@pytest.mark.parametrize("name", ["metadata.jsonl", "metadata.csv"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_line_of_metadata_without_end_is_never_in_memory(packed: bool, name: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).bytes(15_000_000).hex().encode()
    source = packed_or_not(packed, {name: noise, "a.png": picture(1)}, tmp_path)
    del noise
    tracemalloc.start()
    with pytest.raises(InvalidInput, match="a line of more than 1,000,000 characters"):
        open_collection(source)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 15_000_000


def test_an_endless_line_of_texts_is_named_and_the_rest_comes_in(tmp_path: Path) -> None:
    lines = [b'{"text": "one"}', b'{"text": "' + b"x" * (9 << 20) + b'"}', b'{"text": "three"}']
    (tmp_path / "x.jsonl").write_bytes(b"\n".join(lines))
    found = list(open_collection(tmp_path / "x.jsonl"))
    assert [entry.text for entry in found] == ["one", None, "three"]
    assert "more than 8 MB" in (found[1].error or "")


def test_a_parquet_bomb_in_a_column_of_words_is_refused(tmp_path: Path) -> None:
    table = pa.table({"image": [picture(1)], "caption": ["0" * 60_000_000]})
    pq.write_table(table, tmp_path / "bomb.parquet", compression="zstd", use_dictionary=False)
    (entry,) = open_collection(tmp_path / "bomb.parquet")
    assert "200 times its size" in (entry.error or "")


def test_a_column_with_a_dot_in_its_name_is_checked_like_any_other(tmp_path: Path) -> None:
    pq.write_table(pa.table({"my.image": [b"\0" * 60_000_000]}), tmp_path / "b.parquet", compression="zstd")
    (entry,) = open_collection(tmp_path / "b.parquet")
    assert "200 times its size" in (entry.error or "")


def test_a_row_group_that_is_too_large_to_hold_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = [np.random.default_rng(n).bytes(500).hex() for n in range(4)]
    path = parquet(tmp_path / "x.parquet", {"image": [picture(n) for n in range(4)], "caption": words}, group=4)
    assert [shade(entry) for entry in open_collection(path)] == [0, 1, 2, 3]
    monkeypatch.setattr(collection_parquet, "HELD", 1)  # a row at a time
    assert [shade(entry) for entry in open_collection(path)] == [0, 1, 2, 3]
    monkeypatch.setattr(collection_parquet, "LARGEST_GROUP", 3000)
    assert all("smaller row groups" in (entry.error or "") for entry in open_collection(path))


def test_values_that_a_dictionary_repeats_are_read_one_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight of them at once would be eight times the file."""
    monkeypatch.setattr(collection_parquet, "HELD", 8_000_000)
    large = np.random.default_rng(0).bytes(3_000_000).hex()
    parquet(tmp_path / "x.parquet", {"image": [picture(1)] * 8, "caption": [large] * 8}, group=8)
    found = open_collection(tmp_path / "x.parquet")
    before = pa.total_allocated_bytes()
    assert not found.read(0).error
    assert pa.total_allocated_bytes() - before < 4 * len(large)


def test_a_shard_without_the_column_of_the_first_is_named(tmp_path: Path) -> None:
    parquet(tmp_path / "a.parquet", {"image": [picture(1)]})
    parquet(tmp_path / "b.parquet", {"other": [1]})
    assert [bool(entry.error) for entry in open_collection(tmp_path)] == [False, True]


@pytest.mark.parametrize("packed", [False, True])
def test_a_manifest_of_any_size_is_not_read_whole(packed: bool, tmp_path: Path) -> None:
    deep = b"[" * 2_000_000 + np.random.default_rng(0).bytes(20_000).hex().encode()
    found = open_collection(packed_or_not(packed, {"manifest.json": deep, "images/a.png": picture(1)}, tmp_path))
    assert [shade(entry) for entry in found if not entry.error] == [1]
