"""Whether a few denoising steps tell where a picture will land, and whether looking at them wins time.

    python -m benchmarks.previews --json [--pictures 96] [--after 2,3,5]

A pool of new samples and of their mutations (σ = 0.4) is drawn with the shipped pipeline. On the way, after some of the 10
steps, the predicted clean picture is placed on a map of 12 × 12 cells (PCA of the whole pool). Printed for each number of
steps: ``explained``, the share of the variance of places that the preview explains; ``within``, the same among pictures of one
prompt, where knowing the prompt tells nothing; ``same_cell`` and ``beside``, shares of previews in or beside the cell of the
finished picture; ``cost`` of a preview and of a picture in processor seconds, decoding and encoding included. ``cells``: cells
filled in the time in which a quarter of the pool can be drawn unseen (mean over orders), by how many candidates are looked at
for a picture; the one whose preview lies in an empty cell is finished, its first steps being done; where none does, none is.
``late``: the same after half of the pool was drawn.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch

from qdhf.encoders.efficientnet import EfficientNetEncoder
from qdhf.generators.callbacks_clean import Moment, Tensor, clean_steps, decoder
from qdhf.generators.diffusion import DiffusionGenerator
from qdhf.search.archive import place
from qdhf.search.results import beside
from qdhf.studio.studies import DEMO
from qdhf.types import FloatArray, Genome, IntArray, Variation

PROMPTS: tuple[str, ...] = tuple(DEMO["prompts"])
DIMS, ORDERS, LOOKS = (12, 12), 300, (1, 2, 4)


@dataclass
class Watched:
    """Notes the predicted clean latents after some steps, and changes nothing."""

    after: tuple[int, ...]
    seen: dict[int, list[Tensor]] = field(default_factory=dict)

    def __call__(self, clean: Tensor, moment: Moment) -> None:
        if moment.step + 1 in self.after:
            self.seen.setdefault(moment.step + 1, []).append(clean.clone())


def pool(n: int) -> list[Genome]:
    """Half of them new samples, prompts in turn, half mutations of these."""
    fresh = [Genome(prompt=PROMPTS[i % len(PROMPTS)], seed=i) for i in range(n // 2)]
    return fresh + [replace(g, path=(Variation(seed=10_000 + i, sigma=0.4),)) for i, g in enumerate(fresh)]


def explained(seen: FloatArray, truth: FloatArray) -> float:
    """Share of the variance of (n, k) ``truth`` that a line through (n, k) ``seen`` explains, over all axes."""
    rest = truth - straightened(seen, truth)
    return float(1 - (rest**2).sum() / ((truth - truth.mean(axis=0)) ** 2).sum())


def straightened(seen: FloatArray, truth: FloatArray) -> FloatArray:
    """(n, k) what a line through (n, k) ``seen`` says of ``truth``: early pictures are blurred, which moves them all alike."""
    design = np.column_stack([seen, np.ones(len(seen))])
    return np.asarray(design @ np.linalg.lstsq(design, truth, rcond=None)[0])


def without_prompt(places: FloatArray, prompts: list[str]) -> FloatArray:
    """Places less the mean of their prompt."""
    names = np.array(prompts)
    return np.asarray(places - np.stack([places[names == p].mean(axis=0) for p in prompts]))


def cells_filled(
    truth: IntArray,
    seen: IntArray,
    looks: int,
    cost: tuple[float, float],
    limit: float,
    *,
    rng: np.random.Generator,
    before: int = 0,
) -> int:
    """New cells filled in ``limit`` seconds when each picture is the best of ``looks`` candidates, taken in random order, after
    ``before`` pictures were drawn. ``cost``: of a preview, and of a whole picture."""
    order = rng.permutation(len(truth)).tolist()
    filled, order = {int(truth[row]) for row in order[:before]}, order[before:]
    spent, there = 0.0, len(filled)
    preview, whole = cost if looks > 1 else (0.0, cost[1])
    for start in range(0, len(order) - looks + 1, looks):
        group = order[start : start + looks]
        spent += looks * preview
        new = [row for row in group if looks == 1 or int(seen[row]) not in filled]
        if new:
            spent += whole - preview
        if spent > limit:
            break
        if new:
            filled.add(int(truth[new[0]]))
    return len(filled) - there


def figures(pictures: int, after: tuple[int, ...]) -> dict[str, Any]:
    generator, encoder = DiffusionGenerator(batch=4), EfficientNetEncoder()
    genomes, watched = pool(pictures), Watched(after)
    width, height = int(generator.settings.width or 0), int(generator.settings.height or 0)
    generator.generate(genomes[:4])  # warm
    begun, made = time.process_time(), []
    for i in range(0, pictures, 4):
        with clean_steps(generator.pipeline, watched):  # one call at a time: it counts the steps
            made += generator.generate(genomes[i : i + 4])
    drawn = (time.process_time() - begun) / pictures
    begun, full = time.process_time(), encoder.encode([m.pixels for m in made])
    encoded = (time.process_time() - begun) / pictures
    decode, steps = decoder(generator._opened, width, height), int(generator.settings.steps or 1)
    centred = full - full.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:2]
    truth = centred @ axes.T
    margin = 0.25 * np.ptp(truth, axis=0)
    low, high = truth.min(axis=0) - margin, truth.max(axis=0) + margin
    prompts, cells = [g.prompt for g in genomes], place(truth, low, high, DIMS)
    found: dict[str, Any] = {}
    for step in after:
        begun = time.process_time()
        with torch.inference_mode():
            pixels = torch.cat([decode(z) for z in watched.seen[step]]).permute(0, 2, 3, 1).numpy()
        features = encoder.encode(list((pixels * 255).round().astype(np.uint8)))
        seen = (features - full.mean(axis=0)) @ axes.T
        preview = drawn * step / steps + (time.process_time() - begun) / pictures
        guess = place(straightened(seen, truth), low, high, DIMS)
        cost = preview, drawn + encoded
        found[str(step)] = {
            "explained": round(explained(seen, truth), 3),
            "within": round(explained(without_prompt(seen, prompts), without_prompt(truth, prompts)), 3),
            "same_cell": round(float((guess == cells).mean()), 3),
            "beside": round(float(beside(guess, cells, DIMS).mean()), 3), "cost": [round(c, 3) for c in cost],
        } | {name: _looked(cells, guess, cost, before) for name, before in (("cells", 0), ("late", pictures // 2))}  # fmt: skip
    return {"pictures": pictures, "steps": steps, "after": found}


def _looked(cells: IntArray, guess: IntArray, cost: tuple[float, float], before: int) -> dict[str, float]:
    """New cells by how many candidates are looked at for a picture."""
    limit = len(cells) / 4 * cost[1]
    return {
        str(looks): round(
            float(
                np.mean(
                    [
                        cells_filled(cells, guess, looks, cost, limit, rng=np.random.default_rng(o), before=before)
                        for o in range(ORDERS)
                    ]
                )
            ),
            2,
        )
        for looks in LOOKS
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    parser.add_argument("--pictures", type=int, default=96)
    parser.add_argument("--after", default="2,3,5", help="steps after which to look, with commas between")
    args = parser.parse_args()
    found = figures(args.pictures, tuple(int(step) for step in args.after.split(",")))
    print(json.dumps(found) if args.json else json.dumps(found, indent=1), flush=True)


if __name__ == "__main__":
    main()
