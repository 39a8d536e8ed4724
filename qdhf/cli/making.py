"""Commands that make things: studies, items, axes, runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qdhf.cli.base import command, find_study, out, studio, watch
from qdhf.errors import InvalidInput
from qdhf.types import GeneratorSpec, RunSpec

StudyArgument = Annotated[str, typer.Argument(help="Id or name of the study")]
Wait = Annotated[bool, typer.Option(help="Wait for the worker to finish")]


def cells(text: str) -> tuple[int, ...]:
    """`10x12` to (10, 12). Raises InvalidInput."""
    try:
        return tuple(int(part) for part in text.lower().split("x"))
    except ValueError:
        raise InvalidInput(f"A map's size reads like 10x10; got “{text}”.") from None


@command("create")
def create(
    name: Annotated[str, typer.Argument(help="Name of the new study")],
    prompt: Annotated[list[str] | None, typer.Option(help="A prompt; give it several times for several")] = None,
    brief: str = "",
    generator: Annotated[str, typer.Option(help="diffusion, language, endpoint or collection")] = "diffusion",
    model: Annotated[str, typer.Option(help="Hub id, folder, or “embedded”")] = "embedded",
    url: Annotated[str, typer.Option(help="Address of an endpoint, such as http://localhost:8000/v1")] = "",
    encoder: Annotated[str | None, typer.Option(help="efficientnet-lite0, clip:<model> or minilm")] = None,
    scorer: Annotated[str | None, typer.Option(help="agreement, clip:<model>, fluency or even")] = None,
    size: Annotated[str, typer.Option(help="Cells of the map")] = "10x10",
    steps: Annotated[int | None, typer.Option(help="Denoising steps")] = None,
    guidance: Annotated[float | None, typer.Option(help="Low: varied; high: faithful")] = None,
    temperature: Annotated[float | None, typer.Option(help="Of texts. Low: predictable; high: varied")] = None,
    tokens: Annotated[int | None, typer.Option(help="Longest text, about ¾ of a word each")] = None,
    seed: int = 0,
) -> None:
    """Make a study and print its id."""
    spec = GeneratorSpec(
        name=generator, model=model, url=url, steps=steps, guidance=guidance, temperature=temperature, tokens=tokens
    )
    with studio() as s:
        study = s.studies.create(
            name, prompts=prompt or (), brief=brief, generator=spec, encoder=encoder, scorer=scorer, dims=cells(size),
            seed=seed,
        )  # fmt: skip
        out.print(study.id, highlight=False)


@command("list")
def listing() -> None:
    """Every study with its figures."""
    with studio() as s:
        for study in s.studies.all():
            view = s.studies.overview(study)
            out.print(
                f"{study.id}  {view.items:6d} items  {view.answers:5d} answers  {study.name}",
                highlight=False,
                markup=False,
            )


@command("generate")
def generate(study: StudyArgument, images: int = 24, batch: int = 8, wait: Wait = True) -> None:
    """Fresh samples, prompts taken in turn."""
    with studio() as s:
        run = s.studies.populate(find_study(s, study), images, batch=batch)
        watch(s, run) if wait else out.print(run.id, highlight=False)


@command("import")
def import_items(
    study: StudyArgument,
    source: Annotated[Path, typer.Argument(help="Folder or zip of pictures")],
    most: Annotated[int, typer.Option(help="Import at most so many")] = 100_000,
    wait: Wait = True,
) -> None:
    """Bring your own pictures."""
    if not source.exists():
        raise InvalidInput(f"There is no folder or zip at {source}.")
    with studio() as s:
        spec = RunSpec(kind="import", budget=most, batch=32, folder=str(source.resolve()))
        run = s.studies.start(find_study(s, study), spec)
        if wait:
            watch(s, run)
            for iteration in s.running.status(run).iterations:
                if iteration.message:
                    out.print(f"skipped: {iteration.message}", highlight=False, markup=False)
        else:
            out.print(run.id, highlight=False)


@command("fit")
def fit(study: StudyArgument) -> None:
    """Learn the axes from every answer so far."""
    with studio() as s:
        made = s.learning.fit(find_study(s, study))
        report = made.report
        held = (
            f"{report.held_out.value:.3f} [{report.held_out.low:.3f}–{report.held_out.high:.3f}]"
            if report.held_out
            else "none yet"
        )
        out.print(
            f"version {made.version}: {report.method}, {report.n_train} answers, held-out accuracy {held}",
            highlight=False,
        )
        if report.note:
            out.print(report.note, highlight=False, markup=False)


@command("illuminate")
def illuminate(
    study: StudyArgument,
    budget: Annotated[int, typer.Option(help="Items to make")] = 100,
    target: Annotated[list[int] | None, typer.Option(help="A cell to fill first; several times for several")] = None,
    batch: int = 8,
    sigma: Annotated[float, typer.Option(help="Strength of variation, 0 to 1")] = 0.4,
    *,
    minutes: Annotated[float, typer.Option(help="End after so many minutes of work, too; 0: whenever")] = 0.0,
    patience: Annotated[int, typer.Option(help="End after so many batches without anything new; 0: never")] = 0,
    pull: Annotated[float, typer.Option(help="Pull pictures towards their cells; 0.1 is strong, 0 is off")] = 0.0,
    spread: Annotated[float, typer.Option(help="Keep the pictures of a batch apart; 0.1 is strong, 0 is off")] = 0.0,
    avoid: Annotated[str, typer.Option(help="Words to stay away from")] = "",
    wait: Wait = True,
) -> None:
    """Fill the map."""
    with studio() as s:
        run = s.running.illuminate(
            find_study(s, study), budget, targets=target or (), batch=batch, sigma=sigma, minutes=minutes,
            patience=patience, pull=pull, spread=spread, avoid=avoid,
        )  # fmt: skip
        watch(s, run) if wait else out.print(run.id, highlight=False)
