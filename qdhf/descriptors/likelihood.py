"""How probable answers are, given squared distances between items: one likelihood for every kind of question.

A screen offers pairs of items, and the answer says which k of them are the most alike. Each pair is as attractive as
exp(−d²), so that

- a triplet is a choice between two pairs: P(a closer) = σ(Δ), Δ = d²(r, b) − d²(r, a) (stochastic triplet embedding, van
  der Maaten & Weinberger 2012, eq. 2);
- an odd one out of three is a choice among three pairs (Hebart et al. 2020, "SPoSE", with distance for dot product);
- "the k of n most like the reference" is the probability that k pairs, in any order, come first in a Plackett–Luce
  ranking (Luce 1959; Plackett 1975). Splitting such an answer into independent triplets would count its evidence several times.

A share 2e of answers is given without looking: each possible answer is then equally likely. For triplets that makes
e + (1 − 2e)·σ(Δ), e the lapse rate, as psychometric functions have. ``temperature`` divides all distances of a rater.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logsumexp

from qdhf.types import Answers, Choices, FloatArray, IntArray, Triplets

MOST_LAPSES = 0.25
_TINY = 1e-12


class Likelihood:
    """Log likelihood of answers as a function of the squared distances of their pairs.

    ``pairs``: (q, 2) item positions whose squared distances ``squares`` (q,) the methods take. Of m triplets the first m
    pairs are (reference, b), the next m (reference, a); then come the pairs of each group of choices, screen by screen.
    ``rater``: (n,) rater of each answer, in the same order of answers: triplets first. ``weights``: (n,) how often each
    answer counts, 1 where None.
    """

    def __init__(self, answers: Answers, weights: FloatArray | None = None) -> None:
        t, self._choices = answers.triplets, answers.choices
        r, a, b = np.asarray(t.items).T
        parts = [np.stack([r, b], axis=1), np.stack([r, a], axis=1)]
        parts += [np.asarray(c.pairs).reshape(-1, 2) for c in self._choices]
        self.pairs: IntArray = np.concatenate(parts)
        self.rater: IntArray = np.concatenate([t.rater, *(c.rater for c in self._choices)]).astype(np.int64)
        self.target = np.asarray(t.target, np.float64)
        self.weights = np.ones(len(self.rater)) if weights is None else np.asarray(weights, np.float64)
        self.even = bool((self.weights == 1).all())
        self._of_pair = self._answers_of_pairs()

    def __len__(self) -> int:
        return len(self.rater)

    def _answers_of_pairs(self) -> IntArray:
        """(q,) the answer that each pair belongs to."""
        m = len(self.target)
        parts, start = [np.arange(m), np.arange(m)], m
        for c in self._choices:
            parts.append(np.repeat(np.arange(start, start + len(c)), c.pairs.shape[1]))
            start += len(c)
        return np.concatenate(parts)

    def __call__(
        self, squares: FloatArray, lapse: FloatArray, temperature: FloatArray | None = None
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(log likelihood (n, s), its slope by squared distance (q, s), its slope by lapse (n, s)), unweighted, of s maps.

        ``squares``: (q, s); ``lapse``: (s,); ``temperature``: (raters, s), all 1 where None. The slope by a rater's log
        temperature is −Σ slope·square over that rater's pairs."""
        heat = None if temperature is None else temperature[self.rater][self._of_pair]
        cool = squares if heat is None else squares / heat
        m, maps = len(self.target), squares.shape[1]
        value, slope = np.empty((len(self), maps), squares.dtype), np.empty_like(squares)
        by_lapse = np.empty_like(value)
        if m:
            found = _triplets(cool[:m] - cool[m : 2 * m], self.target[:, None].astype(squares.dtype), lapse)
            value[:m], slope[:m], by_lapse[:m] = found
            slope[m : 2 * m] = -slope[:m]
        answer, pair = m, 2 * m
        for c in self._choices:
            n, width = len(c), c.pairs.shape[1]
            own = slice(pair, pair + n * width)
            screens = np.moveaxis(cool[own].reshape(n, width, maps), 2, 1).reshape(n * maps, width)
            found = _choices(screens, c.chosen, np.tile(lapse, n))
            value[answer : answer + n], by_lapse[answer : answer + n] = (found[i].reshape(n, maps) for i in (0, 2))
            slope[own] = np.moveaxis(found[1].reshape(n, maps, width), 1, 2).reshape(n * width, maps)
            answer, pair = answer + n, pair + n * width
        return value, slope if heat is None else slope / heat, by_lapse

    def information(self, squares: FloatArray, lapse: float) -> FloatArray:
        """(q,) slopes whose outer products, summed by answer, are the Fisher information of ``squares``.

        Expected over answers for triplets; for choices the observed slopes stand in."""
        m = len(self.target)
        slope = self(squares[:, None], np.array([lapse]))[1][:, 0]
        sure = expit(squares[:m] - squares[m : 2 * m])
        chance = np.clip(lapse + (1 - 2 * lapse) * sure, _TINY, 1 - _TINY)
        root = (1 - 2 * lapse) * sure * (1 - sure) / np.sqrt(chance * (1 - chance))
        slope[:m], slope[m : 2 * m] = root, -root
        found: FloatArray = slope * np.sqrt(self.weights)[self._of_pair]
        return found

    def per_answer(self, rows: FloatArray) -> FloatArray:
        """(n, …) sums over each answer's pairs of ``rows`` (q, …)."""
        m = len(self.target)
        parts, pair = [rows[:m] + rows[m : 2 * m]], 2 * m
        for c in self._choices:
            n, width = len(c), c.pairs.shape[1]
            parts.append(rows[pair : pair + n * width].reshape(n, width, *rows.shape[1:]).sum(axis=1))
            pair += n * width
        return np.concatenate(parts)

    def blocks(self, most: int) -> Iterator[list[IntArray]]:
        """Pair positions of at most ``most`` answers at a time, a list of columns: the answers' first pairs, second …"""
        m = len(self.target)
        for i in range(0, m, most):
            rows = np.arange(i, min(i + most, m))
            yield [rows, rows + m]
        pair = 2 * m
        for c in self._choices:
            n, width = len(c), c.pairs.shape[1]
            for i in range(0, n, most):
                first = pair + np.arange(i, min(i + most, n)) * width
                yield [first + j for j in range(width)]
            pair += n * width

    def spread_over_pairs(self, values: NDArray[Any]) -> NDArray[Any]:
        """(q,) the value of the answer that each pair belongs to, of ``values`` (n,)."""
        spread: NDArray[Any] = values[self._of_pair]
        return spread


