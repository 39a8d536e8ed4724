"""Commands that choose a set and write it out, and that move whole studies."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Annotated

import typer

from qdhf.cli.base import command, find_study, out, studio
from qdhf.cli.making import StudyArgument
from qdhf.errors import InvalidInput, QdhfError
from qdhf.studio.choosing import WAYS


@command("choose")
def choose(
    study: StudyArgument,
    name: Annotated[str, typer.Argument(help="Name of the set")],
    k: Annotated[int, typer.Option(help="How many items")] = 12,
    floor: Annotated[float, typer.Option(help="Share of the lowest-quality items to leave out, 0 to 1")] = 0.25,
    by: Annotated[str, typer.Option(help=f"How: {', '.join(WAYS)}")] = WAYS[0],
    copies: Annotated[float, typer.Option(help="Cosine of features from which items are near copies")] = 0.999,
    seed: Annotated[int, typer.Option(help="Of what is drawn by chance (balanced)")] = 0,
    dial: Annotated[str, typer.Option(help='For direction, as in "measured=1, axis 1=-0.5"; each from -1 to 1')] = "",
) -> None:
    """Choose k items above a quality floor, no near copies; pins are in, bans are out. docs/choosing.md tells the ways."""
    with studio() as s:
        found = find_study(s, study)
        choice = s.curating.choose(
            found, k, method=by, floor=floor, copies=copies, seed=seed, dial=dict(map(_dialled, _parted(dial)))
        )
        out.print(s.curating.save(found, name, choice).id, highlight=False)


def _dialled(text: str) -> tuple[str, float]:
    """A dial as it is written: its name, =, its weight. Raises InvalidInput."""
    name, equals, weight = text.partition("=")
    try:
        if equals:
            return name.strip(), float(weight)
    except ValueError:
        pass
    raise InvalidInput(f"A dial is written as in “measured=1”; got “{text}”.")


@command("export")
def export(
    study: StudyArgument,
    collection: Annotated[str, typer.Argument(help="Id or name of the set")],
    file: Annotated[Path, typer.Argument(help="ZIP file to write")],
    formats: Annotated[
        str,
        typer.Option(help="What to write, parted by commas: images, parquet, csv, webdataset, judgments, croissant"),
    ] = "images,judgments",
    here: Annotated[bool, typer.Option(help="Write it in this process instead of asking a worker")] = True,
) -> None:
    """Write a set as a ZIP with a manifest of checksums and a dataset card. docs/exports.md says how to load each format."""
    with studio() as s:
        found = find_study(s, study)
        chosen = s.curating.find(found, collection)
        made = s.exporting.request(found, chosen, _parted(formats), queue=not here)
        if here:
            s.exporting.write(made.id)
        while (done := s.exporting.status(made)).state not in ("done", "failed"):
            time.sleep(0.5)
        if done.export.blob is None:
            raise QdhfError(f"The export failed: {done.error}")
        with s.exporting.open(done.export) as source, file.open("wb") as target:
            shutil.copyfileobj(source, target)
        out.print(f"{file}: {done.export.size} bytes, SHA-256 {done.export.blob}", highlight=False, markup=False)


@command("publish")
def publish(
    study: StudyArgument,
    collection: Annotated[str, typer.Argument(help="Id or name of the set; its latest finished export is sent")],
    repo: Annotated[str, typer.Argument(help="The data set on the hub: owner/name")],
    public: Annotated[bool, typer.Option(help="Let everybody see it")] = False,
    names: Annotated[bool, typer.Option(help="Send the names of those who answered, too")] = False,
    yes: Annotated[bool, typer.Option(help="Do not ask before sending")] = False,
) -> None:
    """Put a set on the Hugging Face hub, after saying what would leave. The token comes from HF_TOKEN."""
    with studio() as s:
        found = find_study(s, study)
        chosen = s.curating.find(found, collection)
        done = [e.export for e in s.exporting.of_study(found) if e.export.collection_id == chosen.id and e.export.blob]
        if not done:
            raise QdhfError(f"“{chosen.name}” has no finished export. Export it first: python -m qdhf export.")
        upload = s.publishing.plan(done[0], repo, private=not public, names=names)
        for name, size in upload.files[:20]:
            out.print(f"{size:>12,}  {name}", highlight=False, markup=False)
        if len(upload.files) > 20:
            out.print(f"{'':>12}  and {len(upload.files) - 20:,} more", highlight=False)
        out.print(upload.words, highlight=False, markup=False)
        if not (yes or typer.confirm("Send it?")):
            raise QdhfError("Nothing was sent.")
        out.print(s.publishing.publish(upload, os.environ.get("HF_TOKEN")), highlight=False, markup=False)


@command("bundle")
def bundle(study: StudyArgument, file: Annotated[Path, typer.Argument(help="ZIP file to write")]) -> None:
    """Write a whole study, every fact of it, for another installation. Run again after a failure, it goes on."""
    with studio() as s:
        size = s.bundling.bundle(find_study(s, study), file)
        out.print(f"{file}: {size} bytes", highlight=False, markup=False)


@command("unbundle")
def unbundle(file: Annotated[Path, typer.Argument(help="ZIP file that bundle wrote")]) -> None:
    """Bring in a whole study from another installation, ids kept; twice is the same as once."""
    with studio() as s:
        found = s.bundling.unbundle(file)
        out.print(f"{found.study.id}  {found.study.name}: {found.words}", highlight=False, markup=False)


def _parted(words: str) -> list[str]:
    return [word.strip() for word in words.split(",") if word.strip()]
