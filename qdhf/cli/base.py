"""What the commands share: the application, the studio, errors as one line, waiting with progress."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from qdhf.errors import InvalidInput, NotFound, QdhfError
from qdhf.studio import Studio
from qdhf.types import Run, Study

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Quality diversity through human feedback.")
out, err = Console(), Console(stderr=True)


@contextmanager
def studio() -> Iterator[Studio]:
    """The installation's studio; closed at the end."""
    from storage import open_store

    store = open_store()
    try:
        yield Studio(store)
    finally:
        store.close()


def command(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A command whose QdhfErrors are shown as one line, with exit status 2."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        @app.command(name)
        @functools.wraps(function)
        def guarded(*args: Any, **kwargs: Any) -> None:
            try:
                function(*args, **kwargs)
            except QdhfError as error:
                err.print(f"[red]{type(error).__name__}[/red]: {error}", highlight=False, markup=True)
                sys.exit(2)

        return guarded

    return register


def find_study(studio: Studio, wanted: str) -> Study:
    """By id or by name. Raises NotFound listing what there is, InvalidInput where a name is taken twice."""
    studies = studio.studies.all()
    found = [s for s in studies if wanted in (s.id, s.name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise InvalidInput(f"{len(found)} studies are named “{wanted}”; give the id: {', '.join(s.id for s in found)}.")
    known = ", ".join(f"“{s.name}”" for s in studies[:10]) or "none yet"
    raise NotFound(f"There is no study “{wanted}”. Known: {known}.")


def watch(studio: Studio, run: Run, poll: float = 0.5) -> None:
    """Wait for a run with a progress bar. Raises QdhfError where it failed."""
    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("queued", total=run.spec.budget)
        while True:
            status = studio.running.status(run)
            progress.update(task, completed=status.made, description=status.state)
            if status.state == "failed":
                raise QdhfError(
                    f"The run failed: {status.error}. Mend the cause, then continue it on the Illuminate page."
                )
            if status.state in ("done", "paused"):
                break
            time.sleep(poll)
    out.print(f"run {run.id}: {status.state}, {status.made} items", highlight=False)
