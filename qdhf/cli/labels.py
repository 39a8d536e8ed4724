"""Commands that move judgments in and out, as JSON Lines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qdhf.cli.base import command, find_study, out, studio
from qdhf.cli.making import StudyArgument
from qdhf.studio.judgment_files import read_judgments, write_judgments


@command("label-export")
def label_export(study: StudyArgument, file: Annotated[Path, typer.Argument(help="JSON Lines file to write")]) -> None:
    """Every answer ever given, undone ones marked."""
    with studio() as s:
        found = find_study(s, study)
        count = write_judgments(file, s.store, found)
        out.print(f"{count} answers written to {file}", highlight=False, markup=False)


@command("label-import")
def label_import(study: StudyArgument, file: Annotated[Path, typer.Argument(help="JSON Lines file to read")]) -> None:
    """Add answers from a file; the same file twice adds nothing."""
    with studio() as s:
        found = find_study(s, study)
        new, seen = read_judgments(file, s.store, found)
        out.print(f"{new} of {seen} answers were new", highlight=False)
