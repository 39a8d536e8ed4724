"""Commands that move judgments in and out, as JSON Lines or CSV by the file's ending."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qdhf.cli.base import command, find_study, out, studio
from qdhf.cli.making import StudyArgument
from qdhf.studio.judgment_files import read_judgments, write_judgments

FileOut = Annotated[Path, typer.Argument(help="file to write: name.jsonl or name.csv")]
FileIn = Annotated[
    Path, typer.Argument(help="file to read: name.jsonl or name.csv; docs/judgments.md says what it holds")
]


@command("label-export")
def label_export(study: StudyArgument, file: FileOut) -> None:
    """Every answer ever given, undone ones marked."""
    with studio() as s:
        found = find_study(s, study)
        count = write_judgments(file, s.store, found)
        out.print(f"{count} answers written to {file}", highlight=False, markup=False)


@command("label-import")
def label_import(study: StudyArgument, file: FileIn) -> None:
    """Add answers from a file; the same file twice adds nothing."""
    with studio() as s:
        found = find_study(s, study)
        new, seen = read_judgments(file, s.store, found)
        out.print(f"{new} of {seen} answers were new", highlight=False)
