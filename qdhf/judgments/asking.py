"""The next questions, of whatever kind a study asks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from qdhf.judgments.better import choose_pairs
from qdhf.judgments.mixing import Situation
from qdhf.judgments.questions import choose_triplets
from qdhf.judgments.screens import Screen, choose_screens
from qdhf.types import Guide, NewQuestion, QuestionKind


def choose(now: Situation, kind: QuestionKind, guide: Guide, n: int, *, rng: np.random.Generator) -> list[NewQuestion]:
    """Up to ``n`` questions of ``kind``, in the order to ask them; grids as large as ``guide`` says.

    Each but "which is better?" compares in one of the guide's senses, drawn at random; what is asked again, in the sense
    of before. Raises NotEnoughItems."""
    if kind == "better":
        return choose_pairs(now, n, rng=rng)
    if kind == "triplet":
        chosen = choose_triplets(now, n, rng=rng)
    else:
        screen = Screen.odd() if kind == "odd" else Screen.grid(guide.candidates, guide.pick)
        chosen = choose_screens(now, screen, n, rng=rng)
    if not guide.aspects:
        return chosen
    senses = rng.integers(0, len(guide.aspects), len(chosen))
    drawn = [guide.aspects[i] for i in senses]
    return [q if q.repeat_of or q.aspect else replace(q, aspect=sense) for q, sense in zip(chosen, drawn, strict=True)]
