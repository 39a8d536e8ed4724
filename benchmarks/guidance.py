"""Does steering put pictures where they are wanted, what does it do to quality, and what does it cost?

    python -m benchmarks.guidance --json [--items 24] [--strengths 0.03,0.1] [--steps 10] [--sheet FILE]

The shipped pipeline, the demo study's prompts, axes that are principal components of a first population of ``items``. Each of
``items`` new seeds gets a target: the middle of a cell that is filled, or beside a filled one, drawn evenly. Printed are, without
steering and for each strength: ``distance`` to the target (map units: places vary by about 1 along each axis), ``hit`` and
``near``, the shares in the wanted cell and in or beside it (12 × 12 cells), ``quality`` (agreement with the prompt, .5: none),
``seconds`` of one processor per picture. ``distance_shifted``: the same pictures, moved by two pixels before they are encoded:
what merely fooled the encoder would not survive it. ``apart``: ``nearest``, the mean distance to the nearest of the other
pictures of a batch of four with one prompt. ``avoid``: agreement with words to avoid (``avoided``) and with the ``prompt``:
without, from half of the steps on, and as a negative prompt.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from qdhf.descriptors.projection import initial_bounds, pca_projection
from qdhf.encoders.efficientnet import EfficientNetEncoder
from qdhf.generators.callbacks import pack_axes
from qdhf.generators.diffusion import DiffusionGenerator
from qdhf.generators.pipelines import Settings
from qdhf.pictures import Pixels
from qdhf.scoring.agreement import AgreementScorer
from qdhf.search.archive import place
from qdhf.search.results import beside
from qdhf.studio.studies import DEMO
from qdhf.types import Apart, Avoid, FloatArray, Genome, IntArray, Steering, Toward
from storage import open_store

DIMS, GROUP = (12, 12), 4


class Bench:
    """Models, the map, and the cells that may be aimed at."""

    def __init__(self, steps: int, items: int, blobs: Any) -> None:
        self.encoder = EfficientNetEncoder()
        self.scorer = AgreementScorer(self.encoder)
        self.generator = DiffusionGenerator(settings=Settings(steps=steps), blobs=blobs, encoder=self.encoder)
        self.prompts = tuple(DEMO["prompts"])
        features = self.encoder.encode(self.draw(self.genomes(items, 0))[0])
        self.projection = pca_projection(features)
        placed = self.projection(features)
        self.low, self.high = initial_bounds(placed)
        self.axes = blobs.put(pack_axes(self.projection))
        cells = np.unique(place(placed, self.low, self.high, DIMS))
        every = np.arange(int(np.prod(DIMS)))
        self.aims = every[[bool(beside(cells, np.full(len(cells), cell), DIMS).any()) for cell in every]]

    def genomes(self, n: int, first: int) -> list[Genome]:
        return [Genome(prompt=self.prompts[i % len(self.prompts)], seed=first + i) for i in range(n)]

    def draw(self, genomes: Sequence[Genome]) -> tuple[list[Pixels], float]:
        """Pictures, and processor seconds for each."""
        start = time.process_time()
        made = [m.pixels for m in self.generator.generate(genomes) if m.pixels is not None]
        return made, (time.process_time() - start) / len(genomes)

    def places(self, images: Sequence[Pixels]) -> FloatArray:
        return self.projection(self.encoder.encode(images))

    def steering(self, **wishes: Any) -> Steering:
        return Steering(axes=self.axes, encoder=self.encoder.key, **wishes)


def middles_of(cells: IntArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """(n, 2) places in the middle of cells."""
    position = np.stack(np.unravel_index(cells, DIMS), axis=1)
    return np.asarray(low + (position + 0.5) / np.array(DIMS) * (high - low))


def toward_figures(
    bench: Bench, items: int, strengths: Sequence[float], start: float
) -> tuple[Any, list[list[Pixels]]]:
    """By strength (0: without steering), how near pictures come to their targets; and the pictures."""
    cells = np.random.default_rng(0).choice(bench.aims, items)
    middles, genomes = middles_of(cells, bench.low, bench.high), bench.genomes(items, 1_000)
    found: dict[str, Any] = {}
    sheets = []
    for strength in (0.0, *strengths):
        wished = [
            dataclasses.replace(
                g, steering=bench.steering(toward=Toward(target=tuple(map(float, m)), strength=strength, start=start))
            )
            for g, m in zip(genomes, middles, strict=True)
        ]
        images, seconds = bench.draw(wished)
        placed = bench.places(images)
        landed = place(placed, bench.low, bench.high, DIMS)
        found[str(strength)] = {
            "distance": _mean(np.linalg.norm(placed - middles, axis=1)),
            "distance_shifted": _mean(np.linalg.norm(bench.places([shifted(i) for i in images]) - middles, axis=1)),
            "hit": _mean(landed == cells), "near": _mean(beside(landed, cells, DIMS)),
            "quality": _mean(bench.scorer.score(images, [g.prompt for g in genomes])), "seconds": round(seconds, 2),
        }  # fmt: skip
        sheets.append(images)
    return found, sheets


def apart_figures(bench: Bench, items: int, strengths: Sequence[float]) -> dict[str, Any]:
    """By strength, the mean distance to the nearest of a batch of ``GROUP`` with one prompt."""
    found = {}
    for strength in (0.0, *strengths):
        wish = bench.steering(apart=Apart(radius=2.0, strength=strength))
        nearest, quality, spent = [], [], 0.0
        for first in range(0, items, GROUP):
            prompt = bench.prompts[first // GROUP % len(bench.prompts)]
            genomes = [Genome(prompt=prompt, seed=2_000 + first + i, steering=wish) for i in range(GROUP)]
            images, seconds = bench.draw(genomes)
            placed, spent = bench.places(images), spent + seconds
            gaps = np.linalg.norm(placed[:, None] - placed[None], axis=2) + np.diag(np.full(GROUP, np.inf))
            nearest += gaps.min(axis=1).tolist()
            quality += bench.scorer.score(images, [prompt] * GROUP).tolist()
        found[str(strength)] = {
            "nearest": _mean(nearest), "quality": _mean(quality), "seconds": round(spent * GROUP / items, 2)
        }  # fmt: skip
    return found


def avoid_figures(bench: Bench, items: int) -> dict[str, Any]:
    """Agreement with the next prompt of the study, which is to be avoided, and with the picture's own."""
    genomes = bench.genomes(items, 3_000)
    following = dict(zip(bench.prompts, (*bench.prompts[1:], bench.prompts[0]), strict=True))
    late = [dataclasses.replace(g, steering=Steering(avoid=Avoid(text=following[g.prompt]))) for g in genomes]
    whole = [dataclasses.replace(g, negative_prompt=following[g.prompt]) for g in genomes]
    found = {}
    for name, wished in (("without", genomes), ("late", late), ("whole", whole)):
        images, seconds = bench.draw(wished)
        found[name] = {
            "avoided": _mean(bench.scorer.score(images, [following[g.prompt] for g in genomes])),
            "prompt": _mean(bench.scorer.score(images, [g.prompt for g in genomes])), "seconds": round(seconds, 2),
        }  # fmt: skip
    return found


