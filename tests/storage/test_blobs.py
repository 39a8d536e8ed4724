"""Files by SHA-256: complete or not there, in a folder as behind a URL."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from qdhf.errors import InvalidInput, NotFound, StorageFailure
from qdhf.ports import Blobs
from storage.blobs import LocalBlobs, open_blobs

ROOT = Path(__file__).resolve().parents[2]
DATA = b"a picture" * 1000
SHA = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(params=["folder", "memory"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Blobs]:
    place = f"memory://{uuid.uuid4().hex}"
    yield open_blobs(tmp_path / "blobs" if request.param == "folder" else place)
    files = fsspec.filesystem("memory")
    if files.exists(place):
        files.rm(place, recursive=True)


def overwrite(blobs: Blobs, sha256: str, data: bytes) -> None:
    with fsspec.open(blobs.path(sha256), "wb") as file:
        file.write(data)


def everything(folder: Path) -> list[str]:
    return [name for _, _, names in os.walk(folder) for name in names]


def test_what_was_put_comes_back(blobs: Blobs) -> None:
    for data in (DATA, b"", bytes(range(256)) * 9000):
        assert blobs.get(blobs.put(data)) == data
    assert blobs.put(DATA) == SHA
    with fsspec.open(blobs.path(SHA)) as file:
        assert file.read() == DATA


def test_a_file_is_kept_without_reading_it_whole(blobs: Blobs, tmp_path: Path) -> None:
    source = tmp_path / "set.zip"
    source.write_bytes(DATA * 300)
    sha = blobs.put_file(source)
    assert sha == hashlib.sha256(DATA * 300).hexdigest()
    assert blobs.get(sha) == DATA * 300
    assert blobs.put_file(str(source)) == sha
    with pytest.raises(NotFound, match=r"none\.zip"):
        blobs.put_file(tmp_path / "none.zip")


def test_a_file_that_may_be_taken_away_is_moved_or_copied(blobs: Blobs, tmp_path: Path) -> None:
    for content in (b"mine", b"mine"):  # the second time it is there already
        source = tmp_path / "own.zip"
        source.write_bytes(content)
        assert blobs.get(blobs.put_file(source, own=True)) == b"mine"


def test_a_missing_file_is_named(blobs: Blobs) -> None:
    for look in (blobs.get, blobs.path):
        with pytest.raises(NotFound, match=SHA):
            look(SHA)


def test_a_damaged_file_is_never_given_out(blobs: Blobs) -> None:
    blobs.put(DATA)
    overwrite(blobs, SHA, DATA[:-1] + b"!")
    with pytest.raises(StorageFailure, match="damaged"):
        blobs.get(SHA)


def test_putting_a_file_again_mends_one_that_was_cut_short(blobs: Blobs) -> None:
    blobs.put(DATA)
    overwrite(blobs, SHA, DATA[:100])
    blobs.put(DATA)
    assert blobs.get(SHA) == DATA


@pytest.mark.parametrize("name", ["", "abc", "../" * 20 + "etc/passwd", SHA.upper(), SHA + "\n", SHA[:-1] + "/", None])
def test_a_name_that_is_no_sha256_is_refused(blobs: Blobs, name: str) -> None:
    for look in (blobs.get, blobs.path):
        with pytest.raises(InvalidInput, match="64 lower-case"):
            look(name)


def test_files_lie_two_folders_deep(tmp_path: Path) -> None:
    blobs = open_blobs(tmp_path)
    blobs.put(DATA)
    assert blobs.path(SHA) == str(tmp_path / SHA[:2] / SHA[2:4] / SHA)
    assert everything(tmp_path) == [SHA]


def test_file_urls_are_local_folders(tmp_path: Path) -> None:
    assert isinstance(open_blobs(f"file://{tmp_path}"), LocalBlobs)


def test_an_unknown_kind_of_url_is_refused() -> None:
    with pytest.raises(InvalidInput, match="nowhere://"):
        open_blobs("nowhere://user:secret@host/x")


def test_a_disk_that_refuses_at_the_end_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs = open_blobs(tmp_path)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / SHA[:2] / SHA[2:4]).mkdir(parents=True)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFailure, match="No space left on device"):
        blobs.put(DATA)
    assert everything(tmp_path) == []
    monkeypatch.undo()
    assert blobs.get(blobs.put(DATA)) == DATA


def test_a_disk_that_refuses_midway_leaves_nothing(tmp_path: Path) -> None:
    """The kernel cuts the write off after 4096 bytes, as a full disk does."""
    code = (
        "import resource, sys; from qdhf.errors import StorageFailure; from storage.blobs import open_blobs\n"
        "blobs = open_blobs(sys.argv[1])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "blobs.put(b'small')\n"
        "try: blobs.put(b'x' * 5_000_000)\n"
        "except StorageFailure as error: print('refused', error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, text=True, capture_output=True, check=True, timeout=60
    )
    assert done.stdout.startswith("refused A file could not be kept")
    assert everything(tmp_path) == [hashlib.sha256(b"small").hexdigest()]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageFailure, match="file/blobs"):
        open_blobs(tmp_path / "file" / "blobs")
