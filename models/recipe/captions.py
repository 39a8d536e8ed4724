"""Exactly captioned changes: background, size, tilt and flip, each said in the caption or left open.

What a caption leaves open varies freely, so a bare prompt ("cat face") draws real alternatives, and what
it says is true of the picture, so prompts steer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

SIZE = 64
BACKGROUNDS = {
    "white": (255, 255, 255), "black": (24, 24, 28), "grey": (150, 152, 158), "red": (214, 60, 58),
    "orange": (245, 150, 60), "yellow": (250, 218, 94), "green": (92, 170, 98), "teal": (70, 165, 165),
    "blue": (74, 120, 205), "purple": (130, 88, 180), "pink": (244, 170, 195), "beige": (232, 214, 184),
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One way to draw a picture. ``scale`` is the share of the frame, ``tilt`` in degrees."""

    background: str
    scale: float
    tilt: float
    flip: bool

    @staticmethod
    def draw(rng: np.random.Generator) -> Change:
        names = list(BACKGROUNDS)
        background = "white" if rng.random() < 0.35 else names[int(rng.integers(1, len(names)))]
        kind = rng.random()
        scale = rng.uniform(0.5, 0.62) if kind < 0.15 else rng.uniform(0.88, 0.98)
        tilt = float(rng.choice([-25.0, 25.0])) if rng.random() < 0.1 else 0.0
        return Change(background, float(scale), tilt, bool(rng.random() < 0.5))


def composite(rgba: np.ndarray, change: Change) -> np.ndarray:
    """Draw (h, w, 4) uint8 on the change's background: (SIZE, SIZE, 3) uint8."""
    image = Image.fromarray(rgba)
    if change.flip:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if change.tilt:
        image = image.rotate(change.tilt, Image.Resampling.BICUBIC)
    side = max(8, round(SIZE * change.scale))
    image = image.resize((side, side), Image.Resampling.LANCZOS)
    ground = Image.new("RGBA", (SIZE, SIZE), (*BACKGROUNDS[change.background], 255))
    ground.alpha_composite(image, ((SIZE - side) // 2, (SIZE - side) // 2))
    return np.asarray(ground.convert("RGB"))


def caption(label: str, style: str, change: Change, rng: np.random.Generator) -> str:
    """A sentence that is true of the picture; each part but the name may be left out."""
    words = ["small"] if change.scale < 0.7 and rng.random() < 0.7 else []
    words += ["tilted"] if change.tilt and rng.random() < 0.7 else []
    text = " ".join([*words, label])
    if rng.random() < 0.6:
        text += f", {style} style"
    if rng.random() < 0.6:
        text += f", on a {change.background} background"
    return text
