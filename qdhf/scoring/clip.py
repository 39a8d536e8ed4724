"""Image-text agreement by a CLIP or SigLIP model, shared with the encoder of the study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from qdhf.encoders.clip import ClipEncoder
from qdhf.scoring.plain import paired
from qdhf.types import FloatArray, ItemKind


class ClipScorer:
    """(1 + cosine) / 2 of picture and prompt, in [0, 1]. Comparable within one model, never between two."""

    kind: ItemKind = "image"

    def __init__(self, encoder: ClipEncoder) -> None:
        self._encoder = encoder

    @property
    def key(self) -> str:
        return f"agreement:{self._encoder.key}"

    def score(self, things: Sequence[Any], prompts: Sequence[str]) -> FloatArray:
        paired(things, prompts)
        if not things:
            return np.zeros(0, np.float32)
        texts = list(dict.fromkeys(prompts))
        embedded = dict(zip(texts, self._encoder.embed_texts(texts), strict=True))
        wanted = np.stack([embedded[prompt] for prompt in prompts])
        cosine = np.einsum("nd,nd->n", self._encoder.encode(things), wanted)
        return np.asarray((1 + cosine.clip(-1, 1)) / 2, np.float32)
