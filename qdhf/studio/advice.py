"""What to tell people about a descriptor: whether it claims too much, what more answers would bring, what to call axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qdhf.descriptors.naming import Suggestion
from qdhf.errors import NotEnoughJudgments
from qdhf.types import Answers, Fit, Item, Judgment, Projection, Study, StudyMatrix, prompt_of

if TYPE_CHECKING:
    from qdhf.descriptors.axes_count import AxesChoice
    from qdhf.descriptors.curves import Measured

__all__ = ["Group", "Health", "Names", "Plan", "Suggestion", "count_axes", "groups_of", "health", "names", "plan"]

LEAST_TO_PLAN = 20  # training answers
NEXT = (25, 50, 100)
GROUPS, GROUP_ITEMS = 6, 3  # at most so many groups in a plan, of at least so many items


@dataclass(frozen=True, kw_only=True)
class Health:
    """``over_fitted``: about how many more answers would mend it, None where the axes are not. ``settle``: about how many
    would bring the uncertainty of a place to one cell, None where it is there or unknown. ``crowded``: share of the latest
    items in the five fullest cells, where they crowd much more than the ones before, else None."""

    over_fitted: int | None
    settle: int | None
    crowded: float | None


@dataclass(frozen=True, kw_only=True)
class Group:
    """Part of a plan: the next ``answers`` about references of the group ``name``, which has ``have`` answers now."""

    name: str
    have: int
    answers: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """``curve``: (answers, predicted accuracy); ``points``: (answers, accuracy measured); ``gains``: by number of further
    answers, the predicted rise of accuracy; ``groups``: where to spend the next answers, empty with one group."""

    answers: int
    curve: list[tuple[float, float]]
    points: list[tuple[float, float]]
    gains: dict[int, float]
    groups: list[Group]


@dataclass(frozen=True, kw_only=True)
class Names:
    """Suggestions by axis, best first, and what to say beside them."""

    by_axis: list[list[Suggestion]]
    caution: str


def health(study: Study, fit: Fit, matrix: StudyMatrix) -> Health:
    from qdhf.descriptors.monitoring import answers_to_mend, answers_to_settle, crowding, over_fitted

    report = fit.report
    crowd = crowding(fit.projection(matrix.features), fit.low, fit.high, study.map.dims)
    return Health(
        over_fitted=answers_to_mend(report) if over_fitted(report) else None,
        settle=answers_to_settle(report.spread, report.n_train) if report.spread is not None else None,
        crowded=crowd.latest.top if crowd is not None and crowd.fires else None,
    )


def groups_of(study: Study, items: list[Item]) -> dict[str, str]:
    """Item id to prompt, where a study has two to six prompts with enough items; else one group of all."""
    by_prompt = {i.id: prompt_of(study, i.genome)[:80] or "the study" for i in items}
    names = list(by_prompt.values())
    large = {name for name in set(names) if names.count(name) >= GROUP_ITEMS}
    if 2 <= len(large) <= GROUPS and len(large) == len(set(names)):
        return by_prompt
    return dict.fromkeys(by_prompt, "the study")


def plan(study: Study, matrix: StudyMatrix, judgments: list[Judgment], groups: dict[str, str], budget: int) -> Plan:
    """Learning curves and the next ``budget`` answers. Deterministic; takes eight fits.

    Raises NotEnoughJudgments below ``LEAST_TO_PLAN`` training answers."""
    from qdhf.descriptors.axes import AXES, LEAST_ANSWERS
    from qdhf.descriptors.axes_count import QUICK
    from qdhf.descriptors.curves import measure
    from qdhf.descriptors.fitting import fit_projection
    from qdhf.descriptors.projection import pca_projection
    from qdhf.judgments.triplets import split

    told = sum(j.closer not in ("skip", "tie") for j in split(judgments)[0])
    if told < LEAST_TO_PLAN:
        raise NotEnoughJudgments(
            f"A forecast needs about {LEAST_TO_PLAN} answers to learn from; there are {told}. Label some more first."
        )
    start = pca_projection(matrix.features, AXES)

    def fit(answers: Answers) -> Projection:
        if len(answers) < LEAST_ANSWERS:
            return start
        rng = np.random.default_rng(study.seed)
        return fit_projection(matrix.features, answers, prior=start, rng=rng, effort=QUICK).projection

    rng = np.random.default_rng([study.seed, len(judgments)])
    return _planned(measure(matrix, judgments, fit, stratum_of=groups, rng=rng), told, budget)


def _planned(found: Measured, told: int, budget: int) -> Plan:
    from qdhf.judgments.budget import allocate, fit_curve

    curve = fit_curve(found.overall)
    reach = np.unique(np.linspace(10, told + max(NEXT), 40).round())
    several = len(found.strata) > 1
    given = allocate(found.strata, found.have, budget) if several else {}
    return Plan(
        answers=told, curve=[(float(n), 1 - curve(float(n))) for n in reach] if curve else [],
        points=[(p.answers, 1 - p.error) for p in found.overall],
        gains={more: curve.gain(told, more) for more in NEXT} if curve else {},
        groups=[Group(name=name, have=found.have[name], answers=n) for name, n in given.items()],
    )  # fmt: skip


def count_axes(study: Study, matrix: StudyMatrix, judgments: list[Judgment]) -> AxesChoice:
    """How many axes the training answers speak for. Raises NotEnoughJudgments."""
    from qdhf.descriptors.axes_count import choose_axes
    from qdhf.judgments.answers import to_answers
    from qdhf.judgments.triplets import split

    answers = to_answers(matrix.ids, split(judgments)[0])
    return choose_axes(matrix.features, answers, rng=np.random.default_rng(study.seed))


def names(study: Study, fit: Fit, matrix: StudyMatrix) -> Names | None:
    """Names for the axes; None where the study's encoder knows no words. Opens a model. Raises MissingModel."""
    from qdhf.descriptors.naming import suggest
    from qdhf.encoders.words import open_words

    space = open_words(study.encoder)
    if space is None:
        return None
    found = suggest(matrix.features, fit.projection(matrix.features), space, study.prompts)
    return Names(by_axis=found, caution=space.caution)
