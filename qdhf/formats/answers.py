"""The study's judgments, as ``docs/judgments.md`` describes them."""

from __future__ import annotations

from functools import partial
from typing import Literal

from qdhf.formats.base import Part, Source
from qdhf.formats.package import Package

Form = Literal["jsonl", "csv"]
FORMS: tuple[Form, ...] = ("jsonl", "csv")


class Judgments:
    name = "judgments"
    words = "Judgments (JSON Lines and CSV)"

    def parts(self, source: Source) -> list[Part]:
        return [Part(f"judgments.{form}", 0, partial(write_judgments, source, form)) for form in FORMS]


def write_judgments(source: Source, form: Form, package: Package) -> None:
    with package.open(f"judgments.{form}", compress=True) as sink:
        for line in source.judgments(form):
            sink.write(line.encode() + b"\n")
