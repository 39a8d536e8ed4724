"""Pictures to look at after training: a contact sheet of 100 prompts and the curves of both trainings.

The figures are those of ``python -m benchmarks.models``. The sheet is drawn by the program's own generator from the
assembled model, with the settings that it ships with.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from models.recipe.sampling import sheet
from qdhf.registry import open_generator
from qdhf.types import GeneratorSpec, Genome

HERE = Path(__file__).resolve().parent
OUT = HERE.parents[1] / "docs" / "models"
PROMPTS = HERE / "prompts.txt"


def drawn(prompts: list[str], seeds: int) -> np.ndarray:
    """``seeds`` pictures of each prompt in turn, (n, height, width, 3) uint8."""
    generator = open_generator(GeneratorSpec())
    made = generator.generate([Genome(prompt=prompt, seed=seed) for prompt in prompts for seed in range(seeds)])
    return np.stack([picture.pixels for picture in made if picture.pixels is not None])


def curve(lines: list[dict[str, float]], title: str, width: int = 560, height: int = 220) -> str:
    """Loss by step as SVG; the loss axis is logarithmic."""
    steps = np.array([line["step"] for line in lines])
    loss = np.log10([line["loss"] for line in lines])
    left, right, top, bottom = 56, 12, 30, 34
    low, high = loss.min() - 0.05, loss.max() + 0.05
    x = left + steps / steps.max() * (width - left - right)
    y = top + (high - loss) / (high - low) * (height - top - bottom)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    values = [v for v in (2.0, 1.0, 0.5, 0.2, 0.1, 0.05) if low < np.log10(v) < high]
    marks = "".join(
        f'<line x1="{left}" x2="{width - right}" y1="{at:.1f}" y2="{at:.1f}" stroke="#ddd"/>'
        f'<text x="{left - 6}" y="{at + 4:.1f}" text-anchor="end">{value:g}</text>'
        for value in values
        for at in [top + (high - np.log10(value)) / (high - low) * (height - top - bottom)]
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>'
        f'<text x="{left}" y="18" font-weight="bold">{title}</text>{marks}'
        f'<polyline points="{points}" fill="none" stroke="#3465a4" stroke-width="1.5"/>'
        f'<text x="{left}" y="{height - 8}">0</text>'
        f'<text x="{width - right}" y="{height - 8}" text-anchor="end">{int(steps.max())} steps</text></svg>\n'
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    prompts = PROMPTS.read_text().splitlines()
    sheet(drawn(prompts, 4), prompts, args.out / "contact.jpg", across=5)
    for part, title in (("vae", "Autoencoder: loss by step"), ("unet", "Denoiser: loss by step")):
        lines = (args.work / f"train_{part}" / "curve.jsonl").read_text().splitlines()
        (args.out / f"curve_{part}.svg").write_text(curve([json.loads(line) for line in lines], title))


if __name__ == "__main__":
    main()
