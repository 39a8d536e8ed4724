"""How far a file that was made again is from the one before."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from qdhf import pictures
from qdhf.types import ItemKind

LONGEST = 20_000  # characters of texts that are compared letter by letter


@dataclass(frozen=True, kw_only=True)
class Sameness:
    """``content``: the same pixels, or the same text. ``largest`` and ``mean``: see :class:`qdhf.types.remarks.Remade`."""

    bytes: bool
    content: bool
    largest: float | None
    mean: float | None


def sameness(first: bytes, second: bytes, kind: ItemKind) -> Sameness:
    """Compare two files of one kind. Raises InvalidInput for a picture that cannot be read."""
    if first == second:
        return Sameness(bytes=True, content=True, largest=0.0, mean=0.0)
    return _texts(first, second) if kind == "text" else _pictures(first, second)


def _pictures(first: bytes, second: bytes) -> Sameness:
    one, two = pictures.decode(first), pictures.decode(second)
    if one.shape != two.shape:
        return Sameness(bytes=False, content=False, largest=None, mean=None)
    apart = np.abs(one.astype(np.int16) - two)
    largest = float(apart.max())
    return Sameness(bytes=False, content=largest == 0, largest=largest, mean=float(apart.mean()))


def _texts(first: bytes, second: bytes) -> Sameness:
    one, two = first.decode("utf-8", "replace")[:LONGEST], second.decode("utf-8", "replace")[:LONGEST]
    apart = 1 - SequenceMatcher(None, one, two, autojunk=False).ratio()
    return Sameness(bytes=False, content=False, largest=apart, mean=apart)
