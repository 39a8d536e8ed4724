"""Answers as arrays, and which of them may train."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from qdhf.types import Judgment, NewQuestion, Question, Triplets

TARGETS = {"a": 1.0, "b": 0.0, "tie": 0.5}

Asked = tuple[str, frozenset[str]]


def asked(judgment: Judgment | Question | NewQuestion) -> Asked:
    """What was asked, however it was arranged: the reference and its candidates; for an odd one out "" and its three;
    for a "which is better?" "better" and its two."""
    if judgment.kind in ("odd", "better"):
        return "better" if judgment.kind == "better" else "", frozenset(judgment.shown)
    return judgment.reference, frozenset(judgment.shown[1:] or (judgment.a, judgment.b))


def chosen(judgment: Judgment) -> str | None:
    """Id of the candidate said to be closer; None for "can't tell" and skips."""
    return {"a": judgment.a, "b": judgment.b}.get(judgment.closer)


def to_triplets(ids: Sequence[str], judgments: Iterable[Judgment], raters: dict[str, int] | None = None) -> Triplets:
    """``judgments`` as rows over ``ids`` (the items of a study matrix; an item's number is its row there).

    Left out: skips, other kinds of questions, judgments about items that are not in ``ids``, and any that name an item
    twice. "A bit closer" is ¾ of an answer, see :class:`~qdhf.types.Triplets`. ``raters``: their numbers; where None, or
    where one is missing there, they are numbered in order of appearance.
    """
    row = {item: i for i, item in enumerate(ids)}
    raters = {} if raters is None else raters
    items, targets, who = [], [], []
    for j in judgments:
        rows = [row.get(i, -1) for i in (j.reference, j.a, j.b)]
        if j.kind != "triplet" or j.closer not in TARGETS or min(rows) < 0 or len(set(rows)) < 3:
            continue
        items.append(rows)
        targets.append(0.5 + (TARGETS[j.closer] - 0.5) * j.grade)
        who.append(raters.setdefault(j.rater_id, len(raters)))
    return Triplets(
        items=np.array(items, np.int64).reshape(-1, 3),
        target=np.array(targets, np.float32),
        rater=np.array(who, np.int64),
    )


def split(judgments: Sequence[Judgment]) -> tuple[list[Judgment], list[Judgment]]:
    """(those to learn from, those to be judged by).

    Held out are the answers to random questions: an unbiased sample of all questions. Whatever asks the same as one
    of them, by repetition or by another rater, belongs to neither, so that nothing held out was ever learned from.
    """
    held_out = [j for j in judgments if j.strategy == "random"]
    kept_apart = {asked(j) for j in held_out}
    return [j for j in judgments if j.strategy != "random" and asked(j) not in kept_apart], held_out
