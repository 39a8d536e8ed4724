"""Maps that follow the answers between two fits, so that the next question knows the last answers.

A fit is a fact: a person or a run asks for it, and it is stored. Questions need not wait for that. After every few
answers the posterior is continued in the background (a fraction of a second) and kept in memory alone; whoever draws the
page meanwhile gets what is there.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from threading import Lock, Thread
from typing import TYPE_CHECKING

import numpy as np

from qdhf.studio.matrices import Matrices
from qdhf.types import Draws, Fit, Judgment, Study

if TYPE_CHECKING:
    from qdhf.descriptors.fitting import Learned

EVERY = 5  # answers after which maps are drawn anew; a hundredth of them, where they are many
STUDIES = 4  # kept in memory
GROWN = 1.2  # times as many items: the features' principal axes are taken anew

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Known:
    """Draws after ``answers`` training answers about ``items`` items; ``before``: those that they follow."""

    draws: Draws
    before: Draws | None
    learned: Learned
    answers: int
    items: int


class Working:
    """Thread-safe. One thread draws at a time; pages never wait for it."""

    def __init__(self, matrices: Matrices) -> None:
        self._matrices, self._lock = matrices, Lock()
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._looked: dict[str, int] = {}  # how many answers there were when a study's maps were last thought of
        self._thread: Thread | None = None

    def draws(
        self, study: Study, fit: Fit | None, judgments: Sequence[Judgment], excluded: Collection[str] = ()
    ) -> Draws | None:
        """The latest maps that the answers leave possible; None before anything was learned. Newer ones are begun where
        ``EVERY`` answers came since. ``judgments``: all answers that stand; those of raters ``excluded`` teach nothing."""
        with self._lock:
            known = self._known.get(study.id)
            looked = self._looked.get(study.id, fit.judgments if fit and fit.draws else 0)
            due = not looked <= len(judgments) < looked + max(EVERY, looked // 100)
            if due and fit is not None and (self._thread is None or not self._thread.is_alive()):
                self._looked[study.id] = len(judgments)
                self._thread = Thread(target=self._draw, args=(study, fit, judgments, excluded), daemon=True)
                self._thread.start()
        taught = fit.report.n_train if fit and fit.draws else 0
        stored = fit.draws if fit else None
        return known.draws if known and (stored is None or known.answers >= taught) else stored

    def latest(self, study: Study) -> tuple[Draws, Draws | None] | None:
        """The maps drawn last and those that they followed, where any were drawn since the program started."""
        known = self._known.get(study.id)
        return (known.draws, known.before) if known else None

    def wait(self) -> None:
        """Until no maps are being drawn."""
        if self._thread is not None:
            self._thread.join()

    def _draw(self, study: Study, fit: Fit, judgments: Sequence[Judgment], excluded: Collection[str]) -> None:
        from qdhf.descriptors.descriptor import LEAST_ANSWERS
        from qdhf.judgments.triplets import split
        from qdhf.studio.learning import usable

        try:
            known, train = self._known.get(study.id), split(usable(judgments, excluded))[0]
            seen = known.answers if known else fit.report.n_train if fit.draws else 0
            if len(train) < LEAST_ANSWERS or len(train) == seen:
                return
            made = self._made(study, fit, train, known)
        except Exception:
            log.exception("Maps for the next questions could not be drawn; the last fit serves on")
            return
        with self._lock:
            self._known[study.id] = made
            self._known.move_to_end(study.id)
            while len(self._known) > STUDIES:
                self._known.popitem(last=False)

    def _made(self, study: Study, fit: Fit, train: Sequence[Judgment], known: _Known | None) -> _Known:
        from qdhf.descriptors.axes import starting_axes
        from qdhf.descriptors.fitting import fit_projection, refit
        from qdhf.descriptors.posterior import settle
        from qdhf.judgments.answers import to_answers

        matrix = self._matrices.of(study)
        answers, rng = to_answers(matrix.ids, train), np.random.default_rng([study.seed, len(train)])
        if known is not None and len(matrix) <= GROWN * known.items:
            learned, items = refit(matrix.features, answers, known.learned, rng=rng), known.items
        else:
            prior = starting_axes(matrix, fit, study.map.dims)
            learned, items = fit_projection(matrix.features, answers, prior=prior, rng=rng), len(matrix)
        some = np.linspace(0, len(matrix) - 1, min(len(matrix), 500)).round().astype(int)
        draws = settle(learned.draws, fit.projection, matrix.features[some])
        before = known.draws if known else fit.draws
        return _Known(draws=draws, before=before, learned=learned, answers=len(train), items=items)
