"""Written instructions for raters, and how a study asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from qdhf.types.base import QuestionKind


@dataclass(frozen=True, kw_only=True)
class GuideExample:
    """A triplet with the answer that its author expects, and why. Ids of items."""

    reference: str
    a: str
    b: str
    closer: Literal["a", "b"]
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Guide:
    """Instructions of one version, 1 upwards; version 0 is what holds before anybody wrote any.

    ``kind``: how the study asks unless a rater chooses otherwise. ``candidates`` and ``pick``: of a grid, how many are
    shown beside the reference and how many to pick. ``graded``: whether answers to triplets may say "a bit closer".
    ``aspects``: senses in which to compare ("colour", "layout"); one is drawn for each question, none means any sense.
    ``examples`` are shown with the text; ``practice`` are asked of invited raters before the first real question.
    """

    study_id: str
    version: int = 0
    text: str = ""
    kind: QuestionKind = "triplet"
    candidates: int = 8
    pick: int = 2
    graded: bool = False
    aspects: tuple[str, ...] = ()
    examples: tuple[GuideExample, ...] = ()
    practice: tuple[GuideExample, ...] = ()
    created_at: datetime | None = None
