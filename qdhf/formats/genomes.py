"""The files that genomes name by SHA-256: latents, and the axes that pictures were steered by."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

from qdhf.formats.base import Part, Row, Source, ranges
from qdhf.formats.package import Package
from qdhf.types import Genome, genome_from_record


def parts(source: Source) -> list[Part]:
    """What there is to write beside the items so that they can be made again."""
    return [
        Part(f"genomes/{start}", 0, partial(write_files, source, start, stop)) for start, stop in ranges(source.count)
    ]


def named(genome: Genome | None) -> list[str]:
    """SHA-256 of every file that ``genome`` names."""
    if genome is None:
        return []
    return [sha for sha in (genome.latents, genome.steering.axes if genome.steering else "") if sha]


def write_files(source: Source, start: int, stop: int, package: Package) -> None:
    """Each file once in the export, however many genomes name it: with the first item that does."""
    for sha in dict.fromkeys(sha for row in source.rows(start, stop) for sha in _of(row)):
        if not package.has(name := f"genomes/{sha}"):
            package.add(name, source.read(sha))


def _of(row: Row) -> Iterator[str]:
    genome = row["genome"]
    if genome and ('"latents": "' in genome or '"axes": "' in genome):  # most name none, and need not be read
        yield from named(genome_from_record(json.loads(genome)))
