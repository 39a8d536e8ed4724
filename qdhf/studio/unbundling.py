"""Bringing in a bundle that somebody sends: checked before anything is kept, then all of it or nothing."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from qdhf.errors import InvalidInput, NotAllowed, NotFound
from qdhf.formats.genomes import named
from qdhf.generators.collection_files import DAMAGED, open_zip
from qdhf.ports import Store
from qdhf.studio.same_encoder import probe
from qdhf.studio.studies import check_brought
from qdhf.types import Person, Study, genome_from_record

FORMAT, VERSION = "qdhf-study", 1
NAMES = re.compile(r"(facts/[a-z_]+\.jsonl|blobs/[0-9a-f]{64}|README\.md|manifest\.json)\Z")
LARGEST_FILE = 100 * 2**20  # bytes: blobs and the manifest
LARGEST_LINE = 8 * 2**20  # bytes of one fact
LARGEST_TOTAL = 500 * 2**30  # bytes
RATIO, FACTS_RATIO = 20, 1000  # what unpacks to more than so many times its size is an attack; facts repeat themselves
LARGEST_FACTS = 2 * 2**30  # bytes of all facts, or RATIO times the size of the bundle
LARGEST_TABLE = 128 * 2**20  # bytes of the ZIP's own table of contents, which is in memory whole
CHUNK = 1 << 20
DAMAGED_ROW = (AttributeError, KeyError, TypeError, ValueError)


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
            self._zip = open_zip(file, LARGEST_TABLE)
            self.entries = {info.filename: info for info in self._zip.infolist()}
            self.manifest = self._manifest()
            self._refuse_unsafe()
        except (*DAMAGED, KeyError) as error:
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
            facts = name.startswith("facts/")
            limit, ratio = (LARGEST_TOTAL, FACTS_RATIO) if facts else (LARGEST_FILE, RATIO)
            if info.file_size > limit or info.file_size > ratio * max(info.compress_size, 4096):
                raise InvalidInput(f"“{name}” unpacks to {info.file_size / 2**20:.0f} MB; it is damaged or an attack.")
        unpacked = sum(info.file_size for name, info in self.entries.items() if name.startswith("facts/"))
        packed = sum(info.compress_size for info in self.entries.values())
        if unpacked > max(LARGEST_FACTS, RATIO * packed) or unpacked > LARGEST_TOTAL:
            raise InvalidInput(
                f"The facts of the bundle unpack to {unpacked / 2**30:.1f} GB; it is damaged or an attack."
            )

    def _manifest(self) -> dict[str, Any]:
        info = self.entries["manifest.json"]
        if info.file_size > min(LARGEST_FILE, RATIO * max(info.compress_size, 4096)):
            raise ValueError("its manifest is too large")
        found = json.loads(self._zip.read("manifest.json"))
        name, _, version = str(found.get("format", "")).partition("/") if isinstance(found, dict) else ("", "", "")
        if name != FORMAT or not isinstance(found.get("study"), str) or not _sums(found.get("files")):
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
        except DAMAGED as error:
            raise InvalidInput(f"The bundle is damaged: {name} cannot be read ({error}).") from error
        if digest.hexdigest() != self.manifest["files"][name]["sha256"]:
            raise InvalidInput(f"The bundle is damaged: {name} is not what its manifest says. Copy it again.")


def _sums(files: Any) -> bool:
    """Whether ``files`` names a checksum for each file."""
    return isinstance(files, dict) and all(
        isinstance(f, dict) and isinstance(f.get("sha256"), str) for f in files.values()
    )


def bring_in(store: Store, bundle: Bundle, by: Person) -> Imported:
    """Check everything, keep the files, then the facts. Raises InvalidInput; then the study is not here, or as it was.
    Raises NotAllowed where the study is here already and ``by`` is no admin: a bundle may say anything of anybody."""
    if (records := str(bundle.manifest.get("records"))) > store.bundles.schema:
        raise InvalidInput(
            f"The bundle was written by a newer QDHF Studio (records {records}; this one knows {store.bundles.schema}). "
            "Update this one, then bring it in again."
        )
    if by.role != "admin" and _here(store, bundle.study_id):
        raise NotAllowed(
            "This installation holds the study of this bundle already, and a bundle can add answers in anybody's name or take "
            "them back. Only an admin may bring it in; ask one. A study that is not here yet any curator may bring in."
        )
    wanted = _checked(bundle, store.bundles.tables)
    for name in bundle.entries:
        if name.removeprefix("blobs/") in wanted:
            _keep(store, bundle, name)
    new = store.bundles.load(bundle.study_id, lambda table: _loadable(bundle, table), check_brought)
    return Imported(study=store.studies.get(bundle.study_id), new=new)


def _here(store: Store, study_id: str) -> bool:
    try:
        store.studies.get(study_id)
    except NotFound:
        return False
    return True


def _checked(bundle: Bundle, tables: tuple[str, ...]) -> set[str]:
    """Read all rows once, so that nothing is kept before all checksums are right; returns the SHA-256 of the files that items
    and remakes name. Raises InvalidInput where one of an item's did not come along."""
    wanted: set[str] = set()
    for table in tables:
        for row in _rows(bundle, table):
            if table in FILES:
                wanted |= _named(bundle, table, row)
    return wanted


def _loadable(bundle: Bundle, table: str) -> Iterator[dict[str, Any]]:
    """Rows to keep: never features of what encoders are compared by."""
    own = {probe(kind)[0] for kind in ("image", "text")}
    return (row for row in _rows(bundle, table) if table != "features" or row.get("blob") not in own)


def _rows(bundle: Bundle, table: str) -> Iterator[dict[str, Any]]:
    """Rows of a table; none where the bundle was written before there was such a table."""
    name = f"facts/{table}.jsonl"
    for number, line in enumerate(bundle.lines(name) if name in bundle.entries else (), 1):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InvalidInput(f"The bundle is damaged: line {number} of {name} is no JSON ({error}).") from error
        if not isinstance(row, dict):
            raise InvalidInput(f"The bundle is damaged: line {number} of {name} is no row.")
        yield row


def _named(bundle: Bundle, table: str, row: dict[str, Any]) -> set[str]:
    """The files that a row names. Raises InvalidInput where one is missing; files of remakes may be: earlier bundles came
    without."""
    try:
        files = {str(sha) for sha in FILES[table](row)}
    except DAMAGED_ROW as error:
        raise InvalidInput(f"The bundle is damaged: a row of {table} cannot be read ({error}).") from error
    missing = {sha for sha in files if f"blobs/{sha}" not in bundle.entries}
    if missing and table == "items":
        raise InvalidInput(f"The bundle is damaged: the file {min(missing)[:16]}… of an item is missing.")
    return files - missing


def _of_item(row: dict[str, Any]) -> list[Any]:
    genome = genome_from_record(row["genome"]) if row["genome"] is not None else None
    return [row["blob"], *row["thumbs"].values(), *named(genome)]


FILES: dict[str, Callable[[dict[str, Any]], list[Any]]] = {
    "items": _of_item, "remakes": lambda row: [row["result"]["blob"]],
}  # fmt: skip


def _keep(store: Store, bundle: Bundle, name: str) -> None:
    data, sha = bundle.read(name), name.removeprefix("blobs/")
    if hashlib.sha256(data).hexdigest() != sha:
        raise InvalidInput(f"The bundle is damaged: the file {sha[:16]}… has another content.")
    store.blobs.put(data)
