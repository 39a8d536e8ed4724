"""Written instructions for raters, and how a study asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from qdhf.errors import InvalidInput
from qdhf.types.answering import KINDS
from qdhf.types.base import QuestionKind

TEXT_LIMIT = 4000  # characters of the instructions
WHY_LIMIT = 400  # of the reason of an example
ASPECT_LIMIT = 40  # of the name of an aspect
MOST_ASPECTS = MOST_EXAMPLES = MOST_PRACTICE = 6
FEWEST_CANDIDATES, MOST_CANDIDATES = 3, 12  # of a grid that a study asks


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


@dataclass(frozen=True, kw_only=True)
class PracticeRound:
    """A finished practice round: ``right`` of ``asked`` answers as their author expects, by instructions ``guide``."""

    rater_id: str
    guide: int
    right: int
    asked: int
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Exclusion:
    """A rater's answers are left out of what is learned, since when, by whom and why. They stay on record."""

    rater_id: str
    reason: str
    by: str
    created_at: datetime


def check_guide(guide: Guide) -> None:
    """Raises InvalidInput unless the instructions can be used; whether their items exist is not looked at.

    ``text``: up to 4,000 characters. ``aspects``: up to 6 different ones of 1 to 40 characters. ``candidates``: 3 to 12,
    ``pick``: 1 to candidates − 1. ``examples`` and ``practice``: up to 6 triplets each, of three different items.
    """
    _check_words("The instructions", guide.text, 0, TEXT_LIMIT)
    if guide.kind not in KINDS:
        raise InvalidInput(f"A study asks questions of one of the kinds {', '.join(KINDS)}; got {guide.kind!r}.")
    _check_count("The candidates of a grid", guide.candidates, FEWEST_CANDIDATES, MOST_CANDIDATES)
    _check_count("The items to pick from a grid", guide.pick, 1, guide.candidates - 1)
    _check_aspects(guide.aspects)
    for name, triplets, most in (
        ("examples", guide.examples, MOST_EXAMPLES), ("practice questions", guide.practice, MOST_PRACTICE),
    ):  # fmt: skip
        if len(triplets) > most:
            raise InvalidInput(f"Instructions have up to {most} {name}; got {len(triplets)}. Remove some.")
        for triplet in triplets:
            _check_example(triplet)


def _check_words(what: str, text: str, least: int, most: int) -> None:
    if "\x00" in text:
        raise InvalidInput(f"{what} cannot hold the character NUL; remove it.")
    if not least <= len(text) <= most:
        limits = f"{least:,} to {most:,}" if least else f"up to {most:,}"
        raise InvalidInput(f"{what} may have {limits} characters; this has {len(text):,}.")


def _check_count(what: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise InvalidInput(f"{what} must be {least} to {most}; got {value!r}.")


def _check_aspects(aspects: Sequence[str]) -> None:
    if len(aspects) > MOST_ASPECTS:
        raise InvalidInput(f"A study asks about up to {MOST_ASPECTS} aspects; got {len(aspects)}. Remove some.")
    for aspect in aspects:
        _check_words("The name of an aspect", aspect.strip(), 1, ASPECT_LIMIT)
    if len({aspect.strip().lower() for aspect in aspects}) < len(aspects):
        raise InvalidInput(f"Aspects must differ; got {', '.join(aspects)}.")


def _check_example(triplet: GuideExample) -> None:
    if len({triplet.reference, triplet.a, triplet.b}) < 3:
        raise InvalidInput("An example needs three different items: a reference and two candidates.")
    if triplet.closer not in ("a", "b"):
        raise InvalidInput(f"The expected answer of an example is a or b; got {triplet.closer!r}.")
    _check_words("The reason of an example", triplet.why, 0, WHY_LIMIT)
