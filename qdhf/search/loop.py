"""When to refit, when to stop: small pure decisions of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from qdhf.types import Iteration, RunSpec

End = Literal["images", "minutes", "nothing new"]


def refit_due(answers_now: int, answers_at_fit: int, refit_every: int) -> bool:
    """Whether at least ``refit_every`` answers came in since the last fit; 0 or less: never on its own."""
    return refit_every > 0 and answers_now - answers_at_fit >= refit_every


def batch_size(spec: RunSpec, index: int) -> int:
    """How many items iteration ``index`` makes: a whole batch, or what is left of the budget; 0: the run is over."""
    return max(0, min(spec.batch, spec.budget - index * spec.batch))


def barren(iterations: Sequence[Iteration]) -> int:
    """How many of the latest iterations in a row neither opened a cell nor bettered an elite. Those before there was a map
    never count."""
    count = 0
    for iteration in reversed(iterations):
        if not iteration.shares or any(s.opened or s.bettered for s in iteration.shares.values()):
            break
        count += 1
    return count


def ended(spec: RunSpec, iterations: Sequence[Iteration]) -> End | None:
    """Why a run is over after these iterations (all so far, by index); None where it goes on.

    Minutes count time at work, not time in which it was paused or waited. They end a run at the end of a batch.
    """
    if iterations and not batch_size(spec, iterations[-1].index + 1):
        return "images"
    if spec.minutes and sum(i.seconds for i in iterations) >= 60 * spec.minutes:
        return "minutes"
    if spec.patience and barren(iterations) >= spec.patience:
        return "nothing new"
    return None
