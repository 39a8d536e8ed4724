"""Choosing sets, judging them, and keeping them with how each item got in."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from qdhf.errors import InvalidInput, NotEnoughItems, NotFound
from qdhf.ports import Store
from qdhf.studio.choosing import Choosing, Settings
from qdhf.studio.complexities import Complexities
from qdhf.studio.learning import Learning
from qdhf.studio.rating import Rating
from qdhf.studio.valuing import Valuing
from qdhf.types import Collection, Fit, Item, Mark, Study, StudyMatrix, new_id, now

if TYPE_CHECKING:
    from qdhf.curate.card import Figures as Figures
    from qdhf.curate.card import SetCard as SetCard
    from qdhf.curate.pool import Pick

REMEMBERED = 32  # choices and cards: a page asks at each rerun


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A set that is not kept yet. ``title`` of the way it was chosen by; ``settings`` as they are kept with it."""

    items: list[Item]
    reasons: list[str]
    title: str
    settings: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Way:
    """A way to choose. ``purpose``: one sentence. ``missing``: what it lacks in this study; empty where nothing is."""

    title: str
    purpose: str
    missing: str


def set_figures(
    matrix: StudyMatrix, ids: Sequence[str], fit: Fit | None, dims: tuple[int, ...], store: Store | None = None
) -> dict[str, Any]:
    """The card of a set as a table: "set", "pool" (all items), "random" (mean over sets of the same size) and "random ±"
    (their spread); with the items' complexity where their files can be read from ``store``. Empty without a fit."""
    from qdhf.curate.card import flat

    return {} if fit is None or not ids else flat(_card(matrix, ids, fit, dims, Complexities(store) if store else None))


def _card(
    matrix: StudyMatrix, ids: Sequence[str], fit: Fit, dims: tuple[int, ...], complexities: Complexities | None
) -> SetCard:
    from qdhf.curate.card import set_card

    row = {item: i for i, item in enumerate(matrix.ids)}
    rows = np.array([row[i] for i in ids], np.int64)
    card = set_card(matrix, fit, rows, rng=np.random.default_rng(0), dims=dims)
    if complexities is None:
        return card
    own, all_items = complexities.mean(ids), complexities.mean(matrix.ids)
    return replace(card, chosen=replace(card.chosen, complexity=own), pool=replace(card.pool, complexity=all_items))


