"""Spaces that words and a study's items share, by encoder; models are opened when words are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from qdhf.errors import MissingModel
from qdhf.types import FloatArray

if TYPE_CHECKING:
    from qdhf.descriptors.naming import WordSpace

CLIP_ART = "Suggested by a small model that knows clip-art only: take it as a hint."


class _ClipWords:
    """A CLIP or SigLIP model's own joint space."""

    caution = ""

    def __init__(self, model: str) -> None:
        from qdhf.encoders.clip import ClipEncoder

        self._encoder = ClipEncoder(model)

    def items(self, features: FloatArray) -> FloatArray:
        return np.asarray(features)

    def words(self, texts: Sequence[str]) -> FloatArray:
        return self._encoder.embed_texts([f"a picture of {text}" for text in texts])


class _SentenceWords:
    """MiniLM's sentences. Pictures come there through the shipped agreement head."""

    def __init__(self, pictures: bool) -> None:
        from qdhf.encoders.minilm import MiniLMEncoder

        self._texts, self._pictures = MiniLMEncoder(), pictures
        self.caution = CLIP_ART if pictures else ""

    def items(self, features: FloatArray) -> FloatArray:
        if not self._pictures:
            return np.asarray(features)
        from safetensors.numpy import load_file

        from qdhf.scoring.agreement import FOLDER, Head

        path = FOLDER / "model.safetensors"
        if not path.is_file():
            raise MissingModel(f"The agreement model is missing: {path} does not exist. Check out the models again.")
        return Head(load_file(path))(np.asarray(features, np.float32))

    def words(self, texts: Sequence[str]) -> FloatArray:
        return self._texts.encode(list(texts))


def knows_words(encoder: str) -> bool:
    """Whether :func:`open_words` finds a space for the encoder of that name, without opening a model."""
    return encoder in ("efficientnet-lite0", "minilm") or encoder.startswith("clip:")


def open_words(encoder: str) -> WordSpace | None:
    """The word space of the encoder of that name; None where it knows no words. Raises MissingModel."""
    if encoder.startswith("clip:"):
        return _ClipWords(encoder.removeprefix("clip:"))
    if encoder in ("efficientnet-lite0", "minilm"):
        return _SentenceWords(pictures=encoder != "minilm")
    return None
