"""Judgments as files: JSON Lines and CSV, out and in, nothing lost on the way. ``docs/judgments.md`` has the schema.

``rows`` reads a file line by line, ``shapes`` turns what people already have into our fields, ``records`` checks each
line, ``importing`` makes answers of them; ``writing`` is the way out. Items are named by the SHA-256 of their content
(``items``), so that answers fit another installation that holds the same ones.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import IO

from qdhf.errors import InvalidInput, NotFound
from qdhf.ports import Store
from qdhf.studio.judgment_files.importing import import_rows
from qdhf.studio.judgment_files.rows import read_rows
from qdhf.studio.judgment_files.writing import Form, csv_lines, lines
from qdhf.types import Study

__all__ = ["Form", "JudgmentFiles", "form_of", "lines", "read_judgments", "write_judgments"]

LARGEST_UPLOAD = 50 * 2**20  # bytes that a page accepts; the command line reads files of any size
FORMS: dict[str, Form] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl"}


def form_of(name: str) -> Form:
    """The form that a file's name ends in. Raises InvalidInput."""
    form = FORMS.get(Path(name).suffix.lower())
    if form is None:
        raise InvalidInput(f"“{Path(name).name}” must end in .jsonl (JSON Lines) or .csv (a table with a header).")
    return form


def write_judgments(path: Path, store: Store, study: Study) -> int:
    """Write every answer ever given to ``path``, in the form its name ends in; returns how many. Raises InvalidInput."""
    form = form_of(path.name)
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        for line in csv_lines(store, study) if form == "csv" else lines(store, study):
            file.write(line + "\n")
            count += 1
    return count - (form == "csv")  # the header


def read_judgments(path: Path, store: Store, study: Study) -> tuple[int, int]:
    """Append the answers in ``path``, all or none; returns (new, read). Raises InvalidInput naming the line, NotFound."""
    form = form_of(path.name)
    if not path.is_file():
        raise NotFound(f"There is no file at {path}.")
    with path.open("rb") as file:
        return _read(file, form, store, study)


def _read(file: IO[bytes], form: Form, store: Store, study: Study) -> tuple[int, int]:
    try:
        return import_rows(read_rows(file, form), store, study)
    except InvalidInput as error:
        raise InvalidInput(f"{error} Nothing was imported.") from None


class JudgmentFiles:
    """Use-cases of pages: files as they go through a browser."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def export_judgments(self, study: Study, form: Form) -> bytes:
        """Every answer ever given to the study, oldest first, undone ones marked; UTF-8."""
        written = csv_lines(self._store, study) if form == "csv" else lines(self._store, study)
        return "".join(line + "\n" for line in written).encode()

    def import_judgments(self, study: Study, name: str, data: bytes) -> tuple[int, int]:
        """Append the answers of an uploaded file, all or none; ``name`` says in its ending what ``data`` is.

        Returns (new, read). Raises InvalidInput, naming the line where there is one."""
        if len(data) > LARGEST_UPLOAD:
            raise InvalidInput(
                f"The file has {len(data) / 2**20:.0f} MB; a page takes {LARGEST_UPLOAD >> 20} MB. Split it, or use "
                "the command label-import."
            )
        return _read(io.BytesIO(data), form_of(name), self._store, study)
