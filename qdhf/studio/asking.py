"""What an iteration proposes, and what it found: the only part of the engine that knows about search."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from qdhf.ports import Generator, Store
from qdhf.studio.learning import Learning
from qdhf.types import Fit, FloatArray, Genome, Item, Run, Study, StudyMatrix, genome_record

if TYPE_CHECKING:
    from qdhf.search.archive import ArchiveView
    from qdhf.search.evaluating import Models
    from qdhf.search.proposals import Proposal, SearchState
    from qdhf.search.results import Results
    from qdhf.search.steering import Chart

KEPT_ITEMS, KEPT_LATENTS = 50_000, 1024  # in memory at most


@dataclass(frozen=True, kw_only=True)
class Told:
    """The archive after an iteration, and what the iteration's items did; None where there is no map yet. ``off`` of them
    do not fit their prompt, ``copies`` are near copies, where the study rules such out."""

    coverage: float = 0.0
    qd_score: float = 0.0
    results: Results | None = None
    off: int = 0
    copies: int = 0


class Asker:
    """Asks the search for genomes and tells it what came of them."""

    def __init__(self, store: Store, learning: Learning, models: Models, pool: Executor) -> None:
        self._store, self._learning, self._models, self._pool = store, learning, models, pool
        self._items: dict[str, Item] = {}
        self._latents: tuple[Generator, Callable[[Genome], FloatArray]] | None = None
        self._charted: Chart | None = None

    def _fit(self, run: Run, study: Study, index: int) -> Fit | None:
        """The latest descriptor; a new one where enough answers came in since. Places anew, generates nothing again."""
        from qdhf.search.loop import refit_due

        fit = self._learning.current(study)
        if fit is not None and refit_due(self._learning.answers_since(study, fit), 0, run.spec.refit_every):
            return self._learning.fit(study, key=f"run {run.id} iteration {index}")
        return fit

    def ask(self, run: Run, study: Study, index: int, size: int) -> dict[str, Any]:
        """``size`` genomes as records, the cells they are aimed at (None: nowhere), the descriptor's version, emitters'
        shares and what screening expects."""
        from qdhf.search.proposing import propose

        rng = np.random.default_rng([study.seed, run.spec.seed, index, zlib.crc32(run.id.encode())])
        fit = self._fit(run, study, index) if run.spec.kind == "illuminate" else None
        if run.spec.near is not None:
            proposals = self._near(run, study, run.spec.near, size, rng)
            return {
                "genomes": self._wanted(run, study, fit, proposals), "targets": [None] * size,
                "fit": fit.version if fit else None, "shares": {"mutation": 1.0},
            }  # fmt: skip
        if fit is None:
            proposals = _in_turn(study, index * run.spec.batch, size, rng)
            return {"genomes": self._wanted(run, study, None, proposals), "targets": [None] * size}
        batch = propose(self._state(run, study, fit, index), size, rng, candidates=run.spec.candidates)
        return {
            "genomes": self._wanted(run, study, fit, batch.proposals),
            "targets": [None if p.target is None else int(p.target) for p in batch.proposals], "fit": fit.version,
            "shares": batch.shares, "screened": asdict(batch.screened) if batch.screened else None,
        }  # fmt: skip

    def _near(self, run: Run, study: Study, near: str, size: int, rng: np.random.Generator) -> list[Proposal]:
        """Variations of one item."""
        from qdhf.search.emitters.sampling import around

        (item,) = self._load([near])
        generator = self._models.generator(study)
        latents_of = self._latents_of(generator) if generator.latent_shape else None
        return around(item, size, rng, sigma=run.spec.sigma, latents_of=latents_of)

    def _wanted(self, run: Run, study: Study, fit: Fit | None, proposals: Sequence[Proposal]) -> list[dict[str, Any]]:
        """The records of ``proposals``, steered where the run asks for it. Raises InvalidInput where the study's models
        cannot be steered so."""
        from qdhf.search.steering import check_steered, steered

        if run.spec.steered:
            proposals = steered(proposals, run.spec, self._chart(study, fit) if fit else None)
            check_steered(self._models.generator(study), [p.genome for p in proposals])
        return list(self._pool.map(self._kept, proposals))

    def _chart(self, study: Study, fit: Fit) -> Chart:
        """The map that pictures are steered by; its axes are kept as a file, once."""
        from qdhf.generators.callbacks import pack_axes
        from qdhf.search.steering import Chart

        if self._charted is None or self._charted.fit.id != fit.id:
            axes = self._store.blobs.put(pack_axes(fit.projection))
            self._charted = Chart(fit=fit, dims=study.map.dims, axes=axes, encoder=self._models.encoder(study).key)
        return self._charted

    def _kept(self, proposal: Proposal) -> dict[str, Any]:
        """The genome's record. Latents that are no function of a seed become a file, which it names."""
        from qdhf.generators.latents import pack

        genome = proposal.genome
        if proposal.latents is not None:
            genome = replace(genome, latents=self._store.blobs.put(pack(proposal.latents)), path=())
        return genome_record(genome)

    def _state(self, run: Run, study: Study, fit: Fit, index: int) -> SearchState:
        """The map, its elites' genomes and the cells to aim at: all that the search looks at, from stored facts alone."""
        from qdhf.descriptors.descriptor import is_learned
        from qdhf.search.archive import build_view
        from qdhf.search.proposals import rows_to_load, search_state
        from qdhf.search.targets import choose_targets

        matrix = self._learning.matrices.of(study)
        view = build_view(matrix, fit, study.map.dims)
        items = self._load([matrix.ids[r] for r in rows_to_load(view).tolist()])
        made = self._store.items.count(study.id, run.id)
        empty = [t for t in run.spec.targets if 0 <= t < len(view.elites) and view.elites[t] < 0]
        targets = choose_targets(
            view, matrix.quality, run.spec.batch, picked=empty, doubt=_doubt(fit, matrix, view),
            missed=self._missed(run, fit, index), rng=np.random.default_rng([study.seed, run.spec.seed, made]),
        )  # fmt: skip
        generator = self._models.generator(study)
        return search_state(
            view, matrix, {i.id: i.genome for i in items if i.genome is not None}, prompts=study.prompts,
            latents_of=self._latents_of(generator) if generator.latent_shape else None, targets=targets,
            picked=bool(empty), sigma=run.spec.sigma, learned=is_learned(fit),
        )  # fmt: skip

    def _missed(self, run: Run, fit: Fit, index: int) -> Counter[int]:
        """How often this run aimed at each cell of today's map in vain."""
        before = [i for i in self._store.runs.iterations(run.id) if i.index < index and i.fit_version == fit.version]
        return Counter(cell for iteration in before for cell in iteration.missed)

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

    def tell(self, study: Study, plan: dict[str, Any], items: Sequence[tuple[int, str, str]]) -> Told:
        """Place every item under the current descriptor and look what the new ones did: (slot, emitter, id) of each."""
        from qdhf.search.archive import build_view
        from qdhf.search.counting import counts
        from qdhf.search.results import results

        fit, matrix = self._learning.current(study), self._learning.matrices.of(study)
        if fit is None:
            return Told()
        view = build_view(matrix, fit, study.map.dims)
        row = {item: i for i, item in enumerate(matrix.ids)}
        aims = dict(enumerate(plan["targets"]))
        placed = [(row[item], emitter, aims.get(slot)) for slot, emitter, item in items if item in row]
        rows, emitters, targets = zip(*placed, strict=True) if placed else ((), (), ())
        found = results(
            view, matrix.quality, rows, emitters=emitters, targets=targets, shares=plan.get("shares") or {},
            eligible=matrix.eligible,
        )  # fmt: skip
        off, copies = counts(matrix, rows)
        return Told(coverage=view.coverage, qd_score=view.qd_score, results=found, off=off, copies=copies)


def _in_turn(study: Study, start: int, size: int, rng: np.random.Generator) -> list[Proposal]:
    """New samples, the study's prompts in turn from the ``start``-th on."""
    from qdhf.search.grammar import Grammar
    from qdhf.search.proposals import Proposal, fresh

    grammar = Grammar(study.prompts)
    return [Proposal(genome=fresh(grammar.draw(start + i, rng), rng), emitter="fresh") for i in range(size)]


def _doubt(fit: Fit, matrix: StudyMatrix, view: ArchiveView) -> FloatArray | None:
    """(n,) how uncertain the place of each elite is, in cells; 0 for other items, None where no answers were learned."""
    from qdhf.descriptors.posterior import spread

    if fit.draws is None or not len(view.elite_rows):
        return None
    found = np.zeros(len(matrix))
    cell = (view.high - view.low) / np.asarray(view.dims)
    found[view.elite_rows] = (spread(fit.draws, matrix.features[view.elite_rows]) / cell).max(axis=1)
    return found
