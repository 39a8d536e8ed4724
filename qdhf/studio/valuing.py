"""What quality is in a study: its measure, what people call better, or both.

Derived, like everything but facts: the measure's values are stored once per picture, the preference is learned from the
answers to "which is better?" whenever there are new ones, and the weights can be changed at any time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from qdhf.checks import between
from qdhf.errors import InvalidInput, NotEnoughJudgments
from qdhf.ports import Store
from qdhf.studio.matrices import Matrices
from qdhf.studio.standing import Standing
from qdhf.types import Accuracy, Aim, FloatArray, How, IntArray, Judgment, Study, StudyMatrix, now

if TYPE_CHECKING:
    from qdhf.scoring.preference import Preference

MEASURED, PREFERRED = "measured", "preferred"
STUDIES = 4  # whose preference is kept in memory
GROWN = 1.2  # times as many items: the preference's coordinates are taken anew


@dataclass(frozen=True, kw_only=True)
class Liking:
    """What the answers to "which is better?" came to. ``answers``: how many choose one; ``missing``: how many more it takes
    to learn from them; ``accuracy``: on random pairs, of a preference that never saw these; None where there are none."""

    answers: int
    missing: int
    accuracy: Accuracy | None


@dataclass(frozen=True)
class _Known:
    preference: Preference | None
    answers: tuple[str, int]  # the last one's id, and how many
    items: int


class Valuing:
    """Use-cases of quality. Thread-safe."""

    def __init__(self, store: Store, standing: Standing, matrices: Matrices) -> None:
        self._store, self._standing, self._matrices, self._lock = store, standing, matrices, Lock()
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._ruled: dict[str, tuple[tuple[float, float], IntArray]] = {}  # by study: the rules, and what they rule out
        self._liking: tuple[tuple[str, str, int, int], Liking] | None = None  # of the study asked for last

    def aim(self, study: Study) -> Aim:
        """The weights that hold; the measure alone until somebody sets others."""
        return self._store.studies.aim(study.id)

    def set_aim(self, study: Study, weights: Mapping[str, float], how: How = "sum") -> Aim:
        """Weigh "measured" against "preferred", each 0 or more, from now on: the map, runs and sets follow.

        Raises InvalidInput for weights that make no sense."""
        from qdhf.scoring.objectives import combine

        combine(dict.fromkeys((MEASURED, PREFERRED), np.ones(1)), weights, how)
        return self._set(replace(self.aim(study), weights=dict(weights), how=how))

    def count_only(self, study: Study, *, least: float = 0.0, alike: float = 1.0) -> Aim:
        """From now on items measured below ``least`` (0 to 1), and near copies of earlier ones (a cosine of features of at
        least ``alike``, above 0, at most 1: none), are kept but are no elites. Raises InvalidInput."""
        between("The least agreement", least, 0.0, 1.0)
        if not 0 < alike <= 1:
            raise InvalidInput(f"Near copies are alike from a cosine above 0, at most 1, on; got {alike!r}.")
        return self._set(replace(self.aim(study), least=least, alike=alike))

    def ruled_out(self, study: Study) -> tuple[int, int]:
        """How many items do not fit their prompt and how many are near copies, by what holds now."""
        from qdhf.search.counting import counts

        matrix = self._matrices.of(study)
        return counts(matrix, range(len(matrix)))

    def _set(self, aim: Aim) -> Aim:
        aim = replace(aim, created_at=now())
        self._store.studies.set_aim(aim)
        return aim

    def liking(self, study: Study) -> Liking:
        """How far people's preference can be told by now."""
        from qdhf.descriptors.validation import wilson
        from qdhf.scoring.preference import LEAST, learn_preference, preference_accuracy, to_pairs

        answers, matrix = self._answers(study), self._matrices.measured(study)
        seen = (study.id, answers[-1].id if answers else "", len(answers), len(matrix))
        if self._liking is not None and self._liking[0] == seen:
            return self._liking[1]  # a page asks at each rerun
        told = sum(j.closer in ("a", "b") for j in answers)
        taught = to_pairs(matrix.ids, [j for j in answers if j.strategy != "random"])
        asked = to_pairs(matrix.ids, [j for j in answers if j.strategy == "random"])
        accuracy = None
        if (taught.target != 0.5).sum() >= LEAST and (asked.target != 0.5).any():
            found = preference_accuracy(learn_preference(matrix.features, taught), matrix.features, asked)
            accuracy = wilson(*found)
        liking = Liking(answers=told, missing=max(0, LEAST - told), accuracy=accuracy)
        self._liking = (seen, liking)
        return liking

    def valued(self, study: Study, matrix: StudyMatrix) -> StudyMatrix:
        """``matrix`` with the quality that the study searches for in place of the measured one, and with what it rules out."""
        from qdhf.scoring.objectives import combine

        aim = self.aim(study)
        counted = self._counted(aim, matrix)
        if not aim.weights.get(PREFERRED) or not len(matrix):
            return counted
        measures = self.measures(study, matrix)
        return replace(counted, quality=combine(measures, aim.weights, aim.how)) if PREFERRED in measures else counted

    def _counted(self, aim: Aim, matrix: StudyMatrix) -> StudyMatrix:
        """Only what came since the last look is compared with what was there."""
        from qdhf.search.counting import rule_out

        if not len(matrix) or (aim.least <= 0 and aim.alike >= 1):
            return matrix
        rules = aim.least, aim.alike
        with self._lock:
            before = self._ruled.get(aim.study_id)
            known = before[1] if before is not None and before[0] == rules and len(before[1]) <= len(matrix) else None
            if known is None or len(known) < len(matrix):
                known = rule_out(matrix.features, matrix.quality, least=rules[0], alike=rules[1], known=known)
                self._ruled = {**dict(list(self._ruled.items())[1 - STUDIES :]), aim.study_id: (rules, known)}
        return replace(matrix, ruled_out=known)

    def measures(self, study: Study, matrix: StudyMatrix) -> dict[str, FloatArray]:
        """All there is of quality, (n,) in [0, 1] each: as measured in ``matrix``, and as people prefer where that is
        known."""
        preference = self._preference(study, matrix) if len(matrix) else None
        measured = {MEASURED: matrix.quality}
        return measured if preference is None else {**measured, PREFERRED: preference(matrix.features)}

    def _answers(self, study: Study) -> Sequence[Judgment]:
        excluded = self._store.exclusions.excluded(study.id)
        return [j for j in self._standing.of(study.id).better if j.rater_id not in excluded]

    def _preference(self, study: Study, matrix: StudyMatrix) -> Preference | None:
        """Learned from all answers there are now; None where there are too few."""
        from qdhf.scoring.preference import learn_preference, to_pairs

        answers = self._answers(study)
        seen = (answers[-1].id if answers else "", len(answers))
        with self._lock:
            known = self._known.get(study.id)
            if known is not None and known.answers == seen and len(matrix) <= GROWN * known.items:
                return known.preference
            try:
                learned = learn_preference(matrix.features, to_pairs(matrix.ids, answers))
            except NotEnoughJudgments:
                learned = None
            self._known[study.id] = _Known(learned, seen, len(matrix))
            self._known.move_to_end(study.id)
            while len(self._known) > STUDIES:
                self._known.popitem(last=False)
            return learned
