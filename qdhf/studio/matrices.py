"""Item matrices kept in memory and topped up: a page or an iteration reads only what came since it last looked."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

import numpy as np

from qdhf.ports import Store
from qdhf.types import Study, StudyMatrix


def joined(first: StudyMatrix, second: StudyMatrix) -> StudyMatrix:
    """The rows of ``first``, then those of ``second``."""
    if not len(second):
        return first
    if not len(first):
        return second
    return StudyMatrix(
        ids=first.ids + second.ids,
        positions=np.concatenate([first.positions, second.positions]),
        features=np.concatenate([first.features, second.features]),
        quality=np.concatenate([first.quality, second.quality]),
    )


class Matrices:
    """Thread-safe. Items never change, so a study's matrix only grows; the ``most`` latest studies are kept.

    ``valued`` puts the quality that a study searches for in place of the measured one."""

    def __init__(
        self, store: Store, most: int = 4, valued: Callable[[Study, StudyMatrix], StudyMatrix] | None = None
    ) -> None:
        self._store, self._most, self._valued = store, most, valued
        self._known: OrderedDict[str, StudyMatrix] = OrderedDict()
        self._lock = Lock()

    def of(self, study: Study) -> StudyMatrix:
        """All complete items of the study, by position, with the quality that it searches for."""
        measured = self.measured(study)
        return measured if self._valued is None else self._valued(study, measured)

    def measured(self, study: Study) -> StudyMatrix:
        """The same with the quality as measured."""
        with self._lock:
            known = self._known.pop(study.id, None)
            after = int(known.positions[-1]) if known is not None and len(known) else -1
            fresh = self._store.facts.matrix(study, after)
            matrix = fresh if known is None else joined(known, fresh)
            self._known[study.id] = matrix
            while len(self._known) > self._most:
                self._known.popitem(last=False)
            return matrix
