"""How a batch is shared between emitters: by what each has earned lately."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from qdhf.search.proposals import Parent

FLOOR = 0.05  # share of a batch that every emitter keeps, however little it earns
OPENED, BETTERED = 1.0, 0.25  # what a new cell and a better elite are worth
HALF_LIFE = 60  # items after which what was earned counts half
DOUBT = 6.0  # items that every emitter is taken to have made at the average yield
GAIN = 1.5  # how strongly yields shift shares
START = {"targeted": 1.5, "conditioned": 1.0, "fresh": 1.0, "mutation": 1.0, "prompt": 1.0}
OTHERS = 0.7  # share of emitters that START does not name, before anything is earned
AIMING = ("targeted", "conditioned")
PICKED = 0.7  # share of a batch that aims, at least, where a person picked cells


def yields(known: Sequence[Parent], names: Iterable[str]) -> dict[str, float]:
    """What an item of each emitter earns, by the items so far (oldest first): 1 for opening a cell, a quarter for bettering
    an elite. Older items count less; emitters that made few are taken to be nearer to the average."""
    names = list(names)
    age = np.arange(len(known))[::-1]
    weight = 0.5 ** (age / HALF_LIFE)
    worth = np.array([OPENED * p.opened + BETTERED * p.bettered for p in known]) * weight
    maker = [p.genome.emitter for p in known]
    own = {name: np.array([m == name for m in maker], bool) for name in names}
    made = {name: float(weight[rows].sum()) for name, rows in own.items()}
    got = {name: float(worth[rows].sum()) for name, rows in own.items()}
    average = (sum(got.values()) + 0.1) / (sum(made.values()) + 1.0)
    return {name: (got[name] + DOUBT * average) / (made[name] + DOUBT) for name in names}


def shares(known: Sequence[Parent], names: Sequence[str], *, picked: bool = False) -> dict[str, float]:
    """Each emitter's share of the next batch, summing to 1, none below ``FLOOR`` (or an even share, if less).

    Exponentiated gain, w ∝ w₀·exp(η·yield), after Auer et al. 2002 (Exp3), with yields relative to their mean: what counts
    is who earns more, also late in a run when all earn little. ``picked``: a person chose the cells to fill, so emitters
    that can aim get ``PICKED`` at least.
    """
    earned = yields(known, names)
    mean = max(float(np.mean(list(earned.values()))), 1e-9)
    weights = np.array([START.get(n, OTHERS) * np.exp(GAIN * earned[n] / mean) for n in names])
    floor = min(FLOOR, 1 / len(names))
    found = floor + (1 - floor * len(names)) * weights / weights.sum()
    aiming = np.array([n in AIMING for n in names])
    if picked and aiming.any() and not aiming.all() and (sure := float(found[aiming].sum())) < PICKED:
        found = np.where(aiming, found * PICKED / sure, found * (1 - PICKED) / (1 - sure))
    return dict(zip(names, found.tolist(), strict=True))


def allot(n: int, parts: Mapping[str, float], rng: np.random.Generator) -> dict[str, int]:
    """``n`` slots by ``parts`` (summing to 1): whole ones first, the rest drawn so that shares hold on average."""
    exact = np.array(list(parts.values())) * n
    counts = np.floor(exact + 1e-9).astype(int)
    left = n - int(counts.sum())
    if left > 0:
        over = np.maximum(exact - counts, 1e-12)
        counts += rng.multinomial(left, over / over.sum())
    return dict(zip(parts, counts.tolist(), strict=True))
