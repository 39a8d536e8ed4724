"""The loop against the bare pipeline and encoder: the same latents, the same calls, the same process.

    python -m benchmarks.loop --json

Run and bare rounds alternate and the median ratio is reported, because machines are shared. ``overhead`` is in seconds that go
by, ``overhead_cpu`` in processor time, which a busy machine distorts less: it counts what threads do beside the pipeline, too.
The pipeline is called with as many pictures as the generator calls it with (``call``), the encoder with as many as a run does.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import platform
import statistics
import tempfile
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

import worker
from qdhf.descriptors.descriptor import learn
from qdhf.planted import PlantedWorld
from qdhf.search.archive import build_view
from qdhf.types import Genome, Run, Study, StudyMatrix
from storage import SqlStore, open_store


def wait(store: SqlStore, run: Run) -> None:
    while (state := store.jobs.state(run.id)) not in ("done", "failed", "paused"):
        time.sleep(0.5)  # asking oftener would slow down what is measured
    assert state == "done", store.jobs.error(run.id)


Spent = tuple[float, float]  # seconds that went by, seconds of processor time


def run_round(study: Study, images: int, batch: int) -> tuple[Spent, Run]:
    """What passes between a run's first ask and its last tell (processor time: from its start on), and the run."""
    start = time.process_time()
    run = worker.studio.running.illuminate(study, images, batch=batch)
    wait(worker.studio.store, run)
    used = time.process_time() - start
    iterations = worker.studio.store.runs.iterations(run.id)
    first, last = iterations[0], iterations[-1]
    return ((last.created_at - first.created_at).total_seconds() + first.seconds, used), run


def bare_round(study: Study, run: Run, batch: int) -> Spent:
    """What the pipeline and the encoder alone need for the pictures of ``run``, given their latents, called as the run does."""
    models = worker.studio.engine.models
    generator, encoder, scorer = models.generator(study), models.encoder(study), models.scorer(study)
    encoder._known.clear()  # type: ignore[attr-defined]  # else it would remember the run's pictures, and cost nothing
    items = worker.studio.store.items.newest(study.id, run.spec.budget, run.id)[::-1]
    genomes = [item.genome for item in items if item.genome]
    latents = torch.from_numpy(np.stack([generator.latents(g) for g in genomes]))
    with forgetful(generator.pipeline):  # type: ignore[attr-defined]
        begun, used = time.perf_counter(), time.process_time()
        for i in range(0, len(genomes), batch):
            part, call = genomes[i : i + batch], generator.batch  # type: ignore[attr-defined]
            pixels = [
                pixels
                for j in range(0, len(part), call)
                for pixels in bare_call(generator, part[j : j + call], latents[i + j : i + min(j + call, batch)])
            ]
            encoder.encode(pixels)
            scorer.score(pixels, [g.prompt for g in part])
        return time.perf_counter() - begun, time.process_time() - used


@contextlib.contextmanager
def forgetful(pipeline: Any) -> Iterator[None]:
    """``pipeline`` as diffusers made it, without the generator's memory of prompts."""
    remembering = vars(pipeline).pop("encode_prompt")
    try:
        yield
    finally:
        pipeline.encode_prompt = remembering


def bare_call(generator: Any, part: list[Genome], latents: torch.Tensor) -> list[Any]:
    """One call of the pipeline itself."""
    with torch.inference_mode():
        images = generator.pipeline(
            prompt=[g.prompt for g in part], latents=latents, num_inference_steps=part[0].steps,
            guidance_scale=part[0].guidance, width=part[0].width, height=part[0].height, output_type="np",
        ).images  # fmt: skip
    return [(image.clip(0, 1) * 255).round().astype(np.uint8) for image in images]


def loop_figures(images: int, batch: int, rounds: int) -> dict[str, Any]:
    """Images per second of runs and of bare calls, and the overhead of the former."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(folder=folder)
        worker.use_all_cores()
        worker.launch(store, "benchmark")
        studio = worker.studio
        study, run = studio.studies.create_demo(2 * batch)
        wait(store, run)
        bare_round(study, run_round(study, batch, batch)[1], batch)  # warm both sides
        pairs = []
        for _ in range(rounds):
            spent, run = run_round(study, images, batch)
            pairs.append((spent, bare_round(study, run, batch)))
        store.close()
    wall, used = ([(a[i], b[i]) for a, b in pairs] for i in (0, 1))
    return {
        "images_per_s": round(images / statistics.median(a for a, _ in wall), 3),
        "raw_images_per_s": round(images / statistics.median(b for _, b in wall), 3),
        "overhead": round(statistics.median(a / b for a, b in wall) - 1, 4),
        "overhead_cpu": round(statistics.median(a / b for a, b in used) - 1, 4), "images": images * rounds, "batch": batch,
        "call": studio.engine.models.generator(study).batch,  # type: ignore[attr-defined]
    }  # fmt: skip


def learning_figures() -> dict[str, Any]:
    """Seconds of a fit of 1,000 judgments on 512-d features, and of re-placing 10,000 items."""
    rng = np.random.default_rng(0)
    world = PlantedWorld.make(n=1000, d=512, rng=rng)
    matrix = world.matrix()
    judgments = world.judgments(1000, rng=rng, strategy="informative")
    start = time.perf_counter()
    fit = learn(matrix, judgments, None, encoder="planted", study_id="s", key="k", seed=0)
    refit = time.perf_counter() - start
    n = 10_000
    features = rng.normal(size=(n, 512)).astype(np.float32)
    large = StudyMatrix(
        ids=tuple(map(str, range(n))), positions=np.arange(n), features=features,
        quality=rng.random(n).astype(np.float32),
    )  # fmt: skip
    start = time.perf_counter()
    build_view(large, fit, (50, 50))
    return {"refit_1000_judgments_s": round(refit, 3), "replace_10000_items_s": round(time.perf_counter() - start, 4)}


def device() -> str:
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f"cpu, {torch.get_num_threads()} threads, {platform.processor() or platform.machine()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    parser.add_argument("--images", type=int, default=48, help="per round")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    figures = loop_figures(args.images, args.batch, args.rounds) | learning_figures() | {"device": device()}
    print(json.dumps(figures) if args.json else "\n".join(f"{k}: {v}" for k, v in figures.items()), flush=True)


if __name__ == "__main__":
    main()