class Curating:
    """Use-cases of the curate page. Thread-safe."""

    def __init__(self, store: Store, learning: Learning, rating: Rating, valuing: Valuing) -> None:
        self._store, self._learning, self._rating = store, learning, rating
        self._choosing = Choosing(store, learning, rating, valuing)
        self._complexities = Complexities(store)
        self._known: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def ways(self, study: Study) -> dict[str, Way]:
        """The ways to choose, by name."""
        from qdhf.curate.methods import METHODS

        key = ("missing", self._choosing.answers_key(study))
        said: str | None = self._remembered(key)
        if said is None:
            said = self._rating.missing(study)
            self._remember(key, said)
        missing = {"fair": said}
        return {
            name: Way(title=m.title, purpose=m.purpose, missing=missing.get(name, "")) for name, m in METHODS.items()
        }

    def dials(self, study: Study) -> dict[str, tuple[str, str, str]]:
        """What a direction can be dialled of, by name: what people call it, and the words for its ends.
        Raises NotEnoughItems."""
        return self._choosing.objective_names(study)

    def choose(self, study: Study, k: int, **settings: Any) -> Choice:
        """A set of ``k`` items; ``settings`` are those of :class:`qdhf.studio.choosing.Settings`. Pins come first and bans
        never, whatever the settings. Raises NotEnoughItems (saying how many pass and what holds back most), InvalidInput,
        NotEnoughJudgments."""
        from qdhf.curate.methods import METHODS

        wanted = Settings(k=k, **settings).checked()
        marks = self._store.collections.marks(study.id)
        known = self._picks(study, marks, wanted)
        matrix, fit = self._choosing.ground(study)
        return Choice(
            items=self._store.items.many([matrix.ids[pick.row] for pick in known]),
            reasons=[pick.reason for pick in known], title=METHODS[wanted.method].title,
            settings={**wanted.record(), "descriptor": fit.version},
        )  # fmt: skip

    def passing(self, study: Study, **settings: Any) -> int:
        """How many items pass what ``settings`` leave out: the largest ``k`` for :meth:`choose`; 0 where there are fewer
        than three items at all. Raises InvalidInput."""
        wanted = Settings(k=1, **settings).checked()
        if self._learning.current(study) is None:
            return 0
        marks = self._store.collections.marks(study.id)
        key = ("passing", self._choosing.key(study, marks, replace(wanted, dial={}, seed=0, aside=())))
        known: int | None = self._remembered(key)
        if known is None:
            known = self._choosing.passing(study, marks, wanted)
            self._remember(key, known)
        return known

    def _picks(self, study: Study, marks: Mapping[str, Mark], wanted: Settings) -> list[Pick]:
        """One swap after the other, from the last that is remembered: the page swaps one at a time."""
        steps = [replace(wanted, aside=wanted.aside[:n]) for n in range(len(wanted.aside) + 1)]
        base = self._choosing.key(study, marks, steps[0])
        keys = [("choice", base, step.aside) for step in steps]
        first = next((n for n in reversed(range(len(steps))) if self._remembered(keys[n]) is not None), -1)
        known: list[Pick] | None = self._remembered(keys[first]) if first >= 0 else None
        for step, key in zip(steps[first + 1 :], keys[first + 1 :], strict=True):
            known = self._choosing.picks(study, marks, step, known)
            self._remember(key, known)
        return known or []

    def group_shares(self, study: Study, ids: Sequence[str]) -> tuple[float, ...]:
        """For each group of raters the share of its own map that the set shows, in [0, 1]. Raises NotEnoughJudgments."""
        return self._choosing.group_shares(study, ids)

    def card(self, study: Study, ids: Sequence[str]) -> SetCard:
        """Quality, diversity, coverage and complexity of a set, beside all items and random sets of its size.
        Raises NotEnoughItems."""
        matrix, fit = self._choosing.ground(study)
        if not set(ids) <= set(matrix.ids):
            raise NotEnoughItems("The set holds items whose features are still being computed. Wait for the worker.")
        key = ("card", study.id, len(matrix), fit.version, hash(matrix.quality.tobytes()), tuple(ids))
        known: SetCard | None = self._remembered(key)
        if known is None:
            known = _card(matrix, ids, fit, study.map.dims, self._complexities)
            self._remember(key, known)
        return known

    def _remembered(self, key: Hashable) -> Any:
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
            return self._known.get(key)

    def _remember(self, key: Hashable, value: Any) -> None:
        with self._lock:
            self._known[key] = value
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)

    def save(self, study: Study, name: str, choice: Choice) -> Collection:
        """Keep a choice under a name. Raises InvalidInput for a blank name."""
        return self._store.collections.add(
            Collection(
                id=new_id(), study_id=study.id, name=_named(name), method=choice.title, settings=choice.settings,
                items=tuple(i.id for i in choice.items), reasons=tuple(choice.reasons), created_at=now(),
            )
        )  # fmt: skip

    def rename(self, collection: Collection, name: str) -> Collection:
        """Call a set by another name; the names before stay on record. Raises InvalidInput for a blank name."""
        return self._store.collections.rename(collection.id, _named(name))

    def remove(self, collection: Collection, removed: bool = True) -> None:
        """Put a set away, or take it out again. Nothing is deleted; its exports stay."""
        self._store.collections.remove(collection.id, removed)

    def removed(self, study: Study) -> list[Collection]:
        """Sets that were put away, newest first."""
        return self._store.collections.of_study(study.id, removed=True)

    def mark(self, study: Study, item: Item, mark: Mark | None) -> None:
        self._store.collections.mark(study.id, item.id, mark)

    def marks(self, study: Study) -> dict[str, Mark]:
        return self._store.collections.marks(study.id)

    def marked(self, study: Study) -> Mapping[Mark, list[Item]]:
        """The items that are pinned and those that are banned, the latest marks last."""
        marks = self.marks(study)
        kinds: tuple[Mark, ...] = ("pin", "ban")
        return {kind: self._store.items.many([i for i, mark in marks.items() if mark == kind]) for kind in kinds}

    def texts(self, items: Sequence[Item]) -> dict[str, str]:
        """What the texts among ``items`` say, by id; pictures are left out."""
        return {i.id: self._store.blobs.get(i.blob).decode("utf-8", "replace") for i in items if i.kind == "text"}

    def at(self, study: Study, positions: Sequence[int]) -> tuple[str, ...]:
        """Ids of the complete items at these positions, in this order; positions without one are left out."""
        matrix = self._learning.matrices.of(study)
        known = dict(zip(matrix.positions.tolist(), matrix.ids, strict=True))
        return tuple(known[position] for position in dict.fromkeys(positions) if position in known)

    def collections(self, study: Study) -> list[Collection]:
        """The sets that are kept, newest first."""
        return self._store.collections.of_study(study.id)

    def items(self, collection: Collection) -> list[Item]:
        return self._store.items.many(collection.items)

    def find(self, study: Study, wanted: str) -> Collection:
        """By id, put away or not, else the newest of that name. Raises NotFound listing what there is."""
        known = self.collections(study)
        for collection in (*known, *self.removed(study)):
            if wanted == collection.id:
                return collection
        for collection in known:
            if wanted == collection.name:
                return collection
        names = ", ".join(f"“{c.name}”" for c in known[:10]) or "none yet"
        raise NotFound(f"There is no set “{wanted}” in this study. Known: {names}.")


def _named(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= 120 or "\x00" in name:
        raise InvalidInput(f"A set's name needs 1 to 120 characters; this one has {len(name)}.")
    return name
