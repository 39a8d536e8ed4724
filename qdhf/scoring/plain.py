"""Quality measures without a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from qdhf import pictures
from qdhf.errors import InvalidInput
from qdhf.types import FloatArray, ItemKind


class EvenScorer:
    """Everything is equally good (0.5): for collections without a prompt, until people say which is better."""

    key = "even@1"

    def __init__(self, kind: ItemKind = "image") -> None:
        self.kind: ItemKind = kind

    def score(self, things: Sequence[Any], prompts: Sequence[str]) -> FloatArray:
        paired(things, prompts)
        return np.full(len(things), 0.5, np.float32)


class ColourScorer:
    """How colourful a picture is: the mean of max − min over RGB, in [0, 1]. For tests and demos."""

    kind: ItemKind = "image"
    key = "colour@1"

    def score(self, things: Sequence[Any], prompts: Sequence[str]) -> FloatArray:
        paired(things, prompts)
        values = [float(np.ptp(pictures.checked(picture), axis=2).mean()) / 255 for picture in things]
        return np.array(values, np.float32)


def paired(things: Sequence[Any], prompts: Sequence[str]) -> None:
    """Raises InvalidInput unless every thing has its prompt."""
    if len(things) != len(prompts):
        raise InvalidInput(f"Each item needs its prompt: got {len(things)} items and {len(prompts)} prompts.")
