"""Does the picture show what the prompt says? A small head from EfficientNet features into MiniLM's sentence space.

Trained on clip-art with captions (``models/recipe/train_agreement.py``) by the symmetric contrastive loss of CLIP
(Radford et al. 2021, arXiv 2103.00020, Fig. 3). Valid for clip-art on a plain ground, like that of the shipped
generator; for photographs choose a real CLIP model.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from qdhf.encoders.efficientnet import EfficientNetEncoder
from qdhf.encoders.minilm import MiniLMEncoder
from qdhf.errors import MissingModel
from qdhf.scoring.plain import paired
from qdhf.types import FloatArray, ItemKind
from qdhf.weights import SHIPPED, revision

FOLDER = SHIPPED / "agreement"


class AgreementScorer:
    """(1 + cosine) / 2 of picture and prompt, in [0, 1]; 0.5 means that they have nothing to do with each other.

    ``encoder``: share this one, so that a picture that was just encoded is not run through the network again.
    Raises MissingModel where weights or packages are absent.
    """

    kind: ItemKind = "image"

    def __init__(self, encoder: EfficientNetEncoder | None = None, *, folder: Path = FOLDER) -> None:
        self._encoder = encoder or EfficientNetEncoder()
        self._head = _load(folder)
        self._key = f"agreement@{revision(folder)}"
        self._prompts: dict[str, FloatArray] = {}

    @property
    def key(self) -> str:
        return self._key

    @cached_property
    def _texts(self) -> MiniLMEncoder:
        return MiniLMEncoder()

    def score(self, things: Sequence[Any], prompts: Sequence[str]) -> FloatArray:
        paired(things, prompts)
        if not things:
            return np.zeros(0, np.float32)
        cosine = np.einsum("nd,nd->n", self._head(self._encoder.encode(things)), self._embedded(prompts))
        return np.asarray((1 + cosine.clip(-1, 1)) / 2, np.float32)

    def _embedded(self, prompts: Sequence[str]) -> FloatArray:
        """(n, 384) unit vectors; the prompts of a study are few, so they are remembered."""
        new = [prompt for prompt in dict.fromkeys(prompts) if prompt not in self._prompts]
        if len(self._prompts) + len(new) > 4096:
            self._prompts.clear()
            new = list(dict.fromkeys(prompts))
        self._prompts.update(zip(new, self._texts.encode(new), strict=True))
        return np.stack([self._prompts[prompt] for prompt in prompts])


class Head:
    """Features (n, 1280) to unit vectors (n, 384): standardise, 1280 → 768, GELU, 768 → 384, normalise. numpy alone."""

    def __init__(self, tensors: dict[str, Any]) -> None:
        self._t = {name: np.asarray(tensor, np.float32) for name, tensor in tensors.items()}

    def __call__(self, features: FloatArray) -> FloatArray:
        t = self._t
        x = (features - t["mean"]) / t["std"]
        rows = [_gelu(row @ t["w1"].T + t["b1"]) @ t["w2"].T + t["b2"] for row in x]  # row by row: batch-invariant
        z = np.stack(rows)
        unit: FloatArray = z / np.linalg.norm(z, axis=1, keepdims=True)
        return unit


def _gelu(x: FloatArray) -> FloatArray:
    """0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))), the tanh form (arXiv 1606.08415)."""
    value: FloatArray = 0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x**3)))
    return value


def _load(folder: Path) -> Head:
    from safetensors.numpy import load_file

    path = folder / "model.safetensors"
    if not path.is_file():
        raise MissingModel(f"The agreement model is missing: {path} does not exist. Check out the models again.")
    return Head(load_file(path))
