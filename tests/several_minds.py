"""A study whose raters are of two minds: some look at size and colour, others at how high things stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np

from qdhf.generators.planted import PlantedGenerator, factors
from qdhf.planted import answered, judge, random_triplets
from qdhf.studio import Studio
from qdhf.types import GeneratorSpec, Genome, Judgment, NewQuestion, RunSpec, Study, genome_record, now

PLACE, LOOK = [1], [2, 3]  # factors of the planted generator: how high; size and colour
REPEATS, SHARED = 8, 24


def make_study(studio: Studio, pictures: int) -> Study:
    """A study with ``pictures`` planted pictures of one shape, made here without a worker: the same ones each time, where a
    run draws its seeds by its id."""
    study = studio.studies.create(
        "Shapes here and there", prompts=["disc"], generator=GeneratorSpec(name="planted"), encoder="efficientnet-lite0",
        scorer="colour",
    )  # fmt: skip
    run = studio.store.runs.add(study.id, RunSpec(kind="populate", budget=pictures, batch=pictures, seed=1))
    genomes = [genome_record(Genome(prompt="disc", seed=seed)) for seed in range(pictures)]
    plan = {"genomes": genomes, "targets": [None] * pictures, "fit": None, "size": pictures}
    studio.engine.store_made(run.id, 0, plan, studio.engine.make(run.id, 0, plan))
    return study


def rate(
    studio: Studio, study: Study, name: str, seen: Sequence[int], answers: int, *, seed: int,
    lefts: float = 0.0, seconds: float = 6.0, ties: float = 0.05,
) -> None:  # fmt: skip
    """``answers`` by a rater who compares the factors ``seen``. After ``SHARED`` questions that everybody gets, others
    are the rater's own. A share ``lefts`` picks the left picture whatever it shows, a share ``ties`` cannot tell.
    The last few repeat the rater's first ones with sides swapped."""
    rng = np.random.default_rng([seed, 7])
    rater = studio.labelling.rater(study, name)
    items = studio.store.items.newest(study.id, 100_000)[::-1]
    generator = PlantedGenerator(blobs=studio.store.blobs)
    seen_places = np.stack([factors(generator.latents(i.genome))[list(seen)] for i in items if i.genome])
    shared = random_triplets(len(items), SHARED, np.random.default_rng(0))
    rows = np.concatenate([shared, random_triplets(len(items), answers, rng)])[: answers - REPEATS]
    told = judge(seen_places, rows, rng=rng, flip=0.05)
    given: list[Judgment] = []
    for number, ((r, a, b), value) in enumerate(zip(rows.tolist(), told.tolist(), strict=True)):
        question = NewQuestion(
            reference=items[r].id, a=items[a].id, b=items[b].id, left="a" if rng.random() < 0.5 else "b",
            strategy="random" if number % 5 == 0 else "informative",
        )  # fmt: skip
        closer = "a" if value > 0.5 else "b"
        closer = question.left if rng.random() < lefts else "tie" if rng.random() < ties else closer
        given.append(answered(question, closer, number, rater=rater.id, study=study.id))
    for number, first in enumerate(given[:REPEATS], start=len(given)):
        again = NewQuestion(
            reference=first.reference, a=first.a, b=first.b, left="b" if first.left == "a" else "a", strategy="repeat",
            repeat_of=first.question_id,
        )  # fmt: skip
        closer = again.left if rng.random() < lefts else first.closer
        given.append(answered(again, closer, number, rater=rater.id, study=study.id))
    start = now() - timedelta(hours=1)
    timed = [
        replace(j, created_at=start + i * timedelta(seconds=seconds), response_ms=_milliseconds(seconds, rng))
        for i, j in enumerate(given)
    ]
    studio.store.judgments.import_answers(study.id, timed)


def _milliseconds(seconds: float, rng: np.random.Generator) -> int:
    return int(1000 * seconds * rng.uniform(0.4, 1.0))


def two_minds(studio: Studio, study: Study, answers: int = 100) -> None:
    """Four people who look at size and colour, two who look at how high things stand."""
    for seed, name in enumerate(["Rose", "Tom", "Ines", "Kai"]):
        rate(studio, study, name, LOOK, answers, seed=seed, seconds=4 + seed)
    for seed, name in enumerate(["Mira", "Jon"], start=10):
        rate(studio, study, name, PLACE, answers, seed=seed)