def _triplets(gaps: FloatArray, target: FloatArray, lapse: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(log likelihood, slope by Δ, slope by lapse), each (m, s); graded targets (m, 1) weigh both answers."""
    sure = expit(gaps)
    tiny = max(_TINY, 4 * float(np.finfo(gaps.dtype).eps))
    chance = np.clip(lapse + (1 - 2 * lapse) * sure, tiny, 1 - tiny)
    value = target * np.log(chance) + (1 - target) * np.log1p(-chance)
    by_chance = target / chance - (1 - target) / (1 - chance)
    return value, by_chance * (1 - 2 * lapse) * sure * (1 - sure), by_chance * (1 - 2 * sure)


def _choices(squares: FloatArray, chosen: int, lapse: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The same for (n, m) squared distances, the ``chosen`` first columns picked; slope by square is (n, m)."""
    value, slope = {1: _first, 2: _first_two}.get(chosen, _first_few)(-squares, chosen)
    guess, even = 2 * lapse, 1 / comb(squares.shape[1], chosen)
    seen = np.exp(value)
    chance = np.maximum(guess * even + (1 - guess) * seen, 1e-37)
    share = (1 - guess) * seen / chance
    return np.log(chance), -share[:, None] * slope, 2 * (even - seen) / chance


def _first(utility: FloatArray, chosen: int) -> tuple[FloatArray, FloatArray]:
    """Log softmax of column 0 and its slope by utility."""
    total = logsumexp(utility, axis=1)
    slope = -np.exp(utility - total[:, None])
    slope[:, 0] += 1
    return utility[:, 0] - total, slope


def _first_two(utility: FloatArray, chosen: int) -> tuple[FloatArray, FloatArray]:
    """The same for both orders in which columns 0 and 1 can come first: λ₀λ₁/T · (1/(T − λ₀) + 1/(T − λ₁)), T the sum of
    all rates λ = exp(utility)."""
    if utility.shape[1] == chosen:
        return np.zeros(len(utility), utility.dtype), np.zeros_like(utility)
    rest = logsumexp(utility[:, 2:], axis=1)
    others = np.stack(
        [np.logaddexp(rest, utility[:, 1]), np.logaddexp(rest, utility[:, 0])], axis=1
    )  # log T − λ₀, T − λ₁
    total = np.logaddexp(others[:, 0], utility[:, 0])
    either = logsumexp(-others, axis=1)
    value = utility[:, 0] + utility[:, 1] - total + either
    first = np.exp(-others - either[:, None])  # (n, 2) share of the order that begins with column 0, with 1
    slope = -np.exp(utility - total[:, None])
    slope[:, :2] += 1
    begun = [first[:, i : i + 1] * np.exp(np.minimum(utility - others[:, i : i + 1], 0)) for i in (0, 1)]
    slope[:, 1:2] -= begun[0][:, 1:2]
    slope[:, 0:1] -= begun[1][:, 0:1]
    slope[:, 2:] -= begun[0][:, 2:] + begun[1][:, 2:]
    return value, slope


def _nodes(n: int = 36, reach: float = 3.2) -> tuple[FloatArray, FloatArray]:
    """Points log t and log weights of the tanh-sinh rule on (0, 1) (Takahasi & Mori 1974): exact to about 1e-7 here,
    though the integrand below has a logarithmic edge."""
    x = np.linspace(-reach, reach, n)
    steep = np.pi * np.sinh(x)
    log_t = -np.logaddexp(0, -steep)
    log_weight = np.log(np.pi * np.cosh(x)) - np.logaddexp(0, -steep) - np.logaddexp(0, steep) + np.log(x[1] - x[0])
    return log_t, log_weight


LOG_T, LOG_WEIGHT = _nodes()


def _first_few(utility: FloatArray, chosen: int) -> tuple[FloatArray, FloatArray]:
    """Log probability that the ``chosen`` first columns come first, in any order, and its slope by utility.

    A race of exponential clocks: with rates λ = exp(utility) and R the sum of the others' rates it is
    ∫₀¹ Π (1 − t^(λᵢ/R)) dt over the chosen i."""
    if utility.shape[1] == chosen:
        return np.zeros(len(utility)), np.zeros_like(utility)
    rest = logsumexp(utility[:, chosen:], axis=1)
    rate = np.exp(np.clip(utility[:, :chosen] - rest[:, None], -60, 60))  # (n, k)
    fade = rate[:, :, None] * LOG_T.astype(utility.dtype)  # (n, k, nodes) log of t^(λ/R)
    late = np.log(np.maximum(-np.expm1(fade), 1e-37))
    terms = late.sum(axis=1) + LOG_WEIGHT.astype(utility.dtype)  # (n, nodes)
    value = logsumexp(terms, axis=1)
    weight = np.exp(terms - value[:, None])
    with np.errstate(over="ignore"):
        lift = -fade / np.maximum(np.expm1(-fade), 1e-37)  # λ/R·(−log t)·t^(λ/R) / (1 − t^(λ/R))
    by_rate = np.einsum("ns,nks->nk", weight, lift)
    others = -by_rate.sum(axis=1, keepdims=True) * np.exp(utility[:, chosen:] - rest[:, None])
    return value, np.concatenate([by_rate, others], axis=1)


def as_answers(triplets: Answers | Triplets) -> Answers:
    """``triplets`` with no other kind of answer beside them; Answers come back as they are."""
    if isinstance(triplets, Answers):
        return triplets
    raters = int(triplets.rater.max()) + 1 if len(triplets) else 0
    return Answers(triplets=triplets, raters=tuple(str(i) for i in range(raters)))


def selected(answers: Answers, kept: IntArray) -> Answers:
    """The answers of rows ``kept`` (triplets first, then the choices group by group)."""
    mask = np.zeros(len(answers), bool)
    mask[kept] = True
    t, start = answers.triplets, len(answers.triplets)
    own = mask[:start]
    choices = []
    for c in answers.choices:
        part = mask[start : start + len(c)]
        choices.append(Choices(pairs=c.pairs[part], chosen=c.chosen, rater=c.rater[part]))
        start += len(c)
    triplets = Triplets(items=t.items[own], target=t.target[own], rater=t.rater[own])
    return Answers(triplets=triplets, choices=tuple(choices), raters=answers.raters)
