"""How complex the items of a set are, each file read once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np

from qdhf.errors import InvalidInput
from qdhf.ports import Store
from qdhf.types import Item

SAMPLE = 60  # of a larger set so many evenly spaced items are read
REMEMBERED = 20_000  # files


class Complexities:
    """Thread-safe. By contents: a file never changes, so what was found of it holds."""

    def __init__(self, store: Store) -> None:
        self._store, self._lock = store, Lock()
        self._known: OrderedDict[str, dict[str, float]] = OrderedDict()

    def mean(self, ids: Sequence[str]) -> dict[str, float]:
        """Mean complexity by name (:mod:`qdhf.metrics.complexity`), over those of at most ``SAMPLE`` items that have it."""
        some = np.linspace(0, len(ids) - 1, min(len(ids), SAMPLE)).round().astype(int)
        found = [self._of(item) for item in self._store.items.many([ids[i] for i in some])]
        names = dict.fromkeys(name for each in found for name in each)
        return {name: float(np.mean([each[name] for each in found if name in each])) for name in names}

    def _of(self, item: Item) -> dict[str, float]:
        with self._lock:
            if item.blob in self._known:
                return self._known[item.blob]
        made = _measured(item, self._store.blobs.get(item.blob))
        with self._lock:
            self._known[item.blob] = made
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return made


def _measured(item: Item, data: bytes) -> dict[str, float]:
    """Nothing of a file that cannot be read as what it is said to be: a card does without it."""
    from qdhf.metrics.complexity import image_complexity, text_complexity

    try:
        return text_complexity(data.decode("utf-8", "replace")) if item.kind == "text" else image_complexity(data)
    except InvalidInput:
        return {}
