"""Bringing in a bundle that somebody sends: checked before anything is kept, then all of it or nothing."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from qdhf.errors import InvalidInput, NotFound
from qdhf.ports import Store
from qdhf.types import Study, genome_from_record

FORMAT, VERSION = "qdhf-study", 1
NAMES = re.compile(r"(facts/[a-z_]+\.jsonl|blobs/[0-9a-f]{64}|README\.md|manifest\.json)\Z")
LARGEST_FILE = 200 * 2**20  # bytes: blobs and the manifest
LARGEST_LINE = 64 * 2**20  # bytes of one fact
LARGEST_TOTAL = 500 * 2**30  # bytes
RATIO = 1000  # facts repeat themselves; what unpacks to more than this many times its size is an attack
CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What came in. ``new``: rows that were not here before, by table; all 0 where the study was here already."""

    study: Study
    new: dict[str, int]

    @property
    def words(self) -> str:
        """What came in, in a few words."""
        if not any(self.new.values()):
            return "all of it was here already"
        return f"{self.new['items']:,} items and {self.new['judgments']:,} answers came in"


class Bundle:
    """A bundle that is open for reading. Raises NotFound, InvalidInput for what is no bundle, or one that this program
    cannot read. Checksums are compared while files are read."""

    def __init__(self, file: Path | IO[bytes]) -> None:
        if isinstance(file, Path) and not file.is_file():
            raise NotFound(f"There is no file {file}.")
        try:
            self._zip = zipfile.ZipFile(file)
            self.entries = {info.filename: info for info in self._zip.infolist()}
            self.manifest = self._manifest()
            self._refuse_unsafe()
        except (zipfile.BadZipFile, KeyError, ValueError, OSError, NotImplementedError) as error:
            raise InvalidInput(
                f"This is no bundle of a study: {error}. Make one with: python -m qdhf bundle."
            ) from error

    def __enter__(self) -> Bundle:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @property
    def study_id(self) -> str:
        return str(self.manifest["study"])

    def _refuse_unsafe(self) -> None:
        if self.manifest["files"].keys() != self.entries.keys() - {"manifest.json"}:
            raise InvalidInput("The bundle is damaged: its files are not those that its manifest names.")
        if len(self.entries) < len(self._zip.infolist()):
            raise InvalidInput("The bundle holds two files of one name.")
        for name, info in self.entries.items():
            if not NAMES.match(name) or info.flag_bits & 1:
                raise InvalidInput(f"The bundle holds “{name[:80]}”, which no bundle has.")
            limit = LARGEST_TOTAL if name.startswith("facts/") else LARGEST_FILE
            if info.file_size > limit or info.file_size > RATIO * max(info.compress_size, 4096):
                raise InvalidInput(f"“{name}” unpacks to {info.file_size / 2**20:.0f} MB; it is damaged or an attack.")
        if sum(info.file_size for info in self.entries.values()) > LARGEST_TOTAL:
            raise InvalidInput(f"The bundle unpacks to more than {LARGEST_TOTAL >> 30} GB.")

    def _manifest(self) -> dict[str, Any]:
        if self.entries["manifest.json"].file_size > LARGEST_FILE:
            raise ValueError("its manifest is too large")
        found = json.loads(self._zip.read("manifest.json"))
        name, _, version = str(found.get("format", "")).partition("/") if isinstance(found, dict) else ("", "", "")
        if name != FORMAT or not isinstance(found.get("files"), dict):
            raise ValueError("its manifest says otherwise")
        if int(version) > VERSION:
            raise InvalidInput(
                f"The bundle has format {version}; this program knows formats up to {VERSION}. Update QDHF Studio, then "
                "bring it in again."
            )
        result: dict[str, Any] = found
        return result

    def read(self, name: str) -> bytes:
        """A file, checked. Raises InvalidInput."""
        return b"".join(self._chunks(name))

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a file; the checksum is compared after the last one."""
        rest = b""
        for chunk in self._chunks(name):
            *lines, rest = (rest + chunk).split(b"\n")
            yield from lines
            if len(rest) > LARGEST_LINE:
                raise InvalidInput(f"The bundle is damaged: {name} has a line without end.")
        if rest:
            yield rest

    def _chunks(self, name: str) -> Iterator[bytes]:
        digest = hashlib.sha256()
        try:
            with self._zip.open(name) as file:
                while chunk := file.read(CHUNK):
                    digest.update(chunk)
                    yield chunk
        except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, ValueError) as error:
            raise InvalidInput(f"The bundle is damaged: {name} cannot be read ({error}).") from error
        if digest.hexdigest() != self.manifest["files"][name].get("sha256"):
            raise InvalidInput(f"The bundle is damaged: {name} is not what its manifest says. Copy it again.")


def bring_in(store: Store, bundle: Bundle) -> Imported:
    """Check everything, keep the files, then the facts. Raises InvalidInput; then the study is not here, or as it was."""
    if (records := str(bundle.manifest.get("records"))) > store.bundles.schema:
        raise InvalidInput(
            f"The bundle was written by a newer QDHF Studio (records {records}; this one knows {store.bundles.schema}). "
            "Update this one, then bring it in again."
        )
    for row in _rows(bundle, "items"):
        _check_files(bundle, row)
    for table in store.bundles.tables:
        for _ in _rows(bundle, table):  # checksums: nothing is kept before all are right
            pass
    for name in bundle.entries:
        if name.startswith("blobs/"):
            _keep(store, bundle, name)
    new = store.bundles.load(bundle.study_id, lambda table: _rows(bundle, table))
    return Imported(study=store.studies.get(bundle.study_id), new=new)


def _rows(bundle: Bundle, table: str) -> Iterator[dict[str, Any]]:
    """Rows of a table; none where the bundle was written before there was such a table."""
    name = f"facts/{table}.jsonl"
    for number, line in enumerate(bundle.lines(name) if name in bundle.entries else (), 1):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise InvalidInput(f"The bundle is damaged: line {number} of {name} is no JSON ({error}).") from error
        if not isinstance(row, dict):
            raise InvalidInput(f"The bundle is damaged: line {number} of {name} is no row.")
        yield row


def _check_files(bundle: Bundle, item: dict[str, Any]) -> None:
    """Raises InvalidInput where an item names a file that did not come along."""
    from qdhf.formats.genomes import named

    try:
        genome = genome_from_record(item["genome"]) if item["genome"] is not None else None
        files = [item["blob"], *item["thumbs"].values(), *named(genome)]
    except (AttributeError, KeyError, TypeError) as error:
        raise InvalidInput(f"The bundle is damaged: an item cannot be read ({error}).") from error
    for sha in files:
        if f"blobs/{sha}" not in bundle.entries:
            raise InvalidInput(f"The bundle is damaged: the file {str(sha)[:16]}… of an item is missing.")


def _keep(store: Store, bundle: Bundle, name: str) -> None:
    data, sha = bundle.read(name), name.removeprefix("blobs/")
    if hashlib.sha256(data).hexdigest() != sha:
        raise InvalidInput(f"The bundle is damaged: the file {sha[:16]}… has another content.")
    store.blobs.put(data)
