"""Bringing your own pictures and texts: what comes in, what is skipped and why, and what cannot get out."""

from __future__ import annotations

import io
import os
import stat
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from qdhf import pictures
from qdhf.errors import InvalidInput, NotFound
from qdhf.generators import collection_files as collection
from qdhf.generators.collection import open_collection

PNG = pictures.png(np.full((4, 6, 3), 200, np.uint8))


def zipped(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, compression)
    return out.getvalue()


FILES = {
    "b/second.png": PNG,
    "a first.PNG": PNG,
    "c.txt": "\ufeffone\r\ntwo 🎉\n".encode(),
    "notes.pdf": b"%PDF",
    "torn.png": PNG[:50],
    "latin.txt": "é".encode("latin-1"),
    "empty.txt": b" \n",
    ".hidden/x.png": PNG,
    "__MACOSX/._x.png": PNG,
    ".DS_Store": b"\0",
}


@pytest.fixture(params=["folder", "zip file", "zip bytes"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path | bytes:
    if request.param == "folder":
        for name, data in FILES.items():
            if name.startswith("__MACOSX"):
                continue
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(data)
        return tmp_path
    if request.param == "zip bytes":
        return zipped(FILES)
    (tmp_path / "mine.zip").write_bytes(zipped(FILES))
    return tmp_path / "mine.zip"


def test_files_come_in_order_of_name_and_each_skipped_one_says_why(source: Path | bytes) -> None:
    found = open_collection(source)
    assert [entry.name for entry in found] == list(found.names)
    assert list(found.names) == sorted(found.names)
    good = {entry.name: entry for entry in found if entry.error is None}
    assert set(good) == {"b/second.png", "a first.PNG", "c.txt"}
    assert good["b/second.png"].kind == "image"
    assert good["b/second.png"].pixels is not None
    assert good["b/second.png"].pixels.shape == (4, 6, 3)
    assert good["c.txt"].text == "one\ntwo 🎉"
    assert good["c.txt"].data == "one\ntwo 🎉".encode()
    bad = {entry.name: entry.error or "" for entry in found if entry.error is not None}
    assert set(bad) == {"notes.pdf", "torn.png", "latin.txt", "empty.txt"}
    assert "neither a picture nor a text" in bad["notes.pdf"]
    assert "damaged" in bad["torn.png"]
    assert "UTF-8" in bad["latin.txt"]
    assert "empty" in bad["empty.txt"]


def test_an_entry_is_the_same_each_time_it_is_read(source: Path | bytes) -> None:
    first, second = open_collection(source), open_collection(source)
    assert first.names == second.names
    for i in reversed(range(len(first))):
        assert (first.read(i).data, first.read(i).error) == (second.read(i).data, second.read(i).error)


def test_large_pictures_come_in_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "SIDE", 3)
    (entry,) = open_collection(zipped({"a.png": PNG}))
    assert entry.pixels is not None
    assert entry.pixels.shape == (2, 3, 3)
    np.testing.assert_array_equal(pictures.decode(entry.data), entry.pixels)


def test_links_lead_nowhere(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    inside = tmp_path / "inside"
    (outside / "deep").mkdir(parents=True)
    inside.mkdir()
    (outside / "secret.txt").write_text("secret")
    (inside / "link.txt").symlink_to(outside / "secret.txt")
    (inside / "folder").symlink_to(outside, target_is_directory=True)
    (inside / "gone.txt").symlink_to(tmp_path / "nowhere")
    os.mkfifo(inside / "pipe.txt")
    entries = {entry.name: entry for entry in open_collection(inside)}
    assert "folder/secret.txt" not in entries
    for name in ("link.txt", "gone.txt", "pipe.txt"):
        assert "no plain file" in (entries[name].error or "")


@pytest.mark.parametrize("name", ["../../etc/x.txt", "/etc/x.txt", "a/../../x.txt", "C:/x.txt", "..\\..\\x.txt"])
def test_paths_that_lead_out_of_a_zip_are_refused(name: str) -> None:
    (entry,) = open_collection(zipped({name: b"secret"}))
    assert entry.error == "Its path leads out of the ZIP file."


def test_links_in_a_zip_are_refused() -> None:
    out = io.BytesIO()
    info = zipfile.ZipInfo("link.txt")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    (entry,) = open_collection(out.getvalue())
    assert entry.error == "It is a link; links are not followed."


def test_bombs_are_refused_before_they_are_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    (entry,) = open_collection(zipped({"zeros.txt": b"0" * 5_000_000}))
    assert "200 times its size" in (entry.error or "")
    monkeypatch.setattr(collection, "LARGEST_FILE", 1_000_000)
    (entry,) = open_collection(zipped({"big.txt": b"0" * 5_000_000}, zipfile.ZIP_STORED))
    assert "at most 0 MB" in (entry.error or "")
    monkeypatch.setattr(collection, "LARGEST_TOTAL", 1_000_000)
    with pytest.raises(InvalidInput, match="The upload unpacks to"):
        open_collection(zipped({"zeros.txt": b"0" * 5_000_000}))
    monkeypatch.setattr(collection, "MOST_FILES", 2)
    with pytest.raises(InvalidInput, match="more than 2 files"):
        open_collection(zipped({f"{i}.txt": b"x" for i in range(3)}))


def test_an_entry_that_says_a_wrong_size_or_sum_is_skipped() -> None:
    data = bytearray(zipped({"a.txt": b"hello hello"}, zipfile.ZIP_STORED))
    data[data.index(b"hello")] ^= 1
    (entry,) = open_collection(bytes(data))
    assert "CRC" in (entry.error or "")


def test_an_encrypted_entry_is_skipped() -> None:
    data = bytearray(zipped({"a.txt": b"hello"}))
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(mark) + at] |= 1
    (entry,) = open_collection(bytes(data))
    assert entry.error == "It is encrypted."


def test_what_is_no_collection_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        open_collection(tmp_path / "nowhere")
    (tmp_path / "x.zip").write_bytes(b"PK not really")
    with pytest.raises(InvalidInput, match=r"x\.zip is neither a folder nor a ZIP"):
        open_collection(tmp_path / "x.zip")
    with pytest.raises(InvalidInput, match="The upload is neither"):
        open_collection(b"")


def test_an_empty_folder_and_an_empty_zip_hold_nothing(tmp_path: Path) -> None:
    assert list(open_collection(tmp_path)) == []
    assert len(open_collection(zipped({}))) == 0


def damaged_inside(compression: int) -> bytes:
    """A ZIP whose first entry is garbage inside, its lists all in order."""
    noise = np.random.default_rng(0).bytes(400)
    data = bytearray(zipped({"a.txt": noise.hex().encode(), "b.txt": b"hello"}, compression))
    data[60:260] = b"\xff" * 200
    return bytes(data)


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_that_is_damaged_inside_is_skipped_and_the_rest_comes_in(compression: int) -> None:
    first, second = open_collection(damaged_inside(compression))
    assert "could not be read" in (first.error or "")
    assert second.text == "hello"


def test_metadata_that_is_damaged_inside_is_said() -> None:
    rows = b"".join(b'{"file_name": "a.png", "text": "%d"}\n' % n for n in range(400))
    data = bytearray(zipped({"metadata.jsonl": rows, "a.png": PNG}))
    data[60:260] = b"\xff" * 200
    with pytest.raises(InvalidInput, match=r"metadata\.jsonl in the ZIP file is damaged"):
        open_collection(bytes(data))


def test_a_table_of_contents_without_end_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(zipped({f"{n}.txt": b"x" for n in range(20_000)}))
    monkeypatch.setattr(collection.open_zip, "__defaults__", (1 << 20,))
    tracemalloc.start()
    for source in (tmp_path / "x.zip", (tmp_path / "x.zip").read_bytes()):
        with pytest.raises(InvalidInput, match="a table of contents of 1 MB"):
            open_collection(source)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000  # the entries alone would take ten
