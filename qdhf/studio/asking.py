"""What an iteration proposes, and what it found: the only part of the engine that knows about search."""

from __future__ import annotations

import io
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from qdhf.ports import Generator, Store
from qdhf.studio.learning import Learning
from qdhf.types import Fit, FloatArray, Genome, Item, Run, Study, genome_record

if TYPE_CHECKING:
    from qdhf.search.proposals import SearchState
    from qdhf.studio.engine import Models


KEPT_ITEMS, KEPT_LATENTS = 50_000, 1024  # in memory at most


@dataclass(frozen=True, kw_only=True)
class Told:
    """The archive after an iteration, and how many aimed items landed in the cell they were aimed at."""

    coverage: float
    qd_score: float
    hits: int
    aimed: int


def earned(run: Run, items: Sequence[Item], elites: Collection[str]) -> dict[str, tuple[int, int]]:
    """(items made in this run, those that are elites now) by emitter, as far as ``items`` shows them."""
    own = [i for i in items if i.run_id == run.id and i.genome is not None]
    tried, won = (
        Counter(i.genome.emitter for i in own if i.genome),
        Counter(i.genome.emitter for i in own if i.genome and i.id in elites),
    )
    return {name: (count, won[name]) for name, count in tried.items()}


class Asker:
    """Asks the search for genomes and tells it what came of them."""

    def __init__(self, store: Store, learning: Learning, models: Models) -> None:
        self._store, self._learning, self._models = store, learning, models
        self._items: dict[str, Item] = {}
        self._latents: tuple[Generator, Callable[[Genome], FloatArray]] | None = None

    def _fit(self, run: Run, study: Study, index: int) -> Fit | None:
        """The latest descriptor; a new one where enough answers came in since. Places anew, generates nothing again."""
        from qdhf.search.loop import refit_due

        fit = self._learning.current(study)
        if fit is not None and refit_due(self._learning.answers_since(study, fit), 0, run.spec.refit_every):
            return self._learning.fit(study, key=f"run {run.id} iteration {index}")
        return fit

    def ask(self, run: Run, study: Study, index: int, size: int) -> dict[str, Any]:
        """``size`` genomes as records, the cells they are aimed at (None: nowhere), and the descriptor's version."""
        from qdhf.search.proposals import fresh, propose

        rng = np.random.default_rng([study.seed, run.spec.seed, index, zlib.crc32(run.id.encode())])
        fit = self._fit(run, study, index) if run.spec.kind == "illuminate" else None
        if fit is None:
            start = index * run.spec.batch
            genomes = [fresh(study.prompts[(start + i) % len(study.prompts)], rng) for i in range(size)]
            return {"genomes": [genome_record(g) for g in genomes], "targets": [None] * size}
        proposals = propose(self._state(run, study, fit), size, rng)
        return {
            "genomes": [genome_record(self._kept(p.genome, p.latents)) for p in proposals],
            "targets": [None if p.target is None else int(p.target) for p in proposals], "fit": fit.version,
        }  # fmt: skip

    def _kept(self, genome: Genome, latents: Any) -> Genome:
        """Latents that are no function of a seed become a file; the genome names it."""
        if latents is None:
            return genome
        file = io.BytesIO()
        np.save(file, np.asarray(latents, np.float32), allow_pickle=False)
        return replace(genome, latents=self._store.blobs.put(file.getvalue()), path=())

    def _state(self, run: Run, study: Study, fit: Fit) -> SearchState:
        """The map, its elites' genomes, the cells to aim at and what each emitter of this run has earned."""
        from qdhf.search.archive import build_view
        from qdhf.search.loop import used_share
        from qdhf.search.proposals import rows_to_load, search_state
        from qdhf.search.targets import choose_targets

        matrix = self._learning.matrices.of(study)
        view = build_view(matrix, fit, study.map.dims)
        items = self._load([matrix.ids[r] for r in rows_to_load(view).tolist()])
        made = self._store.items.count(study.id, run.id)
        empty = [t for t in run.spec.targets if 0 <= t < len(view.elites) and view.elites[t] < 0]
        rng = np.random.default_rng([study.seed, run.spec.seed, made])
        targets = choose_targets(view, matrix.quality, run.spec.batch, picked=empty, rng=rng)
        generator = self._models.generator(study)
        return search_state(
            view, matrix, {i.id: i.genome for i in items if i.genome is not None}, prompts=study.prompts,
            latents_of=self._latents_of(generator) if generator.latent_shape else None, targets=targets,
            picked=bool(empty), sigma=run.spec.sigma, used=used_share(run.spec.budget, made),
            earned=earned(run, items, {matrix.ids[r] for r in view.elite_rows.tolist()}),
        )  # fmt: skip

    def _load(self, ids: Sequence[str]) -> list[Item]:
        """Items by id; they never change, so each is read once."""
        missing = [i for i in ids if i not in self._items]
        if len(self._items) > KEPT_ITEMS:
            self._items.clear()
            missing = list(ids)
        self._items.update({item.id: item for item in self._store.items.many(missing)})
        return [self._items[i] for i in ids]

    def _latents_of(self, generator: Generator) -> Callable[[Genome], FloatArray]:
        """The generator's latents, the latest genomes' kept in memory."""
        if self._latents is None or self._latents[0] is not generator:
            self._latents = generator, lru_cache(maxsize=KEPT_LATENTS)(generator.latents)
        return self._latents[1]

    def tell(self, study: Study, plan: dict[str, Any], ids: Sequence[str]) -> Told:
        """Place every item under the current descriptor and look where the new ones fell."""
        from qdhf.search.archive import build_view, pyribs_archive

        fit, matrix = self._learning.current(study), self._learning.matrices.of(study)
        if fit is None:
            return Told(coverage=0.0, qd_score=0.0, hits=0, aimed=0)
        view = build_view(matrix, fit, study.map.dims)
        row = {item: i for i, item in enumerate(matrix.ids)}
        aimed = [(t, i) for t, i in zip(plan["targets"], ids, strict=False) if t is not None and i in row]
        hits = sum(int(view.cells[row[i]]) == t for t, i in aimed)
        stats = pyribs_archive(matrix, view).stats
        return Told(coverage=float(stats.coverage), qd_score=float(stats.qd_score), hits=hits, aimed=len(aimed))
