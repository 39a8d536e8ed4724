"""Finding items: by prompt, source, quality, tag, star, run, rater and date."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from threading import Lock

import numpy as np

from qdhf.checks import between
from qdhf.errors import InvalidInput
from qdhf.ports import Store
from qdhf.studio.matrices import Matrices
from qdhf.studio.noting import Sayings
from qdhf.types import Facets, Item, Run, Study

STUDIES = 4  # whose facets are kept
RUN_WORDS = {"populate": "First pictures", "illuminate": "Run", "import": "Import"}


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What items must be; every part that is set must hold, and of the values in one part any.

    ``words``: each occurs in the prompt or file name, in capitals or not. ``quality``: between these shares of the items
    when sorted by quality, 0 the worst. ``tags``, ``starred``, ``noted``: what people said of it. ``raters``: ids of
    those who answered a question with it. ``since`` and ``until``: days (UTC), both included."""

    words: str = ""
    prompts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    raters: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    starred: bool = False
    noted: bool = False
    quality: tuple[float, float] = (0.0, 1.0)
    since: date | None = None
    until: date | None = None

    @property
    def empty(self) -> bool:
        """Whether all items pass."""
        return not self.words.strip() and replace(self, words="") == Filter()


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What there is to filter by: values with how many items have them, the most frequent prompts and sources first.
    ``runs``: names by id, in the order in which they came; ``days``: of the first and the last item."""

    items: int
    prompts: dict[str, int]
    sources: dict[str, int]
    runs: dict[str, str]
    tags: dict[str, int]
    days: tuple[date, date] | None


@dataclass(frozen=True, kw_only=True)
class _Counted:
    items: int
    prompts: dict[str, int]
    sources: dict[str, int]
    runs: frozenset[str]
    days: tuple[date, date] | None


class Filtering:
    """Use-cases of every page that finds items. Thread-safe: what items are found by never changes and is kept, so that
    only what people said and answered is asked anew, with one query each."""

    def __init__(self, store: Store, matrices: Matrices, sayings: Sayings) -> None:
        self._store, self._matrices, self._sayings, self._lock = store, matrices, sayings, Lock()
        self._known: OrderedDict[str, list[Facets]] = OrderedDict()
        self._counted: OrderedDict[str, _Counted] = OrderedDict()

    def ids(self, study: Study, wanted: Filter) -> frozenset[str]:
        """The items that pass. Raises InvalidInput for a filter that cannot be."""
        _check(wanted)
        found = {
            facets.id for facets in self._facets(study) if _passes(facets, wanted, wanted.words.casefold().split())
        }
        if wanted.tags or wanted.starred or wanted.noted:
            found &= self._said(study, wanted)
        if wanted.raters:
            found &= self._store.judgments.judged(study.id, wanted.raters)
        if wanted.quality != (0.0, 1.0):
            found &= self._ranked(study, wanted.quality)
        return frozenset(found)

    def choices(self, study: Study) -> Choices:
        """What there is to filter by."""
        found, runs = self._counts(study), self._store.runs.of_study(study.id)
        return Choices(
            items=found.items, prompts=found.prompts, sources=found.sources, days=found.days,
            runs=_named(list(reversed(runs)), found.runs), tags=self._sayings.tags(study),
        )  # fmt: skip

    def raters(self, study: Study) -> dict[str, str]:
        """Names by id of those who may have judged items, in the order in which they came."""
        return {rater.id: rater.name for rater in self._store.judgments.raters(study.id)}

    def items(self, study: Study, ids: Collection[str] | None, page: int, size: int = 24) -> list[Item]:
        """Those of ``ids`` (None: of all), newest first: page 0 first, empty past the end."""
        mine = [f.id for f in reversed(self._facets(study)) if ids is None or f.id in ids]
        return self._store.items.many(mine[page * size : (page + 1) * size])

    def _facets(self, study: Study) -> list[Facets]:
        with self._lock:
            known = self._known.pop(study.id, [])
            known = known + self._store.items.facets(study.id, known[-1].position if known else -1)
            self._known[study.id] = known
            while len(self._known) > STUDIES:
                self._known.popitem(last=False)
            return known

    def _counts(self, study: Study) -> _Counted:
        """What the facets come to, counted anew where items came since."""
        known, counted = self._facets(study), self._counted.get(study.id)
        if counted is None or counted.items != len(known):
            counted = self._counted[study.id] = _count(known)
            while len(self._counted) > STUDIES:
                self._counted.popitem(last=False)
        return counted

    def _said(self, study: Study, wanted: Filter) -> set[str]:
        said = self._sayings.of(study)
        parts = [{item for item, kind, text in said if kind == "tag" and text in wanted.tags}] if wanted.tags else []
        parts += [{item for item, kind, _ in said if kind == "star"}] if wanted.starred else []
        parts += [{item for item, kind, _ in said if kind == "note"}] if wanted.noted else []
        return set.intersection(*parts)

    def _ranked(self, study: Study, shares: tuple[float, float]) -> set[str]:
        """Items whose place in the order of quality lies between two shares. Equal ones have the same place, that of
        their middle, so that no filter parts them."""
        matrix = self._matrices.of(study)
        values, inverse, counts = np.unique(matrix.quality, return_inverse=True, return_counts=True)
        if len(values) < 2:
            return set(matrix.ids)
        middle = np.cumsum(counts) - (counts + 1) / 2  # mean rank of each value, from 0
        share = middle[inverse] / (len(matrix) - 1)
        inside = (share >= shares[0] - 1e-9) & (share <= shares[1] + 1e-9)
        return {matrix.ids[row] for row in np.flatnonzero(inside)}


def _check(wanted: Filter) -> None:
    low, high = wanted.quality
    between("The lower end of the quality", low, 0.0, 1.0)
    between("The upper end of the quality", high, 0.0, 1.0)
    if low > high:
        raise InvalidInput(f"The lower end of the quality must not lie above the upper end; got {low:g} and {high:g}.")
    if wanted.since and wanted.until and wanted.since > wanted.until:
        raise InvalidInput(f"The first day must not lie after the last; got {wanted.since} and {wanted.until}.")


def _passes(facets: Facets, wanted: Filter, words: Sequence[str]) -> bool:
    """Whether an item is what ``wanted`` says of its own facets; ``words``: those of the filter, casefolded."""
    if wanted.prompts and facets.prompt not in wanted.prompts:
        return False
    if wanted.sources and facets.source not in wanted.sources:
        return False
    if wanted.runs and facets.run_id not in wanted.runs:
        return False
    if words:
        said = f"{facets.prompt}\n{facets.name}".casefold()
        if not all(word in said for word in words):
            return False
    day = facets.created_at.date()
    return (wanted.since is None or day >= wanted.since) and (wanted.until is None or day <= wanted.until)


def _count(known: Sequence[Facets]) -> _Counted:
    times = [facets.created_at for facets in known]
    return _Counted(
        items=len(known), prompts=_frequent(f.prompt for f in known), sources=_frequent(f.source for f in known),
        runs=frozenset(f.run_id for f in known), days=(min(times).date(), max(times).date()) if times else None,
    )  # fmt: skip


def _frequent(values: Iterable[str]) -> dict[str, int]:
    counts = Counter(value for value in values if value)
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _named(runs: Sequence[Run], used: Collection[str]) -> dict[str, str]:
    """A name for each run that made anything, the oldest first; no two the same."""
    return {
        run.id: f"{RUN_WORDS[run.spec.kind]} {number}, {run.created_at:%d %b %Y %H:%M}"
        for number, run in enumerate(runs, 1)
        if run.id in used
    }
