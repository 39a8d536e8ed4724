"""The page that documents the schema says what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path

from qdhf.studio.judgment_files.records import FIELDS
from qdhf.studio.judgment_files.shapes import SHAPES

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "judgments.md").read_text()


def test_every_field_has_a_row_in_the_table() -> None:
    table = PAGE.split("## Fields")[1].split("**Items**")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| ") and "`" in line.split("|")[1]]
    assert set(re.findall(r"`(\w+)`", " ".join(rows))) == set(FIELDS)


def test_the_examples_have_every_field_in_the_order_of_the_files() -> None:
    examples = [json.loads(line) for line in PAGE.splitlines() if line.startswith('{"event_id"')]
    assert len(examples) == 2
    assert all(tuple(example) == FIELDS for example in examples)


def test_every_table_that_is_taken_is_listed() -> None:
    headers = set(re.findall(r"^\| `([a-z,]+)` \|", PAGE.split("## What people already have")[1], re.MULTILINE))
    plain = {frozenset(needed) for needed, shape in SHAPES if shape.__name__ != "_ours"}
    assert all(any(needed <= set(header.split(",")) for header in headers) for needed in plain)
    assert len(headers) == len(plain)
