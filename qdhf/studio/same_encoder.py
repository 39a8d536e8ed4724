"""A study never mixes two encoders: what an encoder makes of one thing is stored, and compared whenever it is opened anew."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from qdhf.errors import InvalidInput
from qdhf.ports import Encoder, FactBook
from qdhf.types import Study

TOLERANCE = 0.05  # of the length of the features: devices and number formats differ by less, models by more
TEXT = "Two herons stand in the shallow water, and nobody has told them what day it is."


def probe(kind: str) -> tuple[str, Any]:
    """What is encoded for comparison, and the SHA-256 that it is stored under."""
    if kind == "text":
        return hashlib.sha256(TEXT.encode()).hexdigest(), TEXT
    ramp = np.linspace(0, 255, 96)
    waves = 127 + 128 * np.sin(ramp[:, None] / 9) * np.cos(ramp[None] / 13)
    layers = np.broadcast_arrays(ramp[:, None], waves, ramp[None])
    picture = np.stack(layers, axis=2).round().clip(0, 255).astype(np.uint8)
    return hashlib.sha256(picture.tobytes()).hexdigest(), picture


def check_same(facts: FactBook, study: Study, encoder: Encoder) -> None:
    """Raises InvalidInput where ``encoder`` sees otherwise than what this name stood for when it was first used here."""
    name, thing = probe(encoder.kind)
    now = np.asarray(encoder.encode([thing])[0], np.float64)
    before = facts.vectors(study.encoder, [name]).get(name)
    if before is None:
        facts.add_features(study.encoder, [name], now[None])
        return
    same = before.shape == now.shape and np.linalg.norm(now - before) <= TOLERANCE * np.linalg.norm(before)
    if not same:
        raise InvalidInput(
            f"The encoder {study.encoder} sees otherwise than when its first features were stored here: its model was "
            f"changed (it is {encoder.key} now). A study never mixes two, so nothing was made. Put the earlier model back and "
            "try again, or make a new study."
        )
