"""What the search did in a run, in words and figures that need no paper: where its pictures came from, what screening saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qdhf.types import Iteration

WAYS = {
    "fresh": "New samples",
    "mutation": "Small changes",
    "crossover": "Mixing two pictures",
    "targeted": "Steps towards a place",
    "conditioned": "New samples for a place",
    "novelty": "Changes to unusual pictures",
    "prompt": "Changing a word",
    "subspace": "Mixing several pictures",
}


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to make pictures. ``share`` of the latest batch that it was given, in [0, 1]; of the ``made`` pictures of the
    whole run ``opened`` were the first in their place on the map, ``bettered`` were better than what was there."""

    words: str
    share: float
    made: int
    opened: int
    bettered: int

    @property
    def gain(self) -> float:
        """Share of its pictures that opened or bettered a place, in [0, 1]; 0 where it made none."""
        return (self.opened + self.bettered) / self.made if self.made else 0.0


def ways(iterations: Sequence[Iteration]) -> list[Way]:
    """Every emitter that took part, those with the largest share now first; those of equal share as in the code."""
    told = [i.shares for i in iterations if i.shares]
    if not told:
        return []
    names = dict.fromkeys((*WAYS, *(name for shares in told for name in shares)))
    found = []
    for name in names:
        own = [shares[name] for shares in told if name in shares]
        if not own:
            continue
        found.append(
            Way(
                words=WAYS.get(name, name), share=told[-1][name].share if name in told[-1] else 0.0,
                made=sum(s.made for s in own), opened=sum(s.opened for s in own), bettered=sum(s.bettered for s in own),
            )
        )  # fmt: skip
    return sorted(found, key=lambda way: -way.share)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A run after ``pictures`` of its pictures: ``shares`` of the batch by way in words, those of equal words added up;
    ``coverage`` in [0, 1] and ``qd_score`` of the map."""

    pictures: int
    shares: dict[str, float]
    coverage: float
    qd_score: float


def moments(iterations: Sequence[Iteration], most: int = 200) -> list[Moment]:
    """How a run went, one moment for each iteration on the map; of more than ``most`` as many, evenly chosen, the last one
    included. Every moment names every way that ever took part, 0 where it had nothing."""
    names = {name for i in iterations for name in i.shares}
    ordered = [n for n in WAYS if n in names] + sorted(names - set(WAYS))
    found, pictures = [], 0
    for iteration in iterations:
        pictures += iteration.items
        if iteration.fit_version is None:
            continue
        shares = {WAYS.get(n, n): iteration.shares[n].share if n in iteration.shares else 0.0 for n in ordered}
        found.append(
            Moment(
                pictures=pictures, shares=shares, coverage=iteration.coverage, qd_score=iteration.qd_score
            )
        )  # fmt: skip
    step = -(-len(found) // most) or 1
    return found[::-1][::step][::-1]


@dataclass(frozen=True, kw_only=True)
class Saving:
    """``rendered`` of ``candidates`` were made into pictures. ``promised`` of them were expected to gain something,
    ``gained`` did; as many pictures taken unseen were expected to gain ``average``."""

    candidates: int
    rendered: int
    promised: float
    gained: int
    average: float

    @property
    def saved(self) -> float:
        """Share of pictures that need not be made for the same expected gain, in [0, 1]."""
        return max(0.0, 1 - self.average / self.promised) if self.promised > 0 else 0.0


def saving(iterations: Sequence[Iteration]) -> Saving | None:
    """What screening did in all; None where nothing was screened."""
    told = [i.screened for i in iterations if i.screened]
    if not told:
        return None
    return Saving(
        candidates=sum(s.candidates for s in told), rendered=sum(s.rendered for s in told),
        promised=sum(s.promised for s in told), gained=sum(s.gained for s in told),
        average=sum(s.average for s in told),
    )  # fmt: skip


def aims(iterations: Sequence[Iteration]) -> tuple[int, int, int] | None:
    """(pictures aimed at a place, landed there or beside it, landed exactly there); None where none was aimed."""
    aimed = sum(i.aimed for i in iterations)
    return (aimed, sum(i.near for i in iterations), sum(i.hits for i in iterations)) if aimed else None
