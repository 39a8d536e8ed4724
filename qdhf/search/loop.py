"""When to refit, how much to make, when to stop: small pure decisions of a run."""

from __future__ import annotations

from qdhf.checks import between


def refit_due(answers_now: int, answers_at_fit: int, refit_every: int) -> bool:
    """Whether at least ``refit_every`` answers came in since the last fit; 0 or less: never on its own."""
    return refit_every > 0 and answers_now - answers_at_fit >= refit_every


def batch_left(budget: int, made: int, batch: int) -> int:
    """Size of the next batch: ``batch``, or what is left of ``budget``; 0: the run is over."""
    between("budget", budget, 0, 10**9)
    between("batch", batch, 1, 10**6)
    return max(0, min(batch, budget - made))
