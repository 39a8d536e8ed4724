"""What an axis may be called: opposite words whose contrast runs along it, where the encoder knows words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol

import numpy as np

from qdhf.types import FloatArray

SUGGESTIONS = 3
CLEAR = 0.3  # correlation with the axis below which words say nothing
PROMPTS = 8  # of a study that are tried against each other

OPPOSITES: tuple[tuple[str, str, str], ...] = (  # name, low, high
    ("Brightness", "dark", "bright"),
    ("Colour temperature", "cold blue colours", "warm red and yellow colours"),
    ("Colourfulness", "grey and pale", "colourful"),
    ("Yellow or blue", "blue", "yellow"),
    ("Green or red", "green", "red"),
    ("Green or purple", "green", "purple"),
    ("Brown or white", "brown", "white"),
    ("Mood", "sad", "happy"),
    ("Calm or angry", "calm", "angry"),
    ("Laughing or crying", "crying", "laughing"),
    ("Health", "sick", "healthy"),
    ("Sleepiness", "asleep", "awake"),
    ("Friendliness", "scary", "friendly"),
    ("Cuteness", "ugly", "cute"),
    ("Age", "old", "young"),
    ("Shape", "angular", "round"),
    ("Width", "narrow and tall", "wide and flat"),
    ("Size", "small", "large"),
    ("Sharpness", "blurred", "sharp"),
    ("Detail", "simple", "detailed"),
    ("Symmetry", "crooked", "symmetric"),
    ("Number", "one thing", "many things"),
    ("Nearness", "far away", "close-up"),
    ("Style", "flat drawing", "3d render"),
    ("Realism", "cartoon", "photograph"),
    ("Line or surface", "outline drawing", "filled shape"),
    ("Pattern", "plain", "patterned"),
    ("Softness", "hard", "soft and furry"),
    ("Material", "wood", "metal"),
    ("Shine", "matte", "shiny"),
    ("Age of the design", "old-fashioned", "modern"),
    ("Elegance", "casual", "elegant"),
    ("Naturalness", "artificial", "natural"),
    ("Animal or person", "animal", "person"),
    ("Animal or thing", "thing", "animal"),
    ("Cat or dog", "cat", "dog"),
    ("Land or water", "land", "water"),
    ("Inside or outside", "indoors", "outdoors"),
    ("Time of day", "night", "day"),
    ("Season", "winter", "summer"),
    ("Food", "vegetable", "sweet"),
    ("Movement", "still", "moving"),
    ("Order", "messy", "tidy"),
    ("Crowdedness", "empty", "crowded"),
    ("Formality", "playful", "serious"),
    ("Length of the text", "a short sentence", "a long text"),
)


class WordSpace(Protocol):
    """A space that both words and a study's items lie in. ``caution``: what to say beside its suggestions, if anything."""

    caution: str

    def items(self, features: FloatArray) -> FloatArray:
        """(n, d) features of the study's encoder to (n, e) unit vectors."""

    def words(self, texts: Sequence[str]) -> FloatArray:
        """(m, e) unit vectors."""


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """A name for an axis with words for its low and high end, and how well their contrast follows it: a correlation in
    [0, 1] over the items."""

    name: str
    low: str
    high: str
    correlation: float


def vocabulary(prompts: Sequence[str] = ()) -> list[tuple[str, str, str]]:
    """The opposites that are tried: the shipped ones, and the study's own first ``PROMPTS`` prompts, two by two."""
    own = list(dict.fromkeys(p.strip()[:60] for p in prompts if p.strip()))[:PROMPTS]
    return [*OPPOSITES, *(("Subject", low, high) for low, high in combinations(own, 2))]


def suggest(
    features: FloatArray, places: FloatArray, space: WordSpace, prompts: Sequence[str] = ()
) -> list[list[Suggestion]]:
    """For each axis of (n, k) ``places`` the best names, best first; empty lists where no words follow an axis.

    An item's score on a pair of opposites is its cosine with the high word less that with the low one (as in zero-shot
    classification with CLIP, Radford et al. 2021, section 3.1.2); names are ranked by the correlation of scores and
    places. Words are turned around where it is negative.
    """
    pairs = vocabulary(prompts)
    items = np.asarray(space.items(features), np.float64)  # (n, e)
    ends = np.asarray(space.words([word for _, *both in pairs for word in both]), np.float64).reshape(len(pairs), 2, -1)
    scores = items @ (ends[:, 1] - ends[:, 0]).T  # (n, pairs)
    found = _correlations(scores, np.asarray(places, np.float64))  # (pairs, k)
    return [_best(pairs, found[:, axis]) for axis in range(found.shape[1])]


def _correlations(scores: FloatArray, places: FloatArray) -> FloatArray:
    a, b = scores - scores.mean(axis=0), places - places.mean(axis=0)
    a = a / np.maximum(np.linalg.norm(a, axis=0), 1e-12)
    b = b / np.maximum(np.linalg.norm(b, axis=0), 1e-12)
    found: FloatArray = a.T @ b
    return found


def _best(pairs: Sequence[tuple[str, str, str]], correlation: FloatArray) -> list[Suggestion]:
    order = np.argsort(-np.abs(correlation), kind="stable")[:SUGGESTIONS]
    return [
        Suggestion(
            name=pairs[i][0], correlation=abs(float(correlation[i])),
            low=pairs[i][1 if correlation[i] > 0 else 2], high=pairs[i][2 if correlation[i] > 0 else 1],
        )
        for i in order.tolist()
        if abs(correlation[i]) >= CLEAR
    ]  # fmt: skip
