"""Maps that follow the answers between two fits, so that the next question knows the last answers.

A fit is a fact: a person or a run asks for it, and it is stored. Questions need not wait for that. After every few
answers the posterior is continued in the background (a fraction of a second) and kept in memory alone; whoever draws the
page meanwhile gets what is there.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock, Thread
from typing import TYPE_CHECKING

import numpy as np

from qdhf.studio.matrices import Matrices
from qdhf.types import Draws, Fit, Judgment, Study

if TYPE_CHECKING:
    from qdhf.descriptors.fitting import Learned

EVERY = 5  # answers that train, after which maps are drawn anew
STUDIES = 4  # kept in memory
GROWN = 1.2  # times as many items: the features' principal axes are taken anew

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Known:
    """Draws after ``answers`` training answers about ``items`` items."""

    draws: Draws
    learned: Learned
    answers: int
    items: int


class Working:
    """Thread-safe. One thread draws at a time; pages never wait for it."""

    def __init__(self, matrices: Matrices) -> None:
        self._matrices, self._lock = matrices, Lock()
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._thread: Thread | None = None

    def draws(self, study: Study, fit: Fit | None, judgments: Sequence[Judgment]) -> Draws | None:
        """The latest maps that the answers leave possible; None before anything was learned. Newer ones are begun where
        ``EVERY`` answers came since."""
        from qdhf.descriptors.descriptor import LEAST_ANSWERS
        from qdhf.judgments.triplets import split

        with self._lock:
            known = self._known.get(study.id)
            taught = fit.report.n_train if fit and fit.draws else 0
            seen = known.answers if known else taught
            train = split(judgments)[0]
            due = len(train) >= max(LEAST_ANSWERS, seen + EVERY) or len(train) < seen
            if due and fit is not None and (self._thread is None or not self._thread.is_alive()):
                self._thread = Thread(target=self._draw, args=(study, fit, train, known), daemon=True)
                self._thread.start()
        stored = fit.draws if fit else None
        return known.draws if known and (stored is None or known.answers >= taught) else stored

    def wait(self) -> None:
        """Until no maps are being drawn."""
        if self._thread is not None:
            self._thread.join()

    def _draw(self, study: Study, fit: Fit, train: Sequence[Judgment], known: _Known | None) -> None:
        try:
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
        return _Known(draws=draws, learned=learned, answers=len(train), items=items)
