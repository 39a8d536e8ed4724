"""Which questions make sense, and which answers fit a question: one set of rules for pages, files and records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from qdhf.errors import InvalidInput
from qdhf.types.base import Answer, QuestionKind

FEWEST, MOST = 2, 12  # candidates of a grid
GRADES = (0.5, 1.0)
PAIRED = ("triplet", "better")  # kinds answered with a or b
KINDS, ANSWERS = get_args(QuestionKind), get_args(Answer)


def check_question(kind: str, items: Sequence[str], shown: Sequence[str]) -> None:
    """Raises InvalidInput unless the question can be asked.

    ``items``: reference, a and b. A triplet shows three different items and leaves ``shown`` empty; "odd" shows exactly
    three different items, "grid" a reference and 2 to 12 candidates, all different; ``items`` are the first three shown.
    "better" shows two different items, a and b, and repeats a as the reference.
    """
    if kind not in KINDS:
        raise InvalidInput(f"A question's kind is one of {', '.join(KINDS)}; got {kind!r}.")
    if kind == "triplet":
        if len(set(items)) < 3:
            raise InvalidInput("A question needs three different items: a reference and two candidates.")
        if shown:
            raise InvalidInput("A triplet names its items as reference, a and b; leave “shown” empty.")
        return
    if kind == "better":
        if tuple(items[1:]) != tuple(shown) or len(set(shown)) < 2 or items[0] != items[1]:
            raise InvalidInput("“Which is better?” shows two different items, a and b, and repeats a as the reference.")
        return
    if kind == "odd" and len(shown) != 3:
        raise InvalidInput(f"An odd-one-out question shows exactly 3 items; got {len(shown)}.")
    if kind == "grid" and not FEWEST <= len(shown) - 1 <= MOST:
        raise InvalidInput(
            f"A grid shows a reference and {FEWEST} to {MOST} candidates; got {len(shown)} items in all."
        )
    if len(set(shown)) < len(shown):
        raise InvalidInput("A question shows different items; one of these is shown twice.")
    if tuple(items) != tuple(shown[:3]):
        raise InvalidInput("Of this kind of question, reference, a and b must be the first three items shown.")


def check_answer(kind: str, shown: Sequence[str], closer: str, picked: Sequence[str], grade: float) -> None:
    """Raises InvalidInput unless an answer fits a question of ``kind`` that shows ``shown``.

    "a" and "b" answer triplets and "better", "picked" the other kinds, "tie" and "skip" all. ``picked`` is empty but for
    "picked": then the odd one of three, or 1 to (candidates − 1) of a grid's candidates. ``grade``: 0.5 or 1.
    """
    if closer not in ANSWERS:
        raise InvalidInput(f"An answer is one of {', '.join(ANSWERS)}; got {closer!r}.")
    if grade not in GRADES:
        raise InvalidInput(f"A grade is 0.5 (a bit closer) or 1 (much closer); got {grade!r}.")
    if closer in ("a", "b") and kind not in PAIRED:
        raise InvalidInput(f"“{closer}” answers triplets; a question of the kind {kind} takes picked, tie or skip.")
    if closer == "picked" and kind in PAIRED:
        raise InvalidInput(
            f"“picked” answers odd and grid questions; of the kind {kind}, a question takes a, b, tie or skip."
        )
    if closer == "picked":
        _check_picked(kind, shown, picked)
    elif picked:
        raise InvalidInput(f"Only the answer “picked” picks items; “{closer}” came with {len(picked)}.")


def _check_picked(kind: str, shown: Sequence[str], picked: Sequence[str]) -> None:
    choices = shown if kind == "odd" else shown[1:]
    most = 1 if kind == "odd" else len(choices) - 1
    if not 1 <= len(picked) <= most or len(set(picked)) < len(picked):
        wanted = "exactly 1 item" if most == 1 else f"1 to {most} different items"
        raise InvalidInput(f"A question of the kind {kind} with {len(shown)} items takes {wanted}; got {len(picked)}.")
    if strange := [item for item in picked if item not in choices]:
        why = "it is the reference" if strange[0] in shown else "it was not shown"
        raise InvalidInput(f"The item {strange[0]!r} cannot be picked: {why}.")
