"""Exactly captioned changes: colour, background, size, tilt and flip, each said in the caption or left open.

What a caption leaves open varies freely, so a bare prompt ("cat face") draws real alternatives, and what
it says is true of the picture, so prompts steer. A drawing whose colours were turned always says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

SIZE = 64
BACKGROUNDS = {
    "white": (255, 255, 255), "black": (24, 24, 28), "grey": (150, 152, 158), "red": (214, 60, 58),
    "orange": (245, 150, 60), "yellow": (250, 218, 94), "green": (92, 170, 98), "teal": (70, 165, 165),
    "blue": (74, 120, 205), "purple": (130, 88, 180), "pink": (244, 170, 195), "beige": (232, 214, 184),
}  # fmt: skip
HUES = {"red": 0, "orange": 28, "yellow": 50, "green": 115, "teal": 178, "blue": 218, "purple": 275, "pink": 325}
"""Colour names of a drawing by their hue in degrees (0–360)."""
TURNED = 0.125  # share of drawings with turned hues
DOMINANT = 0.6  # share of the visible pixels that one colour name must hold to be named


@dataclass(frozen=True)
class Change:
    """One way to draw a picture. ``scale`` is the share of the frame, ``tilt`` in degrees, ``turn`` of hues in degrees."""

    background: str
    scale: float
    tilt: float
    flip: bool
    turn: float = 0.0

    @staticmethod
    def draw(rng: np.random.Generator) -> Change:
        """Background, size, tilt and flip at random; the hues stay."""
        names = list(BACKGROUNDS)
        background = "white" if rng.random() < 0.35 else names[int(rng.integers(1, len(names)))]
        kind = rng.random()
        scale = rng.uniform(0.5, 0.62) if kind < 0.15 else rng.uniform(0.88, 0.98)
        tilt = float(rng.choice([-25.0, 25.0])) if rng.random() < 0.1 else 0.0
        return Change(background, float(scale), tilt, bool(rng.random() < 0.5))


def turned(rgba: np.ndarray, degrees: float) -> np.ndarray:
    """The drawing with all hues turned by ``degrees``; (h, w, 4) uint8."""
    hsv = np.array(Image.fromarray(rgba[..., :3]).convert("HSV"))
    hsv[..., 0] = (hsv[..., 0].astype(int) + round(degrees * 256 / 360)) % 256
    return np.dstack([np.asarray(Image.fromarray(hsv, "HSV").convert("RGB")), rgba[..., 3]])


def dominant(rgba: np.ndarray) -> str | None:
    """The colour that most of a drawing has, (h, w, 4) uint8, by name; None where none has ``DOMINANT`` of it."""
    hsv = np.asarray(Image.fromarray(rgba[..., :3]).convert("HSV")).astype(float)
    seen = rgba[..., 3] > 127
    vivid = seen & (hsv[..., 1] > 90) & (hsv[..., 2] > 80)
    if not seen.any():
        return None
    away = np.abs(hsv[..., 0][vivid][:, None] * 360 / 256 - np.array(list(HUES.values())))
    nearest = np.minimum(away, 360 - away).argmin(1)
    counts = np.bincount(nearest, minlength=len(HUES))
    return list(HUES)[int(counts.argmax())] if counts.max() >= DOMINANT * seen.sum() else None


def composite(rgba: np.ndarray, change: Change) -> np.ndarray:
    """Draw (h, w, 4) uint8 on the change's background: (SIZE, SIZE, 3) uint8."""
    image = Image.fromarray(turned(rgba, change.turn) if change.turn else rgba)
    if change.flip:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if change.tilt:
        image = image.rotate(change.tilt, Image.Resampling.BICUBIC)
    side = max(8, round(SIZE * change.scale))
    image = image.resize((side, side), Image.Resampling.LANCZOS)
    ground = Image.new("RGBA", (SIZE, SIZE), (*BACKGROUNDS[change.background], 255))
    ground.alpha_composite(image, ((SIZE - side) // 2, (SIZE - side) // 2))
    return np.asarray(ground.convert("RGB"))


def says_colour(label: str) -> bool:
    return any(word in BACKGROUNDS or word == "brown" for word in label.split())


def caption(label: str, style: str, change: Change, rng: np.random.Generator, colour: str | None = None) -> str:
    """A sentence that is true of the picture; each part but the name may be left out. ``colour``: the drawing's own."""
    words = ["small"] if change.scale < 0.7 and rng.random() < 0.7 else []
    words += ["tilted"] if change.tilt and rng.random() < 0.7 else []
    words += [colour] if colour and not says_colour(label) and (change.turn or rng.random() < 0.3) else []
    text = " ".join([*words, label])
    if rng.random() < 0.6:
        text += f", {style} style"
    if rng.random() < 0.6:
        text += f", on {'an' if change.background == 'orange' else 'a'} {change.background} background"
    return text


def drawn(
    rgba: np.ndarray, label: str, style: str, rng: np.random.Generator, *, plain: bool = False
) -> tuple[np.ndarray, str]:
    """A changed picture of a drawing, (SIZE, SIZE, 3) uint8, and a caption that is true of it.

    ``plain``: on white, upright, large, in its own colours; only flips are left to chance. Else one drawing in eight has
    its hues turned, where one colour then holds most of it and can be named.
    """
    change = Change("white", 0.94, 0.0, bool(rng.random() < 0.5)) if plain else Change.draw(rng)
    colour = dominant(rgba)
    if not plain and rng.random() < TURNED and not says_colour(label):
        degrees = float(rng.uniform(40, 320))
        other = dominant(turned(rgba, degrees))
        if other is not None:
            change, colour = replace(change, turn=degrees), other
    return composite(rgba, change), caption(label, style, change, rng, colour)
