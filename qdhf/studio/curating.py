"""Choosing a set: pins, bans, a quality floor, the k most different; kept with how each item got in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from qdhf.checks import between
from qdhf.errors import InvalidInput, NotEnoughItems, NotFound
from qdhf.ports import Store
from qdhf.studio.learning import Learning
from qdhf.types import Collection, Fit, Item, Mark, Study, StudyMatrix, new_id, now


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A set that is not kept yet. ``figures`` compares it with all items and with a random set of its size."""

    items: list[Item]
    reasons: list[str]
    settings: dict[str, Any]
    figures: dict[str, Any]


def set_figures(matrix: StudyMatrix, ids: Sequence[str], fit: Fit | None, dims: tuple[int, ...]) -> dict[str, Any]:
    """The figures of the "set", of its "pool" and of a "random" set of the same size. Empty without a fit."""
    from qdhf.curate.card import set_card

    row = {item: i for i, item in enumerate(matrix.ids)}
    if fit is None or not ids:
        return {}
    card = set_card(matrix, fit, np.array([row[i] for i in ids]), rng=np.random.default_rng(0), dims=dims)
    return {name: _flat(figures) for name, figures in card.items()}


def _flat(figures: dict[str, Any]) -> dict[str, Any]:
    """Nested figures side by side: {"vendi": {"1": 3.2}} becomes {"vendi 1": 3.2}."""
    parts = {k: v if isinstance(v, dict) else {"": v} for k, v in figures.items()}
    return {f"{k} {inner}".strip(): v for k, part in parts.items() for inner, v in part.items()}


class Curating:
    """Use-cases of the curate page."""

    def __init__(self, store: Store, learning: Learning) -> None:
        self._store, self._learning = store, learning

    def choose(self, study: Study, k: int, *, floor: float = 0.25, copies: float = 0.999) -> Choice:
        """The k most different items: pins first, bans never, none of the ``floor`` share of lowest quality, no
        near-copies (cosine of features above ``copies``). Raises NotEnoughItems, InvalidInput."""
        from qdhf.curate.subsets import farthest_points

        between("The number of items to choose", k, 1, 100_000)
        between("The quality floor", floor, 0.0, 0.99)
        fit, matrix = self._learning.current(study), self._learning.matrices.of(study)
        if fit is None:
            raise NotEnoughItems("Choosing needs at least three items. Generate or import some first.")
        marks = self._store.collections.marks(study.id)
        row = {item: i for i, item in enumerate(matrix.ids)}
        pins = [row[i] for i, m in marks.items() if m == "pin" and i in row]
        bans = [row[i] for i, m in marks.items() if m == "ban" and i in row]
        lowest = float(np.quantile(matrix.quality, floor)) if floor > 0 else -np.inf
        rows = farthest_points(
            fit.projection(matrix.features), matrix.quality, k,
            floor=lowest, pins=pins, bans=bans, features=matrix.features, copies=copies,
        )  # fmt: skip
        ids = [matrix.ids[r] for r in rows]
        reasons = ["pinned" if r in set(pins) else "best" if n == 0 else "farthest" for n, r in enumerate(rows)]
        settings = {"k": k, "quality_floor_share": floor, "near_copy_cosine": copies, "descriptor": fit.version}
        return Choice(
            items=self._store.items.many(ids), reasons=reasons, settings=settings,
            figures=set_figures(matrix, ids, fit, study.map.dims),
        )  # fmt: skip

    def save(self, study: Study, name: str, choice: Choice) -> Collection:
        """Keep a choice under a name. Raises InvalidInput for a blank name."""
        name = name.strip()
        if not 1 <= len(name) <= 120:
            raise InvalidInput(f"A set's name needs 1 to 120 characters; this one has {len(name)}.")
        return self._store.collections.add(
            Collection(
                id=new_id(), study_id=study.id, name=name, method="farthest point", settings=choice.settings,
                items=tuple(i.id for i in choice.items), reasons=tuple(choice.reasons), created_at=now(),
            )
        )  # fmt: skip

    def mark(self, study: Study, item: Item, mark: Mark | None) -> None:
        self._store.collections.mark(study.id, item.id, mark)

    def marks(self, study: Study) -> dict[str, Mark]:
        return self._store.collections.marks(study.id)

    def collections(self, study: Study) -> list[Collection]:
        return self._store.collections.of_study(study.id)

    def items(self, collection: Collection) -> list[Item]:
        return self._store.items.many(collection.items)

    def find(self, study: Study, wanted: str) -> Collection:
        """By id, else the newest of that name. Raises NotFound listing what there is."""
        known = self.collections(study)
        for collection in known:
            if wanted in (collection.id, collection.name):
                return collection
        names = ", ".join(f"“{c.name}”" for c in known[:10]) or "none yet"
        raise NotFound(f"There is no set “{wanted}” in this study. Known: {names}.")
