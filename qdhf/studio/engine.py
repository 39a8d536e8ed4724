"""One iteration of a run as idempotent steps: ask → make (generate, encode, score) → store (items, then what they did).

Each step takes and returns plain JSON values, reads everything else from the store and may be run again after a crash:
files are named by content, features and scores are keyed by content, items by (run, iteration, slot). The queue engine
(see ``worker.py``) remembers what a step returned, so a killed worker goes on with the step it was in.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np

from qdhf.ports import Encoder, Generator, Made, Scorer, Store
from qdhf.studio.asking import Asker, Told
from qdhf.studio.importing import Importer
from qdhf.studio.learning import Learning
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
Thumbs = Future[dict[str, str]]  # SHA-256 by size, as records hold them


class Models:
    """Generator, encoder and scorer of one study at a time, opened when first needed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: dict[tuple[str, str], Any] = {}

    def _get(self, kind: str, key: str, make: Callable[[], Any]) -> Any:
        if (kind, key) not in self._open:
            for old in [k for k in self._open if k[0] == kind]:
                del self._open[old]  # one of a kind in memory
            self._open[kind, key] = make()
        return self._open[kind, key]

    def generator(self, study: Study) -> Generator:
        from qdhf.registry import open_generator

        make = lambda: open_generator(study.generator, self._store.blobs)  # noqa: E731
        generator: Generator = self._get("generator", repr(study.generator), make)
        return generator

    def encoder(self, study: Study) -> Encoder:
        from qdhf.registry import open_encoder

        encoder: Encoder = self._get("encoder", study.encoder, lambda: open_encoder(study.encoder))
        return encoder

    def scorer(self, study: Study) -> Scorer:
        from qdhf.registry import open_scorer

        key = f"{study.scorer} on {study.encoder}"
        scorer: Scorer = self._get("scorer", key, lambda: open_scorer(study.scorer, self.encoder(study)))
        return scorer


