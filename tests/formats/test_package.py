"""A ZIP that is killed while it is written goes on where it stood and comes out as if nothing had happened."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from qdhf.errors import InvalidInput, StorageFailure
from qdhf.formats import FORMATS, checked, plan, write_parts
from qdhf.formats.package import Package
from tests.formats.conftest import PlantedSource

ROOT = Path(__file__).resolve().parents[2]
ALL = tuple(FORMATS)


def whole(source: PlantedSource, folder: Path) -> bytes:
    with Package(folder) as package:
        write_parts(package, plan(source, ALL))
        return package.close().read_bytes()


def test_every_file_is_what_the_manifest_says(images: PlantedSource, tmp_path: Path) -> None:
    (tmp_path / "set.zip").write_bytes(whole(images, tmp_path / "a"))
    with zipfile.ZipFile(tmp_path / "set.zip") as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
        assert {*manifest["files"], "manifest.json"} == set(archive.namelist())
        for name, facts in manifest["files"].items():
            data = archive.read(name)
            assert facts == {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    assert (manifest["study"], manifest["collection"], manifest["items"]) == ("s1", "c1", 13)
    assert manifest["command"] == images.info.command


def test_the_same_set_gives_the_same_bytes_wherever_it_was_cut_off(images: PlantedSource, tmp_path: Path) -> None:
    uncut = whole(images, tmp_path / "uncut")
    parts = plan(images, ALL)
    for cut in range(len(parts)):
        folder = tmp_path / f"cut-{cut}"
        with Package(folder) as package:
            write_parts(package, parts[:cut])
            parts[cut].write(package)  # written, but not finished
        with (folder / "journal.jsonl").open("ab") as journal:
            journal.write(b'{"name": "torn')
        assert whole(images, folder) == uncut


def test_finished_parts_are_not_written_again(images: PlantedSource, tmp_path: Path) -> None:
    parts = plan(images, ("images",))
    with Package(tmp_path) as package:
        write_parts(package, parts[:2])
    images.contents = {}  # reading any item again would fail
    with Package(tmp_path) as package:
        assert package.done == {part.name for part in parts[:2]}
        write_parts(package, [part for part in parts if not part.name.startswith("genomes")])
        package.close()


KILLED = """
import os, signal, sys
from pathlib import Path
from qdhf.formats import plan
from qdhf.formats.package import Package
from tests.formats.conftest import PlantedSource

parts, finished = plan(PlantedSource(13), tuple(sys.argv[3:])), int(sys.argv[2])
with Package(Path(sys.argv[1])) as package:
    for part in parts[:finished]:
        part.write(package)
        package.finish_part(part.name)
    parts[finished].write(package)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_kill_9_costs_the_part_in_progress_and_nothing_else(images: PlantedSource, tmp_path: Path) -> None:
    parts = plan(images, ALL)
    command = [sys.executable, "-c", KILLED, str(tmp_path / "killed"), "2", *ALL]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": "."}, check=False)
    assert done.returncode == -signal.SIGKILL
    with Package(tmp_path / "killed") as package:
        assert package.done == {part.name for part in parts[:2]}
    assert whole(images, tmp_path / "killed") == whole(images, tmp_path / "uncut")


FULL = """
import resource, sys
from pathlib import Path
from qdhf.errors import StorageFailure
from qdhf.formats import plan, write_parts
from qdhf.formats.package import Package
from tests.formats.conftest import PlantedSource

resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
try:
    with Package(Path(sys.argv[1])) as package:
        write_parts(package, plan(PlantedSource(13), tuple(sys.argv[2:])))
except StorageFailure as error:
    print(error)
"""


def test_where_nothing_more_can_be_written_it_says_so_and_goes_on_later(images: PlantedSource, tmp_path: Path) -> None:
    """The system's own limit on the size of files stands for a full disk: writing fails in the same place."""
    command = [sys.executable, "-c", FULL, str(tmp_path / "full"), *ALL]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": "."}, capture_output=True, text=True)
    assert "The disk is full" in done.stdout, done.stderr
    assert "try again" in done.stdout
    assert whole(images, tmp_path / "full") == whole(images, tmp_path / "uncut")


def test_other_errors_of_the_disk_keep_their_name(tmp_path: Path) -> None:
    from qdhf.formats.package import told_when_full

    with pytest.raises(PermissionError), told_when_full(tmp_path):
        raise PermissionError(errno.EACCES, "no")
    with pytest.raises(StorageFailure, match="goes on where it stopped"), told_when_full(tmp_path):
        raise OSError(errno.ENOSPC, "full")


def test_progress_counts_the_items_of_all_formats(images: PlantedSource, tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    with Package(tmp_path) as package:
        write_parts(package, plan(images, ("images", "csv")), lambda done, total: heard.append((done, total)))
    assert heard[-1] == (26, 26)
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)


def test_formats_that_cannot_be_written_are_refused() -> None:
    assert checked(["croissant", "images"]) == ("images", "croissant")
    for formats, words in (([], "at least one"), (["zip"], "no format 'zip'"), (["croissant", "csv"], "as well")):
        with pytest.raises(InvalidInput, match=words):
            checked(formats)