def _mean(values: Any) -> float:
    return round(float(np.mean(values)), 4)


def shifted(image: Pixels) -> Pixels:
    """Two pixels down and to the right; the border is repeated."""
    return np.ascontiguousarray(
        np.pad(image, ((2, 0), (2, 0), (0, 0)), mode="edge")[: image.shape[0], : image.shape[1]]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    parser.add_argument("--items", type=int, default=24, help="a multiple of 4")
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--strengths", default="0.03,0.1", help="shares of the latents' length, with commas between")
    parser.add_argument("--start", type=float, default=0.0, help="share of the steps before guidance begins")
    parser.add_argument("--sheet", help="a PNG to write: a row of pictures for each strength")
    args = parser.parse_args()
    torch.set_num_threads(1)
    strengths = [float(s) for s in args.strengths.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(folder=folder)
        bench = Bench(args.steps, args.items, store.blobs)
        toward, sheets = toward_figures(bench, args.items, strengths, args.start)
        figures = {
            "toward": toward, "apart": apart_figures(bench, args.items, strengths),
            "avoid": avoid_figures(bench, args.items), "items": args.items, "steps": args.steps, "start": args.start,
        }  # fmt: skip
        store.close()
    if args.sheet:
        from qdhf.pictures import png

        Path(args.sheet).write_bytes(png(np.concatenate([np.concatenate(row[:16], axis=1) for row in sheets])))
    print(json.dumps(figures) if args.json else json.dumps(figures, indent=1), flush=True)


if __name__ == "__main__":
    main()
