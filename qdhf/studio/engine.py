"""One iteration of a run as idempotent steps: ask → make (generate, encode, score) → store (items, then what they did).

Each step takes and returns plain JSON values, reads everything else from the store and may be run again after a crash:
files are named by content, features and scores are keyed by content, items by (run, iteration, slot). The queue engine
(see ``worker.py``) remembers what a step returned, so a killed worker goes on with the step it was in.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import wraps
from importlib import import_module
from typing import Any

import numpy as np

from qdhf.ports import Encoder, Store
from qdhf.search.cluster import open_evaluator
from qdhf.search.evaluating import Evaluated, Evaluator, InProcess, Models, Outcome
from qdhf.search.loop import batch_size, ended
from qdhf.studio.asking import Asker, Told
from qdhf.studio.importing import Importer
from qdhf.studio.learning import Learning
from qdhf.studio.same_encoder import check_same
from qdhf.types import (
    Genome,
    Iteration,
    NewItem,
    Run,
    Screened,
    Study,
    genome_from_record,
    genome_record,
    now,
    prompt_of,
)

Record = dict[str, Any]


def timed(step: Callable[..., Any]) -> Callable[..., Any]:
    """Add what ``step`` takes to what the engine worked on its iteration. Rests and waits between steps count for nothing."""

    @wraps(step)
    def measured(engine: Engine, run_id: str, index: int, *rest: Any) -> Any:
        began, before = time.monotonic(), engine.worked.get((run_id, index), 0.0)
        try:
            return step(engine, run_id, index, *rest)
        finally:
            engine.worked = {(run_id, index): before + time.monotonic() - began}

    return measured


class Engine:
    """The steps of a run. One per worker process; not thread-safe."""

    def __init__(
        self, store: Store, learning: Learning, models: Models | None = None, evaluator: Evaluator | None = None
    ) -> None:
        """``evaluator``: what makes a batch; None asks the settings, see :func:`qdhf.search.cluster.open_evaluator`."""
        self.store, self.learning = store, learning
        self.models = models or Models(store.blobs)
        self._contexts: dict[str, tuple[Run, Study]] = {}
        self._pool = ThreadPoolExecutor(os.cpu_count(), "files")  # thumbnails and fsync let go of the interpreter
        self.evaluator = evaluator or open_evaluator(InProcess(self.models, self._pool))
        self._checked: tuple[str, Encoder] | None = None  # the encoder that was last found to be what it was
        self.worked: dict[tuple[str, int], float] = {}  # seconds that steps of the iteration in hand took so far
        self._pixels: dict[str, Any] = {}  # decoded pictures or texts of the import in hand, by SHA-256
        self._asker, self._importer = Asker(store, learning, self.models, self._pool), Importer(store.blobs)

    def prepare(self) -> None:
        """Load, in the background, what the first illumination would wait for: pyribs takes some seconds."""
        self._pool.submit(import_module, "ribs.emitters")

    def _context(self, run_id: str) -> tuple[Run, Study]:
        """The run and its study; neither ever changes, so they are read once."""
        if run_id not in self._contexts:
            run = self.store.runs.get(run_id)
            self._contexts[run_id] = run, self.store.studies.get(run.study_id)
        return self._contexts[run_id]

    def needs(self, run_id: str) -> str:
        """Names the models that the run works with."""
        _, study = self._context(run_id)
        return f"{study.generator!r}, {study.encoder}, {study.scorer}"

    @timed
    def ask(self, run_id: str, index: int) -> Record:
        """What iteration ``index`` shall make: {"genomes", "targets", "fit", "size"}; a size of 0: the run is over."""
        run, study = self._context(run_id)
        size = batch_size(run.spec, index)
        plan: Record = {"genomes": [], "targets": [], "fit": None, "size": size}
        if size > 0 and run.spec.kind != "import":
            plan |= self._asker.ask(run, study, index, size)
        return plan

    @timed
    def make(self, run_id: str, index: int, plan: Record) -> list[Record]:
        """Generate or import the batch, encode and score it: one record per slot with its blob and thumbnails, or with the
        error that kept it from existing."""
        run, study = self._context(run_id)
        self._check_encoder(study)
        if run.spec.kind == "import":
            return self._imported(run, study, index)
        outcomes = self.evaluator.evaluate(study, [genome_from_record(g) for g in plan["genomes"]])
        made = [outcome for outcome in outcomes if isinstance(outcome, Evaluated)]
        if made:
            features = {m.blob: m.features for m in made}
            self.store.facts.add_features(study.encoder, list(features), np.stack(list(features.values())))
            scores = {(m.blob, prompt_of(study, m.genome)): m.quality for m in made}
            self.store.facts.add_scores(study.scorer, [(*pair, value) for pair, value in scores.items()])
        return [_record(outcome, slot, len(outcomes)) for slot, outcome in enumerate(outcomes)]

    def _check_encoder(self, study: Study) -> None:
        """Once for each encoder that is opened here. Those that makers on other machines open are not seen."""
        if isinstance(self.evaluator, InProcess):
            encoder = self.models.encoder(study)
            if self._checked != (study.encoder, encoder):
                check_same(self.store.facts, study, encoder)
                self._checked = study.encoder, encoder

    def store_made(self, run_id: str, index: int, plan: Record, made: Sequence[Record]) -> bool:
        """Store the items and note what the iteration did; True when the run shall go on."""
        return self.tell(run_id, index, plan, made, self.keep(run_id, index, made))

    def _imported(self, run: Run, study: Study, index: int) -> list[Record]:
        self._pixels.clear()
        made = self._importer.batch(run.spec, index, self._pixels, study.kind)
        self._encode(study, made)
        self._score(study, made)
        return made

    def _encode(self, study: Study, made: Sequence[Record]) -> None:
        """Features of every new content."""
        blobs = list(dict.fromkeys(m["blob"] for m in made if "blob" in m))
        known = self.store.facts.known_features(study.encoder, blobs)
        fresh = [b for b in blobs if b not in known]
        if fresh:
            features = self.models.encoder(study).encode([self._pixels[b] for b in fresh])
            self.store.facts.add_features(study.encoder, fresh, features)

    def _score(self, study: Study, made: Sequence[Record]) -> None:
        """Quality of every new (content, prompt)."""
        pairs = list(dict.fromkeys((m["blob"], prompt_of(study, _genome(m))) for m in made if "blob" in m))
        known = self.store.facts.known_scores(study.scorer, pairs)
        fresh = [p for p in pairs if p not in known]
        if fresh:
            values = self.models.scorer(study).score([self._pixels[b] for b, _ in fresh], [p for _, p in fresh])
            rows = [(b, p, float(v)) for (b, p), v in zip(fresh, np.nan_to_num(values), strict=True)]
            self.store.facts.add_scores(study.scorer, rows)

    @timed
    def keep(self, run_id: str, index: int, made: Sequence[Record]) -> list[str]:
        """Store the items; from here on people see them. Returns their ids."""
        run, study = self._context(run_id)
        new = [
            NewItem(
                kind=study.kind, blob=m["blob"], media_type=m["media_type"], width=m["width"], height=m["height"],
                thumbs={int(k): v for k, v in m["thumbs"].items()}, source=m["source"], genome=_genome(m),
                run_id=run.id, iteration=index, slot=slot, name=m["name"], device=m.get("device", ""),
            )
            for slot, m in enumerate(made)
            if "blob" in m
        ]  # fmt: skip
        return [item.id for item in self.store.items.add(study.id, new)]

    def tell(self, run_id: str, index: int, plan: Record, made: Sequence[Record], ids: Sequence[str]) -> bool:
        """Place the new items, note what the iteration did; True when the run shall go on."""
        began = time.monotonic()
        run, study = self._context(run_id)
        exist = [(slot, m) for slot, m in enumerate(made) if "blob" in m]
        told = self._asker.tell(
            study, plan, [(slot, _emitter(m), item) for (slot, m), item in zip(exist, ids, strict=True)]
        )
        errors = [m["error"] for m in made if "error" in m]
        seconds = self.worked.get((run_id, index), 0.0) + time.monotonic() - began
        self.store.runs.note(_noted(run, index, plan, errors, len(ids), told, seconds))
        if run.spec.kind == "import" and len(made) < plan["size"]:
            return False  # the folder or archive has no more
        return ended(run.spec, self.store.runs.iterations(run_id)) is None


def _noted(
    run: Run, index: int, plan: Record, errors: Sequence[str], items: int, told: Told, seconds: float
) -> Iteration:
    """What iteration ``index`` did, as it is stored."""
    iteration = Iteration(
        run_id=run.id, index=index, items=items, failed=len(errors), fit_version=plan["fit"], coverage=told.coverage,
        qd_score=told.qd_score, seconds=seconds, hits=0, aimed=0,
        message="; ".join(errors)[:2000], created_at=now(), off=told.off, copies=told.copies,
    )  # fmt: skip
    found, expected = told.results, plan.get("screened")
    if found is None or plan["fit"] is None:
        return iteration
    return replace(
        iteration, hits=found.hits, aimed=found.aimed, near=found.near, missed=found.missed, shares=found.shares,
        screened=Screened(**{**expected, "gained": found.gained}) if expected else None,
    )  # fmt: skip


def _record(outcome: Outcome, slot: int, size: int) -> Record:
    """``outcome`` as JSON-ready values, its facts apart."""
    if not isinstance(outcome, Evaluated):
        return {"error": outcome.named(slot, size)}
    return {
        "blob": outcome.blob, "media_type": outcome.media_type, "width": outcome.width, "height": outcome.height,
        "thumbs": {str(side): sha256 for side, sha256 in outcome.thumbs.items()}, "source": outcome.source,
        "genome": genome_record(outcome.genome), "name": "", "device": outcome.device,
    }  # fmt: skip


def _genome(record: Record) -> Genome | None:
    return genome_from_record(record["genome"]) if record["genome"] else None


def _emitter(record: Record) -> str:
    return record["genome"]["emitter"] if record["genome"] else ""
