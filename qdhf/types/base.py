"""Ids, times, arrays and the closed sets of words."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.integer[Any]]
ItemKind = Literal["image", "text"]
Answer = Literal["a", "b", "picked", "tie", "skip"]
QuestionKind = Literal["triplet", "odd", "grid", "better"]
Strategy = Literal["informative", "random", "repeat"]
RunKind = Literal["populate", "illuminate", "import"]
RunState = Literal["queued", "running", "paused", "done", "failed", "interrupted"]
Mark = Literal["pin", "ban"]


def new_id() -> str:
    """26 hexadecimal characters: 12 of milliseconds since 1970, 14 of randomness. Sorts by time."""
    return f"{time.time_ns() // 1_000_000:012x}{os.urandom(7).hex()}"


def now() -> datetime:
    return datetime.now(UTC)
