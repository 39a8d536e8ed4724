"""Descriptors: made from answers, versioned, reported."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from qdhf.errors import InvalidInput, NotEnoughItems
from qdhf.ports import Store
from qdhf.studio.matrices import Matrices
from qdhf.studio.standing import Standing
from qdhf.types import AxisName, Fit, Judgment, Projection, Rater, Study, now

if TYPE_CHECKING:
    from qdhf.descriptors.axes_count import AxesChoice
    from qdhf.descriptors.descriptor import EarlierAxes
    from qdhf.judgments.agreement import RaterReport
    from qdhf.studio.advice import Health, Names, Plan


class Learning:
    """Use-cases of the descriptors page; also what runs call to refit."""

    def __init__(self, store: Store, matrices: Matrices, standing: Standing) -> None:
        self._store, self.matrices, self._standing = store, matrices, standing

    def fit(self, study: Study, key: str | None = None, *, start_from: str | None = None) -> Fit:
        """Learn the axes from :meth:`answers`, keep them as the next version and return it.

        ``key`` makes it repeatable: the same key gives the version that is there. ``start_from``: the id of another study
        of the same encoder, whose latest axes to start from; "" for none; where None, what the version before started
        from stays. Raises NotEnoughItems below 3 items, NotFound, InvalidInput where the other study's axes do not suit.
        """
        from qdhf.descriptors.descriptor import learn

        matrix = self.matrices.of(study)
        if len(matrix) < 3:
            raise NotEnoughItems(
                f"Axes need at least 3 items; this study has {len(matrix)}. Generate or import some first."
            )
        record, out = self._standing.of(study.id).answers, self.left_out(study)
        answers = usable(record, out)
        previous = self._store.fits.latest(study.id)
        earlier = self._earlier(start_from, previous)
        start = f", from {earlier.name}" if earlier else ""
        key = key or f"{len(matrix)} items, {len(answers)} answers, last {answers[-1].id if answers else '-'}{start}"
        if changes := self._store.exclusions.changes(study.id):
            key += f", exclusions {changes}"
        answers, before = seen_first(record, answers, previous)
        made = learn(
            matrix, answers, before, encoder=study.encoder, study_id=study.id, key=key, seed=study.seed,
            dims=study.map.dims, start_from=earlier,
        )  # fmt: skip
        return self._store.fits.add(replace(made, report=replace(made.report, excluded=out)))

    def _earlier(self, wanted: str | None, previous: Fit | None) -> EarlierAxes | None:
        from qdhf.descriptors.descriptor import EarlierAxes

        if wanted is None:
            study_id, _, version = (previous.report.prior if previous else "").partition(":")
            fit = self._store.fits.get(study_id, int(version)) if version else None
        else:
            study_id, fit = wanted, self._store.fits.latest(wanted) if wanted else None
        if not study_id:
            return None
        study = self._store.studies.get(study_id)
        if fit is None:
            raise InvalidInput(f"The study “{study.name}” has no axes yet to start from. Choose another, or none.")
        return EarlierAxes(fit=fit, words=f"the study “{study.name}”")

    def starts(self, study: Study) -> list[Study]:
        """Other studies whose learned axes this one can start from: those of the same encoder, newest first."""
        from qdhf.descriptors.descriptor import LEARNED

        others = [s for s in self._store.studies.all() if s.id != study.id and s.encoder == study.encoder]
        latest = {s.id: self._store.fits.latest(s.id) for s in others}
        return [s for s in others if (fit := latest[s.id]) is not None and fit.report.method == LEARNED]

    def health(self, study: Study, fit: Fit) -> Health:
        """Whether the axes claim too much, and how many more answers would help. Cheap."""
        from qdhf.studio.advice import health

        return health(study, fit, self.matrices.of(study))

    def plan(self, study: Study, budget: int) -> Plan:
        """What the next answers would bring and where to spend them. Takes eight fits: on a button, not at each rerun.
        Raises NotEnoughJudgments."""
        from qdhf.studio.advice import groups_of, plan

        matrix = self.matrices.of(study)
        groups = groups_of(study, self._store.items.many(matrix.ids))
        return plan(study, matrix, self.answers(study), groups, budget)

    def count_axes(self, study: Study) -> AxesChoice:
        """How many axes the answers speak for, with the table behind it. Twenty quick fits: on a button.
        Raises NotEnoughJudgments."""
        from qdhf.studio.advice import count_axes

        return count_axes(study, self.matrices.of(study), self.answers(study))

    def knows_words(self, study: Study) -> bool:
        """Whether :meth:`suggest_names` can say anything, without opening a model."""
        from qdhf.encoders.words import knows_words

        return knows_words(study.encoder)

    def suggest_names(self, study: Study, fit: Fit) -> Names | None:
        """What the axes may be called, from words that the encoder knows; None where it knows none. Opens a model: on a
        button. Raises MissingModel."""
        from qdhf.studio.advice import names

        return names(study, fit, self.matrices.of(study))

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
        """The standing answers that descriptors learn from, oldest first: without those of raters left out, and without
        "which is better?"."""
        return usable(self._standing.of(study.id).answers, self.left_out(study))

    def left_out(self, study: Study) -> tuple[str, ...]:
        """Ids of the raters whose answers teach nothing now, sorted."""
        return tuple(sorted(self._store.exclusions.excluded(study.id)))

    def raters(self, study: Study) -> list[tuple[Rater, RaterReport]]:
        """Everyone who answered, those left out as well, with their report, in order of the first answer."""
        from qdhf.judgments.agreement import rater_reports

        known = {rater.id: rater for rater in self._store.judgments.raters(study.id)}
        answers = self._standing.of(study.id).answers
        return [(known[r.rater_id], r) for r in rater_reports(answers) if r.rater_id in known]

    def answers_since(self, study: Study, fit: Fit | None) -> int:
        """Answers by which ``fit`` is behind: those it has not seen (skips included; undone ones can make this negative:
        then 0). Where a rater was left out or let in since, the answers that this took away count, too: then at least 1.
        """
        behind = self._store.exclusions.usable(study.id) - (fit.judgments if fit else 0)
        return max(1, abs(behind)) if fit is not None and self.exclusions_changed(study, fit) else max(0, behind)

    def exclusions_changed(self, study: Study, fit: Fit) -> bool:
        """Whether other raters are left out now than when ``fit`` was made."""
        return fit.report.excluded != self.left_out(study)

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


def usable(judgments: Sequence[Judgment], excluded: Collection[str]) -> list[Judgment]:
    """Those of ``judgments`` that descriptors learn from: not of raters ``excluded``, not "which is better?"."""
    return [j for j in judgments if j.rater_id not in excluded and j.kind != "better"]


def seen_first(
    record: Sequence[Judgment], answers: Sequence[Judgment], before: Fit | None
) -> tuple[list[Judgment], Fit | None]:
    """``answers`` with those first that ``before`` had seen, and ``before`` saying how many these are.

    A fit is told what it saw by number; once other raters are left out, the first so many answers are others. Each
    rater's own answers stay in order."""
    if before is None:
        return list(answers), None
    known = {j.id for j in usable(record, before.report.excluded)[: before.judgments]}
    seen = [j for j in answers if j.id in known]
    return seen + [j for j in answers if j.id not in known], replace(before, judgments=len(seen))
