"""Commands about models: which are known, which are here, fetching one, what this machine can run."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from qdhf.cli.base import command, err, out
from qdhf.errors import InvalidInput, MissingModel
from qdhf.studio.catalogue import CATALOGUE, Known, Use, known

HEADINGS: dict[Use, str] = {
    "pictures": "Models that draw pictures", "texts": "Models that write texts",
    "sees pictures": "Encoders of pictures", "sees texts": "Encoders of texts",
}  # fmt: skip
TRIED = 4  # pictures that the speed is measured with


@command("models")
def models() -> None:
    """Known models: what they need, their licence, and whether they are on this machine."""
    from qdhf.generators.machine import gpu

    found = gpu()
    memory = found[1] if found else None
    for use in dict.fromkeys(entry.use for entry in CATALOGUE):
        out.print(f"{HEADINGS[use]}", style="bold", highlight=False)
        for entry in known(use):
            _say(f"  {entry.model}  ({_where(entry, memory)})")
            _say(f"      {entry.name}: {_figures(entry)}, {entry.licence}. {entry.note}.")
    out.print("Any other diffusers, transformers or CLIP model works by hub id or folder, too.", highlight=False)


def _say(text: str) -> None:
    out.print(text, highlight=False, markup=False, soft_wrap=True)


def _figures(entry: Known) -> str:
    steps = (
        f"{entry.size} px, {entry.steps} step{'s' if entry.steps != 1 else ''}, guidance {entry.guidance:g}, "
        if entry.size
        else ""
    )
    return f"{steps}{entry.memory:g} GB of memory"


def _where(entry: Known, memory: float | None) -> str:
    if entry.here:
        return "yes"
    doubt = ", too large for this GPU" if memory else ", needs a GPU"
    return f"{entry.download:g} GB to download" + ("" if entry.fits(memory) else doubt)


@command("download")
def download(model: Annotated[str, typer.Argument(help="Hub id, as `models` lists it or any other")]) -> None:
    """Fetch a model from the hub now, so that no run waits for it."""
    repo = model.removeprefix("clip:")
    entry = next((e for e in CATALOGUE if e.model.removeprefix("clip:") == repo), None)
    if entry is not None and entry.here:
        out.print(f"{model} is here already.", highlight=False)
        return
    if repo.count("/") != 1:
        raise InvalidInput(f"A hub id reads like owner/name; got “{model}”. `python -m qdhf models` lists some.")
    if entry is not None:
        err.print(f"{entry.name}: about {entry.download:g} GB, licence {entry.licence}", highlight=False)
    from huggingface_hub import snapshot_download

    try:  # the hub's client shows its own progress bars
        folder = snapshot_download(repo, allow_patterns=["*.json", "*.safetensors", "*.txt", "*.model", "*.jinja"])
    except Exception as error:  # offline, gated, absent: it raises many kinds
        words = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise MissingModel(f"The hub did not give {repo}: {words} Check the name and the network.") from error
    out.print(f"{repo} is at {folder}", highlight=False)


def able() -> str:
    """What this machine can run, and how quickly the shipped model draws on it."""
    from qdhf.generators.machine import gpu, processor
    from qdhf.registry import open_generator
    from qdhf.types import GeneratorSpec, Genome

    found = gpu()
    place = f"{found[0]}, {found[1]:.0f} GB" if found else processor()
    generator = open_generator(GeneratorSpec(), None)
    genomes = [Genome(prompt="cat face", seed=seed) for seed in range(TRIED)]
    generator.generate(genomes)  # the first call sets things up
    began = time.monotonic()
    generator.generate(genomes)
    each = (time.monotonic() - began) / TRIED
    can = [entry.name for entry in known("pictures") if entry.fits(found[1] if found else None)]
    return f"     {place}: the shipped model takes {each:.2f} s a picture; fit to run: {', '.join(can)}"
