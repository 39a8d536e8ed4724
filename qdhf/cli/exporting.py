"""Commands that choose a set and write it out."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Annotated

import typer

from qdhf.cli.base import command, find_study, out, studio
from qdhf.cli.making import StudyArgument
from qdhf.errors import QdhfError


@command("choose")
def choose(
    study: StudyArgument,
    name: Annotated[str, typer.Argument(help="Name of the set")],
    k: Annotated[int, typer.Option(help="How many items")] = 12,
    floor: Annotated[float, typer.Option(help="Share of the lowest-quality items to leave out, 0 to 1")] = 0.25,
) -> None:
    """Choose the k most different items above a quality floor; pins are in, bans are out."""
    with studio() as s:
        found = find_study(s, study)
        collection = s.curating.save(found, name, s.curating.choose(found, k, floor=floor))
        out.print(collection.id, highlight=False)


@command("export")
def export(
    study: StudyArgument,
    collection: Annotated[str, typer.Argument(help="Id or name of the set")],
    file: Annotated[Path, typer.Argument(help="ZIP file to write")],
    here: Annotated[bool, typer.Option(help="Write it in this process instead of asking a worker")] = True,
) -> None:
    """Write a set as a ZIP: images, metadata.jsonl, judgments, manifest with checksums, dataset card."""
    with studio() as s:
        found = find_study(s, study)
        chosen = s.curating.find(found, collection)
        made = s.exporting.request(found, chosen, queue=not here)
        if here:
            s.exporting.write(made.id)
        while (done := s.exporting.status(made)).state not in ("done", "failed"):
            time.sleep(0.5)
        if done.export.blob is None:
            raise QdhfError(f"The export failed: {done.error}")
        with s.exporting.open(done.export) as source, file.open("wb") as target:
            shutil.copyfileobj(source, target)
        out.print(f"{file}: {done.export.size} bytes, SHA-256 {done.export.blob}", highlight=False, markup=False)
