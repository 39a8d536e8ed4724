"""Sets of items as files: one small writer per format, all into one ZIP. ``docs/exports.md`` says how to load each.

A format gives parts (:class:`~qdhf.formats.base.Part`); a :class:`~qdhf.formats.package.Package` remembers which are
finished, so that an export that was killed goes on with the next one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial

from qdhf import __version__
from qdhf.errors import InvalidInput
from qdhf.formats import genomes
from qdhf.formats.answers import Judgments
from qdhf.formats.base import Format, Part, Source
from qdhf.formats.card import dataset_card
from qdhf.formats.croissant import Croissant, readable
from qdhf.formats.files import ImageFolder
from qdhf.formats.package import Package
from qdhf.formats.parquet import Parquet
from qdhf.formats.table import Table
from qdhf.formats.webdataset import WebDataset

FORMATS: dict[str, Format] = {
    form.name: form for form in (ImageFolder(), Parquet(), Table(), WebDataset(), Judgments(), Croissant())
}
DEFAULT = ("images", "judgments")
MANIFEST = "manifest.json"

__all__ = ["DEFAULT", "FORMATS", "MANIFEST", "Part", "checked", "plan", "write_manifest", "write_parts"]


def checked(formats: Sequence[str]) -> tuple[str, ...]:
    """``formats`` in their fixed order. Raises InvalidInput for unknown ones, none at all, or ones that miss another."""
    if unknown := [name for name in formats if name not in FORMATS]:
        raise InvalidInput(f"There is no format {unknown[0]!r}. Known: {', '.join(FORMATS)}.")
    if not formats:
        raise InvalidInput(f"Choose at least one format: {', '.join(FORMATS)}.")
    if "croissant" in formats and not readable(formats):
        raise InvalidInput("Croissant describes files of the export: choose images or Parquet as well.")
    return tuple(name for name in FORMATS if name in formats)


def plan(source: Source, formats: Sequence[str]) -> list[Part]:
    """Every part of an export of ``source``, in order: the formats, what genomes name, study, card, manifest."""
    chosen = checked(formats)
    parts = [part for name in chosen if name != "croissant" for part in FORMATS[name].parts(source)]
    parts += genomes.parts(source)
    if "croissant" in chosen:
        parts += FORMATS["croissant"].parts(source)
    return [
        *parts, Part("study.json", 0, partial(_study, source)), Part("README.md", 0, partial(_card, source, chosen)),
        Part(MANIFEST, 0, partial(_manifest, source)),
    ]  # fmt: skip


def write_parts(
    package: Package, parts: Sequence[Part], told: Callable[[int, int], None] = lambda done, all_: None
) -> None:
    """Write what is not finished yet; ``told`` hears after each part how many items of how many are written."""
    total = sum(part.items for part in parts)
    written = 0
    for part in parts:
        if part.name not in package.done:
            part.write(package)
            package.finish_part(part.name)
        written += part.items
        told(written, total)


def _study(source: Source, package: Package) -> None:
    package.add("study.json", json.dumps(source.info.study, indent=1, ensure_ascii=False).encode(), compress=True)


def _card(source: Source, formats: tuple[str, ...], package: Package) -> None:
    package.add("README.md", dataset_card(source, formats).encode(), compress=True)


def _manifest(source: Source, package: Package) -> None:
    """SHA-256 and size of every other file, and the command that makes the set again."""
    info = source.info
    head = {
        "format": "qdhf-set/2", "made_by": f"qdhf-studio {__version__}", "study": info.study["id"],
        "collection": info.collection["id"], "items": source.count, "command": info.command,
    }  # fmt: skip
    write_manifest(package, head)


def write_manifest(package: Package, head: dict[str, object]) -> None:
    """``head`` and, under ``files``, every file that is finished; written line by line."""
    with package.open(MANIFEST, compress=True) as sink:
        sink.write(json.dumps(head, indent=1, ensure_ascii=False)[:-2].encode() + b',\n "files": {')
        for n, entry in enumerate(package.entries()):
            facts = {"sha256": entry.sha256, "bytes": entry.bytes}
            line = f"{',' if n else ''}\n  {json.dumps(entry.name, ensure_ascii=False)}: {json.dumps(facts)}"
            sink.write(line.encode())
        sink.write(b"\n }\n}\n")