class Engine:
    """The steps of a run. One per worker process; not thread-safe."""

    def __init__(self, store: Store, learning: Learning, models: Models | None = None) -> None:
        self.store, self.learning = store, learning
        self.models = models or Models(store)
        self._contexts: dict[str, tuple[Run, Study]] = {}
        self._pool = ThreadPoolExecutor(os.cpu_count(), "files")  # thumbnails and fsync let go of the interpreter
        self._pixels: dict[str, Any] = {}  # decoded pictures of the batch in hand, by SHA-256
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

    def ask(self, run_id: str, index: int) -> Record:
        """What iteration ``index`` shall make: {"genomes", "targets", "fit", "started"}; no genomes: the run is over."""
        run, study = self._context(run_id)
        size = min(run.spec.batch, run.spec.budget - index * run.spec.batch)
        plan: Record = {"genomes": [], "targets": [], "fit": None, "started": time.time(), "size": max(0, size)}
        if size > 0 and run.spec.kind != "import":
            plan |= self._asker.ask(run, study, index, size)
        return plan

    def make(self, run_id: str, index: int, plan: Record) -> list[Record]:
        """Generate the batch, encode and score it, thumbnails meanwhile: one record per slot with its blob and thumbnails,
        or with the error that kept it from existing."""
        made, waiting = self._rendered(run_id, index, plan)
        self.encode(run_id, made)
        self.score(run_id, made)
        return [_with_thumbs(record, thumbs) for record, thumbs in zip(made, waiting, strict=True)]

    def store_made(self, run_id: str, index: int, plan: Record, made: Sequence[Record]) -> bool:
        """Store the items and note what the iteration did; True when the run shall go on."""
        return self.tell(run_id, index, plan, made, self.keep(run_id, index, made))

    def generate(self, run_id: str, index: int, plan: Record) -> list[Record]:
        """As :meth:`make`, without encoding and scoring."""
        made, waiting = self._rendered(run_id, index, plan)
        return [_with_thumbs(record, thumbs) for record, thumbs in zip(made, waiting, strict=True)]

    def _rendered(self, run_id: str, index: int, plan: Record) -> tuple[list[Record], list[Thumbs | None]]:
        """Records of the batch, and their thumbnails to wait for. While the generator works on a part, files of the part
        before are written."""
        run, study = self._context(run_id)
        self._pixels.clear()
        if run.spec.kind == "import":
            records = self._importer.batch(run.spec, index, self._pixels)
            return records, [None] * len(records)
        genomes, generator = [genome_from_record(g) for g in plan["genomes"]], self.models.generator(study)
        size = getattr(generator, "batch", None) or max(1, len(genomes))
        kept: list[Future[Record]] = []
        waiting: list[Thumbs | None] = []
        for start in range(0, len(genomes), size):
            for made in generator.generate(genomes[start : start + size]):
                kept.append(self._pool.submit(self._keep, made, generator.key))
                waiting.append(self._pool.submit(self._thumbs, made.pixels))
        return [future.result() for future in kept], waiting

    def _keep(self, made: Made, source: str) -> Record:
        assert made.pixels is not None
        blob = self.store.blobs.put(made.data)
        self._pixels[blob] = made.pixels
        height, width = made.pixels.shape[:2]
        return {
            "blob": blob, "media_type": made.media_type, "width": width, "height": height, "thumbs": {},
            "source": source, "genome": genome_record(made.genome), "name": "",
        }  # fmt: skip

    def _thumbs(self, pixels: Any) -> dict[str, str]:
        from qdhf.pictures import thumbnails

        return {str(size): self.store.blobs.put(data) for size, data in thumbnails(pixels).items()}

    def _pictures(self, blobs: Sequence[str]) -> list[Any]:
        """Decoded pictures, from memory or (after a crash) from their files."""
        from qdhf.pictures import decode

        return [self._pixels[b] if b in self._pixels else decode(self.store.blobs.get(b)) for b in blobs]

    def encode(self, run_id: str, made: Sequence[Record]) -> int:
        """Features of every new content; returns how many were computed."""
        _, study = self._context(run_id)
        blobs = list(dict.fromkeys(m["blob"] for m in made if "blob" in m))
        known = self.store.facts.known_features(study.encoder, blobs)
        fresh = [b for b in blobs if b not in known]
        if fresh:
            features = self.models.encoder(study).encode(self._pictures(fresh))
            self.store.facts.add_features(study.encoder, fresh, features)
        return len(fresh)

    def score(self, run_id: str, made: Sequence[Record]) -> int:
        """Quality of every new (content, prompt); returns how many were computed."""
        _, study = self._context(run_id)
        pairs = list(dict.fromkeys((m["blob"], prompt_of(study, _genome(m))) for m in made if "blob" in m))
        known = self.store.facts.known_scores(study.scorer, pairs)
        fresh = [p for p in pairs if p not in known]
        if fresh:
            values = self.models.scorer(study).score(self._pictures([b for b, _ in fresh]), [p for _, p in fresh])
            rows = [(b, p, float(v)) for (b, p), v in zip(fresh, np.nan_to_num(values), strict=True)]
            self.store.facts.add_scores(study.scorer, rows)
        return len(fresh)

    def keep(self, run_id: str, index: int, made: Sequence[Record]) -> list[str]:
        """Store the items; from here on people see them. Returns their ids."""
        run, study = self._context(run_id)
        new = [
            NewItem(
                kind=study.kind, blob=m["blob"], media_type=m["media_type"], width=m["width"], height=m["height"],
                thumbs={int(k): v for k, v in m["thumbs"].items()}, source=m["source"], genome=_genome(m),
                run_id=run.id, iteration=index, slot=slot, name=m["name"],
            )
            for slot, m in enumerate(made)
            if "blob" in m
        ]  # fmt: skip
        return [item.id for item in self.store.items.add(study.id, new)]

    def tell(self, run_id: str, index: int, plan: Record, made: Sequence[Record], ids: Sequence[str]) -> bool:
        """Place the new items, note what the iteration did; True when the run shall go on."""
        run, study = self._context(run_id)
        exist = [(slot, m) for slot, m in enumerate(made) if "blob" in m]
        told = self._asker.tell(
            study, plan, [(slot, _emitter(m), item) for (slot, m), item in zip(exist, ids, strict=True)]
        )
        self.store.runs.note(_noted(run, index, plan, [m["error"] for m in made if "error" in m], len(ids), told))
        if run.spec.kind == "import" and len(made) < plan["size"]:
            return False  # the folder or archive has no more
        return (index + 1) * run.spec.batch < run.spec.budget


def _noted(run: Run, index: int, plan: Record, errors: Sequence[str], items: int, told: Told) -> Iteration:
    """What iteration ``index`` did, as it is stored."""
    iteration = Iteration(
        run_id=run.id, index=index, items=items, failed=len(errors), fit_version=plan["fit"], coverage=told.coverage,
        qd_score=told.qd_score, seconds=max(0.0, time.time() - plan["started"]), hits=0, aimed=0,
        message="; ".join(errors)[:2000], created_at=now(),
    )  # fmt: skip
    found, expected = told.results, plan.get("screened")
    if found is None or plan["fit"] is None:
        return iteration
    return replace(
        iteration, hits=found.hits, aimed=found.aimed, near=found.near, missed=found.missed, shares=found.shares,
        screened=Screened(**{**expected, "gained": found.gained}) if expected else None,
    )  # fmt: skip


def _with_thumbs(record: Record, thumbs: Thumbs | None) -> Record:
    return record if thumbs is None else {**record, "thumbs": thumbs.result()}


def _genome(record: Record) -> Genome | None:
    return genome_from_record(record["genome"]) if record["genome"] else None


def _emitter(record: Record) -> str:
    return record["genome"]["emitter"] if record["genome"] else ""
