"""Pictures as their own pixels, averaged to 16 × 16 RGB: a baseline without any model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from qdhf import pictures
from qdhf.types import FloatArray, ItemKind

SIDE = 16


class PixelEncoder:
    """Pictures to (n, 768) float32 in [0, 1]: rows, then columns, then RGB."""

    kind: ItemKind = "image"
    key = "pixels@1"
    size = SIDE * SIDE * 3

    def encode(self, things: Sequence[Any]) -> FloatArray:
        rows = [_small(pictures.checked(picture)) for picture in things]
        return np.stack(rows) if rows else np.zeros((0, self.size), np.float32)


def _small(picture: pictures.Pixels) -> FloatArray:
    small = Image.fromarray(picture).resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(small, np.float32).ravel() / 255
