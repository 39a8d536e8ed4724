"""A whole study as one ZIP, and back: facts only, in ids and words of their own; everything else is derived from them.

``facts/<table>.jsonl`` holds the rows, ``blobs/<sha256>`` the files that they name, ``manifest.json`` checksums and the
versions. Tables that refer to others are written before those: what comes in while a bundle is written never dangles.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, Any

from qdhf import __version__
from qdhf.errors import NotFound
from qdhf.formats import Part, write_manifest, write_parts
from qdhf.formats.base import PART_ITEMS, ranges
from qdhf.formats.genomes import named
from qdhf.formats.package import Package, told_when_full
from qdhf.ports import Store
from qdhf.studio.access import LOCAL
from qdhf.studio.unbundling import FORMAT, VERSION, Bundle, Imported, bring_in
from qdhf.types import Item, Person, Study

README = """# A study of QDHF Studio

All facts of one study: items and how they were made, answers, raters, runs, sets, names, marks, remarks.
Bring it into another installation with

    python -m qdhf unbundle study.zip

or on the page Studies. Bringing it in twice is the same as once.
"""


class Bundling:
    """Use-cases about whole studies that move."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def bundle(self, study: Study, file: Path) -> int:
        """Write the whole study to ``file``; returns its size in bytes. Raises StorageFailure where the disk is full;
        called again, it goes on where it stopped."""
        making = file.with_name(file.name + ".part")
        with told_when_full(making), Package(making) as package:
            write_parts(package, study_parts(self._store, study))
            package.close().replace(file)
        shutil.rmtree(making)
        return file.stat().st_size

    def unbundle(self, file: Path | IO[bytes], *, by: Person = LOCAL) -> Imported:
        """Bring in the study of a bundle: all of it or (InvalidInput, saying why) nothing. Twice is the same as once. Raises
        NotAllowed where the study is here already and ``by`` is no admin."""
        with Bundle(file) as bundle:
            return bring_in(self._store, bundle, by)


def study_parts(store: Store, study: Study) -> list[Part]:
    """Everything there is to write of a study, in an order in which it may go on later."""
    facts = [
        Part(f"facts/{table}", 0, partial(_write_facts, store, study, table))
        for table in reversed(store.bundles.tables)
    ]
    count = store.items.count(study.id)
    files = [
        Part(f"blobs/{start}", max(0, min(stop, count) - start), partial(_write_files, store, study, start, stop))
        for start, stop in ranges(count + PART_ITEMS)  # a portion more: items may come in meanwhile
    ]
    return [
        *facts, *files, Part("remade", 0, partial(_write_remade, store, study)),
        Part("README.md", 0, lambda package: package.add("README.md", README.encode())),
        Part("manifest.json", 0, partial(_write_manifest, store, study)),
    ]  # fmt: skip


def _write_facts(store: Store, study: Study, table: str, package: Package) -> None:
    with package.open(f"facts/{table}.jsonl", compress=True) as sink:
        for row in store.bundles.rows(table, study.id):
            sink.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")


def _write_files(store: Store, study: Study, start: int, stop: int, package: Package) -> None:
    _add_files(store, package, _files(store.items.of_study(study.id, start - 1, stop - start)))


def _write_remade(store: Store, study: Study, package: Package) -> None:
    """What came of making items again; such a file may be gone, for nothing is made from it."""
    for row in store.bundles.rows("remakes", study.id):
        with suppress(NotFound):
            _add_files(store, package, [row["result"]["blob"]])


def _add_files(store: Store, package: Package, files: Iterable[str]) -> None:
    for sha in files:
        if not package.has(name := f"blobs/{sha}"):
            package.add(name, store.blobs.get(sha))


def _files(items: list[Item]) -> Iterator[str]:
    """SHA-256 of every file that the items need: contents, thumbnails, what genomes name."""
    for item in items:
        yield from (item.blob, *item.thumbs.values(), *named(item.genome))


def _write_manifest(store: Store, study: Study, package: Package) -> None:
    head: dict[str, Any] = {
        "format": f"{FORMAT}/{VERSION}", "made_by": f"qdhf-studio {__version__}", "records": store.bundles.schema,
        "study": study.id, "name": study.name, "command": f'python -m qdhf bundle "{study.id}" study.zip',
    }  # fmt: skip
    write_manifest(package, head)
