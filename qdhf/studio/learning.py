"""Descriptors: made from answers, versioned, reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qdhf.errors import NotEnoughItems
from qdhf.ports import Store
from qdhf.studio.matrices import Matrices
from qdhf.types import AxisName, Fit, Judgment, Projection, Rater, Study, now

if TYPE_CHECKING:
    from qdhf.judgments.agreement import RaterReport


class Learning:
    """Use-cases of the descriptors page; also what runs call to refit."""

    def __init__(self, store: Store, matrices: Matrices) -> None:
        self._store, self.matrices = store, matrices

    def fit(self, study: Study, key: str | None = None) -> Fit:
        """Learn the axes from every standing answer, keep them as the next version and return it.

        ``key`` makes it repeatable: the same key gives the version that is there. Raises NotEnoughItems below 3 items.
        """
        from qdhf.descriptors.descriptor import learn

        matrix = self.matrices.of(study)
        if len(matrix) < 3:
            raise NotEnoughItems(
                f"Axes need at least 3 items; this study has {len(matrix)}. Generate or import some first."
            )
        answers = self._store.judgments.standing(study.id)
        previous = self._store.fits.latest(study.id)
        key = key or f"{len(matrix)} items, {len(answers)} answers, last {answers[-1].id if answers else '-'}"
        made = learn(
            matrix, answers, previous, encoder=study.encoder, study_id=study.id, key=key, seed=study.seed
        )  # fmt: skip
        return self._store.fits.add(made)

    def current(self, study: Study) -> Fit | None:
        """The latest version, or unsupervised axes made now where there are none yet; None below 3 items."""
        fit = self._store.fits.latest(study.id)
        if fit is None and self._store.items.count(study.id) >= 3 and len(self.matrices.of(study)) >= 3:
            return self.fit(study)
        return fit

    def projection(self, study: Study) -> Projection | None:
        fit = self.current(study)
        return None if fit is None else fit.projection

    def versions(self, study: Study) -> list[Fit]:
        return self._store.fits.all(study.id)

    def answers(self, study: Study) -> list[Judgment]:
        return self._store.judgments.standing(study.id)

    def raters(self, study: Study) -> list[tuple[Rater, RaterReport]]:
        """Everyone who answered, with their report, in order of the first answer."""
        from qdhf.judgments.agreement import rater_reports

        known = {rater.id: rater for rater in self._store.judgments.raters(study.id)}
        return [(known[r.rater_id], r) for r in rater_reports(self.answers(study)) if r.rater_id in known]

    def answers_since(self, study: Study, fit: Fit | None) -> int:
        """Standing answers that ``fit`` has not seen (skips included; undone ones can make this negative: then 0)."""
        return max(0, self._store.judgments.count(study.id) - (fit.judgments if fit else 0))

    def axis_names(self, study: Study) -> dict[int, AxisName]:
        """What people call the axes, by axis (0 first); axes without a name are left out."""
        return self._store.fits.axis_names(study.id)

    def name_axis(self, study: Study, axis: int, name: str, low: str = "", high: str = "") -> AxisName:
        """Name an axis (0 to 3) in 1 to 60 characters, with words of up to 60 for its low and high end; returns the name
        as it is kept, trimmed. The name before stays on record. Raises InvalidInput, NotFound."""
        self._store.fits.name_axis(
            AxisName(study_id=study.id, axis=axis, name=name, low=low, high=high, created_at=now())
        )
        return self.axis_names(study)[axis]
