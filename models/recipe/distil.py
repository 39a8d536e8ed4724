"""How few steps of the sampler look like many, and how much guidance: a table to choose the shipped settings from.

No second training: DPM-Solver++ needs few steps on the schedule that training used.
``near``: mean cosine of EfficientNet features to the picture that 25 steps draw from the same noise (1 = the same);
``match``: share of pictures whose own name is among the five likeliest of all names.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
from diffusers import AutoencoderTiny, UNet2DConditionModel

from benchmarks.models import Joint, top5
from models.recipe.evaluate import PROMPTS
from models.recipe.sampling import pictures, pipeline
from qdhf.encoders.efficientnet import EfficientNetEncoder

MANY = 25


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--steps", type=int, nargs="+", default=[4, 6, 8, 10])
    parser.add_argument("--guidance", type=float, nargs="+", default=[2.5, 4.0, 5.5])
    parser.add_argument("--seeds", type=int, default=1)
    args = parser.parse_args()
    made = pipeline(
        UNet2DConditionModel.from_pretrained(args.work / "unet"), AutoencoderTiny.from_pretrained(args.work / "vae")
    )
    encoder, joint = EfficientNetEncoder(), Joint.shipped()
    names = PROMPTS.read_text().splitlines()
    own = [i for i in range(len(names)) for _ in range(args.seeds)]
    table = []
    for guidance in args.guidance:
        best: np.ndarray | None = None
        for steps in (MANY, *args.steps):
            began = time.monotonic()
            features = encoder.encode(list(pictures(made, names, args.seeds, steps, guidance)))
            took = (time.monotonic() - began) / len(features)
            best = features if best is None else best
            unit = [f / np.linalg.norm(f, axis=1, keepdims=True) for f in (features, best)]
            table.append(
                {
                    "guidance": guidance, "steps": steps, "near": round(float((unit[0] * unit[1]).sum(1).mean()), 4),
                    "match": round(top5(joint.cosines(features, names), own), 3), "seconds": round(took, 3),
                }
            )  # fmt: skip
            print(table[-1], flush=True)
    (args.work / "steps.json").write_text(json.dumps(table, indent=2))


if __name__ == "__main__":
    main()
